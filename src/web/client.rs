//! `WebClient`, the class that the TypeScript host drives. Each method decodes, calls and encodes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::config::Config;
use super::failure::answer;
use super::input::{ImageInput, Options, change_of_js};
use super::operate::Call;
use super::output::{EmbedderObject, EngineInfo, change_to_js, to_js, to_js_now};
use super::session::Session;
use super::wait::unless_aborted;

thread_local! {
    static PANIC_HANDLER: RefCell<Option<Function>> = const { RefCell::new(None) };
    static PANICKED: Cell<bool> = const { Cell::new(false) };
}

/// Sets the function that is called, once, with the message of a panic, before the WebAssembly instance stops for good.
///
/// The call that was running then never settles, so this is how the host learns that it must start a new instance.
#[wasm_bindgen(js_name = setPanicHandler)]
pub fn set_panic_handler(handler: Function) {
    PANIC_HANDLER.with(|slot| slot.replace(Some(handler)));
    std::panic::set_hook(Box::new(|info| {
        let message = info.to_string();
        web_sys::console::error_1(&message.as_str().into());
        let handler = PANIC_HANDLER.with(|slot| slot.try_borrow().ok().and_then(|handler| handler.clone()));
        if let Some(handler) = handler.filter(|_| !PANICKED.replace(true)) {
            let _ = handler.call1(&JsValue::UNDEFINED, &message.into());
        }
    }));
}

/// A client: models, libraries and tokens. Several calls may be under way at once.
#[wasm_bindgen]
pub struct WebClient {
    pub(super) session: Rc<Session>,
}

#[wasm_bindgen]
impl WebClient {
    /// Downloads the models and makes a client.
    ///
    /// # Errors
    /// A `VisavisError`: the configuration is wrong, a download failed, the signal fired.
    pub async fn create(
        config: JsValue,
        progress: Option<Function>,
        signal: Option<AbortSignal>,
    ) -> Result<WebClient, JsValue> {
        let session = answer(async |_| {
            let config = Config::parse(config)?;
            unless_aborted(signal.as_ref(), Session::start(config, progress)).await
        })
        .await?;
        Ok(Self { session: Rc::new(session) })
    }

    /// Runs an operation by its wire name. `images`: one for each place where the request names an image, in its order;
    /// `undefined` where the address is to be fetched. `options`: `nowMs`, `scores`, `threshold`, `faceIndex`, `box`, `faceImages`.
    ///
    /// # Errors
    /// A `VisavisError`.
    pub async fn operate(
        &self,
        operation: String,
        request: JsValue,
        images: JsValue,
        options: JsValue,
        signal: Option<AbortSignal>,
    ) -> Result<JsValue, JsValue> {
        answer(async |id| {
            let call = Call::parse(&request, &images, options, &self.session.limits)?;
            unless_aborted(signal.as_ref(), self.session.operate(&operation, call, &id)).await
        })
        .await
    }

    /// The faces of an image; none is no error.
    ///
    /// # Errors
    /// A `VisavisError`.
    #[wasm_bindgen(js_name = detectFaces)]
    pub async fn detect_faces(
        &self,
        image: JsValue,
        options: JsValue,
        signal: Option<AbortSignal>,
    ) -> Result<JsValue, JsValue> {
        self.faces(&image, options, signal, false).await
    }

    /// The faces of an image with their embeddings.
    ///
    /// # Errors
    /// A `VisavisError`.
    #[wasm_bindgen(js_name = embedFaces)]
    pub async fn embed_faces(
        &self,
        image: JsValue,
        options: JsValue,
        signal: Option<AbortSignal>,
    ) -> Result<JsValue, JsValue> {
        self.faces(&image, options, signal, true).await
    }

    /// Compares the largest faces of two images.
    ///
    /// # Errors
    /// A `VisavisError`.
    #[wasm_bindgen(js_name = compareFaces)]
    pub async fn compare_faces(
        &self,
        a: JsValue,
        b: JsValue,
        options: JsValue,
        signal: Option<AbortSignal>,
    ) -> Result<JsValue, JsValue> {
        answer(async |_| {
            let limits = &self.session.limits;
            let (a, b) = (ImageInput::parse(&a, limits)?, ImageInput::parse(&b, limits)?);
            let options = Options::of(options)?.search()?;
            to_js(&unless_aborted(signal.as_ref(), self.session.compare(a, b, options)).await?)
        })
        .await
    }

    /// Downloads a library before it is searched; `undefined` means the first one.
    ///
    /// # Errors
    /// A `VisavisError`.
    #[wasm_bindgen(js_name = openLibrary)]
    pub async fn open_library(&self, name: Option<String>, signal: Option<AbortSignal>) -> Result<JsValue, JsValue> {
        answer(async |_| to_js(&unless_aborted(signal.as_ref(), self.session.open_library(name.as_deref())).await?))
            .await
    }

    /// What the client has done and holds.
    ///
    /// # Errors
    /// A `VisavisError` of code `InternalError`, which does not happen.
    pub fn stats(&self) -> Result<JsValue, JsValue> {
        to_js_now(&self.session.stats())
    }

    /// Which build and which models run.
    ///
    /// # Errors
    /// A `VisavisError` of code `InternalError`, which does not happen.
    #[wasm_bindgen(js_name = engineInfo)]
    pub fn engine_info(&self) -> Result<JsValue, JsValue> {
        to_js_now(&EngineInfo {
            version: env!("CARGO_PKG_VERSION"),
            simd: cfg!(target_feature = "simd128"),
            relaxed_simd: cfg!(target_feature = "relaxed-simd"),
            embedder: EmbedderObject::of(self.session.engine.embedder()),
            expression: self.session.has_expression,
        })
    }

    /// What changed since the last call in what the client remembers: `{ store, key, value }`, without a value where it is gone.
    #[wasm_bindgen(js_name = takeChanges)]
    #[must_use]
    pub fn take_changes(&self) -> Vec<JsValue> {
        self.session.take_changes().iter().map(change_to_js).collect()
    }

    /// Takes back what `takeChanges` told of; damaged records are left out. Answers how many were taken.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "wasm-bindgen hands over a vector, not a slice of values")]
    pub fn restore(&self, changes: Vec<JsValue>) -> usize {
        self.session.restore(changes.iter().filter_map(change_of_js).collect())
    }

    /// Crashes this instance as a defect would, so that tests can prove that the host replaces it. The promise never settles.
    ///
    /// # Panics
    /// Always.
    #[wasm_bindgen(js_name = panicForTest)]
    #[expect(
        clippy::panic,
        clippy::unused_async,
        reason = "this is what it is for, and defects happen inside promises"
    )]
    pub async fn panic_for_test(&self) {
        panic!("panicForTest was called");
    }
}

impl WebClient {
    async fn faces(
        &self,
        image: &JsValue,
        options: JsValue,
        signal: Option<AbortSignal>,
        embeddings: bool,
    ) -> Result<JsValue, JsValue> {
        answer(async |_| {
            let image = ImageInput::parse(image, &self.session.limits)?;
            let options = Options::of(options)?;
            let expression = options.flag("expression")?.unwrap_or(self.session.has_expression);
            let work = self.session.faces(image, options.detection()?, expression, embeddings);
            to_js(&unless_aborted(signal.as_ref(), work).await?)
        })
        .await
    }
}
