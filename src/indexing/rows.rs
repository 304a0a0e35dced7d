//! What is remembered of one media's contents: all that depends on its bytes and on the models, nothing that depends on
//! its name. As JSON it is a line of the command line's journal, and a file of a library that is made in the browser; a
//! format of our own. Imports `library`, `vision`, `core`, `error`.

use serde::{Deserialize, Serialize};

use crate::core::{Embedding, FaceId, MediaId, MediaType, Rect, TimeRange};
use crate::error::Result;
use crate::library::{CatalogFields, FaceRecord, MediaRecord, TrackPoint, TrackRecord};
use crate::vision::EXPRESSION_LABELS;

use super::photo::{IndexedMedia, cover_name, face_thumbnail_name, title_of};
use super::{base64, exact};

/// Numbers before the embedding: box x, y, w, h, score, quality, expression.
const HEAD: usize = 7;
/// What stands for a face whose expression is not known.
const NO_EXPRESSION: f32 = -1.0;
/// Between a face's numbers and its track.
const TRACK_MARK: char = ',';

/// The rows of one photo or video.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaRows {
    /// Photo or video; rows that do not say so are a photo's.
    #[serde(default = "image", with = "media_type_name", skip_serializing_if = "is_image")]
    pub media_type: MediaType,
    /// Width in upright pixels.
    pub width: u32,
    /// Height in upright pixels.
    pub height: u32,
    /// Format of the file, such as `jpeg` or `mp4`.
    pub format: String,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// When it was made, in milliseconds since 1970 (UTC).
    pub created_ms: Option<i64>,
    /// Duration in seconds; photos have none.
    #[serde(default, with = "exact::optional_seconds", skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<f64>,
    /// How a video was read, which makes its tracks what they are; photos have nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<String>,
    /// The faces of a photo by descending area, or the tracks of a video in the order in which they closed.
    pub faces: Vec<FaceRow>,
}

/// One face, or one track of a video. As text: base64 of `[x, y, w, h, score, quality, expression, embedding...]` in f32,
/// the expression as its place among the labels; for a track a comma and base64 of its start and end (f64) and of its
/// points (time in f64, box in f32). All bit for bit, so that a library made from remembered rows has the same bytes as one
/// made in one go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FaceRow {
    numbers: Vec<f32>,
    track: Option<(TimeRange, Vec<TrackPoint>)>,
}

impl TryFrom<String> for FaceRow {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (face, track) = match text.split_once(TRACK_MARK) {
            Some((face, track)) => (face, Some(track)),
            None => (text.as_str(), None),
        };
        let numbers = base64::decode(face).filter(|values| values.len() > HEAD);
        let numbers = numbers.ok_or("a face is not base64 of its numbers")?;
        let track = track.map(|text| base64::decode_bytes(text).and_then(|bytes| track_of(&bytes)));
        match track {
            None => Ok(Self { numbers, track: None }),
            Some(Some(track)) => Ok(Self { numbers, track: Some(track) }),
            Some(None) => Err("a track is not base64 of its times and boxes"),
        }
    }
}

impl From<FaceRow> for String {
    fn from(row: FaceRow) -> Self {
        let mut text = base64::encode(&row.numbers);
        if let Some((time, points)) = &row.track {
            text.push(TRACK_MARK);
            text.push_str(&base64::encode_bytes(&track_bytes(*time, points)));
        }
        text
    }
}

fn track_bytes(time: TimeRange, points: &[TrackPoint]) -> Vec<u8> {
    [time.start_s.to_le_bytes().as_slice(), &time.end_s.to_le_bytes(), &exact::point_bytes(points)].concat()
}

fn track_of(bytes: &[u8]) -> Option<(TimeRange, Vec<TrackPoint>)> {
    let seconds = |eight: &[u8]| Some(f64::from_le_bytes(eight.try_into().ok()?));
    let (range, points) = bytes.split_at_checked(16)?;
    let (start, end) = range.split_at_checked(8)?;
    Some((TimeRange { start_s: seconds(start)?, end_s: seconds(end)? }, exact::points_of(points)?))
}

impl FaceRow {
    /// The row of a face; `track` are its points where it is one of a video.
    #[must_use]
    pub fn of(face: &FaceRecord, track: Option<&TrackRecord>) -> Self {
        let Rect { x, y, w, h } = face.box_px;
        let mut numbers = vec![x, y, w, h, face.score, face.quality, expression_number(face.expression.as_deref())];
        numbers.extend_from_slice(face.embedding.as_slice());
        let points = || track.map(|track| track.points.clone()).unwrap_or_default();
        Self { numbers, track: face.time.map(|time| (time, points())) }
    }

