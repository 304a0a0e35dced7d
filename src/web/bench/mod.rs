//! What comparisons with other libraries call, in a build that is not shipped (feature `bench`). `benches/src/visavis-bench.mjs` wraps it.

mod networks;
mod scan;

pub use networks::{BenchModel, BenchPipeline};
pub use scan::{BenchIndex, BenchLibrary};

use wasm_bindgen::prelude::*;

use super::failure::js_error;
use super::host::request_id;
use crate::error::Result;

/// The value of a call, or its error as JavaScript sees it.
fn answered<T>(result: Result<T>) -> Result<T, JsValue> {
    result.map_err(|error| js_error(&error, &request_id()))
}

/// What a client does while its models are downloaded.
#[wasm_bindgen(js_name = benchWarmUp)]
pub fn bench_warm_up() {
    crate::vision::Engine::warm_up();
}

/// How large the engine's memory is, in bytes.
#[wasm_bindgen(js_name = benchMemoryBytes)]
#[must_use]
pub fn bench_memory_bytes() -> f64 {
    super::host::memory_bytes()
}
