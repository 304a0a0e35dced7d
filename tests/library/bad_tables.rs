//! Tables with a wrong column or value are refused, with file, row and reason, though length and hash are right.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, Float32Array, Float64Array, Int8Array, Int64Array, ListArray, StringArray,
    UInt64Array,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{ArrowError, DataType, Field};
use visavis::core::Rect;
use visavis::library::{BuiltLibrary, PublishOptions, TrackPoint, build_library};

use crate::forge::{
    batch_of, check, file_of, refusal, table_of, with_column, with_file, with_repeated_block, with_table_column,
};
use crate::support::{TestResult, contents, full_contents, open};

const ROWS: usize = 6;
const DIM: usize = 16;

fn built() -> visavis::error::Result<BuiltLibrary> {
    build_library(&contents(DIM, ROWS as u64, 1)?, &PublishOptions::default())
}

/// One wrong thing: table, column, its new contents, and what the message says.
type Case = (&'static str, &'static str, ArrayRef, &'static str);

fn floats(value: f32) -> ArrayRef {
    Arc::new(Float32Array::from(vec![value; ROWS]))
}

fn seconds(value: Option<f64>) -> ArrayRef {
    Arc::new(Float64Array::from(vec![value; ROWS]))
}

fn numbers(values: [u64; ROWS]) -> ArrayRef {
    Arc::new(UInt64Array::from(values.to_vec()))
}

/// One text, in every one of `rows` rows.
fn texts(value: &str, rows: usize) -> ArrayRef {
    Arc::new(StringArray::from(vec![value; rows]))
}

fn list(values: ArrayRef, length: i32, nulls: Option<NullBuffer>) -> Result<ArrayRef, ArrowError> {
    let item = Arc::new(Field::new("item", values.data_type().clone(), true));
    Ok(Arc::new(FixedSizeListArray::try_new(item, length, values, nulls)?))
}

fn boxes(corners: [f32; 4]) -> Result<ArrayRef, ArrowError> {
    list(Arc::new(Float32Array::from(corners.repeat(ROWS))), 4, None)
}

fn check_all(built: &BuiltLibrary, cases: Vec<Case>) -> TestResult {
    for (role, name, column, part) in cases {
        let forged = with_table_column(built, role, name, Some(column))?;
        check(name, &refusal(&forged)?, "LibraryMalformed", &["library test: ", role, ".arrow: ", part]);
    }
    Ok(())
}

#[test]
fn a_column_that_is_missing_or_has_the_wrong_type_is_named() -> TestResult {
    let built = build_library(&full_contents(DIM, 30, 1)?, &PublishOptions::default())?;
    for role in ["faces", "media", "people", "clips"] {
        let batch = batch_of(&file_of(&built, role)?.1)?;
        let zeros: ArrayRef = Arc::new(Int64Array::from(vec![0; batch.num_rows()]));
        for field in batch.schema().fields() {
            if !field.is_nullable() {
                let forged = with_table_column(&built, role, field.name(), None)?;
                let part = format!("column {} is missing", field.name());
                check(field.name(), &refusal(&forged)?, "LibraryMalformed", &[role, &part]);
            }
            if *field.data_type() != DataType::Int64 {
                let forged = with_table_column(&built, role, field.name(), Some(Arc::clone(&zeros)))?;
                let part = format!("column {} is Int64, expected ", field.name());
                check(field.name(), &refusal(&forged)?, "LibraryMalformed", &[role, &part]);
            }
        }
    }
    Ok(())
}

#[test]
fn nulls_where_there_may_be_none_are_refused() -> TestResult {
    let ids = UInt64Array::from(vec![Some(1), None, Some(3), None, Some(5), Some(6)]);
    let codes: ArrayRef = Arc::new(Int8Array::from(vec![1; ROWS * DIM]));
    let mut some_codes = vec![Some(1_i8); ROWS * DIM];
    some_codes.push(None);
    some_codes.remove(0);
    let nulls = NullBuffer::from(vec![true, true, true, false, true, true]);
    let cases = vec![
        ("faces", "face_id", Arc::new(ids) as ArrayRef, "column face_id has 2 nulls, but may have none"),
        ("faces", "embedding", list(codes, 16, Some(nulls))?, "column embedding has 1 nulls"),
        (
            "faces",
            "embedding",
            list(Arc::new(Int8Array::from(some_codes)), 16, None)?,
            "the elements of column embedding have nulls",
        ),
        ("media", "path", Arc::new(StringArray::from(vec![None, Some("a"), None])), "column path has 2 nulls"),
        (
            "people",
            "face_ids",
            lists_of(Arc::new(UInt64Array::from(vec![Some(1), None])), &[1, 1, 0], None)?,
            "the elements of column face_ids have nulls",
        ),
    ];
    check_all(&built()?, cases)
}

#[test]
fn faces_with_impossible_values_are_refused() -> TestResult {
    let codes: ArrayRef = Arc::new(Int8Array::from(vec![0; ROWS * DIM]));
    let eight: ArrayRef = Arc::new(Int8Array::from(vec![1; ROWS * 8]));
    let big = 1 << 53;
    let cases = vec![
        (
            "faces",
            "face_id",
            numbers([1, 2, 3, 4, 5, big]),
            "row 5: face_id is 9007199254740992, which is not below 2^53",
        ),
        (
            "faces",
            "embedding",
            list(eight, 8, None)?,
            "column embedding is FixedSizeList(8 x Int8), expected FixedSizeList(16 x non-null Int8",
        ),
        ("faces", "embedding", list(codes, 16, None)?, "row 0: scale"),
        ("faces", "scale", floats(f32::NAN), "row 0: scale NaN"),
        ("faces", "scale", floats(f32::INFINITY), "row 0: scale inf"),
        ("faces", "scale", floats(0.0), "row 0: scale 0 gives the embedding the length 0"),
        ("faces", "scale", floats(-0.003), "row 0: scale -0.003"),
        ("faces", "scale", floats(1e30), "row 0: scale"),
        ("faces", "media_row", numbers([0, 1, 2, 3, 0, 0]), "row 3: media_row is 3, but there are 3 media"),
        ("faces", "media_row", numbers([u64::MAX; ROWS]), "row 0: media_row is"),
        ("faces", "entity_row", numbers([0, 1, 2, 0, 3, 0]), "row 4: entity_row is 3, but there are 3 people"),
        ("faces", "box", boxes([0.0, f32::NAN, 1.0, 1.0])?, "row 0: box is 0, NaN, 1 x 1, which is no box"),
        ("faces", "box", boxes([0.0, 0.0, -1.0, 1.0])?, "row 0: box is 0, 0, -1 x 1"),
        ("faces", "end_s", seconds(None), "row 0: the time from"),
        ("faces", "start_s", seconds(Some(9.0)), "the time from 9 s to"),
        ("faces", "end_s", seconds(Some(f64::INFINITY)), "the time from"),
        ("faces", "score", floats(1.5), "row 0: score is 1.5, which is not within 0 and 1"),
        ("faces", "quality", floats(f32::NAN), "row 0: quality is NaN"),
    ];
    let with_times = with_table_column(&built()?, "faces", "start_s", Some(seconds(Some(1.0))))?;
    check_all(&with_table_column(&with_times, "faces", "end_s", Some(seconds(Some(2.0))))?, cases)
}

#[test]
fn media_and_people_with_impossible_values_are_refused() -> TestResult {
    let sizes: ArrayRef = Arc::new(UInt64Array::from(vec![1, 1 << 32, 1]));
    let face_ids = UInt64Array::from(Vec::<u64>::new());
    let item = Arc::new(Field::new("item", DataType::UInt64, false));
    let no_faces = ListArray::try_new(item, OffsetBuffer::from_lengths([0, 0, 0]), Arc::new(face_ids), None)?;
    check_all(
        &built()?,
        vec![
            (
                "media",
                "media_type",
                texts("audio", 3),
                "row 0: media_type is \"audio\", expected \"image\" or \"video\"",
            ),
            ("media", "media_id", texts("", 3), "row 0: media_id is empty"),
            ("media", "width", sizes, "row 1: width is 4294967296, which is no size in pixels"),
            (
                "media",
                "cover",
                texts("../../secret.jpg", 3),
                "row 0: cover is \"../../secret.jpg\", which is no path inside",
            ),
            ("media", "duration_s", Arc::new(Float64Array::from(vec![-1.0; 3])), "row 0: duration_s is no duration"),
            ("people", "entity_id", texts("", 3), "row 0: entity_id is empty"),
            (
                "people",
                "category",
                texts("friend", 3),
                "row 0: category is \"friend\", expected one of custom, unknown",
            ),
        ],
    )?;
    let cases = [
        ("faces", "face_id", numbers([1, 2, 3, 4, 5, 1]), "faces: the id 1 is there twice"),
        ("media", "media_id", texts("a", 3), "media: the id a is there twice"),
        ("people", "entity_id", texts("a", 3), "people: the id a is there twice"),
        ("people", "face_ids", Arc::new(no_faces) as ArrayRef, "are not the ids of that person's faces"),
    ];
    for (role, name, column, part) in cases {
        let forged = with_table_column(&built()?, role, name, Some(column))?;
        check(name, &refusal(&forged)?, "LibraryMalformed", &["library test: ", part]);
    }
    Ok(())
}

#[test]
fn later_columns_with_impossible_values_are_refused() -> TestResult {
    let named: ArrayRef = Arc::new(StringArray::from(vec![Some("sad"), None, Some(""), None, None, None]));
    let tags = |items: [Option<&str>; 3]| text_lists(items.map(|item| vec![item]));
    let groups = |first: Vec<Option<&'static str>>| text_lists([first, vec![], vec![Some("a")]]);
    let nulls = "the elements of column tags have nulls, but may have none";
    check_all(
        &built()?,
        vec![
            ("faces", "expression", named, "row 2: expression is empty"),
            ("media", "tags", tags([Some("a"), None, Some("b")])?, nulls),
            ("media", "tags", texts("a", 3), "column tags is Utf8, expected List("),
            ("media", "status", texts("3", 3), "column status is Utf8, expected Int64"),
            ("people", "groups", groups(vec![Some("b"), Some("a")])?, "row 0: groups are [\"b\", \"a\"]"),
            ("people", "groups", groups(vec![Some("a"), Some("a")])?, "row 0: groups are [\"a\", \"a\"]"),
            ("people", "groups", groups(vec![Some("")])?, "row 0: groups are [\"\"]"),
            ("people", "note", floats_of(3), "column note is Float32, expected Utf8"),
        ],
    )
}

/// A column of three lists of texts.
fn text_lists(rows: [Vec<Option<&str>>; 3]) -> Result<ArrayRef, ArrowError> {
    let lengths: Vec<usize> = rows.iter().map(Vec::len).collect();
    lists_of(Arc::new(rows.into_iter().flatten().collect::<StringArray>()), &lengths, None)
}

fn lists_of(values: ArrayRef, lengths: &[usize], nulls: Option<NullBuffer>) -> Result<ArrayRef, ArrowError> {
    let item = Arc::new(Field::new("item", values.data_type().clone(), true));
    let offsets = OffsetBuffer::from_lengths(lengths.iter().copied());
    Ok(Arc::new(ListArray::try_new(item, offsets, values, nulls)?))
}

fn floats_of(rows: usize) -> ArrayRef {
    Arc::new(Float32Array::from(vec![1.0; rows]))
}

#[test]
fn tracks_that_are_none_are_refused() -> TestResult {
    // Two tracks of two points each.
    let mut contents = full_contents(DIM, 30, 1)?;
    contents.tracks.truncate(2);
    for track in &mut contents.tracks {
        track.points = [0.5, 2.0].map(|timestamp_s| TrackPoint { timestamp_s, box_px: Rect::default() }).to_vec();
    }
    contents.tracks.sort_by_key(|track| track.face_id);
    let id = contents.tracks.first().ok_or("no track")?.face_id.0;
    let untimed = contents.faces.iter().find(|face| face.time.is_none()).ok_or("no photo")?.face_id.0;
    let built = build_library(&contents, &PublishOptions::default())?;
    let times = |values: [f64; 4]| lists_of(Arc::new(Float64Array::from(values.to_vec())), &[2, 2], None);
    let corners = |lengths: [usize; 2], value: f32| {
        lists_of(Arc::new(Float32Array::from(vec![value; lengths.iter().sum()])), &lengths, None)
    };
    let face_ids = |values: [u64; 2]| -> ArrayRef { Arc::new(UInt64Array::from(values.to_vec())) };
    let no_points = lists_of(Arc::new(Float64Array::from(vec![0.5, 2.0])), &[0, 2], None)?;
    let one_null = lists_of(Arc::new(Float64Array::from(vec![0.5; 4])), &[2, 2], Some(vec![true, false].into()))?;
    let null_point = lists_of(Arc::new(Float64Array::from(vec![Some(0.5), None, None, Some(2.0)])), &[2, 2], None)?;
    check_all(
        &built,
        vec![
            ("clips", "timestamps_s", one_null, "column timestamps_s has 1 nulls, but may have none"),
            ("clips", "timestamps_s", null_point, "the elements of column timestamps_s have nulls"),
            ("clips", "timestamps_s", no_points, "row 0: 8 numbers of boxes for 0 times, expected 4 for each"),
            ("clips", "timestamps_s", times([0.5, 1.0, 2.0, 1.0])?, "row 1: 2 s stands before 1 s"),
            ("clips", "timestamps_s", times([f64::NAN, 1.0, 1.0, 1.0])?, "row 0: NaN s is no time of a video"),
            ("clips", "timestamps_s", times([-0.5, 1.0, 1.0, 1.0])?, "row 0: -0.5 s is no time of a video"),
            ("clips", "boxes", corners([8, 7], 1.0)?, "row 1: 7 numbers of boxes for 2 times"),
            ("clips", "boxes", corners([4, 12], 1.0)?, "row 0: 4 numbers of boxes for 2 times"),
            ("clips", "boxes", corners([8, 8], -1.0)?, "row 0: box is -1, -1, -1 x -1, which is no box"),
        ],
    )?;
    let late =
        format!("clips: track of face {id}: the track has a point at 3 s, but the face is seen from 0.5 s to 2.25 s");
    let photo = format!("clips: track of face {untimed}: the face has a track, but no time");
    let cases = [
        ("timestamps_s", times([0.5, 3.0, 1.0, 1.0])?, late.as_str()),
        ("face_id", face_ids([id, id]), "the id is there twice"),
        ("face_id", face_ids([7, id]), "clips: track of face 7: there is no such face"),
        ("face_id", face_ids([untimed, id]), &photo),
    ];
    for (name, column, part) in cases {
        let forged = with_table_column(&built, "clips", name, Some(column))?;
        check(name, &refusal(&forged)?, "LibraryMalformed", &["library test: ", part]);
    }
    Ok(())
}

#[test]
fn cells_that_do_not_fit_their_shards_are_refused() -> TestResult {
    let built = build_library(&contents(DIM, 40, 1)?, &PublishOptions { shard_bytes: 1500 })?;
    let batch = batch_of(&file_of(&built, "cells")?.1)?;
    let rows = batch.num_rows();
    let all = |value: u64| -> ArrayRef { Arc::new(UInt64Array::from(vec![value; rows])) };
    let nan = list(Arc::new(Float32Array::from(vec![f32::NAN; rows * DIM])), 16, None)?;
    let last = |name: &str, change: fn(u64) -> u64| -> Result<ArrayRef, &str> {
        let column = batch.column_by_name(name).and_then(|c| c.as_any().downcast_ref::<UInt64Array>());
        let mut values = column.ok_or("no such column")?.values().to_vec();
        let value = values.last_mut().ok_or("no cells")?;
        *value = change(*value);
        Ok(Arc::new(UInt64Array::from(values)))
    };
    check_all(
        &built,
        vec![
            ("cells", "centroid", nan, "a centroid has a number that is not finite"),
            ("cells", "first_row", all(1), "the cells of shard 0 overlap or leave out rows at row 0"),
            ("cells", "rows", all(u64::MAX), "the cells of shard 0"),
            ("cells", "rows", last("rows", |rows| rows + 1)?, "rows, but the shard has"),
            ("cells", "rows", last("rows", |rows| rows - 1)?, "rows, but the shard has"),
            ("cells", "shard", last("shard", |_| 99)?, "the cells of shard"),
            ("cells", "shard", all(99), "the cells of shard 0 have 0 rows"),
        ],
    )
}

#[test]
fn a_table_of_another_number_of_rows_is_refused() -> TestResult {
    let built = built()?;
    let batch = batch_of(&file_of(&built, "faces")?.1)?;
    let fewer = with_file(&built, "faces", table_of(&[batch.slice(0, 4)])?)?;
    check("fewer", &refusal(&fewer)?, "LibraryMalformed", &["the table has 4 rows, but the manifest says 6"]);
    let more = with_file(&built, "faces", table_of(&[batch.clone(), batch.clone(), batch])?)?;
    check("more", &refusal(&more)?, "LibraryMalformed", &["the table has 12 rows or more, but the manifest says 6"]);
    Ok(())
}

#[test]
fn a_block_that_is_listed_twice_is_refused() -> TestResult {
    let built = build_library(&full_contents(DIM, 30, 1)?, &PublishOptions::default())?;
    for role in ["faces", "media", "people", "clips"] {
        let batch = batch_of(&file_of(&built, role)?.1)?;
        let row = batch.slice(0, 1);
        let rows = vec![row; batch.num_rows()];
        let forged = with_file(&built, role, with_repeated_block(&table_of(&rows)?)?)?;
        check(role, &refusal(&forged)?, "LibraryMalformed", &[role, "the blocks of the Arrow file overlap"]);
    }
    Ok(())
}

#[test]
fn several_batches_more_columns_and_absent_nullable_columns_are_read() -> TestResult {
    let built = built()?;
    let batch = batch_of(&file_of(&built, "faces")?.1)?;
    let halves = with_file(&built, "faces", table_of(&[batch.slice(0, 4), batch.slice(4, 2)])?)?;
    assert_eq!(open(&halves)?.contents()?, open(&built)?.contents()?);
    let more = with_table_column(&built, "media", "a_later_column", Some(texts("x", 3)))?;
    assert_eq!(open(&more)?.contents()?, open(&built)?.contents()?);
    let media = with_column(&batch_of(&file_of(&built, "media")?.1)?, "created_ms", None)?;
    let less = open(&with_file(&built, "media", table_of(&[media])?)?)?;
    assert!((0..3).all(|row| less.media(row).is_some_and(|media| media.created_ms.is_none())));
    Ok(())
}
