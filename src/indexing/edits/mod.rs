//! Edits of persons by hand: what is asked for, and what it does to a library's contents. Imports `library`, `core`, `error`
//! and, of `indexing`, the rows of a photo.
//!
//! The same edits on the same contents give the same contents. An edit that fails leaves the contents as they were.

mod apply;
mod discovery;
mod face_edits;
mod keeping;
mod line;
mod purge;
mod replay;
#[cfg(test)]
mod support;
mod unions;

use crate::core::{EmbedderInfo, EntityId, FaceId};
use crate::error::{Error, Result};
use crate::library::{EntityRecord, FaceRecord, MediaRecord, MergedPerson};

use super::photo::IndexedMedia;

pub use apply::apply_edit;
pub use keeping::keeps_of;
pub use line::{edit_of_line, line_of_edit};
pub use purge::purge_deleted;
pub use replay::apply_edits;
pub use unions::resolve_edit;

/// How many faces a person can be given from photos by hand, as in the public service.
pub const MAX_ADDED_FACES: usize = 20;

/// The folder that the paths of photos which were added by hand begin with.
const ADDED_FOLDER: &str = "people";
/// The document of a photo that was added by hand, by which it is told from one that was indexed.
const ADDED_DOCUMENT: &str = r#"{"visavis":{"addedByHand":true}}"#;

/// One change to the persons of a library. Persons are named by what [`person_id_of`] says, or by their entity id.
#[derive(Debug, Clone, PartialEq)]
pub enum PersonEdit {
    /// A new person.
    AddPerson {
        /// The id in the owner's own records.
        person_id: String,
        /// The name that is shown; the id where absent.
        name: Option<String>,
        /// What the owner notes about the person.
        note: Option<String>,
        /// The groups that the person belongs to.
        groups: Vec<String>,
    },
    /// Another name or note; what is absent stays.
    SetPerson {
        /// Who.
        person_id: String,
        /// The new name.
        name: Option<String>,
        /// The new note; an empty one clears it.
        note: Option<String>,
    },
    /// The person goes, with the faces that were added by hand; the other faces become nobody's.
    DeletePerson {
        /// Who.
        person_id: String,
    },
    /// Several persons are one: faces and groups go to `into`, and the others go.
    MergePersons {
        /// Who stays.
        into: String,
        /// Who goes.
        from: Vec<String>,
    },
    /// Undoes mergers: the persons are there again, with the faces that they brought and that `into` still has.
    UnmergePersons {
        /// Who had got them.
        into: String,
        /// Who is there again.
        from: Vec<String>,
        /// They as they were, as [`resolve_edit`] finds them; empty where `into` remembers them.
        persons: Vec<MergedPerson>,
    },
    /// Some faces of a person are another one's, whom nobody has named yet.
    SplitPerson {
        /// Whose they were.
        person_id: String,
        /// Their ids.
        face_ids: Vec<FaceId>,
    },
    /// Faces from photos; at most [`MAX_ADDED_FACES`] a person. One that the library has already is only given to the person.
    AddFaces {
        /// Whose they are.
        person_id: String,
        /// The faces with their photos.
        faces: Vec<NewFace>,
    },
    /// Faces that the library has already, anybody's or nobody's.
    AssignFaces {
        /// Whose they are.
        person_id: String,
        /// Their ids.
        face_ids: Vec<FaceId>,
    },
    /// Faces that are not the person's: one that was added by hand goes, another one becomes nobody's.
    DeleteFaces {
        /// Whose they were.
        person_id: String,
        /// Their ids.
        face_ids: Vec<FaceId>,
    },
    /// Faces that were of a person who is deleted by now: one that was added by hand goes, another one becomes nobody's. Only
    /// [`purge_deleted`] makes such edits.
    ForgetFaces {
        /// Their ids.
        face_ids: Vec<FaceId>,
    },
    /// The faces that a person without an id of the owner's had when something was decided about that person: they stay the
    /// person's, whatever portraits say. Only [`keeps_of`] makes such edits.
    KeepFaces {
        /// Whose they are.
        person_id: String,
        /// Their ids.
        face_ids: Vec<FaceId>,
    },
    /// What clustering found: faces of one person. Those that have a person stay with that person. Only
    /// [`discover`](crate::indexing::discover) makes such edits.
    Discover {
        /// The person, who is made where the id is one of a face of the list.
        entity_id: EntityId,
        /// The faces.
        face_ids: Vec<FaceId>,
    },
    /// More groups.
    AddGroups {
        /// Who.
        person_id: String,
        /// The groups' ids.
        groups: Vec<String>,
    },
    /// Fewer groups.
    DeleteGroups {
        /// Who.
        person_id: String,
        /// The groups' ids.
        groups: Vec<String>,
    },
}

