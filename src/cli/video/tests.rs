//! The frames that ffmpeg hands over, of films that it has made before: which they are, and that a sought one is the same.

use std::error::Error as StdError;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;

pub(super) type Tested = std::result::Result<(), Box<dyn StdError>>;

/// `None`, said aloud, where there is no ffmpeg.
pub(super) fn ffmpeg() -> Option<Ffmpeg> {
    let found = Ffmpeg::find().ok();
    if found.is_none() {
        let _ = writeln!(std::io::stderr(), "skipped: ffmpeg is not installed");
    }
    found
}

/// Runs `ffmpeg -y ARGS`.
pub(super) fn make(args: &str, out: &Path) -> Tested {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y"]).args(args.split(' ')).arg(out).stdin(Stdio::null());
    let output = command.output()?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
}

/// A film of grey pictures, each 2 brighter than the one before, 10 a second, with a key frame every two seconds.
const GREY: &str = "-f lavfi -i nullsrc=s=96x64:r=10:d=8,geq=lum='16+N*2':cb=128:cr=128 -pix_fmt yuv420p -g 20";

#[test]
fn frames_reach_as_far_as_the_film_does() {
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    near(reached(1, 0.1, Some(2.0)), 2.0);
    near(reached(3, 5.0, Some(2.0)), 0.6);
    near(reached(3, 5.0, None), 0.6);
    // One that states less than it has was looked at as far as there were frames.
    near(reached(21, 5.0, Some(2.0)), 4.0);
    near(reached(0, 5.0, Some(2.0)), 0.0);
}

fn frames_of(ffmpeg: &Ffmpeg, path: &Path, per_second: f64) -> std::result::Result<Vec<Photo>, Box<dyn StdError>> {
    frames_from(ffmpeg, path, per_second, 0)
}

/// The film is sought where `first` is not 0.
fn frames_from(
    ffmpeg: &Ffmpeg,
    path: &Path,
    per_second: f64,
    first: u64,
) -> std::result::Result<Vec<Photo>, Box<dyn StdError>> {
    let probed = probe(ffmpeg, path, "film", Container::Mp4)?;
    let start = probed.start.ok_or("no start")?;
    let place = if first > 0 { Place::Sought { first, start } } else { Place::Beginning };
    let mut frames = Frames::open(ffmpeg, path, "film", &probed, Wanted { place, ..all(per_second) })?;
    let mut found = Vec::new();
    while let Some(frame) = frames.next(|| true) {
        found.push(frame?);
    }
    let ended = frames.finish()?;
    if ended.status.success() { Ok(found) } else { Err(ended.stderr.into()) }
}

/// Which picture of [`GREY`] a frame is: its luma was in the range of television.
fn number_of(frame: &Photo) -> u32 {
    let grey = frame.rgb.iter().map(|byte| u32::from(*byte)).sum::<u32>() / (frame.width * frame.height * 3);
    (grey * 219 / 255).div_ceil(2)
}

pub(super) fn all(per_second: f64) -> Wanted {
    Wanted { per_second, place: Place::Beginning, threads: 1 }
}

#[test]
fn a_frame_is_the_one_that_is_shown_at_its_time() -> Tested {
    let Some(ffmpeg) = ffmpeg() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let film = folder.path().join("a b:50%.mp4");
    make(&format!("{GREY} -c:v libx264"), &film)?;
    let numbers = |per_second: f64| -> std::result::Result<Vec<u32>, Box<dyn StdError>> {
        Ok(frames_of(&ffmpeg, &film, per_second)?.iter().map(number_of).collect())
    };
    assert_eq!(numbers(5.0)?, (0..40).map(|k| k * 2).collect::<Vec<_>>());
    assert_eq!(
        numbers(4.0)?,
        (0..32).map(|k| k * 5 / 2).collect::<Vec<_>>(),
        "at 0.25 s the picture of 0.2 s is shown"
    );
    assert_eq!(numbers(20.0)?, (0..160).map(|k| k / 2).collect::<Vec<_>>());
    assert_eq!(numbers(0.5)?, [0, 20, 40, 60]);
    Ok(())
}

#[test]
fn a_film_of_changing_speed_that_begins_late_is_shown_at_its_own_times() -> Tested {
    let Some(ffmpeg) = ffmpeg() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let film = folder.path().join("film.mkv");
    // Pictures 0 to 9, then every tenth only, and 3.7 s are passed before the first.
    let select = "select='lt(n,10)+not(mod(n,10))',setpts=PTS+3.7/TB";
    make(&format!("{GREY} -vf {select} -vsync passthrough -c:v libx264 -copyts"), &film)?;
    let found: Vec<u32> = frames_of(&ffmpeg, &film, 5.0)?.iter().map(number_of).collect();
    let expected: Vec<u32> = (0..40).map(|k| if k < 5 { k * 2 } else { (k * 2) / 10 * 10 }).collect();
    assert_eq!(found.get(..4), Some([0, 2, 4, 6].as_slice()));
    assert_eq!(found.get(5..36), expected.get(5..36));
    Ok(())
}

#[test]
fn a_change_of_size_on_the_way_neither_ends_the_film_nor_moves_its_times() -> Tested {
    let Some(ffmpeg) = ffmpeg() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let parts = ["96x64", "64x96"].map(|size| (size, folder.path().join(format!("{size}.ts"))));
    let mut both = Vec::new();
    for (size, path) in &parts {
        make(&format!("-f lavfi -i testsrc=s={size}:r=10:d=2 -pix_fmt yuv420p -c:v libx264"), path)?;
        both.extend(std::fs::read(path)?);
    }
    let film = folder.path().join("both.ts");
    std::fs::write(&film, both)?;
    let found = frames_of(&ffmpeg, &film, 5.0)?;
    assert!(found.len() >= 19, "{}", found.len());
    assert!(found.iter().all(|frame| (frame.width, frame.height) == (96, 64)));
    Ok(())
}

