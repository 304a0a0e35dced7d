//! One edit onto the contents of a library; persons and groups here, faces in `face_edits`. Imports `library`, `core`, `error`.

use crate::core::EntityId;
use crate::error::{Error, Result};
use crate::library::{EntityRecord, LibraryContents};

use super::discovery::apply_discoveries;
use super::face_edits::{add_faces, assign_faces, delete_faces, forget_faces, forget_listed_faces};
use super::unions::{keep_own, merge_persons, split_person, unmerge_persons};
use super::{Outcome, PersonEdit, find_person, no_person, person_id_of};

/// Carries out an edit.
///
/// # Errors
/// The contents are as before when there is one:
/// `ResourceNotFound` of kind `person`, `face` or `group`, where nothing of what was named is there (where some of the faces or
/// groups are, the outcome says which); `ResourceUnrelated` for a face of another person, and for a person who was not merged;
/// `InvalidParameter` for a new person whose id is taken, and for a person to be merged with itself; `LimitExceeded` for too many faces added by hand; `EmbedderMismatch` for a face of another embedder.
pub fn apply_edit(contents: &mut LibraryContents, edit: &PersonEdit) -> Result<Outcome> {
    match edit {
        PersonEdit::AddPerson { person_id, name, note, groups } => {
            add_person(contents, person_id, name.as_deref(), note.as_deref(), groups)
        }
        PersonEdit::SetPerson { person_id, name, note } => {
            set_person(contents, person_id, name.as_deref(), note.as_deref())
        }
        PersonEdit::DeletePerson { person_id } => delete_person(contents, person_id),
        PersonEdit::MergePersons { into, from } => merge_persons(contents, into, from),
        PersonEdit::UnmergePersons { into, from, persons } => unmerge_persons(contents, into, from, persons),
        PersonEdit::SplitPerson { person_id, face_ids } => split_person(contents, person_id, face_ids),
        PersonEdit::AddFaces { person_id, faces } => add_faces(contents, person_id, faces),
        PersonEdit::AssignFaces { person_id, face_ids } | PersonEdit::KeepFaces { person_id, face_ids } => {
            assign_faces(contents, person_id, face_ids)
        }
        PersonEdit::DeleteFaces { person_id, face_ids } => delete_faces(contents, person_id, face_ids),
        PersonEdit::ForgetFaces { face_ids } => Ok(forget_listed_faces(contents, face_ids)),
        PersonEdit::Discover { entity_id, face_ids } => {
            let mut outcomes = apply_discoveries(contents, &[(entity_id, face_ids)]);
            outcomes.pop().unwrap_or_else(|| Err(no_person(&entity_id.0)))
        }
        PersonEdit::AddGroups { person_id, groups } => add_groups(contents, person_id, groups),
        PersonEdit::DeleteGroups { person_id, groups } => delete_groups(contents, person_id, groups),
    }
}

/// The person of this id.
pub(super) fn person_mut<'a>(contents: &'a mut LibraryContents, id: &str) -> Result<&'a mut EntityRecord> {
    let place = find_person(contents.entities.iter(), id);
    place.and_then(|place| contents.entities.get_mut(place)).ok_or_else(|| no_person(id))
}

/// What an edit that changes no face answers.
pub(super) fn outcome_of(entity: &EntityRecord) -> Outcome {
    Outcome { person_id: person_id_of(entity).to_owned(), groups: entity.groups.clone(), ..Outcome::default() }
}

fn add_person(
    contents: &mut LibraryContents,
    person_id: &str,
    name: Option<&str>,
    note: Option<&str>,
    groups: &[String],
) -> Result<Outcome> {
    let entity_id = EntityId::of_person(person_id);
    let taken = find_person(contents.entities.iter(), person_id).is_some();
    if taken || contents.entities.iter().any(|entity| entity.entity_id == entity_id) {
        return Err(Error::invalid("personId", format!("{person_id:?} is a person already; SetPerson changes one")));
    }
    let mut entity = EntityRecord {
        merged: Vec::new(),
        entity_id,
        label_name: name.unwrap_or(person_id).to_owned(),
        category: "custom".to_owned(),
        person_id: Some(person_id.to_owned()),
        groups: Vec::new(),
        note: note.map(str::to_owned),
    };
    join(&mut entity.groups, groups);
    let outcome = outcome_of(&entity);
    contents.entities.push(entity);
    Ok(outcome)
}

