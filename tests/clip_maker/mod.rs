//! Short films whose truth is known, drawn from the sample photos and encoded by ffmpeg. Shared by `examples/make_clips.rs` and the tests of videos.
//!
//! `scene.rs` draws and knows the truth, `encode.rs` makes the good films, `bad.rs` those that somebody might hand over by mistake or by malice.
//! `judge.rs`, which only the tests take, compares what was found with the truth.

mod bad;
mod encode;
mod scene;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// What the maker's functions return.
pub type Made<T = ()> = Result<T, Box<dyn Error>>;

/// What is written last, so that a folder that has it is whole.
pub const TRUTH: &str = "truth.json";

/// What to do about a missing ffmpeg.
pub const NO_FFMPEG: &str =
    "ffmpeg is needed to make the clips: `apt-get install ffmpeg`, or name it by VISAVIS_FFMPEG";

/// The ffmpeg of `VISAVIS_FFMPEG`, else the system's.
fn ffmpeg() -> Command {
    let mut command = Command::new(std::env::var_os("VISAVIS_FFMPEG").unwrap_or_else(|| "ffmpeg".into()));
    command.args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"]);
    command
}

/// Whether ffmpeg can be started.
pub fn has_ffmpeg() -> bool {
    let mut command = ffmpeg();
    command.arg("-version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Makes all films in `folder`: the good ones and `truth.json` in it, the others in `bad/`. Takes some seconds. Films of before are replaced.
///
/// # Errors
/// When ffmpeg is missing or fails, a file cannot be written, or the folder holds something that this did not make.
pub fn make(folder: &Path) -> Made {
    if !has_ffmpeg() {
        return Err(NO_FFMPEG.into());
    }
    let is_empty = fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    if !is_empty && !folder.join(TRUTH).exists() {
        return Err(format!("{}: the folder holds something else than clips; name another", folder.display()).into());
    }
    let photos = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/gallery");
    let parent = folder.parent().ok_or("the folder has no parent")?;
    fs::create_dir_all(parent)?;
    // Beside the folder first, so that nobody sees half of it.
    let name = folder.file_name().and_then(|name| name.to_str()).ok_or("the folder has no name")?;
    let fresh = parent.join(format!(".{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&fresh);
    fs::create_dir_all(fresh.join("bad"))?;
    let made = write_all(&photos, &fresh);
    if made.is_ok() {
        let _ = fs::remove_dir_all(folder);
        fs::rename(&fresh, folder)?;
    } else {
        let _ = fs::remove_dir_all(&fresh);
    }
    made
}

fn write_all(photos: &Path, folder: &Path) -> Made {
    let film = scene::film(photos)?;
    encode::good(&film, folder)?;
    bad::bad(photos, folder)?;
    fs::write(folder.join(TRUTH), serde_json::to_string_pretty(&scene::truth())? + "\n")?;
    Ok(())
}

/// The folder of the films, `target/clips`, made where it is missing or of another version. `None` where there is no ffmpeg to make it, which is said.
pub fn clips() -> Made<Option<&'static Path>> {
    static CLIPS: OnceLock<Result<Option<PathBuf>, String>> = OnceLock::new();
    let found = CLIPS.get_or_init(|| find_or_make().map_err(|e| e.to_string()));
    Ok(found.as_ref().map_err(Clone::clone)?.as_deref())
}

fn find_or_make() -> Made<Option<PathBuf>> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let folder = target.join("clips");
    let known =
        fs::read(folder.join(TRUTH)).ok().and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok());
    if known.is_some_and(|truth| truth.get("version") == scene::truth().get("version")) {
        return Ok(Some(folder));
    }
    if !has_ffmpeg() {
        return Ok(None);
    }
    make(&folder)?;
    Ok(Some(folder))
}
