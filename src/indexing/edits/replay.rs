//! Edits again, onto contents that were made anew from the photos. Imports `library`, `core`, `error`.
//!
//! What the photos and portraits say may have changed since: an edit does what it still can, and what it cannot is said.

use std::collections::HashSet;

use crate::core::{EntityId, FaceId, counted};
use crate::error::{Error, Result};
use crate::indexing::nameless::drop_empty_entities;
use crate::library::LibraryContents;

use super::discovery::{Discovery, apply_discoveries};
use super::face_edits::usable_faces;
use super::unions::{split_again, unmerge_again};
use super::{Outcome, PersonEdit, apply_edit, find_person};

/// Digits of an entity id.
const ENTITY_ID_DIGITS: usize = 32;

/// Carries out edits in their order on contents that may not be what they were. Answers, in words, what could not be done.
///
/// A person who is there already gets what a new one would have got; a person who is not there but is given faces is made;
/// what is to be deleted and is not there is no failure. The faces that were deleted by hand stay deleted, and so on: the
/// hand comes after everything that the photos say. Of what clustering found, faces that have vanished or have a person by now are
/// left out without a word, and persons without a name who have no face left are removed.
#[must_use]
pub fn apply_edits(contents: &mut LibraryContents, edits: &[PersonEdit]) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut edits = edits;
    while let [edit, rest @ ..] = edits {
        // A run of these takes one look at all faces.
        let found = discoveries(edits);
        if !found.is_empty() {
            let _ = apply_discoveries(contents, &found);
            edits = edits.get(found.len()..).unwrap_or_default();
            continue;
        }
        edits = rest;
        let mut unusable = Vec::new();
        let done = apply_again(contents, edit, &mut unusable);
        let failures = unusable.into_iter().map(Err).chain([done]);
        warnings.extend(failures.filter_map(|done| warning_of(edit, done)));
    }
    drop_empty_entities(contents);
    warnings
}

/// The discoveries that edits begin with.
fn discoveries<'a>(edits: &'a [PersonEdit]) -> Vec<Discovery<'a>> {
    let of_edit = |edit: &'a PersonEdit| match edit {
        PersonEdit::Discover { entity_id, face_ids } => Some((entity_id, face_ids.as_slice())),
        _ => None,
    };
    edits.iter().map_while(of_edit).collect()
}

/// Carries out an edit as far as it can be; why a face of it was left out goes to `unusable`.
fn apply_again(contents: &mut LibraryContents, edit: &PersonEdit, unusable: &mut Vec<Error>) -> Result<Outcome> {
    match edit {
        PersonEdit::AddPerson { person_id, name, note, groups } if is_there(contents, person_id) => {
            let person_id = person_id.clone();
            let set = PersonEdit::SetPerson { person_id: person_id.clone(), name: name.clone(), note: note.clone() };
            apply_edit(contents, &set)?;
            apply_edit(contents, &PersonEdit::AddGroups { person_id, groups: groups.clone() })
        }
        PersonEdit::AddFaces { person_id, faces } => {
            make_person(contents, person_id)?;
            // One that cannot be used must not keep the others out.
            let (faces, errors) = usable_faces(contents, person_id, faces)?;
            unusable.extend(errors);
            apply_edit(contents, &PersonEdit::AddFaces { person_id: person_id.clone(), faces })
        }
        PersonEdit::AssignFaces { person_id, face_ids } => {
            let wanted: HashSet<FaceId> = face_ids.iter().copied().collect();
            if contents.faces.iter().any(|face| wanted.contains(&face.face_id)) {
                make_person(contents, person_id)?;
            }
            apply_edit(contents, edit)
        }
        // Faces or a person may have vanished; the edit that follows says so where it matters.
        PersonEdit::KeepFaces { .. } => Ok(apply_edit(contents, edit).unwrap_or_default()),
        PersonEdit::MergePersons { into, from } => {
            let left = from.iter().filter(|id| is_there(contents, id)).cloned().collect();
            apply_edit(contents, &PersonEdit::MergePersons { into: into.clone(), from: left })
        }
        PersonEdit::UnmergePersons { into, persons, .. } => {
            let face_ids = unmerge_again(contents, into, persons);
            Ok(Outcome { person_id: into.clone(), face_ids, ..Outcome::default() })
        }
        PersonEdit::SplitPerson { person_id, face_ids } => Ok(split_again(contents, person_id, face_ids)),
        _ => apply_edit(contents, edit),
    }
}

