//! Reads bits of entropy-coded data.

/// Bytes of zeros behind the data: eight may be among the next bits before the data's last bit is taken, and eight more can be read.
const MARGIN: usize = 16;

/// The bits of the data between two markers.
///
/// The bytes are kept back to front: eight of them are then a number whose first bits are the first of the data, without turning it
/// round, for which WebAssembly has no instruction.
#[derive(Default)]
pub(super) struct Bits {
    /// The data.
    pub bytes: Vec<u8>,
    /// How far it was read.
    pub cursor: Cursor,
}

/// A place in the data. Handed on by value: behind a reference, its numbers would be written to memory for every number of a block.
#[derive(Clone, Copy, Default)]
pub(super) struct Cursor {
    /// How many bytes were not read yet, the margin included.
    unread: usize,
    /// The next bits, from the highest on.
    next: u64,
    /// How many of them are valid.
    valid: u32,
}

impl Bits {
    /// Takes the data before the next marker, and says where that begins. `None` where there is none.
    pub(super) fn fill(&mut self, data: &[u8]) -> Option<usize> {
        // How long the data is must be known first: what is read first goes last.
        let mut end = 0;
        let mut stuffed = 0;
        loop {
            let at = end + memchr::memchr(0xFF, data.get(end..)?)?;
            end = at;
            if *data.get(at + 1)? != 0 {
                break;
            }
            stuffed += 1;
            end += 2;
        }
        let data = data.get(..end)?;
        self.bytes.clear();
        self.bytes.resize(MARGIN + end - stuffed, 0);
        let mut into = self.bytes.get_mut(MARGIN..)?;
        let mut from = 0;
        while from < end {
            let run = memchr::memchr(0xFF, data.get(from..)?).map_or(end - from, |ff| ff + 1);
            let (rest, place) = into.split_at_mut_checked(into.len().checked_sub(run)?)?;
            for (byte, value) in place.iter_mut().rev().zip(data.get(from..from + run)?) {
                *byte = *value;
            }
            into = rest;
            // The zero after 0xFF is skipped.
            from += run + 1;
        }
        self.cursor = Cursor { unread: self.bytes.len(), ..Cursor::default() };
        Some(end)
    }

    /// Whether all was read but less than a byte.
    pub(super) fn is_at_end(&self) -> bool {
        let Cursor { unread, valid, .. } = self.cursor;
        let left = (unread * 8 + valid as usize).checked_sub(MARGIN * 8);
        left.is_some_and(|left| left < 8)
    }
}

impl Cursor {
    /// Before so many bits.
    pub(super) fn at(bits: u32, count: u32) -> Self {
        Self { unread: 0, next: u64::from(bits) << (64 - count), valid: 64 }
    }

    /// Makes 56 bits valid at least. Behind the data are zeros; `None` far behind it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a few instructions in the innermost loop")]
    pub(super) fn refilled(mut self, bytes: &[u8]) -> Option<Self> {
        let eight = bytes.get(self.unread.wrapping_sub(8)..self.unread)?.first_chunk::<8>()?;
        self.next |= u64::from_le_bytes(*eight) >> self.valid;
        self.unread -= ((63 - self.valid) / 8) as usize;
        self.valid |= 0b11_1000;
        Some(self)
    }

    /// The next bits, 31 at most, without taking them.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "one instruction in the innermost loop")]
    pub(super) fn peek(self, count: u32) -> usize {
        (self.next >> 1 >> (63 - count)) as usize
    }

    /// Behind so many bits, which are valid.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "two instructions in the innermost loop")]
    pub(super) fn behind(mut self, count: u32) -> Self {
        self.next <<= count;
        self.valid -= count;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_in_the_order_of_the_data_without_stuffed_bytes() {
        let mut bits = Bits::default();
        assert_eq!(bits.fill(&[0x12, 0xFF, 0x00, 0x34, 0xFF, 0x00, 0xFF, 0xD9]), Some(6));
        for expected in [0x1, 0x2, 0xF, 0xF, 0x3, 0x4, 0xF] {
            let cursor = bits.cursor.refilled(&bits.bytes).unwrap();
            assert_eq!(cursor.peek(4), expected);
            assert!(!bits.is_at_end());
            bits.cursor = cursor.behind(4);
        }
        assert!(bits.is_at_end());
    }

    #[test]
    fn data_without_a_marker_is_refused() {
        assert_eq!(Bits::default().fill(&[0x12, 0x34, 0xFF]), None);
    }

    #[test]
    fn reading_far_behind_the_data_is_refused() {
        let mut bits = Bits::default();
        bits.fill(&[0xFF, 0xD9]).unwrap();
        let mut cursor = Some(bits.cursor);
        for _ in 0..5 {
            cursor = cursor.and_then(|cursor| cursor.refilled(&bits.bytes)).map(|cursor| cursor.behind(31));
        }
        assert!(cursor.is_none());
    }
}
