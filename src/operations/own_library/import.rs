//! The files of a library that can be changed, to be taken elsewhere, and those of another one in their place.
//! Imports `core`, `library`, `indexing` and `error`.

use std::collections::BTreeSet;

use super::{OwnLibrary, is_rows};
use crate::error::{Error, Result};
use crate::indexing::{Thumbnail, face_thumbnail_name};
use crate::library::{MANIFEST_NAME, PublishOptions, build_library};

/// What an import brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// Photos and videos.
    pub media: usize,
    /// Faces.
    pub faces: usize,
    /// Persons.
    pub persons: usize,
}

impl OwnLibrary {
    /// The tables and `library.json`, by their names, with all that was added. Nothing is changed by it: where the disk is full, a
    /// library can still be taken elsewhere.
    ///
    /// # Errors
    /// Those of `build_library`.
    pub fn files(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let built = if self.is_behind() {
            build_library(&self.contents, &PublishOptions::default())?
        } else {
            self.files.clone()
        };
        let tables = built.files.into_iter().map(|file| (file.name, file.bytes));
        Ok(tables.chain([(MANIFEST_NAME.to_owned(), built.manifest)]).collect())
    }

    /// The names of the pictures that its media and faces have.
    #[must_use]
    pub fn picture_names(&self) -> BTreeSet<String> {
        let covers = self.contents.media.iter().filter_map(|media| media.cover.clone());
        let faces = self.contents.faces.iter().map(|face| face_thumbnail_name(face.face_id));
        covers.chain(faces).collect()
    }

    /// Whether something may be put in its place: it is empty, or `replace` says so.
    ///
    /// # Errors
    /// `InvalidParameter` naming `replace`.
    pub fn check_import(&self, replace: bool) -> Result<()> {
        let is_empty = self.contents.media.is_empty() && self.contents.entities.is_empty();
        if is_empty || replace {
            return Ok(());
        }
        let reason =
            format!("library {:?} is not empty: say `replace: true` to have the imported one in its place", self.name);
        Err(Error::invalid("replace", reason))
    }

    /// Puts the library that these files make in the place of this one: `library.json`, the tables that it names, and pictures.
    /// Whatever else is among them is left out. One that is not empty is replaced only where `replace` says so.
    ///
    /// # Errors
    /// Those of `check_import`, `LibraryMalformed` where there is no `library.json`, those of `restore` where the files make no library
    /// that this engine can search; nothing is changed then.
    pub fn import(&mut self, files: Vec<(String, Vec<u8>)>, replace: bool) -> Result<Imported> {
        self.check_import(replace)?;
        if files.iter().all(|(name, _)| name != MANIFEST_NAME) {
            let (library, part) = (self.name.clone(), MANIFEST_NAME.to_owned());
            return Err(Error::LibraryMalformed { library, part, reason: "it is missing".to_owned() });
        }
        let mut fresh = Self::empty(&self.name, &self.contents.embedder)?;
        let records = files.into_iter().filter(|(name, _)| !is_rows(name));
        fresh.restore(records.map(|(name, bytes)| (name, Some(bytes))).collect())?;
        let pictures = fresh.pictures.iter().map(|(name, jpeg)| Thumbnail { name: name.clone(), jpeg: jpeg.to_vec() });
        let pictures = pictures.collect();
        let imported = Imported {
            media: fresh.contents.media.len(),
            faces: fresh.contents.faces.len(),
            persons: fresh.contents.entities.len(),
        };
        // Before anything else: rows beside the new library would bring media of the former one into it.
        let noted = self.changes.len();
        for name in self.rows.keys().cloned().collect::<Vec<_>>() {
            self.note(&name, None);
        }
        if let Err(error) = self.commit(fresh.contents, pictures) {
            self.changes.truncate(noted);
            return Err(error);
        }
        Ok(imported)
    }
}

#[cfg(test)]
mod tests {
    use super::super::PICTURE_ENDING;
    use super::*;
    use crate::core::{MediaType, sha256};
    use crate::indexing::cover_name;
    use crate::library::LibraryContents;
    use crate::operations::testing::{embedder, face, media, media_id, person};

    fn contents(faces: usize) -> LibraryContents {
        LibraryContents {
            embedder: embedder(),
            media: vec![media("a.jpg", MediaType::Image)],
            faces: (0..faces).map(|index| face("a.jpg", index, 0.5, Some("ada"), None)).collect(),
            entities: vec![person("ada", "custom")],
            tracks: Vec::new(),
            settled: std::collections::BTreeSet::new(),
        }
    }

