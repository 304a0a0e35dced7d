//! `library.json`: which model made the embeddings, and which immutable files the library consists of.
//! Lengths are in bytes. Imports `core`, `error` and `library::json`.

use std::collections::HashSet;

use serde::Serialize;

use super::json::{Node, malformed};
use crate::core::{Digest, EmbedderInfo, sha256};
use crate::error::{Error, Result};

/// The manifest's file name: the only file of a library that ever changes.
pub const MANIFEST_NAME: &str = "library.json";
/// The value of the manifest's `format`.
pub const FORMAT_NAME: &str = "visavis-library";
/// The newest version of the format that is read here, and the one that is written.
pub const FORMAT_VERSION: u64 = 1;
/// The longest table that is read, in bytes: all sizes computed from it fit 32 bits, which WebAssembly has.
pub const MAX_FILE_BYTES: u64 = 256 << 20;
/// The most files that a manifest lists, those of unknown roles among them.
pub const MAX_FILES: usize = 4096;
/// The most rows that the files of one role may have in all.
const MAX_ROWS: usize = 0x7fff_ffff;
/// The longest embedding that is read.
pub(super) const MAX_DIM: usize = 4096;

/// What a file of a library holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FileRole {
    /// The catalog of photos and videos.
    Media,
    /// Persons, known by name or not.
    People,
    /// The centroids of the cells into which the faces are grouped.
    Cells,
    /// A shard of the faces.
    Faces,
    /// Where the faces of videos are seen, moment by moment.
    Clips,
}

impl FileRole {
    /// The role's name, with which the file's name begins.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Media => "media",
            Self::People => "people",
            Self::Cells => "cells",
            Self::Faces => "faces",
            Self::Clips => "clips",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Media, Self::People, Self::Cells, Self::Faces, Self::Clips]
            .into_iter()
            .find(|role| role.as_str() == text)
    }
}

/// One immutable file of a library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// `<role>-<sha256>.arrow`, beside `library.json`.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: Digest,
    /// What it holds.
    pub role: FileRole,
    /// How many rows its table has.
    pub rows: usize,
}

impl FileEntry {
    /// The entry of a file with these contents.
    pub(super) fn of(role: FileRole, rows: usize, bytes: &[u8]) -> Self {
        let digest = sha256(bytes);
        Self { name: file_name(role, &digest), bytes: bytes.len() as u64, sha256: digest, role, rows }
    }

    /// Checks that `bytes` are the contents of this file: the length first, then the hash. Nothing is parsed.
    ///
    /// # Errors
    /// `FileLengthMismatch` or `FileHashMismatch`, with what was promised and what was found.
    pub fn verify(&self, library: &str, bytes: &[u8]) -> Result<()> {
        self.verify_length(library, bytes.len() as u64)?;
        self.verify_digest(library, sha256(bytes))
    }

    /// Checks that the file is as long as was promised.
    ///
    /// # Errors
    /// `FileLengthMismatch`.
    pub fn verify_length(&self, library: &str, found: u64) -> Result<()> {
        if found == self.bytes {
            return Ok(());
        }
        let (library, file) = (library.to_owned(), self.name.clone());
        Err(Error::FileLengthMismatch { library, file, expected: self.bytes, found })
    }

    /// Checks that the SHA-256 of the file is the one that was promised.
    ///
    /// # Errors
    /// `FileHashMismatch`.
    pub fn verify_digest(&self, library: &str, found: Digest) -> Result<()> {
        if found != self.sha256 {
            return Err(Error::FileHashMismatch {
                owner: format!("library {library}"),
                file: self.name.clone(),
                expected: self.sha256.to_string(),
                found: found.to_string(),
            });
        }
        Ok(())
    }
}

fn file_name(role: FileRole, digest: &Digest) -> String {
    format!("{}-{digest}.arrow", role.as_str())
}

/// A manifest that was parsed and checked: every name in it is made of a role and a hash, and the counts add up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    version: String,
    embedder: EmbedderInfo,
    files: Vec<FileEntry>,
}

