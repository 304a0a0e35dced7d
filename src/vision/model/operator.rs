//! A layer of ours as an operator of tract's. Imports `network`.

use std::sync::Arc;

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::{
    EvalContext, EvalOp, Op, StaticName, TypedOp, as_op, not_out_of_plan, op_as_typed_op,
};

use crate::vision::network::{Layer, Size, Values};

/// A layer for pictures of one size.
#[derive(Debug, Clone)]
pub(super) struct LayerOp {
    pub layer: Arc<Layer>,
    pub inputs: Vec<Size>,
    pub outputs: Vec<Size>,
}

impl PartialEq for LayerOp {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.layer, &other.layer)
    }
}

impl Eq for LayerOp {}

impl Op for LayerOp {
    fn name(&self) -> StaticName {
        "visavis".into()
    }

    op_as_typed_op!();
}

impl EvalOp for LayerOp {
    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let views = inputs.iter().map(|input| input.try_as_plain_ram()).collect::<TractResult<Vec<_>>>()?;
        let values = inputs.iter().zip(&views).map(|(input, view)| {
            let is_bytes = input.datum_type() == u8::datum_type();
            Ok(if is_bytes { Values::Pixels(view.as_slice()?) } else { Values::Numbers(view.as_slice()?) })
        });
        let values = values.collect::<TractResult<Vec<_>>>()?;
        let inputs: Vec<(Values<'_>, Size)> = values.into_iter().zip(self.inputs.iter().copied()).collect();
        let mut outputs: Vec<Vec<f32>> = self.outputs.iter().map(|size| vec![0.0; self.layer.numbers(*size)]).collect();
        let mut slices: Vec<&mut [f32]> = outputs.iter_mut().map(Vec::as_mut_slice).collect();
        self.layer.run(&inputs, &mut slices, &self.outputs);
        Ok(outputs.into_iter().map(|values| Tensor::from(tract_ndarray::Array1::from(values)).into_tvalue()).collect())
    }

    not_out_of_plan!();
}

impl TypedOp for LayerOp {
    fn output_facts(&self, _: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(self.outputs.iter().map(|size| f32::fact([self.layer.numbers(*size)])).collect())
    }

    as_op!();
}
