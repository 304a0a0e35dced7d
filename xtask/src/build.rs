//! `cargo xtask build`: the command line in `target/release/visavis`, the npm package in `pkg/`; and the demo site that tests and `demo` use.

use std::fs;
use std::path::Path;

use crate::setup::{self, npm_install, shown};
use crate::shell::{Context as _, Outcome, cargo, command, run, step};
use crate::wasm::{self, Product, Toolchain, Variant};

/// Builds the command line and the package.
///
/// # Errors
/// When a step fails.
pub fn build(root: &Path) -> Outcome<Toolchain> {
    setup::node()?;
    command_line(root)?;
    package(root)
}

/// The native release build.
///
/// # Errors
/// When it does not compile.
pub fn command_line(root: &Path) -> Outcome {
    step("compiling the command line (8 minutes the first time)", || {
        run(cargo(root).args(["build", "--release", "--package", "visavis"]))
    })
}

/// The build that comparisons with other libraries call, `benches/dist/visavis-bench.mjs`: both variants, or one for a quick look.
///
/// # Errors
/// When a step fails.
pub fn comparisons(root: &Path, variants: &[Variant]) -> Outcome {
    wasm::build(root, &Toolchain::find(root)?, Product::BENCH, variants)?;
    let (from, to) = (root.join("benches/visavis-bench.mjs"), root.join("benches/dist/visavis-bench.mjs"));
    fs::copy(&from, &to).context(|| shown(&from))?;
    Ok(())
}

/// Everything below `pkg/dist`.
fn package(root: &Path) -> Outcome<Toolchain> {
    let toolchain = Toolchain::find(root)?;
    wasm::build(root, &toolchain, Product::PACKAGE, &Variant::ALL)?;
    copy_models(root)?;
    let folder = root.join("pkg");
    npm_install(&folder)?;
    step("compiling the npm package", || run(setup::npm(&folder).args(["run", "build"]).stdout(std::io::stderr())))?;
    Ok(toolchain)
}

/// The models and their list into the package. The large `accurate` embedder is fetched by those who want it and is not part of it.
fn copy_models(root: &Path) -> Outcome {
    let (from, to) = (root.join("models"), root.join("pkg/dist/models"));
    fs::create_dir_all(&to).context(|| shown(&to))?;
    let list = fs::read_to_string(from.join("models.json")).context(|| "models/models.json".to_owned())?;
    for entry in fs::read_dir(&from).context(|| shown(&from))? {
        let path = entry.context(|| shown(&from))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let listed = name.ends_with(".onnx") && list.contains(name) && !name.contains("sface");
        if listed || name == "models.json" {
            fs::copy(&path, to.join(name)).context(|| shown(&path))?;
        }
    }
    Ok(())
}

/// The web app as the demo and its tests serve it: the sample gallery, and a film where it was made (`setup::clips`), indexed by the command
/// line, and the site in `www/dist`.
///
/// # Errors
/// When a step fails.
pub fn site(root: &Path) -> Outcome {
    gather_media(root)?;
    step("indexing the sample gallery", || {
        let mut index = command(root.join("target/release/visavis"), root);
        index.args(["index", "www/public/media", "--out", "www/public/library", "--people", "samples/people"]);
        index.args(["--base-url", "../media/", "--metadata", "samples/metadata.jsonl"]);
        run(index.stdout(std::io::stderr()))
    })?;
    let www = root.join("www");
    npm_install(&www)?;
    step("building the web app", || run(setup::npm(&www).args(["run", "build"]).stdout(std::io::stderr())))
}

/// The photos and the film that the site serves beside its library: copies of the samples.
fn gather_media(root: &Path) -> Outcome {
    let (gallery, media) = (root.join("samples/gallery"), root.join("www/public/media"));
    if media.exists() {
        fs::remove_dir_all(&media).context(|| shown(&media))?;
    }
    fs::create_dir_all(&media).context(|| shown(&media))?;
    for entry in fs::read_dir(&gallery).context(|| shown(&gallery))? {
        let entry = entry.context(|| shown(&gallery))?;
        fs::copy(entry.path(), media.join(entry.file_name())).context(|| shown(&entry.path()))?;
    }
    let film = root.join("target/clips/clip.mp4");
    if film.exists() {
        fs::copy(&film, media.join("film.mp4")).context(|| shown(&film))?;
    }
    Ok(())
}
