//! Weighted sums of rows of bytes. Imports nothing but its siblings.

use super::vector::Vector;
use super::{Kernel, launch};

/// Registers of sums at a time.
const AT_ONCE: usize = 4;

/// Writes the sum of rows, each times its weight. Rows have at least as many bytes as there are sums.
pub(crate) fn sum_rows(rows: &[(&[u8], f32)], sums: &mut [f32]) {
    assert!(rows.iter().all(|(row, _)| row.len() >= sums.len()), "a byte of each row for each sum");
    launch(SumRows { rows, sums });
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
