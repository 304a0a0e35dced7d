//! Arrow IPC files, read and written through arrow-ipc. Imports `error` and `library::manifest`.
//!
//! The hash of a file is checked before it comes here, but whoever forges a table can forge the manifest too, so nothing
//! in a table is trusted. arrow-ipc checks the contents of arrays; what it leaves to its caller, and panics or overflows
//! over, is checked here first: the place of the footer and of every block, that no two blocks share bytes (so that what is
//! decoded is no larger than the file), and (in `layout`) the length of every buffer.
//! Columns that are not asked for are not decoded.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::{Array, FixedSizeListArray, ListArray, RecordBatch};
use arrow_buffer::Buffer;
use arrow_ipc::reader::{RecordBatchDecoder, read_footer_length};
use arrow_ipc::writer::FileWriter;
use arrow_ipc::{Block, Footer};
use arrow_schema::{ArrowError, DataType, Schema};

use super::layout::check_layout;
use super::manifest::FileEntry;
use crate::error::{Error, Result};

/// The first bytes of an Arrow IPC file, which are its last bytes too.
const MAGIC: &[u8] = b"ARROW1";
/// The file's trailer: the footer's length and the magic.
const TRAILER_BYTES: usize = 10;

/// A table file, as messages name it.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) library: &'a str,
    pub(super) entry: &'a FileEntry,
}

impl Source<'_> {
    /// An error about this file.
    pub(super) fn malformed(&self, reason: impl Into<String>) -> Error {
        Error::LibraryMalformed {
            library: self.library.to_owned(),
            part: self.entry.name.clone(),
            reason: reason.into(),
        }
    }

    fn arrow(&self, error: &ArrowError) -> Error {
        self.malformed(format!("not a valid Arrow file: {error}"))
    }
}

/// Writes one table as one Arrow IPC file with one record batch.
pub(super) fn write_table(batch: &RecordBatch) -> Result<Vec<u8>> {
    let internal = |e: ArrowError| Error::Internal { reason: format!("writing a table: {e}") };
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).map_err(internal)?;
    writer.write(batch).map_err(internal)?;
    writer.into_inner().map_err(internal)
}

/// Reads the columns of `wanted` from a table, in as many record batches as the file has.
///
/// Every column of `wanted` that may not be null is there in every batch, with its type and without nulls; one that may be
/// null is there with its type or not at all. The elements of lists are never null.
pub(super) fn read_table(source: Source<'_>, bytes: &[u8], wanted: &Schema) -> Result<Vec<RecordBatch>> {
    let footer_start = footer_start(source, bytes)?;
    // The copy is aligned to 64 bytes, so that arrays need not be copied once more.
    let buffer = Buffer::from(bytes);
    let footer_bytes = bytes.get(footer_start..bytes.len() - TRAILER_BYTES).unwrap_or_default();
    let footer = arrow_ipc::root_as_footer(footer_bytes)
        .map_err(|e| source.malformed(format!("the Arrow footer is damaged: {e}")))?;
    let schema = read_schema(source, &footer)?;
    let projection = projection(source, &schema, wanted)?;
    let blocks = footer.recordBatches().ok_or_else(|| source.malformed("the Arrow footer lists no record batches"))?;
    let mut batches = Vec::new();
    let (mut rows, mut free_from) = (0_usize, 0_usize);
    for block in blocks {
        let place = block_place(source, block, footer_start)?;
        if place.start < free_from {
            return Err(source.malformed("the blocks of the Arrow file overlap"));
        }
        free_from = place.end;
        let data = buffer.slice_with_length(place.start, place.len());
        let batch = read_batch(source, &data, block, &schema, &projection)?;
        rows = rows.saturating_add(batch.num_rows());
        if rows > source.entry.rows {
            break;
        }
        check_columns(source, &batch, wanted)?;
        batches.push(batch);
    }
    if rows != source.entry.rows {
        let more = if rows > source.entry.rows { " or more" } else { "" };
        return Err(
            source.malformed(format!("the table has {rows} rows{more}, but the manifest says {}", source.entry.rows))
        );
    }
    Ok(batches)
}

