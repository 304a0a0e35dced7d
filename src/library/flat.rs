//! Rows of numbers that are scanned as the faces of a library are, without a library: for comparisons. Imports `core`, `error`.

use super::face_table::FaceTable;
use super::quantise::quantise;
use super::scan::{Best, Probe};
use crate::core::{Embedding, FaceId};
use crate::error::{Error, Result};

/// How many products are summed side by side.
const LANES: usize = 16;

/// Vectors of one length. Compiled for the feature `bench` only.
pub struct FlatIndex {
    stored: Stored,
}

enum Stored {
    /// As signed bytes with a scale each, as libraries store embeddings.
    Bytes(Box<FaceTable>),
    /// As they were given.
    Numbers { dim: usize, rows: Vec<f32>, ids: Vec<u64> },
}

impl FlatIndex {
    /// An index without rows, of vectors of `dim` numbers.
    #[must_use]
    pub fn new(dim: usize, is_bytes: bool) -> Self {
        let stored = if is_bytes {
            Stored::Bytes(Box::new(FaceTable { dim, ..FaceTable::default() }))
        } else {
            Stored::Numbers { dim, rows: Vec::new(), ids: Vec::new() }
        };
        Self { stored }
    }

    /// Adds rows, which get ids in their order from `first_id`. Each is brought to unit length.
    ///
    /// # Errors
    /// `EmbeddingInvalid` for a row without a direction, `InvalidParameter` where the numbers make no whole rows.
    pub fn add(&mut self, rows: &[f32], first_id: u64) -> Result<()> {
        let dim = self.dim();
        if !rows.len().is_multiple_of(dim.max(1)) {
            return Err(Error::invalid("rows", format!("{} numbers make no rows of {dim}", rows.len())));
        }
        for (row, id) in rows.chunks_exact(dim.max(1)).zip(first_id..) {
            let embedding = Embedding::new(row.to_vec())?;
            match &mut self.stored {
                Stored::Bytes(table) => {
                    let quantised = quantise(&embedding);
                    table.codes.extend(quantised.codes);
                    table.scales.push(quantised.scale);
                    table.ids.push(FaceId(id));
                }
                Stored::Numbers { rows, ids, .. } => {
                    rows.extend_from_slice(embedding.as_slice());
                    ids.push(id);
                }
            }
        }
        Ok(())
    }

    /// The ids and cosines of the best `limit` rows for a query.
    ///
    /// # Errors
    /// `EmbeddingInvalid` for a query without a direction or of another length.
    pub fn search(&self, query: &[f32], limit: usize) -> Result<Vec<(u64, f32)>> {
        let query = Embedding::new(query.to_vec())?;
        if query.dim() != self.dim() {
            return Err(Error::EmbeddingInvalid {
                reason: format!("it has {} numbers, not {}", query.dim(), self.dim()),
            });
        }
        let query = query.as_slice();
        let mut best = Best::new(limit, -1.0);
        match &self.stored {
            Stored::Bytes(table) => {
                Probe::new(query).scan(table, 0, |_| u64::MAX, &mut best);
                let id = |row: usize| table.ids.get(row).map_or(0, |id| id.0);
                Ok(best.finish().into_iter().map(|hit| (id(hit.face_row), hit.cosine)).collect())
            }
            Stored::Numbers { dim, rows, ids } => Ok(nearest(query, rows.chunks_exact((*dim).max(1)).zip(ids), limit)),
        }
    }

    fn dim(&self) -> usize {
        match &self.stored {
            Stored::Bytes(table) => table.dim,
            Stored::Numbers { dim, .. } => *dim,
        }
    }
}

/// The best of these rows.
fn nearest<'a>(query: &[f32], rows: impl Iterator<Item = (&'a [f32], &'a u64)>, limit: usize) -> Vec<(u64, f32)> {
    let mut best: Vec<(u64, f32)> = Vec::with_capacity(limit + 1);
    for (row, id) in rows {
        let cosine = dot(query, row);
        if best.len() < limit || best.last().is_some_and(|(_, least)| cosine > *least) {
            let place = best.partition_point(|(_, other)| *other >= cosine);
            best.insert(place, (*id, cosine));
            best.truncate(limit);
        }
    }
    best
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += x * y;
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum::<f32>()
}
