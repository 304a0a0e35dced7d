//! `cargo xtask bench`: the figures of README and docs/performance.md, measured on this machine, and those of others.

use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::build;
use crate::compare;
use crate::demo;
use crate::setup::{self, Browser, npm_install};
use crate::shell::{Context as _, Outcome, capture, cargo, command, run, step};
use crate::sizes;

/// Builds, then prints the sizes of the package, the speed of the native pipeline on photos and films, the memory that it needs for a long film, and the
/// times of a first search and of catalog searches in Chromium; then compares with other libraries.
///
/// # Errors
/// When a step fails.
pub fn bench(root: &Path) -> Outcome {
    let browser = setup::browser()?;
    setup::ffmpeg()?;
    build::build(root)?;
    build::site(root)?;
    npm_install(&root.join("tests/e2e"))?;
    sizes::check(root)?;
    native(root)?;
    films(root, &browser)?;
    let query = demo::query(root)?;
    let (server, address) = demo::serve(&root.join("www"))?;
    step("measuring a first search in headless Chromium", || {
        let mut figures = command("node", root);
        figures.arg("tests/e2e/figures.mjs").arg(&address).arg(&query).env("VISAVIS_CHROMIUM", &browser.chromium);
        run(&mut figures)
    })?;
    drop(server);
    let catalog = root.join("target/bench/catalog");
    step("writing a catalog of 100,000 media", || {
        let mut make = cargo(root);
        make.args(["run", "--quiet", "--release", "--example", "make_catalog", "--"]).arg(&catalog);
        run(&mut make)
    })?;
    step("measuring catalog searches in headless Chromium", || {
        let mut figures = command("node", root);
        figures.arg("tests/e2e/catalog-figures.mjs").arg(&catalog).env("VISAVIS_CHROMIUM", &browser.chromium);
        run(&mut figures)
    })?;
    compare::compare(root, &[])
}

/// Speed on one film natively and in Chromium, and the peak of memory for films of one and of ten minutes, which is to be the same.
fn films(root: &Path, browser: &Browser) -> Outcome {
    let clip = setup::clips(root)?.join("clip.mp4");
    let figures = |what: &str, rest: &[&str]| {
        let mut figures = command("node", root);
        figures.args(["tests/e2e/video-figures.mjs", what]).arg(&clip).args(rest);
        run(figures.env("VISAVIS_CHROMIUM", &browser.chromium))
    };
    step("measuring the indexing of a film, natively and in headless Chromium in turn", || figures("speed", &[]))?;
    step("measuring the memory for films of 1 and 10 minutes, which takes some minutes", || {
        figures("memory", &["1", "10"])
    })
}

/// Faces and embeddings of the sample gallery, several times over, so that loading the models weighs little.
fn native(root: &Path) -> Outcome {
    const ROUNDS: usize = 5;
    let folder = root.join("samples/gallery");
    let entries = fs::read_dir(&folder).context(|| "samples/gallery".to_owned())?;
    let mut photos: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    photos.retain(|path| path.extension().is_some_and(|extension| extension == "jpg"));
    photos.sort();
    let rounds: Vec<_> = photos.iter().cycle().take(photos.len() * ROUNDS).collect();
    let start = Instant::now();
    capture(command(root.join("target/release/visavis"), root).args(["faces", "--embeddings"]).args(&rounds))?;
    let seconds = start.elapsed().as_secs_f64();
    let count = u32::try_from(rounds.len()).context(|| "number of photos".to_owned())?;
    println!("native: {count} photos in {seconds:.2} s, {:.2} photos a second", f64::from(count) / seconds);
    Ok(())
}
