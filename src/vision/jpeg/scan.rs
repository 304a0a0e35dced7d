//! From entropy-coded data to pixels, a band of blocks at a time.

use crate::kernels::{BLOCK_SUM_MAX, inverse_dct, mix_rows, widen_row, ycc_to_rgb};

use super::bits::Bits;
use super::headers::{Component, Headers};
use super::huffman::{Codes, END_OF_BLOCK};

/// Where the numbers of a block, in the order of the file, stand in its rows.
const PLACES: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];
/// Pixels along a side of a block.
const SIDE: usize = 8;
/// The narrowest picture that is read: one whose colour at half the width is more than two blocks.
const WIDTH_MIN: usize = 33;

/// A component while it is read.
struct Plane<'a> {
    component: Component,
    first: &'a Codes,
    others: &'a Codes,
    /// What each number is times, and where it goes.
    steps: [(i32, u8); 64],
    /// The first number of the block before.
    last: i32,
    /// How long a row is: whole groups of blocks.
    stride: usize,
    /// The pixels of the band of blocks before and of this one, in turn.
    bands: [Vec<u8>; 2],
}

impl Headers<'_> {
    /// The pixels, as RGB. `None` where the data is not all that it should be, or unusual.
    pub(in super::super) fn rgb(&self) -> Option<Vec<u8>> {
        let (width, height) = (self.width as usize, self.height as usize);
        if width < WIDTH_MIN {
            return None;
        }
        let luma = self.components.first()?;
        let groups = width.div_ceil(SIDE * luma.across);
        let bands = height.div_ceil(SIDE * luma.down);
        let planes = self.components.iter().map(|component| self.plane(*component, groups));
        let mut planes: [Plane; 3] = planes.collect::<Option<Vec<_>>>()?.try_into().ok()?;
        let mut source = Source::new(self)?;
        let mut rows = Rows { halved: [luma.across == 2, luma.down == 2], last: bands * SIDE - 1, ..Rows::default() };
        let mut out = vec![0; width.checked_mul(height)?.checked_mul(3)?];
        let mut lines = (0..).zip(out.chunks_exact_mut(width * 3));
        let mut written = 0;
        for band in 0..bands {
            for group in 0..groups {
                source.begin_group(&mut planes)?;
                for plane in &mut planes {
                    plane.read_group(&mut source.bits, band, group)?;
                }
            }
            // Rows of colour at half the height lie between two of the file, and the next band has one of them.
            let is_last = band + 1 == bands;
            let ready = (band + 1) * SIDE * luma.down - usize::from(luma.down == 2 && !is_last);
            for (y, line) in lines.by_ref().take(ready - written) {
                rows.write(&planes, y, line)?;
            }
            written = ready;
        }
        source.is_at_end().then_some(out)
    }

    fn plane(&self, component: Component, groups: usize) -> Option<Plane<'_>> {
        let [first, others] = component.codes;
        let [firsts, rest] = &self.codes;
        let factors = self.steps.get(component.steps)?.as_ref()?;
        let mut steps = [(0, 0); 64];
        for ((step, factor), place) in steps.iter_mut().zip(factors).zip(PLACES) {
            *step = (i32::from(*factor), place);
        }
        let stride = groups * component.across * SIDE;
        let band = vec![0; stride * component.down * SIDE];
        Some(Plane {
            component,
            first: firsts.get(first)?.as_ref()?,
            others: rest.get(others)?.as_ref()?,
            steps,
            last: 0,
            stride,
            bands: [band.clone(), band],
        })
    }
}

/// The entropy-coded data, from one restart marker to the next.
struct Source<'a> {
    bits: Bits,
    /// From the next marker on.
    rest: &'a [u8],
    /// Groups between two restart markers; 0 without.
    restart: u32,
    /// Groups that were begun.
    begun: u32,
}

impl<'a> Source<'a> {
    fn new(headers: &Headers<'a>) -> Option<Self> {
        let mut source = Self { bits: Bits::default(), rest: headers.data, restart: headers.restart, begun: 0 };
        source.fill()?;
        Some(source)
    }

    fn fill(&mut self) -> Option<()> {
        let end = self.bits.fill(self.rest)?;
        self.rest = self.rest.get(end..)?;
        Some(())
    }

    /// Goes on to the next restart marker where one is due.
    fn begin_group(&mut self, planes: &mut [Plane]) -> Option<()> {
        if self.begun > 0 && self.restart > 0 && self.begun.is_multiple_of(self.restart) {
            let number = (self.begun / self.restart - 1) % 8;
            let [0xFF, marker, ..] = *self.rest else { return None };
            if u32::from(marker) != 0xD0 + number || !self.bits.is_at_end() {
                return None;
            }
            self.rest = self.rest.get(2..)?;
            self.fill()?;
            for plane in planes {
                plane.last = 0;
            }
        }
        self.begun += 1;
        Some(())
    }

