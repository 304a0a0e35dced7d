//! Another reader of the format, pyarrow, gets the same numbers, and what it writes is read here.
//!
//! The interpreter is that of the environment variable VISAVIS_PYTHON, which `cargo xtask test` sets; without it the
//! test says that it is skipped. An interpreter that is named must have pyarrow.

#[path = "library/support.rs"]
#[expect(dead_code, reason = "the other tests of the library use the rest")]
mod support;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use support::{TestResult, full_contents, open};
use visavis::library::{
    FaceRecord, Library, LibraryContents, MANIFEST_NAME, Manifest, MediaRecord, PublishOptions, TrackRecord,
    build_library, quantise, restore,
};

/// A list as it stands in a nullable column: null where it is empty.
fn texts(texts: &[String]) -> Option<&[String]> {
    Some(texts).filter(|texts| !texts.is_empty())
}

fn media_json(media: &MediaRecord) -> Value {
    let fields = &media.fields;
    json!({
        "media_id": media.media_id.0, "media_type": media.media_type.as_str(), "path": media.path, "title": media.title,
        "url": media.url, "cover": media.cover, "width": media.width, "height": media.height, "bytes": media.bytes,
        "format": media.format, "sha256": media.sha256, "created_ms": media.created_ms,
        "modified_ms": media.modified_ms, "duration_s": media.duration_s, "document": media.document,
        "description": fields.description, "tags": texts(&fields.tags), "cate_id": fields.cate_id,
        "status": fields.status, "storage_location": fields.storage_location, "namespace": fields.namespace,
        "ocr_texts": texts(&fields.ocr_texts), "label_categories": texts(&fields.label_categories),
        "label_ids": texts(&fields.label_ids), "int_field1": fields.int_field1, "str_field1": fields.str_field1,
        "str_field2": fields.str_field2,
    })
}

fn face_json(face: &FaceRecord) -> Result<Value, visavis::error::Error> {
    let numbers = |values: &[f32]| values.iter().map(|value| f64::from(*value)).collect::<Vec<f64>>();
    let quantised = quantise(&face.embedding);
    Ok(json!({
        "codes": quantised.codes, "scale": f64::from(quantised.scale),
        "restored": numbers(restore(&quantised.codes, quantised.scale)?.as_slice()),
        "embedding": numbers(face.embedding.as_slice()),
        "box": numbers(&[face.box_px.x, face.box_px.y, face.box_px.w, face.box_px.h]),
        "start_s": face.time.map(|time| time.start_s), "end_s": face.time.map(|time| time.end_s),
        "score": f64::from(face.score), "quality": f64::from(face.quality), "media_id": face.media_id.0,
        "entity_id": face.entity_id.as_ref().map(|id| &id.0), "expression": face.expression,
    }))
}

fn track_json(track: &TrackRecord) -> Value {
    let corners = track.points.iter().map(|point| point.box_px).flat_map(|b| [b.x, b.y, b.w, b.h].map(f64::from));
    json!({
        "face_id": track.face_id.0, "timestamps_s": track.points.iter().map(|p| p.timestamp_s).collect::<Vec<_>>(),
        "boxes": corners.collect::<Vec<_>>(),
    })
}

/// The records as the script compares them: media, people and tracks sorted by id, faces by id in an object.
fn expected(contents: &LibraryContents) -> Result<Value, visavis::error::Error> {
    let mut media: Vec<&MediaRecord> = contents.media.iter().collect();
    media.sort_by(|a, b| a.media_id.cmp(&b.media_id));
    let mut people: Vec<_> = contents.entities.iter().collect();
    people.sort_by(|a, b| a.entity_id.cmp(&b.entity_id));
    let mut tracks: Vec<&TrackRecord> = contents.tracks.iter().collect();
    tracks.sort_by_key(|track| track.face_id);
    let faces: Result<serde_json::Map<String, Value>, _> =
        contents.faces.iter().map(|face| Ok((face.face_id.to_string(), face_json(face)?))).collect();
    Ok(json!({
        "media": media.into_iter().map(media_json).collect::<Vec<_>>(),
        "people": people.into_iter().map(|person| json!({
            "entity_id": person.entity_id.0, "label_name": person.label_name, "category": person.category,
            "person_id": person.person_id, "groups": texts(&person.groups), "note": person.note,
        })).collect::<Vec<_>>(),
        "faces": faces?, "tracks": tracks.into_iter().map(track_json).collect::<Vec<_>>(),
    }))
}

fn open_folder(folder: &Path) -> Result<Library, Box<dyn std::error::Error>> {
    let manifest = Manifest::parse("copy", &fs::read(folder.join(MANIFEST_NAME))?)?;
    let mut files = Vec::new();
    for entry in manifest.files() {
        files.push((entry.name.clone(), fs::read(folder.join(&entry.name))?));
    }
    Ok(Library::open("copy", manifest, files)?)
}

/// Whether the script read the library and found all equal. That it could not, for want of pyarrow (77), is no success.
fn judge(code: Option<i32>, said: &str) -> Result<(), String> {
    if code == Some(0) && said.starts_with("equal: 90 faces in ") {
        return Ok(());
    }
    Err(format!("the script of VISAVIS_PYTHON ended with {code:?}: {said}"))
}

#[test]
fn an_interpreter_without_pyarrow_is_a_failure() {
    assert!(judge(Some(77), "pyarrow is not installed: No module named 'pyarrow'").is_err());
    assert!(judge(Some(0), "").is_err());
    assert_eq!(judge(Some(0), "equal: 90 faces in 3 shards"), Ok(()));
}

#[test]
fn pyarrow_reads_the_same_numbers_and_its_tables_are_read_here() -> TestResult {
    let Some(python) = std::env::var_os("VISAVIS_PYTHON") else {
        let _ = writeln!(std::io::stderr(), "skipped: VISAVIS_PYTHON is not set; `cargo xtask test` sets it");
        return Ok(());
    };
    let contents = full_contents(512, 90, 77)?;
    let built = build_library(&contents, &PublishOptions { shard_bytes: 20_000 })?;
    let folder = tempfile::tempdir()?;
    for file in &built.files {
        fs::write(folder.path().join(&file.name), &file.bytes)?;
    }
    fs::write(folder.path().join(MANIFEST_NAME), &built.manifest)?;
    let records = folder.path().join("expected.json");
    fs::write(&records, serde_json::to_vec(&expected(&contents)?)?)?;

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pyarrow_reader.py");
    let copy = folder.path().join("copy");
    let output = Command::new(python).arg(script).arg(folder.path()).arg(&records).arg(&copy).output()?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    judge(output.status.code(), &said)?;
    assert!(open_folder(&copy)?.contents()? == open(&built)?.contents()?, "what pyarrow wrote is read otherwise");
    Ok(())
}
