//! Values of a table that are compared as a whole: from each value to its rows. Imports `library::row_set`.

use std::collections::HashMap;

use super::super::row_set::RowSet;

/// The rows of a value: as a set where they are so many that the set is no larger than the list.
#[derive(Debug)]
enum Rows {
    Few(Vec<usize>),
    Many(RowSet),
}

/// A column of texts, any number a row, for tests of equality.
#[derive(Debug, Default)]
pub struct TermColumn {
    rows_of: HashMap<String, Rows>,
    table_rows: usize,
}

impl TermColumn {
    /// A column of a table of so many rows.
    pub(super) fn new(table_rows: usize) -> Self {
        Self { table_rows, ..Self::default() }
    }

    /// Adds a value of a row.
    pub(super) fn push(&mut self, row: usize, value: &str) {
        let Some(known) = self.rows_of.get_mut(value) else {
            self.rows_of.insert(value.to_owned(), Rows::Few(vec![row]));
            return;
        };
        match known {
            Rows::Few(rows) if rows.last() == Some(&row) => {}
            Rows::Few(rows) if rows.len() < self.table_rows.div_ceil(64) => rows.push(row),
            Rows::Few(rows) => {
                let mut set = RowSet::none(self.table_rows);
                rows.iter().chain([&row]).for_each(|row| set.insert(*row));
                *known = Rows::Many(set);
            }
            Rows::Many(set) => set.insert(row),
        }
    }

    /// The rows that have this value.
    #[must_use]
    pub fn equal_to(&self, value: &str) -> RowSet {
        let mut found = RowSet::none(self.table_rows);
        self.add_equal_to(value, &mut found);
        found
    }

    /// Adds the rows that have this value to a set.
    pub fn add_equal_to(&self, value: &str, found: &mut RowSet) {
        match self.rows_of.get(value) {
            None => {}
            Some(Rows::Few(rows)) => rows.iter().for_each(|row| found.insert(*row)),
            Some(Rows::Many(set)) => found.unite(set),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_few_rows_or_of_many_has_them_all() {
        let mut column = TermColumn::new(200);
        for row in 0..200 {
            column.push(row, "all");
            column.push(row, "all");
            if row % 67 == 0 {
                column.push(row, "few");
            }
        }
        assert_eq!(column.equal_to("all"), RowSet::all(200));
        assert_eq!(column.equal_to("few").iter().collect::<Vec<_>>(), [0, 67, 134]);
        assert!(column.equal_to("none").is_empty());
    }
}
