//! Reading the parameters of requests about persons. Imports `core`, `library`, `indexing`, `error`.

use std::ops::RangeInclusive;

use serde_json::Value;

use crate::core::FaceId;
use crate::error::{Error, Result};
use crate::indexing::find_person;
use crate::library::{EntityRecord, Library};
use crate::operations::params::{Params, kind_of, shown};
use crate::operations::request::items_before;

/// The longest id of a person or a group, and the longest name, in characters. Ours.
const MAX_NAME_CHARS: usize = 128;
/// The longest note, in characters. Ours.
const MAX_NOTE_CHARS: usize = 2048;
/// The most face ids in one request. Ours.
const MAX_FACE_IDS: usize = 10_000;
/// The page sizes of the service.
const PAGE_SIZES: RangeInclusive<u32> = 1..=100;
const DEFAULT_PAGE_SIZE: u32 = 20;

/// Which library, and who asks: what every request about persons may have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "camelCase", optional_fields))]
pub struct PersonOptions {
    /// The library, by its name; the first one where absent. Ours.
    pub search_lib_name: Option<String>,
    /// What the caller says of itself: a JSON object, or its text. Accepted and not used.
    #[cfg_attr(test, ts(type = "object | string", optional))]
    pub client_info: Option<String>,
}

impl PersonOptions {
    pub(super) fn parse(params: Params<'_>) -> Result<Self> {
        // The vendor's SDK writes ClientInfo, the vendor's documents clientInfo.
        let has = |name| params.0.contains_key(name);
        let given = |small, capital| if has(capital) && !has(small) { capital } else { small };
        Ok(Self {
            search_lib_name: params.text(given("searchLibName", "SearchLibName"))?.map(str::to_owned),
            client_info: client_info(params, given("clientInfo", "ClientInfo"))?,
        })
    }
}

fn client_info(params: Params<'_>, name: &str) -> Result<Option<String>> {
    let invalid = |what: &str| Error::invalid(name, format!("it must be a JSON object or the text of one, not {what}"));
    match params.value(name)? {
        None => Ok(None),
        Some(object @ Value::Object(_)) => Ok(Some(object.to_string())),
        Some(Value::String(text)) => match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(_)) => Ok(Some(text.clone())),
            Ok(other) => Err(invalid(&format!("the text of {}", kind_of(&other)))),
            Err(_) => Err(invalid("a text that is not JSON")),
        },
        Some(other) => Err(invalid(kind_of(other))),
    }
}

/// The id of a person or group that must be given.
pub(super) fn required_id(params: Params<'_>, name: &str) -> Result<String> {
    optional_id(params, name)?.ok_or_else(|| missing(name))
}

/// The id of a person or group, where one is given.
pub(super) fn optional_id(params: Params<'_>, name: &str) -> Result<Option<String>> {
    params.text(name)?.map(|text| checked_id(name, text)).transpose()
}

fn checked_id(name: &str, text: &str) -> Result<String> {
    checked_text(name, text, MAX_NAME_CHARS)?;
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(name, "an id has no control characters"));
    }
    Ok(text.to_owned())
}

fn checked_text(name: &str, text: &str, limit: usize) -> Result<String> {
    let count = text.chars().count();
    if count > limit {
        return Err(Error::invalid(name, format!("{count} characters; at most {limit} are allowed")));
    }
    Ok(text.to_owned())
}

/// `name` and `note`.
pub(super) fn name_and_note(params: Params<'_>) -> Result<(Option<String>, Option<String>)> {
    let text = |name: &str, limit: usize| params.text(name)?.map(|text| checked_text(name, text, limit)).transpose();
    Ok((text("name", MAX_NAME_CHARS)?, text("note", MAX_NOTE_CHARS)?))
}

/// `name` and `note` of a change, where a note without a letter is one too: it clears what was noted.
pub(super) fn new_name_and_note(params: Params<'_>) -> Result<(Option<String>, Option<String>)> {
    let (name, note) = name_and_note(params)?;
    let clears = params.0.get("note").is_some_and(|note| note.as_str() == Some(""));
    Ok((name, note.or_else(|| clears.then(String::new))))
}

/// Ids of persons or groups: a list of strings, or the JSON text of one. Empty where absent.
pub(super) fn ids(params: Params<'_>, name: &str) -> Result<Vec<String>> {
    let ids = texts(params, name)?.into_iter().enumerate();
    ids.map(|(place, text)| checked_id(&format!("{name}[{place}]"), &text)).collect()
}

/// Ids of persons or groups, at least one.
pub(super) fn required_ids(params: Params<'_>, name: &str) -> Result<Vec<String>> {
    some(name, ids(params, name)?)
}

/// A list of strings that are not empty, or the JSON text of one. Empty where absent.
pub(super) fn texts(params: Params<'_>, name: &str) -> Result<Vec<String>> {
    params.texts(name).map(Option::unwrap_or_default)
}

/// The items, or the error that there must be some.
pub(super) fn some<T>(name: &str, items: Vec<T>) -> Result<Vec<T>> {
    if items.is_empty() { Err(missing(name)) } else { Ok(items) }
}

/// Face ids: a list of strings of digits or of integers, or the JSON text of one. Empty where absent.
pub(super) fn face_ids(params: Params<'_>, name: &str) -> Result<Vec<FaceId>> {
    let Some(list) = params.list(name)? else { return Ok(Vec::new()) };
    if list.len() > MAX_FACE_IDS {
        return Err(Error::LimitExceeded { what: format!("{} {name}", list.len()), limit: MAX_FACE_IDS as u64 });
    }
    list.iter().enumerate().map(|(place, value)| face_id(&format!("{name}[{place}]"), value)).collect()
}

/// A face id. Those of the service can be above 2^53, so they never become floating-point numbers.
fn face_id(name: &str, value: &Value) -> Result<FaceId> {
    let number = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    };
    number.map(FaceId).ok_or_else(|| {
        let allowed = "an integer below 2^64 is, as a string of digits or, where it is exact, as a number";
        Error::invalid(name, format!("{} is no face id; {allowed}", shown(value)))
    })
}

/// `currentPage` and `pageSize`.
pub(super) fn page(params: Params<'_>) -> Result<(u32, u32)> {
    let number = params.integer("currentPage", &(1..=u32::MAX), 1)?;
    Ok((number, params.integer("pageSize", &PAGE_SIZES, DEFAULT_PAGE_SIZE)?))
}

/// The part of a list that a page shows.
pub(super) fn on_page<T>(items: Vec<T>, (number, size): (u32, u32)) -> Vec<T> {
    items.into_iter().skip(items_before(number, size)).take(size as usize).collect()
}

fn missing(name: &str) -> Error {
    Error::MissingParameter { parameter: name.to_owned() }
}

/// The persons of a library, by row.
pub(super) fn persons(library: &Library) -> impl Iterator<Item = &EntityRecord> + Clone {
    (0..library.entity_count()).filter_map(|row| library.entity(row))
}

/// The row of a person of a library.
pub(super) fn person_row(library: &Library, person_id: &str) -> Result<usize> {
    let not_found = || Error::ResourceNotFound { kind: "person".to_owned(), id: person_id.to_owned() };
    find_person(persons(library), person_id).ok_or_else(not_found)
}
