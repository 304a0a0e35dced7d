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
    /// For each node whether its value is among the constants, or was and is of no more use.
    pub is_folded: Vec<bool>,
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
        if !a.iter().zip(&b).all(|(a, b)| a == b || *a == 1 || *b == 1) {
            return None;
        }
        let shape: Vec<usize> = a.iter().zip(&b).map(|(a, b)| if *a == 1 { *b } else { *a }).collect();
        let mut values = Vec::with_capacity(shape.iter().product());
        paired(&axes(&a, &b), (&self.values, &other.values), &f, &mut values)?;
        Some(Self { shape, values })
    }
}

/// A run of numbers, and how far the two arrays go on at each of them.
#[derive(Clone, Copy)]
struct Axis {
    length: usize,
    step_a: usize,
    step_b: usize,
}

/// The axes of two arrays that fit one another, the outermost first; those together that go on as one.
fn axes(a: &[usize], b: &[usize]) -> Vec<Axis> {
    let (mut size_a, mut size_b) = (1, 1);
    let mut axes: Vec<Axis> = Vec::new();
    for (a, b) in a.iter().zip(b).rev() {
        let axis = Axis {
            length: if *a == 1 { *b } else { *a },
            step_a: if *a == 1 { 0 } else { size_a },
            step_b: if *b == 1 { 0 } else { size_b },
        };
        (size_a, size_b) = (size_a * a, size_b * b);
        match axes.last_mut() {
            _ if axis.length == 1 => {}
            Some(inner) if axis.step_a == inner.step_a * inner.length && axis.step_b == inner.step_b * inner.length => {
                inner.length *= axis.length;
            }
            _ => axes.push(axis),
        }
    }
    axes.reverse();
    axes
}

/// Appends `f` of each pair; None where an array is too short.
fn paired(axes: &[Axis], (a, b): (&[f32], &[f32]), f: &impl Fn(f32, f32) -> f32, out: &mut Vec<f32>) -> Option<()> {
    match axes {
        [] => out.push(f(*a.first()?, *b.first()?)),
        [Axis { length, step_a: 1, step_b: 1 }] => {
            out.extend(a.get(..*length)?.iter().zip(b.get(..*length)?).map(|(a, b)| f(*a, *b)));
        }
        [Axis { length, step_a: 1, step_b: 0 }] => {
            let b = *b.first()?;
            out.extend(a.get(..*length)?.iter().map(|a| f(*a, b)));
        }
        [Axis { length, step_a: 0, step_b: 1 }] => {
            let a = *a.first()?;
            out.extend(b.get(..*length)?.iter().map(|b| f(a, *b)));
        }
        [Axis { length, step_a, step_b }, inner @ ..] => {
            for at in 0..*length {
                paired(inner, (a.get(at * step_a..)?, b.get(at * step_b..)?), f, out)?;
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(shape: &[usize]) -> Array {
        let count: usize = shape.iter().product();
        Array { shape: shape.to_vec(), values: (1_u16..).take(count).map(f32::from).collect() }
    }

    /// By the definition: each place of the result, one after the other.
    fn by_place(a: &Array, b: &Array, shape: &[usize]) -> Vec<f32> {
        let at = |array: &Array, place: usize| {
            let (mut rest, mut from, mut step) = (place, 0, 1);
            for (back, n) in shape.iter().rev().enumerate() {
                let own = array.shape.iter().rev().nth(back).copied().unwrap_or(1);
                from += if own == 1 { 0 } else { rest % n * step };
                (rest, step) = (rest / n, step * own);
            }
            array.values[from]
        };
        (0..shape.iter().product()).map(|place| at(a, place) - 2.0 * at(b, place)).collect()
    }

    #[test]
    fn arrays_are_spread_over_one_another_as_numpy_does_it() {
        for (a, b, shape) in [
            (&[4, 3, 2, 2][..], &[4, 1, 1, 1][..], &[4, 3, 2, 2][..]),
            (&[4, 3, 2, 2], &[1, 3, 1, 1], &[4, 3, 2, 2]),
            (&[4, 3, 2, 2], &[2], &[4, 3, 2, 2]),
            (&[5, 1, 3], &[1, 4, 3], &[5, 4, 3]),
            (&[1, 4, 1], &[5, 1, 3], &[5, 4, 3]),
            (&[], &[2, 3], &[2, 3]),
            (&[2, 3], &[2, 3], &[2, 3]),
            (&[], &[], &[]),
        ] {
            let (a, b) = (counted(a), counted(b));
            let expected = Array { shape: shape.to_vec(), values: by_place(&a, &b, shape) };
            assert_eq!(a.zip(&b, |a, b| a - 2.0 * b), Some(expected), "{:?} and {:?}", a.shape, b.shape);
        }
    }

    #[test]
    fn arrays_that_do_not_fit_and_arrays_too_short_for_their_shape_are_refused() {
        let short = Array { shape: vec![2, 3], values: vec![1.0; 5] };
        assert_eq!(counted(&[2, 3]).zip(&counted(&[2]), |a, _| a), None);
        assert_eq!(counted(&[2, 3]).zip(&short, |a, _| a), None);
    }
}
