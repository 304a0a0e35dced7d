//! Media of a client's own library: added as rows, put into the tables, removed. Imports `core`, `library`, `indexing`, `error`.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::OwnLibrary;
use super::rows::{MediaRecords, RowsRecord, rows_name};
use crate::core::{Digest, EntityId, FaceId, MediaId};
use crate::error::{Error, Result};
use crate::indexing::{Thumbnail, face_thumbnail_name, is_added_by_hand, is_nameless};
use crate::library::LibraryContents;

/// What became of a media that was to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedMedia {
    /// Its id.
    pub media_id: MediaId,
    /// False where the library had it already; nothing was changed then.
    pub added: bool,
}

/// What was removed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemovedMedia {
    /// The media that are gone.
    pub media_ids: Vec<MediaId>,
    /// Those that were not there.
    pub unknown_media_ids: Vec<MediaId>,
    /// Their faces, ascending.
    pub face_ids: Vec<FaceId>,
    /// Persons that nobody had named and that have no face left: they are gone too.
    pub entity_ids: Vec<EntityId>,
}

/// What became of the rows of a restored library.
pub(super) struct RestoredRows {
    /// Whether there were some that its files do not have.
    pub(super) added: bool,
    /// How many are of no use.
    pub(super) unusable: usize,
    /// Why the first of another model is of no use.
    pub(super) mismatch: Option<Error>,
}

impl OwnLibrary {
    /// The media with this SHA-256 (hexadecimal), where it was indexed. A photo that only gave a face by hand was not.
    ///
    /// # Errors
    /// `InvalidParameter` naming `sha256`.
    pub fn find_media(&self, sha256: &str) -> Result<(MediaId, bool)> {
        let digest =
            Digest::from_hex(sha256).ok_or_else(|| Error::invalid("sha256", "64 hexadecimal digits are wanted"))?;
        let id = MediaId(digest.first_32_digits());
        let indexed = is_indexed(&self.contents, &id);
        Ok((id, indexed))
    }

    /// Adds a media that was indexed. It is remembered at once, and found from the next [`OwnLibrary::publish`] on.
    ///
    /// # Errors
    /// `LibraryMalformed` and `EmbedderMismatch` for rows that are of no use; nothing is changed then.
    pub fn add(&mut self, record: Vec<u8>, thumbnails: Vec<Thumbnail>) -> Result<AddedMedia> {
        let records = RowsRecord::read(&self.name, &record, &self.contents.embedder)?;
        let media_id = records.media.media_id.clone();
        if is_indexed(&self.contents, &media_id) {
            return Ok(AddedMedia { media_id, added: false });
        }
        let names: BTreeSet<String> = pictures_of(&records).collect();
        merge(&mut self.contents, records);
        self.add_pictures(thumbnails.into_iter().filter(|picture| names.contains(&picture.name)));
        let name = rows_name(&media_id);
        self.note(&name, Some(record.clone()));
        self.rows.insert(name, record);
        Ok(AddedMedia { media_id, added: true })
    }

    /// Whether media were added that the tables do not have yet.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        !self.rows.is_empty()
    }

    /// Puts all media that were added into the tables. Answers whether there were any.
    ///
    /// # Errors
    /// Those of `build_library`; nothing is changed then.
    pub fn publish(&mut self) -> Result<bool> {
        let behind = self.is_behind();
        if behind {
            self.commit(self.contents.clone(), Vec::new())?;
        }
        Ok(behind)
    }

    /// Removes media with their faces and pictures. Persons that nobody named go with their last face.
    ///
    /// # Errors
    /// `ResourceNotFound` of kind `media` where none of them is there.
    pub fn remove_media(&mut self, ids: &[MediaId]) -> Result<RemovedMedia> {
        let there: HashSet<&MediaId> = self.contents.media.iter().map(|media| &media.media_id).collect();
        let mut seen = HashSet::new();
        let (known, unknown): (Vec<MediaId>, Vec<MediaId>) =
            ids.iter().filter(|id| seen.insert(*id)).cloned().partition(|id| there.contains(id));
        if let (true, Some(first)) = (known.is_empty(), unknown.first()) {
            return Err(Error::ResourceNotFound { kind: "media".to_owned(), id: first.to_string() });
        }
        let mut contents = self.contents.clone();
        let (face_ids, entity_ids) = remove(&mut contents, &known);
        // Before anything else: rows beside a library without their media would bring it back.
        let rows: Vec<String> = known.iter().map(rows_name).filter(|name| self.rows.contains_key(name)).collect();
        let noted = self.changes.len();
        for name in &rows {
            self.note(name, None);
        }
        if let Err(error) = self.commit(contents, Vec::new()) {
            self.changes.truncate(noted);
            return Err(error);
        }
        Ok(RemovedMedia { media_ids: known, unknown_media_ids: unknown, face_ids, entity_ids })
    }
}

