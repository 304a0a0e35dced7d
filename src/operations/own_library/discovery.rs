//! Persons whom nobody named, in a client's own library. Imports `core`, `indexing`, `error`.

use super::OwnLibrary;
use crate::core::EntityId;
use crate::error::Result;
use crate::indexing::{DiscoverOptions, PersonEdit, apply_edits, discover};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DiscoveredPersons {
    /// Persons who got faces, the new ones and those who were there, ascending.
    pub entity_ids: Vec<EntityId>,
    /// How many faces have a person now that had none.
    pub faces: usize,
}

impl OwnLibrary {
    /// Finds persons among the faces that are nobody's, as `visavis index` does, and puts them into the tables with all media that were
    /// added. Without new faces of anybody nothing is changed but that. Time grows with the square of the faces that are nobody's, since
    /// all of them are compared with each other at every call.
    ///
    /// # Errors
    /// Those of `build_library`; nothing is changed then.
    pub fn discover(&mut self) -> Result<DiscoveredPersons> {
        let found = discover(&self.contents, &DiscoverOptions::of(&self.contents.embedder));
        if found.is_empty() {
            self.publish()?;
            return Ok(DiscoveredPersons::default());
        }
        let mut discovered = DiscoveredPersons::default();
        for edit in &found {
            if let PersonEdit::Discover { entity_id, face_ids } = edit {
                discovered.entity_ids.push(entity_id.clone());
                discovered.faces += face_ids.len();
            }
        }
        discovered.entity_ids.sort_unstable();
        let mut contents = self.contents.clone();
        // Nothing of it can fail: the faces are there and nobody's.
        let _ = apply_edits(&mut contents, &found);
        self.commit(contents, Vec::new())?;
        Ok(discovered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::MediaType;
    use crate::library::{LibraryContents, MANIFEST_NAME, PublishOptions, build_library};
    use crate::operations::testing;

    /// A library of two faces of one person, two of another, all nobody's.
    fn own() -> OwnLibrary {
        let face = |photo: &str, index: usize, cosine: f32| testing::face(photo, index, cosine, None, None);
        let contents = LibraryContents {
            settled: std::collections::BTreeSet::new(),
            embedder: testing::embedder(),
            media: ["a", "b", "c"].map(|name| testing::media(name, MediaType::Image)).to_vec(),
            faces: vec![face("a", 0, 1.0), face("b", 0, 0.95), face("b", 1, 0.0), face("c", 0, 0.1)],
            entities: Vec::new(),
            tracks: Vec::new(),
        };
        let built = build_library(&contents, &PublishOptions::default()).unwrap();
        let mut own = OwnLibrary::empty("mine", &contents.embedder).unwrap();
        let files = built.files.into_iter().map(|file| (file.name, Some(file.bytes)));
        own.restore(files.chain([(MANIFEST_NAME.to_owned(), Some(built.manifest))]).collect()).unwrap();
        own
    }

    #[test]
    fn persons_are_found_and_what_the_hand_took_away_is_not_found_again() {
        let mut own = own();
        let found = own.discover().unwrap();
        assert_eq!((found.entity_ids.len(), found.faces), (2, 4));
        assert_eq!(own.open().unwrap().entity_count(), 2);
        assert!(!own.take_changes().is_empty());
        assert_eq!(own.discover().unwrap(), DiscoveredPersons::default());
        assert!(own.take_changes().is_empty(), "nothing is written where nothing is found");
        let library = own.open().unwrap();
        let face = library.faces().next().unwrap();
        let (person_id, face_ids) = (face.entity.unwrap().entity_id.0.clone(), vec![face.face_id]);
        let delete = PersonEdit::DeleteFaces { person_id: person_id.clone(), face_ids };
        own.edit(&delete, Vec::new()).unwrap();
        // Another engine goes on from the files.
        let mut again = OwnLibrary::empty("mine", own.open().unwrap().embedder()).unwrap();
        let changes = own.take_changes().into_iter().map(|change| (change.key, change.value));
        again.restore(changes.chain(own_files(&own)).collect()).unwrap();
        assert_eq!(again.discover().unwrap(), DiscoveredPersons::default());
        let set = PersonEdit::SetPerson { person_id, name: Some("Ada".into()), note: None };
        again.edit(&set, Vec::new()).unwrap();
    }

    fn own_files(own: &OwnLibrary) -> Vec<(String, Option<Vec<u8>>)> {
        let files = own.files.files.iter().map(|file| (file.name.clone(), Some(file.bytes.clone())));
        files.chain([(MANIFEST_NAME.to_owned(), Some(own.files.manifest.clone()))]).collect()
    }
}
