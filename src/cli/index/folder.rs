//! The folder of a library that is being written: its lock, its journal's place, its staged thumbnails, and publishing.
//! Imports `library`, `indexing`.
//!
//! `OUT/.visavis/` holds `lock`, `journal`, `staged/` (thumbnails that are not published yet) and `scratch` (a file being
//! written). Everything else in OUT is the library. Published are: thumbnails, tables, `library.json`, in this order, each by
//! rename; then what no manifest names any more is removed.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::cli::files::{create_folder, io_error, sync_folder, write_whole};
use crate::error::{Error, Result};
use crate::indexing::Thumbnail;
use crate::library::{BuiltLibrary, MANIFEST_NAME};

/// Folders of thumbnails in a library.
const THUMBNAIL_FOLDERS: [&str; 2] = ["faces", "covers"];

/// A library's folder, locked against other writers until this is dropped.
#[derive(Debug)]
pub(super) struct OutFolder {
    root: PathBuf,
    state: PathBuf,
    /// Held, not read: the lock goes with the file handle, also when the process dies.
    _lock: File,
}

impl OutFolder {
    /// Makes the folder where it is not there, and locks it.
    ///
    /// # Errors
    /// `LibraryBusy` when another process is writing to it, `IoError` when it cannot be written.
    pub(super) fn open(root: &Path) -> Result<Self> {
        let state = root.join(".visavis");
        for folder in THUMBNAIL_FOLDERS {
            create_folder(&state.join("staged").join(folder))?;
        }
        let lock_path = state.join("lock");
        let lock = File::create(&lock_path).map_err(|e| io_error(&lock_path, &e))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root: root.to_owned(), state, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::LibraryBusy { library: root.display().to_string() }),
            Err(TryLockError::Error(e)) => Err(io_error(&lock_path, &e)),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn journal_path(&self) -> PathBuf {
        self.state.join("journal")
    }

    /// Whether a thumbnail is published or staged.
    pub(super) fn has_thumbnail(&self, name: &str) -> bool {
        let is_there =
            |path: PathBuf| fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0);
        is_there(self.root.join(name)) || is_there(self.staged(name))
    }

    /// Keeps a thumbnail for the next publishing. The published library does not see it.
    pub(super) fn stage(&self, thumbnail: &Thumbnail) -> Result<()> {
        write_whole(&self.staged(&thumbnail.name), &thumbnail.jpeg, &self.scratch())
    }

    /// Replaces the published library.
    ///
    /// `thumbnails` are those that the new library has; of the `candidates`, those that it has not are removed.
    pub(super) fn publish(
        &self,
        built: &BuiltLibrary,
        thumbnails: &BTreeSet<String>,
        candidates: impl Iterator<Item = String>,
    ) -> Result<()> {
        self.publish_thumbnails(thumbnails)?;
        for file in &built.files {
            let path = self.root.join(&file.name);
            if !has_contents(&path, &file.bytes) {
                write_whole(&path, &file.bytes, &self.scratch())?;
            }
        }
        sync_folder(&self.root);
        let manifest = self.root.join(MANIFEST_NAME);
        if !has_contents(&manifest, &built.manifest) {
            write_whole(&manifest, &built.manifest, &self.scratch())?;
            sync_folder(&self.root);
        }
        self.remove_old_tables(built)?;
        for name in candidates.filter(|name| !thumbnails.contains(name)) {
            remove_if_there(&self.root.join(&name))?;
        }
        for folder in THUMBNAIL_FOLDERS {
            // Succeeds only where the folder is empty, and then it is of no use.
            let _ = fs::remove_dir(self.root.join(folder));
        }
        Ok(())
    }

    fn publish_thumbnails(&self, thumbnails: &BTreeSet<String>) -> Result<()> {
        for folder in THUMBNAIL_FOLDERS {
            let staged = self.state.join("staged").join(folder);
            let target = self.root.join(folder);
            let mut any = false;
            for entry in fs::read_dir(&staged).map_err(|e| io_error(&staged, &e))? {
                let path = entry.map_err(|e| io_error(&staged, &e))?.path();
                let file_name = path.file_name().unwrap_or_default();
                if thumbnails.contains(&format!("{folder}/{}", file_name.to_string_lossy())) {
                    if !any {
                        create_folder(&target)?;
                        any = true;
                    }
                    let to = target.join(file_name);
                    fs::rename(&path, &to).map_err(|e| io_error(&to, &e))?;
                } else {
                    remove_if_there(&path)?;
                }
            }
            if any {
                sync_folder(&target);
            }
        }
        Ok(())
    }

    /// Removes the tables that the new manifest does not name: files called `<table>-<sha256>.<extension>`, none else.
    fn remove_old_tables(&self, built: &BuiltLibrary) -> Result<()> {
        for entry in fs::read_dir(&self.root).map_err(|e| io_error(&self.root, &e))? {
            let path = entry.map_err(|e| io_error(&self.root, &e))?.path();
            let Some(name) = path.file_name().and_then(OsStr::to_str) else { continue };
            if is_table_name(name) && !built.files.iter().any(|file| file.name == name) {
                remove_if_there(&path)?;
            }
        }
        Ok(())
    }

    fn staged(&self, name: &str) -> PathBuf {
        self.state.join("staged").join(name)
    }

    fn scratch(&self) -> PathBuf {
        self.state.join("scratch")
    }
}

fn has_contents(path: &Path, bytes: &[u8]) -> bool {
    let same_length = fs::metadata(path).is_ok_and(|metadata| metadata.len() == bytes.len() as u64);
    same_length && fs::read(path).is_ok_and(|found| found == bytes)
}

fn is_table_name(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let digits =
        |hash: &str| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    stem.rsplit_once('-').is_some_and(|(table, hash)| table.bytes().all(|b| b.is_ascii_lowercase()) && digits(hash))
}

fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(io_error(path, &e)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hash_named_tables_are_tables() {
        assert!(is_table_name(&format!("faces-{}.arrow", "0a".repeat(32))));
        assert!(!is_table_name("holiday-photos.zip"));
        assert!(!is_table_name(&format!("my photo-{}.arrow", "0a".repeat(32))));
    }

    #[test]
    fn a_folder_has_one_writer() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let first = OutFolder::open(folder.path())?;
        let error = OutFolder::open(folder.path()).err().ok_or("locked twice")?;
        assert_eq!(error.code(), "LibraryBusy");
        drop(first);
        OutFolder::open(folder.path())?;
        Ok(())
    }
}