    /// The files of a library as the command line writes them, with a picture of each face and a stranger's.
    fn published(contents: &LibraryContents) -> Vec<(String, Vec<u8>)> {
        let built = build_library(contents, &PublishOptions::default()).unwrap();
        let tables = built.files.into_iter().map(|file| (file.name, file.bytes));
        let pictures = contents.faces.iter().map(|face| (face_thumbnail_name(face.face_id), b"jpeg".to_vec()));
        let stranger = (cover_name(&media_id("stranger")), b"jpeg".to_vec());
        tables.chain(pictures).chain([(MANIFEST_NAME.to_owned(), built.manifest), stranger]).collect()
    }

    #[test]
    fn an_import_is_the_library_it_was_made_of_and_says_what_is_to_be_written() {
        let mut own = OwnLibrary::empty("mine", &embedder()).unwrap();
        let contents = contents(2);
        let files = published(&contents);
        let counts = Imported { media: 1, faces: 2, persons: 1 };
        assert_eq!(own.import(files.clone(), false), Ok(counts));
        let changes = own.take_changes();
        let names: Vec<&str> = changes.iter().map(|change| change.key.as_str()).collect();
        assert_eq!(names.last(), Some(&MANIFEST_NAME));
        assert!(names.iter().all(|name| files.iter().any(|(known, _)| known == name)), "{names:?}");
        assert_eq!(names.iter().filter(|name| name.starts_with("faces/")).count(), 2);
        assert!(!names.iter().any(|name| name.starts_with("covers/")), "nobody's picture was taken");
        let mut exported = own.files().unwrap();
        exported.sort();
        let mut expected: Vec<_> = files.into_iter().filter(|(name, _)| !name.ends_with(PICTURE_ENDING)).collect();
        expected.sort();
        assert_eq!(exported, expected);
        assert_eq!(own.open().unwrap().manifest().face_count(), 2);
    }

    #[test]
    fn what_is_there_is_replaced_only_where_that_was_said() {
        let mut own = OwnLibrary::empty("mine", &embedder()).unwrap();
        own.import(published(&contents(2)), false).unwrap();
        own.take_changes();
        let error = own.import(published(&contents(1)), false).unwrap_err();
        assert_eq!(error.parameter(), Some("replace"));
        assert!(own.take_changes().is_empty());
        own.import(published(&contents(1)), true).unwrap();
        let gone: Vec<String> =
            own.take_changes().into_iter().filter(|change| change.value.is_none()).map(|change| change.key).collect();
        assert_eq!(gone.iter().filter(|name| name.starts_with("faces/")).count(), 1, "{gone:?}");
        assert_eq!(own.open().unwrap().manifest().face_count(), 1);
    }

    #[test]
    fn what_is_no_library_is_refused_and_changes_nothing() {
        let mut own = OwnLibrary::empty("mine", &embedder()).unwrap();
        own.import(published(&contents(1)), false).unwrap();
        own.take_changes();
        let before = own.files().unwrap();
        let whole = published(&contents(2));
        let without = |name: &str| whole.iter().filter(|(known, _)| !known.starts_with(name)).cloned().collect();
        let spoilt = |name: &str| -> Vec<(String, Vec<u8>)> {
            let spoil = |bytes: &[u8]| bytes.iter().map(|byte| byte ^ 1).collect();
            whole
                .iter()
                .map(|(known, bytes)| {
                    (known.clone(), if known.starts_with(name) { spoil(bytes) } else { bytes.clone() })
                })
                .collect()
        };
        let mut foreign = contents(1);
        foreign.embedder.sha256 = sha256(b"another").to_string();
        for (files, code) in [
            (without(MANIFEST_NAME), "LibraryMalformed"),
            (without("faces-"), "LibraryMalformed"),
            (spoilt("faces-"), "FileHashMismatch"),
            (spoilt(MANIFEST_NAME), "LibraryMalformed"),
            (published(&foreign), "EmbedderMismatch"),
        ] {
            let error = own.import(files, true).unwrap_err();
            assert_eq!(error.code(), code, "{error}");
            assert!(own.take_changes().is_empty());
            assert_eq!(own.files().unwrap(), before);
        }
    }
}
