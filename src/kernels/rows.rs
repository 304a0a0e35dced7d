//! Weighted sums of rows of bytes, and bytes of numbers. Imports nothing but its siblings.

use super::vector::Vector;
use super::{Kernel, launch};

/// Registers of sums at a time.
const AT_ONCE: usize = 4;

/// Writes the sum of rows, each times its weight. Rows have at least as many bytes as there are sums.
pub(crate) fn sum_rows(rows: &[(&[u8], f32)], sums: &mut [f32]) {
    assert!(rows.iter().all(|(row, _)| row.len() >= sums.len()), "a byte of each row for each sum");
    launch(SumRows { rows, sums });
}

/// Writes numbers as the nearest bytes. There are at least as many numbers as bytes.
pub(crate) fn round_row(values: &[f32], bytes: &mut [u8]) {
    assert!(values.len() >= bytes.len(), "a number for each byte");
    launch(RoundRow { values, bytes });
}

struct SumRows<'a> {
    rows: &'a [(&'a [u8], f32)],
    sums: &'a mut [f32],
}

impl Kernel for SumRows<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(mut self) {
        let length = self.sums.len();
        let (wide, narrow) = (AT_ONCE * V::LANES, V::LANES);
        let mut at = 0;
        // SAFETY: `at` and what is read from there on stay within the sums, and so within each row. The CPU is the caller's promise.
        unsafe {
            while at + wide <= length {
                self.part::<V, AT_ONCE>(at);
                at += wide;
            }
            while at + narrow <= length {
                self.part::<V, 1>(at);
                at += narrow;
            }
        }
        for (at, sum) in self.sums.iter_mut().enumerate().skip(at) {
            *sum = self.rows.iter().map(|(row, weight)| f32::from(row[at]) * weight).sum();
        }
    }
}

impl SumRows<'_> {
    /// N registers of sums from `at` on.
    ///
    /// # Safety
    /// There are so many sums, and the CPU has what V needs.
    #[inline(always)]
    unsafe fn part<V: Vector, const N: usize>(&mut self, at: usize) {
        // SAFETY: the caller's promise, and rows are as long as the sums.
        unsafe {
            let mut sums = [V::splat(0.0); N];
            for (row, weight) in self.rows {
                let weight = V::splat(*weight);
                for (n, sum) in sums.iter_mut().enumerate() {
                    *sum = sum.mul_add(V::load_bytes(row.as_ptr().add(at + n * V::LANES)), weight);
                }
            }
            for (n, sum) in sums.into_iter().enumerate() {
                sum.store(self.sums.as_mut_ptr().add(at + n * V::LANES));
            }
        }
    }
}

struct RoundRow<'a> {
    values: &'a [f32],
    bytes: &'a mut [u8],
}

impl Kernel for RoundRow<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { values, bytes } = self;
        let mut at = 0;
        // SAFETY: `at` and what is read and written from there on stay within the bytes, and so within the numbers. The CPU is the caller's promise.
        unsafe {
            let (least, most, half) = (V::splat(0.0), V::splat(255.0), V::splat(0.5));
            while at + V::LANES <= bytes.len() {
                let value = V::load(values.as_ptr().add(at)).add(half);
                value.max(least).min(most).store_bytes(bytes.as_mut_ptr().add(at));
                at += V::LANES;
            }
        }
        for (byte, value) in bytes.iter_mut().zip(values).skip(at) {
            *byte = to_byte(*value);
        }
    }
}

/// The nearest byte.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
pub(super) fn to_byte(value: f32) -> u8 {
    (value + 0.5).clamp(0.0, 255.0) as u8
}
