//! `cargo xtask bench`: the figures that the README states, measured on this machine.

use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::build;
use crate::shell::{Context as _, Outcome, capture, command};

/// Builds, then prints the sizes of the package and the speed of the native pipeline.
///
/// # Errors
/// When a step fails.
pub fn bench(root: &Path) -> Outcome {
    build::build(root)?;
    let folder = root.join("samples/gallery");
    let mut photos: Vec<_> =
        fs::read_dir(&folder).context(|| "samples/gallery".to_owned())?.flatten().map(|entry| entry.path()).collect();
    photos.retain(|path| path.extension().is_some_and(|extension| extension == "jpg"));
    photos.sort();
    let start = Instant::now();
    capture(command(root.join("target/release/visavis"), root).args(["faces", "--embeddings"]).args(&photos))?;
    let seconds = start.elapsed().as_secs_f64();
    let count = u32::try_from(photos.len()).context(|| "number of photos".to_owned())?;
    println!("native: {count} photos in {seconds:.2} s, {:.2} photos a second", f64::from(count) / seconds);
    Ok(())
}
