//! Persons found among made-up faces.

use std::collections::HashMap;

use proptest::prelude::*;

use super::super::presence::Presence;
use super::cluster::{Item, cluster, similarity};
use super::*;
use crate::core::{EmbedderInfo, Embedding, MediaId, MediaType, Rect, TimeRange};
use crate::indexing::apply_edits;
use crate::library::{CatalogFields, MediaRecord};

const DIM: usize = 8;

fn media(name: &str) -> MediaRecord {
    MediaRecord {
        media_id: MediaId::of_bytes(name.as_bytes()),
        media_type: MediaType::Image,
        path: name.to_owned(),
        title: name.to_owned(),
        url: None,
        cover: None,
        width: 640,
        height: 480,
        bytes: 3,
        format: "jpeg".into(),
        sha256: crate::core::sha256(name.as_bytes()).to_string(),
        created_ms: None,
        modified_ms: None,
        duration_s: None,
        fields: CatalogFields::default(),
        document: "{}".to_owned(),
    }
}

/// A face of a person: `person` is a direction, `off` how far it is turned away from it.
fn face(media: &MediaRecord, index: usize, person: usize, off: f32) -> FaceRecord {
    let mut values = vec![0.0; DIM];
    values[person % DIM] = 1.0;
    values[(person + 1 + index) % DIM] += off;
    FaceRecord {
        face_id: FaceId::of_media(&media.media_id, index),
        media_id: media.media_id.clone(),
        entity_id: None,
        embedding: Embedding::new(values).unwrap(),
        box_px: Rect::new(1.0, 2.0, 30.0, 40.0),
        time: None,
        score: 0.9,
        quality: 0.6,
        expression: None,
    }
}

/// Photos, each with these persons, some way off.
fn contents(photos: &[Vec<(usize, f32)>]) -> LibraryContents {
    let embedder = EmbedderInfo { id: "m".into(), sha256: "ab".repeat(32), dim: DIM };
    let mut contents = LibraryContents {
        embedder,
        media: Vec::new(),
        faces: Vec::new(),
        entities: Vec::new(),
        tracks: Vec::new(),
        settled: std::collections::BTreeSet::new(),
    };
    for (number, persons) in photos.iter().enumerate() {
        let media = media(&format!("{number}.jpg"));
        contents.faces.extend(persons.iter().enumerate().map(|(index, (p, off))| face(&media, index, *p, *off)));
        contents.media.push(media);
    }
    contents
}

fn options() -> DiscoverOptions {
    DiscoverOptions { threshold: 0.5, ..DiscoverOptions::of(&contents(&[]).embedder) }
}

/// Finds persons, and answers the places of the faces of each.
fn find(contents: &mut LibraryContents, options: &DiscoverOptions) -> Vec<Vec<usize>> {
    let found = discover(contents, options);
    assert_eq!(apply_edits(contents, &found), Vec::<String>::new());
    let places = |entity: &EntityRecord| {
        let faces = contents.faces.iter().enumerate();
        faces.filter(|(_, face)| face.entity_id.as_ref() == Some(&entity.entity_id)).map(|(place, _)| place).collect()
    };
    let mut groups: Vec<Vec<usize>> = contents.entities.iter().map(places).collect();
    groups.sort();
    groups
}

#[test]
fn a_person_is_found_across_photos_and_one_photo_makes_nobody() {
    let mut library = contents(&[vec![(0, 0.1)], vec![(0, 0.2), (1, 0.1)], vec![(1, 0.3)], vec![(4, 0.0)]]);
    assert_eq!(find(&mut library, &options()), [vec![0, 1], vec![2, 3]]);
    for entity in &library.entities {
        assert_eq!((entity.category.as_str(), entity.label_name.as_str()), ("unknown", ""));
    }
    assert_eq!(discover(&library, &options()), [], "nothing is found twice");
    let three = DiscoverOptions { min_faces: 3, ..options() };
    assert_eq!(discover(&contents(&[vec![(0, 0.1)], vec![(0, 0.2)]]), &three), []);
}

