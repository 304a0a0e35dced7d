//! One row of the metadata: from the fields as they are given to columns and document. Imports `library`, `operations`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::library::{CatalogFields, MediaRecord};
use crate::operations::{MediaDocument, status_number};

use super::merge::{each_once, inner_object, meaning, merge, merge_documents};
use super::schema::{
    AI_DATA, AI_LABEL_INFO, AI_ROUGH_DATA, DOCUMENT, FILE_BASIC_INFO, Kind, Member, checked, integer, is_nothing,
    member, moment_ms, object_of, text, texts, wrong,
};

/// The numbers of the public service.
const STATUS_NUMBERS: [i64; 12] = [0, 1, 2, 3, 10, 12, 13, 14, 15, 16, 17, 18];

/// What is said of one media.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Row {
    pub(super) path: Option<String>,
    pub(super) media_id: Option<String>,
    title: Option<String>,
    url: Option<String>,
    created_ms: Option<i64>,
    modified_ms: Option<i64>,
    fields: CatalogFields,
    /// As `MediaRecord::document` is to be.
    document: Map<String, Value>,
}

/// A field that has a column of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Path,
    MediaId,
    Title,
    Url,
    Created,
    Modified,
    Description,
    Tags,
    CateId,
    Status,
    StorageLocation,
    Namespace,
    IntField1,
    StrField1,
    StrField2,
}

/// Names in lower case.
const COLUMNS: [(&str, Column); 20] = [
    ("path", Column::Path),
    ("mediaid", Column::MediaId),
    ("title", Column::Title),
    ("url", Column::Url),
    ("inputurl", Column::Url),
    ("utccreate", Column::Created),
    ("createtime", Column::Created),
    ("utcmodified", Column::Modified),
    ("modifiedtime", Column::Modified),
    ("description", Column::Description),
    ("mediatags", Column::Tags),
    ("taglist", Column::Tags),
    ("cateid", Column::CateId),
    ("status", Column::Status),
    ("storagelocation", Column::StorageLocation),
    ("fileinfo.storagelocation", Column::StorageLocation),
    ("namespace", Column::Namespace),
    ("intfield1", Column::IntField1),
    ("strfield1", Column::StrField1),
    ("strfield2", Column::StrField2),
];

impl Column {
    /// What a field says, in one form however it is written.
    fn parsed(self, name: &str, value: &Value) -> Result<Value, String> {
        match self {
            Self::Path => text(name, value).map(|path| path.trim_start_matches("./").replace('\\', "/").into()),
            Self::MediaId => text(name, value).map(|id| id.to_ascii_lowercase().into()),
            Self::Created | Self::Modified => moment_ms(name, value).map(Value::from),
            Self::Tags => texts(name, value, Some(',')).map(Value::from),
            Self::CateId | Self::IntField1 => integer(name, value).map(Value::from),
            Self::Status => status(name, value).map(Value::from),
            Self::Title
            | Self::Url
            | Self::Description
            | Self::StorageLocation
            | Self::Namespace
            | Self::StrField1
            | Self::StrField2 => text(name, value).map(Value::from),
        }
    }
}

impl Row {
    /// The row of these fields. Names that are not known go to `unknown`.
    pub(super) fn of(object: Map<String, Value>, unknown: &mut BTreeSet<String>) -> Result<Self, String> {
        let mut builder = Builder::new(unknown);
        for (name, value) in object {
            builder.add(&name, value)?;
        }
        builder.finish()
    }

    /// Fills in what is said. What an earlier row said of the same media stays where this one is silent.
    pub(super) fn apply(&self, record: &mut MediaRecord) {
        if let Some(title) = &self.title {
            record.title.clone_from(title);
        }
        if self.url.is_some() {
            record.url.clone_from(&self.url);
        }
        record.created_ms = self.created_ms.or(record.created_ms);
        record.modified_ms = self.modified_ms.or(record.modified_ms);
        merge_fields(&mut record.fields, &self.fields);
        if !self.document.is_empty() {
            let mut document: Map<String, Value> = serde_json::from_str(&record.document).unwrap_or_default();
            merge_documents(&mut document, self.document.clone());
            record.fields.ocr_texts = each_once(&document, "OcrInfo", "Content");
            record.fields.label_categories = each_once(&document, "AiLabelInfo", "Category");
            record.fields.label_ids = each_once(&document, "AiLabelInfo", "LabelId");
            record.document = Value::Object(document).to_string();
        }
    }
}

