//! The commands of `visavis` on real photos.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

mod cli_support;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;

use serde_json::{Value, json};

use cli_support::{Run, Tested, code_of, command, visavis};

/// Indexes the sample gallery, with its people.
fn index_samples(out: &Path) -> Tested {
    let out = out.to_string_lossy().into_owned();
    visavis(["index", "samples/gallery", "--people", "samples/people", "--out", &out, "--quiet"])?.expect_code(0)?;
    Ok(())
}

/// A library of the samples that the tests of this file share, and do not change.
fn sample_library() -> Result<&'static Path, Box<dyn std::error::Error>> {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let make = || {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli-samples");
        let _ = fs::remove_dir_all(&folder);
        index_samples(&folder).map(|()| folder).map_err(|e| e.to_string())
    };
    Ok(MADE.get_or_init(make).as_deref().map_err(Clone::clone)?)
}

fn search(photo: &str, library: &Path, more: &[&str]) -> Result<Run, Box<dyn std::error::Error>> {
    let library = library.to_string_lossy().into_owned();
    visavis(["search", photo, "--library", &library].iter().chain(more))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn a_person_is_found_with_the_response_of_the_service() -> Tested {
    let library = sample_library()?;
    let response =
        search("samples/queries/barack_obama.jpg", library, &["--json", "--scores"])?.expect_code(0)?.json()?;
    assert_eq!((text(&response, "Success"), text(&response, "Code")), ("true", "200"));
    assert_eq!(response["Total"], 2);
    let media: Vec<&str> =
        response["MediaInfoList"].as_array().ok_or("no list")?.iter().map(|m| text(m, "MediaId")).collect();
    let scores = response["Scores"].as_array().ok_or("no scores")?;
    assert_eq!(scores.iter().map(|s| text(s, "MediaId")).collect::<Vec<_>>(), media);
    for row in scores {
        assert!(text(row, "path").starts_with("barack_obama_"), "{row}");
        assert_eq!(text(row, "LabelName"), "Barack Obama");
        assert!(row["Cosine"].as_f64().is_some_and(|cosine| cosine > 0.5), "{row}");
        assert!(row["Score"].as_f64().is_some_and(|score| score > 0.9 && score <= 1.0), "{row}");
        assert!(library.join(text(row, "FaceUrl")).is_file());
        assert!(library.join(text(row, "CoverUrl")).is_file());
    }
    let plain = search("samples/queries/barack_obama.jpg", library, &["--json"])?.json()?;
    let mut keys: Vec<&String> = plain.as_object().ok_or("no object")?.keys().collect();
    keys.sort();
    assert_eq!(keys, ["Code", "MediaInfoList", "RequestId", "Success", "Total"]);
    Ok(())
}

#[test]
fn strangers_and_photos_without_their_person_have_a_total_of_zero() -> Tested {
    let library = sample_library()?;
    for stranger in ["stranger_grace_hopper.jpg", "stranger_mona_lisa.jpg"] {
        let response = search(&format!("samples/queries/{stranger}"), library, &["--json"])?.expect_code(0)?.json()?;
        assert_eq!((&response["Total"], &response["MediaInfoList"]), (&json!(0), &json!([])), "{stranger}");
    }
    Ok(())
}

#[test]
fn pages_and_filters_cut_the_answer() -> Tested {
    let library = sample_library()?;
    let obama = "samples/queries/barack_obama.jpg";
    let all = search(obama, library, &["--json"])?.json()?;
    let second = search(obama, library, &["--json", "--page-size", "1", "--page-no", "2"])?.json()?;
    assert_eq!((&second["Total"], &second["MediaInfoList"][0]), (&json!(2), &all["MediaInfoList"][1]));
    let videos = search(obama, library, &["--json", "--media-type", "video"])?.json()?;
    assert_eq!(videos["Total"], 0);
    let scored = search(obama, library, &["--json", "--scores"])?.json()?;
    let entity = text(&scored["Scores"][0], "EntityId");
    let of_entity = search(obama, library, &["--json", "--entity-id", entity])?.json()?;
    assert_eq!(of_entity["Total"], 2);
    let of_nobody = search(obama, library, &["--json", "--entity-id", "0"])?.json()?;
    assert_eq!(of_nobody["Total"], 0);
    let everybody = search(obama, library, &["--json", "--threshold", "-1"])?.json()?;
    assert_eq!(everybody["Total"], 4);
    Ok(())
}

#[test]
fn the_accurate_profile_makes_and_searches_its_own_libraries() -> Tested {
    if !Path::new("target/models/accurate.json").is_file() {
        let _ =
            writeln!(std::io::stderr(), "skipped: target/models is not here; 'cargo xtask models --accurate' makes it");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let out = folder.path().to_string_lossy().into_owned();
    let accurate = ["--profile", "accurate", "--models", "target/models"];
    visavis(["index", "samples/gallery", "--out", &out, "--quiet"].iter().chain(&accurate))?.expect_code(0)?;
    let overview = visavis(["inspect", &out, "--json"])?.json()?;
    assert_eq!(overview["embedder"]["dim"], 128);
    let more: Vec<&str> = accurate.into_iter().chain(["--json"]).collect();
    assert_eq!(search("samples/queries/barack_obama.jpg", folder.path(), &more)?.expect_code(0)?.json()?["Total"], 2);
    assert_eq!(search("samples/queries/stranger_mona_lisa.jpg", folder.path(), &more)?.json()?["Total"], 0);
    Ok(())
}

#[test]
fn without_json_a_search_is_a_table() -> Tested {
    let library = sample_library()?;
    let table = search("samples/queries/joe_biden_rendition.jpg", library, &[])?.expect_code(0)?.stdout;
    assert!(table.starts_with("1 media at a cosine of 0.400 or more"), "{table}");
    assert!(table.contains("Joe Biden") && table.contains("joe_biden.jpg"), "{table}");
    Ok(())
}

/// Intersection over union of two boxes `[x, y, w, h]`.
fn iou(a: &Value, b: &Value) -> f64 {
    let number = |v: &Value, i: usize| v.get(i).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let overlap = |axis: usize| {
        let end = (number(a, axis) + number(a, axis + 2)).min(number(b, axis) + number(b, axis + 2));
        (end - number(a, axis).max(number(b, axis))).max(0.0)
    };
    let both = overlap(0) * overlap(1);
    both / (number(a, 2) * number(a, 3) + number(b, 2) * number(b, 3) - both)
}

#[test]
fn faces_are_where_they_were_seen_by_eye_in_every_orientation() -> Tested {
    let expected: Value = serde_json::from_str(&fs::read_to_string("tests/data/expected.json")?)?;
    let expected = expected["photos"].as_array().ok_or("no photos")?;
    let paths: Vec<String> = expected.iter().map(|photo| format!("tests/data/{}", text(photo, "path"))).collect();
    let found = visavis(["faces".to_owned()].iter().chain(&paths))?.expect_code(0)?.json_lines()?;
    assert_eq!(found.len(), expected.len());
    for ((photo, wanted), path) in found.iter().zip(expected).zip(&paths) {
        assert_eq!(text(photo, "path"), path);
        assert_eq!((&photo["width"], &photo["height"]), (&wanted["width"], &wanted["height"]), "{path}");
        let (faces, boxes) =
            (photo["faces"].as_array().ok_or("no faces")?, wanted["faces"].as_array().ok_or("no faces")?);
        assert_eq!(faces.len(), boxes.len(), "{path}: {photo}");
        for (face, wanted) in faces.iter().zip(boxes) {
            assert!(iou(&face["box"], &wanted["box"]) >= 0.5, "{path}: {face}");
            assert_eq!(face["landmarks"].as_array().map(Vec::len), Some(5));
            assert!(face["score"].as_f64().is_some_and(|score| (0.6..=1.0).contains(&score)));
            assert!(face.get("embedding").is_none());
        }
    }
    Ok(())
}

#[test]
fn an_unreadable_photo_gives_its_error_and_the_others_go_on() -> Tested {
    let paths =
        ["tests/data/photos/obama.jpg", "tests/data/expected.json", "nowhere.jpg", "tests/data/photos/biden.jpg"];
    let run = visavis(["faces", "--embeddings", "--jobs", "2"].iter().chain(&paths))?.expect_code(3)?;
    let lines = run.json_lines()?;
    assert_eq!(lines.iter().map(|line| text(line, "path")).collect::<Vec<_>>(), paths);
    assert_eq!(
        lines.iter().map(code_of).collect::<Vec<_>>(),
        [None, Some("ImageFormatUnsupported"), Some("IoError"), None]
    );
    for line in [&lines[0], &lines[3]] {
        let embedding = line["faces"][0]["embedding"].as_array().ok_or("no embedding")?;
        let norm: f64 = embedding.iter().filter_map(Value::as_f64).map(|v| v * v).sum();
        assert!(embedding.len() == 512 && (norm - 1.0).abs() < 1e-4, "{} numbers of norm {norm}", embedding.len());
    }
    Ok(())
}

#[test]
fn a_list_of_photos_is_read_from_standard_input() -> Tested {
    let mut child = command(["faces", "--files-from", "-", "--score-threshold", "0.99999"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    child
        .stdin
        .take()
        .ok_or("no stdin")?
        .write_all(b"tests/data/photos/chelsea.png\n\ntests/data/photos/obama.jpg\n")?;
    let output = child.wait_with_output()?;
    let lines: Vec<Value> =
        String::from_utf8(output.stdout)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line["faces"] == json!([])), "no face is that certain: {lines:?}");
    Ok(())
}

#[test]
#[cfg(unix)]
fn a_list_may_end_its_names_by_zero_bytes_and_hold_any_bytes() -> Tested {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir()?;
    let strange = folder.path().join(std::ffi::OsStr::from_bytes(b"two\nlines \xff.png"));
    fs::copy("tests/data/photos/chelsea.png", &strange)?;
    let list = folder.path().join("list");
    fs::write(&list, [strange.as_os_str().as_bytes(), b"\0tests/data/photos/chelsea.png\0"].concat())?;
    let run = visavis([Path::new("faces"), Path::new("--files-from"), &list])?.expect_code(0)?;
    let lines = run.json_lines()?;
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line["faces"] == json!([])), "{lines:?}");
    Ok(())
}

