//! Which faces a media, a person or an id has, without a scan for each question. Imports `core` and `library::face_table`.

use std::collections::HashMap;

use super::face_table::FaceTable;
use crate::core::FaceId;

/// Rows of faces, grouped.
#[derive(Debug, Default)]
struct Groups {
    /// Where each group begins in `rows`, and where the last one ends.
    starts: Vec<usize>,
    rows: Vec<usize>,
}

impl Groups {
    /// Groups pairs of group and row; rows of a group stay in their order.
    fn of(count: usize, pairs: impl Iterator<Item = (usize, usize)> + Clone) -> Self {
        let mut starts = vec![0_usize; count + 1];
        for (group, _) in pairs.clone() {
            if let Some(start) = starts.get_mut(group + 1) {
                *start += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut rows = vec![0; sum];
        for (group, row) in pairs {
            let place = next.get_mut(group).filter(|_| group < count);
            if let Some(place) = place
                && let Some(slot) = rows.get_mut(*place)
            {
                *slot = row;
                *place += 1;
            }
        }
        Self { starts, rows }
    }

    fn group(&self, group: usize) -> &[usize] {
        let bounds = self.starts.get(group).zip(self.starts.get(group.saturating_add(1)));
        bounds.and_then(|(start, end)| self.rows.get(*start..*end)).unwrap_or_default()
    }
}

/// The faces of the opened shards by media, person and id.
#[derive(Debug)]
pub(super) struct FaceIndex {
    by_media: Groups,
    by_entity: Groups,
    by_id: HashMap<FaceId, usize>,
}

impl FaceIndex {
    pub(super) fn of<'a>(
        shards: impl Iterator<Item = (usize, &'a FaceTable)> + Clone,
        media: usize,
        people: usize,
    ) -> Self {
        let media_pairs = shards.clone().flat_map(|(first, shard)| {
            shard.media_rows.iter().enumerate().map(move |(row, media)| (*media, first + row))
        });
        let entity_pairs = shards.clone().flat_map(|(first, shard)| {
            shard.entity_rows.iter().enumerate().filter_map(move |(row, entity)| Some(((*entity)?, first + row)))
        });
        let ids =
            shards.flat_map(|(first, shard)| shard.ids.iter().enumerate().map(move |(row, id)| (*id, first + row)));
        Self {
            by_media: Groups::of(media, media_pairs),
            by_entity: Groups::of(people, entity_pairs),
            by_id: ids.collect(),
        }
    }

    /// The rows of a media's faces, ascending.
    pub(super) fn of_media(&self, media_row: usize) -> &[usize] {
        self.by_media.group(media_row)
    }

    /// The rows of a person's faces, ascending.
    pub(super) fn of_entity(&self, entity_row: usize) -> &[usize] {
        self.by_entity.group(entity_row)
    }

    pub(super) fn find(&self, id: FaceId) -> Option<usize> {
        self.by_id.get(&id).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_grouped_in_their_order() {
        let pairs = [(2, 0), (0, 1), (2, 2), (0, 3)];
        let groups = Groups::of(3, pairs.into_iter());
        assert_eq!(groups.group(0), [1, 3]);
        assert_eq!(groups.group(1), [0_usize; 0]);
        assert_eq!(groups.group(2), [0, 2]);
        assert_eq!(groups.group(3), [0_usize; 0]);
        assert_eq!(groups.group(usize::MAX), [0_usize; 0]);
    }
}
