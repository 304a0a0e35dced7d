//! Films that are none, or not quite: what somebody hands over by mistake or by malice. All in `bad/`.

use std::fs;
use std::path::Path;

use image::RgbImage;

use super::encode::{Turn, copy, from_frames, h264, run, turned};
use super::{Made, ffmpeg, scene};

/// A playlist that names a file of the system and an address of the net.
const PLAYLIST: &str = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\nfile:///etc/passwd\n#EXTINF:10.0,\nhttp://127.0.0.1:9/secret.ts\n#EXT-X-ENDLIST\n";
/// A list of files for ffmpeg's concat demuxer, which would read them.
const CONCAT: &str = "ffconcat version 1.0\nfile /etc/passwd\nfile http://127.0.0.1:9/secret.mp4\n";
const SUBTITLES: &str = "1\n00:00:00,000 --> 00:00:02,000\nNothing to see\n";

/// Writes them all. `folder` has the good films.
pub fn bad(photos: &Path, folder: &Path) -> Made {
    let out = folder.join("bad");
    without_pictures(&out)?;
    damaged(folder, &out)?;
    odd_sizes(photos, &out)?;
    let clip = folder.join("clip.mp4");
    fs::copy(&clip, out.join("film-named.jpg"))?;
    fs::copy(photos.join("joe_biden.jpg"), out.join("photo-named.mp4"))?;
    fs::copy(folder.join("clip.webm"), out.join("webm-named.mp4"))?;
    fs::write(out.join("empty.mp4"), b"")?;
    fs::write(out.join("text.mp4"), b"This is a letter, not a film.\n".repeat(40))?;
    fs::write(out.join("playlist.mp4"), PLAYLIST)?;
    fs::write(out.join("playlist.avi"), PLAYLIST)?;
    fs::write(out.join("concat.mp4"), CONCAT)?;
    Ok(())
}

/// Sound only, subtitles only, and a video track without a single frame.
fn without_pictures(out: &Path) -> Made {
    let tone = ["-f", "lavfi", "-i", "sine=frequency=440:duration=2", "-c:a", "aac", "-fflags", "+bitexact"];
    run(ffmpeg().args(tone).arg(out.join("audio-only.mp4")), &[])?;
    run(ffmpeg().args(tone).args(["-f", "ipod"]).arg(out.join("m4a-named.mp4")), &[])?;
    let subtitles = out.join("subtitles.srt");
    fs::write(&subtitles, SUBTITLES)?;
    run(ffmpeg().arg("-i").arg(&subtitles).args(["-c:s", "mov_text"]).arg(out.join("subtitles-only.mp4")), &[])?;
    fs::remove_file(&subtitles)?;
    zero_frames(out)
}

/// The head of a fragmented film, which describes a video track, without the fragments that would hold its pictures.
fn zero_frames(out: &Path) -> Made {
    let path = out.join("zero-frames.mp4");
    let black = RgbImage::new(320, 180);
    let mut command = from_frames(black.width(), black.height(), scene::FPS);
    command.args([
        "-c:v",
        "libx264",
        "-pix_fmt",
        "yuv420p",
        "-fflags",
        "+bitexact",
        "-movflags",
        "+empty_moov+frag_keyframe",
    ]);
    run(command.arg(&path), &[&black])?;
    let bytes = fs::read(&path)?;
    let fragment = bytes.windows(4).position(|window| window == b"moof").ok_or("the film has no fragment")?;
    Ok(fs::write(&path, bytes.get(..fragment - 4).unwrap_or_default())?)
}

/// Cut off in the middle with the index at the front and at the end, and with noise written over a part of the pictures.
fn damaged(folder: &Path, out: &Path) -> Made {
    let first = fs::read(folder.join("clip.mp4"))?;
    let plain = out.join("moov-last.mp4");
    copy(&folder.join("clip.mp4"), &[], &plain)?;
    let last = fs::read(&plain)?;
    fs::remove_file(&plain)?;
    let cut = |bytes: &[u8]| bytes.get(..bytes.len() * 6 / 10).map(<[u8]>::to_vec).unwrap_or_default();
    fs::write(out.join("truncated-index-first.mp4"), cut(&first))?;
    fs::write(out.join("truncated-index-last.mp4"), cut(&last))?;
    fs::write(out.join("truncated.mkv"), cut(&fs::read(folder.join("clip.mkv"))?))?;
    fs::write(out.join("truncated.webm"), cut(&fs::read(folder.join("clip.webm"))?))?;
    let mut noisy = first;
    let (from, to) = (noisy.len() * 5 / 10, noisy.len() * 6 / 10);
    for (number, byte) in noisy.iter_mut().enumerate().take(to).skip(from) {
        *byte ^= u8::try_from(number * 37 % 251).unwrap_or(0);
    }
    Ok(fs::write(out.join("damaged.mp4"), noisy)?)
}

/// One frame, an 8K film of one second, a film for the telephone's upright screen.
fn odd_sizes(photos: &Path, out: &Path) -> Made {
    let (small, _) = scene::portrait(photos, scene::WIDTH, scene::HEIGHT, 1.5)?;
    h264(&[&small], scene::FPS, "null", &out.join("one-frame.mp4"))?;
    let (large, _) = scene::portrait(photos, 7680, 4320, 14.0)?;
    let frames: Vec<&RgbImage> = std::iter::repeat_n(&large, 5).collect();
    let mut command = from_frames(large.width(), large.height(), 5);
    command.args([
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-crf",
        "24",
        "-pix_fmt",
        "yuv420p",
        "-fflags",
        "+bitexact",
    ]);
    run(command.arg(out.join("8k.mp4")), &frames)?;
    let (upright, _) = scene::portrait(photos, scene::HEIGHT, scene::WIDTH, 1.5)?;
    let frames: Vec<&RgbImage> = std::iter::repeat_n(&upright, 50).collect();
    turned(&frames, scene::FPS, Turn::ThreeQuarters, &out.join("portrait.mp4"))
}
