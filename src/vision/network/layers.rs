//! The layers and how they are run, on pictures in blocks of eight channels. Imports `kernels`.

use crate::kernels::{
    BLOCK, DepthwiseWeights, PatchWeights, Planes, PlanesMut, PointwiseWeights, Residual, blocks_of, pointwise,
};

use super::chain::Chain;

/// Channels and sides of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
}

/// What a layer reads: pictures in blocks, or, the first one only, the network's input.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Values<'a> {
    Numbers(&'a [f32]),
    /// `[height][width][3]`.
    Pixels(&'a [u8]),
}

impl<'a> Values<'a> {
    /// The numbers; none of pixels, which only the first layer reads.
    pub(super) fn numbers(self) -> &'a [f32] {
        match self {
            Self::Numbers(numbers) => numbers,
            Self::Pixels(_) => &[],
        }
    }
}

/// How the input is made of the bytes of a picture: channel c is `byte * scale + shift` of the byte at `places[c]` of a pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reading {
    pub places: [usize; 3],
    pub scale: f32,
    pub shift: f32,
}

/// A layer with what it reads and writes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    pub layer: Layer,
    pub inputs: Vec<usize>,
    pub outputs: Vec<usize>,
    /// Of the outputs.
    pub sizes: Vec<Size>,
}

/// All layers, in the order of computation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Network {
    pub input: usize,
    pub input_size: Size,
    pub steps: Vec<Step>,
    /// Values with their names and sizes.
    pub outputs: Vec<(usize, String, Size)>,
}

/// What is computed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Layer {
    /// The first convolution, from `[3][height][width]` numbers or from pixels. `fill` is what stands beyond the edges.
    Patch { weights: PatchWeights, stride: usize, top: usize, left: usize, fill: [f32; 3] },
    /// 1 x 1 convolution, with a second input to be added where it adds, and a second output for the sum.
    Pointwise { weights: PointwiseWeights, adds: bool },
    /// 3 x 3 convolution of each channel by itself.
    Depthwise { weights: DepthwiseWeights, stride: usize, top: usize },
    /// The largest of two by two pixels.
    MaxPool,
    /// The first input and the second at twice its size.
    AddDoubled,
    /// One sum over each channel of the whole picture.
    Window { weights: WindowWeights },
    /// A matrix over all numbers.
    Dense { weights: DenseWeights },
    /// An output: channels from `first` on, pixel by pixel, not in blocks, perhaps as 1 / (1 + exp(-x)).
    Pixels { is_sigmoid: bool, first: usize },
    /// Numbers that add up to one.
    Softmax,
    /// Several of the others, row by row.
    Chain(Chain),
}

impl Network {
    /// The same for an input of pixels, whose bytes become numbers as `reading` says.
    pub(crate) fn of_pixels(mut self, reading: Reading) -> Result<Self, String> {
        for step in self.steps.iter_mut().filter(|step| step.inputs.contains(&self.input)) {
            match &mut step.layer {
                Layer::Patch { weights, fill, .. } => patch_of_pixels(weights, fill, reading),
                Layer::Chain(chain) => chain.of_pixels(reading),
                _ => return Err("its first layer is not a convolution of three channels".to_owned()),
            }
        }
        Ok(self)
    }
}

pub(super) fn patch_of_pixels(weights: &mut PatchWeights, fill: &mut [f32; 3], reading: Reading) {
    let Reading { places, scale, shift } = reading;
    *weights = weights.of_pixels(places, scale, shift);
    let before = *fill;
    for (value, place) in before.into_iter().zip(places) {
        if let Some(fill) = fill.get_mut(place) {
            *fill = (value - shift) / scale;
        }
    }
}

/// Which rows a layer reads for a row that it writes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub rows: usize,
    pub stride: usize,
    /// Rows of padding above.
    pub top: usize,
}

