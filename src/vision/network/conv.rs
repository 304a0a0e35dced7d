//! Convolutions, with what follows them folded in. Imports `kernels`.

use crate::kernels::{DepthwiseWeights, PatchWeights, PointwiseWeights};

use super::compile::{Alias, Compiler, input_of};
use super::graph::Node;
use super::layers::{Layer, Size, WindowWeights};

/// A convolution and its followers.
struct Conv {
    /// `[out][in of a group][rows][columns]`.
    weights: Vec<f32>,
    bias: Vec<f32>,
    slopes: Option<Vec<f32>>,
    /// Added before the slopes.
    add: Option<usize>,
    /// The value before the slopes, where somebody else reads it.
    sum: Option<usize>,
    output: usize,
    size: Size,
}

/// Where a window looks.
#[derive(Clone, Copy)]
struct Window {
    rows: usize,
    columns: usize,
    stride: usize,
    top: usize,
    left: usize,
    bottom: usize,
    right: usize,
}

impl Compiler<'_> {
    pub(super) fn conv(&mut self, node: &Node) -> Result<(), String> {
        let weights = self.constant(node, 1)?;
        let [channels_out, of_group, rows, columns] = weights.shape[..] else {
            return Err("weights of four dimensions are needed".to_owned());
        };
        let bias = match node.inputs.get(2) {
            Some(_) => self.constant(node, 2)?.values.clone(),
            None => vec![0.0; channels_out],
        };
        let input = input_of(node, 0)?;
        let from = self.size(input)?;
        let window = Window::of(node, rows, columns)?;
        let size = window.size(from, channels_out)?;
        let weights = weights.values.clone();
        let mut conv = Conv { weights, bias, slopes: None, add: None, sum: None, output: node.output, size };
        let groups = usize::try_from(node.attributes.int("group", 1)).unwrap_or(0);
        if groups * of_group != from.channels {
            return Err(format!("{groups} groups of {of_group} channels do not make {}", from.channels));
        }
        // What has no kernel that adds does not take the addition in.
        let adds = rows == 1 && groups == 1;
        self.follow(&mut conv, adds)?;
        let is_aliased = self.aliases.contains_key(&input);
        if groups == 1 && (rows, columns) == (1, 1) && window.stride == 1 && !window.is_padded() {
            let input = self.unscaled(input, &mut conv, from.channels)?;
            let layer = PointwiseWeights::new(&conv.weights, from.channels, &conv.bias, conv.slopes.as_deref());
            self.push_conv(Layer::Pointwise { weights: layer, adds: conv.add.is_some() }, input, &conv);
        } else if groups == 1 && from.channels == 3 && (rows, columns) == (3, 3) {
            self.patch(input, conv, window);
        } else if groups == from.channels
            && groups == channels_out
            && (rows, columns) == (3, 3)
            && from.width > 2
            && window.left < 2
            && window.right < 3
            && !is_aliased
        {
            let (bias, slopes) = (&conv.bias, conv.slopes.as_deref());
            let weights = DepthwiseWeights::new(&conv.weights, bias, slopes, window.stride, window.left);
            self.push_conv(Layer::Depthwise { weights, stride: window.stride, top: window.top }, input, &conv);
        } else if groups == channels_out && (size.height, size.width) == (1, 1) && !window.is_padded() && !is_aliased {
            if conv.slopes.is_some() {
                return Err("a window over everything takes no ReLU after it".to_owned());
            }
            let weights = WindowWeights::new(&conv.weights, &conv.bias, from.height * from.width);
            self.push_conv(Layer::Window { weights }, input, &conv);
        } else {
            return Err(format!("a convolution of {rows} x {columns} in {groups} groups has no kernel"));
        }
        Ok(())
    }

    fn push_conv(&mut self, layer: Layer, input: usize, conv: &Conv) {
        let inputs = std::iter::once(input).chain(conv.add).collect();
        let outputs: Vec<_> = std::iter::once(conv.output).chain(conv.sum).map(|value| (value, conv.size)).collect();
        self.push(layer, inputs, &outputs);
    }

    /// The first layer: the input's own normalisation goes into its weights, and into what stands beyond the edges.
    fn patch(&mut self, input: usize, mut conv: Conv, window: Window) {
        let mut fill = [0.0; 3];
        let mut input = input;
        if let Some((base, Alias::Affine { scale, shift })) = self.aliases.get(&input).cloned() {
            let of = |values: &[f32], c: usize| values.get(c).or(values.first()).copied().unwrap_or(0.0);
            // What is zero after the normalisation.
            for (c, fill) in fill.iter_mut().enumerate() {
                *fill = -of(&shift, c) / of(&scale, c);
            }
            for (weights, bias) in conv.weights.chunks_exact_mut(27).zip(&mut conv.bias) {
                for (c, channel) in weights.chunks_exact_mut(9).enumerate() {
                    *bias += channel.iter().map(|w| w * of(&shift, c)).sum::<f32>();
                    scaled(channel, of(&scale, c));
                }
            }
            input = base;
        }
        let weights = PatchWeights::new(&conv.weights, &conv.bias, conv.slopes.as_deref(), window.stride);
        let layer = Layer::Patch { weights, stride: window.stride, top: window.top, left: window.left, fill };
        self.push_conv(layer, input, &conv);
    }

    /// The value before a normalisation, which goes into the weights.
    fn unscaled(&self, input: usize, conv: &mut Conv, channels: usize) -> Result<usize, String> {
        match self.aliases.get(&input) {
            None => Ok(input),
            Some((base, Alias::Affine { scale, shift })) => {
                let of = |values: &[f32], c: usize| values.get(c).or(values.first()).copied().unwrap_or(0.0);
                for (row, bias) in conv.weights.chunks_exact_mut(channels).zip(&mut conv.bias) {
                    *bias += row.iter().enumerate().map(|(c, w)| w * of(shift, c)).sum::<f32>();
                    for (c, weight) in row.iter_mut().enumerate() {
                        *weight *= of(scale, c);
                    }
                }
                Ok(*base)
            }
            Some(_) => Err("its input is in an order that it cannot read".to_owned()),
        }
    }

    /// Takes in what follows, as long as nobody else needs the values between.
    fn follow(&mut self, conv: &mut Conv, adds: bool) -> Result<(), String> {
        while let Some(at) = self.follower(conv, adds) {
            let graph = self.graph;
            let Some(node) = graph.nodes.get(at) else { break };
            match node.op.as_str() {
                "BatchNormalization" => {
                    let (scale, shift) = self.normalisation(node)?;
                    let each = conv.weights.len() / conv.bias.len().max(1);
                    let weights = conv.weights.chunks_exact_mut(each);
                    for (((row, bias), scale), shift) in weights.zip(&mut conv.bias).zip(&scale).zip(&shift) {
                        scaled(row, *scale);
                        *bias = *bias * scale + shift;
                    }
                }
                "Add" => {
                    let other = node.inputs.iter().copied().find(|value| *value != conv.output);
                    conv.add = Some(other.ok_or("a value that is added to itself")?);
                }
                _ => {
                    let slopes = match node.op.as_str() {
                        "PRelu" => self.constant(node, 1)?.values.clone(),
                        _ => vec![0.0],
                    };
                    let one = slopes.first().copied().filter(|_| slopes.len() == 1);
                    conv.slopes = Some(one.map_or(slopes, |one| vec![one; conv.bias.len()]));
                    if self.only_reader(conv.output).is_none() {
                        conv.sum = Some(conv.output);
                    }
                }
            }
            conv.output = node.output;
            self.done(at);
        }
        Ok(())
    }

    /// The next node that can be folded in.
    fn follower(&self, conv: &Conv, adds: bool) -> Option<usize> {
        if conv.slopes.is_some() {
            return None;
        }
        let op = |at: usize| self.graph.nodes.get(at).map_or("", |node| node.op.as_str());
        let is_bend = |at: usize| matches!(op(at), "Relu" | "PRelu");
        let Some(at) = self.only_reader(conv.output) else {
            // The sum itself is read, too: possible where it is written beside what becomes of it.
            let readers = self.readers.get(&conv.output)?;
            return readers.iter().copied().find(|at| adds && is_bend(*at));
        };
        let is_foldable = match op(at) {
            "BatchNormalization" => conv.add.is_none(),
            "Add" => adds && conv.add.is_none() && self.other_is_there(at, conv),
            _ => is_bend(at),
        };
        is_foldable.then_some(at)
    }

    /// Whether the other value of an addition is computed by now, as large, and in the order in which kernels read it.
    fn other_is_there(&self, at: usize, conv: &Conv) -> bool {
        let Some(node) = self.graph.nodes.get(at) else { return false };
        let mut others = node.inputs.iter().filter(|value| **value != conv.output);
        others.all(|value| self.sizes.get(value) == Some(&conv.size) && !self.aliases.contains_key(value))
            && node.inputs.len() == 2
    }
}

