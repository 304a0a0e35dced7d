//! The faces that a task found, as callers see them. Boxes are pixels of the image, origin at the upper left. Imports `core`.

use serde::{Deserialize, Serialize};

use crate::core::Rect;

/// One image of a task, its largest face, and the faces of the library that are most similar to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct SourceFaces {
    /// Where the image is, as the task's request says.
    #[serde(rename = "URI")]
    pub uri: String,
    /// An id of the image's face, made from the face itself; absent where the image failed or was not searched yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub face_id: Option<String>,
    /// Where that face is in the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boundary: Option<FaceBoundary>,
    /// The most similar faces, by descending similarity; at most `MaxResult`.
    pub similar_faces: Vec<SimilarFace>,
    /// The code of the error, where the image failed. An extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What was wrong, where the image failed. An extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// One similar face of the library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SimilarFace {
    /// Where the photo or video is: its address, or its path in the library where it has none.
    #[serde(rename = "URI")]
    pub uri: String,
    /// The photo's or video's id.
    pub media_id: String,
    /// The face's id, a number in decimal digits.
    pub face_id: String,
    /// Where the face is in the photo or video.
    pub boundary: FaceBoundary,
    /// How surely both are the same person, 0 to 1.
    pub similarity: f64,
}

/// A box in whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FaceBoundary {
    /// Left edge.
    pub left: i32,
    /// Upper edge.
    pub top: i32,
    /// Width.
    pub width: i32,
    /// Height.
    pub height: i32,
}

impl FaceBoundary {
    /// The nearest whole pixels.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates; pixel counts are far below the limits")]
    pub fn of(rect: &Rect) -> Self {
        let [left, top, width, height] = [rect.x, rect.y, rect.w, rect.h].map(|v| v.round() as i32);
        Self { left, top, width, height }
    }
}
