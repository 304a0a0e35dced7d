//! Depthwise 3 x 3 convolution, a row of pixels at a time. Imports nothing but its siblings.

use std::ops::Range;

use super::vector::Vector;
use super::{BLOCK, Kernel, Planes, PlanesMut, Slopes, blocks_of, in_blocks, launch};

const TAPS: usize = 9;
/// Columns that some pixels see together at most: eight one after the other, or four with one between.
const COLUMNS: usize = 10;

/// Weights of a depthwise 3 x 3 convolution, packed for the kernel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DepthwiseWeights {
    /// `[blocks][9][8]`.
    taps: Vec<f32>,
    bias: Vec<f32>,
    slopes: Slopes,
    blocks: usize,
    stride: usize,
    pad_left: usize,
}

impl DepthwiseWeights {
    /// `weights` are `[channels][3][3]`; the stride is 1 or 2, and `pad_left` (0 or 1) columns of zeros stand before the first pixel.
    pub(crate) fn new(weights: &[f32], bias: &[f32], slopes: Option<&[f32]>, stride: usize, pad_left: usize) -> Self {
        let channels = bias.len();
        assert_eq!(weights.len(), channels * TAPS, "nine weights a channel");
        assert!(matches!(stride, 1 | 2) && pad_left < 2, "a stride of 1 or 2, 0 or 1 columns of padding");
        let mut taps = vec![0.0; blocks_of(channels) * TAPS * BLOCK];
        for (channel, of_channel) in weights.chunks_exact(TAPS).enumerate() {
            for (tap, weight) in of_channel.iter().enumerate() {
                taps[(channel / BLOCK * TAPS + tap) * BLOCK + channel % BLOCK] = *weight;
            }
        }
        let slopes = slopes.map(|slopes| in_blocks(slopes, channels));
        Self { taps, bias: in_blocks(bias, channels), slopes, blocks: blocks_of(channels), stride, pad_left }
    }
}

impl DepthwiseWeights {
    /// Several over the channels of one picture, one after the other: the first so many channels of each. None where they look differently.
    pub(crate) fn beside(parts: &[(&Self, usize)]) -> Option<Self> {
        let (first, _) = parts.first()?;
        let look = |part: &Self| (part.stride, part.pad_left, part.slopes.is_some());
        if parts.iter().any(|(part, _)| look(part) != look(first)) {
            return None;
        }
        let (mut taps, mut bias, mut slopes) = (Vec::new(), Vec::new(), Vec::new());
        for (part, channels) in parts {
            for channel in 0..*channels {
                let of_block = &part.taps[channel / BLOCK * TAPS * BLOCK..][..TAPS * BLOCK];
                taps.extend(of_block.iter().skip(channel % BLOCK).step_by(BLOCK));
            }
            bias.extend_from_slice(&part.bias[..*channels]);
            slopes.extend(part.slopes.iter().flat_map(|slopes| &slopes[..*channels]));
        }
        let slopes = first.slopes.as_ref().map(|_| slopes.as_slice());
        Some(Self::new(&taps, &bias, slopes, first.stride, first.pad_left))
    }
}

