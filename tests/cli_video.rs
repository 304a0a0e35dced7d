//! `visavis index` and `visavis clips` of videos: times, what a file is by its contents, ffmpeg that is not there. Films with known
//! truth are in `video_truth.rs`, going on within a film in `cli_video_resume.rs`.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

mod cli_support;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use cli_support::films::{fake, film, no_ffmpeg, skipped, work};
use cli_support::{Run, Tested, code_of, command, current, differing, index, published, visavis};

const SHARED: &str = "../shared/data/video";

/// The only media of a library.
fn media_id(library: &Path) -> Result<String, Box<dyn Error>> {
    let faces = visavis(["inspect", &library.to_string_lossy(), "--faces"])?.expect_code(0)?.json_lines()?;
    Ok(faces.first().ok_or("no face")?["MediaId"].as_str().ok_or("no id")?.to_owned())
}

/// Start and end of every clip of the person of a photo.
fn times(photo: &str, library: &Path, media: &str) -> Result<Vec<(f64, f64)>, Box<dyn Error>> {
    let library = library.to_string_lossy();
    let response =
        visavis(["clips", photo, "--library", &library, "--media", media, "--json"])?.expect_code(0)?.json()?;
    let clips = response.get("MediaClipList").and_then(Value::as_array).ok_or("no list")?;
    let seen = clips.iter().filter_map(|clip| clip["OccurrencesInfos"].as_array()).flatten();
    let time = |seen: &Value, name: &str| seen[name].as_f64().ok_or("no time");
    Ok(seen.map(|seen| Ok((time(seen, "StartTime")?, time(seen, "EndTime")?))).collect::<Result<_, &str>>()?)
}

#[test]
fn the_person_of_a_photo_is_found_when_the_person_is_seen() -> Tested {
    let film = Path::new(SHARED).join("short_hamilton_clip.mp4");
    if no_ffmpeg() || (!film.exists() && skipped("the shared clip is not there")) {
        return Ok(());
    }
    let out = work("person")?;
    index(&film, &out, &["--quiet"])?.expect_code(0)?;
    let media = media_id(&out)?;
    let expected: Value = serde_json::from_slice(&fs::read(Path::new(SHARED).join("expected.json"))?)?;
    for query in expected["queries"].as_array().ok_or("no queries")? {
        let photo = format!("{SHARED}/{}", query["photo"].as_str().ok_or("no photo")?);
        let seen = times(&photo, &out, &media)?;
        let ranges =
            |name: &str| -> Vec<(f64, f64)> { serde_json::from_value(query[name].clone()).unwrap_or_default() };
        for (start, end) in ranges("must") {
            let near = |found: &(f64, f64)| (found.0 - start).abs() < 0.3 && (found.1 - end).abs() < 0.3;
            assert!(seen.iter().any(near), "{photo}: {start} to {end} in {seen:?}");
        }
        for (start, end) in ranges("must_not") {
            assert!(seen.iter().all(|found| found.1 < start || found.0 > end), "{photo}: {start} to {end} in {seen:?}");
        }
    }
    visavis(["verify", &out.to_string_lossy()])?.expect_code(0)?;
    Ok(())
}

#[test]
fn what_a_file_is_is_told_by_its_contents_and_videos_are_passed_over_where_that_is_asked_for() -> Tested {
    if no_ffmpeg() {
        return Ok(());
    }
    let folder = work("contents")?;
    let media = folder.join("media");
    fs::create_dir_all(&media)?;
    film(&media.join("film.mp4"), 1, &[])?;
    fs::rename(media.join("film.mp4"), media.join("film.jpg"))?;
    fs::copy("samples/gallery/joe_biden.jpg", media.join("photo.mp4"))?;
    fs::copy("samples/gallery/barack_obama_1.jpg", media.join("photo.jpg"))?;
    let out = folder.join("out");
    let counts = |run: Run| -> Result<[u64; 3], Box<dyn Error>> {
        let summary = run.json()?;
        Ok(["photos", "videos", "embedded"].map(|name| summary[name].as_u64().unwrap_or(99)))
    };
    assert_eq!(counts(index(&media, &out, &[])?.expect_code(0)?)?, [2, 1, 3]);
    let documents = visavis(["media", "--library", &out.to_string_lossy(), "--json"])?.expect_code(0)?.stdout;
    assert!(documents.contains("\"video\"") && documents.contains("4.00000"), "{documents}");
    // Other frames of the same videos: photos stay as they are.
    assert_eq!(counts(index(&media, &out, &["--frames-per-second", "2.5"])?.expect_code(0)?)?, [2, 1, 1]);

    // One frame in ten seconds: the film has only four.
    let run = index(&media, &out, &["--frames-per-second", "0.1"])?.expect_code(0)?;
    let (summary, seconds) = (run.json()?, run.json()?["filmSeconds"].as_f64().ok_or("no seconds")?);
    assert!(summary["frames"] == json!(1) && (3.9..=4.1).contains(&seconds), "{summary}");
    assert!(run.stderr.contains("0:04 of film looked at (1 frame, "), "{}", run.stderr);

    let run = index(&media, &out, &["--no-videos"])?.expect_code(3)?;
    let summary = run.json()?;
    assert_eq!((&summary["photos"], &summary["videos"], &summary["videosSkipped"]), (&json!(1), &json!(0), &json!(1)));
    let unreadable = &summary["unreadable"][0];
    assert_eq!((code_of(unreadable), &unreadable["path"]), (Some("VideoUnsupported"), &json!("film.jpg")));
    assert!(unreadable["error"]["message"].as_str().is_some_and(|text| text.contains("it is a video (MP4)")));
    // Nothing of that is remembered.
    assert_eq!(counts(index(&media, &out, &["--frames-per-second", "2.5"])?.expect_code(0)?)?[..2], [2, 1]);
    Ok(())
}

