//! One video to its rows: its frames come one by one, faces are followed through them, and every track becomes a face of the
//! library. Imports `indexing::photo`, `vision`, `library`, `core`, `error`. Boxes in upright source pixels, times in seconds.
//!
//! Frames are given for t = 0, 1/fps, 2/fps, ...: the frame that is shown at t, the last whose timestamp is not above it. The
//! command line and the browser do the same, so they get the same frames. Time 0 is the first frame's, whatever the file's
//! clock says then.

mod checkpoint;
mod evidence;

use serde::{Deserialize, Serialize};

use crate::core::{Digest, FaceId, MediaId, MediaType, Rect};
use crate::error::{Error, Result};
use crate::library::TrackRecord;
use crate::vision::{DetectOptions, Engine, Face, Photo};

use self::evidence::{Cover, Evidence, Seen, cover_worth};
use super::exact;
use super::photo::{
    IndexOptions, IndexedMedia, Thumbnail, cover_jpeg, cover_name, expression_of, face_jpeg, face_thumbnail_name,
};
use super::rows::{FaceRow, MediaRows};
use super::tracking::{ShotDetector, Sighting, Tracker, TrackerOptions};

/// The long side of the frames that need to be decoded, in pixels: larger videos are shrunk to it before they are pushed.
/// The detector sees 640 pixels, and a face that is too small to be found there has too few to be recognised in motion.
pub const FRAME_SIDE_PX: u32 = 1280;
/// How many frames of a second are looked at unless somebody says otherwise.
pub const DEFAULT_FRAMES_PER_SECOND: f64 = 5.0;
/// Grows when the same frames with the same models and options would give other tracks than before; their faces have other ids then.
pub const VIDEO_PIPELINE_VERSION: u32 = 2;
/// Faces with a score this much below the threshold still go on with tracks, though they begin none (see `tracking`).
const WEAKER_BY: f32 = 0.2;
/// No face is looked at below this score.
const LOWEST_SCORE: f32 = 0.3;
/// A track is over when it was not seen for this long, or for so many frames where they are few.
const GAP_S: f64 = 1.0;
const GAP_FRAMES: f64 = 2.5;

/// What is known of a video before its frames are.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoSource {
    /// Its path relative to the indexed folder, with forward slashes; errors call it so.
    pub name: String,
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// Width in pixels, upright: after the rotation that the file asks for.
    pub width: u32,
    /// Height in pixels, upright.
    pub height: u32,
    /// The container, such as `mp4`.
    pub format: String,
    /// Duration in seconds, where the file says so.
    pub duration_s: Option<f64>,
    /// When it was made, in milliseconds since 1970 (UTC), where the file says so.
    pub created_ms: Option<i64>,
}

/// How videos are indexed.
#[derive(Debug, Clone)]
pub struct VideoOptions {
    /// How the faces of a frame are found, and whether thumbnails are made.
    pub index: IndexOptions,
    /// How many frames of a second are pushed.
    pub frames_per_second: f64,
}

impl Default for VideoOptions {
    fn default() -> Self {
        Self { index: IndexOptions::default(), frames_per_second: DEFAULT_FRAMES_PER_SECOND }
    }
}

/// Follows the faces of one video. Its memory does not grow with the length of the video, but for the rows of tracks: 2 KB a
/// track and 24 bytes a frame in which it is seen.
#[derive(Debug, Clone)]
pub struct VideoIndexer {
    source: VideoSource,
    options: VideoOptions,
    state: State,
}

/// Everything that changes from frame to frame.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct State {
    #[serde(with = "exact::optional_seconds")]
    position_s: Option<f64>,
    shots: ShotDetector,
    tracker: Tracker,
    /// Of the open tracks, by ascending number.
    evidence: Vec<Evidence>,
    /// The persons of tracks that are over, in the order in which they closed.
    faces: Vec<FaceRow>,
    /// Thumbnails that nobody took yet.
    thumbnails: Vec<Picture>,
    cover: Cover,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Picture {
    name: String,
    #[serde(with = "exact::bytes")]
    jpeg: Vec<u8>,
}

/// The faces of one frame.
#[derive(Debug, Clone)]
pub struct Looked(Vec<Found>);

/// One face of a frame, in the frame's pixels.
#[derive(Debug, Clone)]
struct Found {
    face: Face,
    sighting: Sighting,
    expression: Option<&'static str>,
}

impl VideoIndexer {
    /// Begins with a video.
    #[must_use]
    pub fn new(source: VideoSource, options: VideoOptions) -> Self {
        Self { source, options, state: State::default() }
    }

