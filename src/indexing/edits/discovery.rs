//! What clustering found, onto the contents of a library. Imports `library`, `core`, `error`.

use std::collections::{BTreeMap, HashMap};

use crate::core::{EntityId, FaceId};
use crate::error::Result;
use crate::indexing::entities::{MediaPlaces, Presence};
use crate::library::{EntityRecord, LibraryContents};

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

/// A person whom nobody named.
pub(super) fn nameless(entity_id: EntityId) -> EntityRecord {
    EntityRecord {
        entity_id,
        label_name: String::new(),
        category: "unknown".to_owned(),
        person_id: None,
        groups: Vec::new(),
        note: None,
        merged: Vec::new(),
    }
}
