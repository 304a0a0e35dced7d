//! Texts of a table as one run of bytes, case folded, so that one pass looks through all of them. Imports `library::row_set`.

use memchr::memmem::Finder;

use super::super::row_set::RowSet;

/// Ends every text. UTF-8 never has this byte, so nothing is found across the end of a text.
const END: u8 = 0xFF;

/// A text as comparisons that ignore case see it: lower case letter by letter, and one Greek sigma.
#[must_use]
pub fn fold_case(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let lower = text.chars().flat_map(char::to_lowercase);
    lower.map(|letter| if letter == 'ς' { 'σ' } else { letter }).collect()
}

/// A column of texts, any number a row, for tests that ignore case.
#[derive(Debug, Default)]
pub struct TextColumn {
    /// All folded texts, each followed by `END`.
    text: Vec<u8>,
    /// Where each text ends: the place of its `END`.
    ends: Vec<usize>,
    /// The row of each text, ascending.
    rows: Vec<usize>,
    table_rows: usize,
}

impl TextColumn {
    /// A column of a table of so many rows.
    pub(super) fn new(table_rows: usize) -> Self {
        Self { table_rows, ..Self::default() }
    }

    /// Adds a text of a row; rows come in ascending order.
    pub(super) fn push(&mut self, row: usize, text: &str) {
        self.text.extend_from_slice(fold_case(text).as_bytes());
        self.ends.push(self.text.len());
        self.rows.push(row);
        self.text.push(END);
    }

    /// The rows with a text that contains `needle`, without regard to case.
    #[must_use]
    pub fn containing(&self, needle: &str) -> RowSet {
        self.matching(&fold_case(needle), |_| true)
    }

    /// The rows with a text for which `holds` answers yes; it is asked only about texts, folded, that contain `needle`.
    #[must_use]
    pub fn matching(&self, needle: &str, mut holds: impl FnMut(&[u8]) -> bool) -> RowSet {
        let mut found = RowSet::none(self.table_rows);
        let finder = Finder::new(needle.as_bytes());
        let (mut from, mut entry) = (0, 0);
        while let Some(at) = self.text.get(from..).and_then(|rest| finder.find(rest)) {
            entry += self.entries_before(entry, from + at);
            let (Some(row), Some(end)) = (self.rows.get(entry), self.ends.get(entry)) else { break };
            if holds(self.folded(entry)) {
                found.insert(*row);
            }
            from = end + 1;
            entry += 1;
        }
        found
    }

    /// How many texts from `entry` on end before `place`: near ones are looked at one by one, far ones by halving.
    fn entries_before(&self, entry: usize, place: usize) -> usize {
        const NEAR: usize = 8;
        let ends = self.ends.get(entry..).unwrap_or_default();
        match ends.iter().take(NEAR).position(|end| *end >= place) {
            Some(steps) => steps,
            None => ends.partition_point(|end| *end < place),
        }
    }

    /// The folded text of an entry, which is the row where every row has one text; empty beyond the last.
    #[must_use]
    pub fn folded(&self, entry: usize) -> &[u8] {
        let start = entry.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| end + 1);
        let end = self.ends.get(entry).copied().unwrap_or_default();
        self.text.get(start..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn column(texts: &[(usize, &str)]) -> TextColumn {
        let mut column = TextColumn::new(texts.iter().map(|(row, _)| row + 1).max().unwrap_or(0));
        for (row, text) in texts {
            column.push(*row, text);
        }
        column
    }

    fn rows(found: &RowSet) -> Vec<usize> {
        found.iter().collect()
    }

    #[test]
    fn case_is_ignored_in_every_script() {
        let column = column(&[(0, "Straße in KÖLN"), (1, "köln"), (2, "ΟΔΟΣ"), (3, "οδος"), (4, "")]);
        assert_eq!(rows(&column.containing("köLN")), [0, 1]);
        assert_eq!(rows(&column.containing("οδος")), [2, 3]);
        assert_eq!(rows(&column.containing("x")), Vec::<usize>::new());
    }

    #[test]
    fn nothing_is_found_across_two_texts() {
        let column = column(&[(0, "ab"), (1, "cd"), (1, "ef")]);
        assert_eq!(rows(&column.containing("bc")), Vec::<usize>::new());
        assert_eq!(rows(&column.containing("de")), Vec::<usize>::new());
        assert_eq!(rows(&column.containing("ef")), [1]);
        assert_eq!(column.folded(1), b"cd");
        assert_eq!(column.folded(9), b"");
    }

    #[test]
    fn a_test_is_asked_about_texts_with_the_needle_only_and_about_all_for_an_empty_one() {
        let column = column(&[(0, "ab"), (1, ""), (2, "cab"), (2, "c")]);
        let asked = |needle: &str| {
            let mut asked = Vec::new();
            let found = column.matching(needle, |text| {
                asked.push(String::from_utf8(text.to_vec()).unwrap());
                text.ends_with(b"c")
            });
            (asked, rows(&found))
        };
        assert_eq!(asked("a"), (vec!["ab".to_owned(), "cab".to_owned()], Vec::new()));
        assert_eq!(asked(""), (["ab", "", "cab", "c"].map(str::to_owned).to_vec(), vec![2]));
    }

    proptest! {
        #[test]
        fn one_pass_finds_what_each_text_by_itself_contains(
            texts in proptest::collection::vec((0_usize..3, "[abA ]{0,6}"), 0..60), needle in "[abAB]{1,3}",
        ) {
            let mut row = 0;
            let texts: Vec<(usize, &str)> = texts.iter().map(|(step, text)| { row += step; (row, text.as_str()) }).collect();
            let mut naive: Vec<usize> = texts.iter()
                .filter(|(_, text)| fold_case(text).contains(&fold_case(&needle))).map(|(row, _)| *row).collect();
            naive.dedup();
            prop_assert_eq!(rows(&column(&texts).containing(&needle)), naive);
        }
    }
}
