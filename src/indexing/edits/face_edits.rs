//! Edits that add faces to persons or take them away. Imports `library`, `core`, `error`.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::core::{EntityId, FaceId, MediaId};
use crate::error::{Error, Result};
use crate::library::{FaceRecord, LibraryContents};

use super::apply::{outcome_of, person_mut};
use super::{MAX_ADDED_FACES, NewFace, Outcome, find_person, is_added_by_hand, no_person, person_id_of};

pub(super) fn add_faces(contents: &mut LibraryContents, person_id: &str, faces: &[NewFace]) -> Result<Outcome> {
    let entity = person_mut(contents, person_id)?.clone();
    for new in faces {
        check_new_face(contents, new)?;
    }
    check_limit(contents, &entity.entity_id, person_id, faces)?;
    let mut places: HashMap<FaceId, usize> =
        contents.faces.iter().enumerate().map(|(place, face)| (face.face_id, place)).collect();
    let mut media: HashSet<MediaId> = contents.media.iter().map(|media| media.media_id.clone()).collect();
    let mut face_ids = Vec::new();
    for new in faces {
        contents.settled.remove(&new.face.face_id);
        if let Some(face) = places.get(&new.face.face_id).and_then(|place| contents.faces.get_mut(*place)) {
            face.entity_id = Some(entity.entity_id.clone());
        } else {
            if media.insert(new.media.media_id.clone()) {
                contents.media.push(new.media.clone());
            }
            places.insert(new.face.face_id, contents.faces.len());
            let mut face = new.face.clone();
            face.entity_id = Some(entity.entity_id.clone());
            contents.faces.push(face);
        }
        face_ids.push(new.face.face_id);
    }
    Ok(Outcome { face_ids, ..outcome_of(&entity) })
}

fn check_new_face(contents: &LibraryContents, new: &NewFace) -> Result<()> {
    if (&new.embedder.sha256, new.embedder.dim) != (&contents.embedder.sha256, contents.embedder.dim) {
        return Err(Error::EmbedderMismatch {
            library: "to be edited".to_owned(),
            library_embedder: contents.embedder.describe(),
            query_embedder: new.embedder.describe(),
        });
    }
    if new.face.embedding.dim() != new.embedder.dim || new.face.media_id != new.media.media_id {
        return Err(Error::Internal { reason: format!("face {} does not fit its photo or model", new.face.face_id) });
    }
    Ok(())
}

/// Checks that the person would not have too many faces added by hand.
fn check_limit(contents: &LibraryContents, entity: &EntityId, person_id: &str, faces: &[NewFace]) -> Result<()> {
    let added = AddedFaces::of(contents, entity);
    let new = faces.iter().filter(|new| added.counts(new)).map(|new| new.face.face_id);
    let after: HashSet<FaceId> = added.face_ids.iter().copied().chain(new).collect();
    if after.len() > MAX_ADDED_FACES { Err(too_many(after.len(), person_id)) } else { Ok(()) }
}

fn too_many(count: usize, person_id: &str) -> Error {
    let what = format!("{count} faces added to person {person_id:?}");
    Error::LimitExceeded { what, limit: MAX_ADDED_FACES as u64 }
}

/// The faces that were added to a person by hand, which are limited.
struct AddedFaces<'a> {
    indexed: HashSet<&'a MediaId>,
    face_ids: HashSet<FaceId>,
}

impl<'a> AddedFaces<'a> {
    fn of(contents: &'a LibraryContents, entity: &EntityId) -> Self {
        let by_hand = media_by_hand(contents);
        let of_person = contents.faces.iter().filter(|face| face.entity_id.as_ref() == Some(entity));
        let face_ids = of_person.filter(|face| by_hand.contains(&face.media_id)).map(|face| face.face_id).collect();
        let indexed = contents.media.iter().map(|media| &media.media_id).filter(|id| !by_hand.contains(*id));
        Self { indexed: indexed.collect(), face_ids }
    }

    /// Whether a face would be one of them: it is not when its photo was indexed.
    fn counts(&self, new: &NewFace) -> bool {
        !self.indexed.contains(&new.media.media_id)
    }
}

/// The faces that can be added to a person of these contents, in their order, and why each of the others cannot.
pub(super) fn usable_faces(
    contents: &LibraryContents,
    person_id: &str,
    faces: &[NewFace],
) -> Result<(Vec<NewFace>, Vec<Error>)> {
    let place = find_person(contents.entities.iter(), person_id);
    let entity = place.and_then(|place| contents.entities.get(place)).ok_or_else(|| no_person(person_id))?;
    let mut added = AddedFaces::of(contents, &entity.entity_id);
    let (mut usable, mut unusable) = (Vec::new(), Vec::new());
    for new in faces {
        let id = new.face.face_id;
        if let Err(error) = check_new_face(contents, new) {
            unusable.push(error);
        } else if !added.counts(new) || added.face_ids.contains(&id) || added.face_ids.len() < MAX_ADDED_FACES {
            if added.counts(new) {
                added.face_ids.insert(id);
            }
            usable.push(new.clone());
        } else {
            unusable.push(too_many(MAX_ADDED_FACES + 1, person_id));
        }
    }
    Ok((usable, unusable))
}

