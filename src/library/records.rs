//! What goes into a library and what a search of it takes and gives. Plain data, without a format. Imports `core` and `library::row_set`.

use std::collections::BTreeSet;

use super::row_set::RowSet;
use crate::core::{EmbedderInfo, Embedding, EntityId, FaceId, MediaId, MediaType, Rect, TimeRange};

/// One photo or video of the catalog.
#[derive(Debug, Clone, PartialEq)]
pub struct MediaRecord {
    /// Its id.
    pub media_id: MediaId,
    /// Photo or video.
    pub media_type: MediaType,
    /// Path relative to the indexed root, with forward slashes.
    pub path: String,
    /// What people call it.
    pub title: String,
    /// Where the original can be fetched, where that is known.
    pub url: Option<String>,
    /// A small preview: a path relative to the folder of `library.json`, such as `covers/<MediaId>.jpg`.
    pub cover: Option<String>,
    /// Width in pixels after EXIF orientation.
    pub width: u32,
    /// Height in pixels after EXIF orientation.
    pub height: u32,
    /// Length of the original file in bytes.
    pub bytes: u64,
    /// Format of the original file, such as `jpeg`.
    pub format: String,
    /// SHA-256 of the original file, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// When it was made, in milliseconds since 1970 (UTC).
    pub created_ms: Option<i64>,
    /// When it was changed, in milliseconds since 1970 (UTC).
    pub modified_ms: Option<i64>,
    /// Duration in seconds; photos have none.
    pub duration_s: Option<f64>,
    /// What else a catalog search filters by.
    pub fields: CatalogFields,
    /// The rest of the asset's document as a JSON object; `{}` when there is no more.
    pub document: String,
}

/// The fields of a catalog search that only the owner knows, beyond those of [`MediaRecord`] itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CatalogFields {
    /// What it shows, in words.
    pub description: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The id of its category.
    pub cate_id: Option<i64>,
    /// Where it is in its life: the number of the public service; `None` counts as 3, normal.
    pub status: Option<i64>,
    /// Where its original is stored.
    pub storage_location: Option<String>,
    /// The namespace that it belongs to.
    pub namespace: Option<String>,
    /// The texts that were read in it.
    pub ocr_texts: Vec<String>,
    /// The categories of the labels that it was given; those of its faces' persons come on top.
    pub label_categories: Vec<String>,
    /// The ids of the labels that it was given; those of its faces' persons come on top.
    pub label_ids: Vec<String>,
    /// The custom field `intField1`.
    pub int_field1: Option<i64>,
    /// The custom field `strField1`.
    pub str_field1: Option<String>,
    /// The custom field `strField2`.
    pub str_field2: Option<String>,
}

/// One face of a photo, or one track of a video.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceRecord {
    /// Its id, below 2^53.
    pub face_id: FaceId,
    /// The photo or video that it is in.
    pub media_id: MediaId,
    /// Whose face it is, where that is known.
    pub entity_id: Option<EntityId>,
    /// Its embedding, made by the library's embedder.
    pub embedding: Embedding,
    /// Where it is, in source pixels after EXIF orientation.
    pub box_px: Rect,
    /// When it is seen, for videos.
    pub time: Option<TimeRange>,
    /// The detector's score, 0 to 1.
    pub score: f32,
    /// Quality of the face for recognition, 0 to 1.
    pub quality: f32,
    /// The facial expression, as the model calls it (`neutral`, `happy`, ...), where it was looked at.
    pub expression: Option<String>,
}

/// Where a face of a video is seen, moment by moment. Photos need none: their face's box says all.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackRecord {
    /// The face (track) that it belongs to.
    pub face_id: FaceId,
    /// In the order of time; not empty, all within the face's time range.
    pub points: Vec<TrackPoint>,
}

/// One moment of a track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrackPoint {
    /// Seconds from the start of the video.
    pub timestamp_s: f64,
    /// Where the face is then, in source pixels.
    pub box_px: Rect,
}

/// One person, known by name or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityRecord {
    /// Its id.
    pub entity_id: EntityId,
    /// The name that is shown.
    pub label_name: String,
    /// `custom`, `unknown`, `celebrity`, `sensitive` or `politician`.
    pub category: String,
    /// The id of the person in the owner's own records, where there is one.
    pub person_id: Option<String>,
    /// The ids of the groups that the person belongs to, ascending.
    pub groups: Vec<String>,
    /// What the owner noted about the person.
    pub note: Option<String>,
    /// Whom the owner merged into this person, in the order of the merges, so that it can be undone.
    pub merged: Vec<MergedPerson>,
}

/// A person who was merged into another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedPerson {
    /// The person as of the merge.
    pub record: EntityRecord,
    /// The person's faces then, ascending.
    pub face_ids: Vec<FaceId>,
    /// What the other one took over beside the faces.
    pub gave: Given,
}

/// What a person took over from one who was merged into this person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Given {
    /// The name, because there was none.
    pub name: bool,
    /// The note, because there was none.
    pub note: bool,
    /// Groups, ascending.
    pub groups: Vec<String>,
}

/// Everything that a library is made of. The order of the records does not matter.
#[derive(Debug, Clone, PartialEq)]
pub struct LibraryContents {
    /// The model that made all embeddings.
    pub embedder: EmbedderInfo,
    /// The catalog.
    pub media: Vec<MediaRecord>,
    /// The faces.
    pub faces: Vec<FaceRecord>,
    /// The persons.
    pub entities: Vec<EntityRecord>,
    /// Where the faces of videos are seen; at most one a face.
    pub tracks: Vec<TrackRecord>,
    /// Faces that the owner decided are nobody's: they were taken from a person, or the person was deleted. They are not
    /// clustered again.
    pub settled: BTreeSet<FaceId>,
}

/// The face that is searched for.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceQuery {
    /// Its embedding.
    pub embedding: Embedding,
    /// The model that made it.
    pub embedder: EmbedderInfo,
}

/// Which faces a search looks at. The default is all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FaceFilter {
    /// Only faces in media of this type.
    pub media_type: Option<MediaType>,
    /// Only faces of this person. A person that the library does not have has no faces.
    pub entity: Option<EntityId>,
    /// Only faces in these rows of the catalog.
    pub media_rows: Option<RowSet>,
}

/// One face that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaceHit {
    /// The row of the face in the library: an argument of `Library::face`.
    pub face_row: usize,
    /// Cosine similarity of the query and the restored embedding, -1 to 1.
    pub cosine: f32,
}
