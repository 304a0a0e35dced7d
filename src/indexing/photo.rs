//! One photo to its rows: a media record, a face record with embedding for every face, and thumbnails as JPEG.
//! Imports `vision`, `library`, `core`, `error`.

use crate::core::{Digest, FaceId, MediaId, MediaType, Rect, sha256};
use crate::error::{Error, Result};
use crate::library::{CatalogFields, FaceRecord, MediaRecord, TrackRecord};
use crate::vision::{DecodeLimits, DetectOptions, Engine, Face, MIN_FACE_PX, Photo, image_format_name};

use super::capture::capture_time_ms;

/// Long side of a cover, in pixels.
const COVER_SIDE_PX: u32 = 480;
/// Long side of a face thumbnail, in pixels.
const FACE_SIDE_PX: u32 = 160;
/// Side of the square that a face thumbnail shows, in multiples of the face box's longer side: hair and chin are in it.
const FACE_MARGIN: f32 = 1.5;
/// JPEG quality of thumbnails: about 6 KB a face and 30 KB a cover.
const JPEG_QUALITY: u8 = 82;

/// How photos are indexed.
#[derive(Debug, Clone)]
pub struct IndexOptions {
    /// Bounds of decoding.
    pub limits: DecodeLimits,
    /// How faces are found.
    pub detect: DetectOptions,
    /// Faces whose shorter side is below this many source pixels are left out: too few pixels to tell people apart.
    pub minimum_face_px: f32,
    /// Whether covers and face thumbnails are made.
    pub thumbnails: bool,
}

impl Default for IndexOptions {
    fn default() -> Self {
        Self {
            limits: DecodeLimits::default(),
            detect: DetectOptions::default(),
            minimum_face_px: MIN_FACE_PX,
            thumbnails: true,
        }
    }
}

/// A small JPEG that goes into the library's folder beside the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// File name relative to the library, such as `faces/123.jpg`.
    pub name: String,
    /// The file's bytes.
    pub jpeg: Vec<u8>,
}

/// The rows of one photo or video.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexedMedia {
    /// The media itself. Its path is the name it was given, its title that name without folders and extension.
    pub media: MediaRecord,
    /// How a video was read, as in [`MediaRows`](super::MediaRows); photos have nothing of it.
    pub read: Option<String>,
    /// The faces of a photo by descending area, or the tracks of a video in the order in which they closed; nobody is named
    /// yet.
    pub faces: Vec<FaceRecord>,
    /// Where the faces of a video are seen, one a face; none for a photo.
    pub tracks: Vec<TrackRecord>,
    /// Cover first, then one thumbnail a face; empty where none were asked for. Those of a video that were taken earlier are
    /// not here.
    pub thumbnails: Vec<Thumbnail>,
}

/// Where the cover of a media stands, relative to the library.
#[must_use]
pub fn cover_name(media: &MediaId) -> String {
    format!("covers/{media}.jpg")
}

/// Where the thumbnail of a face stands, relative to the library.
#[must_use]
pub fn face_thumbnail_name(face: FaceId) -> String {
    format!("faces/{face}.jpg")
}

/// Decodes a photo, finds its faces, embeds them and makes thumbnails. The same bytes give the same rows.
///
/// Faces get their expressions where the engine has the model for it.
///
/// `name` is the path relative to the indexed folder, with forward slashes; errors call the photo so.
///
/// # Errors
/// The image errors of [`Photo::decode`], and `ModelInvalid` when a model cannot be run.
pub fn index_photo(engine: &Engine, name: &str, bytes: &[u8], options: &IndexOptions) -> Result<IndexedMedia> {
    let photo = Photo::decode(bytes, &options.limits).map_err(|e| e.named(name))?;
    let file = PhotoFile {
        name,
        sha256: sha256(bytes),
        bytes: bytes.len() as u64,
        format: image_format_name(bytes).unwrap_or_default(),
        created_ms: capture_time_ms(bytes),
    };
    index_decoded(engine, &photo, &file, options)
}

/// What is known of a photo's file.
#[derive(Debug, Clone, Copy)]
pub struct PhotoFile<'a> {
    /// Its path relative to the indexed folder, with forward slashes.
    pub name: &'a str,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its format, such as `jpeg`.
    pub format: &'a str,
    /// When it was taken, in milliseconds since 1970 (UTC), where that is known.
    pub created_ms: Option<i64>,
}

