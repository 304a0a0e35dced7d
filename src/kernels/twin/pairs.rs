//! What the kernels between a picture and its half compute, against their definitions.

use super::{BLOCK, Dice, Planes, PlanesMut, blocks_of, compare, place};
use crate::kernels::{add_doubled_row, max_pool_row};

pub(super) fn check_pairs(dice: &mut Dice) -> Result<(), String> {
    let [channels, half] = [dice.between(1, 30), dice.between(1, 30)];
    let blocks = blocks_of(channels);
    let [of_whole, of_half] = [2 * half, half].map(|width| (width + dice.between(0, 3)) * BLOCK);
    let [upper, lower] = [0; 2].map(|_| dice.numbers(blocks * of_whole));
    let smaller = dice.numbers(blocks * of_half);
    let planes = |values, block| Planes { values, block };

    let mut output = vec![f32::NAN; blocks * of_half];
    let to = PlanesMut { values: &mut output, block: of_half };
    max_pool_row(blocks, half, planes(&upper, of_whole), planes(&lower, of_whole), to);
    let largest = |channel: usize, x: usize| {
        let places = [2 * x, 2 * x + 1].map(|x| place(channel, x, of_whole));
        [&upper, &lower].into_iter().flat_map(|row| places.map(|at| row[at])).fold(f32::MIN, f32::max)
    };
    compare("largest of two by two", &output, of_half, largest, [channels, half])?;

    let mut output = vec![f32::NAN; blocks * of_whole];
    let to = PlanesMut { values: &mut output, block: of_whole };
    add_doubled_row(blocks, 2 * half, planes(&upper, of_whole), planes(&smaller, of_half), to);
    let sum = |channel: usize, x: usize| upper[place(channel, x, of_whole)] + smaller[place(channel, x / 2, of_half)];
    compare("sum with half the size", &output, of_whole, sum, [channels, 2 * half])
}
