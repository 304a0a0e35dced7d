//! One shard of faces in memory, column by column. Boxes in source pixels, times in seconds. Imports `core` and `error`.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BooleanArray, FixedSizeListArray, Float32Array, Float64Array, Int8Array, RecordBatch, StringArray,
    UInt64Array,
};
use arrow_schema::DataType;

use super::columns::{unless_null, write_columns};
use super::ipc::{Source, column, read_table};
use super::quantise::unit_scale;
use super::schema;
use crate::core::{FaceId, Rect, TimeRange};
use crate::error::{Error, Result};

/// How far a restored embedding may be from unit length, as a share of it: other writers may use the scale `max / 127`.
const LENGTH_TOLERANCE: f32 = 0.01;

/// Faces, one element a face in each column and `dim` codes.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct FaceTable {
    pub(super) dim: usize,
    pub(super) codes: Vec<i8>,
    pub(super) scales: Vec<f32>,
    pub(super) ids: Vec<FaceId>,
    pub(super) media_rows: Vec<usize>,
    pub(super) entity_rows: Vec<Option<usize>>,
    pub(super) boxes: Vec<Rect>,
    pub(super) times: Vec<Option<TimeRange>>,
    pub(super) scores: Vec<f32>,
    pub(super) qualities: Vec<f32>,
    pub(super) expressions: Vec<Option<Arc<str>>>,
    pub(super) settled: Vec<bool>,
}

/// Texts of which each is kept once, however often it occurs.
#[derive(Default)]
pub(super) struct Names(HashSet<Arc<str>>);

impl Names {
    /// The one copy of a text.
    pub(super) fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(text);
        self.0.insert(Arc::clone(&new));
        new
    }
}

/// How many rows the tables have that faces refer to.
#[derive(Clone, Copy)]
pub(super) struct Targets {
    pub(super) media: usize,
    pub(super) people: usize,
}

impl FaceTable {
    /// How many faces there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The codes of a row; empty where there is no such row.
    pub(super) fn codes_of(&self, row: usize) -> &[i8] {
        let start = row.saturating_mul(self.dim);
        self.codes.get(start..start.saturating_add(self.dim)).unwrap_or_default()
    }

    /// The table with these rows only, in this order. Rows that do not exist are left out.
    pub(super) fn select(&self, rows: &[usize]) -> Self {
        fn pick<T: Clone>(values: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().filter_map(|row| values.get(*row).cloned()).collect()
        }
        Self {
            dim: self.dim,
            codes: rows.iter().flat_map(|row| self.codes_of(*row)).copied().collect(),
            scales: pick(&self.scales, rows),
            ids: pick(&self.ids, rows),
            media_rows: pick(&self.media_rows, rows),
            entity_rows: pick(&self.entity_rows, rows),
            boxes: pick(&self.boxes, rows),
            times: pick(&self.times, rows),
            scores: pick(&self.scores, rows),
            qualities: pick(&self.qualities, rows),
            expressions: pick(&self.expressions, rows),
            settled: pick(&self.settled, rows),
        }
    }

