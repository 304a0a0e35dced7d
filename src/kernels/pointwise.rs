//! Pointwise (1 x 1) convolution: a matrix product over pixels. Imports nothing but its siblings.

use super::vector::Vector;
use super::{BLOCK, Kernel, Planes, PlanesMut, Slopes, blocks_of, in_blocks, launch};

/// Weights of a 1 x 1 convolution, packed for the kernel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PointwiseWeights {
    /// `[blocks out][channels in, in whole blocks][8]`.
    panels: Vec<f32>,
    bias: Vec<f32>,
    slopes: Slopes,
    blocks_in: usize,
    blocks_out: usize,
}

impl PointwiseWeights {
    /// `weights` are `[out][in]`, `bias` and `slopes` one number for each channel out.
    pub(crate) fn new(weights: &[f32], channels_in: usize, bias: &[f32], slopes: Option<&[f32]>) -> Self {
        let channels_out = bias.len();
        assert_eq!(weights.len(), channels_in * channels_out, "one weight for each pair of channels");
        let (blocks_in, blocks_out) = (blocks_of(channels_in), blocks_of(channels_out));
        let mut panels = vec![0.0; blocks_out * blocks_in * BLOCK * BLOCK];
        for (out, row) in weights.chunks_exact(channels_in).enumerate() {
            let panel = out / BLOCK * blocks_in * BLOCK * BLOCK;
            for (at, weight) in row.iter().enumerate() {
                panels[panel + at * BLOCK + out % BLOCK] = *weight;
            }
        }
        let slopes = slopes.map(|slopes| in_blocks(slopes, channels_out));
        Self { panels, bias: in_blocks(bias, channels_out), slopes, blocks_in, blocks_out }
    }
}

impl PointwiseWeights {
    /// Several that read the same and write one after the other: the first so many channels of each.
    pub(crate) fn beside(parts: &[(&Self, usize)]) -> Self {
        let blocks_in = parts.first().map_or(0, |(part, _)| part.blocks_in);
        let channels: usize = parts.iter().map(|(_, channels)| channels).sum();
        let mut bias = Vec::with_capacity(channels);
        let mut weights = Vec::with_capacity(channels * blocks_in * BLOCK);
        for (part, channels) in parts {
            assert!(part.slopes.is_none() && part.blocks_in == blocks_in, "no slopes, and the same input");
            bias.extend_from_slice(&part.bias[..*channels]);
            for out in 0..*channels {
                let panel = &part.panels[out / BLOCK * blocks_in * BLOCK * BLOCK..][..blocks_in * BLOCK * BLOCK];
                weights.extend(panel.iter().skip(out % BLOCK).step_by(BLOCK));
            }
        }
        Self::new(&weights, blocks_in * BLOCK, &bias, None)
    }

    /// Whether something happens to the sums before they are written.
    pub(crate) fn has_slopes(&self) -> bool {
        self.slopes.is_some()
    }
}

/// What is added to the sums, and where they are kept before the slopes.
#[derive(Default)]
pub(crate) struct Residual<'a> {
    /// Added.
    pub add: Option<Planes<'a>>,
    /// The sum without slopes, for whoever needs both.
    pub sum: Option<PlanesMut<'a>>,
}

/// Multiplies the first `pixels` pixels of `input` and writes those of `output`.
pub(crate) fn pointwise(
    weights: &PointwiseWeights,
    pixels: usize,
    input: Planes<'_>,
    residual: Residual<'_>,
    output: PlanesMut<'_>,
) {
    let reach = |blocks: usize, block: usize| (blocks.max(1) - 1) * block + pixels * BLOCK;
    assert!(input.values.len() >= reach(weights.blocks_in, input.block), "the input has all pixels of all blocks");
    assert!(output.values.len() >= reach(weights.blocks_out, output.block), "the output has all pixels of all blocks");
    let Residual { add, sum } = residual;
    assert!(add.is_none_or(|add| add.values.len() >= reach(weights.blocks_out, add.block)), "so has what is added");
    assert!(sum.as_ref().is_none_or(|sum| sum.values.len() >= reach(weights.blocks_out, sum.block)), "so has the sum");
    launch(Pointwise { weights, pixels, input, add, sum, output });
}

struct Pointwise<'a> {
    weights: &'a PointwiseWeights,
    pixels: usize,
    input: Planes<'a>,
    add: Option<Planes<'a>>,
    sum: Option<PlanesMut<'a>>,
    output: PlanesMut<'a>,
}

/// Where a tile reads and writes; its first pixel and first block are in the pointers. Null: there is none.
#[derive(Clone, Copy)]
struct Tile {
    blocks_in: usize,
    input: *const f32,
    input_block: usize,
    panel: *const f32,
    bias: *const f32,
    slopes: *const f32,
    add: *const f32,
    add_block: usize,
    sum: *mut f32,
    sum_block: usize,
    output: *mut f32,
    output_block: usize,
}