impl Manifest {
    /// Reads a manifest. `library` is what the caller calls the library, for messages.
    ///
    /// # Errors
    /// `LibraryMalformed` naming the field that is wrong (or line and column where it is not JSON),
    /// `LibraryVersionUnsupported` where a newer version of visavis wrote it.
    pub fn parse(library: &str, bytes: &[u8]) -> Result<Self> {
        let value: serde_json::Value =
            serde_json::from_slice(bytes).map_err(|e| malformed(library, "", e.to_string()))?;
        let root = Node::root(library, &value);
        let format = root.member("format")?;
        if format.text()? != FORMAT_NAME {
            return Err(format.wrong(format!("expected {FORMAT_NAME:?}, found {:?}", format.text()?)));
        }
        let version = root.member("version")?;
        match version.whole()? {
            0 => return Err(version.wrong("versions begin with 1")),
            found if found > FORMAT_VERSION => {
                return Err(Error::LibraryVersionUnsupported {
                    library: library.to_owned(),
                    found,
                    supported: FORMAT_VERSION,
                });
            }
            _ => {}
        }
        let embedder = parse_embedder(&root.member("embedder")?)?;
        let files = parse_files(&root.member("files")?)?;
        let manifest = Self { version: sha256(bytes).to_string(), embedder, files };
        manifest.check_counts(&root.member("counts")?)?;
        Ok(manifest)
    }

    /// The SHA-256 of the bytes that were parsed, in 64 lower-case hexadecimal digits: another state of the library has
    /// another.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The model that made the embeddings.
    #[must_use]
    pub fn embedder(&self) -> &EmbedderInfo {
        &self.embedder
    }

    /// Every file that a search of the whole library needs, in the manifest's order. Rows are numbered through in this order.
    #[must_use]
    pub fn files(&self) -> &[FileEntry] {
        &self.files
    }

    /// The files of one role, in the manifest's order.
    pub(super) fn files_of(&self, role: FileRole) -> impl Iterator<Item = &FileEntry> {
        self.files.iter().filter(move |entry| entry.role == role)
    }

    /// How many faces the library has.
    #[must_use]
    pub fn face_count(&self) -> usize {
        self.rows(FileRole::Faces)
    }

    /// How many photos and videos the library has.
    #[must_use]
    pub fn media_count(&self) -> usize {
        self.rows(FileRole::Media)
    }

    fn rows(&self, role: FileRole) -> usize {
        rows_of(&self.files, role)
    }

    fn check_counts(&self, counts: &Node<'_>) -> Result<()> {
        for (name, role) in [("media", FileRole::Media), ("faces", FileRole::Faces), ("people", FileRole::People)] {
            let node = counts.member(name)?;
            let (stated, found) = (node.count()?, self.rows(role));
            if found > MAX_ROWS {
                return Err(node
                    .wrong(format!("the rows of the {name} files are {found} in all, above the limit of {MAX_ROWS}")));
            }
            if stated != found {
                return Err(node.wrong(format!("{stated}, but the rows of the {name} files are {found} in all")));
            }
        }
        Ok(())
    }
}

