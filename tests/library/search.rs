//! A search finds exactly what comparing every restored embedding finds.

use proptest::prelude::*;
use visavis::core::{EmbedderInfo, Embedding, EntityId, FaceId, MediaType};
use visavis::library::{FaceFilter, FaceQuery, Library, Manifest, PublishOptions, RowSet, build_library};

use crate::forge::{batch_of, file_of, table_of, with_file};
use crate::support::{Numbers, TestResult, contents, embedder, files, open, opened, query};

/// Rounding of a sum of 64 products near 1 in f32; nothing else may differ.
const TOLERANCE: f32 = 2e-6;

/// Every face that the filter lets pass, by descending cosine of its restored embedding, ties by id.
fn brute_force(library: &Library, query: &Embedding, filter: &FaceFilter) -> Vec<(f32, FaceId)> {
    let mut all: Vec<(f32, FaceId)> = library
        .faces()
        .filter(|face| filter.media_type.is_none_or(|wanted| face.media.media_type == wanted))
        .filter(|face| filter.media_rows.as_ref().is_none_or(|rows| rows.contains(face.media_row)))
        .filter(|face| filter.entity.as_ref().is_none_or(|id| face.entity.is_some_and(|e| e.entity_id == *id)))
        .filter_map(|face| face.embedding().ok().map(|embedding| (embedding.cosine(query), face.face_id)))
        .collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    all
}

fn found(
    library: &Library,
    query: &FaceQuery,
    filter: &FaceFilter,
    threshold: f32,
    limit: usize,
) -> Vec<(f32, FaceId)> {
    let hits = library.search(query, filter, threshold, limit).unwrap_or_default();
    hits.iter().filter_map(|hit| library.face(hit.face_row).map(|face| (hit.cosine, face.face_id))).collect()
}

fn filters() -> impl Strategy<Value = FaceFilter> {
    let kinds = prop_oneof![Just(None), Just(Some(MediaType::Image)), Just(Some(MediaType::Video))];
    let people = prop_oneof![Just(None), Just(Some("Ada")), Just(Some("Grace")), Just(Some("Nobody"))];
    // The set is that of a catalog of 64 media; libraries of more and of fewer occur.
    let rows = any::<u64>().prop_map(|bits| RowSet::where_row(64, |row| bits >> row & 1 == 1));
    (kinds, people, prop::option::of(rows)).prop_map(|(media_type, name, media_rows)| FaceFilter {
        media_rows,
        media_type,
        entity: name.map(EntityId::of_person),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_search_equals_brute_force_over_restored_rows(
        seed in any::<u64>(), faces in 0_u64..150, shard_bytes in prop_oneof![Just(1_usize << 20), Just(2500), Just(1)],
        filter in filters(), threshold in -1.0_f32..0.5, limit in prop_oneof![Just(usize::MAX), 0_usize..40],
    ) {
        let fail = |e: visavis::error::Error| TestCaseError::fail(e.to_string());
        let library = opened(&contents(64, faces, seed).map_err(fail)?, shard_bytes).map_err(fail)?;
        let embedding = Numbers(seed ^ 1).embedding(64).map_err(fail)?;
        let expected = brute_force(&library, &embedding, &filter);
        let found = found(&library, &query(embedding), &filter, threshold, limit);
        let sure = expected.iter().filter(|(cosine, _)| *cosine >= threshold + TOLERANCE).count().min(limit);
        let possible = expected.iter().filter(|(cosine, _)| *cosine >= threshold - TOLERANCE).count().min(limit);
        prop_assert!((sure..=possible).contains(&found.len()));
        for ((cosine, id), (expected_cosine, _)) in found.iter().zip(&expected) {
            // The cosines agree place by place; which face stands there may differ between cosines closer than rounding.
            prop_assert!((cosine - expected_cosine).abs() <= TOLERANCE);
            let own = expected.iter().find(|(_, other)| other == id).map(|(own, _)| *own);
            prop_assert!(own.is_some_and(|own| (own - cosine).abs() <= TOLERANCE));
        }
        prop_assert!(found.is_sorted_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).is_lt()));
    }
}