fn is_there(contents: &LibraryContents, person_id: &str) -> bool {
    let entity_id = EntityId::of_person(person_id);
    find_person(contents.entities.iter(), person_id).is_some()
        || contents.entities.iter().any(|entity| entity.entity_id == entity_id)
}

/// Makes a person who is not there; one who was known by an entity id only has no name to be made with.
fn make_person(contents: &mut LibraryContents, person_id: &str) -> Result<()> {
    let is_entity_id = person_id.len() == ENTITY_ID_DIGITS && person_id.bytes().all(|b| b.is_ascii_hexdigit());
    if is_entity_id || is_there(contents, person_id) {
        return Ok(());
    }
    let person_id = person_id.to_owned();
    apply_edit(contents, &PersonEdit::AddPerson { person_id, name: None, note: None, groups: Vec::new() }).map(|_| ())
}

fn lost_faces(person: &str, count: usize) -> String {
    format!("person {person}: no longer there: {}", counted(count, "assigned face"))
}

fn warning_of(edit: &PersonEdit, done: Result<Outcome>) -> Option<String> {
    let person = edit.person_id();
    match (edit, done) {
        (PersonEdit::AssignFaces { .. }, Ok(outcome)) if !outcome.unknown_face_ids.is_empty() => {
            Some(lost_faces(person, outcome.unknown_face_ids.len()))
        }
        // What is to go and is not there is as it should be.
        (_, Ok(_))
        | (
            PersonEdit::DeletePerson { .. } | PersonEdit::DeleteFaces { .. } | PersonEdit::DeleteGroups { .. },
            Err(Error::ResourceNotFound { .. } | Error::ResourceUnrelated { .. }),
        ) => None,
        (PersonEdit::AssignFaces { face_ids, .. }, Err(Error::ResourceNotFound { kind, .. })) if kind == "face" => {
            Some(lost_faces(person, face_ids.len()))
        }
        (PersonEdit::AddFaces { .. }, Err(Error::EmbedderMismatch { .. })) => Some(format!(
            "person {person}: a face added by hand was made with another embedder; add its photo again with 'visavis person add-faces'"
        )),
        (_, Err(error)) => Some(format!("person {person}: an edit could not be done again: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::{contents, entity_of, face_id, faces_of, new_face};
    use super::*;

    fn add(person_id: &str, name: &str) -> PersonEdit {
        PersonEdit::AddPerson {
            person_id: person_id.into(),
            name: Some(name.into()),
            note: None,
            groups: vec!["g".into()],
        }
    }

    #[test]
    fn edits_again_give_what_they_gave() {
        let edits = [
            add("tom", "Tom"),
            PersonEdit::AssignFaces { person_id: "tom".into(), face_ids: vec![face_id(3)] },
            PersonEdit::AddFaces { person_id: "tom".into(), faces: vec![new_face(1)] },
            PersonEdit::DeleteFaces { person_id: "ada".into(), face_ids: vec![face_id(0)] },
            PersonEdit::MergePersons { into: "tom".into(), from: vec!["bea".into()] },
        ];
        let mut once = contents();
        for edit in &edits {
            apply_edit(&mut once, edit).unwrap();
        }
        let mut anew = contents();
        assert_eq!(apply_edits(&mut anew, &edits), Vec::<String>::new());
        assert_eq!(anew, once);
        assert_eq!(apply_edits(&mut anew, &edits), Vec::<String>::new(), "twice is once");
        assert_eq!(anew, once);
    }

    #[test]
    fn a_person_whom_the_portraits_know_by_now_gets_the_hands_name() {
        let mut contents = contents();
        assert_eq!(apply_edits(&mut contents, &[add("ada", "Lady L.")]), Vec::<String>::new());
        let entity = entity_of(&contents, "ada").unwrap();
        assert_eq!((entity.label_name.as_str(), entity.groups.as_slice()), ("Lady L.", ["g".to_owned()].as_slice()));
        assert_eq!(faces_of(&contents, "ada").len(), 2);
    }

    #[test]
    fn faces_that_vanished_are_counted_and_deletions_of_nothing_pass() {
        let edits = [
            PersonEdit::AssignFaces { person_id: "ada".into(), face_ids: vec![FaceId(1), face_id(3), FaceId(2)] },
            PersonEdit::AssignFaces { person_id: "ada".into(), face_ids: vec![FaceId(1)] },
            PersonEdit::DeleteFaces { person_id: "ada".into(), face_ids: vec![FaceId(1)] },
            PersonEdit::DeletePerson { person_id: "gone".into() },
            PersonEdit::DeleteGroups { person_id: "gone".into(), groups: vec!["g".into()] },
            PersonEdit::SetPerson { person_id: "gone".into(), name: None, note: None },
        ];
        let mut contents = contents();
        let warnings = apply_edits(&mut contents, &edits);
        assert_eq!(
            warnings,
            [
                "person ada: no longer there: 2 assigned faces",
                "person ada: no longer there: 1 assigned face",
                "person gone: an edit could not be done again: person \"gone\" was not found",
            ]
        );
        assert_eq!(faces_of(&contents, "ada").len(), 3);
    }

    #[test]
    fn a_person_who_vanished_but_has_faces_by_hand_is_made_again() {
        let mut contents = contents();
        let edits = [PersonEdit::AddFaces { person_id: "tom".into(), faces: vec![new_face(1)] }];
        assert_eq!(apply_edits(&mut contents, &edits), Vec::<String>::new());
        assert_eq!(entity_of(&contents, "tom").unwrap().label_name, "tom");
        let by_entity = [PersonEdit::AddFaces { person_id: "0f".repeat(16), faces: vec![new_face(2)] }];
        assert_eq!(apply_edits(&mut contents, &by_entity).len(), 1);
    }

    #[test]
    fn one_unusable_face_keeps_no_other_face_out_and_each_is_said() {
        let mut faces: Vec<_> = (0..23).map(new_face).collect();
        faces[0].embedder.sha256 = "ef".repeat(32);
        faces[2].embedder.sha256 = "ef".repeat(32);
        let again = faces[1].clone();
        faces.push(again);
        let mut contents = contents();
        let edits = [PersonEdit::AddFaces { person_id: "ada".into(), faces }];
        let warnings = apply_edits(&mut contents, &edits);
        let expected = [
            "a face added by hand was made with another embedder",
            "a face added by hand was made with another embedder",
            "an edit could not be done again: 21 faces added to person \"ada\": at most 20 are allowed",
        ];
        assert_eq!(warnings.len(), expected.len(), "{warnings:?}");
        for (warning, says) in warnings.iter().zip(expected) {
            assert!(warning.starts_with(&format!("person ada: {says}")), "{warning}");
        }
        let added: HashSet<FaceId> = faces_of(&contents, "ada").into_iter().skip(2).collect();
        let wanted = [1].into_iter().chain(3..22).map(|number| new_face(number).face.face_id);
        assert_eq!(added, wanted.collect());
    }

    #[test]
    fn a_face_of_another_embedder_is_left_out_with_a_warning() {
        let mut contents = contents();
        contents.embedder.sha256 = "ef".repeat(32);
        let edits = [PersonEdit::AddFaces { person_id: "ada".into(), faces: vec![new_face(1)] }];
        let warnings = apply_edits(&mut contents, &edits);
        assert!(warnings[0].contains("another embedder"), "{warnings:?}");
        assert_eq!(contents.faces.len(), 4);
    }
}
