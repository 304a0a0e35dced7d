//! The embedder: an aligned 112 x 112 crop to a unit vector. Imports `core`, `error`.
//!
//! Two models are known by the length of their output: FaceX-Zoo's MobileFaceNet (512, BGR, (x - 127.5) / 128) and
//! `SFace` (128, RGB, 0 to 255 raw). Input `[1, 3, 112, 112]`, NCHW, f32.

use crate::core::{EmbedderInfo, Embedding, sha256};
use crate::error::{Error, Result};

use super::align::CROP_SIDE;
use super::model::{Graph, Plan};
use super::photo::Photo;

/// A loaded embedder.
pub struct Embedder {
    info: EmbedderInfo,
    plan: Plan,
}

impl Embedder {
    /// Reads the ONNX file and recognises which of the two models it is.
    ///
    /// # Errors
    /// `ModelInvalid` when it is not a graph that runs here or its output has neither 512 nor 128 numbers.
    pub fn new(onnx: &[u8]) -> Result<Self> {
        let side = CROP_SIDE as usize;
        let plan = Graph::parse("embedder", onnx)?.plan([1, 3, side, side])?;
        // The length of the output is what tells the models apart, so it is asked for by running once.
        let dim = run(&plan, &vec![0.0; 3 * side * side])?.len();
        let id = match dim {
            512 => "facex-mobilefacenet-mv",
            128 => "sface-2021dec",
            other => return Err(wrong(format!("its output has {other} numbers; 512 or 128 are known"))),
        };
        let info = EmbedderInfo { id: id.to_owned(), sha256: sha256(onnx).to_string(), dim };
        Ok(Self { info, plan })
    }

    /// Which model this is.
    #[must_use]
    pub fn info(&self) -> &EmbedderInfo {
        &self.info
    }

    /// The embedding of an aligned 112 x 112 crop.
    ///
    /// # Errors
    /// `Internal` for a crop of another size; `EmbeddingInvalid` when the model answers no usable vector.
    pub fn embed(&self, crop: &Photo) -> Result<Embedding> {
        if (crop.width, crop.height) != (CROP_SIDE, CROP_SIDE) {
            let reason = format!("an aligned crop of {} x {} pixels", crop.width, crop.height);
            return Err(Error::Internal { reason });
        }
        let planes = if self.info.dim == 128 {
            planes(crop, [0, 1, 2], |v| v)
        } else {
            planes(crop, [2, 1, 0], |v| (v - 127.5) / 128.0)
        };
        Embedding::new(run(&self.plan, &planes)?)
    }
}

/// `[3, H, W]` of a picture, the channels in the order named, each value passed through `f`.
pub(super) fn planes(photo: &Photo, channels: [usize; 3], f: impl Fn(f32) -> f32) -> Vec<f32> {
    let pixels = photo.rgb.as_chunks::<3>().0;
    let mut out = Vec::with_capacity(photo.rgb.len());
    for channel in channels {
        out.extend(pixels.iter().map(|p| f(p.get(channel).map_or(0.0, |v| f32::from(*v)))));
    }
    out
}

fn run(plan: &Plan, planes: &[f32]) -> Result<Vec<f32>> {
    let mut outputs = plan.run(planes)?;
    match outputs.pop() {
        Some(only) if outputs.is_empty() => Ok(only.values),
        _ => Err(wrong("it has not exactly one output".to_owned())),
    }
}

fn wrong(reason: String) -> Error {
    Error::ModelInvalid { model: "embedder".to_owned(), reason }
}