    /// A face of a media as the library's record, nobody's yet.
    ///
    /// # Errors
    /// `EmbeddingInvalid` where the row was damaged.
    pub fn record(&self, media_id: &MediaId, face_id: FaceId) -> Result<FaceRecord> {
        let (head, embedding) = self.numbers.split_at(HEAD.min(self.numbers.len()));
        let number = |i: usize| head.get(i).copied().unwrap_or(0.0);
        Ok(FaceRecord {
            expression: expression_label(number(6)).map(str::to_owned),
            face_id,
            media_id: media_id.clone(),
            entity_id: None,
            embedding: Embedding::new(embedding.to_vec())?,
            box_px: Rect::new(number(0), number(1), number(2), number(3)),
            time: self.track.as_ref().map(|(time, _)| *time),
            score: number(4),
            quality: number(5),
        })
    }

    /// Where a face of a video is seen; `None` for a photo's.
    #[must_use]
    pub fn track(&self, face_id: FaceId) -> Option<TrackRecord> {
        let (_, points) = self.track.as_ref().filter(|(_, points)| !points.is_empty())?;
        Some(TrackRecord { face_id, points: points.clone() })
    }
}

fn expression_number(label: Option<&str>) -> f32 {
    let numbers = EXPRESSION_LABELS.iter().zip([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let mut known = numbers.filter(|(known, _)| Some(**known) == label);
    known.next().map_or(NO_EXPRESSION, |(_, number)| number)
}

fn expression_label(number: f32) -> Option<&'static str> {
    EXPRESSION_LABELS.into_iter().find(|label| (expression_number(Some(label)) - number).abs() < 0.5)
}

impl MediaRows {
    /// What is to be remembered of an indexed media.
    #[must_use]
    pub fn of(indexed: &IndexedMedia) -> Self {
        let IndexedMedia { media, read, faces, tracks, .. } = indexed;
        let track_of = |id: FaceId| tracks.iter().find(|track| track.face_id == id);
        Self {
            media_type: media.media_type,
            width: media.width,
            height: media.height,
            format: media.format.clone(),
            bytes: media.bytes,
            created_ms: media.created_ms,
            duration_s: media.duration_s,
            read: read.clone(),
            faces: faces.iter().map(|face| FaceRow::of(face, track_of(face.face_id))).collect(),
        }
    }

    /// The media's record. `name` is its path in the library, `cover` whether a cover was made.
    #[must_use]
    pub fn media(&self, name: &str, sha256: &str, cover: bool) -> MediaRecord {
        let media_id = media_id_of(sha256);
        MediaRecord {
            fields: CatalogFields::default(),
            cover: cover.then(|| cover_name(&media_id)),
            media_id,
            media_type: self.media_type,
            path: name.to_owned(),
            title: title_of(name).to_owned(),
            url: None,
            width: self.width,
            height: self.height,
            bytes: self.bytes,
            format: self.format.clone(),
            sha256: sha256.to_owned(),
            created_ms: self.created_ms,
            modified_ms: None,
            duration_s: self.duration_s,
            document: "{}".to_owned(),
        }
    }

    /// The faces as the library's records, nobody's yet.
    ///
    /// # Errors
    /// `EmbeddingInvalid` where a row was damaged.
    pub fn faces(&self, media_id: &MediaId) -> Result<Vec<FaceRecord>> {
        self.faces.iter().zip(self.face_ids(media_id)).map(|(face, id)| face.record(media_id, id)).collect()
    }

    /// Where the faces of a video are seen; none for a photo.
    #[must_use]
    pub fn tracks(&self, media_id: &MediaId) -> Vec<TrackRecord> {
        self.faces.iter().zip(self.face_ids(media_id)).filter_map(|(face, id)| face.track(id)).collect()
    }

    /// The ids of the faces, in their order.
    #[must_use]
    pub fn face_ids(&self, media_id: &MediaId) -> Vec<FaceId> {
        (0..self.faces.len()).map(|index| self.face_id(media_id, index)).collect()
    }

    /// The id of the face with this number.
    #[must_use]
    pub fn face_id(&self, media_id: &MediaId, index: usize) -> FaceId {
        match &self.read {
            Some(read) => FaceId::of_track(media_id, read, index),
            None => FaceId::of_media(media_id, index),
        }
    }

    /// The thumbnails of a media with these faces, relative to the library: its cover, then its faces.
    #[must_use]
    pub fn thumbnail_names<'a>(sha256: &str, faces: impl IntoIterator<Item = &'a FaceId>) -> Vec<String> {
        let of_faces = faces.into_iter().map(|face| face_thumbnail_name(*face));
        std::iter::once(cover_name(&media_id_of(sha256))).chain(of_faces).collect()
    }
}

/// The id of the media with this SHA-256 (hexadecimal).
#[must_use]
pub fn media_id_of(sha256: &str) -> MediaId {
    MediaId(sha256.get(..32).unwrap_or(sha256).to_owned())
}

