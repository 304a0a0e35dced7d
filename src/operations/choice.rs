//! Which face of a photo is meant, and the query made from it. Imports `core`, `vision`, `library` and `error`.

use crate::core::{Rect, counted};
use crate::error::{Error, Result};
use crate::library::FaceQuery;
use crate::vision::{DetectOptions, Engine, Face, MIN_FACE_PX, Photo};

/// The least overlap (intersection over union) between a given box and the face that it means.
const MIN_CHOICE_IOU: f32 = 0.2;

/// Which face of a photo is meant.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum FaceChoice {
    /// The one of the largest box.
    #[default]
    Largest,
    /// The one at this place, from 0, in the order of descending area.
    Index(usize),
    /// The one that overlaps this box best; source pixels.
    Box(Rect),
}

impl FaceChoice {
    /// A choice from a face index or a box, at most one of which may be given.
    ///
    /// # Errors
    /// `InvalidParameter` for both at once, or for a box that has a side of zero or a number that is not finite.
    pub fn from_options(index: Option<usize>, face_box: Option<Rect>) -> Result<Self> {
        match (index, face_box) {
            (None, None) => Ok(Self::Largest),
            (Some(index), None) => Ok(Self::Index(index)),
            (None, Some(r)) => {
                let usable = [r.x, r.y, r.w, r.h].iter().all(|v| v.is_finite()) && r.w > 0.0 && r.h > 0.0;
                usable.then_some(Self::Box(r)).ok_or_else(|| {
                    Error::invalid("box", "x, y, w and h must be finite numbers, w and h above zero, in source pixels")
                })
            }
            (Some(_), Some(_)) => Err(Error::invalid("faceIndex", "give either faceIndex or box, not both")),
        }
    }

    /// The face that is meant among those of a photo, which are sorted by descending area.
    ///
    /// # Errors
    /// `NoFace` when there is none at all; `InvalidParameter` naming `faceIndex` or `box` when there is none of that index or at that place.
    pub fn pick<'a>(&self, faces: &'a [Face], name: &str) -> Result<&'a Face> {
        let largest = faces.first().ok_or_else(|| Error::NoFace { name: name.to_owned() })?;
        match self {
            Self::Largest => Ok(largest),
            Self::Index(index) => faces.get(*index).ok_or_else(|| {
                Error::invalid(
                    "faceIndex",
                    format!("{index} is out of range; {name} has {}, counted from 0", counted(faces.len(), "face")),
                )
            }),
            Self::Box(wanted) => faces
                .iter()
                .max_by(|a, b| a.box_px.iou(wanted).total_cmp(&b.box_px.iou(wanted)))
                .filter(|face| face.box_px.iou(wanted) >= MIN_CHOICE_IOU)
                .ok_or_else(|| Error::invalid("box", format!("no face of {name} overlaps it"))),
        }
    }
}

/// Finds the face that is meant in a photo and embeds it. `name` is what errors call the photo.
///
/// # Errors
/// `NoFace`, `FaceTooSmall` (shorter side below 20 px), `InvalidParameter` for a face index or box that meets no face.
pub fn query_of_photo(engine: &Engine, photo: &Photo, choice: &FaceChoice, name: &str) -> Result<(FaceQuery, Face)> {
    let face = face_of_photo(engine, photo, choice, name)?;
    Ok((query_of_face(engine, &face, name)?, face))
}

/// Embeds a face. `name` is what errors call its photo.
///
/// # Errors
/// `FaceTooSmall` (shorter side below 20 px).
pub fn query_of_face(engine: &Engine, face: &Face, name: &str) -> Result<FaceQuery> {
    let side_px = face.box_px.w.min(face.box_px.h);
    if side_px < MIN_FACE_PX {
        return Err(Error::FaceTooSmall { name: name.to_owned(), side_px, minimum_px: MIN_FACE_PX });
    }
    let embedding = engine.embed(face).map_err(|e| e.named(name))?;
    Ok(FaceQuery { embedding, embedder: engine.embedder().clone() })
}

/// The face that is meant. A large photo is searched whole first, and in tiles, which takes many times as long, only where that
/// did not answer the question; a face index counts all faces, so it needs both. Only the face that is meant gets a second look.
///
/// # Errors
/// `NoFace`, `InvalidParameter` for a face index or box that meets no face.
pub fn face_of_photo(engine: &Engine, photo: &Photo, choice: &FaceChoice, name: &str) -> Result<Face> {
    let thorough = DetectOptions { refine: false, ..DetectOptions::default() };
    if !matches!(choice, FaceChoice::Index(_)) {
        let faces = engine.detect(photo, &DetectOptions { small_faces: false, ..thorough })?;
        if let Ok(face) = choice.pick(&faces, name) {
            return engine.refined(photo, face);
        }
    }
    engine.refined(photo, choice.pick(&engine.detect(photo, &thorough)?, name)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::core::Landmarks;
    use crate::vision::Quality;

    fn face(x: f32, side: f32) -> Face {
        let box_px = Rect::new(x, 0.0, side, side);
        Face {
            box_px,
            landmarks: Landmarks::default(),
            score: 0.9,
            quality: Quality::default(),
            crop: Arc::new(Photo::black(1, 1)),
        }
    }

    fn picked(choice: FaceChoice) -> Result<f32> {
        choice.pick(&[face(0.0, 90.0), face(100.0, 60.0), face(200.0, 30.0)], "group.jpg").map(|f| f.box_px.x)
    }

    #[test]
    fn the_largest_face_is_the_default() {
        assert_eq!(picked(FaceChoice::default()), Ok(0.0));
    }

    #[test]
    fn an_index_counts_from_the_largest() {
        assert_eq!(picked(FaceChoice::Index(2)), Ok(200.0));
        let error = picked(FaceChoice::Index(3)).unwrap_err();
        assert_eq!(error.to_string(), "faceIndex: 3 is out of range; group.jpg has 3 faces, counted from 0");
    }

    #[test]
    fn a_box_means_the_face_that_it_overlaps_best() {
        assert_eq!(picked(FaceChoice::Box(Rect::new(90.0, 5.0, 60.0, 60.0))), Ok(100.0));
        let error = picked(FaceChoice::Box(Rect::new(400.0, 400.0, 60.0, 60.0))).unwrap_err();
        assert_eq!(error.parameter(), Some("box"));
    }

    #[test]
    fn a_photo_without_a_face_is_named() {
        for choice in [FaceChoice::Largest, FaceChoice::Index(0), FaceChoice::Box(Rect::new(0.0, 0.0, 1.0, 1.0))] {
            assert_eq!(choice.pick(&[], "cat.png"), Err(Error::NoFace { name: "cat.png".into() }));
        }
    }

    #[test]
    fn index_and_box_together_or_an_impossible_box_are_refused() {
        let good = Rect::new(0.0, 0.0, 1.0, 1.0);
        assert_eq!(FaceChoice::from_options(Some(0), Some(good)).unwrap_err().parameter(), Some("faceIndex"));
        for bad in [Rect::new(0.0, 0.0, 0.0, 1.0), Rect::new(f32::NAN, 0.0, 1.0, 1.0)] {
            assert_eq!(FaceChoice::from_options(None, Some(bad)).unwrap_err().parameter(), Some("box"));
        }
    }
}
