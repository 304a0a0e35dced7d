//! What the commands write as JSON. The names are the interface; the inner types are not serialised. Imports `core`, `error`.

use serde::{Deserialize, Serialize};

use crate::core::{Landmarks, Rect};
use crate::error::Error;

/// `{"code", "message"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ErrorBody {
    pub(super) code: String,
    pub(super) message: String,
}

impl ErrorBody {
    pub(super) fn of(error: &Error) -> Self {
        Self { code: error.code(), message: one_line(error) }
    }
}

/// The message of an error without the line breaks that the words of a decoder may have.
pub(super) fn one_line(error: &Error) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `{"error": {"code", "message"}}`: how a command with `--json` fails.
#[derive(Debug, Serialize)]
pub(super) struct ErrorReport {
    error: ErrorBody,
}

impl ErrorReport {
    pub(super) fn of(error: &Error) -> Self {
        Self { error: ErrorBody::of(error) }
    }
}

/// `{"path", "error"}`: a file that could not be read.
#[derive(Debug, Clone, Serialize)]
pub(super) struct UnreadableFile {
    pub(super) path: String,
    pub(super) error: ErrorBody,
}

/// One line of `visavis faces`.
#[derive(Debug, Serialize)]
pub(super) struct PhotoFaces {
    pub(super) path: String,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) faces: Vec<FaceOfPhoto>,
}

/// A face in source pixels after EXIF orientation.
#[derive(Debug, Serialize)]
pub(super) struct FaceOfPhoto {
    #[serde(rename = "box")]
    pub(super) box_px: [f32; 4],
    pub(super) landmarks: [[f32; 2]; 5],
    pub(super) score: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) embedding: Option<Vec<f32>>,
}

/// One line of `visavis inspect --faces`.
#[derive(Debug, Serialize)]
pub(super) struct FaceOfLibrary<'a> {
    pub(super) path: &'a str,
    #[serde(rename = "MediaId")]
    pub(super) media_id: &'a str,
    #[serde(rename = "FaceId")]
    pub(super) face_id: u64,
    #[serde(rename = "EntityId")]
    pub(super) entity_id: Option<&'a str>,
    #[serde(rename = "LabelName")]
    pub(super) label_name: Option<&'a str>,
    #[serde(rename = "box")]
    pub(super) box_px: [f32; 4],
    /// First and last moment in seconds, for a track of a video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end: Option<f64>,
    pub(super) score: f32,
    pub(super) quality: f32,
}

/// A box as `[x, y, w, h]`.
pub(super) fn box_array(rect: &Rect) -> [f32; 4] {
    [rect.x, rect.y, rect.w, rect.h]
}

/// Landmarks as five `[x, y]`.
pub(super) fn landmark_array(landmarks: &Landmarks) -> [[f32; 2]; 5] {
    landmarks.0.map(|point| [point.x, point.y])
}