    /// The table as an Arrow IPC file.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        let internal = |e: arrow_schema::ArrowError| Error::Internal { reason: format!("table of faces: {e}") };
        let list = |data_type: DataType, length: usize, values: ArrayRef| {
            FixedSizeListArray::try_new(schema::item(data_type), i32::try_from(length).unwrap_or(0), values, None)
                .map_err(internal)
        };
        let rows = |values: &[usize]| UInt64Array::from_iter_values(values.iter().map(|row| *row as u64));
        let boxes = self.boxes.iter().flat_map(|b| [b.x, b.y, b.w, b.h]);
        let columns: [ArrayRef; 10] = [
            Arc::new(UInt64Array::from_iter_values(self.ids.iter().map(|id| id.0))),
            Arc::new(list(DataType::Int8, self.dim, Arc::new(Int8Array::from(self.codes.clone())))?),
            Arc::new(Float32Array::from(self.scales.clone())),
            Arc::new(rows(&self.media_rows)),
            Arc::new(self.entity_rows.iter().map(|row| row.map(|row| row as u64)).collect::<UInt64Array>()),
            Arc::new(list(DataType::Float32, 4, Arc::new(Float32Array::from_iter_values(boxes)))?),
            Arc::new(self.times.iter().map(|time| time.map(|time| time.start_s)).collect::<Float64Array>()),
            Arc::new(self.times.iter().map(|time| time.map(|time| time.end_s)).collect::<Float64Array>()),
            Arc::new(Float32Array::from(self.scores.clone())),
            Arc::new(Float32Array::from(self.qualities.clone())),
        ];
        let expressions: StringArray = self.expressions.iter().map(Option::as_deref).collect();
        let settled: BooleanArray = self.settled.iter().map(|settled| settled.then_some(true)).collect();
        let later = [unless_null(expressions), unless_null(settled)];
        let columns = columns.into_iter().map(Some).chain(later).collect();
        write_columns("faces", &schema::faces(self.dim), columns)
    }

    /// Reads a shard and checks every row of it.
    pub(super) fn from_bytes(source: Source<'_>, bytes: &[u8], dim: usize, targets: Targets) -> Result<Self> {
        let mut table = Self { dim, ..Self::default() };
        let mut names = Names::default();
        for batch in read_table(source, bytes, &schema::faces(dim))? {
            table.append(&batch, &mut names).ok_or_else(|| source.malformed("a column has the wrong type"))?;
        }
        table.check(source, targets)?;
        Ok(table)
    }

    /// Appends a batch whose columns were checked by `read_table`; `None` where one does not have its type after all.
    fn append(&mut self, batch: &RecordBatch, names: &mut Names) -> Option<()> {
        let embeddings: &FixedSizeListArray = column(batch, "embedding")?;
        let boxes: &FixedSizeListArray = column(batch, "box")?;
        let codes = embeddings.values().as_any().downcast_ref::<Int8Array>()?;
        let corners = boxes.values().as_any().downcast_ref::<Float32Array>()?;
        let ids: &UInt64Array = column(batch, "face_id")?;
        let media: &UInt64Array = column(batch, "media_row")?;
        let float = |name| column::<Float32Array>(batch, name).map(|values| values.values().to_vec());
        self.codes.extend_from_slice(codes.values());
        self.scales.extend(float("scale")?);
        self.ids.extend(ids.values().iter().map(|id| FaceId(*id)));
        self.media_rows.extend(media.values().iter().map(|row| to_row(*row)));
        self.boxes.extend(corners.values().as_chunks().0.iter().map(|[x, y, w, h]| Rect::new(*x, *y, *w, *h)));
        self.scores.extend(float("score")?);
        self.qualities.extend(float("quality")?);
        let rows = batch.num_rows();
        match column::<UInt64Array>(batch, "entity_row") {
            Some(values) => self.entity_rows.extend(values.iter().map(|row| row.map(to_row))),
            None => self.entity_rows.extend(std::iter::repeat_n(None, rows)),
        }
        match column::<StringArray>(batch, "expression") {
            Some(values) => self.expressions.extend(values.iter().map(|name| name.map(|name| names.shared(name)))),
            None => self.expressions.extend(std::iter::repeat_n(None, rows)),
        }
        match column::<BooleanArray>(batch, "settled") {
            Some(values) => self.settled.extend(values.iter().map(|settled| settled == Some(true))),
            None => self.settled.extend(std::iter::repeat_n(false, rows)),
        }
        match (column::<Float64Array>(batch, "start_s"), column::<Float64Array>(batch, "end_s")) {
            (Some(starts), Some(ends)) => self.times.extend(starts.iter().zip(ends).map(time_range)),
            _ => self.times.extend(std::iter::repeat_n(None, rows)),
        }
        Some(())
    }

    fn check(&self, source: Source<'_>, targets: Targets) -> Result<()> {
        let rows = self.len();
        let lengths = [
            self.scales.len(),
            self.media_rows.len(),
            self.entity_rows.len(),
            self.boxes.len(),
            self.times.len(),
            self.expressions.len(),
            self.settled.len(),
        ];
        if lengths.iter().any(|length| *length != rows) || self.codes.len() != rows.saturating_mul(self.dim) {
            return Err(source.malformed("the columns have different lengths"));
        }
        (0..rows).try_for_each(|row| {
            self.check_row(row, targets).map_err(|reason| source.malformed(format!("row {row}: {reason}")))
        })
    }

    fn check_row(&self, row: usize, targets: Targets) -> Result<(), String> {
        let id = self.ids.get(row).map_or(0, |id| id.0);
        if id >= 1 << 53 {
            return Err(format!("face_id is {id}, which is not below 2^53"));
        }
        let scale = self.scales.get(row).copied().unwrap_or_default();
        let length = scale / unit_scale(self.codes_of(row));
        if !scale.is_finite() || (length - 1.0).abs() > LENGTH_TOLERANCE || !length.is_finite() {
            return Err(format!("scale {scale} gives the embedding the length {length}, which is not 1"));
        }
        let media = self.media_rows.get(row).copied().unwrap_or(usize::MAX);
        if media >= targets.media {
            return Err(format!("media_row is {media}, but there are {} media", targets.media));
        }
        if let Some(person) = self.entity_rows.get(row).copied().flatten()
            && person >= targets.people
        {
            return Err(format!("entity_row is {person}, but there are {} people", targets.people));
        }
        check_box(self.boxes.get(row).copied().unwrap_or_default())?;
        check_time(self.times.get(row).copied().flatten())?;
        check_share("score", self.scores.get(row))?;
        check_share("quality", self.qualities.get(row))?;
        check_expression(self.expressions.get(row).and_then(|name| name.as_deref()))
    }
}

