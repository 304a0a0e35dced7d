//! What the tables' columns have in common: columns that are left out where they are empty, texts, and lists of texts.
//! Imports `error` and `library::ipc`.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, ListArray, RecordBatch, StringArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{Field, Schema};

use super::ipc::{column, write_table};
use super::schema;
use crate::error::{Error, Result};

/// A table of these columns as an Arrow IPC file. A column that is `None` is left out of it; the others stand in the order
/// of `schema`. `what` is what the table is of, for messages.
pub(super) fn write_columns(what: &str, schema: &Schema, columns: Vec<Option<ArrayRef>>) -> Result<Vec<u8>> {
    let present = schema.fields().iter().zip(columns).filter_map(|(field, column)| Some((Arc::clone(field), column?)));
    let (fields, columns): (Vec<Arc<Field>>, Vec<ArrayRef>) = present.unzip();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
        .map_err(|e| Error::Internal { reason: format!("table of {what}: {e}") })?;
    write_table(&batch)
}

/// A column, unless it is null in every row: then a table needs none. Columns that came after the first edition of the
/// format are written so, which keeps the bytes of libraries that do not use them.
pub(super) fn unless_null(column: impl Array + 'static) -> Option<ArrayRef> {
    (column.null_count() < column.len()).then(|| Arc::new(column) as ArrayRef)
}

/// A column of lists with `lengths` elements out of `values`, one list behind the other. Lists without elements are null
/// where `nullable` says so.
pub(super) fn lists(values: impl Array + 'static, lengths: &[usize], nullable: bool) -> Result<ListArray> {
    let internal = |reason: String| Error::Internal { reason: format!("column of lists: {reason}") };
    if i32::try_from(values.len()).is_err() {
        return Err(internal(format!("{} elements are too many for one table", values.len())));
    }
    let nulls = nullable.then(|| lengths.iter().map(|length| *length > 0).collect::<NullBuffer>());
    let item = schema::item(values.data_type().clone());
    let offsets = OffsetBuffer::from_lengths(lengths.iter().copied());
    ListArray::try_new(item, offsets, Arc::new(values), nulls).map_err(|e| internal(e.to_string()))
}

/// A column of lists of texts, null where a list has none.
pub(super) fn text_lists<'a>(texts: impl Iterator<Item = &'a [String]> + Clone) -> Result<ListArray> {
    let lengths: Vec<usize> = texts.clone().map(<[String]>::len).collect();
    lists(StringArray::from_iter_values(texts.flatten()), &lengths, true)
}

/// The text of a row of a column that may be null or absent.
pub(super) fn optional_text(values: Option<&StringArray>, row: usize) -> Option<String> {
    values.filter(|values| values.is_valid(row)).map(|values| values.value(row).to_owned())
}

/// A column of lists with elements of one type.
pub(super) struct Lists<'a, T> {
    lists: &'a ListArray,
    values: &'a T,
}

impl<'a, T: Array + 'static> Lists<'a, T> {
    /// The column `name`, where it is there.
    pub(super) fn of(batch: &'a RecordBatch, name: &str) -> Option<Self> {
        let lists: &ListArray = column(batch, name)?;
        Some(Self { lists, values: lists.values().as_any().downcast_ref()? })
    }

    /// All elements, and the places among them of those of a row. A null is an empty list.
    pub(super) fn elements(&self, row: usize) -> (&'a T, std::ops::Range<usize>) {
        let place = |index: usize| self.lists.value_offsets().get(index).and_then(|place| usize::try_from(*place).ok());
        let range = place(row).zip(place(row + 1)).filter(|_| self.lists.is_valid(row));
        (self.values, range.map_or(0..0, |(start, end)| start..end))
    }
}

/// The texts of a row of a column of lists that may be null or absent.
pub(super) fn texts(lists: Option<&Lists<'_, StringArray>>, row: usize) -> Vec<String> {
    let of_row = |lists: &Lists<'_, StringArray>| {
        let (values, places) = lists.elements(row);
        places.map(|place| values.value(place).to_owned()).collect()
    };
    lists.map(of_row).unwrap_or_default()
}
