//! The catalog as a table, reader and writer side by side. Imports `core`, `error` and `library::records`.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, UInt64Array};

use super::columns::{Lists, optional_text, text_lists, texts, unless_null, write_columns};
use super::ipc::{Source, column, read_table};
use super::records::{CatalogFields, MediaRecord};
use super::schema;
use crate::core::{MediaId, MediaType};
use crate::error::Result;

/// The catalog rows as an Arrow IPC file.
pub(super) fn write_media(media: &[MediaRecord]) -> Result<Vec<u8>> {
    let text = |value: fn(&MediaRecord) -> &str| -> Option<ArrayRef> {
        Some(Arc::new(StringArray::from_iter_values(media.iter().map(value))))
    };
    let optional = |value: fn(&MediaRecord) -> Option<&str>| -> Option<ArrayRef> {
        Some(Arc::new(media.iter().map(value).collect::<StringArray>()))
    };
    let number = |value: fn(&MediaRecord) -> u64| -> Option<ArrayRef> {
        Some(Arc::new(UInt64Array::from_iter_values(media.iter().map(value))))
    };
    let moment = |value: fn(&MediaRecord) -> Option<i64>| -> Option<ArrayRef> {
        Some(Arc::new(media.iter().map(value).collect::<Int64Array>()))
    };
    let mut columns = vec![
        text(|m| &m.media_id.0),
        text(|m| m.media_type.as_str()),
        text(|m| &m.path),
        text(|m| &m.title),
        optional(|m| m.url.as_deref()),
        optional(|m| m.cover.as_deref()),
        number(|m| u64::from(m.width)),
        number(|m| u64::from(m.height)),
        number(|m| m.bytes),
        text(|m| &m.format),
        text(|m| &m.sha256),
        moment(|m| m.created_ms),
        moment(|m| m.modified_ms),
        Some(Arc::new(media.iter().map(|m| m.duration_s).collect::<Float64Array>())),
        text(|m| &m.document),
    ];
    columns.extend(field_columns(media)?);
    write_columns("media", &schema::media(), columns)
}

/// The columns of what only the owner knows, those left out that no record has.
fn field_columns(media: &[MediaRecord]) -> Result<[Option<ArrayRef>; 12]> {
    let text = |value: fn(&CatalogFields) -> &Option<String>| {
        unless_null(media.iter().map(|m| value(&m.fields).as_deref()).collect::<StringArray>())
    };
    let number = |value: fn(&CatalogFields) -> Option<i64>| {
        unless_null(media.iter().map(|m| value(&m.fields)).collect::<Int64Array>())
    };
    let list = |value: fn(&CatalogFields) -> &Vec<String>| {
        text_lists(media.iter().map(|m| value(&m.fields).as_slice())).map(unless_null)
    };
    Ok([
        text(|f| &f.description),
        list(|f| &f.tags)?,
        number(|f| f.cate_id),
        number(|f| f.status),
        text(|f| &f.storage_location),
        text(|f| &f.namespace),
        list(|f| &f.ocr_texts)?,
        list(|f| &f.label_categories)?,
        list(|f| &f.label_ids)?,
        number(|f| f.int_field1),
        text(|f| &f.str_field1),
        text(|f| &f.str_field2),
    ])
}

/// Reads catalog rows and checks each.
pub(super) fn read_media(source: Source<'_>, bytes: &[u8]) -> Result<Vec<MediaRecord>> {
    let mut media = Vec::new();
    for batch in read_table(source, bytes, &schema::media())? {
        let columns = Columns::of(&batch).ok_or_else(|| source.malformed("a column has the wrong type"))?;
        for row in 0..batch.num_rows() {
            let record =
                columns.record(row).map_err(|reason| source.malformed(format!("row {}: {reason}", media.len())))?;
            check_media(&record).map_err(|reason| source.malformed(format!("row {}: {reason}", media.len())))?;
            media.push(record);
        }
    }
    Ok(media)
}

/// Checks what a reader relies on: an id, a duration that is a number, and a preview inside the library.
pub(super) fn check_media(media: &MediaRecord) -> Result<(), String> {
    if media.media_id.0.is_empty() {
        return Err("media_id is empty".to_owned());
    }
    if media.duration_s.is_some_and(|seconds| !seconds.is_finite() || seconds < 0.0) {
        return Err("duration_s is no duration".to_owned());
    }
    match &media.cover {
        Some(cover) if !is_inside(cover) => Err(format!("cover is {cover:?}, which is no path inside the library")),
        _ => Ok(()),
    }
}

