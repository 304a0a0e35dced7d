//! `--metadata`: what the owner knows of the media, as JSON lines or CSV. Imports `core`, `library`, `error`.
//!
//! Each row names its media by `path` (as in the library) or `MediaId`. `title`, `url` (or `InputURL`) and `utcCreate`
//! (milliseconds since 1970) go to fields of their own; everything else is kept as the media's document.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use crate::cli::files;
use crate::error::{Error, Result};
use crate::library::MediaRecord;

/// One row of the file.
#[derive(Debug, Clone, PartialEq, Default)]
struct Row {
    title: Option<String>,
    url: Option<String>,
    created_ms: Option<i64>,
    rest: Map<String, Value>,
}

/// Line number, from 1, and what stands there.
type NumberedObject = (usize, Map<String, Value>);

/// All rows, by what they name.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    by_path: BTreeMap<String, Row>,
    by_id: BTreeMap<String, Row>,
}

impl Metadata {
    /// Reads a file.
    ///
    /// # Errors
    /// `InvalidParameter` naming the file and line.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let bytes = files::read(path)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::invalid("--metadata", format!("{}: not UTF-8 text", path.display())))?;
        Self::parse(text.trim_start_matches('\u{feff}'))
            .map_err(|reason| Error::invalid("--metadata", format!("{}: {reason}", path.display())))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let rows = if text.trim_start().starts_with('{') { json_rows(text)? } else { csv_rows(text)? };
        let mut metadata = Self::default();
        for (line, object) in rows {
            metadata.add(object).map_err(|reason| format!("line {line}: {reason}"))?;
        }
        Ok(metadata)
    }

    fn add(&mut self, object: Map<String, Value>) -> Result<(), String> {
        let mut row = Row::default();
        let (mut path, mut media_id) = (None, None);
        for (name, value) in object {
            match name.to_ascii_lowercase().as_str() {
                "path" => path = Some(text_of(&name, value)?),
                "mediaid" => media_id = Some(text_of(&name, value)?),
                "title" => row.title = Some(text_of(&name, value)?),
                "url" | "inputurl" => row.url = Some(text_of(&name, value)?),
                "utccreate" => row.created_ms = Some(milliseconds_of(&name, &value)?),
                _ => {
                    row.rest.insert(name, value);
                }
            }
        }
        let (rows, key) = match (path, media_id) {
            (_, Some(id)) => (&mut self.by_id, id.to_ascii_lowercase()),
            (Some(path), None) => (&mut self.by_path, path.trim_start_matches("./").replace('\\', "/")),
            (None, None) => return Err("neither 'path' nor 'MediaId' is given".to_owned()),
        };
        if rows.contains_key(&key) {
            return Err(format!("{key} is described twice"));
        }
        rows.insert(key, row);
        Ok(())
    }

    /// Fills in the media, and answers the paths and ids that no media has.
    ///
    /// `paths` maps every path that was indexed to its place in `media`: copies of one photo share it.
    pub(super) fn apply(&self, media: &mut [MediaRecord], paths: &BTreeMap<String, usize>) -> Vec<String> {
        let ids: BTreeMap<String, usize> =
            media.iter().enumerate().map(|(index, m)| (m.media_id.0.clone(), index)).collect();
        let mut unknown = Vec::new();
        for (rows, places) in [(&self.by_path, paths), (&self.by_id, &ids)] {
            for (key, row) in rows {
                match places.get(key).and_then(|index| media.get_mut(*index)) {
                    Some(record) => row.apply(record),
                    None => unknown.push(key.clone()),
                }
            }
        }
        unknown
    }
}

impl Row {
    fn apply(&self, record: &mut MediaRecord) {
        if let Some(title) = &self.title {
            record.title.clone_from(title);
        }
        if self.url.is_some() {
            record.url.clone_from(&self.url);
        }
        record.created_ms = self.created_ms.or(record.created_ms);
        if !self.rest.is_empty() {
            record.document = Value::Object(self.rest.clone()).to_string();
        }
    }
}

fn json_rows(text: &str) -> Result<Vec<NumberedObject>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let parse = |(index, line)| match serde_json::from_str(line) {
        Ok(Value::Object(object)) => Ok((index + 1, object)),
        Ok(_) => Err(format!("line {}: not a JSON object", index + 1)),
        Err(e) => Err(format!("line {}: not a JSON object: {e}", index + 1)),
    };
    lines.map(parse).collect()
}

/// Cells that are empty say nothing; all others are text.
fn csv_rows(text: &str) -> Result<Vec<NumberedObject>, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|e| e.to_string())?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| e.to_string())?;
        let line = record.position().map_or(0, |p| usize::try_from(p.line()).unwrap_or(0));
        let cells = header.iter().zip(&record).filter(|(_, cell)| !cell.is_empty());
        rows.push((line, cells.map(|(name, cell)| (name.to_owned(), Value::from(cell))).collect()));
    }
    Ok(rows)
}

fn text_of(name: &str, value: Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(format!("{name}: {other} is not a text")),
    }
}

fn milliseconds_of(name: &str, value: &Value) -> Result<i64, String> {
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    number.ok_or_else(|| format!("{name}: {value} is not a whole number of milliseconds since 1970"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_lines_and_csv_say_the_same() -> Result<(), String> {
        let json = "{\"path\": \"./a.jpg\", \"title\": \"A\", \"utcCreate\": 5, \"tag\": \"x, y\"}\n\n{\"MediaId\": \"AB\", \"InputURL\": \"u\"}\n";
        let csv = "path,MediaId,title,InputURL,utcCreate,tag\na.jpg,,A,,5,\"x, y\"\n,AB,,u,,\n";
        let (json, csv) = (Metadata::parse(json)?, Metadata::parse(csv)?);
        assert_eq!(json.by_path, csv.by_path);
        assert_eq!(json.by_id, csv.by_id);
        let row = json.by_path.get("a.jpg").ok_or("no row")?;
        assert_eq!((row.title.as_deref(), row.created_ms), (Some("A"), Some(5)));
        assert_eq!(Value::Object(row.rest.clone()).to_string(), "{\"tag\":\"x, y\"}");
        Ok(())
    }

    #[test]
    fn errors_name_the_line_and_the_field() {
        let error = |text| Metadata::parse(text).err().unwrap_or_default();
        assert_eq!(error("{\"path\": \"a\"}\n{\"title\": \"b\"}"), "line 2: neither 'path' nor 'MediaId' is given");
        assert_eq!(
            error("path,utcCreate\na,soon\n"),
            "line 2: utcCreate: \"soon\" is not a whole number of milliseconds since 1970"
        );
        assert_eq!(error("path\na\na\n"), "line 3: a is described twice");
        assert!(error("{\"path\": ").starts_with("line 1: not a JSON object"));
    }
}
