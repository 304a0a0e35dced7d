//! A library that a client keeps for itself and can change: contents, pictures, and the files that they make.
//! Imports `core`, `library`, `indexing` and `error`.
//!
//! Every change makes all tables anew, as publishing does, and says which records of the client's memory changed: the tables
//! first and `library.json` last, so that whoever is interrupted finds the old library whole.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::core::EmbedderInfo;
use crate::error::{Error, Result};
use crate::indexing::{Outcome, PersonEdit, Thumbnail, apply_edit, face_thumbnail_name};
use crate::library::{
    BuiltLibrary, Library, LibraryContents, LibraryFile, MANIFEST_NAME, Manifest, PublishOptions, build_library,
};

use super::state::StateChange;

/// Before the library's name in the name of its store.
pub const OWN_STORE_PREFIX: &str = "own:";
/// How the names of pictures end.
const PICTURE_ENDING: &str = ".jpg";

/// Pictures by their names relative to the library, such as `faces/123.jpg`.
pub type Pictures = BTreeMap<String, Vec<u8>>;

/// A library that can be changed.
#[derive(Debug)]
pub struct OwnLibrary {
    name: String,
    contents: LibraryContents,
    pictures: Rc<Pictures>,
    files: BuiltLibrary,
    /// Whether the client's memory has these files: those of a library that never had anything in it were not told of.
    is_told: bool,
    changes: Vec<StateChange>,
}

impl OwnLibrary {
    /// A library without anything in it.
    ///
    /// # Errors
    /// `LibraryMalformed` for an embedder that is none, which an engine's own never is.
    pub fn empty(name: &str, embedder: &EmbedderInfo) -> Result<Self> {
        let contents = LibraryContents {
            settled: std::collections::BTreeSet::new(),
            embedder: embedder.clone(),
            media: Vec::new(),
            faces: Vec::new(),
            entities: Vec::new(),
            tracks: Vec::new(),
        };
        let files = build_library(&contents, &PublishOptions::default())?;
        Ok(Self {
            name: name.to_owned(),
            contents,
            pictures: Rc::default(),
            files,
            is_told: false,
            changes: Vec::new(),
        })
    }

    /// Takes over records that a library of the same name left in the client's memory, or that another client of the same
    /// memory has changed: files and pictures by name, without contents where they were deleted.
    ///
    /// # Errors
    /// `LibraryMalformed` where the records do not make a whole library, `EmbedderMismatch` where another model made it, and
    /// those of `Library::open`; the library is left as it is.
    pub fn restore(&mut self, records: Vec<(String, Option<Vec<u8>>)>) -> Result<()> {
        let mut pictures = (*self.pictures).clone();
        let mut files: Pictures = self.files.files.iter().map(|f| (f.name.clone(), f.bytes.clone())).collect();
        files.insert(MANIFEST_NAME.to_owned(), self.files.manifest.clone());
        for (name, value) in records {
            let place = if name.ends_with(PICTURE_ENDING) { &mut pictures } else { &mut files };
            match value {
                Some(bytes) => drop(place.insert(name, bytes)),
                None => drop(place.remove(&name)),
            }
        }
        let manifest_bytes = files.remove(MANIFEST_NAME).unwrap_or_default();
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
        self.contents = library.contents()?;
        let files = files.into_iter().map(|(name, bytes)| LibraryFile { name, bytes }).collect();
        self.files = BuiltLibrary { manifest: manifest_bytes, files };
        self.pictures = Rc::new(pictures);
        self.is_told = true;
        Ok(())
    }

    /// The library as it is now, to be searched.
    ///
    /// # Errors
    /// Those of `Library::open`, which do not happen for files of our own.
    pub fn open(&self) -> Result<Library> {
        let manifest = Manifest::parse(&self.name, &self.files.manifest)?;
        let files = self.files.files.iter().map(|file| (file.name.clone(), file.bytes.clone())).collect();
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
        let files = build_library(&contents, &PublishOptions::default())?;
        self.contents = contents;
        let former = std::mem::replace(&mut self.files, files).files;
        let former = if std::mem::replace(&mut self.is_told, true) { former } else { Vec::new() };
        let gone = self.replace_pictures(thumbnails);
        self.note_files(&former);
        for name in gone {
            self.note(&name, None);
        }
        Ok(outcome)
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
        let covers = self.contents.media.iter().filter_map(|media| media.cover.clone());
        let faces = self.contents.faces.iter().map(|face| face_thumbnail_name(face.face_id));
        let wanted: BTreeSet<String> = covers.chain(faces).collect();
        let mut pictures = (*self.pictures).clone();
        let gone: Vec<String> = pictures.keys().filter(|name| !wanted.contains(*name)).cloned().collect();
        for name in &gone {
            pictures.remove(name);
        }
        for Thumbnail { name, jpeg } in thumbnails {
            if wanted.contains(&name) {
                self.note(&name, Some(jpeg.clone()));
                pictures.insert(name, jpeg);
            }
        }
        self.pictures = Rc::new(pictures);
        gone
    }

    /// Says which files are new, then the manifest, then which files are gone.
    fn note_files(&mut self, former: &[LibraryFile]) {
        let lacks = |files: &[LibraryFile], name: &str| files.iter().all(|file| file.name != name);
        let new: Vec<LibraryFile> = self.files.files.iter().filter(|file| lacks(former, &file.name)).cloned().collect();
        for file in new {
            self.note(&file.name, Some(file.bytes));
        }
        let manifest = self.files.manifest.clone();
        self.note(MANIFEST_NAME, Some(manifest));
        let gone: Vec<String> =
            former.iter().filter(|file| lacks(&self.files.files, &file.name)).map(|f| f.name.clone()).collect();
        for name in gone {
            self.note(&name, None);
        }
    }
}
