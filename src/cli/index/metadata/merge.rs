//! Documents of one media that were said in parts: put together, compared, and read for the columns. Imports nothing of the crate
//! but the kinds of `schema`.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::schema::{Kind, moment_ms};

/// The list whose members have places: the first is the original file, in every row.
const FILES: &str = "FileInfoList";

/// The object of this name, made if it is not there.
pub(super) fn inner_object<'a>(object: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    object.entry(name).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
}

/// What a later row says of the same media comes to what an earlier one said: as `merge`, and files by their places.
pub(super) fn merge_documents(there: &mut Map<String, Value>, more: Map<String, Value>) {
    for (name, value) in more {
        let is_files = name == FILES;
        match (there.entry(name).or_insert(Value::Null), value) {
            (Value::Array(files), Value::Array(more)) if is_files => merge_places(files, more),
            (there, value) => merge(there, value),
        }
    }
}

fn merge_places(there: &mut Vec<Value>, more: Vec<Value>) {
    for (place, value) in more.into_iter().enumerate() {
        match there.get_mut(place) {
            Some(there) => merge(there, value),
            None => there.push(value),
        }
    }
}

/// Objects get what they have not, lists get what is not in them, all else is replaced.
pub(super) fn merge(there: &mut Value, more: Value) {
    match (there, more) {
        (Value::Object(there), Value::Object(more)) => {
            for (name, value) in more {
                merge(there.entry(name).or_insert(Value::Null), value);
            }
        }
        (Value::Array(there), Value::Array(more)) => {
            let known: HashSet<String> = there.iter().map(Value::to_string).collect();
            there.extend(more.into_iter().filter(|value| !known.contains(&value.to_string())));
        }
        (there, more) => *there = more,
    }
}

/// The texts of a member of a list of `AiData`, each once, in their order.
pub(super) fn each_once(document: &Map<String, Value>, list: &str, name: &str) -> Vec<String> {
    let list = document.get("AiData").and_then(|data| data.get(list)?.as_array());
    let texts = list.into_iter().flatten().filter_map(|item| item.get(name)?.as_str());
    let mut known = HashSet::new();
    texts.filter(|text| known.insert(*text)).map(str::to_owned).collect()
}

/// What a value in the response's form means, by which it is compared: moments as milliseconds, numbers as numbers, JSON text parsed.
pub(super) fn meaning(kind: Kind, value: &Value) -> Value {
    let text = value.as_str();
    let found = match kind {
        Kind::Moment => moment_ms("", value).ok().map(Value::from),
        Kind::NumberAsText => text.and_then(|text| text.parse::<f64>().ok()).map(Value::from),
        Kind::Number => value.as_f64().map(Value::from),
        Kind::TextOfJson => text.and_then(|text| serde_json::from_str(text).ok()),
        Kind::Text | Kind::Position | Kind::OneOf(_) | Kind::Reference | Kind::Object(_) | Kind::List(_) => None,
    };
    found.unwrap_or_else(|| value.clone())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use serde_json::json;

    #[test]
    fn a_hundred_thousand_texts_take_no_time() {
        let list: Vec<Value> = (0..100_000).map(|n| json!({ "Content": format!("text {n:08}") })).collect();
        let document = json!({ "AiData": { "OcrInfo": list } });
        let begun = Instant::now();
        assert_eq!(each_once(document.as_object().unwrap(), "OcrInfo", "Content").len(), 100_000);
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    }
}
