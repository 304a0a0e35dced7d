//! Edits that make one person of several, undo that, and split a person. Imports `library`, `core`, `error`.

use std::collections::HashSet;

use crate::core::{EntityId, FaceId};
use crate::error::{Error, Result};
use crate::indexing::nameless::nameless;
use crate::library::{EntityRecord, Given, LibraryContents, MergedPerson};

use super::apply::{join, outcome_of, person_mut};
use super::face_edits::{divide, refuse_others};
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
            let fact = format!("was not merged into {into:?}");
            return Err(Error::ResourceUnrelated { kind: "person".to_owned(), id: id.clone(), fact });
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

/// Undoes mergers on contents that may be others by now: the persons get their faces from `into`, or where they are nobody's. Back go
/// also faces that the merger moved this time, for the photos may show more than when it was undone first.
pub(super) fn unmerge_again(contents: &mut LibraryContents, into: &str, persons: &[MergedPerson]) -> Vec<FaceId> {
    let mut face_ids = Vec::new();
    for merged in persons {
        let MergedPerson { mut record, face_ids: mut theirs, .. } = merged.clone();
        let into_id = person_mut(contents, into).ok().map(|entity| entity.entity_id.clone());
        if let Some(moved) = person_mut(contents, into).ok().and_then(|entity| give_back(entity, &record.entity_id)) {
            let still_there = faces_of_person(contents, into);
            theirs.extend(moved.face_ids.iter().filter(|face| still_there.contains(face)));
            record = moved.record;
        }
        let entity_id = record.entity_id.clone();
        if contents.entities.iter().all(|entity| entity.entity_id != entity_id) {
            contents.entities.push(record);
        }
        face_ids.extend(take_faces(contents, &entity_id, &theirs, |of| of.is_none() || of == into_id.as_ref()));
    }
    face_ids.sort_unstable();
    face_ids
}

/// Gives faces of those whom `is_meant` tells of to another person.
fn take_faces(
    contents: &mut LibraryContents,
    into: &EntityId,
    face_ids: &[FaceId],
    is_meant: impl Fn(Option<&EntityId>) -> bool,
) -> Vec<FaceId> {
    let wanted: HashSet<FaceId> = face_ids.iter().copied().collect();
    let mut taken = Vec::new();
    for face in contents.faces.iter_mut().filter(|face| wanted.contains(&face.face_id)) {
        if is_meant(face.entity_id.as_ref()) {
            face.entity_id = Some(into.clone());
            contents.settled.remove(&face.face_id);
            taken.push(face.face_id);
        }
    }
    taken
}

/// Takes from a person what came of one who was merged into this person, and answers what was remembered of it. What another one who
/// was merged has, too, stays, and came of that one from now on.
fn give_back(entity: &mut EntityRecord, from: &EntityId) -> Option<MergedPerson> {
    let place = entity.merged.iter().rposition(|other| other.record.entity_id == *from)?;
    let moved = entity.merged.remove(place);
    for group in &moved.gave.groups {
        match entity.merged.iter_mut().find(|other| other.record.groups.contains(group)) {
            Some(other) => other.gave.groups.push(group.clone()),
            None => entity.groups.retain(|other| other != group),
        }
    }
    if moved.gave.note {
        let other = entity.merged.iter_mut().find(|other| other.record.note.is_some());
        entity.note = other.and_then(|other| {
            other.gave.note = true;
            other.record.note.clone()
        });
    }
    if moved.gave.name {
        // Only somebody whom nobody had named has no name.
        entity.label_name.clear();
        "unknown".clone_into(&mut entity.category);
        if let Some(other) = entity.merged.iter_mut().find(|other| !other.record.label_name.is_empty()) {
            other.gave.name = true;
            entity.label_name.clone_from(&other.record.label_name);
            entity.category.clone_from(&other.record.category);
        }
    }
    Some(moved)
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
    refuse_others(contents, person_id, &known, &unknown)?;
    let outcome = split_again(contents, person_id, &known);
    Ok(Outcome { face_ids: known, unknown_face_ids: unknown, ..outcome })
}

/// Splits a person of contents that may be others by now: the faces become another one's, also where portraits give them to somebody
/// else than then.
pub(super) fn split_again(contents: &mut LibraryContents, person_id: &str, face_ids: &[FaceId]) -> Outcome {
    let entity_id = EntityId::of_split(person_id, face_ids);
    if contents.entities.iter().all(|entity| entity.entity_id != entity_id) {
        contents.entities.push(nameless(entity_id.clone()));
    }
    let face_ids = take_faces(contents, &entity_id, face_ids, |_| true);
    Outcome { person_id: entity_id.0, face_ids, ..Outcome::default() }
}

