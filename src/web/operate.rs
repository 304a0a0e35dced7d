//! The operations by their wire names: request in, response out. What each does is in `session`, `persons` and `tasks`.

use serde_json::Value;
use wasm_bindgen::JsValue;

use super::input::{ImageInput, Options, request_json};
use super::output::to_js;
use super::session::{SearchCall, Session};
use crate::error::{Error, Result};
use crate::operations::{FaceChoice, SearchOptions};
use crate::vision::DecodeLimits;

/// A call, checked as far as it can be without knowing the operation.
pub(super) struct Call {
    pub(super) request: Value,
    /// One for each place where the request names an image; `None` where its address is to be fetched.
    pub(super) images: Vec<Option<ImageInput>>,
    pub(super) options: CallOptions,
}

/// What goes with every call.
pub(super) struct CallOptions {
    /// Milliseconds since 1970, by the page's clock.
    pub(super) now_ms: i64,
    pub(super) search: SearchOptions,
    pub(super) choice: FaceChoice,
    /// Whether the faces of a catalog search come with their pictures.
    pub(super) face_images: bool,
}

impl Call {
    /// # Errors
    /// `InvalidParameter` naming what is wrong.
    pub(super) fn parse(request: &JsValue, images: &JsValue, options: JsValue, limits: &DecodeLimits) -> Result<Self> {
        let options = Options::of(options)?;
        let parse = |image: JsValue| {
            let given = !image.is_undefined() && !image.is_null();
            given.then(|| ImageInput::parse(&image, limits)).transpose()
        };
        let images = if images.is_undefined() { js_sys::Array::new() } else { js_sys::Array::from(images) };
        Ok(Self {
            request: request_json(request)?,
            images: images.iter().map(parse).collect::<Result<_>>()?,
            options: CallOptions {
                now_ms: options.moment("nowMs")?,
                search: options.search()?,
                choice: options.face_choice()?,
                face_images: options.flag("faceImages")?.unwrap_or(false),
            },
        })
    }

    /// The first image.
    pub(super) fn image(&mut self) -> Option<ImageInput> {
        self.images.first_mut().and_then(Option::take)
    }
}

/// An answer on its way out.
pub(super) type Answer = Result<JsValue>;

impl Session {
    /// Runs the operation of this name.
    ///
    /// # Errors
    /// `InvalidParameter` naming `operation` for one that there is not, and those of the operation.
    pub(super) async fn operate(&self, operation: &str, mut call: Call, request_id: &str) -> Answer {
        match operation {
            "SearchMediaByFace" => {
                let image = call.image();
                to_js(&self.search(SearchCall::of(call, image)?, request_id).await?)
            }
            "SearchMediaClipByFace" => to_js(&self.clips(&call, request_id).await?),
            "SearchMedia" => to_js(&self.search_media(&call, request_id).await?),
            "forgetToken" => to_js(&self.forget_token(&call)?),
            _ => match self.task_operation(operation, &mut call, request_id).await {
                Some(answer) => answer,
                None => match self.person_operation(operation, &mut call, request_id).await {
                    Some(answer) => answer,
                    None => Err(Error::invalid("operation", format!("{operation:?} is not an operation"))),
                },
            },
        }
    }
}
