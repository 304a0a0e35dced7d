//! Reading the document that an owner gave with a media. Imports nothing of the crate but the wire types.
//!
//! It is read leniently: where a text is expected, another value counts as its JSON text; where a number is expected, a text of
//! digits does; where an object or a list is expected, JSON text of one does. Names that are not known are ignored.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::wire::{AiData, AiRoughData, FileInfo, IndexStatus, MediaBasicInfo};

/// What an owner says of a media: members of MediaBasicInfo side by side, and the parts beside it.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct MediaDocument {
    /// What is known of the media as a whole. Its `MediaId` is not looked at.
    #[serde(flatten)]
    pub basic: MediaBasicInfo,
    /// Labels and texts.
    pub ai_data: Option<AiData>,
    /// A summary of processing.
    pub ai_rough_data: Option<AiRoughData>,
    /// The files: the first one describes the original, others come on top.
    pub file_info_list: Vec<FileInfo>,
    /// How far indexes are.
    pub index_status_list: Vec<IndexStatus>,
    /// Custom fields beyond the three that have columns.
    pub custom_fields: Map<String, Value>,
}

/// What a member of a document is.
enum Kind {
    Text,
    Number,
    Integer,
    /// An object of known members.
    Object,
    /// A list of objects of known members.
    List,
    /// An object of any members.
    Map,
}

fn kind_of_member(name: &str) -> Kind {
    match name {
        "Score" | "From" | "To" | "Size" | "Timestamp" => Kind::Number,
        "CateId" => Kind::Integer,
        "AiData" | "AiRoughData" | "FileBasicInfo" => Kind::Object,
        "AiLabelInfo" | "AsrInfo" | "OcrInfo" | "Occurrences" | "Tracks" | "FileInfoList" | "IndexStatusList" => {
            Kind::List
        }
        "CustomFields" => Kind::Map,
        _ => Kind::Text,
    }
}

impl MediaDocument {
    /// Reads a document: a JSON object.
    ///
    /// # Errors
    /// The member that is wrong, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("the document is not JSON: {error}"))?;
        let Value::Object(map) = value else { return Err("the document is not a JSON object".to_owned()) };
        let map = normalised_object("", map)?;
        serde_json::from_value(Value::Object(map)).map_err(|error| error.to_string())
    }
}

/// The members of an object, each of the type that it should have; those that are null are left out.
fn normalised_object(path: &str, map: Map<String, Value>) -> Result<Map<String, Value>, String> {
    let given = map.into_iter().filter(|(_, value)| !value.is_null());
    let normalised = given.map(|(name, value)| {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        normalised(&path, &name, value).map(|value| (name, value))
    });
    normalised.collect()
}

fn normalised(path: &str, name: &str, value: Value) -> Result<Value, String> {
    match kind_of_member(name) {
        Kind::Text => Ok(Value::String(match value {
            Value::String(text) => text,
            other => other.to_string(),
        })),
        Kind::Number => number(&value).ok_or_else(|| format!("{path}: {value} is not a number")),
        Kind::Integer => integer(&value).ok_or_else(|| format!("{path}: {value} is not a whole number")),
        Kind::Object => match unwrapped(value) {
            Value::Object(map) => Ok(Value::Object(normalised_object(path, map)?)),
            _ => Err(format!("{path}: it is not an object")),
        },
        Kind::List => {
            let Value::Array(values) = unwrapped(value) else { return Err(format!("{path}: it is not a list")) };
            let members = values.into_iter().enumerate().map(|(index, value)| match value {
                Value::Object(map) => normalised_object(&format!("{path}[{index}]"), map).map(Value::Object),
                _ => Err(format!("{path}[{index}]: it is not an object")),
            });
            members.collect()
        }
        Kind::Map => match unwrapped(value) {
            Value::Object(map) => Ok(Value::Object(map)),
            _ => Err(format!("{path}: it is not an object")),
        },
    }
}

/// The value that a JSON text stands for; any other value is itself.
fn unwrapped(value: Value) -> Value {
    match &value {
        Value::String(text) => serde_json::from_str(text).unwrap_or(value),
        _ => value,
    }
}

fn number(value: &Value) -> Option<Value> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    serde_json::Number::from_f64(number).map(Value::Number)
}

fn integer(value: &Value) -> Option<Value> {
    let number: i64 = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Some(Value::from(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_other_types_are_taken_for_what_they_mean() {
        let document = MediaDocument::parse(
            r#"{"Category": "c", "Snapshots": [{"count": "3"}], "CateId": "44", "Biz": 5, "Title": null, "tag": {"x": 1},
                "AiData": "{\"OcrInfo\": [{\"Content\": \"Exit\", \"From\": \"1.5\", \"To\": 2}]}",
                "FileInfoList": [{"FileBasicInfo": {"Duration": 60.5, "Region": "cn"}}], "CustomFields": "{\"x\": [1]}"}"#,
        )
        .unwrap();
        assert_eq!(document.basic.category.as_deref(), Some("c"));
        assert_eq!(document.basic.snapshots.as_deref(), Some(r#"[{"count":"3"}]"#));
        assert_eq!((document.basic.cate_id, document.basic.biz.as_deref()), (Some(44), Some("5")));
        assert_eq!(document.basic.title, None);
        let text = &document.ai_data.unwrap().ocr_info[0];
        assert_eq!((text.content.as_deref(), text.from, text.to), (Some("Exit"), Some(1.5), Some(2.0)));
        assert_eq!(document.file_info_list[0].file_basic_info.duration.as_deref(), Some("60.5"));
        assert_eq!(document.custom_fields["x"], serde_json::json!([1]));
        assert_eq!(MediaDocument::parse("{}"), Ok(MediaDocument::default()));
    }

    #[test]
    fn what_is_wrong_with_a_document_is_named() {
        for (text, says) in [
            ("", "the document is not JSON"),
            ("[]", "the document is not a JSON object"),
            (r#"{"CateId": "x"}"#, "CateId: \"x\" is not a whole number"),
            (r#"{"CateId": 1.5}"#, "CateId: 1.5 is not a whole number"),
            (r#"{"AiData": [1]}"#, "AiData: it is not an object"),
            (r#"{"AiData": {"OcrInfo": "Exit"}}"#, "AiData.OcrInfo: it is not a list"),
            (r#"{"AiData": {"OcrInfo": ["Exit"]}}"#, "AiData.OcrInfo[0]: it is not an object"),
            (
                r#"{"AiData": {"AiLabelInfo": [{}, {"Occurrences": [{"Score": "high"}]}]}}"#,
                "AiData.AiLabelInfo[1].Occurrences[0].Score: \"high\" is not a number",
            ),
            (r#"{"FileInfoList": {}}"#, "FileInfoList: it is not a list"),
            (r#"{"CustomFields": 5}"#, "CustomFields: it is not an object"),
        ] {
            let error = MediaDocument::parse(text).unwrap_err();
            assert!(error.starts_with(says), "{text}: {error}");
        }
    }
}
