//! Which fields a media's document may have, and what each may hold. Imports `core`.
//!
//! The names are those of the SearchMedia response. What is given is brought to the response's own form: names to the letter,
//! numbers as numbers, numbers that the service types as texts as texts.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value};

use crate::core::{parse_utc, utc_text};

/// A field: its name to the letter, and what it holds.
pub(super) type Member = (&'static str, Kind);

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text,
    /// A text; what is none is written as its JSON text.
    TextOfJson,
    /// A number that the service types as a text.
    NumberAsText,
    Number,
    /// A moment in ISO 8601; milliseconds since 1970 are turned into it.
    Moment,
    /// `x1;y1;x2;y2`.
    Position,
    OneOf(&'static [&'static str]),
    /// 6 to 64 letters, digits, `-` and `_`.
    Reference,
    Object(&'static [Member]),
    List(&'static [Member]),
}

/// The document: what is kept beside the columns.
pub(super) static DOCUMENT: &[Member] = &[
    ("BusinessType", Kind::Text),
    ("Source", Kind::Text),
    ("Category", Kind::Text),
    ("CoverURL", Kind::Text),
    ("UserData", Kind::TextOfJson),
    ("Snapshots", Kind::TextOfJson),
    ("TranscodeStatus", Kind::Text),
    ("DeletedTime", Kind::Moment),
    ("SpriteImages", Kind::TextOfJson),
    ("Biz", Kind::Text),
    ("UploadSource", Kind::Text),
    ("CateName", Kind::Text),
    ("ReferenceId", Kind::Reference),
    ("VisionDescription", Kind::Text),
    ("StreamStatus", Kind::Text),
    ("AiData", Kind::Object(AI_DATA)),
    ("AiRoughData", Kind::Object(AI_ROUGH_DATA)),
    ("FileInfoList", Kind::List(&[("FileBasicInfo", Kind::Object(FILE_BASIC_INFO))])),
    ("IndexStatusList", Kind::List(INDEX_STATUS)),
];

pub(super) static FILE_BASIC_INFO: &[Member] = &[
    ("FileName", Kind::Text),
    ("FileStatus", Kind::Text),
    ("FileType", Kind::Text),
    ("FileSize", Kind::NumberAsText),
    ("FileUrl", Kind::Text),
    ("Region", Kind::Text),
    ("FormatName", Kind::Text),
    ("Duration", Kind::NumberAsText),
    ("Bitrate", Kind::NumberAsText),
    ("Width", Kind::NumberAsText),
    ("Height", Kind::NumberAsText),
    ("CreateTime", Kind::Moment),
    ("ModifiedTime", Kind::Moment),
    ("ImagesInput", Kind::TextOfJson),
];

pub(super) static AI_DATA: &[Member] = &[
    ("AiLabelInfo", Kind::List(AI_LABEL_INFO)),
    ("AsrInfo", Kind::List(SPOKEN_OR_READ)),
    ("OcrInfo", Kind::List(SPOKEN_OR_READ)),
];

pub(super) static AI_LABEL_INFO: &[Member] = &[
    ("FaceId", Kind::Text),
    ("LabelType", Kind::Text),
    ("Source", Kind::Text),
    ("Category", Kind::Text),
    ("LabelName", Kind::Text),
    ("LabelId", Kind::Text),
    ("Occurrences", Kind::List(OCCURRENCE)),
];

static OCCURRENCE: &[Member] = &[
    ("Score", Kind::Number),
    ("Image", Kind::Text),
    ("TableBatchSeqId", Kind::Text),
    ("clipId", Kind::Text),
    ("From", Kind::Number),
    ("To", Kind::Number),
    ("FinegrainName", Kind::Text),
    ("FinegrainId", Kind::Text),
    ("Content", Kind::Text),
    ("Tracks", Kind::List(&[("Size", Kind::Number), ("Position", Kind::Position), ("Timestamp", Kind::Number)])),
];

static SPOKEN_OR_READ: &[Member] = &[
    ("From", Kind::Number),
    ("To", Kind::Number),
    ("ClipId", Kind::Text),
    ("Content", Kind::Text),
    ("Timestamp", Kind::Number),
];

pub(super) static AI_ROUGH_DATA: &[Member] = &[
    ("SaveType", Kind::Text),
    ("Status", Kind::Text),
    ("AiJobId", Kind::Text),
    ("Result", Kind::TextOfJson),
    ("AiCategory", Kind::Text),
];

static INDEX_STATUS: &[Member] = &[
    ("IndexType", Kind::OneOf(&["mm", "face", "aiLabel"])),
    ("IndexStatus", Kind::OneOf(&["Running", "Fail", "Success"])),
];

/// The field of this name, whatever its case.
pub(super) fn member(members: &'static [Member], name: &str) -> Option<&'static Member> {
    members.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))
}

