//! What makes pixels of a JPEG's numbers: the inverse cosine transform of a block, and colours. Imports its siblings.
//!
//! In whole numbers, to the same bytes as the `image` crate's decoder (zune-jpeg): its formulas, with sums of products brought
//! into pairs, which one instruction multiplies and adds.

use super::vector::Vector;
use super::words::Words;
use super::{Kernel, launch};

/// The most that the magnitudes of a block's numbers may sum to, so that nothing overflows 16 bits between the two passes.
pub(crate) const BLOCK_SUM_MAX: u64 = 5_800;

/// Writes the eight by eight pixels of a block, whose numbers are in rows and times their quantisation steps, to rows that are `stride` apart.
pub(crate) fn inverse_dct(block: &[i16; 64], pixels: &mut [u8], stride: usize) {
    assert!(pixels.len() >= 7 * stride + 8, "there is room for eight rows");
    launch(InverseDct { block, pixels, stride });
}

/// Writes RGB pixels of a row of brightness and of two rows of colour. There are at least sixteen pixels, and as many numbers in each row.
pub(crate) fn ycc_to_rgb(luma: &[u8], blue: &[u8], red: &[u8], rgb: &mut [u8]) {
    let pixels = rgb.len() / 3;
    assert!(pixels >= AT_ONCE, "sixteen pixels at least");
    assert!([luma, blue, red].iter().all(|row| row.len() >= pixels), "a number of each row for each pixel");
    launch(YccToRgb { rows: [luma, blue, red], rgb });
}

/// Writes a row a quarter of the way from one row to another. All have the same length, at least sixteen.
pub(crate) fn mix_rows(near: &[u8], far: &[u8], mixed: &mut [u8]) {
    assert!([near, far].iter().all(|row| row.len() == mixed.len()), "rows of the same length");
    assert!(mixed.len() >= AT_ONCE, "sixteen numbers at least");
    launch(MixRows { near, far, mixed });
}

/// Writes a row of twice the length, whose numbers lie a quarter of the way to those beside them. There are at least 17.
pub(crate) fn widen_row(row: &[u8], wide: &mut [u8]) {
    assert!(
        row.len() > AT_ONCE && wide.len() == 2 * row.len(),
        "sixteen pairs at least, and room for two numbers each"
    );
    launch(WidenRow { row, wide });
}

struct InverseDct<'a> {
    block: &'a [i16; 64],
    pixels: &'a mut [u8],
    stride: usize,
}

impl Kernel for InverseDct<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        // SAFETY: a block has eight rows of eight numbers, and `inverse_dct` looked at the length of the pixels. The CPU is the caller's promise.
        unsafe {
            let from = self.block.as_ptr();
            let mut rows: [V::Words; 8] = std::array::from_fn(|row| V::Words::load(from.add(8 * row).cast()));
            // Half of the last bit that is shifted out; for pixels, 128 more.
            rows = pass::<V::Words, 10>(rows, 512);
            for _ in 0..3 {
                rows = shuffled(rows);
            }
            let columns = pass::<V::Words, 17>(rows, 512 + 65_536 + (128 << 17));
            // Two columns of bytes in each, and after three shuffles two rows.
            let mut two: [V::Words; 4] = std::array::from_fn(|i| columns[2 * i].pack(columns[2 * i + 1]));
            for _ in 0..3 {
                let [a, b, c, d] = two;
                two = [a.first_bytes(c), a.last_bytes(c), b.first_bytes(d), b.last_bytes(d)];
            }
            let to = self.pixels.as_mut_ptr();
            for (i, rows) in two.into_iter().enumerate() {
                rows.store_halves(to.add(2 * i * self.stride), to.add((2 * i + 1) * self.stride));
            }
        }
    }
}

/// The inverse cosine transform of each column, shifted right by so many bits. Factors are times 4096.
///
/// # Safety
/// The CPU has what W needs.
#[inline(always)]
unsafe fn pass<W: Words, const BITS: u32>(rows: [W; 8], round: i32) -> [W; 8] {
    let [c0, c1, c2, c3, c4, c5, c6, c7] = rows;
    // SAFETY: the caller's promise.
    unsafe {
        let halves = [false, true].map(|is_last| {
            let both = |a: W, b: W| if is_last { a.last_words(b) } else { a.first_words(b) };
            let round = W::splat(round);
            let (c04, c26, c13, c57) = (both(c0, c4), both(c2, c6), both(c1, c3), both(c5, c7));
            let (t0, t1) = (c04.dot(W::pairs(4096, 4096)).add(round), c04.dot(W::pairs(4096, -4096)).add(round));
            let (t2, t3) = (c26.dot(W::pairs(2217, -5350)), c26.dot(W::pairs(5352, 2217)));
            let odd = |[a, b, c, d]: [i16; 4]| c13.dot(W::pairs(a, b)).add(c57.dot(W::pairs(c, d)));
            let even = [t0.add(t3), t1.add(t2), t1.sub(t2), t0.sub(t3)];
            let odd = [
                odd([5683, 4816, 3219, 1131]),
                odd([4816, -1129, -5681, -3218]),
                odd([3219, -5681, 1132, 4816]),
                odd([1131, -3218, 4816, -5680]),
            ];
            std::array::from_fn::<W, 8, _>(|i| {
                let sum = if i < 4 { even[i].add(odd[i]) } else { even[7 - i].sub(odd[7 - i]) };
                sum.shift::<BITS>()
            })
        });
        std::array::from_fn(|i| halves[0][i].narrow(halves[1][i]))
    }
}

