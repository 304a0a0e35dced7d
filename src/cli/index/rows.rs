//! What is remembered of one photo's contents: all that depends on its bytes and on the models, nothing that depends on
//! its name. Imports `indexing`, `library`, `core`.

use serde::{Deserialize, Serialize};

use crate::core::{Embedding, FaceId, MediaId, Rect};
use crate::error::Result;
use crate::indexing::{IndexedPhoto, cover_name, face_thumbnail_name};
use crate::library::FaceRecord;

use super::base64;

/// Numbers before the embedding: box x, y, w, h, score, quality.
const HEAD: usize = 6;

/// The rows of one photo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PhotoRows {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) format: String,
    pub(super) bytes: u64,
    pub(super) created_ms: Option<i64>,
    pub(super) faces: Vec<FaceRow>,
}

/// One face: `[x, y, w, h, score, quality, embedding...]`, as f32 kept bit for bit, so that a library made from remembered
/// rows has the same bytes as one made in one go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct FaceRow(Vec<f32>);

impl TryFrom<String> for FaceRow {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match base64::decode(&text) {
            Some(values) if values.len() > HEAD => Ok(Self(values)),
            _ => Err("a face is not base64 of its numbers"),
        }
    }
}

impl From<FaceRow> for String {
    fn from(row: FaceRow) -> Self {
        base64::encode(&row.0)
    }
}

impl FaceRow {
    fn of(face: &FaceRecord) -> Self {
        let Rect { x, y, w, h } = face.box_px;
        let mut values = vec![x, y, w, h, face.score, face.quality];
        values.extend_from_slice(face.embedding.as_slice());
        Self(values)
    }

    /// The face number `index` of a media as the library's record, nobody's yet.
    pub(super) fn record(&self, media_id: &MediaId, index: usize) -> Result<FaceRecord> {
        let (head, embedding) = self.0.split_at(HEAD.min(self.0.len()));
        let number = |i: usize| head.get(i).copied().unwrap_or(0.0);
        Ok(FaceRecord {
            expression: None,
            face_id: FaceId::of_media(media_id, index),
            media_id: media_id.clone(),
            entity_id: None,
            embedding: Embedding::new(embedding.to_vec())?,
            box_px: Rect::new(number(0), number(1), number(2), number(3)),
            time: None,
            score: number(4),
            quality: number(5),
        })
    }
}

impl PhotoRows {
    pub(super) fn of(photo: &IndexedPhoto) -> Self {
        Self {
            width: photo.media.width,
            height: photo.media.height,
            format: photo.media.format.clone(),
            bytes: photo.media.bytes,
            created_ms: photo.media.created_ms,
            faces: photo.faces.iter().map(FaceRow::of).collect(),
        }
    }
}

/// The id of the media with this SHA-256 (hexadecimal).
pub(super) fn media_id_of(sha256: &str) -> MediaId {
    MediaId(sha256.get(..32).unwrap_or(sha256).to_owned())
}

/// The thumbnails of a media with so many faces, relative to the library: its cover, then its faces.
pub(super) fn thumbnail_names(sha256: &str, faces: usize) -> Vec<String> {
    let media_id = media_id_of(sha256);
    let of_faces = (0..faces).map(|index| face_thumbnail_name(FaceId::of_media(&media_id, index)));
    std::iter::once(cover_name(&media_id)).chain(of_faces).collect()
}
