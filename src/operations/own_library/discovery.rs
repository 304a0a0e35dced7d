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
    /// added. Without new faces of anybody nothing is changed but that.
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
