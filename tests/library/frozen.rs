//! Libraries that an earlier version wrote stay readable. `tests/data/library-v1` and `tests/data/library-v1-full`, which
//! has the columns and tables that came later, are never edited.
//!
//! They were made from the synthetic contents below. Where one does not exist, `UPDATE_GOLDEN=1 cargo test` writes it; the
//! run fails all the same, so that no test passes by writing what it expects.

use std::fs;
use std::path::{Path, PathBuf};

use visavis::library::{FaceFilter, Library, LibraryContents, MANIFEST_NAME, Manifest, PublishOptions, build_library};

use crate::support::{TestResult, contents, full_contents, query};

const DIM: usize = 32;

/// The folders and what they were made from.
fn libraries() -> Result<[(PathBuf, LibraryContents); 2], visavis::error::Error> {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let full = full_contents(DIM, 40, 2026)?;
    Ok([(data.join("library-v1"), contents(DIM, 40, 2026)?), (data.join("library-v1-full"), full)])
}

fn options() -> PublishOptions {
    PublishOptions { shard_bytes: 2500 }
}

fn open_frozen(folder: &Path) -> Result<Library, Box<dyn std::error::Error>> {
    let manifest = Manifest::parse("library-v1", &fs::read(folder.join(MANIFEST_NAME))?)?;
    let mut files = Vec::new();
    for entry in manifest.files() {
        files.push((entry.name.clone(), fs::read(folder.join(&entry.name))?));
    }
    Ok(Library::open("library-v1", manifest, files)?)
}

/// Writes a library that is not there, where it is asked for.
fn write_missing(folder: &Path, contents: &LibraryContents) -> TestResult {
    if folder.join(MANIFEST_NAME).exists() {
        return Ok(());
    }
    if std::env::var_os("UPDATE_GOLDEN").is_none() {
        return Err(format!("{} is not there; it is part of the repository", folder.display()).into());
    }
    let built = build_library(contents, &options())?;
    fs::create_dir_all(folder)?;
    for file in &built.files {
        fs::write(folder.join(&file.name), &file.bytes)?;
    }
    fs::write(folder.join(MANIFEST_NAME), &built.manifest)?;
    Err(format!("{} was written; run the test again", folder.display()).into())
}

#[test]
fn the_libraries_of_version_1_are_still_read() -> TestResult {
    for (folder, contents) in libraries()? {
        write_missing(&folder, &contents)?;
        let library = open_frozen(&folder)?;
        assert_eq!((library.face_count(), library.media_count(), library.entity_count()), (40, 20, 3));
        assert!(library.shard_count() > 1);
        for face in &contents.faces {
            let hits = library.search(&query(face.embedding.clone()), &FaceFilter::default(), 0.99, 2)?;
            let found = hits.first().and_then(|hit| library.face(hit.face_row)).ok_or("a face was not found")?;
            assert_eq!(found.face_id, face.face_id);
            assert_eq!(found.media.media_id, face.media_id);
            assert_eq!(found.entity.map(|entity| &entity.entity_id), face.entity_id.as_ref());
            assert_eq!(
                (found.box_px, found.time, found.score, found.quality, found.expression),
                (face.box_px, face.time, face.score, face.quality, face.expression.as_deref())
            );
        }
        for media in &contents.media {
            let row = library.find_media(&media.media_id).ok_or("a media was not found")?;
            assert_eq!(library.media(row), Some(media));
        }
        for entity in &contents.entities {
            let row = library.find_entity(&entity.entity_id).ok_or("an entity was not found")?;
            assert_eq!(library.entity(row), Some(entity));
        }
        for track in &contents.tracks {
            assert_eq!(library.track(track.face_id), track.points);
        }
        assert_eq!(library.contents()?.tracks.len(), contents.tracks.len());
    }
    Ok(())
}

#[test]
fn the_writer_still_writes_the_bytes_of_version_1() -> TestResult {
    for (folder, contents) in libraries()? {
        let built = build_library(&contents, &options())?;
        assert_eq!(fs::read(folder.join(MANIFEST_NAME))?, built.manifest, "library.json differs");
        for file in &built.files {
            assert!(fs::read(folder.join(&file.name))? == file.bytes, "{} differs", file.name);
        }
    }
    Ok(())
}
