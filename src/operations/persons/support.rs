//! A library for the tests of the operations on persons.

use crate::core::{EmbedderInfo, Embedding, EntityId, FaceId, MediaId, MediaType, Rect, sha256};
use crate::library::{
    CatalogFields, EntityRecord, FaceRecord, Library, LibraryContents, Manifest, MediaRecord, PublishOptions,
    build_library,
};

fn media(name: &str) -> MediaRecord {
    MediaRecord {
        media_id: MediaId::of_bytes(name.as_bytes()),
        media_type: MediaType::Image,
        path: format!("{name}.jpg"),
        title: name.to_owned(),
        url: None,
        cover: None,
        width: 640,
        height: 480,
        bytes: 3,
        format: "jpeg".into(),
        sha256: sha256(name.as_bytes()).to_string(),
        created_ms: None,
        modified_ms: None,
        duration_s: None,
        fields: CatalogFields::default(),
        document: "{}".to_owned(),
    }
}

fn face(media: &MediaRecord, index: usize, entity: Option<&EntityRecord>) -> FaceRecord {
    FaceRecord {
        face_id: FaceId::of_media(&media.media_id, index),
        media_id: media.media_id.clone(),
        entity_id: entity.map(|entity| entity.entity_id.clone()),
        embedding: Embedding::new(vec![0.1, 0.2, 0.3, -0.4]).unwrap(),
        box_px: Rect::new(1.0, 2.0, 30.0, 40.0),
        time: None,
        score: 0.9,
        quality: 0.7,
        expression: None,
    }
}

fn person(id: &str, groups: &[&str]) -> EntityRecord {
    EntityRecord {
        merged: Vec::new(),
        entity_id: EntityId::of_person(id),
        label_name: format!("{id}'s name"),
        category: "custom".to_owned(),
        person_id: Some(id.to_owned()),
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
        note: (id == "ada").then(|| "a note".to_owned()),
    }
}

/// Two photos. Ada (groups g1 and g2) has two faces, bea (g1) one, eve none; one face is of somebody without a person id, one of nobody.
pub(super) fn contents() -> LibraryContents {
    let (ada, bea, eve) = (person("ada", &["g1", "g2"]), person("bea", &["g1"]), person("eve", &[]));
    let unknown = EntityRecord {
        merged: Vec::new(),
        entity_id: EntityId("0".repeat(32)),
        label_name: String::new(),
        category: "unknown".to_owned(),
        person_id: None,
        groups: Vec::new(),
        note: None,
    };
    let (a, b) = (media("a"), media("b"));
    LibraryContents {
        settled: std::collections::BTreeSet::new(),
        embedder: EmbedderInfo { id: "m".into(), sha256: "ab".repeat(32), dim: 4 },
        faces: vec![
            face(&a, 0, Some(&ada)),
            face(&b, 0, Some(&ada)),
            face(&a, 1, Some(&bea)),
            face(&b, 1, Some(&unknown)),
            face(&b, 2, None),
        ],
        media: vec![a, b],
        entities: vec![ada, bea, eve, unknown],
        tracks: Vec::new(),
    }
}

pub(super) fn library_of(contents: &LibraryContents) -> Library {
    let built = build_library(contents, &PublishOptions::default()).unwrap();
    let manifest = Manifest::parse("test", &built.manifest).unwrap();
    let files = built.files.into_iter().map(|file| (file.name, file.bytes)).collect();
    Library::open("test", manifest, files).unwrap()
}

pub(super) fn library() -> Library {
    library_of(&contents())
}

/// The ids of a person's faces, ascending.
pub(super) fn ids_of(person: &str) -> Vec<FaceId> {
    let entity = EntityId::of_person(person);
    let contents = contents();
    let of_person = contents.faces.iter().filter(|face| face.entity_id.as_ref() == Some(&entity));
    let mut ids: Vec<FaceId> = of_person.map(|face| face.face_id).collect();
    ids.sort_unstable();
    ids
}
