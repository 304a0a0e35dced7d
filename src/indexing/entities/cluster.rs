//! Average-linkage agglomerative clustering (UPGMA) of embeddings under constraints. Imports nothing of the crate but its parts.
//!
//! Clusters are merged by the chain of nearest neighbours (Murtagh, "A survey of recent advances in hierarchical clustering
//! algorithms", 1983; Müllner, "Modern hierarchical, agglomerative clustering algorithms", 2011), which gives what merging the
//! nearest pair again and again would give, where a merger never comes nearer to a third cluster than its parts were. An average
//! has this property, and it keeps it under constraints of the kind "cannot link" (Davidson and Ravi, "Agglomerative hierarchical
//! clustering with constraints", 2005), for a merger must not be linked with whatever one of its parts must not be linked with.
//!
//! The average cosine of two clusters of unit vectors is the dot product of their sums by the product of their sizes, so no
//! matrix of distances is kept.

use super::super::presence::Presence;
use super::neighbours::Neighbours;

/// How many products are summed side by side; a compiler turns the loop over them into vector instructions.
const LANES: usize = 16;

/// What is clustered: one face, or the faces that are one person already.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// The sum of the embeddings.
    pub(super) sum: Vec<f32>,
    /// How many there are.
    pub(super) count: f32,
    /// Where the person is seen.
    pub(super) presence: Presence,
    /// Whether it is a person already: two of them are never one.
    pub(super) is_fixed: bool,
}

impl Item {
    /// Takes the other one's faces.
    pub(super) fn join(&mut self, other: Self) {
        for (sum, more) in self.sum.iter_mut().zip(&other.sum) {
            *sum += more;
        }
        self.count += other.count;
        self.presence.join(other.presence);
        self.is_fixed |= other.is_fixed;
    }

    fn can_join(&self, other: &Self) -> bool {
        !(self.is_fixed && other.is_fixed || self.presence.meets(&other.presence))
    }
}

/// The average cosine between the embeddings of two items.
pub(super) fn similarity(one: &Item, other: &Item) -> f32 {
    dot(&one.sum, &other.sum) / (one.count * other.count)
}

/// The dot product. The order of summation is fixed: the result has the same bits on every machine, and in both directions.
fn dot(one: &[f32], other: &[f32]) -> f32 {
    let (chunks, rest) = one.as_chunks::<LANES>();
    let (other_chunks, other_rest) = other.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for (a, b) in chunks.iter().zip(other_chunks) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest: f32 = rest.iter().zip(other_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

/// Merges items as long as two clusters have an average cosine of `threshold` or more. Answers the items of each cluster, ascending,
/// the clusters by their first items. Ties go to the item that comes first.
pub(super) fn cluster(items: Vec<Item>, threshold: f32) -> Vec<Vec<usize>> {
    let neighbours = Neighbours::of(&items, threshold);
    let mut clusters = Clusters {
        owners: (0..items.len()).collect(),
        members: (0..items.len()).map(|item| vec![item]).collect(),
        seen: vec![0; items.len()],
        is_done: vec![false; items.len()],
        searches: 0,
        items: items.into_iter().map(Some).collect(),
        neighbours,
        threshold,
    };
    for start in 0..clusters.owners.len() {
        clusters.chain_from(start);
    }
    let mut groups: Vec<Vec<usize>> = clusters.members.into_iter().filter(|members| !members.is_empty()).collect();
    for group in &mut groups {
        group.sort_unstable();
    }
    groups.sort_unstable();
    groups
}

/// Clusters, each at the place of one of its items.
struct Clusters {
    /// Empty where a cluster was merged into another one.
    items: Vec<Option<Item>>,
    members: Vec<Vec<usize>>,
    /// The place of each item's cluster.
    owners: Vec<usize>,
    /// Clusters that have no neighbour any more, and never will have.
    is_done: Vec<bool>,
    /// The search that looked at a cluster last.
    seen: Vec<usize>,
    searches: usize,
    neighbours: Neighbours,
    threshold: f32,
}

impl Clusters {
    /// Merges until the cluster of this item has no neighbour.
    fn chain_from(&mut self, item: usize) {
        let mut chain: Vec<usize> = Vec::new();
        loop {
            let Some(&last) = chain.last() else {
                let Some(&place) = self.owners.get(item) else { return };
                if self.is_done.get(place).copied().unwrap_or(true) {
                    return;
                }
                chain.push(place);
                continue;
            };
            let before = chain.len().checked_sub(2).and_then(|place| chain.get(place)).copied();
            match self.nearest(last, before) {
                None => {
                    if let Some(is_done) = self.is_done.get_mut(last) {
                        *is_done = true;
                    }
                    chain.pop();
                }
                Some(next) => match chain.iter().position(|place| *place == next) {
                    // Nearest to each other. (Rounding can only make it one further back in the chain; those between are looked at again.)
                    Some(place) => {
                        chain.truncate(place);
                        self.merge(last, next);
                    }
                    None => chain.push(next),
                },
            }
        }
    }

    /// The nearest cluster that this one can be merged with, if one is near enough; of equals `before`, else the first.
    fn nearest(&mut self, place: usize, before: Option<usize>) -> Option<usize> {
        self.searches += 1;
        let item = self.items.get(place)?.as_ref()?;
        let mut best: Option<(f32, usize)> = None;
        for neighbour in self.neighbours.of_item(place) {
            let Some(&owner) = self.owners.get(neighbour) else { continue };
            let is_done = self.is_done.get(owner).copied().unwrap_or(true);
            let Some(seen) = self.seen.get_mut(owner) else { continue };
            if owner == place || is_done || std::mem::replace(seen, self.searches) == self.searches {
                continue;
            }
            let Some(other) = self.items.get(owner).and_then(Option::as_ref) else { continue };
            let similarity = similarity(item, other);
            let is_better = best.is_none_or(|(best, nearest)| {
                similarity > best
                    || (similarity.total_cmp(&best).is_eq()
                        && nearest != before.unwrap_or(usize::MAX)
                        && (Some(owner) == before || owner < nearest))
            });
            if similarity >= self.threshold && is_better && item.can_join(other) {
                best = Some((similarity, owner));
            }
        }
        best.map(|(_, nearest)| nearest)
    }

    /// Merges the cluster with fewer items into the other; a person who is there already always goes to the place of the other.
    fn merge(&mut self, one: usize, other: usize) {
        let size = |place: usize| self.members.get(place).map_or(0, Vec::len);
        let (into, from) = if (size(one), other) >= (size(other), one) { (one, other) } else { (other, one) };
        let (into, from) = if self.neighbours.is_fixed(into) { (from, into) } else { (into, from) };
        let moved = self.members.get_mut(from).map(std::mem::take).unwrap_or_default();
        for item in &moved {
            if let Some(owner) = self.owners.get_mut(*item) {
                *owner = into;
            }
        }
        if let Some(members) = self.members.get_mut(into) {
            members.extend(moved);
        }
        let item = self.items.get_mut(from).and_then(Option::take);
        if let (Some(into), Some(item)) = (self.items.get_mut(into).and_then(Option::as_mut), item) {
            into.join(item);
        }
        self.neighbours.join(into, from);
    }
}
