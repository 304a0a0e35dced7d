//! Media for libraries that live in a client: hashed, indexed by the engines of a pool, added by the engine that has the library.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Object, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::client::WebClient;
use super::config::whole_number;
use super::failure::js_error;
use super::host::{get, given, request_id, set};
use super::input::{ImageInput, ImageSource, Options, byte_array};
use super::output::to_js;
use super::session::Session;
use crate::core::{Digest, MediaId, Sha256Stream, sha256};
use crate::error::{Error, Result};
use crate::indexing::{
    DEFAULT_FRAMES_PER_SECOND, FRAME_SIDE_PX, IndexOptions, IndexedMedia, PhotoFile, Thumbnail, VideoIndexer,
    VideoOptions, VideoSource, index_decoded, index_photo, media_id_of,
};
use crate::operations::{AddedMedia, RowsRecord};
use crate::vision::image_format_name;

/// How a file's name ends whose format is not known; it will not be read either.
const NO_FORMAT: &str = "bin";
/// The most frames of a second that are looked at, and the least.
const FRAMES_PER_SECOND: std::ops::RangeInclusive<f64> = 0.1..=60.0;

/// What is known of a media with some SHA-256.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FoundMedia {
    media_id: String,
    indexed: bool,
}

/// What adding a media came to.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AddedObject {
    media_id: String,
    added: bool,
}

/// What was removed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names of the wire")]
struct RemovedObject {
    media_ids: Vec<String>,
    unknown_media_ids: Vec<String>,
    face_ids: Vec<String>,
    entity_ids: Vec<String>,
}

/// What publishing came to.
#[derive(Serialize)]
struct PublishedMedia {
    changed: bool,
}

/// The SHA-256 of a file that is read piece by piece.
#[wasm_bindgen]
#[derive(Default)]
pub struct FileHash {
    stream: Sha256Stream,
}

#[wasm_bindgen]
impl FileHash {
    /// Begins.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.stream.update(piece);
    }

    /// The digest of all pieces: 64 hexadecimal digits.
    #[must_use]
    pub fn finish(self) -> String {
        self.stream.finish().to_string()
    }
}

#[wasm_bindgen]
impl WebClient {
    /// Finds the faces of a photo: `{ bytes, name }`, or pixels with `sha256`, `fileBytes` and `format` of
    /// the file that they were read from. Answers
    /// `{ record, thumbnails, mediaId, name, faces }`. Options: `thumbnails`.
    ///
    /// # Errors
    /// A `VisavisError`.
    #[wasm_bindgen(js_name = indexPhoto)]
    pub fn index_photo(&self, image: &JsValue, options: JsValue) -> Result<JsValue, JsValue> {
        now(|| {
            let limits = &self.session.limits;
            let options = index_options(&self.session, &Options::of(options)?)?;
            let given = get(image, "name").as_string().filter(|name| !name.is_empty());
            let named = |sha256: &str, format: &str| given.unwrap_or_else(|| name_of(sha256, format));
            let engine = &self.session.engine;
            let indexed = match ImageInput::parse(image, limits)?.source {
                ImageSource::File(bytes) => {
                    let name = named(&sha256(&bytes).to_string(), image_format_name(&bytes).unwrap_or(NO_FORMAT));
                    index_photo(engine, &name, &bytes, &options)?
                }
                ImageSource::Photo(photo) => {
                    let file = Options::of(image.clone())?;
                    let digest = file.text("sha256")?;
                    let format = file.text("format")?;
                    let file = PhotoFile {
                        name: &named(&digest, &format),
                        sha256: Digest::from_hex(&digest).ok_or_else(|| wrong("image.sha256"))?,
                        bytes: get(image, "fileBytes")
                            .as_f64()
                            .and_then(whole_number)
                            .ok_or_else(|| wrong("image.fileBytes"))?,
                        format: &format,
                        created_ms: None,
                    };
                    index_decoded(engine, &photo, &file, &options)?
                }
                ImageSource::Url(_) => return Err(wrong("image")),
            };
            indexed_to_js(&self.session, &indexed, &[])
        })
    }

    /// Begins with a video: `{ name, sha256, bytes, width, height, format, durationS?, createdMs? }`, the sides in upright
    /// pixels. Options: `thumbnails`, `framesPerSecond`.
    ///
    /// # Errors
    /// A `VisavisError`.
    #[wasm_bindgen(js_name = beginVideo)]
    pub fn begin_video(&self, source: &JsValue, options: JsValue) -> Result<WebVideo, JsValue> {
        now(|| {
            let options = video_options(&self.session, &Options::of(options)?)?;
            let indexer = VideoIndexer::new(video_source(source)?, options);
            Ok(WebVideo {
                session: Rc::clone(&self.session),
                indexer: RefCell::new(Some(indexer)),
                taken: RefCell::default(),
            })
        })
    }

