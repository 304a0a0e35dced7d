//! Resizing: exact area averaging to shrink (what `OpenCV` calls `INTER_AREA`), bilinear with half-pixel centres to grow.
//!
//! Both are separable, so each axis has a table of source positions and weights, and one pass serves both.

use super::photo::Photo;

/// Weights of one output position: source positions `first..first + weights.len()`.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

/// `photo` at `width` by `height` pixels.
pub(super) fn resize(photo: &Photo, width: u32, height: u32) -> Photo {
    if (width, height) == (photo.width, photo.height) {
        return photo.clone();
    }
    // Area averaging only where both axes shrink; a mixed case is bilinear on the axis that grows.
    let columns = taps(photo.width as usize, width as usize);
    let rows = taps(photo.height as usize, height as usize);
    let stride = width as usize * 3;
    let mut out = Photo::black(width, height);
    // The last two source rows, horizontally resampled: neighbouring windows share one row, and bilinear ones two.
    let mut ready: [(usize, Vec<f32>); 2] = [(usize::MAX, Vec::new()), (usize::MAX, Vec::new())];
    let mut sum = vec![0.0_f32; stride];
    for (target, tap) in out.rgb.chunks_exact_mut(stride).zip(&rows) {
        sum.fill(0.0);
        for (y, weight) in (tap.first..).zip(&tap.weights) {
            if !ready.iter().any(|(have, _)| *have == y) {
                ready.rotate_left(1);
                let [_, last] = &mut ready;
                *last = (y, shrink_row(photo, y, &columns));
            }
            let row = ready.iter().find(|(have, _)| *have == y).map_or(&[][..], |(_, row)| row);
            for (s, v) in sum.iter_mut().zip(row) {
                *s += v * weight;
            }
        }
        for (byte, value) in target.iter_mut().zip(&sum) {
            *byte = to_byte(*value);
        }
    }
    out
}

/// One source row resampled along x: `[width, 3]`.
fn shrink_row(photo: &Photo, y: usize, columns: &[Taps]) -> Vec<f32> {
    let source = i64::try_from(y).ok().and_then(|y| photo.row(y)).unwrap_or(&[]);
    let mut row = Vec::with_capacity(columns.len() * 3);
    for tap in columns {
        let part = source.get(tap.first * 3..(tap.first + tap.weights.len()) * 3).unwrap_or(&[]);
        let mut pixel = [0.0_f32; 3];
        for (from, weight) in part.as_chunks::<3>().0.iter().zip(&tap.weights) {
            for (sum, value) in pixel.iter_mut().zip(from) {
                *sum += f32::from(*value) * weight;
            }
        }
        row.extend_from_slice(&pixel);
    }
    row
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "picture sides are below 2^24 and positions are clamped to them"
)]
fn taps(from: usize, to: usize) -> Vec<Taps> {
    let scale = from as f64 / to as f64;
    let area = |i: usize| {
        let (start, end) = (i as f64 * scale, ((i + 1) as f64 * scale).min(from as f64));
        let first = (start as usize).min(from - 1);
        let last = (end.ceil() as usize).clamp(first + 1, from);
        let cover = |p: usize| ((end.min((p + 1) as f64) - start.max(p as f64)).max(0.0) / (end - start)) as f32;
        Taps { first, weights: (first..last).map(cover).collect() }
    };
    let linear = |i: usize| {
        let center = ((i as f64 + 0.5) * scale - 0.5).clamp(0.0, (from - 1) as f64);
        let first = (center as usize).min(from.saturating_sub(2));
        let part = (center - first as f64) as f32;
        let weights = if from == 1 { vec![1.0] } else { vec![1.0 - part, part] };
        Taps { first, weights }
    };
    (0..to).map(|i| if scale > 1.0 { area(i) } else { linear(i) }).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
pub(super) fn to_byte(value: f32) -> u8 {
    (value + 0.5).clamp(0.0, 255.0) as u8
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

    proptest! {
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
