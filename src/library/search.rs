//! The exact search: every face of the opened shards is compared. Imports `core` and `error`.

use std::cmp::Ordering;

use super::face_table::FaceTable;
use super::opened::Library;
use super::quantise::dot;
use super::records::{FaceFilter, FaceHit, FaceQuery};
use super::row_set::RowSet;
use crate::core::{FaceId, MediaType};
use crate::error::{Error, Result};

/// A face that was found, with what orders it.
#[derive(Clone, Copy)]
struct Candidate {
    cosine: f32,
    face_id: FaceId,
    face_row: usize,
}

impl Candidate {
    /// By descending cosine, ties by ascending face id.
    fn rank(&self, other: &Self) -> Ordering {
        other.cosine.total_cmp(&self.cosine).then(self.face_id.cmp(&other.face_id))
    }
}

/// The best candidates up to a limit.
struct TopK {
    limit: usize,
    candidates: Vec<Candidate>,
}

impl TopK {
    fn push(&mut self, candidate: Candidate) {
        self.candidates.push(candidate);
        // Twice the limit is collected before the worse half is dropped, so that each candidate is sorted few times.
        if self.candidates.len() >= self.limit.saturating_mul(2).max(1024) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.candidates.sort_unstable_by(Candidate::rank);
        self.candidates.truncate(self.limit);
    }

    fn finish(mut self) -> Vec<FaceHit> {
        self.cut();
        self.candidates.into_iter().map(|c| FaceHit { face_row: c.face_row, cosine: c.cosine }).collect()
    }
}

/// A filter in terms of rows.
struct RowFilter<'a> {
    media_type: Option<MediaType>,
    entity_row: Option<usize>,
    media_rows: Option<&'a RowSet>,
}

impl RowFilter<'_> {
    fn accepts(&self, library: &Library, shard: &FaceTable, row: usize) -> bool {
        let entity_fits = self.entity_row.is_none() || shard.entity_rows.get(row).copied().flatten() == self.entity_row;
        let media_fits = |media_row: usize| {
            self.media_rows.is_none_or(|rows| rows.contains(media_row))
                && self.media_type.is_none_or(|wanted| library.media(media_row).is_some_and(|m| m.media_type == wanted))
        };
        entity_fits && shard.media_rows.get(row).is_some_and(|media_row| media_fits(*media_row))
    }
}

impl Library {
    /// The faces whose cosine to the query is at least `threshold`: at most `limit`, by descending cosine, ties by face id.
    ///
    /// Every face of the opened shards is compared with the query in f32, so the result is exact but for the storage of the
    /// embeddings as bytes, whose error `library::quantise` states. Pass `usize::MAX` for all faces.
    ///
    /// # Errors
    /// `EmbedderMismatch` where another model made the query, `EmbeddingInvalid` where the query has not the length that
    /// its model's embeddings have, `InvalidParameter` where the threshold is not a number.
    pub fn search(&self, query: &FaceQuery, filter: &FaceFilter, threshold: f32, limit: usize) -> Result<Vec<FaceHit>> {
        self.check_query(query)?;
        if threshold.is_nan() {
            return Err(Error::invalid("threshold", "it is not a number; expected a cosine from -1 to 1"));
        }
        let entity_row = match filter.entity.as_ref().map(|id| self.find_entity(id)) {
            Some(None) => return Ok(Vec::new()),
            Some(found) => found,
            None => None,
        };
        let rows = RowFilter { media_type: filter.media_type, entity_row, media_rows: filter.media_rows.as_ref() };
        let mut best = TopK { limit, candidates: Vec::new() };
        for (first_row, shard) in self.opened_shards() {
            self.scan(shard, first_row, query.embedding.as_slice(), threshold, &rows, &mut best);
        }
        Ok(best.finish())
    }

    /// The numbers of the shards, from 0 among the files of the role `faces`, in the order of their nearest cell to the
    /// query. A page that probes a large library fetches them in this order.
    ///
    /// # Errors
    /// As `search`.
    pub fn probe_order(&self, query: &FaceQuery) -> Result<Vec<usize>> {
        self.check_query(query)?;
        let mut nearest = vec![f32::NEG_INFINITY; self.shard_count()];
        for cell in self.cells() {
            let cosine: f32 = query.embedding.as_slice().iter().zip(&cell.centroid).map(|(a, b)| a * b).sum();
            if let Some(best) = nearest.get_mut(cell.shard) {
                *best = best.max(cosine);
            }
        }
        let mut order: Vec<(usize, f32)> = nearest.into_iter().enumerate().collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Ok(order.into_iter().map(|(shard, _)| shard).collect())
    }

    fn check_query(&self, query: &FaceQuery) -> Result<()> {
        if query.embedder != *self.embedder() {
            return Err(Error::EmbedderMismatch {
                library: self.name().to_owned(),
                library_embedder: self.embedder().describe(),
                query_embedder: query.embedder.describe(),
            });
        }
        if query.embedding.dim() != query.embedder.dim {
            let reason = format!(
                "it has {} numbers, but those of {} have {}",
                query.embedding.dim(),
                query.embedder.id,
                query.embedder.dim
            );
            return Err(Error::EmbeddingInvalid { reason });
        }
        Ok(())
    }

    fn scan(
        &self,
        shard: &FaceTable,
        first_row: usize,
        query: &[f32],
        threshold: f32,
        filter: &RowFilter<'_>,
        best: &mut TopK,
    ) {
        let rows = shard.codes.chunks_exact(shard.dim.max(1)).zip(&shard.scales).zip(&shard.ids);
        for (row, ((codes, scale), face_id)) in rows.enumerate() {
            let cosine = (scale * dot(query, codes)).clamp(-1.0, 1.0);
            if cosine >= threshold && filter.accepts(self, shard, row) {
                best.push(Candidate { cosine, face_id: *face_id, face_row: first_row + row });
            }
        }
    }
}