/// Numbers of the input that stay in the cache while all weights pass by.
const CHUNK_NUMBERS: usize = 16 * 1024;

impl Kernel for Pointwise<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(mut self) {
        let weights = self.weights;
        let whole = Tile {
            blocks_in: weights.blocks_in,
            input: self.input.values.as_ptr(),
            input_block: self.input.block,
            panel: weights.panels.as_ptr(),
            bias: weights.bias.as_ptr(),
            slopes: weights.slopes.as_ref().map_or(std::ptr::null(), Vec::as_ptr),
            add: self.add.map_or(std::ptr::null(), |add| add.values.as_ptr()),
            add_block: self.add.map_or(0, |add| add.block),
            sum: self.sum.as_mut().map_or(std::ptr::null_mut(), |sum| sum.values.as_mut_ptr()),
            sum_block: self.sum.as_ref().map_or(0, |sum| sum.block),
            output: self.output.values.as_mut_ptr(),
            output_block: self.output.block,
        };
        let (height, at_once) = V::TILE;
        let vectors = weights.blocks_out * BLOCK / V::LANES;
        let chunk = (CHUNK_NUMBERS / (weights.blocks_in * BLOCK).max(1) / height).max(1) * height;
        for begin in (0..self.pixels).step_by(chunk) {
            let end = (begin + chunk).min(self.pixels);
            for vector in (0..vectors).step_by(at_once) {
                let mut pixel = begin;
                while pixel < end {
                    let left = end - pixel;
                    // Tiles of about the same height: four and three pixels rather than six and one.
                    let rows = left.div_ceil(left.div_ceil(height));
                    // SAFETY: `pointwise` looked at all lengths, and this tile is within them; the CPU is the caller's promise.
                    unsafe { whole.at::<V>(pixel, vector).multiply_rows::<V>(rows, at_once.min(vectors - vector)) };
                    pixel += rows;
                }
            }
        }
    }
}

impl Tile {
    /// The tile that begins at a pixel and at a register of the output's channels.
    ///
    /// # Safety
    /// Both are within the slices.
    #[inline(always)]
    unsafe fn at<V: Vector>(mut self, pixel: usize, vector: usize) -> Self {
        let in_block = BLOCK / V::LANES;
        let (block, lane) = (vector / in_block, vector % in_block * V::LANES);
        let place = |stride: usize| block * stride + pixel * BLOCK + lane;
        // SAFETY: the caller's promise; null stays null.
        unsafe {
            self.input = self.input.add(pixel * BLOCK);
            self.panel = self.panel.add(block * self.blocks_in * BLOCK * BLOCK + lane);
            self.bias = self.bias.add(block * BLOCK + lane);
            if !self.slopes.is_null() {
                self.slopes = self.slopes.add(block * BLOCK + lane);
            }
            if !self.add.is_null() {
                self.add = self.add.add(place(self.add_block));
            }
            if !self.sum.is_null() {
                self.sum = self.sum.add(place(self.sum_block));
            }
            self.output = self.output.add(place(self.output_block));
        }
        self
    }

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
            let panel_size = self.blocks_in * BLOCK * BLOCK;
            // Register n of a pixel holds these channels: where they are in blocks that are `stride` apart.
            let place = |n: usize, stride: usize| n / in_block * stride + n % in_block * V::LANES;
            let mut sums = [[V::splat(0.0); N]; R];
            for n in 0..N {
                let bias = V::load(self.bias.add(n * V::LANES));
                for row in &mut sums {
                    row[n] = bias;
                }
            }
            let (mut input, mut panel) = (self.input, self.panel);
            for _ in 0..self.blocks_in {
                for channel in 0..BLOCK {
                    let mut weights = [V::splat(0.0); N];
                    for (n, weight) in weights.iter_mut().enumerate() {
                        *weight = V::load(panel.add(place(n, panel_size) + channel * BLOCK));
                    }
                    for (r, row) in sums.iter_mut().enumerate() {
                        let value = V::splat_at(input.add(r * BLOCK + channel));
                        for (sum, weight) in row.iter_mut().zip(weights) {
                            *sum = sum.mul_add(value, weight);
                        }
                    }
                }
                // After the last block they point beyond the slices, and nothing is read there.
                input = input.wrapping_add(self.input_block);
                panel = panel.wrapping_add(BLOCK * BLOCK);
            }
            for (r, row) in sums.into_iter().enumerate() {
                for (n, mut value) in row.into_iter().enumerate() {
                    let at = |stride: usize| place(n, stride) + r * BLOCK;
                    if !self.add.is_null() {
                        value = value.add(V::load(self.add.add(at(self.add_block))));
                    }
                    if !self.sum.is_null() {
                        value.store(self.sum.add(at(self.sum_block)));
                    }
                    if !self.slopes.is_null() {
                        value = super::bent(value, V::load(self.slopes.add(n * V::LANES)));
                    }
                    value.store(self.output.add(at(self.output_block)));
                }
            }
        }
    }
}