/// The columns but for those that are derived from the document.
fn merge_fields(into: &mut CatalogFields, from: &CatalogFields) {
    fn option<T: Clone>(into: &mut Option<T>, from: Option<&T>) {
        if let Some(value) = from {
            *into = Some(value.clone());
        }
    }
    option(&mut into.description, from.description.as_ref());
    option(&mut into.cate_id, from.cate_id.as_ref());
    option(&mut into.status, from.status.as_ref());
    option(&mut into.storage_location, from.storage_location.as_ref());
    option(&mut into.namespace, from.namespace.as_ref());
    option(&mut into.int_field1, from.int_field1.as_ref());
    option(&mut into.str_field1, from.str_field1.as_ref());
    option(&mut into.str_field2, from.str_field2.as_ref());
    if !from.tags.is_empty() {
        into.tags.clone_from(&from.tags);
    }
}

/// Gathers the fields of one row.
struct Builder<'a> {
    row: Row,
    /// Members of the first file's `FileBasicInfo` that were given flat.
    file: Map<String, Value>,
    /// Members of one label that were given flat.
    label: Map<String, Value>,
    custom: Map<String, Value>,
    /// Texts that were given without anything else, under `OcrInfo` and `AsrInfo`.
    texts: Vec<(&'static str, String)>,
    /// Under which name, what was given and what that means, by column or place in the document.
    seen: BTreeMap<String, (String, Value, Value)>,
    unknown: &'a mut BTreeSet<String>,
}

impl<'a> Builder<'a> {
    fn new(unknown: &'a mut BTreeSet<String>) -> Self {
        Self {
            row: Row::default(),
            file: Map::new(),
            label: Map::new(),
            custom: Map::new(),
            texts: Vec::new(),
            seen: BTreeMap::new(),
            unknown,
        }
    }

    /// Adds a field by its name, of any case, flat or nested as in the response.
    fn add(&mut self, name: &str, value: Value) -> Result<(), String> {
        if is_nothing(&value) {
            return Ok(());
        }
        let lower = name.to_ascii_lowercase();
        let lower = lower.strip_prefix("mediabasicinfo.").unwrap_or(&lower);
        if let Some((_, column)) = COLUMNS.iter().find(|(known, _)| *known == lower) {
            return self.set_column(*column, name, &value);
        }
        match lower {
            "mediabasicinfo" | "customfields" => {
                for (inner, value) in object_of(name, value)? {
                    self.add(&format!("{name}.{inner}"), value)?;
                }
                Ok(())
            }
            "ocrtext" | "ocrinfo.tracks.content" => self.add_texts("OcrInfo", name, &value),
            "asrtext" => self.add_texts("AsrInfo", name, &value),
            // What the media is cannot be said otherwise than it is.
            "mediatype" => Ok(()),
            _ => match lower.strip_prefix("customfields.") {
                Some(_) => self.add_custom(name, value),
                None => self.add_to_document(lower, name, value),
            },
        }
    }

    /// Whether this was not given before; something else under another name is an error. What is meant counts, not how it is written.
    fn is_new(&mut self, place: &str, name: &str, value: &Value, means: &Value) -> Result<bool, String> {
        match self.seen.get(place) {
            None => {
                self.seen.insert(place.to_owned(), (name.to_owned(), value.clone(), means.clone()));
                Ok(true)
            }
            Some((_, _, same)) if same == means => Ok(false),
            Some((other, before, _)) => {
                Err(format!("{name}: it says {value}, but {other} in the same row says {before}"))
            }
        }
    }

    fn set_column(&mut self, column: Column, name: &str, value: &Value) -> Result<(), String> {
        let parsed = column.parsed(name, value)?;
        if !self.is_new(&format!("{column:?}"), name, value, &parsed)? {
            return Ok(());
        }
        let row = &mut self.row;
        let (text, number) = (parsed.as_str().map(str::to_owned), parsed.as_i64());
        match column {
            Column::Path => row.path = text,
            Column::MediaId => row.media_id = text,
            Column::Title => row.title = text,
            Column::Url => row.url = text,
            Column::Created => row.created_ms = number,
            Column::Modified => row.modified_ms = number,
            Column::Description => row.fields.description = text,
            Column::Tags => row.fields.tags = texts(name, value, Some(','))?,
            Column::CateId => row.fields.cate_id = number,
            Column::Status => row.fields.status = number,
            Column::StorageLocation => row.fields.storage_location = text,
            Column::Namespace => row.fields.namespace = text,
            Column::IntField1 => row.fields.int_field1 = number,
            Column::StrField1 => row.fields.str_field1 = text,
            Column::StrField2 => row.fields.str_field2 = text,
        }
        Ok(())
    }

