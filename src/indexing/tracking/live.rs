//! Following faces in live pictures, and when it is worth the time to search for one again. Imports `core`.

use std::collections::BTreeMap;

use super::{Sighting, Step, Tracker, TrackerOptions};
use crate::core::Embedding;

/// A track that was not seen for this long is over, or for this many frames where they come slowly.
const GAP_S: f64 = 1.5;
const GAP_FRAMES: f64 = 3.0;
/// But never after longer than this: where a page was in the background, somebody else may sit in the same place by now.
const LONGEST_GAP_S: f64 = 5.0;
/// What looks less like the face that was searched for may be another person: two who crossed can have changed tracks.
const SAME_COSINE: f32 = 0.3;
/// A view is clearly better when its quality is higher by this factor and this much: then somebody who was not known may be.
const BETTER_TIMES: f32 = 1.2;
const BETTER_BY: f32 = 0.03;

/// Tracks of live pictures, each with what was found for it.
#[derive(Debug, Clone)]
pub struct LiveTracker<M> {
    tracker: Tracker,
    searches: BTreeMap<u64, Search<M>>,
    last_s: Option<f64>,
    score_threshold: f32,
}

/// The last search for a track.
#[derive(Debug, Clone)]
struct Search<M> {
    quality: f32,
    embedding: Embedding,
    /// What was searched, and how.
    scope: String,
    found: Option<M>,
}

impl<M> LiveTracker<M> {
    /// Begins; the first track gets this number. Faces with a detector's score below the threshold begin no track.
    #[must_use]
    pub fn new(first_track: u64, score_threshold: f32) -> Self {
        let tracker = Tracker { next: first_track, ..Tracker::default() };
        Self { tracker, searches: BTreeMap::new(), last_s: None, score_threshold }
    }

    /// Takes the faces of the picture of this moment. A clock that goes back is taken to stand still.
    pub fn step(&mut self, time_s: f64, faces: &[Sighting]) -> Step {
        let time_s = if time_s.is_finite() { time_s } else { 0.0 }.max(self.last_s.unwrap_or(0.0));
        let pause_s = time_s - self.last_s.unwrap_or(time_s);
        self.last_s = Some(time_s);
        let gap_s = (GAP_FRAMES * pause_s).clamp(GAP_S, LONGEST_GAP_S);
        let options = TrackerOptions { score_threshold: self.score_threshold, gap_s, doubt_s: GAP_S };
        let step = self.tracker.step(time_s, false, faces, &options);
        for track in &step.closed {
            self.searches.remove(track);
        }
        step
    }

    /// Whether a track is to be searched for: it is new, this view of it is clearly better than the one it was searched with or
    /// looks like somebody else, or what is searched is another by now. `scope` says what is searched, and how.
    #[must_use]
    pub fn wants_search(&self, track: u64, quality: f32, embedding: &Embedding, scope: &str) -> bool {
        self.searches.get(&track).is_none_or(|last| {
            quality > last.quality * BETTER_TIMES + BETTER_BY
                || last.embedding.cosine(embedding) < SAME_COSINE
                || last.scope != scope
        })
    }

    /// Keeps what was found for a track, with a view of this quality that looks like this.
    pub fn searched(&mut self, track: u64, quality: f32, embedding: &Embedding, scope: &str, found: Option<M>) {
        let (embedding, scope) = (embedding.clone(), scope.to_owned());
        self.searches.insert(track, Search { quality, embedding, scope, found });
    }

    /// What was found for a track.
    #[must_use]
    pub fn found(&self, track: u64) -> Option<&M> {
        self.searches.get(&track)?.found.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Embedding, Rect};
    use crate::error::Result;

    /// A face in always the same place that looks like ada where `x` is 1, and like somebody else where it is 0.
    fn face(x: f32) -> Result<Sighting> {
        let embedding = Embedding::new(vec![x, (1.0 - x * x).sqrt()])?;
        Ok(Sighting { box_px: Rect::new(10.0, 10.0, 50.0, 60.0), score: 0.9, embedding })
    }

    #[test]
    fn a_track_is_searched_for_once_and_again_when_it_is_seen_clearly_better() -> Result<()> {
        let mut live = LiveTracker::new(7, 0.6);
        let ada = face(1.0)?;
        assert_eq!(live.step(0.0, std::slice::from_ref(&ada)).tracks, [Some(7)]);
        assert!(live.wants_search(7, 0.3, &ada.embedding, "v1"));
        live.searched(7, 0.3, &ada.embedding, "v1", None::<&str>);
        assert!(!live.wants_search(7, 0.32, &ada.embedding, "v1"));
        assert!(live.wants_search(7, 0.5, &ada.embedding, "v1"));
        assert!(live.wants_search(7, 0.3, &ada.embedding, "v2"), "another library may know the face");
        live.searched(7, 0.5, &ada.embedding, "v1", Some("ada"));
        assert_eq!((live.found(7), live.found(8)), (Some(&"ada"), None));
        Ok(())
    }

    #[test]
    fn a_track_is_searched_for_again_when_it_looks_like_somebody_else() -> Result<()> {
        let mut live = LiveTracker::new(0, 0.6);
        live.searched(0, 0.5, &face(1.0)?.embedding, "v1", Some("ada"));
        assert!(!live.wants_search(0, 0.4, &face(0.4)?.embedding, "v1"), "a face that was turned");
        assert!(live.wants_search(0, 0.4, &face(0.2)?.embedding, "v1"));
        Ok(())
    }

    #[test]
    fn what_was_found_goes_with_the_track() -> Result<()> {
        let mut live = LiveTracker::new(0, 0.6);
        let ada = face(1.0)?;
        live.step(0.0, std::slice::from_ref(&ada));
        live.searched(0, 0.5, &ada.embedding, "v1", Some("ada"));
        assert_eq!(live.step(1.0, &[]).closed, Vec::<u64>::new());
        assert_eq!(live.step(3.1, &[]), Step { tracks: vec![], closed: vec![] }, "the pictures come slowly");
        for k in 1..20 {
            live.step(3.1 + 0.1 * f64::from(k), &[]);
        }
        assert_eq!(live.found(0), None);
        assert_eq!(live.step(6.0, std::slice::from_ref(&ada)).tracks, [Some(1)]);
        // A clock that goes back stands still.
        assert_eq!(live.step(2.0, std::slice::from_ref(&ada)).tracks, [Some(1)]);
        assert_eq!(live.step(f64::NAN, &[ada]).tracks, [Some(1)]);
        Ok(())
    }

    #[test]
    fn nobody_takes_over_the_track_of_who_sat_there_before_a_long_pause() -> Result<()> {
        let mut live: LiveTracker<()> = LiveTracker::new(0, 0.6);
        live.step(0.0, &[face(1.0)?]);
        // A little alike, as strangers can be, and in the same place.
        let stranger = [face(0.4)?];
        assert_eq!(live.clone().step(0.2, &stranger).tracks, [Some(0)], "it can be the same face, turned");
        assert_eq!(live.step(2.2, &stranger).tracks, [Some(1)]);
        assert_eq!(live.step(4.2, &stranger).tracks, [Some(1)], "the pictures come slowly");
        let after = live.step(604.2, &stranger);
        assert_eq!((after.tracks, after.closed), (vec![Some(2)], vec![0, 1]));
        Ok(())
    }
}
