//! tract reads the file; every operator becomes a node of plain data. Imports `network`.

use tract_onnx::model::{Onnx, ParsingContext};
use tract_onnx::pb::NodeProto;
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::{
    EvalOp, InferenceOp, InferenceResult, InferenceRulesOp, Op, Solver, StaticName, TensorProxy, as_op, bail,
    not_a_typed_op, not_out_of_plan,
};

use crate::vision::network::{Array, Attributes, Graph, Node};

/// The operators that may be in a file: those that `network` knows something about.
const OPERATORS: [&str; 22] = [
    "Add",
    "AveragePool",
    "BatchNormalization",
    "Cast",
    "Conv",
    "Div",
    "Dropout",
    "Flatten",
    "Gemm",
    "GlobalAveragePool",
    "Identity",
    "MaxPool",
    "Mul",
    "PRelu",
    "Relu",
    "Reshape",
    "Resize",
    "Sigmoid",
    "Softmax",
    "Sub",
    "Transpose",
    "Upsample",
];

/// An operator as the file has it. It stands in tract's graph until the layers are made, and is never run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Operator {
    name: &'static str,
    attributes: Attributes,
}

/// Reads a file.
pub(super) fn read(mut bytes: &[u8]) -> TractResult<Graph> {
    let mut onnx = Onnx { ignore_value_info: true, ..Onnx::default() };
    for name in OPERATORS {
        onnx.op_register.insert(name, operator);
    }
    graph_of(&onnx.model_for_read(&mut bytes)?)
}

fn operator(_: &ParsingContext, node: &NodeProto) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    let name = OPERATORS.into_iter().find(|name| *name == node.op_type);
    let Some(name) = name else { bail!("operator {} is not known", node.op_type) };
    let mut attributes = Attributes::default();
    for attribute in &node.attribute {
        let name = || attribute.name.clone();
        let ints = if attribute.ints.is_empty() { vec![attribute.i] } else { attribute.ints.clone() };
        attributes.ints.push((name(), ints));
        attributes.floats.push((name(), attribute.f.to_bits()));
        attributes.words.push((name(), String::from_utf8_lossy(&attribute.s).into_owned()));
    }
    Ok((Box::new(Operator { name, attributes }), Vec::new()))
}

fn graph_of(model: &InferenceModel) -> TractResult<Graph> {
    let mut graph = Graph::default();
    // Every operator here has one output, so a value has the number of its node.
    for node in model.nodes() {
        if let Some(constant) = node.op_as::<tract_onnx::tract_hir::ops::konst::Const>() {
            graph.constants.insert(node.id, array_of(constant.val())?);
        } else if let Some(operator) = node.op_as::<Operator>() {
            let inputs = node.inputs.iter().map(|outlet| outlet.node).collect();
            let attributes = operator.attributes.clone();
            graph.nodes.push(Node { op: operator.name.to_owned(), inputs, output: node.id, attributes });
        } else if model.input_outlets()?.iter().all(|input| input.node != node.id) {
            bail!("operator {} is not known", node.op.name());
        }
    }
    let [input] = model.input_outlets()? else { bail!("it has not exactly one input") };
    graph.input = input.node;
    for output in model.output_outlets()? {
        let label = model.outlet_label(*output).unwrap_or_default().to_owned();
        graph.outputs.push((output.node, label));
    }
    Ok(graph)
}

fn array_of(tensor: &Tensor) -> TractResult<Array> {
    let is_bytes = tensor.datum_type() == i8::datum_type();
    let values = if is_bytes {
        // Weights in eight bits, most of a file: tract's own way from number to number is slow.
        tensor.try_as_plain_ram()?.as_slice::<i8>()?.iter().map(|value| f32::from(*value)).collect()
    } else {
        tensor.cast_to::<f32>()?.try_as_plain_ram()?.as_slice::<f32>()?.to_vec()
    };
    Ok(Array { shape: tensor.shape().to_vec(), values })
}

impl Op for Operator {
    fn name(&self) -> StaticName {
        self.name.into()
    }

    not_a_typed_op!();
}

impl EvalOp for Operator {
    not_out_of_plan!();
}

impl InferenceRulesOp for Operator {
    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        _: &mut Solver<'r>,
        _: &'p [TensorProxy],
        _: &'p [TensorProxy],
    ) -> InferenceResult {
        Ok(())
    }

    as_op!();
}
