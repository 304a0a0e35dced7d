//! The journal: what was already done for a library folder. Imports `error`.
//!
//! One line a processed file, appended when the file is finished: 16 hexadecimal digits of the SHA-256 of the rest, a space,
//! a JSON object. A line that is cut off or damaged is passed over, and cut off where it is the last, so a run that was
//! interrupted at any moment is gone on with from the files that it had finished.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cli::files::{create_anew, io_error};
use crate::cli::wire::ErrorBody;
use crate::core::{Digest, FaceId, sha256};
use crate::error::{Error, Result};
use crate::indexing::{MediaRows, media_id_of};

/// Digits of the checksum that begins a line.
const CHECKSUM_DIGITS: usize = 16;

/// Size and time of a file: while both stay, its contents are taken to be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileStamp {
    pub(super) size: u64,
    /// Modification time in nanoseconds since 1970; `None` where it is too young to be trusted (see `work`).
    pub(super) mtime_ns: Option<i64>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// The file's name among media (`m/..`) or portraits (`p/..`).
    pub(super) key: String,
    #[serde(flatten)]
    pub(super) stamp: FileStamp,
    /// SHA-256 of its contents, hexadecimal.
    pub(super) sha256: String,
    /// Hash of the models and settings that the rows depend on.
    pub(super) settings: String,
    /// The rows, where this line is the first with these contents.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) rows: Option<MediaRows>,
    /// Why it could not be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) error: Option<ErrorBody>,
}

/// What is known of a file.
#[derive(Debug, Clone)]
pub(super) struct KnownFile {
    pub(super) stamp: FileStamp,
    pub(super) sha256: String,
    /// The settings that its line was written with: those of photos, or those of videos.
    pub(super) settings: String,
    pub(super) error: Option<ErrorBody>,
}

/// Everything that the journal says about the present settings.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Files by key.
    pub(super) files: HashMap<String, KnownFile>,
    /// Rows by SHA-256 of the contents.
    pub(super) contents: HashMap<String, MediaRows>,
    /// The faces that any settings found in a file, by SHA-256: which thumbnails there may be.
    pub(super) all_faces: BTreeMap<String, BTreeSet<FaceId>>,
    /// Lines, of use or not.
    pub(super) lines: usize,
}

/// The journal, open for appending.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Opens the journal at `path`, made if it is not there, and reads the lines that were written with any of `settings`.
    pub(super) fn open(path: &Path, settings: &[&str]) -> Result<(Self, Known)> {
        let failed = |e: &std::io::Error| io_error(path, e);
        let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(|e| failed(&e))?;
        let mut known = Known::default();
        let mut reader = BufReader::new(&file);
        let mut line = Vec::new();
        let (mut end, mut good_end) = (0_u64, 0_u64);
        loop {
            line.clear();
            let read = reader.by_ref().read_until(b'\n', &mut line).map_err(|e| failed(&e))?;
            if read == 0 {
                break;
            }
            end += read as u64;
            if let Some(entry) = parse_line(&line) {
                known.learn(entry, settings);
                good_end = end;
            }
        }
        drop(reader);
        if good_end < end {
            file.set_len(good_end).map_err(|e| failed(&e))?;
        }
        Ok((Self { file, path: path.to_owned() }, known))
    }

    /// Adds a line; it is with the operating system when this returns, so it outlives the process.
    pub(super) fn append(&mut self, entry: &Entry) -> Result<()> {
        let line = format_line(entry)?;
        self.file.write_all(&line).map_err(|e| io_error(&self.path, &e))
    }

    /// Puts what was added on the disk.
    pub(super) fn sync(&self) -> Result<()> {
        self.file.sync_data().map_err(|e| io_error(&self.path, &e))
    }
}

/// Replaces the journal at `path` by `entries`, all at once.
pub(super) fn rewrite(path: &Path, entries: impl Iterator<Item = Entry>) -> Result<()> {
    let scratch = path.with_extension("new");
    let failed = |e: &std::io::Error| io_error(&scratch, e);
    let mut writer = BufWriter::new(create_anew(&scratch)?);
    for entry in entries {
        writer.write_all(&format_line(&entry)?).map_err(|e| failed(&e))?;
    }
    let file = writer.into_inner().map_err(|e| failed(e.error()))?;
    file.sync_all().map_err(|e| failed(&e))?;
    fs::rename(&scratch, path).map_err(|e| io_error(path, &e))
}

