//! A library in memory: its tables checked against each other, ready to be searched. Imports `core` and `error`.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

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
    pub(super) tables: Arc<Tables>,
    pub(super) shards: Vec<Arc<Shard>>,
    pub(super) face_index: FaceIndex,
    /// Made at the first use.
    pub(super) catalog: OnceLock<Catalog>,
}

/// Everything but the faces: what a library has whether or not its shards are opened.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) manifest: Manifest,
    pub(super) media: Vec<MediaRecord>,
    pub(super) people: Vec<EntityRecord>,
    /// The ids of each person's faces, as the table of people has them.
    pub(super) faces_of_people: Vec<Vec<FaceId>>,
    pub(super) cells: Vec<Cell>,
    /// By ascending id of the face.
    pub(super) tracks: Vec<TrackRecord>,
    pub(super) media_by_id: HashMap<MediaId, usize>,
    pub(super) entity_by_id: HashMap<EntityId, usize>,
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

/// Files by their names, each of which is taken out once, checked by length and hash.
struct Files<'a> {
    library: &'a str,
    bytes: HashMap<String, Vec<u8>>,
}

impl Files<'_> {
    fn take(&mut self, entry: &FileEntry) -> Result<Option<Vec<u8>>> {
        let bytes = self.bytes.remove(&entry.name);
        bytes.map(|bytes| entry.verify(self.library, &bytes).map(|()| bytes)).transpose()
    }

    /// Each file of a role, which must be there.
    fn each(
        &mut self,
        manifest: &Manifest,
        role: FileRole,
        mut read: impl FnMut(Source<'_>, &[u8]) -> Result<()>,
    ) -> Result<()> {
        for entry in manifest.files_of(role) {
            let bytes = self.take(entry)?.ok_or_else(|| missing(self.library, &entry.name))?;
            read(Source { library: self.library, entry }, &bytes)?;
        }
        Ok(())
    }
}

impl Library {
    /// Opens a library from all files that its manifest lists. Each is checked by length and hash before it is parsed.
    /// Files that the manifest does not list are ignored.
    ///
    /// # Errors
    /// `FileLengthMismatch`, `FileHashMismatch`, or `LibraryMalformed` naming the file, the row and what is wrong with it.
    pub fn open(name: &str, manifest: Manifest, files: Vec<(String, Vec<u8>)>) -> Result<Self> {
        let library = Self::open_partly(name, manifest, files)?;
        let mut shards = library.manifest().files_of(FileRole::Faces).zip(&library.shards);
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
        let mut files = Files { library: name, bytes: files.into_iter().collect() };
        let tables = Tables::read(manifest, &mut files)?;
        let mut first_row = 0;
        let closed = tables.manifest.files_of(FileRole::Faces).map(|entry| {
            let shard = Shard { first_row, rows: entry.rows, table: None, of_type: OnceLock::new() };
            first_row += entry.rows;
            Arc::new(shard)
        });
        let shards = closed.collect();
        Self::assemble(name, Arc::new(tables), shards, files)
    }

    /// The same library with more of its shards opened: those among `files`. Those that are open already stay so.
    ///
    /// # Errors
    /// As `open_partly`.
    pub fn with_shards(&self, files: Vec<(String, Vec<u8>)>) -> Result<Self> {
        let files = Files { library: &self.name, bytes: files.into_iter().collect() };
        Self::assemble(&self.name, Arc::clone(&self.tables), self.shards.clone(), files)
    }

    /// Opens those shards that are closed and among the files.
    fn assemble(name: &str, tables: Arc<Tables>, mut shards: Vec<Arc<Shard>>, mut files: Files<'_>) -> Result<Self> {
        let dim = tables.manifest.embedder().dim;
        let targets = Targets { media: tables.media.len(), people: tables.people.len() };
        for (entry, shard) in tables.manifest.files_of(FileRole::Faces).zip(&mut shards) {
            if shard.table.is_some() {
                continue;
            }
            if let Some(bytes) = files.take(entry)? {
                let table = FaceTable::from_bytes(Source { library: name, entry }, &bytes, dim, targets)?;
                let Shard { first_row, rows, .. } = **shard;
                *shard = Arc::new(Shard { first_row, rows, table: Some(table), of_type: OnceLock::new() });
            }
        }
        let faces = shards.iter().filter_map(|shard| shard.table.as_ref().map(|table| (shard.first_row, table)));
        let ids =
            faces.flat_map(|(first, table)| table.ids.iter().enumerate().map(move |(row, id)| (*id, first + row)));
        let face_index = FaceIndex::new(ids).map_err(|id| twice(name, "faces", &id.to_string()))?;
        let library = Self { name: name.to_owned(), tables, shards, face_index, catalog: OnceLock::new() };
        library.check_people()?;
        library.check_tracks()?;
        Ok(library)
    }

