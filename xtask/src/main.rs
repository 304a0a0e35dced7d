//! `cargo xtask`: sets up a machine, builds, tests and shows the project. Every command installs what it lacks and is quick when all is there.
//!
//! It has no dependencies, so that it compiles in seconds everywhere.

mod bench;
mod build;
mod compare;
mod demo;
mod linker;
mod lint;
mod models;
mod setup;
mod shell;
mod sizes;
mod suites;
mod wasm;

use std::path::Path;
use std::process::ExitCode;

use shell::{Outcome, say};

const HELP: &str = "\
Usage: cargo xtask COMMAND

  demo [--check]       build everything, index the sample gallery, search it from headless Chromium,
                       then serve the web app on 127.0.0.1; --check prints the answer and exits
  test                 build everything and run every test
  build                the command line in target/release/visavis, the npm package in pkg/
  sizes                what a first search downloads of the built package, against the budgets in docs/size.md
  lint                 formatting, clippy, TypeScript, house rules
  bench                comparisons with other libraries, sizes, photos and seconds of film a second, memory, time of a search in Chromium
  bench --build [relaxed]
                       the build that comparisons call, in benches/dist; only for browsers with relaxed SIMD if that is said
  bench --peers [PART ...] [--runs N]
                       the comparisons only: inference pipeline cold scan native
  bench --plots        draws the results of the comparisons under docs/
  models [--check]     make the ONNX files again; --check compares them with those in models/
  models --accurate    fetch and prepare the large embedder
  ci                   lint, then test

What is missing is installed: Debian packages (Chromium, ffmpeg, a compiler with a wasm standard library) by apt-get,
wasm-bindgen by cargo into target/tools, npm packages, Python packages into target/venv*.
VISAVIS_CHROMIUM and CHROMEDRIVER name another browser, VISAVIS_FFMPEG and VISAVIS_FFPROBE another ffmpeg.
";

fn main() -> ExitCode {
    if linker::is_wanted() {
        return linker::link();
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match shell::root().and_then(|root| dispatch(&root, &arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(format_args!("error: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(root: &Path, arguments: &[String]) -> Outcome {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["help" | "--help" | "-h"] | [_, "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        ["demo"] => demo::demo(root, false),
        ["demo", "--check"] => demo::demo(root, true),
        ["test"] => suites::test(root),
        ["build"] => build::build(root).and_then(|_| sizes::check(root)),
        ["sizes"] => sizes::check(root),
        ["lint"] => lint::lint(root),
        ["bench"] => bench::bench(root),
        ["bench", "--build"] => compare::build_only(root, false),
        ["bench", "--build", "relaxed"] => compare::build_only(root, true),
        ["bench", "--peers", rest @ ..] => compare::compare(root, rest),
        ["bench", "--plots"] => compare::plots(root),
        ["models", flags @ ..] if flags.iter().all(|flag| ["--check", "--accurate"].contains(flag)) => {
            models::models(root, arguments.get(1..).unwrap_or_default())
        }
        ["ci"] => lint::lint(root).and_then(|()| suites::test(root)),
        _ => fail!("unknown arguments: {}\n\n{HELP}", words.join(" ")),
    }
}
