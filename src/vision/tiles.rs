//! Small faces in large photos. Imports `core`, `error`.
//!
//! The detector sees the whole photo at 640 pixels, so in a photo of 6000 pixels a face of 40 would be 4 pixels wide to it. Large photos are
//! therefore searched twice: whole, for the large faces, and at a finer scale in overlapping tiles, for the small ones.
//! Tiles rather than one large input, because their memory does not grow with the photo.

use super::detector::{Detection, Detector};
use super::photo::Photo;
use crate::error::Result;

/// Photos with a long side up to this are searched once only: at 640 a face of 40 pixels is still 16 pixels high, which is
/// about the smallest that the detector finds reliably.
const WHOLE_UP_TO_PX: u32 = 1600;
/// The finer scale, as a part of the photo's own. Measured with faces 40 pixels high in a photo of 6000 x 4000: at 0.43 a sixth
/// of them is found, at 0.5 two thirds, from 0.6 on all; 0.68 leaves a margin.
const FINE_SCALE: f64 = 0.68;
/// The long side of the finer scale, at most, so that no photo takes more than 25 tiles.
const FINE_SIDE_PX: u32 = 4096;
/// How far neighbouring tiles overlap, in pixels of the finer scale. Every face up to this size is whole in some tile;
/// larger ones are at least 20 pixels high in the whole picture at 640.
const OVERLAP_PX: u32 = 128;
/// The longest side of a tile. Larger tiles overlap in less of what they see; one of this size takes some 20 MB while it is looked at.
const TILE_SIDE_PX: u32 = 1088;

/// Faces found in the tiles of a large photo, in its own pixels, before suppression; none when the photo is not large.
pub(super) fn detect_in_tiles(
    detector: &Detector,
    photo: &Photo,
    score_threshold: f32,
    nms_iou: f32,
) -> Result<Vec<Detection>> {
    let long = photo.width.max(photo.height);
    if long <= WHOLE_UP_TO_PX {
        return Ok(Vec::new());
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a side that is a u32")]
    let fine_side = ((f64::from(long) * FINE_SCALE) as u32).min(FINE_SIDE_PX);
    let fine = photo.fitted(fine_side);
    #[expect(clippy::cast_precision_loss, reason = "picture sides are below 2^24")]
    let scale = [photo.width as f32 / fine.width as f32, photo.height as f32 / fine.height as f32];
    let mut found = Vec::new();
    let (height, tops) = tiles(fine.height);
    let (width, lefts) = tiles(fine.width);
    for top in tops {
        for left in lefts.iter().copied() {
            let tile = fine.window(i64::from(left), i64::from(top), width, height);
            let faces = detector.detect_unscaled(&tile, score_threshold, nms_iou)?;
            let inside =
                faces.into_iter().filter(|f| is_whole(f, [left, top], [width, height], [fine.width, fine.height]));
            #[expect(clippy::cast_precision_loss, reason = "picture sides are below 2^24")]
            let origin = [left as f32, top as f32];
            found.extend(inside.map(|f| f.moved([1.0, 1.0], origin).moved(scale, [0.0, 0.0])));
        }
    }
    Ok(found)
}

/// How long tiles are along an axis of `length`, and where they start: as few as can be, evenly spread, overlapping by at least
/// `OVERLAP_PX`.
fn tiles(length: u32) -> (u32, Vec<u32>) {
    if length <= TILE_SIDE_PX {
        return (length, vec![0]);
    }
    let steps = (length - TILE_SIDE_PX).div_ceil(TILE_SIDE_PX - OVERLAP_PX);
    let tile = ((length - OVERLAP_PX).div_ceil(steps + 1) + OVERLAP_PX).next_multiple_of(32).min(TILE_SIDE_PX);
    (tile, (0..=steps).map(|i| (length - tile) * i / steps).collect())
}

/// A face that touches an edge of its tile inside the picture is cut there; the neighbouring tile has it whole. A face larger
/// than the overlap belongs to the pass over the whole picture.
fn is_whole(face: &Detection, origin: [u32; 2], tile: [u32; 2], picture: [u32; 2]) -> bool {
    let b = face.box_px;
    #[expect(clippy::cast_precision_loss, reason = "picture sides are below 2^24")]
    let overlap = OVERLAP_PX as f32;
    if b.w > overlap || b.h > overlap {
        return false;
    }
    [(b.x, b.w, 0), (b.y, b.h, 1)].into_iter().all(|(low, length, axis)| {
        let [origin, tile, picture] = [origin, tile, picture].map(|sides| sides.get(axis).copied().unwrap_or(0));
        #[expect(clippy::cast_precision_loss, reason = "picture sides are below 2^24")]
        let end = tile as f32;
        (origin == 0 || low >= 1.0) && (origin + tile >= picture || low + length <= end - 1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tiles_cover_the_axis_and_overlap_enough(length in 1_u32..20_000) {
            let (tile, starts) = tiles(length);
            prop_assert!(tile <= TILE_SIDE_PX);
            prop_assert_eq!(starts.first(), Some(&0));
            prop_assert_eq!(starts.last().map(|start| start + tile), Some(length));
            prop_assert!(starts.windows(2).all(|w| w[0] + tile >= w[1] + OVERLAP_PX));
        }
    }
}