/// The column `name` of a batch, where it is there.
pub(super) fn column<'a, T: Array + 'static>(batch: &'a RecordBatch, name: &str) -> Option<&'a T> {
    batch.column_by_name(name)?.as_any().downcast_ref::<T>()
}

fn footer_start(source: Source<'_>, bytes: &[u8]) -> Result<usize> {
    let trailer = bytes.last_chunk::<TRAILER_BYTES>().ok_or_else(|| source.malformed("too short for an Arrow file"))?;
    if !bytes.starts_with(MAGIC) {
        return Err(source.malformed("not an Arrow file: it does not begin with ARROW1"));
    }
    let length = read_footer_length(*trailer).map_err(|e| source.arrow(&e))?;
    (bytes.len() - TRAILER_BYTES)
        .checked_sub(length)
        .filter(|start| *start >= MAGIC.len())
        .ok_or_else(|| source.malformed(format!("the Arrow footer claims {length} bytes, more than the file has")))
}

fn read_schema(source: Source<'_>, footer: &Footer<'_>) -> Result<Arc<Schema>> {
    let schema = footer.schema().ok_or_else(|| source.malformed("the Arrow footer has no schema"))?;
    if !schema.endianness().equals_to_target_endianness() {
        return Err(source.malformed("the table is not little-endian"));
    }
    let schema = arrow_ipc::convert::try_fb_to_schema(schema).map_err(|e| source.arrow(&e))?;
    Ok(Arc::new(schema))
}

/// Which columns to read: those of `wanted` that are there. Refuses wrong types, and columns that are missing or doubled.
fn projection(source: Source<'_>, schema: &Schema, wanted: &Schema) -> Result<Vec<usize>> {
    let mut projection = Vec::new();
    for field in wanted.fields() {
        let name = field.name();
        let mut found = schema.fields().iter().enumerate().filter(|(_, other)| other.name() == name);
        let Some((index, other)) = found.next() else {
            if field.is_nullable() {
                continue;
            }
            return Err(source.malformed(format!("column {name} is missing")));
        };
        if found.next().is_some() {
            return Err(source.malformed(format!("column {name} is there twice")));
        }
        if !same_type(other.data_type(), field.data_type()) {
            return Err(source.malformed(format!(
                "column {name} is {}, expected {}",
                other.data_type(),
                field.data_type()
            )));
        }
        projection.push(index);
    }
    Ok(projection)
}

/// Whether two types are equal, whatever the elements of lists are called and whether they may be null.
fn same_type(a: &DataType, b: &DataType) -> bool {
    match (a, b) {
        (DataType::FixedSizeList(a, m), DataType::FixedSizeList(b, n)) => m == n && a.data_type() == b.data_type(),
        (DataType::List(a), DataType::List(b)) => a.data_type() == b.data_type(),
        _ => a == b,
    }
}

/// Where a block lies: metadata and body, before the footer.
fn block_place(source: Source<'_>, block: &Block, footer_start: usize) -> Result<Range<usize>> {
    let inside = || {
        let offset = usize::try_from(block.offset()).ok()?;
        let metadata = usize::try_from(block.metaDataLength()).ok()?;
        let body = usize::try_from(block.bodyLength()).ok()?;
        let end = offset.checked_add(metadata.checked_add(body)?)?;
        // Metadata begins with a marker, a length and at least one offset, and all blocks are aligned to 8 bytes.
        let sound = metadata >= 12 && metadata % 8 == 0 && offset % 8 == 0 && end <= footer_start;
        sound.then_some(offset..end)
    };
    inside().ok_or_else(|| source.malformed("a block of the Arrow file lies outside it"))
}

fn read_batch(
    source: Source<'_>,
    data: &Buffer,
    block: &Block,
    schema: &Arc<Schema>,
    projection: &[usize],
) -> Result<RecordBatch> {
    let metadata_length = usize::try_from(block.metaDataLength()).unwrap_or(0);
    let metadata = data.as_slice().get(..metadata_length).unwrap_or_default();
    // Files of before 2019 have no continuation marker.
    let prefix = if metadata.starts_with(&[0xff; 4]) { 8 } else { 4 };
    let message = arrow_ipc::root_as_message(metadata.get(prefix..).unwrap_or_default())
        .map_err(|e| source.malformed(format!("the metadata of a record batch is damaged: {e}")))?;
    let batch = message
        .header_as_record_batch()
        .ok_or_else(|| source.malformed("a block of the Arrow file is no record batch"))?;
    let body = data.slice(metadata_length.min(data.len()));
    check_layout(&batch, schema, body.len()).map_err(|reason| source.malformed(reason))?;
    let (dictionaries, version) = (HashMap::new(), message.version());
    RecordBatchDecoder::try_new(&body, batch, Arc::clone(schema), &dictionaries, &version)
        .and_then(|decoder| decoder.with_projection(Some(projection)).read_record_batch())
        .map_err(|e| source.arrow(&e))
}

/// Checks that columns which may not be null have no nulls, and that no elements of lists are null.
fn check_columns(source: Source<'_>, batch: &RecordBatch, wanted: &Schema) -> Result<()> {
    for field in wanted.fields() {
        let name = field.name();
        let column = match batch.column_by_name(name) {
            Some(column) => column,
            None if field.is_nullable() => continue,
            None => return Err(source.malformed(format!("column {name} is missing"))),
        };
        if !field.is_nullable() && column.null_count() != 0 {
            return Err(source.malformed(format!("column {name} has {} nulls, but may have none", column.null_count())));
        }
        let list = column.as_any();
        let elements = list.downcast_ref().map(ListArray::values);
        let elements = elements.or_else(|| list.downcast_ref().map(FixedSizeListArray::values));
        if elements.is_some_and(|elements| elements.null_count() != 0) {
            return Err(source.malformed(format!("the elements of column {name} have nulls, but may have none")));
        }
    }
    Ok(())
}