/// The photos that were added by hand.
fn media_by_hand(contents: &LibraryContents) -> HashSet<MediaId> {
    contents.media.iter().filter(|media| is_added_by_hand(media)).map(|media| media.media_id.clone()).collect()
}

pub(super) fn assign_faces(contents: &mut LibraryContents, person_id: &str, face_ids: &[FaceId]) -> Result<Outcome> {
    let entity = person_mut(contents, person_id)?.clone();
    let there: HashSet<FaceId> = contents.faces.iter().map(|face| face.face_id).collect();
    let (known, unknown) = divide(face_ids, |id| there.contains(&id));
    refuse_none(&known, &unknown)?;
    let wanted: HashSet<FaceId> = known.iter().copied().collect();
    for face in contents.faces.iter_mut().filter(|face| wanted.contains(&face.face_id)) {
        face.entity_id = Some(entity.entity_id.clone());
    }
    contents.settled.retain(|face| !wanted.contains(face));
    Ok(Outcome { face_ids: known, unknown_face_ids: unknown, ..outcome_of(&entity) })
}

pub(super) fn delete_faces(contents: &mut LibraryContents, person_id: &str, face_ids: &[FaceId]) -> Result<Outcome> {
    let entity = person_mut(contents, person_id)?.clone();
    let of_person = contents.faces.iter().filter(|face| face.entity_id.as_ref() == Some(&entity.entity_id));
    let there: HashSet<FaceId> = of_person.map(|face| face.face_id).collect();
    let (known, unknown) = divide(face_ids, |id| there.contains(&id));
    refuse_others(contents, person_id, &known, &unknown)?;
    let wanted: HashSet<FaceId> = known.iter().copied().collect();
    forget_faces(contents, |face| wanted.contains(&face.face_id));
    Ok(Outcome { face_ids: known, unknown_face_ids: unknown, ..outcome_of(&entity) })
}

/// Forgets those of the faces that are there, whoever's they are.
pub(super) fn forget_listed_faces(contents: &mut LibraryContents, face_ids: &[FaceId]) -> Outcome {
    let wanted: HashSet<FaceId> = face_ids.iter().copied().collect();
    let face_ids = forget_faces(contents, |face| wanted.contains(&face.face_id));
    Outcome { face_ids, ..Outcome::default() }
}

/// Takes faces away from their persons: those added by hand go, with their photos; the others become nobody's. Answers which, ascending.
pub(super) fn forget_faces(contents: &mut LibraryContents, wanted: impl Fn(&FaceRecord) -> bool) -> Vec<FaceId> {
    let by_hand = media_by_hand(contents);
    let mut forgotten = BTreeSet::new();
    contents.faces.retain_mut(|face| {
        if !wanted(face) {
            return true;
        }
        forgotten.insert(face.face_id);
        face.entity_id = None;
        !by_hand.contains(&face.media_id)
    });
    contents.settled.extend(contents.faces.iter().map(|face| face.face_id).filter(|face| forgotten.contains(face)));
    let in_use: HashSet<&MediaId> = contents.faces.iter().map(|face| &face.media_id).collect();
    contents.media.retain(|media| !by_hand.contains(&media.media_id) || in_use.contains(&media.media_id));
    forgotten.into_iter().collect()
}

/// The faces that are there and those that are not, each once, in the order given.
pub(super) fn divide(face_ids: &[FaceId], is_there: impl Fn(FaceId) -> bool) -> (Vec<FaceId>, Vec<FaceId>) {
    let mut seen = HashSet::new();
    face_ids.iter().copied().filter(|id| seen.insert(*id)).partition(|id| is_there(*id))
}

/// Where none of the faces is the person's, the first is named, and whose it is.
pub(super) fn refuse_others(
    contents: &LibraryContents,
    person_id: &str,
    theirs: &[FaceId],
    others: &[FaceId],
) -> Result<()> {
    let face = others.first().and_then(|id| contents.faces.iter().find(|face| face.face_id == *id));
    let Some(face) = face.filter(|_| theirs.is_empty()) else { return refuse_none(theirs, others) };
    let owner = contents.entities.iter().find(|entity| face.entity_id.as_ref() == Some(&entity.entity_id));
    let owner = owner.map_or_else(|| "nobody".to_owned(), |entity| format!("person {:?}", person_id_of(entity)));
    let fact = format!("is not one of person {person_id:?}, but of {owner}");
    Err(Error::ResourceUnrelated { kind: "face".to_owned(), id: face.face_id.to_string(), fact })
}

