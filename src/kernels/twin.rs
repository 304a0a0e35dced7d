//! Each kernel against the definition of what it computes, on the lanes of this machine and on the scalar twin. Imports its siblings.
//!
//! Natively a property test asks for many seeds; the browser's tests ask for some in each build. Nothing else calls this.

mod dot;
mod pairs;
mod pixels;
mod rows;

use super::{
    BLOCK, DepthwiseWeights, PatchWeights, Planes, PlanesMut, PointwiseWeights, Residual, blocks_of, depthwise_row,
    patch_row, pointwise,
};

/// The next numbers that look random.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// From `low` to below `high`.
    fn between(&mut self, low: usize, high: usize) -> usize {
        low + usize::try_from(self.next()).unwrap_or(0) % (high - low)
    }

    /// Numbers from -1 to 1.
    fn numbers(&mut self, count: usize) -> Vec<f32> {
        let mut one = || f32::from(u16::try_from(self.next() & 0xffff).unwrap_or(0)) / 32768.0 - 1.0;
        (0..count).map(|_| one()).collect()
    }

    /// Any byte.
    fn byte(&mut self) -> i8 {
        self.next().to_le_bytes()[0].cast_signed()
    }

    /// Slopes, half of the time.
    fn slopes(&mut self, count: usize) -> Option<Vec<f32>> {
        self.next().is_multiple_of(2).then(|| self.numbers(count))
    }
}

/// Where a channel's pixel is.
fn place(channel: usize, pixel: usize, block: usize) -> usize {
    channel / BLOCK * block + pixel * BLOCK + channel % BLOCK
}

fn bent(value: f32, slopes: Option<&Vec<f32>>, channel: usize) -> f32 {
    slopes.map_or(value, |slopes| value.max(0.0) + slopes[channel] * value.min(0.0))
}

/// Whether all channels and pixels are near what they should be.
fn compare(
    kernel: &str,
    found: &[f32],
    block: usize,
    expected: impl Fn(usize, usize) -> f32,
    size: [usize; 2],
) -> Result<(), String> {
    let [channels, pixels] = size;
    for (channel, pixel) in (0..channels).flat_map(|c| (0..pixels).map(move |p| (c, p))) {
        let (found, expected) = (found[place(channel, pixel, block)], expected(channel, pixel));
        // Not a number is not near, either.
        let is_near = (found - expected).abs() < 1e-4 * expected.abs().max(1.0);
        if !is_near {
            return Err(format!(
                "{kernel}, channel {channel} of {channels}, pixel {pixel} of {pixels}: {found} is not {expected}"
            ));
        }
    }
    Ok(())
}

/// Runs every kernel once on shapes and numbers that follow from the seed.
///
/// # Errors
/// Which number of which kernel is not what it should be.
pub fn agree(seed: u64) -> Result<(), String> {
    for is_plain in [false, true] {
        super::on_twin(is_plain);
        let mut dice = Dice(seed);
        let outcome = check_pointwise(&mut dice)
            .and_then(|()| check_depthwise(&mut dice))
            .and_then(|()| check_patch(&mut dice))
            .and_then(|()| pairs::check_pairs(&mut dice))
            .and_then(|()| rows::check_rows(&mut dice))
            .and_then(|()| pixels::check_pixels(&mut dice))
            .and_then(|()| dot::check_dots(&mut dice));
        super::on_twin(false);
        outcome
            .map_err(|reason| format!("{reason} ({}, seed {seed})", if is_plain { "scalar twin" } else { "lanes" }))?;
    }
    Ok(())
}

