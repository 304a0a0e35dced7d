//! What is left of edits does what all of them did. Imports its parent and siblings.

use proptest::prelude::*;

use super::super::support::{contents, face_id, new_face};
use super::super::{apply_edit, apply_edits, keeps_of, line_of_edit, resolve_edit};
use super::*;
use crate::library::LibraryContents;

const PERSONS: [&str; 4] = ["ada", "bea", "tom", "ann"];

fn add(person: &str) -> PersonEdit {
    let (name, note) = (Some(format!("Name of {person}")), Some("secret".to_owned()));
    PersonEdit::AddPerson { person_id: person.into(), name, note, groups: vec!["club".into()] }
}

fn add_faces(person: &str, numbers: &[u32]) -> PersonEdit {
    let faces = numbers.iter().map(|number| new_face(*number)).collect();
    PersonEdit::AddFaces { person_id: person.into(), faces }
}

fn assign(person: &str, face_ids: Vec<FaceId>) -> PersonEdit {
    PersonEdit::AssignFaces { person_id: person.into(), face_ids }
}

fn merge(into: &str, from: &str) -> PersonEdit {
    PersonEdit::MergePersons { into: into.into(), from: vec![from.into()] }
}

fn delete(person: &str) -> PersonEdit {
    PersonEdit::DeletePerson { person_id: person.into() }
}

#[test]
fn of_a_deleted_person_the_numbers_of_faces_remain() {
    let hand = new_face(1).face.face_id;
    let edits = [
        add("tom"),
        add("ann"),
        add_faces("tom", &[1]),
        assign("tom", vec![face_id(3)]),
        PersonEdit::SetPerson { person_id: "tom".into(), name: None, note: Some("secret".into()) },
        PersonEdit::AddGroups { person_id: EntityId::of_person("tom").0, groups: vec!["club".into()] },
        PersonEdit::DeleteFaces { person_id: "tom".into(), face_ids: vec![hand] },
        delete("tom"),
        add("tom"),
    ];
    let forget = |face_id: FaceId| PersonEdit::ForgetFaces { face_ids: vec![face_id] };
    let left = [add("ann"), forget(hand), forget(face_id(3)), delete("tom"), add("tom")];
    assert_eq!(purge_deleted(&edits), left, "the new tom is another one");
}

#[test]
fn who_was_merged_into_a_deleted_person_goes_too_and_who_was_merged_into_another_stays() {
    let edits = [add("tom"), add("ann"), add_faces("ann", &[1]), merge("tom", "ann"), delete("tom")];
    let hand = vec![new_face(1).face.face_id];
    let left = [PersonEdit::ForgetFaces { face_ids: hand }, delete("ann"), delete("tom")];
    assert_eq!(purge_deleted(&edits), left);
    let edits = [add("tom"), add_faces("tom", &[1]), merge("ada", "tom"), add("tom"), delete("tom")];
    assert_eq!(purge_deleted(&edits), [&edits[..3], &edits[4..]].concat());
}

/// Tom was merged into bea, bea into ada, and bea is back.
fn bea_is_back_with_tom() -> (LibraryContents, Vec<PersonEdit>) {
    let unmerge = PersonEdit::UnmergePersons { into: "ada".into(), from: vec!["bea".into()], persons: Vec::new() };
    kept(&contents(), &[add("tom"), merge("bea", "tom"), merge("ada", "bea"), unmerge])
}

/// Does edits, and answers them as they are kept.
fn kept(contents: &LibraryContents, edits: &[PersonEdit]) -> (LibraryContents, Vec<PersonEdit>) {
    let mut known = contents.clone();
    let mut kept = Vec::new();
    for edit in edits {
        kept.push(resolve_edit(&known, edit));
        apply_edit(&mut known, edit).unwrap();
    }
    (known, kept)
}

#[test]
fn nothing_is_said_of_a_deleted_person_in_the_undone_merger_of_another() {
    let unmerge = PersonEdit::UnmergePersons { into: "bea".into(), from: vec!["tom".into()], persons: Vec::new() };
    for last in [vec![unmerge, delete("tom")], vec![delete("bea")]] {
        let (known, first) = bea_is_back_with_tom();
        let edits = [first, kept(&known, &last).1].concat();
        let left = purge_deleted(&edits);
        let text = |edits: &[PersonEdit]| edits.iter().map(|edit| line_of_edit(edit).unwrap()).collect::<String>();
        assert!(text(&edits).contains("Name of tom"));
        let text = text(&left);
        assert!(!text.contains("Name of"), "{text}");
        assert_eq!(sorted(&edits), sorted(&left));
    }
}

