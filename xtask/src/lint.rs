//! `cargo xtask lint`: formatting, clippy, TypeScript, and the house rules that a program can check.

use std::fs;
use std::path::Path;

use crate::fail;
use crate::setup::{npm, npm_install};
use crate::shell::{Context as _, Outcome, capture, cargo, command, run, say, step, succeeds};

/// No committed file is larger, except the models.
const FILE_BYTES_MAX: u64 = 3_000_000;
/// About 400 lines a source file, with room for the last few.
const LINES_MAX: usize = 450;
/// Source files that are made by a program and compared by a test, so that their length is nobody's choice.
const GENERATED: [&str; 1] = ["pkg/src/wire.ts"];
/// Beginnings of paths that exist on one machine only, and hosts of package registries, each in two parts so that this file does not contain them.
const FORBIDDEN: [(&str, &str, &str); 8] = [
    ("/work", "/main", "a path of one machine"),
    ("/work", "/shared", "a path of one machine"),
    ("/root", "/", "a path of one machine"),
    ("/tmp", "/setup", "a path of one machine"),
    ("registry.npm", "js.org", "the host of a package registry"),
    ("files.python", "hosted.org", "the host of a package registry"),
    ("static.crates", ".io", "the host of a package registry"),
    ("\"resolved\": \"", "http", "the address of a package registry"),
];

/// Runs every check, and fails at the end with the names of those that failed.
///
/// # Errors
/// When a check failed.
pub fn lint(root: &Path) -> Outcome {
    component(root, "rustfmt", "fmt");
    component(root, "clippy", "clippy");
    let checks: [(&str, &dyn Fn() -> Outcome); 4] = [
        ("house rules", &|| house_rules(root)),
        ("cargo fmt", &|| run(cargo(root).args(["fmt", "--all", "--check"]))),
        ("TypeScript", &|| type_script(root)),
        ("clippy", &|| clippy(root)),
    ];
    let mut failed = Vec::new();
    for (name, check) in checks {
        if let Err(failure) = step(name, check) {
            say(&failure);
            failed.push(name);
        }
    }
    println!("lint: {} of {} checks passed", checks.len() - failed.len(), checks.len());
    if failed.is_empty() { Ok(()) } else { fail!("lint failed: {}", failed.join(", ")) }
}

/// Adds a component to the toolchain where it is missing. When that fails, so does the check that needs it, which names the component.
fn component(root: &Path, name: &str, subcommand: &str) {
    if !succeeds(cargo(root).args([subcommand, "--version"]))
        && !succeeds(command("rustup", root).args(["component", "add", name]))
    {
        say(format_args!("{name} is missing: `rustup component add {name}`"));
    }
}

/// The native code with the browser's part, which compiles natively too. In the release profile, whose dependencies are there already.
fn clippy(root: &Path) -> Outcome {
    run(cargo(root).args([
        "clippy",
        "--quiet",
        "--release",
        "--workspace",
        "--all-targets",
        "--features",
        "web,bench",
        "--",
        "-D",
        "warnings",
    ]))
}

/// The `lint` script of each npm package that has one.
fn type_script(root: &Path) -> Outcome {
    for folder in ["pkg", "www", "tests/e2e"] {
        let folder = root.join(folder);
        if folder.join("package.json").exists() {
            npm_install(&folder)?;
            run(npm(&folder).args(["run", "--silent", "--if-present", "lint"]))?;
        }
    }
    Ok(())
}

/// Checks every file that is tracked or about to be.
fn house_rules(root: &Path) -> Outcome {
    if !succeeds(command("git", root).args(["rev-parse", "--git-dir"])) {
        say("not a git repository: house rules are not checked");
        return Ok(());
    }
    let mut problems = Vec::new();
    if !succeeds(command("git", root).args(["ls-files", "--error-unmatch", "Cargo.lock"])) {
        problems.push("Cargo.lock is not tracked".to_owned());
    }
    let list = capture(command("git", root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
    for name in list.split('\0').filter(|name| !name.is_empty()) {
        let Ok(data) = fs::metadata(root.join(name)) else { continue };
        if !data.is_file() {
            continue;
        }
        if data.len() > FILE_BYTES_MAX && !name.starts_with("models/") {
            problems.push(format!("{name}: {} bytes, more than {FILE_BYTES_MAX}", data.len()));
        }
        let bytes = fs::read(root.join(name)).context(|| name.to_owned())?;
        if !bytes.contains(&0)
            && let Ok(text) = std::str::from_utf8(&bytes)
        {
            check_text(name, text, &mut problems);
        }
    }
    for problem in &problems {
        say(problem);
    }
    if problems.is_empty() { Ok(()) } else { fail!("{} violations of the house rules", problems.len()) }
}

/// Adds what is wrong with one text file to `problems`.
fn check_text(name: &str, text: &str, problems: &mut Vec<String>) {
    let is_rust = name.ends_with(".rs");
    let is_source = is_rust || name.ends_with(".ts") || name.ends_with(".mjs");
    if is_source && !GENERATED.contains(&name) && text.lines().count() > LINES_MAX {
        problems.push(format!("{name}: {} lines, more than {LINES_MAX}", text.lines().count()));
    }
    for (number, line) in (1..).zip(text.lines()) {
        for (start, end, what) in FORBIDDEN {
            if line.split(start).skip(1).any(|rest| rest.starts_with(end)) {
                problems.push(format!("{name}:{number}: {what}: {start}{end}"));
            }
        }
        if is_source
            && ["TO", "FIX"].iter().zip(["DO", "ME"]).any(|(start, end)| line.contains(&format!("{start}{end}")))
        {
            problems.push(format!("{name}:{number}: an unfinished note"));
        }
        // A module that several test files share has parts that one of them does not use and another does.
        let shared_by_tests = name.starts_with("tests/") && name.ends_with("/mod.rs") && line.contains("reason = ");
        let allows = line.trim_start().trim_start_matches("#!").trim_start_matches('#').starts_with("[allow(");
        if is_rust && allows && !shared_by_tests {
            problems.push(format!("{name}:{number}: `expect` with a reason is used here, not `allow`"));
        }
    }
    let first = text.lines().next().unwrap_or_default();
    if is_rust && !first.starts_with("//!") {
        problems.push(format!("{name}: does not begin with a `//!` header"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(name: &str, text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        check_text(name, text, &mut problems);
        problems
    }

    #[test]
    fn a_clean_file_has_no_problems() {
        assert!(problems("src/a.rs", "//! What lives here.\nfn main() {}\n").is_empty());
    }

    #[test]
    fn each_forbidden_text_is_reported_with_its_line() {
        for (start, end, _) in FORBIDDEN {
            let found = problems("docs/a.md", &format!("first\nsee {start}{end}\n"));
            assert_eq!(found.len(), 1, "{start}{end}: {found:?}");
            assert!(found[0].starts_with("docs/a.md:2: "), "{found:?}");
        }
    }

    #[test]
    fn a_bare_allow_is_reported_in_rust_only() {
        let text = format!("//! x\n#[{}(dead_code)]\n", "allow");
        assert_eq!(problems("src/a.rs", &text).len(), 1);
        assert!(problems("README.md", &text).is_empty());
    }

    #[test]
    fn a_long_source_file_is_reported() {
        let text = "//! x\n".repeat(LINES_MAX + 1);
        assert_eq!(problems("src/a.rs", &text).len(), 1);
        assert!(problems("docs/a.md", &text).is_empty());
        assert!(problems(GENERATED[0], &text).is_empty());
    }
}
