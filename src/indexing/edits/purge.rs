//! What need not be kept of persons who were deleted: names, notes, groups, embeddings. Imports `core` and `library`.
//!
//! Doing the edits that are left again gives what doing all of them gives: that is why what also matters to somebody else stays. (Where
//! the photos no longer know a deleted person, who was merged into that person is still deleted, rather than there again.)

use std::collections::{HashMap, HashSet};

use crate::core::{EntityId, FaceId};
use crate::library::{EntityRecord, MergedPerson};

use super::{NewFace, PersonEdit, person_id_of};

/// The edits without what is only about persons whom a later one of them deletes.
///
/// Of such a person there remain: the edit that deletes (the photos may know the person, too), the numbers of faces that became
/// nobody's, and faces that somebody else was given later. Who was merged into somebody else lives on in that person.
#[must_use]
pub fn purge_deleted(edits: &[PersonEdit]) -> Vec<PersonEdit> {
    let person_ids = person_ids_of(edits);
    let mut left = edits.to_vec();
    // What was kept for somebody who turns out to be deleted, too, goes the next time.
    for _ in edits {
        let purged = purge_once(left.clone(), &person_ids);
        if purged == left {
            break;
        }
        left = purged;
    }
    left
}

fn purge_once(mut left: Vec<PersonEdit>, person_ids: &HashMap<String, String>) -> Vec<PersonEdit> {
    let mut newest_first = Vec::new();
    while let Some(edit) = left.pop() {
        if let PersonEdit::DeletePerson { person_id } = &edit {
            left = without(left, &Who::of(person_id, person_ids));
        }
        newest_first.push(edit);
    }
    newest_first.reverse();
    newest_first
}

/// The edits before a person's deletion without what is about that person only.
fn without(mut edits: Vec<PersonEdit>, who: &Who<'_>) -> Vec<PersonEdit> {
    let Some(first) = edits.iter().position(|edit| who.is_in(edit)) else { return edits };
    // Before that, the same id was of somebody who is deleted already or who lives on in another person.
    let begin = begin_of_life(&edits, who).max(first);
    let mut newest_first = Vec::new();
    // Faces that somebody else was given later.
    let mut given: HashSet<FaceId> = HashSet::new();
    let mut is_needed = false;
    while edits.len() > begin {
        let Some(edit) = edits.pop() else { break };
        let edit = scrubbed(edit, who);
        let is_of_others = matches!(edit, PersonEdit::SplitPerson { .. } | PersonEdit::UnmergePersons { .. });
        if is_of_others || !who.is(edit.person_id()) {
            given.extend(faces_given(&edit));
            newest_first.push(edit);
            continue;
        }
        let rest = match edit {
            PersonEdit::MergePersons { into, from } if is_undone(&newest_first, &from) => {
                vec![PersonEdit::MergePersons { into, from }]
            }
            PersonEdit::MergePersons { into, from } => merge_without(&edits, into, from, &given),
            edit => {
                let rest = part_of_others(edit, &given);
                // An undone merger takes some of these faces along: until then they have to be the person's.
                if takes_along(&newest_first, who) {
                    rest.into_iter().map(|edit| assigned(edit, who)).collect()
                } else {
                    rest
                }
            }
        };
        is_needed |= rest.iter().any(|edit| who.is(edit.person_id()));
        newest_first.extend(rest.into_iter().rev());
    }
    let is_founded = |edit: &PersonEdit| match edit {
        PersonEdit::Discover { entity_id, face_ids } => {
            entity_id.0 == who.id && face_ids.iter().any(|face| EntityId::of_face(*face) == *entity_id)
        }
        _ => false,
    };
    if is_needed && !newest_first.iter().any(is_founded) {
        let person_id = who.id.to_owned();
        newest_first.push(PersonEdit::AddPerson { person_id, name: None, note: None, groups: Vec::new() });
    }
    edits.extend(newest_first.into_iter().rev());
    edits
}

