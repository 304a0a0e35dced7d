//! The scan of tables of faces: which rows can be among the best, and what their cosines are. Imports `core` and `kernels`.
//!
//! **Two stages.** The first multiplies the query with every row in whole numbers, which is fast and off by little; the
//! second computes the cosines of the few rows left, in f32, as if there were no first stage. A row is left out only if
//! its cosine is surely below the least that is of use: the threshold, or the worst of as many cosines as are wanted. The
//! error of the first stage is bounded by the inequality of Cauchy and Schwarz: rounding takes a vector d from the query,
//! and the dot product of d with a row is at most the length of d times the length of the row, which is near 1. So the
//! result is that of the second stage over all rows, bit for bit.

use std::cmp::Ordering;
use std::slice::from_ref;

use super::face_table::FaceTable;
use super::quantise::dot;
use super::records::FaceHit;
use crate::core::FaceId;
use crate::kernels::WholeQuery;

/// Rows that are looked at together, as the bits of a word.
pub(super) const BLOCK_ROWS: usize = 64;
/// Where a filter lets no more rows of a block pass, only these are read. Memory is read best from end to end: even of
/// four rows in a block the time is that of all 64.
const FEW_ROWS: u32 = 1;
/// Fewer candidates are not worth sorting.
const LEAST_SORTED: usize = 16;
/// No row is longer: `FaceTable` refuses those that are off by a hundredth. Nor is a query.
const LONGEST: f32 = 1.02;

/// A face that was found, with what orders it.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    cosine: f32,
    face_id: FaceId,
    face_row: usize,
}

impl Candidate {
    /// By descending cosine, ties by ascending face id.
    fn rank(&self, other: &Self) -> Ordering {
        other.cosine.total_cmp(&self.cosine).then(self.face_id.cmp(&other.face_id))
    }
}

/// The best faces up to a limit.
#[derive(Debug)]
pub(super) struct Best {
    limit: usize,
    /// Cosines below it are of no use.
    least: f32,
    candidates: Vec<Candidate>,
}

impl Best {
    /// At most `limit` faces, of which each has a cosine of at least `threshold`.
    pub(super) fn new(limit: usize, threshold: f32) -> Self {
        Self { limit, least: threshold, candidates: Vec::new() }
    }

    fn push(&mut self, candidate: Candidate) {
        if candidate.cosine < self.least {
            return;
        }
        self.candidates.push(candidate);
        // Twice the limit is collected before the worse half is dropped, so that each candidate is sorted few times.
        if self.candidates.len() >= self.limit.saturating_mul(2).max(LEAST_SORTED) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.candidates.sort_unstable_by(Candidate::rank);
        self.candidates.truncate(self.limit);
        if self.candidates.len() == self.limit {
            self.least = self.candidates.last().map_or(self.least, |worst| worst.cosine);
        }
    }

    /// The faces by descending cosine, ties by ascending id.
    pub(super) fn finish(mut self) -> Vec<FaceHit> {
        self.cut();
        self.candidates.into_iter().map(|c| FaceHit { face_row: c.face_row, cosine: c.cosine }).collect()
    }
}

/// A query, ready for both stages.
#[derive(Debug)]
pub(super) struct Probe<'a> {
    query: &'a [f32],
    whole: WholeQuery,
    /// The most that the first stage's cosine can be below the second's.
    margin: f32,
}

impl<'a> Probe<'a> {
    /// A query of unit length.
    pub(super) fn new(query: &'a [f32]) -> Self {
        let whole = WholeQuery::new(query);
        // What f32 rounds: each product and each sum of the second stage, and few numbers of the first.
        #[expect(clippy::cast_precision_loss, reason = "at most 4096 numbers")]
        let rounding = (query.len() + 32) as f32 * f32::EPSILON * LONGEST * LONGEST;
        let margin = LONGEST * whole.error + rounding;
        Self { query, whole, margin }
    }

    /// Puts a row among the best, if it is.
    pub(super) fn compare(&self, codes: &[i8], scale: f32, face_id: FaceId, face_row: usize, best: &mut Best) {
        let cosine = (scale * dot(self.query, codes)).clamp(-1.0, 1.0);
        best.push(Candidate { cosine, face_id, face_row });
    }

