//! Everything but convolutions: pools, additions, dense layers, outputs. Imports nothing but its siblings.

use super::compile::{Alias, Compiler, input_of};
use super::conv::scaled;
use super::graph::Node;
use super::layers::{DenseWeights, Layer, Size, WindowWeights};

impl Compiler<'_> {
    /// `scale * x + shift` of a batch normalisation, a number a channel.
    pub(super) fn normalisation(&self, node: &Node) -> Result<(Vec<f32>, Vec<f32>), String> {
        let [scale, bias, mean, variance] = [1, 2, 3, 4].map(|at| self.constant(node, at));
        let (scale, bias, mean, variance) = (scale?, bias?, mean?, variance?);
        let epsilon = node.attributes.float("epsilon", 1e-5);
        let each = scale.values.iter().zip(&bias.values).zip(&mean.values).zip(&variance.values);
        Ok(each
            .map(|(((scale, bias), mean), variance)| {
                let scale = scale / (variance + epsilon).sqrt();
                (scale, bias - mean * scale)
            })
            .unzip())
    }

    /// A normalisation that no convolution before it took in: whoever reads it does.
    pub(super) fn affine(&mut self, node: &Node) -> Result<(), String> {
        let input = input_of(node, 0)?;
        let (mut scale, mut shift) = if node.op == "BatchNormalization" {
            self.normalisation(node)?
        } else {
            let by = self.constant(node, 1)?.values.clone();
            match node.op.as_str() {
                "Sub" => (vec![1.0; by.len()], by.iter().map(|b| -b).collect()),
                "Mul" => (by.clone(), vec![0.0; by.len()]),
                _ => (by.iter().map(|b| 1.0 / b).collect(), vec![0.0; by.len()]),
            }
        };
        let channels = self.size(input)?.channels;
        if scale.len() != 1 && scale.len() != channels {
            return Err(format!("{} numbers for {channels} channels", scale.len()));
        }
        let mut base = input;
        if let Some((before, Alias::Affine { scale: s, shift: t })) = self.aliases.get(&input) {
            // One after the other: the later of the former.
            let longer = scale.len().max(s.len());
            let of = |values: &[f32], c: usize| values.get(c).or(values.first()).copied().unwrap_or(0.0);
            shift = (0..longer).map(|c| of(&scale, c) * of(t, c) + of(&shift, c)).collect();
            scale = (0..longer).map(|c| of(&scale, c) * of(s, c)).collect();
            base = *before;
        }
        let size = self.size(base)?;
        self.sizes.insert(node.output, size);
        self.aliases.insert(node.output, (base, Alias::Affine { scale, shift }));
        Ok(())
    }

    pub(super) fn add(&mut self, node: &Node) -> Result<(), String> {
        let (a, b) = (input_of(node, 0)?, input_of(node, 1)?);
        let size = self.size(a)?;
        if size != self.size(b)? {
            return Err("pictures of two sizes".to_owned());
        }
        let is_doubled = |value: usize| matches!(self.aliases.get(&value), Some((_, Alias::Doubled)));
        let (plain, other) = if is_doubled(a) { (b, a) } else { (a, b) };
        match self.aliases.get(&other).cloned() {
            Some((half, Alias::Doubled)) if !self.aliases.contains_key(&plain) => {
                self.push(Layer::AddDoubled, vec![plain, half], &[(node.output, size)]);
                Ok(())
            }
            _ => Err("only a convolution's output or a picture of twice the size can be added".to_owned()),
        }
    }

    pub(super) fn max_pool(&mut self, node: &Node) -> Result<(), String> {
        let attributes = &node.attributes;
        let two = [2, 2];
        let is_ours = attributes.ints("kernel_shape", &[]) == two
            && attributes.ints("strides", &[1, 1]) == two
            && attributes.ints("pads", &[0; 4]).iter().all(|pad| *pad == 0);
        let input = input_of(node, 0)?;
        let from = self.size(input)?;
        if !is_ours
            || !from.height.is_multiple_of(2)
            || !from.width.is_multiple_of(2)
            || self.aliases.contains_key(&input)
        {
            return Err("only the largest of two by two pixels, of even sides, has a kernel".to_owned());
        }
        let size = Size { height: from.height / 2, width: from.width / 2, ..from };
        self.push(Layer::MaxPool, vec![input], &[(node.output, size)]);
        Ok(())
    }

    /// The mean of a whole picture, as a window whose weights are equal.
    pub(super) fn average(&mut self, node: &Node) -> Result<(), String> {
        let input = input_of(node, 0)?;
        let from = self.size(input)?;
        let whole = [from.height, from.width].map(|n| i64::try_from(n).unwrap_or(0));
        if node.attributes.ints("kernel_shape", &whole) != whole || self.aliases.contains_key(&input) {
            return Err("only the mean of a whole picture has a kernel".to_owned());
        }
        let pixels = from.height * from.width;
        #[expect(clippy::cast_precision_loss, reason = "pixels of a small picture")]
        let weights = vec![1.0 / pixels as f32; from.channels * pixels];
        let weights = WindowWeights::new(&weights, &vec![0.0; from.channels], pixels);
        let size = Size { channels: from.channels, height: 1, width: 1 };
        self.push(Layer::Window { weights }, vec![input], &[(node.output, size)]);
        Ok(())
    }

    pub(super) fn resize(&mut self, node: &Node) -> Result<(), String> {
        let attributes = &node.attributes;
        // The nearest pixel to the upper left, and twice the size.
        let is_ours = attributes.word("mode", "nearest") == "nearest"
            && attributes.word("coordinate_transformation_mode", "asymmetric") == "asymmetric"
            && attributes.word("nearest_mode", "floor") == "floor";
        let scales = node.inputs.iter().skip(1).filter_map(|input| self.constants.get(input));
        let is_twice = scales.map(|array| array.values.as_slice()).any(|values| values == [1.0, 1.0, 2.0, 2.0]);
        if !is_ours || !is_twice {
            return Err("only twice the size by repeating pixels has a kernel".to_owned());
        }
        self.alias(node, Alias::Doubled)
    }

    pub(super) fn dense(&mut self, node: &Node) -> Result<(), String> {
        let value = input_of(node, 0)?;
        // Flattening keeps the numbers, and a normalisation before it goes into the weights.
        let (value, scale, shift) = self.before_dense(value)?;
        let from = self.size(value)?;
        let weights = self.constant(node, 1)?;
        let bias = node.inputs.get(2).map(|_| self.constant(node, 2)).transpose()?;
        let attributes = &node.attributes;
        let is_plain = attributes.int("transA", 0) == 0
            && [attributes.float("alpha", 1.0), attributes.float("beta", 1.0)]
                .iter()
                .all(|f| (f - 1.0).abs() < f32::EPSILON);
        let pixels = from.height * from.width;
        let [a, b] = weights.shape[..] else { return Err("a matrix is needed".to_owned()) };
        let is_out_first = attributes.int("transB", 0) != 0;
        let (inputs, outputs) = if is_out_first { (b, a) } else { (a, b) };
        if !is_plain || inputs != from.channels * pixels {
            return Err(format!("a matrix for {inputs} numbers, and there are {} x {pixels}", from.channels));
        }
        let at = |out: usize, input: usize| if is_out_first { out * inputs + input } else { input * outputs + out };
        let of = |values: &[f32], c: usize| values.get(c).or(values.first()).copied().unwrap_or(0.0);
        let mut bias = bias.map_or_else(|| vec![0.0; outputs], |bias| bias.values.clone());
        let mut rows = Vec::with_capacity(inputs * outputs);
        for (out, bias) in bias.iter_mut().enumerate() {
            for input in 0..inputs {
                let weight = weights.values.get(at(out, input)).copied().unwrap_or(0.0);
                *bias += weight * of(&shift, input / pixels);
                rows.push(weight * of(&scale, input / pixels));
            }
        }
        let mut output = node.output;
        if let Some(next) = self.only_reader(output)
            && let Some(node) = self.graph.nodes.get(next).filter(|node| node.op == "BatchNormalization")
        {
            let (scale, shift) = self.normalisation(node)?;
            for (((row, bias), scale), shift) in rows.chunks_exact_mut(inputs).zip(&mut bias).zip(scale).zip(shift) {
                scaled(row, scale);
                *bias = *bias * scale + shift;
            }
            output = node.output;
            self.done(next);
        }
        let size = Size { channels: outputs, height: 1, width: 1 };
        let weights = DenseWeights::new(&rows, &bias, from.channels, pixels);
        self.push(Layer::Dense { weights }, vec![value], &[(output, size)]);
        Ok(())
    }

    /// What is behind flattening and normalisations, and what these do.
    fn before_dense(&self, mut value: usize) -> Result<(usize, Vec<f32>, Vec<f32>), String> {
        let (mut scale, mut shift) = (vec![1.0], vec![0.0]);
        while let Some((base, alias)) = self.aliases.get(&value) {
            match alias {
                Alias::Affine { scale: s, shift: t } => {
                    let of = |values: &[f32], c: usize| values.get(c).or(values.first()).copied().unwrap_or(0.0);
                    let longer = scale.len().max(s.len());
                    shift = (0..longer).map(|c| of(&scale, c) * of(t, c) + of(&shift, c)).collect();
                    scale = (0..longer).map(|c| of(&scale, c) * of(s, c)).collect();
                }
                Alias::Flat => {}
                Alias::Doubled | Alias::Pixels => return Err("a matrix over numbers in another order".to_owned()),
            }
            value = *base;
        }
        Ok((value, scale, shift))
    }

    pub(super) fn reordered(&mut self, node: &Node) -> Result<(), String> {
        if node.op == "Transpose" && node.attributes.ints("perm", &[]) != [0, 2, 3, 1] {
            return Err("only an order of pixel by pixel has a kernel".to_owned());
        }
        let alias = match (node.op.as_str(), self.aliases.get(&input_of(node, 0)?)) {
            ("Reshape", Some((_, Alias::Pixels))) | ("Transpose", _) => Alias::Pixels,
            _ => Alias::Flat,
        };
        self.alias(node, alias)
    }

    /// An output, pixel by pixel.
    pub(super) fn pixels(&mut self, value: usize, output: usize, is_sigmoid: bool) -> Result<(), String> {
        let mut base = value;
        while let Some((before, alias)) = self.aliases.get(&base) {
            if !matches!(alias, Alias::Pixels) {
                return Err("an output that is not given pixel by pixel".to_owned());
            }
            base = *before;
        }
        let size = self.size(base)?;
        self.push(Layer::Pixels { is_sigmoid, first: 0 }, vec![base], &[(output, size)]);
        Ok(())
    }

    pub(super) fn sigmoid(&mut self, node: &Node) -> Result<(), String> {
        let input = input_of(node, 0)?;
        self.pixels(input, node.output, true)
    }

    pub(super) fn softmax(&mut self, node: &Node) -> Result<(), String> {
        let input = input_of(node, 0)?;
        let size = self.size(input)?;
        if (size.height, size.width) != (1, 1) || self.aliases.contains_key(&input) {
            return Err("only one row of numbers has a kernel".to_owned());
        }
        self.push(Layer::Softmax, vec![input], &[(node.output, size)]);
        Ok(())
    }
}
