//! What a page hands over: images, options and requests, from JavaScript values to our types. Everything is copied before the first wait.

use js_sys::{ArrayBuffer, Object, Uint8Array};
use serde_json::Value;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

use super::address::shortened;
use super::config::whole_number;
use super::host::{get, given};
use crate::core::Rect;
use crate::error::{Error, Result};
use crate::operations::{FaceChoice, SearchOptions, StateChange};
use crate::vision::{DecodeLimits, DetectOptions, Photo};

/// An image, where it comes from, and what errors call it.
pub(super) struct ImageInput {
    pub(super) source: ImageSource,
    pub(super) name: String,
}

/// Where an image comes from.
pub(super) enum ImageSource {
    /// An address as it was given; not yet resolved.
    Url(String),
    /// An encoded file.
    File(Vec<u8>),
    /// Decoded pixels.
    Photo(Photo),
}

impl ImageInput {
    /// The image at an address.
    pub(super) fn of_url(url: &str) -> Self {
        Self { source: ImageSource::Url(url.to_owned()), name: shortened(url) }
    }

    /// Reads a string, `{ url }`, `{ bytes }` or `{ width, height, rgba }`.
    ///
    /// # Errors
    /// `InvalidParameter` naming `image` for anything else; `ImageTooLarge` for pixels above the limit.
    pub(super) fn parse(value: &JsValue, limits: &DecodeLimits) -> Result<Self> {
        if let Some(url) = value.as_string() {
            return Ok(Self::of_url(&url));
        }
        let name = get(value, "name").as_string().filter(|name| !name.is_empty());
        let (source, default_name) = if let Some(url) = get(value, "url").as_string() {
            (ImageSource::Url(url.clone()), shortened(&url))
        } else if let Some(bytes) = given(value, "bytes") {
            (ImageSource::File(byte_array(&bytes, "image.bytes")?), "image".to_owned())
        } else if let Some(rgba) = given(value, "rgba").or_else(|| given(value, "data")) {
            (ImageSource::Photo(pixels(value, &rgba, limits)?), "image".to_owned())
        } else {
            return Err(Error::invalid("image", "an address, { bytes } or { width, height, rgba } is wanted"));
        };
        Ok(Self { source, name: name.unwrap_or(default_name) })
    }
}

/// A copy of the bytes of an `ArrayBuffer` or a view of one.
///
/// # Errors
/// `InvalidParameter` naming `parameter` for anything else.
pub(super) fn byte_array(value: &JsValue, parameter: &str) -> Result<Vec<u8>> {
    if value.is_instance_of::<ArrayBuffer>() {
        return Ok(Uint8Array::new(value).to_vec());
    }
    let buffer = get(value, "buffer");
    let (offset, length) = (get(value, "byteOffset").as_f64(), get(value, "byteLength").as_f64());
    let (Some(offset), Some(length)) = (offset.and_then(to_u32), length.and_then(to_u32)) else {
        return Err(Error::invalid(parameter, "an ArrayBuffer or a typed array is wanted"));
    };
    Ok(Uint8Array::new_with_byte_offset_and_length(&buffer, offset, length).to_vec())
}

fn pixels(value: &JsValue, rgba: &JsValue, limits: &DecodeLimits) -> Result<Photo> {
    let side = |name: &str| {
        let number = get(value, name).as_f64().and_then(to_u32).filter(|n| *n > 0);
        number.ok_or_else(|| Error::invalid(&format!("image.{name}"), "a whole number above 0 is wanted"))
    };
    let (width, height) = (side("width")?, side("height")?);
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(Error::ImageTooLarge {
            name: "image".to_owned(),
            width: width.into(),
            height: height.into(),
            limit: limits.max_pixels,
        });
    }
    Photo::from_rgba(width, height, &byte_array(rgba, "image.rgba")?)
}

/// The options of a call: `undefined`, `null` or an object.
pub(super) struct Options(JsValue);

impl Options {
    /// # Errors
    /// `InvalidParameter` naming `options` for what is no object.
    pub(super) fn of(value: JsValue) -> Result<Self> {
        if value.is_undefined() || value.is_null() || value.is_object() {
            return Ok(Self(value));
        }
        Err(Error::invalid("options", "an object is wanted"))
    }

    /// # Errors
    /// `InvalidParameter` naming the option when it is no finite number.
    #[expect(clippy::cast_possible_truncation, reason = "thresholds and pixels need no more digits")]
    pub(super) fn number(&self, name: &str) -> Result<Option<f32>> {
        let Some(value) = given(&self.0, name) else { return Ok(None) };
        let number = value.as_f64().filter(|n| n.is_finite());
        number.map(|n| Some(n as f32)).ok_or_else(|| Error::invalid(name, "a finite number is wanted"))
    }

    /// # Errors
    /// `InvalidParameter` naming the option when it is no text.
    pub(super) fn text(&self, name: &str) -> Result<String> {
        get(&self.0, name).as_string().ok_or_else(|| Error::invalid(name, "a text is wanted"))
    }

    /// As `number`, with all digits.
    ///
    /// # Errors
    /// `InvalidParameter` naming the option when it is no finite number.
    pub(super) fn exact(&self, name: &str) -> Result<Option<f64>> {
        let Some(value) = given(&self.0, name) else { return Ok(None) };
        let number = value.as_f64().filter(|n| n.is_finite());
        number.map(Some).ok_or_else(|| Error::invalid(name, "a finite number is wanted"))
    }

