//! `visavis clips`: where the person of a photo is seen in one media.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

mod cli_support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Value, json};

use cli_support::{Run, Tested, code_of, visavis};

const OBAMA: &str = "samples/queries/barack_obama.jpg";

fn make() -> Result<PathBuf, Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli-clips");
    let _ = fs::remove_dir_all(&folder);
    let out = folder.to_string_lossy().into_owned();
    visavis(["index", "samples/gallery", "--people", "samples/people", "--out", &out, "--quiet"])?.expect_code(0)?;
    Ok(folder)
}

/// A library of the samples that the tests of this file share.
fn library() -> Result<&'static Path, Box<dyn std::error::Error>> {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    Ok(MADE.get_or_init(|| make().map_err(|e| e.to_string())).as_deref().map_err(Clone::clone)?)
}

/// The face of this photo of the library, as `inspect --faces` has it.
fn face_of(path: &str) -> Result<Value, Box<dyn std::error::Error>> {
    let faces = visavis(["inspect", &library()?.to_string_lossy(), "--faces"])?.json_lines()?;
    Ok(faces.into_iter().find(|face| face["path"] == path).ok_or("no face")?)
}

fn clips(photo: &str, media: &str, more: &[&str]) -> Result<Run, Box<dyn std::error::Error>> {
    let library = library()?.to_string_lossy().into_owned();
    visavis(["clips", photo, "--library", &library, "--media", media].iter().chain(more))
}

#[test]
fn the_face_of_a_photo_is_one_clip_with_its_box_and_expression() -> Tested {
    let face = face_of("barack_obama_1.jpg")?;
    let media = face["MediaId"].as_str().ok_or("no id")?;
    let response = clips(OBAMA, media, &["--json"])?.expect_code(0)?.json()?;
    let head = [&response["Success"], &response["Code"], &response["Total"]];
    assert_eq!(head, [&json!("true"), &json!("200"), &json!(1)]);
    let clip = &response["MediaClipList"][0];
    assert_eq!((&clip["LabelName"], &clip["Category"]), (&json!("Barack Obama"), &json!("custom")));
    assert_eq!(clip["EntityId"], face["EntityId"]);
    assert!(clip["Score"].as_f64().is_some_and(|score| score > 0.9 && score <= 1.0), "{clip}");
    let seen = &clip["OccurrencesInfos"][0];
    assert_eq!((seen["StartTime"].as_f64(), seen["EndTime"].as_f64()), (Some(0.0), Some(0.0)));
    let names = ["Calm", "Happy", "Sad", "Angry", "Fearful", "Disgusted", "Surprised"];
    assert!(seen["Expression"].as_str().is_some_and(|name| names.contains(&name)), "{seen}");
    let place = &seen["TrackData"][0]["BoxPosition"];
    for (at, name) in ["X", "Y", "W", "H"].into_iter().enumerate() {
        let (found, inspected) = (place[name].as_i64().ok_or("no number")?, face["box"][at].as_f64().ok_or("no box")?);
        #[expect(clippy::cast_precision_loss, reason = "pixels")]
        let difference = (found as f64 - inspected).abs();
        assert!(difference <= 0.5, "{name}: {place} is not {}", face["box"]);
    }
    Ok(())
}

#[test]
fn pages_filters_and_thresholds_cut_the_answer() -> Tested {
    let face = face_of("barack_obama_1.jpg")?;
    let (media, entity) = (face["MediaId"].as_str().ok_or("no id")?, face["EntityId"].as_str().ok_or("no entity")?);
    let total = |more: &[&str]| -> Result<(Value, usize), Box<dyn std::error::Error>> {
        let response = clips(OBAMA, media, &[&["--json"], more].concat())?.expect_code(0)?.json()?;
        Ok((response["Total"].clone(), response["MediaClipList"].as_array().ok_or("no list")?.len()))
    };
    assert_eq!(total(&["--entity-id", entity])?, (json!(1), 1));
    assert_eq!(total(&["--entity-id", "nobody"])?, (json!(0), 0));
    assert_eq!(total(&["--page-no", "2"])?, (json!(1), 0));
    assert_eq!(total(&["--threshold", "0.99"])?, (json!(0), 0));
    let stranger = clips("samples/queries/stranger_mona_lisa.jpg", media, &["--json"])?.expect_code(0)?.json()?;
    assert_eq!((&stranger["Total"], &stranger["MediaClipList"]), (&json!(0), &json!([])));
    Ok(())
}

#[test]
fn without_json_it_is_a_table() -> Tested {
    let face = face_of("joe_biden.jpg")?;
    let media = face["MediaId"].as_str().ok_or("no id")?;
    let table = clips("samples/queries/joe_biden_rendition.jpg", media, &[])?.expect_code(0)?.stdout;
    assert!(table.starts_with("1 clip, 1 on this page\n"), "{table}");
    assert!(table.contains("Joe Biden") && table.contains("custom") && table.contains("expression"), "{table}");
    Ok(())
}

#[test]
fn wrong_values_fail_as_they_do_in_the_browser() -> Tested {
    let face = face_of("joe_biden.jpg")?;
    let media = face["MediaId"].as_str().ok_or("no id")?;
    let cases: [(&str, &str, &[&str], &str, &str); 9] = [
        (OBAMA, "0123", &[], "ResourceNotFound", "0123"),
        (OBAMA, "", &[], "MissingMediaId", "MediaId"),
        (OBAMA, media, &["--token", ""], "MissingFaceSearchToken", "FaceSearchToken"),
        (OBAMA, media, &["--page-size", "0"], "InvalidParameter", "PageSize"),
        (OBAMA, media, &["--page-no", "x"], "InvalidParameter", "PageNo"),
        (OBAMA, media, &["--threshold", "1.5"], "InvalidParameter", "threshold"),
        (OBAMA, media, &["--face", "3"], "InvalidParameter", "3 is out of range"),
        ("samples/gallery/rocket.jpg", media, &[], "NoFace", "rocket.jpg"),
        ("nowhere.jpg", media, &[], "IoError", "nowhere.jpg"),
    ];
    for (photo, media, more, code, word) in cases {
        let run = clips(photo, media, &[&["--json"], more].concat())?.expect_code(1)?;
        assert_eq!(code_of(&run.json()?), Some(code), "{run:?}");
        assert!(run.stderr.contains(word), "{word} is not in {run:?}");
    }
    let folder = tempfile::tempdir()?;
    let film = folder.path().join("film.jpg").to_string_lossy().into_owned();
    std::fs::write(&film, b"\0\0\0\x14ftypisom\0\0\0\0isom\0\0\0\x08moov")?;
    let run = clips(&film, media, &["--json"])?.expect_code(1)?;
    assert_eq!(code_of(&run.json()?), Some("InvalidParameter"), "{run:?}");
    assert!(run.stderr.contains("film.jpg is a video (MP4); the query must be a photo"), "{run:?}");
    let run = clips(OBAMA, media, &["--face", "-1"])?.expect_code(2)?;
    assert!(run.stderr.contains("\"-1\" is not the number of a face"), "{run:?}");
    Ok(())
}
