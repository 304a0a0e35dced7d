//! Exact searches: of rows that a page gives, and of a library as it is published.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use super::answered;
use crate::core::{Embedding, EntityId, MediaType};
use crate::error::{Error, Result};
use crate::library::{FaceFilter, FaceQuery, FlatIndex, Library, Manifest};

/// Rows of numbers.
#[wasm_bindgen]
pub struct BenchIndex {
    index: FlatIndex,
}

#[wasm_bindgen]
impl BenchIndex {
    /// An index of vectors of `dim` numbers, stored as bytes or as they are.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(dim: usize, is_bytes: bool) -> BenchIndex {
        Self { index: FlatIndex::new(dim, is_bytes) }
    }

    /// Adds rows, which get ids in their order from `first_id`.
    ///
    /// # Errors
    /// A `VisavisError` for a row without a direction.
    pub fn add(&mut self, rows: &[f32], first_id: u32) -> Result<(), JsValue> {
        answered(self.index.add(rows, u64::from(first_id)))
    }

    /// The ids of the `limit` rows with the greatest cosines.
    ///
    /// # Errors
    /// A `VisavisError` for a query without a direction or of another length.
    pub fn search(&self, query: &[f32], limit: usize) -> Result<Vec<u32>, JsValue> {
        let found = answered(self.index.search(query, limit))?;
        Ok(found.into_iter().filter_map(|(id, _)| u32::try_from(id).ok()).collect())
    }
}

/// A library in memory.
#[wasm_bindgen]
pub struct BenchLibrary {
    library: Library,
}

#[wasm_bindgen]
impl BenchLibrary {
    /// Opens a library: its manifest, and its other files in the order in which the manifest names them.
    ///
    /// # Errors
    /// A `VisavisError` where a file is not what it must be.
    #[wasm_bindgen(constructor)]
    pub fn new(manifest: &[u8], files: &Array) -> Result<BenchLibrary, JsValue> {
        answered(open(manifest, files)).map(|library| Self { library })
    }

    /// How many faces it has.
    #[must_use]
    pub fn faces(&self) -> usize {
        self.library.face_count()
    }

    /// The rows of the `limit` nearest faces, of media of this type and of this person where they are given.
    ///
    /// # Errors
    /// A `VisavisError` for a query that is none.
    #[expect(clippy::needless_pass_by_value, reason = "what wasm-bindgen hands over")]
    pub fn search(
        &self,
        query: &[f32],
        limit: usize,
        media_type: Option<String>,
        entity: Option<String>,
    ) -> Result<Vec<u32>, JsValue> {
        let found = || -> Result<Vec<u32>> {
            let query =
                FaceQuery { embedding: Embedding::new(query.to_vec())?, embedder: self.library.embedder().clone() };
            let filter = FaceFilter {
                media_type: media_type.as_deref().and_then(MediaType::parse),
                entity: entity.map(EntityId),
                media_rows: None,
            };
            let hits = self.library.search(&query, &filter, -1.0, limit)?;
            Ok(hits.into_iter().filter_map(|hit| u32::try_from(hit.face_row).ok()).collect())
        };
        answered(found())
    }
}

fn open(manifest: &[u8], files: &Array) -> Result<Library> {
    let manifest = Manifest::parse("bench", manifest)?;
    let names: Vec<String> = manifest.files().iter().map(|entry| entry.name.clone()).collect();
    if names.len() != files.length() as usize {
        return Err(Error::invalid("files", format!("{} files; the manifest names {}", files.length(), names.len())));
    }
    let bytes = files.iter().map(|file| Uint8Array::new(&file).to_vec());
    Library::open("bench", manifest, names.into_iter().zip(bytes).collect())
}
