//! Tables of arbitrary bytes, with a manifest forged to promise them, are opened or refused, but never end in a panic,
//! an overflow or an allocation as large as a claim.

use std::sync::OnceLock;

use proptest::prelude::*;
use visavis::library::{BuiltLibrary, FaceFilter, Library, Manifest, PublishOptions, build_library};

use crate::forge::{file_of, metadata_of, with_file};
use crate::support::{Numbers, full_contents, open, query};

const ROLES: [&str; 5] = ["faces", "media", "people", "cells", "clips"];

/// A library of every role, built once.
fn built() -> Result<&'static BuiltLibrary, TestCaseError> {
    static BUILT: OnceLock<Option<BuiltLibrary>> = OnceLock::new();
    let build = || build_library(&full_contents(8, 24, 1).ok()?, &PublishOptions { shard_bytes: 1000 }).ok();
    BUILT.get_or_init(build).as_ref().ok_or_else(|| TestCaseError::fail("the library was not built"))
}

/// Opens the library with this table in place of its own, and uses whatever was accepted.
fn open_with(role: &str, bytes: Vec<u8>) -> Result<bool, TestCaseError> {
    let forged = with_file(built()?, role, bytes).map_err(|e| TestCaseError::fail(e.to_string()))?;
    let Ok(library) = open(&forged) else { return Ok(false) };
    let embedding = Numbers(3).embedding(8).map_err(|e| TestCaseError::fail(e.to_string()))?;
    let hits = library.search(&query(embedding), &FaceFilter::default(), -1.0, 100);
    prop_assert!(hits.is_ok_and(|hits| hits.iter().all(|hit| library.face(hit.face_row).is_some())));
    prop_assert!(library.contents().is_ok());
    let of_media: usize = (0..library.media_count()).map(|row| library.faces_of_media(row).count()).sum();
    prop_assert_eq!(of_media, library.face_count());
    Ok(true)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]
    #[test]
    fn changed_bytes_do_not_panic(
        role in prop::sample::select(ROLES.to_vec()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let (_, mut bytes) = file_of(built()?, role).map_err(|e| TestCaseError::fail(e.to_string()))?;
        for (place, value) in changes {
            let place = place.index(bytes.len());
            if let Some(byte) = bytes.get_mut(place) {
                *byte = value;
            }
        }
        open_with(role, bytes)?;
    }

    #[test]
    fn changed_numbers_in_the_metadata_do_not_panic(
        role in prop::sample::select(ROLES.to_vec()), place in any::<prop::sample::Index>(), near_end in any::<bool>(),
        value in prop_oneof![
            Just(0_u32), Just(1), Just(u32::MAX), Just(0x7fff_ffff), Just(0x8000_0000), Just(0x4000_0000), 0_u32..300, any::<u32>(),
        ],
    ) {
        // The metadata of the batch stands near the beginning of the file, the footer at its end.
        let (_, mut bytes) = file_of(built()?, role).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let (head, footer) = metadata_of(&bytes).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let (start, end) = if near_end { (footer - footer % 4, bytes.len()) } else { (0, head) };
        let place = start + 4 * place.index((end - start) / 4);
        if let Some(word) = bytes.get_mut(place..place + 4) {
            word.copy_from_slice(&value.to_le_bytes());
        }
        open_with(role, bytes)?;
    }

    #[test]
    fn cut_off_tables_are_refused(role in prop::sample::select(ROLES.to_vec()), length in any::<prop::sample::Index>()) {
        let (_, mut bytes) = file_of(built()?, role).map_err(|e| TestCaseError::fail(e.to_string()))?;
        bytes.truncate(length.index(bytes.len()));
        prop_assert!(!open_with(role, bytes)?);
    }

    #[test]
    fn a_changed_manifest_does_not_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = built()?.manifest.clone();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            if let Some(byte) = bytes.get_mut(place) {
                *byte = value;
            }
        }
        if let Ok(manifest) = Manifest::parse("test", &bytes) {
            let files = built()?.files.iter().map(|file| (file.name.clone(), file.bytes.clone())).collect();
            let _ = Library::open("test", manifest, files);
        }
    }

    #[test]
    fn a_cut_off_manifest_is_refused(length in any::<prop::sample::Index>()) {
        // The last byte is a line feed, without which the manifest is still whole.
        let bytes = &built()?.manifest;
        let part = bytes.get(..length.index(bytes.len() - 1)).unwrap_or_default();
        prop_assert!(Manifest::parse("test", part).is_err());
    }
}

/// Every single 32-bit word of the metadata of every table, set to each value that length arithmetic stumbles over.
/// One more than the right value is among them: arrow-ipc 60.1 panics over offsets of 17 bytes where 16 are right.
#[test]
fn no_word_of_the_metadata_can_cause_a_panic() -> Result<(), TestCaseError> {
    for role in ROLES {
        let (_, bytes) = file_of(built()?, role).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let (head, footer) = metadata_of(&bytes).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let metadata = |place: usize| place < head || place + 4 > footer;
        for place in (0..bytes.len() - 4).step_by(4).filter(|place| metadata(*place)) {
            for value in [Some(0), Some(1), Some(0x7fff_ffff), Some(0x8000_0000), Some(u32::MAX), None] {
                let mut changed = bytes.clone();
                if let Some(word) = changed.get_mut(place..).and_then(<[u8]>::first_chunk_mut::<4>) {
                    *word = value.unwrap_or(u32::from_le_bytes(*word).wrapping_add(1)).to_le_bytes();
                }
                open_with(role, changed)?;
            }
        }
    }
    Ok(())
}
