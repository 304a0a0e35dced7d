//! The catalog as columns, so that filters and orders do not touch documents. Made from the records once, at the first use.
//! Imports `core` and the library's records.

mod id_column;
mod number_column;
mod term_column;
mod text_column;

pub use id_column::IdColumn;
use number_column::NumberColumn;
pub use term_column::TermColumn;
pub use text_column::{TextColumn, fold_case};

use std::collections::HashSet;
use std::ops::RangeInclusive;

use super::opened::Library;
use super::records::{EntityRecord, MediaRecord};
use super::row_set::RowSet;

/// The status that a media has where its owner says nothing: normal.
pub const NORMAL_STATUS: i64 = 3;
/// The category of a face that belongs to nobody known.
pub const UNKNOWN_CATEGORY: &str = "unknown";

/// The columns whose texts are looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextField {
    /// What people call the media; every row has one.
    Title,
    /// What it shows, in words.
    Description,
    /// The texts that were read in it.
    OcrText,
}

/// The columns whose values are compared as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TermField {
    /// `image` or `video`.
    MediaType,
    /// The tags.
    Tag,
    /// Where the original is stored.
    StorageLocation,
    /// The namespace.
    Namespace,
    /// The categories of given labels and of the persons of its faces; `unknown` where a face is nobody's.
    LabelCategory,
    /// The ids of given labels and of the persons of its faces.
    LabelId,
    /// The custom field `strField1`.
    StrField1,
    /// The custom field `strField2`.
    StrField2,
}

/// The columns of whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NumberField {
    /// When it was made, in milliseconds since 1970.
    Created,
    /// When it was changed, in milliseconds since 1970.
    Modified,
    /// The id of its category.
    CateId,
    /// Where it is in its life; every row has one.
    Status,
    /// The custom field `intField1`.
    IntField1,
    /// Length of the original in bytes.
    FileSize,
    /// Duration in microseconds.
    Duration,
}

/// The columns of a catalog. Row numbers are those of `Library::media`.
#[derive(Debug)]
pub struct Catalog {
    rows: usize,
    ids: IdColumn,
    texts: [TextColumn; 3],
    terms: [TermColumn; 8],
    numbers: [NumberColumn; 7],
}

impl Catalog {
    /// The columns of these records. `faces` says of every face the row of its media and whose it is.
    #[must_use]
    pub fn new<'a>(media: &[MediaRecord], faces: impl Iterator<Item = (usize, Option<&'a EntityRecord>)>) -> Self {
        let rows = media.len();
        let mut catalog = Self {
            rows,
            ids: IdColumn::new(media.iter().map(|m| m.media_id.0.clone()).collect()),
            texts: std::array::from_fn(|_| TextColumn::new(rows)),
            terms: std::array::from_fn(|_| TermColumn::new(rows)),
            numbers: std::array::from_fn(|_| NumberColumn::default()),
        };
        for (row, record) in media.iter().enumerate() {
            catalog.add_texts(row, record);
            catalog.add_terms(row, record);
            catalog.add_numbers(record);
        }
        for (row, entity) in faces {
            let category = entity.map_or(UNKNOWN_CATEGORY, |entity| &entity.category);
            catalog.add_term(TermField::LabelCategory, row, category);
            if let Some(entity) = entity {
                catalog.add_term(TermField::LabelId, row, &entity.entity_id.0);
            }
        }
        catalog
    }

    fn add_texts(&mut self, row: usize, record: &MediaRecord) {
        let fields = &record.fields;
        let [titles, descriptions, ocr_texts] = &mut self.texts;
        titles.push(row, &record.title);
        if let Some(description) = &fields.description {
            descriptions.push(row, description);
        }
        for text in &fields.ocr_texts {
            ocr_texts.push(row, text);
        }
    }

    fn add_terms(&mut self, row: usize, record: &MediaRecord) {
        let fields = &record.fields;
        self.add_term(TermField::MediaType, row, record.media_type.as_str());
        let lists = [
            (TermField::Tag, &fields.tags),
            (TermField::LabelCategory, &fields.label_categories),
            (TermField::LabelId, &fields.label_ids),
        ];
        for (field, values) in lists {
            for value in values {
                self.add_term(field, row, value);
            }
        }
        let single = [
            (TermField::StorageLocation, &fields.storage_location),
            (TermField::Namespace, &fields.namespace),
            (TermField::StrField1, &fields.str_field1),
            (TermField::StrField2, &fields.str_field2),
        ];
        for (field, value) in single {
            if let Some(value) = value {
                self.add_term(field, row, value);
            }
        }
    }

    fn add_term(&mut self, field: TermField, row: usize, value: &str) {
        if let Some(column) = self.terms.get_mut(field as usize) {
            column.push(row, value);
        }
    }

    fn add_numbers(&mut self, record: &MediaRecord) {
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
        let duration = record.duration_s.map(|seconds| (seconds * 1e6).round() as i64);
        let values = [
            record.created_ms,
            record.modified_ms,
            record.fields.cate_id,
            Some(record.fields.status.unwrap_or(NORMAL_STATUS)),
            record.fields.int_field1,
            Some(i64::try_from(record.bytes).unwrap_or(i64::MAX)),
            duration,
        ];
        for (column, value) in self.numbers.iter_mut().zip(values) {
            column.push(value);
        }
    }

    /// How many media there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The media ids.
    #[must_use]
    pub fn ids(&self) -> &IdColumn {
        &self.ids
    }

    /// A column of texts.
    #[must_use]
    pub fn text(&self, field: TextField) -> &TextColumn {
        let [title, description, ocr_text] = &self.texts;
        match field {
            TextField::Title => title,
            TextField::Description => description,
            TextField::OcrText => ocr_text,
        }
    }

    /// A column of values.
    #[must_use]
    pub fn terms(&self, field: TermField) -> &TermColumn {
        let [media_type, tag, storage, namespace, category, label, first, second] = &self.terms;
        match field {
            TermField::MediaType => media_type,
            TermField::Tag => tag,
            TermField::StorageLocation => storage,
            TermField::Namespace => namespace,
            TermField::LabelCategory => category,
            TermField::LabelId => label,
            TermField::StrField1 => first,
            TermField::StrField2 => second,
        }
    }

    /// A column of numbers, one a row; `None` where there is none.
    #[must_use]
    pub fn numbers(&self, field: NumberField) -> &[Option<i64>] {
        self.numbers.get(field as usize).map_or(&[], NumberColumn::values)
    }

    /// The rows whose number is one of these.
    #[must_use]
    pub fn number_any_of(&self, field: NumberField, values: impl IntoIterator<Item = i64>) -> RowSet {
        let values: HashSet<i64> = values.into_iter().collect();
        self.number_where(field, values.into_iter().map(|value| value..=value))
    }

    /// The rows whose number is in one of these ranges.
    #[must_use]
    pub fn number_in_ranges(&self, field: NumberField, ranges: &[RangeInclusive<i64>]) -> RowSet {
        self.number_where(field, merged(ranges).into_iter())
    }

    fn number_where(&self, field: NumberField, ranges: impl Iterator<Item = RangeInclusive<i64>>) -> RowSet {
        let mut found = RowSet::none(self.rows);
        if let Some(column) = self.numbers.get(field as usize) {
            ranges.for_each(|range| column.add_in_range(&range, &mut found));
        }
        found
    }
}

