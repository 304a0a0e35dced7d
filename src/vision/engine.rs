//! The pipeline: a photo to faces, a face to an embedding. Imports `core`, `error`. Shared by all threads.

use std::sync::Arc;

use crate::core::{Digest, EmbedderInfo, Embedding, Landmarks, Point, Rect};
use crate::error::Result;

use super::align::{alignment, warp};
use super::detector::{DetectOptions, Detection, Detector, suppress};
use super::embedder::Embedder;
use super::expression::{Expression, ExpressionScores};
use super::photo::Photo;
use super::quality::Quality;
use super::tiles::detect_in_tiles;

/// The smallest face that can be searched for: the shorter side of its box, in source pixels.
pub const MIN_FACE_PX: f32 = 20.0;

/// The sides of the detector's input for the second pass, in pixels.
const REFINE_SIDES: [u32; 2] = [160, 320];
/// Faces whose square is larger than this, in source pixels, are looked at in a shrunken photo: the second pass sees 320 pixels at
/// most, and a square of several thousand pixels would take hundreds of megabytes.
const REFINE_SQUARE_MAX_PX: f32 = 1280.0;
/// In the second pass the face must be found again at least this well, or its first landmarks stay.
const REFINE_MIN_IOU: f32 = 0.4;
/// The second pass knows that there is a face, so it may be less sure of it.
const REFINE_SCORE: f32 = 0.3;

/// The bytes of the ONNX files.
#[derive(Debug, Clone, Copy)]
pub struct EngineModels<'a> {
    /// YuNet.
    pub detector: &'a [u8],
    /// FaceX MobileFaceNet or `SFace`.
    pub embedder: &'a [u8],
    /// The SHA-256 of the embedder's bytes, by which embeddings of different models are told apart.
    pub embedder_sha256: Digest,
    /// face-api's expression model, if expressions are wanted.
    pub expression: Option<&'a [u8]>,
}

/// One face of a photo, in source pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// The face's box; it may reach beyond the photo.
    pub box_px: Rect,
    /// The five landmarks, refined if that was asked for.
    pub landmarks: Landmarks,
    /// The detector's score, 0 to 1.
    pub score: f32,
    /// Size, sharpness and pose.
    pub quality: Quality,
    /// The aligned crop of 112 x 112 pixels, as the embedder sees it.
    pub crop: Arc<Photo>,
}

/// All models, ready to run.
pub struct Engine {
    detector: Detector,
    embedder: Embedder,
    expression: Option<Expression>,
}

impl Engine {
    /// Reads and prepares the models.
    ///
    /// # Errors
    /// `ModelInvalid` naming the model that cannot be used.
    pub fn new(models: &EngineModels<'_>) -> Result<Self> {
        Ok(Self {
            detector: Detector::new(models.detector)?,
            embedder: Embedder::new(models.embedder, models.embedder_sha256)?,
            expression: models.expression.map(Expression::new).transpose()?,
        })
    }

    /// Makes a browser compile the inner loops well before the first photo is there; some milliseconds of work, for the time in which
    /// the models are on their way.
    pub fn warm_up() {
        crate::kernels::warm_up();
    }

    /// Which embedder this engine has.
    #[must_use]
    pub fn embedder(&self) -> &EmbedderInfo {
        self.embedder.info()
    }

    /// The faces of a photo, by descending area of their boxes.
    ///
    /// # Errors
    /// `ModelInvalid` when the detector fails.
    pub fn detect(&self, photo: &Photo, options: &DetectOptions) -> Result<Vec<Face>> {
        let (score, iou) = (options.score_threshold, options.nms_iou);
        let mut found = self.detector.detect(photo, Detector::SIDE, score, iou)?;
        if options.small_faces {
            found.extend(detect_in_tiles(&self.detector, photo, score, iou)?);
            found = suppress(found, iou);
        }
        let mut faces = Vec::with_capacity(found.len());
        for detection in found {
            let landmarks =
                if options.refine { self.refined_landmarks(photo, &detection)? } else { detection.landmarks };
            faces.extend(face(photo, &detection, landmarks)?);
        }
        faces.sort_by(|a, b| b.box_px.area().total_cmp(&a.box_px.area()).then(b.score.total_cmp(&a.score)));
        Ok(faces)
    }

    /// A face that was found without refinement, with the landmarks that it would have had with it.
    ///
    /// # Errors
    /// `ModelInvalid` when the detector fails.
    pub fn refined(&self, photo: &Photo, found: &Face) -> Result<Face> {
        let detection = Detection { box_px: found.box_px, landmarks: found.landmarks, score: found.score };
        let landmarks = self.refined_landmarks(photo, &detection)?;
        Ok(face(photo, &detection, landmarks)?.unwrap_or_else(|| found.clone()))
    }

