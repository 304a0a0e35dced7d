//! Face-search tokens: the caller's names for queries, which are forgotten a day after their last use. Imports `core`, `library` and `error`.
//!
//! A token holds the embedding of the chosen face, never the photo. The host keeps what `take_changes` answers and gives it back
//! with `restore`, so that a replaced worker or a reloaded page keeps its tokens.

use std::collections::BTreeMap;

use crate::core::{EmbedderInfo, sha256};
use crate::error::{Error, Result};
use crate::library::FaceQuery;

use super::choice::FaceChoice;
use super::request::SearchMediaByFaceRequest;
use super::state::{Changes, StateChange, damaged, from_bytes, to_bytes};
use super::token_record::TokenRecord;

/// How long a token is kept after its last use, by default: a day, in milliseconds.
pub const TOKEN_LIFETIME_MS: i64 = 24 * 3_600_000;
/// How many tokens are kept at most; the one whose last use is longest ago makes room.
pub const MAX_TOKENS: usize = 10_000;
const STORE: &str = "tokens";

/// What a token names.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredQuery {
    /// The embedding of the chosen face, and what made it.
    pub query: FaceQuery,
    /// The SHA-256 of the `PersonImageUrl` that it came from, for that may be the photo itself as a `data:` address; `None` for
    /// an image that was handed over.
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

/// A query and when it was last used.
#[derive(Debug, Clone, PartialEq)]
struct Kept {
    query: StoredQuery,
    last_used_ms: i64,
}

/// The tokens of one client.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenStore {
    tokens: BTreeMap<String, Kept>,
    lifetime_ms: i64,
    changes: Changes,
}

impl Default for TokenStore {
    fn default() -> Self {
        Self::new(TOKEN_LIFETIME_MS)
    }
}

impl TokenStore {
    /// A store without tokens; each will be kept for `lifetime_ms` milliseconds after its last use.
    #[must_use]
    pub fn new(lifetime_ms: i64) -> Self {
        Self { tokens: BTreeMap::new(), lifetime_ms, changes: Changes::default() }
    }

    /// How many tokens are held. Those that have expired count until `expire` is called.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether no token is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// What a token names at a moment (milliseconds since 1970); `None` where it is unknown or has expired.
    #[must_use]
    pub fn get(&self, token: &str, now_ms: i64) -> Option<&StoredQuery> {
        self.tokens.get(token).filter(|kept| self.is_alive(kept, now_ms)).map(|kept| &kept.query)
    }

    /// What a token names, which is thereby used: its time begins anew.
    ///
    /// # Errors
    /// `ResourceNotFound` naming the token where it is unknown or has expired.
    pub fn use_token(&mut self, token: &str, now_ms: i64) -> Result<StoredQuery> {
        self.expire(now_ms);
        let kept = self.tokens.get_mut(token).ok_or_else(|| Error::ResourceNotFound {
            kind: "FaceSearchToken".to_owned(),
            id: token.chars().take(80).collect(),
        })?;
        kept.last_used_ms = now_ms;
        self.changes.note(token.to_owned());
        Ok(kept.query.clone())
    }

    /// Makes a token name this query; what it named before is forgotten.
    pub fn insert(&mut self, token: &str, query: StoredQuery, now_ms: i64) {
        self.expire(now_ms);
        self.keep(token, Kept { query, last_used_ms: now_ms });
        self.changes.note(token.to_owned());
    }

    /// Forgets a token; answers whether it was known.
    pub fn forget(&mut self, token: &str) -> bool {
        let known = self.tokens.remove(token).is_some();
        if known {
            self.changes.note(token.to_owned());
        }
        known
    }

    /// Forgets the tokens whose time is over; answers how many there were.
    pub fn expire(&mut self, now_ms: i64) -> usize {
        let over = |(token, kept): (&String, &Kept)| (!self.is_alive(kept, now_ms)).then(|| token.clone());
        let tokens: Vec<String> = self.tokens.iter().filter_map(over).collect();
        tokens.iter().filter(|token| self.forget(token)).count()
    }

    /// Decides where the query of a request comes from, for a client that embeds with `embedder`.
    ///
    /// An image that was handed over comes first. A `PersonImageUrl` is fetched unless the token was made from the very same text, with the same
    /// choice of face and the same embedder. Without either, the token must be known. A token that is answered is thereby used.
    ///
    /// # Errors
    /// `MissingPersonImageUrl` when there is no image and the token is unknown; `InvalidParameter` when another face is chosen but no image given.
    pub fn source_of(
        &mut self,
        request: &SearchMediaByFaceRequest,
        choice: &FaceChoice,
        image_given: bool,
        embedder: &EmbedderInfo,
        now_ms: i64,
    ) -> Result<QuerySource> {
        if image_given {
            return Ok(QuerySource::Image);
        }
        let token = &request.face_search_token;
        match (&request.person_image_url, self.get(token, now_ms)) {
            (Some(url), Some(stored)) if stored.is_of(url, choice, embedder) => {}
            (Some(url), _) => return Ok(QuerySource::Url(url.clone())),
            (None, None) => return Err(Error::MissingPhoto { token: token.chars().take(80).collect() }),
            (None, Some(stored)) if *choice == FaceChoice::Largest || *choice == stored.choice => {}
            (None, Some(_)) => {
                let parameter = if matches!(choice, FaceChoice::Box(_)) { "box" } else { "faceIndex" };
                let reason = "the token stands for another face of its photo; give the photo again";
                return Err(Error::invalid(parameter, reason));
            }
        }
        self.use_token(token, now_ms).map(|stored| QuerySource::Token(Box::new(stored)))
    }

