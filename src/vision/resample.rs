//! Resizing: exact area averaging to shrink (what `OpenCV` calls `INTER_AREA`), bilinear with half-pixel centres to grow.
//!
//! Both are separable, so each axis has a table of source positions and weights, and one pass serves both: rows first, whole
//! registers at a time, then columns, a pixel at a time.

use crate::kernels::{round_row, sum_rows};

use super::photo::Photo;

/// How each position of an axis is made of positions of the source: `each` neighbours from `firsts` on, with their weights.
struct Taps {
    firsts: Vec<usize>,
    weights: Vec<f32>,
    each: usize,
}

/// Numbers of a pixel in the rows between: a colour, and one more, so that a pixel is one SIMD register.
const PIXEL: usize = 4;

/// `photo` at `width` by `height` pixels.
pub(super) fn resize(photo: &Photo, width: u32, height: u32) -> Photo {
    if (width, height) == (photo.width, photo.height) {
        return photo.clone();
    }
    // Area averaging only where an axis shrinks; a mixed case is bilinear on the axis that grows.
    let columns = taps(photo.width as usize, width as usize);
    let rows = taps(photo.height as usize, height as usize);
    let mut out = Photo::black(width, height);
    // One number more than the rows have: the last pixel is read and written as four numbers.
    let stride = photo.width as usize * 3;
    let mut sums = vec![0.0_f32; stride + 1];
    let mut means = vec![0.0_f32; width as usize * 3 + 1];
    let lines = out.rgb.chunks_exact_mut(width as usize * 3);
    for ((line, first), weights) in lines.zip(&rows.firsts).zip(rows.weights.chunks_exact(rows.each)) {
        let sources = (*first..).map(|y| i64::try_from(y).ok().and_then(|y| photo.row(y)).unwrap_or(&[]));
        let sources: Vec<(&[u8], f32)> =
            sources.zip(weights.iter().copied()).filter(|(_, weight)| *weight > 0.0).collect();
        sum_rows(&sources, sums.get_mut(..stride).unwrap_or_default());
        let (firsts, weights) = (&columns.firsts, &columns.weights);
        // The usual numbers of weights as constants.
        match columns.each {
            2 => add_columns(&sums, firsts, weights.as_chunks::<2>().0.iter().map(<[f32; 2]>::as_slice), &mut means),
            3 => add_columns(&sums, firsts, weights.as_chunks::<3>().0.iter().map(<[f32; 3]>::as_slice), &mut means),
            each => add_columns(&sums, firsts, weights.chunks_exact(each), &mut means),
        }
        round_row(&means, line);
    }
    out
}

