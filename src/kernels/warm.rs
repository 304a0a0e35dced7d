//! Runs the kernels of the networks over numbers of no meaning. Imports its siblings.
//!
//! Browsers compile WebAssembly twice: fast at first, and well only what has run for a while. A first photo on the fast code takes three times
//! as long as any other. So the kernels run for a few milliseconds while the models are still on their way, and their good code is there, or
//! nearly, when the first photo is.

use super::depthwise::{DepthwiseWeights, depthwise_row};
use super::pairs::{add_doubled_row, max_pool_row};
use super::patch::{PatchWeights, patch_row};
use super::pointwise::{PointwiseWeights, Residual, pointwise};
use super::{BLOCK, Planes, PlanesMut, blocks_of};

const CHANNELS: usize = 64;
/// A multiple of what tiles have, and some more for those that are not whole.
const PIXELS: usize = 161;
/// How often. Found by trying: more gains nothing for the first photo.
const POINTWISE: usize = 6;
const ROWS: usize = 30;

/// Runs each kernel some thousand times as often as makes it worth compiling well.
pub(crate) fn warm_up() {
    let block = PIXELS * BLOCK;
    let values = vec![0.5; blocks_of(CHANNELS) * block];
    let mut made = vec![0.0; values.len()];
    let (numbers, bias) = (vec![0.25; CHANNELS * CHANNELS], vec![0.0; CHANNELS]);
    let input = Planes { values: &values, block };
    let weights = PointwiseWeights::new(&numbers, CHANNELS, &bias, Some(&bias));
    for _ in 0..POINTWISE {
        let output = PlanesMut { values: &mut made, block };
        pointwise(&weights, PIXELS, input, Residual { add: Some(input), sum: None }, output);
    }
    let weights = DepthwiseWeights::new(&numbers[..CHANNELS * 9], &bias, Some(&bias), 1, 1);
    for _ in 0..ROWS {
        depthwise_row(&weights, [Some(input); 3], PIXELS, PIXELS, PlanesMut { values: &mut made, block });
    }
    let weights = PatchWeights::new(&numbers[..16 * 27], &bias[..16], Some(&bias[..16]), 2);
    let row = vec![0.5; weights.width_in(PIXELS) * 3];
    for _ in 0..ROWS {
        patch_row(&weights, [&row; 3], PIXELS, PlanesMut { values: &mut made, block });
    }
    for _ in 0..ROWS {
        max_pool_row(blocks_of(CHANNELS), PIXELS / 2, input, input, PlanesMut { values: &mut made, block });
        add_doubled_row(blocks_of(CHANNELS), PIXELS / 2, input, input, PlanesMut { values: &mut made, block });
    }
}
