//! Face embeddings: unit vectors whose dot product is the similarity of two faces. Imports `error`.

use crate::error::{Error, Result};

/// Which model made an embedding. Only embeddings of the same model can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbedderInfo {
    /// The model's id, such as `facex-mobilefacenet-mv`.
    pub id: String,
    /// SHA-256 of the ONNX file, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Length of its embeddings: 512 or 128.
    pub dim: usize,
}

impl EmbedderInfo {
    /// The cosine from which two faces count as the same person in a library of `faces` faces.
    ///
    /// The more faces are compared, the more strangers come near by chance, so the threshold grows with the library.
    /// The start (0.40 for 600 photos) and the slope per factor of ten come from all pairs of LFW, where the false
    /// accept rate of `MobileFaceNet` falls from 1e-3 to 1e-5 between 0.26 and 0.39, and that of `SFace` between 0.36 and 0.47.
    #[must_use]
    pub fn default_threshold(&self, faces: usize) -> f32 {
        let (start, slope) = if self.dim == 128 { (0.47, 0.055) } else { (0.40, 0.065) };
        #[expect(clippy::cast_precision_loss, reason = "only its logarithm counts")]
        let decades = (faces.max(1) as f32 / 600.0).log10().max(0.0);
        (start + slope * decades).min(0.9)
    }

    /// A text with id and hash, for messages.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{} (sha256 {})", self.id, self.sha256)
    }
}

/// A face embedding of unit length: all its numbers are finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding(Vec<f32>);

impl Embedding {
    /// Normalises `values` to unit length.
    ///
    /// # Errors
    /// `EmbeddingInvalid` when it is empty, has a number that is not finite, or has no length.
    pub fn new(mut values: Vec<f32>) -> Result<Self> {
        let invalid = |reason: &str| Error::EmbeddingInvalid { reason: reason.to_owned() };
        if values.is_empty() {
            return Err(invalid("it has no numbers"));
        }
        if values.iter().any(|v| !v.is_finite()) {
            return Err(invalid("it has a number that is not finite"));
        }
        let norm = values.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt();
        if norm < 1e-12 {
            return Err(invalid("its length is zero"));
        }
        for value in &mut values {
            #[expect(clippy::cast_possible_truncation, reason = "back to the storage precision")]
            {
                *value = (f64::from(*value) / norm) as f32;
            }
        }
        Ok(Self(values))
    }

    /// Numbers that were an embedding's before, bit for bit; `None` where they are not of unit length.
    #[must_use]
    pub fn of_unit(values: Vec<f32>) -> Option<Self> {
        let squares = values.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>();
        // f32 holds a unit vector of a thousand numbers to within this.
        ((squares - 1.0).abs() < 1e-4).then_some(Self(values))
    }

    /// The numbers, of unit length.
    #[must_use]
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// How many numbers it has.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.0.len()
    }

    /// The cosine similarity, -1 to 1. Embeddings of different lengths answer 0 for the part that is missing.
    #[must_use]
    pub fn cosine(&self, other: &Self) -> f32 {
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum::<f32>().clamp(-1.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_embedding_has_unit_length() -> Result<()> {
        let embedding = Embedding::new(vec![3.0, 4.0])?;
        assert_eq!(embedding.as_slice(), [0.6, 0.8]);
        assert!((embedding.cosine(&embedding) - 1.0).abs() < 1e-6);
        Ok(())
    }

    #[test]
    fn zeros_and_nan_are_no_embedding() {
        assert!(Embedding::new(vec![0.0; 4]).is_err());
        assert!(Embedding::new(vec![1.0, f32::NAN]).is_err());
        assert!(Embedding::new(vec![]).is_err());
    }

    #[test]
    fn the_threshold_grows_with_the_library() {
        let embedder = EmbedderInfo { id: "m".into(), sha256: String::new(), dim: 512 };
        assert!((embedder.default_threshold(10) - 0.40).abs() < 1e-6);
        assert!((embedder.default_threshold(60_000) - 0.53).abs() < 1e-3);
    }
}
