//! Parameters that are booleans, lists or objects, and texts of a limited length. Imports `error`.
//!
//! Clients of the RPC kind send every parameter as text: booleans as `true` (Python's write `True`), lists and objects as JSON.
//! Both forms are taken everywhere, and what is wrong inside a list or an object is named by its path, `Sources[1].URI`.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::params::{Params, kind_of, shown};
use crate::error::{Error, Result};

/// The names and values of an object, borrowed from the request or parsed from its text.
pub(super) type Object<'a> = Cow<'a, Map<String, Value>>;

impl<'a> Params<'a> {
    /// A boolean; the texts `true` and `false` of any case are taken too.
    pub(super) fn boolean(self, name: &str, default: bool) -> Result<bool> {
        match self.get(name)? {
            None | Some(Value::Null) => Ok(default),
            Some(Value::Bool(value)) => Ok(*value),
            Some(Value::String(text)) if text.is_empty() => Ok(default),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(other) => Err(Error::invalid(name, format!("{} is no boolean; true and false are", shown(other)))),
        }
    }

    /// A string of at most `max_bytes` bytes in UTF-8, where one is given.
    pub(super) fn text_up_to(self, name: &str, max_bytes: usize) -> Result<Option<&'a str>> {
        let text = self.text(name)?;
        match text.map(str::len) {
            Some(bytes) if bytes > max_bytes => {
                Err(Error::invalid(name, format!("it is {bytes} bytes long; at most {max_bytes} are allowed")))
            }
            _ => Ok(text),
        }
    }

    /// One of some words, each with what it stands for; `None` where none is given.
    pub(super) fn word<T: Copy>(self, name: &str, words: &[(&str, T)]) -> Result<Option<T>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        found.map(Some).ok_or_else(|| {
            let allowed: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
            Error::invalid(name, format!("{} is not one of {}", shown(&text.into()), allowed.join(", ")))
        })
    }

    /// An object, or JSON text of one, where one is given.
    pub(super) fn object(self, name: &str) -> Result<Option<Object<'a>>> {
        match self.nested(name)? {
            None => Ok(None),
            Some(Cow::Borrowed(Value::Object(map))) => Ok(Some(Cow::Borrowed(map))),
            Some(Cow::Owned(Value::Object(map))) => Ok(Some(Cow::Owned(map))),
            Some(other) => Err(Error::invalid(name, format!("it must be an object, not {}", kind_of(&other)))),
        }
    }

    /// A list, or JSON text of one, where one is given.
    pub(super) fn list(self, name: &str) -> Result<Option<Cow<'a, [Value]>>> {
        match self.nested(name)? {
            None => Ok(None),
            Some(Cow::Borrowed(Value::Array(list))) => Ok(Some(Cow::Borrowed(list))),
            Some(Cow::Owned(Value::Array(list))) => Ok(Some(Cow::Owned(list))),
            Some(other) => Err(Error::invalid(name, format!("it must be an array, not {}", kind_of(&other)))),
        }
    }

    /// A list of strings that are not empty.
    pub(super) fn texts(self, name: &str) -> Result<Option<Vec<String>>> {
        let Some(list) = self.list(name)? else { return Ok(None) };
        let text = |(place, value): (usize, &Value)| match value {
            Value::String(text) if !text.is_empty() => Ok(text.clone()),
            Value::String(_) => Err(Error::invalid(&format!("{name}[{place}]"), "it is empty")),
            other => {
                let reason = format!("it must be a string, not {}", kind_of(other));
                Err(Error::invalid(&format!("{name}[{place}]"), reason))
            }
        };
        list.iter().enumerate().map(text).collect::<Result<Vec<_>>>().map(Some)
    }

    /// The value of a parameter, parsed where it is text.
    fn nested(self, name: &str) -> Result<Option<Cow<'a, Value>>> {
        match self.get(name)? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => match serde_json::from_str(text) {
                Ok(Value::Null) => Ok(None),
                Ok(value) => Ok(Some(Cow::Owned(value))),
                Err(e) => Err(Error::invalid(name, format!("its text is not JSON: {e}"))),
            },
            Some(value) => Ok(Some(Cow::Borrowed(value))),
        }
    }
}

