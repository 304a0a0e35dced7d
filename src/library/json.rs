//! Reading of JSON such that an error names the field that is wrong by its path, as in `files[3].bytes`.
//! Imports `error`.

use serde_json::Value;

use crate::error::{Error, Result};

/// A JSON value, with its path from the root and the library that it belongs to.
pub(super) struct Node<'a> {
    library: &'a str,
    path: String,
    value: &'a Value,
}

/// The error that the field `path` of a library's manifest is wrong.
pub(super) fn malformed(library: &str, path: &str, reason: impl Into<String>) -> Error {
    let part = if path.is_empty() { "manifest".to_owned() } else { format!("manifest: {path}") };
    Error::LibraryMalformed { library: library.to_owned(), part, reason: reason.into() }
}

impl<'a> Node<'a> {
    /// The root of a document.
    pub(super) fn root(library: &'a str, value: &'a Value) -> Self {
        Self { library, path: String::new(), value }
    }

    /// An error about this node.
    pub(super) fn wrong(&self, reason: impl Into<String>) -> Error {
        malformed(self.library, &self.path, reason)
    }

    /// The member `name` of this object, which must be there.
    pub(super) fn member(&self, name: &str) -> Result<Self> {
        let object = self.value.as_object().ok_or_else(|| self.expected("an object"))?;
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        match object.get(name) {
            Some(value) => Ok(Self { library: self.library, path, value }),
            None => Err(malformed(self.library, &path, "the field is missing")),
        }
    }

    /// How many elements this array has.
    pub(super) fn length(&self) -> Result<usize> {
        self.value.as_array().map(Vec::len).ok_or_else(|| self.expected("an array"))
    }

    /// The elements of this array.
    pub(super) fn elements(&self) -> Result<Vec<Self>> {
        let array = self.value.as_array().ok_or_else(|| self.expected("an array"))?;
        let element = |(index, value)| Self { library: self.library, path: format!("{}[{index}]", self.path), value };
        Ok(array.iter().enumerate().map(element).collect())
    }

    /// This string.
    pub(super) fn text(&self) -> Result<&'a str> {
        self.value.as_str().ok_or_else(|| self.expected("a string"))
    }

    /// This whole number from 0 to 2^53 - 1.
    pub(super) fn whole(&self) -> Result<u64> {
        self.value
            .as_u64()
            .filter(|number| *number < 1 << 53)
            .ok_or_else(|| self.expected("a whole number from 0 to 2^53 - 1"))
    }

    /// This whole number as a count of things in memory.
    pub(super) fn count(&self) -> Result<usize> {
        usize::try_from(self.whole()?).map_err(|_| self.wrong("the number is too large for this machine"))
    }

    fn expected(&self, what: &str) -> Error {
        let mut found = self.value.to_string();
        if found.chars().count() > 40 {
            found = format!("{} ...", found.chars().take(40).collect::<String>());
        }
        self.wrong(format!("expected {what}, found {found}"))
    }
}