    /// Whether all was read, and the picture ends here.
    fn is_at_end(&self) -> bool {
        self.bits.is_at_end() && self.rest.starts_with(&[0xFF, 0xD9])
    }
}

impl Plane<'_> {
    /// Reads this component's blocks of a group.
    fn read_group(&mut self, bits: &mut Bits, band: usize, group: usize) -> Option<()> {
        let Component { across, down, .. } = self.component;
        for (y, x) in (0..down).flat_map(|y| (0..across).map(move |x| (y, x))) {
            let mut block = [0; 64];
            let is_plain = self.read_block(bits, &mut block)?;
            let from = y * SIDE * self.stride + (group * across + x) * SIDE;
            let [even, odd] = &mut self.bands;
            let pixels = if band.is_multiple_of(2) { even } else { odd }.get_mut(from..)?;
            if is_plain {
                let [first, ..] = block;
                let value =
                    u8::try_from(((i32::from(first) + 4) >> 3) + 128).unwrap_or(if first < 0 { 0 } else { 255 });
                for row in pixels.chunks_mut(self.stride).take(SIDE) {
                    row.get_mut(..SIDE)?.fill(value);
                }
            } else {
                inverse_dct(&block, pixels, self.stride);
            }
        }
        Some(())
    }

    /// Reads the numbers of a block, which are zero before. Whether all but the first stay so.
    #[expect(clippy::indexing_slicing, reason = "the numbers of a block, at places below 64")]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "no number is larger than the sum, which is looked at before any is used"
    )]
    #[inline(never)]
    fn read_block(&mut self, bits: &mut Bits, block: &mut [i16; 64]) -> Option<bool> {
        let Bits { bytes, cursor } = bits;
        let mut here = cursor.refilled(bytes)?;
        let entry = self.first.next(here)?;
        here = here.behind(entry.length());
        self.last = self.last.wrapping_add(entry.value());
        let first = i64::from(self.last) * i64::from(self.steps[0].0);
        let of_first = first.unsigned_abs();
        let mut sum = of_first;
        block[0] = first as i16;
        let mut at = 0;
        while at < 63 {
            here = here.refilled(bytes)?;
            let entry = self.others.next(here)?;
            here = here.behind(entry.length());
            at += entry.step();
            let Some((factor, place)) = self.steps.get(at as usize) else {
                if entry.step() == END_OF_BLOCK {
                    break;
                }
                return None;
            };
            let number = entry.value() * factor;
            sum += u64::from(number.unsigned_abs());
            block[usize::from(place & 63)] = number as i16;
        }
        *cursor = here;
        (sum <= BLOCK_SUM_MAX).then_some(sum == of_first)
    }

    /// A row of pixels, of the last two bands.
    fn row(&self, y: usize) -> Option<&[u8]> {
        let of_band = self.component.down * SIDE;
        let [even, odd] = &self.bands;
        let band = if (y / of_band).is_multiple_of(2) { even } else { odd };
        band.chunks_exact(self.stride).nth(y % of_band)
    }
}

/// Makes rows of RGB.
#[derive(Default)]
struct Rows {
    /// Whether colour has half the width, and half the height.
    halved: [bool; 2],
    /// The last row of colour at half the height.
    last: usize,
    /// A row of colour between two of half the height.
    between: Vec<u8>,
    /// Rows of colour at full width.
    full: [Vec<u8>; 2],
}

impl Rows {
    fn write(&mut self, planes: &[Plane; 3], y: usize, line: &mut [u8]) -> Option<()> {
        let [luma, blue, red] = planes;
        let luma = luma.row(y)?;
        let Self { halved, last, between, full } = self;
        let [is_narrow, is_low] = *halved;
        if !is_narrow {
            ycc_to_rgb(luma, blue.row(y)?, red.row(y)?, line);
            return Some(());
        }
        for (plane, full) in [blue, red].into_iter().zip(full.iter_mut()) {
            full.resize(2 * plane.stride, 0);
            if is_low {
                let near = y / 2;
                let far = if y.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(*last) };
                between.resize(plane.stride, 0);
                mix_rows(plane.row(near)?, plane.row(far)?, between);
                widen_row(between, full);
            } else {
                widen_row(plane.row(y)?, full);
            }
        }
        let [blue, red] = full;
        ycc_to_rgb(luma, blue, red, line);
        Some(())
    }
}
