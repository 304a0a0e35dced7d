//! What a client remembers of a media that is indexed and not in a library's tables yet: one record a media, small and written at
//! once, so that nothing that was done is lost when the tab ends. Imports `core`, `library`, `indexing` and `error`.

use serde::{Deserialize, Serialize};

use crate::core::{EmbedderInfo, MediaId};
use crate::error::{Error, Result};
use crate::indexing::{IndexedMedia, MediaRows};
use crate::library::{FaceRecord, LibraryContents, MediaRecord, PublishOptions, TrackRecord, build_library};

/// How the names of these records begin in a library's store.
const FOLDER: &str = "rows/";
/// How they end.
const ENDING: &str = ".json";
/// The version of the records' format: it changes when older clients would read them wrongly.
const VERSION: u32 = 1;

/// The rows of one media with what does not follow from its bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowsRecord {
    version: u32,
    /// SHA-256 of the embedder's file: rows of different models do not go together.
    embedder: String,
    name: String,
    sha256: String,
    /// Whether covers and face thumbnails were made.
    thumbnails: bool,
    rows: MediaRows,
}

/// The records of one media.
#[derive(Debug, Clone)]
pub(super) struct MediaRecords {
    pub(super) media: MediaRecord,
    pub(super) faces: Vec<FaceRecord>,
    pub(super) tracks: Vec<TrackRecord>,
}

impl RowsRecord {
    /// The record of a media that was indexed.
    #[must_use]
    pub fn of(indexed: &IndexedMedia, embedder: &EmbedderInfo) -> Self {
        Self {
            version: VERSION,
            embedder: embedder.sha256.clone(),
            name: indexed.media.path.clone(),
            sha256: indexed.media.sha256.clone(),
            thumbnails: indexed.media.cover.is_some(),
            rows: MediaRows::of(indexed),
        }
    }

    /// The bytes that are kept.
    ///
    /// # Errors
    /// `Internal` when they cannot be written, which does not happen.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|e| Error::Internal { reason: format!("rows of {}: {e}", self.name) })
    }

    /// Reads the bytes that were kept, and checks that the rows make a library.
    ///
    /// # Errors
    /// `EmbedderMismatch` for rows of another model, `LibraryMalformed` for anything else that is wrong.
    pub(super) fn read(library: &str, bytes: &[u8], embedder: &EmbedderInfo) -> Result<MediaRecords> {
        let wrong =
            |part: String, reason: String| Error::LibraryMalformed { library: library.to_owned(), part, reason };
        let record: Self =
            serde_json::from_slice(bytes).map_err(|e| wrong("the rows of a media".to_owned(), e.to_string()))?;
        if record.version != VERSION {
            let reason = format!("version {}, but this client reads {VERSION}", record.version);
            return Err(wrong(format!("the rows of {}", record.name), reason));
        }
        if record.embedder != embedder.sha256 {
            return Err(Error::EmbedderMismatch {
                library: library.to_owned(),
                library_embedder: format!("the model {}", record.embedder),
                query_embedder: embedder.describe(),
            });
        }
        let records = record.records()?;
        // One media that is wrong must not keep all others from being published.
        let alone = LibraryContents {
            embedder: embedder.clone(),
            media: vec![records.media.clone()],
            faces: records.faces.clone(),
            entities: Vec::new(),
            tracks: records.tracks.clone(),
            settled: std::collections::BTreeSet::new(),
        };
        build_library(&alone, &PublishOptions::default())
            .map_err(|error| wrong(format!("the rows of {}", record.name), error.to_string()))?;
        Ok(records)
    }

    fn records(&self) -> Result<MediaRecords> {
        let media = self.rows.media(&self.name, &self.sha256, self.thumbnails);
        let faces = self.rows.faces(&media.media_id)?;
        let tracks = self.rows.tracks(&media.media_id);
        Ok(MediaRecords { media, faces, tracks })
    }
}

/// The name under which a media's rows are kept.
pub(super) fn rows_name(media: &MediaId) -> String {
    format!("{FOLDER}{media}{ENDING}")
}

/// Whether a record is the rows of a media.
pub(super) fn is_rows(name: &str) -> bool {
    name.starts_with(FOLDER) && name.ends_with(ENDING)
}
