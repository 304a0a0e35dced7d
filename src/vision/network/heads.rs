//! A detector's heads, computed together. Imports `kernels`.
//!
//! Heads of one, four and ten channels each fill blocks of eight, and each reads the whole picture: side by side they are one
//! convolution of sixteen.

use crate::kernels::{DepthwiseWeights, PointwiseWeights};

use super::layers::{Layer, Size, Step};

/// Where the three layers of a head are among the steps: pointwise, depthwise, and the output pixel by pixel.
type Head = [usize; 3];

/// The same steps, with one pair of convolutions for all heads of a picture. `read` is what the outputs are.
pub(super) fn beside(mut steps: Vec<Step>, read: &[usize]) -> Vec<Step> {
    let inputs: Vec<usize> = steps.iter().filter_map(|step| step.inputs.first().copied()).collect();
    for input in inputs {
        let heads: Vec<Head> = (0..steps.len()).filter_map(|at| head(&steps, read, input, at)).collect();
        if heads.len() > 1
            && let Some(together) = together(&steps, &heads)
        {
            steps = replaced(steps, &heads, together);
        }
    }
    steps
}

/// The head that begins there, if one does, and nobody else reads what is between its layers.
fn head(steps: &[Step], read: &[usize], input: usize, at: usize) -> Option<Head> {
    let first = steps.get(at)?;
    let Layer::Pointwise { weights, adds: false } = &first.layer else { return None };
    if first.inputs != [input] || weights.has_slopes() {
        return None;
    }
    let depthwise = only_reader(steps, read, first)?;
    let pixels = only_reader(steps, read, steps.get(depthwise)?)?;
    let is_depthwise = matches!(steps.get(depthwise)?.layer, Layer::Depthwise { .. });
    let is_output = matches!(steps.get(pixels)?.layer, Layer::Pixels { first: 0, .. });
    (is_depthwise && is_output).then_some([at, depthwise, pixels])
}

/// The only step that reads the only output of another.
fn only_reader(steps: &[Step], read: &[usize], of: &Step) -> Option<usize> {
    let [value] = of.outputs[..] else { return None };
    let mut readers = (0..steps.len()).filter(|at| steps.get(*at).is_some_and(|step| step.inputs.contains(&value)));
    readers.next().filter(|_| readers.next().is_none() && !read.contains(&value))
}

/// Both convolutions for all heads; None where the heads look differently.
fn together(steps: &[Step], heads: &[Head]) -> Option<[Step; 2]> {
    let channels = |at: usize| Some(steps.get(at)?.sizes.first()?.channels);
    let pointwise = heads.iter().map(|[at, ..]| match &steps.get(*at)?.layer {
        Layer::Pointwise { weights, .. } => Some((weights, channels(*at)?)),
        _ => None,
    });
    let depthwise = heads.iter().map(|[_, at, _]| match &steps.get(*at)?.layer {
        Layer::Depthwise { weights, .. } => Some((weights, channels(*at)?)),
        _ => None,
    });
    let [first, second, _] = *heads.first()?;
    let (first, second) = (steps.get(first)?, steps.get(second)?);
    let Layer::Depthwise { stride, top, .. } = second.layer else { return None };
    let others = heads.iter().filter_map(|[_, at, _]| steps.get(*at));
    let mut windows =
        others.map(|step| (step.layer.window().top, step.sizes.first().map(|size| (size.height, size.width))));
    let window = windows.next()?;
    if windows.any(|other| other != window) {
        return None;
    }
    let pointwise = PointwiseWeights::beside(&pointwise.collect::<Option<Vec<_>>>()?);
    let depthwise = DepthwiseWeights::beside(&depthwise.collect::<Option<Vec<_>>>()?)?;
    let total: usize = heads.iter().filter_map(|[at, ..]| channels(*at)).sum();
    let wide = |step: &Step| step.sizes.iter().map(|size| Size { channels: total, ..*size }).collect();
    Some([
        Step { layer: Layer::Pointwise { weights: pointwise, adds: false }, sizes: wide(first), ..first.clone() },
        Step { layer: Layer::Depthwise { weights: depthwise, stride, top }, sizes: wide(second), ..second.clone() },
    ])
}

/// The steps with those of the heads replaced; what the first head passed on is now what all do.
fn replaced(steps: Vec<Step>, heads: &[Head], together: [Step; 2]) -> Vec<Step> {
    let [_, depthwise] = &together;
    let value = depthwise.outputs.clone();
    let mut offsets = Vec::new();
    let mut next = 0;
    for [at, _, pixels] in heads {
        offsets.push((*pixels, next));
        next += steps.get(*at).and_then(|step| step.sizes.first()).map_or(0, |size| size.channels);
    }
    let first = heads.first().map(|[at, ..]| *at);
    let mut together = Some(together);
    let mut out = Vec::new();
    for (at, mut step) in steps.into_iter().enumerate() {
        if first == Some(at) {
            out.extend(together.take().into_iter().flatten());
        } else if let Some((_, offset)) = offsets.iter().find(|(pixels, _)| *pixels == at) {
            if let Layer::Pixels { first, .. } = &mut step.layer {
                *first = *offset;
            }
            step.inputs.clone_from(&value);
            out.push(step);
        } else if !heads.iter().any(|[pointwise, depthwise, _]| [*pointwise, *depthwise].contains(&at)) {
            out.push(step);
        }
    }
    out
}
