//! Which faces among some are most alike. Imports `error`.

use super::opened::Library;
use super::scan::{Best, Probe};
use super::views::FaceView;
use crate::error::Result;

impl Library {
    /// For each of these faces the `count` others among them with the highest cosines: their places in `faces`, and the cosines, by
    /// descending cosine, ties by ascending id. Every pair is compared.
    ///
    /// # Errors
    /// `EmbeddingInvalid` for an embedding without a direction, which an opened library has not.
    pub fn nearest_among(faces: &[FaceView<'_>], count: usize) -> Result<Vec<Vec<(usize, f32)>>> {
        let nearest = |(place, face): (usize, &FaceView<'_>)| -> Result<Vec<(usize, f32)>> {
            let embedding = face.embedding()?;
            let probe = Probe::new(embedding.as_slice());
            let mut best = Best::new(count, -1.0);
            for (other, view) in faces.iter().enumerate().filter(|(other, _)| *other != place) {
                probe.compare(view.codes, view.scale, view.face_id, other, &mut best);
            }
            Ok(best.finish().into_iter().map(|hit| (hit.face_row, hit.cosine)).collect())
        };
        faces.iter().enumerate().map(nearest).collect()
    }
}
