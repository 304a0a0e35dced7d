//! What stands before the pixels of a JPEG: markers and segments of ITU T.81 Annex B.

use super::huffman::Codes;

/// Usual files have four tables of codes, and none has a use for so many. Each takes a while to make.
const TABLES_MAX: usize = 64;

/// A file up to its entropy-coded data.
pub(in super::super) struct Headers<'a> {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The EXIF data, if any, from its byte order on.
    pub exif: Option<&'a [u8]>,
    /// Brightness, blue and red.
    pub(super) components: Vec<Component>,
    /// Groups of blocks between two restart markers; 0 without.
    pub(super) restart: u32,
    /// What the numbers of a block are times, in the order of the file.
    pub(super) steps: [Option<[u16; 64]>; 4],
    /// The codes of first numbers, and of the others.
    pub(super) codes: [[Option<Box<Codes>>; 4]; 2],
    /// How many tables of codes there were.
    tables: usize,
    /// The entropy-coded data and what follows.
    pub(super) data: &'a [u8],
}

/// A component of the picture.
#[derive(Clone, Copy)]
pub(super) struct Component {
    id: u8,
    /// Blocks side by side in a group.
    pub across: usize,
    /// Blocks one below the other.
    pub down: usize,
    /// The place of its steps.
    pub steps: usize,
    /// The place of its codes of first numbers, and of the others.
    pub codes: [usize; 2],
}

impl<'a> Headers<'a> {
    /// Reads up to the first scan. `None` for every file that is not of the usual kind.
    pub(in super::super) fn read(jpeg: &'a [u8]) -> Option<Self> {
        let mut headers = Self {
            width: 0,
            height: 0,
            exif: None,
            components: Vec::new(),
            restart: 0,
            steps: [None; 4],
            codes: Default::default(),
            tables: 0,
            data: &[],
        };
        let mut rest = jpeg.strip_prefix(&[0xFF, 0xD8])?;
        loop {
            let [0xFF, marker, high, low, ..] = *rest else { return None };
            let length = usize::from(u16::from_be_bytes([high, low]));
            let segment = rest.get(4..2 + length)?;
            rest = rest.get(2 + length..)?;
            match marker {
                0xC0 | 0xC1 if headers.components.is_empty() => headers.read_frame(segment)?,
                0xC4 => headers.read_codes(segment)?,
                0xDB => headers.read_steps(segment)?,
                0xDD => headers.restart = u32::from(u16::from_be_bytes(segment.try_into().ok()?)),
                0xDA => {
                    headers.read_scan(segment)?;
                    headers.data = rest;
                    return Some(headers);
                }
                0xE1 => headers.exif = exif(segment).or(headers.exif),
                // Adobe's says which colours these are: 1 is YCbCr.
                0xEE if segment.starts_with(b"Adobe") && (segment.len() != 12 || segment.last() != Some(&1)) => {
                    return None;
                }
                0xE0..=0xEF | 0xFE => {}
                _ => return None,
            }
        }
    }

    fn read_frame(&mut self, segment: &[u8]) -> Option<()> {
        let ([8, h0, h1, w0, w1, 3], components) = segment.split_first_chunk::<6>()? else { return None };
        self.height = u32::from(u16::from_be_bytes([*h0, *h1]));
        self.width = u32::from(u16::from_be_bytes([*w0, *w1]));
        let (components, []) = components.as_chunks::<3>() else { return None };
        let component = |[id, sampling, steps]: &[u8; 3]| Component {
            id: *id,
            across: usize::from(sampling >> 4),
            down: usize::from(sampling & 15),
            steps: usize::from(*steps),
            codes: [0; 2],
        };
        self.components = components.iter().map(component).collect();
        let [luma, blue, red] = self.components.as_slice() else { return None };
        let is_usual = matches!((luma.across, luma.down), (1 | 2, 1) | (2, 2))
            && [blue, red].iter().all(|c| (c.across, c.down) == (1, 1));
        // Some files say by these names that they have no YCbCr.
        let is_rgb = [luma.id, blue.id, red.id] == *b"RGB";
        (is_usual && !is_rgb && self.height > 0).then_some(())
    }

    fn read_codes(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((place, rest)) = segment.split_first() {
            self.tables += 1;
            if self.tables > TABLES_MAX {
                return None;
            }
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let (symbols, rest) = rest.split_at_checked(counts.iter().map(|count| usize::from(*count)).sum())?;
            segment = rest;
            let codes = Codes::new(counts, symbols)?;
            let are_first = place >> 4 == 0;
            if are_first && !codes.are_sizes() {
                return None;
            }
            *self.codes.get_mut(usize::from(place >> 4))?.get_mut(usize::from(place & 15))? = Some(codes);
        }
        Some(())
    }

    fn read_steps(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((place, rest)) = segment.split_first() {
            let wide = match place >> 4 {
                0 => 1,
                1 => 2,
                _ => return None,
            };
            let (numbers, rest) = rest.split_at_checked(64 * wide)?;
            segment = rest;
            let mut steps = [0; 64];
            for (step, bytes) in steps.iter_mut().zip(numbers.chunks_exact(wide)) {
                *step = bytes.iter().fold(0, |sum, byte| sum << 8 | u16::from(*byte));
            }
            *self.steps.get_mut(usize::from(place & 15))? = Some(steps);
        }
        Some(())
    }

    /// One scan with all three components, each with all its numbers.
    fn read_scan(&mut self, segment: &[u8]) -> Option<()> {
        let (components, [0, 63, 0]) = segment.strip_prefix(&[3])?.split_first_chunk::<6>()? else { return None };
        for ([id, codes], component) in components.as_chunks::<2>().0.iter().zip(&mut self.components) {
            component.codes = [usize::from(codes >> 4), usize::from(codes & 15)];
            if *id != component.id {
                return None;
            }
        }
        let ids: Vec<u8> = self.components.iter().map(|component| component.id).collect();
        let [a, b, c] = ids.as_slice() else { return None };
        (a != b && b != c && a != c).then_some(())
    }
}

/// The EXIF data of an application segment.
fn exif(segment: &[u8]) -> Option<&[u8]> {
    segment.strip_prefix(b"Exif\0\0").filter(|exif| !exif.is_empty())
}