    /// Takes the frame that is shown at `time_s`, upright. It may be smaller than the video.
    ///
    /// # Errors
    /// `ModelInvalid` when a model cannot be run, `InvalidParameter` for a time that is not after the frame before; nothing
    /// has changed then. Otherwise that of [`VideoIndexer::take`].
    pub fn push(&mut self, engine: &Engine, time_s: f64, frame: &Photo) -> Result<()> {
        let looked = self.look(engine, frame)?;
        self.take(time_s, frame, &looked)
    }

    /// The first half of [`VideoIndexer::push`], and nearly all of its work: finds the faces of a frame. It does not depend on
    /// the frames before, so several can be looked at side by side.
    ///
    /// # Errors
    /// `ModelInvalid` when a model cannot be run.
    pub fn look(&self, engine: &Engine, frame: &Photo) -> Result<Looked> {
        self.look_at(engine, frame).map(Looked)
    }

    /// The second half: takes the frames in the order of time, with what was found in each.
    ///
    /// # Errors
    /// `InvalidParameter` for a time that is not after the frame before; nothing has changed then. `Internal` where a thumbnail
    /// cannot be made, which was never seen; half of the frame was taken then, so the indexer is of no use any more.
    pub fn take(&mut self, time_s: f64, frame: &Photo, looked: &Looked) -> Result<()> {
        let is_later = self.state.position_s.is_none_or(|before| time_s > before);
        if !(time_s.is_finite() && time_s >= 0.0 && is_later) {
            let before = self.state.position_s.map_or(String::new(), |before| format!(" after one at {before} s"));
            return Err(Error::invalid("time", format!("{}: a frame at {time_s} s{before}", self.source.name)));
        }
        let Looked(found) = looked;
        let sightings: Vec<Sighting> = found.iter().map(|found| found.sighting.clone()).collect();
        let is_cut = self.state.shots.is_cut(frame);
        let step = self.state.tracker.step(time_s, is_cut, &sightings, &self.tracker_options());
        self.close(&step.closed)?;
        for (found, track) in found.iter().zip(&step.tracks) {
            if let Some(track) = track {
                self.gather(*track, time_s, frame, found)?;
            }
        }
        self.improve_cover(frame, found)?;
        self.state.position_s = Some(time_s);
        Ok(())
    }

    /// The time of the frame that was taken last; whoever resumes goes on with the next one.
    #[must_use]
    pub fn position_s(&self) -> Option<f64> {
        self.state.position_s
    }

    /// The thumbnails of the tracks that are over, each once. What is not taken is among those of [`VideoIndexer::finish`].
    pub fn take_thumbnails(&mut self) -> Vec<Thumbnail> {
        let taken = std::mem::take(&mut self.state.thumbnails);
        taken.into_iter().map(|Picture { name, jpeg }| Thumbnail { name, jpeg }).collect()
    }

    /// Closes all tracks: the rows of the video. Where the file does not say how long it is, it ends a frame after the last one.
    ///
    /// # Errors
    /// `VideoEmpty` where no frame came.
    pub fn finish(mut self) -> Result<IndexedMedia> {
        let Some(position_s) = self.state.position_s else {
            return Err(Error::VideoEmpty { name: self.source.name });
        };
        let left = self.state.tracker.close_all();
        self.close(&left)?;
        let media_id = self.media_id();
        let mut thumbnails = self.take_thumbnails();
        if self.options.index.thumbnails {
            let jpeg = std::mem::take(&mut self.state.cover.jpeg);
            thumbnails.insert(0, Thumbnail { name: cover_name(&media_id), jpeg });
        }
        let VideoSource { name, sha256, bytes, width, height, format, duration_s, created_ms } = self.source;
        let duration_s = Some(duration_s.unwrap_or(position_s + 1.0 / self.options.frames_per_second));
        let read = Some(read_as(&self.options));
        let faces = self.state.faces;
        let rows = MediaRows {
            media_type: MediaType::Video,
            width,
            height,
            format,
            bytes,
            created_ms,
            duration_s,
            read,
            faces,
        };
        Ok(IndexedMedia {
            media: rows.media(&name, &sha256.to_string(), self.options.index.thumbnails),
            faces: rows.faces(&media_id)?,
            tracks: rows.tracks(&media_id),
            read: rows.read,
            thumbnails,
        })
    }