/// Whether a path stays below the folder that it is relative to, on every system and as a URL.
fn is_inside(path: &str) -> bool {
    !path.contains(['\\', ':', '?', '#', '\0']) && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

struct Columns<'a> {
    media_id: &'a StringArray,
    media_type: &'a StringArray,
    path: &'a StringArray,
    title: &'a StringArray,
    url: Option<&'a StringArray>,
    cover: Option<&'a StringArray>,
    width: &'a UInt64Array,
    height: &'a UInt64Array,
    bytes: &'a UInt64Array,
    format: &'a StringArray,
    sha256: &'a StringArray,
    created_ms: Option<&'a Int64Array>,
    modified_ms: Option<&'a Int64Array>,
    duration_s: Option<&'a Float64Array>,
    document: &'a StringArray,
    fields: FieldColumns<'a>,
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch) -> Option<Self> {
        Some(Self {
            media_id: column(batch, "media_id")?,
            media_type: column(batch, "media_type")?,
            path: column(batch, "path")?,
            title: column(batch, "title")?,
            url: column(batch, "url"),
            cover: column(batch, "cover"),
            width: column(batch, "width")?,
            height: column(batch, "height")?,
            bytes: column(batch, "bytes")?,
            format: column(batch, "format")?,
            sha256: column(batch, "sha256")?,
            created_ms: column(batch, "created_ms"),
            modified_ms: column(batch, "modified_ms"),
            duration_s: column(batch, "duration_s"),
            document: column(batch, "document")?,
            fields: FieldColumns::of(batch),
        })
    }

    /// The record of a row, which is below the number of rows.
    fn record(&self, row: usize) -> Result<MediaRecord, String> {
        let text = |values: &StringArray| values.value(row).to_owned();
        let side = |name: &str, values: &UInt64Array| {
            u32::try_from(values.value(row))
                .map_err(|_| format!("{name} is {}, which is no size in pixels", values.value(row)))
        };
        let kind = self.media_type.value(row);
        Ok(MediaRecord {
            fields: self.fields.record(row),
            media_id: MediaId(text(self.media_id)),
            media_type: MediaType::parse(kind)
                .ok_or_else(|| format!("media_type is {kind:?}, expected \"image\" or \"video\""))?,
            path: text(self.path),
            title: text(self.title),
            url: optional_text(self.url, row),
            cover: optional_text(self.cover, row),
            width: side("width", self.width)?,
            height: side("height", self.height)?,
            bytes: self.bytes.value(row),
            format: text(self.format),
            sha256: text(self.sha256),
            created_ms: optional_number(self.created_ms, row),
            modified_ms: optional_number(self.modified_ms, row),
            duration_s: self.duration_s.filter(|values| values.is_valid(row)).map(|values| values.value(row)),
            document: text(self.document),
        })
    }
}

/// The columns of what only the owner knows, where they are there.
struct FieldColumns<'a> {
    description: Option<&'a StringArray>,
    tags: Option<Lists<'a, StringArray>>,
    cate_id: Option<&'a Int64Array>,
    status: Option<&'a Int64Array>,
    storage_location: Option<&'a StringArray>,
    namespace: Option<&'a StringArray>,
    ocr_texts: Option<Lists<'a, StringArray>>,
    label_categories: Option<Lists<'a, StringArray>>,
    label_ids: Option<Lists<'a, StringArray>>,
    int_field1: Option<&'a Int64Array>,
    str_field1: Option<&'a StringArray>,
    str_field2: Option<&'a StringArray>,
}

impl<'a> FieldColumns<'a> {
    fn of(batch: &'a RecordBatch) -> Self {
        Self {
            description: column(batch, "description"),
            tags: Lists::of(batch, "tags"),
            cate_id: column(batch, "cate_id"),
            status: column(batch, "status"),
            storage_location: column(batch, "storage_location"),
            namespace: column(batch, "namespace"),
            ocr_texts: Lists::of(batch, "ocr_texts"),
            label_categories: Lists::of(batch, "label_categories"),
            label_ids: Lists::of(batch, "label_ids"),
            int_field1: column(batch, "int_field1"),
            str_field1: column(batch, "str_field1"),
            str_field2: column(batch, "str_field2"),
        }
    }

    /// The fields of a row, which is below the number of rows.
    fn record(&self, row: usize) -> CatalogFields {
        CatalogFields {
            description: optional_text(self.description, row),
            tags: texts(self.tags.as_ref(), row),
            cate_id: optional_number(self.cate_id, row),
            status: optional_number(self.status, row),
            storage_location: optional_text(self.storage_location, row),
            namespace: optional_text(self.namespace, row),
            ocr_texts: texts(self.ocr_texts.as_ref(), row),
            label_categories: texts(self.label_categories.as_ref(), row),
            label_ids: texts(self.label_ids.as_ref(), row),
            int_field1: optional_number(self.int_field1, row),
            str_field1: optional_text(self.str_field1, row),
            str_field2: optional_text(self.str_field2, row),
        }
    }
}

fn optional_number(values: Option<&Int64Array>, row: usize) -> Option<i64> {
    values.filter(|values| values.is_valid(row)).map(|values| values.value(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cover_outside_the_library_is_refused() {
        for path in
            ["/etc/passwd", "../a.jpg", "covers/../../a.jpg", "https://a/b.jpg", "a\\b.jpg", "covers//a.jpg", ""]
        {
            assert!(!is_inside(path), "{path}");
        }
        assert!(is_inside("covers/ab12.jpg"));
    }
}
