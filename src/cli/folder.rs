//! Opening a library that is a folder of files. Imports `library`, `error`.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::error::{Error, Result};
use crate::library::{Library, MANIFEST_NAME, Manifest};

use super::files::{io_error, read};

/// What errors call the library in this folder.
pub(super) fn library_name(folder: &Path) -> String {
    folder.display().to_string()
}

/// Reads the manifest of the library in `folder`.
///
/// # Errors
/// `LibraryNotFound`, `LibraryMalformed`, `LibraryVersionUnsupported`, `IoError`.
pub(super) fn read_manifest(folder: &Path) -> Result<Manifest> {
    let (library, place) = (library_name(folder), folder.join(MANIFEST_NAME));
    let bytes = fs::read(&place).map_err(|e| match e.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            Error::LibraryNotFound { library: library.clone(), place: place.display().to_string() }
        }
        _ => io_error(&place, &e),
    })?;
    Manifest::parse(&library, &bytes)
}

/// Reads and checks the whole library in `folder`.
///
/// # Errors
/// Those of [`read_manifest`], `IoError` for a table that cannot be read, and those of `Library::open`.
pub(super) fn open_library(folder: &Path) -> Result<Library> {
    let manifest = read_manifest(folder)?;
    let files = manifest.files().iter().map(|file| Ok((file.name.clone(), read(&folder.join(&file.name))?)));
    let files = files.collect::<Result<Vec<_>>>()?;
    Library::open(&library_name(folder), manifest, files)
}
