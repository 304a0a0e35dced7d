//! Expression: face-api's small CNN over an upright square crop. Imports `core`, `error`.
//!
//! Right about half of the time on hard sets: a hint, not a fact. Input `[1, 3, 112, 112]`, RGB, 0 to 255.

use std::sync::OnceLock;

use crate::core::{Landmarks, Point, Rect, Similarity};
use crate::error::{Error, Result};

use super::align::warp_to;
use super::model::{Graph, Plan};
use super::network::Reading;
use super::photo::Photo;

/// The classes, in the order of the model's output.
pub const EXPRESSION_LABELS: [&str; 7] = ["neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised"];

const SIDE: u32 = 112;
const RGB: Reading = Reading { places: [0, 1, 2], scale: 1.0, shift: 0.0 };
/// The mean distance from the eyes to the mouth's centre, as a part of the crop's side (face-api's alignment).
const EYE_TO_MOUTH: f32 = 0.45;

/// How likely each of [`EXPRESSION_LABELS`] is; they add up to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExpressionScores(pub [f32; 7]);

impl ExpressionScores {
    /// The most likely class.
    #[must_use]
    pub fn label(&self) -> &'static str {
        let pairs = EXPRESSION_LABELS.iter().zip(self.0);
        pairs.max_by(|a, b| a.1.total_cmp(&b.1)).map_or("neutral", |(label, _)| label)
    }
}

/// A loaded expression model; its plan is made at the first use, because a search needs none.
pub struct Expression {
    graph: Graph,
    plan: OnceLock<Result<Plan>>,
}

impl Expression {
    /// Reads the ONNX file.
    ///
    /// # Errors
    /// `ModelInvalid` when it is no ONNX graph.
    pub fn new(onnx: &[u8]) -> Result<Self> {
        Ok(Self { graph: Graph::parse("expression", onnx)?, plan: OnceLock::new() })
    }

    /// The expression of the face with these landmarks, in the picture's pixels.
    ///
    /// # Errors
    /// `ModelInvalid` when the model does not run here or does not answer seven numbers; `Internal` when the landmarks coincide.
    pub fn classify(&self, photo: &Photo, landmarks: &Landmarks) -> Result<ExpressionScores> {
        let square = expression_square(landmarks);
        if square.w < 1.0 {
            return Err(Error::Internal { reason: "the landmarks of a face coincide".to_owned() });
        }
        let scale = f64::from(SIDE) / f64::from(square.w);
        // Half a pixel, because pixel centres are at whole numbers on both sides.
        let shift = |low: f32| (0.5 - f64::from(low)) * scale - 0.5;
        let to_crop = Similarity { a: scale, b: 0.0, tx: shift(square.x), ty: shift(square.y) };
        let crop = warp_to(photo, &to_crop, SIDE)?;
        let plan = self.plan.get_or_init(|| self.graph.fit(SIDE as usize, SIDE as usize)?.plan(RGB));
        let outputs = plan.as_ref().map_err(Clone::clone)?.run(&crop.rgb)?;
        let values = outputs.first().and_then(|o| <[f32; 7]>::try_from(o.values.as_slice()).ok());
        values.map(ExpressionScores).ok_or_else(|| Error::ModelInvalid {
            model: "expression".to_owned(),
            reason: "its output has not seven numbers".to_owned(),
        })
    }
}

/// The upright square that the model was trained on, from the five landmarks.
fn expression_square(landmarks: &Landmarks) -> Rect {
    let [eye_a, eye_b, _, mouth_a, mouth_b] = landmarks.0;
    let mouth = mouth_a.middle(mouth_b);
    let side = f32::midpoint(eye_a.distance(mouth), eye_b.distance(mouth)) / EYE_TO_MOUTH;
    let sum = [eye_a, eye_b, mouth].into_iter().fold(Point::default(), |s, p| Point::new(s.x + p.x, s.y + p.y));
    Rect::new(sum.x / 3.0 - 0.5 * side, sum.y / 3.0 - 0.43 * side, side, side)
}