    /// Compares the rows of a table whose first row is `first_row` of the library. `passing` gives the rows of a block that
    /// the filter lets pass, as bits; bits beyond the table mean nothing.
    pub(super) fn scan(&self, table: &FaceTable, first_row: usize, passing: impl Fn(usize) -> u64, best: &mut Best) {
        let blocks = table.codes.chunks(BLOCK_ROWS * table.dim.max(1)).zip(table.scales.chunks(BLOCK_ROWS));
        for (block, (codes, scales)) in blocks.enumerate() {
            let mut left = passing(block);
            let is_by_row = left.count_ones() <= FEW_ROWS;
            if !is_by_row {
                left &= self.near(codes, scales, best.least);
            }
            while left != 0 {
                let row = block * BLOCK_ROWS + left.trailing_zeros() as usize;
                left &= left - 1;
                let (Some(scale), Some(face_id)) = (table.scales.get(row), table.ids.get(row)) else { continue };
                let codes = table.codes_of(row);
                if !is_by_row || self.near(codes, from_ref(scale), best.least) != 0 {
                    self.compare(codes, *scale, *face_id, first_row + row, best);
                }
            }
        }
    }

    /// The first stage: the rows of a block whose cosine may be `least` or more, as bits.
    fn near(&self, codes: &[i8], scales: &[f32], least: f32) -> u64 {
        let mut sums = [0; BLOCK_ROWS];
        let (sums, _) = sums.split_at_mut(scales.len().min(BLOCK_ROWS));
        self.whole.dots(codes, sums);
        // The second stage raises a cosine that rounding has made less than -1.
        let floor = if least > -1.0 { (least - self.margin) / self.whole.unit } else { f32::NEG_INFINITY };
        #[expect(clippy::cast_precision_loss, reason = "the margin covers it")]
        let is_near = |(sum, scale): (&i32, &f32)| *sum as f32 * scale >= floor;
        // Most blocks have none, which a compiler finds out many rows at a time.
        if !sums.iter().zip(scales).fold(false, |any, row| any | is_near(row)) {
            return 0;
        }
        sums.iter().zip(scales).rev().fold(0, |bits, row| bits << 1 | u64::from(is_near(row)))
    }
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "numbers for tests, of which any will do")]
mod tests {
    use super::*;
    use crate::library::quantise::unit_scale;
    use proptest::prelude::*;

    /// What comparing every row by the second stage alone finds.
    fn of_all(table: &FaceTable, query: &[f32], passing: &[bool], threshold: f32, limit: usize) -> Vec<(u32, FaceId)> {
        let cosine = |row: usize| (table.scales[row] * dot(query, table.codes_of(row))).clamp(-1.0, 1.0);
        let mut all: Vec<(f32, FaceId)> = (0..table.len())
            .filter(|row| passing[*row])
            .map(|row| (cosine(row), table.ids[row]))
            .filter(|(cosine, _)| *cosine >= threshold)
            .collect();
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        all.into_iter().take(limit).map(|(cosine, id)| (cosine.to_bits(), id)).collect()
    }

    fn scanned(table: &FaceTable, query: &[f32], passing: &[bool], threshold: f32, limit: usize) -> Vec<(u32, FaceId)> {
        let mut best = Best::new(limit, threshold);
        let word = |block: usize| {
            let rows = passing.chunks(BLOCK_ROWS).nth(block).unwrap_or_default();
            rows.iter().rev().fold(0, |bits, passes| bits << 1 | u64::from(*passes))
        };
        Probe::new(query).scan(table, 1000, word, &mut best);
        best.finish().iter().map(|hit| (hit.cosine.to_bits(), table.ids[hit.face_row - 1000])).collect()
    }

    /// A vector of unit length.
    fn unit(values: &[f32]) -> Vec<f32> {
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        values.iter().map(|value| value / length).collect()
    }

