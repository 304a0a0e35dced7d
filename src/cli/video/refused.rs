//! Tests of what ffmpeg is kept from: files that name others, given to it as they are, past the look at their first bytes.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::tests::{Tested, all, ffmpeg, make};
use super::*;

/// Texts that name the film `film.ts` beside them, or an address of this machine.
fn lists(port: u16) -> Vec<(&'static str, String)> {
    let hls = |url: &str| format!("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n");
    let concat = |url: &str| format!("ffconcat version 1.0\nfile '{url}'\n");
    let dash = |url: &str| {
        format!(
            "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" \
             profiles=\"urn:mpeg:dash:profile:isoff-on-demand:2011\" \
             mediaPresentationDuration=\"PT1S\"><Period><AdaptationSet mimeType=\"video/mp4\"><Representation id=\"1\" \
             bandwidth=\"1\" codecs=\"avc1\"><BaseURL>{url}</BaseURL></Representation></AdaptationSet></Period></MPD>"
        )
    };
    let key = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXT-X-KEY:METHOD=AES-128,URI=\"URL\"\n#EXTINF:10,\nfilm.ts\n";
    let url = format!("http://127.0.0.1:{port}/film.ts");
    vec![
        ("hls-net.mp4", hls(&url)),
        ("hls-key.mp4", key.replace("URL", &url)),
        ("hls-file.mp4", hls("film.ts")),
        ("concat-net.mp4", concat(&url)),
        ("concat-file.mp4", concat("film.ts")),
        ("dash-net.mp4", dash(&url)),
        ("dash-file.mp4", dash("film.ts")),
    ]
}

/// Whether an ffprobe that may do everything connects.
fn connects(listener: &TcpListener, path: &Path) -> std::io::Result<bool> {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "quiet", "-protocol_whitelist", "file,http,tcp"]).arg(path);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let connected = loop {
        let ended = child.try_wait()?.is_some();
        let connected = listener.accept().is_ok();
        if connected || ended {
            break connected;
        }
        thread::sleep(Duration::from_millis(5));
    };
    // It waits for an answer, or is gone.
    let _ = child.kill();
    child.wait()?;
    Ok(connected)
}

#[test]
fn lists_with_a_films_name_reach_neither_the_network_nor_the_film_beside_them() -> Tested {
    let Some(ffmpeg) = ffmpeg() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let film = folder.path().join("film.ts");
    make("-f lavfi -i testsrc=s=96x64:r=10:d=1 -pix_fmt yuv420p -c:v mpeg2video", &film)?;
    let probed = probe(&ffmpeg, &film, "film.ts", Container::MpegTs)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let lists = lists(listener.local_addr()?.port());
    for (name, text) in &lists {
        let list = folder.path().join(name);
        fs::write(&list, text)?;
        let error = probe(&ffmpeg, &list, name, Container::Mp4).err().ok_or("opened")?;
        assert!(error.code() == "VideoMalformed" && error.to_string().contains(name), "{error}");
        // Nor where it takes the place of a film between the two programs.
        let mut frames = Frames::open(&ffmpeg, &list, name, &probed, all(5.0))?;
        assert!(frames.next(|| true).is_none(), "{name}");
        let ended = frames.finish()?;
        assert!(!ended.status.success() && ended.stderr.contains("whitelist"), "{name}: {}", ended.stderr);
    }
    assert!(listener.accept().is_err(), "somebody connected");
    let (name, _) = lists.first().ok_or("no list")?;
    assert!(connects(&listener, &folder.path().join(name))?, "the list is good: without the whitelists it is followed");
    Ok(())
}

/// The film at `path` with its samples said to be in a file of another name beside it, by an alias record of `QuickTime`.
fn with_alias(path: &Path, name: &str) -> std::result::Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut bytes = fs::read(path)?;
    let place = |bytes: &[u8], kind: &[u8]| bytes.windows(4).position(|four| four == kind).ok_or("no such box");
    let number = |number: usize| -> std::result::Result<[u8; 4], _> { u32::try_from(number).map(u32::to_be_bytes) };
    // One level up to the alias, one down to its target; then the absolute path, and the end.
    let mut record = vec![0; 150];
    record.splice(130..134, [0, 1, 0, 1]);
    let target = format!("/{name}\0");
    record.extend([0, 2, 0, u8::try_from(target.len())?]);
    record.extend(target.as_bytes());
    record.resize(record.len() + target.len() % 2, 0);
    record.extend([0xff, 0xff, 0, 0]);
    let entry = [number(record.len() + 12)?.as_slice(), b"alis\0\0\0\0", &record].concat();
    let table = [number(entry.len() + 16)?.as_slice(), b"dref\0\0\0\0\0\0\0\x01", &entry].concat();
    let old = place(&bytes, b"dref")? - 4;
    // That of a film whose samples are in itself has one entry of twelve bytes.
    let grown = table.len() - 28;
    bytes.splice(old..old + 28, table);
    for kind in [b"moov", b"trak", b"mdia", b"minf", b"dinf"] {
        let start = place(&bytes, kind)? - 4;
        let size: [u8; 4] = bytes.get(start..start + 4).ok_or("no size")?.try_into()?;
        let size = usize::try_from(u32::from_be_bytes(size))? + grown;
        bytes.splice(start..start + 4, number(size)?);
    }
    Ok(bytes)
}

#[test]
fn a_film_whose_samples_are_in_another_file_is_not_read_from_there() -> Tested {
    let Some(ffmpeg) = ffmpeg() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let [film, other] = ["film.mov", "other.mov"].map(|name| folder.path().join(name));
    make("-f lavfi -i testsrc=s=96x64:r=10:d=1 -pix_fmt yuv420p -c:v libx264", &other)?;
    fs::write(&film, with_alias(&other, "other.mov")?)?;
    let probed = probe(&ffmpeg, &other, "other.mov", Container::Mov)?;
    // ffprobe may read the headers that are in the file itself.
    let by_itself = probe(&ffmpeg, &film, "film.mov", Container::Mov);
    for probed in by_itself.iter().chain([&probed]) {
        let mut frames = Frames::open(&ffmpeg, &film, "film.mov", probed, all(5.0))?;
        assert!(frames.next(|| true).is_none());
        assert!(!frames.finish()?.status.success());
    }
    make(&format!("-enable_drefs 1 -i {} -f rawvideo", film.display()), &folder.path().join("frames"))?;
    Ok(())
}
