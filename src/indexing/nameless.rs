//! Persons whom nobody named. Imports `library` and `core`.

use std::collections::HashSet;

use crate::core::EntityId;
use crate::library::{EntityRecord, LibraryContents};

/// A person whom nobody named.
pub(in crate::indexing) fn nameless(entity_id: EntityId) -> EntityRecord {
    EntityRecord {
        entity_id,
        label_name: String::new(),
        category: "unknown".to_owned(),
        person_id: None,
        groups: Vec::new(),
        note: None,
        merged: Vec::new(),
    }
}

/// Removes persons whom nobody named and who have no face any more.
pub fn drop_empty_entities(contents: &mut LibraryContents) {
    let in_use: HashSet<&EntityId> = contents.faces.iter().filter_map(|face| face.entity_id.as_ref()).collect();
    contents.entities.retain(|entity| !is_nameless(entity) || in_use.contains(&entity.entity_id));
}

/// Whether nobody has said who a person is.
#[must_use]
pub fn is_nameless(entity: &EntityRecord) -> bool {
    entity.category == "unknown"
        && entity.person_id.is_none()
        && entity.label_name.is_empty()
        && entity.groups.is_empty()
        && entity.note.is_none()
}
