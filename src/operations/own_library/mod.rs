//! A library that a client keeps for itself and can change: contents, pictures, and the files that they make.
//! Imports `core`, `library`, `indexing` and `error`.
//!
//! Every change of persons makes all tables anew, as publishing does, and says which records of the client's memory changed: the
//! tables first and `library.json` last, so that whoever is interrupted finds the old library whole. Media that are added are
//! remembered one by one as their rows (`rows`), and get into the tables when that is asked for (`media`).

mod discovery;
mod import;
mod media;
mod rows;
#[cfg(test)]
mod tests;

pub use discovery::DiscoveredPersons;
pub use import::Imported;
pub use media::{AddedMedia, RemovedMedia};
pub use rows::RowsRecord;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::core::EmbedderInfo;
use crate::error::{Error, Result};
use crate::indexing::{Outcome, PersonEdit, Thumbnail, apply_edit, drop_empty_entities};
use crate::library::{
    BuiltLibrary, Library, LibraryContents, LibraryFile, MANIFEST_NAME, Manifest, PublishOptions, build_library,
};

use self::rows::is_rows;
use super::state::StateChange;

/// Before the library's name in the name of its store.
pub const OWN_STORE_PREFIX: &str = "own:";
/// How the names of pictures end.
const PICTURE_ENDING: &str = ".jpg";

/// Pictures by their names relative to the library, such as `faces/123.jpg`; shared, since a search may hold them while some are added.
pub type Pictures = BTreeMap<String, Rc<[u8]>>;

/// A library that can be changed.
#[derive(Debug)]
pub struct OwnLibrary {
    name: String,
    contents: LibraryContents,
    pictures: Rc<Pictures>,
    /// The files that the client's memory has.
    files: BuiltLibrary,
    /// Whether it was told of them: of those of a library that never had anything in it, it was not.
    is_told: bool,
    /// Records of media that are in `contents`, and stay in the client's memory until the files there have them.
    rows: BTreeMap<String, Vec<u8>>,
    /// The files with all of `contents`, where a restored library has rows beside its files. They are told of with the next change.
    shown: Option<BuiltLibrary>,
    changes: Vec<StateChange>,
}

impl OwnLibrary {
    /// A library without anything in it.
    ///
    /// # Errors
    /// `LibraryMalformed` for an embedder that is none, which an engine's own never is.
    pub fn empty(name: &str, embedder: &EmbedderInfo) -> Result<Self> {
        let contents = empty_contents(embedder);
        let files = build_library(&contents, &PublishOptions::default())?;
        Ok(Self {
            name: name.to_owned(),
            contents,
            pictures: Rc::default(),
            files,
            is_told: false,
            rows: BTreeMap::new(),
            shown: None,
            changes: Vec::new(),
        })
    }

    /// Takes over records that a library of the same name left in the client's memory, or that another client of the same
    /// memory has changed: files, pictures and rows by name, without contents where they were deleted. Answers how many rows
    /// are of no use and were left out. A library whose `library.json` is deleted is empty but for such rows.
    ///
    /// # Errors
    /// `LibraryMalformed` where the records do not make a whole library, `EmbedderMismatch` where another model made all of it, and
    /// those of `Library::open`; the library is left as it is.
    pub fn restore(&mut self, records: Vec<(String, Option<Vec<u8>>)>) -> Result<usize> {
        let mut pictures = (*self.pictures).clone();
        let mut rows = self.rows.clone();
        let mut files: BTreeMap<String, Vec<u8>> =
            self.files.files.iter().map(|f| (f.name.clone(), f.bytes.clone())).collect();
        files.insert(MANIFEST_NAME.to_owned(), self.files.manifest.clone());
        let mut is_told = self.is_told || records.iter().any(|(name, _)| name == MANIFEST_NAME);
        for (name, value) in records {
            if name.ends_with(PICTURE_ENDING) {
                put(&mut pictures, name, value.map(Rc::from));
            } else {
                put(if is_rows(&name) { &mut rows } else { &mut files }, name, value);
            }
        }
        let manifest_bytes = if let Some(bytes) = files.remove(MANIFEST_NAME) {
            bytes
        } else {
            is_told = false;
            let empty = build_library(&empty_contents(&self.contents.embedder), &PublishOptions::default())?;
            files = empty.files.into_iter().map(|file| (file.name, file.bytes)).collect();
            empty.manifest
        };
        let manifest = Manifest::parse(&self.name, &manifest_bytes)?;
        if manifest.embedder() != &self.contents.embedder {
            return Err(Error::EmbedderMismatch {
                library: self.name.clone(),
                library_embedder: manifest.embedder().describe(),
                query_embedder: self.contents.embedder.describe(),
            });
        }
        files.retain(|name, _| manifest.files().iter().any(|entry| entry.name == *name));
        let library = Library::open(&self.name, manifest, files.clone().into_iter().collect())?;
        let mut contents = library.contents()?;
        let restored = media::restore_rows(&self.name, &mut contents, &mut rows);
        // Where nothing is of our model, it is a library of another; else only what does not fit is left out.
        if let Some(error) = restored.mismatch.filter(|_| !is_told && !restored.added) {
            return Err(error);
        }
        self.shown = if restored.added { Some(build_library(&contents, &PublishOptions::default())?) } else { None };
        self.contents = contents;
        let files = files.into_iter().map(|(name, bytes)| LibraryFile { name, bytes }).collect();
        self.files = BuiltLibrary { manifest: manifest_bytes, files };
        self.pictures = Rc::new(pictures);
        self.rows = rows;
        self.is_told = is_told;
        Ok(restored.unusable)
    }

