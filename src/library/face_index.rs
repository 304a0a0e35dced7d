//! Where faces are found without a scan: by id, by media and by person. Imports `core`.

use std::sync::OnceLock;

use crate::core::FaceId;

/// Row numbers of faces, in three orders. Rows are below 2^31.
#[derive(Debug)]
pub(super) struct FaceIndex {
    /// By ascending id.
    ids: Vec<(FaceId, u32)>,
    media: OnceLock<Groups>,
    entities: OnceLock<Groups>,
}

impl FaceIndex {
    /// The index of these faces and their rows, or the id that is there twice.
    pub(super) fn new(faces: impl Iterator<Item = (FaceId, usize)>) -> Result<Self, FaceId> {
        let mut ids: Vec<(FaceId, u32)> = faces.map(|(id, row)| (id, small(row))).collect();
        ids.sort_unstable();
        let double = ids.windows(2).find_map(|pair| match pair {
            [(a, _), (b, _)] if a == b => Some(*a),
            _ => None,
        });
        match double {
            Some(id) => Err(id),
            None => Ok(Self { ids, media: OnceLock::new(), entities: OnceLock::new() }),
        }
    }

    /// The row of the face with this id.
    pub(super) fn row_of(&self, id: FaceId) -> Option<usize> {
        let place = self.ids.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        self.ids.get(place).map(|(_, row)| *row as usize)
    }

    /// The rows of the faces in one of `media` media, by ascending face id. The first call asks `media_of` for the media of
    /// every row.
    pub(super) fn of_media(&self, media_row: usize, media: usize, media_of: impl Fn(usize) -> Option<usize>) -> &[u32] {
        self.media.get_or_init(|| Groups::new(&self.ids, media, media_of)).rows_of(media_row)
    }

    /// The rows of the faces of one of `entities` persons, by ascending face id. The first call asks `entity_of` for the
    /// person of every row.
    pub(super) fn of_entity(
        &self,
        entity_row: usize,
        entities: usize,
        entity_of: impl Fn(usize) -> Option<usize>,
    ) -> &[u32] {
        self.entities.get_or_init(|| Groups::new(&self.ids, entities, entity_of)).rows_of(entity_row)
    }
}

/// The rows of each group, one group behind the other.
#[derive(Debug)]
struct Groups {
    /// Where the rows of each group begin, and at the end how many rows there are.
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Groups {
    /// Sorts faces into `count` groups; the order within a group stays. Faces without a group are left out.
    fn new(faces: &[(FaceId, u32)], count: usize, group_of: impl Fn(usize) -> Option<usize>) -> Self {
        let groups: Vec<Option<usize>> = faces.iter().map(|(_, row)| group_of(*row as usize)).collect();
        let mut starts = vec![0_u32; count + 1];
        for group in groups.iter().flatten() {
            if let Some(next) = starts.get_mut(group + 1) {
                *next += 1;
            }
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        let mut free = starts.clone();
        let mut rows = vec![0_u32; total as usize];
        for ((_, row), group) in faces.iter().zip(&groups) {
            if let Some(place) = group.and_then(|group| free.get_mut(group))
                && let Some(slot) = rows.get_mut(*place as usize)
            {
                *slot = *row;
                *place += 1;
            }
        }
        Self { starts, rows }
    }

    fn rows_of(&self, group: usize) -> &[u32] {
        let place = |index: usize| self.starts.get(index).map(|start| *start as usize);
        let range = group.checked_add(1).and_then(|next| Some(place(group)?..place(next)?));
        range.and_then(|range| self.rows.get(range)).unwrap_or_default()
    }
}

/// A row number in 32 bits: a manifest lists fewer than 2^31 rows.
fn small(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(ids: &[u64]) -> Result<FaceIndex, FaceId> {
        FaceIndex::new(ids.iter().enumerate().map(|(row, id)| (FaceId(*id), row)))
    }

    #[test]
    fn an_id_leads_to_its_row() -> Result<(), FaceId> {
        let index = index(&[30, 10, 20])?;
        assert_eq!([10, 20, 30, 40].map(|id| index.row_of(FaceId(id))), [Some(1), Some(2), Some(0), None]);
        Ok(())
    }

    #[test]
    fn an_id_that_is_there_twice_is_named() {
        assert_eq!(index(&[5, 9, 7, 9]).map(|_| ()), Err(FaceId(9)));
    }

    #[test]
    fn groups_hold_their_rows_by_ascending_id_and_others_are_empty() -> Result<(), FaceId> {
        let index = index(&[30, 10, 20, 40])?;
        let group = [Some(2), Some(0), Some(2), None];
        let of = |row: usize| group.get(row).copied().flatten();
        let found: Vec<Vec<u32>> = (0..4).map(|media| index.of_media(media, 3, of).to_vec()).collect();
        assert_eq!(found, [vec![1], vec![], vec![2, 0], vec![]]);
        assert_eq!(index.of_entity(usize::MAX, 3, of), [0_u32; 0]);
        Ok(())
    }
}