/// What is left of an edit of a person who is deleted later: faces of others as they were, of the other faces the numbers.
fn part_of_others(edit: PersonEdit, given: &HashSet<FaceId>) -> Vec<PersonEdit> {
    let is_given = |id: &FaceId| given.contains(id);
    let (kept, forgotten) = match edit {
        PersonEdit::AddFaces { person_id, faces } => {
            let (kept, others): (Vec<NewFace>, _) = faces.into_iter().partition(|new| is_given(&new.face.face_id));
            let forgotten: Vec<FaceId> = others.iter().map(|new| new.face.face_id).collect();
            ((!kept.is_empty()).then_some(PersonEdit::AddFaces { person_id, faces: kept }), forgotten)
        }
        PersonEdit::AssignFaces { person_id, face_ids } => {
            let (face_ids, forgotten): (Vec<FaceId>, _) = face_ids.into_iter().partition(is_given);
            ((!face_ids.is_empty()).then_some(PersonEdit::AssignFaces { person_id, face_ids }), forgotten)
        }
        PersonEdit::KeepFaces { person_id, face_ids } => {
            let (face_ids, forgotten): (Vec<FaceId>, _) = face_ids.into_iter().partition(is_given);
            ((!face_ids.is_empty()).then_some(PersonEdit::KeepFaces { person_id, face_ids }), forgotten)
        }
        PersonEdit::DeleteFaces { person_id, face_ids } => {
            let face_ids: Vec<FaceId> = face_ids.into_iter().filter(is_given).collect();
            ((!face_ids.is_empty()).then_some(PersonEdit::DeleteFaces { person_id, face_ids }), Vec::new())
        }
        // Numbers of faces, and somebody else.
        edit @ (PersonEdit::SplitPerson { .. } | PersonEdit::UnmergePersons { .. } | PersonEdit::Discover { .. }) => {
            (Some(edit), Vec::new())
        }
        _ => (None, Vec::new()),
    };
    let forget = (!forgotten.is_empty()).then_some(PersonEdit::ForgetFaces { face_ids: forgotten });
    kept.into_iter().chain(forget).collect()
}

/// Who was merged into a person who is deleted later is deleted, too: but for a face that an edit before brought and somebody else
/// was given since, that could as well have been done at once.
fn merge_without(before: &[PersonEdit], into: String, from: Vec<String>, given: &HashSet<FaceId>) -> Vec<PersonEdit> {
    let brought = before.iter().filter(|edit| matches!(edit, PersonEdit::AddFaces { .. })).flat_map(faces_given);
    if brought.into_iter().any(|face| given.contains(&face)) {
        return vec![PersonEdit::MergePersons { into, from }];
    }
    from.into_iter().map(|person_id| PersonEdit::DeletePerson { person_id }).collect()
}

/// Whether somebody is parted from this person later.
fn takes_along(later: &[PersonEdit], who: &Who<'_>) -> bool {
    later.iter().any(|edit| matches!(edit, PersonEdit::UnmergePersons { into, .. } if who.is(into)))
}

/// Faces that are nobody's as the person's, who is deleted later.
fn assigned(edit: PersonEdit, who: &Who<'_>) -> PersonEdit {
    match edit {
        PersonEdit::ForgetFaces { face_ids } => PersonEdit::AssignFaces { person_id: who.id.to_owned(), face_ids },
        edit => edit,
    }
}

/// Whether somebody of those who were merged is there again by a later edit.
fn is_undone(later: &[PersonEdit], merged: &[String]) -> bool {
    later.iter().any(|edit| match edit {
        PersonEdit::UnmergePersons { from, .. } => from.iter().any(|from| merged.contains(from)),
        _ => false,
    })
}

/// A person by all ids that edits call the person by: the owner's, and the entity id that is made from it.
struct Who<'a> {
    id: &'a str,
    entity_id: EntityId,
    person_id: Option<&'a str>,
}

impl<'a> Who<'a> {
    fn of(id: &'a str, person_ids: &'a HashMap<String, String>) -> Self {
        Self { id, entity_id: EntityId::of_person(id), person_id: person_ids.get(id).map(String::as_str) }
    }

    /// Whether it is an id of this person.
    fn is(&self, id: &str) -> bool {
        id == self.id || id == self.entity_id.0 || Some(id) == self.person_id
    }

    fn is_record(&self, record: &EntityRecord) -> bool {
        record.entity_id.0 == self.id || self.is(person_id_of(record))
    }

    /// Whether an edit is about this person, or keeps something of this person.
    fn is_in(&self, edit: &PersonEdit) -> bool {
        let is_kept = match edit {
            PersonEdit::UnmergePersons { persons, .. } => {
                records(persons).into_iter().any(|record| self.is_record(record))
            }
            _ => false,
        };
        is_kept || self.is(edit.person_id())
    }
}

