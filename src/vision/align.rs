//! Alignment: the similarity transform that puts the five landmarks on the ArcFace template, and the crop made with it.
//! Imports `core`, `error`.
//!
//! The template is that of ArcFace (Deng et al. 2019), 112 x 112 pixels; the transform is Umeyama's least-squares similarity.

use crate::core::{Landmarks, Point, Similarity};
use crate::error::{Error, Result};
use crate::kernels::round_row;

use super::photo::Photo;

/// The side of an aligned crop, in pixels.
pub const CROP_SIDE: u32 = 112;

/// Where the landmarks go, in pixels of the crop.
const TEMPLATE: [Point; 5] = [
    Point::new(38.2946, 51.6963),
    Point::new(73.5318, 51.5014),
    Point::new(56.0252, 71.7366),
    Point::new(41.5493, 92.3655),
    Point::new(70.7299, 92.2041),
];

/// The transform from source pixels to the 112 x 112 crop.
///
/// # Errors
/// `Internal` when the landmarks coincide, which no detection has.
pub fn alignment(landmarks: &Landmarks) -> Result<Similarity> {
    Similarity::fit(&landmarks.0, &TEMPLATE)
        .ok_or_else(|| Error::Internal { reason: "the landmarks of a face coincide".to_owned() })
}

/// The aligned 112 x 112 crop: bilinear, black beyond the picture.
pub(super) fn warp(photo: &Photo, to_crop: &Similarity) -> Result<Photo> {
    warp_to(photo, to_crop, CROP_SIDE)
}

/// Below this scale a crop is made from a shrunken copy of the face. Bilinear sampling looks at four pixels of the source whatever
/// the scale; from here on it would skip most of them, and noise and texture of a large sharp photo would end up in the crop.
const MIN_DIRECT_SCALE: f64 = 0.25;
/// The scale that is left to the warp then.
const SHRUNK_SCALE: f64 = 0.5;

/// The crop of `side` pixels square that `to_crop` maps the picture onto.
pub(super) fn warp_to(photo: &Photo, to_crop: &Similarity, side: u32) -> Result<Photo> {
    let scale = to_crop.a.hypot(to_crop.b);
    if scale >= MIN_DIRECT_SCALE { sample(photo, to_crop, side) } else { warp_shrunken(photo, to_crop, side) }
}

/// Cuts out what the crop needs, shrinks it by area averaging, and samples that.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "bounded by the clamps"
)]
fn warp_shrunken(photo: &Photo, to_crop: &Similarity, side: u32) -> Result<Photo> {
    let back = inverse(to_crop)?;
    let scale = to_crop.a.hypot(to_crop.b).max(1e-3);
    let middle = f64::from(side) / 2.0;
    let center = (back.a * middle - back.b * middle + back.tx, back.b * middle + back.a * middle + back.ty);
    // The circle around the turned square, and a pixel of the crop around that.
    let radius = (middle * std::f64::consts::SQRT_2 + 1.0) / scale;
    let limit = f64::from(photo.width.max(photo.height));
    let clip = |at: f64| at.clamp(-limit, 2.0 * limit).floor();
    let (left, top) = (clip(center.0 - radius), clip(center.1 - radius));
    let width = (2.0 * radius).ceil().clamp(1.0, 3.0 * limit) as u32;
    let (cut, [left, top]) = photo.clipped_window(left as i64, top as i64, width, width);
    let shrunk = |length: u32| (f64::from(length) * scale / SHRUNK_SCALE).round().max(1.0);
    let (w, h) = (shrunk(cut.width), shrunk(cut.height));
    let shrunken = cut.resized(w as u32, h as u32);
    // The sides are rounded, so the two axes are shrunk by nearly, not exactly, the same; the crop moves by less than its pixel.
    let step = f64::midpoint(f64::from(cut.width) / w, f64::from(cut.height) / h);
    // A pixel centre p of the shrunken copy stands at (p + 0.5) step - 0.5 of the cut.
    let shift = 0.5 * step - 0.5;
    let (x, y) = (left as f64 + shift, top as f64 + shift);
    let (a, b) = (to_crop.a * step, to_crop.b * step);
    let tx = to_crop.a * x - to_crop.b * y + to_crop.tx;
    let ty = to_crop.b * x + to_crop.a * y + to_crop.ty;
    sample(&shrunken, &Similarity { a, b, tx, ty }, side)
}

