//! SortBy: the order of a list of media, and the page of it that is asked for. Imports `library` and `error`.

use std::cmp::{Ordering, Reverse};
use std::fmt::{self, Display, Formatter};

use crate::error::{Error, Result};
use crate::library::{Catalog, NumberField, RowSet, TextColumn, TextField};

/// By what a list of media is sorted, the weightiest first. Media that are equal in all are in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortOrder(Vec<SortKey>);

/// One thing to sort by. Media without a value come last in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortKey {
    /// What is compared.
    pub field: SortField,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// What media can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortField {
    /// The title, without regard to case.
    Title,
    /// The id.
    MediaId,
    /// A number.
    Number(NumberField),
}

const FIELDS: [(&str, SortField); 9] = [
    ("utcCreate", SortField::Number(NumberField::Created)),
    ("utcModified", SortField::Number(NumberField::Modified)),
    ("title", SortField::Title),
    ("mediaId", SortField::MediaId),
    ("cateId", SortField::Number(NumberField::CateId)),
    ("status", SortField::Number(NumberField::Status)),
    ("duration", SortField::Number(NumberField::Duration)),
    ("fileSize", SortField::Number(NumberField::FileSize)),
    ("intField1", SortField::Number(NumberField::IntField1)),
];

impl Default for SortOrder {
    /// The newest first.
    fn default() -> Self {
        Self(vec![SortKey { field: SortField::Number(NumberField::Created), descending: true }])
    }
}

impl Display for SortOrder {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, key) in self.0.iter().enumerate() {
            let name = FIELDS.iter().find(|(_, field)| *field == key.field).map_or("", |(name, _)| name);
            let comma = if index > 0 { "," } else { "" };
            write!(f, "{comma}{name}:{}", if key.descending { "Desc" } else { "Asc" })?;
        }
        Ok(())
    }
}

impl SortOrder {
    /// Reads `utcCreate:Desc,title`, in any case; `Asc` where no direction is given.
    ///
    /// # Errors
    /// `InvalidParameter` naming SortBy and the key that is wrong.
    pub fn parse(text: &str) -> Result<Self> {
        let invalid = |reason: String| Error::invalid("SortBy", reason);
        let mut keys: Vec<SortKey> = Vec::new();
        for part in text.split(',') {
            let (name, direction) = part.split_once(':').unwrap_or((part, "Asc"));
            let (name, direction) = (name.trim(), direction.trim());
            let known = FIELDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            let (_, field) = known.ok_or_else(|| {
                invalid(format!(
                    "{name:?} is no field to sort by; known are: {}",
                    FIELDS.map(|(name, _)| name).join(", ")
                ))
            })?;
            let descending = match direction.to_ascii_lowercase().as_str() {
                "asc" => false,
                "desc" => true,
                _ => return Err(invalid(format!("{direction:?} is no direction of {name}; Asc and Desc are"))),
            };
            if keys.iter().any(|key| key.field == *field) {
                return Err(invalid(format!("{name} is there twice")));
            }
            keys.push(SortKey { field: *field, descending });
        }
        Ok(Self(keys))
    }

    /// The rows from place `offset` on of the sorted list, at most `size`. Only these are sorted fully.
    pub(super) fn page(&self, catalog: &Catalog, rows: &RowSet, offset: usize, size: usize) -> Vec<usize> {
        let mut rows: Vec<usize> = rows.iter().collect();
        if offset >= rows.len() || size == 0 {
            return Vec::new();
        }
        let comparison = Comparison::new(catalog, self);
        if offset > 0 {
            rows.select_nth_unstable_by(offset, |a, b| comparison.of(*a, *b));
            rows.drain(..offset);
        }
        if rows.len() > size {
            rows.select_nth_unstable_by(size, |a, b| comparison.of(*a, *b));
            rows.truncate(size);
        }
        rows.sort_unstable_by(|a, b| comparison.of(*a, *b));
        rows
    }
}

/// The columns that an order compares.
struct Comparison<'a> {
    catalog: &'a Catalog,
    columns: Vec<(Column<'a>, bool)>,
}

enum Column<'a> {
    Ids,
    Texts(&'a TextColumn),
    Numbers(&'a [Option<i64>]),
}

impl<'a> Comparison<'a> {
    fn new(catalog: &'a Catalog, order: &SortOrder) -> Self {
        let column = |key: &SortKey| match key.field {
            SortField::MediaId => (Column::Ids, key.descending),
            SortField::Title => (Column::Texts(catalog.text(TextField::Title)), key.descending),
            SortField::Number(field) => (Column::Numbers(catalog.numbers(field)), key.descending),
        };
        Self { catalog, columns: order.0.iter().map(column).collect() }
    }

    fn of(&self, a: usize, b: usize) -> Ordering {
        for (column, descending) in &self.columns {
            let order = match column {
                Column::Ids => directed(self.catalog.ids().rank(a), self.catalog.ids().rank(b), *descending),
                Column::Texts(texts) => directed(texts.folded(a), texts.folded(b), *descending),
                Column::Numbers(numbers) => numbers_directed(numbers, a, b, *descending),
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        self.catalog.ids().rank(a).cmp(&self.catalog.ids().rank(b))
    }
}

fn directed<T: Ord>(a: T, b: T, descending: bool) -> Ordering {
    if descending { Reverse(a).cmp(&Reverse(b)) } else { a.cmp(&b) }
}

/// Rows without a number come last.
fn numbers_directed(numbers: &[Option<i64>], a: usize, b: usize, descending: bool) -> Ordering {
    let value_of = |row: usize| numbers.get(row).copied().flatten();
    match (value_of(a), value_of(b)) {
        (Some(a), Some(b)) => directed(a, b, descending),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read_in_any_case_and_printed_back() {
        for (text, read) in [
            ("utcCreate:Desc,utcModified:Desc", "utcCreate:Desc,utcModified:Desc"),
            (" UTCCREATE : desc , title", "utcCreate:Desc,title:Asc"),
            (
                "duration:ASC,filesize:Desc,intField1,cateId,status,mediaId",
                "duration:Asc,fileSize:Desc,intField1:Asc,cateId:Asc,status:Asc,mediaId:Asc",
            ),
        ] {
            assert_eq!(SortOrder::parse(text).unwrap().to_string(), read);
        }
        assert_eq!(SortOrder::default().to_string(), "utcCreate:Desc");
    }

    #[test]
    fn what_is_wrong_with_an_order_is_named() {
        let known = "known are: utcCreate, utcModified, title, mediaId, cateId, status, duration, fileSize, intField1";
        for (text, says) in [
            ("colour:Desc", format!("\"colour\" is no field to sort by; {known}")),
            ("title,", format!("\"\" is no field to sort by; {known}")),
            ("title:Down", "\"Down\" is no direction of title; Asc and Desc are".to_owned()),
            ("title:", "\"\" is no direction of title; Asc and Desc are".to_owned()),
            ("title:Asc:Desc", "\"Asc:Desc\" is no direction of title; Asc and Desc are".to_owned()),
            ("title,Title:Desc", "Title is there twice".to_owned()),
        ] {
            assert_eq!(SortOrder::parse(text).unwrap_err().to_string(), format!("SortBy: {says}"));
        }
    }
}