const fn image() -> MediaType {
    MediaType::Image
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_image(media_type: &MediaType) -> bool {
    *media_type == MediaType::Image
}

/// A media type by its wire name.
mod media_type_name {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::core::MediaType;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub(super) fn serialize<S: Serializer>(value: &MediaType, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(value.as_str())
    }

    pub(super) fn deserialize<'a, D: Deserializer<'a>>(deserializer: D) -> Result<MediaType, D::Error> {
        let name = String::deserialize(deserializer)?;
        MediaType::parse(&name).ok_or_else(|| de::Error::custom("a media type is image or video"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn face(media_id: &MediaId, index: usize) -> Result<FaceRecord> {
        Ok(FaceRecord {
            expression: None,
            face_id: FaceId::of_media(media_id, index),
            media_id: media_id.clone(),
            entity_id: None,
            embedding: Embedding::new(vec![0.6, 0.8])?,
            box_px: Rect::new(1.5, 2.0, 30.0, 40.0),
            time: None,
            score: 0.9,
            quality: 0.4,
        })
    }

    #[test]
    fn a_face_comes_back_with_its_expression_or_without_one() -> Result<()> {
        let media_id = MediaId("ab".repeat(16));
        for expression in EXPRESSION_LABELS.into_iter().map(Some).chain([None]) {
            let face = FaceRecord { expression: expression.map(str::to_owned), ..face(&media_id, 0)? };
            let text = String::from(FaceRow::of(&face, None));
            let back = FaceRow::try_from(text).map_err(|e| Error::invalid("row", e))?;
            assert_eq!(back.record(&media_id, face.face_id)?, face);
            assert_eq!(back.track(face.face_id), None);
        }
        Ok(())
    }

    #[test]
    fn a_video_comes_back_bit_for_bit() -> Result<(), Box<dyn std::error::Error>> {
        let media_id = MediaId("ab".repeat(16));
        let third = 1.0 / 3.0;
        let time = Some(TimeRange { start_s: third, end_s: 7.0 * third });
        let point = |k: f64| TrackPoint { timestamp_s: k * third, box_px: Rect::new(0.1, 0.2, 0.3, 1.0e-7) };
        let face_id = FaceId::of_track(&media_id, "5", 0);
        let faces = vec![FaceRecord { face_id, time, ..face(&media_id, 0)? }];
        let tracks = vec![TrackRecord { face_id, points: vec![point(1.0), point(7.0)] }];
        let rows = MediaRows {
            media_type: MediaType::Video,
            width: 640,
            height: 360,
            format: "mp4".to_owned(),
            bytes: 7,
            created_ms: None,
            duration_s: Some(1000.1 / 3.0),
            read: Some("5".to_owned()),
            faces: vec![FaceRow::of(&faces[0], Some(&tracks[0]))],
        };
        let back: MediaRows = serde_json::from_slice(&serde_json::to_vec(&rows)?)?;
        assert_eq!(back, rows);
        assert_eq!((back.faces(&media_id)?, back.tracks(&media_id)), (faces, tracks));
        let media = back.media("a/b.mp4", &"ab".repeat(32), true);
        assert_eq!((media.media_type, media.duration_s), (MediaType::Video, rows.duration_s));
        Ok(())
    }

    #[test]
    fn the_same_film_read_in_another_way_has_other_faces() {
        let media_id = MediaId("ab".repeat(16));
        assert_ne!(FaceId::of_track(&media_id, "5", 0), FaceId::of_track(&media_id, "1", 0));
        assert_ne!(FaceId::of_track(&media_id, "5", 0), FaceId::of_track(&media_id, "5", 1));
    }

    #[test]
    fn rows_written_before_there_were_videos_are_a_photos() -> Result<(), Box<dyn std::error::Error>> {
        let old = r#"{"width":3,"height":2,"format":"png","bytes":9,"created_ms":null,"faces":[]}"#;
        let rows: MediaRows = serde_json::from_str(old)?;
        assert_eq!((rows.media_type, rows.duration_s), (MediaType::Image, None));
        assert_eq!(serde_json::to_string(&rows)?, old);
        Ok(())
    }

    #[test]
    fn damaged_rows_are_refused() {
        for text in ["", "AACA", "AACAPw==", ",", "AACAPw==,AACA"] {
            assert!(FaceRow::try_from(text.to_owned()).is_err(), "{text}");
        }
        let numbers = base64::encode(&[0.0; 9]);
        assert!(FaceRow::try_from(format!("{numbers},{}", base64::encode_bytes(&[0; 17]))).is_err());
        assert!(FaceRow::try_from(format!("{numbers},{}", base64::encode_bytes(&[0; 40]))).is_ok());
    }
}