    /// Rows of codes: any, near the query, extremes, zeros, and each as often as not a copy of one before.
    fn table_of(dim: usize, seeds: &[(u8, u64)], query: &[f32]) -> FaceTable {
        let mut table = FaceTable { dim, ..FaceTable::default() };
        for (row, (kind, seed)) in seeds.iter().enumerate() {
            let mut state = *seed | 1;
            let mut byte = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state.to_le_bytes()[7].cast_signed()
            };
            let codes: Vec<i8> = match kind {
                0 => vec![0; dim],
                1 => (0..dim).map(|_| if byte() < 0 { -128 } else { 127 }).collect(),
                2 => query
                    .iter()
                    .map(|value| (value * 300.0) as i8)
                    .map(|code| code.saturating_add(byte() / 40))
                    .collect(),
                3..6 if row > 0 => table.codes_of(*seed as usize % row).to_vec(),
                _ => (0..dim).map(|_| byte()).collect(),
            };
            // Scales of another writer are off by up to a hundredth.
            let scale = unit_scale(&codes) * (1.0 + f32::from(byte()) / 13_000.0);
            table.codes.extend(&codes);
            table.scales.push(if scale.is_finite() { scale } else { 1.0 });
            table.ids.push(FaceId(seed.rotate_left(17) << 12 | row as u64));
        }
        table
    }

    fn numbers(dim: usize) -> impl Strategy<Value = Vec<f32>> {
        prop::collection::vec(prop_oneof![-1.0_f32..1.0, Just(0.0)], dim).prop_map(|values| unit(&values))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn the_scan_finds_what_comparing_every_row_finds_bit_for_bit(
            (query, seeds) in prop_oneof![Just(128), Just(512), 1_usize..150].prop_flat_map(|dim| {
                (numbers(dim), prop::collection::vec((0_u8..10, any::<u64>()), 0..300))
            }),
            limit in prop_oneof![Just(usize::MAX), Just(10), 1_usize..40],
            threshold in prop_oneof![Just(-1.0_f32), Just(f32::NEG_INFINITY), Just(2.0), -1.0_f32..1.0],
            share in prop_oneof![Just(256_u16), Just(3), 0_u16..256],
        ) {
            let table = table_of(query.len(), &seeds, &query);
            let passing: Vec<bool> = seeds.iter().map(|(_, seed)| u16::from(seed.to_le_bytes()[5]) <= share).collect();
            let expected = of_all(&table, &query, &passing, threshold, limit);
            prop_assert_eq!(&scanned(&table, &query, &passing, threshold, limit), &expected);
            // A threshold that is the cosine of a row lets the row pass.
            if let Some((bits, _)) = expected.get(expected.len() / 2) {
                let at = f32::from_bits(*bits);
                let expected = of_all(&table, &query, &passing, at, limit);
                prop_assert_eq!(&scanned(&table, &query, &passing, at, limit), &expected);
            }
        }

        #[test]
        fn cosines_are_those_of_exact_arithmetic_within_the_margin(query in numbers(512), seeds in prop::collection::vec((0_u8..3, any::<u64>()), 1..20)) {
            let table = table_of(512, &seeds, &query);
            let margin = f64::from(Probe::new(&query).margin);
            prop_assert!(margin < 2e-4);
            for (bits, id) in scanned(&table, &query, &vec![true; seeds.len()], f32::NEG_INFINITY, usize::MAX) {
                let row = table.ids.iter().position(|other| *other == id).unwrap_or(usize::MAX);
                let sum: f64 = query.iter().zip(table.codes_of(row)).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                let exact = (sum * f64::from(table.scales[row])).clamp(-1.0, 1.0);
                prop_assert!((exact - f64::from(f32::from_bits(bits))).abs() <= margin);
            }
        }
    }

    #[test]
    fn the_first_stage_leaves_few_rows_to_the_second() {
        let query = unit(&(0..128_u8).map(|number| f32::from(number.wrapping_mul(97)) - 128.0).collect::<Vec<_>>());
        let seeds: Vec<(u8, u64)> = (0..5000_u64).map(|row| (9, row.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
        let table = table_of(128, &seeds, &query);
        let tenth =
            scanned(&table, &query, &[true; 5000], -1.0, 10).last().map_or(0.0, |(bits, _)| f32::from_bits(*bits));
        let probe = Probe::new(&query);
        let blocks = table.codes.chunks(BLOCK_ROWS * 128).zip(table.scales.chunks(BLOCK_ROWS));
        let left: u32 = blocks.map(|(codes, scales)| probe.near(codes, scales, tenth).count_ones()).sum();
        assert!((10..15).contains(&left), "{left}");
    }
}
