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
        let outputs = self.outputs.iter().map(|size| Tensor::zero::<f32>(&[self.layer.numbers(*size)]));
        let mut outputs = outputs.collect::<TractResult<TVec<_>>>()?;
        let views = outputs.iter_mut().map(Tensor::try_as_plain_ram_mut);
        let mut views = views.collect::<TractResult<Vec<_>>>()?;
        let slices = views.iter_mut().map(|view| view.as_slice_mut());
        let mut slices = slices.collect::<TractResult<Vec<&mut [f32]>>>()?;
        self.layer.run(&inputs, &mut slices, &self.outputs);
        drop(slices);
        drop(views);
        Ok(outputs.into_iter().map(IntoTValue::into_tvalue).collect())
    }

    not_out_of_plan!();
}

impl TypedOp for LayerOp {
    fn output_facts(&self, _: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(self.outputs.iter().map(|size| f32::fact([self.layer.numbers(*size)])).collect())
    }

    as_op!();
}