/// The bytes of `library.json` for these files: indented JSON with a line feed at its end.
pub(super) fn write_manifest(embedder: &EmbedderInfo, files: &[FileEntry]) -> Result<Vec<u8>> {
    let file = |entry: &FileEntry| FileJson {
        role: entry.role.as_str(),
        name: entry.name.clone(),
        bytes: entry.bytes,
        sha256: entry.sha256.to_string(),
        rows: entry.rows,
    };
    let json = ManifestJson {
        format: FORMAT_NAME,
        version: FORMAT_VERSION,
        embedder: EmbedderJson { id: &embedder.id, sha256: &embedder.sha256, dim: embedder.dim },
        counts: CountsJson {
            media: rows_of(files, FileRole::Media),
            faces: rows_of(files, FileRole::Faces),
            people: rows_of(files, FileRole::People),
        },
        files: files.iter().map(file).collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&json).map_err(|e| Error::Internal { reason: e.to_string() })?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn rows_of(files: &[FileEntry], role: FileRole) -> usize {
    files.iter().filter(|entry| entry.role == role).fold(0, |sum, entry| sum.saturating_add(entry.rows))
}

fn parse_embedder(node: &Node<'_>) -> Result<EmbedderInfo> {
    let id = node.member("id")?;
    if id.text()?.is_empty() {
        return Err(id.wrong("the id is empty"));
    }
    let sha256 = digest(&node.member("sha256")?)?;
    let dim = node.member("dim")?;
    let found = dim.count()?;
    if found == 0 || found > MAX_DIM {
        return Err(dim.wrong(format!("{found}, but embeddings have 1 to {MAX_DIM} numbers")));
    }
    Ok(EmbedderInfo { id: id.text()?.to_owned(), sha256: sha256.to_string(), dim: found })
}

fn parse_files(node: &Node<'_>) -> Result<Vec<FileEntry>> {
    let listed = node.length()?;
    if listed > MAX_FILES {
        return Err(node.wrong(format!("{listed} files, but a library has at most {MAX_FILES}")));
    }
    let mut files: Vec<FileEntry> = Vec::new();
    let mut names = HashSet::new();
    for element in node.elements()? {
        // A role of a later version is no concern of this one.
        let Some(role) = FileRole::parse(element.member("role")?.text()?) else { continue };
        let entry = parse_file(&element, role)?;
        if !names.insert(entry.name.clone()) {
            return Err(element.member("name")?.wrong(format!("{} is listed twice", entry.name)));
        }
        files.push(entry);
    }
    let count = |role| files.iter().filter(|entry| entry.role == role).count();
    for role in [FileRole::Media, FileRole::People, FileRole::Faces] {
        if count(role) == 0 {
            return Err(node.wrong(format!("there is no file of the role {:?}", role.as_str())));
        }
    }
    if count(FileRole::Cells) > 1 {
        return Err(node.wrong("there is more than one file of the role \"cells\""));
    }
    Ok(files)
}

fn parse_file(element: &Node<'_>, role: FileRole) -> Result<FileEntry> {
    let digest = digest(&element.member("sha256")?)?;
    let name = element.member("name")?;
    let expected = file_name(role, &digest);
    if name.text()? != expected {
        return Err(name.wrong(format!("{:?} is not named by its role and hash; expected {expected:?}", name.text()?)));
    }
    let bytes = element.member("bytes")?;
    let length = bytes.whole()?;
    if length > MAX_FILE_BYTES {
        return Err(bytes.wrong(format!("{length} bytes, but a file has at most {MAX_FILE_BYTES}")));
    }
    let rows = element.member("rows")?;
    let found = rows.count()?;
    if found as u64 > length {
        return Err(rows.wrong(format!("{found} rows cannot stand in {length} bytes")));
    }
    Ok(FileEntry { name: expected, bytes: length, sha256: digest, role, rows: found })
}

fn digest(node: &Node<'_>) -> Result<Digest> {
    let text = node.text()?;
    Digest::from_hex(text)
        .filter(|digest| digest.to_string() == text)
        .ok_or_else(|| node.wrong(format!("expected 64 lower-case hexadecimal digits, found {:?}", shortened(text))))
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

#[derive(Serialize)]
struct ManifestJson<'a> {
    format: &'a str,
    version: u64,
    embedder: EmbedderJson<'a>,
    counts: CountsJson,
    files: Vec<FileJson<'a>>,
}

#[derive(Serialize)]
struct EmbedderJson<'a> {
    id: &'a str,
    sha256: &'a str,
    dim: usize,
}

#[derive(Serialize)]
struct CountsJson {
    media: usize,
    faces: usize,
    people: usize,
}

#[derive(Serialize)]
struct FileJson<'a> {
    role: &'a str,
    name: String,
    bytes: u64,
    sha256: String,
    rows: usize,
}
