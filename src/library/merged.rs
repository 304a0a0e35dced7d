//! Persons who were merged into others as JSON: a column of the people table, and part of an edit's line. Imports `core`, `error`
//! and `library::records`.

use serde::{Deserialize, Serialize};

use super::records::{EntityRecord, Given, MergedPerson};
use crate::core::{EntityId, FaceId};
use crate::error::{Error, Result};

/// A merged person as JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MergedJson {
    entity_id: String,
    label_name: String,
    category: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    person_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    groups: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    note: Option<String>,
    face_ids: Vec<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    gave_name: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    gave_note: bool,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    gave_groups: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    merged: Vec<MergedJson>,
}

impl MergedJson {
    /// The JSON of a merged person.
    pub(crate) fn of(person: &MergedPerson) -> Self {
        let MergedPerson { record, face_ids, gave } = person;
        Self {
            entity_id: record.entity_id.0.clone(),
            label_name: record.label_name.clone(),
            category: record.category.clone(),
            person_id: record.person_id.clone(),
            groups: record.groups.clone(),
            note: record.note.clone(),
            face_ids: face_ids.iter().map(|id| id.0).collect(),
            gave_name: gave.name,
            gave_note: gave.note,
            gave_groups: gave.groups.clone(),
            merged: record.merged.iter().map(Self::of).collect(),
        }
    }

    /// The merged person.
    pub(crate) fn person(self) -> MergedPerson {
        MergedPerson {
            record: EntityRecord {
                entity_id: EntityId(self.entity_id),
                label_name: self.label_name,
                category: self.category,
                person_id: self.person_id,
                groups: self.groups,
                note: self.note,
                merged: self.merged.into_iter().map(Self::person).collect(),
            },
            face_ids: self.face_ids.into_iter().map(FaceId).collect(),
            gave: Given { name: self.gave_name, note: self.gave_note, groups: self.gave_groups },
        }
    }
}

/// The text of the column `merged`; none for nobody.
pub(super) fn merged_text(merged: &[MergedPerson]) -> Result<Option<String>> {
    let list: Vec<MergedJson> = merged.iter().map(MergedJson::of).collect();
    let text = serde_json::to_string(&list);
    let text = text.map_err(|e| Error::Internal { reason: format!("merged persons: {e}") })?;
    Ok(Some(text).filter(|_| !list.is_empty()))
}

/// Whom a text of the column `merged` names.
pub(super) fn merged_of_text(text: Option<&str>) -> Result<Vec<MergedPerson>, String> {
    let list: Vec<MergedJson> = serde_json::from_str(text.unwrap_or("[]")).map_err(|e| format!("merged: {e}"))?;
    Ok(list.into_iter().map(MergedJson::person).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_was_merged_comes_back_from_the_text() {
        let record = |name: &str, merged: Vec<MergedPerson>| EntityRecord {
            entity_id: EntityId::of_person(name),
            label_name: name.to_owned(),
            category: "custom".to_owned(),
            person_id: Some(name.to_owned()),
            groups: vec!["g".to_owned()],
            note: Some("n".to_owned()),
            merged,
        };
        let gave = Given { name: true, note: false, groups: vec!["g".to_owned()] };
        let inner = MergedPerson { record: record("ada", Vec::new()), face_ids: vec![FaceId(1)], gave };
        let outer = MergedPerson { record: record("bea", vec![inner]), face_ids: Vec::new(), gave: Given::default() };
        let text = merged_text(std::slice::from_ref(&outer)).unwrap();
        assert_eq!(merged_of_text(text.as_deref()).unwrap(), [outer]);
        assert_eq!(merged_text(&[]).unwrap(), None);
        assert_eq!(merged_of_text(None).unwrap(), []);
        assert!(merged_of_text(Some("{}")).unwrap_err().starts_with("merged: "));
    }
}
