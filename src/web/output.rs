//! What a page gets back: plain JavaScript objects from serialisable types.

use js_sys::{Float32Array, Object, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

use super::cache::CacheCounts;
use super::failure::js_error;
use super::host::set;
use crate::core::EmbedderInfo;
use crate::error::{Error, Result};
use crate::operations::{FaceObject, StateChange};

/// Which model makes the embeddings.
#[derive(Serialize)]
pub(super) struct EmbedderObject {
    id: String,
    sha256: String,
    dim: usize,
}

impl EmbedderObject {
    pub(super) fn of(info: &EmbedderInfo) -> Self {
        Self { id: info.id.clone(), sha256: info.sha256.clone(), dim: info.dim }
    }
}

/// The answer of `detectFaces` and, with `embedder`, of `embedFaces`.
#[derive(Serialize)]
pub(super) struct FacesResult {
    pub(super) width: u32,
    pub(super) height: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) embedder: Option<EmbedderObject>,
    pub(super) faces: Vec<FaceResult>,
}

/// One face, with its embedding where that was asked for.
#[derive(Serialize)]
pub(super) struct FaceResult {
    #[serde(flatten)]
    pub(super) face: FaceObject,
    /// A `Float32Array`.
    #[serde(with = "serde_wasm_bindgen::preserve", skip_serializing_if = "JsValue::is_undefined")]
    pub(super) embedding: JsValue,
}

impl FaceResult {
    pub(super) fn new(face: FaceObject, embedding: Option<&[f32]>) -> Self {
        Self { face, embedding: embedding.map_or(JsValue::UNDEFINED, |values| Float32Array::from(values).into()) }
    }
}

/// The answer of `compareFaces`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CompareResult {
    pub(super) cosine: f32,
    pub(super) score: f32,
    pub(super) same: bool,
    pub(super) threshold: f32,
    pub(super) face_a: FaceObject,
    pub(super) face_b: FaceObject,
}

/// What is known of a library; counts are zero while it is not open.
#[derive(Serialize, Clone, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct LibraryStats {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) open: bool,
    pub(super) faces: usize,
    pub(super) media: usize,
    pub(super) entities: usize,
    pub(super) shards: usize,
    pub(super) open_shards: usize,
    pub(super) bytes: u64,
    pub(super) access: &'static str,
}

/// The answer of `stats`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stats {
    pub(super) embedder: EmbedderObject,
    pub(super) libraries: Vec<LibraryStats>,
    pub(super) tokens: usize,
    pub(super) memory_bytes: f64,
    pub(super) searches: u32,
    pub(super) photos: u32,
    pub(super) cache: CacheCounts,
}

/// The answer of `engineInfo`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EngineInfo {
    pub(super) version: &'static str,
    pub(super) simd: bool,
    pub(super) relaxed_simd: bool,
    pub(super) embedder: EmbedderObject,
    pub(super) expression: bool,
}

/// A value as plain objects, arrays, numbers and strings.
///
/// # Errors
/// `Internal` when it cannot be expressed, which does not happen for our types.
pub(super) fn to_js(value: &impl Serialize) -> Result<JsValue> {
    let serializer = || serde_wasm_bindgen::Serializer::new().serialize_maps_as_objects(true);
    // Ids that came from elsewhere can be too large for a JavaScript number: those, and only those, are BigInts.
    let exact = || serializer().serialize_large_number_types_as_bigints(true);
    let written =
        value.serialize(&serializer()).or_else(|_| value.serialize(&exact()).map(|exact| with_numbers(&exact)));
    written.map_err(|e| Error::Internal { reason: format!("result: {e}") })
}

/// The same plain value with a number for every BigInt that one can hold. In place, except for a BigInt itself.
fn with_numbers(value: &JsValue) -> JsValue {
    if value.is_bigint() {
        let number = js_sys::Number::from(value.clone());
        return if js_sys::Number::is_safe_integer(&number) { number.into() } else { value.clone() };
    }
    if value.is_object() {
        for key in Object::keys(value.unchecked_ref::<Object>()).iter() {
            let member = Reflect::get(value, &key).unwrap_or(JsValue::UNDEFINED);
            let _ = Reflect::set(value, &key, &with_numbers(&member));
        }
    }
    value.clone()
}

/// A record of what the client remembers.
pub(super) fn change_to_js(change: &StateChange) -> JsValue {
    let object = Object::new();
    set(&object, "store", &change.store.as_str().into());
    set(&object, "key", &change.key.as_str().into());
    if let Some(bytes) = &change.value {
        set(&object, "value", &Uint8Array::from(bytes.as_slice()));
    }
    object.into()
}

/// As `to_js`, for a binding.
///
/// # Errors
/// The `Error` object.
pub(super) fn to_js_now(value: &impl Serialize) -> Result<JsValue, JsValue> {
    to_js(value).map_err(|error| js_error(&error, &super::host::request_id()))
}
