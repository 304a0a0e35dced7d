//! Numbers of a table in ascending order, so that those of a value or range are found without a pass over the table.
//! Imports `library::row_set`.

use std::ops::RangeInclusive;
use std::sync::OnceLock;

use super::super::row_set::RowSet;

/// Into how many steps the ascending order is cut; a set of rows is kept for each.
const STEPS: usize = 64;

/// A column of whole numbers, at most one a row.
#[derive(Debug, Default)]
pub(super) struct NumberColumn {
    values: Vec<Option<i64>>,
    order: OnceLock<Order>,
}

/// The rows that have a number, by ascending number.
#[derive(Debug)]
struct Order {
    sorted: Vec<(i64, usize)>,
    /// How many places one step has.
    step: usize,
    /// The rows before each step.
    before_step: Vec<RowSet>,
}

impl NumberColumn {
    /// Adds the number of the next row.
    pub(super) fn push(&mut self, value: Option<i64>) {
        self.values.push(value);
        self.order = OnceLock::new();
    }

    /// The numbers, one a row.
    pub(super) fn values(&self) -> &[Option<i64>] {
        &self.values
    }

    /// Adds the rows whose number is in this range to a set.
    pub(super) fn add_in_range(&self, range: &RangeInclusive<i64>, found: &mut RowSet) {
        let order = self.order.get_or_init(|| Order::of(&self.values));
        let begin = order.sorted.partition_point(|(value, _)| value < range.start());
        let end = order.sorted.partition_point(|(value, _)| value <= range.end());
        if end <= begin.saturating_add(order.step) {
            order.add_places(begin, end, found);
        } else {
            let mut rows = order.before(end);
            rows.intersect(&order.before(begin).complement());
            found.unite(&rows);
        }
    }
}

impl Order {
    fn of(values: &[Option<i64>]) -> Self {
        let mut sorted: Vec<(i64, usize)> =
            values.iter().enumerate().filter_map(|(row, value)| value.map(|value| (value, row))).collect();
        sorted.sort_unstable();
        let step = sorted.len().div_ceil(STEPS).max(1);
        let mut rows = RowSet::none(values.len());
        let mut before_step = Vec::new();
        for places in sorted.chunks(step) {
            before_step.push(rows.clone());
            for (_, row) in places {
                rows.insert(*row);
            }
        }
        before_step.push(rows);
        Self { sorted, step, before_step }
    }

    /// The rows of the places before this one.
    fn before(&self, place: usize) -> RowSet {
        let last = self.before_step.len().saturating_sub(1);
        let step = (place / self.step).min(last);
        let mut rows = self.before_step.get(step).cloned().unwrap_or_default();
        self.add_places(step * self.step, place, &mut rows);
        rows
    }

    fn add_places(&self, begin: usize, end: usize, found: &mut RowSet) {
        self.sorted.get(begin..end).into_iter().flatten().for_each(|(_, row)| found.insert(*row));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_range_has_the_rows_that_a_pass_over_the_table_finds(
            values in proptest::collection::vec(proptest::option::of(-9_i64..99), 0..300), lower in -12_i64..99, length in -2_i64..99,
        ) {
            let mut column = NumberColumn::default();
            for value in &values {
                column.push(*value);
            }
            let range = lower..=lower + length;
            let mut found = RowSet::none(values.len());
            column.add_in_range(&range, &mut found);
            let naive = RowSet::where_row(values.len(), |row| values[row].is_some_and(|value| range.contains(&value)));
            prop_assert_eq!(found, naive);
        }
    }

    #[test]
    fn the_ends_of_all_numbers_are_in_a_range_of_all() {
        let mut column = NumberColumn::default();
        for value in [Some(i64::MAX), None, Some(i64::MIN), Some(0)] {
            column.push(value);
        }
        let mut found = RowSet::none(4);
        column.add_in_range(&(i64::MIN..=i64::MAX), &mut found);
        assert_eq!(found.iter().collect::<Vec<_>>(), [0, 2, 3]);
    }
}
