//! The folder of a library that is being written: its lock, its journal's place, its staged thumbnails, and publishing.
//! Imports `library`, `indexing`.
//!
//! `OUT/.visavis/` holds `lock`, `journal`, `people.jsonl` and `people.applied` (see `edits`), `partial/` (see `partial`), `staged/` (thumbnails that are not published yet) and `scratch` (a file being
//! written). Nothing in it may be a link. Everything else in OUT is the library. Published are: new thumbnails, tables,
//! `library.json`, thumbnails that changed, in this order, each by rename; then what neither this manifest nor the one
//! before it names is removed, so that a page which has just fetched the old manifest still finds its tables.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::cli::files::{create_folder, io_error, remove_if_there, sync_folder, write_whole};
use crate::cli::folder::read_manifest;
use crate::error::{Error, Result};
use crate::indexing::Thumbnail;
use crate::library::{BuiltLibrary, MANIFEST_NAME, Manifest};

use super::partial::Partials;

/// The indexer's own memory, inside the library's folder.
pub(super) const STATE_FOLDER: &str = ".visavis";
/// Folders of thumbnails in a library.
const THUMBNAIL_FOLDERS: [&str; 2] = ["faces", "covers"];

/// Thumbnails that wait for publishing, relative to the library.
#[derive(Debug, Default)]
struct Staged {
    /// Nothing is published under these names.
    new: Vec<String>,
    /// Something else is: the old library shows it until the manifest is replaced.
    changed: Vec<String>,
}