/// As [`index_photo`], for a photo whose file somebody else has decoded: browsers read formats that are not read here.
///
/// # Errors
/// `ModelInvalid` when a model cannot be run.
pub fn index_decoded(
    engine: &Engine,
    photo: &Photo,
    file: &PhotoFile<'_>,
    options: &IndexOptions,
) -> Result<IndexedMedia> {
    let name = file.name;
    let media_id = MediaId(file.sha256.first_32_digits());
    let found = engine.detect(photo, &options.detect)?;
    let large_enough = found.iter().filter(|face| face.box_px.w.min(face.box_px.h) >= options.minimum_face_px);
    let mut thumbnails = Vec::new();
    if options.thumbnails {
        thumbnails.push(Thumbnail { name: cover_name(&media_id), jpeg: cover_jpeg(photo)? });
    }
    let mut faces = Vec::new();
    for (index, face) in large_enough.enumerate() {
        let record = face_record(engine, photo, face, &media_id, index)?;
        if options.thumbnails {
            let jpeg = face_jpeg(photo, &face.box_px)?;
            thumbnails.push(Thumbnail { name: face_thumbnail_name(record.face_id), jpeg });
        }
        faces.push(record);
    }
    let media = MediaRecord {
        fields: CatalogFields::default(),
        cover: options.thumbnails.then(|| cover_name(&media_id)),
        media_id,
        media_type: MediaType::Image,
        path: name.to_owned(),
        title: title_of(name).to_owned(),
        url: None,
        width: photo.width,
        height: photo.height,
        bytes: file.bytes,
        format: file.format.to_owned(),
        sha256: file.sha256.to_string(),
        created_ms: file.created_ms,
        modified_ms: None,
        duration_s: None,
        document: "{}".to_owned(),
    };
    Ok(IndexedMedia { media, read: None, faces, tracks: Vec::new(), thumbnails })
}

fn face_record(engine: &Engine, photo: &Photo, face: &Face, media_id: &MediaId, index: usize) -> Result<FaceRecord> {
    Ok(FaceRecord {
        expression: expression_of(engine, photo, face)?.map(str::to_owned),
        face_id: FaceId::of_media(media_id, index),
        media_id: media_id.clone(),
        entity_id: None,
        embedding: engine.embed(face)?,
        box_px: face.box_px,
        time: None,
        score: face.score,
        quality: face.quality.score,
    })
}

/// The label of the face's expression; `None` without an expression model, and for landmarks that leave it nothing to look at.
pub(super) fn expression_of(engine: &Engine, photo: &Photo, face: &Face) -> Result<Option<&'static str>> {
    match engine.expression(photo, face) {
        Ok(scores) => Ok(scores.map(|scores| scores.label())),
        // A hint that cannot be had must not cost the face.
        Err(Error::Internal { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The cover of a media from its picture.
pub(super) fn cover_jpeg(photo: &Photo) -> Result<Vec<u8>> {
    photo.fitted(COVER_SIDE_PX).to_jpeg(JPEG_QUALITY)
}

/// The thumbnail of the face with this box, in the photo's pixels.
pub(super) fn face_jpeg(photo: &Photo, box_px: &Rect) -> Result<Vec<u8>> {
    photo.crop(&thumbnail_square(box_px), FACE_SIDE_PX).to_jpeg(JPEG_QUALITY)
}

/// The square around a face's box that its thumbnail shows.
fn thumbnail_square(box_px: &Rect) -> Rect {
    let side = box_px.w.max(box_px.h) * FACE_MARGIN;
    let center = box_px.center();
    Rect::new(center.x - side / 2.0, center.y - side / 2.0, side, side)
}

/// The last part of a path without its extension.
#[must_use]
pub fn title_of(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_file_name_without_its_extension() {
        assert_eq!(title_of("2024/a trip.to/rome.v2.jpg"), "rome.v2");
        assert_eq!(title_of(".jpg"), ".jpg");
    }

    #[test]
    fn the_thumbnail_square_has_the_centre_of_the_face() {
        let square = thumbnail_square(&Rect::new(10.0, 20.0, 40.0, 60.0));
        assert_eq!(square, Rect::new(-15.0, 5.0, 90.0, 90.0));
    }
}
