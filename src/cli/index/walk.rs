//! Which files there are to index. Imports `error`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::error::{Error, Result};

use crate::cli::files::{io_error, relative_name};
use crate::cli::folder::read_manifest;

/// Extensions that are taken for photos. Those that cannot be decoded (HEIC, AVIF) are here so that they are reported.
const PHOTO_EXTENSIONS: [&str; 14] =
    ["jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp", "tif", "tiff", "heic", "heif", "avif", "jxl"];
/// The folders of a library that hold pictures.
const LIBRARY_FOLDERS: [&str; 2] = ["covers", "faces"];
const VIDEO_EXTENSIONS: [&str; 10] = ["mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg", "3gp", "ts"];

/// What a walk found.
#[derive(Debug, Default, Clone)]
pub(super) struct Listing {
    /// Photos and videos, by name.
    pub(super) media: BTreeMap<String, PathBuf>,
    /// How many videos were passed over.
    pub(super) videos: usize,
    /// How many other files were passed over.
    pub(super) others: usize,
    /// Libraries, whose pictures were passed over.
    pub(super) libraries: BTreeSet<String>,
    /// What could not be looked at.
    pub(super) problems: Vec<(String, Error)>,
}

impl Listing {
    fn add(&mut self, name: String, path: PathBuf) -> Result<()> {
        if let Some(other) = self.media.get(&name) {
            let reason = format!(
                "{} and {} would both be called {name:?} in the library; index the folder that holds both instead",
                other.display(),
                path.display()
            );
            return Err(Error::invalid("PATH", reason));
        }
        self.media.insert(name, path);
        Ok(())
    }
}

/// All photos, and videos where they are wanted, of the given paths, but not those of the library folder `out`, nor the pictures of
/// other libraries, nor hidden files and folders.
///
/// Names are relative to the path itself where there is one, and begin with the path's last part where there are several.
/// A path that is a file is taken whatever its extension.
pub(super) fn list_media(paths: &[PathBuf], out: &Path, videos: bool) -> Result<Listing> {
    let mut listing = Listing::default();
    let canonical_out = fs::canonicalize(out).ok();
    let mut seen = Vec::new();
    for path in paths {
        let canonical = fs::canonicalize(path).map_err(|e| io_error(path, &e))?;
        if seen.contains(&canonical) {
            continue;
        }
        if canonical_out.as_ref() == Some(&canonical) {
            let reason =
                format!("{} is also what is to be indexed; choose another folder for the library", out.display());
            return Err(Error::invalid("--out", reason));
        }
        let last = canonical.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if canonical.is_file() {
            listing.add(last, path.clone())?;
        } else {
            let prefix = if paths.len() > 1 { format!("{last}/") } else { String::new() };
            walk(path, &prefix, canonical_out.as_deref(), videos, &mut listing)?;
        }
        seen.push(canonical);
    }
    Ok(listing)
}

/// The portraits of a folder with one folder per person, by person and then by name `<person>/<file>`.
///
/// Every person is listed, also one whose folder is empty.
pub(super) fn list_people(people: &Path, out: &Path) -> Result<(BTreeMap<String, Vec<String>>, Listing)> {
    let mut listing = Listing::default();
    let mut persons = BTreeMap::new();
    let canonical_out = fs::canonicalize(out).ok();
    let entries = fs::read_dir(people).map_err(|e| io_error(people, &e))?;
    for entry in entries {
        let path = entry.map_err(|e| io_error(people, &e))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') || fs::canonicalize(&path).ok() == canonical_out {
            continue;
        }
        if !path.is_dir() {
            listing.others += 1;
            continue;
        }
        let mut portraits = Listing::default();
        walk(&path, &format!("{name}/"), canonical_out.as_deref(), false, &mut portraits)?;
        persons.insert(name, portraits.media.keys().cloned().collect());
        listing.media.append(&mut portraits.media);
        listing.problems.append(&mut portraits.problems);
        listing.videos += portraits.videos;
        listing.others += portraits.others;
        listing.libraries.append(&mut portraits.libraries);
    }
    Ok((persons, listing))
}

fn walk(root: &Path, prefix: &str, canonical_out: Option<&Path>, videos: bool, listing: &mut Listing) -> Result<()> {
    let name_of = |path: &Path| {
        let name = relative_name(path, root).map(|relative| format!("{prefix}{relative}"));
        // The root itself has no name of its own below it.
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| path.display().to_string())
    };
    let mut libraries = BTreeSet::new();
    let wanted = |entry: &DirEntry| {
        if entry.depth() == 0 {
            return true;
        }
        if let Some(library) = library_of(entry) {
            libraries.insert(name_of(library));
            return false;
        }
        !(is_hidden(entry) || is_folder(entry, canonical_out))
    };
    for entry in WalkDir::new(root).follow_links(true).sort_by_file_name().into_iter().filter_entry(wanted) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => {
                let Some(relative) = relative_name(entry.path(), root) else { continue };
                match kind_of(entry.path()) {
                    kind if kind == Kind::Photo || (videos && kind == Kind::Video) => {
                        listing.add(format!("{prefix}{relative}"), entry.into_path())?;
                    }
                    Kind::Video => listing.videos += 1,
                    _ => listing.others += 1,
                }
            }
            Ok(_) => {}
            // A link to a folder above it: everything there is reached anyway.
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => {
                let name = name_of(error.path().unwrap_or(root));
                let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                listing.problems.push((name.clone(), Error::Io { path: name, reason }));
            }
        }
    }
    listing.libraries.append(&mut libraries);
    Ok(())
}

