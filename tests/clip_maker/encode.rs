//! The good films: one picture in every container that is read, turned with a display matrix, and with a variable frame rate. No I/O but files and ffmpeg.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use image::RgbImage;

use super::{Made, ffmpeg, scene};

/// `creation_time` of the films that have one.
pub const CREATED: &str = "2020-06-01T12:00:00.000000Z";
/// What makes two runs of one ffmpeg write the same bytes.
const EXACT: [&str; 4] = ["-fflags", "+bitexact", "-flags", "+bitexact"];
/// What every player reads.
const H264: [&str; 8] = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "17", "-pix_fmt", "yuv420p"];

/// A turn of the picture for showing, clockwise.
#[derive(Clone, Copy)]
pub enum Turn {
    Quarter,
    ThreeQuarters,
}

/// Runs ffmpeg with `input` on its standard input; the error holds what it said.
pub fn run(command: &mut Command, input: &[&RgbImage]) -> Made {
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        for frame in input {
            // An ffmpeg that has failed closes the pipe; its own words say why.
            if pipe.write_all(frame.as_raw()).is_err() {
                break;
            }
        }
    }
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr)).into())
}

/// An ffmpeg that reads frames of this size from its standard input.
pub fn from_frames(width: u32, height: u32, fps: u32) -> Command {
    let mut command = ffmpeg();
    let (size, rate) = (format!("{width}x{height}"), fps.to_string());
    command.args(["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", &size, "-framerate", &rate, "-i", "pipe:0"]);
    command
}

/// H.264 in MP4 with the index at the front, from frames, through a filter.
pub fn h264(frames: &[&RgbImage], fps: u32, filter: &str, out: &Path) -> Made {
    let (width, height) = frames.first().ok_or("no frames")?.dimensions();
    let mut command = from_frames(width, height, fps);
    command.args(["-vf", filter]).args(H264).args(EXACT).args(["-movflags", "+faststart"]).arg(out);
    run(&mut command, frames)
}

/// Repacks a film without encoding it again.
pub fn copy(from: &Path, more: &[&str], out: &Path) -> Made {
    run(ffmpeg().arg("-i").arg(from).args(["-map", "0", "-c", "copy"]).args(more).args(EXACT).arg(out), &[])
}

/// All good films, in `folder`.
pub fn good(film: &[RgbImage], folder: &Path) -> Made {
    let frames: Vec<&RgbImage> = film.iter().collect();
    let main = folder.join("clip.mp4");
    with_sound(&frames, &main)?;
    for name in ["clip.mkv", "clip.mov"] {
        copy(&main, &["-metadata", &format!("creation_time={CREATED}")], &folder.join(name))?;
    }
    let vp9 = ["-c:v", "libvpx-vp9", "-crf", "20", "-b:v", "0", "-deadline", "realtime", "-cpu-used", "7"];
    let mut webm = from_frames(scene::WIDTH, scene::HEIGHT, scene::FPS);
    webm.args(vp9).args(["-pix_fmt", "yuv420p"]).args(EXACT).arg(folder.join("clip.webm"));
    run(&mut webm, &frames)?;
    let mut avi = from_frames(scene::WIDTH, scene::HEIGHT, scene::FPS);
    avi.args(["-c:v", "mpeg4", "-q:v", "3"]).args(EXACT).arg(folder.join("clip.avi"));
    run(&mut avi, &frames)?;
    turned(&frames, scene::FPS, Turn::Quarter, &folder.join("clip-rotated.mp4"))?;
    // A transport stream begins at 1.4 seconds of its own clock; what is asked for is the time since its first picture.
    copy(&main, &[], &folder.join("clip.ts"))?;
    variable_rate(&frames, folder)
}

/// 25, 2.5 and 12.5 frames a second in turn; the first of each shot stays, so that the truth holds. Encoded into Matroska first, because ffmpeg fills
/// gaps in MP4 with copies of frames, then repacked, which keeps each frame's own time.
fn variable_rate(frames: &[&RgbImage], folder: &Path) -> Made {
    let keep = "select='not(mod(n\\,25))+lt(n\\,150)+gt(n\\,400)*not(mod(n\\,2))+not(mod(n\\,10))'";
    let staged = folder.join("variable.mkv");
    h264(frames, scene::FPS, keep, &staged)?;
    copy(&staged, &["-movflags", "+faststart"], &folder.join("clip-vfr.mp4"))?;
    Ok(fs::remove_file(&staged)?)
}

/// The film with a tone and a time of creation.
fn with_sound(frames: &[&RgbImage], out: &Path) -> Made {
    let mut command = from_frames(scene::WIDTH, scene::HEIGHT, scene::FPS);
    let tone = format!("sine=frequency=440:sample_rate=44100:duration={}", frames.len() / scene::FPS as usize);
    command.args(["-f", "lavfi", "-i", &tone]).args(H264).args(["-c:a", "aac", "-b:a", "48k"]).args(EXACT);
    command.args(["-movflags", "+faststart", "-metadata", &format!("creation_time={CREATED}")]).arg(out);
    run(&mut command, frames)
}

/// The picture stored turned, with a display matrix that turns it back. The matrix is written by us: ffmpeg's option for it has changed its name twice.
pub fn turned(frames: &[&RgbImage], fps: u32, turn: Turn, out: &Path) -> Made {
    h264(frames, fps, if matches!(turn, Turn::Quarter) { "transpose=cclock" } else { "transpose=clock" }, out)?;
    let mut bytes = fs::read(out)?;
    write_matrix(&mut bytes, turn).ok_or("the track header of the film was not found")?;
    Ok(fs::write(out, bytes)?)
}

/// Replaces the matrix of the first track header (ISO/IEC 14496-12, 8.3.2): nine numbers `a b u c d v x y w`, 16.16 and, for u, v, w, 2.30 fixed point.
fn write_matrix(bytes: &mut [u8], turn: Turn) -> Option<()> {
    let header = bytes.windows(4).position(|window| window == b"tkhd")?;
    let (width_at, matrix_at) = match bytes.get(header + 4)? {
        0 => (header + 80, header + 44),
        _ => (header + 92, header + 56),
    };
    let side = |at: usize| Some(i32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (width, height) = (side(width_at)?, side(width_at + 4)?);
    let one = 1 << 16;
    let matrix: [i32; 9] = match turn {
        Turn::Quarter => [0, one, 0, -one, 0, 0, height, 0, 1 << 30],
        Turn::ThreeQuarters => [0, -one, 0, one, 0, 0, 0, width, 1 << 30],
    };
    let target = bytes.get_mut(matrix_at..matrix_at + 36)?;
    for (place, number) in target.chunks_exact_mut(4).zip(matrix) {
        place.copy_from_slice(&number.to_be_bytes());
    }
    Some(())
}
