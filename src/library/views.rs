//! What an opened library answers: its faces, media and persons, by row and by id. Imports `core` and `error`.

use super::manifest::Manifest;
use super::opened::Library;
use super::quantise::restore;
use super::records::{EntityRecord, FaceRecord, LibraryContents, MediaRecord, TrackPoint};
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
    /// The embedding as signed bytes.
    pub codes: &'a [i8],
    /// What a code is multiplied with.
    pub scale: f32,
    /// The facial expression, as the model calls it, where it was looked at.
    pub expression: Option<&'a str>,
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

impl Library {
    /// What the caller calls the library.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The manifest that it was opened with.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.tables.manifest
    }

    /// Which state of the library this is: the SHA-256 of `library.json` in 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn version(&self) -> &str {
        self.tables.manifest.version()
    }

    /// The model that made the embeddings.
    #[must_use]
    pub fn embedder(&self) -> &EmbedderInfo {
        self.tables.manifest.embedder()
    }

    /// How many faces the library has, in shards that are not opened too.
    #[must_use]
    pub fn face_count(&self) -> usize {
        self.tables.manifest.face_count()
    }

    /// How many photos and videos it has.
    #[must_use]
    pub fn media_count(&self) -> usize {
        self.tables.media.len()
    }

    /// How many persons it has.
    #[must_use]
    pub fn entity_count(&self) -> usize {
        self.tables.people.len()
    }

    /// How many files of faces it has.
    #[must_use]
    pub fn shard_count(&self) -> usize {
        self.shards.len()
    }

    /// How many of them are opened.
    #[must_use]
    pub fn open_shard_count(&self) -> usize {
        self.shards.iter().filter(|shard| shard.table.is_some()).count()
    }

    /// Whether every shard is opened, so that a search compares every face.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.open_shard_count() == self.shard_count()
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
            media: self.tables.media.get(media_row)?,
            entity_row,
            entity: entity_row.and_then(|row| self.tables.people.get(row)),
            box_px: *table.boxes.get(local)?,
            time: *table.times.get(local)?,
            score: *table.scores.get(local)?,
            quality: *table.qualities.get(local)?,
            codes: table.codes_of(local),
            scale: *table.scales.get(local)?,
            expression: table.expressions.get(local).and_then(|name| name.as_deref()),
        })
    }

    /// All faces of the opened shards, by row.
    pub fn faces(&self) -> impl Iterator<Item = FaceView<'_>> {
        (0..self.face_count()).filter_map(|row| self.face(row))
    }

    /// The faces in the photo or video of a row, by ascending id; none beyond the last row. Those of shards that are not
    /// opened are missing. No scan: the first call makes an index.
    pub fn faces_of_media(&self, media_row: usize) -> impl Iterator<Item = FaceView<'_>> {
        let media_of = |row| self.face(row).map(|face| face.media_row);
        self.face_index
            .of_media(media_row, self.tables.media.len(), media_of)
            .iter()
            .filter_map(|row| self.face(*row as usize))
    }

    /// The faces of the person of a row, by ascending id; none beyond the last row. Those of shards that are not opened are
    /// missing. No scan: the first call makes an index.
    pub fn faces_of_entity(&self, entity_row: usize) -> impl Iterator<Item = FaceView<'_>> {
        let entity_of = |row| self.face(row).and_then(|face| face.entity_row);
        self.face_index
            .of_entity(entity_row, self.tables.people.len(), entity_of)
            .iter()
            .filter_map(|row| self.face(*row as usize))
    }

    /// The ids of the faces of the person of a row, ascending, in shards that are not opened too; none beyond the last row.
    #[must_use]
    pub fn face_ids_of_entity(&self, entity_row: usize) -> &[FaceId] {
        self.tables.faces_of_people.get(entity_row).map(Vec::as_slice).unwrap_or_default()
    }

    /// The row of the face with this id; `None` where the library has none, or has it in a shard that is not opened.
    #[must_use]
    pub fn find_face(&self, id: FaceId) -> Option<usize> {
        self.face_index.row_of(id)
    }

    /// Where a face of a video is seen, in the order of time; empty where that was not recorded, as for photos.
    #[must_use]
    pub fn track(&self, id: FaceId) -> &[TrackPoint] {
        let place = self.tables.tracks.binary_search_by_key(&id, |track| track.face_id).ok();
        place.and_then(|place| self.tables.tracks.get(place)).map(|track| track.points.as_slice()).unwrap_or_default()
    }

    /// The photo or video of a row.
    #[must_use]
    pub fn media(&self, row: usize) -> Option<MediaView<'_>> {
        self.tables.media.get(row)
    }

    /// The person of a row.
    #[must_use]
    pub fn entity(&self, row: usize) -> Option<EntityView<'_>> {
        self.tables.people.get(row)
    }

    /// The row of the photo or video with this id.
    #[must_use]
    pub fn find_media(&self, id: &MediaId) -> Option<usize> {
        self.tables.media_by_id.get(id).copied()
    }

    /// The row of the person with this id.
    #[must_use]
    pub fn find_entity(&self, id: &EntityId) -> Option<usize> {
        self.tables.entity_by_id.get(id).copied()
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
        let settled = self.opened_shards().flat_map(|(_, table)| table.ids.iter().zip(&table.settled));
        Ok(LibraryContents {
            settled: settled.filter(|(_, settled)| **settled).map(|(id, _)| *id).collect(),
            tracks: self.tables.tracks.clone(),
            embedder: self.embedder().clone(),
            media: self.tables.media.clone(),
            faces: self.faces().map(record).collect::<Result<_>>()?,
            entities: self.tables.people.clone(),
        })
    }
}