    /// What changed since this was called last: the records that the host is to keep or to delete.
    pub fn take_changes(&mut self) -> Vec<StateChange> {
        let tokens = &self.tokens;
        let record = |token: &str| {
            tokens.get(token).map(|kept| to_bytes(&TokenRecord::of(token, &kept.query, kept.last_used_ms)))
        };
        self.changes.take(STORE, record)
    }

    /// Takes back a record that `take_changes` answered; what the token named before is forgotten.
    ///
    /// # Errors
    /// `InvalidParameter` naming `state` when the record is damaged or of another version; the store is then as it was.
    pub fn restore(&mut self, key: &str, bytes: &[u8]) -> Result<()> {
        let record: TokenRecord = from_bytes(STORE, key, bytes)?;
        let (token, query, last_used_ms) = record.parse().map_err(|e| damaged(STORE, key, &e))?;
        if token != key {
            return Err(damaged(STORE, key, &"it is the record of another token"));
        }
        self.keep(&token, Kept { query, last_used_ms });
        Ok(())
    }

    /// Whether a token's time is not over. A clock that was set back makes no token older.
    fn is_alive(&self, kept: &Kept, now_ms: i64) -> bool {
        now_ms.saturating_sub(kept.last_used_ms) < self.lifetime_ms
    }

    fn keep(&mut self, token: &str, kept: Kept) {
        self.tokens.insert(token.to_owned(), kept);
        while self.tokens.len() > MAX_TOKENS {
            let others = self.tokens.iter().filter(|(name, _)| name.as_str() != token);
            let Some(oldest) = others.min_by_key(|(_, kept)| kept.last_used_ms).map(|(name, _)| name.clone()) else {
                return;
            };
            self.forget(&oldest);
        }
    }
}

impl StoredQuery {
    /// A query that came from this address, if it came from one.
    #[must_use]
    pub fn new(query: FaceQuery, url: Option<&str>, choice: FaceChoice) -> Self {
        Self { query, source: url.map(digest_of), choice }
    }

    fn is_of(&self, url: &str, choice: &FaceChoice, embedder: &EmbedderInfo) -> bool {
        self.source.as_ref() == Some(&digest_of(url)) && self.choice == *choice && self.query.embedder == *embedder
    }
}

