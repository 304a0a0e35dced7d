//! The operations by their wire names: request in, response out. What each does is in `session`, `persons` and `tasks`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use wasm_bindgen::JsValue;

use super::input::{ImageInput, Options, request_json};
use super::libraries::OpenLibrary;
use super::output::to_js;
use super::session::{SearchCall, Session};
use crate::core::FaceId;
use crate::error::{Error, Result};
use crate::indexing::face_thumbnail_name;
use crate::operations::{
    FaceChoice, FaceMap, MapFacesRequest, SearchMediaRequest, SearchMediaResponse, SearchOptions, map_faces,
    search_media,
};
use crate::vision::DecodeLimits;

/// Pictures of faces that are downloaded at the same time.
const PICTURES_AT_ONCE: usize = 4;

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
    /// Whether a catalog search needs the faces of shards that are not opened.
    pub(super) complete: bool,
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
                now_ms: options
                    .moment("nowMs")
                    .map_err(|_| Error::invalid("now", "it must answer milliseconds since 1970"))?,
                search: options.search()?,
                choice: options.face_choice()?,
                face_images: options.flag("faceImages")?.unwrap_or(false),
                complete: options.flag("complete")?.unwrap_or(true),
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
        self.forget_expired(call.options.now_ms);
        match operation {
            "SearchMediaByFace" => {
                let image = call.image();
                to_js(&self.search(SearchCall::of(&call, image)?, request_id).await?)
            }
            "SearchMediaClipByFace" => to_js(&self.clips(&call, request_id).await?),
            "SearchMedia" => to_js(&self.search_media(&call, request_id).await?),
            "similarities" => {
                let image = call.image();
                to_js(&self.similarities(SearchCall::of(&call, image)?).await?)
            }
            "mapFaces" => to_js(&self.map_faces(&call).await?),
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

impl Session {
    /// SearchMedia: the catalog of a library, filtered and sorted, with addresses that a page may show.
    ///
    /// # Errors
    /// `InvalidParameter` naming what is wrong, and those of the download.
    async fn search_media(&self, call: &Call, request_id: &str) -> Result<SearchMediaResponse> {
        let request = SearchMediaRequest::parse(&call.request)?;
        let slot = self.libraries.find(request.search_lib_name.as_deref())?;
        let library = if call.options.complete {
            self.libraries.open(slot).await?
        } else {
            self.libraries.open_tables(slot).await?
        };
        let mut response = search_media(&library.library, &request, request_id)?;
        // One that a page must not show is left empty.
        response.map_urls(&mut |url| Some(library.shown_address(url).unwrap_or_default()));
        if call.options.face_images {
            self.fill_images(&mut response, &library).await;
        }
        Ok(response)
    }

    /// The faces of a library as points of the plane, with addresses of their pictures that a page may show.
    ///
    /// # Errors
    /// `InvalidParameter` naming what is wrong, and those of the download.
    async fn map_faces(&self, call: &Call) -> Result<FaceMap> {
        let request = MapFacesRequest::parse(&call.request)?;
        let library = self.libraries.open(self.libraries.find(request.search_lib_name.as_deref())?).await?;
        let mut map = map_faces(&library.library, &request)?;
        map.map_pictures(&mut |path| library.file_address(path).unwrap_or_default());
        Ok(map)
    }

    /// Puts the pictures of the faces into a response. A picture that is not to be had is left out.
    async fn fill_images(&self, response: &mut SearchMediaResponse, library: &OpenLibrary) {
        let mut wanted = Vec::new();
        response.fill_images(&mut |face| {
            wanted.push(face);
            None
        });
        let pictures = stream::iter(wanted)
            .map(|face| async move {
                let name = face_thumbnail_name(face);
                Some((face, STANDARD.encode(library.picture(&name, &self.network).await?)))
            })
            .buffered(PICTURES_AT_ONCE)
            .filter_map(std::future::ready);
        let pictures: BTreeMap<FaceId, String> = pictures.collect().await;
        response.fill_images(&mut |face| pictures.get(&face).cloned());
    }
}