fn set_person(
    contents: &mut LibraryContents,
    person_id: &str,
    name: Option<&str>,
    note: Option<&str>,
) -> Result<Outcome> {
    let entity = person_mut(contents, person_id)?;
    keep_own(entity, name.is_some(), note.is_some(), &[]);
    if let Some(name) = name {
        name.clone_into(&mut entity.label_name);
        // Whoever has a name given by the owner is one of the owner's persons.
        if entity.category == "unknown" {
            "custom".clone_into(&mut entity.category);
        }
    }
    if let Some(note) = note {
        entity.note = Some(note.to_owned()).filter(|note| !note.is_empty());
    }
    Ok(outcome_of(entity))
}

fn delete_person(contents: &mut LibraryContents, person_id: &str) -> Result<Outcome> {
    let entity = person_mut(contents, person_id)?.clone();
    let face_ids = forget_faces(contents, |face| face.entity_id.as_ref() == Some(&entity.entity_id));
    contents.entities.retain(|other| other.entity_id != entity.entity_id);
    Ok(Outcome { face_ids, groups: Vec::new(), left_groups: entity.groups.clone(), ..outcome_of(&entity) })
}

fn add_groups(contents: &mut LibraryContents, person_id: &str, groups: &[String]) -> Result<Outcome> {
    let entity = person_mut(contents, person_id)?;
    keep_own(entity, false, false, groups);
    join(&mut entity.groups, groups);
    Ok(outcome_of(entity))
}

fn delete_groups(contents: &mut LibraryContents, person_id: &str, groups: &[String]) -> Result<Outcome> {
    let entity = person_mut(contents, person_id)?;
    let mut left_groups: Vec<String> = Vec::new();
    for group in groups {
        if entity.groups.contains(group) && !left_groups.contains(group) {
            left_groups.push(group.clone());
        }
    }
    if let (Some(first), true) = (groups.first(), left_groups.is_empty()) {
        let kind = format!("group of person {person_id}");
        return Err(Error::ResourceNotFound { kind, id: first.clone() });
    }
    entity.groups.retain(|group| !left_groups.contains(group));
    Ok(Outcome { left_groups, ..outcome_of(entity) })
}

/// Adds groups to a list that is and stays ascending without repetitions.
pub(super) fn join(groups: &mut Vec<String>, more: &[String]) {
    groups.extend_from_slice(more);
    groups.sort_unstable();
    groups.dedup();
}

#[cfg(test)]
mod tests {
    use super::super::support::{add, contents, entity_of, face_id, faces_of};
    use super::*;

    #[test]
    fn a_new_person_has_an_id_made_from_the_owners() {
        let mut contents = contents();
        let edit = PersonEdit::AddPerson {
            person_id: "p1".into(),
            name: Some("Tom".into()),
            note: None,
            groups: vec!["b".into(), "a".into(), "b".into()],
        };
        let outcome = apply_edit(&mut contents, &edit).unwrap();
        assert_eq!(outcome.groups, ["a", "b"]);
        let entity = entity_of(&contents, "p1").unwrap();
        assert_eq!((entity.label_name.as_str(), entity.category.as_str()), ("Tom", "custom"));
        assert_eq!(entity.entity_id, EntityId::of_person("p1"));
        let before = contents.clone();
        let error = apply_edit(&mut contents, &edit).unwrap_err();
        assert_eq!(error.to_string(), "personId: \"p1\" is a person already; SetPerson changes one");
        assert_eq!(contents, before);
    }

    #[test]
    fn setting_leaves_what_is_absent() {
        let mut contents = contents();
        let set = |name: Option<&str>, note: Option<&str>| PersonEdit::SetPerson {
            person_id: "ada".into(),
            name: name.map(str::to_owned),
            note: note.map(str::to_owned),
        };
        apply_edit(&mut contents, &set(None, Some("friend"))).unwrap();
        apply_edit(&mut contents, &set(Some("Ada L."), None)).unwrap();
        let entity = entity_of(&contents, "ada").unwrap();
        assert_eq!((entity.label_name.as_str(), entity.note.as_deref()), ("Ada L.", Some("friend")));
        apply_edit(&mut contents, &set(None, Some(""))).unwrap();
        assert_eq!(entity_of(&contents, "ada").unwrap().note, None, "an empty note is none");
    }

