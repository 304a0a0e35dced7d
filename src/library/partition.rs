//! Grouping of faces into cells by bisecting k-means, and of cells into shards. Imports nothing.
//!
//! A set of faces that is too large is split around two centroids (spherical 2-means, started from the two faces that lie
//! farthest apart by a fixed rule), and each part again. Every part keeps at least an eighth of its set, so that the
//! number of rounds grows with the logarithm of the faces, even where all are equal. Sums run in row order in f32, and ties
//! go to the lower row: the same rows give the same cells on every machine.

use super::face_table::FaceTable;
use super::quantise::dot;

/// How often the two centroids of a split are moved.
const ROUNDS: usize = 8;
/// The smaller part of a split has at least one face in this many.
const SMALLEST_SHARE: usize = 8;

/// A cell: rows of the table, ascending, and their centroid.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CellRows {
    pub(super) rows: Vec<usize>,
    pub(super) centroid: Vec<f32>,
}

/// Groups all rows of `table` into shards of whole cells with at most `shard_rows` rows, as long as one cell is not larger.
/// Neighbouring cells share a shard. Up to one shard of rows is one cell.
pub(super) fn partition(table: &FaceTable, shard_rows: usize) -> Vec<Vec<CellRows>> {
    let shard_rows = shard_rows.max(1);
    let cell_rows = if table.len() <= shard_rows { shard_rows } else { shard_rows.div_ceil(2) };
    let mut shards: Vec<Vec<CellRows>> = Vec::new();
    let mut room = 0_usize;
    let mut waiting: Vec<Vec<usize>> = vec![(0..table.len()).collect()];
    while let Some(rows) = waiting.pop() {
        if rows.len() > cell_rows {
            let (near, far) = split(table, &rows);
            waiting.push(far);
            waiting.push(near);
            continue;
        }
        let count = rows.len();
        let cell = CellRows { centroid: mean(table, &rows), rows };
        match shards.last_mut() {
            Some(shard) if count <= room => {
                shard.push(cell);
                room -= count;
            }
            _ => {
                shards.push(vec![cell]);
                room = shard_rows.saturating_sub(count);
            }
        }
    }
    shards
}

/// Splits at least two rows into two parts, both ascending.
fn split(table: &FaceTable, rows: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let first = restored(table, least_similar(table, rows, &mean(table, rows)));
    let second = restored(table, least_similar(table, rows, &first));
    let (mut first, mut second) = (first, second);
    let mut margins: Vec<(f32, usize)> = Vec::new();
    for _ in 0..ROUNDS {
        let moved: Vec<(f32, usize)> = rows.iter().map(|row| (margin(table, *row, &first, &second), *row)).collect();
        let side = |margins: &[(f32, usize)]| margins.iter().map(|(margin, _)| *margin > 0.0).collect::<Vec<_>>();
        let settled = side(&moved) == side(&margins);
        margins = moved;
        if settled {
            break;
        }
        let part = |near: bool| {
            margins.iter().filter(|(margin, _)| (*margin > 0.0) == near).map(|(_, row)| *row).collect::<Vec<_>>()
        };
        (first, second) = (mean(table, &part(true)), mean(table, &part(false)));
    }
    margins.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let least = (rows.len() / SMALLEST_SHARE).max(1);
    let near_count = margins.iter().filter(|(margin, _)| *margin > 0.0).count().clamp(least, rows.len() - least);
    let mut near: Vec<usize> = margins.iter().map(|(_, row)| *row).collect();
    let mut far = near.split_off(near_count);
    near.sort_unstable();
    far.sort_unstable();
    (near, far)
}

/// How much nearer a row is to `first` than to `second`.
fn margin(table: &FaceTable, row: usize, first: &[f32], second: &[f32]) -> f32 {
    let codes = table.codes_of(row);
    scale(table, row) * (dot(first, codes) - dot(second, codes))
}

/// The row with the lowest cosine to `center`; the lower row where several have it.
fn least_similar(table: &FaceTable, rows: &[usize], center: &[f32]) -> usize {
    let mut least = (f32::INFINITY, 0);
    for row in rows {
        let cosine = scale(table, *row) * dot(center, table.codes_of(*row));
        if cosine < least.0 {
            least = (cosine, *row);
        }
    }
    least.1
}

/// The mean direction of rows, of unit length unless they cancel out.
fn mean(table: &FaceTable, rows: &[usize]) -> Vec<f32> {
    let mut sums = vec![0.0_f32; table.dim];
    for row in rows {
        let scale = scale(table, *row);
        for (sum, code) in sums.iter_mut().zip(table.codes_of(*row)) {
            *sum += scale * f32::from(*code);
        }
    }
    let length = sums.iter().map(|sum| sum * sum).sum::<f32>().sqrt();
    if length > f32::MIN_POSITIVE {
        for sum in &mut sums {
            *sum /= length;
        }
    }
    sums
}

fn restored(table: &FaceTable, row: usize) -> Vec<f32> {
    let scale = scale(table, row);
    table.codes_of(row).iter().map(|code| scale * f32::from(*code)).collect()
}

fn scale(table: &FaceTable, row: usize) -> f32 {
    table.scales.get(row).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::FaceId;
    use crate::library::quantise::unit_scale;

    fn table(codes: &[[i8; 2]]) -> FaceTable {
        FaceTable {
            dim: 2,
            codes: codes.concat(),
            scales: codes.iter().map(|codes| unit_scale(codes)).collect(),
            ids: (0..codes.len() as u64).map(FaceId).collect(),
            ..FaceTable::default()
        }
    }

    fn all_rows(shards: &[Vec<CellRows>]) -> Vec<usize> {
        let mut rows: Vec<usize> = shards.iter().flatten().flat_map(|cell| cell.rows.clone()).collect();
        rows.sort_unstable();
        rows
    }

    #[test]
    fn a_library_of_one_shard_is_one_cell() {
        let shards = partition(&table(&[[127, 0], [0, 127], [-127, 0]]), 3);
        assert_eq!(shards.len(), 1);
        assert_eq!(all_rows(&shards), [0, 1, 2]);
        assert_eq!(shards.iter().flatten().count(), 1);
    }

    #[test]
    fn groups_that_lie_apart_become_cells_of_their_own() {
        let shards = partition(&table(&[[127, 1], [1, 127], [127, 2], [2, 127], [127, 3], [3, 127]]), 3);
        let cells: Vec<&CellRows> = shards.iter().flatten().collect();
        assert!(
            cells
                .iter()
                .all(|cell| cell.rows.iter().all(|row| row % 2 == cell.rows.first().map_or(0, |first| first % 2)))
        );
        assert_eq!(all_rows(&shards), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn equal_faces_are_divided_all_the_same() {
        let shards = partition(&table(&[[127, 0]; 100]), 10);
        assert!(shards.iter().all(|shard| shard.iter().map(|cell| cell.rows.len()).sum::<usize>() <= 10));
        assert_eq!(all_rows(&shards), (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn no_faces_are_one_empty_cell() {
        assert_eq!(all_rows(&partition(&table(&[]), 10)), Vec::<usize>::new());
        assert_eq!(partition(&table(&[]), 10).len(), 1);
    }
}