/// A window over the whole picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WindowWeights {
    /// In the picture's own order.
    weights: Vec<f32>,
    bias: Vec<f32>,
    pixels: usize,
}

/// A matrix whose rows are in the picture's own order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DenseWeights {
    rows: Vec<f32>,
    bias: Vec<f32>,
    numbers: usize,
}

/// Numbers `[channels][pixels]` in the order of blocks.
fn in_order_of_blocks(values: &[f32], channels: usize, pixels: usize) -> Vec<f32> {
    let mut out = vec![0.0; blocks_of(channels) * pixels * BLOCK];
    if pixels == 1 {
        out.iter_mut().zip(values).for_each(|(to, from)| *to = *from);
        return out;
    }
    for (channel, of_channel) in values.chunks_exact(pixels).enumerate().take(channels) {
        let lane = out.iter_mut().skip(channel / BLOCK * pixels * BLOCK + channel % BLOCK).step_by(BLOCK);
        for (to, from) in lane.zip(of_channel) {
            *to = *from;
        }
    }
    out
}

impl WindowWeights {
    /// `weights` are `[channels][pixels]`.
    pub(crate) fn new(weights: &[f32], bias: &[f32], pixels: usize) -> Self {
        let mut in_blocks = bias.to_vec();
        in_blocks.resize(blocks_of(bias.len()) * BLOCK, 0.0);
        Self { weights: in_order_of_blocks(weights, bias.len(), pixels), bias: in_blocks, pixels }
    }
}

impl DenseWeights {
    /// `rows` are `[out][channels][pixels]`.
    pub(crate) fn new(rows: &[f32], bias: &[f32], channels: usize, pixels: usize) -> Self {
        let numbers = blocks_of(channels) * pixels * BLOCK;
        let mut in_blocks = Vec::with_capacity(numbers * bias.len());
        for row in rows.chunks_exact((channels * pixels).max(1)) {
            in_blocks.extend(in_order_of_blocks(row, channels, pixels));
        }
        Self { rows: in_blocks, bias: bias.to_vec(), numbers }
    }
}

impl Size {
    /// Numbers of the picture in whole blocks.
    pub(crate) fn numbers(self) -> usize {
        blocks_of(self.channels) * BLOCK * self.height * self.width
    }

    /// Numbers of a block.
    pub(super) fn block(self) -> usize {
        self.height * self.width * BLOCK
    }
}

impl Layer {
    /// How many numbers an output has.
    pub(crate) fn numbers(&self, size: Size) -> usize {
        match self {
            // Outputs have no blocks.
            Self::Pixels { .. } | Self::Softmax => size.channels * size.height * size.width,
            _ => size.numbers(),
        }
    }

    /// Whether it can be made row by row.
    pub(super) fn is_by_rows(&self) -> bool {
        matches!(
            self,
            Self::Patch { .. } | Self::Pointwise { .. } | Self::Depthwise { .. } | Self::MaxPool | Self::AddDoubled
        )
    }

    /// Whether it cannot be made otherwise.
    pub(super) fn is_by_rows_only(&self) -> bool {
        self.is_by_rows() && !matches!(self, Self::Pointwise { .. })
    }

    /// Which rows it reads.
    pub(super) fn window(&self) -> Window {
        match self {
            Self::Patch { stride, top, .. } | Self::Depthwise { stride, top, .. } => {
                Window { rows: 3, stride: *stride, top: *top }
            }
            Self::MaxPool => Window { rows: 2, stride: 2, top: 0 },
            _ => Window { rows: 1, stride: 1, top: 0 },
        }
    }

