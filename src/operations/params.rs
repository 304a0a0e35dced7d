//! Reading the parameters of a request, each with an error that names it. Imports `error`.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// The parameters of one request by their wire names. Absent, `null` and the empty string count as not given.
#[derive(Clone, Copy)]
pub(super) struct Params<'a>(pub(super) &'a Map<String, Value>);

impl<'a> Params<'a> {
    /// The parameters of a request object.
    pub(super) fn of(request: &'a Value) -> Result<Self> {
        match request {
            Value::Object(map) => Ok(Self(map)),
            other => Err(Error::invalid("request", format!("it must be an object, not {}", kind_of(other)))),
        }
    }

    /// Refuses names that are none of these. Only for requests that no service of the vendor has: those ignore what they do not know.
    pub(super) fn only(self, known: &[&str]) -> Result<()> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => {
                let shown: String = name.chars().take(40).collect();
                Err(Error::invalid(&shown, format!("there is no such parameter; known are {}", known.join(", "))))
            }
        }
    }

    /// The value of this name. One that differs from it in capitals only is refused rather than ignored: the services do not agree on
    /// them (`SearchLibName`, `searchLibName`), and whoever mixes them up would search another library.
    pub(super) fn get(self, name: &str) -> Result<Option<&'a Value>> {
        if let Some(value) = self.0.get(name) {
            return Ok(Some(value));
        }
        match self.0.keys().find(|other| other.eq_ignore_ascii_case(name)) {
            None => Ok(None),
            Some(other) => Err(Error::invalid(other, format!("there is no such parameter; {name} is meant"))),
        }
    }

    /// A value of any kind, where one is given.
    pub(super) fn value(self, name: &str) -> Result<Option<&'a Value>> {
        Ok(self.get(name)?.filter(|value| !value.is_null() && value.as_str() != Some("")))
    }

    /// A string, where one is given.
    pub(super) fn text(self, name: &str) -> Result<Option<&'a str>> {
        match self.get(name)? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|t| !t.is_empty())),
            Some(other) => Err(Error::invalid(name, format!("it must be a string, not {}", kind_of(other)))),
        }
    }

    /// A string that must be given.
    pub(super) fn required_text(self, name: &str) -> Result<&'a str> {
        self.text(name)?.ok_or_else(|| Error::MissingParameter { parameter: name.to_owned() })
    }

    /// An integer within `range`; a string of decimal digits is taken too, because RPC clients send all numbers as strings.
    pub(super) fn integer(self, name: &str, range: &RangeInclusive<u32>, default: u32) -> Result<u32> {
        let Some(value) = self.value(name)? else { return Ok(default) };
        let number = whole_number(value);
        let allowed = match *range.end() {
            // Whoever asked for less does not care how much is too much.
            u32::MAX if number.is_none_or(|number| number <= i64::from(u32::MAX)) => {
                format!("an integer of at least {} is", range.start())
            }
            end => format!("an integer from {} to {end} is", range.start()),
        };
        let invalid = |what: &str| Error::invalid(name, format!("{} {what}; {allowed} allowed", shown(value)));
        let number = number.ok_or_else(|| invalid("is not an integer"))?;
        u32::try_from(number).ok().filter(|n| range.contains(n)).ok_or_else(|| invalid("is out of range"))
    }
}

/// The integer that a JSON value stands for: an integer, a number without fraction, or a string of decimal digits.
fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| whole_f64(number.as_f64()?)),
        Value::String(text) => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            // A number of too many digits is out of range rather than no number.
            plain.then(|| text.parse().unwrap_or(i64::MAX))
        }
        _ => None,
    }
}

fn whole_f64(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and both ends are out of every range")]
    (number.fract() == 0.0).then_some(number as i64)
}

/// A value as an error message shows it: JSON, at most 40 characters.
pub(super) fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
