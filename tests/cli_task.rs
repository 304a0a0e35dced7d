//! `visavis task`: the persons of many photos, each photo failing for itself.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

mod cli_support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use cli_support::{Run, Tested, code_of, visavis};

const OBAMA: &str = "samples/queries/barack_obama.jpg";
const BIDEN: &str = "samples/queries/joe_biden_rendition.jpg";

fn make() -> Result<PathBuf, Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli-task");
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

fn task(photos: &[&str], more: &[&str]) -> Result<Run, Box<dyn std::error::Error>> {
    let library = library()?.to_string_lossy().into_owned();
    visavis([&["task"], photos, &["--library", &library], more].concat())
}

/// The create response, the content of the final message, and the task's state, which says the same.
fn responses(run: &Run) -> Result<(Value, Value), Box<dyn std::error::Error>> {
    let lines = run.json_lines()?;
    let [created, message, state] = <[Value; 3]>::try_from(lines).map_err(|lines| format!("{} lines", lines.len()))?;
    let kind = ["source", "type"].map(|name| message.get(name).and_then(Value::as_str));
    assert_eq!(kind, [Some("acs.imm"), Some("imm:Task:FacesSearching")]);
    let content = serde_json::from_str(message.get("content").and_then(Value::as_str).ok_or("no content")?)?;
    for name in ["TaskId", "ProjectName", "Status", "Code", "Message", "UserData", "StartTime", "EndTime"] {
        let said = [&state, &content].map(|object| object.get(name).and_then(Value::as_str));
        assert!(said[0].is_some() && said[0] == said[1], "{name}: {said:?}");
    }
    assert_eq!(state.get("Progress"), Some(&Value::from(100)));
    Ok((created, content))
}

#[test]
fn tags_are_answered_by_the_tasks_state() -> Tested {
    let run = task(&[OBAMA], &["--json", "--tag", "camera=door", "--tag", "formula=a=b", "--tag", "empty="])?;
    let lines = run.expect_code(0)?.json_lines()?;
    let tags = lines.last().and_then(|state| state.get("Tags")).ok_or("no tags")?;
    assert_eq!(*tags, serde_json::json!({ "camera": "door", "formula": "a=b", "empty": "" }));
    for wrong in ["camera", "=door", ""] {
        let run = task(&[OBAMA], &["--tag", wrong])?.expect_code(2)?;
        assert!(run.stderr.contains("a tag is written NAME=VALUE"), "{run:?}");
    }
    let run = task(&[OBAMA], &["--json", "--tag", "a=1", "--tag", "a=2"])?.expect_code(1)?;
    assert!(run.stderr.contains("Tags: \"a\" is given twice"), "{run:?}");
    Ok(())
}

#[test]
fn every_photo_gets_its_matches_in_the_order_of_the_arguments() -> Tested {
    let run = task(&[OBAMA, BIDEN], &["--json", "--user-data", "mine", "--project", "p1"])?.expect_code(0)?;
    let (created, content) = responses(&run)?;
    let id = created["TaskId"].as_str().ok_or("no id")?;
    assert!(id.starts_with("CreateFacesSearchingTask-") && id.len() == "CreateFacesSearchingTask-".len() + 36, "{id}");
    assert!(created["EventId"].is_string() && created["RequestId"].is_string(), "{created}");
    for (name, value) in [
        ("TaskId", id),
        ("Status", "Succeeded"),
        ("UserData", "mine"),
        ("ProjectName", "p1"),
        ("TaskType", "FacesSearching"),
    ] {
        assert_eq!(content[name], value, "{name} of {content}");
    }
    let faces = content["SimilarFaces"].as_array().ok_or("no result")?;
    assert_eq!(faces.iter().map(|f| f["URI"].as_str()).collect::<Vec<_>>(), [Some(OBAMA), Some(BIDEN)]);
    let similar = faces[0]["SimilarFaces"].as_array().ok_or("no matches")?;
    let similarities: Vec<f64> = similar.iter().filter_map(|s| s["Similarity"].as_f64()).collect();
    assert!(similarities.len() == 4 && similarities.is_sorted_by(|a, b| a >= b), "{similarities:?}");
    assert!(similarities[1] > 0.9 && similarities[2] < 0.5, "{similarities:?}");
    let uris: Vec<&str> = similar.iter().filter_map(|s| s["URI"].as_str()).take(2).collect();
    assert!(uris.iter().all(|uri| uri.starts_with("barack_obama_")), "{uris:?}");
    assert!(similar[0]["Boundary"]["Width"].is_u64() && similar[0]["MediaId"].is_string(), "{similar:?}");
    let one = task(&[OBAMA], &["--json", "--max-result", "1"])?.expect_code(0)?;
    assert_eq!(responses(&one)?.1["SimilarFaces"][0]["SimilarFaces"].as_array().map(Vec::len), Some(1));
    Ok(())
}

#[test]
fn one_bad_photo_fails_for_itself() -> Tested {
    let photos = [OBAMA, "nowhere.jpg", "samples/gallery/rocket.jpg", "tests/data/expected.json"];
    let run = task(&photos, &["--json", "--quiet"])?.expect_code(3)?;
    let (_, content) = responses(&run)?;
    assert_eq!(content["Status"], "Succeeded");
    let message = content["Message"].as_str().ok_or("no message")?;
    for (word, code) in
        [("nowhere.jpg", "(IoError)"), ("rocket.jpg", "(NoFace)"), ("expected.json", "(ImageFormatUnsupported)")]
    {
        assert!(message.contains(word), "{word} is not in {message}");
        assert!(run.stderr.lines().any(|line| line.contains(word) && line.contains(code)), "{}", run.stderr);
    }
    let run = task(&["nowhere.jpg"], &["--json"])?.expect_code(1)?;
    let (_, content) = responses(&run)?;
    assert_eq!(content["Status"], "Failed");
    assert!(content["Code"].as_str().is_some_and(|code| !code.is_empty()), "{content}");
    Ok(())
}

#[test]
fn without_json_it_is_a_table() -> Tested {
    let run = task(&[BIDEN, "nowhere.jpg"], &["--max-result", "1"])?.expect_code(3)?;
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{run:?}");
    assert_eq!(lines[0], format!("{BIDEN}: 1 nearest faces, similarity 0 to 1"));
    assert!(lines[1].ends_with("joe_biden.jpg"), "{run:?}");
    assert!(lines[2].starts_with("nowhere.jpg: ") && lines[2].ends_with("(IoError)"), "{run:?}");
    Ok(())
}

#[test]
fn wrong_values_fail_as_they_do_in_the_browser() -> Tested {
    let long = "x".repeat(2049);
    let cases: [(&[&str], &str, &str); 5] = [
        (&["--max-result", "0"], "InvalidParameter", "MaxResult"),
        (&["--max-result", "101"], "InvalidParameter", "MaxResult"),
        (&["--max-result", "many"], "InvalidParameter", "MaxResult"),
        (&["--user-data", &long], "InvalidParameter", "UserData"),
        (&["--project", ""], "MissingProjectName", "ProjectName"),
    ];
    for (more, code, word) in cases {
        let run = task(&[OBAMA], &[&["--json"], more].concat())?.expect_code(1)?;
        assert_eq!(code_of(&run.json()?), Some(code), "{run:?}");
        assert!(run.stderr.contains(word), "{word} is not in {run:?}");
    }
    task(&[], &[])?.expect_code(2)?;
    Ok(())
}
