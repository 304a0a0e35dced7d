//! Which layers are made row by row together. Imports nothing but its siblings.

use std::collections::HashMap;

use super::chain::Chain;
use super::layers::{Layer, Size, Step};

/// Pictures of more numbers than this are not written between two layers: with the weights they would not stay in the cache.
const KEPT_NUMBERS: usize = 32 * 1024;

/// The same layers, those together that pass a large picture to one another and to nobody else. `read` is what the outputs are.
pub(super) fn chained(steps: Vec<Step>, sizes: &HashMap<usize, Size>, read: &[usize]) -> Vec<Step> {
    let mut readers: HashMap<usize, usize> = HashMap::new();
    for value in steps.iter().flat_map(|step| &step.inputs).chain(read).chain(read) {
        *readers.entry(*value).or_default() += 1;
    }
    let mut out: Vec<Step> = Vec::new();
    for step in steps {
        let before = step.inputs.first().and_then(|main| {
            let is_ours = |earlier: &Step| earlier.outputs.as_slice() == [*main] && is_by_rows(&earlier.layer);
            let is_large = sizes.get(main).is_some_and(|size| size.numbers() > KEPT_NUMBERS);
            let is_only = readers.get(main) == Some(&1);
            (is_large && is_only && step.layer.is_by_rows() && pays(&step, sizes))
                .then(|| out.iter().position(is_ours))
                .flatten()
        });
        let step = match before {
            Some(at) => joined(out.remove(at), step, sizes),
            None => step,
        };
        out.push(step);
    }
    out.into_iter().map(|step| if step.layer.is_by_rows_only() { alone(step, sizes) } else { step }).collect()
}

/// A chain of one layer.
fn alone(step: Step, sizes: &HashMap<usize, Size>) -> Step {
    let size = |value: Option<&usize>| value.and_then(|value| sizes.get(value)).copied();
    let (Some(from), Some(to)) = (size(step.inputs.first()), size(step.outputs.first())) else { return step };
    let add = step.inputs.get(1).map(|_| 1);
    Step { layer: Layer::Chain(Chain::new(step.layer, from, to, add)), ..step }
}

/// Whether reading the weights again for every row costs less than writing the picture between and reading it again.
fn pays(step: &Step, sizes: &HashMap<usize, Size>) -> bool {
    let size = |value: Option<&usize>| value.and_then(|value| sizes.get(value)).copied();
    let (Some(from), Some(to)) = (size(step.inputs.first()), size(step.outputs.first())) else { return false };
    match step.layer {
        Layer::Pointwise { .. } => from.channels * to.channels < 4 * from.channels * from.width,
        _ => true,
    }
}

fn is_by_rows(layer: &Layer) -> bool {
    layer.is_by_rows() || matches!(layer, Layer::Chain(_))
}

fn joined(earlier: Step, later: Step, sizes: &HashMap<usize, Size>) -> Step {
    let none = Size { channels: 0, height: 0, width: 0 };
    let size = |value: Option<&usize>| value.and_then(|value| sizes.get(value)).copied().unwrap_or(none);
    let mut inputs = earlier.inputs;
    let (from, between) = (size(inputs.first()), size(earlier.outputs.first()));
    let mut chain = match earlier.layer {
        Layer::Chain(chain) => chain,
        layer => {
            let add = inputs.get(1).map(|_| 1);
            Chain::new(layer, from, between, add)
        }
    };
    let add = later.inputs.get(1).map(|_| inputs.len());
    inputs.extend(later.inputs.iter().skip(1));
    chain.push(later.layer, between, size(later.outputs.first()), add);
    Step { layer: Layer::Chain(chain), inputs, outputs: later.outputs, sizes: later.sizes }
}