#[test]
fn poor_faces_make_nobody_but_join() {
    let mut library = contents(&[vec![(0, 0.1)], vec![(0, 0.2)]]);
    for face in &mut library.faces {
        face.quality = 0.1;
    }
    assert_eq!(discover(&library, &options()), []);
    let mut library = contents(&[vec![(0, 0.1)], vec![(0, 0.2)], vec![(0, 0.3)]]);
    library.faces[1].quality = 0.1;
    assert_eq!(find(&mut library, &options()), [vec![0, 1, 2]]);
}

#[test]
fn what_the_owner_settled_is_left_alone() {
    let mut library = contents(&[vec![(0, 0.1)], vec![(0, 0.2)], vec![(0, 0.3)]]);
    library.settled.insert(library.faces[1].face_id);
    assert_eq!(find(&mut library, &options()), [vec![0, 2]]);
}

#[test]
fn a_new_face_joins_who_is_there_and_nobody_is_united() {
    let mut library = contents(&[vec![(0, 0.1)], vec![(0, 0.2)], vec![(0, 0.3)], vec![(0, 0.0)]]);
    let ids: Vec<EntityId> = ["ann", "bea"].map(EntityId::of_person).to_vec();
    for (place, id) in ids.iter().enumerate() {
        library.faces[place].entity_id = Some(id.clone());
        library.entities.push(EntityRecord {
            entity_id: id.clone(),
            label_name: "x".to_owned(),
            category: "custom".to_owned(),
            person_id: None,
            groups: Vec::new(),
            note: None,
            merged: Vec::new(),
        });
    }
    let found = discover(&library, &options());
    assert_eq!(apply_edits(&mut library, &found), Vec::<String>::new());
    assert_eq!(library.entities.len(), 2);
    assert!(library.faces.iter().all(|face| face.entity_id.is_some()));
}

#[test]
fn a_long_track_is_a_person_and_tracks_at_the_same_time_are_two() {
    let film = media("film.mp4");
    let track = |index: usize, start_s: f64, end_s: f64| FaceRecord {
        time: Some(TimeRange { start_s, end_s }),
        ..face(&film, index, 0, 0.05)
    };
    let mut library = contents(&[]);
    library.media.push(film.clone());
    library.faces = vec![track(0, 0.0, 2.0), track(1, 1.0, 2.5)];
    assert_eq!(discover(&library, &options()), []);
    library.faces = vec![track(0, 0.0, 2.0), track(1, 2.2, 4.0)];
    assert_eq!(find(&mut library, &options()), [vec![0, 1]]);
    library.faces = vec![track(3, 0.0, 4.0)];
    library.entities.clear();
    assert_eq!(find(&mut library, &options()), [vec![0]]);
}

#[test]
fn an_id_that_is_taken_is_not_given_again() {
    let mut library = contents(&[vec![(0, 0.1)], vec![(0, 0.2)]]);
    let ids: Vec<FaceId> = library.faces.iter().map(|face| face.face_id).collect();
    let taken = EntityId::of_face(*ids.iter().min().unwrap());
    let mut person = EntityRecord {
        entity_id: EntityId("e".into()),
        label_name: "x".into(),
        category: "custom".into(),
        person_id: None,
        groups: Vec::new(),
        note: None,
        merged: Vec::new(),
    };
    let merged = EntityRecord { entity_id: taken, ..person.clone() };
    let gave = crate::library::Given::default();
    person.merged.push(crate::library::MergedPerson { record: merged, face_ids: Vec::new(), gave });
    library.entities.push(person);
    let found = discover(&library, &options());
    assert_eq!(found[0].person_id(), EntityId::of_face(*ids.iter().max().unwrap()).0);
}

