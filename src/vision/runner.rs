//! One model by itself, numbers in, numbers out: for comparisons with other runtimes. Imports `error`.

use crate::error::Result;

use super::model::{Graph, Plan};

/// A model that was made ready for one input size. Compiled for the feature `bench` only.
pub struct ModelRunner {
    plan: Plan,
}

impl ModelRunner {
    /// Reads an ONNX file and prepares it for a `[1, 3, height, width]` input of numbers.
    ///
    /// # Errors
    /// `ModelInvalid` when it is not a graph that runs here.
    pub fn new(onnx: &[u8], height: usize, width: usize) -> Result<Self> {
        Ok(Self { plan: Graph::parse("model", onnx)?.fit(height, width)?.plan_numbers()? })
    }

    /// The outputs in row-major order, by name, in the order of the file, for the input that `fill` writes; it answers whether it has as many
    /// numbers.
    ///
    /// # Errors
    /// `ModelInvalid` when it has not, or the run fails.
    pub fn run(&self, fill: impl FnOnce(&mut [f32]) -> bool) -> Result<Vec<(String, Vec<f32>)>> {
        Ok(self.plan.run_numbers(fill)?.into_iter().map(|output| (output.name, output.values)).collect())
    }
}