    /// The embedding of a face.
    ///
    /// # Errors
    /// `ModelInvalid` when the embedder fails, `EmbeddingInvalid` when it answers no usable vector.
    pub fn embed(&self, face: &Face) -> Result<Embedding> {
        self.embedder.embed(&face.crop)
    }

    /// The expression of a face; `None` when the engine has no expression model.
    ///
    /// # Errors
    /// `ModelInvalid` when the model fails.
    pub fn expression(&self, photo: &Photo, face: &Face) -> Result<Option<ExpressionScores>> {
        self.expression.as_ref().map(|model| model.classify(photo, &face.landmarks)).transpose()
    }

    /// Landmarks averaged over two more passes, each over a square of twice the face's box at a size where YuNet is at its best.
    /// Faces that fill the picture or are tiny in it gain most.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "picture positions"
    )]
    fn refined_landmarks(&self, photo: &Photo, detection: &Detection) -> Result<Landmarks> {
        let (side, left, top) = refinement_square(&detection.box_px);
        if side <= REFINE_SQUARE_MAX_PX {
            return self.refined_as_it_is(photo, detection);
        }
        let (cut, [x, y]) = photo.clipped_window(left, top, side as u32, side as u32);
        let factor = REFINE_SQUARE_MAX_PX / 2.0 / side;
        let shrunk = |length: u32| ((length as f32 * factor) as u32).max(1);
        let small = cut.resized(shrunk(cut.width), shrunk(cut.height));
        let [sx, sy] = [small.width as f32 / cut.width as f32, small.height as f32 / cut.height as f32];
        let (x, y) = (x as f32, y as f32);
        let moved = detection.moved([1.0, 1.0], [-x, -y]).moved([sx, sy], [0.0, 0.0]);
        let landmarks = self.refined_as_it_is(&small, &moved)?;
        Ok(landmarks.map(|p| Point::new(p.x / sx + x, p.y / sy + y)))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "picture positions"
    )]
    fn refined_as_it_is(&self, photo: &Photo, detection: &Detection) -> Result<Landmarks> {
        let (side, left, top) = refinement_square(&detection.box_px);
        let side = side.min(2.0 * REFINE_SQUARE_MAX_PX) as u32;
        let window = photo.window(left, top, side, side);
        let origin = [left as f32, top as f32];
        let mut passes: Vec<Landmarks> = Vec::with_capacity(REFINE_SIDES.len());
        for input_side in REFINE_SIDES {
            let found = self.detector.detect(&window, input_side, REFINE_SCORE, 0.3)?;
            let same = found
                .iter()
                .map(|f| f.moved([1.0, 1.0], origin))
                .map(|f| (f.box_px.iou(&detection.box_px), f))
                .max_by(|x, y| x.0.total_cmp(&y.0))
                .filter(|(iou, _)| *iou >= REFINE_MIN_IOU);
            passes.extend(same.map(|(_, f)| f.landmarks));
        }
        Ok(mean(&passes).unwrap_or(detection.landmarks))
    }
}

/// A detection with its crop and quality; None where its landmarks coincide.
fn face(photo: &Photo, detection: &Detection, landmarks: Landmarks) -> Result<Option<Face>> {
    let Ok(transform) = alignment(&landmarks) else { return Ok(None) };
    let Detection { box_px, score, .. } = *detection;
    let crop = Arc::new(warp(photo, &transform)?);
    Ok(Some(Face { box_px, landmarks, score, quality: Quality::of(&box_px, &landmarks, score, &crop), crop }))
}

/// Side and upper left corner of the square of twice the face's box.
#[expect(clippy::cast_possible_truncation, reason = "picture positions")]
fn refinement_square(box_px: &Rect) -> (f32, i64, i64) {
    let center = box_px.center();
    let side = (2.0 * box_px.w.max(box_px.h)).ceil().max(16.0);
    (side, (center.x - side / 2.0).floor() as i64, (center.y - side / 2.0).floor() as i64)
}

/// The mean of several sets of landmarks; `None` of none.
fn mean(passes: &[Landmarks]) -> Option<Landmarks> {
    let mut sum = Landmarks::default();
    for pass in passes {
        for (s, p) in sum.0.iter_mut().zip(pass.0) {
            *s = Point::new(s.x + p.x, s.y + p.y);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "two passes")]
    let count = passes.len() as f32;
    (!passes.is_empty()).then(|| sum.map(|p| Point::new(p.x / count, p.y / count)))
}
