//! What is found by id or by row without a scan, and which state of the library it is.

use visavis::core::{FaceId, sha256};
use visavis::library::{FaceView, Library, Manifest, PublishOptions, build_library};

use crate::support::{TestResult, files, full_contents, open, opened};

fn ids<'a>(faces: impl Iterator<Item = FaceView<'a>>) -> Vec<FaceId> {
    faces.map(|face| face.face_id).collect()
}

/// What a scan finds, by ascending id.
fn scanned(library: &Library, wanted: impl Fn(&FaceView<'_>) -> bool) -> Vec<FaceId> {
    let mut found = ids(library.faces().filter(wanted));
    found.sort_unstable();
    found
}

#[test]
fn the_faces_of_a_media_or_person_are_those_that_a_scan_finds() -> TestResult {
    for shard_bytes in [1 << 20, 1500] {
        let library = opened(&full_contents(32, 61, 4)?, shard_bytes)?;
        for row in 0..library.media_count() {
            assert_eq!(ids(library.faces_of_media(row)), scanned(&library, |face| face.media_row == row));
        }
        for row in 0..library.entity_count() {
            let found = ids(library.faces_of_entity(row));
            assert!(!found.is_empty());
            assert_eq!(found, scanned(&library, |face| face.entity_row == Some(row)));
        }
        assert_eq!(library.faces_of_media(library.media_count()).count(), 0);
        assert_eq!(library.faces_of_entity(usize::MAX).count(), 0);
    }
    Ok(())
}

#[test]
fn a_face_is_found_by_its_id() -> TestResult {
    let library = opened(&full_contents(32, 61, 5)?, 1500)?;
    for face in library.faces() {
        assert_eq!(library.find_face(face.face_id), Some(face.row));
    }
    assert_eq!(library.find_face(FaceId(1)), None);
    Ok(())
}

#[test]
fn a_face_has_its_expression_and_its_track() -> TestResult {
    let contents = full_contents(32, 61, 6)?;
    let library = opened(&contents, 1500)?;
    assert!(contents.tracks.len() > 3);
    for face in &contents.faces {
        let row = library.find_face(face.face_id).ok_or("the face was not found")?;
        assert_eq!(library.face(row).and_then(|view| view.expression), face.expression.as_deref());
        let track = contents.tracks.iter().find(|track| track.face_id == face.face_id);
        assert_eq!(library.track(face.face_id), track.map(|track| track.points.as_slice()).unwrap_or_default());
    }
    assert!(library.track(FaceId(1)).is_empty());
    Ok(())
}

#[test]
fn the_version_is_the_hash_of_the_manifest() -> TestResult {
    let built = build_library(&full_contents(32, 20, 7)?, &PublishOptions::default())?;
    let library = open(&built)?;
    assert_eq!(library.version(), sha256(&built.manifest).to_string());
    let mut contents = library.contents()?;
    contents.entities.iter_mut().for_each(|entity| entity.note = Some("another".to_owned()));
    assert_ne!(opened(&contents, 1 << 20)?.version(), library.version());
    Ok(())
}

#[test]
fn tracks_of_shards_that_are_not_opened_are_no_fault() -> TestResult {
    let built = build_library(&full_contents(32, 61, 8)?, &PublishOptions { shard_bytes: 1500 })?;
    let manifest = Manifest::parse("test", &built.manifest)?;
    let catalog: Vec<_> = files(&built).into_iter().filter(|(name, _)| !name.starts_with("faces-")).collect();
    let library = Library::open_partly("test", manifest, catalog)?;
    assert!(!library.is_complete());
    assert_eq!((0..library.media_count()).map(|row| library.faces_of_media(row).count()).sum::<usize>(), 0);
    Ok(())
}
