//! A library in memory: its tables checked against each other, ready to be searched. Imports `core` and `error`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

use super::catalog::Catalog;
use super::cell_table::{Cell, read_cells};
use super::face_index::FaceIndex;
use super::face_table::{FaceTable, Targets};
use super::ipc::Source;
use super::manifest::{FileEntry, FileRole, Manifest};
use super::media_table::read_media;
use super::people_table::{Person, read_people};
use super::quantise::restore;
use super::records::{EntityRecord, FaceRecord, LibraryContents, MediaRecord, TrackPoint, TrackRecord};
use super::track_table::{check_track, read_tracks};
use crate::core::{EmbedderInfo, Embedding, EntityId, FaceId, MediaId, Rect, TimeRange};
use crate::error::{Error, Result};

/// A row of the catalog.
pub type MediaView<'a> = &'a MediaRecord;
/// A row of the persons.
pub type EntityView<'a> = &'a EntityRecord;

/// One face of an opened library.
#[derive(Debug, Clone, Copy)]
pub struct FaceView<'a> {
    /// Its row in the library.
    pub row: usize,
    /// Its id.
    pub face_id: FaceId,
    /// The row of the photo or video that it is in.
    pub media_row: usize,
    /// The photo or video that it is in.
    pub media: MediaView<'a>,
    /// The row of the person, where that is known.
    pub entity_row: Option<usize>,
    /// The person, where that is known.
    pub entity: Option<EntityView<'a>>,
    /// Where it is, in source pixels after EXIF orientation.
    pub box_px: Rect,
    /// When it is seen, for videos.
    pub time: Option<TimeRange>,
    /// The detector's score, 0 to 1.
    pub score: f32,
    /// Quality for recognition, 0 to 1.
    pub quality: f32,
    /// The facial expression, as the model calls it, where that is known.
    pub expression: Option<&'a str>,
    /// The embedding as signed bytes.
    pub codes: &'a [i8],
    /// What a code is multiplied with.
    pub scale: f32,
}

impl FaceView<'_> {
    /// The embedding, restored from bytes.
    ///
    /// # Errors
    /// `EmbeddingInvalid` where it has no direction, which `Library::open` does not let pass.
    pub fn embedding(&self) -> Result<Embedding> {
        restore(self.codes, self.scale)
    }
}

/// All tables of a library in memory.
#[derive(Debug)]
pub struct Library {
    name: String,
    manifest: Manifest,
    media: Vec<MediaRecord>,
    people: Vec<EntityRecord>,
    cells: Vec<Cell>,
    shards: Vec<Shard>,
    media_by_id: HashMap<MediaId, usize>,
    entity_by_id: HashMap<EntityId, usize>,
    tracks: BTreeMap<FaceId, Vec<TrackPoint>>,
    index: OnceLock<FaceIndex>,
    /// Made at the first use.
    pub(super) catalog: OnceLock<Catalog>,
}

/// A place for one file of faces.
#[derive(Debug)]
struct Shard {
    first_row: usize,
    rows: usize,
    table: Option<FaceTable>,
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

