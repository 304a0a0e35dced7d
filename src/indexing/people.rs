//! Which person a face is, told by reference portraits. Imports `core` and `library`.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::core::{Embedding, MediaId};
use crate::library::FaceRecord;

/// One reference portrait.
#[derive(Debug, Clone)]
pub struct PersonReference {
    /// The person's name: the folder's name.
    pub person: String,
    /// SHA-256 of the portrait file, hexadecimal. The same file in the gallery gets its person without a comparison.
    pub sha256: String,
    /// The embedding of the portrait's largest face.
    pub embedding: Embedding,
}

/// The faces to be named, grouped by media: `faces` of one media stand together.
#[derive(Debug, Clone, Copy)]
pub struct Gallery<'a> {
    /// All faces.
    pub faces: &'a [FaceRecord],
    /// SHA-256 of each media that is itself a reference portrait.
    pub portraits: &'a BTreeMap<MediaId, String>,
}

/// Which person a face is.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// Row of the face in the gallery.
    pub face: usize,
    /// The person's name.
    pub person: String,
    /// The best cosine to one of the person's references; 1 for the portrait itself.
    pub cosine: f32,
}

/// Names every face whose best cosine to a person's references is at least `threshold`.
///
/// A face goes to the person with the highest best cosine, ties by name. Nobody is twice in one photo, nor twice at one moment
/// of a video: where two such faces are nearest to the same person, the better one keeps the name and the other gets none. A
/// portrait's largest face always gets its own person. The answer is in the order of the faces.
#[must_use]
pub fn assign_people(gallery: &Gallery<'_>, references: &[PersonReference], threshold: f32) -> Vec<Assignment> {
    let mut found: BTreeMap<(&MediaId, String), Vec<(&FaceRecord, Assignment)>> = BTreeMap::new();
    let mut previous: Option<&MediaId> = None;
    for (row, face) in gallery.faces.iter().enumerate() {
        let is_largest = previous != Some(&face.media_id);
        previous = Some(&face.media_id);
        if let Some(assignment) = person_of(gallery, row, face, is_largest, references, threshold) {
            found.entry((&face.media_id, assignment.person.clone())).or_default().push((face, assignment));
        }
    }
    let mut assignments: Vec<Assignment> = Vec::new();
    for mut candidates in found.into_values() {
        // The earlier face of a photo is the larger one; it keeps the name in a tie.
        candidates.sort_by(|(_, a), (_, b)| b.cosine.total_cmp(&a.cosine).then(a.face.cmp(&b.face)));
        let mut kept: Vec<&FaceRecord> = Vec::new();
        for (face, assignment) in candidates {
            if kept.iter().all(|other| can_be_one(face, other)) {
                kept.push(face);
                assignments.push(assignment);
            }
        }
    }
    assignments.sort_by_key(|a| a.face);
    assignments
}

/// Whether two faces of one media can be one person's: only if they are seen at different times.
fn can_be_one(a: &FaceRecord, b: &FaceRecord) -> bool {
    match (a.time, b.time) {
        (Some(a), Some(b)) => a.end_s < b.start_s || b.end_s < a.start_s,
        _ => false,
    }
}

