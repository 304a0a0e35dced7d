//! Columns of lists, made and read. Imports `library::schema`.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, ListArray, RecordBatch, StringArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::DataType;

use super::schema;

/// A column of lists of these lengths, whose elements stand in `values` one after the other.
pub(super) fn list_of(
    data_type: DataType,
    lengths: impl Iterator<Item = usize>,
    values: ArrayRef,
) -> Result<ArrayRef, String> {
    if i32::try_from(values.len()).is_err() {
        return Err(format!("{} elements of lists are too many for one table", values.len()));
    }
    let offsets = OffsetBuffer::from_lengths(lengths);
    ListArray::try_new(schema::item(data_type), offsets, values, None)
        .map(|list| Arc::new(list) as ArrayRef)
        .map_err(|e| e.to_string())
}

/// A column of lists of texts.
pub(super) fn text_lists<'a>(lists: impl Iterator<Item = &'a Vec<String>> + Clone) -> Result<ArrayRef, String> {
    let values: ArrayRef = Arc::new(StringArray::from_iter_values(lists.clone().flatten()));
    list_of(DataType::Utf8, lists.map(Vec::len), values)
}

/// The table without those of the columns `later` that say nothing in any row: absent means the same, and libraries without
/// such data keep the bytes that they had before the columns were thought of.
pub(super) fn without_empty(batch: &RecordBatch, later: &[&str]) -> Result<RecordBatch, String> {
    let says_something = |index: &usize| {
        let (schema, column) = (batch.schema(), batch.column(*index));
        !later.contains(&schema.field(*index).name().as_str()) || has_value(column)
    };
    let kept: Vec<usize> = (0..batch.num_columns()).filter(says_something).collect();
    batch.project(&kept).map_err(|e| e.to_string())
}

fn has_value(column: &ArrayRef) -> bool {
    match column.as_any().downcast_ref::<ListArray>() {
        Some(lists) => !lists.values().is_empty(),
        None => column.null_count() < column.len(),
    }
}

/// The list of a row as an array of its type.
pub(super) fn values_of<T: Array + Clone + 'static>(lists: &ListArray, row: usize) -> Option<T> {
    lists.value(row).as_any().downcast_ref::<T>().cloned()
}

/// The texts of a row of a column that may be null or absent; none then.
pub(super) fn texts_of(lists: Option<&ListArray>, row: usize) -> Vec<String> {
    let list = lists.filter(|lists| lists.is_valid(row)).and_then(|lists| values_of::<StringArray>(lists, row));
    list.map(|texts| texts.iter().flatten().map(str::to_owned).collect()).unwrap_or_default()
}
