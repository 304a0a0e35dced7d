//! `--people`: one folder of portraits per person, and the references made from them. Imports `indexing`, `error`.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::{Error, Result};
use crate::indexing::{PersonReference, media_id_of};

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
                let record = face.record(&media_id_of(sha256), 0)?;
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