impl PersonEdit {
    /// The person that it is about; of a merge the one who stays; empty where it is not said any more.
    #[must_use]
    pub fn person_id(&self) -> &str {
        match self {
            Self::AddPerson { person_id, .. }
            | Self::SetPerson { person_id, .. }
            | Self::DeletePerson { person_id }
            | Self::MergePersons { into: person_id, .. }
            | Self::UnmergePersons { into: person_id, .. }
            | Self::SplitPerson { person_id, .. }
            | Self::AddFaces { person_id, .. }
            | Self::AssignFaces { person_id, .. }
            | Self::DeleteFaces { person_id, .. }
            | Self::KeepFaces { person_id, .. }
            | Self::AddGroups { person_id, .. }
            | Self::DeleteGroups { person_id, .. } => person_id,
            Self::Discover { entity_id, .. } => &entity_id.0,
            Self::ForgetFaces { .. } => "",
        }
    }
}

/// What an edit did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The person, by the id that the wire knows.
    pub person_id: String,
    /// The groups that the person belongs to afterwards, ascending.
    pub groups: Vec<String>,
    /// The groups that the person was taken out of, in the order asked for.
    pub left_groups: Vec<String>,
    /// The faces that were added, given to the person or taken away, in the order asked for.
    pub face_ids: Vec<FaceId>,
    /// The faces that were asked for but are not there.
    pub unknown_face_ids: Vec<FaceId>,
}

/// A photo with the one face of it that is added to a person.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFace {
    /// The photo.
    pub media: MediaRecord,
    /// Its face.
    pub face: FaceRecord,
    /// The model that made the face's embedding.
    pub embedder: EmbedderInfo,
}

impl NewFace {
    /// The largest face of an indexed photo. `file_name` becomes the last part of the photo's path in the library.
    ///
    /// # Errors
    /// `NoFace` where the photo shows none of a usable size; the error calls it `file_name`.
    pub fn largest_of(photo: &IndexedMedia, person_id: &str, file_name: &str, embedder: &EmbedderInfo) -> Result<Self> {
        let face = photo.faces.first().ok_or_else(|| Error::NoFace { name: file_name.to_owned() })?;
        let file = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
        let mut media = photo.media.clone();
        media.path = format!("{ADDED_FOLDER}/{}/{}", path_part(person_id), path_part(file));
        super::photo::title_of(file).clone_into(&mut media.title);
        ADDED_DOCUMENT.clone_into(&mut media.document);
        Ok(Self { media, face: face.clone(), embedder: embedder.clone() })
    }
}

/// A text as one part of a path, which leads nowhere else.
fn path_part(text: &str) -> String {
    let part: String = text.chars().map(|c| if c.is_control() || "/\\:?#".contains(c) { '_' } else { c }).collect();
    if ["", ".", ".."].contains(&part.as_str()) { "_".to_owned() } else { part }
}

/// Whether a photo of a library was added to a person by hand, rather than indexed.
#[must_use]
pub fn is_added_by_hand(media: &MediaRecord) -> bool {
    let in_folder = media.path.split('/').next() == Some(ADDED_FOLDER);
    in_folder && media.document == ADDED_DOCUMENT
}

/// The id by which the wire knows a person: that of the owner's records, else the entity id.
#[must_use]
pub fn person_id_of(entity: &EntityRecord) -> &str {
    entity.person_id.as_deref().unwrap_or(&entity.entity_id.0)
}

/// The place of the person with this id, or, where nobody has it, of the entity with this id.
#[must_use]
pub fn find_person<'a>(entities: impl Iterator<Item = &'a EntityRecord> + Clone, id: &str) -> Option<usize> {
    let by_person = entities.clone().position(|entity| entity.person_id.as_deref() == Some(id));
    by_person.or_else(|| entities.into_iter().position(|entity| entity.entity_id.0 == id))
}

/// Nobody has this id.
fn no_person(id: &str) -> Error {
    Error::ResourceNotFound { kind: "person".to_owned(), id: id.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_inside_the_folder_of_people() {
        assert_eq!(path_part("../../etc"), ".._.._etc");
        assert_eq!(path_part(".."), "_");
        assert_eq!(path_part("a?b#c:d\n"), "a_b_c_d_");
        assert_eq!(path_part("Barack Obama"), "Barack Obama");
    }

    #[test]
    fn an_id_of_the_owner_comes_before_an_entity_id() {
        let entity = |entity_id: &str, person_id: Option<&str>| EntityRecord {
            merged: Vec::new(),
            entity_id: crate::core::EntityId(entity_id.to_owned()),
            label_name: String::new(),
            category: "custom".to_owned(),
            person_id: person_id.map(str::to_owned),
            groups: Vec::new(),
            note: None,
        };
        let entities = [entity("x", None), entity("e2", Some("x")), entity("e3", None)];
        assert_eq!(find_person(entities.iter(), "x"), Some(1));
        assert_eq!(find_person(entities.iter(), "e3"), Some(2));
        assert_eq!(find_person(entities.iter(), "e2"), Some(1));
        assert_eq!(find_person(entities.iter(), "nobody"), None);
    }
}
