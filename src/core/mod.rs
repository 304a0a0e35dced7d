//! The shared vocabulary: boxes, landmarks, similarity transforms, embeddings, ids, digests, time ranges.
//!
//! Imports only `error`. No I/O, no clock, no randomness. All coordinates are pixels with the origin at the upper left
//! corner of the upper left pixel, x to the right and y down, unless a name says otherwise.

mod digest;
mod embedding;
mod geometry;
mod id;
mod media;
mod moment;
mod words;

pub use digest::{Digest, Sha256Stream, sha256};
pub use embedding::{EmbedderInfo, Embedding};
pub use geometry::{Landmarks, Point, Rect, Similarity};
pub use id::{EntityId, FaceId, MediaId};
pub use media::{MediaType, TimeRange};
pub use moment::{parse_utc, utc_text};
pub use words::counted;
