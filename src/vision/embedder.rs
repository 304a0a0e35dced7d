//! The embedder: an aligned 112 x 112 crop to a unit vector. Imports `core`, `error`.
//!
//! Two models are known by the length of their output: FaceX-Zoo's MobileFaceNet (512, BGR, (x - 127.5) / 128) and
//! `SFace` (128, RGB, 0 to 255 raw). Input `[1, 3, 112, 112]`, NCHW, f32.

use crate::core::{Digest, EmbedderInfo, Embedding};
use crate::error::{Error, Result};

use super::align::CROP_SIDE;
use super::model::{Graph, Plan};
use super::network::Reading;
use super::photo::Photo;

const FACEX: Reading = Reading { places: [2, 1, 0], scale: 1.0 / 128.0, shift: -127.5 / 128.0 };
const SFACE: Reading = Reading { places: [0, 1, 2], scale: 1.0, shift: 0.0 };

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
    pub fn new(onnx: &[u8], sha256: Digest) -> Result<Self> {
        let side = CROP_SIDE as usize;
        let fitted = Graph::parse("embedder", onnx)?.fit(side, side)?;
        // The length of the output is what tells the models apart.
        let (id, dim, reading) = match fitted.output_lengths()[..] {
            [512] => ("facex-mobilefacenet-mv", 512, FACEX),
            [128] => ("sface-2021dec", 128, SFACE),
            [other] => return Err(wrong(format!("its output has {other} numbers; 512 or 128 are known"))),
            _ => return Err(wrong("it has not exactly one output".to_owned())),
        };
        let plan = fitted.plan(reading)?;
        let info = EmbedderInfo { id: id.to_owned(), sha256: sha256.to_string(), dim };
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
        let values = self.plan.run(&crop.rgb)?.pop().map(|output| output.values);
        Embedding::new(values.unwrap_or_default())
    }
}

fn wrong(reason: String) -> Error {
    Error::ModelInvalid { model: "embedder".to_owned(), reason }
}
