//! What is gathered of one track while it goes on, and what it comes to in the end. Imports `indexing`, `vision`,
//! `library`, `core`.

use serde::{Deserialize, Serialize};

use crate::core::{Embedding, FaceId, MediaId, Rect, TimeRange};
use crate::error::Result;
use crate::indexing::exact;
use crate::library::{FaceRecord, TrackPoint};
use crate::vision::{EXPRESSION_LABELS, Photo};

/// A track is represented by the mean of the embeddings of so many best frames: one is at the mercy of its pose, and many let
/// the blurred ones in.
const BEST_FRAMES: usize = 5;
/// A track of several faces is a person if the detector was this sure of one of them: faces that are none, such as patterns in a
/// dark audience, score 0.5 to 0.65 and do not last.
const PERSON_SCORE: f32 = 0.7;
/// A face that is seen once only has to be surer, and good enough to be recognised.
const SINGLE_SCORE: f32 = 0.8;
const SINGLE_QUALITY: f32 = 0.3;
/// A frame has to be worth this much more to become the cover.
const COVER_MARGIN: f32 = 0.05;
/// The side of the picture whose contrast is measured, in pixels.
const CONTRAST_SIDE: u32 = 32;

/// One face of a frame as it is gathered.
pub(super) struct Seen {
    pub(super) box_px: Rect,
    pub(super) score: f32,
    pub(super) quality: f32,
    /// Whether the detector was sure enough for a track to begin with it.
    pub(super) is_strong: bool,
    pub(super) embedding: Embedding,
    pub(super) expression: Option<&'static str>,
}

/// Everything that is known of one track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Evidence {
    pub(super) track: u64,
    #[serde(with = "exact::points")]
    points: Vec<TrackPoint>,
    /// By descending quality.
    best: Vec<BestFace>,
    /// Faces of which the detector was sure.
    strong: u32,
    #[serde(with = "exact::number")]
    top_score: f32,
    /// How often each expression was seen, in the order of the labels.
    expressions: [u32; 7],
    /// The thumbnail of the best face; empty where none are made.
    #[serde(with = "exact::bytes")]
    pub(super) thumbnail: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct BestFace {
    #[serde(with = "exact::number")]
    quality: f32,
    #[serde(with = "exact::number")]
    score: f32,
    #[serde(with = "exact::rect")]
    box_px: Rect,
    #[serde(with = "exact::embedding")]
    embedding: Embedding,
}

impl Evidence {
    pub(super) fn new(track: u64) -> Self {
        Self {
            track,
            points: Vec::new(),
            best: Vec::new(),
            strong: 0,
            top_score: 0.0,
            expressions: [0; 7],
            thumbnail: Vec::new(),
        }
    }

    /// Adds the face of the frame at `timestamp_s`, its box in source pixels. Answers whether it is the best so far.
    pub(super) fn add(&mut self, timestamp_s: f64, seen: Seen) -> bool {
        let Seen { box_px, score, quality, is_strong, embedding, expression } = seen;
        self.points.push(TrackPoint { timestamp_s, box_px });
        self.strong += u32::from(is_strong);
        self.top_score = self.top_score.max(score);
        let counts = EXPRESSION_LABELS.iter().zip(&mut self.expressions);
        counts.filter(|(label, _)| Some(**label) == expression).for_each(|(_, count)| *count += 1);
        // Among equals the earlier face stays; the score decides between faces of no quality.
        let is_behind = |face: &BestFace| (face.quality, face.score) >= (quality, score);
        let place = self.best.iter().take_while(|face| is_behind(face)).count();
        self.best.insert(place, BestFace { quality, score, box_px, embedding });
        self.best.truncate(BEST_FRAMES);
        place == 0
    }

    /// Whether this is a person, and not something that was taken for a face for a moment.
    fn is_person(&self) -> bool {
        let best_quality = self.best.first().map_or(0.0, |face| face.quality);
        match self.strong {
            0 => false,
            1 if self.points.len() == 1 => self.top_score >= SINGLE_SCORE && best_quality >= SINGLE_QUALITY,
            _ => self.top_score >= PERSON_SCORE,
        }
    }

    /// The track as a face of its video, with its points; `None` where it is no person.
    pub(super) fn person(&self, media_id: &MediaId, face_id: FaceId) -> Result<Option<(FaceRecord, Vec<TrackPoint>)>> {
        let (Some(first), Some(last), Some(best)) = (self.points.first(), self.points.last(), self.best.first()) else {
            return Ok(None);
        };
        if !self.is_person() {
            return Ok(None);
        }
        let record = FaceRecord {
            face_id,
            media_id: media_id.clone(),
            entity_id: None,
            embedding: self.mean_embedding(best)?,
            box_px: best.box_px,
            time: Some(TimeRange { start_s: first.timestamp_s, end_s: last.timestamp_s }),
            score: best.score,
            quality: best.quality,
            expression: self.expression().map(str::to_owned),
        };
        Ok(Some((record, self.points.clone())))
    }

    /// The mean of the best frames' embeddings, of unit length.
    fn mean_embedding(&self, best: &BestFace) -> Result<Embedding> {
        let mut sum = vec![0.0_f32; best.embedding.dim()];
        for face in &self.best {
            sum.iter_mut().zip(face.embedding.as_slice()).for_each(|(sum, value)| *sum += value);
        }
        // Embeddings that cancel out have no mean; the best one stands for the track then.
        Embedding::new(sum).or_else(|_| Embedding::new(best.embedding.as_slice().to_vec()))
    }

    /// The expression that was seen most often; among equals the first of the labels.
    fn expression(&self) -> Option<&'static str> {
        let most = self.expressions.iter().copied().max().filter(|most| *most > 0)?;
        EXPRESSION_LABELS.into_iter().zip(self.expressions).find(|(_, count)| *count == most).map(|(label, _)| label)
    }
}

