//! Persons as a table, reader and writer side by side. Imports `core`, `error` and `library::records`.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, ListArray, RecordBatch, StringArray, UInt64Array};
use arrow_schema::DataType;

use super::ipc::{Source, column, read_table, write_table};
use super::lists::{list_of, text_lists, texts_of, without_empty};
use super::media_table::optional_text;
use super::records::EntityRecord;
use super::schema;
use crate::core::{EntityId, FaceId};
use crate::error::{Error, Result};

/// The categories that a person can have.
const CATEGORIES: [&str; 5] = ["custom", "unknown", "celebrity", "sensitive", "politician"];

/// One person with the ids of the person's faces, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) record: EntityRecord,
    pub(super) face_ids: Vec<FaceId>,
}

/// The persons as an Arrow IPC file.
pub(super) fn write_people(people: &[Person]) -> Result<Vec<u8>> {
    let internal = |reason: String| Error::Internal { reason: format!("table of people: {reason}") };
    let text =
        |value: fn(&Person) -> &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(people.iter().map(value))) };
    let ids = UInt64Array::from_iter_values(people.iter().flat_map(|person| person.face_ids.iter().map(|id| id.0)));
    let lengths = people.iter().map(|person| person.face_ids.len());
    let lists = list_of(DataType::UInt64, lengths, Arc::new(ids)).map_err(internal)?;
    let columns: Vec<ArrayRef> = vec![
        text(|p| &p.record.entity_id.0),
        text(|p| &p.record.label_name),
        text(|p| &p.record.category),
        Arc::new(people.iter().map(|p| p.record.person_id.as_deref()).collect::<StringArray>()),
        lists,
        text_lists(people.iter().map(|p| &p.record.groups)).map_err(internal)?,
        Arc::new(people.iter().map(|p| p.record.note.as_deref()).collect::<StringArray>()),
    ];
    let batch = RecordBatch::try_new(Arc::new(schema::people()), columns).map_err(|e| internal(e.to_string()))?;
    write_table(&without_empty(&batch, &["groups", "note"]).map_err(internal)?)
}

/// Reads persons and checks each.
pub(super) fn read_people(source: Source<'_>, bytes: &[u8]) -> Result<Vec<Person>> {
    let mut people = Vec::new();
    for batch in read_table(source, bytes, &schema::people())? {
        append(&mut people, &batch).ok_or_else(|| source.malformed("a column has the wrong type"))?;
    }
    for (row, person) in people.iter().enumerate() {
        check_entity(&person.record).map_err(|reason| source.malformed(format!("row {row}: {reason}")))?;
    }
    Ok(people)
}

/// Checks what a reader relies on: an id and a category of the list.
pub(super) fn check_entity(record: &EntityRecord) -> Result<(), String> {
    if record.entity_id.0.is_empty() {
        return Err("entity_id is empty".to_owned());
    }
    if !CATEGORIES.contains(&record.category.as_str()) {
        return Err(format!("category is {:?}, expected one of {}", record.category, CATEGORIES.join(", ")));
    }
    Ok(())
}

fn append(people: &mut Vec<Person>, batch: &RecordBatch) -> Option<()> {
    let entity_ids: &StringArray = column(batch, "entity_id")?;
    let names: &StringArray = column(batch, "label_name")?;
    let categories: &StringArray = column(batch, "category")?;
    let person_ids: Option<&StringArray> = column(batch, "person_id");
    let lists: &ListArray = column(batch, "face_ids")?;
    let groups: Option<&ListArray> = column(batch, "groups");
    let notes: Option<&StringArray> = column(batch, "note");
    for row in 0..batch.num_rows() {
        let record = EntityRecord {
            groups: texts_of(groups, row),
            note: optional_text(notes, row),
            entity_id: EntityId(entity_ids.value(row).to_owned()),
            label_name: names.value(row).to_owned(),
            category: categories.value(row).to_owned(),
            person_id: optional_text(person_ids, row),
        };
        let list = lists.value(row);
        let face_ids = list.as_any().downcast_ref::<UInt64Array>()?;
        people.push(Person { record, face_ids: face_ids.values().iter().map(|id| FaceId(*id)).collect() });
    }
    Some(())
}
