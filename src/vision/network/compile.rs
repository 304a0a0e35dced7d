//! From an ONNX graph to the layers that we have kernels for. Imports nothing but its siblings.
//!
//! What other runtimes do as operators of their own is folded into the layer before or after it: weights that are stored with few bits,
//! batch normalisation, ReLU and PReLU, residual additions, the normalisation of the input, reshaping.

use std::collections::HashMap;

use super::fuse;
use super::graph::{Array, Graph, Node};
use super::heads;
use super::layers::{Layer, Network, Size, Step};

/// Makes the layers for an input of `[1, 3, height, width]`, or says what stands in the way.
pub(crate) fn compile(graph: &Graph, height: usize, width: usize) -> Result<Network, String> {
    let mut compiler = Compiler::new(graph);
    compiler.sizes.insert(graph.input, Size { channels: 3, height, width });
    for at in 0..graph.nodes.len() {
        if !compiler.is_done.get(at).copied().unwrap_or(true) {
            compiler.node(at).map_err(|reason| compiler.named(at, &reason))?;
        }
    }
    compiler.finish()
}

/// A value that is another one in disguise; whoever reads it takes that into account.
#[derive(Clone)]
pub(super) enum Alias {
    /// `scale * x + shift`, a number for each channel or one for all.
    Affine { scale: Vec<f32>, shift: Vec<f32> },
    /// Twice as large in both directions.
    Doubled,
    /// Pixel by pixel instead of channel by channel: the order in which a detector's outputs are given.
    Pixels,
    /// As one row.
    Flat,
}

pub(super) struct Compiler<'a> {
    pub(super) graph: &'a Graph,
    pub(super) constants: &'a HashMap<usize, Array>,
    is_done: Vec<bool>,
    pub(super) readers: HashMap<usize, Vec<usize>>,
    pub(super) aliases: HashMap<usize, (usize, Alias)>,
    pub(super) sizes: HashMap<usize, Size>,
    steps: Vec<Step>,
}

impl<'a> Compiler<'a> {
    fn new(graph: &'a Graph) -> Self {
        let mut readers: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, node) in graph.nodes.iter().enumerate() {
            for input in &node.inputs {
                readers.entry(*input).or_default().push(at);
            }
        }
        // An output is read by whoever runs the network: more than one reader, so nothing is folded over it.
        for (value, _) in &graph.outputs {
            readers.entry(*value).or_default().extend([usize::MAX, usize::MAX]);
        }
        let is_done = (0..graph.nodes.len()).map(|at| graph.is_folded.get(at) == Some(&true)).collect();
        Self {
            graph,
            constants: &graph.constants,
            is_done,
            readers,
            aliases: HashMap::new(),
            sizes: HashMap::new(),
            steps: Vec::new(),
        }
    }

    fn named(&self, at: usize, reason: &str) -> String {
        let op = self.graph.nodes.get(at).map_or("", |node| node.op.as_str());
        format!("operator {op}, number {}: {reason}", at + 1)
    }

    fn finish(mut self) -> Result<Network, String> {
        let mut outputs = Vec::new();
        for (value, name) in &self.graph.outputs {
            if matches!(self.aliases.get(value), Some((_, Alias::Pixels))) {
                self.pixels(*value, *value, false)?;
            }
            let size = self.sizes.get(value).ok_or_else(|| format!("output {name} is not computed"))?;
            outputs.push((*value, name.clone(), *size));
        }
        // The input lies in planes or pixels, all else in blocks.
        let reads_input = |step: &Step| step.inputs.contains(&self.graph.input);
        if self.steps.iter().any(|step| reads_input(step) != matches!(step.layer, Layer::Patch { .. })) {
            return Err(
                "a convolution of 3 x 3 over three channels must read the input, and nothing else may".to_owned()
            );
        }
        let read: Vec<usize> = outputs.iter().map(|(value, ..)| *value).collect();
        self.steps = heads::beside(std::mem::take(&mut self.steps), &read);
        let input_size = self.size(self.graph.input)?;
        let mut sizes = HashMap::from([(self.graph.input, input_size)]);
        sizes.extend(self.steps.iter().flat_map(|step| step.outputs.iter().copied().zip(step.sizes.iter().copied())));
        Ok(Network { input: self.graph.input, input_size, steps: fuse::chained(self.steps, &sizes, &read), outputs })
    }

    fn node(&mut self, at: usize) -> Result<(), String> {
        let graph = self.graph;
        let node = graph.nodes.get(at).ok_or("it is not there")?;
        match node.op.as_str() {
            "Conv" => self.conv(node),
            "BatchNormalization" | "Sub" | "Mul" | "Div" => self.affine(node),
            "Add" => self.add(node),
            "MaxPool" => self.max_pool(node),
            "AveragePool" | "GlobalAveragePool" => self.average(node),
            "Resize" | "Upsample" => self.resize(node),
            "Gemm" => self.dense(node),
            "Sigmoid" => self.sigmoid(node),
            "Softmax" => self.softmax(node),
            "Dropout" | "Identity" => self.alias(node, Alias::Affine { scale: vec![1.0], shift: vec![0.0] }),
            "Transpose" | "Reshape" | "Flatten" => self.reordered(node),
            _ => Err("there is no kernel for it".to_owned()),
        }
    }

    pub(super) fn constant(&self, node: &Node, at: usize) -> Result<&Array, String> {
        self.constants.get(&input_of(node, at)?).ok_or_else(|| format!("input {at} is not a constant"))
    }

    pub(super) fn size(&self, value: usize) -> Result<Size, String> {
        self.sizes.get(&value).copied().ok_or_else(|| "an input has no known size".to_owned())
    }

    pub(super) fn alias(&mut self, node: &Node, alias: Alias) -> Result<(), String> {
        let input = input_of(node, 0)?;
        let mut size = self.size(input)?;
        if matches!(alias, Alias::Doubled) {
            (size.height, size.width) = (size.height * 2, size.width * 2);
        }
        self.sizes.insert(node.output, size);
        self.aliases.insert(node.output, (input, alias));
        Ok(())
    }

    pub(super) fn push(&mut self, layer: Layer, inputs: Vec<usize>, outputs: &[(usize, Size)]) {
        let values = outputs.iter().map(|(value, _)| *value).collect();
        self.sizes.extend(outputs.iter().copied());
        self.steps.push(Step {
            layer,
            inputs,
            outputs: values,
            sizes: outputs.iter().map(|(_, size)| *size).collect(),
        });
    }

    /// The only node that reads a value.
    pub(super) fn only_reader(&self, value: usize) -> Option<usize> {
        match self.readers.get(&value).map(Vec::as_slice) {
            Some([only]) => Some(*only),
            _ => None,
        }
    }

    pub(super) fn done(&mut self, at: usize) {
        if let Some(done) = self.is_done.get_mut(at) {
            *done = true;
        }
    }
}

/// The value that a node reads there.
pub(super) fn input_of(node: &Node, at: usize) -> Result<usize, String> {
    node.inputs.get(at).copied().ok_or_else(|| format!("input {at} is missing"))
}
