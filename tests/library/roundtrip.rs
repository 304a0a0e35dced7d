//! What is written is read, and the same contents give the same bytes.

use visavis::core::sha256;
use visavis::library::{FileRole, LibraryContents, Manifest, PublishOptions, build_library, quantise, restore};

use crate::support::{Numbers, TestResult, contents, embedder, full_contents, open, opened};

/// The contents as a library gives them back: sorted by id, embeddings as restored from bytes.
fn normal_form(contents: &LibraryContents) -> Result<LibraryContents, Box<dyn std::error::Error>> {
    let mut normal = contents.clone();
    normal.media.sort_by(|a, b| a.media_id.cmp(&b.media_id));
    normal.entities.sort_by(|a, b| a.entity_id.cmp(&b.entity_id));
    normal.faces.sort_by_key(|face| face.face_id);
    normal.tracks.sort_by_key(|track| track.face_id);
    for face in &mut normal.faces {
        let quantised = quantise(&face.embedding);
        face.embedding = restore(&quantised.codes, quantised.scale)?;
    }
    Ok(normal)
}

/// The records in another order.
fn shuffled(contents: &LibraryContents, seed: u64) -> LibraryContents {
    fn shuffle<T>(items: &mut [T], numbers: &mut Numbers) {
        for end in (1..items.len()).rev() {
            let other = usize::try_from(numbers.below(end as u64 + 1)).unwrap_or_default();
            items.swap(end, other);
        }
    }
    let (mut mixed, mut numbers) = (contents.clone(), Numbers(seed));
    shuffle(&mut mixed.media, &mut numbers);
    shuffle(&mut mixed.faces, &mut numbers);
    shuffle(&mut mixed.entities, &mut numbers);
    shuffle(&mut mixed.tracks, &mut numbers);
    mixed
}

#[test]
fn a_library_gives_back_what_it_was_built_from() -> TestResult {
    for contents in [contents(64, 41, 1)?, full_contents(64, 41, 1)?] {
        for shard_bytes in [1 << 20, 2000] {
            let library = opened(&contents, shard_bytes)?;
            let mut back = library.contents()?;
            back.faces.sort_by_key(|face| face.face_id);
            assert_eq!(back, normal_form(&contents)?);
            assert_eq!((library.face_count(), library.media_count(), library.entity_count()), (41, 21, 3));
        }
    }
    Ok(())
}

#[test]
fn rows_and_ids_lead_to_each_other() -> TestResult {
    let library = opened(&contents(32, 30, 2)?, 1500)?;
    assert!(library.shard_count() > 2, "{} shards", library.shard_count());
    for row in 0..library.face_count() {
        let face = library.face(row).ok_or("no face")?;
        assert_eq!(face.row, row);
        assert_eq!(library.find_media(&face.media.media_id), Some(face.media_row));
        assert_eq!(face.entity.and_then(|entity| library.find_entity(&entity.entity_id)), face.entity_row);
    }
    assert!(library.face(library.face_count()).is_none());
    assert!(library.face(usize::MAX).is_none());
    assert!(library.media(library.media_count()).is_none());
    Ok(())
}

#[test]
fn the_same_contents_in_any_order_give_the_same_bytes() -> TestResult {
    let contents = full_contents(48, 120, 3)?;
    for shard_bytes in [1 << 20, 4000] {
        let options = PublishOptions { shard_bytes };
        let built = build_library(&contents, &options)?;
        for seed in 0..4 {
            assert!(build_library(&shuffled(&contents, seed), &options)? == built, "seed {seed}");
        }
    }
    Ok(())
}

#[test]
fn publishing_an_opened_library_again_gives_the_same_bytes() -> TestResult {
    for shard_bytes in [1 << 20, 4000] {
        let options = PublishOptions { shard_bytes };
        let built = build_library(&full_contents(512, 60, 4)?, &options)?;
        assert!(build_library(&open(&built)?.contents()?, &options)? == built);
    }
    Ok(())
}

#[test]
fn files_are_named_by_their_role_and_hash() -> TestResult {
    let built = build_library(&full_contents(48, 120, 5)?, &PublishOptions { shard_bytes: 4000 })?;
    let manifest = Manifest::parse("test", &built.manifest)?;
    assert_eq!(manifest.files().len(), built.files.len());
    for (entry, file) in manifest.files().iter().zip(&built.files) {
        assert_eq!(file.name, format!("{}-{}.arrow", entry.role.as_str(), sha256(&file.bytes)));
        entry.verify("test", &file.bytes)?;
    }
    Ok(())
}

#[test]
fn shards_stay_near_the_target_and_one_shard_needs_no_cells() -> TestResult {
    let contents = contents(64, 400, 6)?;
    let roles = |shard_bytes| -> Result<Vec<(FileRole, u64)>, visavis::error::Error> {
        let built = build_library(&contents, &PublishOptions { shard_bytes })?;
        let manifest = Manifest::parse("test", &built.manifest)?;
        Ok(manifest.files().iter().map(|entry| (entry.role, entry.bytes)).collect())
    };
    let one = roles(1 << 20)?;
    assert_eq!(
        one.iter().map(|(role, _)| *role).collect::<Vec<_>>(),
        [FileRole::Media, FileRole::People, FileRole::Faces]
    );
    let many = roles(10_000)?;
    assert_eq!(many.iter().filter(|(role, _)| *role == FileRole::Cells).count(), 1);
    let shards: Vec<u64> = many.iter().filter(|(role, _)| *role == FileRole::Faces).map(|(_, bytes)| *bytes).collect();
    // 400 rows of 64 + 68 bytes are five shards at the least; the tables' own framing adds about 4 kB to each.
    assert!((6..=14).contains(&shards.len()), "{} shards", shards.len());
    assert!(shards.iter().all(|bytes| *bytes <= 15_000), "{shards:?}");
    Ok(())
}

#[test]
fn an_empty_library_can_be_opened() -> TestResult {
    let empty = LibraryContents {
        settled: std::collections::BTreeSet::new(),
        tracks: Vec::new(),
        embedder: embedder(512),
        media: vec![],
        faces: vec![],
        entities: vec![],
    };
    let library = opened(&empty, 1 << 20)?;
    assert_eq!((library.face_count(), library.media_count(), library.shard_count()), (0, 0, 1));
    assert_eq!(library.contents()?, empty);
    Ok(())
}
