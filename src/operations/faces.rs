//! The wire form of a detected face. Imports `core` and `vision`. All coordinates are source pixels after EXIF orientation.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::core::{Point, Rect};
use crate::vision::{EXPRESSION_LABELS, ExpressionScores, Face, Quality};

/// A face as callers see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Face"))]
pub struct FaceObject {
    /// The face's box; it may reach beyond the photo.
    #[serde(rename = "box")]
    pub face_box: BoxObject,
    /// Five points: eye at the picture's left, eye at its right, nose, mouth corner at the left, mouth corner at the right.
    pub landmarks: [PointObject; 5],
    /// The detector's score, 0 to 1.
    pub score: f32,
    /// Size, sharpness and pose.
    pub quality: QualityObject,
    /// The expression, where it was asked for and the model is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub expression: Option<ExpressionObject>,
}

/// A box: upper left corner, width and height.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Box"))]
pub struct BoxObject {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width.
    pub w: f32,
    /// Height.
    pub h: f32,
}

/// A point.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Point"))]
pub struct PointObject {
    /// To the right.
    pub x: f32,
    /// Down.
    pub y: f32,
}

/// The quality of a face.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Quality"))]
pub struct QualityObject {
    /// The shorter side of the box, in source pixels.
    pub size: f32,
    /// Variance of the Laplacian of the aligned crop.
    pub sharpness: f32,
    /// Turned to the picture's left (negative) or right (positive), in degrees, roughly.
    pub yaw: f32,
    /// Looking up (negative) or down (positive), in degrees, roughly.
    pub pitch: f32,
    /// The angle of the line between the eyes, in degrees; positive is clockwise.
    pub roll: f32,
    /// All in one, 0 to 1.
    pub score: f32,
}

/// The expression of a face: a hint, not a fact.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Expression"))]
pub struct ExpressionObject {
    /// The most likely class.
    #[cfg_attr(test, ts(type = "string"))]
    pub label: &'static str,
    /// How likely each class is; they add up to 1.
    #[cfg_attr(test, ts(type = "Record<string, number>"))]
    pub scores: BTreeMap<&'static str, f32>,
}

impl FaceObject {
    /// The wire form of a face and, where there is one, its expression.
    #[must_use]
    pub fn of(face: &Face, expression: Option<&ExpressionScores>) -> Self {
        Self {
            face_box: BoxObject::of(&face.box_px),
            landmarks: face.landmarks.0.map(PointObject::of),
            score: face.score,
            quality: QualityObject::of(&face.quality),
            expression: expression.map(ExpressionObject::of),
        }
    }
}

impl BoxObject {
    fn of(rect: &Rect) -> Self {
        Self { x: rect.x, y: rect.y, w: rect.w, h: rect.h }
    }
}

impl PointObject {
    fn of(point: Point) -> Self {
        Self { x: point.x, y: point.y }
    }
}

impl QualityObject {
    fn of(quality: &Quality) -> Self {
        Self {
            size: quality.size_px,
            sharpness: quality.sharpness,
            yaw: quality.yaw_deg,
            pitch: quality.pitch_deg,
            roll: quality.roll_deg,
            score: quality.score,
        }
    }
}

impl ExpressionObject {
    fn of(scores: &ExpressionScores) -> Self {
        Self { label: scores.label(), scores: EXPRESSION_LABELS.into_iter().zip(scores.0).collect() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::core::Landmarks;

    #[test]
    fn a_face_has_every_field_under_its_name() {
        let quality =
            Quality { size_px: 30.0, sharpness: 99.5, yaw_deg: -4.0, pitch_deg: 5.0, roll_deg: -6.5, score: 0.75 };
        let landmarks = Landmarks([1_u8, 2, 3, 4, 5].map(|n| Point { x: f32::from(n), y: f32::from(n) + 0.5 }));
        let crop = std::sync::Arc::new(crate::vision::Photo::black(1, 1));
        let face = Face { box_px: Rect::new(-1.5, 2.0, 30.0, 40.25), landmarks, score: 0.875, quality, crop };
        let mut expected = json!({
            "box": { "x": -1.5, "y": 2.0, "w": 30.0, "h": 40.25 },
            "landmarks": [{ "x": 1.0, "y": 1.5 }, { "x": 2.0, "y": 2.5 }, { "x": 3.0, "y": 3.5 }, { "x": 4.0, "y": 4.5 },
                { "x": 5.0, "y": 5.5 }],
            "score": 0.875,
            "quality": { "size": 30.0, "sharpness": 99.5, "yaw": -4.0, "pitch": 5.0, "roll": -6.5, "score": 0.75 },
        });
        assert_eq!(serde_json::to_value(FaceObject::of(&face, None)).unwrap(), expected);
        let scores = ExpressionScores([0.125, 0.5, 0.125, 0.0, 0.0, 0.25, 0.0]);
        expected["expression"] = json!({ "label": "happy", "scores": { "neutral": 0.125, "happy": 0.5, "sad": 0.125,
            "angry": 0.0, "fearful": 0.0, "disgusted": 0.25, "surprised": 0.0 } });
        assert_eq!(serde_json::to_value(FaceObject::of(&face, Some(&scores))).unwrap(), expected);
    }
}
