//! What the sums of rows and their bytes are, against their definition.

use super::Dice;
use crate::kernels::rows::to_byte;
use crate::kernels::{round_row, sum_rows};

pub(super) fn check_rows(dice: &mut Dice) -> Result<(), String> {
    let [count, length] = [dice.between(1, 6), dice.between(0, 100)];
    let rows: Vec<Vec<u8>> = (0..count).map(|_| (0..length).map(|_| dice.byte().cast_unsigned()).collect()).collect();
    let weights = dice.numbers(count);
    let mut sums = vec![f32::NAN; length];
    let weighted: Vec<(&[u8], f32)> = rows.iter().map(Vec::as_slice).zip(weights).collect();
    sum_rows(&weighted, &mut sums);
    for (at, found) in sums.iter().enumerate() {
        let expected: f32 = weighted.iter().map(|(row, weight)| f32::from(row[at]) * weight).sum();
        let is_near = (found - expected).abs() < 1e-3;
        if !is_near {
            return Err(format!("sum of {count} rows, number {at} of {length}: {found} is not {expected}"));
        }
    }
    let values: Vec<f32> = dice.numbers(length).into_iter().map(|value| value.mul_add(140.0, 128.0)).collect();
    // Halves, too, which are rounded up.
    let values: Vec<f32> = values.into_iter().map(|v| if v < 60.0 { (2.0 * v).round() / 2.0 } else { v }).collect();
    let mut bytes = vec![0; length];
    round_row(&values, &mut bytes);
    for (value, byte) in values.into_iter().zip(bytes) {
        if to_byte(value) != byte {
            return Err(format!("the byte of {value}: {byte} is not {}", to_byte(value)));
        }
    }
    Ok(())
}
