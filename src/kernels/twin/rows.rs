//! What the sums of rows are, against their definition.

use super::Dice;
use crate::kernels::sum_rows;

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
    Ok(())
}
