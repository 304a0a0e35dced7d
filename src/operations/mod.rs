//! The operations: request in, response out. Face-search tokens, paging, grouping of faces to media, calibrated scores.
//!
//! Imports `core`, `vision`, `library`, `indexing` and `error`. No I/O, no clock, no randomness: request ids and image bytes come
//! in as arguments. The wire types (what JavaScript and JSON see) live here; their names follow the public service to the letter.

mod choice;
mod faces;
mod match_expr;
mod params;
mod request;
mod score;
mod search;
mod tokens;
#[cfg(test)]
mod typescript;

pub use choice::{FaceChoice, query_of_photo};
pub use faces::{BoxObject, ExpressionObject, FaceObject, PointObject, QualityObject};
pub use match_expr::{
    Condition, ExactField, ExactTest, Field, MAX_CONTAINS_CHARS, MAX_MATCH_BYTES, MAX_MATCH_DEPTH, Match, NumberRange,
    NumericField, TextTest,
};
pub use request::{MAX_PAGE_SIZE, SearchMediaByFaceRequest};
pub use score::score_of_cosine;
pub use search::{
    BoxPosition, MediaHit, MediaInfo, ScoreRow, SearchMediaByFaceResponse, SearchOptions, media_hits,
    search_media_by_face,
};
pub use tokens::{QuerySource, StoredQuery, TokenStore};
