//! `--metadata`: what the owner knows of the media, as JSON lines or CSV. Imports `core`, `library`, `operations`, `error`.
//!
//! Each row names its media by `path` (as in the library) or `MediaId`. Which fields there are is in `schema` and `row`: those of the
//! SearchMedia response, nested as there or flat, and the names of the Match grammar.

mod merge;
mod row;
mod schema;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value};

use crate::cli::files;
use crate::error::{Error, Result};
use crate::library::MediaRecord;

use self::row::Row;

/// Line number, from 1, and what stands there.
type NumberedObject = (usize, Map<String, Value>);

/// All rows, and the names in them that are none of a field.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    rows: Vec<Row>,
    /// Name, and the first line that it is on.
    unknown_names: BTreeMap<String, usize>,
}

impl Metadata {
    /// Reads a file.
    ///
    /// # Errors
    /// `InvalidParameter` naming the file, line and field.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let bytes = files::read(path)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::invalid("--metadata", format!("{}: not UTF-8 text", path.display())))?;
        Self::parse(text.trim_start_matches('\u{feff}'))
            .map_err(|reason| Error::invalid("--metadata", format!("{}: {reason}", path.display())))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let rows = match text.trim_start().chars().next() {
            None => Vec::new(),
            Some('{') => json_rows(text)?,
            Some(_) => csv_rows(text)?,
        };
        let mut metadata = Self::default();
        let mut described = BTreeSet::new();
        for (line, object) in rows {
            metadata.add(line, object, &mut described).map_err(|reason| format!("line {line}: {reason}"))?;
        }
        Ok(metadata)
    }

    fn add(&mut self, line: usize, object: Map<String, Value>, described: &mut BTreeSet<String>) -> Result<(), String> {
        let mut unknown = BTreeSet::new();
        let row = Row::of(object, &mut unknown)?;
        for name in unknown {
            self.unknown_names.entry(name).or_insert(line);
        }
        if row.path.is_none() && row.media_id.is_none() {
            return Err("neither 'path' nor 'MediaId' is given".to_owned());
        }
        let keys = [("path", &row.path), ("MediaId", &row.media_id)];
        for (name, key) in keys.into_iter().filter_map(|(name, key)| Some((name, key.as_ref()?))) {
            if !described.insert(format!("{name} {key}")) {
                return Err(format!("{name}: {key} is described twice"));
            }
        }
        self.rows.push(row);
        Ok(())
    }

    /// Fills in the media, and answers what there is to warn of: rows for no media, and names that are none of a field.
    ///
    /// `paths` maps every path that was indexed to its place in `media`: copies of one photo share it. A row that gives both is for the
    /// media of that id, else for that of the path, so that rows that were exported from elsewhere need only be given paths.
    pub(super) fn apply(&self, media: &mut [MediaRecord], paths: &BTreeMap<String, usize>) -> Vec<String> {
        let ids: BTreeMap<String, usize> =
            media.iter().enumerate().map(|(index, m)| (m.media_id.0.clone(), index)).collect();
        let unknown_name = |(name, line): (&String, &usize)| {
            format!("--metadata line {line}: no field is called {name}; it was passed over")
        };
        let mut warnings: Vec<String> = self.unknown_names.iter().map(unknown_name).collect();
        for row in &self.rows {
            let by_id = row.media_id.as_ref().and_then(|id| ids.get(id));
            let place = by_id.or_else(|| paths.get(row.path.as_ref()?));
            if let Some(record) = place.and_then(|index| media.get_mut(*index)) {
                row.apply(record);
            } else {
                let key = row.path.as_ref().or(row.media_id.as_ref()).map_or("", String::as_str);
                warnings.push(format!("--metadata describes {key}, which is not in the library"));
            }
        }
        warnings
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

/// Cells that are empty say nothing; all others are text, which the fields read as what they hold.
fn csv_rows(text: &str) -> Result<Vec<NumberedObject>, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|e| e.to_string())?.clone();
    if !header.iter().any(|name| ["path", "mediaid"].contains(&name.to_ascii_lowercase().as_str())) {
        return Err("neither JSON lines, each an object, nor CSV whose first line names a column 'path' or 'MediaId'"
            .to_owned());
    }
    if !text.matches('"').count().is_multiple_of(2) {
        return Err("a cell in quotes is not closed: the number of quotes is odd".to_owned());
    }
    if let Some(twice) = header.iter().enumerate().find(|(at, name)| header.iter().take(*at).any(|n| n == *name)) {
        return Err(format!("line 1: column {} is there twice", twice.1));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| e.to_string())?;
        let line = record.position().map_or(0, |p| usize::try_from(p.line()).unwrap_or(0));
        let cells = header.iter().zip(&record).filter(|(_, cell)| !cell.is_empty());
        rows.push((line, cells.map(|(name, cell)| (name.to_owned(), Value::from(cell))).collect()));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests;