#[cfg(test)]
mod tests {
    use super::super::support::{contents, entity_of, face_id, faces_of};
    use super::super::{apply_edit, apply_edits};
    use super::*;

    fn merge(into: &str, from: &[&str]) -> PersonEdit {
        PersonEdit::MergePersons { into: into.into(), from: from.iter().map(|&id| id.to_owned()).collect() }
    }

    fn unmerge(into: &str, from: &str) -> PersonEdit {
        PersonEdit::UnmergePersons { into: into.into(), from: vec![from.into()], persons: Vec::new() }
    }

    fn groups(person: &str, group: &str) -> PersonEdit {
        PersonEdit::AddGroups { person_id: person.into(), groups: vec![group.into()] }
    }

    fn sorted(mut contents: LibraryContents) -> LibraryContents {
        contents.entities.sort_by(|a, b| a.entity_id.cmp(&b.entity_id));
        contents
    }

    #[test]
    fn who_was_merged_is_there_again_as_before() {
        let mut contents = contents();
        apply_edit(&mut contents, &groups("ada", "x")).unwrap();
        apply_edit(&mut contents, &groups("bea", "a")).unwrap();
        contents.entities.push(nameless(EntityId::of_face(face_id(3))));
        contents.faces[3].entity_id = Some(EntityId::of_face(face_id(3)));
        let before = contents.clone();
        let unknown = EntityId::of_face(face_id(3)).0;
        // A person without a name gets that of the first, and mergers can be undone one within the other.
        apply_edit(&mut contents, &merge(&unknown, &["bea"])).unwrap();
        let named = entity_of(&contents, &unknown).unwrap();
        assert_eq!((named.label_name.as_str(), named.category.as_str()), ("bea", "custom"));
        apply_edit(&mut contents, &merge("ada", &[&unknown])).unwrap();
        assert_eq!(faces_of(&contents, "ada").len(), 4);
        apply_edit(&mut contents, &unmerge("ada", &unknown)).unwrap();
        apply_edit(&mut contents, &unmerge(&unknown, "bea")).unwrap();
        assert_eq!(sorted(contents), sorted(before));
    }

    #[test]
    fn what_the_hand_gave_or_moved_since_stays() {
        let mut contents = contents();
        apply_edit(&mut contents, &groups("bea", "a")).unwrap();
        apply_edit(&mut contents, &merge("ada", &["bea"])).unwrap();
        apply_edit(&mut contents, &groups("ada", "a")).unwrap();
        let delete = PersonEdit::DeleteFaces { person_id: "ada".into(), face_ids: vec![face_id(2)] };
        apply_edit(&mut contents, &delete).unwrap();
        let outcome = apply_edit(&mut contents, &unmerge("ada", "bea")).unwrap();
        assert_eq!((outcome.groups, outcome.face_ids), (vec!["a".to_owned()], Vec::new()));
        assert_eq!(entity_of(&contents, "bea").unwrap().groups, ["a"]);
        assert!(contents.settled.contains(&face_id(2)));
    }

    #[test]
    fn a_face_that_the_photos_show_since_goes_back_too_when_edits_are_done_again() {
        let mut known = contents();
        let mut edits = vec![merge("ada", &["bea"])];
        apply_edit(&mut known, &edits[0]).unwrap();
        edits.push(resolve_edit(&known, &unmerge("ada", "bea")));
        let mut anew = contents();
        anew.faces[3].entity_id = Some(EntityId::of_person("bea"));
        let expected = sorted(anew.clone());
        assert_eq!(apply_edits(&mut anew, &edits), Vec::<String>::new());
        assert_eq!(sorted(anew), expected);
    }

