//! From the rows of photos to the contents of a library: one media a content, persons, metadata. Imports `indexing`, `library`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::core::{EmbedderInfo, EntityId, MediaId};
use crate::error::Result;
use crate::indexing::{Gallery, MediaRows, PersonReference, assign_people};
use crate::library::{EntityRecord, FaceRecord, LibraryContents, MediaRecord};

use super::journal::Known;
use super::metadata::Metadata;

/// What a library is made from.
pub(super) struct Sources<'a> {
    /// Name and SHA-256 of every photo that could be read, by name.
    pub(super) photos: &'a [(String, String)],
    pub(super) known: &'a Known,
    pub(super) references: &'a [PersonReference],
    /// Cosine from which a face is taken for a person; `None` for the embedder's default.
    pub(super) people_threshold: Option<f32>,
    pub(super) metadata: Option<&'a Metadata>,
    pub(super) base_url: Option<&'a str>,
    pub(super) thumbnails: bool,
}

/// The contents, and what there is to say about them.
pub(super) struct Gathered {
    pub(super) contents: LibraryContents,
    /// Thumbnails of all media and faces, relative to the library.
    pub(super) thumbnails: BTreeSet<String>,
    /// Copies: their path, and the path of the media that they are.
    pub(super) duplicates: Vec<(String, String)>,
    /// How many faces have a name.
    pub(super) labelled: usize,
    /// What the metadata say of no media, or under names that are none of a field.
    pub(super) metadata_warnings: Vec<String>,
}

/// Makes the contents of a library. The first of several photos with the same contents, by name, becomes the media.
pub(super) fn gather(sources: &Sources<'_>, embedder: &EmbedderInfo) -> Result<Gathered> {
    let mut media: Vec<MediaRecord> = Vec::new();
    let mut faces: Vec<FaceRecord> = Vec::new();
    let mut tracks = Vec::new();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    let mut paths = BTreeMap::new();
    let mut duplicates = Vec::new();
    let mut thumbnails = BTreeSet::new();
    for (name, sha256) in sources.photos {
        if let Some((place, original)) = first.get(sha256.as_str()).and_then(|place| Some((*place, media.get(*place)?)))
        {
            duplicates.push((name.clone(), original.path.clone()));
            paths.insert(name.clone(), place);
            continue;
        }
        let Some(rows) = sources.known.contents.get(sha256) else { continue };
        first.insert(sha256, media.len());
        paths.insert(name.clone(), media.len());
        let mut record = rows.media(name, sha256, sources.thumbnails);
        record.url = sources.base_url.map(|base| address(base, name));
        faces.extend(rows.faces(&record.media_id)?);
        tracks.extend(rows.tracks(&record.media_id));
        if sources.thumbnails {
            thumbnails.extend(MediaRows::thumbnail_names(sha256, &rows.face_ids(&record.media_id)));
        }
        media.push(record);
    }
    let labelled = label(sources, embedder, &media, &mut faces);
    let metadata_warnings = sources.metadata.map(|metadata| metadata.apply(&mut media, &paths)).unwrap_or_default();
    let contents = LibraryContents {
        settled: std::collections::BTreeSet::new(),
        tracks,
        embedder: embedder.clone(),
        media,
        faces,
        entities: entities(sources.references),
    };
    Ok(Gathered { contents, thumbnails, duplicates, labelled, metadata_warnings })
}

/// Gives faces their persons, and answers how many got one.
fn label(sources: &Sources<'_>, embedder: &EmbedderInfo, media: &[MediaRecord], faces: &mut [FaceRecord]) -> usize {
    let references = sources.references;
    if references.is_empty() {
        return 0;
    }
    let portraits: BTreeMap<MediaId, String> = media
        .iter()
        .filter(|m| references.iter().any(|r| r.sha256 == m.sha256))
        .map(|m| (m.media_id.clone(), m.sha256.clone()))
        .collect();
    let threshold = sources.people_threshold.unwrap_or_else(|| embedder.default_threshold(references.len()));
    let assignments = assign_people(&Gallery { faces, portraits: &portraits }, references, threshold);
    for assignment in &assignments {
        if let Some(face) = faces.get_mut(assignment.face) {
            face.entity_id = Some(EntityId::of_person(&assignment.person));
        }
    }
    assignments.len()
}

fn entities(references: &[PersonReference]) -> Vec<EntityRecord> {
    let names: BTreeSet<&String> = references.iter().map(|r| &r.person).collect();
    let entity = |name: &String| EntityRecord {
        merged: Vec::new(),
        groups: Vec::new(),
        note: None,
        entity_id: EntityId::of_person(name),
        label_name: name.clone(),
        category: "custom".to_owned(),
        person_id: Some(name.clone()),
    };
    names.into_iter().map(entity).collect()
}

/// The address of a photo: `base`, then its path with everything but the unreserved characters of RFC 3986 and `/` escaped.
fn address(base: &str, name: &str) -> String {
    let mut address = base.to_owned();
    if !address.ends_with('/') {
        address.push('/');
    }
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_escape_what_is_not_unreserved() {
        assert_eq!(address("https://x/photos", "a b/ü&.jpg"), "https://x/photos/a%20b/%C3%BC%26.jpg");
        assert_eq!(address("p/", "c.jpg"), "p/c.jpg");
    }
}
