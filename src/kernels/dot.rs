//! Dot products of one query with many rows of bytes. Imports nothing but its siblings.
//!
//! In whole numbers, so every machine gives the same: the query as 16 bits, rows as they are stored. `library` uses it to
//! find the few rows that it then looks at in f32.
//!
//! Rows are read one after the other, not several side by side: that would save loads of the query, but rows of 512 bytes
//! are then read as so many streams, and memory gives a third of the bytes a second.

use super::{Kernel, Vector, launch};

/// How many numbers lanes take in one step.
const STEP: usize = 16;

/// A query as whole numbers, so small that no sum overflows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WholeQuery {
    values: Vec<i16>,
    /// What one unit of a sum stands for.
    pub unit: f32,
    /// The length of what rounding took away: by the inequality of Cauchy and Schwarz, the most that a dot product with a
    /// row of length 1 is off.
    pub error: f32,
}

impl WholeQuery {
    /// Rounds a query of finite numbers.
    pub(crate) fn new(query: &[f32]) -> Self {
        let greatest = query.iter().fold(0.0_f32, |greatest, value| greatest.max(value.abs()));
        let sum: f64 = query.iter().map(|value| f64::from(value.abs())).sum();
        // No sum of products with bytes reaches 2^31, and no number 2^15.
        let by_sum = f64::from(1_u32 << 30) / (128.0 * sum.max(f64::from(f32::MIN_POSITIVE)));
        let by_number = 32_000.0 / f64::from(greatest.max(f32::MIN_POSITIVE));
        let scale = by_sum.min(by_number);
        #[expect(clippy::cast_possible_truncation, reason = "at most 32,000 by the scale")]
        let values: Vec<i16> = query.iter().map(|value| (f64::from(*value) * scale).round() as i16).collect();
        let lost = |(value, whole): (&f32, &i16)| (f64::from(*value) - f64::from(*whole) / scale).powi(2);
        let error = query.iter().zip(&values).map(lost).sum::<f64>().sqrt();
        #[expect(clippy::cast_possible_truncation, reason = "f32 is exact enough for a bound that is rounded up")]
        Self { values, unit: (1.0 / scale) as f32, error: (error * 1.001) as f32 + f32::EPSILON }
    }

    /// The numbers, in units.
    pub(super) fn numbers(&self) -> &[i16] {
        &self.values
    }

    /// The dot product with each row, in units. There is a row a sum, as long as the query.
    pub(crate) fn dots(&self, rows: &[i8], sums: &mut [i32]) {
        assert_eq!(rows.len(), sums.len() * self.values.len(), "rows and sums");
        launch(Dots { query: &self.values, rows, sums });
    }
}

/// Rows to be multiplied with a query of whole numbers.
struct Dots<'a> {
    query: &'a [i16],
    rows: &'a [i8],
    sums: &'a mut [i32],
}

impl Kernel for Dots<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { query, rows, sums } = self;
        let steps = query.len() / STEP;
        let (_, last) = query.split_at(steps * STEP);
        for (index, sum) in sums.iter_mut().enumerate() {
            let (row, end) = rows[index * query.len()..][..query.len()].split_at(steps * STEP);
            let rest: i32 = last.iter().zip(end).map(|(number, byte)| i32::from(*number) * i32::from(*byte)).sum();
            // SAFETY: query and row have so many steps, and `launch` looked at the CPU.
            *sum = rest + unsafe { V::dot(query.as_ptr(), row.as_ptr(), steps) };
        }
    }
}

/// Lanes that multiply whole numbers.
pub(super) trait Whole {
    /// The sum of the products of so many steps of [`STEP`] numbers.
    ///
    /// # Safety
    /// Both pointers have so many numbers, and the CPU has what these lanes need.
    unsafe fn dot(query: *const i16, row: *const i8, steps: usize) -> i32;
}

impl Whole for super::vector::Plain {
    #[inline(always)]
    unsafe fn dot(query: *const i16, row: *const i8, steps: usize) -> i32 {
        // SAFETY: the caller's promise.
        (0..steps * STEP).map(|at| unsafe { i32::from(*query.add(at)) * i32::from(*row.add(at)) }).sum()
    }
}

#[cfg(target_arch = "wasm32")]
impl Whole for super::vector::wasm::Simd128 {
    #[inline(always)]
    unsafe fn dot(query: *const i16, row: *const i8, steps: usize) -> i32 {
        use std::arch::wasm32 as w;
        let mut sum = w::i32x4_splat(0);
        for at in (0..steps).map(|step| step * STEP) {
            // SAFETY: the caller's promise: 16 numbers from `at` are there.
            let products = |at: usize| unsafe {
                w::i32x4_dot_i16x8(w::i16x8_load_extend_i8x8(row.add(at)), w::v128_load(query.add(at).cast()))
            };
            sum = w::i32x4_add(w::i32x4_add(sum, products(at)), products(at + 8));
        }
        let halves = w::i32x4_add(sum, w::i64x2_shuffle::<1, 0>(sum, sum));
        w::i32x4_extract_lane::<0>(halves) + w::i32x4_extract_lane::<1>(halves)
    }
}

#[cfg(target_arch = "x86_64")]
impl Whole for super::vector::x86::Avx2 {
    #[inline(always)]
    unsafe fn dot(query: *const i16, row: *const i8, steps: usize) -> i32 {
        use std::arch::x86_64 as x;
        // SAFETY: the caller's promises: 16 numbers from `at` are there, and so is AVX2.
        unsafe {
            let mut sum = x::_mm256_setzero_si256();
            for at in (0..steps).map(|step| step * STEP) {
                let bytes = x::_mm256_cvtepi8_epi16(x::_mm_loadu_si128(row.add(at).cast()));
                let numbers = x::_mm256_loadu_si256(query.add(at).cast());
                sum = x::_mm256_add_epi32(sum, x::_mm256_madd_epi16(bytes, numbers));
            }
            let four = x::_mm_add_epi32(x::_mm256_castsi256_si128(sum), x::_mm256_extracti128_si256::<1>(sum));
            let two = x::_mm_add_epi32(four, x::_mm_unpackhi_epi64(four, four));
            x::_mm_cvtsi128_si32(two) + x::_mm_extract_epi32::<1>(two)
        }
    }
}

#[cfg(target_arch = "aarch64")]
impl Whole for super::vector::arm::Neon {
    #[inline(always)]
    unsafe fn dot(query: *const i16, row: *const i8, steps: usize) -> i32 {
        use std::arch::aarch64 as n;
        // SAFETY: the caller's promise: 16 numbers from `at` are there.
        unsafe {
            let mut sum = n::vdupq_n_s32(0);
            for at in (0..steps * 2).map(|half| half * (STEP / 2)) {
                let bytes = n::vmovl_s8(n::vld1_s8(row.add(at)));
                let numbers = n::vld1q_s16(query.add(at));
                sum = n::vmlal_s16(sum, n::vget_low_s16(bytes), n::vget_low_s16(numbers));
                sum = n::vmlal_high_s16(sum, bytes, numbers);
            }
            n::vaddvq_s32(sum)
        }
    }
}