/// Merges the nearest pair again and again.
fn by_the_book(items: &[Item], threshold: f32) -> Vec<Vec<usize>> {
    let mut clusters: Vec<(Item, Vec<usize>)> =
        items.iter().enumerate().map(|(place, item)| (item.clone(), vec![place])).collect();
    loop {
        let mut best: Option<(f32, usize, usize)> = None;
        for (a, (one, _)) in clusters.iter().enumerate() {
            for (b, (other, _)) in clusters.iter().enumerate().skip(a + 1) {
                let near = similarity(one, other);
                let can = !(one.is_fixed && other.is_fixed || one.presence.meets(&other.presence));
                if can && near >= threshold && best.is_none_or(|(best, ..)| near > best) {
                    best = Some((near, a, b));
                }
            }
        }
        let Some((_, a, b)) = best else { break };
        let (item, places) = clusters.remove(b);
        clusters[a].0.join(item);
        clusters[a].1.extend(places);
        clusters[a].1.sort_unstable();
    }
    let mut groups: Vec<Vec<usize>> = clusters.into_iter().map(|(_, places)| places).collect();
    groups.sort();
    groups
}

fn any_items() -> impl Strategy<Value = Vec<Item>> {
    let item = (prop::collection::vec(-1.0_f32..1.0, DIM), 0..12_usize, prop::bool::weighted(0.1));
    let item = item.prop_filter_map("has no direction", |(values, media, is_fixed)| {
        let embedding = Embedding::new(values).ok()?;
        Some(Item { sum: embedding.as_slice().to_vec(), count: 1.0, presence: Presence::in_photo(media), is_fixed })
    });
    prop::collection::vec(item, 0..40)
}

fn any_photos() -> impl Strategy<Value = Vec<Vec<(usize, f32)>>> {
    prop::collection::vec(prop::collection::vec((0..DIM, 0.0_f32..1.5), 1..4), 1..14)
}

proptest! {
    #[test]
    fn chains_give_what_merging_the_nearest_pair_gives(items in any_items(), threshold in 0.0_f32..0.8) {
        prop_assert_eq!(cluster(items.clone(), threshold), by_the_book(&items, threshold));
    }

    #[test]
    fn nobody_is_in_a_photo_twice(photos in any_photos(), threshold in -1.0_f32..0.9) {
        let mut library = contents(&photos);
        for group in find(&mut library, &DiscoverOptions { threshold, ..options() }) {
            let mut media: Vec<&MediaId> = group.iter().map(|place| &library.faces[*place].media_id).collect();
            media.sort_unstable();
            media.dedup();
            prop_assert_eq!(media.len(), group.len());
        }
    }

    #[test]
    fn the_order_of_the_contents_changes_nothing(photos in any_photos(), turn in 0_usize..20) {
        let library = contents(&photos);
        let mut turned = library.clone();
        turned.media.reverse();
        let places = turned.faces.len();
        turned.faces.rotate_left(turn % places);
        prop_assert_eq!(discover(&turned, &options()), discover(&library, &options()));
    }

    #[test]
    fn adding_photos_neither_renames_nor_unites_nor_divides(photos in any_photos(), block in 1_usize..9) {
        let whole = contents(&photos);
        let mut library = LibraryContents { faces: Vec::new(), ..whole.clone() };
        let options = DiscoverOptions { block_faces: block, ..options() };
        for media in &whole.media {
            library.faces.extend(whole.faces.iter().filter(|face| face.media_id == media.media_id).cloned());
            let before: HashMap<FaceId, EntityId> =
                library.faces.iter().filter_map(|face| Some((face.face_id, face.entity_id.clone()?))).collect();
            let found = discover(&library, &options);
            let _ = apply_edits(&mut library, &found);
            for face in &library.faces {
                prop_assert!(before.get(&face.face_id).is_none_or(|id| face.entity_id.as_ref() == Some(id)));
            }
        }
    }
}