    #[test]
    fn deleting_a_person_leaves_the_indexed_faces_to_nobody() {
        let mut contents = contents();
        add(&mut contents, "ada", 7).unwrap();
        let outcome = apply_edit(&mut contents, &PersonEdit::DeletePerson { person_id: "ada".into() }).unwrap();
        assert_eq!(outcome.face_ids.len(), 3);
        assert!(entity_of(&contents, "ada").is_none());
        assert_eq!((contents.faces.len(), contents.media.len()), (4, 3), "the photo added by hand is gone");
        assert_eq!(faces_of(&contents, "ada"), []);
    }

    #[test]
    fn merging_unites_faces_and_groups() {
        let mut contents = contents();
        let groups =
            |person: &str, group: &str| PersonEdit::AddGroups { person_id: person.into(), groups: vec![group.into()] };
        apply_edit(&mut contents, &groups("ada", "x")).unwrap();
        apply_edit(&mut contents, &groups("bea", "a")).unwrap();
        let merge = |into: &str, from: &[&str]| PersonEdit::MergePersons {
            into: into.into(),
            from: from.iter().map(|&id| id.to_owned()).collect(),
        };
        for (into, from, says) in [
            ("ada", "ada", "fromPersonIds: \"ada\" cannot be merged with itself"),
            ("ada", "eve", "person \"eve\" was not found"),
            ("eve", "ada", "person \"eve\" was not found"),
        ] {
            let before = contents.clone();
            assert_eq!(apply_edit(&mut contents, &merge(into, &[from])).unwrap_err().to_string(), says);
            assert_eq!(contents, before);
        }
        let outcome = apply_edit(&mut contents, &merge("ada", &["bea", "bea"])).unwrap();
        assert_eq!(outcome.groups, ["a", "x"]);
        assert_eq!(outcome.face_ids, [face_id(2)]);
        assert!(entity_of(&contents, "bea").is_none());
        assert_eq!(faces_of(&contents, "ada").len(), 3);
    }

    #[test]
    fn groups_that_the_person_is_not_in_are_named() {
        let mut contents = contents();
        let edit = PersonEdit::AddGroups { person_id: "ada".into(), groups: vec!["g".into(), "h".into()] };
        apply_edit(&mut contents, &edit).unwrap();
        let delete = |groups: &[&str]| PersonEdit::DeleteGroups {
            person_id: "ada".into(),
            groups: groups.iter().map(|&g| g.to_owned()).collect(),
        };
        let outcome = apply_edit(&mut contents, &delete(&["z", "g", "g"])).unwrap();
        assert_eq!((outcome.left_groups, outcome.groups), (vec!["g".to_owned()], vec!["h".to_owned()]));
        let error = apply_edit(&mut contents, &delete(&["g"])).unwrap_err();
        assert_eq!(error.to_string(), "group of person ada \"g\" was not found");
    }

    #[test]
    fn whoever_is_not_there_is_named() {
        let person_id = || "eve".to_owned();
        let edits = [
            PersonEdit::SetPerson { person_id: person_id(), name: None, note: None },
            PersonEdit::DeletePerson { person_id: person_id() },
            PersonEdit::AddFaces { person_id: person_id(), faces: Vec::new() },
            PersonEdit::AssignFaces { person_id: person_id(), face_ids: vec![face_id(0)] },
            PersonEdit::DeleteFaces { person_id: person_id(), face_ids: vec![face_id(0)] },
            PersonEdit::AddGroups { person_id: person_id(), groups: Vec::new() },
            PersonEdit::DeleteGroups { person_id: person_id(), groups: Vec::new() },
        ];
        for edit in edits {
            let mut contents = contents();
            let error = apply_edit(&mut contents, &edit).unwrap_err();
            assert_eq!(error.to_string(), "person \"eve\" was not found", "{edit:?}");
        }
    }
}
