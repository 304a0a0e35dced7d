//! The photo that a command asks about, and the request object made of its arguments. Imports `operations`, `vision`, `core`, `error`.

use serde_json::{Map, Value};

use crate::core::sha256;
use crate::error::{Error, Result};
use crate::library::FaceQuery;
use crate::operations::{FaceChoice, query_of_photo};
use crate::vision::{DecodeLimits, Photo};

use super::query_args::{PageArgs, ProbeArgs};
use super::video::{Container, HEAD_BYTES};
use super::{engine, files};

/// A request in the wire's own form, so that every value is checked as it is in the browser.
#[derive(Debug, Default)]
pub(super) struct RequestObject(Map<String, Value>);

impl RequestObject {
    /// Sets a parameter.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Sets a parameter where it is given.
    pub(super) fn with_given(self, name: &str, value: Option<&String>) -> Self {
        match value {
            Some(text) => self.with(name, text.as_str()),
            None => self,
        }
    }

    /// Sets a number where it is given; what is none stays a text, for the operation to refuse.
    pub(super) fn with_number(self, name: &str, value: Option<&String>) -> Self {
        let Some(text) = value else { return self };
        let value = text.parse::<i64>().map_or_else(|_| Value::from(text.as_str()), Value::from);
        self.with(name, value)
    }

    /// Sets `PageNo` and `PageSize` where they are given.
    pub(super) fn with_page(self, page: &PageArgs) -> Self {
        self.with_number("PageNo", page.page_no.as_ref()).with_number("PageSize", page.page_size.as_ref())
    }

    /// The request.
    pub(super) fn value(self) -> Value {
        Value::Object(self.0)
    }
}

/// The photo's face as a query, and the photo's bytes.
pub(super) fn query_of(args: &ProbeArgs) -> Result<(FaceQuery, Vec<u8>)> {
    let name = args.photo.display().to_string();
    let bytes = files::read_photo(&args.photo, &name)?;
    if let Some(container) = Container::of(bytes.get(..HEAD_BYTES).unwrap_or(&bytes)) {
        let reason = format!("{name} is a video ({}); the query must be a photo", container.title());
        return Err(Error::invalid("PHOTO", reason));
    }
    let photo = Photo::decode(&bytes, &DecodeLimits::default()).map_err(|e| e.named(&name))?;
    let engine = engine::load(&args.models)?;
    let choice = FaceChoice::from_options(args.face, None)?;
    let (query, _) = query_of_photo(&engine, &photo, &choice, &name)?;
    Ok((query, bytes))
}

/// The same request gives the same id: the SHA-256 of photo (or what else it depends on) and request, in the form of a UUID.
pub(super) fn request_id(photo: &[u8], request: &Value) -> String {
    uuid_of(&[photo, request.to_string().as_bytes()].concat()).to_uppercase()
}

/// The SHA-256 of these bytes, cut to the form of a UUID.
pub(super) fn uuid_of(bytes: &[u8]) -> String {
    let digits = sha256(bytes).first_32_digits();
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}
