//! Tracks as a table, reader and writer side by side: where the faces of videos are seen. Times in seconds from the start of
//! the video, boxes in source pixels. Imports `core`, `error` and `library::records`.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, Float64Array, ListArray, RecordBatch, UInt64Array};
use arrow_schema::DataType;

use super::face_table::check_box;
use super::ipc::{Source, column, read_table, write_table};
use super::lists::{list_of, values_of};
use super::records::{TrackPoint, TrackRecord};
use super::schema;
use crate::core::{FaceId, Rect, TimeRange};
use crate::error::{Error, Result};

/// How far a moment may lie outside its face's time range, in seconds: both are rounded by whoever writes them.
const TIME_TOLERANCE_S: f64 = 0.001;

/// The tracks as an Arrow IPC file.
pub(super) fn write_tracks(tracks: &[&TrackRecord]) -> Result<Vec<u8>> {
    let internal = |reason: String| Error::Internal { reason: format!("table of clips: {reason}") };
    let points = || tracks.iter().flat_map(|track| &track.points);
    let boxes = points().flat_map(|point| [point.box_px.x, point.box_px.y, point.box_px.w, point.box_px.h]);
    let times: ArrayRef = Arc::new(Float64Array::from_iter_values(points().map(|point| point.timestamp_s)));
    let boxes: ArrayRef = Arc::new(Float32Array::from_iter_values(boxes));
    let lengths = || tracks.iter().map(|track| track.points.len());
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt64Array::from_iter_values(tracks.iter().map(|track| track.face_id.0))),
        list_of(DataType::Float64, lengths(), times).map_err(internal)?,
        list_of(DataType::Float32, lengths().map(|length| length * 4), boxes).map_err(internal)?,
    ];
    let batch = RecordBatch::try_new(Arc::new(schema::clips()), columns).map_err(|e| internal(e.to_string()))?;
    write_table(&batch)
}

/// Reads tracks. Each has as many boxes as moments; `check_track` says whether it fits its face.
pub(super) fn read_tracks(source: Source<'_>, bytes: &[u8]) -> Result<Vec<TrackRecord>> {
    let mut tracks = Vec::new();
    for batch in read_table(source, bytes, &schema::clips())? {
        let columns = (column(&batch, "face_id"), column(&batch, "timestamps_s"), column(&batch, "boxes"));
        let (Some(ids), Some(times), Some(boxes)) = columns else {
            return Err(source.malformed("a column has the wrong type"));
        };
        for row in 0..batch.num_rows() {
            let track = track_of_row(ids, times, boxes, row)
                .map_err(|reason| source.malformed(format!("row {}: {reason}", tracks.len())))?;
            tracks.push(track);
        }
    }
    Ok(tracks)
}

fn track_of_row(ids: &UInt64Array, times: &ListArray, boxes: &ListArray, row: usize) -> Result<TrackRecord, String> {
    let times = values_of::<Float64Array>(times, row).ok_or("timestamps_s has the wrong type")?;
    let boxes = values_of::<Float32Array>(boxes, row).ok_or("boxes has the wrong type")?;
    let (boxes, rest) = boxes.values().as_chunks::<4>();
    if !rest.is_empty() || boxes.len() != times.len() {
        return Err(format!("{} moments need {} numbers of boxes", times.len(), times.len().saturating_mul(4)));
    }
    let point =
        |(time, [x, y, w, h]): (&f64, &[f32; 4])| TrackPoint { timestamp_s: *time, box_px: Rect::new(*x, *y, *w, *h) };
    let points = times.values().iter().zip(boxes).map(point).collect();
    Ok(TrackRecord { face_id: FaceId(ids.value(row)), points })
}

/// Checks that a track has moments, in the order of time and within its face's time, with boxes that are some.
pub(super) fn check_track(track: &TrackRecord, time: Option<TimeRange>) -> Result<(), String> {
    let time = time.ok_or("its face has no time, as those of videos have")?;
    if track.points.is_empty() {
        return Err("it has no moments".to_owned());
    }
    let mut former = time.start_s - TIME_TOLERANCE_S;
    for point in &track.points {
        let moment = point.timestamp_s;
        if !(moment >= former && moment <= time.end_s + TIME_TOLERANCE_S) {
            let range = format!("{} s to {} s", time.start_s, time.end_s);
            return Err(format!("the moment {moment} s is out of order or outside its face's time, {range}"));
        }
        former = moment;
        check_box(point.box_px)?;
    }
    Ok(())
}