/// Checks that a box has finite numbers and no negative side.
pub(super) fn check_box(b: Rect) -> Result<(), String> {
    let sound = [b.x, b.y, b.w, b.h].iter().all(|number| number.is_finite()) && b.w >= 0.0 && b.h >= 0.0;
    if sound { Ok(()) } else { Err(format!("box is {}, {}, {} x {}, which is no box", b.x, b.y, b.w, b.h)) }
}

/// Checks that a range of time begins at 0 or later and does not end before it begins.
pub(super) fn check_time(time: Option<TimeRange>) -> Result<(), String> {
    match time {
        Some(t) if !(t.start_s >= 0.0 && t.end_s >= t.start_s && t.end_s.is_finite()) => {
            Err(format!("the time from {} s to {} s is no range", t.start_s, t.end_s))
        }
        _ => Ok(()),
    }
}

/// Checks that a number is there and within 0 and 1.
pub(super) fn check_share(name: &str, value: Option<&f32>) -> Result<(), String> {
    match value {
        Some(value) if (0.0..=1.0).contains(value) => Ok(()),
        Some(value) => Err(format!("{name} is {value}, which is not within 0 and 1")),
        None => Err(format!("{name} is missing")),
    }
}

/// Checks that an expression, where there is one, has a name.
pub(super) fn check_expression(name: Option<&str>) -> Result<(), String> {
    if name == Some("") { Err("expression is empty".to_owned()) } else { Ok(()) }
}

/// A row number; one that this machine cannot count to becomes one that no table has.
fn to_row(row: u64) -> usize {
    usize::try_from(row).unwrap_or(usize::MAX)
}

/// A range of time from its two columns. Where only one is there, the other is not a number, which `check_time` refuses.
fn time_range(pair: (Option<f64>, Option<f64>)) -> Option<TimeRange> {
    match pair {
        (None, None) => None,
        (start, end) => Some(TimeRange { start_s: start.unwrap_or(f64::NAN), end_s: end.unwrap_or(f64::NAN) }),
    }
}
