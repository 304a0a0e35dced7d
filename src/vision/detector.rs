//! The face detector YuNet (2023mar, W. Wu, H. Peng, S. Yu: "YuNet: a tiny millisecond-level face detector", 2023):
//! scale, run, decode, non-maximum suppression. Imports `core`, `error`.
//!
//! Input: `[1, 3, H, W]`, NCHW, f32, BGR, 0 to 255, H and W multiples of 32, the picture at the upper left, zeros right and below.
//! Outputs for each stride s of 8, 16 and 32: `cls`, `obj` `[1, n, 1]` (already sigmoid), `bbox` `[1, n, 4]`, `kps` `[1, n, 10]`,
//! n = (H / s) (W / s).

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use crate::core::{Landmarks, Point, Rect};
use crate::error::{Error, Result};

use super::model::{Graph, Output, Plan};
use super::network::Reading;
use super::photo::Photo;

/// What the network sees of a picture.
const BGR: Reading = Reading { places: [2, 1, 0], scale: 1.0, shift: 0.0 };

/// How faces are looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectOptions {
    /// The smallest score that counts as a face, 0 to 1. YuNet's own default of 0.6 suits photos.
    pub score_threshold: f32,
    /// Two boxes whose intersection over union is above this are the same face, 0 to 1.
    pub nms_iou: f32,
    /// Whether a second pass over each face's own crop makes its landmarks more exact.
    pub refine: bool,
    /// Whether photos larger than the detector's input are also searched in tiles, so that small faces are found.
    pub small_faces: bool,
}

impl Default for DetectOptions {
    fn default() -> Self {
        Self { score_threshold: 0.6, nms_iou: 0.3, refine: true, small_faces: true }
    }
}

/// One face that the detector saw; the coordinates are those of the picture that was given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// The face's box.
    pub box_px: Rect,
    /// The five landmarks.
    pub landmarks: Landmarks,
    /// sqrt(class score * objectness), 0 to 1.
    pub score: f32,
}

impl Detection {
    /// The detection with every coordinate passed through `x' = x * scale + shift`.
    #[must_use]
    pub fn moved(&self, scale: [f32; 2], shift: [f32; 2]) -> Self {
        let [sx, sy] = scale;
        let [dx, dy] = shift;
        let b = self.box_px;
        Self {
            box_px: Rect::new(b.x * sx + dx, b.y * sy + dy, b.w * sx, b.h * sy),
            landmarks: self.landmarks.map(|p| Point::new(p.x * sx + dx, p.y * sy + dy)),
            score: self.score,
        }
    }
}

/// Height and width of an input, in pixels.
type Sides = [u32; 2];

/// The detector with plans for the sizes of input that it saw last.
pub struct Detector {
    graph: Graph,
    /// The latest last.
    plans: Mutex<Vec<(Sides, Plan)>>,
}

impl Detector {
    /// The long side of the input for whole pictures, in pixels.
    pub const SIDE: u32 = 640;

    /// What the sides of an input are multiples of: the largest stride.
    const STEP: u32 = 32;
    /// The shortest side of an input, which the largest stride makes three pixels.
    const LEAST: u32 = 96;
    /// How many plans are kept: those of the usual shapes of photos, upright and lying, and of the second pass. Each has the
    /// weights, a quarter of a megabyte.
    const PLANS: usize = 16;

    /// Reads the ONNX file.
    ///
    /// # Errors
    /// `ModelInvalid` when it is not a graph that runs here.
    pub fn new(onnx: &[u8]) -> Result<Self> {
        let detector = Self { graph: Graph::parse("detector", onnx)?, plans: Mutex::default() };
        // To see that it runs, at a size that the second look at a face needs anyway.
        detector.plan([160, 160])?;
        Ok(detector)
    }

    /// Faces in a picture, which is scaled so that its long side is `side`. Coordinates are `photo`'s pixels.
    ///
    /// # Errors
    /// `ModelInvalid` when the model does not have YuNet's outputs.
    pub fn detect(&self, photo: &Photo, side: u32, score_threshold: f32, nms_iou: f32) -> Result<Vec<Detection>> {
        let scaled = scaled(photo, side);
        #[expect(clippy::cast_precision_loss, reason = "picture sides are below 2^24")]
        let scale = [photo.width as f32 / scaled.width as f32, photo.height as f32 / scaled.height as f32];
        let found = self.detect_unscaled(&scaled, score_threshold, nms_iou)?;
        Ok(found.iter().map(|d| d.moved(scale, [0.0, 0.0])).collect())
    }

    /// Faces in a picture, whose pixels the network sees as they are.
    ///
    /// # Errors
    /// `ModelInvalid` when the model does not have YuNet's outputs.
    pub fn detect_unscaled(&self, photo: &Photo, score_threshold: f32, nms_iou: f32) -> Result<Vec<Detection>> {
        let sides = [photo.height, photo.width].map(|side| side.next_multiple_of(Self::STEP).max(Self::LEAST));
        let [height, width] = sides;
        let is_whole = sides == [photo.height, photo.width];
        let input = if is_whole { Cow::Borrowed(photo) } else { Cow::Owned(photo.window(0, 0, width, height)) };
        let outputs = self.plan(sides)?.run(&input.rgb)?;
        let mut found = Vec::new();
        for stride in [8, 16, 32] {
            decode_stride(&outputs, stride, sides.map(|side| side / stride), score_threshold, &mut found)?;
        }
        Ok(suppress(found, nms_iou))
    }

