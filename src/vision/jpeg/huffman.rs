//! Huffman codes of ITU T.81 Annex C: tables that are looked up with the next bits.

use super::bits::Cursor;

/// Bits that are looked up at once. Codes that are longer with their numbers are rare.
const LOOK: u32 = 10;
/// The longest code.
const LONGEST: u32 = 16;
/// A step that leaves the block: behind its 64th number.
pub(super) const END_OF_BLOCK: u32 = 64;

/// The codes of symbols of eight bits: how many zeros are skipped, and of how many bits the number is that follows the code.
pub(super) struct Codes {
    /// For each length, the first code, as 16 bits, that is longer, and what to add to a code for its place.
    longer: [(u32, i32); LONGEST as usize + 1],
    symbols: Vec<u8>,
    /// For all next bits what they are; zero where it takes more bits.
    known: [u32; 1 << LOOK],
}

/// A code and its number: `value << 16 | step << 8 | length`. In one number, because what several are returned in is memory.
#[derive(Clone, Copy)]
pub(super) struct Entry(u32);

impl Entry {
    /// How many bits it takes.
    pub(super) fn length(self) -> u32 {
        self.0 & 0xFF
    }

    /// How many places on the number is, or [`END_OF_BLOCK`].
    pub(super) fn step(self) -> u32 {
        self.0 >> 8 & 0xFF
    }

    /// The number.
    pub(super) fn value(self) -> i32 {
        self.0.cast_signed() >> 16
    }

    /// Of a code of that length for that symbol, with the bits behind it. Numbers that begin with 0 are below zero.
    #[expect(clippy::cast_possible_truncation, reason = "numbers have fewer than 16 bits")]
    fn new(length: u32, symbol: u8, behind: Cursor) -> Self {
        let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        let number = behind.peek(size) as u32;
        let is_below = size > 0 && number >> (size - 1) == 0;
        let value = if is_below { number.wrapping_sub((1 << size) - 1) } else { number };
        let step = match (run, size) {
            (15, 0) => 16,
            (_, 0) => END_OF_BLOCK,
            (run, _) => run + 1,
        };
        Self(value << 16 | step << 8 | (length + size))
    }
}

impl Codes {
    /// Codes of so many symbols for each length from 1 to 16. `None` where they are not codes.
    pub(super) fn new(counts: &[u8; LONGEST as usize], symbols: &[u8]) -> Option<Box<Self>> {
        let mut codes =
            Box::new(Self { longer: [(0, 0); LONGEST as usize + 1], symbols: symbols.to_vec(), known: [0; 1 << LOOK] });
        let (mut code, mut place) = (0_u32, 0_u32);
        for ((length, count), longer) in (1..).zip(counts).zip(codes.longer.iter_mut().skip(1)) {
            let after = code + u32::from(*count);
            // No code is of ones only.
            if *count > 0 && after >= 1 << length {
                return None;
            }
            *longer = (after << (LONGEST - length), i32::try_from(place).ok()? - i32::try_from(code).ok()?);
            place += u32::from(*count);
            code = after << 1;
        }
        for bits in 0..1 << LOOK {
            // Behind these bits are zeros, which do not matter where the entry takes no more than them.
            let entry = codes.found(Cursor::at(bits, LOOK));
            if let (Some(Entry(entry)), Some(known)) = (entry, codes.known.get_mut(bits as usize)) {
                *known = if Entry(entry).length() <= LOOK { entry } else { 0 };
            }
        }
        Some(codes)
    }

    /// Whether all symbols are numbers of bits, as those of the first number of a block are.
    pub(super) fn are_sizes(&self) -> bool {
        self.symbols.iter().all(|symbol| *symbol < 16)
    }

    /// The code and number that are next. 31 bits are valid. `None` where there is no such code.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the innermost loop")]
    pub(super) fn next(&self, cursor: Cursor) -> Option<Entry> {
        match self.known.get(cursor.peek(LOOK))? {
            0 => self.found(cursor),
            known => Some(Entry(*known)),
        }
    }

    #[inline(never)]
    fn found(&self, cursor: Cursor) -> Option<Entry> {
        let code = u32::try_from(cursor.peek(LONGEST)).ok()?;
        let mut longer = (0..).zip(self.longer).skip(1);
        let (length, (_, to_place)) = longer.find(|(_, (longer, _))| code < *longer)?;
        let place = i32::try_from(code >> (LONGEST - length)).ok()? + to_place;
        let symbol = self.symbols.get(usize::try_from(place).ok()?)?;
        Some(Entry::new(length, *symbol, cursor.behind(length)))
    }
}
