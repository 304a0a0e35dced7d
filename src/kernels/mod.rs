//! The inner loops of the networks, of the scan and of the JPEG decoder, and the only unsafe code of the crate. Imports nothing.
//!
//! **Layout.** A picture with C channels is `[C / 8][pixels][8]`: blocks of eight channels, each with all its pixels row by row, as
//! [`Planes`] says. C is rounded up to a multiple of eight; what is added is zero in the weights, so it may be any finite number in a picture.
//!
//! **Kernels** are written once over [`vector::Vector`] and compiled for each kind of lanes; [`launch`] takes the widest that the CPU has.
//! Each checks the lengths of its slices before it takes a pointer into them; wrong lengths are a defect of the caller and panic.

#![expect(unsafe_code, reason = "SIMD loads and stores; each block says why it is sound")]
#![expect(clippy::indexing_slicing, reason = "indices of small arrays whose length is a constant")]
#![expect(
    clippy::inline_always,
    reason = "lanes are of use only where they are inlined into a function compiled for them"
)]

/// Calls a method with a tile's pixels and registers as constants.
macro_rules! of_tile_size {
    ($vector:ident, $size:expr, $this:ident.$method:ident()) => {
        const { assert!(matches!($vector::TILE, (..=12, 1) | (..=6, 2)), "there is a tile for each of these") };
        match $size {
            (1, 1) => $this.$method::<$vector, 1, 1>(),
            (2, 1) => $this.$method::<$vector, 2, 1>(),
            (3, 1) => $this.$method::<$vector, 3, 1>(),
            (4, 1) => $this.$method::<$vector, 4, 1>(),
            (5, 1) => $this.$method::<$vector, 5, 1>(),
            (6, 1) => $this.$method::<$vector, 6, 1>(),
            (7, 1) => $this.$method::<$vector, 7, 1>(),
            (8, 1) => $this.$method::<$vector, 8, 1>(),
            (9, 1) => $this.$method::<$vector, 9, 1>(),
            (10, 1) => $this.$method::<$vector, 10, 1>(),
            (11, 1) => $this.$method::<$vector, 11, 1>(),
            (12, 1) => $this.$method::<$vector, 12, 1>(),
            (1, 2) => $this.$method::<$vector, 1, 2>(),
            (2, 2) => $this.$method::<$vector, 2, 2>(),
            (3, 2) => $this.$method::<$vector, 3, 2>(),
            (4, 2) => $this.$method::<$vector, 4, 2>(),
            (5, 2) => $this.$method::<$vector, 5, 2>(),
            (6, 2) => $this.$method::<$vector, 6, 2>(),
            _ => {}
        }
    };
}

use of_tile_size;

mod depthwise;
mod dot;
mod pairs;
mod patch;
mod pixels;
mod pointwise;
mod rows;
mod twin;
mod vector;
mod warm;
mod words;

pub(crate) use depthwise::{DepthwiseWeights, depthwise_row};
pub(crate) use dot::WholeQuery;
pub(crate) use pairs::{add_doubled_row, max_pool_row};
pub(crate) use patch::{PatchWeights, patch_row};
pub(crate) use pixels::{BLOCK_SUM_MAX, inverse_dct, mix_rows, widen_row, ycc_to_rgb};
pub(crate) use pointwise::{PointwiseWeights, Residual, pointwise};
pub(crate) use rows::{round_row, sum_rows};
pub(crate) use warm::warm_up;

pub use twin::agree;

use std::cell::Cell;

use vector::Vector;

/// Channels side by side in memory.
pub(crate) const BLOCK: usize = 8;

/// What happens to a sum before it is written: `max(x, 0) + slope * min(x, 0)`, a slope a channel. ReLU has the slope zero.
pub(crate) type Slopes = Option<Vec<f32>>;

/// Pixels of all blocks: block b begins at `b * block`, pixel p of it eight numbers further each.
#[derive(Clone, Copy)]
pub(crate) struct Planes<'a> {
    /// The numbers.
    pub values: &'a [f32],
    /// How far one block is from the next.
    pub block: usize,
}

/// As [`Planes`], to be written.
pub(crate) struct PlanesMut<'a> {
    /// The numbers.
    pub values: &'a mut [f32],
    /// How far one block is from the next.
    pub block: usize,
}

/// A loop over lanes.
trait Kernel {
    /// Does the work.
    ///
    /// # Safety
    /// The CPU has what V needs. Lengths were checked when the kernel was made.
    unsafe fn run<V: Vector>(self);
}

thread_local! {
    static ON_TWIN: Cell<bool> = const { Cell::new(false) };
}

/// Makes this thread run kernels on the scalar twin, or on lanes again.
fn on_twin(is_on: bool) {
    ON_TWIN.with(|on| on.set(is_on));
}

/// Runs a kernel on the widest lanes that there are.
fn launch<K: Kernel>(kernel: K) {
    if ON_TWIN.with(Cell::get) {
        // SAFETY: plain Rust.
        return unsafe { kernel.run::<vector::Plain>() };
    }
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma")]
        unsafe fn avx2<K: Kernel>(kernel: K) {
            // SAFETY: this function's own condition.
            unsafe { kernel.run::<vector::x86::Avx2>() }
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: both were just found.
            return unsafe { avx2(kernel) };
        }
    }
    #[cfg(target_arch = "wasm32")]
    // SAFETY: a module with these instructions is only loaded where they are there.
    unsafe {
        kernel.run::<vector::wasm::Simd128>();
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: NEON is part of every 64-bit ARM.
    unsafe {
        kernel.run::<vector::arm::Neon>();
    }
    #[cfg(not(any(target_arch = "wasm32", target_arch = "aarch64")))]
    // SAFETY: plain Rust.
    unsafe {
        kernel.run::<vector::Plain>();
    }
}

/// `max(x, 0) + slope * min(x, 0)`.
///
/// # Safety
/// The CPU has what V needs.
#[inline(always)]
unsafe fn bent<V: Vector>(value: V, slope: V) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        let zero = V::splat(0.0);
        value.max(zero).mul_add(slope, value.min(zero))
    }
}

/// How many blocks hold so many channels.
pub(crate) fn blocks_of(channels: usize) -> usize {
    channels.div_ceil(BLOCK)
}

/// One number a channel, in whole blocks.
fn in_blocks(values: &[f32], channels: usize) -> Vec<f32> {
    let mut out = values.to_vec();
    out.resize(blocks_of(channels) * BLOCK, 0.0);
    out
}
