//! The columns of every table, by name, type and nullability, as `docs/format.md` lists them. Imports nothing.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};

/// The name of the elements of a list column.
const ITEM: &str = "item";

fn required(name: &str, data_type: DataType) -> Field {
    Field::new(name, data_type, false)
}

fn nullable(name: &str, data_type: DataType) -> Field {
    Field::new(name, data_type, true)
}

/// The field of the elements of a list column, which are never null.
pub(super) fn item(data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new(ITEM, data_type, false))
}

fn fixed_list(data_type: DataType, length: usize) -> DataType {
    // Lengths are checked to be at most MAX_DIM; a longer one gives a type that no table has.
    DataType::FixedSizeList(item(data_type), i32::try_from(length).unwrap_or(0))
}

fn text_list() -> DataType {
    DataType::List(item(DataType::Utf8))
}

/// One row a face.
pub(super) fn faces(dim: usize) -> Schema {
    Schema::new(vec![
        required("face_id", DataType::UInt64),
        required("embedding", fixed_list(DataType::Int8, dim)),
        required("scale", DataType::Float32),
        required("media_row", DataType::UInt64),
        nullable("entity_row", DataType::UInt64),
        required("box", fixed_list(DataType::Float32, 4)),
        nullable("start_s", DataType::Float64),
        nullable("end_s", DataType::Float64),
        required("score", DataType::Float32),
        required("quality", DataType::Float32),
        nullable("expression", DataType::Utf8),
        nullable("settled", DataType::Boolean),
    ])
}

/// One row a photo or video.
pub(super) fn media() -> Schema {
    Schema::new(vec![
        required("media_id", DataType::Utf8),
        required("media_type", DataType::Utf8),
        required("path", DataType::Utf8),
        required("title", DataType::Utf8),
        nullable("url", DataType::Utf8),
        nullable("cover", DataType::Utf8),
        required("width", DataType::UInt64),
        required("height", DataType::UInt64),
        required("bytes", DataType::UInt64),
        required("format", DataType::Utf8),
        required("sha256", DataType::Utf8),
        nullable("created_ms", DataType::Int64),
        nullable("modified_ms", DataType::Int64),
        nullable("duration_s", DataType::Float64),
        required("document", DataType::Utf8),
        nullable("description", DataType::Utf8),
        nullable("tags", text_list()),
        nullable("cate_id", DataType::Int64),
        nullable("status", DataType::Int64),
        nullable("storage_location", DataType::Utf8),
        nullable("namespace", DataType::Utf8),
        nullable("ocr_texts", text_list()),
        nullable("label_categories", text_list()),
        nullable("label_ids", text_list()),
        nullable("int_field1", DataType::Int64),
        nullable("str_field1", DataType::Utf8),
        nullable("str_field2", DataType::Utf8),
    ])
}

/// One row a person.
pub(super) fn people() -> Schema {
    Schema::new(vec![
        required("entity_id", DataType::Utf8),
        required("label_name", DataType::Utf8),
        required("category", DataType::Utf8),
        nullable("person_id", DataType::Utf8),
        required("face_ids", DataType::List(item(DataType::UInt64))),
        nullable("groups", text_list()),
        nullable("note", DataType::Utf8),
        nullable("merged", DataType::Utf8),
    ])
}

/// One row a track.
pub(super) fn clips() -> Schema {
    Schema::new(vec![
        required("face_id", DataType::UInt64),
        required("timestamps_s", DataType::List(item(DataType::Float64))),
        required("boxes", DataType::List(item(DataType::Float32))),
    ])
}

/// One row a cell.
pub(super) fn cells(dim: usize) -> Schema {
    Schema::new(vec![
        required("shard", DataType::UInt64),
        required("first_row", DataType::UInt64),
        required("rows", DataType::UInt64),
        required("centroid", fixed_list(DataType::Float32, dim)),
    ])
}
