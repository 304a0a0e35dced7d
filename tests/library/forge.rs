//! Libraries with one thing wrong: tables are changed and the manifest is forged to match them.

use std::error::Error as StdError;
use std::io::Cursor;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::FileWriter;
use arrow_schema::{Field, Schema};
use serde_json::{Value, json};
use visavis::core::sha256;
use visavis::error::Error;
use visavis::library::{BuiltLibrary, Library, Manifest};

type Result<T> = std::result::Result<T, Box<dyn StdError>>;

/// The name and the bytes of the first file of a role.
pub fn file_of(built: &BuiltLibrary, role: &str) -> Result<(String, Vec<u8>)> {
    let file = built.files.iter().find(|file| file.name.starts_with(role)).ok_or("no file of that role")?;
    Ok((file.name.clone(), file.bytes.clone()))
}

/// The library with the first file of a role replaced, and the manifest changed to promise the new file.
pub fn with_file(built: &BuiltLibrary, role: &str, bytes: Vec<u8>) -> Result<BuiltLibrary> {
    let (old, _) = file_of(built, role)?;
    let (digest, length) = (sha256(&bytes).to_string(), bytes.len());
    let name = format!("{role}-{digest}.arrow");
    let mut manifest: Value = serde_json::from_slice(&built.manifest)?;
    let files = manifest.get_mut("files").and_then(Value::as_array_mut).ok_or("no files")?;
    let entry = files.iter_mut().find(|entry| entry.get("name") == Some(&json!(old))).ok_or("no entry")?;
    for (key, value) in [("name", json!(name)), ("sha256", json!(digest)), ("bytes", json!(length))] {
        entry.as_object_mut().ok_or("no object")?.insert(key.to_owned(), value);
    }
    let mut forged = BuiltLibrary { manifest: serde_json::to_vec(&manifest)?, files: built.files.clone() };
    let file = forged.files.iter_mut().find(|file| file.name == old).ok_or("no file")?;
    (file.name, file.bytes) = (name, bytes);
    Ok(forged)
}

/// The one record batch of a table.
pub fn batch_of(bytes: &[u8]) -> Result<RecordBatch> {
    Ok(FileReader::try_new(Cursor::new(bytes), None)?.next().ok_or("no batch")??)
}

/// A table of these batches, which have the same columns.
pub fn table_of(batches: &[RecordBatch]) -> Result<Vec<u8>> {
    let schema = batches.first().ok_or("no batches")?.schema();
    let mut writer = FileWriter::try_new(Vec::new(), &schema)?;
    for batch in batches {
        writer.write(batch)?;
    }
    Ok(writer.into_inner()?)
}

/// Where the footer of a table lies.
fn footer_of(table: &[u8]) -> Result<Range<usize>> {
    const TRAILER_BYTES: usize = 10;
    let end = table.len() - TRAILER_BYTES;
    let length = table.get(end..).and_then(<[u8]>::first_chunk::<4>).ok_or("no trailer")?;
    Ok(end - usize::try_from(u32::from_le_bytes(*length))?..end)
}

/// The places of a table of one batch that hold no values: up to the end of the batch's metadata, and from the footer on.
pub fn metadata_of(table: &[u8]) -> Result<(usize, usize)> {
    let footer = footer_of(table)?;
    let parsed = arrow_ipc::root_as_footer(table.get(footer.clone()).ok_or("no footer")?).map_err(|e| e.to_string())?;
    let block = parsed.recordBatches().and_then(|blocks| blocks.iter().next()).ok_or("no block")?;
    Ok((usize::try_from(block.offset())? + usize::try_from(block.metaDataLength())?, footer.start))
}

/// A table of several batches whose footer says that all of them are the first.
pub fn with_repeated_block(table: &[u8]) -> Result<Vec<u8>> {
    let Range { start, end } = footer_of(table)?;
    let footer = table.get(start..end).ok_or("no footer")?;
    let footer = arrow_ipc::root_as_footer(footer).map_err(|e| e.to_string())?;
    let blocks = footer.recordBatches().ok_or("no blocks")?;
    let all: Vec<u8> = blocks.iter().flat_map(|block| block.0).collect();
    let first = blocks.iter().next().ok_or("no block")?.0.repeat(blocks.len());
    let place =
        start + table.get(start..end).and_then(|f| f.windows(all.len()).position(|w| w == all)).ok_or("where")?;
    let mut forged = table.to_vec();
    forged.get_mut(place..place + all.len()).ok_or("outside")?.copy_from_slice(&first);
    Ok(forged)
}

/// A batch with a column replaced, added (where it had none of the name) or removed (`None`).
pub fn with_column(batch: &RecordBatch, name: &str, column: Option<ArrayRef>) -> Result<RecordBatch> {
    let schema = batch.schema();
    let mut columns: Vec<(Field, ArrayRef)> =
        schema.fields().iter().map(|f| f.as_ref().clone()).zip(batch.columns().iter().cloned()).collect();
    let place = columns.iter().position(|(field, _)| field.name() == name);
    let new = column.map(|column| (Field::new(name, column.data_type().clone(), true), column));
    match (place, new) {
        (Some(place), Some(new)) => {
            columns.remove(place);
            columns.insert(place, new);
        }
        (Some(place), None) => drop(columns.remove(place)),
        (None, Some(new)) => columns.push(new),
        (None, None) => {}
    }
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// The library with one column of one table replaced, added or removed, its manifest forged to match.
pub fn with_table_column(
    built: &BuiltLibrary,
    role: &str,
    name: &str,
    column: Option<ArrayRef>,
) -> Result<BuiltLibrary> {
    let batch = batch_of(&file_of(built, role)?.1)?;
    with_file(built, role, table_of(&[with_column(&batch, name, column)?])?)
}

/// The error of opening a library.
pub fn refusal(built: &BuiltLibrary) -> Result<Error> {
    match Manifest::parse("test", &built.manifest).and_then(|m| Library::open("test", m, crate::support::files(built)))
    {
        Ok(_) => Err("the library was opened".into()),
        Err(error) => Ok(error),
    }
}

/// Checks the code of an error, and that its message has each of these parts.
pub fn check(what: &str, error: &Error, code: &str, parts: &[&str]) {
    let message = error.to_string();
    assert_eq!(error.code(), code, "{what}: {message}");
    for part in parts {
        assert!(message.contains(part), "{what}: {message:?} does not say {part:?}");
    }
}
