//! Which items are near enough to each other to be looked at: one bit a pair. Imports nothing of the crate.
//!
//! The average cosine of two clusters is a mean over pairs of their items, so clusters whose average reaches a threshold have a
//! pair of items that does. A cluster's candidates are the clusters of its items' neighbours, and no other.

use super::cluster::{Item, similarity};

/// How far below the threshold a pair still counts, for sums that were rounded in another order.
const MARGIN: f32 = 1e-3;
/// How many items are compared with one at a time, so that each is read from memory once for all of them.
const TILE: usize = 16;
const WORD_BITS: usize = u64::BITS as usize;

/// A symmetric matrix of bits.
pub(super) struct Neighbours {
    words: usize,
    bits: Vec<u64>,
}

impl Neighbours {
    /// The pairs of items whose average cosine is at least `threshold`. Two fixed items are never a pair.
    ///
    /// Takes time with the square of the number of items, without the fixed ones among themselves, and an eighth of a byte a pair.
    pub(super) fn of(items: &[Item], threshold: f32) -> Self {
        let words = items.len().div_ceil(WORD_BITS);
        let mut pairs = Self { words, bits: vec![0; words * items.len()] };
        for (tile, rows) in items.chunks(TILE).enumerate() {
            let first = tile * TILE;
            for (column, other) in items.iter().enumerate().skip(first) {
                for (row, item) in rows.iter().enumerate() {
                    let row = first + row;
                    let is_pair = row < column && !(item.is_fixed && other.is_fixed);
                    if is_pair && similarity(item, other) >= threshold - MARGIN {
                        pairs.set(row, column);
                        pairs.set(column, row);
                    }
                }
            }
        }
        pairs
    }

    fn set(&mut self, row: usize, column: usize) {
        if let Some(word) = self.bits.get_mut(row * self.words + column / WORD_BITS) {
            *word |= 1 << (column % WORD_BITS);
        }
    }

    /// Gives a row the neighbours of another one, too.
    pub(super) fn join(&mut self, row: usize, other: usize) {
        let Self { words, bits } = self;
        let (first, second) = (row.min(other), row.max(other));
        let Some((head, tail)) = bits.split_at_mut_checked(second * *words) else { return };
        let (Some(low), Some(high)) = (head.get_mut(first * *words..(first + 1) * *words), tail.get_mut(..*words))
        else {
            return;
        };
        let (into, from) = if row == first { (low, high) } else { (high, low) };
        for (into, from) in into.iter_mut().zip(from) {
            *into |= *from;
        }
    }

    /// The neighbours of a row, ascending.
    pub(super) fn of_row(&self, row: usize) -> impl Iterator<Item = usize> {
        let words = self.bits.get(row * self.words..(row + 1) * self.words).unwrap_or_default();
        words.iter().enumerate().flat_map(|(index, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                left &= left.checked_sub(1)?;
                Some(index * WORD_BITS + bit as usize)
            })
        })
    }
}