    /// Checks, where all shards are there, that the lists of the people are right.
    fn check_people(&self) -> Result<()> {
        if !self.is_complete() {
            return Ok(());
        }
        for (row, person) in self.tables.people.iter().enumerate() {
            let listed = self.face_ids_of_entity(row).iter().copied();
            if !self.faces_of_entity(row).map(|face| face.face_id).eq(listed) {
                let reason = format!(
                    "face_ids of {} are not the ids of that person's faces in ascending order",
                    person.entity_id
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
        for pair in self.tables.tracks.windows(2) {
            if let [a, b] = pair
                && a.face_id == b.face_id
            {
                return Err(wrong(a.face_id, "the id is there twice".to_owned()));
            }
        }
        for track in &self.tables.tracks {
            match self.find_face(track.face_id).and_then(|row| self.face(row)) {
                Some(face) => check_within(track, face.time).map_err(|reason| wrong(track.face_id, reason))?,
                None if self.is_complete() => return Err(wrong(track.face_id, "there is no such face".to_owned())),
                None => {}
            }
        }
        Ok(())
    }

    /// The names of the files of these shards, of those that are not opened.
    #[must_use]
    pub fn closed_shards(&self, numbers: &[usize]) -> Vec<String> {
        let shards = self.manifest().files_of(FileRole::Faces).zip(&self.shards).enumerate();
        let closed = shards.filter(|(number, (_, shard))| shard.table.is_none() && numbers.contains(number));
        closed.map(|(_, (entry, _))| entry.name.clone()).collect()
    }

    /// The shards that are opened, each with its first row.
    pub(super) fn opened_shards(&self) -> impl Iterator<Item = (usize, &FaceTable)> {
        self.shards.iter().filter_map(|shard| shard.table.as_ref().map(|table| (shard.first_row, table)))
    }
}

impl Tables {
    fn read(manifest: Manifest, files: &mut Files<'_>) -> Result<Self> {
        let library = files.library;
        let mut media: Vec<MediaRecord> = Vec::new();
        files.each(&manifest, FileRole::Media, |source, bytes| {
            media.extend(read_media(source, bytes)?);
            Ok(())
        })?;
        let (mut people, mut faces_of_people) = (Vec::new(), Vec::new());
        files.each(&manifest, FileRole::People, |source, bytes| {
            for Person { record, face_ids } in read_people(source, bytes)? {
                people.push(record);
                faces_of_people.push(face_ids);
            }
            Ok(())
        })?;
        let dim = manifest.embedder().dim;
        let shard_rows: Vec<usize> = manifest.files_of(FileRole::Faces).map(|entry| entry.rows).collect();
        let mut cells = Vec::new();
        files.each(&manifest, FileRole::Cells, |source, bytes| {
            cells = read_cells(source, bytes, dim, &shard_rows)?;
            Ok(())
        })?;
        let mut tracks: Vec<TrackRecord> = Vec::new();
        files.each(&manifest, FileRole::Clips, |source, bytes| {
            tracks.extend(read_tracks(source, bytes)?);
            Ok(())
        })?;
        tracks.sort_by_key(|track| track.face_id);
        let mut media_by_id = HashMap::new();
        for (row, record) in media.iter().enumerate() {
            if media_by_id.insert(record.media_id.clone(), row).is_some() {
                return Err(twice(library, "media", &record.media_id.0));
            }
        }
        let mut entity_by_id = HashMap::new();
        for (row, record) in people.iter().enumerate() {
            if entity_by_id.insert(record.entity_id.clone(), row).is_some() {
                return Err(twice(library, "people", &record.entity_id.0));
            }
        }
        Ok(Self { manifest, media, people, faces_of_people, cells, tracks, media_by_id, entity_by_id })
    }
}

fn twice(library: &str, part: &str, id: &str) -> Error {
    malformed(library, part, format!("the id {id} is there twice"))
}

fn malformed(library: &str, part: &str, reason: String) -> Error {
    Error::LibraryMalformed { library: library.to_owned(), part: part.to_owned(), reason }
}

fn missing(library: &str, file: &str) -> Error {
    malformed(library, file, "the manifest lists this file, but it is not among the files given".to_owned())
}
