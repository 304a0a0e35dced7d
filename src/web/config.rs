//! The configuration of a client, checked, with all addresses absolute.

use js_sys::Function;
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};

use super::address::{library_folder, resolve};
use super::host::{base_address, get, given};
use crate::core::Digest;
use crate::error::{Error, Result};
use crate::vision::DecodeLimits;

const DEFAULT_TIMEOUT_MS: f64 = 30_000.0;
/// The longest time that `setTimeout` waits.
const MAX_TIMEOUT_MS: f64 = 2_147_483_647.0;
const DEFAULT_CACHE_NAME: &str = "visavis-v1";

/// Where a model is and what it must be.
pub(super) struct ModelFile {
    /// `detector`, `embedder` or `expression`.
    pub(super) role: &'static str,
    pub(super) url: String,
    pub(super) sha256: Digest,
    pub(super) bytes: u64,
}

/// Which files of faces a search downloads, of a library of many: what their host learns of the query depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Access {
    /// All of them: the host learns nothing.
    #[default]
    Whole,
    /// Those nearest to the query: the host learns which.
    Probe,
    /// Those nearest to the query, each together with others that always go with it: the host learns one of several.
    Decoys,
}

impl Access {
    /// As options and statistics have it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Probe => "probe",
            Self::Decoys => "decoys",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        let known = [Self::Whole, Self::Probe, Self::Decoys];
        known.into_iter().find(|access| access.as_str() == text).ok_or_else(|| {
            let text: String = text.chars().take(80).collect();
            Error::invalid("libraries", format!("access {text:?} is not known; whole, probe and decoys are"))
        })
    }
}

/// A library that the client was given.
pub(super) struct LibraryPlace {
    /// What `SearchLibName` calls it.
    pub(super) name: String,
    /// Its folder, absolute, with a slash at its end; `None` for one that lives in this client.
    pub(super) folder: Option<String>,
    /// The folder that addresses in responses start with, where it is another than the one that is read.
    pub(super) public_folder: Option<String>,
    pub(super) access: Access,
}

