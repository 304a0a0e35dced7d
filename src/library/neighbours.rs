//! Which faces among some are most alike. Imports `kernels` and `error`.

use std::cmp::Ordering;

use super::opened::Library;
use super::views::FaceView;
use crate::error::Result;
use crate::kernels::WholeQuery;

impl Library {
    /// For each of these faces the `count` others among them with the highest cosines: their places in `faces`, and the cosines, by
    /// descending cosine, ties by ascending id. Every pair is compared, in whole numbers: cosines are off by 1e-4 at most.
    ///
    /// # Errors
    /// `EmbeddingInvalid` for an embedding without a direction, which an opened library has not.
    pub fn nearest_among(faces: &[FaceView<'_>], count: usize) -> Result<Vec<Vec<(usize, f32)>>> {
        let codes: Vec<i8> = faces.iter().flat_map(|face| face.codes).copied().collect();
        let mut sums = vec![0; faces.len()];
        let mut nearest = |(place, face): (usize, &FaceView<'_>)| -> Result<Vec<(usize, f32)>> {
            let embedding = face.embedding()?;
            let query = WholeQuery::new(embedding.as_slice());
            query.dots(&codes, &mut sums);
            #[expect(clippy::cast_precision_loss, reason = "far below 2^24 in units that matter")]
            let cosine = |(sum, other): (&i32, &FaceView<'_>)| *sum as f32 * query.unit * other.scale;
            let others = sums.iter().zip(faces).map(cosine).enumerate().filter(|(other, _)| *other != place);
            let mut others: Vec<(usize, f32)> = others.collect();
            let id = |place: usize| faces.get(place).map(|face| face.face_id);
            let rank = |a: &(usize, f32), b: &(usize, f32)| -> Ordering {
                b.1.total_cmp(&a.1).then_with(|| id(a.0).cmp(&id(b.0)))
            };
            if count < others.len() {
                others.select_nth_unstable_by(count, rank);
                others.truncate(count);
            }
            others.sort_unstable_by(rank);
            Ok(others)
        };
        faces.iter().enumerate().map(&mut nearest).collect()
    }
}