#[test]
fn what_was_said_of_faces_of_a_film_is_not_said_of_others_when_it_is_read_at_another_rate() -> Tested {
    if no_ffmpeg() {
        return Ok(());
    }
    let folder = work("rates")?;
    let media = folder.join("media");
    fs::create_dir_all(&media)?;
    film(&media.join("film.mp4"), 1, &[])?;
    let out = folder.join("out");
    let faces = |rate: &str| -> Result<BTreeSet<String>, Box<dyn Error>> {
        index(&media, &out, &["--frames-per-second", rate, "--quiet"])?.expect_code(0)?;
        Ok(published(&out)?.into_keys().filter(|name| name.starts_with("faces/")).collect())
    };
    let [usual, other] = [faces("5")?, faces("2")?];
    assert!(usual.len() >= 2 && other.len() >= 2, "{usual:?} {other:?}");
    assert!(usual.is_disjoint(&other), "{usual:?} {other:?}");
    assert_eq!(faces("5")?, usual);
    Ok(())
}

#[test]
fn without_ffmpeg_photos_are_indexed_and_every_video_is_named_with_what_to_install() -> Tested {
    let folder = work("missing")?;
    let media = folder.join("media");
    fs::create_dir_all(&media)?;
    fs::copy("samples/gallery/joe_biden.jpg", media.join("photo.jpg"))?;
    for name in ["a.mp4", "b.mov"] {
        fs::write(
            media.join(name),
            [b"\0\0\0\x14ftypisom\0\0\0\0isom\0\0\0\x08moov".as_slice(), name.as_bytes()].concat(),
        )?;
    }
    let out = folder.join("out");
    let run = |program: &str| -> Result<Value, Box<dyn Error>> {
        let fixed = ["index".into(), media.clone(), "--out".into(), out.clone(), "--json".into(), "--quiet".into()];
        let output = command(fixed).env("VISAVIS_FFMPEG", program).output()?;
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        Ok(serde_json::from_slice(&output.stdout)?)
    };
    for program in ["no-such-ffmpeg-anywhere", env!("CARGO_BIN_EXE_visavis")] {
        let summary = run(program)?;
        assert_eq!((&summary["photos"], &summary["videos"]), (&json!(1), &json!(0)));
        let unreadable = summary["unreadable"].as_array().ok_or("no list")?;
        assert_eq!(unreadable.len(), 2);
        for (file, name) in unreadable.iter().zip(["a.mp4", "b.mov"]) {
            let message = file["error"]["message"].as_str().ok_or("no message")?;
            assert_eq!((code_of(file), &file["path"]), (Some("FfmpegMissing"), &json!(name)));
            assert!([name, program, "apt install ffmpeg"].iter().all(|part| message.contains(part)), "{message}");
        }
    }
    Ok(())
}

