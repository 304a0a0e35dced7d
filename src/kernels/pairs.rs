//! Between a picture and one of half its size, a row at a time: the largest of two by two pixels, and a sum. Imports nothing but its siblings.

use super::vector::Vector;
use super::{BLOCK, Kernel, Planes, PlanesMut, launch};

/// Makes one row of `width` pixels, each the largest of two by two of the rows that are twice as long.
pub(crate) fn max_pool_row(blocks: usize, width: usize, upper: Planes<'_>, lower: Planes<'_>, output: PlanesMut<'_>) {
    let rows = [upper, lower];
    assert!(
        rows.iter().all(|row| row.values.len() >= reach(blocks, row.block, 2 * width)),
        "each row has two pixels for each of the output"
    );
    assert!(output.values.len() >= reach(blocks, output.block, width), "the output has all pixels of all blocks");
    launch(MaxPool { blocks, width, rows, output });
}

/// Makes one row of `width` pixels, an even number: those of `plain`, and to each two of them the same one of `half`.
pub(crate) fn add_doubled_row(blocks: usize, width: usize, plain: Planes<'_>, half: Planes<'_>, output: PlanesMut<'_>) {
    assert!(width.is_multiple_of(2), "two pixels for each of the half");
    assert!(
        plain.values.len() >= reach(blocks, plain.block, width)
            && half.values.len() >= reach(blocks, half.block, width / 2),
        "each row has all pixels of all blocks"
    );
    assert!(output.values.len() >= reach(blocks, output.block, width), "so has the output");
    launch(AddDoubled { blocks, width, plain, half, output });
}

/// How many numbers so many pixels of all blocks need.
fn reach(blocks: usize, block: usize, width: usize) -> usize {
    blocks.checked_sub(1).map_or(0, |last| last * block + width * BLOCK)
}

struct MaxPool<'a> {
    blocks: usize,
    width: usize,
    rows: [Planes<'a>; 2],
    output: PlanesMut<'a>,
}

impl Kernel for MaxPool<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { blocks, width, rows, output } = self;
        for block in 0..blocks {
            // SAFETY: `max_pool_row` looked at all lengths; block, pixel and lane are within them. The CPU is the caller's promise.
            unsafe {
                let rows = rows.map(|row| row.values.as_ptr().add(block * row.block));
                let to = output.values.as_mut_ptr().add(block * output.block);
                for pixel in 0..width {
                    for lane in (0..BLOCK).step_by(V::LANES) {
                        let [[a, b], [c, d]] =
                            rows.map(|row| [0, 1].map(|next| V::load(row.add((2 * pixel + next) * BLOCK + lane))));
                        a.max(b).max(c.max(d)).store(to.add(pixel * BLOCK + lane));
                    }
                }
            }
        }
    }
}

struct AddDoubled<'a> {
    blocks: usize,
    width: usize,
    plain: Planes<'a>,
    half: Planes<'a>,
    output: PlanesMut<'a>,
}

impl Kernel for AddDoubled<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { blocks, width, plain, half, output } = self;
        for block in 0..blocks {
            // SAFETY: `add_doubled_row` looked at all lengths; block, pixel and lane are within them. The CPU is the caller's promise.
            unsafe {
                let plain = plain.values.as_ptr().add(block * plain.block);
                let half = half.values.as_ptr().add(block * half.block);
                let to = output.values.as_mut_ptr().add(block * output.block);
                for pixel in 0..width / 2 {
                    for lane in (0..BLOCK).step_by(V::LANES) {
                        let value = V::load(half.add(pixel * BLOCK + lane));
                        for at in [2 * pixel, 2 * pixel + 1].map(|pixel| pixel * BLOCK + lane) {
                            V::load(plain.add(at)).add(value).store(to.add(at));
                        }
                    }
                }
            }
        }
    }
}