    /// Opens a library from its media, people and cells files and some or none of its shards, for a page that probes a
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
        let targets = Targets { media: media.len(), people: people.len() };
        let mut shards = Vec::new();
        let mut first_row = 0;
        for entry in manifest.files_of(FileRole::Faces) {
            let source = Source { library: name, entry };
            let table = take(entry)?.map(|bytes| FaceTable::from_bytes(source, &bytes, dim, targets)).transpose()?;
            shards.push(Shard { first_row, rows: entry.rows, table });
            first_row += entry.rows;
        }
        let mut tracks = Vec::new();
        for entry in manifest.files_of(FileRole::Clips) {
            let bytes = take(entry)?.ok_or_else(|| missing(name, &entry.name))?;
            tracks.extend(read_tracks(Source { library: name, entry }, &bytes)?);
        }
        let mut library = Self::assemble(name, manifest, media, &people, cells, shards)?;
        library.check_faces(&people)?;
        library.take_tracks(tracks)?;
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
        let people = people.iter().map(|person| person.record.clone()).collect();
        Ok(Self {
            name: name.to_owned(),
            manifest,
            media,
            people,
            cells,
            shards,
            media_by_id,
            entity_by_id,
            tracks: BTreeMap::new(),
            index: OnceLock::new(),
            catalog: OnceLock::new(),
        })
    }

    /// Checks that no face id is there twice, and, where all shards are there, that the lists of the people are right.
    fn check_faces(&self, people: &[Person]) -> Result<()> {
        let mut seen = HashSet::new();
        let mut face_ids: Vec<Vec<FaceId>> = vec![Vec::new(); people.len()];
        for (_, shard) in self.opened_shards() {
            for (id, entity_row) in shard.ids.iter().zip(&shard.entity_rows) {
                if !seen.insert(*id) {
                    return Err(malformed(&self.name, "faces", format!("the id {id} is there twice")));
                }
                if let Some(list) = entity_row.and_then(|row| face_ids.get_mut(row)) {
                    list.push(*id);
                }
            }
        }
        if !self.is_complete() {
            return Ok(());
        }
        for (person, mut found) in people.iter().zip(face_ids) {
            found.sort_unstable();
            if person.face_ids != found {
                let reason = format!(
                    "face_ids of {} are not the ids of that person's faces in ascending order",
                    person.record.entity_id
                );
                return Err(malformed(&self.name, "people", reason));
            }
        }
        Ok(())
    }

    /// Takes over the tracks. Those of faces in shards that are not opened cannot be checked, and nobody can ask for them.
    fn take_tracks(&mut self, tracks: Vec<TrackRecord>) -> Result<()> {
        let wrong = |id: FaceId, reason: String| malformed(&self.name, "clips", format!("face {id}: {reason}"));
        let mut taken = BTreeMap::new();
        for track in tracks {
            let id = track.face_id;
            match self.find_face(id).and_then(|row| self.face(row)) {
                Some(face) => check_track(&track, face.time).map_err(|reason| wrong(id, reason))?,
                None if self.is_complete() => return Err(wrong(id, "there is no such face".to_owned())),
                None => {}
            }
            if taken.insert(id, track.points).is_some() {
                return Err(wrong(id, "it has two tracks".to_owned()));
            }
        }
        self.tracks = taken;
        Ok(())
    }

    /// What the caller calls the library.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The manifest that it was opened with.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The model that made the embeddings.
    #[must_use]
    pub fn embedder(&self) -> &EmbedderInfo {
        self.manifest.embedder()
    }

    /// How many faces the library has, in shards that are not opened too.
    #[must_use]
    pub fn face_count(&self) -> usize {
        self.manifest.face_count()
    }

    /// How many photos and videos it has.
    #[must_use]
    pub fn media_count(&self) -> usize {
        self.media.len()
    }

    /// How many persons it has.
    #[must_use]
    pub fn entity_count(&self) -> usize {
        self.people.len()
    }

    /// How many files of faces it has.
    #[must_use]
    pub fn shard_count(&self) -> usize {
        self.shards.len()
    }

    /// Whether every shard is opened, so that a search compares every face.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.shards.iter().all(|shard| shard.table.is_some())
    }

    /// The face of a row; `None` beyond the last row or in a shard that is not opened.
    #[must_use]
    pub fn face(&self, row: usize) -> Option<FaceView<'_>> {
        let index = self.shards.partition_point(|shard| shard.first_row + shard.rows <= row);
        let shard = self.shards.get(index)?;
        let (table, local) = (shard.table.as_ref()?, row.checked_sub(shard.first_row)?);
        let media_row = *table.media_rows.get(local)?;
        let entity_row = *table.entity_rows.get(local)?;
        Some(FaceView {
            row,
            face_id: *table.ids.get(local)?,
            media_row,
            media: self.media.get(media_row)?,
            entity_row,
            entity: entity_row.and_then(|row| self.people.get(row)),
            box_px: *table.boxes.get(local)?,
            time: *table.times.get(local)?,
            score: *table.scores.get(local)?,
            quality: *table.qualities.get(local)?,
            expression: table.expressions.get(local)?.as_deref(),
            codes: table.codes_of(local),
            scale: *table.scales.get(local)?,
        })
    }

    /// All faces of the opened shards, by row.
    pub fn faces(&self) -> impl Iterator<Item = FaceView<'_>> {
        (0..self.face_count()).filter_map(|row| self.face(row))
    }

    /// The faces of a photo or video in the opened shards, by row.
    pub fn faces_of_media(&self, media_row: usize) -> impl Iterator<Item = FaceView<'_>> {
        self.index().of_media(media_row).iter().filter_map(|row| self.face(*row))
    }

    /// The faces of a person in the opened shards, by row.
    pub fn faces_of_entity(&self, entity_row: usize) -> impl Iterator<Item = FaceView<'_>> {
        self.index().of_entity(entity_row).iter().filter_map(|row| self.face(*row))
    }

    /// The row of the face with this id, in the opened shards.
    #[must_use]
    pub fn find_face(&self, id: FaceId) -> Option<usize> {
        self.index().find(id)
    }

    /// Where a face of a video is seen, moment by moment; empty where the library does not say.
    #[must_use]
    pub fn track(&self, id: FaceId) -> &[TrackPoint] {
        self.tracks.get(&id).map_or(&[], Vec::as_slice)
    }

    fn tracks(&self) -> Vec<TrackRecord> {
        let track = |(id, points): (&FaceId, &Vec<TrackPoint>)| TrackRecord { face_id: *id, points: points.clone() };
        self.tracks.iter().map(track).collect()
    }

    /// Made at its first use: a search does not need it.
    fn index(&self) -> &FaceIndex {
        self.index.get_or_init(|| FaceIndex::of(self.opened_shards(), self.media.len(), self.people.len()))
    }

    /// Names this version of the library: the SHA-256 of its `library.json`, 64 hexadecimal digits.
    #[must_use]
    pub fn version(&self) -> &str {
        self.manifest.version()
    }

    /// The photo or video of a row.
    #[must_use]
    pub fn media(&self, row: usize) -> Option<MediaView<'_>> {
        self.media.get(row)
    }

    /// The person of a row.
    #[must_use]
    pub fn entity(&self, row: usize) -> Option<EntityView<'_>> {
        self.people.get(row)
    }

    /// The row of the photo or video with this id.
    #[must_use]
    pub fn find_media(&self, id: &MediaId) -> Option<usize> {
        self.media_by_id.get(id).copied()
    }

    /// The row of the person with this id.
    #[must_use]
    pub fn find_entity(&self, id: &EntityId) -> Option<usize> {
        self.entity_by_id.get(id).copied()
    }

    /// The records that the library was built from, with embeddings as restored. Building them again gives the same bytes.
    ///
    /// # Errors
    /// `Internal` where not all shards are opened.
    pub fn contents(&self) -> Result<LibraryContents> {
        if !self.is_complete() {
            return Err(Error::Internal { reason: format!("library {}: not all shards are opened", self.name) });
        }
        let record = |face: FaceView<'_>| -> Result<FaceRecord> {
            Ok(FaceRecord {
                expression: face.expression.map(str::to_owned),
                face_id: face.face_id,
                media_id: face.media.media_id.clone(),
                entity_id: face.entity.map(|entity| entity.entity_id.clone()),
                embedding: face.embedding()?,
                box_px: face.box_px,
                time: face.time,
                score: face.score,
                quality: face.quality,
            })
        };
        Ok(LibraryContents {
            tracks: self.tracks(),
            embedder: self.embedder().clone(),
            media: self.media.clone(),
            faces: self.faces().map(record).collect::<Result<_>>()?,
            entities: self.people.clone(),
        })
    }

    /// The shards that are opened, each with its first row.
    pub(super) fn opened_shards(&self) -> impl Iterator<Item = (usize, &FaceTable)> + Clone {
        self.shards.iter().filter_map(|shard| shard.table.as_ref().map(|table| (shard.first_row, table)))
    }

    /// The catalog.
    pub(super) fn media_records(&self) -> &[MediaRecord] {
        &self.media
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