    /// Computes the outputs (their sizes are `sizes`) from the inputs (of these sizes).
    pub(crate) fn run(&self, inputs: &[(Values<'_>, Size)], outputs: &mut [&mut [f32]], sizes: &[Size]) {
        let [(input, from), others @ ..] = inputs else { return };
        let input = input.numbers();
        if let Self::Chain(chain) = self {
            return chain.run(inputs, outputs);
        }
        let [output, sums @ ..] = outputs else { return };
        let Some(to) = sizes.first().copied() else { return };
        match self {
            Self::Pointwise { weights, adds } => {
                let add = if *adds { others.first() } else { None };
                let residual = Residual {
                    add: add.map(|(values, _)| Planes { values: values.numbers(), block: to.block() }),
                    sum: sums.first_mut().map(|values| PlanesMut { values, block: to.block() }),
                };
                let input = Planes { values: input, block: from.block() };
                pointwise(
                    weights,
                    to.height * to.width,
                    input,
                    residual,
                    PlanesMut { values: output, block: to.block() },
                );
            }
            Self::Window { weights } => window(weights, input, output),
            Self::Dense { weights } => dense(weights, input, output),
            Self::Pixels { is_sigmoid, first } => pixels((input, *from), *is_sigmoid, *first, (output, to.channels)),
            Self::Softmax => softmax(input, output),
            // Made row by row, so it is in a chain.
            Self::Patch { .. } | Self::Depthwise { .. } | Self::MaxPool | Self::AddDoubled | Self::Chain(_) => {}
        }
    }
}

fn window(weights: &WindowWeights, input: &[f32], output: &mut [f32]) {
    let each = weights.pixels * BLOCK;
    let blocks = input.chunks_exact(each).zip(weights.weights.chunks_exact(each));
    let outputs = output.as_chunks_mut::<BLOCK>().0.iter_mut().zip(weights.bias.as_chunks::<BLOCK>().0);
    for ((out, bias), (input, weights)) in outputs.zip(blocks) {
        *out = *bias;
        for (pixel, weights) in input.as_chunks::<BLOCK>().0.iter().zip(weights.as_chunks::<BLOCK>().0) {
            for ((out, value), weight) in out.iter_mut().zip(pixel).zip(weights) {
                *out += value * weight;
            }
        }
    }
}

fn dense(weights: &DenseWeights, input: &[f32], output: &mut [f32]) {
    let rows = weights.rows.chunks_exact(weights.numbers.max(1));
    for ((out, row), bias) in output.iter_mut().zip(rows).zip(&weights.bias) {
        let mut sums = [[0.0_f32; BLOCK]; 2];
        let pairs = input.as_chunks::<{ 2 * BLOCK }>().0.iter().zip(row.as_chunks::<{ 2 * BLOCK }>().0);
        for (values, weights) in pairs {
            let lanes = sums.as_flattened_mut().iter_mut();
            for ((sum, value), weight) in lanes.zip(values).zip(weights) {
                *sum += value * weight;
            }
        }
        let rest = input.len() / (2 * BLOCK) * (2 * BLOCK);
        let rest = input.iter().zip(row).skip(rest).map(|(value, weight)| value * weight).sum::<f32>();
        *out = bias + sums.as_flattened().iter().sum::<f32>() + rest;
    }
}

fn pixels(from: (&[f32], Size), is_sigmoid: bool, first: usize, output: (&mut [f32], usize)) {
    let ((input, size), (output, channels)) = (from, output);
    let pixels = size.height * size.width;
    for (to, channel) in (0..channels).zip(first..) {
        let values = input.iter().skip(channel / BLOCK * pixels * BLOCK + channel % BLOCK).step_by(BLOCK);
        let out = output.iter_mut().skip(to).step_by(channels);
        for (out, value) in out.zip(values) {
            *out = if is_sigmoid { 1.0 / (1.0 + (-value).exp()) } else { *value };
        }
    }
}

fn softmax(input: &[f32], output: &mut [f32]) {
    let greatest = input.iter().take(output.len()).copied().fold(f32::MIN, f32::max);
    let mut sum = 0.0;
    for (out, value) in output.iter_mut().zip(input) {
        *out = (value - greatest).exp();
        sum += *out;
    }
    for out in output.iter_mut() {
        *out /= sum;
    }
}
