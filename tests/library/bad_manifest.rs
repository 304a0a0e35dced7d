//! Every way in which a manifest is wrong has its own message, which names the field.

use serde_json::{Value, json};
use visavis::error::Error;
use visavis::library::{MAX_FILE_BYTES, MAX_FILES, Manifest, PublishOptions, build_library};

use crate::forge::check;
use crate::support::{TestResult, contents};

fn valid() -> Result<Value, Box<dyn std::error::Error>> {
    let built = build_library(&contents(16, 6, 1)?, &PublishOptions::default())?;
    Ok(serde_json::from_slice(&built.manifest)?)
}

fn refusal(bytes: &[u8]) -> Result<Error, String> {
    Manifest::parse("test", bytes).map_or_else(Ok, |_| Err("the manifest was accepted".to_owned()))
}

/// Puts a value at a JSON pointer; `None` removes what is there.
fn change(manifest: &mut Value, pointer: &str, value: Option<Value>) -> Result<(), String> {
    let (parent, key) = pointer.rsplit_once('/').ok_or("no pointer")?;
    let parent = manifest.pointer_mut(parent).ok_or("no parent")?;
    match (parent, value) {
        (Value::Object(object), Some(value)) => drop(object.insert(key.to_owned(), value)),
        (Value::Object(object), None) => drop(object.remove(key)),
        (Value::Array(array), None) => drop(array.remove(key.parse().map_err(|_| "no index")?)),
        _ => return Err("no container".to_owned()),
    }
    Ok(())
}

#[test]
fn what_is_no_json_is_refused_with_line_and_column() -> TestResult {
    let valid = serde_json::to_vec_pretty(&valid()?)?;
    check("empty", &refusal(b"")?, "LibraryMalformed", &["library test: manifest: EOF", "line 1 column 0"]);
    check(
        "a page",
        &refusal(b"<!doctype html>")?,
        "LibraryMalformed",
        &["manifest: expected value at line 1 column 1"],
    );
    check("cut off", &refusal(valid.get(..200).ok_or("short")?)?, "LibraryMalformed", &["EOF", "line"]);
    check("not UTF-8", &refusal(b"{\"a\": \"\xff\"}")?, "LibraryMalformed", &["invalid unicode", "line 1"]);
    check("deep", &refusal("[".repeat(5000).as_bytes())?, "LibraryMalformed", &["recursion limit"]);
    check("a number", &refusal(b"7")?, "LibraryMalformed", &["manifest: expected an object, found 7"]);
    Ok(())
}

#[test]
fn every_missing_field_is_named() -> TestResult {
    let fields = [
        ("/format", "manifest: format:"),
        ("/version", "manifest: version:"),
        ("/embedder", "manifest: embedder:"),
        ("/embedder/id", "manifest: embedder.id:"),
        ("/embedder/sha256", "manifest: embedder.sha256:"),
        ("/embedder/dim", "manifest: embedder.dim:"),
        ("/counts", "manifest: counts:"),
        ("/counts/media", "manifest: counts.media:"),
        ("/counts/faces", "manifest: counts.faces:"),
        ("/counts/people", "manifest: counts.people:"),
        ("/files", "manifest: files:"),
        ("/files/0/role", "manifest: files[0].role:"),
        ("/files/1/name", "manifest: files[1].name:"),
        ("/files/1/bytes", "manifest: files[1].bytes:"),
        ("/files/2/sha256", "manifest: files[2].sha256:"),
        ("/files/2/rows", "manifest: files[2].rows:"),
    ];
    for (pointer, part) in fields {
        let mut manifest = valid()?;
        change(&mut manifest, pointer, None)?;
        check(pointer, &refusal(&serde_json::to_vec(&manifest)?)?, "LibraryMalformed", &[part, "the field is missing"]);
    }
    Ok(())
}

