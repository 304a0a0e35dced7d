//! The library: static files that any host can serve. `docs/format.md` is its specification.
//!
//! This layer reads and writes bytes only: it never touches a file system, a network, a clock or a random number.
//! [`build_library`] turns records into a manifest and hash-named tables; [`Manifest::parse`] says which files a search
//! needs, and [`Library::open`] checks and decodes them. Imports `kernels`, `core` and `error`.
//!
//! Boxes are in source pixels (origin upper left, y down), times in seconds from the start of the video, moments in
//! milliseconds since 1970-01-01T00:00:00Z.

mod catalog;
mod cell_table;
mod columns;
mod face_index;
mod face_table;
#[cfg(feature = "bench")]
mod flat;
mod ipc;
mod json;
mod layout;
mod manifest;
mod media_table;
mod merged;
mod neighbours;
mod opened;
mod partition;
mod people_table;
mod publish;
mod quantise;
mod records;
mod row_set;
mod scan;
mod schema;
mod search;
mod track_table;
mod views;

pub use catalog::{
    Catalog, IdColumn, NORMAL_STATUS, NumberField, TermColumn, TermField, TextColumn, TextField, UNKNOWN_CATEGORY,
    fold_case,
};
#[cfg(feature = "bench")]
pub use flat::FlatIndex;
pub use manifest::{
    FORMAT_NAME, FORMAT_VERSION, FileEntry, FileRole, MANIFEST_NAME, MAX_FILE_BYTES, MAX_FILES, Manifest,
};
pub(crate) use merged::MergedJson;
pub use opened::Library;
pub use publish::{BuiltLibrary, LibraryFile, PublishOptions, build_library};
pub use quantise::{Quantised, quantise, restore};
pub use records::{
    CatalogFields, EntityRecord, FaceFilter, FaceHit, FaceQuery, FaceRecord, Given, LibraryContents, MediaRecord,
    MergedPerson, TrackPoint, TrackRecord,
};
pub use row_set::RowSet;
pub use views::{EntityView, FaceView, MediaView};
