//! Contents for the tests of the edits.

use crate::core::{EmbedderInfo, Embedding, EntityId, FaceId, MediaId, MediaType, Rect};
use crate::error::Result;
use crate::library::{CatalogFields, EntityRecord, FaceRecord, Given, LibraryContents, MediaRecord, MergedPerson};

use super::{ADDED_DOCUMENT, NewFace, Outcome, PersonEdit, apply_edit, find_person};

pub(super) fn embedder() -> EmbedderInfo {
    EmbedderInfo { id: "m".into(), sha256: "ab".repeat(32), dim: 4 }
}

fn media(name: &str, path: &str, document: &str) -> MediaRecord {
    MediaRecord {
        media_id: MediaId::of_bytes(name.as_bytes()),
        media_type: MediaType::Image,
        path: path.to_owned(),
        title: name.to_owned(),
        url: None,
        cover: None,
        width: 640,
        height: 480,
        bytes: 3,
        format: "jpeg".into(),
        sha256: crate::core::sha256(name.as_bytes()).to_string(),
        created_ms: Some(1_600_000_000_000),
        modified_ms: None,
        duration_s: None,
        fields: CatalogFields::default(),
        document: document.to_owned(),
    }
}

fn face(media: &MediaRecord, index: usize, entity: Option<&str>) -> FaceRecord {
    FaceRecord {
        face_id: FaceId::of_media(&media.media_id, index),
        media_id: media.media_id.clone(),
        entity_id: entity.map(EntityId::of_person),
        embedding: Embedding::new(vec![0.1, 0.2, 0.3, -0.4]).unwrap(),
        box_px: Rect::new(1.3, 2.7, 30.1, 40.9),
        time: None,
        score: 0.9,
        quality: 0.7,
        expression: Some("happy".to_owned()),
    }
}

fn entity(person_id: &str) -> EntityRecord {
    EntityRecord {
        merged: Vec::new(),
        entity_id: EntityId::of_person(person_id),
        label_name: person_id.to_owned(),
        category: "custom".to_owned(),
        person_id: Some(person_id.to_owned()),
        groups: Vec::new(),
        note: None,
    }
}

/// Somebody who was merged into another person.
pub(super) fn merged_person() -> MergedPerson {
    let gave = Given { name: true, note: false, groups: vec!["g".to_owned()] };
    MergedPerson { record: entity("eve"), face_ids: vec![FaceId(5)], gave }
}

/// The ids of the four faces of [`contents`]: two of ada, one of bea, one of nobody.
pub(super) fn face_id(number: usize) -> FaceId {
    contents().faces[number].face_id
}

/// Three photos: the first shows ada and bea, the second ada, the third nobody known. The third only looks as if added by hand.
pub(super) fn contents() -> LibraryContents {
    let [a, b, c] =
        [("a", "a.jpg"), ("b", "b.jpg"), ("c", "people/ada/c.jpg")].map(|(name, path)| media(name, path, "{}"));
    LibraryContents {
        settled: std::collections::BTreeSet::new(),
        embedder: embedder(),
        faces: vec![face(&a, 0, Some("ada")), face(&b, 0, Some("ada")), face(&a, 1, Some("bea")), face(&c, 0, None)],
        media: vec![a, b, c],
        entities: vec![entity("ada"), entity("bea")],
        tracks: Vec::new(),
    }
}

/// The face of a photo that the contents do not have.
pub(super) fn new_face(number: u32) -> NewFace {
    let media = media(&format!("new {number}"), &format!("people/ada/{number}.jpg"), ADDED_DOCUMENT);
    NewFace { face: face(&media, 0, None), media, embedder: embedder() }
}

pub(super) fn add(contents: &mut LibraryContents, person_id: &str, number: u32) -> Result<Outcome> {
    apply_edit(contents, &PersonEdit::AddFaces { person_id: person_id.into(), faces: vec![new_face(number)] })
}

pub(super) fn entity_of<'a>(contents: &'a LibraryContents, id: &str) -> Option<&'a EntityRecord> {
    find_person(contents.entities.iter(), id).map(|place| &contents.entities[place])
}

pub(super) fn faces_of(contents: &LibraryContents, id: &str) -> Vec<FaceId> {
    let entity = EntityId::of_person(id);
    contents.faces.iter().filter(|face| face.entity_id.as_ref() == Some(&entity)).map(|face| face.face_id).collect()
}
