//! Face-search tokens: the caller's names for queries, which live as long as the client. Imports `core`, `library` and `error`.
//!
//! A store can be written out as JSON and read back, so that a replaced worker or a reloaded page keeps its tokens.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::{EmbedderInfo, Embedding, Rect};
use crate::error::{Error, Result};
use crate::library::FaceQuery;

use super::choice::FaceChoice;
use super::request::SearchMediaByFaceRequest;

const VERSION: u64 = 1;

/// What a token names.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredQuery {
    /// The embedding of the chosen face, and what made it.
    pub query: FaceQuery,
    /// The text of the `PersonImageUrl` that it came from; `None` for an image that was handed over.
    pub source: Option<String>,
    /// Which face of that image was chosen.
    pub choice: FaceChoice,
}

/// Where the query of a request comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum QuerySource {
    /// The token is known and still means the same: no image is needed.
    Token(Box<StoredQuery>),
    /// The image at this address must be fetched.
    Url(String),
    /// The image that was handed over.
    Image,
}

/// The tokens of one client.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TokenStore {
    queries: BTreeMap<String, StoredQuery>,
}

impl TokenStore {
    /// How many tokens are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queries.len()
    }

    /// Whether no token is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queries.is_empty()
    }

    /// What a token names.
    #[must_use]
    pub fn get(&self, token: &str) -> Option<&StoredQuery> {
        self.queries.get(token)
    }

    /// Makes a token name this query; what it named before is forgotten.
    pub fn insert(&mut self, token: &str, query: StoredQuery) {
        self.queries.insert(token.to_owned(), query);
    }

    /// Forgets a token; answers whether it was known.
    pub fn remove(&mut self, token: &str) -> bool {
        self.queries.remove(token).is_some()
    }

    /// Decides where the query of a request comes from, for a client that embeds with `embedder`.
    ///
    /// An image that was handed over comes first. A `PersonImageUrl` is fetched unless the token was made from the very same text, with the same
    /// choice of face and the same embedder. Without either, the token must be known.
    ///
    /// # Errors
    /// `MissingPersonImageUrl` when there is no image and the token is unknown; `InvalidParameter` when another face is chosen but no image given.
    pub fn source_of(
        &self,
        request: &SearchMediaByFaceRequest,
        choice: &FaceChoice,
        image_given: bool,
        embedder: &EmbedderInfo,
    ) -> Result<QuerySource> {
        if image_given {
            return Ok(QuerySource::Image);
        }
        let known = self.get(&request.face_search_token);
        match (&request.person_image_url, known) {
            (Some(url), Some(stored)) if stored.is_of(url, choice, embedder) => {
                Ok(QuerySource::Token(Box::new(stored.clone())))
            }
            (Some(url), _) => Ok(QuerySource::Url(url.clone())),
            (None, None) => Err(Error::MissingParameter { parameter: "PersonImageUrl".to_owned() }),
            (None, Some(stored)) if *choice == FaceChoice::Largest || *choice == stored.choice => {
                Ok(QuerySource::Token(Box::new(stored.clone())))
            }
            (None, Some(_)) => {
                let parameter = if matches!(choice, FaceChoice::Box(_)) { "box" } else { "faceIndex" };
                Err(Error::invalid(parameter, "the token stands for another face of its photo; give the photo again"))
            }
        }
    }

    /// All tokens as JSON text in UTF-8; the same tokens give the same bytes.
    ///
    /// # Errors
    /// `Internal` when JSON cannot be written, which does not happen.
    pub fn export(&self) -> Result<Vec<u8>> {
        let tokens = self.queries.iter().map(|(token, stored)| TokenText::of(token, stored)).collect();
        serde_json::to_vec(&StoreText { version: VERSION, tokens })
            .map_err(|e| Error::Internal { reason: format!("tokens: {e}") })
    }

    /// Adds the tokens that `export` wrote, replacing those of the same name; answers how many. On an error nothing is added.
    ///
    /// # Errors
    /// `InvalidParameter` naming `tokens` when the bytes are not such a text, or of a newer version.
    pub fn import(&mut self, bytes: &[u8]) -> Result<usize> {
        let malformed = |e: &dyn std::fmt::Display| Error::invalid("tokens", format!("not an export of tokens: {e}"));
        let text: StoreText = serde_json::from_slice(bytes).map_err(|e| malformed(&e))?;
        if text.version != VERSION {
            let reason = format!("they are of version {}, but this version of visavis reads {VERSION}", text.version);
            return Err(Error::invalid("tokens", reason));
        }
        let parsed =
            text.tokens.into_iter().map(TokenText::parse).collect::<Result<Vec<_>>>().map_err(|e| malformed(&e))?;
        let count = parsed.len();
        self.queries.extend(parsed);
        Ok(count)
    }
}

impl StoredQuery {
    fn is_of(&self, url: &str, choice: &FaceChoice, embedder: &EmbedderInfo) -> bool {
        self.source.as_deref() == Some(url) && self.choice == *choice && self.query.embedder == *embedder
    }
}

#[derive(Serialize, Deserialize)]
struct StoreText {
    version: u64,
    tokens: Vec<TokenText>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenText {
    token: String,
    embedder_id: String,
    embedder_sha256: String,
    embedding: Vec<f32>,
    source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    face_index: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    face_box: Option<[f32; 4]>,
}

impl TokenText {
    fn of(token: &str, stored: &StoredQuery) -> Self {
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
        }
    }

