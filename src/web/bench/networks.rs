//! One model by itself, and the pipeline from a photo's bytes to embeddings.

use js_sys::{Array, Float32Array, Object};
use wasm_bindgen::prelude::*;

use super::answered;
use crate::error::{Error, Result};
use crate::vision::{DecodeLimits, DetectOptions, Engine, EngineModels, Face, ModelRunner, Photo};
use crate::web::host::set;

/// A model that is ready to run.
#[wasm_bindgen]
pub struct BenchModel {
    runner: ModelRunner,
}

#[wasm_bindgen]
impl BenchModel {
    /// Reads an ONNX file for inputs of this shape.
    ///
    /// # Errors
    /// A `VisavisError` where it is not a graph that runs here.
    #[wasm_bindgen(constructor)]
    pub fn new(onnx: &[u8], shape: &[u32]) -> Result<BenchModel, JsValue> {
        let sides: Vec<usize> = shape.iter().map(|side| *side as usize).collect();
        let runner = match sides.as_slice() {
            [1, 3, height, width] => ModelRunner::new(onnx, *height, *width),
            _ => Err(Error::invalid("shape", format!("{shape:?}; [1, 3, height, width] is wanted"))),
        };
        Ok(Self { runner: answered(runner)? })
    }

    /// The outputs for one input, in the order of the file.
    ///
    /// # Errors
    /// A `VisavisError` where the input has another length.
    pub fn run(&self, input: &Float32Array) -> Result<Vec<Float32Array>, JsValue> {
        // Copied once, to where the first layer reads it.
        let outputs = answered(self.runner.run(|numbers| {
            let is_whole = usize::try_from(input.length()) == Ok(numbers.len());
            if is_whole {
                input.copy_to(numbers);
            }
            is_whole
        }))?;
        Ok(outputs.iter().map(|(_, values)| Float32Array::from(values.as_slice())).collect())
    }
}

/// Detector and embedder.
#[wasm_bindgen]
pub struct BenchPipeline {
    engine: Engine,
    options: DetectOptions,
}

#[wasm_bindgen]
impl BenchPipeline {
    /// Prepares both models. `refine` and `small_faces` are those of `detectFaces`: without them, the detector looks once at the whole picture.
    ///
    /// # Errors
    /// A `VisavisError` naming the model that cannot be used.
    #[wasm_bindgen(constructor)]
    pub fn new(detector: &[u8], embedder: &[u8], refine: bool, small_faces: bool) -> Result<BenchPipeline, JsValue> {
        let engine = answered(Engine::new(&EngineModels {
            detector,
            embedder,
            embedder_sha256: crate::core::sha256(embedder),
            expression: None,
        }))?;
        Ok(Self { engine, options: DetectOptions { refine, small_faces, ..DetectOptions::default() } })
    }

    /// The faces of a photo, from the bytes of its file, by descending area: `{ box: { x, y, w, h }, score, embedding }`.
    ///
    /// # Errors
    /// A `VisavisError` of the decoder or of the models.
    pub fn process(&self, file: &[u8]) -> Result<Array, JsValue> {
        answered(self.faces(file)).map(|faces| faces.into_iter().collect())
    }
}

impl BenchPipeline {
    fn faces(&self, file: &[u8]) -> Result<Vec<Object>> {
        let photo = Photo::decode(file, &DecodeLimits::default())?;
        let faces = self.engine.detect(&photo, &self.options)?;
        faces.iter().map(|face| self.object(face)).collect()
    }

    fn object(&self, face: &Face) -> Result<Object> {
        let embedding = self.engine.embed(face)?;
        let (sides, object) = (Object::new(), Object::new());
        for (name, value) in [("x", face.box_px.x), ("y", face.box_px.y), ("w", face.box_px.w), ("h", face.box_px.h)] {
            set(&sides, name, &value.into());
        }
        set(&object, "box", &sides);
        set(&object, "score", &face.score.into());
        set(&object, "embedding", &Float32Array::from(embedding.as_slice()));
        Ok(object)
    }
}
