//! The shipped models against what their operators are defined to compute, one number after the other in f64.

use std::collections::HashMap;

use super::*;
use crate::vision::network::{Array, Node};

type Shape = Vec<usize>;

/// A value of the definition's own arithmetic, row-major.
#[derive(Clone)]
struct Value {
    shape: Shape,
    numbers: Vec<f64>,
}

impl Value {
    fn of(array: &Array) -> Self {
        Self { shape: array.shape.clone(), numbers: array.values.iter().map(|v| f64::from(*v)).collect() }
    }

    /// `f` of each number and of the number of its channel, the second axis.
    fn by_channel(&self, other: &Self, f: impl Fn(f64, f64) -> f64) -> Self {
        let each: usize = self.shape[2..].iter().product();
        let at = |i: usize| if other.numbers.len() == 1 { 0 } else { i / each % self.shape[1] };
        let numbers = self.numbers.iter().enumerate().map(|(i, x)| f(*x, other.numbers[at(i)]));
        Self { shape: self.shape.clone(), numbers: numbers.collect() }
    }

    /// `f` of pairs, axes of one number spread over those of the other, as numpy does it.
    fn zip(&self, other: &Self, f: impl Fn(f64, f64) -> f64) -> Self {
        let rank = self.shape.len().max(other.shape.len());
        let padded = |shape: &Shape| [vec![1; rank - shape.len()], shape.clone()].concat();
        let (a, b) = (padded(&self.shape), padded(&other.shape));
        let shape: Shape = a.iter().zip(&b).map(|(a, b)| *a.max(b)).collect();
        let place = |own: &Shape, mut at: usize| {
            let (mut place, mut step) = (0, 1);
            for (n, own) in shape.iter().zip(own).rev() {
                place += if *own == 1 { 0 } else { at % n * step };
                (at, step) = (at / n, step * own);
            }
            place
        };
        let count: usize = shape.iter().product();
        let numbers = (0..count).map(|at| f(self.numbers[place(&a, at)], other.numbers[place(&b, at)])).collect();
        Self { shape, numbers }
    }

    fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Self { shape: self.shape.clone(), numbers: self.numbers.iter().map(|x| f(*x)).collect() }
    }
}

fn whole(node: &Node, name: &str, default: &[i64]) -> Vec<usize> {
    node.attributes.ints(name, default).into_iter().map(|n| usize::try_from(n).unwrap()).collect()
}

/// Sums or maxima over windows: convolution with `weights`, else the largest or the mean.
fn windows(node: &Node, input: &Value, weights: Option<(&Value, Option<&Value>)>, window: &[usize]) -> Value {
    let [_, channels, height, width] = input.shape[..] else { panic!("four axes") };
    let pads = whole(node, "pads", &[0; 4]);
    let strides = whole(node, "strides", &[1, 1]);
    let out = [0, 1].map(|i| (input.shape[2 + i] + pads[i] + pads[2 + i] - window[i]) / strides[i] + 1);
    let channels_out = weights.map_or(channels, |(w, _)| w.shape[0]);
    let of_group = weights.map_or(1, |(w, _)| w.shape[1]);
    let groups = channels / of_group;
    let mut numbers = Vec::new();
    for at in 0..channels_out * out[0] * out[1] {
        let (channel, y, x) = (at / (out[0] * out[1]), at / out[1] % out[0], at % out[1]);
        let first = channel / (channels_out / groups) * of_group;
        let mut seen = Vec::new();
        for (c, r, k) in
            (0..of_group).flat_map(|c| (0..window[0]).flat_map(move |r| (0..window[1]).map(move |k| (c, r, k))))
        {
            let row = (y * strides[0] + r).checked_sub(pads[0]).filter(|row| *row < height);
            let column = (x * strides[1] + k).checked_sub(pads[1]).filter(|column| *column < width);
            if let (Some(row), Some(column)) = (row, column) {
                let value = input.numbers[((first + c) * height + row) * width + column];
                let place = ((channel * of_group + c) * window[0] + r) * window[1] + k;
                seen.push(value * weights.map_or(1.0, |(w, _)| w.numbers[place]));
            }
        }
        numbers.push(match (weights, node.op.as_str()) {
            (Some((_, bias)), _) => seen.iter().sum::<f64>() + bias.map_or(0.0, |b| b.numbers[channel]),
            (None, "MaxPool") => seen.into_iter().fold(f64::MIN, f64::max),
            _ => seen.iter().sum::<f64>() / f64::from(u32::try_from(seen.len()).unwrap()),
        });
    }
    Value { shape: vec![1, channels_out, out[0], out[1]], numbers }
}

