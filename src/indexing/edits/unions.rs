//! Edits that make one person of several, undo that, and split a person. Imports `library`, `core`, `error`.

use std::collections::HashSet;

use crate::core::{EntityId, FaceId};
use crate::error::{Error, Result};
use crate::library::{EntityRecord, Given, LibraryContents, MergedPerson};

use super::apply::{join, outcome_of, person_mut};
use super::discovery::nameless;
use super::face_edits::{divide, refuse_none};
use super::{Outcome, PersonEdit, find_person, no_person, person_id_of};

/// How deep mergers of mergers can be undone: what is deeper is forgotten, so that a text of them stays readable.
const MAX_DEPTH: usize = 16;

pub(super) fn merge_persons(contents: &mut LibraryContents, into: &str, from: &[String]) -> Result<Outcome> {
    let into_id = person_mut(contents, into)?.entity_id.clone();
    let mut merged: Vec<EntityRecord> = Vec::new();
    for id in from {
        let entity = person_mut(contents, id)?;
        if entity.entity_id == into_id {
            return Err(Error::invalid("fromPersonIds", format!("{id:?} cannot be merged with itself")));
        }
        if merged.iter().all(|other| other.entity_id != entity.entity_id) {
            merged.push(entity.clone());
        }
    }
    let mut face_ids = Vec::new();
    for record in merged {
        let moved = move_faces(contents, &record.entity_id, &into_id, |_| true);
        contents.entities.retain(|entity| entity.entity_id != record.entity_id);
        face_ids.extend_from_slice(&moved);
        take_over(person_mut(contents, into)?, record, moved);
    }
    face_ids.sort_unstable();
    Ok(Outcome { face_ids, ..outcome_of(person_mut(contents, into)?) })
}

/// Gives the faces of one person to another; answers which, ascending.
fn move_faces(
    contents: &mut LibraryContents,
    from: &EntityId,
    into: &EntityId,
    wanted: impl Fn(FaceId) -> bool,
) -> Vec<FaceId> {
    let mut moved = Vec::new();
    for face in &mut contents.faces {
        if face.entity_id.as_ref() == Some(from) && wanted(face.face_id) {
            face.entity_id = Some(into.clone());
            moved.push(face.face_id);
        }
    }
    moved.sort_unstable();
    moved
}

/// Gives a person what one who was merged into this person had, and remembers it.
fn take_over(entity: &mut EntityRecord, mut record: EntityRecord, face_ids: Vec<FaceId>) {
    let gave = Given {
        name: entity.label_name.is_empty() && !record.label_name.is_empty(),
        note: entity.note.is_none() && record.note.is_some(),
        groups: record.groups.iter().filter(|group| !entity.groups.contains(group)).cloned().collect(),
    };
    join(&mut entity.groups, &record.groups);
    if gave.name {
        entity.label_name.clone_from(&record.label_name);
        if entity.category == "unknown" {
            entity.category.clone_from(&record.category);
        }
    }
    if gave.note {
        entity.note.clone_from(&record.note);
    }
    forget_deep(&mut record, MAX_DEPTH);
    entity.merged.push(MergedPerson { record, face_ids, gave });
}

fn forget_deep(record: &mut EntityRecord, depth: usize) {
    if depth == 0 {
        record.merged.clear();
    }
    for merged in &mut record.merged {
        forget_deep(&mut merged.record, depth - 1);
    }
}

/// An edit as it is to be kept: what it takes from the contents is written into it, so that it can be done again on others.
#[must_use]
pub fn resolve_edit(contents: &LibraryContents, edit: &PersonEdit) -> PersonEdit {
    match edit {
        PersonEdit::UnmergePersons { into, from, persons } if persons.is_empty() => {
            let persons = unmerged(contents, into, from).unwrap_or_default();
            PersonEdit::UnmergePersons { into: into.clone(), from: from.clone(), persons }
        }
        PersonEdit::SplitPerson { person_id, face_ids } => {
            let theirs = faces_of_person(contents, person_id);
            let face_ids = divide(face_ids, |id| theirs.contains(&id)).0;
            PersonEdit::SplitPerson { person_id: person_id.clone(), face_ids }
        }
        edit => edit.clone(),
    }
}

fn faces_of_person(contents: &LibraryContents, person_id: &str) -> HashSet<FaceId> {
    let place = find_person(contents.entities.iter(), person_id);
    let entity = place.and_then(|place| contents.entities.get(place)).map(|entity| &entity.entity_id);
    let theirs = contents.faces.iter().filter(|face| face.entity_id.is_some() && face.entity_id.as_ref() == entity);
    theirs.map(|face| face.face_id).collect()
}

/// The persons of these ids who were merged into a person, with those of their faces that the person still has.
fn unmerged(contents: &LibraryContents, into: &str, from: &[String]) -> Result<Vec<MergedPerson>> {
    let place = find_person(contents.entities.iter(), into);
    let entity = place.and_then(|place| contents.entities.get(place)).ok_or_else(|| no_person(into))?;
    let theirs = faces_of_person(contents, into);
    let mut persons: Vec<MergedPerson> = Vec::new();
    for id in from {
        let is_meant = |merged: &&MergedPerson| person_id_of(&merged.record) == id || merged.record.entity_id.0 == *id;
        let Some(merged) = entity.merged.iter().rfind(is_meant) else {
            let kind = format!("person merged into {into}");
            return Err(Error::ResourceNotFound { kind, id: id.clone() });
        };
        if persons.iter().all(|other| other.record.entity_id != merged.record.entity_id) {
            let mut merged = merged.clone();
            merged.face_ids.retain(|face| theirs.contains(face));
            persons.push(merged);
        }
    }
    Ok(persons)
}

