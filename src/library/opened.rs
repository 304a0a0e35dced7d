//! A library in memory: its tables checked against each other, ready to be searched. Imports `core` and `error`.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::catalog::Catalog;
use super::cell_table::{Cell, read_cells};
use super::face_index::FaceIndex;
use super::face_table::{FaceTable, Targets};
use super::ipc::Source;
use super::manifest::{FileEntry, FileRole, Manifest};
use super::media_table::read_media;
use super::people_table::{Person, read_people};
use super::records::{EntityRecord, MediaRecord, TrackRecord};
use super::row_set::RowSet;
use super::track_table::{check_within, read_tracks};
use crate::core::{EntityId, FaceId, MediaId};
use crate::error::{Error, Result};

/// All tables of a library in memory.
#[derive(Debug)]
pub struct Library {
    pub(super) name: String,
    pub(super) manifest: Manifest,
    pub(super) media: Vec<MediaRecord>,
    pub(super) people: Vec<EntityRecord>,
    cells: Vec<Cell>,
    pub(super) shards: Vec<Shard>,
    pub(super) media_by_id: HashMap<MediaId, usize>,
    pub(super) entity_by_id: HashMap<EntityId, usize>,
    pub(super) face_index: FaceIndex,
    /// By ascending id of the face.
    pub(super) tracks: Vec<TrackRecord>,
    /// Made at the first use.
    pub(super) catalog: OnceLock<Catalog>,
}

/// A place for one file of faces.
#[derive(Debug)]
pub(super) struct Shard {
    pub(super) first_row: usize,
    pub(super) rows: usize,
    pub(super) table: Option<FaceTable>,
    /// The rows of faces in images and those in videos, made at the first search for a type of media.
    pub(super) of_type: OnceLock<[RowSet; 2]>,
}

impl Library {
    /// Opens a library from all files that its manifest lists. Each is checked by length and hash before it is parsed.
    /// Files that the manifest does not list are ignored.
    ///
    /// # Errors
    /// `FileLengthMismatch`, `FileHashMismatch`, or `LibraryMalformed` naming the file, the row and what is wrong with it.
    pub fn open(name: &str, manifest: Manifest, files: Vec<(String, Vec<u8>)>) -> Result<Self> {
        let library = Self::open_partly(name, manifest, files)?;
        let mut shards = library.manifest.files_of(FileRole::Faces).zip(&library.shards);
        let absent = shards.find(|(_, shard)| shard.table.is_none()).map(|(entry, _)| missing(name, &entry.name));
        drop(shards);
        match absent {
            Some(error) => Err(error),
            None => Ok(library),
        }
    }

    /// Opens a library from its media, people, cells and clips files and some or none of its shards, for a page that probes a
    /// large library. A search looks at the shards that are there; `is_complete` says whether those are all.
    ///
    /// # Errors
    /// As `open`, without those about shards that are not there.
    pub fn open_partly(name: &str, manifest: Manifest, files: Vec<(String, Vec<u8>)>) -> Result<Self> {
        let mut files: HashMap<String, Vec<u8>> = files.into_iter().collect();
        let mut take = |entry: &FileEntry| -> Result<Option<Vec<u8>>> {
            let bytes = files.remove(&entry.name);
            bytes.map(|bytes| entry.verify(name, &bytes).map(|()| bytes)).transpose()
        };
        let mut media = Vec::new();
        for entry in manifest.files_of(FileRole::Media) {
            let bytes = take(entry)?.ok_or_else(|| missing(name, &entry.name))?;
            media.extend(read_media(Source { library: name, entry }, &bytes)?);
        }
        let mut people = Vec::new();
        for entry in manifest.files_of(FileRole::People) {
            let bytes = take(entry)?.ok_or_else(|| missing(name, &entry.name))?;
            people.extend(read_people(Source { library: name, entry }, &bytes)?);
        }
        let dim = manifest.embedder().dim;
        let shard_rows: Vec<usize> = manifest.files_of(FileRole::Faces).map(|entry| entry.rows).collect();
        let mut cells = Vec::new();
        for entry in manifest.files_of(FileRole::Cells) {
            let bytes = take(entry)?.ok_or_else(|| missing(name, &entry.name))?;
            cells = read_cells(Source { library: name, entry }, &bytes, dim, &shard_rows)?;
        }
        let mut tracks = Vec::new();
        for entry in manifest.files_of(FileRole::Clips) {
            let bytes = take(entry)?.ok_or_else(|| missing(name, &entry.name))?;
            tracks.extend(read_tracks(Source { library: name, entry }, &bytes)?);
        }
        tracks.sort_by_key(|track| track.face_id);
        let targets = Targets { media: media.len(), people: people.len() };
        let mut shards = Vec::new();
        let mut first_row = 0;
        for entry in manifest.files_of(FileRole::Faces) {
            let source = Source { library: name, entry };
            let table = take(entry)?.map(|bytes| FaceTable::from_bytes(source, &bytes, dim, targets)).transpose()?;
            shards.push(Shard { first_row, rows: entry.rows, table, of_type: OnceLock::new() });
            first_row += entry.rows;
        }
        let library = Self { tracks, ..Self::assemble(name, manifest, media, &people, cells, shards)? };
        library.check_people(&people)?;
        library.check_tracks()?;
        Ok(library)
    }