#[test]
fn the_division_into_shards_does_not_change_the_answer() -> TestResult {
    let contents = contents(512, 300, 7)?;
    let query = query(Numbers(8).embedding(512)?);
    let whole = found(&opened(&contents, 1 << 20)?, &query, &FaceFilter::default(), -1.0, 50);
    let divided = found(&opened(&contents, 8000)?, &query, &FaceFilter::default(), -1.0, 50);
    assert_eq!(whole.len(), 50);
    assert_eq!(whole, divided);
    Ok(())
}

#[test]
fn a_face_finds_itself_first_and_the_cosine_is_within_the_stated_error() -> TestResult {
    let contents = contents(512, 200, 9)?;
    let library = opened(&contents, 1 << 20)?;
    for face in &contents.faces {
        let hits = found(&library, &query(face.embedding.clone()), &FaceFilter::default(), 0.9, 1);
        let [(cosine, id)] = hits.as_slice() else { return Err(format!("{} hits", hits.len()).into()) };
        assert_eq!(*id, face.face_id);
        assert!(*cosine > 0.9995, "{cosine}");
    }
    Ok(())
}

#[test]
fn equal_faces_are_ordered_by_id() -> TestResult {
    let mut contents = contents(64, 40, 10)?;
    let embedding = Numbers(11).embedding(64)?;
    contents.faces.iter_mut().for_each(|face| face.embedding = embedding.clone());
    let mut ids: Vec<FaceId> = contents.faces.iter().map(|face| face.face_id).collect();
    ids.sort_unstable();
    for shard_bytes in [1 << 20, 1000] {
        let found = found(&opened(&contents, shard_bytes)?, &query(embedding.clone()), &FaceFilter::default(), 0.5, 7);
        assert_eq!(
            found.iter().map(|(_, id)| *id).collect::<Vec<_>>(),
            ids.iter().copied().take(7).collect::<Vec<_>>()
        );
    }
    // Another writer may have its rows in another order than by id.
    let built = build_library(&contents, &PublishOptions::default())?;
    let batch = batch_of(&file_of(&built, "faces")?.1)?;
    let rows: Vec<_> = (0..40).rev().map(|row| batch.slice(row, 1)).collect();
    let reversed = open(&with_file(&built, "faces", table_of(&rows)?)?)?;
    let found = found(&reversed, &query(embedding), &FaceFilter::default(), 0.5, usize::MAX);
    assert_eq!(found.iter().map(|(_, id)| *id).collect::<Vec<_>>(), ids);
    Ok(())
}

#[test]
fn a_query_of_another_embedder_is_refused_with_both_names() -> TestResult {
    let library = opened(&contents(64, 10, 12)?, 1 << 20)?;
    let embedding = Numbers(13).embedding(64)?;
    let others = [
        EmbedderInfo { id: "other-model".into(), ..embedder(64) },
        EmbedderInfo { sha256: "0".repeat(64), ..embedder(64) },
        EmbedderInfo { dim: 128, ..embedder(64) },
    ];
    for other in others {
        let query = FaceQuery { embedding: embedding.clone(), embedder: other.clone() };
        let Err(error) = library.search(&query, &FaceFilter::default(), 0.4, 10) else {
            return Err("not refused".into());
        };
        assert_eq!(error.code(), "EmbedderMismatch");
        let message = error.to_string();
        assert!(message.contains(&embedder(64).describe()) && message.contains(&other.describe()), "{message}");
        assert_eq!(library.probe_order(&query).map_err(|e| e.code()), Err("EmbedderMismatch".to_owned()));
    }
    Ok(())
}

