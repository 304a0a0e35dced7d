//! Films for tests of the command line, made by ffmpeg from the samples.

use std::error::Error;
use std::fs;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Tested;

/// Width and height of [`film`]'s frames.
pub const FRAME_SIZE: (u64, u64) = (480, 360);

/// A fresh folder of one test.
pub fn work(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli-video").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Says why a test is skipped.
pub fn skipped(why: &str) -> bool {
    let _ = writeln!(stderr(), "skipped: {why}");
    true
}

/// Whether there is no ffmpeg; said aloud.
pub fn no_ffmpeg() -> bool {
    Command::new("ffmpeg").arg("-version").output().is_err() && skipped("ffmpeg is not installed")
}

/// A program of `tests/fakes`, in place of ffmpeg or ffprobe.
pub fn fake(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fakes").join(name)
}

/// A film of four samples one after the other, `seconds` each, 10 frames a second. `more` are options for its file.
pub fn film(path: &Path, seconds: u32, more: &[&str]) -> Tested {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y"]).stdin(Stdio::null());
    let photos = ["barack_obama_1", "rocket", "joe_biden", "eileen_collins"];
    for photo in photos {
        command.args(["-loop", "1", "-framerate", "10", "-t", &seconds.to_string(), "-i"]);
        command.arg(format!("samples/gallery/{photo}.jpg"));
    }
    // Every frame is another one, so that a wrong place is noticed.
    let fit = "scale=560:420:force_original_aspect_ratio=decrease,pad=560:420:-1:-1,setsar=1,\
               crop=480:360:x='mod(n,70)':y='mod(n,50)'";
    let parts: Vec<String> = (0..photos.len()).map(|n| format!("[{n}:v]{fit}[v{n}];")).collect();
    let names: Vec<String> = (0..photos.len()).map(|n| format!("[v{n}]")).collect();
    let (parts, names) = (parts.concat(), names.concat());
    let chain = format!("{parts}{names}concat=n={}:v=1[v]", photos.len());
    command.args(["-filter_complex", &chain, "-map", "[v]", "-pix_fmt", "yuv420p", "-g", "20"]).args(more).arg(path);
    let output = command.output()?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
}
