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
mod tests;