#[test]
fn a_query_of_the_wrong_length_or_a_threshold_that_is_no_number_is_refused() -> TestResult {
    let library = opened(&contents(64, 10, 14)?, 1 << 20)?;
    let short = FaceQuery { embedding: Numbers(15).embedding(32)?, embedder: embedder(64) };
    let code = |result: visavis::error::Result<_>| result.map(|hits: Vec<_>| hits.len()).map_err(|e| e.code());
    assert_eq!(code(library.search(&short, &FaceFilter::default(), 0.4, 10)), Err("EmbeddingInvalid".to_owned()));
    let whole = query(Numbers(15).embedding(64)?);
    assert_eq!(code(library.search(&whole, &FaceFilter::default(), f32::NAN, 10)), Err("InvalidParameter".to_owned()));
    Ok(())
}

/// The names of all shards but some.
fn closed(shards: &[String], opened: &[&String]) -> Vec<String> {
    shards.iter().filter(|name| !opened.contains(name)).cloned().collect()
}

#[test]
fn a_shard_that_is_opened_later_is_checked_too() -> TestResult {
    let built = build_library(&contents(64, 300, 17)?, &PublishOptions { shard_bytes: 5000 })?;
    let manifest = Manifest::parse("test", &built.manifest)?;
    let (shards, tables): (Vec<_>, Vec<_>) =
        files(&built).into_iter().partition(|(name, _)| name.starts_with("faces-"));
    let none = Library::open_partly("test", manifest, tables)?;
    let (name, mut bytes) = shards.first().cloned().ok_or("no shard")?;
    bytes.truncate(bytes.len() - 1);
    let refused = none.with_shards(vec![(name, bytes)]).map(|_| ()).map_err(|e| e.code());
    assert_eq!(refused, Err("FileLengthMismatch".to_owned()));
    assert!(none.with_shards(shards)?.is_complete());
    Ok(())
}

#[test]
fn probing_the_nearest_shards_finds_what_lies_in_them() -> TestResult {
    let contents = contents(64, 300, 16)?;
    let built = build_library(&contents, &PublishOptions { shard_bytes: 5000 })?;
    let manifest = Manifest::parse("test", &built.manifest)?;
    let shards: Vec<String> =
        manifest.files().iter().map(|e| e.name.clone()).filter(|n| n.starts_with("faces-")).collect();
    let catalog: Vec<_> = files(&built).into_iter().filter(|(name, _)| !name.starts_with("faces-")).collect();
    let whole = opened(&contents, 5000)?;
    let none = Library::open_partly("test", manifest.clone(), catalog.clone())?;
    assert!(!none.is_complete() && whole.is_complete() && whole.shard_count() > 5);
    for face in contents.faces.iter().take(40) {
        let query = query(face.embedding.clone());
        let order = none.probe_order(&query)?;
        assert_eq!(order.len(), shards.len());
        assert_eq!(order, whole.probe_order(&query)?);
        let nearest: Vec<&String> = order.iter().take(2).filter_map(|shard| shards.get(*shard)).collect();
        let mut some = catalog.clone();
        some.extend(files(&built).into_iter().filter(|(name, _)| nearest.contains(&name)));
        let partly = Library::open_partly("test", manifest.clone(), some)?;
        assert_eq!(partly.open_shard_count(), 2);
        let rest: Vec<_> = files(&built).into_iter().filter(|(name, _)| shards.contains(name)).collect();
        let later = none.with_shards(rest.iter().filter(|(name, _)| nearest.contains(&name)).cloned().collect())?;
        assert_eq!(later.closed_shards(&order), closed(&shards, &nearest));
        let both = |library: &Library| found(library, &query, &FaceFilter::default(), 0.2, 50);
        assert_eq!(both(&later), both(&partly));
        assert_eq!(both(&later.with_shards(rest)?), both(&whole));
        let found = found(&partly, &query, &FaceFilter::default(), 0.9, 1);
        assert_eq!(found.first().map(|(_, id)| *id), Some(face.face_id));
    }
    assert!(none.search(&query(Numbers(1).embedding(64)?), &FaceFilter::default(), -1.0, 5)?.is_empty());
    assert_eq!(none.contents().map_err(|e| e.code()).map(|_| ()), Err("InternalError".to_owned()));
    Ok(())
}
