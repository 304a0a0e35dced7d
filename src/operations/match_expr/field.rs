//! The fields that a Match may name, and which tests each has. Imports `library`.

use crate::library::{NumberField, TermField, TextField};

/// A field of a Match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// A text that is looked through.
    Text(TextField),
    /// A value that is compared as a whole.
    Exact(ExactField),
    /// A whole number.
    Number(NumericField),
}

/// A field whose values are compared as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExactField {
    /// `mediaId`.
    MediaId,
    /// `mediaType`.
    MediaType,
    /// `tagList`.
    TagList,
    /// `fileInfo.storageLocation`.
    StorageLocation,
    /// `aiLabelInfo.category`.
    LabelCategory,
    /// `aiLabelInfo.label_id`.
    LabelId,
}

/// A field of whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NumericField {
    /// `cateId`.
    CateId,
    /// `status`.
    Status,
    /// `utcCreate`, in milliseconds since 1970.
    UtcCreate,
    /// `utcModified`, in milliseconds since 1970.
    UtcModified,
}

/// One way to test a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Contains,
    Like,
    Exact,
    AnyOf,
    Range,
}

impl Mode {
    /// How it is written, for messages.
    fn written(self) -> &'static str {
        match self {
            Self::Contains => "contains (= 'text')",
            Self::Like => "like ('te%t')",
            Self::Exact => "exact (== and !=)",
            Self::AnyOf => "any-of (in (..))",
            Self::Range => "range (= [a, b])",
        }
    }
}

const TEXT: &[Mode] = &[Mode::Contains, Mode::Like];
const EXACT: &[Mode] = &[Mode::Exact];
const EXACT_OR_ANY: &[Mode] = &[Mode::Exact, Mode::AnyOf];

/// Every field: its name, itself, the tests that it has.
const FIELDS: [(&str, Field, &[Mode]); 13] = [
    ("title", Field::Text(TextField::Title), TEXT),
    ("description", Field::Text(TextField::Description), TEXT),
    ("tagList", Field::Exact(ExactField::TagList), &[Mode::AnyOf]),
    ("mediaId", Field::Exact(ExactField::MediaId), EXACT),
    ("mediaType", Field::Exact(ExactField::MediaType), EXACT_OR_ANY),
    ("cateId", Field::Number(NumericField::CateId), &[Mode::Exact, Mode::AnyOf, Mode::Range]),
    ("status", Field::Number(NumericField::Status), EXACT_OR_ANY),
    ("utcCreate", Field::Number(NumericField::UtcCreate), &[Mode::Range]),
    ("utcModified", Field::Number(NumericField::UtcModified), &[Mode::Range]),
    ("fileInfo.storageLocation", Field::Exact(ExactField::StorageLocation), EXACT_OR_ANY),
    ("ocrInfo.tracks.content", Field::Text(TextField::OcrText), TEXT),
    ("aiLabelInfo.category", Field::Exact(ExactField::LabelCategory), EXACT),
    ("aiLabelInfo.label_id", Field::Exact(ExactField::LabelId), EXACT),
];

impl Field {
    /// The field of this name, in any case.
    pub(super) fn named(name: &str) -> Option<Self> {
        FIELDS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name)).map(|(_, field, _)| *field)
    }

    /// The names of all fields, for messages.
    pub(super) fn names() -> String {
        FIELDS.map(|(name, ..)| name).join(", ")
    }

    fn entry(self) -> (&'static str, &'static [Mode]) {
        FIELDS.iter().find(|(_, field, _)| *field == self).map_or(("", &[]), |(name, _, modes)| (name, modes))
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().0
    }

    /// Whether it has a way of testing.
    pub(super) fn has(self, mode: Mode) -> bool {
        self.entry().1.contains(&mode)
    }

    /// The ways of testing that it has, for messages.
    pub(super) fn modes(self) -> String {
        let written: Vec<&str> = self.entry().1.iter().map(|mode| mode.written()).collect();
        written.join(", ")
    }
}

impl ExactField {
    /// The column of the catalog; media ids are found otherwise.
    pub(super) fn column(self) -> Option<TermField> {
        match self {
            Self::MediaId => None,
            Self::MediaType => Some(TermField::MediaType),
            Self::TagList => Some(TermField::Tag),
            Self::StorageLocation => Some(TermField::StorageLocation),
            Self::LabelCategory => Some(TermField::LabelCategory),
            Self::LabelId => Some(TermField::LabelId),
        }
    }
}

impl NumericField {
    /// The column of the catalog.
    pub(super) fn column(self) -> NumberField {
        match self {
            Self::CateId => NumberField::CateId,
            Self::Status => NumberField::Status,
            Self::UtcCreate => NumberField::Created,
            Self::UtcModified => NumberField::Modified,
        }
    }
}
