//! `--people`: one folder of portraits per person, and the references made from them. Imports `indexing`, `library`, `error`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::core::{EntityId, FaceId};
use crate::error::{Error, Result};
use crate::indexing::{PersonReference, media_id_of, person_id_of};
use crate::library::LibraryContents;

use super::journal::Known;
use super::walk::{Listing, list_people};
use super::work::Task;

/// The portraits of `--people`.
pub(super) struct People {
    /// Person to names `<person>/<file>` of the portraits.
    persons: BTreeMap<String, Vec<String>>,
    listing: Listing,
    /// Whether the portraits are also the media, so that they are not looked at twice.
    are_media: bool,
}

impl People {
    pub(super) fn list(folder: &Path, out: &Path, are_media: bool) -> Result<Self> {
        let (persons, listing) = list_people(folder, out)?;
        if persons.is_empty() {
            let reason = format!("{} has no folders; each person needs a folder with portraits", folder.display());
            return Err(Error::invalid("--people", reason));
        }
        Ok(Self { persons, listing, are_media })
    }

    /// What was found, as if it were media.
    pub(super) fn as_media(&self) -> Listing {
        self.listing.clone()
    }

    pub(super) fn portraits(&self) -> usize {
        self.listing.media.len()
    }

    /// What could not be looked at, where the walk over the media does not say so too.
    pub(super) fn problems(&self) -> &[(String, Error)] {
        if self.are_media { &[] } else { &self.listing.problems }
    }

    /// Libraries whose pictures were passed over, where the walk over the media does not say so too.
    pub(super) fn libraries(&self) -> impl Iterator<Item = &String> {
        self.listing.libraries.iter().filter(|_| !self.are_media)
    }

    /// The portraits to be processed, where they are not media.
    pub(super) fn tasks(&self) -> Vec<Task> {
        let photos = self.listing.media.iter().filter(|_| !self.are_media);
        photos
            .map(|(name, path)| Task {
                key: format!("p/{name}"),
                name: name.clone(),
                path: path.clone(),
                portrait: true,
            })
            .collect()
    }

    /// One reference for the largest face of every portrait, and a warning for every person without any.
    ///
    /// `portraits` are name and SHA-256 of those that could be read.
    pub(super) fn references(
        &self,
        portraits: &[(String, String)],
        known: &Known,
    ) -> Result<(Vec<PersonReference>, Vec<String>)> {
        let by_name: BTreeMap<&str, &str> =
            portraits.iter().map(|(name, sha256)| (name.as_str(), sha256.as_str())).collect();
        let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
        let (mut references, mut warnings) = (Vec::new(), Vec::new());
        for (person, names) in &self.persons {
            let before = references.len();
            for name in names {
                let Some(sha256) = by_name.get(name.as_str()) else { continue };
                let Some(rows) = known.contents.get(*sha256) else { continue };
                let Some(face) = rows.faces.first() else {
                    warnings.push(format!("portrait {name} shows no face of a usable size"));
                    continue;
                };
                match owners.insert(sha256, person) {
                    Some(other) if other != person => {
                        warnings.push(format!("portrait {name} is also in the folder of {other}"));
                    }
                    _ => {}
                }
                let record = face.record(&media_id_of(sha256), rows.face_id(&media_id_of(sha256), 0))?;
                references.push(PersonReference {
                    person: person.clone(),
                    sha256: (*sha256).to_owned(),
                    embedding: record.embedding,
                });
            }
            if references.len() == before {
                warnings.push(format!("person {person} has no usable portrait"));
            }
        }
        Ok((references, warnings))
    }
}

/// The faces that portraits gave to somebody.
pub(super) struct Labels(BTreeMap<EntityId, Vec<FaceId>>);

impl Labels {
    pub(super) fn of(contents: &LibraryContents) -> Self {
        let mut labels: BTreeMap<EntityId, Vec<FaceId>> = BTreeMap::new();
        for face in &contents.faces {
            if let Some(person) = &face.entity_id {
                labels.entry(person.clone()).or_default().push(face.face_id);
            }
        }
        Self(labels)
    }

    /// Says who has no face of all those that the portraits match, since they stay with persons whom clustering found and the hand
    /// named or made. (Whoever gives them to a person with an id of the owner's knows that one.)
    pub(super) fn warnings(&self, contents: &LibraryContents) -> Vec<String> {
        let now: BTreeMap<FaceId, &EntityId> =
            contents.faces.iter().filter_map(|face| Some((face.face_id, face.entity_id.as_ref()?))).collect();
        let have_faces: BTreeSet<&EntityId> = now.values().copied().collect();
        let found: BTreeSet<&EntityId> = contents
            .entities
            .iter()
            .filter(|entity| entity.person_id.is_none())
            .map(|entity| &entity.entity_id)
            .collect();
        let without = contents.entities.iter().filter(|entity| !have_faces.contains(&entity.entity_id));
        let warning = |entity| {
            let person = person_id_of(entity);
            let faces = self.0.get(&entity.entity_id)?;
            let others: BTreeSet<&EntityId> = faces.iter().filter_map(|face| now.get(face).copied()).collect();
            let others = others.intersection(&found).map(|id| id.0.as_str()).collect::<Vec<_>>().join(", ");
            (!others.is_empty()).then(|| {
                format!(
                    "person {person} has no face: those that match the portraits stay with {others}, as was decided by hand; \
                     'visavis person merge' makes one person of several"
                )
            })
        };
        without.filter_map(warning).collect()
    }
}
