//! One row of the metadata: from the fields as they are given to columns and document. Imports `library`, `operations`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::library::{CatalogFields, MediaRecord};
use crate::operations::{MediaDocument, status_number};

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
            document.extend(self.document.clone());
            record.document = Value::Object(document).to_string();
        }
    }
}

fn merge_fields(into: &mut CatalogFields, from: &CatalogFields) {
    fn option<T: Clone>(into: &mut Option<T>, from: Option<&T>) {
        if let Some(value) = from {
            *into = Some(value.clone());
        }
    }
    fn list(into: &mut Vec<String>, from: &[String]) {
        if !from.is_empty() {
            from.clone_into(into);
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
    list(&mut into.tags, &from.tags);
    list(&mut into.ocr_texts, &from.ocr_texts);
    list(&mut into.label_categories, &from.label_categories);
    list(&mut into.label_ids, &from.label_ids);
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
    /// What was given under which name, by column or place in the document.
    seen: BTreeMap<String, (String, Value)>,
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

    /// Whether this was not given before; something else under another name is an error.
    fn is_new(&mut self, place: &str, name: &str, value: &Value) -> Result<bool, String> {
        match self.seen.get(place) {
            None => {
                self.seen.insert(place.to_owned(), (name.to_owned(), value.clone()));
                Ok(true)
            }
            Some((_, same)) if same == value => Ok(false),
            Some((other, before)) => Err(format!("{name}: it says {value}, but {other} in the same row says {before}")),
        }
    }

    fn set_column(&mut self, column: Column, name: &str, value: &Value) -> Result<(), String> {
        if !self.is_new(&format!("{column:?}"), name, value)? {
            return Ok(());
        }
        let row = &mut self.row;
        let owned = || text(name, value).map(|text| Some(text.to_owned()));
        match column {
            Column::Path => row.path = owned()?.map(|path| path.trim_start_matches("./").replace('\\', "/")),
            Column::MediaId => row.media_id = owned()?.map(|id| id.to_ascii_lowercase()),
            Column::Title => row.title = owned()?,
            Column::Url => row.url = owned()?,
            Column::Created => row.created_ms = Some(moment_ms(name, value)?),
            Column::Modified => row.modified_ms = Some(moment_ms(name, value)?),
            Column::Description => row.fields.description = owned()?,
            Column::Tags => row.fields.tags = texts(name, value, Some(','))?,
            Column::CateId => row.fields.cate_id = Some(integer(name, value)?),
            Column::Status => row.fields.status = Some(status(name, value)?),
            Column::StorageLocation => row.fields.storage_location = owned()?,
            Column::Namespace => row.fields.namespace = owned()?,
            Column::IntField1 => row.fields.int_field1 = Some(integer(name, value)?),
            Column::StrField1 => row.fields.str_field1 = owned()?,
            Column::StrField2 => row.fields.str_field2 = owned()?,
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
            None if self.is_new(&format!("CustomFields.{inner}"), name, &value)? => {
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
        if !self.is_new(&format!("{part:?}.{known}"), name, &value)? {
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
        row.fields.ocr_texts = each_once(&row.document, "OcrInfo", "Content");
        row.fields.label_categories = each_once(&row.document, "AiLabelInfo", "Category");
        row.fields.label_ids = each_once(&row.document, "AiLabelInfo", "LabelId");
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

/// The object of this name, made if it is not there.
fn inner_object<'a>(object: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    object.entry(name).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
}

/// Objects get what they have not, lists get longer, all else is replaced.
fn merge(there: &mut Value, more: Value) {
    match (there, more) {
        (Value::Object(there), Value::Object(more)) => {
            for (name, value) in more {
                merge(there.entry(name).or_insert(Value::Null), value);
            }
        }
        (Value::Array(there), Value::Array(more)) => there.extend(more),
        (there, more) => *there = more,
    }
}

/// The texts of a member of a list of `AiData`, each once, in their order.
fn each_once(document: &Map<String, Value>, list: &str, name: &str) -> Vec<String> {
    let list = document.get("AiData").and_then(|data| data.get(list)?.as_array());
    let mut found: Vec<String> = Vec::new();
    for text in list.into_iter().flatten().filter_map(|item| item.get(name)?.as_str()) {
        if !found.iter().any(|known| known == text) {
            found.push(text.to_owned());
        }
    }
    found
}

/// A status by number or by name.
fn status(name: &str, value: &Value) -> Result<i64, String> {
    let by_name = || value.as_str().and_then(status_number);
    let found = integer(name, value).ok().or_else(by_name).filter(|number| STATUS_NUMBERS.contains(number));
    let numbers = STATUS_NUMBERS.map(|number| number.to_string()).join(", ");
    found.ok_or_else(|| wrong(name, value, &format!("a status: one of {numbers}, or a name such as Normal")))
}