#[test]
fn a_closed_pipe_ends_the_command_quietly() -> Tested {
    let mut child =
        command(["faces", "tests/data/photos/obama.jpg"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    drop(child.stdout.take());
    let output = child.wait_with_output()?;
    assert_eq!((output.status.code(), String::from_utf8(output.stderr)?.as_str()), (Some(0), ""));
    Ok(())
}

#[test]
fn inspect_lists_every_face_with_its_person() -> Tested {
    let library = sample_library()?;
    let folder = library.to_string_lossy().into_owned();
    let faces = visavis(["inspect", &folder, "--faces"])?.expect_code(0)?.json_lines()?;
    let named: Vec<(&str, &str)> = faces.iter().map(|face| (text(face, "path"), text(face, "LabelName"))).collect();
    let expected = [
        ("barack_obama_1.jpg", "Barack Obama"),
        ("barack_obama_2.jpg", "Barack Obama"),
        ("eileen_collins.jpg", "Eileen Collins"),
        ("joe_biden.jpg", "Joe Biden"),
    ];
    assert_eq!(named, expected);
    for face in &faces {
        let mut keys: Vec<&String> = face.as_object().ok_or("no object")?.keys().collect();
        keys.sort();
        assert_eq!(keys, ["EntityId", "FaceId", "LabelName", "MediaId", "box", "path", "quality", "score"]);
        assert!(face["FaceId"].as_u64().is_some_and(|id| id < 1 << 53));
        assert_eq!((text(face, "MediaId").len(), text(face, "EntityId").len()), (32, 32));
        assert!(face["quality"].as_f64().is_some_and(|quality| (0.0..=1.0).contains(&quality)));
    }
    let overview = visavis(["inspect", &folder, "--json"])?.expect_code(0)?.json()?;
    assert_eq!((&overview["media"], &overview["faces"], &overview["persons"]), (&json!(7), &json!(4), &json!(3)));
    assert_eq!(overview["embedder"]["dim"], 512);
    let plain = visavis(["inspect", &folder])?.expect_code(0)?.stdout;
    assert!(plain.contains("faces      4 (4 named)"), "{plain}");
    Ok(())
}

#[test]
fn verify_finds_a_library_whole_and_names_what_is_missing_from_it() -> Tested {
    let folder = tempfile::tempdir()?;
    let library = folder.path();
    index_samples(library)?;
    let folder = library.to_string_lossy().into_owned();
    let whole = visavis(["verify", &folder, "--json"])?.expect_code(0)?.json()?;
    assert_eq!((&whole["problems"], &whole["thumbnails"]), (&json!([]), &json!(11)));
    let thumbnail = fs::read_dir(library.join("faces"))?.next().ok_or("no thumbnail")??.path();
    fs::remove_file(&thumbnail)?;
    let run = visavis(["verify", &folder])?.expect_code(1)?;
    assert!(run.stdout.contains(&*thumbnail.to_string_lossy()) && run.stdout.contains("(IoError)"), "{run:?}");
    Ok(())
}

#[test]
fn help_names_the_commands_examples_and_exit_codes() -> Tested {
    let help = visavis(["--help"])?.expect_code(0)?.stdout;
    assert!(
        ["index", "faces", "search", "inspect", "verify", "Exit codes"].iter().all(|word| help.contains(word)),
        "{help}"
    );
    for name in ["index", "faces", "search"] {
        let help = visavis([name, "--help"])?.expect_code(0)?.stdout;
        assert!(help.contains("Examples:"), "{help}");
    }
    let help = visavis(["index", "--help"])?.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("Symbolic links are followed"), "{help}");
    assert_eq!(visavis(["--version"])?.expect_code(0)?.stdout, format!("visavis {}\n", env!("CARGO_PKG_VERSION")));
    visavis(["index"])?.expect_code(2)?;
    Ok(())
}
