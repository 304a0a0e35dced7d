//! Small libraries for the tests of operations. Test code only. Imports `core` and `library`.

use crate::core::{EmbedderInfo, Embedding, EntityId, FaceId, MediaId, MediaType, Rect, TimeRange};
use crate::library::{
    CatalogFields, EntityRecord, FaceQuery, FaceRecord, Library, LibraryContents, Manifest, MediaRecord,
    PublishOptions, TrackRecord, build_library,
};

const DIM: usize = 128;

pub(super) fn embedder() -> EmbedderInfo {
    EmbedderInfo { id: "m".into(), sha256: "ab".repeat(32), dim: DIM }
}

/// A unit vector whose cosine with that of the query is `cosine`.
pub(super) fn at_cosine(cosine: f32) -> Embedding {
    let mut values = vec![0.0; DIM];
    values[0] = cosine;
    values[1] = (1.0 - cosine * cosine).sqrt();
    Embedding::new(values).unwrap()
}

pub(super) fn query() -> FaceQuery {
    FaceQuery { embedding: at_cosine(1.0), embedder: embedder() }
}

pub(super) fn media_id(name: &str) -> MediaId {
    MediaId::of_bytes(name.as_bytes())
}

pub(super) fn media(name: &str, media_type: MediaType) -> MediaRecord {
    MediaRecord {
        fields: CatalogFields::default(),
        media_id: media_id(name),
        media_type,
        path: format!("{name}.jpg"),
        title: name.into(),
        url: None,
        cover: None,
        width: 640,
        height: 480,
        bytes: 1,
        format: "jpeg".into(),
        sha256: "cd".repeat(32),
        created_ms: None,
        modified_ms: None,
        duration_s: (media_type == MediaType::Video).then_some(60.0),
        document: "{}".into(),
    }
}

/// The face number `index` of a media, seen from and to these seconds where it is a video's.
pub(super) fn face(
    name: &str,
    index: usize,
    cosine: f32,
    person: Option<&str>,
    time: Option<(f64, f64)>,
) -> FaceRecord {
    FaceRecord {
        expression: None,
        face_id: FaceId::of_media(&media_id(name), index),
        media_id: media_id(name),
        entity_id: person.map(EntityId::of_person),
        embedding: at_cosine(cosine),
        box_px: Rect::new(10.4, 20.6, 30.0, 40.0),
        time: time.map(|(start_s, end_s)| TimeRange { start_s, end_s }),
        score: 0.9,
        quality: 0.8,
    }
}

pub(super) fn person(name: &str, category: &str) -> EntityRecord {
    EntityRecord {
        merged: Vec::new(),
        groups: Vec::new(),
        note: None,
        entity_id: EntityId::of_person(name),
        label_name: name.into(),
        category: category.into(),
        person_id: None,
    }
}

pub(super) fn library(
    media: Vec<MediaRecord>,
    faces: Vec<FaceRecord>,
    entities: Vec<EntityRecord>,
    tracks: Vec<TrackRecord>,
) -> Library {
    let contents = LibraryContents {
        settled: std::collections::BTreeSet::new(),
        tracks,
        embedder: embedder(),
        media,
        faces,
        entities,
    };
    let built = build_library(&contents, &PublishOptions { shard_bytes: 1 << 20 }).unwrap();
    let manifest = Manifest::parse("test", &built.manifest).unwrap();
    Library::open("test", manifest, built.files.into_iter().map(|f| (f.name, f.bytes)).collect()).unwrap()
}
