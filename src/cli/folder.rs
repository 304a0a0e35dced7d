//! Opening a library that is a folder of files. Imports `library`, `error`.

use std::io::ErrorKind;
use std::path::Path;

use crate::error::{Error, Result};
use crate::library::{FileEntry, Library, MANIFEST_NAME, Manifest};

use super::files::{file_length, io_error, read_at_most};

/// The longest manifest that is read, in bytes, as in the browser.
const MANIFEST_BYTES_LIMIT: u64 = 64 << 20;

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
    let length = file_length(&place).map_err(|e| match e.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            Error::LibraryNotFound { library: library.clone(), place: place.display().to_string() }
        }
        _ => io_error(&place, &e),
    })?;
    if length > MANIFEST_BYTES_LIMIT {
        let reason = format!("{length} bytes, but a manifest of at most {MANIFEST_BYTES_LIMIT} bytes is read");
        return Err(Error::LibraryMalformed { library, part: MANIFEST_NAME.to_owned(), reason });
    }
    Manifest::parse(&library, &read_at_most(&place, MANIFEST_BYTES_LIMIT)?)
}

/// Reads a file that the manifest of the library in `folder` lists. One of another length is not read.
///
/// # Errors
/// `IoError`, `FileLengthMismatch`. The hash is not looked at.
pub(super) fn read_table(folder: &Path, file: &FileEntry) -> Result<Vec<u8>> {
    let place = folder.join(&file.name);
    let found = file_length(&place).map_err(|e| io_error(&place, &e))?;
    if found != file.bytes {
        return Err(Error::FileLengthMismatch {
            library: library_name(folder),
            file: file.name.clone(),
            expected: file.bytes,
            found,
        });
    }
    read_at_most(&place, file.bytes)
}

/// Reads and checks the whole library in `folder`.
///
/// # Errors
/// Those of [`read_manifest`], `IoError` for a table that cannot be read, and those of `Library::open`.
pub(super) fn open_library(folder: &Path) -> Result<Library> {
    let manifest = read_manifest(folder)?;
    let files = manifest.files().iter().map(|file| Ok((file.name.clone(), read_table(folder, file)?)));
    let files = files.collect::<Result<Vec<_>>>()?;
    Library::open(&library_name(folder), manifest, files)
}