    fn plan(&self, sides: Sides) -> Result<Plan> {
        // A thread that panicked with the lock left whole plans.
        let plans = || self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |plans: &mut Vec<(Sides, Plan)>| {
            let at = plans.iter().position(|(of, _)| *of == sides)?;
            let entry = plans.remove(at);
            let plan = entry.1.clone();
            plans.push(entry);
            Some(plan)
        };
        if let Some(plan) = known(&mut plans()) {
            return Ok(plan);
        }
        let [height, width] = sides.map(|side| side as usize);
        let plan = self.graph.fit(height, width)?.plan(BGR)?;
        let mut plans = plans();
        // Another thread may have been as fast.
        if known(&mut plans).is_none() {
            let surplus = (plans.len() + 1).saturating_sub(Self::PLANS);
            plans.drain(..surplus);
            plans.push((sides, plan.clone()));
        }
        Ok(plan)
    }
}

/// The picture scaled so that its long side is `side`.
fn scaled(photo: &Photo, side: u32) -> Cow<'_, Photo> {
    let long = photo.width.max(photo.height).max(1);
    if long == side {
        return Cow::Borrowed(photo);
    }
    let scaled = |length: u32| {
        // Rounds half to even as the reference does, so that both make the same size.
        let exact = f64::from(length) * f64::from(side) / f64::from(long);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most `side`")]
        let rounded = exact.round_ties_even() as u32;
        rounded.max(1)
    };
    Cow::Owned(photo.resized(scaled(photo.width), scaled(photo.height)))
}

#[expect(clippy::cast_precision_loss, reason = "grid positions are below 2^24")]
fn decode_stride(
    outputs: &[Output],
    stride: u32,
    [rows, cols]: [u32; 2],
    threshold: f32,
    found: &mut Vec<Detection>,
) -> Result<()> {
    let cells = (rows * cols) as usize;
    let [cls, obj, boxes, points] = [("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)].map(|(kind, width)| {
        let name = format!("{kind}_{stride}");
        let output = outputs.iter().find(|o| o.name == name);
        let values = output.map(|o| o.values.as_slice()).filter(|v| v.len() == cells * width);
        values.ok_or_else(|| wrong(format!("its output {name} is missing or has not {cells} x {width} numbers")))
    });
    let (cls, obj) = (cls?, obj?);
    let (boxes, points) = (boxes?.as_chunks::<4>().0, points?.as_chunks::<10>().0);
    let s = stride as f32;
    for (cell, (((cls, obj), b), k)) in (0_u32..).zip(cls.iter().zip(obj).zip(boxes).zip(points)) {
        let score = (cls.clamp(0.0, 1.0) * obj.clamp(0.0, 1.0)).sqrt();
        if !score.is_finite() || score < threshold {
            continue;
        }
        let (col, row) = ((cell % cols) as f32, (cell / cols) as f32);
        let [bx, by, bw, bh] = *b;
        let (w, h) = (bw.exp() * s, bh.exp() * s);
        let box_px = Rect::new((col + bx) * s - w / 2.0, (row + by) * s - h / 2.0, w, h);
        let mut landmarks = Landmarks::default();
        for (point, xy) in landmarks.0.iter_mut().zip(k.as_chunks::<2>().0) {
            let [x, y] = *xy;
            *point = Point::new((col + x) * s, (row + y) * s);
        }
        // A foreign model may answer anything; what is not finite is no face.
        let numbers = [box_px.x, box_px.y, box_px.w, box_px.h].into_iter();
        if numbers.chain(landmarks.0.iter().flat_map(|p| [p.x, p.y])).all(f32::is_finite) {
            found.push(Detection { box_px, landmarks, score });
        }
    }
    Ok(())
}

/// Greedy non-maximum suppression: the best score first, ties by position so that the order of the input does not matter.
pub(super) fn suppress(mut found: Vec<Detection>, nms_iou: f32) -> Vec<Detection> {
    found.sort_by(|a, b| {
        let place = |d: &Detection| (d.box_px.y, d.box_px.x, d.box_px.w, d.box_px.h);
        b.score.total_cmp(&a.score).then_with(|| place(a).partial_cmp(&place(b)).unwrap_or(std::cmp::Ordering::Equal))
    });
    let mut kept: Vec<Detection> = Vec::new();
    for candidate in found {
        if kept.iter().all(|k| k.box_px.iou(&candidate.box_px) <= nms_iou) {
            kept.push(candidate);
        }
    }
    kept
}

fn wrong(reason: String) -> Error {
    Error::ModelInvalid { model: "detector".to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(x: f32, y: f32, score: f32) -> Detection {
        Detection { box_px: Rect::new(x, y, 10.0, 10.0), landmarks: Landmarks::default(), score }
    }

    #[test]
    fn of_two_overlapping_boxes_the_better_stays() {
        let kept = suppress(vec![at(0.0, 0.0, 0.7), at(1.0, 0.0, 0.9), at(30.0, 0.0, 0.6)], 0.3);
        assert_eq!(kept.iter().map(|d| d.score).collect::<Vec<_>>(), [0.9, 0.6]);
    }

    proptest! {
        #[test]
        fn suppression_does_not_depend_on_the_order(
            boxes in prop::collection::vec((0_u8..60, 0_u8..60, 0_u8..4), 0..30), seed in 0_usize..1000,
        ) {
            let list: Vec<_> = boxes.iter().map(|(x, y, s)| at(f32::from(*x), f32::from(*y), f32::from(*s) / 4.0)).collect();
            let mut turned = list.clone();
            turned.rotate_left(seed % list.len().max(1));
            turned.reverse();
            prop_assert_eq!(suppress(list, 0.3), suppress(turned, 0.3));
        }
    }
}
