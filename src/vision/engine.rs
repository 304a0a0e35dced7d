//! The pipeline: a photo to faces, a face to an embedding. Imports `core`, `error`. Shared by all threads.

use crate::core::{EmbedderInfo, Embedding, Landmarks, Point, Rect};
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
    /// face-api's expression model, if expressions are wanted.
    pub expression: Option<&'a [u8]>,
}

/// One face of a photo, in source pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// The face's box; it may reach beyond the photo.
    pub box_px: Rect,
    /// The five landmarks, refined if that was asked for.
    pub landmarks: Landmarks,
    /// The detector's score, 0 to 1.
    pub score: f32,
    /// Size, sharpness and pose.
    pub quality: Quality,
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
            embedder: Embedder::new(models.embedder)?,
            expression: models.expression.map(Expression::new).transpose()?,
        })
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
            let landmarks = if options.refine { self.refined(photo, &detection)? } else { detection.landmarks };
            let Ok(transform) = alignment(&landmarks) else { continue };
            let crop = warp(photo, &transform)?;
            let quality = Quality::of(&detection.box_px, &landmarks, detection.score, &crop);
            faces.push(Face { box_px: detection.box_px, landmarks, score: detection.score, quality });
        }
        faces.sort_by(|a, b| b.box_px.area().total_cmp(&a.box_px.area()).then(b.score.total_cmp(&a.score)));
        Ok(faces)
    }

    /// The aligned 112 x 112 crop of a face, as the embedder sees it.
    ///
    /// # Errors
    /// `Internal` when the landmarks coincide.
    pub fn aligned_crop(&self, photo: &Photo, face: &Face) -> Result<Photo> {
        warp(photo, &alignment(&face.landmarks)?)
    }

    /// The embedding of a face.
    ///
    /// # Errors
    /// `ModelInvalid` when the embedder fails, `EmbeddingInvalid` when it answers no usable vector.
    pub fn embed(&self, photo: &Photo, face: &Face) -> Result<Embedding> {
        self.embedder.embed(&self.aligned_crop(photo, face)?)
    }

    /// The embedding of an aligned 112 x 112 crop.
    ///
    /// # Errors
    /// `ModelInvalid` when the embedder fails, `EmbeddingInvalid` when it answers no usable vector.
    pub fn embed_crop(&self, crop: &Photo) -> Result<Embedding> {
        self.embedder.embed(crop)
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
    fn refined(&self, photo: &Photo, detection: &Detection) -> Result<Landmarks> {
        let b = detection.box_px;
        let center = b.center();
        let side = (2.0 * b.w.max(b.h)).ceil().max(16.0);
        if side > REFINE_SQUARE_MAX_PX {
            return self.refined_in_small(photo, detection, REFINE_SQUARE_MAX_PX / 2.0 / side);
        }
        #[expect(clippy::cast_possible_truncation, reason = "a position near the picture")]
        let (left, top) = ((center.x - side / 2.0).floor() as i64, (center.y - side / 2.0).floor() as i64);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped above")]
        let window = photo.window(left, top, side as u32, side as u32);
        #[expect(clippy::cast_precision_loss, reason = "a position near the picture")]
        let origin = [left as f32, top as f32];
        let mut passes: Vec<Landmarks> = Vec::with_capacity(REFINE_SIDES.len());
        for input_side in REFINE_SIDES {
            let found = self.detector.detect(&window, input_side, REFINE_SCORE, 0.3)?;
            let same = found
                .iter()
                .map(|f| f.moved([1.0, 1.0], origin))
                .map(|f| (f.box_px.iou(&b), f))
                .max_by(|x, y| x.0.total_cmp(&y.0))
                .filter(|(iou, _)| *iou >= REFINE_MIN_IOU);
            passes.extend(same.map(|(_, f)| f.landmarks));
        }
        Ok(mean(&passes).unwrap_or(detection.landmarks))
    }

    /// The same in the photo shrunk by `factor`.
    fn refined_in_small(&self, photo: &Photo, detection: &Detection, factor: f32) -> Result<Landmarks> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a part of a side that is a u32"
        )]
        let shrunk = |length: u32| ((length as f32 * factor) as u32).max(1);
        let small = photo.resized(shrunk(photo.width), shrunk(photo.height));
        #[expect(clippy::cast_precision_loss, reason = "picture sides are below 2^24")]
        let scale = [small.width as f32 / photo.width as f32, small.height as f32 / photo.height as f32];
        let landmarks = self.refined(&small, &detection.moved(scale, [0.0, 0.0]))?;
        let [sx, sy] = scale;
        Ok(landmarks.map(|p| Point::new(p.x / sx, p.y / sy)))
    }
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
