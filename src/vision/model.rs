//! The only file that names tract: ONNX bytes to a plan, numbers in, numbers out. Imports `error`.

use std::sync::Arc;

use tract_onnx::prelude::*;

use crate::error::{Error, Result};

/// A parsed ONNX graph, from which plans for different input shapes are made.
pub(super) struct Graph {
    name: &'static str,
    parsed: InferenceModel,
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
        let mut bytes = onnx;
        // The shapes that the exporter wrote down belong to its own input size; they are inferred anew for each plan.
        let reader = tract_onnx::onnx().with_ignore_value_info(true).with_ignore_output_shapes(true);
        let parsed = reader.model_for_read(&mut bytes).map_err(|e| invalid(name, &e))?;
        Ok(Self { name, parsed })
    }

    /// Optimises the graph for one `[N, C, H, W]` f32 input.
    ///
    /// # Errors
    /// `ModelInvalid` when the graph does not fit that shape.
    pub(super) fn plan(&self, shape: [usize; 4]) -> Result<Plan> {
        let build = || -> TractResult<Arc<TypedRunnableModel>> {
            let model = self.parsed.clone().with_input_fact(0, f32::fact(shape).into())?;
            model.into_optimized()?.into_runnable()
        };
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

fn invalid(model: &str, error: &TractError) -> Error {
    Error::ModelInvalid { model: model.to_owned(), reason: format!("{error:#}") }
}
