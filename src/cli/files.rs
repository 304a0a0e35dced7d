//! Reading and writing files so that errors name them and nobody ever sees half a file. Imports `core`, `error`.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use crate::core::{Digest, Sha256Stream};
use crate::error::{Error, Result};

/// Files above this are not read as photos: 1 GiB holds any image within the limit on pixels.
const PHOTO_BYTES_LIMIT: u64 = 1 << 30;
/// Files are hashed in pieces of so many bytes.
const HASH_CHUNK_BYTES: usize = 1 << 18;

/// The operating system's refusal, with the path it was about.
pub(super) fn io_error(path: &Path, error: &io::Error) -> Error {
    Error::Io { path: path.display().to_string(), reason: error.to_string() }
}

/// The bytes of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|e| io_error(path, &e))
}

/// The bytes of a file of at most `limit` bytes; the length is looked at before anything is read.
pub(super) fn read_at_most(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let found = file_length(path).map_err(|e| io_error(path, &e))?;
    if found > limit {
        return Err(Error::Io {
            path: path.display().to_string(),
            reason: format!("{found} bytes, more than {limit}"),
        });
    }
    let mut bytes = Vec::new();
    // It may have grown since.
    let file = File::open(path).map_err(|e| io_error(path, &e))?;
    file.take(limit).read_to_end(&mut bytes).map_err(|e| io_error(path, &e))?;
    Ok(bytes)
}

/// The length of a file; refuses what is none, so that nobody waits for a pipe or reads a device.
pub(super) fn file_length(path: &Path) -> io::Result<u64> {
    let metadata = fs::metadata(path)?;
    if metadata.is_file() { Ok(metadata.len()) } else { Err(io::Error::other("not a file")) }
}

/// The bytes of a photo; errors call it `name`.
pub(super) fn read_photo(path: &Path, name: &str) -> Result<Vec<u8>> {
    let failed = |reason: String| Error::Io { path: name.to_owned(), reason };
    let metadata = fs::metadata(path).map_err(|e| failed(e.to_string()))?;
    if !metadata.is_file() {
        return Err(failed("not a file".to_owned()));
    }
    if metadata.len() > PHOTO_BYTES_LIMIT {
        return Err(failed(format!("{} bytes; photos of at most {PHOTO_BYTES_LIMIT} bytes are read", metadata.len())));
    }
    fs::read(path).map_err(|e| failed(e.to_string()))
}

/// The first `count` bytes of a file, or all of a shorter one; errors call it `name`.
pub(super) fn read_head(path: &Path, name: &str, count: usize) -> Result<Vec<u8>> {
    let failed = |reason: String| Error::Io { path: name.to_owned(), reason };
    file_length(path).map_err(|e| failed(e.to_string()))?;
    let mut head = Vec::with_capacity(count);
    let file = File::open(path).map_err(|e| failed(e.to_string()))?;
    file.take(count as u64).read_to_end(&mut head).map_err(|e| failed(e.to_string()))?;
    Ok(head)
}

/// The SHA-256 and the length of a file of any size; errors call it `name`.
pub(super) fn hash(path: &Path, name: &str) -> Result<(Digest, u64)> {
    let failed = |e: io::Error| Error::Io { path: name.to_owned(), reason: e.to_string() };
    let mut file = File::open(path).map_err(failed)?;
    let mut hasher = Sha256Stream::default();
    let mut buffer = vec![0; HASH_CHUNK_BYTES];
    let mut length = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((hasher.finish(), length)),
            Ok(count) => {
                hasher.update(buffer.get(..count).unwrap_or_default());
                length += count as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(failed(e)),
        }
    }
}

/// Makes a folder and those above it, where they are not there yet.
pub(super) fn create_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|e| io_error(path, &e))
}

/// Writes `bytes` under `scratch`, on disk to the last byte, then renames it to `path`: whoever looks sees all or nothing.
///
/// Both must be on one file system. What is at `scratch` is removed, never written into, so a link there leads nowhere.
pub(super) fn write_whole(path: &Path, bytes: &[u8], scratch: &Path) -> Result<()> {
    let mut file = create_anew(scratch)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|e| io_error(scratch, &e))?;
    fs::rename(scratch, path).map_err(|e| io_error(path, &e))
}

/// A new file in place of the one that may be there.
pub(super) fn create_anew(path: &Path) -> Result<File> {
    remove_if_there(path)?;
    File::create_new(path).map_err(|e| io_error(path, &e))
}

/// Removes a file, unless there is none.
pub(super) fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(io_error(path, &e)),
        _ => Ok(()),
    }
}

/// Makes renames into a folder last through a power failure, where the operating system can.
pub(super) fn sync_folder(path: &Path) {
    if let Ok(folder) = File::open(path) {
        // Windows cannot do this for folders; the files themselves are on disk already.
        let _ = folder.sync_all();
    }
}

/// A path relative to `root` with forward slashes; `None` where it is not below it.
pub(super) fn relative_name(path: &Path, root: &Path) -> Option<String> {
    let relative = path.strip_prefix(root).ok()?;
    let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_hashed_in_pieces_as_at_once() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("file");
        let bytes: Vec<u8> = (0..=255).cycle().take(HASH_CHUNK_BYTES + 77).collect();
        fs::write(&path, &bytes)?;
        assert_eq!(hash(&path, "file")?, (crate::core::sha256(&bytes), bytes.len() as u64));
        assert_eq!(read_head(&path, "file", 3)?, [0, 1, 2]);
        assert_eq!(read_head(folder.path(), "folder", 3).err().map(|e| e.code()).as_deref(), Some("IoError"));
        Ok(())
    }

    #[test]
    fn relative_names_have_forward_slashes() {
        let name = relative_name(Path::new("a/b/c/d.jpg"), Path::new("a/b"));
        assert_eq!(name.as_deref(), Some("c/d.jpg"));
        assert_eq!(relative_name(Path::new("x/d.jpg"), Path::new("a")), None);
    }
}
