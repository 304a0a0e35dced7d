//! From image bytes to faces and embeddings: decode, resample, detect, align, embed, expression, quality.
//!
//! Imports `kernels`, `core` and `error`. No I/O: models and photos come in as bytes. Only `model` names tract.

mod align;
mod decode;
mod detector;
mod embedder;
mod engine;
mod expression;
mod jpeg;
mod jpeg_markers;
mod model;
mod network;
mod photo;
mod quality;
mod resample;
#[cfg(feature = "bench")]
mod runner;
mod tiles;

pub use align::{CROP_SIDE, alignment};
pub use decode::{DecodeLimits, image_format_name};
pub use detector::{DetectOptions, Detection, Detector};
pub use embedder::Embedder;
pub use engine::{Engine, EngineModels, Face, MIN_FACE_PX};
pub use expression::{EXPRESSION_LABELS, Expression, ExpressionScores};
pub use photo::Photo;
pub use quality::Quality;
#[cfg(feature = "bench")]
pub use runner::ModelRunner;
