//! Values of a table that are compared as a whole: from each value to its rows. Imports `library::row_set`.

use std::collections::HashMap;

use super::super::row_set::RowSet;

/// A column of texts, any number a row, for tests of equality.
#[derive(Debug, Default)]
pub struct TermColumn {
    rows_of: HashMap<String, Vec<usize>>,
    table_rows: usize,
}

impl TermColumn {
    /// A column of a table of so many rows.
    pub(super) fn new(table_rows: usize) -> Self {
        Self { table_rows, ..Self::default() }
    }

    /// Adds a value of a row.
    pub(super) fn push(&mut self, row: usize, value: &str) {
        match self.rows_of.get_mut(value) {
            Some(rows) if rows.last() == Some(&row) => {}
            Some(rows) => rows.push(row),
            None => {
                self.rows_of.insert(value.to_owned(), vec![row]);
            }
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
        for row in self.rows_of.get(value).into_iter().flatten() {
            found.insert(*row);
        }
    }
}
