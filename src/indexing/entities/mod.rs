//! Persons whom nobody named: faces of the same person, found across photos and films. Imports `library`, `core` and, of
//! `indexing`, the edits and where somebody is seen.
//!
//! What is found is told as edits, which whoever owns the library keeps in order with those made by hand. Faces that have a person
//! stay with that person, and so do persons: adding media neither renames nor merges nor splits anybody. The same contents in
//! any order give the same edits.

mod cluster;
mod neighbours;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};

use crate::core::{EmbedderInfo, EntityId, FaceId};
use crate::library::{EntityRecord, FaceRecord, LibraryContents, quantise, restore};

use super::edits::PersonEdit;
use super::presence::MediaPlaces;

use self::cluster::{Item, cluster, similarity};

/// How long one track of a film is when it counts as two faces: somebody whom 15 frames in a row agree on is neither a mistake of
/// the detector nor a passer-by.
const LONG_TRACK_S: f64 = 3.0;
/// How many new faces are clustered at once; more are taken in parts. A bit for a pair of them makes 128 MiB.
const BLOCK_FACES: usize = 1 << 15;

/// How persons are found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DiscoverOptions {
    /// The average cosine from which two groups of faces are one person.
    pub threshold: f32,
    /// How many faces make a person; a track of three seconds or more counts as two. At least 1.
    pub min_faces: usize,
    /// Faces of a lower quality join a person who is found, but make none.
    pub min_quality: f32,
    /// How many new faces are clustered at once: memory grows with its square, and only linearly with the persons who are there.
    pub block_faces: usize,
}

impl DiscoverOptions {
    /// The options for the embeddings of this model.
    #[must_use]
    pub fn of(embedder: &EmbedderInfo) -> Self {
        // The highest of those whose B-cubed F1 on LFW is the best within a thousandth: a wrong union is worse than a missed one,
        // and strangers grow more in a larger library. Figures are in docs/performance.md.
        let threshold = if embedder.dim == 128 { 0.48 } else { 0.39 };
        Self { threshold, min_faces: 2, min_quality: 0.2, block_faces: BLOCK_FACES }
    }
}

/// Finds persons among the faces that have none, and gives faces to the persons who are there: a [`PersonEdit::Discover`] each.
///
/// Two faces of one photo are never one person, and neither are two tracks of one film that are seen at the same time. Faces of
/// `contents.settled` are left alone. Takes time with the square of the number of faces without a person, and with their number times
/// that of the persons. Faces that are left over are compared with each other again each time.
#[must_use]
pub fn discover(contents: &LibraryContents, options: &DiscoverOptions) -> Vec<PersonEdit> {
    let places = MediaPlaces::of(contents);
    let mut persons = persons_of(contents, &places);
    let (mut good, poor): (Vec<Face>, Vec<Face>) =
        free_faces(contents, &places).into_iter().partition(|face| face.quality >= options.min_quality);
    let mut taken = ids_in_use(&contents.entities);
    let rounds = if good.len() > options.block_faces { 2 } else { 1 };
    for _ in 0..rounds {
        // What one part leaves over may belong to what another one finds or leaves over.
        let mut left = Vec::new();
        while !good.is_empty() {
            let rest = good.split_off(good.len().min(options.block_faces.max(1)));
            left.extend(take_in(&mut persons, &mut taken, good, options));
            good = rest;
        }
        good = left;
    }
    let mut left: Vec<Face> = good.into_iter().chain(poor).collect();
    left.sort_unstable_by_key(|face| face.id);
    join_nearest(&mut persons, left, options);
    let found = persons.into_iter().filter(|person| !person.new_faces.is_empty());
    found
        .map(|Person { entity_id, mut new_faces, .. }| {
            new_faces.sort_unstable();
            PersonEdit::Discover { entity_id, face_ids: new_faces }
        })
        .collect()
}

/// A face without a person.
struct Face {
    id: FaceId,
    quality: f32,
    /// How many faces it counts for.
    weight: usize,
    item: Item,
}

impl Face {
    fn of(face: &FaceRecord, places: &MediaPlaces<'_>) -> Option<Self> {
        let is_long = face.time.is_some_and(|time| time.end_s - time.start_s >= LONG_TRACK_S);
        let item = Item {
            // As the library keeps it, so that it does not matter whether it was read from there.
            sum: stored(face)?,
            count: 1.0,
            presence: places.presence(face),
            is_fixed: false,
        };
        Some(Self { id: face.face_id, quality: face.quality, weight: if is_long { 2 } else { 1 }, item })
    }
}

fn stored(face: &FaceRecord) -> Option<Vec<f32>> {
    let quantised = quantise(&face.embedding);
    let restored = restore(&quantised.codes, quantised.scale).ok()?;
    Some(restored.as_slice().to_vec())
}