/// Ranges of the same numbers that are ascending and do not overlap.
fn merged(ranges: &[RangeInclusive<i64>]) -> Vec<RangeInclusive<i64>> {
    let mut sorted: Vec<&RangeInclusive<i64>> = ranges.iter().filter(|range| !range.is_empty()).collect();
    sorted.sort_unstable_by_key(|range| *range.start());
    let mut merged: Vec<RangeInclusive<i64>> = Vec::new();
    for range in sorted {
        match merged.last_mut() {
            Some(last) if range.start() <= last.end() => *last = *last.start()..=*last.end().max(range.end()),
            _ => merged.push(range.clone()),
        }
    }
    merged
}

impl Library {
    /// The catalog as columns, made at the first call. In a library that is opened in part, only faces of opened shards say
    /// which persons are in a media.
    pub fn catalog(&self) -> &Catalog {
        self.catalog
            .get_or_init(|| Catalog::new(&self.tables.media, self.faces().map(|face| (face.media_row, face.entity))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn catalog(created: &[Option<i64>]) -> Catalog {
        let mut catalog = Catalog::new(&[], std::iter::empty());
        catalog.rows = created.len();
        for value in created {
            catalog.numbers[NumberField::Created as usize].push(*value);
        }
        catalog
    }

    proptest! {
        #[test]
        fn numbers_that_are_any_of_several_are_those_of_the_list(
            created in proptest::collection::vec(proptest::option::of(-9_i64..9), 0..70),
            values in proptest::collection::vec(-9_i64..9, 0..9),
        ) {
            let found = catalog(&created).number_any_of(NumberField::Created, values.iter().copied());
            let naive = RowSet::where_row(created.len(), |row| created[row].is_some_and(|value| values.contains(&value)));
            prop_assert_eq!(found, naive);
        }

        #[test]
        fn numbers_in_any_of_several_ranges_are_those_that_one_of_them_contains(
            created in proptest::collection::vec(proptest::option::of(-9_i64..9), 0..70),
            bounds in proptest::collection::vec((-9_i64..9, -9_i64..9), 0..9),
        ) {
            let ranges: Vec<RangeInclusive<i64>> = bounds.into_iter().map(|(lower, upper)| lower..=upper).collect();
            let found = catalog(&created).number_in_ranges(NumberField::Created, &ranges);
            let holds = |value: &Option<i64>| value.is_some_and(|value| ranges.iter().any(|r| r.contains(&value)));
            let naive: Vec<usize> = (0..created.len()).filter(|row| holds(&created[*row])).collect();
            prop_assert_eq!(found.iter().collect::<Vec<_>>(), naive);
        }
    }
}