/// Reads the members of an object that is itself a parameter; errors name them by their path below `path`.
///
/// A member that must be there and is not is an invalid value of the parameter, since `Missing...` names parameters only.
pub(super) fn within<T>(path: &str, map: &Map<String, Value>, read: impl FnOnce(Params<'_>) -> Result<T>) -> Result<T> {
    read(Params(map)).map_err(|error| match error {
        Error::MissingParameter { parameter } => Error::invalid(&format!("{path}.{parameter}"), "it is required"),
        Error::InvalidParameter { parameter, reason } => Error::invalid(&format!("{path}.{parameter}"), reason),
        other => other,
    })
}

/// The object at a place of a list.
pub(super) fn member<'a>(path: &str, value: &'a Value) -> Result<&'a Map<String, Value>> {
    match value {
        Value::Object(map) => Ok(map),
        other => Err(Error::invalid(path, format!("it must be an object, not {}", kind_of(other)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with<T>(value: &Value, read: impl FnOnce(Params<'_>) -> Result<T>) -> Result<T> {
        let map = json!({ "P": value }).as_object().cloned().unwrap();
        read(Params(&map))
    }

    fn message<T: std::fmt::Debug>(result: Result<T>) -> String {
        let error = result.unwrap_err();
        assert_eq!(error.code(), "InvalidParameter");
        error.to_string()
    }

    #[test]
    fn booleans_come_as_such_and_as_text_of_any_case() {
        for (value, wanted) in [
            (json!(true), true),
            (json!("True"), true),
            (json!("true"), true),
            (json!(false), false),
            (json!("FALSE"), false),
            (json!(""), true),
            (json!(null), true),
        ] {
            assert_eq!(with(&value, |p| p.boolean("P", true)), Ok(wanted), "{value}");
        }
        for bad in [json!(1), json!("yes"), json!([true]), json!({})] {
            assert!(message(with(&bad, |p| p.boolean("P", true))).ends_with("is no boolean; true and false are"));
        }
    }

    #[test]
    fn length_is_counted_in_bytes() {
        let fits = json!("é".repeat(1024));
        assert_eq!(with(&fits, |p| p.text_up_to("P", 2048).map(|t| t.map(str::len))), Ok(Some(2048)));
        let long = json!(format!("{}x", "é".repeat(1024)));
        let error = with(&long, |p| p.text_up_to("P", 2048).map(|_| ()));
        assert_eq!(message(error), "P: it is 2049 bytes long; at most 2048 are allowed");
    }

    #[test]
    fn objects_and_lists_come_as_such_and_as_json_text() {
        for value in [json!({ "a": 1 }), json!("{\"a\":1}")] {
            let found = with(&value, |p| p.object("P").map(|o| o.map(Cow::into_owned)));
            assert_eq!(found, Ok(json!({ "a": 1 }).as_object().cloned()));
        }
        for value in [json!(["a", "b"]), json!(" [\"a\",\"b\"]")] {
            assert_eq!(with(&value, |p| p.texts("P")), Ok(Some(vec!["a".to_owned(), "b".to_owned()])));
        }
        for absent in [json!(null), json!(""), json!("null")] {
            assert_eq!(with(&absent, |p| p.object("P").map(|o| o.is_none())), Ok(true));
            assert_eq!(with(&absent, |p| p.list("P").map(|l| l.is_none())), Ok(true));
        }
    }

    #[test]
    fn another_kind_is_named() {
        let object = |value| message(with(&value, |p| p.object("P").map(|_| ())));
        assert_eq!(object(json!([])), "P: it must be an object, not an array");
        assert_eq!(object(json!("7")), "P: it must be an object, not a number");
        assert!(object(json!("{")).starts_with("P: its text is not JSON: EOF"));
        let texts = |value| message(with(&value, |p| p.texts("P")));
        assert_eq!(texts(json!({})), "P: it must be an array, not an object");
        assert_eq!(texts(json!(["a", 7])), "P[1]: it must be a string, not a number");
        assert_eq!(texts(json!([""])), "P[0]: it is empty");
    }

    #[test]
    fn deeply_nested_text_is_refused_without_overflowing_the_stack() {
        let deep = json!("[".repeat(100_000));
        assert!(message(with(&deep, |p| p.list("P").map(|_| ()))).starts_with("P: its text is not JSON"));
    }

    #[test]
    fn a_word_is_one_of_those_allowed() {
        let words = [("asc", 1), ("desc", 2)];
        assert_eq!(with(&json!("desc"), |p| p.word("P", &words)), Ok(Some(2)));
        assert_eq!(with(&json!(""), |p| p.word("P", &words)), Ok(None));
        let error = with(&json!("up"), |p| p.word("P", &words));
        assert_eq!(message(error), "P: \"up\" is not one of \"asc\", \"desc\"");
    }

    #[test]
    fn members_are_named_by_their_path() {
        let map = Map::new();
        let error = within("Sources[3]", &map, |p| p.required_text("URI").map(|_| ()));
        assert_eq!(message(error), "Sources[3].URI: it is required");
        assert_eq!(message(member("Sources[3]", &json!(7))), "Sources[3]: it must be an object, not a number");
    }
}
