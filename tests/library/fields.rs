//! The columns that came after the first edition of version 1: they give back whatever stands in them, and a library that
//! does not use them does not have them.

use proptest::prelude::*;
use visavis::core::{Rect, TimeRange};
use visavis::library::{CatalogFields, LibraryContents, PublishOptions, TrackPoint, TrackRecord, build_library};

use crate::forge::{batch_of, file_of};
use crate::support::{TestResult, contents, full_contents, opened};

/// The columns of each role that every library of version 1 has.
const FIRST: [(&str, &[&str]); 3] = [
    (
        "faces",
        &["face_id", "embedding", "scale", "media_row", "entity_row", "box", "start_s", "end_s", "score", "quality"],
    ),
    (
        "media",
        &[
            "media_id",
            "media_type",
            "path",
            "title",
            "url",
            "cover",
            "width",
            "height",
            "bytes",
            "format",
            "sha256",
            "created_ms",
            "modified_ms",
            "duration_s",
            "document",
        ],
    ),
    ("people", &["entity_id", "label_name", "category", "person_id", "face_ids"]),
];

fn text() -> impl Strategy<Value = Option<String>> {
    prop::option::of(any::<String>())
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(any::<String>(), 0..4)
}

fn number() -> impl Strategy<Value = Option<i64>> {
    prop::option::of(any::<i64>())
}

fn fields() -> impl Strategy<Value = CatalogFields> {
    let words = (text(), text(), text(), text(), text());
    let lists = (texts(), texts(), texts(), texts());
    let numbers = (number(), number(), number());
    (words, lists, numbers).prop_map(|(words, lists, numbers)| CatalogFields {
        description: words.0,
        tags: lists.0,
        cate_id: numbers.0,
        status: numbers.1,
        storage_location: words.1,
        namespace: words.2,
        ocr_texts: lists.1,
        label_categories: lists.2,
        label_ids: lists.3,
        int_field1: numbers.2,
        str_field1: words.3,
        str_field2: words.4,
    })
}

fn points() -> impl Strategy<Value = Vec<TrackPoint>> {
    let corner = -1e6_f32..1e6;
    let point = (0.0_f64..100.0, corner.clone(), corner, 0.0_f32..1e6, 0.0_f32..1e6);
    prop::collection::vec(point, 1..40).prop_map(|points| {
        let place = |(timestamp_s, x, y, w, h)| TrackPoint { timestamp_s, box_px: Rect::new(x, y, w, h) };
        let mut points: Vec<TrackPoint> = points.into_iter().map(place).collect();
        points.sort_by(|a, b| a.timestamp_s.total_cmp(&b.timestamp_s));
        points
    })
}

/// What is put into the six faces, three media and three people of a library.
#[derive(Debug, Clone)]
struct Extra {
    fields: Vec<CatalogFields>,
    expressions: Vec<Option<String>>,
    tracks: Vec<Option<Vec<TrackPoint>>>,
    groups: Vec<Vec<String>>,
    notes: Vec<Option<String>>,
}

fn extra() -> impl Strategy<Value = Extra> {
    (
        prop::collection::vec(fields(), 3),
        prop::collection::vec(prop::option::of(".{1,9}"), 6),
        prop::collection::vec(prop::option::of(points()), 6),
        prop::collection::vec(prop::collection::btree_set(".{1,9}", 0..4), 3),
        prop::collection::vec(text(), 3),
    )
        .prop_map(|(fields, expressions, tracks, groups, notes)| Extra {
            fields,
            expressions,
            tracks,
            groups: groups.into_iter().map(|set| set.into_iter().collect()).collect(),
            notes,
        })
}