/// Multiplies weights in their place.
pub(super) fn scaled(weights: &mut [f32], by: f32) {
    for weight in weights {
        *weight *= by;
    }
}

impl Window {
    fn of(node: &Node, rows: usize, columns: usize) -> Result<Self, String> {
        let attributes = &node.attributes;
        let [top, left, bottom, right] = attributes.ints("pads", &[0; 4])[..] else {
            return Err("four paddings are needed".to_owned());
        };
        let strides = attributes.ints("strides", &[1, 1]);
        let dilations = attributes.ints("dilations", &[1, 1]);
        if dilations.iter().any(|d| *d != 1) || !matches!(attributes.word("auto_pad", "NOTSET"), "NOTSET" | "") {
            return Err("dilations and automatic padding have no kernel".to_owned());
        }
        let stride = match strides[..] {
            [a, b] if a == b => usize::try_from(a).unwrap_or(0),
            _ => 0,
        };
        let whole = |n: i64| usize::try_from(n).map_err(|_| "a negative padding".to_owned());
        if !matches!(stride, 1 | 2) && rows <= 3 {
            return Err("strides other than 1 and 2 have no kernel".to_owned());
        }
        Ok(Self {
            rows,
            columns,
            stride: stride.max(1),
            top: whole(top)?,
            left: whole(left)?,
            bottom: whole(bottom)?,
            right: whole(right)?,
        })
    }

    fn is_padded(self) -> bool {
        [self.top, self.left, self.bottom, self.right].iter().any(|n| *n > 0)
    }

    fn size(self, from: Size, channels: usize) -> Result<Size, String> {
        let along = |length: usize, pads: usize, window: usize| {
            (length + pads).checked_sub(window).map(|n| n / self.stride + 1)
        };
        let height = along(from.height, self.top + self.bottom, self.rows);
        let width = along(from.width, self.left + self.right, self.columns);
        match (height, width) {
            (Some(height), Some(width)) => Ok(Size { channels, height, width }),
            _ => Err("the window is larger than the picture".to_owned()),
        }
    }
}
