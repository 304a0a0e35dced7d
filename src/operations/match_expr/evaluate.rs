//! Which media a Match holds for, over the catalog's columns. Imports `library`.

use std::collections::HashSet;
use std::hash::Hash;
use std::ops::RangeBounds;

use memchr::memmem;

use super::field::{ExactField, NumericField};
use super::{Condition, ExactTest, Match, NumberRange, TextTest};
use crate::library::{Catalog, RowSet, fold_case};

impl Match {
    /// The rows of the catalog for which it holds.
    #[must_use]
    pub fn rows(&self, catalog: &Catalog) -> RowSet {
        match self {
            Self::And(operands) => {
                let mut found = RowSet::all(catalog.rows());
                for operand in each_once(operands) {
                    if found.is_empty() {
                        break;
                    }
                    found.intersect(&operand.rows(catalog));
                }
                found
            }
            Self::Or(operands) => {
                let mut found = RowSet::none(catalog.rows());
                for operand in each_once(operands) {
                    found.unite(&operand.rows(catalog));
                    if found.len() == catalog.rows() {
                        break;
                    }
                }
                found
            }
            Self::Not(operand) => operand.rows(catalog).complement(),
            Self::Is(condition) => condition.rows(catalog),
        }
    }
}

/// The operands without conditions that were there before.
fn each_once(operands: &[Match]) -> impl Iterator<Item = &Match> {
    let mut seen = HashSet::new();
    operands.iter().filter(move |operand| match operand {
        Match::Is(condition) => seen.insert(condition),
        _ => true,
    })
}

impl Condition {
    fn rows(&self, catalog: &Catalog) -> RowSet {
        match self {
            Self::Text(field, TextTest::Contains(text)) => catalog.text(*field).containing(text),
            Self::Text(field, TextTest::Like(pattern)) => {
                let pattern = Pattern::new(pattern);
                catalog.text(*field).matching(|text| pattern.fits(text))
            }
            Self::Exact(field, test) => exact_rows(catalog, *field, test),
            Self::Number(field, test) => number_rows(catalog, *field, test),
            Self::Range(field, range) => rows_in_range(catalog, *field, range),
        }
    }
}

fn exact_rows(catalog: &Catalog, field: ExactField, test: &ExactTest<String>) -> RowSet {
    let equal_to = |value: &String| match field.column() {
        Some(column) => catalog.terms(column).equal_to(value),
        None => row_of_id(catalog, value),
    };
    match test {
        ExactTest::Equals(value) => equal_to(value),
        ExactTest::Differs(value) => equal_to(value).complement(),
        ExactTest::AnyOf(values) => any_of(catalog, values, |found, value| {
            if let Some(column) = field.column() {
                catalog.terms(column).add_equal_to(value, found);
            } else {
                found.unite(&equal_to(value));
            }
        }),
    }
}

fn row_of_id(catalog: &Catalog, id: &str) -> RowSet {
    let mut found = RowSet::none(catalog.rows());
    if let Some(row) = catalog.ids().find(id) {
        found.insert(row);
    }
    found
}

fn any_of<T: Eq + Hash>(catalog: &Catalog, values: &[T], mut add: impl FnMut(&mut RowSet, &T)) -> RowSet {
    let mut found = RowSet::none(catalog.rows());
    for value in values.iter().collect::<HashSet<&T>>() {
        add(&mut found, value);
    }
    found
}

fn number_rows(catalog: &Catalog, field: NumericField, test: &ExactTest<i64>) -> RowSet {
    let column = catalog.numbers(field.column());
    let value_of = |row: usize| column.get(row).copied().flatten();
    match test {
        ExactTest::Equals(value) => RowSet::where_row(catalog.rows(), |row| value_of(row) == Some(*value)),
        ExactTest::Differs(value) => RowSet::where_row(catalog.rows(), |row| value_of(row) != Some(*value)),
        ExactTest::AnyOf(values) => {
            let values: HashSet<i64> = values.iter().copied().collect();
            RowSet::where_row(catalog.rows(), |row| value_of(row).is_some_and(|value| values.contains(&value)))
        }
    }
}

fn rows_in_range(catalog: &Catalog, field: NumericField, range: &NumberRange) -> RowSet {
    let column = catalog.numbers(field.column());
    RowSet::where_row(catalog.rows(), |row| {
        column.get(row).copied().flatten().is_some_and(|value| range.contains(value))
    })
}

impl NumberRange {
    /// Whether a number is in the range.
    #[must_use]
    pub fn contains(&self, value: i64) -> bool {
        (self.lower, self.upper).contains(&value)
    }
}

/// A `like` pattern: texts that follow each other, with anything between them.
struct Pattern(Vec<String>);

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
        Self(parts.iter().map(|part| fold_case(part)).collect())
    }

    /// Whether a folded text is of this pattern.
    fn fits(&self, text: &[u8]) -> bool {
        let Some((first, rest)) = self.0.split_first() else { return false };
        let Some(mut left) = text.strip_prefix(first.as_bytes()) else { return false };
        let Some((last, middle)) = rest.split_last() else { return left.is_empty() };
        for part in middle {
            let Some(at) = memmem::find(left, part.as_bytes()) else { return false };
            left = left.get(at + part.len()..).unwrap_or_default();
        }
        left.ends_with(last.as_bytes())
    }
}
