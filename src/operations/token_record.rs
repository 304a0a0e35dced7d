//! A face-search token as JSON. Imports `core`, `library` and `error`.

use serde::{Deserialize, Serialize};

use crate::core::{EmbedderInfo, Embedding, Rect};
use crate::error::Result;
use crate::library::FaceQuery;

use super::choice::FaceChoice;
use super::tokens::StoredQuery;

/// A token, what it names and when it was last used.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenRecord {
    token: String,
    embedder_id: String,
    embedder_sha256: String,
    embedding: Vec<f32>,
    source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    face_index: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    face_box: Option<[f32; 4]>,
    last_used_ms: i64,
}

impl TokenRecord {
    /// The record of a token that was last used at this moment.
    pub(super) fn of(token: &str, stored: &StoredQuery, last_used_ms: i64) -> Self {
        let (face_index, face_box) = match stored.choice {
            FaceChoice::Largest => (None, None),
            FaceChoice::Index(index) => (Some(index), None),
            FaceChoice::Box(r) => (None, Some([r.x, r.y, r.w, r.h])),
        };
        Self {
            token: token.to_owned(),
            embedder_id: stored.query.embedder.id.clone(),
            embedder_sha256: stored.query.embedder.sha256.clone(),
            embedding: stored.query.embedding.as_slice().to_vec(),
            source: stored.source.clone(),
            face_index,
            face_box,
            last_used_ms,
        }
    }

    /// The token, what it names, and when it was last used, in milliseconds since 1970.
    ///
    /// # Errors
    /// `EmbeddingInvalid`, or `InvalidParameter` for an impossible choice of face.
    pub(super) fn parse(self) -> Result<(String, StoredQuery, i64)> {
        let embedding = Embedding::new(self.embedding)?;
        let embedder = EmbedderInfo { id: self.embedder_id, sha256: self.embedder_sha256, dim: embedding.dim() };
        let choice =
            FaceChoice::from_options(self.face_index, self.face_box.map(|[x, y, w, h]| Rect::new(x, y, w, h)))?;
        let query = StoredQuery { query: FaceQuery { embedding, embedder }, source: self.source, choice };
        Ok((self.token, query, self.last_used_ms))
    }
}
