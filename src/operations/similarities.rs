//! How much all faces of a library look like a query: what a search with any threshold would find. An extension. Imports `library` and `error`.

use serde::Serialize;

use crate::error::Result;
use crate::library::{FaceQuery, Library};

use super::request::SearchMediaByFaceRequest;
use super::search::{SearchOptions, face_filter, media_hits, six_decimals};

/// Also what the answer says.
const BIN_WIDTH: f64 = 0.01;
/// Bins a unit of cosine.
const BINS_A_UNIT: f32 = 100.0;
const BINS: usize = 200;

/// How many faces and media of a library have which cosine to a query. An extension.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Similarities {
    /// The cosine from which a search finds a face: the given one, else the default for a library of this size.
    pub threshold: f64,
    /// Faces that were compared.
    pub faces: usize,
    /// Media that these faces are in.
    pub media: usize,
    /// The width of a bin. Bin `i` has the cosines from `-1 + i * binWidth` on; the last one has 1 too.
    pub bin_width: f64,
    /// How many faces are in each bin.
    pub by_face: Vec<u32>,
    /// How many media are in each bin by their most similar face.
    pub by_media: Vec<u32>,
}

/// Compares all faces that pass the filters of a request; its page is ignored.
///
/// # Errors
/// Those of `search_media_by_face`.
pub fn similarities(
    library: &Library,
    query: &FaceQuery,
    request: &SearchMediaByFaceRequest,
    options: &SearchOptions,
) -> Result<Similarities> {
    let threshold = options.threshold_for(library.embedder(), library.face_count())?;
    let faces = library.search(query, &face_filter(library, request), -1.0, library.face_count())?;
    let media = media_hits(library, &faces)?;
    Ok(Similarities {
        threshold: six_decimals(threshold),
        faces: faces.len(),
        media: media.len(),
        bin_width: BIN_WIDTH,
        by_face: bins(faces.iter().map(|hit| hit.cosine)),
        by_media: bins(media.iter().map(|hit| hit.best.cosine)),
    })
}

fn bins(cosines: impl Iterator<Item = f32>) -> Vec<u32> {
    let mut bins = vec![0_u32; BINS];
    for cosine in cosines {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
        let bin = ((cosine + 1.0) * BINS_A_UNIT) as usize;
        if let Some(count) = bins.get_mut(bin.min(BINS - 1)) {
            *count += 1;
        }
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::MediaType;
    use crate::operations::testing::{self, face, media, query};

    fn library() -> Library {
        let all = vec![media("a", MediaType::Image), media("v", MediaType::Video)];
        let faces = vec![
            face("a", 0, 0.705, None, None),
            face("a", 1, 0.455, None, None),
            face("v", 0, -0.305, None, Some((1.0, 2.0))),
        ];
        testing::library(all, faces, Vec::new(), Vec::new())
    }

    fn filled(bins: &[u32]) -> Vec<(usize, u32)> {
        bins.iter().copied().enumerate().filter(|(_, count)| *count > 0).collect()
    }

    #[test]
    fn every_face_is_counted_and_every_media_by_its_best() {
        let request = SearchMediaByFaceRequest::new("t");
        let found = similarities(&library(), &query(), &request, &SearchOptions::default()).unwrap();
        assert_eq!((found.faces, found.media, found.bin_width), (3, 2, 0.01));
        assert_eq!(found.by_face.len(), 200);
        let near = |bins: Vec<(usize, u32)>, wanted: &[usize]| {
            // int8 embeddings keep a cosine to about 0.01.
            bins.len() == wanted.len() && bins.iter().zip(wanted).all(|((bin, n), w)| bin.abs_diff(*w) <= 1 && *n == 1)
        };
        assert!(near(filled(&found.by_face), &[69, 145, 170]), "{:?}", filled(&found.by_face));
        assert!(near(filled(&found.by_media), &[69, 170]), "{:?}", filled(&found.by_media));
        assert!((found.threshold - f64::from(query().embedder.default_threshold(3))).abs() < 1e-6);
    }

    #[test]
    fn filters_and_the_threshold_are_those_of_the_search() {
        let mut request = SearchMediaByFaceRequest::new("t");
        request.media_type = Some(MediaType::Video);
        let options = SearchOptions { threshold: Some(0.5), scores: false };
        let found = similarities(&library(), &query(), &request, &options).unwrap();
        assert_eq!((found.faces, found.media, found.threshold), (1, 1, 0.5));
        let bad = SearchOptions { threshold: Some(2.0), scores: false };
        assert_eq!(similarities(&library(), &query(), &request, &bad).unwrap_err().parameter(), Some("threshold"));
    }

    #[test]
    fn the_ends_of_the_scale_have_bins() {
        assert_eq!(filled(&bins([-1.0, 1.0, 0.0].into_iter())), [(0, 1), (100, 1), (199, 1)]);
    }
}