/// Where none of the faces is there, the first is named.
fn refuse_none(known: &[FaceId], unknown: &[FaceId]) -> Result<()> {
    match (known.is_empty(), unknown.first()) {
        (true, Some(id)) => Err(Error::ResourceNotFound { kind: "face".to_owned(), id: id.to_string() }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::{add, contents, face_id, faces_of, new_face};
    use super::super::{PersonEdit, apply_edit};
    use super::*;

    #[test]
    fn a_face_added_twice_is_there_once() {
        let mut contents = contents();
        add(&mut contents, "ada", 7).unwrap();
        let once = contents.clone();
        add(&mut contents, "ada", 7).unwrap();
        assert_eq!(contents, once);
        assert_eq!(faces_of(&contents, "ada").len(), 3);
    }

    #[test]
    fn a_photo_that_is_indexed_already_only_gives_its_face() {
        let mut contents = contents();
        let indexed = NewFace { face: contents.faces[3].clone(), ..new_face(7) };
        let media = contents.media.iter().find(|media| media.media_id == indexed.face.media_id).unwrap().clone();
        let edit = PersonEdit::AddFaces { person_id: "ada".into(), faces: vec![NewFace { media, ..indexed }] };
        apply_edit(&mut contents, &edit).unwrap();
        assert_eq!((contents.media.len(), contents.faces.len()), (3, 4));
        assert_eq!(faces_of(&contents, "ada").len(), 3);
    }

    #[test]
    fn the_twenty_first_face_is_refused() {
        let mut contents = contents();
        for number in 0..20 {
            add(&mut contents, "ada", 100 + number).unwrap();
        }
        let error = add(&mut contents, "ada", 120).unwrap_err();
        assert_eq!(error.code(), "LimitExceededError");
        assert_eq!(error.to_string(), "21 faces added to person \"ada\": at most 20 are allowed");
        add(&mut contents, "ada", 100).unwrap();
        add(&mut contents, "bea", 120).unwrap();
    }

    #[test]
    fn a_face_of_another_embedder_is_refused() {
        let mut contents = contents();
        let mut new = new_face(7);
        new.embedder.sha256 = "ef".repeat(32);
        let edit = PersonEdit::AddFaces { person_id: "ada".into(), faces: vec![new] };
        assert_eq!(apply_edit(&mut contents, &edit).unwrap_err().code(), "EmbedderMismatch");
    }

    #[test]
    fn faces_partly_there_are_assigned_and_the_others_said() {
        let mut contents = contents();
        let assign = |ids: &[FaceId]| PersonEdit::AssignFaces { person_id: "bea".into(), face_ids: ids.to_vec() };
        let strange = FaceId(5);
        let outcome = apply_edit(&mut contents, &assign(&[strange, face_id(0), face_id(3), face_id(3)])).unwrap();
        assert_eq!((outcome.face_ids, outcome.unknown_face_ids), (vec![face_id(0), face_id(3)], vec![strange]));
        assert_eq!(faces_of(&contents, "bea").len(), 3);
        let error = apply_edit(&mut contents, &assign(&[strange])).unwrap_err();
        assert_eq!(error.to_string(), "face \"5\" was not found");
    }

    #[test]
    fn only_a_face_added_by_hand_goes_with_its_photo() {
        let mut contents = contents();
        add(&mut contents, "ada", 7).unwrap();
        let added = new_face(7).face.face_id;
        let delete = |ids: &[FaceId]| PersonEdit::DeleteFaces { person_id: "ada".into(), face_ids: ids.to_vec() };
        // The last one is somebody else's.
        let outcome = apply_edit(&mut contents, &delete(&[added, face_id(0), face_id(2)])).unwrap();
        assert_eq!((outcome.face_ids, outcome.unknown_face_ids), (vec![added, face_id(0)], vec![face_id(2)]));
        assert_eq!((contents.media.len(), contents.faces.len()), (3, 4));
        assert_eq!(faces_of(&contents, "ada"), [face_id(1)]);
        assert_eq!(faces_of(&contents, "bea"), [face_id(2)]);
        for (face, owner) in [(2, "person \"bea\""), (3, "nobody")] {
            let error = apply_edit(&mut contents, &delete(&[face_id(face)])).unwrap_err();
            let says = format!("face \"{}\" is not one of person \"ada\", but of {owner}", face_id(face));
            assert_eq!((error.to_string(), error.code().as_str()), (says, "ResourceNotFound"));
        }
        let error = apply_edit(&mut contents, &delete(&[FaceId(5), face_id(2)])).unwrap_err();
        assert_eq!(error.to_string(), "face \"5\" was not found");
    }
}
