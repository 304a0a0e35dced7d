//! The operands of a conjunction or disjunction put together, so that tests of one column need one pass over it, however many
//! they are. Imports `library`.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;
use std::slice;

use super::field::{ExactField, NumericField};
use super::{Condition, ExactTest, Match, TextTest};
use crate::library::{Catalog, RowSet, TextField};

/// A Match as what must hold and what must not: all of it, or, of a disjunction, any of it.
pub(super) struct Folded<'a> {
    is_and: bool,
    positive: Conditions<'a>,
    negative: Conditions<'a>,
    /// Disjunctions in a conjunction, and conjunctions in a disjunction; whether each is negated.
    others: Vec<(&'a Match, bool)>,
}

/// Conditions by the column that they are of. None of them is `Differs`.
#[derive(Default)]
struct Conditions<'a> {
    ranges: HashMap<NumericField, Vec<RangeInclusive<i64>>>,
    /// Each time any of the values.
    numbers: HashMap<NumericField, Vec<&'a [i64]>>,
    /// Each time any of the values.
    terms: HashMap<ExactField, HashSet<&'a [String]>>,
    texts: HashSet<(TextField, &'a TextTest)>,
}

impl<'a> Folded<'a> {
    /// Puts together what a Match says.
    pub(super) fn of(expression: &'a Match) -> Self {
        let is_and = !matches!(expression, Match::Or(_));
        let (positive, negative) = (Conditions::default(), Conditions::default());
        let mut folded = Self { is_and, positive, negative, others: Vec::new() };
        folded.add(expression, false);
        folded
    }

    fn add(&mut self, operand: &'a Match, is_negated: bool) {
        match operand {
            Match::Not(inner) => self.add(inner, !is_negated),
            // The opposite of a disjunction is the conjunction of the opposites, and the other way round.
            Match::And(operands) if self.is_and != is_negated => operands.iter().for_each(|o| self.add(o, is_negated)),
            Match::Or(operands) if self.is_and == is_negated => operands.iter().for_each(|o| self.add(o, is_negated)),
            Match::And(_) | Match::Or(_) => self.others.push((operand, is_negated)),
            Match::Is(condition) => {
                let differs = matches!(
                    condition,
                    Condition::Exact(_, ExactTest::Differs(_)) | Condition::Number(_, ExactTest::Differs(_))
                );
                let conditions = if is_negated == differs { &mut self.positive } else { &mut self.negative };
                conditions.add(condition);
            }
        }
    }

    /// The rows of the catalog for which it holds.
    pub(super) fn rows(&self, catalog: &Catalog) -> RowSet {
        let mut found = if self.is_and { self.positive.all_hold(catalog) } else { self.positive.any_holds(catalog) };
        if !self.negative.is_empty() && self.is_and {
            found.intersect(&self.negative.any_holds(catalog).complement());
        } else if !self.negative.is_empty() {
            found.unite(&self.negative.all_hold(catalog).complement());
        }
        for (operand, is_negated) in &self.others {
            if if self.is_and { found.is_empty() } else { found.len() == catalog.rows() } {
                break;
            }
            let rows = operand.rows(catalog);
            let rows = if *is_negated { rows.complement() } else { rows };
            if self.is_and {
                found.intersect(&rows);
            } else {
                found.unite(&rows);
            }
        }
        found
    }
}

impl<'a> Conditions<'a> {
    /// Adds a condition, of `Differs` its opposite.
    fn add(&mut self, condition: &'a Condition) {
        match condition {
            Condition::Text(field, test) => drop(self.texts.insert((*field, test))),
            Condition::Exact(field, test) => drop(self.terms.entry(*field).or_default().insert(values_of(test))),
            Condition::Number(field, test) => self.numbers.entry(*field).or_default().push(values_of(test)),
            Condition::Range(field, range) => self.ranges.entry(*field).or_default().push(range.inclusive()),
        }
    }

    fn is_empty(&self) -> bool {
        self.ranges.is_empty() && self.numbers.is_empty() && self.terms.is_empty() && self.texts.is_empty()
    }

    /// The rows for which at least one holds.
    fn any_holds(&self, catalog: &Catalog) -> RowSet {
        let mut found = RowSet::none(catalog.rows());
        for (field, ranges) in &self.ranges {
            found.unite(&catalog.number_in_ranges(field.column(), ranges));
        }
        for (field, lists) in &self.numbers {
            found.unite(&catalog.number_any_of(field.column(), lists.iter().copied().flatten().copied()));
        }
        for (field, lists) in &self.terms {
            add_any_of(catalog, *field, lists.iter().copied().flatten(), &mut found);
        }
        for (field, test) in &self.texts {
            if found.len() == catalog.rows() {
                break;
            }
            found.unite(&test.rows(catalog, *field));
        }
        found
    }

    /// The rows for which all hold.
    fn all_hold(&self, catalog: &Catalog) -> RowSet {
        let mut found = RowSet::all(catalog.rows());
        for (field, ranges) in &self.ranges {
            found.intersect(&catalog.number_in_ranges(field.column(), &[common_range(ranges)]));
        }
        for (field, lists) in &self.numbers {
            found.intersect(&catalog.number_any_of(field.column(), common_values(lists)));
        }
        for (field, list) in self.terms.iter().flat_map(|(field, lists)| lists.iter().map(move |list| (field, list))) {
            if found.is_empty() {
                break;
            }
            let mut rows = RowSet::none(catalog.rows());
            add_any_of(catalog, *field, list.iter(), &mut rows);
            found.intersect(&rows);
        }
        for (field, test) in &self.texts {
            if found.is_empty() {
                break;
            }
            found.intersect(&test.rows(catalog, *field));
        }
        found
    }
}

fn values_of<T>(test: &ExactTest<T>) -> &[T] {
    match test {
        ExactTest::Equals(value) | ExactTest::Differs(value) => slice::from_ref(value),
        ExactTest::AnyOf(values) => values,
    }
}

/// Adds the rows that have one of these values.
fn add_any_of<'a>(catalog: &Catalog, field: ExactField, values: impl Iterator<Item = &'a String>, found: &mut RowSet) {
    for value in values.collect::<HashSet<_>>() {
        match field.column() {
            Some(column) => catalog.terms(column).add_equal_to(value, found),
            None => catalog.ids().find(value).into_iter().for_each(|row| found.insert(row)),
        }
    }
}

/// The numbers that are in all of these ranges.
fn common_range(ranges: &[RangeInclusive<i64>]) -> RangeInclusive<i64> {
    ranges
        .iter()
        .fold(i64::MIN..=i64::MAX, |common, range| *common.start().max(range.start())..=*common.end().min(range.end()))
}

/// The numbers that are in all of these lists.
fn common_values(lists: &[&[i64]]) -> HashSet<i64> {
    let Some(shortest) = lists.iter().min_by_key(|list| list.len()) else { return HashSet::new() };
    let mut common: HashSet<i64> = shortest.iter().copied().collect();
    for list in lists {
        let values: HashSet<i64> = list.iter().copied().collect();
        common.retain(|value| values.contains(value));
    }
    common
}
