//! The Cache API, where there is one: not in Node, nor in pages without HTTPS. All of it is best effort: what fails counts as not there.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Promise, Reflect, Uint8Array, global};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};
use web_sys::{Cache, CacheStorage, Request, Response};

/// What the cache was good for so far.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(super) struct CacheCounts {
    /// Whether the Cache API is there and a name for the cache was given.
    pub(super) available: bool,
    /// Files that came from it.
    pub(super) hits: u32,
    /// Files that were not in it.
    pub(super) misses: u32,
    /// Files that were written to it.
    pub(super) writes: u32,
    /// Copies that were not what was promised, and were dropped.
    pub(super) dropped: u32,
}

/// One named cache.
pub(super) struct FileCache {
    name: Option<String>,
    counts: Cell<CacheCounts>,
}

impl FileCache {
    /// The cache of this name; `None` or an empty name for none.
    pub(super) fn new(name: Option<String>) -> Self {
        let name = name.filter(|name| !name.is_empty());
        let available = name.is_some() && storage().is_some();
        Self { name, counts: Cell::new(CacheCounts { available, ..CacheCounts::default() }) }
    }

    pub(super) fn counts(&self) -> CacheCounts {
        self.counts.get()
    }

    /// The bytes that are kept for `key`. Those that are not what was promised are to be given to `reject`.
    pub(super) async fn read(&self, key: &str) -> Option<Vec<u8>> {
        let found = self.read_any(key).await;
        self.count(|counts| if found.is_some() { counts.hits += 1 } else { counts.misses += 1 });
        found
    }

    /// Drops what was read.
    pub(super) async fn reject(&self, key: &str) {
        self.count(|counts| {
            counts.hits -= 1;
            counts.dropped += 1;
        });
        self.remove(key).await;
    }

    async fn read_any(&self, key: &str) -> Option<Vec<u8>> {
        let response = JsFuture::from(self.open().await?.match_with_str(key)).await.ok()?;
        let response: Response = response.dyn_into().ok()?;
        let buffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
        Some(Uint8Array::new(&buffer).to_vec())
    }

    /// Keeps bytes while the caller goes on. The promise is fulfilled with whether they are kept: a full disk or a key that is no http
    /// address is no error.
    pub(super) fn write_soon(self: &Rc<Self>, key: &str, bytes: Uint8Array) -> Promise {
        let (this, key) = (Rc::clone(self), key.to_owned());
        future_to_promise(async move { Ok(this.write(&key, &bytes).await.into()) })
    }

    /// When all of these are kept, and `last` too, drops the files directly inside `folder` for which `current` answers no to their name.
    pub(super) fn settle_soon(
        self: &Rc<Self>,
        written: Vec<Promise>,
        last: Option<(String, Uint8Array)>,
        folder: String,
        current: impl Fn(&str) -> bool + 'static,
    ) {
        let this = Rc::clone(self);
        spawn_local(async move {
            for write in written {
                if JsFuture::from(write).await != Ok(JsValue::TRUE) {
                    return;
                }
            }
            let is_kept = match last {
                Some((key, bytes)) => this.write(&key, &bytes).await,
                None => true,
            };
            if is_kept {
                this.prune(&folder, &current).await;
            }
        });
    }

    /// Whether the bytes are kept now.
    async fn write(&self, key: &str, bytes: &Uint8Array) -> bool {
        let Some(cache) = self.open().await else { return false };
        let Ok(response) = Response::new_with_opt_js_u8_array(Some(bytes)) else { return false };
        let is_kept = JsFuture::from(cache.put_with_str(key, &response)).await.is_ok();
        self.count(|counts| counts.writes += u32::from(is_kept));
        is_kept
    }

    async fn remove(&self, key: &str) {
        if let Some(cache) = self.open().await {
            let _ = JsFuture::from(cache.delete_with_str(key)).await;
        }
    }

    async fn prune(&self, folder: &str, keep: &dyn Fn(&str) -> bool) {
        let Some(cache) = self.open().await else { return };
        let Ok(keys) = JsFuture::from(cache.keys()).await else { return };
        let requests = Array::from(&keys).to_vec().into_iter().filter_map(|key| key.dyn_into::<Request>().ok());
        for address in requests.map(|request| request.url()) {
            let name = address.strip_prefix(folder).filter(|name| !name.contains('/'));
            if name.is_some_and(|name| !keep(name)) {
                self.remove(&address).await;
            }
        }
    }

    async fn open(&self) -> Option<Cache> {
        let storage = storage()?;
        JsFuture::from(storage.open(self.name.as_deref()?)).await.ok()?.dyn_into().ok()
    }

    fn count(&self, change: impl FnOnce(&mut CacheCounts)) {
        let mut counts = self.counts.get();
        change(&mut counts);
        self.counts.set(counts);
    }
}

/// The global `caches`. Reading it throws in frames without an origin.
fn storage() -> Option<CacheStorage> {
    Reflect::get(&global(), &"caches".into()).ok()?.dyn_into().ok()
}
