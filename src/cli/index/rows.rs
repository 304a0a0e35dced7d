//! What is remembered of one photo's contents: all that depends on its bytes and on the models, nothing that depends on
//! its name. Imports `indexing`, `library`, `vision`, `core`.

use serde::{Deserialize, Serialize};

use crate::core::{Embedding, FaceId, MediaId, Rect};
use crate::error::Result;
use crate::indexing::{IndexedPhoto, cover_name, face_thumbnail_name};
use crate::library::FaceRecord;
use crate::vision::EXPRESSION_LABELS;

use super::base64;

/// Numbers before the embedding: box x, y, w, h, score, quality, expression.
const HEAD: usize = 7;
/// What stands for a face whose expression is not known.
const NO_EXPRESSION: f32 = -1.0;

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

/// One face: `[x, y, w, h, score, quality, expression, embedding...]`, the expression as its place among the labels, as f32 kept bit for bit, so that a library made from remembered
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
        let mut values = vec![x, y, w, h, face.score, face.quality, expression_number(face.expression.as_deref())];
        values.extend_from_slice(face.embedding.as_slice());
        Self(values)
    }

    /// The face number `index` of a media as the library's record, nobody's yet.
    pub(super) fn record(&self, media_id: &MediaId, index: usize) -> Result<FaceRecord> {
        let (head, embedding) = self.0.split_at(HEAD.min(self.0.len()));
        let number = |i: usize| head.get(i).copied().unwrap_or(0.0);
        Ok(FaceRecord {
            expression: expression_label(number(6)).map(str::to_owned),
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

fn expression_number(label: Option<&str>) -> f32 {
    let numbers = EXPRESSION_LABELS.iter().zip([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let mut known = numbers.filter(|(known, _)| Some(**known) == label);
    known.next().map_or(NO_EXPRESSION, |(_, number)| number)
}

fn expression_label(number: f32) -> Option<&'static str> {
    EXPRESSION_LABELS.into_iter().find(|label| (expression_number(Some(label)) - number).abs() < 0.5)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn a_face_comes_back_with_its_expression_or_without_one() -> Result<()> {
        let media_id = MediaId("ab".repeat(16));
        for expression in EXPRESSION_LABELS.into_iter().map(Some).chain([None]) {
            let face = FaceRecord {
                expression: expression.map(str::to_owned),
                face_id: FaceId::of_media(&media_id, 0),
                media_id: media_id.clone(),
                entity_id: None,
                embedding: Embedding::new(vec![0.6, 0.8])?,
                box_px: Rect::new(1.5, 2.0, 30.0, 40.0),
                time: None,
                score: 0.9,
                quality: 0.4,
            };
            let back = FaceRow::try_from(String::from(FaceRow::of(&face))).map_err(|e| Error::invalid("row", e))?;
            assert_eq!(back.record(&media_id, 0)?, face);
        }
        Ok(())
    }
}