#[test]
fn a_library_folder_that_cannot_be_written_to_stops_the_run_and_stays_as_it_is() -> Tested {
    if no_ffmpeg() {
        return Ok(());
    }
    let folder = work("unwritable")?;
    let [photos, films, out] = ["photos", "films", "out"].map(|name| folder.join(name));
    fs::create_dir_all(&photos)?;
    fs::create_dir_all(&films)?;
    fs::copy("samples/gallery/joe_biden.jpg", photos.join("photo.jpg"))?;
    index(&photos, &out, &["--quiet"])?.expect_code(0)?;
    let before = published(&out)?;
    let path = films.join("film.mp4");
    film(&path, 10, &[])?;
    // A folder stands where the checkpoint is to be: as if the disk would not take it.
    let hash = visavis_hash(&path)?;
    fs::create_dir_all(out.join(".visavis/partial").join(hash).join("in the way"))?;
    let run = index(&films, &out, &["--frames-per-second", "20", "--jobs", "1"])?.expect_code(1)?;
    assert_eq!(code_of(&run.json()?), Some("IoError"), "{run:?}");
    assert_eq!(published(&out)?, before);
    Ok(())
}

#[test]
fn passing_over_videos_once_costs_no_film_its_work() -> Tested {
    if no_ffmpeg() {
        return Ok(());
    }
    let folder = work("passed-over")?;
    let (media, out) = (folder.join("media"), folder.join("out"));
    fs::create_dir_all(&media)?;
    fs::copy("samples/gallery/joe_biden.jpg", media.join("photo.jpg"))?;
    film(&media.join("film.mp4"), 1, &[])?;
    index(&media, &out, &[])?.expect_code(0)?;
    let before = current(&out)?;
    let summary = index(&media, &out, &["--no-videos"])?.expect_code(0)?.json()?;
    assert_eq!([&summary["photos"], &summary["videos"], &summary["videosSkipped"]], [&json!(1), &json!(0), &json!(1)]);
    let summary = index(&media, &out, &[])?.expect_code(0)?.json()?;
    assert_eq!([&summary["videos"], &summary["embedded"], &summary["frames"]], [&json!(1), &json!(0), &json!(0)]);
    assert_eq!(differing(&current(&out)?, &before), Vec::<String>::new());
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_film_that_changes_while_it_is_read_is_named_and_read_anew_the_next_time() -> Tested {
    if no_ffmpeg() {
        return Ok(());
    }
    let folder = work("changing")?;
    let (media, out) = (folder.join("media"), folder.join("out"));
    fs::create_dir_all(&media)?;
    fs::copy("samples/gallery/joe_biden.jpg", media.join("photo.jpg"))?;
    let path = media.join("film.mkv");
    film(&path, 1, &[])?;
    let fixed = ["index".as_ref(), media.as_os_str(), "--out".as_ref(), out.as_os_str(), "--json".as_ref()];
    let changing = command(fixed).env("VISAVIS_FFMPEG", fake("changing.sh")).env("CHANGED_FILE", &path).output()?;
    assert_eq!(changing.status.code(), Some(3), "{changing:?}");
    let summary: Value = serde_json::from_slice(&changing.stdout)?;
    let unreadable = &summary["unreadable"][0];
    assert_eq!((code_of(unreadable), &unreadable["path"]), (Some("IoError"), &json!("film.mkv")));
    assert!(unreadable["error"]["message"].as_str().is_some_and(|text| text.contains("changed while it was read")));
    let summary = index(&media, &out, &[])?.expect_code(0)?.json()?;
    assert_eq!([&summary["videos"], &summary["embedded"]], [&json!(1), &json!(1)]);
    Ok(())
}

#[cfg(unix)]
#[test]
fn an_ffprobe_that_never_stops_talking_costs_the_film_only() -> Tested {
    if no_ffmpeg() {
        return Ok(());
    }
    let folder = work("endless")?;
    let (media, out) = (folder.join("media"), folder.join("out"));
    fs::create_dir_all(&media)?;
    fs::copy("samples/gallery/joe_biden.jpg", media.join("photo.jpg"))?;
    film(&media.join("film.mp4"), 1, &[])?;
    let fixed = ["index".as_ref(), media.as_os_str(), "--out".as_ref(), out.as_os_str(), "--json".as_ref()];
    let output = command(fixed).env("VISAVIS_FFPROBE", fake("endless.sh")).output()?;
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let summary: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!((&summary["photos"], &summary["videos"]), (&json!(1), &json!(0)));
    let unreadable = &summary["unreadable"][0];
    assert_eq!((code_of(unreadable), &unreadable["path"]), (Some("VideoMalformed"), &json!("film.mp4")));
    let message = unreadable["error"]["message"].as_str().ok_or("no message")?;
    assert!(message.contains("film.mp4") && message.contains("more than 16 MB"), "{message}");
    Ok(())
}

/// The SHA-256 of a file, by the library's own.
fn visavis_hash(path: &Path) -> Result<String, Box<dyn Error>> {
    Ok(visavis::core::sha256(&fs::read(path)?).to_string())
}
