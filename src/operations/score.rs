//! From cosine to a score between 0 and 1. Imports `core`.

use crate::core::EmbedderInfo;

/// How likely it is that two faces of this cosine are the same person, 0 to 1, where both answers are as likely beforehand.
///
/// A logistic curve over the cosine, one for each length of embedding (512: FaceX-Zoo MobileFaceNet, fitted to the pairs of LFW,
/// `same_person` in `models/models.json`; 128: SFace, fitted likewise, `models/README.md`).
/// A cosine that is not finite answers 0.
#[must_use]
pub fn score_of_cosine(info: &EmbedderInfo, cosine: f32) -> f32 {
    let (centre, slope) = if info.dim == 128 { (0.352, 29.6) } else { (0.240, 27.0) };
    let score = 1.0 / (1.0 + (-slope * (cosine - centre)).exp());
    if score.is_finite() { score } else { 0.0 }
}

/// The score of a cosine to six decimals: enough for every use, and the same text on every platform.
pub(super) fn rounded_score(info: &EmbedderInfo, cosine: f32) -> f64 {
    (f64::from(score_of_cosine(info, cosine)) * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_grows_with_the_cosine_and_stays_between_0_and_1() {
        for dim in [128, 512] {
            let info = EmbedderInfo { id: "m".into(), sha256: String::new(), dim };
            let scores: Vec<f32> = (-100_i16..=100).map(|c| score_of_cosine(&info, f32::from(c) / 100.0)).collect();
            assert!(scores.windows(2).all(|w| w[0] <= w[1]));
            assert!(scores[0] < 0.001 && scores[200] > 0.999);
            assert!(score_of_cosine(&info, f32::NAN).abs() < f32::EPSILON);
        }
    }
}
