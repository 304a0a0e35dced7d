//! A set of row numbers as bits, for filters of tables. Imports nothing.

/// A set of rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowSet {
    words: Vec<u64>,
    rows: usize,
}

impl RowSet {
    /// None of `rows` rows.
    #[must_use]
    pub fn none(rows: usize) -> Self {
        Self { words: vec![0; rows.div_ceil(64)], rows }
    }

    /// All of `rows` rows.
    #[must_use]
    pub fn all(rows: usize) -> Self {
        let mut set = Self { words: vec![u64::MAX; rows.div_ceil(64)], rows };
        set.trim();
        set
    }

    /// The rows below `rows` for which `holds` answers yes.
    #[must_use]
    pub fn where_row(rows: usize, mut holds: impl FnMut(usize) -> bool) -> Self {
        let mut set = Self::none(rows);
        for (index, word) in set.words.iter_mut().enumerate() {
            let first = index * 64;
            for row in first..rows.min(first + 64) {
                *word |= u64::from(holds(row)) << (row - first);
            }
        }
        set
    }

    /// How many rows the table has.
    #[must_use]
    pub fn table_rows(&self) -> usize {
        self.rows
    }

    /// Adds a row; one beyond the table is ignored.
    pub fn insert(&mut self, row: usize) {
        if row < self.rows
            && let Some(word) = self.words.get_mut(row / 64)
        {
            *word |= 1 << (row % 64);
        }
    }

    /// Whether a row is in the set.
    #[must_use]
    pub fn contains(&self, row: usize) -> bool {
        self.words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// The rows from `64 * index`, as bits; none beyond the table.
    pub(super) fn word(&self, index: usize) -> u64 {
        self.words.get(index).copied().unwrap_or_default()
    }

    /// How many rows are in the set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether no row is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The rows in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(index, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(index * 64 + bit)
            })
        })
    }

    /// Keeps the rows that `other` has too.
    pub fn intersect(&mut self, other: &Self) {
        let others = other.words.iter().copied().chain(std::iter::repeat(0));
        for (word, theirs) in self.words.iter_mut().zip(others) {
            *word &= theirs;
        }
    }

    /// Adds the rows of `other`, a set of the same table.
    pub fn unite(&mut self, other: &Self) {
        for (word, theirs) in self.words.iter_mut().zip(&other.words) {
            *word |= theirs;
        }
        self.trim();
    }

    /// The rows that are not in the set.
    #[must_use]
    pub fn complement(mut self) -> Self {
        for word in &mut self.words {
            *word = !*word;
        }
        self.trim();
        self
    }

    fn trim(&mut self) {
        let last = self.rows % 64;
        if last != 0
            && let Some(word) = self.words.last_mut()
        {
            *word &= (1 << last) - 1;
        }
    }
}