    fn parse(self) -> Result<(String, StoredQuery)> {
        let embedding = Embedding::new(self.embedding)?;
        let embedder = EmbedderInfo { id: self.embedder_id, sha256: self.embedder_sha256, dim: embedding.dim() };
        let choice =
            FaceChoice::from_options(self.face_index, self.face_box.map(|[x, y, w, h]| Rect::new(x, y, w, h)))?;
        Ok((self.token, StoredQuery { query: FaceQuery { embedding, embedder }, source: self.source, choice }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embedder() -> EmbedderInfo {
        EmbedderInfo { id: "m".into(), sha256: "ab".repeat(32), dim: 3 }
    }

    fn stored(source: Option<&str>, choice: FaceChoice) -> StoredQuery {
        let embedding = Embedding::new(vec![0.1, -2.0, 0.333_333]).unwrap();
        let query = FaceQuery { embedding, embedder: embedder() };
        StoredQuery { query, source: source.map(str::to_owned), choice }
    }

    fn store() -> TokenStore {
        let mut store = TokenStore::default();
        store.insert("t1", stored(Some("p.jpg"), FaceChoice::Largest));
        store.insert("t2", stored(None, FaceChoice::Index(2)));
        store.insert("t3", stored(Some("q.jpg"), FaceChoice::Box(Rect::new(1.5, 2.0, 30.0, 40.0))));
        store
    }

    fn source_of(token: &str, url: Option<&str>, choice: FaceChoice, image_given: bool) -> Result<QuerySource> {
        let request = SearchMediaByFaceRequest {
            person_image_url: url.map(str::to_owned),
            ..SearchMediaByFaceRequest::new(token)
        };
        store().source_of(&request, &choice, image_given, &embedder())
    }

    #[test]
    fn an_export_is_read_back_as_it_was() {
        let mut restored = TokenStore::default();
        assert_eq!(restored.import(&store().export().unwrap()), Ok(3));
        assert_eq!(restored.len(), 3);
        for token in ["t1", "t2", "t3"] {
            let (before, after) = (store().get(token).cloned().unwrap(), restored.get(token).cloned().unwrap());
            assert!(before.query.embedding.cosine(&after.query.embedding) > 0.999_999);
            assert_eq!((before.source, before.choice), (after.source, after.choice));
            assert_eq!(before.query.embedder, after.query.embedder);
        }
    }

    #[test]
    fn a_text_that_is_no_export_adds_nothing() {
        for bytes in [
            &b"{}"[..],
            b"\xff",
            br#"{"version":2,"tokens":[]}"#,
            br#"{"version":1,"tokens":[{"token":"a","embedderId":"m","embedderSha256":"","embedding":[0,0],"source":null}]}"#,
        ] {
            let mut restored = TokenStore::default();
            assert_eq!(restored.import(bytes).unwrap_err().parameter(), Some("tokens"));
            assert!(restored.is_empty());
        }
    }

    #[test]
    fn a_known_token_needs_no_image() {
        assert!(matches!(source_of("t1", None, FaceChoice::Largest, false), Ok(QuerySource::Token(_))));
        assert!(matches!(source_of("t2", None, FaceChoice::Largest, false), Ok(QuerySource::Token(_))));
    }

    #[test]
    fn the_same_url_text_is_not_fetched_again() {
        assert!(matches!(source_of("t1", Some("p.jpg"), FaceChoice::Largest, false), Ok(QuerySource::Token(_))));
        let other = source_of("t1", Some("other.jpg"), FaceChoice::Largest, false);
        assert_eq!(other, Ok(QuerySource::Url("other.jpg".into())));
        let other_face = source_of("t1", Some("p.jpg"), FaceChoice::Index(1), false);
        assert_eq!(other_face, Ok(QuerySource::Url("p.jpg".into())));
    }

    #[test]
    fn a_token_of_another_embedder_is_made_anew() {
        let request =
            SearchMediaByFaceRequest { person_image_url: Some("p.jpg".into()), ..SearchMediaByFaceRequest::new("t1") };
        let other = EmbedderInfo { id: "n".into(), ..embedder() };
        let source = store().source_of(&request, &FaceChoice::Largest, false, &other);
        assert_eq!(source, Ok(QuerySource::Url("p.jpg".into())));
    }

    #[test]
    fn an_image_handed_over_comes_first() {
        assert_eq!(source_of("t1", Some("p.jpg"), FaceChoice::Largest, true), Ok(QuerySource::Image));
    }

    #[test]
    fn an_unknown_token_without_an_image_misses_its_url() {
        let error = source_of("t9", None, FaceChoice::Largest, false).unwrap_err();
        assert_eq!(error.code(), "MissingPersonImageUrl");
    }

    #[test]
    fn another_face_of_a_photo_that_is_gone_is_refused() {
        let error = source_of("t1", None, FaceChoice::Index(1), false).unwrap_err();
        assert_eq!(error.parameter(), Some("faceIndex"));
    }

    #[test]
    fn a_forgotten_token_is_unknown() {
        let mut store = store();
        assert!(store.remove("t1"));
        assert!(!store.remove("t1"));
        assert!(store.get("t1").is_none());
    }
}
