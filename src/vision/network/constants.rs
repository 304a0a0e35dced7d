//! Arithmetic on constants, done once for all sizes of input: weights that are stored in few bits become f32. Imports nothing but its siblings.

use std::collections::HashMap;

use super::graph::{Array, Graph, Node};

impl Graph {
    /// Adds the constants that follow from others, and drops those that nobody else reads.
    ///
    /// # Errors
    /// Two constants whose shapes do not fit.
    pub(crate) fn fold_constants(&mut self) -> Result<(), String> {
        let mut readers: HashMap<usize, usize> = HashMap::new();
        let outputs = self.outputs.iter().map(|(value, _)| value);
        for value in self.nodes.iter().flat_map(|node| &node.inputs).chain(outputs) {
            *readers.entry(*value).or_default() += 1;
        }
        self.is_folded = vec![false; self.nodes.len()];
        for (node, is_folded) in self.nodes.iter().zip(&mut self.is_folded) {
            let is_only = |value: &usize| readers.get(value) == Some(&1);
            if let Some(value) = folded(&mut self.constants, node, is_only)? {
                self.constants.retain(|constant, _| !(node.inputs.contains(constant) && is_only(constant)));
                self.constants.insert(node.output, value);
                *is_folded = true;
            }
        }
        Ok(())
    }
}

/// The value of a node whose inputs are all constants.
fn folded(
    constants: &mut HashMap<usize, Array>,
    node: &Node,
    is_only: impl Fn(&usize) -> bool,
) -> Result<Option<Array>, String> {
    let misfit = || "shapes that do not fit".to_owned();
    match (node.op.as_str(), node.inputs.as_slice()) {
        // Constants are f32 already.
        ("Cast" | "Identity", [only]) if is_only(only) => Ok(constants.remove(only)),
        ("Cast" | "Identity", [only]) => Ok(constants.get(only).cloned()),
        (op @ ("Add" | "Mul"), [a, b]) => {
            let (Some(a), Some(b)) = (constants.get(a), constants.get(b)) else { return Ok(None) };
            let value = if op == "Add" { a.zip(b, |a, b| a + b) } else { a.zip(b, |a, b| a * b) };
            value.ok_or_else(misfit).map(Some)
        }
        _ => Ok(None),
    }
}