    /// # Errors
    /// `InvalidParameter` naming the option when it is no boolean.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>> {
        let Some(value) = given(&self.0, name) else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| Error::invalid(name, "true or false is wanted"))
    }

    /// A moment in milliseconds since 1970; 0 where none is given.
    ///
    /// # Errors
    /// `InvalidParameter` naming the option when it is no whole number.
    pub(super) fn moment(&self, name: &str) -> Result<i64> {
        let Some(value) = given(&self.0, name) else { return Ok(0) };
        let moment = value.as_f64().map(f64::floor).and_then(whole_number).and_then(|ms| i64::try_from(ms).ok());
        moment.ok_or_else(|| Error::invalid(name, "milliseconds since 1970 are wanted"))
    }

    /// `threshold` and `scores`.
    ///
    /// # Errors
    /// `InvalidParameter` naming the option that is wrong.
    pub(super) fn search(&self) -> Result<SearchOptions> {
        Ok(SearchOptions { threshold: self.number("threshold")?, scores: self.flag("scores")?.unwrap_or(false) })
    }

    /// `faceIndex` or `box`.
    ///
    /// # Errors
    /// `InvalidParameter` naming the option that is wrong.
    pub(super) fn face_choice(&self) -> Result<FaceChoice> {
        let index = given(&self.0, "faceIndex").map(|value| {
            let number = value.as_f64().and_then(to_u32);
            number.map(|n| n as usize).ok_or_else(|| Error::invalid("faceIndex", "a whole number from 0 is wanted"))
        });
        let face_box = given(&self.0, "box").map(|value| {
            if !value.is_object() {
                return Err(Error::invalid("box", "an object { x, y, w, h } in pixels of the photo is wanted"));
            }
            let sides = Self(value);
            let side = |name: &str| {
                let wanted = || Error::invalid("box", format!("{name} must be a finite number"));
                sides.number(name).ok().flatten().ok_or_else(wanted)
            };
            Ok(Rect::new(side("x")?, side("y")?, side("w")?, side("h")?))
        });
        FaceChoice::from_options(index.transpose()?, face_box.transpose()?)
    }

    /// `scoreThreshold`, `nmsIou`, `refine` and `smallFaces`.
    ///
    /// # Errors
    /// `InvalidParameter` naming the option that is wrong.
    pub(super) fn detection(&self) -> Result<DetectOptions> {
        let defaults = DetectOptions::default();
        let part = |name: &str, default: f32| match self.number(name)? {
            None => Ok(default),
            Some(value) if (0.0..=1.0).contains(&value) => Ok(value),
            Some(value) => Err(Error::invalid(name, format!("{value} is out of range; 0 to 1 is allowed"))),
        };
        Ok(DetectOptions {
            score_threshold: part("scoreThreshold", defaults.score_threshold)?,
            nms_iou: part("nmsIou", defaults.nms_iou)?,
            refine: self.flag("refine")?.unwrap_or(defaults.refine),
            small_faces: self.flag("smallFaces")?.unwrap_or(defaults.small_faces),
        })
    }
}

/// A request object as JSON. What has no place in JSON is refused by its name instead of being dropped.
///
/// # Errors
/// `InvalidParameter` naming `request` or the parameter.
pub(super) fn request_json(value: &JsValue) -> Result<Value> {
    if !value.is_object() {
        return Err(Error::invalid("request", "an object is wanted"));
    }
    let mut map = serde_json::Map::new();
    for entry in Object::entries(value.unchecked_ref()).iter() {
        let name = get(&entry, "0").as_string().unwrap_or_default();
        let value = get(&entry, "1");
        if value.as_f64().is_some_and(|n| !n.is_finite()) {
            return Err(Error::invalid(&name, "it must be a finite number"));
        }
        if !value.is_undefined() {
            let value = json_of(&value).map_err(|reason| Error::invalid(&name, reason))?;
            map.insert(name, value);
        }
    }
    Ok(Value::Object(map))
}

/// A value by way of JSON text, so that neither depth nor a cycle can exhaust the stack: both sides have their limits.
/// BigInts become texts of digits, which every parameter that is a number takes.
fn json_of(value: &JsValue) -> Result<Value, String> {
    let replace = Closure::<dyn Fn(JsValue, JsValue) -> JsValue>::new(|_key, value: JsValue| {
        if value.is_bigint() {
            return js_sys::BigInt::from(value).to_string(10).map_or(JsValue::NULL, Into::into);
        }
        value
    });
    let text = js_sys::JSON::stringify_with_replacer(value, replace.as_ref())
        .map_err(|_| "it is nested too deeply, or holds itself".to_owned())?;
    let text = text.as_string().ok_or("it has a type that no parameter has")?;
    serde_json::from_str(&text).map_err(|e| format!("it is nested too deeply: {e}"))
}

/// A record of what a client remembers: `{ store, key, value? }`. `None` for anything else.
pub(super) fn change_of_js(value: &JsValue) -> Option<StateChange> {
    let bytes = given(value, "value").map(|bytes| byte_array(&bytes, "value").ok());
    let value_of_record = match bytes {
        None => None,
        Some(bytes) => Some(bytes?),
    };
    Some(StateChange {
        store: get(value, "store").as_string()?,
        key: get(value, "key").as_string()?,
        value: value_of_record,
    })
}

fn to_u32(number: f64) -> Option<u32> {
    whole_number(number).and_then(|n| u32::try_from(n).ok())
}