fn put(contents: &mut LibraryContents, extra: Extra) {
    for (media, fields) in contents.media.iter_mut().zip(extra.fields) {
        media.fields = fields;
    }
    for ((entity, groups), note) in contents.entities.iter_mut().zip(extra.groups).zip(extra.notes) {
        (entity.groups, entity.note) = (groups, note);
    }
    for ((face, expression), track) in contents.faces.iter_mut().zip(extra.expressions).zip(extra.tracks) {
        face.expression = expression;
        face.time = Some(TimeRange { start_s: 0.0, end_s: 100.0 });
        contents.tracks.extend(track.map(|points| TrackRecord { face_id: face.face_id, points }));
    }
    contents.media.sort_by(|a, b| a.media_id.cmp(&b.media_id));
    contents.entities.sort_by(|a, b| a.entity_id.cmp(&b.entity_id));
    contents.faces.sort_by_key(|face| face.face_id);
    contents.tracks.sort_by_key(|track| track.face_id);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn whatever_stands_in_the_columns_is_given_back(extra in extra()) {
        let fail = |e: visavis::error::Error| TestCaseError::fail(e.to_string());
        let mut contents = contents(8, 6, 1).map_err(fail)?;
        put(&mut contents, extra);
        let back = opened(&contents, 1 << 20).and_then(|library| library.contents()).map_err(fail)?;
        prop_assert_eq!(&back.media, &contents.media);
        prop_assert_eq!(&back.entities, &contents.entities);
        prop_assert_eq!(&back.tracks, &contents.tracks);
        let mut faces = back.faces;
        faces.sort_by_key(|face| face.face_id);
        let expressions = |faces: &[visavis::library::FaceRecord]| faces.iter().map(|f| f.expression.clone()).collect::<Vec<_>>();
        prop_assert_eq!(expressions(&faces), expressions(&contents.faces));
    }
}

#[test]
fn a_library_that_does_not_use_the_later_columns_does_not_have_them() -> TestResult {
    let built = build_library(&contents(16, 30, 1)?, &PublishOptions::default())?;
    for (role, expected) in FIRST {
        let batch = batch_of(&file_of(&built, role)?.1)?;
        let names: Vec<&str> = batch.schema_ref().fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(names, expected, "{role}");
    }
    assert!(file_of(&built, "clips").is_err());
    let full = build_library(&full_contents(16, 30, 1)?, &PublishOptions::default())?;
    for (role, later) in [("faces", 1), ("media", 12), ("people", 2), ("clips", 3)] {
        let first = FIRST.iter().find(|(name, _)| *name == role).map_or(0, |(_, columns)| columns.len());
        assert_eq!(batch_of(&file_of(&full, role)?.1)?.num_columns(), first + later, "{role}");
    }
    Ok(())
}

#[test]
fn many_tracks_go_on_in_another_file() -> TestResult {
    let mut contents = full_contents(8, 60, 1)?;
    let point = *contents.tracks.first().and_then(|track| track.points.first()).ok_or("no track")?;
    for track in &mut contents.tracks {
        track.points = vec![point; 300_000];
    }
    assert!(contents.tracks.len() >= 6, "{} tracks", contents.tracks.len());
    let built = build_library(&contents, &PublishOptions::default())?;
    // Three tracks of 300,000 points stay below 2^20.
    let files = built.files.iter().filter(|file| file.name.starts_with("clips-")).count();
    assert_eq!(files, contents.tracks.len().div_ceil(3));
    let mut expected = contents.tracks;
    expected.sort_by_key(|track| track.face_id);
    assert!(
        opened(&LibraryContents { tracks: expected.clone(), ..full_contents(8, 60, 1)? }, 1 << 20)?.contents()?.tracks
            == expected
    );
    let first = expected.first_mut().ok_or("no track")?;
    first.points = vec![point; (1 << 20) + 1];
    let refusal =
        build_library(&LibraryContents { tracks: expected, ..full_contents(8, 60, 1)? }, &PublishOptions::default());
    assert!(refusal.is_err_and(|e| e.to_string().contains("1048577 points, but a track has at most 1048576")));
    Ok(())
}
