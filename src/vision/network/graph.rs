//! An ONNX graph as plain data: nodes, constants, names. Imports `error`.

use std::collections::HashMap;

/// Numbers with a shape, row-major.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// What a node was told besides its inputs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Attributes {
    /// Whole numbers, one or several.
    pub ints: Vec<(String, Vec<i64>)>,
    /// Other numbers, bit for bit.
    pub floats: Vec<(String, u32)>,
    /// Words.
    pub words: Vec<(String, String)>,
}

/// One operator.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// `Conv`, `PRelu` and so on.
    pub op: String,
    pub inputs: Vec<usize>,
    pub output: usize,
    pub attributes: Attributes,
}

/// Nodes in the order of computation; values are numbered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    pub nodes: Vec<Node>,
    pub constants: HashMap<usize, Array>,
    pub input: usize,
    /// Values with their names.
    pub outputs: Vec<(usize, String)>,
}

impl Attributes {
    /// Whole numbers by name, or these.
    pub(crate) fn ints(&self, name: &str, default: &[i64]) -> Vec<i64> {
        let found = self.ints.iter().find(|(n, _)| n == name);
        found.map_or_else(|| default.to_vec(), |(_, values)| values.clone())
    }

    /// A whole number by name, or this.
    pub(crate) fn int(&self, name: &str, default: i64) -> i64 {
        self.ints(name, &[default]).first().copied().unwrap_or(default)
    }

    /// A number by name, or this.
    pub(crate) fn float(&self, name: &str, default: f32) -> f32 {
        self.floats.iter().find(|(n, _)| n == name).map_or(default, |(_, bits)| f32::from_bits(*bits))
    }

    /// A word by name, or this.
    pub(crate) fn word<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        self.words.iter().find(|(n, _)| n == name).map_or(default, |(_, word)| word)
    }
}

impl Array {
    /// `f` of each pair of numbers, the smaller shape spread over the larger as numpy does it; None where they do not fit.
    pub(crate) fn zip(&self, other: &Self, f: impl Fn(f32, f32) -> f32) -> Option<Self> {
        let rank = self.shape.len().max(other.shape.len());
        let padded = |shape: &[usize]| [vec![1; rank - shape.len()], shape.to_vec()].concat();
        let (a, b) = (padded(&self.shape), padded(&other.shape));
        let fits = a.iter().zip(&b).all(|(a, b)| a == b || *a == 1 || *b == 1);
        let shape: Vec<usize> = a.iter().zip(&b).map(|(a, b)| *a.max(b)).collect();
        let mut values = Vec::with_capacity(shape.iter().product());
        let steps = |own: &[usize]| {
            let mut step = 1;
            let mut steps: Vec<usize> =
                own.iter().rev().map(|n| (if *n == 1 { 0 } else { step }, step *= n).0).collect();
            steps.reverse();
            steps
        };
        let (steps_a, steps_b) = (steps(&a), steps(&b));
        let total: usize = shape.iter().product();
        for at in 0..total {
            let (mut rest, mut from_a, mut from_b) = (at, 0, 0);
            for ((n, step_a), step_b) in shape.iter().zip(&steps_a).zip(&steps_b).rev() {
                let place = rest % n;
                rest /= n;
                from_a += place * step_a;
                from_b += place * step_b;
            }
            values.push(f(*self.values.get(from_a)?, *other.values.get(from_b)?));
        }
        fits.then_some(Self { shape, values })
    }
}
