//! What a store of tokens or tasks tells its host to keep, so that a reload finds it again. Imports `error`.
//!
//! A store notes which of its records changed; the host asks now and then, writes what it is given, and gives it back to a new
//! store. Records are JSON in UTF-8, each with a version of its own, so that one that is damaged is refused alone.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// The version of the records that are written here, and the only one that is read.
const VERSION: u64 = 1;

/// One record that was made, changed or deleted since the host asked last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChange {
    /// Which store it belongs to: `tokens`, `tasks`, or `own:` and the name of a library of the client's own.
    pub store: String,
    /// The record's name within its store.
    pub key: String,
    /// The record; `None` where it was deleted.
    pub value: Option<Vec<u8>>,
}

/// The keys of the records that changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Changes(BTreeSet<String>);

impl Changes {
    /// Notes that a record was made, changed or deleted.
    pub(super) fn note(&mut self, key: String) {
        self.0.insert(key);
    }

    /// What the host is to keep, in the order of the keys; `record` answers what a record is now.
    pub(super) fn take(&mut self, store: &str, record: impl Fn(&str) -> Option<Vec<u8>>) -> Vec<StateChange> {
        let keys = std::mem::take(&mut self.0);
        keys.into_iter().map(|key| StateChange { store: store.to_owned(), value: record(&key), key }).collect()
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Versioned<T> {
    version: u64,
    record: T,
}

/// Only the version of a record, which is read first.
#[derive(serde::Deserialize)]
struct VersionOnly {
    version: u64,
}

/// A record as bytes. The same record gives the same bytes.
pub(super) fn to_bytes<T: Serialize>(record: &T) -> Vec<u8> {
    // Writing fails only for maps whose keys are no text, which no record has; nothing is restored from no bytes.
    serde_json::to_vec(&Versioned { version: VERSION, record }).unwrap_or_default()
}

/// The record of these bytes.
///
/// # Errors
/// `InvalidParameter` naming `state`, the store and the key, when the bytes are no such record or one of another version.
pub(super) fn from_bytes<T: DeserializeOwned>(store: &str, key: &str, bytes: &[u8]) -> Result<T> {
    let found = serde_json::from_slice::<VersionOnly>(bytes).map_err(|e| damaged(store, key, &e))?;
    if found.version != VERSION {
        let reason = format!("it is of version {}, but this version of visavis reads {VERSION}", found.version);
        return Err(damaged(store, key, &reason));
    }
    let versioned: Versioned<T> = serde_json::from_slice(bytes).map_err(|e| damaged(store, key, &e))?;
    Ok(versioned.record)
}

/// A record that cannot be restored.
pub(super) fn damaged(store: &str, key: &str, reason: &dyn std::fmt::Display) -> Error {
    let key: String = key.chars().take(80).collect();
    Error::invalid("state", format!("record {key:?} of {store} cannot be restored: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_back_and_one_of_another_version_is_refused() {
        let bytes = to_bytes(&vec![1, 2]);
        assert_eq!(from_bytes("tasks", "a", &bytes), Ok(vec![1, 2]));
        let newer = String::from_utf8(bytes).unwrap().replace("\"version\":1", "\"version\":2");
        let error = from_bytes::<Vec<u8>>("tasks", "a", newer.as_bytes()).unwrap_err();
        assert_eq!(error.parameter(), Some("state"));
        assert_eq!(
            error.to_string(),
            "state: record \"a\" of tasks cannot be restored: it is of version 2, but this version of visavis reads 1"
        );
    }

    #[test]
    fn changes_of_one_record_come_once_and_only_once() {
        let mut changes = Changes::default();
        for key in ["b", "a", "b"] {
            changes.note(key.to_owned());
        }
        let taken = changes.take("tokens", |key| (key == "a").then(|| vec![7]));
        let change = |key: &str, value| StateChange { store: "tokens".into(), key: key.to_owned(), value };
        assert_eq!(taken, [change("a", Some(vec![7])), change("b", None)]);
        assert_eq!(changes.take("tokens", |_| None), []);
    }
}