fn digest_of(url: &str) -> String {
    sha256(url.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Embedding, Rect};

    const NOW: i64 = 1_700_000_000_000;

    fn embedder() -> EmbedderInfo {
        EmbedderInfo { id: "m".into(), sha256: "ab".repeat(32), dim: 3 }
    }

    fn stored(source: Option<&str>, choice: FaceChoice) -> StoredQuery {
        let embedding = Embedding::new(vec![0.1, -2.0, 0.333_333]).unwrap();
        let query = FaceQuery { embedding, embedder: embedder() };
        StoredQuery::new(query, source, choice)
    }

    fn store() -> TokenStore {
        let mut store = TokenStore::default();
        store.insert("t1", stored(Some("p.jpg"), FaceChoice::Largest), NOW);
        store.insert("t2", stored(None, FaceChoice::Index(2)), NOW + 1);
        store.insert("t3", stored(Some("q.jpg"), FaceChoice::Box(Rect::new(1.5, 2.0, 30.0, 40.0))), NOW + 2);
        store
    }

    fn source_of(token: &str, url: Option<&str>, choice: FaceChoice, image_given: bool) -> Result<QuerySource> {
        let request = SearchMediaByFaceRequest {
            person_image_url: url.map(str::to_owned),
            ..SearchMediaByFaceRequest::new(token)
        };
        store().source_of(&request, &choice, image_given, &embedder(), NOW + 3)
    }

    #[test]
    fn a_record_never_holds_the_photo_that_an_address_may_be() {
        let mut store = TokenStore::default();
        store.insert("t", stored(Some("data:image/jpeg;base64,/9j/secret"), FaceChoice::Largest), NOW);
        let record = String::from_utf8(store.take_changes()[0].value.clone().unwrap()).unwrap();
        assert!(!record.contains("secret") && !record.contains("data:"), "{record}");
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
        let source = store().source_of(&request, &FaceChoice::Largest, false, &other, NOW + 3);
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
        assert!(store.forget("t1"));
        assert!(!store.forget("t1"));
        assert!(store.get("t1", NOW).is_none());
        let error = store.use_token("t1", NOW).unwrap_err();
        assert_eq!(
            (error.code().as_str(), error.to_string().as_str()),
            ("ResourceNotFound", "FaceSearchToken \"t1\" was not found")
        );
    }

    #[test]
    fn a_token_lives_for_a_day_after_its_last_use() {
        let mut store = store();
        let last = NOW + TOKEN_LIFETIME_MS - 1;
        assert!(store.use_token("t1", last).is_ok());
        assert!(store.get("t2", last + 1).is_some());
        assert!(store.get("t2", last + 2).is_none());
        assert_eq!(store.expire(last + 2), 1);
        assert!(store.use_token("t1", last + TOKEN_LIFETIME_MS - 1).is_ok(), "each use begins a new day");
        assert_eq!(store.len(), 1);
        assert!(store.use_token("t1", last + 2 * TOKEN_LIFETIME_MS).is_err());
        assert!(store.is_empty());
    }

    #[test]
    fn a_search_by_token_alone_is_a_use_and_an_expired_token_misses_its_url() {
        let mut store = TokenStore::new(1000);
        store.insert("t1", stored(None, FaceChoice::Largest), NOW);
        let request = SearchMediaByFaceRequest::new("t1");
        let mut source = |now_ms| store.source_of(&request, &FaceChoice::Largest, false, &embedder(), now_ms);
        assert!(source(NOW + 999).is_ok());
        assert!(source(NOW + 1998).is_ok());
        assert_eq!(source(NOW + 2998).unwrap_err().code(), "MissingPersonImageUrl");
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_token_expire() {
        assert!(store().get("t1", i64::MIN).is_some());
        assert!(store().get("t1", i64::MAX).is_none());
    }

    #[test]
    fn the_token_whose_use_is_longest_ago_makes_room() {
        let mut store = TokenStore::default();
        for index in 0..MAX_TOKENS {
            store.insert(&format!("t{index}"), stored(None, FaceChoice::Largest), NOW + i64::try_from(index).unwrap());
        }
        let later = NOW + 1_000_000;
        store.use_token("t0", later).unwrap();
        store.take_changes();
        store.insert("new", stored(None, FaceChoice::Largest), later);
        assert_eq!(store.len(), MAX_TOKENS);
        assert!(store.get("t0", later).is_some() && store.get("t1", later).is_none());
        let keys: Vec<(String, bool)> =
            store.take_changes().into_iter().map(|change| (change.key, change.value.is_some())).collect();
        assert_eq!(keys, [("new".to_owned(), true), ("t1".to_owned(), false)]);
    }

    #[test]
    fn a_new_store_goes_on_from_the_changes_of_another() {
        let mut store = store();
        let mut restored = TokenStore::default();
        for change in store.take_changes() {
            assert_eq!(change.store, "tokens");
            restored.restore(&change.key, &change.value.unwrap()).unwrap();
        }
        assert_eq!((store.take_changes(), restored.take_changes()), (Vec::new(), Vec::new()));
        assert_eq!(restored.len(), 3);
        for token in ["t1", "t2", "t3"] {
            let (before, after) = (store.get(token, NOW).unwrap(), restored.get(token, NOW).unwrap());
            assert!(before.query.embedding.cosine(&after.query.embedding) > 0.999_999);
            assert_eq!((&before.source, &before.choice), (&after.source, &after.choice));
            assert_eq!(before.query.embedder, after.query.embedder);
        }
        let at_its_end = NOW + TOKEN_LIFETIME_MS;
        assert!(restored.get("t1", at_its_end).is_none() && restored.get("t2", at_its_end).is_some());
        assert_eq!(restored.use_token("t3", NOW + 5).unwrap().choice, store.use_token("t3", NOW + 5).unwrap().choice);
        restored.forget("t2");
        let changes = restored.take_changes();
        assert_eq!(changes.len(), 2);
        assert_eq!((changes[0].key.as_str(), changes[0].value.is_none()), ("t2", true));
    }

    #[test]
    fn a_damaged_record_is_refused_alone() {
        let mut store = store();
        let good: Vec<u8> = store.take_changes().remove(0).value.unwrap();
        let text = String::from_utf8(good.clone()).unwrap();
        let cut = good[..good.len() / 2].to_vec();
        for bad in [
            cut,
            Vec::new(),
            b"\xff\xfe".to_vec(),
            text.replace("\"version\":1", "\"version\":9").into_bytes(),
            text.replace("\"t1\"", "\"other\"").into_bytes(),
            text.replace("lastUsedMs", "was").into_bytes(),
            text.replace("embedding\":[", "embedding\":[],\"x\":[").into_bytes(),
        ] {
            let mut restored = TokenStore::default();
            assert_eq!(restored.restore("t1", &bad).unwrap_err().parameter(), Some("state"));
            assert!(restored.is_empty());
            assert!(restored.restore("t1", &good).is_ok(), "the others are taken");
        }
    }
}
