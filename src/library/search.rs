//! The exact search: every face of the opened shards is compared. Imports `core` and `error`.

use std::borrow::Cow;

use super::face_table::FaceTable;
use super::opened::{Library, Shard};
use super::records::{FaceFilter, FaceHit, FaceQuery, MediaRecord};
use super::row_set::RowSet;
use super::scan::{Best, Probe};
use super::views::FaceView;
use crate::core::MediaType;
use crate::error::{Error, Result};

/// A filter of rows, but for that of a person.
struct RowFilter<'a> {
    media_type: Option<MediaType>,
    media_rows: Option<&'a RowSet>,
}

impl RowFilter<'_> {
    /// Whether a face passes.
    fn accepts(&self, face: &FaceView<'_>) -> bool {
        self.media_type.is_none_or(|wanted| face.media.media_type == wanted)
            && self.media_rows.is_none_or(|rows| rows.contains(face.media_row))
    }

    /// The rows of a shard that pass; `None` for all of them.
    fn passing<'a>(&self, shard: &'a Shard, table: &FaceTable, media: &[MediaRecord]) -> Option<Cow<'a, RowSet>> {
        let of_type = self.media_type.map(|wanted| shard.of_type(wanted, table, media));
        // A pass of its own: such reads all over a set, between those of the scan, cost several times the scan.
        let in_set = self.media_rows.map(|wanted| {
            let of_row = |row| table.media_rows.get(row).is_some_and(|media_row| wanted.contains(*media_row));
            RowSet::where_row(table.len(), of_row)
        });
        match (of_type, in_set) {
            (of_type, None) => of_type.map(Cow::Borrowed),
            (None, Some(rows)) => Some(Cow::Owned(rows)),
            (Some(of_type), Some(mut rows)) => {
                rows.intersect(of_type);
                Some(Cow::Owned(rows))
            }
        }
    }
}

impl Shard {
    /// The rows of faces in media of a type. The first call looks at the media of each row.
    fn of_type(&self, wanted: MediaType, table: &FaceTable, media: &[MediaRecord]) -> &RowSet {
        let of = |wanted: MediaType| {
            let record = |row: usize| table.media_rows.get(row).and_then(|media_row| media.get(*media_row));
            RowSet::where_row(table.len(), |row| record(row).is_some_and(|record| record.media_type == wanted))
        };
        let [images, videos] = self.of_type.get_or_init(|| [of(MediaType::Image), of(MediaType::Video)]);
        match wanted {
            MediaType::Image => images,
            MediaType::Video => videos,
        }
    }
}

impl Library {
    /// The faces whose cosine to the query is at least `threshold`: at most `limit`, by descending cosine, ties by face id.
    ///
    /// Every face of the opened shards is compared with the query; cosines are those of f32, so the result is exact but for
    /// the storage of the embeddings as bytes, whose error `library::quantise` states. Pass `usize::MAX` for all faces.
    ///
    /// # Errors
    /// `EmbedderMismatch` where another model made the query, `EmbeddingInvalid` where the query has not the length that
    /// its model's embeddings have, `InvalidParameter` where the threshold is not a number.
    pub fn search(&self, query: &FaceQuery, filter: &FaceFilter, threshold: f32, limit: usize) -> Result<Vec<FaceHit>> {
        self.check_query(query)?;
        if threshold.is_nan() {
            return Err(Error::invalid("threshold", "it is not a number; expected a cosine from -1 to 1"));
        }
        let rows = RowFilter { media_type: filter.media_type, media_rows: filter.media_rows.as_ref() };
        let probe = Probe::new(query.embedding.as_slice());
        let mut best = Best::new(limit, threshold);
        match &filter.entity {
            _ if limit == 0 => {}
            Some(entity) => {
                let person = self.find_entity(entity);
                let faces = person.into_iter().flat_map(|person| self.faces_of_entity(person));
                for face in faces.filter(|face| rows.accepts(face)) {
                    probe.compare(face.codes, face.scale, face.face_id, face.row, &mut best);
                }
            }
            None => {
                for (shard, table) in self.shards.iter().filter_map(|shard| Some((shard, shard.table.as_ref()?))) {
                    let passing = rows.passing(shard, table, &self.tables.media);
                    let word = |block| passing.as_ref().map_or(u64::MAX, |rows| rows.word(block));
                    probe.scan(table, shard.first_row, word, &mut best);
                }
            }
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
        for cell in &self.tables.cells {
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
}
