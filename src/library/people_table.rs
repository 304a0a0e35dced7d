//! Persons as a table, reader and writer side by side. Imports `core`, `error` and `library::records`.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, UInt64Array};

use super::columns::{Lists, lists, optional_text, text_lists, texts, unless_null, write_columns};
use super::ipc::{Source, column, read_table};
use super::merged::{merged_of_text, merged_text};
use super::records::EntityRecord;
use super::schema;
use crate::core::{EntityId, FaceId};
use crate::error::Result;

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
    let text = |value: fn(&Person) -> &str| -> Option<ArrayRef> {
        Some(Arc::new(StringArray::from_iter_values(people.iter().map(value))))
    };
    let optional = |value: fn(&Person) -> Option<&str>| people.iter().map(value).collect::<StringArray>();
    let ids = UInt64Array::from_iter_values(people.iter().flat_map(|person| person.face_ids.iter().map(|id| id.0)));
    let counts: Vec<usize> = people.iter().map(|person| person.face_ids.len()).collect();
    let columns = vec![
        text(|p| &p.record.entity_id.0),
        text(|p| &p.record.label_name),
        text(|p| &p.record.category),
        Some(Arc::new(optional(|p| p.record.person_id.as_deref()))),
        Some(Arc::new(lists(ids, &counts, false)?)),
        unless_null(text_lists(people.iter().map(|p| p.record.groups.as_slice()))?),
        unless_null(optional(|p| p.record.note.as_deref())),
        unless_null(people.iter().map(|p| merged_text(&p.record.merged)).collect::<Result<StringArray>>()?),
    ];
    write_columns("people", &schema::people(), columns)
}

/// Reads persons and checks each.
pub(super) fn read_people(source: Source<'_>, bytes: &[u8]) -> Result<Vec<Person>> {
    let mut people = Vec::new();
    for batch in read_table(source, bytes, &schema::people())? {
        let first = people.len();
        append(&mut people, &batch).ok_or_else(|| source.malformed("a column has the wrong type"))?;
        let merged: Option<&StringArray> = column(&batch, "merged");
        for (row, person) in people.iter_mut().skip(first).enumerate() {
            let of_row = merged.filter(|texts| texts.is_valid(row)).map(|texts| texts.value(row));
            person.record.merged =
                merged_of_text(of_row).map_err(|reason| source.malformed(format!("row {}: {reason}", first + row)))?;
        }
    }
    for (row, person) in people.iter().enumerate() {
        check_entity(&person.record).map_err(|reason| source.malformed(format!("row {row}: {reason}")))?;
    }
    Ok(people)
}

/// Checks what a reader relies on: an id, a category of the list, and groups in order.
pub(super) fn check_entity(record: &EntityRecord) -> Result<(), String> {
    if record.entity_id.0.is_empty() {
        return Err("entity_id is empty".to_owned());
    }
    if !CATEGORIES.contains(&record.category.as_str()) {
        return Err(format!("category is {:?}, expected one of {}", record.category, CATEGORIES.join(", ")));
    }
    if record.groups.iter().any(String::is_empty) || !record.groups.is_sorted_by(|a, b| a < b) {
        return Err(format!(
            "groups are {:?}, expected ids in ascending order, each once and none empty",
            record.groups
        ));
    }
    Ok(())
}

fn append(people: &mut Vec<Person>, batch: &RecordBatch) -> Option<()> {
    let entity_ids: &StringArray = column(batch, "entity_id")?;
    let names: &StringArray = column(batch, "label_name")?;
    let categories: &StringArray = column(batch, "category")?;
    let person_ids: Option<&StringArray> = column(batch, "person_id");
    let face_ids: Lists<'_, UInt64Array> = Lists::of(batch, "face_ids")?;
    let groups = Lists::of(batch, "groups");
    let notes: Option<&StringArray> = column(batch, "note");
    for row in 0..batch.num_rows() {
        let record = EntityRecord {
            groups: texts(groups.as_ref(), row),
            note: optional_text(notes, row),
            merged: Vec::new(),
            entity_id: EntityId(entity_ids.value(row).to_owned()),
            label_name: names.value(row).to_owned(),
            category: categories.value(row).to_owned(),
            person_id: optional_text(person_ids, row),
        };
        let (ids, places) = face_ids.elements(row);
        let ids = ids.values().get(places).unwrap_or_default();
        people.push(Person { record, face_ids: ids.iter().map(|id| FaceId(*id)).collect() });
    }
    Some(())
}