    #[test]
    fn what_another_one_who_was_merged_has_too_stays() {
        let mut contents = contents();
        let add = |person: &str, note: &str| PersonEdit::AddPerson {
            person_id: person.into(),
            name: Some(format!("Name of {person}")),
            note: Some(note.into()),
            groups: vec!["g".into(), person.into()],
        };
        apply_edit(&mut contents, &add("tom", "first")).unwrap();
        apply_edit(&mut contents, &add("ann", "second")).unwrap();
        contents.entities.push(nameless(EntityId::of_face(face_id(3))));
        let before = contents.clone();
        let unknown = EntityId::of_face(face_id(3)).0;
        apply_edit(&mut contents, &merge(&unknown, &["tom", "ann"])).unwrap();
        apply_edit(&mut contents, &unmerge(&unknown, "tom")).unwrap();
        let left = entity_of(&contents, &unknown).unwrap();
        assert_eq!((left.label_name.as_str(), left.category.as_str()), ("Name of ann", "custom"));
        assert_eq!(
            (left.note.as_deref(), left.groups.as_slice()),
            (Some("second"), ["ann", "g"].map(String::from).as_slice())
        );
        apply_edit(&mut contents, &unmerge(&unknown, "ann")).unwrap();
        assert_eq!(sorted(contents), sorted(before));
    }

    #[test]
    fn only_a_merger_is_undone_and_once() {
        let mut contents = contents();
        let error = apply_edit(&mut contents, &unmerge("ada", "bea")).unwrap_err();
        assert_eq!(error.to_string(), "person \"bea\" was not merged into \"ada\"");
        assert_eq!(
            apply_edit(&mut contents, &unmerge("eve", "bea")).unwrap_err().to_string(),
            "person \"eve\" was not found"
        );
        apply_edit(&mut contents, &merge("ada", &["bea"])).unwrap();
        let again = PersonEdit::AddPerson { person_id: "bea".into(), name: None, note: None, groups: Vec::new() };
        apply_edit(&mut contents, &again).unwrap();
        let before = contents.clone();
        let error = apply_edit(&mut contents, &unmerge("ada", "bea")).unwrap_err();
        assert_eq!(error.to_string(), "fromPersonIds: \"bea\" is a person already; nothing was undone");
        assert_eq!(contents, before);
    }

    #[test]
    fn what_is_kept_of_an_undone_merger_works_where_nobody_remembers_it() {
        let mut known = contents();
        apply_edit(&mut known, &merge("ada", &["bea"])).unwrap();
        let kept = resolve_edit(&known, &unmerge("ada", "bea"));
        let mut anew = contents();
        anew.faces[2].entity_id = None;
        anew.entities.retain(|entity| entity.label_name != "bea");
        assert_eq!(apply_edits(&mut anew, &[kept]), Vec::<String>::new());
        assert_eq!(faces_of(&anew, "bea"), [face_id(2)]);
    }

    #[test]
    fn faces_that_are_split_off_are_a_person_of_their_own() {
        let mut contents = contents();
        let split = |ids: &[FaceId]| PersonEdit::SplitPerson { person_id: "ada".into(), face_ids: ids.to_vec() };
        let outcome = apply_edit(&mut contents, &split(&[face_id(2), face_id(1)])).unwrap();
        assert_eq!((outcome.face_ids, outcome.unknown_face_ids), (vec![face_id(1)], vec![face_id(2)]));
        let new = entity_of(&contents, &outcome.person_id).unwrap();
        assert_eq!((new.category.as_str(), new.label_name.as_str()), ("unknown", ""));
        assert_eq!(faces_of(&contents, "ada"), [face_id(0)]);
        let error = apply_edit(&mut contents, &split(&[face_id(1)])).unwrap_err();
        let owner = outcome.person_id;
        let says = format!("face \"{}\" is not one of person \"ada\", but of person {owner:?}", face_id(1));
        assert_eq!(error.to_string(), says);
    }

    #[test]
    fn a_long_row_of_mergers_stays_readable() {
        let mut contents = contents();
        for number in 0..40 {
            let person_id = format!("p{number}");
            let add =
                PersonEdit::AddPerson { person_id: person_id.clone(), name: None, note: None, groups: Vec::new() };
            apply_edit(&mut contents, &add).unwrap();
            let last = if number == 0 { "ada".to_owned() } else { format!("p{}", number - 1) };
            apply_edit(&mut contents, &merge(&person_id, &[&last])).unwrap();
        }
        let built = crate::library::build_library(&contents, &crate::library::PublishOptions::default()).unwrap();
        let manifest = crate::library::Manifest::parse("l", &built.manifest).unwrap();
        let files = built.files.into_iter().map(|file| (file.name, file.bytes)).collect();
        let library = crate::library::Library::open("l", manifest, files).unwrap();
        let last = library.contents().unwrap().entities.into_iter().find(|entity| entity.label_name == "p39").unwrap();
        assert_eq!(last, contents.entities.into_iter().find(|entity| entity.label_name == "p39").unwrap());
    }
}