/// Undoes mergers. The persons are there again with the faces that they brought, as far as those are still with `into`.
pub(super) fn unmerge_persons(
    contents: &mut LibraryContents,
    into: &str,
    from: &[String],
    persons: &[MergedPerson],
) -> Result<Outcome> {
    let persons = if persons.is_empty() { unmerged(contents, into, from)? } else { persons.to_vec() };
    for merged in &persons {
        let (id, entity_id) = (person_id_of(&merged.record), &merged.record.entity_id);
        if find_person(contents.entities.iter(), id).is_some()
            || contents.entities.iter().any(|entity| entity.entity_id == *entity_id)
        {
            let reason = format!("{id:?} is a person already; nothing was undone");
            return Err(Error::invalid("fromPersonIds", reason));
        }
    }
    let mut outcome = outcome_of(person_mut(contents, into)?);
    outcome.face_ids = unmerge_again(contents, into, &persons);
    outcome.groups.clone_from(&person_mut(contents, into)?.groups);
    Ok(outcome)
}

/// Undoes mergers on contents that may be others by now: the persons get their faces from `into`, or where they are nobody's.
pub(super) fn unmerge_again(contents: &mut LibraryContents, into: &str, persons: &[MergedPerson]) -> Vec<FaceId> {
    let mut face_ids = Vec::new();
    for merged in persons {
        let MergedPerson { record, face_ids: theirs, gave } = merged;
        let into_id = person_mut(contents, into).ok().map(|entity| give_back(entity, record, gave));
        if contents.entities.iter().all(|entity| entity.entity_id != record.entity_id) {
            contents.entities.push(record.clone());
        }
        face_ids.extend(take_faces(contents, into_id.as_ref(), &record.entity_id, theirs));
    }
    face_ids.sort_unstable();
    face_ids
}

/// Gives faces of `from` or of nobody to another person.
fn take_faces(
    contents: &mut LibraryContents,
    from: Option<&EntityId>,
    into: &EntityId,
    face_ids: &[FaceId],
) -> Vec<FaceId> {
    let wanted: HashSet<FaceId> = face_ids.iter().copied().collect();
    let mut taken = Vec::new();
    for face in contents.faces.iter_mut().filter(|face| wanted.contains(&face.face_id)) {
        if face.entity_id.is_none() || face.entity_id.as_ref() == from {
            face.entity_id = Some(into.clone());
            contents.settled.remove(&face.face_id);
            taken.push(face.face_id);
        }
    }
    taken
}

/// Takes from a person what came of one who was merged into this person.
fn give_back(entity: &mut EntityRecord, record: &EntityRecord, gave: &Given) -> EntityId {
    if let Some(place) = entity.merged.iter().rposition(|other| other.record.entity_id == record.entity_id) {
        entity.merged.remove(place);
    }
    entity.groups.retain(|group| !gave.groups.contains(group));
    entity.note.take_if(|_| gave.note);
    if gave.name {
        entity.label_name.clear();
        // Only somebody whom nobody had named has no name.
        "unknown".clone_into(&mut entity.category);
    }
    entity.entity_id.clone()
}

/// What the owner says of a person is no longer what somebody else gave.
pub(super) fn keep_own(entity: &mut EntityRecord, name: bool, note: bool, groups: &[String]) {
    for merged in &mut entity.merged {
        merged.gave.name &= !name;
        merged.gave.note &= !note;
        merged.gave.groups.retain(|group| !groups.contains(group));
    }
}

/// Makes another person, without a name, of some faces of a person.
pub(super) fn split_person(contents: &mut LibraryContents, person_id: &str, face_ids: &[FaceId]) -> Result<Outcome> {
    person_mut(contents, person_id)?;
    let theirs = faces_of_person(contents, person_id);
    let (known, unknown) = divide(face_ids, |id| theirs.contains(&id));
    refuse_none(&known, &unknown)?;
    let outcome = split_again(contents, person_id, &known);
    Ok(Outcome { face_ids: known, unknown_face_ids: unknown, ..outcome })
}

/// Splits a person of contents that may be others by now: faces of the person or of nobody become another one's.
pub(super) fn split_again(contents: &mut LibraryContents, person_id: &str, face_ids: &[FaceId]) -> Outcome {
    let from = person_mut(contents, person_id).ok().map(|entity| entity.entity_id.clone());
    let entity_id = EntityId::of_split(person_id, face_ids);
    if contents.entities.iter().all(|entity| entity.entity_id != entity_id) {
        contents.entities.push(nameless(entity_id.clone()));
    }
    let face_ids = take_faces(contents, from.as_ref(), &entity_id, face_ids);
    Outcome { person_id: entity_id.0, face_ids, ..Outcome::default() }
}