    /// Whether a library has the media with this SHA-256: `{ mediaId, indexed }`. No name: the first library that can be changed.
    ///
    /// # Errors
    /// A `VisavisError`.
    #[wasm_bindgen(js_name = findMedia)]
    #[expect(clippy::needless_pass_by_value, reason = "wasm-bindgen hands over a text, not a slice of one")]
    pub fn find_media(&self, library: Option<String>, sha256: &str) -> Result<JsValue, JsValue> {
        now(|| {
            let slot = self.session.own_library(library.as_deref())?;
            let (media_id, indexed) = slot.change_quietly(|own| own.find_media(sha256))?;
            to_js(&FoundMedia { media_id: media_id.to_string(), indexed })
        })
    }

    /// Adds a media that was indexed, with its pictures `{ name, jpeg }`: `{ mediaId, added }`.
    ///
    /// # Errors
    /// A `VisavisError`; nothing is changed then.
    #[wasm_bindgen(js_name = addMedia)]
    #[expect(clippy::needless_pass_by_value, reason = "wasm-bindgen hands over a vector, not a slice of values")]
    pub fn add_media(
        &self,
        library: Option<String>,
        record: Vec<u8>,
        thumbnails: Vec<JsValue>,
    ) -> Result<JsValue, JsValue> {
        now(|| {
            let slot = self.session.own_library(library.as_deref())?;
            let thumbnails = thumbnails.iter().map(thumbnail_of_js).collect::<Result<_>>()?;
            let AddedMedia { media_id, added } = slot.change_quietly(|own| own.add(record, thumbnails))?;
            to_js(&AddedObject { media_id: media_id.to_string(), added })
        })
    }

    /// Puts what was added into the tables, so that it is found, and with `discover` finds persons: `{ changed }`.
    ///
    /// # Errors
    /// A `VisavisError`; nothing is changed then.
    #[wasm_bindgen(js_name = publishMedia)]
    #[expect(clippy::needless_pass_by_value, reason = "wasm-bindgen hands over a text, not a slice of one")]
    pub fn publish_media(&self, library: Option<String>, discover: bool) -> Result<JsValue, JsValue> {
        now(|| {
            let slot = self.session.own_library(library.as_deref())?;
            let changed = slot.change(|own| {
                let behind = own.is_behind();
                Ok(if discover { own.discover()?.faces > 0 || behind } else { own.publish()? })
            })?;
            to_js(&PublishedMedia { changed })
        })
    }

    /// Removes media: `{ mediaIds, unknownMediaIds, faceIds, entityIds }`.
    ///
    /// # Errors
    /// A `VisavisError`; nothing is changed then.
    #[wasm_bindgen(js_name = removeMedia)]
    #[expect(clippy::needless_pass_by_value, reason = "wasm-bindgen hands over a vector, not a slice")]
    pub fn remove_media(&self, library: Option<String>, media_ids: Vec<String>) -> Result<JsValue, JsValue> {
        now(|| {
            let slot = self.session.libraries.writable(library.as_deref())?;
            let ids: Vec<MediaId> = media_ids.iter().cloned().map(MediaId).collect();
            let removed = slot.change(|own| own.remove_media(&ids))?;
            to_js(&RemovedObject {
                media_ids: texts(&removed.media_ids),
                unknown_media_ids: texts(&removed.unknown_media_ids),
                face_ids: texts(&removed.face_ids),
                entity_ids: texts(&removed.entity_ids),
            })
        })
    }
}

/// A video that is being indexed.
#[wasm_bindgen]
pub struct WebVideo {
    session: Rc<Session>,
    indexer: RefCell<Option<VideoIndexer>>,
    /// Pictures of tracks that are over.
    taken: RefCell<Vec<Thumbnail>>,
}

#[wasm_bindgen]
impl WebVideo {
    /// The long side of the frames that are wanted, in pixels; larger ones are to be shrunk to it.
    #[wasm_bindgen(js_name = frameSide)]
    #[must_use]
    pub fn frame_side() -> u32 {
        FRAME_SIDE_PX
    }

    /// Takes the frame that is shown at a time in seconds, upright: its RGBA.
    ///
    /// # Errors
    /// A `VisavisError`.
    pub fn push(&self, time_s: f64, image: &JsValue) -> Result<(), JsValue> {
        now(|| {
            let ImageSource::Photo(frame) = ImageInput::parse(image, &self.session.limits)?.source else {
                return Err(Error::invalid("frame", "{ width, height, rgba } is wanted"));
            };
            let mut indexer = self.indexer.borrow_mut();
            let indexer = indexer.as_mut().ok_or_else(has_ended)?;
            indexer.push(&self.session.engine, time_s, &frame)?;
            self.taken.borrow_mut().extend(indexer.take_thumbnails());
            Ok(())
        })
    }

