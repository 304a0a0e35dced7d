//! `visavis index` that is killed in the middle of a film and run again. Where it stands when it is killed is set by an ffmpeg
//! that gives so many frames and then waits, not by a clock.
#![cfg(all(feature = "cli", unix))]

mod cli_support;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use cli_support::films::{FRAME_SIZE, fake, film, no_ffmpeg, work};
use cli_support::{Tested, command, current, differing, index, visavis};

/// At every frame of [`film`].
const OPTIONS: [&str; 4] = ["--frames-per-second", "10", "--people", "samples/people"];

/// The files of a library's folder that are kept of films in work.
fn kept(out: &Path) -> usize {
    let partial = fs::read_dir(out.join(".visavis/partial"));
    partial.into_iter().flatten().flatten().filter(|entry| entry.path().extension().is_none()).count()
}

/// How many thumbnails of faces wait to be published.
fn staged(out: &Path) -> usize {
    fs::read_dir(out.join(".visavis/staged/faces")).into_iter().flatten().count()
}

/// Indexes `media` until `frames` frames of a film, but for the last few, were looked at, and kills the run once `is_there` holds
/// of the library's folder.
fn kill_within(media: &Path, out: &Path, frames: u64, is_there: impl Fn(&Path) -> bool) -> Tested {
    let (width, height) = FRAME_SIZE;
    let bytes = frames * (format!("P6\n{width} {height}\n255\n").len() as u64 + width * height * 3);
    let fixed = ["index".as_ref(), media.as_os_str(), "--out".as_ref(), out.as_os_str(), "--quiet".as_ref()];
    let paused = out.with_extension("paused");
    let mut child = command(fixed)
        .args(OPTIONS)
        .args(["--jobs", "1"])
        .env("VISAVIS_FFMPEG", fake("pausing.sh"))
        .env("PAUSE_AFTER_BYTES", bytes.to_string())
        .env("PAUSED_FILE", &paused)
        .spawn()?;
    while !(paused.exists() && is_there(out)) {
        if let Some(status) = child.try_wait()? {
            return Err(format!("it ended by itself: {status}").into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill()?;
    child.wait()?;
    Ok(())
}

/// A run to its end, and how many frames it and the runs before it have looked at.
fn counts(media: &Path, out: &Path, jobs: &str) -> Result<[u64; 2], Box<dyn Error>> {
    let summary = index(media, out, &[OPTIONS.as_slice(), &["--jobs", jobs]].concat())?.expect_code(0)?.json()?;
    let count = |name: &str| summary.get(name).and_then(Value::as_u64).ok_or("no count");
    Ok([count("frames")?, count("framesBefore")?])
}

fn is_same(killed: &Path, whole: &Path) -> Tested {
    let differing = differing(&current(killed)?, &current(whole)?);
    if differing.is_empty() { Ok(()) } else { Err(format!("{} has other {differing:?}", killed.display()).into()) }
}

#[test]
fn a_killed_run_goes_on_in_the_middle_of_the_film_and_gives_the_same_bytes() -> Tested {
    if no_ffmpeg() {
        return Ok(());
    }
    let folder = work("killed")?;
    let films = folder.join("films");
    fs::create_dir_all(&films)?;
    film(&films.join("film.mp4"), 4, &[])?;
    // The worker that finds the copy takes nothing from the one that goes on with the film.
    fs::copy(films.join("film.mp4"), films.join("copy.mp4"))?;
    let [whole, killed] = ["whole", "killed"].map(|name| folder.join(name));
    // The frames of one film are looked at side by side where there are workers for it; that changes nothing either.
    let [frames, before] = counts(&films, &whole, "3")?;
    assert!((158..=162).contains(&frames) && before == 0, "{frames} {before}");

    kill_within(&films, &killed, 120, |out| kept(out) > 0)?;
    assert!(!killed.join("library.json").exists());
    let [now, before] = counts(&films, &killed, "2")?;
    assert!(before > 0 && now > 0 && now + before == frames, "{now} {before}");
    is_same(&killed, &whole)?;
    assert_eq!(kept(&killed), 0, "nothing is left of it");
    let again = index(&films, &killed, &OPTIONS)?.expect_code(0)?.json()?;
    assert_eq!([&again["embedded"], &again["frames"]], [&json!(0), &json!(0)]);
    Ok(())
}

#[test]
fn streams_whose_clock_jumps_or_that_begin_within_a_group_of_pictures_are_gone_on_with_as_well() -> Tested {
    if no_ffmpeg() {
        return Ok(());
    }
    let folder = work("streams")?;
    let [early, late, jumping, cut] = ["early.ts", "late.ts", "jumping/film.ts", "cut/film.ts"].map(|n| folder.join(n));
    let codec = ["-c:v", "libx264"];
    film(&early, 2, &codec)?;
    film(&late, 1, &[codec.as_slice(), &["-output_ts_offset", "120"]].concat())?;
    for path in [&jumping, &cut] {
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
    }
    let (early, late) = (fs::read(early)?, fs::read(late)?);
    fs::write(&jumping, [early.as_slice(), &late].concat())?;
    // Half a group of pictures is missing: ten of twenty frames.
    let packets = early.len() / 188 / 16;
    fs::write(&cut, [early.get(packets * 188..).ok_or("too short")?, &late].concat())?;
    for path in [&jumping, &cut] {
        let media = path.parent().ok_or("no folder")?;
        let [whole, killed] = ["whole", "killed"].map(|name| media.with_extension(name));
        let [frames, _] = counts(media, &whole, "2")?;
        assert!((90..=125).contains(&frames), "the jump is no time of the film: {path:?} {frames}");
        kill_within(media, &killed, 70, |out| kept(out) > 0)?;
        let [now, before] = counts(media, &killed, "2")?;
        assert!(before > 0 && now + before == frames, "{path:?} {now} {before} {frames}");
        is_same(&killed, &whole)?;
        let documents = visavis(["media", "--library", &whole.to_string_lossy(), "--json"])?.expect_code(0)?.stdout;
        assert!(documents.contains(&format!("\"{:.5}\"", f64::from(u32::try_from(frames)?) / 10.0)), "{documents}");
    }
    Ok(())
}

#[test]
fn a_command_that_publishes_between_costs_the_film_no_picture() -> Tested {
    if no_ffmpeg() {
        return Ok(());
    }
    let folder = work("published-between")?;
    let media = folder.join("media");
    fs::create_dir_all(&media)?;
    fs::copy("samples/gallery/barack_obama_2.jpg", media.join("photo.jpg"))?;
    let [whole, killed] = ["whole", "killed"].map(|name| folder.join(name));
    let set = |out: &Path| -> Tested {
        let out = out.to_string_lossy();
        visavis(["person", "set", "Barack Obama", "--note", "seen", "--library", &out])?.expect_code(0)?;
        Ok(())
    };
    for out in [&whole, &killed] {
        index(&media, out, &OPTIONS)?.expect_code(0)?;
    }
    film(&media.join("film.mp4"), 3, &[])?;
    // The first person's track is over: its picture is no more in the checkpoint.
    kill_within(&media, &killed, 110, |out| kept(out) > 0 && staged(out) > 0)?;
    for out in [&whole, &killed] {
        set(out)?;
    }
    assert_eq!((kept(&killed), staged(&killed)), (0, 0), "both stay or both go");
    let [frames, _] = counts(&media, &whole, "2")?;
    assert_eq!(counts(&media, &killed, "2")?, [frames, 0]);
    is_same(&killed, &whole)?;
    let again: Value = index(&media, &killed, &OPTIONS)?.expect_code(0)?.json()?;
    assert_eq!(again["embedded"], 0, "nothing was missing");
    Ok(())
}
