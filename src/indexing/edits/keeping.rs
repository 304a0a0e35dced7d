//! What an edit by hand decides about faces without naming them. Imports `library`, `core`.
//!
//! Somebody whom clustering found is nobody but a set of faces. Who names that person, or says that another one is the same,
//! says it of these faces; so they are kept with the edit, and portraits that come later do not take them away.

use std::collections::HashSet;

use crate::core::FaceId;
use crate::library::{EntityRecord, LibraryContents};

use super::{PersonEdit, find_person};

/// The edits to be kept before an edit by hand: of each person of the edit who has no id of the owner's, the faces that the person has
/// now. Of an edit that takes faces away, these; none of an edit that decides nothing about faces, or names all of them itself.
#[must_use]
pub fn keeps_of(contents: &LibraryContents, edit: &PersonEdit) -> Vec<PersonEdit> {
    let keep = |person_id: &String, wanted: &dyn Fn(FaceId) -> bool| {
        let place = find_person(contents.entities.iter(), person_id)?;
        let entity = contents.entities.get(place).filter(|entity| entity.person_id.is_none())?;
        keep_of(contents, entity, wanted)
    };
    match edit {
        PersonEdit::SetPerson { person_id, .. } | PersonEdit::AddGroups { person_id, .. } => {
            keep(person_id, &|_| true).into_iter().collect()
        }
        PersonEdit::MergePersons { into, from } => {
            let mut persons: HashSet<&String> = HashSet::new();
            let each_once = std::iter::once(into).chain(from).filter(|person| persons.insert(person));
            each_once.filter_map(|person| keep(person, &|_| true)).collect()
        }
        PersonEdit::DeleteFaces { person_id, face_ids } => {
            keep(person_id, &|face| face_ids.contains(&face)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn keep_of(contents: &LibraryContents, entity: &EntityRecord, wanted: impl Fn(FaceId) -> bool) -> Option<PersonEdit> {
    let theirs = contents.faces.iter().filter(|face| face.entity_id.as_ref() == Some(&entity.entity_id));
    let mut face_ids: Vec<FaceId> = theirs.map(|face| face.face_id).filter(|face| wanted(*face)).collect();
    face_ids.sort_unstable();
    let person_id = entity.entity_id.0.clone();
    (!face_ids.is_empty()).then_some(PersonEdit::KeepFaces { person_id, face_ids })
}

#[cfg(test)]
mod tests {
    use super::super::support::{contents, face_id};
    use super::super::{apply_edit, apply_edits};
    use super::*;
    use crate::core::EntityId;

    /// Does edits as the command line does, on contents that no portrait labelled, and answers the edits that are kept.
    fn kept(edits: &[PersonEdit]) -> Vec<PersonEdit> {
        let mut known = unlabelled();
        let mut kept = Vec::new();
        for edit in edits {
            kept.extend(keeps_of(&known, edit));
            kept.push(super::super::resolve_edit(&known, edit));
            apply_edit(&mut known, edit).unwrap();
        }
        kept
    }

    fn unlabelled() -> LibraryContents {
        let mut contents = contents();
        contents.faces.iter_mut().for_each(|face| face.entity_id = None);
        contents
    }

    /// Clustering found one person in these faces.
    fn found(faces: &[usize]) -> (String, PersonEdit) {
        let face_ids: Vec<FaceId> = faces.iter().map(|number| face_id(*number)).collect();
        let entity_id = EntityId::of_face(face_ids[0]);
        (entity_id.0.clone(), PersonEdit::Discover { entity_id, face_ids })
    }

    /// The person of each face after the edits on what portraits say: the first two are ada's, the third bea's, the last nobody's.
    fn persons(edits: &[PersonEdit]) -> Vec<Option<String>> {
        let mut contents = contents();
        assert_eq!(apply_edits(&mut contents, edits), Vec::<String>::new());
        contents.faces.into_iter().map(|face| face.entity_id.map(|id| id.0)).collect()
    }

    #[test]
    fn portraits_name_whom_clustering_found_but_not_whom_the_hand_named() {
        let (id, found) = found(&[0, 1, 3]);
        let [ada, bea] = ["ada", "bea"].map(|person| Some(EntityId::of_person(person).0));
        let them = Some(id.clone());
        assert_eq!(persons(std::slice::from_ref(&found)), [ada.clone(), ada, bea.clone(), them.clone()]);
        let set = PersonEdit::SetPerson { person_id: id.clone(), name: Some("Ada by hand".into()), note: None };
        let group = PersonEdit::AddGroups { person_id: id, groups: vec!["g".into()] };
        for edit in [set, group] {
            assert_eq!(persons(&kept(&[found.clone(), edit])), [them.clone(), them.clone(), bea.clone(), them.clone()]);
        }
    }

    #[test]
    fn faces_that_the_person_had_not_when_it_was_named_are_the_portraits_to_name() {
        let (id, found) = found(&[3, 0]);
        let join = PersonEdit::Discover { entity_id: EntityId(id.clone()), face_ids: vec![face_id(1)] };
        let set = PersonEdit::SetPerson { person_id: id.clone(), name: Some("Tom".into()), note: None };
        let [ada, bea] = ["ada", "bea"].map(|person| Some(EntityId::of_person(person).0));
        assert_eq!(persons(&kept(&[found, set, join])), [Some(id.clone()), ada, bea, Some(id)]);
    }

    #[test]
    fn who_was_split_off_merged_or_is_back_keeps_the_faces() {
        let (id, found_ada) = found(&[0, 1]);
        let (other, found_bea) = found(&[2, 3]);
        let split = PersonEdit::SplitPerson { person_id: id.clone(), face_ids: vec![face_id(1)] };
        let [ada, bea] = ["ada", "bea"].map(|person| Some(EntityId::of_person(person).0));
        let new = Some(EntityId::of_split(&id, &[face_id(1)]).0);
        assert_eq!(persons(&kept(&[found_ada.clone(), split])), [ada.clone(), new, bea.clone(), None]);
        let merge = PersonEdit::MergePersons { into: id.clone(), from: vec![other.clone()] };
        let merged = [found_ada, found_bea, merge];
        assert_eq!(persons(&kept(&merged)), [(); 4].map(|()| Some(id.clone())));
        let unmerge = PersonEdit::UnmergePersons { into: id.clone(), from: vec![other.clone()], persons: Vec::new() };
        let back = [&merged[..], &[unmerge]].concat();
        assert_eq!(persons(&kept(&back)), [&id, &id, &other, &other].map(|id| Some(id.clone())));
    }

    #[test]
    fn a_face_that_was_taken_away_stays_nobodys_and_vanished_faces_are_passed_over() {
        let (id, found) = found(&[0, 1, 3]);
        let delete = PersonEdit::DeleteFaces { person_id: id.clone(), face_ids: vec![face_id(1), face_id(2)] };
        let set = PersonEdit::SetPerson { person_id: id.clone(), name: Some("Ada by hand".into()), note: None };
        let (them, bea) = (Some(id), Some(EntityId::of_person("bea").0));
        let edits = kept(&[found, delete, set]);
        assert_eq!(persons(&edits), [them.clone(), None, bea, them]);
        let mut contents = contents();
        contents.faces.truncate(1);
        assert_eq!(apply_edits(&mut contents, &edits), Vec::<String>::new());
    }
}
