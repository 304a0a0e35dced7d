//! Which media a Match holds for, over the catalog's columns. Imports `library`.

use std::ops::{Bound, RangeInclusive};

use memchr::memmem::Finder;

use super::fold::Folded;
use super::{Match, NumberRange, TextTest};
use crate::library::{Catalog, RowSet, TextField, fold_case};

impl Match {
    /// The rows of the catalog for which it holds.
    #[must_use]
    pub fn rows(&self, catalog: &Catalog) -> RowSet {
        Folded::of(self).rows(catalog)
    }
}

impl TextTest {
    /// The rows with a text of this column for which it holds.
    pub(super) fn rows(&self, catalog: &Catalog, field: TextField) -> RowSet {
        match self {
            Self::Contains(text) => catalog.text(field).containing(text),
            Self::Like(pattern) => {
                let pattern = Pattern::new(pattern);
                catalog.text(field).matching(pattern.longest(), |text| pattern.fits(text))
            }
        }
    }
}

impl NumberRange {
    /// The range with both ends in it; an empty one where no number is in it.
    #[must_use]
    pub fn inclusive(&self) -> RangeInclusive<i64> {
        let lower = match self.lower {
            Bound::Included(value) => Some(value),
            Bound::Excluded(value) => value.checked_add(1),
            Bound::Unbounded => Some(i64::MIN),
        };
        let upper = match self.upper {
            Bound::Included(value) => Some(value),
            Bound::Excluded(value) => value.checked_sub(1),
            Bound::Unbounded => Some(i64::MAX),
        };
        match (lower, upper) {
            (Some(lower), Some(upper)) => lower..=upper,
            _ => RangeInclusive::new(i64::MAX, i64::MIN),
        }
    }
}

/// A `like` pattern: texts that follow each other, with anything between them.
struct Pattern {
    parts: Vec<String>,
    /// Of all parts but the first and the last.
    finders: Vec<Finder<'static>>,
}

impl Pattern {
    fn new(pattern: &str) -> Self {
        let mut parts = vec![String::new()];
        let mut letters = pattern.chars().peekable();
        while let Some(letter) = letters.next() {
            if letter == '%' {
                parts.push(String::new());
                continue;
            }
            let escaped = (letter == '\\').then(|| letters.next_if(|next| matches!(next, '%' | '\\'))).flatten();
            if let Some(part) = parts.last_mut() {
                part.push(escaped.unwrap_or(letter));
            }
        }
        // A run of `%` says no more than one: between two of them there is nothing to look for.
        let last = parts.len().saturating_sub(1);
        let says_something = |(place, part): &(usize, String)| *place == 0 || *place == last || !part.is_empty();
        let parts = parts.into_iter().enumerate().filter(says_something);
        let parts: Vec<String> = parts.map(|(_, part)| fold_case(&part)).collect();
        let between = parts.get(1..parts.len().saturating_sub(1)).unwrap_or_default();
        let finders = between.iter().map(|part| Finder::new(part.as_bytes()).into_owned()).collect();
        Self { parts, finders }
    }

    /// A part that every text of this pattern contains.
    fn longest(&self) -> &str {
        self.parts.iter().max_by_key(|part| part.len()).map_or("", String::as_str)
    }

    /// Whether a folded text is of this pattern.
    fn fits(&self, text: &[u8]) -> bool {
        let Some((first, rest)) = self.parts.split_first() else { return false };
        let Some(left) = text.strip_prefix(first.as_bytes()) else { return false };
        let Some(last) = rest.last() else { return left.is_empty() };
        let Some(mut left) = left.strip_suffix(last.as_bytes()) else { return false };
        for finder in &self.finders {
            let Some(at) = finder.find(left) else { return false };
            left = left.get(at + finder.needle().len()..).unwrap_or_default();
        }
        true
    }
}