/// The faces that clustering may give to somebody, by id.
fn free_faces(contents: &LibraryContents, places: &MediaPlaces<'_>) -> Vec<Face> {
    let free = contents.faces.iter().filter(|face| face.entity_id.is_none());
    let free = free.filter(|face| !contents.settled.contains(&face.face_id));
    let mut faces: Vec<Face> = free.filter_map(|face| Face::of(face, places)).collect();
    faces.sort_unstable_by_key(|face| face.id);
    faces
}

/// A person with faces.
struct Person {
    entity_id: EntityId,
    item: Item,
    new_faces: Vec<FaceId>,
}

/// The persons of a library who have faces, by id.
fn persons_of(contents: &LibraryContents, places: &MediaPlaces<'_>) -> Vec<Person> {
    let mut faces: Vec<&FaceRecord> = contents.faces.iter().filter(|face| face.entity_id.is_some()).collect();
    faces.sort_unstable_by_key(|face| face.face_id);
    let mut items: BTreeMap<&EntityId, Item> = BTreeMap::new();
    for face in faces {
        let (Some(id), Some(new)) = (&face.entity_id, Face::of(face, places)) else { continue };
        match items.get_mut(id) {
            Some(item) => item.join(new.item),
            None => drop(items.insert(id, Item { is_fixed: true, ..new.item })),
        }
    }
    let person = |(id, item): (&EntityId, Item)| Person { entity_id: id.clone(), item, new_faces: Vec::new() };
    items.into_iter().map(person).collect()
}

/// Clusters faces with the persons who are there: some go to them, some become persons of their own. Answers those left over.
fn take_in(
    persons: &mut Vec<Person>,
    taken: &mut HashSet<EntityId>,
    faces: Vec<Face>,
    options: &DiscoverOptions,
) -> Vec<Face> {
    let known = persons.len();
    let items = persons.iter().map(|person| person.item.clone()).chain(faces.iter().map(|face| face.item.clone()));
    let groups = cluster(items.collect(), options.threshold);
    let mut faces: Vec<Option<Face>> = faces.into_iter().map(Some).collect();
    let mut left = Vec::new();
    for group in groups {
        // The persons come first.
        let person = group.first().copied().filter(|first| *first < known);
        let of_group = group.iter().filter_map(|place| faces.get_mut(place.checked_sub(known)?)?.take());
        let of_group: Vec<Face> = of_group.collect();
        let weight: usize = of_group.iter().map(|face| face.weight).sum();
        match person.and_then(|place| persons.get_mut(place)) {
            Some(person) => of_group.into_iter().for_each(|face| person.join(face)),
            None if weight >= options.min_faces => persons.extend(found(taken, of_group)),
            None => left.extend(of_group),
        }
    }
    left
}

impl Person {
    fn join(&mut self, face: Face) {
        self.new_faces.push(face.id);
        self.item.join(face.item);
    }
}

/// The ids of all persons, and of those who were merged into them.
fn ids_in_use(entities: &[EntityRecord]) -> HashSet<EntityId> {
    let merged = |entity: &EntityRecord| entity.merged.iter().map(|merged| merged.record.clone()).collect::<Vec<_>>();
    let of_merged = entities.iter().flat_map(|entity| ids_in_use(&merged(entity)));
    entities.iter().map(|entity| entity.entity_id.clone()).chain(of_merged).collect()
}

/// Makes a person of faces; none where there are none.
fn found(taken: &mut HashSet<EntityId>, faces: Vec<Face>) -> Option<Person> {
    let ids = faces.iter().map(|face| EntityId::of_face(face.id));
    // By the first face; by another one where that made somebody else.
    let entity_id = ids.into_iter().find(|id| !taken.contains(id))?;
    taken.insert(entity_id.clone());
    let mut faces = faces.into_iter();
    let first = faces.next()?;
    let mut person = Person { entity_id, item: Item { is_fixed: true, ..first.item }, new_faces: vec![first.id] };
    faces.for_each(|face| person.join(face));
    Some(person)
}

/// Gives faces to the persons that are nearest, if they are near enough, the nearest faces first. The persons' averages stay as they
/// are meanwhile, so that poor faces do not draw others.
fn join_nearest(persons: &mut [Person], faces: Vec<Face>, options: &DiscoverOptions) {
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    for (place, face) in faces.iter().enumerate() {
        for (person, known) in persons.iter().enumerate() {
            let near = similarity(&face.item, &known.item);
            if near >= options.threshold {
                pairs.push((near, place, person));
            }
        }
    }
    pairs.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
    let mut faces: Vec<Option<Face>> = faces.into_iter().map(Some).collect();
    for (_, place, person) in pairs {
        let (Some(slot), Some(person)) = (faces.get_mut(place), persons.get_mut(person)) else { continue };
        if let Some(face) = slot.take_if(|face| !person.item.presence.meets(&face.item.presence)) {
            person.new_faces.push(face.id);
            person.item.presence.join(face.item.presence);
        }
    }
}