    /// The library as it is now, to be searched.
    ///
    /// # Errors
    /// Those of `Library::open`, which do not happen for files of our own.
    pub fn open(&self) -> Result<Library> {
        let built = self.shown.as_ref().unwrap_or(&self.files);
        let manifest = Manifest::parse(&self.name, &built.manifest)?;
        let files = built.files.iter().map(|file| (file.name.clone(), file.bytes.clone())).collect();
        Library::open(&self.name, manifest, files)
    }

    /// Its pictures.
    #[must_use]
    pub fn pictures(&self) -> Rc<Pictures> {
        Rc::clone(&self.pictures)
    }

    /// Changes persons and faces. `thumbnails` are the pictures of faces and media that the edit adds; those of what it
    /// removes are dropped.
    ///
    /// # Errors
    /// Those of `apply_edit`; nothing is changed then.
    pub fn edit(&mut self, edit: &PersonEdit, thumbnails: Vec<Thumbnail>) -> Result<Outcome> {
        let mut contents = self.contents.clone();
        let outcome = apply_edit(&mut contents, edit)?;
        drop_empty_entities(&mut contents);
        self.commit(contents, thumbnails)?;
        Ok(outcome)
    }

    /// Puts these contents in the place of the library's, and says what is to be written.
    ///
    /// # Errors
    /// Those of `build_library`; nothing is changed then.
    fn commit(&mut self, contents: LibraryContents, thumbnails: Vec<Thumbnail>) -> Result<()> {
        let files = build_library(&contents, &PublishOptions::default())?;
        self.contents = contents;
        self.shown = None;
        let former = std::mem::replace(&mut self.files, files).files;
        let former = if std::mem::replace(&mut self.is_told, true) { former } else { Vec::new() };
        let gone = self.replace_pictures(thumbnails);
        self.note_files(&former);
        // The tables have them now.
        let rows = std::mem::take(&mut self.rows).into_keys();
        let files: BTreeSet<&String> = self.files.files.iter().map(|file| &file.name).collect();
        let files = former.into_iter().map(|file| file.name).filter(|name| !files.contains(name)).collect::<Vec<_>>();
        for name in rows.chain(files).chain(gone) {
            self.note(&name, None);
        }
        Ok(())
    }

    /// What changed since the last call, in the order in which it is to be written.
    pub fn take_changes(&mut self) -> Vec<StateChange> {
        std::mem::take(&mut self.changes)
    }

    fn note(&mut self, key: &str, value: Option<Vec<u8>>) {
        self.changes.push(StateChange {
            store: format!("{OWN_STORE_PREFIX}{}", self.name),
            key: key.to_owned(),
            value,
        });
    }

    /// Adds pictures, and drops those that no media and no face has any more; answers the names of these.
    fn replace_pictures(&mut self, thumbnails: Vec<Thumbnail>) -> Vec<String> {
        let wanted = self.picture_names();
        let gone: Vec<String> = self.pictures.keys().filter(|name| !wanted.contains(*name)).cloned().collect();
        let pictures = Rc::make_mut(&mut self.pictures);
        for name in &gone {
            pictures.remove(name);
        }
        self.add_pictures(thumbnails.into_iter().filter(|picture| wanted.contains(&picture.name)));
        gone
    }

    fn add_pictures(&mut self, thumbnails: impl Iterator<Item = Thumbnail>) {
        for Thumbnail { name, jpeg } in thumbnails {
            Rc::make_mut(&mut self.pictures).insert(name.clone(), Rc::from(jpeg.as_slice()));
            self.note(&name, Some(jpeg));
        }
    }

    /// Says which files are new, then the manifest.
    fn note_files(&mut self, former: &[LibraryFile]) {
        let is_new = |file: &&LibraryFile| former.iter().all(|known| known.name != file.name);
        let new: Vec<LibraryFile> = self.files.files.iter().filter(is_new).cloned().collect();
        for file in new {
            self.note(&file.name, Some(file.bytes));
        }
        let manifest = self.files.manifest.clone();
        self.note(MANIFEST_NAME, Some(manifest));
    }
}

fn empty_contents(embedder: &EmbedderInfo) -> LibraryContents {
    LibraryContents {
        embedder: embedder.clone(),
        media: Vec::new(),
        faces: Vec::new(),
        entities: Vec::new(),
        tracks: Vec::new(),
        settled: BTreeSet::new(),
    }
}

/// Puts a value into a map, or takes what is there out of it.
fn put<T>(map: &mut BTreeMap<String, T>, name: String, value: Option<T>) {
    match value {
        Some(value) => drop(map.insert(name, value)),
        None => drop(map.remove(&name)),
    }
}