/// The ids that owners gave, by the entity ids made from them: made once, for there are as many edits as persons.
fn person_ids_of(edits: &[PersonEdit]) -> HashMap<String, String> {
    let of_edit = |edit: &PersonEdit| match edit {
        // An entity id.
        PersonEdit::Discover { .. } => Vec::new(),
        PersonEdit::MergePersons { into, from } => [std::slice::from_ref(into), from].concat(),
        PersonEdit::UnmergePersons { into, from, persons } => {
            let kept: Vec<String> =
                records(persons).into_iter().map(|record| person_id_of(record).to_owned()).collect();
            [std::slice::from_ref(into), from, &kept].concat()
        }
        edit => vec![edit.person_id().to_owned()],
    };
    edits.iter().flat_map(of_edit).map(|id| (EntityId::of_person(&id).0, id)).collect()
}

/// What is kept of persons who were merged, and of those who were merged into them.
fn records<'a>(persons: &'a [MergedPerson]) -> Vec<&'a EntityRecord> {
    let of_person = |merged: &'a MergedPerson| std::iter::once(&merged.record).chain(records(&merged.record.merged));
    persons.iter().flat_map(of_person).collect()
}

/// Whether an edit is the end of this person.
fn ends(edit: &PersonEdit, who: &Who<'_>) -> bool {
    match edit {
        PersonEdit::DeletePerson { person_id } => who.is(person_id),
        PersonEdit::MergePersons { from, .. } => from.iter().any(|from| who.is(from)),
        _ => false,
    }
}

/// The place of the first edit of this person, after whoever had the id before.
fn begin_of_life(edits: &[PersonEdit], who: &Who<'_>) -> usize {
    // Who was merged and is there again lived on meanwhile.
    let mut is_back = false;
    for (place, edit) in edits.iter().enumerate().rev() {
        let is_end = ends(edit, who);
        let was_merged = is_end && matches!(edit, PersonEdit::MergePersons { .. });
        if is_end && !(was_merged && is_back) {
            return place + 1;
        }
        is_back = brings_back(edit, who) || (is_back && !was_merged);
    }
    0
}

/// Whether an edit undoes the merger in which this person went.
fn brings_back(edit: &PersonEdit, who: &Who<'_>) -> bool {
    match edit {
        PersonEdit::UnmergePersons { persons, .. } => persons.iter().any(|merged| who.is_record(&merged.record)),
        _ => false,
    }
}

/// An edit without what it says of this person, but for the numbers of the faces.
fn scrubbed(mut edit: PersonEdit, who: &Who<'_>) -> PersonEdit {
    if let PersonEdit::UnmergePersons { persons, .. } = &mut edit {
        scrub(persons, who);
    }
    edit
}

fn scrub(persons: &mut [MergedPerson], who: &Who<'_>) {
    for merged in persons {
        if who.is_record(&merged.record) {
            merged.record.label_name.clear();
            merged.record.note = None;
            merged.record.groups.clear();
            merged.gave.groups.clear();
            // Who was merged into a person who is deleted is deleted, too; whoever is back by then has an edit that says so.
            merged.record.merged.clear();
        }
        take_back(&mut merged.record, who);
        scrub(&mut merged.record.merged, who);
    }
}

/// Takes from a person what a deleted one gave who had been merged into this person.
fn take_back(record: &mut EntityRecord, who: &Who<'_>) {
    for merged in record.merged.iter_mut().filter(|merged| who.is_record(&merged.record)) {
        let gave = std::mem::take(&mut merged.gave);
        record.groups.retain(|group| !gave.groups.contains(group));
        if gave.note {
            record.note = None;
        }
        if gave.name {
            record.label_name.clear();
        }
    }
}

fn faces_given(edit: &PersonEdit) -> Vec<FaceId> {
    match edit {
        PersonEdit::AddFaces { faces, .. } => faces.iter().map(|new| new.face.face_id).collect(),
        PersonEdit::AssignFaces { face_ids, .. }
        | PersonEdit::KeepFaces { face_ids, .. }
        | PersonEdit::SplitPerson { face_ids, .. } => face_ids.clone(),
        PersonEdit::UnmergePersons { persons, .. } => {
            persons.iter().flat_map(|merged| merged.face_ids.iter().copied()).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
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
        let edits =
            [add("tom"), add_faces("tom", &[1, 2]), assign("ada", vec![new_face(1).face.face_id]), delete("tom")];
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
}
