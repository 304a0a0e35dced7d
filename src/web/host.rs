//! What is taken from the JavaScript host: timers, `fetch`, random ids, properties of objects, the base address.

use std::fmt::Write as _;

use js_sys::{Function, Promise, Reflect, Uint8Array, global};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::RequestInit;

use crate::core::{Digest, sha256};

#[wasm_bindgen]
extern "C" {
    /// The global `fetch`, which windows, workers and Node have.
    #[wasm_bindgen(js_name = fetch, catch)]
    pub(super) async fn fetch(url: &str, init: &RequestInit) -> Result<JsValue, JsValue>;

    /// The global `setTimeout`; answers a number, or an object in Node.
    #[wasm_bindgen(js_name = setTimeout)]
    pub(super) fn set_timeout(call: &Function, milliseconds: f64) -> JsValue;

    /// The global `clearTimeout`.
    #[wasm_bindgen(js_name = clearTimeout)]
    pub(super) fn clear_timeout(id: &JsValue);
}

/// A property of an object; `undefined` where there is none, and of anything that is no object.
pub(super) fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Sets a property. The objects that this is called for are our own, so it does not fail.
pub(super) fn set(object: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

/// A property that is neither `undefined` nor `null`.
pub(super) fn given(object: &JsValue, name: &str) -> Option<JsValue> {
    Some(get(object, name)).filter(|value| !value.is_undefined() && !value.is_null())
}

/// The address that relative addresses start from: the document's base, or the worker script's own address.
pub(super) fn base_address() -> Option<String> {
    let scope = global();
    let document = get(&get(&scope, "document"), "baseURI").as_string();
    document.or_else(|| get(&get(&scope, "location"), "href").as_string())
}

/// A random UUID (version 4).
pub(super) fn request_id() -> String {
    let crypto = get(&global(), "crypto");
    if let Some(made) = call_method(&crypto, "randomUUID", None).and_then(|id| id.as_string()) {
        return made;
    }
    // `randomUUID` is missing in insecure contexts, where `getRandomValues` is there all the same.
    let array = Uint8Array::new_with_length(16);
    let mut bytes = [0_u8; 16];
    if call_method(&crypto, "getRandomValues", Some(&array)).is_some() {
        array.copy_to(&mut bytes);
    } else {
        bytes = bytes.map(|_| random_byte());
    }
    uuid_of(bytes)
}

fn call_method(object: &JsValue, name: &str, argument: Option<&JsValue>) -> Option<JsValue> {
    let function: Function = get(object, name).dyn_into().ok()?;
    match argument {
        Some(argument) => function.call1(object, argument).ok(),
        None => function.call0(object).ok(),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255 by construction")]
fn random_byte() -> u8 {
    (js_sys::Math::random() * 256.0) as u8
}

/// The text of a version 4 UUID of these random bytes (RFC 9562, 5.4).
fn uuid_of(mut bytes: [u8; 16]) -> String {
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = (*version & 0x0f) | 0x40;
    *variant = (*variant & 0x3f) | 0x80;
    let mut text = String::with_capacity(36);
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The SHA-256 of bytes: the browser's own, which is many times as fast, where it has one (in secure contexts).
/// `copy` has the same bytes.
pub(super) async fn digest(bytes: &[u8], copy: &Uint8Array) -> Digest {
    let subtle = get(&get(&global(), "crypto"), "subtle");
    let by_browser = async {
        let function: Function = get(&subtle, "digest").dyn_into().ok()?;
        let promise: Promise = function.call2(&subtle, &"SHA-256".into(), copy).ok()?.dyn_into().ok()?;
        let hash = Uint8Array::new(&JsFuture::from(promise).await.ok()?);
        <[u8; 32]>::try_from(hash.to_vec()).ok()
    };
    by_browser.await.map_or_else(|| sha256(bytes), Digest)
}

/// Bytes of WebAssembly memory in use.
pub(super) fn memory_bytes() -> f64 {
    get(&get(&wasm_bindgen::memory(), "buffer"), "byteLength").as_f64().unwrap_or(0.0)
}
