//! A face-search token as JSON, one at a time or all in one text. Imports `core`, `library` and `error`.

use serde::{Deserialize, Serialize};

use crate::core::{EmbedderInfo, Embedding, Rect};
use crate::error::{Error, Result};
use crate::library::FaceQuery;

use super::choice::FaceChoice;
use super::tokens::StoredQuery;

const VERSION: u64 = 1;

#[derive(Serialize, Deserialize)]
struct StoreText {
    version: u64,
    tokens: Vec<TokenRecord>,
}

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_used_ms: Option<i64>,
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
            last_used_ms: Some(last_used_ms),
        }
    }

    /// When the token was last used, in milliseconds since 1970, where the record says so.
    pub(super) fn last_used_ms(&self) -> Option<i64> {
        self.last_used_ms
    }

    /// The token and what it names.
    ///
    /// # Errors
    /// `EmbeddingInvalid`, or `InvalidParameter` for an impossible choice of face.
    pub(super) fn parse(self) -> Result<(String, StoredQuery)> {
        let embedding = Embedding::new(self.embedding)?;
        let embedder = EmbedderInfo { id: self.embedder_id, sha256: self.embedder_sha256, dim: embedding.dim() };
        let choice =
            FaceChoice::from_options(self.face_index, self.face_box.map(|[x, y, w, h]| Rect::new(x, y, w, h)))?;
        Ok((self.token, StoredQuery { query: FaceQuery { embedding, embedder }, source: self.source, choice }))
    }
}

/// All tokens as one text.
///
/// # Errors
/// `Internal` when JSON cannot be written, which does not happen.
pub(super) fn export(tokens: Vec<TokenRecord>) -> Result<Vec<u8>> {
    serde_json::to_vec(&StoreText { version: VERSION, tokens })
        .map_err(|e| Error::Internal { reason: format!("tokens: {e}") })
}

/// The tokens of such a text, each with what it names and when it was last used.
///
/// # Errors
/// `InvalidParameter` naming `tokens` when the bytes are no such text, or of a newer version.
pub(super) fn import(bytes: &[u8]) -> Result<Vec<(String, StoredQuery, Option<i64>)>> {
    let malformed = |e: &dyn std::fmt::Display| Error::invalid("tokens", format!("not an export of tokens: {e}"));
    let text: StoreText = serde_json::from_slice(bytes).map_err(|e| malformed(&e))?;
    if text.version != VERSION {
        let reason = format!("they are of version {}, but this version of visavis reads {VERSION}", text.version);
        return Err(Error::invalid("tokens", reason));
    }
    let parse = |record: TokenRecord| {
        let last_used_ms = record.last_used_ms;
        record.parse().map(|(token, query)| (token, query, last_used_ms))
    };
    text.tokens.into_iter().map(parse).collect::<Result<Vec<_>>>().map_err(|e| malformed(&e))
}
