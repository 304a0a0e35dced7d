//! From media to the rows of a library: faces, embeddings, thumbnails, and which person a face is.
//!
//! Shared by the command line and the browser. Imports `vision`, `library`, `core` and `error`. No I/O, no clock: bytes in,
//! rows out. Boxes are in source pixels after EXIF orientation.

pub(crate) mod base64;
mod capture;
mod edits;
mod entities;
mod exact;
mod nameless;
mod people;
mod photo;
mod presence;
mod rows;
mod tracking;
mod video;

pub use capture::capture_time_ms;
pub use edits::{
    MAX_ADDED_FACES, NewFace, Outcome, PersonEdit, apply_edit, apply_edits, edit_of_line, find_person,
    is_added_by_hand, keeps_of, line_of_edit, person_id_of, purge_deleted, resolve_edit,
};
pub use entities::{DiscoverOptions, discover};
pub use nameless::{drop_empty_entities, is_nameless};
pub use people::{Assignment, Gallery, PersonReference, assign_people};
pub use photo::{
    IndexOptions, IndexedMedia, PhotoFile, Thumbnail, cover_name, face_thumbnail_name, index_decoded, index_photo,
    title_of,
};
pub use rows::{FaceRow, MediaRows, media_id_of};
pub use tracking::{LiveTracker, Sighting, Step};
pub use video::{
    DEFAULT_FRAMES_PER_SECOND, FRAME_SIDE_PX, Looked, VIDEO_PIPELINE_VERSION, VideoIndexer, VideoOptions, VideoSource,
};
