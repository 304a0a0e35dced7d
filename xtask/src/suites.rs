//! `cargo xtask test`: every suite, one after the other, and a line for each at the end. A failing suite does not keep the rest from running.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::build;
use crate::fail;
use crate::setup::{self, Browser, npm, npm_install};
use crate::shell::{Outcome, cargo, command, run, say};
use crate::sizes;
use crate::wasm::{self, Toolchain, Variant};

/// What the suites share.
struct Bench<'a> {
    root: &'a Path,
    toolchain: Toolchain,
    browser: Browser,
    python: PathBuf,
    /// The interpreter that has the vendor's SDKs.
    sdk_python: PathBuf,
}

/// Builds everything, then runs every suite.
///
/// # Errors
/// When the build fails, or any suite.
pub fn test(root: &Path) -> Outcome {
    let browser = setup::browser()?;
    setup::ffmpeg()?;
    let python = setup::python(root, "venv", &["tests/requirements.txt"])?;
    let sdk_python = setup::python(root, "venv-sdk", &["tests/sdk/requirements.txt"])?;
    let toolchain = build::build(root)?;
    setup::clips(root)?;
    build::site(root)?;
    let bench = Bench { root, toolchain, browser, python, sdk_python };
    let suites: [(&str, &dyn Fn() -> Outcome); 8] = [
        ("sizes", &|| sizes::check(root)),
        ("Rust, native", &|| bench.native()),
        ("Rust in Chromium, SIMD", &|| bench.in_browser(Variant::Simd)),
        ("Rust in Chromium, relaxed SIMD", &|| bench.in_browser(Variant::Relaxed)),
        ("npm package", &|| bench.npm_test("pkg")),
        ("end to end", &|| bench.npm_test("tests/e2e")),
        ("vendor SDKs", &|| bench.vendor_sdks()),
        ("Python", &|| bench.scripts()),
    ];
    let results: Vec<(&str, bool, f64)> = suites.iter().map(|(name, suite)| timed(name, suite)).collect();
    println!();
    for (name, passed, seconds) in &results {
        println!("{:<32} {:<6} {seconds:>7.1} s", name, if *passed { "ok" } else { "FAILED" });
    }
    let failed: Vec<&str> = results.iter().filter(|(_, passed, _)| !passed).map(|(name, ..)| *name).collect();
    if failed.is_empty() {
        Ok(())
    } else {
        fail!("{} of {} suites failed: {}", failed.len(), results.len(), failed.join(", "))
    }
}

fn timed<'a>(name: &'a str, suite: &dyn Fn() -> Outcome) -> (&'a str, bool, f64) {
    println!("\n=== {name}");
    let start = Instant::now();
    let result = suite();
    if let Err(failure) = &result {
        say(failure);
    }
    (name, result.is_ok(), start.elapsed().as_secs_f64())
}

/// `python -m unittest discover` in a folder.
fn discover(python: &Path, root: &Path, folder: &str) -> Command {
    let mut tests = command(python, root);
    tests.args(["-m", "unittest", "discover", "--start-directory", folder]).env("PYTHONDONTWRITEBYTECODE", "1");
    tests
}

impl Bench<'_> {
    /// Unit, integration and documentation tests. With `cargo test`, because not every machine has nextest.
    fn native(&self) -> Outcome {
        run(cargo(self.root)
            .args(["test", "--release", "--workspace", "--no-fail-fast"])
            .env("VISAVIS_PYTHON", &self.python))
    }

    /// The `tests/web*.rs` files, in headless Chromium.
    fn in_browser(&self, variant: Variant) -> Outcome {
        let runner = wasm::bindgen_tools(self.root)?.join("wasm-bindgen-test-runner");
        let mut test = self.toolchain.cargo(self.root, variant, "test");
        for name in self.web_tests() {
            test.args(["--test", &name]);
        }
        test.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner).env("CHROMEDRIVER", &self.browser.driver);
        test.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", self.root.join("xtask/webdriver.json"));
        test.env("WASM_BINDGEN_TEST_TIMEOUT", "600").env("WASM_BINDGEN_TEST_ONLY_WEB", "1");
        run(&mut test)
    }

    fn web_tests(&self) -> Vec<String> {
        let files = fs::read_dir(self.root.join("tests")).into_iter().flatten().flatten();
        let names = files.filter_map(|file| file.file_name().into_string().ok());
        let mut tests: Vec<String> = names
            .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
            .filter(|name| name == "web" || name.starts_with("web_"))
            .collect();
        tests.sort();
        tests
    }

    fn npm_test(&self, folder: &str) -> Outcome {
        let folder = self.root.join(folder);
        npm_install(&folder)?;
        let mut test = npm(&folder);
        test.arg("test").env("VISAVIS_CHROMIUM", &self.browser.chromium).env("VISAVIS_PYTHON", &self.python);
        run(&mut test)
    }

    /// The vendor's own SDKs against the Node server of `pkg/examples`. With `VISAVIS_CLI` set, nothing of it is skipped.
    fn vendor_sdks(&self) -> Outcome {
        let mut tests = discover(&self.sdk_python, self.root, "tests/sdk");
        tests.env("VISAVIS_CLI", self.root.join("target/release/visavis"));
        run(&mut tests)
    }

    /// The Python files `test_*.py` beside the scripts and tests, by the standard library's runner.
    fn scripts(&self) -> Outcome {
        for folder in ["tests", "scripts/models"] {
            let files = fs::read_dir(self.root.join(folder)).into_iter().flatten().flatten();
            let is_test = |name: &str| name.starts_with("test_") && name.ends_with(".py");
            if files.into_iter().any(|file| file.file_name().to_str().is_some_and(is_test)) {
                run(&mut discover(&self.python, self.root, folder))?;
            }
        }
        Ok(())
    }
}