    /// A custom field: three have columns, all others are kept as they are.
    fn add_custom(&mut self, name: &str, value: Value) -> Result<(), String> {
        let inner = name.split_once('.').map_or(name, |(_, inner)| inner);
        let lower = inner.to_ascii_lowercase();
        let column = COLUMNS.iter().find(|(known, _)| *known == lower).map(|(_, column)| *column);
        match column.filter(|c| matches!(c, Column::IntField1 | Column::StrField1 | Column::StrField2)) {
            Some(column) => self.set_column(column, name, &value),
            None if self.is_new(&format!("CustomFields.{inner}"), name, &value, &value)? => {
                self.custom.insert(inner.to_owned(), value);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn add_texts(&mut self, list: &'static str, name: &str, value: &Value) -> Result<(), String> {
        let found = texts(name, value, None)?;
        self.texts.extend(found.into_iter().map(|text| (list, text)));
        Ok(())
    }

    /// A field of the document, whole or, with a dot or by its bare name, a part of a nested one.
    fn add_to_document(&mut self, lower: &str, name: &str, value: Value) -> Result<(), String> {
        if let Some((known, kind)) = member(DOCUMENT, lower) {
            return self.put(Part::Whole, known, *kind, name, value);
        }
        if let Some((known, kind)) = member(AI_DATA, lower.strip_prefix("aidata.").unwrap_or(lower)) {
            return self.put(Part::AiData, known, *kind, name, value);
        }
        let parts: [(&[&str], &'static [Member], Part); 3] = [
            (&["fileinfolist.filebasicinfo.", "filebasicinfo.", ""], FILE_BASIC_INFO, Part::File),
            (&["airoughdata.", ""], AI_ROUGH_DATA, Part::AiRoughData),
            (&["aidata.ailabelinfo.", "ailabelinfo."], AI_LABEL_INFO, Part::Label),
        ];
        for (prefixes, members, part) in parts {
            for prefix in prefixes {
                let inner = lower.strip_prefix(prefix).map(|inner| if inner == "label_id" { "labelid" } else { inner });
                if let Some((known, kind)) = inner.and_then(|inner| member(members, inner)) {
                    return self.put(part, known, *kind, name, value);
                }
            }
        }
        self.unknown.insert(name.to_owned());
        Ok(())
    }

    fn put(&mut self, part: Part, known: &str, kind: Kind, name: &str, value: Value) -> Result<(), String> {
        let value = checked(kind, name, value, self.unknown)?;
        if !self.is_new(&format!("{part:?}.{known}"), name, &value, &meaning(kind, &value))? {
            return Ok(());
        }
        let document = &mut self.row.document;
        let object = match part {
            Part::Whole => Some(document),
            Part::AiData => inner_object(document, "AiData"),
            Part::AiRoughData => inner_object(document, "AiRoughData"),
            Part::File => Some(&mut self.file),
            Part::Label => Some(&mut self.label),
        };
        let Some(object) = object else { return Ok(()) };
        merge(object.entry(known).or_insert(Value::Null), value);
        Ok(())
    }

    /// The row, with the parts that were given flat in their places.
    fn finish(mut self) -> Result<Row, String> {
        if !self.file.is_empty() {
            self.put_file();
        }
        if !self.label.is_empty() {
            let label = Value::Object(std::mem::take(&mut self.label));
            self.push_to_ai_data("AiLabelInfo", label);
        }
        for (list, text) in std::mem::take(&mut self.texts) {
            self.push_to_ai_data(list, json!({ "Content": text }));
        }
        let Self { mut row, custom, .. } = self;
        if !custom.is_empty() {
            row.document.insert("CustomFields".to_owned(), Value::Object(custom));
        }
        // What SearchMedia could not show is refused here, where the line is known.
        MediaDocument::parse(&Value::Object(row.document.clone()).to_string())?;
        Ok(row)
    }

    /// Flat members belong to the first file.
    fn put_file(&mut self) {
        let given = std::mem::take(&mut self.file);
        let files = self.row.document.entry("FileInfoList").or_insert_with(|| Value::Array(Vec::new()));
        let Some(files) = files.as_array_mut() else { return };
        if files.is_empty() {
            files.push(json!({}));
        }
        let first = files.first_mut().and_then(Value::as_object_mut);
        if let Some(info) = first.and_then(|first| inner_object(first, "FileBasicInfo")) {
            info.extend(given);
        }
    }

    fn push_to_ai_data(&mut self, list: &str, value: Value) {
        let lists = inner_object(&mut self.row.document, "AiData");
        let list = lists.map(|lists| lists.entry(list).or_insert_with(|| Value::Array(Vec::new())));
        if let Some(Value::Array(list)) = list {
            list.push(value);
        }
    }
}

/// Where a field of the document goes.
#[derive(Debug, Clone, Copy)]
enum Part {
    Whole,
    AiData,
    AiRoughData,
    File,
    Label,
}

/// A status by number or by name.
fn status(name: &str, value: &Value) -> Result<i64, String> {
    let by_name = || value.as_str().and_then(status_number);
    let found = integer(name, value).ok().or_else(by_name).filter(|number| STATUS_NUMBERS.contains(number));
    let numbers = STATUS_NUMBERS.map(|number| number.to_string()).join(", ");
    found.ok_or_else(|| wrong(name, value, &format!("a status: one of {numbers}, or a name such as Normal")))
}