/// The first half of 64 numbers and the last, in turn. Three times over, rows become columns.
///
/// # Safety
/// The CPU has what W needs.
#[inline(always)]
unsafe fn shuffled<W: Words>(rows: [W; 8]) -> [W; 8] {
    let [a, b, c, d, e, f, g, h] = rows;
    // SAFETY: the caller's promise.
    unsafe {
        [
            a.first_words(e),
            a.last_words(e),
            b.first_words(f),
            b.last_words(f),
            c.first_words(g),
            c.last_words(g),
            d.first_words(h),
            d.last_words(h),
        ]
    }
}

/// Pixels at a time.
const AT_ONCE: usize = 16;

struct YccToRgb<'a> {
    rows: [&'a [u8]; 3],
    rgb: &'a mut [u8],
}

impl Kernel for YccToRgb<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { rows, rgb } = self;
        let pixels = rgb.len() / 3;
        let mut at = 0;
        while at < pixels {
            // The last sixteen begin earlier, and some pixels are written twice.
            let from = at.min(pixels - AT_ONCE);
            // SAFETY: `ycc_to_rgb` saw that there are sixteen pixels from here on, in each row. The CPU is the caller's promise.
            unsafe {
                let three = colours(rows.map(|row| V::Words::load(row.as_ptr().add(from))));
                V::Words::store_in_threes(three, rgb.as_mut_ptr().add(3 * from));
            }
            at += AT_ONCE;
        }
    }
}

/// Red, green and blue of sixteen pixels.
///
/// What red and blue add to brightness is rounded as the products are, with half added, although zune-jpeg adds a little less: none of the
/// 256 products is a half. For green it is as there.
///
/// # Safety
/// The CPU has what W needs.
#[inline(always)]
unsafe fn colours<W: Words>([luma, blue, red]: [W; 3]) -> [W; 3] {
    // SAFETY: the caller's promise.
    unsafe {
        let (none, middle) = (W::splat(0), W::pairs(128, 128));
        let eights = [false, true].map(|is_last| {
            let wide = |bytes: W| if is_last { bytes.last_bytes(none) } else { bytes.first_bytes(none) };
            let [y, blue, red] = [luma, blue, red].map(wide);
            // Twice what they are apart from grey: factors are half of 2^15 times those of the formula.
            let [b, r] = [blue, red].map(|colour| colour.sub_words(middle)).map(|colour| colour.add_words(colour));
            let of_green = [b.first_words(r), b.last_words(r)]
                .map(|both| both.dot(W::pairs(-2819, -5850)).add(W::splat((1 << 13) - 1)).shift::<14>());
            [
                y.add_words(r.part_words(W::pairs(22970, 22970))),
                y.add_words(of_green[0].narrow(of_green[1])),
                y.add_words(b.part_words(W::pairs(29032, 29032))),
            ]
        });
        std::array::from_fn(|i| eights[0][i].pack(eights[1][i]))
    }
}

struct MixRows<'a> {
    near: &'a [u8],
    far: &'a [u8],
    mixed: &'a mut [u8],
}

impl Kernel for MixRows<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { near, far, mixed } = self;
        let mut at = 0;
        while at < mixed.len() {
            let from = at.min(mixed.len() - AT_ONCE);
            // SAFETY: `mix_rows` saw that all have sixteen numbers from here on. The CPU is the caller's promise.
            unsafe {
                let [near, far] = [near, far].map(|row| V::Words::load(row.as_ptr().add(from)));
                near.blend(far).store(mixed.as_mut_ptr().add(from));
            }
            at += AT_ONCE;
        }
    }
}

struct WidenRow<'a> {
    row: &'a [u8],
    wide: &'a mut [u8],
}

impl Kernel for WidenRow<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { row, wide } = self;
        let pairs = row.len() - 1;
        (wide[0], wide[2 * pairs + 1]) = (row[0], row[pairs]);
        let mut at = 0;
        while at < pairs {
            let from = at.min(pairs - AT_ONCE);
            // SAFETY: `widen_row` saw that there are sixteen pairs of numbers, so these and what lies between them: two for each, behind the
            // first. The CPU is the caller's promise.
            unsafe {
                let [left, right] = [0, 1].map(|next| V::Words::load(row.as_ptr().add(from + next)));
                let (near_left, near_right) = (left.blend(right), right.blend(left));
                let to = wide.as_mut_ptr().add(2 * from + 1);
                near_left.first_bytes(near_right).store(to);
                near_left.last_bytes(near_right).store(to.add(AT_ONCE));
            }
            at += AT_ONCE;
        }
    }
}
