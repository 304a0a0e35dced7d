//! Where one shot ends and another begins: a cut. Imports `vision`.
//!
//! Two frames are compared by their colour histograms, 8 levels a channel. A cut is a distance that is large in itself and
//! against the distances within its shot (adaptive thresholds: Yeo and Liu, "Rapid scene analysis on compressed video", 1995).

use serde::{Deserialize, Serialize};

use crate::indexing::exact;
use crate::vision::Photo;

/// The picture that is looked at, in pixels: enough for colours, and noise is averaged out.
const SIDE: u32 = 64;
/// Levels of each colour channel, as bits.
const LEVEL_BITS: u8 = 3;
/// Half the sum of the histograms' differences, 0 to 1, that a cut has at least. In a dark film three cuts had 0.17 to 0.38, and the
/// fastest pan at most 0.12; in a bright one six cuts had 0.5 to 0.9 and slow pans 0.1.
const CUT_DISTANCE: f32 = 0.15;
/// A cut's distance is this many times the mean of its shot's.
const CUT_TIMES: f32 = 2.5;
/// How much of the running mean is that of the last distance.
const MEAN_GAIN: f32 = 0.3;

/// Compares each frame with the one before.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::indexing) struct ShotDetector {
    /// Of the last frame, empty before the first.
    #[serde(with = "exact::numbers")]
    histogram: Vec<f32>,
    /// The running mean of the distances in this shot.
    #[serde(with = "exact::number")]
    mean: f32,
}

impl ShotDetector {
    /// Whether a new shot begins with this frame. The first frame begins none.
    pub(in crate::indexing) fn is_cut(&mut self, frame: &Photo) -> bool {
        let histogram = histogram(frame);
        let pairs = self.histogram.iter().zip(&histogram);
        let distance = pairs.map(|(a, b)| (a - b).abs()).sum::<f32>() / 2.0;
        self.histogram = histogram;
        let is_cut = distance >= CUT_DISTANCE && distance >= CUT_TIMES * self.mean;
        self.mean = if is_cut { 0.0 } else { (1.0 - MEAN_GAIN) * self.mean + MEAN_GAIN * distance };
        is_cut
    }
}

/// The part of the pixels that each colour has.
fn histogram(frame: &Photo) -> Vec<f32> {
    let small = frame.resized(SIDE, SIDE);
    let mut counts = vec![0.0_f32; 1 << (3 * LEVEL_BITS)];
    let pixels = small.rgb.as_chunks::<3>().0;
    for pixel in pixels {
        let level = |place: usize, value: u8| (place << LEVEL_BITS) | usize::from(value >> (8 - LEVEL_BITS));
        if let Some(count) = counts.get_mut(pixel.iter().fold(0, |place, value| level(place, *value))) {
            *count += 1.0;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a few thousand pixels")]
    let whole = pixels.len().max(1) as f32;
    counts.iter().map(|count| count / whole).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(level: u8) -> Photo {
        Photo { width: 80, height: 60, rgb: vec![level; 80 * 60 * 3] }
    }

    #[test]
    fn another_picture_is_a_cut_and_the_first_is_none() {
        let mut shots = ShotDetector::default();
        let seen: Vec<bool> = [16, 20, 200, 205, 16].map(|level| shots.is_cut(&plain(level))).to_vec();
        assert_eq!(seen, [false, false, true, false, true]);
    }

    #[test]
    fn unrest_that_goes_on_is_no_cut() {
        // Half of the picture slowly turns: each frame is some 0.2 away from the one before.
        let mut shots = ShotDetector { histogram: Vec::new(), mean: 0.12 };
        let frame = |bright: usize| {
            let mut photo = plain(16);
            photo.rgb.iter_mut().take(80 * 3 * bright).for_each(|v| *v = 200);
            photo
        };
        let seen: Vec<bool> = (0..5).map(|k| shots.is_cut(&frame(k * 12))).collect();
        assert_eq!(seen, [false; 5]);
    }
}