/// The weighted sums of pixels of a row, one after the other, with so many weights each.
fn add_columns<'a>(row: &[f32], firsts: &[usize], weights: impl Iterator<Item = &'a [f32]>, sums: &mut [f32]) {
    for (at, (first, weights)) in firsts.iter().zip(weights).enumerate() {
        let mut sum = [0.0_f32; PIXEL];
        for (x, weight) in (*first..).zip(weights) {
            let Some(value) = row.get(x * 3..).and_then(|part| part.first_chunk::<PIXEL>()) else { continue };
            for (sum, value) in sum.iter_mut().zip(value) {
                *sum += value * weight;
            }
        }
        // The number after a pixel is the next one's first, which is written after it.
        if let Some(place) = sums.get_mut(at * 3..).and_then(|part| part.first_chunk_mut::<PIXEL>()) {
            *place = sum;
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "picture sides are below 2^24 and positions are clamped to them"
)]
fn taps(from: usize, to: usize) -> Taps {
    let scale = from as f64 / to as f64;
    let area = |i: usize| {
        let (start, end) = (i as f64 * scale, ((i + 1) as f64 * scale).min(from as f64));
        let first = (start as usize).min(from - 1);
        let last = (end.ceil() as usize).clamp(first + 1, from);
        let cover = |p: usize| ((end.min((p + 1) as f64) - start.max(p as f64)).max(0.0) / (end - start)) as f32;
        (first, (first..last).map(cover).collect::<Vec<_>>())
    };
    let linear = |i: usize| {
        let center = ((i as f64 + 0.5) * scale - 0.5).clamp(0.0, (from - 1) as f64);
        let first = (center as usize).min(from.saturating_sub(2));
        let part = (center - first as f64) as f32;
        (first, if from == 1 { vec![1.0] } else { vec![1.0 - part, part] })
    };
    let all: Vec<(usize, Vec<f32>)> = (0..to).map(|i| if scale > 1.0 { area(i) } else { linear(i) }).collect();
    let each = all.iter().map(|(_, weights)| weights.len()).max().unwrap_or(1);
    let mut taps = Taps { firsts: Vec::with_capacity(to), weights: Vec::with_capacity(to * each), each };
    for (first, weights) in all {
        taps.firsts.push(first);
        // Those that have fewer neighbours give the rest no weight.
        taps.weights.extend(weights.into_iter().chain(std::iter::repeat(0.0)).take(each));
    }
    taps
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halving_averages_two_by_two_pixels() {
        let photo = Photo { width: 2, height: 2, rgb: vec![0, 0, 0, 100, 100, 100, 50, 50, 50, 250, 250, 250] };
        assert_eq!(resize(&photo, 1, 1).rgb, [100, 100, 100]);
    }

    /// The definition: each pixel the mean of what it covers, or what lies between its neighbours, in f64.
    fn by_definition(photo: &Photo, width: u32, height: u32) -> Vec<f64> {
        let weight = |from: u32, to: u32, target: u32, source: u32| -> f64 {
            let (scale, target, source) = (f64::from(from) / f64::from(to), f64::from(target), f64::from(source));
            if scale > 1.0 {
                let (start, end) = (target * scale, (target + 1.0) * scale);
                return (end.min(source + 1.0) - start.max(source)).max(0.0) / scale;
            }
            let center = ((target + 0.5) * scale - 0.5).clamp(0.0, f64::from(from - 1));
            (1.0 - (center - source).abs()).max(0.0)
        };
        let mut out = Vec::new();
        for at in 0..width * height * 3 {
            let (x, y, channel) = (at / 3 % width, at / 3 / width, at % 3);
            let mut sum = 0.0;
            for source in 0..photo.width * photo.height {
                let (u, v) = (source % photo.width, source / photo.width);
                let value = f64::from(photo.rgb[(source * 3 + channel) as usize]);
                sum += value * weight(photo.width, width, x, u) * weight(photo.height, height, y, v);
            }
            out.push(sum);
        }
        out
    }

    proptest! {
        #[test]
        fn every_pixel_is_what_the_definition_says(
            w in 1_u32..14, h in 1_u32..9, nw in 1_u32..17, nh in 1_u32..9, seed in any::<u32>(),
        ) {
            let bytes = (0..w * h * 3).map(|i| (seed.wrapping_mul(i.wrapping_add(7)).wrapping_mul(2_654_435_761) >> 24) as u8);
            let photo = Photo { width: w, height: h, rgb: bytes.collect() };
            let expected = by_definition(&photo, nw, nh);
            for (found, expected) in resize(&photo, nw, nh).rgb.iter().zip(expected) {
                prop_assert!((f64::from(*found) - expected).abs() < 0.501, "{found} is not {expected}");
            }
        }

        #[test]
        fn a_plain_picture_stays_plain_at_every_size(
            w in 1_u32..40, h in 1_u32..40, nw in 1_u32..60, nh in 1_u32..60, grey in 0_u8..=255,
        ) {
            let photo = Photo { width: w, height: h, rgb: vec![grey; (w * h * 3) as usize] };
            let out = resize(&photo, nw, nh);
            prop_assert_eq!(out.rgb.len(), (nw * nh * 3) as usize);
            prop_assert!(out.rgb.iter().all(|v| *v == grey));
        }
    }
}
