//! The only folder that names tract: ONNX bytes to a plan of our own operators, numbers in, numbers out. Imports `network`, `error`.

mod onnx;
mod operator;

use std::collections::HashMap;
use std::sync::Arc;

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::bail;

use crate::error::{Error, Result};

use super::network::{self, Network, Reading, Size};
use operator::LayerOp;

/// A parsed ONNX graph, from which plans for different input shapes are made.
pub(super) struct Graph {
    name: &'static str,
    parsed: network::Graph,
}

/// The layers of a graph for one size of input.
pub(super) struct Fitted {
    name: &'static str,
    network: Network,
}

/// A graph made into layers for one size of input and ready to run. Cheap to clone, shared by threads.
#[derive(Clone)]
pub(super) struct Plan {
    name: &'static str,
    shape: Vec<usize>,
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
        let mut parsed = onnx::read(onnx).map_err(|e| invalid(name, &e))?;
        parsed.fold_constants().map_err(|reason| Error::ModelInvalid { model: name.to_owned(), reason })?;
        Ok(Self { name, parsed })
    }

    /// Makes the graph into layers for pictures of one size.
    ///
    /// # Errors
    /// `ModelInvalid` when the graph has an operator that has no kernel, or does not fit that size.
    pub(super) fn fit(&self, height: usize, width: usize) -> Result<Fitted> {
        let network = network::compile(&self.parsed, height, width);
        let network = network.map_err(|reason| Error::ModelInvalid { model: self.name.to_owned(), reason })?;
        Ok(Fitted { name: self.name, network })
    }
}

impl Fitted {
    /// How many numbers each output has.
    pub(super) fn output_lengths(&self) -> Vec<usize> {
        self.network.outputs.iter().map(|(_, _, size)| size.channels * size.height * size.width).collect()
    }

    /// Ready for `[height][width][3]` bytes, which are read as `reading` says.
    ///
    /// # Errors
    /// `ModelInvalid` when the first layer does not read a picture of three channels.
    pub(super) fn plan(self, reading: Reading) -> Result<Plan> {
        let Self { name, network } = self;
        let Size { height, width, .. } = network.input_size;
        let network = network.of_pixels(reading);
        let network = network.map_err(|reason| Error::ModelInvalid { model: name.to_owned(), reason })?;
        Self { name, network }.wired(u8::datum_type(), vec![height, width, 3])
    }

    /// Ready for `[1, 3, height, width]` numbers.
    ///
    /// # Errors
    /// `ModelInvalid` when tract refuses the layers.
    #[cfg(any(test, feature = "bench"))]
    pub(super) fn plan_numbers(self) -> Result<Plan> {
        let Size { height, width, .. } = self.network.input_size;
        self.wired(f32::datum_type(), vec![1, 3, height, width])
    }

    fn wired(self, datum: DatumType, shape: Vec<usize>) -> Result<Plan> {
        let build = || wired(self.network, datum.fact(&shape))?.into_runnable();
        let runnable = build().map_err(|e| invalid(self.name, &e))?;
        Ok(Plan { name: self.name, shape, runnable })
    }
}

impl Plan {
    /// Runs the plan on one picture of its size, row-major.
    ///
    /// # Errors
    /// `ModelInvalid` when the picture has another size or the run fails.
    pub(super) fn run(&self, pixels: &[u8]) -> Result<Vec<Output>> {
        self.run_on(Tensor::from_shape(&self.shape, pixels))
    }

    /// Runs the plan on the numbers that `fill` writes; it answers whether there are as many.
    ///
    /// # Errors
    /// `ModelInvalid` when there are not, or the run fails.
    #[cfg(any(test, feature = "bench"))]
    pub(super) fn run_numbers(&self, fill: impl FnOnce(&mut [f32]) -> bool) -> Result<Vec<Output>> {
        self.run_on(Tensor::zero::<f32>(&self.shape).and_then(|mut input| {
            if !fill(input.try_as_plain_ram_mut()?.as_slice_mut()?) {
                bail!("an input of another length than {:?}", self.shape);
            }
            Ok(input)
        }))
    }

    fn run_on(&self, input: TractResult<Tensor>) -> Result<Vec<Output>> {
        let run = || -> TractResult<Vec<Output>> {
            let names = self.runnable.model().outputs.iter();
            let names = names.map(|o| self.output_name(*o)).collect::<Vec<_>>();
            let results = self.runnable.run(tvec!(input?.into()))?;
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
fn wired(network: Network, input: TypedFact) -> TractResult<TypedModel> {
    let mut model = TypedModel::default();
    let mut values = HashMap::new();
    values.insert(network.input, (model.add_source("input", input)?, network.input_size));
    for (at, step) in network.steps.into_iter().enumerate() {
        let inputs = step.inputs.iter().map(|value| values.get(value).copied()).collect::<Option<Vec<_>>>();
        let Some(inputs) = inputs else { bail!("a value before it is computed") };
        let (outlets, inputs): (Vec<_>, Vec<_>) = inputs.into_iter().unzip();
        let op = LayerOp { layer: Arc::new(step.layer), inputs, outputs: step.sizes.clone() };
        let wires = model.wire_node(format!("layer {at}"), op, &outlets)?;
        values.extend(step.outputs.into_iter().zip(wires.into_iter().zip(step.sizes)));
    }
    let mut outputs = Vec::new();
    for (value, name, _) in network.outputs {
        let Some((outlet, _)) = values.get(&value).copied() else { bail!("output {name} is not computed") };
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
mod tests;
