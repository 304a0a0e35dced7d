//! Which items are near enough to each other to be looked at. Imports nothing of the crate.
//!
//! The average cosine of two clusters is a mean over pairs of their items, so clusters whose average reaches a threshold have a
//! pair of items that does. A cluster's candidates are the clusters of its items' neighbours, and no other.

use super::cluster::{Item, similarity};

/// How far below the threshold a pair still counts, for sums that were rounded in another order.
const MARGIN: f32 = 1e-3;
/// How many items are compared with one at a time, so that each is read from memory once for all of them.
const TILE: usize = 16;
const WORD_BITS: usize = u64::BITS as usize;

/// A symmetric matrix of bits for the free items (those that are not fixed), and lists for their pairs with fixed ones, which are few.
/// Two fixed items are never a pair, so memory does not grow with the square of their number.
pub(super) struct Neighbours {
    /// The free items.
    free: Vec<usize>,
    /// The row of each item in the matrix; none of a fixed one.
    rows: Vec<Option<usize>>,
    words: usize,
    bits: Vec<u64>,
    /// Of a free item the fixed neighbours, of a fixed one the free neighbours.
    others: Vec<Vec<usize>>,
}

impl Neighbours {
    /// The pairs of items whose average cosine is at least `threshold`.
    ///
    /// Takes time with the number of free items times that of all, and an eighth of a byte for a pair of free ones.
    pub(super) fn of(items: &[Item], threshold: f32) -> Self {
        let (fixed, free): (Vec<usize>, Vec<usize>) =
            (0..items.len()).partition(|place| items.get(*place).is_some_and(|item| item.is_fixed));
        let words = free.len().div_ceil(WORD_BITS);
        let mut rows = vec![None; items.len()];
        for (row, place) in free.iter().enumerate() {
            if let Some(of_item) = rows.get_mut(*place) {
                *of_item = Some(row);
            }
        }
        let bits = vec![0; words * free.len()];
        let mut pairs = Self { free: free.clone(), rows, words, bits, others: vec![Vec::new(); items.len()] };
        for (tile, places) in free.chunks(TILE).enumerate() {
            // Of two free items each pair is looked at once.
            let later = free.iter().skip(tile * TILE);
            for &other in fixed.iter().chain(later) {
                let Some(other_item) = items.get(other) else { continue };
                for &place in places.iter().filter(|place| other_item.is_fixed || **place < other) {
                    let item = items.get(place);
                    if item.is_some_and(|item| similarity(item, other_item) >= threshold - MARGIN) {
                        pairs.link(place, other);
                        pairs.link(other, place);
                    }
                }
            }
        }
        pairs
    }

    /// Whether an item is fixed, and nothing was merged into it.
    pub(super) fn is_fixed(&self, item: usize) -> bool {
        self.row(item).is_none()
    }

    fn row(&self, item: usize) -> Option<usize> {
        self.rows.get(item).copied().flatten()
    }

    /// Makes an item a neighbour of another one.
    fn link(&mut self, of: usize, neighbour: usize) {
        if let (Some(row), Some(column)) = (self.row(of), self.row(neighbour)) {
            if let Some(word) = self.bits.get_mut(row * self.words + column / WORD_BITS) {
                *word |= 1 << (column % WORD_BITS);
            }
        } else if let Some(others) = self.others.get_mut(of) {
            others.push(neighbour);
        }
    }

    /// Gives a free item the neighbours of another item, too.
    pub(super) fn join(&mut self, into: usize, from: usize) {
        let others = self.others.get_mut(from).map(std::mem::take).unwrap_or_default();
        for other in others {
            self.link(into, other);
        }
        let (Some(into), Some(from)) = (self.row(into), self.row(from)) else { return };
        let Self { words, bits, .. } = self;
        let (first, second) = (into.min(from), into.max(from));
        let Some((head, tail)) = bits.split_at_mut_checked(second * *words) else { return };
        let (Some(low), Some(high)) = (head.get_mut(first * *words..(first + 1) * *words), tail.get_mut(..*words))
        else {
            return;
        };
        let (into, from) = if into == first { (low, high) } else { (high, low) };
        for (into, from) in into.iter_mut().zip(from) {
            *into |= *from;
        }
    }

    /// The neighbours of an item.
    pub(super) fn of_item(&self, item: usize) -> impl Iterator<Item = usize> {
        let range = self.row(item).map(|row| row * self.words..(row + 1) * self.words);
        let words = range.and_then(|range| self.bits.get(range)).unwrap_or_default();
        let columns = words.iter().enumerate().flat_map(|(index, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                left &= left.checked_sub(1)?;
                Some(index * WORD_BITS + bit as usize)
            })
        });
        let others = self.others.get(item).into_iter().flatten().copied();
        columns.filter_map(|column| self.free.get(column).copied()).chain(others)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::presence::Presence;
    use super::*;

    #[test]
    fn memory_does_not_grow_with_the_square_of_the_persons() {
        let item = |media: usize, is_fixed: bool| Item {
            sum: if media % 5000 == 7 { vec![0.0, 1.0] } else { vec![1.0, 0.0] },
            count: 1.0,
            presence: Presence::in_photo(media),
            is_fixed,
        };
        let mut items: Vec<Item> = (0..10_000).map(|media| item(media, true)).collect();
        items.push(item(10_007, false));
        let neighbours = Neighbours::of(&items, 0.5);
        assert_eq!((neighbours.bits.len(), neighbours.others.iter().map(Vec::len).sum::<usize>()), (1, 4));
        assert_eq!(neighbours.of_item(10_000).collect::<Vec<_>>(), [7, 5007]);
        assert_eq!(neighbours.of_item(5007).collect::<Vec<_>>(), [10_000]);
    }
}