/// A checked configuration.
pub(super) struct Config {
    pub(super) detector: ModelFile,
    pub(super) embedder: ModelFile,
    pub(super) expression: Option<ModelFile>,
    pub(super) libraries: Vec<LibraryPlace>,
    pub(super) base: Option<String>,
    pub(super) timeout_ms: f64,
    pub(super) cache_name: Option<String>,
    pub(super) limits: DecodeLimits,
    /// Takes the place of the global `fetch`.
    pub(super) fetch: Option<Function>,
    /// How long a token is kept after its last use, in milliseconds.
    pub(super) token_lifetime_ms: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfigText {
    models: ModelsText,
    #[serde(default)]
    libraries: Option<Vec<LibraryText>>,
    #[serde(default)]
    base_url: Option<String>,
    #[serde(default)]
    timeout_ms: Option<f64>,
    #[serde(default)]
    cache_name: Option<String>,
    #[serde(default)]
    max_pixels: Option<f64>,
    #[serde(default)]
    token_lifetime_ms: Option<f64>,
}

#[derive(Deserialize)]
struct ModelsText {
    detector: ModelText,
    embedder: ModelText,
    #[serde(default)]
    expression: Option<ModelText>,
}

#[derive(Deserialize)]
struct ModelText {
    url: String,
    sha256: String,
    bytes: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LibraryText {
    name: String,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    public_url: Option<String>,
    #[serde(default)]
    access: Option<String>,
}

impl Config {
    /// Reads the object that the page gives.
    ///
    /// # Errors
    /// `InvalidParameter` naming the field that is wrong.
    pub(super) fn parse(value: JsValue) -> Result<Self> {
        // `null` means no cache, and leaving the name out the default one.
        let default_cache = get(&value, "cacheName").is_undefined().then(|| DEFAULT_CACHE_NAME.to_owned());
        let fetch = own_fetch(&value)?;
        let text: ConfigText =
            serde_wasm_bindgen::from_value(value).map_err(|e| Error::invalid("config", e.to_string()))?;
        let base = text.base_url.or_else(base_address);
        let model = |role, model: ModelText| ModelFile::parse(role, &model, base.as_deref());
        Ok(Self {
            detector: model("detector", text.models.detector)?,
            embedder: model("embedder", text.models.embedder)?,
            expression: text.models.expression.map(|m| model("expression", m)).transpose()?,
            libraries: libraries(text.libraries.unwrap_or_default(), base.as_deref())?,
            timeout_ms: timeout(text.timeout_ms)?,
            cache_name: text.cache_name.or(default_cache),
            limits: limits(text.max_pixels)?,
            token_lifetime_ms: text.token_lifetime_ms.map(lifetime).transpose()?,
            fetch,
            base,
        })
    }
}

impl ModelFile {
    fn parse(role: &'static str, text: &ModelText, base: Option<&str>) -> Result<Self> {
        let invalid = |field: &str, reason: &str| Error::invalid(&format!("models.{role}.{field}"), reason);
        Ok(Self {
            role,
            url: resolve(&text.url, base, &format!("models.{role}.url"))?,
            sha256: Digest::from_hex(&text.sha256)
                .ok_or_else(|| invalid("sha256", "64 hexadecimal digits are wanted"))?,
            bytes: whole_number(text.bytes).ok_or_else(|| invalid("bytes", "a whole number is wanted"))?,
        })
    }
}

fn libraries(texts: Vec<LibraryText>, base: Option<&str>) -> Result<Vec<LibraryPlace>> {
    let mut places: Vec<LibraryPlace> = Vec::with_capacity(texts.len());
    for (index, text) in texts.into_iter().enumerate() {
        if text.name.is_empty() {
            return Err(Error::invalid("libraries", "a library has an empty name"));
        }
        if places.iter().any(|place| place.name == text.name) {
            return Err(Error::invalid("libraries", format!("two libraries have the name {:?}", text.name)));
        }
        let folder = |url: Option<String>, name: &str| {
            url.map(|url| library_folder(&url, base, &format!("libraries[{index}].{name}"))).transpose()
        };
        places.push(LibraryPlace {
            folder: folder(text.url, "url")?,
            public_folder: folder(text.public_url, "publicUrl")?,
            access: text.access.as_deref().map(Access::parse).transpose()?.unwrap_or_default(),
            name: text.name,
        });
    }
    Ok(places)
}

fn own_fetch(config: &JsValue) -> Result<Option<Function>> {
    let Some(value) = given(config, "fetch") else { return Ok(None) };
    value.dyn_into().map(Some).map_err(|_| Error::invalid("fetch", "a function is wanted"))
}

fn lifetime(milliseconds: f64) -> Result<i64> {
    let whole = whole_number(milliseconds.floor()).filter(|ms| *ms > 0).and_then(|ms| i64::try_from(ms).ok());
    whole.ok_or_else(|| {
        Error::invalid("tokenLifetimeMs", format!("{milliseconds} is no time; milliseconds above 0 are wanted"))
    })
}

fn timeout(wish: Option<f64>) -> Result<f64> {
    match wish {
        None => Ok(DEFAULT_TIMEOUT_MS),
        Some(ms) if ms > 0.0 => Ok(ms.min(MAX_TIMEOUT_MS)),
        Some(other) => Err(Error::invalid("timeoutMs", format!("{other} is no time; milliseconds above 0 are wanted"))),
    }
}

fn limits(max_pixels: Option<f64>) -> Result<DecodeLimits> {
    let Some(number) = max_pixels else { return Ok(DecodeLimits::default()) };
    let max_pixels = whole_number(number).filter(|n| *n > 0);
    let max_pixels = max_pixels.ok_or_else(|| Error::invalid("maxPixels", "a whole number above 0 is wanted"))?;
    Ok(DecodeLimits { max_pixels })
}

/// A JavaScript number that counts something.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be whole and in range")]
pub(super) fn whole_number(number: f64) -> Option<u64> {
    let whole = number >= 0.0 && number.fract() == 0.0 && number <= 9_007_199_254_740_991.0;
    whole.then_some(number as u64)
}