#[test]
fn a_stored_turn_is_carried_out() -> Tested {
    let Some(ffmpeg) = ffmpeg() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let [plain, turned] = ["plain.mp4", "turned.mp4"].map(|name| folder.path().join(name));
    // White above, black below.
    make("-f lavfi -i nullsrc=s=96x64:r=5:d=1,geq=lum='if(lt(Y,32),235,16)':cb=128:cr=128 -pix_fmt yuv420p", &plain)?;
    let bytes = std::fs::read(&plain)?;
    // The unit matrix of the track's header, for one that turns clockwise by 90 degrees: (x, y) is shown at (-y, x).
    let row = |a: i32, b: i32| [(a * 65536).to_be_bytes(), (b * 65536).to_be_bytes(), [0; 4]].concat();
    let [unit, clockwise] = [[row(1, 0), row(0, 1)].concat(), [row(0, 1), row(-1, 0)].concat()];
    let place = bytes.windows(4).position(|window| window == b"tkhd").ok_or("no track header")?;
    let rest = bytes.get(place..).unwrap_or_default();
    let matrix = place + rest.windows(unit.len()).position(|window| window == unit).ok_or("no matrix")?;
    let mut changed = bytes.clone();
    changed.splice(matrix..matrix + unit.len(), clockwise);
    std::fs::write(&turned, changed)?;
    let probed = probe(&ffmpeg, &turned, "film", Container::Mp4)?;
    assert_eq!(probed.turn.size(probed.width, probed.height), (64, 96));
    let frame = frames_of(&ffmpeg, &turned, 5.0)?.into_iter().next().ok_or("no frame")?;
    assert_eq!((frame.width, frame.height), (64, 96));
    let row = frame.row(48).ok_or("no row")?;
    assert!(row.first() < Some(&40) && row.last() > Some(&215), "what was above is at the right");
    Ok(())
}

#[test]
fn sought_frames_are_the_same_where_the_container_has_an_index() -> Tested {
    let Some(ffmpeg) = ffmpeg() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    for (name, codec) in [("a.mp4", "libx264"), ("a.mkv", "libx264"), ("a.mov", "mpeg4"), ("a.webm", "libvpx")] {
        let film = folder.path().join(name);
        make(&format!("-f lavfi -i testsrc=s=96x64:r=10:d=8 -pix_fmt yuv420p -g 20 -c:v {codec}"), &film)?;
        let whole = frames_of(&ffmpeg, &film, 5.0)?;
        assert_eq!(whole.len(), 40, "{name}");
        for first in [0, 1, 7, 20, 23, 39] {
            let part = frames_from(&ffmpeg, &film, 5.0, first)?;
            assert!(whole.get(usize::try_from(first)?..) == Some(part.as_slice()), "{name} {first}");
        }
    }
    Ok(())
}

#[test]
fn ffmpeg_is_gone_when_its_frames_are_dropped() -> Tested {
    let Some(ffmpeg) = ffmpeg() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let film = folder.path().join("long.mp4");
    make("-f lavfi -i testsrc=s=640x360:r=10:d=30 -pix_fmt yuv420p -c:v mpeg4", &film)?;
    let probed = probe(&ffmpeg, &film, "film", Container::Mp4)?;
    let mut frames = Frames::open(&ffmpeg, &film, "film", &probed, all(10.0))?;
    frames.next(|| true).ok_or("no frame")??;
    let id = frames.id();
    drop(frames);
    assert!(!Path::new(&format!("/proc/{id}")).exists());
    Ok(())
}

#[cfg(unix)]
#[test]
fn programs_that_never_say_anything_are_given_up_and_the_film_is_named() -> Tested {
    let fakes = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fakes");
    let silent = Ffmpeg {
        decoder: fakes.join("silent.sh").into(),
        prober: fakes.join("silent.sh").into(),
        patience: Duration::from_millis(100),
        passthrough: ["-fps_mode", "passthrough"],
    };
    let film = fakes.join("any.mp4");
    let error = probe(&silent, &film, "film.mp4", Container::Mp4).err().ok_or("it answered")?;
    assert_eq!(error.code(), "VideoMalformed");
    assert!(
        error.to_string().starts_with("film.mp4: ") && error.to_string().contains("ffprobe gave no answer"),
        "{error}"
    );

    let probed = Probed {
        stream: 0,
        codec: "h264".to_owned(),
        width: 96,
        height: 64,
        turn: turn::Turn::default(),
        start: None,
        duration_s: None,
        own_duration: false,
        frames: None,
        created_ms: None,
    };
    let mut frames = Frames::open(&silent, &film, "film.mp4", &probed, all(5.0))?;
    let broken = frames.next(|| true).ok_or("it ended")?.err().ok_or("it gave a frame")?;
    let ended = frames.finish()?;
    let film = Film { path: &film, name: "film.mp4", sha256: sha256(b""), bytes: 0, container: Container::Mp4 };
    let error = check_end(&film, &probed, &ended, Some(broken), 1.0).err().ok_or("no error")?;
    assert!(error.to_string().starts_with("film.mp4: ") && error.to_string().contains("gave nothing for"), "{error}");
    Ok(())
}
