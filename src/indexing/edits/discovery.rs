//! What clustering found, onto the contents of a library. Imports `library`, `core`, `error`.

use std::collections::{BTreeMap, HashMap};

use crate::core::{EntityId, FaceId};
use crate::error::Result;
use crate::indexing::nameless::nameless;
use crate::indexing::presence::{MediaPlaces, Presence};
use crate::library::LibraryContents;

use super::{Outcome, apply::outcome_of, no_person};

/// A person with faces.
pub(super) type Discovery<'a> = (&'a EntityId, &'a [FaceId]);

/// Gives faces that are nobody's to the persons who were found. A person who is not there is made where the id is that of one of the faces,
/// as clustering makes it. Left out are faces that are not there, that have a person, that the owner decided are nobody's, and
/// those of a photo or moment in which the person is already.
pub(super) fn apply_discoveries(contents: &mut LibraryContents, found: &[Discovery<'_>]) -> Vec<Result<Outcome>> {
    let places: HashMap<FaceId, usize> =
        contents.faces.iter().enumerate().map(|(place, face)| (face.face_id, place)).collect();
    let media = MediaPlaces::of(contents);
    let presences: Vec<Presence> = contents.faces.iter().map(|face| media.presence(face)).collect();
    drop(media);
    let mut persons: BTreeMap<EntityId, Presence> = BTreeMap::new();
    for (face, presence) in contents.faces.iter().zip(&presences) {
        if let Some(id) = &face.entity_id {
            persons.entry(id.clone()).or_default().join(presence.clone());
        }
    }
    let mut entities: HashMap<EntityId, usize> =
        contents.entities.iter().enumerate().map(|(place, entity)| (entity.entity_id.clone(), place)).collect();
    let mut outcomes = Vec::new();
    for (entity_id, face_ids) in found {
        if !entities.contains_key(entity_id) && face_ids.iter().any(|face| EntityId::of_face(*face) == **entity_id) {
            entities.insert((*entity_id).clone(), contents.entities.len());
            contents.entities.push(nameless((*entity_id).clone()));
        }
        let Some(entity) = entities.get(entity_id).and_then(|place| contents.entities.get(*place)) else {
            outcomes.push(Err(no_person(&entity_id.0)));
            continue;
        };
        let mut outcome = outcome_of(entity);
        let of_person = persons.entry((*entity_id).clone()).or_default();
        for face_id in *face_ids {
            let place = places.get(face_id).copied();
            let face = place.and_then(|place| Some((contents.faces.get_mut(place)?, presences.get(place)?)));
            match face {
                Some((face, presence))
                    if face.entity_id.is_none()
                        && !contents.settled.contains(face_id)
                        && !of_person.meets(presence) =>
                {
                    face.entity_id = Some((*entity_id).clone());
                    of_person.join(presence.clone());
                    outcome.face_ids.push(*face_id);
                }
                _ => outcome.unknown_face_ids.push(*face_id),
            }
        }
        outcomes.push(Ok(outcome));
    }
    outcomes
}

#[cfg(test)]
mod tests {
    use super::super::support::{contents, entity_of, face_id, faces_of};
    use super::super::{PersonEdit, apply_edit, apply_edits};
    use super::*;

    fn found(faces: &[usize]) -> PersonEdit {
        let face_ids: Vec<FaceId> = faces.iter().map(|number| face_id(*number)).collect();
        PersonEdit::Discover { entity_id: EntityId::of_face(face_ids[0]), face_ids }
    }

    #[test]
    fn faces_that_have_a_person_stay() {
        let mut contents = contents();
        let outcome = apply_edit(&mut contents, &found(&[3, 0])).unwrap();
        assert_eq!((outcome.face_ids, outcome.unknown_face_ids), (vec![face_id(3)], vec![face_id(0)]));
        assert_eq!(entity_of(&contents, &outcome.person_id).unwrap().category, "unknown");
        assert_eq!(faces_of(&contents, "ada").len(), 2);
    }

    #[test]
    fn what_the_hand_took_away_is_left_alone_and_nobody_is_in_a_photo_twice() {
        let mut contents = contents();
        let delete = PersonEdit::DeleteFaces { person_id: "ada".into(), face_ids: vec![face_id(0)] };
        apply_edit(&mut contents, &delete).unwrap();
        let to_ada = |number: usize| PersonEdit::Discover {
            entity_id: EntityId::of_person("ada"),
            face_ids: vec![face_id(number)],
        };
        assert_eq!(apply_edit(&mut contents, &to_ada(0)).unwrap().face_ids, []);
        contents.faces[2].entity_id = None;
        contents.faces[2].media_id = contents.faces[1].media_id.clone();
        assert_eq!(apply_edit(&mut contents, &to_ada(2)).unwrap().face_ids, [], "ada is in that photo already");
        assert_eq!(apply_edit(&mut contents, &to_ada(3)).unwrap().face_ids, [face_id(3)]);
    }

    #[test]
    fn a_person_who_vanished_is_made_of_the_founding_face_only_and_goes_when_empty() {
        let mut contents = contents();
        let joined = PersonEdit::Discover { entity_id: EntityId::of_face(FaceId(9)), face_ids: vec![face_id(3)] };
        assert_eq!(apply_edit(&mut contents, &joined).unwrap_err().code(), "ResourceNotFound");
        let set = |id: String| PersonEdit::SetPerson { person_id: id, name: Some("Tom".into()), note: None };
        let gone = PersonEdit::Discover { entity_id: EntityId::of_face(FaceId(7)), face_ids: vec![FaceId(7)] };
        let named = PersonEdit::Discover { entity_id: EntityId::of_face(FaceId(8)), face_ids: vec![FaceId(8)] };
        let edits = [gone, named, joined, set(EntityId::of_face(FaceId(8)).0)];
        assert_eq!(apply_edits(&mut contents, &edits), Vec::<String>::new());
        let names: Vec<&str> = contents.entities.iter().map(|entity| entity.label_name.as_str()).collect();
        assert_eq!(names, ["ada", "bea", "Tom"], "who has a name stays without faces, too");
    }
}