    /// The end of the video: `{ record, thumbnails, mediaId, name, faces }`.
    ///
    /// # Errors
    /// A `VisavisError`; `VideoEmpty` where no frame came.
    pub fn finish(&self) -> Result<JsValue, JsValue> {
        now(|| {
            let indexer = self.indexer.take().ok_or_else(has_ended)?;
            indexed_to_js(&self.session, &indexer.finish()?, &self.taken.take())
        })
    }
}

fn texts(ids: &[impl ToString]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

fn has_ended() -> Error {
    Error::invalid("video", "it has ended")
}

/// Runs a call that waits for nothing; its error becomes an `Error` object.
pub(super) fn now<T>(call: impl FnOnce() -> Result<T>) -> Result<T, JsValue> {
    call().map_err(|error| js_error(&error, &request_id()))
}

fn index_options(session: &Session, options: &Options) -> Result<IndexOptions> {
    let thumbnails = options.flag("thumbnails")?.unwrap_or(true);
    Ok(IndexOptions { limits: session.limits, thumbnails, ..IndexOptions::default() })
}

fn video_options(session: &Session, options: &Options) -> Result<VideoOptions> {
    let index = index_options(session, options)?;
    let frames_per_second = options.exact("framesPerSecond")?.unwrap_or(DEFAULT_FRAMES_PER_SECOND);
    if !FRAMES_PER_SECOND.contains(&frames_per_second) {
        let reason = format!("{frames_per_second} is out of range; 0.1 to 60 is allowed");
        return Err(Error::invalid("framesPerSecond", reason));
    }
    Ok(VideoOptions { index, frames_per_second })
}

fn video_source(value: &JsValue) -> Result<VideoSource> {
    let options = Options::of(value.clone())?;
    let number = |name: &str| get(value, name).as_f64().and_then(whole_number).ok_or_else(|| wrong(name));
    let side = |name: &str| u32::try_from(number(name)?).ok().filter(|side| *side > 0).ok_or_else(|| wrong(name));
    let sha256 = options.text("sha256")?;
    let created = given(value, "createdMs").and_then(|ms| ms.as_f64()).filter(|ms| ms.is_finite());
    #[expect(
        clippy::cast_possible_truncation,
        reason = "milliseconds of a date are whole numbers far below the limits"
    )]
    let created_ms = created.map(|ms| ms as i64);
    let name = options.text("name")?;
    let format = options.text("format")?;
    Ok(VideoSource {
        name: if name.is_empty() { name_of(&sha256, &format) } else { name },
        sha256: Digest::from_hex(&sha256).ok_or_else(|| wrong("sha256"))?,
        bytes: number("bytes")?,
        width: side("width")?,
        height: side("height")?,
        format,
        duration_s: given(value, "durationS").and_then(|s| s.as_f64()).filter(|s| s.is_finite() && *s >= 0.0),
        created_ms,
    })
}

/// What a media is called that has no name.
fn name_of(sha256: &str, format: &str) -> String {
    format!("{}.{format}", media_id_of(sha256))
}

fn wrong(parameter: &str) -> Error {
    Error::invalid(parameter, "it is not what it should be")
}

/// What goes back to the page for a media: what is to be kept of it. `earlier` are pictures that were made before its end.
fn indexed_to_js(session: &Session, indexed: &IndexedMedia, earlier: &[Thumbnail]) -> Result<JsValue> {
    let record = RowsRecord::of(indexed, session.engine.embedder()).to_bytes()?;
    let object = Object::new();
    set(&object, "record", &Uint8Array::from(record.as_slice()));
    let pictures: Array = earlier.iter().chain(&indexed.thumbnails).map(thumbnail_to_js).collect();
    set(&object, "thumbnails", &pictures);
    set(&object, "mediaId", &indexed.media.media_id.to_string().into());
    set(&object, "name", &indexed.media.path.as_str().into());
    set(&object, "faces", &u32::try_from(indexed.faces.len()).unwrap_or(u32::MAX).into());
    Ok(object.into())
}

fn thumbnail_to_js(picture: &Thumbnail) -> JsValue {
    let object = Object::new();
    set(&object, "name", &picture.name.as_str().into());
    set(&object, "jpeg", &Uint8Array::from(picture.jpeg.as_slice()));
    object.into()
}

fn thumbnail_of_js(value: &JsValue) -> Result<Thumbnail> {
    let name = get(value, "name").as_string();
    let name = name.ok_or_else(|| Error::invalid("thumbnails", "each has a name"))?;
    Ok(Thumbnail { name, jpeg: byte_array(&get(value, "jpeg"), "thumbnails")? })
}
