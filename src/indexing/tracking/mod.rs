//! Following faces from frame to frame: tracking by detection. Imports `core`.
//!
//! The faces of a frame are given to the tracks by overlap with where each track's face is expected and by the cosine of the
//! embeddings, one to one, the surest pair first. The parts are known ones: a motion model and one-to-one association (SORT,
//! Bewley et al. 2016), appearance beside motion (DeepSORT, Wojke et al. 2017), and a second round in which weak detections go on
//! with tracks but begin none (ByteTrack, Zhang et al. 2022). Motion is a smoothed velocity instead of a Kalman filter, and the
//! assignment is greedy: faces seldom compete for one track, because their embeddings differ.
//!
//! Used for videos and for the camera. Times in seconds, boxes in pixels of the frames.

mod associate;
mod live;
mod shots;

use serde::{Deserialize, Serialize};

use crate::core::{Embedding, Rect};

use self::associate::{Candidate, assign};
use super::exact;

pub use live::LiveTracker;
pub(super) use shots::ShotDetector;

/// How much of the velocity is that of the last step.
const VELOCITY_GAIN: f32 = 0.5;
/// A velocity says little of where a face is after this many seconds.
const PREDICTION_S: f64 = 0.4;
/// How much of a track's appearance is that of its last face.
const APPEARANCE_GAIN: f32 = 0.3;

/// When tracks begin and end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrackerOptions {
    /// Faces with a detector's score below this go on with tracks but begin none.
    pub score_threshold: f32,
    /// A track that was not seen for longer than this is over.
    pub gap_s: f64,
    /// A track that was not seen for longer than this goes on only with a face that looks much alike, even in the same place.
    pub doubt_s: f64,
}

/// One face of a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// Where it is.
    pub box_px: Rect,
    /// The detector's score.
    pub score: f32,
    /// Its embedding.
    pub embedding: Embedding,
}

/// What a frame did to the tracks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// The track of each face that was given; `None` for a weak face without one.
    pub tracks: Vec<Option<u64>>,
    /// Tracks that are over, by ascending number.
    pub closed: Vec<u64>,
}

/// The tracks that are going on.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Tracker {
    /// The number of the next track.
    next: u64,
    /// By ascending number.
    open: Vec<OpenTrack>,
}

/// One track that is going on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct OpenTrack {
    id: u64,
    #[serde(with = "exact::seconds")]
    seen_s: f64,
    #[serde(with = "exact::rect")]
    box_px: Rect,
    /// Pixels a second, to the right and down.
    #[serde(with = "exact::number")]
    velocity_x: f32,
    #[serde(with = "exact::number")]
    velocity_y: f32,
    /// The last face's embedding.
    #[serde(with = "exact::embedding")]
    last: Embedding,
    /// A running mean of the embeddings.
    #[serde(with = "exact::embedding")]
    mean: Embedding,
}

impl Tracker {
    /// Takes the faces of the frame at `time_s`, which is after all frames before. `is_cut`: a new shot begins with it.
    ///
    /// At a cut every track is over, but for those whose face looks the same at the same size: then the picture changed because
    /// the camera was swung, or for a moment only.
    pub fn step(&mut self, time_s: f64, is_cut: bool, faces: &[Sighting], options: &TrackerOptions) -> Step {
        let mut closed = self.close_where(|track| time_s - track.seen_s > options.gap_s);
        let is_strong = |face: &Sighting| face.score >= options.score_threshold;
        let candidates: Vec<Candidate<'_>> =
            self.open.iter().map(|track| track.candidate(time_s, is_cut, options)).collect();
        let mut tracks = assign(&candidates, faces, is_strong);
        if is_cut {
            let kept: Vec<u64> = tracks.iter().flatten().copied().collect();
            closed.extend(self.close_where(|track| !kept.contains(&track.id)));
            closed.sort_unstable();
        }
        for (track, face) in tracks.iter_mut().zip(faces) {
            match track {
                Some(id) => {
                    if let Some(open) = self.open.iter_mut().find(|open| open.id == *id) {
                        open.go_on(time_s, face);
                    }
                }
                None if is_strong(face) => *track = Some(self.begin(time_s, face)),
                None => {}
            }
        }
        Step { tracks, closed }
    }

    /// Ends all tracks and answers them by ascending number.
    pub fn close_all(&mut self) -> Vec<u64> {
        self.close_where(|_| true)
    }

    fn begin(&mut self, seen_s: f64, face: &Sighting) -> u64 {
        let id = self.next;
        self.next += 1;
        self.open.push(OpenTrack {
            id,
            seen_s,
            box_px: face.box_px,
            velocity_x: 0.0,
            velocity_y: 0.0,
            last: face.embedding.clone(),
            mean: face.embedding.clone(),
        });
        id
    }

    fn close_where(&mut self, is_over: impl Fn(&OpenTrack) -> bool) -> Vec<u64> {
        let closed = self.open.iter().filter(|track| is_over(track)).map(|track| track.id).collect();
        self.open.retain(|track| !is_over(track));
        closed
    }
}

impl OpenTrack {
    fn candidate(&self, time_s: f64, is_cut: bool, options: &TrackerOptions) -> Candidate<'_> {
        #[expect(clippy::cast_possible_truncation, reason = "less than a second")]
        let ahead_s = (time_s - self.seen_s).min(PREDICTION_S) as f32;
        let Rect { x, y, w, h } = self.box_px;
        let expected = Rect::new(x + self.velocity_x * ahead_s, y + self.velocity_y * ahead_s, w, h);
        let is_in_doubt = time_s - self.seen_s > options.doubt_s;
        let looks = [&self.last, &self.mean];
        Candidate { track: self.id, last_box: self.box_px, expected, looks, is_cut, is_in_doubt }
    }

    fn go_on(&mut self, time_s: f64, face: &Sighting) {
        #[expect(clippy::cast_possible_truncation, reason = "seconds between frames")]
        let passed_s = (time_s - self.seen_s).max(1e-3) as f32;
        let (before, now) = (self.box_px.center(), face.box_px.center());
        let smoothed = |old: f32, step: f32| (1.0 - VELOCITY_GAIN) * old + VELOCITY_GAIN * step / passed_s;
        self.velocity_x = smoothed(self.velocity_x, now.x - before.x);
        self.velocity_y = smoothed(self.velocity_y, now.y - before.y);
        self.seen_s = time_s;
        self.box_px = face.box_px;
        let pairs = self.mean.as_slice().iter().zip(face.embedding.as_slice());
        let mixed = pairs.map(|(old, new)| (1.0 - APPEARANCE_GAIN) * old + APPEARANCE_GAIN * new).collect();
        // Opposite embeddings could cancel out; then the last one says more.
        self.mean = Embedding::new(mixed).unwrap_or_else(|_| face.embedding.clone());
        self.last = face.embedding.clone();
    }
}

#[cfg(test)]
mod tests;