    fn assemble(
        name: &str,
        manifest: Manifest,
        media: Vec<MediaRecord>,
        people: &[Person],
        cells: Vec<Cell>,
        shards: Vec<Shard>,
    ) -> Result<Self> {
        let twice = |part: &str, id: &str| malformed(name, part, format!("the id {id} is there twice"));
        let mut media_by_id = HashMap::new();
        for (row, record) in media.iter().enumerate() {
            if media_by_id.insert(record.media_id.clone(), row).is_some() {
                return Err(twice("media", &record.media_id.0));
            }
        }
        let mut entity_by_id = HashMap::new();
        for (row, person) in people.iter().enumerate() {
            if entity_by_id.insert(person.record.entity_id.clone(), row).is_some() {
                return Err(twice("people", &person.record.entity_id.0));
            }
        }
        let faces = shards.iter().filter_map(|shard| shard.table.as_ref().map(|table| (shard.first_row, table)));
        let ids =
            faces.flat_map(|(first, table)| table.ids.iter().enumerate().map(move |(row, id)| (*id, first + row)));
        let face_index = FaceIndex::new(ids).map_err(|id| twice("faces", &id.to_string()))?;
        let people = people.iter().map(|person| person.record.clone()).collect();
        let name = name.to_owned();
        let tracks = Vec::new();
        Ok(Self {
            name,
            manifest,
            media,
            people,
            cells,
            shards,
            media_by_id,
            entity_by_id,
            face_index,
            tracks,
            catalog: OnceLock::new(),
        })
    }

    /// Checks, where all shards are there, that the lists of the people are right.
    fn check_people(&self, people: &[Person]) -> Result<()> {
        if !self.is_complete() {
            return Ok(());
        }
        for (row, person) in people.iter().enumerate() {
            if !self.faces_of_entity(row).map(|face| face.face_id).eq(person.face_ids.iter().copied()) {
                let reason = format!(
                    "face_ids of {} are not the ids of that person's faces in ascending order",
                    person.record.entity_id
                );
                return Err(malformed(&self.name, "people", reason));
            }
        }
        Ok(())
    }

    /// Checks that each track belongs to one face that is there, where all shards are, and lies within its time.
    fn check_tracks(&self) -> Result<()> {
        let wrong =
            |id: FaceId, reason: String| malformed(&self.name, "clips", format!("track of face {id}: {reason}"));
        for pair in self.tracks.windows(2) {
            if let [a, b] = pair
                && a.face_id == b.face_id
            {
                return Err(wrong(a.face_id, "the id is there twice".to_owned()));
            }
        }
        for track in &self.tracks {
            match self.find_face(track.face_id).and_then(|row| self.face(row)) {
                Some(face) => check_within(track, face.time).map_err(|reason| wrong(track.face_id, reason))?,
                None if self.is_complete() => return Err(wrong(track.face_id, "there is no such face".to_owned())),
                None => {}
            }
        }
        Ok(())
    }

    /// The shards that are opened, each with its first row.
    pub(super) fn opened_shards(&self) -> impl Iterator<Item = (usize, &FaceTable)> {
        self.shards.iter().filter_map(|shard| shard.table.as_ref().map(|table| (shard.first_row, table)))
    }

    /// The cells; none where the library has one shard.
    pub(super) fn cells(&self) -> &[Cell] {
        &self.cells
    }
}

fn malformed(library: &str, part: &str, reason: String) -> Error {
    Error::LibraryMalformed { library: library.to_owned(), part: part.to_owned(), reason }
}

fn missing(library: &str, file: &str) -> Error {
    malformed(library, file, "the manifest lists this file, but it is not among the files given".to_owned())
}