    /// The faces of a frame that are large enough to be recognised.
    fn look_at(&self, engine: &Engine, frame: &Photo) -> Result<Vec<Found>> {
        let IndexOptions { detect, minimum_face_px, .. } = &self.options.index;
        let weak = (detect.score_threshold - WEAKER_BY).max(LOWEST_SCORE).min(detect.score_threshold);
        let faces = engine.detect(frame, &DetectOptions { score_threshold: weak, ..*detect })?;
        let mut found = Vec::with_capacity(faces.len());
        for face in faces.into_iter().filter(|face| face.box_px.w.min(face.box_px.h) >= *minimum_face_px) {
            let embedding = match engine.embed(&face) {
                Ok(embedding) => embedding,
                // One face that cannot be embedded must not cost the film.
                Err(Error::EmbeddingInvalid { .. } | Error::Internal { .. }) => continue,
                Err(error) => return Err(error),
            };
            let expression = expression_of(engine, frame, &face)?;
            let sighting = Sighting { box_px: face.box_px, score: face.score, embedding };
            found.push(Found { face, sighting, expression });
        }
        Ok(found)
    }

    fn gather(&mut self, track: u64, time_s: f64, frame: &Photo, found: &Found) -> Result<()> {
        let Found { face, sighting, expression } = found;
        let seen = Seen {
            box_px: self.in_source(frame, &face.box_px),
            score: face.score,
            quality: face.quality.score,
            is_strong: self.is_strong(face),
            embedding: sighting.embedding.clone(),
            expression: *expression,
        };
        let all = &mut self.state.evidence;
        let place = match all.binary_search_by_key(&track, |evidence| evidence.track) {
            Ok(place) => place,
            Err(place) => {
                all.insert(place, Evidence::new(track));
                place
            }
        };
        if let Some(evidence) = all.get_mut(place)
            && evidence.add(time_s, seen)
            && self.options.index.thumbnails
        {
            evidence.thumbnail = face_jpeg(frame, &face.box_px)?;
        }
        Ok(())
    }

    /// Turns the tracks that are over into rows, where they are persons.
    fn close(&mut self, closed: &[u64]) -> Result<()> {
        let media_id = self.media_id();
        let read = read_as(&self.options);
        for track in closed {
            let Ok(place) = self.state.evidence.binary_search_by_key(track, |evidence| evidence.track) else {
                continue;
            };
            let evidence = self.state.evidence.remove(place);
            let face_id = FaceId::of_track(&media_id, &read, self.state.faces.len());
            let Some((face, points)) = evidence.person(&media_id, face_id)? else { continue };
            let track = TrackRecord { face_id: face.face_id, points };
            self.state.faces.push(FaceRow::of(&face, Some(&track)));
            if self.options.index.thumbnails {
                let name = face_thumbnail_name(face.face_id);
                self.state.thumbnails.push(Picture { name, jpeg: evidence.thumbnail });
            }
        }
        Ok(())
    }

    fn improve_cover(&mut self, frame: &Photo, found: &[Found]) -> Result<()> {
        if !self.options.index.thumbnails {
            return Ok(());
        }
        let strong = found.iter().filter(|found| self.is_strong(&found.face));
        let worth = cover_worth(frame, strong.map(|found| found.face.quality.score));
        if self.state.cover.improves(worth) {
            self.state.cover.jpeg = cover_jpeg(frame)?;
        }
        Ok(())
    }

    fn is_strong(&self, face: &Face) -> bool {
        face.score >= self.options.index.detect.score_threshold
    }

    fn tracker_options(&self) -> TrackerOptions {
        let gap_s = GAP_S.max(GAP_FRAMES / self.options.frames_per_second);
        // A gap is short here, and its end is no reason to doubt.
        TrackerOptions { score_threshold: self.options.index.detect.score_threshold, gap_s, doubt_s: gap_s }
    }

    /// A box of the frame in the pixels of the video.
    fn in_source(&self, frame: &Photo, box_px: &Rect) -> Rect {
        #[expect(clippy::cast_precision_loss, reason = "picture sides are below 2^24")]
        let scale = |whole: u32, part: u32| whole as f32 / part.max(1) as f32;
        let (x, y) = (scale(self.source.width, frame.width), scale(self.source.height, frame.height));
        Rect::new(box_px.x * x, box_px.y * y, box_px.w * x, box_px.h * y)
    }

    fn media_id(&self) -> MediaId {
        MediaId(self.source.sha256.first_32_digits())
    }
}

/// What makes the tracks of a video what they are, besides the video.
fn read_as(options: &VideoOptions) -> String {
    // Other landmarks can make other tracks.
    let look = if options.index.detect.refine { "" } else { " quick" };
    format!("{VIDEO_PIPELINE_VERSION} {}{look}", options.frames_per_second)
}