#[test]
fn every_wrong_value_is_named() -> TestResult {
    let cases = [
        ("/format", json!("zip"), "format: expected \"visavis-library\", found \"zip\""),
        ("/version", json!("1"), "version: expected a whole number from 0 to 2^53 - 1, found \"1\""),
        ("/version", json!(0), "version: versions begin with 1"),
        ("/embedder", json!([]), "embedder: expected an object, found []"),
        ("/embedder/id", json!(""), "embedder.id: the id is empty"),
        ("/embedder/id", json!(null), "embedder.id: expected a string, found null"),
        ("/embedder/sha256", json!("abc"), "embedder.sha256: expected 64 lower-case hexadecimal digits, found \"abc\""),
        ("/embedder/sha256", json!("A".repeat(64)), "embedder.sha256: expected 64 lower-case"),
        ("/embedder/dim", json!(0), "embedder.dim: 0, but embeddings have 1 to 4096 numbers"),
        ("/embedder/dim", json!(4097), "embedder.dim: 4097"),
        ("/embedder/dim", json!(16.5), "embedder.dim: expected a whole number"),
        ("/counts/faces", json!(7), "counts.faces: 7, but the rows of the faces files are 6 in all"),
        ("/counts/media", json!(-3), "counts.media: expected a whole number"),
        ("/files", json!({}), "files: expected an array, found {}"),
        ("/files", json!([]), "files: there is no file of the role \"media\""),
        ("/files/0/role", json!(3), "files[0].role: expected a string, found 3"),
        (
            "/files/0/name",
            json!("../../etc/passwd"),
            "files[0].name: \"../../etc/passwd\" is not named by its role and hash",
        ),
        ("/files/0/sha256", json!("0".repeat(64)), "files[0].name: \"media-"),
        ("/files/0/bytes", json!(9_007_199_254_740_992_u64), "files[0].bytes: expected a whole number"),
        (
            "/files/0/bytes",
            json!(MAX_FILE_BYTES + 1),
            "files[0].bytes: 268435457 bytes, but a file has at most 268435456",
        ),
        ("/files/2/rows", json!(4_000_000_000_u64), "files[2].rows: 4000000000 rows cannot stand in"),
        ("/files/2/rows", json!(-1), "files[2].rows: expected a whole number"),
    ];
    for (pointer, value, part) in cases {
        let mut manifest = valid()?;
        change(&mut manifest, pointer, Some(value))?;
        check(
            pointer,
            &refusal(&serde_json::to_vec(&manifest)?)?,
            "LibraryMalformed",
            &["library test: manifest: ", part],
        );
    }
    Ok(())
}

#[test]
fn a_file_that_is_listed_twice_or_not_at_all_is_named() -> TestResult {
    let mut twice = valid()?;
    let files = twice.pointer_mut("/files").and_then(Value::as_array_mut).ok_or("no files")?;
    files.push(files.first().cloned().ok_or("no file")?);
    check(
        "twice",
        &refusal(&serde_json::to_vec(&twice)?)?,
        "LibraryMalformed",
        &["files[3].name: media-", "is listed twice"],
    );
    for (index, role) in ["media", "people", "faces"].iter().enumerate() {
        let mut manifest = valid()?;
        change(&mut manifest, &format!("/files/{index}"), None)?;
        let part = format!("manifest: files: there is no file of the role \"{role}\"");
        check(role, &refusal(&serde_json::to_vec(&manifest)?)?, "LibraryMalformed", &[&part]);
    }
    Ok(())
}

#[test]
fn a_manifest_of_more_files_than_the_limit_is_refused() -> TestResult {
    let mut manifest = valid()?;
    let files = manifest.pointer_mut("/files").and_then(Value::as_array_mut).ok_or("no files")?;
    files.resize(MAX_FILES, json!({"role": "a-later-role"}));
    assert_eq!(Manifest::parse("test", &serde_json::to_vec(&manifest)?)?.files().len(), 3);
    let files = manifest.pointer_mut("/files").and_then(Value::as_array_mut).ok_or("no files")?;
    files.push(json!({"role": "a-later-role"}));
    let error = refusal(&serde_json::to_vec(&manifest)?)?;
    check("many", &error, "LibraryMalformed", &["manifest: files: 4097 files, but a library has at most 4096"]);
    Ok(())
}

#[test]
fn a_newer_version_is_refused_whatever_else_it_has() -> TestResult {
    let newer = br#"{"format": "visavis-library", "version": 2, "tables": {}}"#;
    let error = refusal(newer)?;
    check("newer", &error, "LibraryVersionUnsupported", &["format version 2 is newer than 1", "update visavis"]);
    assert_eq!(error, Error::LibraryVersionUnsupported { library: "test".into(), found: 2, supported: 1 });
    Ok(())
}

#[test]
fn unknown_fields_and_roles_are_ignored() -> TestResult {
    let mut manifest = valid()?;
    change(&mut manifest, "/generator", Some(json!("a later version")))?;
    let files = manifest.pointer_mut("/files").and_then(Value::as_array_mut).ok_or("no files")?;
    files.push(json!({"role": "a-later-role", "whatever": true}));
    assert_eq!(Manifest::parse("test", &serde_json::to_vec(&manifest)?)?.files().len(), 3);
    Ok(())
}