#[test]
fn a_face_that_somebody_else_was_given_stays() {
    let edits = [add("tom"), add_faces("tom", &[1, 2]), assign("ada", vec![new_face(1).face.face_id]), delete("tom")];
    let left = purge_deleted(&edits);
    let text: String = left.iter().map(|edit| line_of_edit(edit).unwrap()).collect();
    assert!(!text.contains("secret") && !text.contains("Name of") && !text.contains("club"), "{text}");
    assert_eq!(text.matches("\"numbers\"").count(), 1, "{text}");
    assert_eq!(sorted(&edits), sorted(&left));
}

/// What edits make of the photos, in an order that does not depend on theirs.
fn sorted(edits: &[PersonEdit]) -> [LibraryContents; 2] {
    // The photos as they were, and with one that was added by hand.
    let mut more = contents();
    let mut new = new_face(2);
    "new.jpg".clone_into(&mut new.media.path);
    "{}".clone_into(&mut new.media.document);
    new.face.entity_id = Some(EntityId::of_person("bea"));
    more.media.push(new.media);
    more.faces.push(new.face);
    [contents(), more].map(|mut contents| {
        let _ = apply_edits(&mut contents, edits);
        contents.media.sort_by_key(|media| media.media_id.0.clone());
        contents.faces.sort_by_key(|face| face.face_id);
        contents.entities.sort_by_key(|entity| entity.entity_id.0.clone());
        contents
    })
}

fn any_edit() -> impl Strategy<Value = PersonEdit> {
    let person = (0..PERSONS.len()).prop_map(|at| PERSONS[at].to_owned());
    let faces = || {
        let id = |number: usize| {
            if number < 4 { face_id(number) } else { new_face(u32::try_from(number - 3).unwrap()).face.face_id }
        };
        prop::collection::vec((0_usize..7).prop_map(id), 1..3)
    };
    let new = prop::collection::vec(1_u32..4, 1..3);
    (person.clone(), person, faces(), new, 0..20).prop_map(|(person_id, other, face_ids, new, kind)| match kind {
        0 | 1 => add(&person_id),
        2 => PersonEdit::SetPerson { person_id, name: Some(other), note: None },
        16 => PersonEdit::SetPerson { person_id: EntityId::of_face(face_ids[0]).0, name: Some(other), note: None },
        17 => merge(&person_id, &EntityId::of_face(face_ids[0]).0),
        18 => merge(&EntityId::of_face(face_ids[0]).0, &person_id),
        19 => PersonEdit::DeleteFaces { person_id: EntityId::of_face(face_ids[0]).0, face_ids },
        3 | 4 => delete(&person_id),
        5 => merge(&person_id, &other),
        6 => add_faces(&person_id, &new),
        7 => assign(&person_id, face_ids),
        10 => PersonEdit::SplitPerson { person_id, face_ids },
        11 | 12 => PersonEdit::UnmergePersons { into: person_id, from: vec![other], persons: Vec::new() },
        13 => PersonEdit::Discover { entity_id: EntityId::of_face(face_ids[0]), face_ids },
        14 => PersonEdit::Discover { entity_id: EntityId::of_person(&person_id), face_ids },
        15 => PersonEdit::DeletePerson { person_id: EntityId::of_face(face_ids[0]).0 },
        8 => PersonEdit::DeleteFaces { person_id, face_ids },
        _ => PersonEdit::AddGroups { person_id: EntityId::of_person(&person_id).0, groups: vec![other] },
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_left_makes_the_same_library(edits in prop::collection::vec(any_edit(), 1..14)) {
        // Only edits that succeeded are kept.
        let mut known = contents();
        let mut kept = Vec::new();
        for edit in edits {
            let keeps = keeps_of(&known, &edit);
            let edit = resolve_edit(&known, &edit);
            if apply_edit(&mut known, &edit).is_ok() {
                kept.extend(keeps);
                kept.push(edit);
            }
        }
        let left = purge_deleted(&kept);
        let [whole, purged] = [sorted(&kept), sorted(&left)];
        for (whole, purged) in whole.iter().zip(&purged) {
            prop_assert_eq!(whole, purged, "{:?}\n{:?}", kept, left);
        }
        prop_assert_eq!(purge_deleted(&left), left);
    }
}
