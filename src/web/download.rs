//! One download: `fetch`, the body read piece by piece, failures to our errors. Dropping the future ends the request.

use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStream, ReadableStreamDefaultReader, RequestCache, RequestInit, Response};

use super::address::shortened;
use super::host::{fetch, get};
use crate::error::{Error, Result};

/// Room that is made before the first byte is there, at most: a wrong length in a manifest must not cost memory.
const MAX_RESERVED_BYTES: usize = 16 << 20;

/// What to fetch, and by what.
pub(super) struct Wanted<'a> {
    /// Absolute.
    pub(super) url: &'a str,
    /// What the browser's own HTTP cache is good for.
    pub(super) mode: RequestCache,
    /// At most so many bytes are read, and a little more; whoever gives a limit sees from the length that it was passed.
    pub(super) limit: u64,
    /// Takes the place of the global `fetch`.
    pub(super) fetch: Option<&'a Function>,
}

/// Ends the request when it is dropped before it is complete. Afterwards it does nothing.
struct Request {
    controller: AbortController,
}

impl Drop for Request {
    fn drop(&mut self) {
        self.controller.abort();
    }
}

/// The bytes at an address. `on_bytes` is told how many bytes are there: 0 when the answer begins, then each time that some arrive.
///
/// # Errors
/// `DownloadFailed` for a failing status, `DownloadBlocked` when there is no answer that the page may read.
pub(super) async fn download(wanted: &Wanted<'_>, on_bytes: &dyn Fn(u64)) -> Result<Vec<u8>> {
    let Wanted { url, mode, limit, fetch: own_fetch } = *wanted;
    let blocked = |_: JsValue| Error::DownloadBlocked { url: shortened(url) };
    let request = Request { controller: AbortController::new().map_err(blocked)? };
    let init = RequestInit::new();
    init.set_signal(Some(&request.controller.signal()));
    init.set_cache(mode);
    let response: Response = match own_fetch {
        Some(own_fetch) => call_fetch(own_fetch, url, &init).await,
        None => fetch(url, &init).await,
    }
    .map_err(blocked)?
    .unchecked_into();
    if !response.ok() {
        return Err(Error::DownloadFailed { url: shortened(url), status: response.status() });
    }
    on_bytes(0);
    if let Some(body) = response.body() {
        return read_stream(&body, limit, on_bytes).await.map_err(blocked);
    }
    let buffer = JsFuture::from(response.array_buffer().map_err(blocked)?).await.map_err(blocked)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

async fn call_fetch(own_fetch: &Function, url: &str, init: &RequestInit) -> Result<JsValue, JsValue> {
    let answer = own_fetch.call2(&JsValue::UNDEFINED, &url.into(), init)?;
    JsFuture::from(Promise::resolve(&answer)).await
}

async fn read_stream(body: &ReadableStream, limit: u64, on_bytes: &dyn Fn(u64)) -> Result<Vec<u8>, JsValue> {
    let reader = ReadableStreamDefaultReader::new(body)?;
    let mut bytes = Vec::with_capacity(usize::try_from(limit).map_or(0, |n| n.min(MAX_RESERVED_BYTES)));
    loop {
        let step = JsFuture::from(reader.read()).await?;
        if get(&step, "done").is_truthy() {
            return Ok(bytes);
        }
        let piece: Uint8Array = get(&step, "value").unchecked_into();
        let start = bytes.len();
        bytes.resize(start + piece.length() as usize, 0);
        if let Some(room) = bytes.get_mut(start..) {
            piece.copy_to(room);
        }
        on_bytes(bytes.len() as u64);
        if bytes.len() as u64 > limit {
            return Ok(bytes);
        }
    }
}