/// Adds the media of rows that the files of a restored library do not have. Rows that are of no use are taken out of `rows`: whoever
/// wrote them, a later version of this crate perhaps, may still read them, so nothing here removes them from the client's memory.
pub(super) fn restore_rows(
    library: &str,
    contents: &mut LibraryContents,
    rows: &mut BTreeMap<String, Vec<u8>>,
) -> RestoredRows {
    let there: BTreeSet<String> = contents
        .media
        .iter()
        .filter(|media| !is_added_by_hand(media))
        .map(|media| rows_name(&media.media_id))
        .collect();
    let mut restored = RestoredRows { added: false, unusable: 0, mismatch: None };
    rows.retain(|name, bytes| {
        if there.contains(name) {
            return true;
        }
        match RowsRecord::read(library, bytes, &contents.embedder) {
            Ok(records) if rows_name(&records.media.media_id) == *name => {
                merge(contents, records);
                restored.added = true;
                return true;
            }
            Err(error @ Error::EmbedderMismatch { .. }) => drop(restored.mismatch.get_or_insert(error)),
            _ => {}
        }
        restored.unusable += 1;
        false
    });
    restored
}

/// The names of the pictures that a media may have.
fn pictures_of(records: &MediaRecords) -> impl Iterator<Item = String> {
    let faces = records.faces.iter().map(|face| face_thumbnail_name(face.face_id));
    records.media.cover.clone().into_iter().chain(faces)
}

fn is_indexed(contents: &LibraryContents, id: &MediaId) -> bool {
    contents.media.iter().any(|media| media.media_id == *id && !is_added_by_hand(media))
}

/// Adds the records of a media. Where it was added by hand before, its faces stay with their persons.
fn merge(contents: &mut LibraryContents, records: MediaRecords) {
    let MediaRecords { media, faces, tracks } = records;
    contents.media.retain(|other| other.media_id != media.media_id);
    let known: HashSet<FaceId> =
        contents.faces.iter().filter(|face| face.media_id == media.media_id).map(|face| face.face_id).collect();
    contents.media.push(media);
    contents.faces.extend(faces.into_iter().filter(|face| !known.contains(&face.face_id)));
    contents.tracks.extend(tracks.into_iter().filter(|track| !known.contains(&track.face_id)));
}

/// Removes media with their faces and tracks, and persons that nobody named and that have no face any more.
fn remove(contents: &mut LibraryContents, ids: &[MediaId]) -> (Vec<FaceId>, Vec<EntityId>) {
    let gone: HashSet<&MediaId> = ids.iter().collect();
    contents.media.retain(|media| !gone.contains(&media.media_id));
    let (removed, kept): (Vec<_>, Vec<_>) =
        std::mem::take(&mut contents.faces).into_iter().partition(|face| gone.contains(&face.media_id));
    contents.faces = kept;
    let mut face_ids: Vec<FaceId> = removed.iter().map(|face| face.face_id).collect();
    face_ids.sort_unstable();
    contents.tracks.retain(|track| face_ids.binary_search(&track.face_id).is_err());
    contents.settled.retain(|id| face_ids.binary_search(id).is_err());
    let lost: HashSet<EntityId> = removed.into_iter().filter_map(|face| face.entity_id).collect();
    let alive: HashSet<&EntityId> = contents.faces.iter().filter_map(|face| face.entity_id.as_ref()).collect();
    let is_gone = |id: &EntityId| lost.contains(id) && !alive.contains(id);
    let mut entity_ids = Vec::new();
    contents.entities.retain(|entity| {
        let goes = is_nameless(entity) && is_gone(&entity.entity_id);
        if goes {
            entity_ids.push(entity.entity_id.clone());
        }
        !goes
    });
    entity_ids.sort_unstable();
    (face_ids, entity_ids)
}
