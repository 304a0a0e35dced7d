//! The dot products with rows of bytes against their definition. Imports its siblings.

use super::super::dot::WholeQuery;
use super::Dice;

/// Lengths that occur; the last is long enough for sums to be what bounds the numbers.
const LENGTHS: [usize; 3] = [128, 512, 4096];

pub(super) fn check_dots(dice: &mut Dice) -> Result<(), String> {
    let length = LENGTHS.get(dice.between(0, 6)).copied().unwrap_or_else(|| dice.between(1, 150));
    let mut query = dice.numbers(length);
    let rows = dice.between(0, 9);
    let mut bytes: Vec<i8> = (0..rows * length).map(|_| dice.byte()).collect();
    // The greatest sum of all: one number that is all of the query, or all of its numbers alike, with the greatest bytes.
    match dice.between(0, 4) {
        0 => bytes.fill(i8::MIN),
        1 => query.iter_mut().for_each(|number| *number = number.signum()),
        2 => query.iter_mut().zip(&bytes).for_each(|(number, byte)| *number = -f32::from(byte.signum())),
        _ => {}
    }
    let whole = WholeQuery::new(&query);
    let mut sums = vec![0; rows];
    whole.dots(&bytes, &mut sums);
    for (index, (sum, row)) in sums.iter().zip(bytes.chunks_exact(length)).enumerate() {
        let product = |(number, byte): (&i16, &i8)| i64::from(*number) * i64::from(*byte);
        let expected: i64 = whole.numbers().iter().zip(row).map(product).sum();
        if i64::from(*sum) != expected {
            return Err(format!("dot products, row {index} of {rows} of {length} bytes: {sum} is not {expected}"));
        }
        let exact: f64 = query.iter().zip(row).map(|(number, byte)| f64::from(*number) * f64::from(*byte)).sum();
        let row_length = row.iter().map(|byte| f64::from(*byte).powi(2)).sum::<f64>().sqrt();
        let off = (f64::from(*sum) * f64::from(whole.unit) - exact).abs();
        // Beside the rounding of the query there is that of the unit, which is one of an f32.
        let bound = f64::from(whole.error) * row_length + exact.abs() * f64::from(f32::EPSILON);
        if off > bound {
            return Err(format!(
                "dot products, row {index} of {rows} of {length} bytes: off by {off}, more than {bound}"
            ));
        }
    }
    Ok(())
}
