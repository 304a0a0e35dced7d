//! `cargo xtask bench --peers`: comparisons with other libraries, in Chromium and natively. What they compare is under `benches/`.

use std::path::Path;

use crate::build;
use crate::setup::{self, npm_install};
use crate::shell::{Outcome, capture, cargo, command, run, step};
use crate::wasm::Variant;

/// The part that does not run in a browser.
const NATIVE: &str = "native";
/// Faces of the library that is scanned.
const FACES: &str = "200000";

/// The build that comparisons call alone: both variants, or the one for browsers with relaxed SIMD.
///
/// # Errors
/// When a step fails.
pub fn build_only(root: &Path, is_quick: bool) -> Outcome {
    build::comparisons(root, if is_quick { &[Variant::Relaxed] } else { &Variant::ALL })
}

/// These parts, or all; what begins with a dash and what follows is handed on to `benches/run.mjs`, or to `compare.py` where `native` is named alone. Results are in `target/bench/results.json` too.
///
/// # Errors
/// When a step fails, or what is compared does not agree.
pub fn compare(root: &Path, words: &[&str]) -> Outcome {
    let options = words.iter().position(|word| word.starts_with('-')).unwrap_or(words.len());
    let (parts, options) = words.split_at(options);
    build::build(root)?;
    if parts.is_empty() || parts.iter().any(|part| *part != NATIVE) {
        in_browser(root, parts, options)?;
    }
    let options = if parts == [NATIVE] { options } else { &[] };
    if parts.is_empty() || parts.contains(&NATIVE) { natively(root, options) } else { Ok(()) }
}

fn in_browser(root: &Path, parts: &[&str], options: &[&str]) -> Outcome {
    let browser = setup::browser()?;
    build_only(root, false)?;
    build::site(root)?;
    npm_install(&root.join("tests/e2e"))?;
    npm_install(&root.join("benches"))?;
    let runs_scan = parts.is_empty() || parts.contains(&"scan");
    if runs_scan && !root.join("target/bench/faces/library.json").exists() {
        step("writing a library of made-up faces", || {
            let mut make = cargo(root);
            run(make.args([
                "run",
                "--quiet",
                "--release",
                "--example",
                "make_faces",
                "--",
                "target/bench/faces",
                FACES,
            ]))
        })?;
    }
    let has_photos = root.join("../shared/data/lfw-dev").exists();
    if runs_scan && has_photos && !root.join("target/bench/embeddings-512.f32").exists() {
        step("embedding the test photos", || capture(command("node", root).arg("benches/embeddings.mjs")))?;
    }
    let parts = parts.iter().filter(|part| **part != NATIVE);
    step("comparing with other libraries in headless Chromium", || {
        let mut compare = command("node", root);
        run(compare.arg("benches/run.mjs").args(parts).args(options).env("VISAVIS_CHROMIUM", &browser.chromium))
    })
}

fn natively(root: &Path, options: &[&str]) -> Outcome {
    let python = setup::python(root, "venv-bench", &["benches/native/requirements.txt"])?;
    step("compiling the example that runs one model", || {
        run(cargo(root).args(["build", "--quiet", "--release", "--features", "bench", "--example", "bench_models"]))
    })?;
    step("comparing with Python, onnxruntime and OpenCV", || {
        let mut compare = command(&python, root);
        run(compare.arg("benches/native/compare.py").args(options).env("PYTHONDONTWRITEBYTECODE", "1"))
    })
}

/// Draws the results under `docs/`.
///
/// # Errors
/// When there are none.
pub fn plots(root: &Path) -> Outcome {
    npm_install(&root.join("tests/e2e"))?;
    run(command("node", root).arg("benches/plots.mjs"))
}
