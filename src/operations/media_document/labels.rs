//! AiLabelInfo of the faces of a media: one a person, and one a face of nobody known. Imports `core` and `library`.

use super::wire::{AiLabelInfo, LabelOccurrence, LabelTrack};
use crate::core::Rect;
use crate::library::{FaceView, Library, UNKNOWN_CATEGORY};
use crate::operations::search::six_decimals;

/// How many digits of the library's version stand in an occurrence.
const VERSION_DIGITS: usize = 8;

/// The labels of a media's faces, in the order in which they are first seen, ties by face id.
pub(super) fn labels_of_faces(library: &Library, media_row: usize) -> Vec<AiLabelInfo> {
    let mut faces: Vec<FaceView<'_>> = library.faces_of_media(media_row).collect();
    faces.sort_by(|a, b| start(a).total_cmp(&start(b)).then_with(|| a.face_id.cmp(&b.face_id)));
    let mut people: Vec<(Option<usize>, Vec<FaceView<'_>>)> = Vec::new();
    for face in faces {
        match people.iter_mut().find(|(entity, _)| entity.is_some() && *entity == face.entity_row) {
            Some((_, of_person)) => of_person.push(face),
            None => people.push((face.entity_row, vec![face])),
        }
    }
    people.iter().filter_map(|(_, faces)| label(library, faces)).collect()
}

fn start(face: &FaceView<'_>) -> f64 {
    face.time.map_or(0.0, |time| time.start_s)
}

/// The label of faces that are all of one person, or of a single face.
fn label(library: &Library, faces: &[FaceView<'_>]) -> Option<AiLabelInfo> {
    let best = faces.iter().max_by(|a, b| a.quality.total_cmp(&b.quality).then_with(|| b.face_id.cmp(&a.face_id)))?;
    let entity = best.entity;
    Some(AiLabelInfo {
        face_id: Some(best.face_id.to_string()),
        label_type: Some("Face".to_owned()),
        source: Some("vision".to_owned()),
        category: Some(entity.map_or_else(|| UNKNOWN_CATEGORY.to_owned(), |entity| entity.category.clone())),
        label_name: entity.map(|entity| entity.label_name.clone()).filter(|name| !name.is_empty()),
        label_id: entity.map(|entity| entity.entity_id.to_string()),
        occurrences: faces.iter().map(|face| occurrence(library, face)).collect(),
    })
}

fn occurrence(library: &Library, face: &FaceView<'_>) -> LabelOccurrence {
    let tracks = match library.track(face.face_id) {
        [] => vec![track(start(face), &face.box_px)],
        points => points.iter().map(|point| track(point.timestamp_s, &point.box_px)).collect(),
    };
    LabelOccurrence {
        score: Some(six_decimals(face.score)),
        table_batch_seq_id: library.version().get(..VERSION_DIGITS).map(str::to_owned),
        clip_id: Some(face.face_id.to_string()),
        from: Some(start(face)),
        to: Some(face.time.map_or(0.0, |time| time.end_s)),
        tracks,
        face: Some(face.face_id),
        ..LabelOccurrence::default()
    }
}

fn track(timestamp_s: f64, box_px: &Rect) -> LabelTrack {
    let Rect { x, y, w, h } = *box_px;
    LabelTrack {
        size: Some((f64::from(box_px.area().sqrt()) * 10.0).round() / 10.0),
        position: Some(format!("{x:.1};{y:.1};{:.1};{:.1}", x + w, y + h)),
        timestamp: Some(timestamp_s),
    }
}
