//! Errors as JavaScript sees them: a real `Error` named `VisavisError` with `code`, `message`, `requestId` and `parameter`.

use wasm_bindgen::JsValue;

use super::host::{request_id, set};
use crate::error::{Error, Result};

/// The `Error` object for a failed call.
pub(super) fn js_error(error: &Error, request_id: &str) -> JsValue {
    let object = js_sys::Error::new(&error.to_string());
    object.set_name("VisavisError");
    set(&object, "code", &error.code().into());
    set(&object, "requestId", &request_id.into());
    if let Some(parameter) = error.parameter() {
        set(&object, "parameter", &parameter.into());
    }
    object.into()
}

/// Runs a call under a new request id; its error becomes an `Error` object that carries the id.
pub(super) async fn answer<T>(call: impl AsyncFnOnce(String) -> Result<T>) -> Result<T, JsValue> {
    let id = request_id();
    call(id.clone()).await.map_err(|error| js_error(&error, &id))
}
