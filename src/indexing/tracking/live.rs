//! Following faces in live pictures, and when it is worth the time to search for one again. Imports `core`.

use std::collections::BTreeMap;

use super::{Sighting, Step, Tracker, TrackerOptions};

/// A track that was not seen for this long is over, or for this many frames where they come slowly.
const GAP_S: f64 = 1.5;
const GAP_FRAMES: f64 = 3.0;
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
    /// The version of the library that was searched.
    version: String,
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
        let gap_s = GAP_S.max(GAP_FRAMES * pause_s);
        let options = TrackerOptions { score_threshold: self.score_threshold, gap_s };
        let step = self.tracker.step(time_s, false, faces, &options);
        for track in &step.closed {
            self.searches.remove(track);
        }
        step
    }

    /// Whether a track is to be searched for: it is new, this view of it is clearly better than the one it was searched with,
    /// or the library is another by now.
    #[must_use]
    pub fn wants_search(&self, track: u64, quality: f32, version: &str) -> bool {
        self.searches
            .get(&track)
            .is_none_or(|last| quality > last.quality * BETTER_TIMES + BETTER_BY || last.version != version)
    }

    /// Keeps what was found for a track, with a view of this quality.
    pub fn searched(&mut self, track: u64, quality: f32, version: &str, found: Option<M>) {
        self.searches.insert(track, Search { quality, version: version.to_owned(), found });
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

    fn face() -> Result<Sighting> {
        let embedding = Embedding::new(vec![1.0, 0.0])?;
        Ok(Sighting { box_px: Rect::new(10.0, 10.0, 50.0, 60.0), score: 0.9, embedding })
    }

    #[test]
    fn a_track_is_searched_for_once_and_again_when_it_is_seen_clearly_better() -> Result<()> {
        let mut live = LiveTracker::new(7, 0.6);
        assert_eq!(live.step(0.0, &[face()?]).tracks, [Some(7)]);
        assert!(live.wants_search(7, 0.3, "v1"));
        live.searched(7, 0.3, "v1", None::<&str>);
        assert!(!live.wants_search(7, 0.32, "v1"));
        assert!(live.wants_search(7, 0.5, "v1"));
        assert!(live.wants_search(7, 0.3, "v2"), "another library may know the face");
        live.searched(7, 0.5, "v1", Some("ada"));
        assert_eq!((live.found(7), live.found(8)), (Some(&"ada"), None));
        Ok(())
    }

    #[test]
    fn what_was_found_goes_with_the_track() -> Result<()> {
        let mut live = LiveTracker::new(0, 0.6);
        live.step(0.0, &[face()?]);
        live.searched(0, 0.5, "v1", Some("ada"));
        assert_eq!(live.step(1.0, &[]).closed, Vec::<u64>::new());
        assert_eq!(live.step(3.1, &[]), Step { tracks: vec![], closed: vec![] }, "the pictures come slowly");
        for k in 1..20 {
            live.step(3.1 + 0.1 * f64::from(k), &[]);
        }
        assert_eq!(live.found(0), None);
        assert_eq!(live.step(6.0, &[face()?]).tracks, [Some(1)]);
        // A clock that goes back stands still.
        assert_eq!(live.step(2.0, &[face()?]).tracks, [Some(1)]);
        assert_eq!(live.step(f64::NAN, &[face()?]).tracks, [Some(1)]);
        Ok(())
    }
}
