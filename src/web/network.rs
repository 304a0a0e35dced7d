//! Files with a promised length and hash, from the cache or the network, with time limit and progress.

use std::rc::Rc;

use js_sys::{Function, Object, Promise, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::RequestCache;

use super::address::shortened;
use super::cache::FileCache;
use super::download::{Wanted, download};
use super::host::{digest, set};
use super::wait::while_moving;
use crate::core::Digest;
use crate::error::{Error, Result};

/// The largest photo file that is downloaded.
const MAX_PHOTO_BYTES: u64 = 512 << 20;
/// The largest thumbnail that is downloaded.
const MAX_PICTURE_BYTES: u64 = 4 << 20;
/// The largest `library.json` that is downloaded.
const MAX_MANIFEST_BYTES: u64 = 64 << 20;

/// How this client downloads.
pub(super) struct Network {
    pub(super) cache: Rc<FileCache>,
    /// A download is given up when nothing has come for this long, in milliseconds.
    pub(super) timeout_ms: f64,
    pub(super) progress: Option<Function>,
    /// Takes the place of the global `fetch`.
    pub(super) fetch: Option<Function>,
}

/// A file whose contents are known beforehand.
pub(super) struct PromisedFile<'a> {
    /// Where it is, absolute.
    pub(super) url: &'a str,
    /// Its key in the cache.
    pub(super) key: &'a str,
    /// Its length.
    pub(super) bytes: u64,
    /// Whether a file of this length and SHA-256 is the promised one.
    pub(super) check: &'a dyn Fn(u64, Digest) -> Result<()>,
}

/// What was promised.
pub(super) struct Downloaded {
    pub(super) bytes: Vec<u8>,
    /// Of a file that was not in the cache: fulfilled with whether it is now.
    pub(super) written: Option<Promise>,
}

impl Network {
    /// The bytes of a promised file: from the cache if the copy there is sound, else from the network, and kept.
    ///
    /// A download that is not what was promised is repeated once past the browser's own HTTP cache, which may hold an older file.
    ///
    /// # Errors
    /// What `check` says, and those of `download`.
    pub(super) async fn promised(&self, file: &PromisedFile<'_>, on_bytes: &dyn Fn(u64)) -> Result<Downloaded> {
        if let Some(bytes) = self.cache.read(file.key).await {
            if is_promised(file, &bytes).await.is_ok() {
                on_bytes(bytes.len() as u64);
                return Ok(Downloaded { bytes, written: None });
            }
            self.cache.reject(file.key).await;
        }
        let counted = |bytes: u64| on_bytes(bytes.min(file.bytes));
        let mut bytes = self.get(file.url, RequestCache::Default, file.bytes, &counted).await?;
        let mut copy = is_promised(file, &bytes).await;
        if copy.is_err() {
            bytes = self.get(file.url, RequestCache::Reload, file.bytes, &counted).await?;
            copy = is_promised(file, &bytes).await;
        }
        Ok(Downloaded { bytes, written: Some(self.cache.write_soon(file.key, copy?)) })
    }

    /// The manifest of a library: from the network; where that fails for want of a connection, the copy in the cache. Answers too whether it is fresh.
    ///
    /// # Errors
    /// `LibraryNotFound` for a 404 or 410, and those of `download` where there is no copy.
    pub(super) async fn manifest(&self, library: &str, url: &str) -> Result<(Vec<u8>, bool)> {
        match self.get(url, RequestCache::NoCache, MAX_MANIFEST_BYTES, &|_| ()).await {
            Ok(bytes) => Ok((bytes, true)),
            Err(Error::DownloadFailed { status: 404 | 410, .. }) => {
                Err(Error::LibraryNotFound { library: library.to_owned(), place: shortened(url) })
            }
            Err(error) => {
                let copy = if is_outage(&error) { self.cache.read(url).await } else { None };
                copy.map(|bytes| (bytes, false)).ok_or(error)
            }
        }
    }

    /// The bytes of the photo that `parameter` names.
    ///
    /// # Errors
    /// Those of `download`; `InvalidParameter` naming `parameter` for a file above 512 MiB.
    pub(super) async fn photo(&self, url: &str, parameter: &str) -> Result<Vec<u8>> {
        let bytes = self.get(url, RequestCache::Default, MAX_PHOTO_BYTES, &|_| ()).await?;
        if bytes.len() as u64 > MAX_PHOTO_BYTES {
            return Err(Error::invalid(parameter, format!("{}: the file is larger than 512 MiB", shortened(url))));
        }
        Ok(bytes)
    }

    /// The bytes of a small picture beside a library's tables; `None` where it is not to be had. It is not named by its
    /// contents, so only the browser's own HTTP cache, which asks the server, keeps it.
    pub(super) async fn picture(&self, url: &str) -> Option<Vec<u8>> {
        let bytes = self.get(url, RequestCache::Default, MAX_PICTURE_BYTES, &|_| ()).await.ok()?;
        (bytes.len() as u64 <= MAX_PICTURE_BYTES).then_some(bytes)
    }

    async fn get(&self, url: &str, mode: RequestCache, limit: u64, on_bytes: &dyn Fn(u64)) -> Result<Vec<u8>> {
        while_moving(self.timeout_ms, &shortened(url), async |timer| {
            let moving = |bytes: u64| {
                timer.restart();
                on_bytes(bytes);
            };
            download(&Wanted { url, mode, limit, fetch: self.fetch.as_ref() }, &moving).await
        })
        .await
    }

    /// Tells the page how far a download is. What its function throws is its own affair.
    pub(super) fn report(&self, phase: &str, name: &str, loaded_bytes: u64, total_bytes: u64) {
        let Some(progress) = &self.progress else { return };
        let report = Object::new();
        set(&report, "phase", &phase.into());
        set(&report, "name", &name.into());
        set(&report, "loadedBytes", &js_number(loaded_bytes));
        set(&report, "totalBytes", &js_number(total_bytes));
        let _ = progress.call1(&JsValue::UNDEFINED, &report);
    }
}

/// A copy of the bytes outside of the engine's memory, if they are what was promised.
async fn is_promised(file: &PromisedFile<'_>, bytes: &[u8]) -> Result<Uint8Array> {
    let copy = Uint8Array::from(bytes);
    (file.check)(bytes.len() as u64, digest(bytes, &copy).await)?;
    Ok(copy)
}

/// Whether an error tells of the connection or the server rather than of the file.
fn is_outage(error: &Error) -> bool {
    matches!(
        error,
        Error::DownloadBlocked { .. } | Error::DownloadTimeout { .. } | Error::DownloadFailed { status: 500.., .. }
    )
}

/// A count as a JavaScript number.
#[expect(clippy::cast_precision_loss, reason = "byte counts are far below 2^53")]
pub(super) fn js_number(count: u64) -> JsValue {
    (count as f64).into()
}

/// Shared by all parts of a client.
pub(super) type SharedNetwork = Rc<Network>;