fn gemm(node: &Node, x: &Value, w: &Value, bias: Option<&Value>) -> Value {
    let is_out_first = node.attributes.int("transB", 0) != 0;
    let (inputs, outputs) = if is_out_first { (w.shape[1], w.shape[0]) } else { (w.shape[0], w.shape[1]) };
    let at = |i: usize, o: usize| w.numbers[if is_out_first { o * inputs + i } else { i * outputs + o }];
    let sum = |o: usize| (0..inputs).map(|i| x.numbers[i] * at(i, o)).sum::<f64>();
    let numbers = (0..outputs).map(|o| sum(o) + bias.map_or(0.0, |b| b.numbers[o])).collect();
    Value { shape: vec![1, outputs], numbers }
}

fn doubled(x: &Value) -> Value {
    let [_, channels, height, width] = x.shape[..] else { panic!("four axes") };
    let at = |i: usize| {
        let (c, y, column) = (i / (4 * height * width), i / (2 * width) % (2 * height), i % (2 * width));
        x.numbers[(c * height + y / 2) * width + column / 2]
    };
    Value { shape: vec![1, channels, 2 * height, 2 * width], numbers: (0..4 * x.numbers.len()).map(at).collect() }
}

/// What an operator is defined to answer.
fn defined(node: &Node, inputs: &[&Value]) -> Value {
    let x = inputs[0];
    match (node.op.as_str(), inputs) {
        ("Conv", [_, w, bias @ ..]) => windows(node, x, Some((w, bias.first().copied())), &w.shape[2..]),
        ("MaxPool" | "AveragePool", _) => windows(node, x, None, &whole(node, "kernel_shape", &[])),
        ("GlobalAveragePool", _) => windows(node, x, None, &x.shape[2..]),
        ("BatchNormalization", [_, scale, bias, mean, variance]) => {
            let epsilon = f64::from(node.attributes.float("epsilon", 1e-5));
            let unit = x.by_channel(mean, |x, m| x - m).by_channel(variance, |x, v| x / (v + epsilon).sqrt());
            unit.by_channel(scale, |x, s| x * s).by_channel(bias, |x, b| x + b)
        }
        ("PRelu", [_, slope]) => x.by_channel(slope, |x, s| if x < 0.0 { x * s } else { x }),
        ("Relu", _) => x.map(|x| x.max(0.0)),
        ("Sigmoid", _) => x.map(|x| 1.0 / (1.0 + (-x).exp())),
        ("Softmax", _) => {
            let sum: f64 = x.numbers.iter().map(|x| x.exp()).sum();
            x.map(|x| x.exp() / sum)
        }
        ("Add", [_, y]) => x.zip(y, |a, b| a + b),
        ("Sub", [_, y]) => x.zip(y, |a, b| a - b),
        ("Mul", [_, y]) => x.zip(y, |a, b| a * b),
        ("Div", [_, y]) => x.zip(y, |a, b| a / b),
        ("Gemm", [_, w, bias @ ..]) => gemm(node, x, w, bias.first().copied()),
        ("Resize" | "Upsample", _) => doubled(x),
        ("Transpose", _) => {
            let (channels, pixels) = (x.shape[1], x.shape[2] * x.shape[3]);
            let at = |i: usize| x.numbers[i % channels * pixels + i / channels];
            Value { shape: vec![1, x.shape[2], x.shape[3], channels], numbers: (0..x.numbers.len()).map(at).collect() }
        }
        // Neither changes the order of the numbers, and what reads them here needs no more.
        ("Reshape" | "Flatten" | "Identity" | "Dropout" | "Cast", _) => x.clone(),
        (op, _) => panic!("{op} has no definition here"),
    }
}

/// The outputs as the operators define them, by name.
fn by_definition(graph: &network::Graph, input: Value) -> Vec<(String, Vec<f64>)> {
    let mut values: HashMap<usize, Value> = graph.constants.iter().map(|(id, array)| (*id, Value::of(array))).collect();
    values.insert(graph.input, input);
    for node in &graph.nodes {
        let inputs: Vec<&Value> = node.inputs.iter().map(|id| &values[id]).collect();
        let value = defined(node, &inputs);
        values.insert(node.output, value);
    }
    graph.outputs.iter().map(|(id, name)| (name.clone(), values[id].numbers.clone())).collect()
}