/// The library that this is a folder of pictures of. Only those are passed over: beside a library there may be photos.
fn library_of(entry: &DirEntry) -> Option<&Path> {
    let is_called_so = LIBRARY_FOLDERS.iter().any(|name| entry.file_name() == *name);
    let parent = entry.path().parent().filter(|_| is_called_so && entry.file_type().is_dir())?;
    matches!(read_manifest(parent), Ok(_) | Err(Error::LibraryVersionUnsupported { .. })).then_some(parent)
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

fn is_folder(entry: &DirEntry, canonical: Option<&Path>) -> bool {
    canonical.is_some() && entry.file_type().is_dir() && fs::canonicalize(entry.path()).ok().as_deref() == canonical
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Photo,
    Video,
    Other,
}

/// Whether a file is called as videos are.
pub(super) fn is_video_name(path: &Path) -> bool {
    kind_of(path) == Kind::Video
}

fn kind_of(path: &Path) -> Kind {
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
    if PHOTO_EXTENSIONS.contains(&extension.as_str()) {
        Kind::Photo
    } else if VIDEO_EXTENSIONS.contains(&extension.as_str()) {
        Kind::Video
    } else {
        Kind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    fn touch(path: &Path) -> io::Result<()> {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        fs::write(path, b"x")
    }

    fn names(listing: &Listing) -> Vec<&str> {
        listing.media.keys().map(String::as_str).collect()
    }

    #[test]
    fn hidden_files_other_files_and_the_library_are_passed_over() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        for name in ["b.jpg", "a/c.PNG", ".hidden/d.jpg", ".e.jpg", "notes.txt", "clip.mp4", "library/faces/1.jpg"] {
            touch(&folder.path().join(name))?;
        }
        let list = |videos: bool| list_media(&[folder.path().to_owned()], &folder.path().join("library"), videos);
        let listing = list(false)?;
        assert_eq!(names(&listing), ["a/c.PNG", "b.jpg"]);
        assert_eq!((listing.videos, listing.others), (1, 1));
        let listing = list(true)?;
        assert_eq!(names(&listing), ["a/c.PNG", "b.jpg", "clip.mp4"]);
        assert_eq!((listing.videos, listing.others), (0, 1));
        Ok(())
    }

    #[test]
    fn pictures_of_a_library_are_passed_over_and_photos_beside_it_are_not() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        for name in ["a.jpg", "covers/b.jpg", "lib/faces/1.jpg", "lib/covers/2.jpg", "lib/c.jpg", "lib/d/faces/e.jpg"] {
            touch(&folder.path().join(name))?;
        }
        fs::write(folder.path().join("library.json"), b"{}")?;
        fs::copy("tests/data/library-v1/library.json", folder.path().join("lib/library.json"))?;
        let list = |path: &str| list_media(&[folder.path().join(path)], Path::new("nowhere"), true);
        let listing = list("")?;
        assert_eq!(names(&listing), ["a.jpg", "covers/b.jpg", "lib/c.jpg", "lib/d/faces/e.jpg"]);
        assert_eq!(listing.libraries, BTreeSet::from(["lib".to_owned()]));
        let listing = list("lib")?;
        assert_eq!(names(&listing), ["c.jpg", "d/faces/e.jpg"]);
        assert_eq!(listing.libraries, BTreeSet::from([folder.path().join("lib").display().to_string()]));
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_folder_above_does_not_loop() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        touch(&folder.path().join("a/b.jpg"))?;
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/up"))?;
        let listing = list_media(&[folder.path().to_owned()], Path::new("nowhere"), true)?;
        assert_eq!(names(&listing), ["a/b.jpg"]);
        assert!(listing.problems.is_empty());
        Ok(())
    }

    #[test]
    fn names_of_several_folders_begin_with_the_folder() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        touch(&folder.path().join("x/a.jpg"))?;
        touch(&folder.path().join("y/a.jpg"))?;
        let roots = ["x", "y", "x"].map(|name| folder.path().join(name));
        assert_eq!(names(&list_media(&roots, Path::new("nowhere"), true)?), ["x/a.jpg", "y/a.jpg"]);
        Ok(())
    }

    #[test]
    fn the_library_folder_cannot_be_indexed_into_itself() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let error = list_media(&[folder.path().to_owned()], folder.path(), true).err().ok_or("no error")?;
        assert_eq!(error.parameter(), Some("--out"));
        Ok(())
    }
}