fn check_pointwise(dice: &mut Dice) -> Result<(), String> {
    let [channels_in, channels_out, pixels] = [dice.between(1, 40), dice.between(1, 40), dice.between(1, 30)];
    // Blocks need not follow one another at once.
    let [block_in, block_out] = [0; 2].map(|_: usize| (pixels + dice.between(0, 3)) * BLOCK);
    let weights = dice.numbers(channels_in * channels_out);
    let bias = dice.numbers(channels_out);
    let slopes = dice.slopes(channels_out);
    let input = dice.numbers(blocks_of(channels_in) * block_in);
    let add = dice.numbers(blocks_of(channels_out) * block_out);
    let is_added = dice.next().is_multiple_of(2);
    let mut output = vec![f32::NAN; blocks_of(channels_out) * block_out];
    let mut sum = output.clone();
    let packed = PointwiseWeights::new(&weights, channels_in, &bias, slopes.as_deref());
    let residual = Residual {
        add: is_added.then_some(Planes { values: &add, block: block_out }),
        sum: Some(PlanesMut { values: &mut sum, block: block_out }),
    };
    let to = PlanesMut { values: &mut output, block: block_out };
    pointwise(&packed, pixels, Planes { values: &input, block: block_in }, residual, to);
    let expected = |channel: usize, pixel: usize| {
        let row = &weights[channel * channels_in..(channel + 1) * channels_in];
        let product: f32 = row.iter().enumerate().map(|(c, w)| w * input[place(c, pixel, block_in)]).sum();
        bias[channel] + product + if is_added { add[place(channel, pixel, block_out)] } else { 0.0 }
    };
    let size = [channels_out, pixels];
    compare("pointwise, sum", &sum, block_out, expected, size)?;
    compare("pointwise", &output, block_out, |c, p| bent(expected(c, p), slopes.as_ref(), c), size)
}

fn check_depthwise(dice: &mut Dice) -> Result<(), String> {
    let [channels, width_in, stride] = [dice.between(1, 20), dice.between(3, 30), dice.between(1, 3)];
    let pads = [dice.between(0, 2), dice.between(0, 2)];
    let [left, right] = pads;
    let width_out = (width_in + left + right - 3) / stride + 1;
    let (block_in, block_out) = (width_in * BLOCK, (width_out + dice.between(0, 3)) * BLOCK);
    let (weights, bias) = (dice.numbers(channels * 9), dice.numbers(channels));
    let slopes = dice.slopes(channels);
    let rows: Vec<Vec<f32>> = (0..3).map(|_| dice.numbers(blocks_of(channels) * block_in)).collect();
    let missing = dice.between(0, 4);
    let mut output = vec![f32::NAN; blocks_of(channels) * block_out];
    let packed = DepthwiseWeights::new(&weights, &bias, slopes.as_deref(), stride, left);
    let given = [0, 1, 2].map(|r| (r != missing).then_some(Planes { values: &rows[r], block: block_in }));
    depthwise_row(&packed, given, width_in, width_out, PlanesMut { values: &mut output, block: block_out });
    let expected = |channel: usize, x: usize| {
        let mut sum = bias[channel];
        for (r, k) in (0..3).flat_map(|r| (0..3).map(move |k| (r, k))) {
            let column = (x * stride + k).checked_sub(left).filter(|column| *column < width_in && r != missing);
            sum += column.map_or(0.0, |column| rows[r][place(channel, column, block_in)])
                * weights[channel * 9 + r * 3 + k];
        }
        bent(sum, slopes.as_ref(), channel)
    };
    compare("depthwise", &output, block_out, expected, [channels, width_out])
}

fn check_patch(dice: &mut Dice) -> Result<(), String> {
    let [channels, width, stride] = [dice.between(1, 40), dice.between(1, 30), dice.between(1, 3)];
    let (weights, bias) = (dice.numbers(channels * 27), dice.numbers(channels));
    let slopes = dice.slopes(channels);
    let packed = PatchWeights::new(&weights, &bias, slopes.as_deref(), stride);
    let rows: [Vec<f32>; 3] = std::array::from_fn(|_| dice.numbers(packed.width_in(width) * 3));
    let block = width * BLOCK;
    let mut output = vec![f32::NAN; blocks_of(channels) * block];
    let seen = rows.each_ref().map(Vec::as_slice);
    patch_row(&packed, seen, width, PlanesMut { values: &mut output, block });
    let expected = |channel: usize, x: usize| {
        let mut sum = bias[channel];
        for at in 0..27 {
            let (c, r, k) = (at / 9, at / 3 % 3, at % 3);
            sum += rows[r][(x * stride + k) * 3 + c] * weights[channel * 27 + at];
        }
        bent(sum, slopes.as_ref(), channel)
    };
    compare("first convolution", &output, block, expected, [channels, width])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn kernels_compute_what_they_are_defined_to(seed in any::<u64>()) {
            prop_assert_eq!(agree(seed), Ok(()));
        }
    }
}
