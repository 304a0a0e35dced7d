//! The files of libraries that live in a client: given to the page, and taken from it in the place of what is there.

use js_sys::{Object, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::client::WebClient;
use super::host::{get, set};
use super::input::byte_array;
use super::media::now;
use super::output::to_js;
use crate::error::{Error, Result};
use crate::operations::Imported;

/// What an import brought.
#[derive(Serialize)]
struct ImportedObject {
    media: usize,
    faces: usize,
    persons: usize,
}

#[wasm_bindgen]
impl WebClient {
    /// The tables and `library.json` of a library with all that was added to it, `{ name, bytes }` each; of its pictures the names
    /// only, `{ name }`, since the page has them. No name: the first library that can be changed.
    ///
    /// # Errors
    /// A `VisavisError`.
    #[wasm_bindgen(js_name = ownFiles)]
    #[expect(clippy::needless_pass_by_value, reason = "wasm-bindgen hands over a text of its own")]
    pub fn own_files(&self, library: Option<String>) -> Result<Vec<JsValue>, JsValue> {
        now(|| {
            let slot = self.session.own_library(library.as_deref())?;
            let (files, pictures) = slot.change_quietly(|own| Ok((own.files()?, own.picture_names())))?;
            let files = files.iter().map(|(name, bytes)| file_to_js(name, Some(bytes.as_slice())));
            Ok(files.chain(pictures.iter().map(|name| file_to_js(name, None))).collect())
        })
    }

    /// Whether another library may be put in the place of one, so that nobody unpacks it in vain.
    ///
    /// # Errors
    /// A `VisavisError` where `importLibrary` would fail whatever the files are.
    #[wasm_bindgen(js_name = checkImport)]
    #[expect(clippy::needless_pass_by_value, reason = "wasm-bindgen hands over a text of its own")]
    pub fn check_import(&self, library: Option<String>, replace: bool) -> Result<(), JsValue> {
        now(|| {
            let slot = self.session.own_library(library.as_deref())?;
            slot.change_quietly(|own| own.check_import(replace))
        })
    }

    /// Puts the library that these files `{ name, bytes }` make in the place of one: `{ media, faces, persons }`.
    ///
    /// # Errors
    /// A `VisavisError`; nothing is changed then.
    #[wasm_bindgen(js_name = importLibrary)]
    #[expect(clippy::needless_pass_by_value, reason = "wasm-bindgen hands over a vector, not a slice of values")]
    pub fn import_library(
        &self,
        library: Option<String>,
        files: Vec<JsValue>,
        replace: bool,
    ) -> Result<JsValue, JsValue> {
        now(|| {
            let slot = self.session.own_library(library.as_deref())?;
            let files = files.iter().map(file_of_js).collect::<Result<_>>()?;
            let Imported { media, faces, persons } = slot.change(|own| own.import(files, replace))?;
            to_js(&ImportedObject { media, faces, persons })
        })
    }
}

fn file_to_js(name: &str, bytes: Option<&[u8]>) -> JsValue {
    let object = Object::new();
    set(&object, "name", &name.into());
    if let Some(bytes) = bytes {
        set(&object, "bytes", &Uint8Array::from(bytes));
    }
    object.into()
}

fn file_of_js(value: &JsValue) -> Result<(String, Vec<u8>)> {
    let name = get(value, "name").as_string();
    let name = name.ok_or_else(|| Error::invalid("files", "each has a name"))?;
    Ok((name, byte_array(&get(value, "bytes"), "files")?))
}