fn bytes_of(file: &str) -> Vec<u8> {
    std::fs::read(format!("models/{file}")).unwrap()
}

fn model(file: &str) -> Graph {
    Graph::parse("model", &bytes_of(file)).unwrap()
}

/// Bytes that look like noise.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u8::try_from(state >> 24).unwrap()
    };
    (0..count).map(|_| next()).collect()
}

/// Layers on pixels and on numbers, both against the definition; `reading` is what pixels become.
fn check(file: &str, height: usize, width: usize, reading: Reading) {
    let graph = model(file);
    let pixels = noise(height * width * 3);
    let number =
        |channel: usize, at: usize| f32::from(pixels[at * 3 + reading.places[channel]]) * reading.scale + reading.shift;
    let planes: Vec<f32> =
        (0..3).flat_map(|c| (0..height * width).map(move |at| (c, at))).map(|(c, at)| number(c, at)).collect();
    let shape = vec![1, 3, height, width];
    let as_written = onnx::read(&bytes_of(file)).unwrap();
    let expected = by_definition(&as_written, Value { shape, numbers: planes.iter().map(|x| f64::from(*x)).collect() });
    let fit = || graph.fit(height, width).unwrap();
    let of_pixels = fit().plan(reading).unwrap().run(&pixels).unwrap();
    let of_numbers = fit()
        .plan_numbers()
        .unwrap()
        .run_numbers(|input| {
            let is_whole = input.len() == planes.len();
            if is_whole {
                input.copy_from_slice(&planes);
            }
            is_whole
        })
        .unwrap();
    for (way, outputs) in [("pixels", of_pixels), ("numbers", of_numbers)] {
        assert_eq!(outputs.len(), expected.len(), "{file}: outputs");
        for (output, (name, expected)) in outputs.iter().zip(&expected) {
            assert_eq!((&output.name, output.values.len()), (name, expected.len()), "{file}: an output and its length");
            let scale = expected.iter().fold(1e-3_f64, |scale, x| scale.max(x.abs()));
            let worst =
                output.values.iter().zip(expected).map(|(a, b)| (f64::from(*a) - b).abs() / scale).fold(0.0, f64::max);
            assert!(worst < 1e-4, "{file} on {way}: {name} is off by {worst:e} of its greatest number");
        }
    }
}

#[test]
fn the_detector_computes_what_its_operators_are_defined_to() {
    let bgr = Reading { places: [2, 1, 0], scale: 1.0, shift: 0.0 };
    check("face_detection_yunet_2023mar.onnx", 96, 96, bgr);
    check("face_detection_yunet_2023mar.onnx", 64, 160, bgr);
}

#[test]
fn the_embedder_computes_what_its_operators_are_defined_to() {
    check(
        "facex_mobilefacenet_mv_int8.onnx",
        112,
        112,
        Reading { places: [2, 1, 0], scale: 1.0 / 128.0, shift: -127.5 / 128.0 },
    );
}

#[test]
fn the_expression_model_computes_what_its_operators_are_defined_to() {
    check("face_expression.onnx", 112, 112, Reading { places: [0, 1, 2], scale: 1.0, shift: 0.0 });
}

#[test]
fn a_size_that_a_model_does_not_take_is_refused() {
    let error = model("face_detection_yunet_2023mar.onnx").fit(50, 50).err().unwrap();
    assert!(error.to_string().contains("operator "), "{error}");
}

#[test]
fn a_picture_of_another_size_is_refused() {
    let reading = Reading { places: [0, 1, 2], scale: 1.0, shift: 0.0 };
    let plan = model("face_expression.onnx").fit(112, 112).unwrap().plan(reading).unwrap();
    assert!(matches!(plan.run(&[0; 5]), Err(Error::ModelInvalid { .. })));
}

#[test]
fn bytes_that_are_no_graph_are_refused() {
    for bytes in [&b""[..], b"not a model", &[0xff; 64]] {
        assert!(matches!(Graph::parse("detector", bytes), Err(Error::ModelInvalid { .. })), "{bytes:?}");
    }
}
