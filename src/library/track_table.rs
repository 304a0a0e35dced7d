//! Where the faces of videos are seen, moment by moment, as a table; reader and writer side by side. Boxes in source pixels,
//! times in seconds. Imports `core`, `error` and `library::records`.

use std::sync::Arc;

use arrow_array::{Float32Array, Float64Array, RecordBatch, UInt64Array};

use super::columns::{Lists, lists, write_columns};
use super::face_table::check_box;
use super::ipc::{Source, column, read_table};
use super::records::{TrackPoint, TrackRecord};
use super::schema;
use crate::core::{FaceId, Rect, TimeRange};
use crate::error::Result;

/// The numbers of one box.
const BOX_NUMBERS: usize = 4;

/// The tracks as an Arrow IPC file.
pub(super) fn write_tracks(tracks: &[&TrackRecord]) -> Result<Vec<u8>> {
    let points = || tracks.iter().flat_map(|track| &track.points);
    let times = Float64Array::from_iter_values(points().map(|point| point.timestamp_s));
    let corners = points().map(|point| point.box_px).flat_map(|b| [b.x, b.y, b.w, b.h]);
    let boxes = Float32Array::from_iter_values(corners);
    let lengths: Vec<usize> = tracks.iter().map(|track| track.points.len()).collect();
    let box_lengths: Vec<usize> = lengths.iter().map(|length| length * BOX_NUMBERS).collect();
    let columns = vec![
        Some(Arc::new(UInt64Array::from_iter_values(tracks.iter().map(|track| track.face_id.0))) as _),
        Some(Arc::new(lists(times, &lengths, false)?) as _),
        Some(Arc::new(lists(boxes, &box_lengths, false)?) as _),
    ];
    write_columns("clips", &schema::clips(), columns)
}

/// Reads tracks and checks each.
pub(super) fn read_tracks(source: Source<'_>, bytes: &[u8]) -> Result<Vec<TrackRecord>> {
    let mut tracks = Vec::new();
    for batch in read_table(source, bytes, &schema::clips())? {
        let columns = Columns::of(&batch).ok_or_else(|| source.malformed("a column has the wrong type"))?;
        for row in 0..batch.num_rows() {
            let track = columns.record(row).and_then(|track| check_track(&track).map(|()| track));
            tracks.push(track.map_err(|reason| source.malformed(format!("row {}: {reason}", tracks.len())))?);
        }
    }
    Ok(tracks)
}

/// Checks what a reader relies on: points in the order of time, with boxes.
pub(super) fn check_track(track: &TrackRecord) -> Result<(), String> {
    if track.points.is_empty() {
        return Err("the track has no points".to_owned());
    }
    for point in &track.points {
        if !(point.timestamp_s.is_finite() && point.timestamp_s >= 0.0) {
            return Err(format!("{} s is no time of a video", point.timestamp_s));
        }
        check_box(point.box_px)?;
    }
    match track
        .points
        .windows(2)
        .find_map(|pair| <&[TrackPoint; 2]>::try_from(pair).ok().filter(|[a, b]| a.timestamp_s > b.timestamp_s))
    {
        Some([a, b]) => {
            Err(format!("{} s stands before {} s, but the order is that of time", a.timestamp_s, b.timestamp_s))
        }
        None => Ok(()),
    }
}

/// Checks that a track lies within the time of its face.
pub(super) fn check_within(track: &TrackRecord, time: Option<TimeRange>) -> Result<(), String> {
    let time = time.ok_or("the face has a track, but no time")?;
    let outside = track.points.iter().find(|point| point.timestamp_s < time.start_s || point.timestamp_s > time.end_s);
    outside.map_or(Ok(()), |point| {
        let TimeRange { start_s, end_s } = time;
        Err(format!(
            "the track has a point at {} s, but the face is seen from {start_s} s to {end_s} s",
            point.timestamp_s
        ))
    })
}

struct Columns<'a> {
    face_ids: &'a UInt64Array,
    times: Lists<'a, Float64Array>,
    boxes: Lists<'a, Float32Array>,
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch) -> Option<Self> {
        Some(Self {
            face_ids: column(batch, "face_id")?,
            times: Lists::of(batch, "timestamps_s")?,
            boxes: Lists::of(batch, "boxes")?,
        })
    }

    /// The track of a row, which is below the number of rows.
    fn record(&self, row: usize) -> Result<TrackRecord, String> {
        let (times, time_places) = self.times.elements(row);
        let (numbers, box_places) = self.boxes.elements(row);
        let times = times.values().get(time_places).unwrap_or_default();
        let numbers = numbers.values().get(box_places).unwrap_or_default();
        let (boxes, rest) = numbers.as_chunks::<BOX_NUMBERS>();
        if boxes.len() != times.len() || !rest.is_empty() {
            return Err(format!("{} numbers of boxes for {} times, expected 4 for each", numbers.len(), times.len()));
        }
        let point = |(time, [x, y, w, h]): (&f64, &[f32; BOX_NUMBERS])| TrackPoint {
            timestamp_s: *time,
            box_px: Rect::new(*x, *y, *w, *h),
        };
        Ok(TrackRecord {
            face_id: FaceId(self.face_ids.values().get(row).copied().unwrap_or_default()),
            points: times.iter().zip(boxes).map(point).collect(),
        })
    }
}
