//! Dot products of one query with many rows of bytes. Imports nothing but its siblings.
//!
//! In whole numbers, so every machine gives the same: the query as 16 bits, rows as they are stored. `library` uses it to find the few
//! rows that it then looks at in f32.

/// A query as whole numbers, so small that no sum overflows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WholeQuery {
    values: Vec<i16>,
    /// What one unit of a sum stands for.
    pub unit: f32,
    /// The length of what rounding took away: by the inequality of Cauchy and Schwarz, the most that a dot product with a row of length 1 is off.
    pub error: f32,
}

impl WholeQuery {
    /// Rounds a query.
    pub(crate) fn new(query: &[f32]) -> Self {
        let greatest = query.iter().fold(0.0_f32, |greatest, value| greatest.max(value.abs()));
        let sum: f64 = query.iter().map(|value| f64::from(value.abs())).sum();
        // No sum of products with bytes reaches 2^31, and no number 2^15.
        let by_sum = f64::from(1_u32 << 30) / (128.0 * sum.max(f64::MIN_POSITIVE));
        let by_number = 32_000.0 / f64::from(greatest.max(f32::MIN_POSITIVE));
        let scale = by_sum.min(by_number);
        #[expect(clippy::cast_possible_truncation, reason = "at most 32,000 by the scale")]
        let values: Vec<i16> = query.iter().map(|value| (f64::from(*value) * scale).round() as i16).collect();
        let lost = |(value, whole): (&f32, &i16)| (f64::from(*value) - f64::from(*whole) / scale).powi(2);
        let error = query.iter().zip(&values).map(lost).sum::<f64>().sqrt();
        #[expect(clippy::cast_possible_truncation, reason = "f32 is exact enough for a bound that is rounded up")]
        Self { values, unit: (1.0 / scale) as f32, error: (error * 1.001) as f32 + f32::EPSILON }
    }
}
