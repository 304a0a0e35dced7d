//! Embeddings as signed bytes with one scale a face. Imports `core` and `error`.
//!
//! The code of a number x is the nearest whole number to `127 x / max|x|`; the restored number is `scale * code`. The
//! scale is the one that gives the restored embedding unit length, `1 / |codes|`, which is within a part in a thousand of
//! `max|x| / 127`. It depends on the codes alone, so an embedding that is restored and quantised again gives the same bytes.
//!
//! Error of a cosine: each number is off by at most half a step, `m / 254` with `m = max|x|`, so the vectors differ by at
//! most `e = m sqrt(D) / 254` before scaling to unit length and by at most `sqrt(2) e` after it, and no cosine with a unit
//! vector can be off by more. Rounding errors are spread evenly, so in practice the error is about `m / 440`: 0.0003 to 0.0005.

use crate::core::Embedding;
use crate::error::{Error, Result};

/// The largest magnitude of a code.
const CODE_MAX: f64 = 127.0;
/// How many products are summed side by side; a compiler turns the loop over them into vector instructions.
const LANES: usize = 16;

/// An embedding as signed bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantised {
    /// One code a number, -127 to 127.
    pub codes: Vec<i8>,
    /// What a code is multiplied with.
    pub scale: f32,
}

/// Quantises an embedding.
#[must_use]
pub fn quantise(embedding: &Embedding) -> Quantised {
    let max = embedding.as_slice().iter().fold(0.0_f32, |max, value| max.max(value.abs()));
    // An embedding has unit length, so its greatest number is not zero.
    let factor = CODE_MAX / f64::from(max);
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and the value is within -127 and 127")]
    let codes: Vec<i8> = embedding.as_slice().iter().map(|value| (f64::from(*value) * factor).round() as i8).collect();
    let scale = unit_scale(&codes);
    Quantised { codes, scale }
}

/// The scale that gives codes unit length; infinite where all codes are zero.
pub(super) fn unit_scale(codes: &[i8]) -> f32 {
    let squares: u64 = codes.iter().map(|code| u64::from(code.unsigned_abs()).pow(2)).sum();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "at most 4096 squares of 128; f32 is stored"
    )]
    {
        (1.0 / (squares as f64).sqrt()) as f32
    }
}

/// The embedding that codes and a scale stand for.
///
/// # Errors
/// `EmbeddingInvalid` where the scale is not finite or every code is zero.
pub fn restore(codes: &[i8], scale: f32) -> Result<Embedding> {
    if !scale.is_finite() {
        return Err(Error::EmbeddingInvalid { reason: "its scale is not finite".to_owned() });
    }
    Embedding::new(codes.iter().map(|code| scale * f32::from(*code)).collect())
}

/// The dot product of a query and codes, without the scale. The order of summation is fixed: the result has the same
/// bits on every machine.
pub(super) fn dot(query: &[f32], codes: &[i8]) -> f32 {
    let (query_chunks, query_rest) = query.as_chunks::<LANES>();
    let (code_chunks, code_rest) = codes.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for (query_chunk, code_chunk) in query_chunks.iter().zip(code_chunks) {
        for ((sum, number), code) in sums.iter_mut().zip(query_chunk).zip(code_chunk) {
            *sum += number * f32::from(*code);
        }
    }
    let rest: f32 = query_rest.iter().zip(code_rest).map(|(number, code)| number * f32::from(*code)).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Vectors that have a direction.
    fn embeddings(dim: usize) -> impl Strategy<Value = Embedding> {
        proptest::collection::vec(-1.0_f32..1.0, dim)
            .prop_filter_map("has no direction", |values| Embedding::new(values).ok())
    }

    #[test]
    fn the_greatest_number_has_the_greatest_code() -> Result<()> {
        let quantised = quantise(&Embedding::new(vec![0.0, -2.0, 1.0])?);
        assert_eq!(quantised.codes, [0, -127, 64]);
        assert!((f64::from(quantised.scale) - 1.0 / f64::from(127 * 127 + 64 * 64).sqrt()).abs() < 1e-9);
        Ok(())
    }

    #[test]
    fn codes_without_a_direction_are_refused() {
        assert!(restore(&[0, 0], 1.0).is_err());
        assert!(restore(&[1, 0], f32::NAN).is_err());
        assert!(restore(&[1, 0], unit_scale(&[0])).is_err());
    }

    proptest! {
        #[test]
        fn restoring_is_within_the_stated_bound(x in embeddings(128), query in embeddings(128)) {
            let quantised = quantise(&x);
            let restored = restore(&quantised.codes, quantised.scale).map_err(|e| TestCaseError::fail(e.to_string()))?;
            let max = x.as_slice().iter().fold(0.0_f32, |m, v| m.max(v.abs()));
            let bound = std::f32::consts::SQRT_2 * max * 128.0_f32.sqrt() / 254.0;
            let distance = x.as_slice().iter().zip(restored.as_slice()).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
            prop_assert!(distance <= bound, "{distance} > {bound}");
            let cosine = quantised.scale * dot(query.as_slice(), &quantised.codes);
            prop_assert!((cosine - x.cosine(&query)).abs() <= bound + 1e-5);
            // About five standard deviations of what is said to be usual.
            prop_assert!((cosine - x.cosine(&query)).abs() <= 5.0 * max / 440.0);
        }

        #[test]
        fn quantising_what_was_restored_changes_nothing(x in embeddings(37)) {
            let once = quantise(&x);
            let restored = restore(&once.codes, once.scale).map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert_eq!(quantise(&restored), once);
        }

        #[test]
        fn the_dot_product_equals_the_plain_sum(x in embeddings(133), query in embeddings(133)) {
            let codes = quantise(&x).codes;
            let plain: f64 = query.as_slice().iter().zip(&codes).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            prop_assert!((f64::from(dot(query.as_slice(), &codes)) - plain).abs() < 1e-3);
        }
    }
}
