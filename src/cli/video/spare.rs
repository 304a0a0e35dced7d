//! Processors that have no file to work on, lent to films: the frames of a film can be looked at side by side, while its tracks
//! need them one after the other. Imports nothing of the crate.

use std::sync::atomic::{AtomicUsize, Ordering};

/// At most so many frames of one film are looked at besides the first: each takes memory.
const MAX_LENT: usize = 7;

/// How many workers there may be, and how many there are.
#[derive(Debug)]
pub(in crate::cli) struct Spare {
    total: usize,
    busy: AtomicUsize,
}

/// Workers in use, given back when this is dropped.
#[derive(Debug)]
pub(in crate::cli) struct Lent<'a> {
    spare: &'a Spare,
    pub(super) count: usize,
}

impl Spare {
    pub(in crate::cli) fn new(total: usize) -> Self {
        Self { total, busy: AtomicUsize::new(0) }
    }

    /// One worker begins with a file, whether or not others are lent.
    pub(in crate::cli) fn begin(&self) -> Lent<'_> {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Lent { spare: self, count: 1 }
    }

    /// All workers that nobody uses now; none perhaps.
    pub(super) fn lend(&self) -> Lent<'_> {
        let free = |busy: usize| self.total.saturating_sub(busy).min(MAX_LENT);
        let taken = self.busy.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |busy| Some(busy + free(busy)));
        let (Ok(busy) | Err(busy)) = taken;
        Lent { spare: self, count: free(busy) }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.spare.busy.fetch_sub(self.count, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lent_comes_back_and_is_never_more_than_there_is() {
        let spare = Spare::new(4);
        let first = spare.begin();
        let lent = spare.lend();
        assert_eq!(lent.count, 3);
        let second = spare.begin();
        assert_eq!(spare.lend().count, 0);
        drop(lent);
        assert_eq!(spare.lend().count, 2);
        drop((first, second));
        assert_eq!(spare.lend().count, 4);
        assert_eq!(Spare::new(100).lend().count, MAX_LENT);
    }
}
