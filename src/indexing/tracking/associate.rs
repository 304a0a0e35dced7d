//! Which face of a frame goes on with which track. Imports `core`.

use crate::core::{Embedding, Rect};

use super::Sighting;

/// A face this much where the track's is expected is the same unless it looks different.
const NEAR_IOU: f32 = 0.25;
/// What looks less alike than this is another person: embeddings of two people have a cosine of about 0 to 0.2, and those of one
/// person in frames a fifth of a second apart were seen from 0.4 on, in blurred profiles from 0.1 on.
const NEAR_COSINE: f32 = 0.15;
/// A face that moved further than its own size is the same only if it looks much alike.
const FAR_COSINE: f32 = 0.5;
/// How far a face can have moved, in lengths of its box.
const FAR_SIDES: f32 = 2.5;
/// How much larger or smaller it can have become.
const FAR_SCALE: f32 = 1.6;
/// Across a cut only what looks the same, at the same size, goes on: the camera was swung.
const CUT_COSINE: f32 = 0.85;
const CUT_SCALE: f32 = 1.15;

/// A track that waits for its next face.
pub(super) struct Candidate<'a> {
    pub(super) track: u64,
    pub(super) last_box: Rect,
    /// Where its face should be now.
    pub(super) expected: Rect,
    /// What its face looks like.
    pub(super) looks: [&'a Embedding; 2],
    /// Whether a new shot begins with this frame.
    pub(super) is_cut: bool,
    /// Whether it was not seen for so long that somebody else may be in its place.
    pub(super) is_in_doubt: bool,
}

impl Candidate<'_> {
    /// How sure it is that `face` is this track's, above 0; `None` where it is not.
    fn affinity(&self, face: &Sighting) -> Option<f32> {
        let cosine = self.looks.iter().map(|look| look.cosine(&face.embedding)).fold(-1.0, f32::max);
        let iou = self.expected.iou(&face.box_px).max(self.last_box.iou(&face.box_px));
        let scale = ratio(self.last_box.area(), face.box_px.area()).sqrt();
        let side = self.last_box.w.max(self.last_box.h).max(1.0);
        let centers = [self.expected.center(), self.last_box.center()];
        let moved = centers.iter().map(|c| c.distance(face.box_px.center())).fold(f32::INFINITY, f32::min) / side;
        let is_within_reach = moved <= FAR_SIDES;
        let is_same = if self.is_cut {
            is_within_reach && cosine >= CUT_COSINE && scale <= CUT_SCALE
        } else {
            (iou >= NEAR_IOU && cosine >= if self.is_in_doubt { FAR_COSINE } else { NEAR_COSINE })
                || (is_within_reach && cosine >= FAR_COSINE && scale <= FAR_SCALE)
        };
        is_same.then_some(iou + cosine + 1.0)
    }
}

fn ratio(a: f32, b: f32) -> f32 {
    a.max(b).max(1.0) / a.min(b).max(1.0)
}

/// The track of each face, one to one, the surest pairs first: strong faces, then the weak ones with the tracks that are left.
pub(super) fn assign(
    candidates: &[Candidate<'_>],
    faces: &[Sighting],
    is_strong: impl Fn(&Sighting) -> bool,
) -> Vec<Option<u64>> {
    let mut pairs = Vec::new();
    for (number, face) in faces.iter().enumerate() {
        let affine = candidates.iter().filter_map(|track| Some((track.affinity(face)?, track.track)));
        pairs.extend(affine.map(|(affinity, track)| (is_strong(face), affinity, track, number)));
    }
    // Ties go to the older track and the larger face.
    pairs.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)).then(a.3.cmp(&b.3)));
    let mut tracks: Vec<Option<u64>> = vec![None; faces.len()];
    for (_, _, track, number) in pairs {
        let is_taken = tracks.contains(&Some(track));
        if let Some(place) = tracks.get_mut(number)
            && place.is_none()
            && !is_taken
        {
            *place = Some(track);
        }
    }
    tracks
}
