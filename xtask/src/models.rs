//! `cargo xtask models`: makes the ONNX files under `models/` again from their published sources, by the script that made them.

use std::path::Path;

use crate::setup;
use crate::shell::{Outcome, command, run, step};

/// Runs `scripts/models/make_models.py` with these arguments (`--check` compares, `--accurate` prepares the large embedder).
///
/// # Errors
/// When Python cannot be prepared or the script fails.
pub fn models(root: &Path, arguments: &[String]) -> Outcome {
    let python = setup::python(root, "venv-models", &["scripts/models/requirements.txt"])?;
    step("making the models", || {
        let places = ["scripts/models/make_models.py", "--out", "models", "--work", "target/models"];
        run(command(&python, root).args(places).args(arguments))
    })
}
