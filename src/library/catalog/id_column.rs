//! The ids of a table in their order, for ties and to find one. Imports nothing of the crate.

/// A column of ids, one a row, each once.
#[derive(Debug, Default)]
pub struct IdColumn {
    ids: Vec<String>,
    /// The rows in ascending order of their ids.
    order: Vec<usize>,
    /// The place of each row in that order.
    ranks: Vec<usize>,
}

impl IdColumn {
    /// A column of these ids.
    pub(super) fn new(ids: Vec<String>) -> Self {
        let mut order: Vec<usize> = (0..ids.len()).collect();
        if !ids.is_sorted() {
            order.sort_by_key(|row| ids.get(*row));
        }
        let mut ranks = vec![0; ids.len()];
        for (rank, row) in order.iter().enumerate() {
            if let Some(place) = ranks.get_mut(*row) {
                *place = rank;
            }
        }
        Self { ids, order, ranks }
    }

    /// The row of an id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<usize> {
        let place = self.order.partition_point(|row| self.ids.get(*row).is_some_and(|other| other.as_str() < id));
        self.order.get(place).copied().filter(|row| self.ids.get(*row).is_some_and(|other| other == id))
    }

    /// How many ids come before the one of this row.
    #[must_use]
    pub fn rank(&self, row: usize) -> usize {
        self.ranks.get(row).copied().unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_and_ranked_whatever_their_order() {
        let column = IdColumn::new(["c", "a", "b"].map(str::to_owned).to_vec());
        assert_eq!(
            ["a", "b", "c", "", "d", "bb"].map(|id| column.find(id)),
            [Some(1), Some(2), Some(0), None, None, None]
        );
        assert_eq!([0, 1, 2].map(|row| column.rank(row)), [2, 0, 1]);
        assert_eq!(IdColumn::new(Vec::new()).find("a"), None);
    }
}
