//! What the kernels of JPEGs compute: against their definitions, and the same number by number as the scalar twin.

use super::Dice;
use crate::kernels::{BLOCK_SUM_MAX, ON_TWIN, inverse_dct, mix_rows, on_twin, widen_row, ycc_to_rgb};

pub(super) fn check_pixels(dice: &mut Dice) -> Result<(), String> {
    check_inverse_dct(dice)?;
    let length = dice.between(17, 80);
    let [near, far, other] = [0; 3].map(|_| bytes(dice, length));
    let mut mixed = vec![0; length];
    mix_rows(&near, &far, &mut mixed);
    compare("mixed row", &mixed, |at| blend(near[at], far[at]))?;
    let mut wide = vec![0; 2 * length];
    widen_row(&near, &mut wide);
    let beside = |at: usize| {
        let there = if at.is_multiple_of(2) { (at / 2).saturating_sub(1) } else { (at / 2 + 1).min(length - 1) };
        blend(near[at / 2], near[there])
    };
    compare("widened row", &wide, beside)?;
    let pixels = dice.between(16, length + 1);
    let mut rgb = vec![0; 3 * pixels];
    ycc_to_rgb(&near, &far, &other, &mut rgb);
    compare("colours", &rgb, |at| {
        let [y, blue, red] = [i32::from(near[at / 3]), i32::from(far[at / 3]) - 128, i32::from(other[at / 3]) - 128];
        let of_colour = [red * 22970, red * -11700 + blue * -5638, blue * 29032][at % 3];
        u8::try_from((((y << 14) + of_colour + (1 << 13) - 1) >> 14).clamp(0, 255)).unwrap_or(0)
    })
}

fn check_inverse_dct(dice: &mut Dice) -> Result<(), String> {
    let mut block = [0_i16; 64];
    let mut rest = i64::try_from(BLOCK_SUM_MAX).unwrap_or(0);
    for _ in 0..dice.between(0, 64) {
        let most = [20, 200, 6000][dice.between(0, 3)].min(rest);
        let value = i16::from_le_bytes([dice.byte().cast_unsigned(), dice.byte().cast_unsigned()]) % 6000;
        let value = i16::try_from(i64::from(value) % (most + 1)).unwrap_or(0);
        let place = dice.between(0, 64);
        rest -= i64::from((value - block[place]).unsigned_abs());
        if rest < 0 {
            break;
        }
        block[place] = value;
    }
    let stride = dice.between(8, 20);
    let mut found = vec![0; 8 * stride];
    inverse_dct(&block, &mut found, stride);
    let was_on_twin = ON_TWIN.get();
    on_twin(true);
    let mut same = vec![0; 8 * stride];
    inverse_dct(&block, &mut same, stride);
    on_twin(was_on_twin);
    compare("inverse cosine transform on the twin", &found, |at| same[at])?;
    for (y, x) in (0..8_u8).flat_map(|y| (0..8_u8).map(move |x| (y, x))) {
        let cosine = |at: u8, k: u8| {
            let scale = if k == 0 { std::f64::consts::FRAC_1_SQRT_2 } else { 1.0 };
            scale * (f64::from(2 * at + 1) * f64::from(k) * std::f64::consts::PI / 16.0).cos()
        };
        let places = (0..8_u8).flat_map(|v| (0..8_u8).map(move |u| (v, u)));
        let sum: f64 = places.zip(block).map(|((v, u), value)| f64::from(value) * cosine(y, v) * cosine(x, u)).sum();
        let expected = (sum / 4.0 + 128.0).clamp(0.0, 255.0);
        let found = f64::from(found[usize::from(y) * stride + usize::from(x)]);
        // Factors have twelve bits, so a large sum is off by more than rounding.
        if (found - expected).abs() > 2.0 {
            return Err(format!("inverse cosine transform, row {y}, pixel {x}: {found} is not {expected}"));
        }
    }
    Ok(())
}

fn bytes(dice: &mut Dice, count: usize) -> Vec<u8> {
    (0..count).map(|_| dice.byte().cast_unsigned()).collect()
}

fn blend(near: u8, far: u8) -> u8 {
    u8::try_from((3 * u16::from(near) + u16::from(far) + 2) >> 2).unwrap_or(0)
}

fn compare(kernel: &str, found: &[u8], expected: impl Fn(usize) -> u8) -> Result<(), String> {
    match found.iter().enumerate().find(|(at, byte)| **byte != expected(*at)) {
        Some((at, byte)) => Err(format!("{kernel}, number {at} of {}: {byte} is not {}", found.len(), expected(at))),
        None => Ok(()),
    }
}
