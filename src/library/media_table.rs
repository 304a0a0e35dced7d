//! The catalog as a table, reader and writer side by side. Imports `core`, `error` and `library::records`.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, ListArray, RecordBatch, StringArray, UInt64Array};

use super::ipc::{Source, column, read_table, write_table};
use super::lists::{text_lists, texts_of, without_empty};
use super::records::{CatalogFields, MediaRecord};
use super::schema;
use crate::core::{MediaId, MediaType};
use crate::error::{Error, Result};

/// Columns that are written only where they say something.
const LATER_COLUMNS: [&str; 12] = [
    "description",
    "tags",
    "cate_id",
    "status",
    "storage_location",
    "namespace",
    "ocr_texts",
    "label_categories",
    "label_ids",
    "int_field1",
    "str_field1",
    "str_field2",
];

/// The catalog rows as an Arrow IPC file.
pub(super) fn write_media(media: &[MediaRecord]) -> Result<Vec<u8>> {
    let text = |value: fn(&MediaRecord) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(media.iter().map(value)))
    };
    let optional = |value: fn(&MediaRecord) -> Option<&str>| -> ArrayRef {
        Arc::new(media.iter().map(value).collect::<StringArray>())
    };
    let number = |value: fn(&MediaRecord) -> u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(media.iter().map(value)))
    };
    let whole = |value: fn(&MediaRecord) -> Option<i64>| -> ArrayRef {
        Arc::new(media.iter().map(value).collect::<Int64Array>())
    };
    let list = |value: fn(&MediaRecord) -> &Vec<String>| -> Result<ArrayRef> {
        text_lists(media.iter().map(value))
            .map_err(|reason| Error::Internal { reason: format!("table of media: {reason}") })
    };
    let columns: Vec<ArrayRef> = vec![
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
        whole(|m| m.created_ms),
        whole(|m| m.modified_ms),
        Arc::new(media.iter().map(|m| m.duration_s).collect::<Float64Array>()),
        optional(|m| m.fields.description.as_deref()),
        list(|m| &m.fields.tags)?,
        whole(|m| m.fields.cate_id),
        whole(|m| m.fields.status),
        optional(|m| m.fields.storage_location.as_deref()),
        optional(|m| m.fields.namespace.as_deref()),
        list(|m| &m.fields.ocr_texts)?,
        list(|m| &m.fields.label_categories)?,
        list(|m| &m.fields.label_ids)?,
        whole(|m| m.fields.int_field1),
        optional(|m| m.fields.str_field1.as_deref()),
        optional(|m| m.fields.str_field2.as_deref()),
        text(|m| &m.document),
    ];
    let internal = |reason: String| Error::Internal { reason: format!("table of media: {reason}") };
    let batch = RecordBatch::try_new(Arc::new(schema::media()), columns).map_err(|e| internal(e.to_string()))?;
    write_table(&without_empty(&batch, &LATER_COLUMNS).map_err(internal)?)
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
    fields: FieldColumns<'a>,
    document: &'a StringArray,
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
            fields: FieldColumns::of(batch),
            document: column(batch, "document")?,
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
            fields: self.fields.of_row(row),
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

/// The columns of `CatalogFields`; each may be absent.
struct FieldColumns<'a> {
    description: Option<&'a StringArray>,
    tags: Option<&'a ListArray>,
    cate_id: Option<&'a Int64Array>,
    status: Option<&'a Int64Array>,
    storage_location: Option<&'a StringArray>,
    namespace: Option<&'a StringArray>,
    ocr_texts: Option<&'a ListArray>,
    label_categories: Option<&'a ListArray>,
    label_ids: Option<&'a ListArray>,
    int_field1: Option<&'a Int64Array>,
    str_field1: Option<&'a StringArray>,
    str_field2: Option<&'a StringArray>,
}

impl<'a> FieldColumns<'a> {
    fn of(batch: &'a RecordBatch) -> Self {
        Self {
            description: column(batch, "description"),
            tags: column(batch, "tags"),
            cate_id: column(batch, "cate_id"),
            status: column(batch, "status"),
            storage_location: column(batch, "storage_location"),
            namespace: column(batch, "namespace"),
            ocr_texts: column(batch, "ocr_texts"),
            label_categories: column(batch, "label_categories"),
            label_ids: column(batch, "label_ids"),
            int_field1: column(batch, "int_field1"),
            str_field1: column(batch, "str_field1"),
            str_field2: column(batch, "str_field2"),
        }
    }

    fn of_row(&self, row: usize) -> CatalogFields {
        CatalogFields {
            description: optional_text(self.description, row),
            tags: texts_of(self.tags, row),
            cate_id: optional_number(self.cate_id, row),
            status: optional_number(self.status, row),
            storage_location: optional_text(self.storage_location, row),
            namespace: optional_text(self.namespace, row),
            ocr_texts: texts_of(self.ocr_texts, row),
            label_categories: texts_of(self.label_categories, row),
            label_ids: texts_of(self.label_ids, row),
            int_field1: optional_number(self.int_field1, row),
            str_field1: optional_text(self.str_field1, row),
            str_field2: optional_text(self.str_field2, row),
        }
    }
}

fn optional_number(values: Option<&Int64Array>, row: usize) -> Option<i64> {
    values.filter(|values| values.is_valid(row)).map(|values| values.value(row))
}

/// The text of a row of a column that may be null or absent.
pub(super) fn optional_text(values: Option<&StringArray>, row: usize) -> Option<String> {
    values.filter(|values| values.is_valid(row)).map(|values| values.value(row).to_owned())
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