fn inverse(to_crop: &Similarity) -> Result<Similarity> {
    to_crop.inverse().ok_or_else(|| Error::Internal { reason: "the alignment of a face has no inverse".to_owned() })
}

fn sample(photo: &Photo, to_crop: &Similarity, side: u32) -> Result<Photo> {
    let back = inverse(to_crop)?;
    let mut crop = Photo::black(side, side);
    let mut line = vec![[0.0_f32; 3]; side as usize];
    for (y, row) in (0..side).zip(crop.rgb.chunks_exact_mut(side as usize * 3)) {
        for (x, sum) in (0..side).zip(&mut line) {
            let (fx, fy) = (f64::from(x), f64::from(y));
            let at = (back.a * fx - back.b * fy + back.tx, back.b * fx + back.a * fy + back.ty);
            *sum = bilinear(photo, at);
        }
        round_row(line.as_flattened(), row);
    }
    Ok(crop)
}

/// The picture's colour between pixel centres, which are at whole numbers; black beyond the edge.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "floor of a position in the picture, and weights between 0 and 1"
)]
fn bilinear(photo: &Photo, (x, y): (f64, f64)) -> [f32; 3] {
    let (left, top) = (x.floor(), y.floor());
    let (wx, wy) = ((x - left) as f32, (y - top) as f32);
    let (across, down) = ([1.0 - wx, wx], [1.0 - wy, wy]);
    let (width, height) = (f64::from(photo.width), f64::from(photo.height));
    let mut sum = [0.0_f32; 3];
    // Nearly all are inside, where two pixels of two rows each are looked for once.
    if left >= 0.0 && top >= 0.0 && left + 1.0 < width && top + 1.0 < height {
        let stride = photo.width as usize * 3;
        let from = top as usize * stride + left as usize * 3;
        let two = |from: usize| photo.rgb.get(from..).and_then(|rest| rest.first_chunk::<6>());
        for (pixels, weight_y) in [two(from), two(from + stride)].into_iter().flatten().zip(down) {
            for (pixel, weight_x) in pixels.as_chunks::<3>().0.iter().zip(across) {
                for (s, value) in sum.iter_mut().zip(pixel) {
                    *s += f32::from(*value) * weight_x * weight_y;
                }
            }
        }
        return sum;
    }
    let (left, top) = (left as i64, top as i64);
    for (y, weight_y) in (top..).zip(down) {
        let Some(row) = photo.row(y) else { continue };
        for (x, weight_x) in (left..).zip(across) {
            let pixel = usize::try_from(x).ok().and_then(|x| row.get(x * 3..x * 3 + 3));
            for (s, value) in sum.iter_mut().zip(pixel.unwrap_or(&[])) {
                *s += f32::from(*value) * weight_x * weight_y;
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_copies_the_picture() {
        let mut photo = Photo::black(112, 112);
        for (i, byte) in (0_u8..=255).cycle().zip(photo.rgb.iter_mut()) {
            *byte = i;
        }
        let same = Similarity { a: 1.0, b: 0.0, tx: 0.0, ty: 0.0 };
        assert_eq!(warp(&photo, &same).unwrap(), photo);
    }

    #[test]
    fn a_strongly_shrunken_crop_averages_what_it_covers() {
        // Black and white pixels in turn, eight times as large as the crop: every pixel of the crop is grey.
        let side = CROP_SIDE * 8;
        let mut photo = Photo::black(side, side);
        for (i, pixel) in photo.rgb.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            *pixel = if (i + i / side as usize).is_multiple_of(2) { [255; 3] } else { [0; 3] };
        }
        let eighth = Similarity { a: 0.125, b: 0.0, tx: -0.4375, ty: -0.4375 };
        let crop = warp(&photo, &eighth).unwrap();
        let inner = |v: &[u8]| v.iter().all(|v| (120..=136).contains(v));
        assert!(crop.rgb.chunks_exact(CROP_SIDE as usize * 3).skip(2).take(108).all(|row| inner(&row[6..330])));
    }

    #[test]
    fn landmarks_on_the_template_need_no_transform() {
        let fit = alignment(&Landmarks(TEMPLATE)).unwrap();
        assert!((fit.a - 1.0).abs() < 1e-6 && fit.b.abs() < 1e-6 && fit.tx.abs() < 1e-4 && fit.ty.abs() < 1e-4);
    }
}