/// A library's folder, locked against other writers until this is dropped.
#[derive(Debug)]
pub(in crate::cli) struct OutFolder {
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
    pub(in crate::cli) fn open(root: &Path) -> Result<Self> {
        let state = root.join(STATE_FOLDER);
        refuse_links(&state)?;
        for folder in THUMBNAIL_FOLDERS {
            create_folder(&state.join("staged").join(folder))?;
        }
        let lock_path = state.join("lock");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let lock = options.open(&lock_path).map_err(|e| io_error(&lock_path, &e))?;
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

    /// The edits by hand, how many of them are published, and where the latter is written.
    pub(super) fn edit_paths(&self) -> [PathBuf; 3] {
        [self.state.join("people.jsonl"), self.state.join("people.applied"), self.scratch()]
    }

    /// Whether a thumbnail is published or staged.
    pub(super) fn has_thumbnail(&self, name: &str) -> bool {
        let is_there = |metadata: std::io::Result<Metadata>| metadata.is_ok_and(|m| m.is_file() && m.len() > 0);
        is_there(fs::metadata(self.root.join(name))) || is_there(fs::symlink_metadata(self.staged(name)))
    }

    /// The folder of what is known of films in work.
    pub(super) fn partial_folder(&self) -> PathBuf {
        self.state.join("partial")
    }

    /// Keeps a thumbnail for the next publishing. The published library does not see it.
    pub(in crate::cli) fn stage(&self, thumbnail: &Thumbnail) -> Result<()> {
        self.stage_by(thumbnail, &self.scratch())
    }

    /// The same for a thread that writes beside others, under a name of its own.
    pub(super) fn stage_by(&self, thumbnail: &Thumbnail, scratch: &Path) -> Result<()> {
        write_whole(&self.staged(&thumbnail.name), &thumbnail.jpeg, scratch)
    }

    /// Replaces the published library. Where this fails, the old one is whole.
    ///
    /// `thumbnails` are those that the new library has; of the `candidates`, those that it has not are removed. The tables of the library
    /// before stay until the next time, for whoever reads them just now, but not where they hold what was `deleted`.
    pub(in crate::cli) fn publish(
        &self,
        built: &BuiltLibrary,
        thumbnails: &BTreeSet<String>,
        candidates: impl Iterator<Item = String>,
        deleted: bool,
    ) -> Result<()> {
        // Read before it is replaced; one that cannot be read names nothing that anybody could ask for.
        let replaced = read_manifest(&self.root).ok();
        // Clears away the staged thumbnails of films in work, too, so those have to begin anew.
        Partials::open(self.partial_folder())?.clear()?;
        let staged = self.staged_thumbnails(thumbnails)?;
        self.publish_thumbnails(&staged.new)?;
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
        self.publish_thumbnails(&staged.changed)?;
        let of_old = replaced.iter().filter(|_| !deleted).flat_map(Manifest::files).map(|file| file.name.as_str());
        self.remove_old_tables(&built.files.iter().map(|file| file.name.as_str()).chain(of_old).collect())?;
        for name in candidates.filter(|name| !thumbnails.contains(name)) {
            remove_if_there(&self.root.join(&name))?;
        }
        for folder in THUMBNAIL_FOLDERS {
            // Succeeds only where the folder is empty, and then it is of no use.
            let _ = fs::remove_dir(self.root.join(folder));
        }
        Ok(())
    }

    /// The staged thumbnails that differ from what is published. Those that are of no use any more are removed.
    fn staged_thumbnails(&self, thumbnails: &BTreeSet<String>) -> Result<Staged> {
        let mut found = Staged::default();
        for folder in THUMBNAIL_FOLDERS {
            let staged = self.state.join("staged").join(folder);
            for entry in fs::read_dir(&staged).map_err(|e| io_error(&staged, &e))? {
                let path = entry.map_err(|e| io_error(&staged, &e))?.path();
                let name = format!("{folder}/{}", path.file_name().unwrap_or_default().to_string_lossy());
                let published = self.root.join(&name);
                let of_use = thumbnails.contains(&name) && !path.is_symlink();
                if !of_use || (published.is_file() && have_same_contents(&path, &published)) {
                    remove_if_there(&path)?;
                } else if published.exists() {
                    found.changed.push(name);
                } else {
                    found.new.push(name);
                }
            }
        }
        Ok(found)
    }

    fn publish_thumbnails(&self, names: &[String]) -> Result<()> {
        let mut folders = BTreeSet::new();
        for name in names {
            let to = self.root.join(name);
            if let Some(folder) = to.parent()
                && folders.insert(folder.to_owned())
            {
                create_folder(folder)?;
            }
            fs::rename(self.staged(name), &to).map_err(|e| io_error(&to, &e))?;
        }
        for folder in &folders {
            sync_folder(folder);
        }
        Ok(())
    }

    /// Removes the tables that are not among `kept`: files called `<table>-<sha256>.<extension>`, none else.
    fn remove_old_tables(&self, kept: &HashSet<&str>) -> Result<()> {
        for entry in fs::read_dir(&self.root).map_err(|e| io_error(&self.root, &e))? {
            let path = entry.map_err(|e| io_error(&self.root, &e))?.path();
            let Some(name) = path.file_name().and_then(OsStr::to_str) else { continue };
            if is_table_name(name) && !kept.contains(name) {
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

fn have_same_contents(a: &Path, b: &Path) -> bool {
    fs::read(a).is_ok_and(|bytes| has_contents(b, &bytes))
}

/// Refuses a state folder of which a part is a link: writing would follow it to a file that is not the library's.
fn refuse_links(state: &Path) -> Result<()> {
    let staged = state.join("staged");
    let names = ["lock", "journal", "journal.new", "scratch", "people.jsonl", "people.applied"];
    let parts = names.map(|name| state.join(name));
    let folders = [state.to_owned(), state.join("partial"), staged.join("faces"), staged.join("covers"), staged];
    for path in folders.iter().chain(&parts) {
        if fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
            let reason = "a symbolic link, which is not followed here; remove it".to_owned();
            return Err(Error::Io { path: path.display().to_string(), reason });
        }
    }
    Ok(())
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

    #[cfg(unix)]
    #[test]
    fn links_in_the_state_folder_are_refused_and_their_targets_left_alone() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let (out, target) = (folder.path().join("out"), folder.path().join("precious"));
        fs::write(&target, b"precious")?;
        for name in ["lock", "journal", "journal.new", "scratch", "people.jsonl", "people.applied", "partial"] {
            fs::create_dir_all(out.join(".visavis"))?;
            std::os::unix::fs::symlink(&target, out.join(".visavis").join(name))?;
            let error = OutFolder::open(&out).err().ok_or("followed")?;
            assert!(error.to_string().contains(name) && error.to_string().contains("symbolic link"), "{error}");
            assert_eq!(fs::read(&target)?, b"precious");
            fs::remove_dir_all(&out)?;
        }
        fs::create_dir_all(&out)?;
        std::os::unix::fs::symlink(folder.path(), out.join(".visavis"))?;
        assert_eq!(OutFolder::open(&out).err().ok_or("followed")?.code(), "IoError");
        assert!(!folder.path().join("staged").exists());
        Ok(())
    }

    #[test]
    fn the_lock_is_not_truncated() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        fs::create_dir_all(folder.path().join(".visavis"))?;
        fs::write(folder.path().join(".visavis/lock"), b"x")?;
        OutFolder::open(folder.path())?;
        assert_eq!(fs::read(folder.path().join(".visavis/lock"))?, b"x");
        Ok(())
    }
}
