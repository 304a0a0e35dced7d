//! How well a face can be recognised: its size, sharpness and pose. Imports `core`.
//!
//! Pose is estimated from the five landmarks alone and is rough: it tells frontal from turned, not degrees from degrees.

use crate::core::{Landmarks, Rect};

use super::align::CROP_SIDE;
use super::photo::Photo;

/// The quality of one face.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Quality {
    /// The shorter side of the box, in source pixels.
    pub size_px: f32,
    /// Variance of the Laplacian of the aligned crop's brightness (0 to 255): below about 30 is blurred.
    pub sharpness: f32,
    /// Turned to the picture's left (negative) or right (positive), in degrees, roughly.
    pub yaw_deg: f32,
    /// Looking up (negative) or down (positive), in degrees, roughly.
    pub pitch_deg: f32,
    /// The angle of the line between the eyes, in degrees; positive is clockwise.
    pub roll_deg: f32,
    /// All in one, 0 (useless) to 1 (a large, sharp, frontal face).
    pub score: f32,
}

impl Quality {
    /// The quality of the face with this box, landmarks, detection score and aligned crop.
    #[must_use]
    pub fn of(box_px: &Rect, landmarks: &Landmarks, detection_score: f32, crop: &Photo) -> Self {
        let size_px = box_px.w.min(box_px.h);
        let sharpness = laplacian_variance(crop);
        let (yaw_deg, pitch_deg, roll_deg) = pose(landmarks);
        // Each factor is 1/2 where recognition begins to suffer and nears 1 as it stops mattering: faces of 20 pixels, a blur that
        // leaves a Laplacian variance of 40. The pose counts by what is still seen of the face.
        let size = size_px / (size_px + 20.0);
        let sharp = sharpness / (sharpness + 40.0);
        let frontal = yaw_deg.to_radians().cos() * pitch_deg.to_radians().cos();
        let score = (detection_score * size * sharp * frontal).clamp(0.0, 1.0);
        Self { size_px, sharpness, yaw_deg, pitch_deg, roll_deg, score }
    }
}

/// Yaw, pitch and roll in degrees, from how far the nose lies from where a frontal face has it.
fn pose(landmarks: &Landmarks) -> (f32, f32, f32) {
    let [eye_a, eye_b, nose, mouth_a, mouth_b] = landmarks.0;
    let (eyes, mouth) = (eye_a.middle(eye_b), mouth_a.middle(mouth_b));
    let roll = (eye_b.y - eye_a.y).atan2(eye_b.x - eye_a.x);
    let (sin, cos) = roll.sin_cos();
    // Across and along the face, so that a tilted head is not taken for a turned one.
    let across = |dx: f32, dy: f32| dx * cos + dy * sin;
    let along = |dx: f32, dy: f32| dy * cos - dx * sin;
    let width = across(eye_b.x - eye_a.x, eye_b.y - eye_a.y).max(1e-3);
    let height = along(mouth.x - eyes.x, mouth.y - eyes.y).max(1e-3);
    let middle = eyes.middle(mouth);
    // The nose stands out of the plane of eyes and mouth by about half the distance of the eyes.
    let yaw = (across(nose.x - middle.x, nose.y - middle.y) / (0.5 * width)).clamp(-1.0, 1.0).asin();
    // The template has the nose just half way from the eyes to the mouth.
    let pitch = ((along(nose.x - eyes.x, nose.y - eyes.y) / height - 0.495) * 2.0).clamp(-1.0, 1.0).asin();
    (yaw.to_degrees(), pitch.to_degrees(), roll.to_degrees())
}

/// Variance of the 4-neighbour Laplacian of the brightness (ITU-R BT.601) over the middle of the crop.
fn laplacian_variance(crop: &Photo) -> f32 {
    let luma: Vec<f32> = crop
        .rgb
        .as_chunks::<3>()
        .0
        .iter()
        .map(|[r, g, b]| 0.299 * f32::from(*r) + 0.587 * f32::from(*g) + 0.114 * f32::from(*b))
        .collect();
    let side = CROP_SIDE as usize;
    let at = |x: usize, y: usize| luma.get(y * side + x).copied().unwrap_or(0.0);
    // The middle, where the face is: the corners show background and, at a picture's edge, black.
    let inner = side / 8..side - side / 8;
    let (mut sum, mut squares, mut count) = (0.0_f32, 0.0_f32, 0.0_f32);
    for y in inner.clone() {
        for x in inner.clone() {
            let v = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4.0 * at(x, y);
            sum += v;
            squares += v * v;
            count += 1.0;
        }
    }
    let mean = sum / count;
    squares / count - mean * mean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Point;

    fn template() -> Landmarks {
        Landmarks([(38.3, 51.7), (73.5, 51.5), (56.0, 71.7), (41.5, 92.4), (70.7, 92.2)].map(|(x, y)| Point::new(x, y)))
    }

    #[test]
    fn the_template_looks_straight_ahead() {
        let (yaw, pitch, roll) = pose(&template());
        assert!(yaw.abs() < 2.0 && pitch.abs() < 2.0 && roll.abs() < 1.0, "{yaw} {pitch} {roll}");
    }

    #[test]
    fn a_nose_to_the_right_is_a_positive_yaw() {
        let mut landmarks = template();
        landmarks.0[2].x += 10.0;
        assert!(pose(&landmarks).0 > 20.0);
    }

    #[test]
    fn a_plain_crop_is_not_sharp() {
        let quality = Quality::of(&Rect::new(0.0, 0.0, 90.0, 90.0), &template(), 0.9, &Photo::black(112, 112));
        assert!(quality.sharpness < 1e-6 && quality.score < 0.2);
    }
}
