//! What becomes of one image of a task: the faces most similar to its largest face, or a failure. Imports `core`, `vision`, `library` and `error`.

use serde::{Deserialize, Serialize};

use super::super::choice::{FaceChoice, query_of_photo};
use super::super::score::rounded_score;
use super::wire::{FaceBoundary, SimilarFace};
use crate::core::{Rect, sha256};
use crate::error::{Error, Result};
use crate::library::{FaceFilter, FaceHit, FaceQuery, Library};
use crate::vision::{Engine, Photo};

/// The answer for one image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceAnswer {
    /// An id of the image's face, made from the face itself.
    pub face_id: String,
    /// Where it is in the image.
    pub boundary: FaceBoundary,
    /// The faces of the library, by descending similarity.
    pub similar_faces: Vec<SimilarFace>,
}

/// Why an image could not be searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFailure {
    /// The code of the error.
    pub code: String,
    /// What was wrong.
    pub message: String,
}

impl From<Error> for SourceFailure {
    fn from(error: Error) -> Self {
        Self { code: error.code(), message: error.to_string() }
    }
}

/// Searches a library for the largest face of a photo. `name` is what errors call the photo.
///
/// # Errors
/// `NoFace`, `FaceTooSmall`, `EmbedderMismatch`, and those of the models.
pub fn search_source(
    library: &Library,
    engine: &Engine,
    photo: &Photo,
    name: &str,
    max_result: u32,
) -> Result<SourceAnswer> {
    let (query, face) = query_of_photo(engine, photo, &FaceChoice::Largest, name)?;
    source_answer(library, &query, &face.box_px, max_result)
}

/// The `max_result` faces of a library that are most similar to a face, however similar, by descending similarity, ties by face id.
///
/// # Errors
/// `EmbedderMismatch`, and `EmbeddingInvalid` for a query of the wrong length.
pub fn source_answer(library: &Library, query: &FaceQuery, box_px: &Rect, max_result: u32) -> Result<SourceAnswer> {
    let hits = library.search(query, &FaceFilter::default(), -1.0, max_result as usize)?;
    let bytes: Vec<u8> = query.embedding.as_slice().iter().flat_map(|v| v.to_le_bytes()).collect();
    Ok(SourceAnswer {
        face_id: sha256(&bytes).first_53_bits().to_string(),
        boundary: FaceBoundary::of(box_px),
        similar_faces: hits.iter().filter_map(|hit| similar_face(library, hit)).collect(),
    })
}

fn similar_face(library: &Library, hit: &FaceHit) -> Option<SimilarFace> {
    let face = library.face(hit.face_row)?;
    Some(SimilarFace {
        uri: face.media.url.clone().unwrap_or_else(|| face.media.path.clone()),
        media_id: face.media.media_id.to_string(),
        face_id: face.face_id.to_string(),
        boundary: FaceBoundary::of(&face.box_px),
        similarity: rounded_score(library.embedder(), hit.cosine),
    })
}