/// Whether a value says nothing.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// The value in the response's form. `name` is what errors call the field; names that are not known go to `unknown`.
pub(super) fn checked(kind: Kind, name: &str, value: Value, unknown: &mut BTreeSet<String>) -> Result<Value, String> {
    match kind {
        Kind::Text => text(name, &value).map(Value::from),
        Kind::TextOfJson => Ok(match value {
            Value::String(text) => text.into(),
            other => other.to_string().into(),
        }),
        Kind::NumberAsText => number(name, &value).map(|number| number.to_string().into()),
        Kind::Number => number(name, &value).map(Value::Number),
        Kind::Moment => moment_text(name, &value).map(Value::from),
        Kind::Position => {
            let is_position = |text: &str| {
                let numbers: Vec<_> = text.split(';').map(|part| part.trim().parse::<f64>()).collect();
                numbers.len() == 4 && numbers.iter().all(|n| n.as_ref().is_ok_and(|n| n.is_finite()))
            };
            text_that(name, &value, "four numbers as \"x1;y1;x2;y2\"", is_position)
        }
        Kind::OneOf(words) => {
            let word = text(name, &value).unwrap_or_default();
            let known = words.iter().find(|known| known.eq_ignore_ascii_case(word));
            let expected = || wrong(name, &value, &format!("one of {}", words.join(", ")));
            known.map(|known| (*known).into()).ok_or_else(expected)
        }
        Kind::Reference => {
            let is_reference = |text: &str| {
                (6..=64).contains(&text.len())
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
            };
            text_that(name, &value, "6 to 64 letters, digits, '-' and '_'", is_reference)
        }
        Kind::Object(members) => checked_object(members, name, value, unknown).map(Value::Object),
        Kind::List(members) => checked_list(members, name, value, unknown).map(Value::Array),
    }
}

fn checked_object(
    members: &'static [Member],
    name: &str,
    value: Value,
    unknown: &mut BTreeSet<String>,
) -> Result<Map<String, Value>, String> {
    let mut object = Map::new();
    for (given, value) in object_of(name, value)? {
        if is_nothing(&value) {
            continue;
        }
        let full = format!("{name}.{given}");
        match member(members, &given) {
            None => {
                unknown.insert(full);
            }
            Some((known, kind)) => {
                let value = checked(*kind, &full, value, unknown)?;
                if object.insert((*known).to_owned(), value).is_some() {
                    return Err(format!("{full}: it is given twice"));
                }
            }
        }
    }
    Ok(object)
}

fn checked_list(
    members: &'static [Member],
    name: &str,
    value: Value,
    unknown: &mut BTreeSet<String>,
) -> Result<Vec<Value>, String> {
    let mut list = Vec::new();
    for value in list_of(name, value)? {
        list.push(Value::Object(checked_object(members, name, value, unknown)?));
    }
    Ok(list)
}

/// An object, or the JSON text of one.
pub(super) fn object_of(name: &str, value: Value) -> Result<Map<String, Value>, String> {
    match from_text(value) {
        Value::Object(object) => Ok(object),
        other => Err(wrong(name, &other, "an object or the JSON text of one")),
    }
}

fn list_of(name: &str, value: Value) -> Result<Vec<Value>, String> {
    match from_text(value) {
        Value::Array(list) => Ok(list),
        other => Err(wrong(name, &other, "a list of objects or the JSON text of one")),
    }
}

/// What a JSON text says; the value itself where it is none.
fn from_text(value: Value) -> Value {
    let parsed = value.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    parsed.filter(|parsed| parsed.is_object() || parsed.is_array()).unwrap_or(value)
}

/// A text.
pub(super) fn text<'a>(name: &str, value: &'a Value) -> Result<&'a str, String> {
    value.as_str().ok_or_else(|| wrong(name, value, "a text"))
}

/// A text, or a list of texts, each trimmed; those that are empty are left out.
pub(super) fn texts(name: &str, value: &Value, separator: Option<char>) -> Result<Vec<String>, String> {
    let expected = || wrong(name, value, "a text or a list of texts");
    let parsed = from_text(value.clone());
    let parts: Vec<&str> = match (&parsed, separator) {
        (Value::String(text), Some(separator)) => text.split(separator).collect(),
        (Value::String(text), None) => vec![text],
        (Value::Array(list), _) => list.iter().map(|v| v.as_str().ok_or_else(expected)).collect::<Result<_, _>>()?,
        _ => return Err(expected()),
    };
    Ok(parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect())
}

/// A whole number, also as text.
pub(super) fn integer(name: &str, value: &Value) -> Result<i64, String> {
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    number.ok_or_else(|| wrong(name, value, "a whole number"))
}

/// A moment in milliseconds since 1970, from ISO 8601 with a time zone or from that number.
pub(super) fn moment_ms(name: &str, value: &Value) -> Result<i64, String> {
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok()).or_else(|| parse_utc(value.as_str()?));
    let expected = "a moment: whole milliseconds since 1970, or a text such as 2020-12-01T19:48:05Z";
    number.filter(|ms| utc_text(*ms).is_some()).ok_or_else(|| wrong(name, value, expected))
}

fn moment_text(name: &str, value: &Value) -> Result<String, String> {
    let milliseconds = moment_ms(name, value)?;
    let given = value.as_str().filter(|text| parse_utc(text).is_some());
    Ok(given.map_or_else(|| utc_text(milliseconds).unwrap_or_default(), str::to_owned))
}

fn number(name: &str, value: &Value) -> Result<Number, String> {
    let number = match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| wrong(name, value, "a number"))
}

fn text_that(name: &str, value: &Value, expected: &str, test: impl Fn(&str) -> bool) -> Result<Value, String> {
    let found = value.as_str().filter(|text| test(text));
    found.map(Value::from).ok_or_else(|| wrong(name, value, expected))
}

/// The message that a field holds something else than is expected.
pub(super) fn wrong(name: &str, value: &Value, expected: &str) -> String {
    let text = value.to_string();
    let shown = match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    };
    format!("{name}: {shown} is not {expected}")
}