/// Makes one row of `width_out` pixels from three rows of `width_in`; None is a row of zeros. What lies right of the last pixel is zero.
pub(crate) fn depthwise_row(
    weights: &DepthwiseWeights,
    rows: [Option<Planes<'_>>; 3],
    width_in: usize,
    width_out: usize,
    output: PlanesMut<'_>,
) {
    let last = (weights.blocks.max(1) - 1, BLOCK);
    let reach = |block: usize, width: usize| last.0 * block + width * last.1;
    assert!(
        rows.iter().flatten().all(|row| row.values.len() >= reach(row.block, width_in)),
        "each row has all pixels of all blocks"
    );
    assert!(output.values.len() >= reach(output.block, width_out), "so has the output");
    assert!(width_in >= 3, "at least three pixels a row");
    let reached = |pixel: usize| pixel * weights.stride < width_in + weights.pad_left;
    assert!(width_out == 0 || reached(width_out - 1), "each pixel of the output has one of the input");
    launch(Row { weights, rows, width_in, width_out, output });
}

struct Row<'a> {
    weights: &'a DepthwiseWeights,
    rows: [Option<Planes<'a>>; 3],
    width_in: usize,
    width_out: usize,
    output: PlanesMut<'a>,
}

/// What is the same for all pixels of some lanes.
struct Lanes<V> {
    taps: [V; TAPS],
    bias: V,
    slope: Option<V>,
    /// The first pixel of each row.
    rows: [*const f32; 3],
    output: *mut f32,
}

impl Kernel for Row<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { weights, rows, width_in, width_out, output } = self;
        let nothing = vec![0.0; if rows.iter().all(Option::is_some) { 0 } else { width_in * BLOCK }];
        let rows = rows.map(|row| row.map_or((nothing.as_ptr(), 0), |row| (row.values.as_ptr(), row.block)));
        for block in 0..weights.blocks {
            for lane in (0..BLOCK).step_by(V::LANES) {
                // SAFETY: `depthwise_row` looked at all lengths; block and lane are within them. The CPU is the caller's promise.
                unsafe {
                    let mut taps = [V::splat(0.0); TAPS];
                    for (tap, weight) in taps.iter_mut().enumerate() {
                        *weight = V::load(weights.taps.as_ptr().add((block * TAPS + tap) * BLOCK + lane));
                    }
                    let slope = weights.slopes.as_ref().map(|s| V::load(s.as_ptr().add(block * BLOCK + lane)));
                    let lanes = Lanes {
                        taps,
                        bias: V::load(weights.bias.as_ptr().add(block * BLOCK + lane)),
                        slope,
                        rows: rows.map(|(row, stride)| row.add(block * stride + lane)),
                        output: output.values.as_mut_ptr().add(block * output.block + lane),
                    };
                    let (width, pad) = (width_in, weights.pad_left);
                    // More sums at a time where there are registers for them: each waits for the one before it.
                    match (weights.stride, V::LANES) {
                        (1, BLOCK) => lanes.row::<1, 8>(width, width_out, pad),
                        (1, _) => lanes.row::<1, 4>(width, width_out, pad),
                        _ => lanes.row::<2, 4>(width, width_out, pad),
                    }
                }
            }
        }
    }
}

impl<V: Vector> Lanes<V> {
    /// All pixels, N at a time.
    ///
    /// # Safety
    /// Rows have `width_in` pixels, the output `width_out`, and the CPU has what V needs.
    #[inline(always)]
    unsafe fn row<const STRIDE: usize, const N: usize>(&self, width_in: usize, width_out: usize, pad: usize) {
        // How many pixels see no column right of the picture.
        let inside = ((width_in + pad - 3) / STRIDE + 1).min(width_out);
        // SAFETY: columns from `x * STRIDE - pad` on, three for a pixel, are within the row for all pixels between the first and `inside`;
        // at the edges only those columns are read that are there.
        unsafe {
            let mut x = 0;
            if pad > 0 && width_out > 0 {
                self.edge(0, pad..3, 0);
                x = 1;
            }
            while x + N <= inside {
                self.pixels::<N, STRIDE>(x, x * STRIDE - pad);
                x += N;
            }
            while N > 4 && x + 4 <= inside {
                self.pixels::<4, STRIDE>(x, x * STRIDE - pad);
                x += 4;
            }
            while x < inside {
                self.pixels::<1, STRIDE>(x, x * STRIDE - pad);
                x += 1;
            }
            while x < width_out {
                self.edge(x, 0..(width_in + pad - x * STRIDE).min(3), x * STRIDE - pad);
                x += 1;
            }
        }
    }

    /// N pixels from x on, whose columns begin at `column`.
    #[inline(always)]
    unsafe fn pixels<const N: usize, const STRIDE: usize>(&self, x: usize, column: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let mut sums = [self.bias; N];
            for (r, row) in self.rows.iter().enumerate() {
                let mut columns = [self.bias; COLUMNS];
                for (c, value) in columns.iter_mut().enumerate().take((N - 1) * STRIDE + 3) {
                    *value = V::load(row.add((column + c) * BLOCK));
                }
                for (n, sum) in sums.iter_mut().enumerate() {
                    for k in 0..3 {
                        *sum = sum.mul_add(columns[n * STRIDE + k], self.taps[r * 3 + k]);
                    }
                }
            }
            for (n, sum) in sums.into_iter().enumerate() {
                self.write(sum, x + n);
            }
        }
    }

    /// The pixel x from some of its columns only; `column` is where the first of `taps` is in the row.
    #[inline(always)]
    unsafe fn edge(&self, x: usize, taps: Range<usize>, column: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let mut sum = self.bias;
            for (r, row) in self.rows.iter().enumerate() {
                for (c, k) in taps.clone().enumerate() {
                    sum = sum.mul_add(V::load(row.add((column + c) * BLOCK)), self.taps[r * 3 + k]);
                }
            }
            self.write(sum, x);
        }
    }

    #[inline(always)]
    unsafe fn write(&self, sum: V, x: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let value = match self.slope {
                Some(slope) => super::bent(sum, slope),
                None => sum,
            };
            value.store(self.output.add(x * BLOCK));
        }
    }
}
