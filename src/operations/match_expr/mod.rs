//! The Match expression of SearchMedia: typed, read from text, printed back, evaluated over the catalog's columns.
//! Imports `core`, `library` and `error`.
//!
//! The grammar is that of the public reference: exact `f == 'v'`, contains `f = 'v'`, any-of `f in ('a', 'b')`, range
//! `f = (a, b)` or `[a, b]`, `and`, `or`, parentheses. Ours: `not`, `!=`, `like` with `%`, and `or` outside of parentheses too,
//! where `and` binds more tightly.

mod evaluate;
mod field;
mod fold;
mod grammar;
#[cfg(test)]
mod limit_tests;
mod print;
#[cfg(test)]
mod tests;

use std::ops::Bound;

pub use field::{ExactField, Field, NumericField};

use crate::error::{Error, Result};
use crate::library::TextField;

/// The longest Match, in bytes.
pub const MAX_MATCH_BYTES: usize = 1 << 20;
/// How deep parentheses and `not` may nest.
pub const MAX_MATCH_DEPTH: usize = 100;
/// The longest text of a contains test, in characters.
pub const MAX_CONTAINS_CHARS: usize = 60;

/// How many contains and like tests one Match may have: each is a pass over all texts of its field.
pub const MAX_TEXT_TESTS: usize = 1000;

/// A filter of the catalog. What stands in it is right by construction: every test is one that its field has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// All of these hold.
    And(Vec<Match>),
    /// At least one of these holds.
    Or(Vec<Match>),
    /// This does not hold.
    Not(Box<Match>),
    /// A test of one field.
    Is(Condition),
}

/// A test of one field. A field without a value fails every test but `Differs`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Of a text that is looked through.
    Text(TextField, TextTest),
    /// Of a value that is compared as a whole; tags have `AnyOf` only, ids and labels all but that.
    Exact(ExactField, ExactTest<String>),
    /// Of a whole number.
    Number(NumericField, ExactTest<i64>),
    /// Of a number or a moment: within a range.
    Range(NumericField, NumberRange),
}

/// A test of a text. Both ignore case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TextTest {
    /// It contains this text of 1 to 60 characters.
    Contains(String),
    /// It is, as a whole, this pattern, in which `%` stands for any text, and `\%` and `\\` for themselves.
    Like(String),
}

/// A test of a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ExactTest<T> {
    /// It is this.
    Equals(T),
    /// It is not this.
    Differs(T),
    /// It is one of these.
    AnyOf(Vec<T>),
}

/// A range of whole numbers, of which at least one end is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NumberRange {
    /// Where it begins.
    pub lower: Bound<i64>,
    /// Where it ends.
    pub upper: Bound<i64>,
}

impl Match {
    /// Reads a Match text.
    ///
    /// # Errors
    /// `InvalidParameter` naming Match, with the column (in characters, from 1), what was found there and what was expected.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > MAX_MATCH_BYTES {
            let reason = format!("it has {} bytes; at most {MAX_MATCH_BYTES} are allowed", text.len());
            return Err(Error::invalid("Match", reason));
        }
        grammar::parse(text).map_err(|fault| Error::invalid("Match", fault.message(text)))
    }
}
