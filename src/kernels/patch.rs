//! The first convolution: 3 x 3 over pixels of three interleaved channels. Imports nothing but its siblings.

use super::vector::Vector;
use super::{BLOCK, Kernel, PlanesMut, Slopes, blocks_of, in_blocks, launch};

/// Numbers of a row that a pixel of the output sees: three pixels of three channels.
const SEEN: usize = 9;

/// Weights of a 3 x 3 convolution of three channels, packed for the kernel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PatchWeights {
    /// `[blocks][3 rows][3 columns][3 channels][8]`.
    panels: Vec<f32>,
    bias: Vec<f32>,
    slopes: Slopes,
    blocks: usize,
    stride: usize,
}

impl PatchWeights {
    /// `weights` are `[out][3 channels][3 rows][3 columns]`, the stride is 1 or 2.
    pub(crate) fn new(weights: &[f32], bias: &[f32], slopes: Option<&[f32]>, stride: usize) -> Self {
        let channels = bias.len();
        assert_eq!(weights.len(), channels * 3 * SEEN, "27 weights a channel");
        assert!(matches!(stride, 1 | 2), "a stride of 1 or 2");
        let mut panels = vec![0.0; blocks_of(channels) * 3 * SEEN * BLOCK];
        for (out, of_channel) in weights.chunks_exact(3 * SEEN).enumerate() {
            for (at, weight) in of_channel.iter().enumerate() {
                let (channel, row, column) = (at / 9, at / 3 % 3, at % 3);
                let tap = row * SEEN + column * 3 + channel;
                panels[(out / BLOCK * 3 * SEEN + tap) * BLOCK + out % BLOCK] = *weight;
            }
        }
        let slopes = slopes.map(|slopes| in_blocks(slopes, channels));
        Self { panels, bias: in_blocks(bias, channels), slopes, blocks: blocks_of(channels), stride }
    }

    /// The same for numbers of which these weights would see `x * scale + shift`, channel c of them at place `places[c]` of a pixel.
    pub(crate) fn of_pixels(&self, places: [usize; 3], scale: f32, shift: f32) -> Self {
        let mut out = Self { panels: vec![0.0; self.panels.len()], ..self.clone() };
        for (tap, weights) in self.panels.chunks_exact(BLOCK).enumerate() {
            let to = tap / 3 * 3 + places[tap % 3];
            for (lane, weight) in weights.iter().enumerate() {
                out.panels[to * BLOCK + lane] = weight * scale;
                out.bias[tap / (3 * SEEN) * BLOCK + lane] += weight * shift;
            }
        }
        out
    }

    /// How many pixels a row must have, with those of the padding, for so many pixels of the output.
    pub(crate) fn width_in(&self, width_out: usize) -> usize {
        (width_out.max(1) - 1) * self.stride + 3
    }
}

/// Makes one row of `width` pixels from three rows, interleaved and with their padding.
pub(crate) fn patch_row(weights: &PatchWeights, rows: [&[f32]; 3], width: usize, output: PlanesMut<'_>) {
    let numbers = weights.width_in(width) * 3;
    assert!(rows.iter().all(|row| row.len() >= numbers), "each row has all pixels and their padding");
    let reach = (weights.blocks.max(1) - 1) * output.block + width * BLOCK;
    assert!(output.values.len() >= reach, "the output has all pixels of all blocks");
    launch(Row { weights, rows, width, output });
}

struct Row<'a> {
    weights: &'a PatchWeights,
    rows: [&'a [f32]; 3],
    width: usize,
    output: PlanesMut<'a>,
}

impl Kernel for Row<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { weights, rows, width, output } = self;
        let step = weights.stride * 3;
        let (pixels_at_once, at_once) = V::TILE;
        let in_block = BLOCK / V::LANES;
        let vectors = weights.blocks * in_block;
        for vector in (0..vectors).step_by(at_once) {
            let (block, lane) = (vector / in_block, vector % in_block * V::LANES);
            let mut x = 0;
            while x < width {
                let left = width - x;
                let pixels = left.div_ceil(left.div_ceil(pixels_at_once));
                // SAFETY: `patch_row` looked at all lengths; block, lane and x are within them. The CPU is the caller's promise.
                unsafe {
                    let rows = rows.map(|row| row.as_ptr().add(x * step));
                    let panel = weights.panels.as_ptr().add(block * 3 * SEEN * BLOCK + lane);
                    let bias = weights.bias.as_ptr().add(block * BLOCK + lane);
                    let slopes = weights.slopes.as_ref();
                    let slopes = slopes.map_or(std::ptr::null(), |slopes| slopes.as_ptr().add(block * BLOCK + lane));
                    let output_block = output.block;
                    let to = output.values.as_mut_ptr().add(block * output_block + x * BLOCK + lane);
                    let tile = Tile { rows, step, panel, bias, slopes, to, output_block };
                    tile.multiply_rows::<V>(pixels, at_once.min(vectors - vector));
                }
                x += pixels;
            }
        }
    }
}

/// Where a tile reads and writes. No slopes: null.
struct Tile {
    rows: [*const f32; 3],
    /// Numbers from what one pixel sees to what the next sees.
    step: usize,
    panel: *const f32,
    bias: *const f32,
    slopes: *const f32,
    to: *mut f32,
    output_block: usize,
}

impl Tile {
    #[inline(always)]
    unsafe fn multiply_rows<V: Vector>(self, rows: usize, vectors: usize) {
        // SAFETY: as of `multiply`.
        unsafe {
            super::of_tile_size!(V, (rows, vectors), self.multiply());
        }
    }

    /// R pixels by N registers of channels.
    ///
    /// # Safety
    /// The pointers reach so far, and the CPU has what V needs.
    #[inline(always)]
    unsafe fn multiply<V: Vector, const R: usize, const N: usize>(self) {
        // SAFETY: the caller's promise.
        unsafe {
            let in_block = BLOCK / V::LANES;
            let place = |n: usize, stride: usize| n / in_block * stride + n % in_block * V::LANES;
            let mut sums = [[V::splat(0.0); N]; R];
            for n in 0..N {
                let bias = V::load(self.bias.add(n * V::LANES));
                for row in &mut sums {
                    row[n] = bias;
                }
            }
            for (r, row) in self.rows.into_iter().enumerate() {
                for tap in 0..SEEN {
                    let mut weights = [V::splat(0.0); N];
                    for (n, weight) in weights.iter_mut().enumerate() {
                        *weight = V::load(self.panel.add(place(n, 3 * SEEN * BLOCK) + (r * SEEN + tap) * BLOCK));
                    }
                    for (pixel, sums) in sums.iter_mut().enumerate() {
                        let value = V::splat_at(row.add(pixel * self.step + tap));
                        for (sum, weight) in sums.iter_mut().zip(weights) {
                            *sum = sum.mul_add(value, weight);
                        }
                    }
                }
            }
            for (pixel, sums) in sums.into_iter().enumerate() {
                for (n, mut value) in sums.into_iter().enumerate() {
                    if !self.slopes.is_null() {
                        value = super::bent(value, V::load(self.slopes.add(n * V::LANES)));
                    }
                    value.store(self.to.add(place(n, self.output_block) + pixel * BLOCK));
                }
            }
        }
    }
}