fn person_of(
    gallery: &Gallery<'_>,
    row: usize,
    face: &FaceRecord,
    is_largest: bool,
    references: &[PersonReference],
    threshold: f32,
) -> Option<Assignment> {
    if is_largest && let Some(sha256) = gallery.portraits.get(&face.media_id) {
        let person = references.iter().filter(|r| r.sha256 == *sha256).map(|r| &r.person).min()?;
        return Some(Assignment { face: row, person: person.clone(), cosine: 1.0 });
    }
    let mut best: Option<(&str, f32)> = None;
    for reference in references {
        let cosine = face.embedding.cosine(&reference.embedding);
        let better = best.is_none_or(|(name, best)| match cosine.total_cmp(&best) {
            Ordering::Greater => true,
            Ordering::Equal => reference.person.as_str() < name,
            Ordering::Less => false,
        });
        if cosine >= threshold && better {
            best = Some((&reference.person, cosine));
        }
    }
    best.map(|(person, cosine)| Assignment { face: row, person: person.to_owned(), cosine })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{FaceId, Rect, TimeRange};
    use crate::error::Result;

    fn unit(x: f32, y: f32) -> Result<Embedding> {
        Embedding::new(vec![x, y])
    }

    fn face(media: &str, index: usize, embedding: Embedding) -> FaceRecord {
        let media_id = MediaId(media.to_owned());
        FaceRecord {
            expression: None,
            face_id: FaceId::of_media(&media_id, index),
            media_id,
            entity_id: None,
            embedding,
            box_px: Rect::new(0.0, 0.0, 50.0, 50.0),
            time: None,
            score: 0.9,
            quality: 0.5,
        }
    }

    fn reference(person: &str, embedding: Embedding) -> PersonReference {
        PersonReference { person: person.to_owned(), sha256: format!("sha of {person}"), embedding }
    }

    fn names(
        faces: &[FaceRecord],
        portraits: &BTreeMap<MediaId, String>,
        references: &[PersonReference],
    ) -> Vec<(usize, String)> {
        let gallery = Gallery { faces, portraits };
        assign_people(&gallery, references, 0.9).into_iter().map(|a| (a.face, a.person)).collect()
    }

    #[test]
    fn a_person_is_seen_many_times_in_a_video_but_once_at_a_time() -> Result<()> {
        let track = |index: usize, start_s: f64, end_s: f64, y: f32| -> Result<FaceRecord> {
            let time = Some(TimeRange { start_s, end_s });
            Ok(FaceRecord { time, ..face("film", index, unit((1.0 - y * y).sqrt(), y)?) })
        };
        let faces = [track(0, 0.0, 2.0, 0.1)?, track(1, 1.0, 3.0, 0.0)?, track(2, 4.0, 5.0, 0.2)?];
        let portraits = BTreeMap::new();
        let gallery = Gallery { faces: &faces, portraits: &portraits };
        let named = assign_people(&gallery, &[reference("ann", unit(1.0, 0.0)?)], 0.5);
        assert_eq!(named.iter().map(|a| a.face).collect::<Vec<_>>(), [1, 2]);
        Ok(())
    }

    #[test]
    fn a_stranger_gets_no_name() -> Result<()> {
        let references = [reference("ada", unit(1.0, 0.0)?)];
        assert_eq!(names(&[face("m", 0, unit(0.0, 1.0)?)], &BTreeMap::new(), &references), []);
        Ok(())
    }

    #[test]
    fn nobody_is_twice_in_one_photo() -> Result<()> {
        let references = [reference("ada", unit(1.0, 0.0)?)];
        let faces = [face("m", 0, unit(1.0, 0.2)?), face("m", 1, unit(1.0, 0.1)?), face("n", 0, unit(1.0, 0.3)?)];
        assert_eq!(names(&faces, &BTreeMap::new(), &references), [(1, "ada".to_owned()), (2, "ada".to_owned())]);
        Ok(())
    }

    #[test]
    fn equal_cosines_go_to_the_name_that_sorts_first() -> Result<()> {
        let references = [reference("bea", unit(1.0, 0.0)?), reference("ada", unit(1.0, 0.0)?)];
        assert_eq!(names(&[face("m", 0, unit(1.0, 0.0)?)], &BTreeMap::new(), &references), [(0, "ada".to_owned())]);
        Ok(())
    }

    #[test]
    fn a_portrait_is_its_own_person_whoever_is_nearer() -> Result<()> {
        let references = [reference("ada", unit(0.0, 1.0)?), reference("bea", unit(1.0, 0.0)?)];
        let portraits = BTreeMap::from([(MediaId("m".to_owned()), "sha of ada".to_owned())]);
        let faces = [face("m", 0, unit(1.0, 0.0)?), face("m", 1, unit(0.0, 1.0)?)];
        assert_eq!(names(&faces, &portraits, &references), [(0, "ada".to_owned())]);
        Ok(())
    }
}
