//! The lengths that a record batch claims, checked against the bytes that there are, column by column, before arrow-ipc
//! decodes it. Imports nothing.
//!
//! arrow-ipc 60.1 validates the contents of arrays, but panics over a buffer that lies outside the body, and over offsets
//! whose bytes are not whole numbers of them. Both are refused here, and so is any column type that cannot be walked.

use arrow_ipc::{Buffer, FieldNode, RecordBatch};
use arrow_schema::{DataType, Schema};

/// Checks all columns of a batch with a body of `body_bytes` bytes.
pub(super) fn check_layout(batch: &RecordBatch<'_>, schema: &Schema, body_bytes: usize) -> Result<(), String> {
    if batch.compression().is_some() {
        return Err("the table is compressed; write it without compression".to_owned());
    }
    let body_bytes = body_bytes as u64;
    let rows = u64::try_from(batch.length()).ok().filter(|rows| *rows <= body_bytes);
    let rows = rows.ok_or_else(|| format!("a record batch claims {} rows in {body_bytes} bytes", batch.length()))?;
    let (nodes, buffers) = (batch.nodes().into_iter().flatten(), batch.buffers().into_iter().flatten());
    let mut walk = Walk { nodes, buffers, body_bytes };
    for field in schema.fields() {
        let found = walk.column(field.data_type()).map_err(|reason| format!("column {}: {reason}", field.name()))?;
        if found != rows {
            return Err(format!("column {} has {found} values in a batch of {rows} rows", field.name()));
        }
    }
    Ok(())
}

/// The nodes and buffers of a batch, in the order of the columns.
struct Walk<N, B> {
    nodes: N,
    buffers: B,
    body_bytes: u64,
}

impl<'a, N: Iterator<Item = &'a FieldNode>, B: Iterator<Item = &'a Buffer>> Walk<N, B> {
    /// Checks one column with its children and returns how many values it has.
    fn column(&mut self, data_type: &DataType) -> Result<u64, String> {
        let node = self.nodes.next().ok_or("the record batch does not describe it")?;
        // No column has more values than the body has bytes: every table has columns of a byte a row or more.
        let length = u64::try_from(node.length()).ok().filter(|length| *length <= self.body_bytes);
        let length = length.ok_or_else(|| format!("it claims {} values", node.length()))?;
        if node.null_count() < 0 || node.null_count() > node.length() {
            return Err(format!("it claims {} nulls among {length} values", node.null_count()));
        }
        let validity = self.buffer()?;
        if node.null_count() > 0 {
            at_least(validity, length.div_ceil(8))?;
        }
        match data_type {
            DataType::Boolean => at_least(self.buffer()?, length.div_ceil(8))?,
            DataType::Utf8 | DataType::Binary => {
                self.offsets(length, 4)?;
                self.buffer()?;
            }
            DataType::LargeUtf8 | DataType::LargeBinary => {
                self.offsets(length, 8)?;
                self.buffer()?;
            }
            DataType::List(item) => {
                self.offsets(length, 4)?;
                self.column(item.data_type())?;
            }
            DataType::FixedSizeList(item, size) => {
                let size = u64::try_from(*size).map_err(|_| format!("its lists have {size} elements"))?;
                let elements = self.column(item.data_type())?;
                // Equal, because arrow-ipc reads an array of lists as long as its elements allow.
                if length.checked_mul(size) != Some(elements) {
                    return Err(format!("{length} lists of {size} have {elements} elements"));
                }
            }
            DataType::Struct(fields) => {
                for field in fields {
                    let found = self.column(field.data_type())?;
                    if found != length {
                        return Err(format!("its field {} has {found} values instead of {length}", field.name()));
                    }
                }
            }
            other => {
                let width =
                    other.primitive_width().ok_or_else(|| format!("columns of the type {other} are not read"))?;
                at_least(self.buffer()?, length.saturating_mul(width as u64))?;
            }
        }
        Ok(length)
    }

    /// The next buffer's length in bytes; the buffer lies within the body.
    fn buffer(&mut self) -> Result<u64, String> {
        let buffer = self.buffers.next().ok_or("the record batch has too few buffers")?;
        let place = u64::try_from(buffer.offset()).ok().zip(u64::try_from(buffer.length()).ok());
        let inside =
            |(offset, length): &(u64, u64)| offset.checked_add(*length).is_some_and(|end| end <= self.body_bytes);
        place
            .filter(inside)
            .map(|(_, length)| length)
            .ok_or_else(|| "a buffer lies outside the record batch".to_owned())
    }

    /// A buffer of `width`-byte offsets of `length` values. Empty columns may leave it out.
    fn offsets(&mut self, length: u64, width: u64) -> Result<(), String> {
        let bytes = self.buffer()?;
        if bytes % width != 0 {
            return Err(format!("its offsets are {bytes} bytes, no multiple of {width}"));
        }
        if length == 0 { Ok(()) } else { at_least(bytes, (length + 1).saturating_mul(width)) }
    }
}

fn at_least(found: u64, needed: u64) -> Result<(), String> {
    if found >= needed { Ok(()) } else { Err(format!("a buffer has {found} bytes, but its values need {needed}")) }
}