/// The picture that stands for the whole video: the best frame so far.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Cover {
    #[serde(with = "exact::number")]
    worth: f32,
    /// Empty before the first frame, and where no thumbnails are made.
    #[serde(with = "exact::bytes")]
    pub(super) jpeg: Vec<u8>,
}

impl Cover {
    /// Whether a frame of this worth is clearly better than what there is, so that a slow approach does not make a picture of
    /// every frame.
    pub(super) fn improves(&mut self, worth: f32) -> bool {
        let is_better = self.jpeg.is_empty() || worth > self.worth + COVER_MARGIN;
        if is_better {
            self.worth = worth;
        }
        is_better
    }
}

/// What a frame is worth as a cover. With faces 1 and the sum of their qualities: several people, large and sharp, say most of a
/// video. Without any the contrast, 0 to 1/2, so that it is not the black beginning.
pub(super) fn cover_worth(frame: &Photo, qualities: impl Iterator<Item = f32>) -> f32 {
    let (faces, sum) = qualities.fold((0_u32, 0.0), |(faces, sum), quality| (faces + 1, sum + quality));
    if faces > 0 {
        return 1.0 + sum;
    }
    let small = frame.resized(CONTRAST_SIDE, CONTRAST_SIDE);
    #[expect(clippy::cast_precision_loss, reason = "a few thousand numbers")]
    let count = small.rgb.len().max(1) as f32;
    let mean = small.rgb.iter().map(|v| f32::from(*v)).sum::<f32>() / count;
    let variance = small.rgb.iter().map(|v| (f32::from(*v) - mean).powi(2)).sum::<f32>() / count;
    variance.sqrt() / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(score: f32, quality: f32, look: [f32; 2]) -> Result<Seen> {
        Ok(Seen {
            box_px: Rect::new(quality * 100.0, 0.0, 40.0, 50.0),
            score,
            quality,
            is_strong: score >= 0.6,
            embedding: Embedding::new(look.to_vec())?,
            expression: Some(if quality > 0.5 { "happy" } else { "sad" }),
        })
    }

    fn evidence(all: &[(f32, f32, [f32; 2])]) -> Result<Evidence> {
        let mut evidence = Evidence::new(0);
        for (k, (score, quality, look)) in (0_u16..).zip(all) {
            evidence.add(f64::from(k) * 0.2, seen(*score, *quality, *look)?);
        }
        Ok(evidence)
    }

    fn is_person(all: &[(f32, f32, [f32; 2])]) -> Result<bool> {
        let media_id = MediaId("ab".repeat(16));
        Ok(evidence(all)?.person(&media_id, FaceId(7))?.is_some())
    }

    #[test]
    fn one_weak_face_is_no_person_and_one_good_face_is() -> Result<()> {
        let look = [1.0, 0.0];
        assert!(!is_person(&[])?);
        assert!(!is_person(&[(0.67, 0.31, look)])?);
        assert!(!is_person(&[(0.9, 0.05, look)])?);
        assert!(is_person(&[(0.9, 0.4, look)])?);
        assert!(!is_person(&[(0.62, 0.02, look), (0.66, 0.02, look)])?);
        assert!(is_person(&[(0.62, 0.02, look), (0.75, 0.02, look)])?);
        Ok(())
    }

    #[test]
    fn a_track_is_the_mean_of_its_best_frames_and_looks_as_in_the_best_one() -> Result<()> {
        let media_id = MediaId("ab".repeat(16));
        let good = [(0.9, 0.6, [1.0, 0.0]), (0.8, 0.7, [0.6, 0.8]), (0.9, 0.65, [1.0, 0.0])];
        // More blurred faces than the mean has room for.
        let blurred = [(0.95, 0.1, [0.8, 0.6]); 3];
        let all = [good.as_slice(), &blurred, &[(0.95, 0.05, [-1.0, 0.0])]].concat();
        let Some((face, points)) = evidence(&all)?.person(&media_id, FaceId(7))? else {
            return Err(crate::Error::invalid("track", "no person"));
        };
        assert_eq!(face.face_id, FaceId(7));
        assert_eq!((face.score, face.quality, face.box_px.x), (0.8, 0.7, 70.0));
        assert_eq!(face.expression.as_deref(), Some("sad"));
        assert_eq!(face.time, Some(TimeRange { start_s: 0.0, end_s: 6.0 * 0.2 }));
        let wanted = Embedding::new(vec![1.0 + 0.6 + 1.0 + 0.8 + 0.8, 0.8 + 0.6 + 0.6])?;
        assert!(face.embedding.cosine(&wanted) > 0.999_999);
        assert_eq!(points.len(), all.len());
        Ok(())
    }

    #[test]
    fn a_cover_gives_way_only_to_a_clearly_better_one() {
        let mut cover = Cover::default();
        assert!(cover.improves(0.0));
        cover.jpeg = vec![1];
        assert_eq!(
            [0.04, 0.2, 0.24, 1.5, 1.54, 0.9].map(|worth| cover.improves(worth)),
            [false, true, false, true, false, false]
        );
    }

    #[test]
    fn a_picture_with_a_face_makes_a_better_cover_than_any_without() {
        let grey = Photo { width: 4, height: 4, rgb: [[0_u8; 3], [255; 3]].concat().repeat(8) };
        let contrast = cover_worth(&grey, std::iter::empty());
        assert!(contrast > 0.2 && contrast < cover_worth(&grey, std::iter::once(0.0)));
        assert!(cover_worth(&Photo::black(4, 4), std::iter::empty()) < 1e-6);
    }
}