impl Known {
    /// Remembers which faces a file was found to have.
    pub(super) fn learn_faces(&mut self, sha256: &str, rows: &MediaRows) {
        self.all_faces.entry(sha256.to_owned()).or_default().extend(rows.face_ids(&media_id_of(sha256)));
    }

    fn learn(&mut self, entry: Entry, settings: &[&str]) {
        self.lines += 1;
        if let Some(rows) = &entry.rows {
            self.learn_faces(&entry.sha256, rows);
        }
        if !settings.contains(&entry.settings.as_str()) {
            return;
        }
        if let Some(rows) = entry.rows {
            self.contents.insert(entry.sha256.clone(), rows);
        }
        let Entry { key, stamp, sha256, settings, error, .. } = entry;
        self.files.insert(key, KnownFile { stamp, sha256, settings, error });
    }
}

fn checksum(json: &[u8]) -> String {
    let mut digits = sha256(json).to_string();
    digits.truncate(CHECKSUM_DIGITS);
    digits
}

fn format_line(entry: &Entry) -> Result<Vec<u8>> {
    let json = serde_json::to_vec(entry).map_err(|e| Error::Internal { reason: format!("journal: {e}") })?;
    Ok([checksum(&json).as_bytes(), b" ", &json, b"\n"].concat())
}

fn parse_line(line: &[u8]) -> Option<Entry> {
    let (digits, rest) = line.split_at_checked(CHECKSUM_DIGITS)?;
    let json = rest.strip_prefix(b" ")?.strip_suffix(b"\n")?;
    if checksum(json).as_bytes() != digits {
        return None;
    }
    // Thumbnails are named, and removed, by the hash: what is none could name files outside the library.
    serde_json::from_slice(json).ok().filter(|entry: &Entry| is_hash(&entry.sha256))
}

fn is_hash(text: &str) -> bool {
    Digest::from_hex(text).is_some_and(|digest| digest.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str) -> Entry {
        Entry {
            key: key.to_owned(),
            stamp: FileStamp { size: 3, mtime_ns: Some(1_700_000_000_123_456_789) },
            sha256: "ab".repeat(32),
            settings: "s".to_owned(),
            rows: None,
            error: None,
        }
    }

    #[test]
    fn a_torn_last_line_is_cut_and_the_journal_goes_on() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("journal");
        let (mut journal, _) = Journal::open(&path, &["s"])?;
        journal.append(&entry("m/a"))?;
        journal.append(&entry("m/b"))?;
        let whole = fs::read(&path)?;
        fs::write(&path, &whole[..whole.len() - 5])?;
        let (mut journal, known) = Journal::open(&path, &["s"])?;
        assert_eq!(known.files.keys().collect::<Vec<_>>(), ["m/a"]);
        journal.append(&entry("m/c"))?;
        let (_, known) = Journal::open(&path, &["s"])?;
        assert_eq!((known.files.len(), known.lines), (2, 2));
        assert_eq!(known.files.get("m/c").map(|f| f.stamp), Some(entry("m/c").stamp));
        Ok(())
    }

    #[test]
    fn a_damaged_line_in_the_middle_loses_itself_only() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("journal");
        let lines = ["m/a", "m/b", "m/c"].map(|key| format_line(&entry(key)));
        let [a, b, c] = lines;
        let mut damaged = b?;
        if let Some(byte) = damaged.get_mut(30) {
            *byte ^= 1;
        }
        fs::write(&path, [a?, damaged, c?].concat())?;
        let (_, known) = Journal::open(&path, &["s"])?;
        assert_eq!(known.files.len(), 2);
        assert!(!known.files.contains_key("m/b"));
        Ok(())
    }

    #[test]
    fn a_line_whose_hash_is_a_path_is_passed_over() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("journal");
        let hostile = Entry { sha256: "../../x".to_owned(), ..entry("m/a") };
        let upper = Entry { sha256: "AB".repeat(32), ..entry("m/b") };
        fs::write(&path, [format_line(&hostile)?, format_line(&upper)?, format_line(&entry("m/c"))?].concat())?;
        let (_, known) = Journal::open(&path, &["s"])?;
        assert_eq!(known.files.keys().collect::<Vec<_>>(), ["m/c"]);
        Ok(())
    }

    #[test]
    fn other_settings_know_nothing() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("journal");
        fs::write(&path, format_line(&entry("m/a"))?)?;
        let (_, known) = Journal::open(&path, &["other", "more"])?;
        assert!(known.files.is_empty());
        assert_eq!(known.lines, 1);
        Ok(())
    }
}
