//! A decoded picture: RGB, eight bits a channel, upright. Imports `core` and `error`.

use crate::core::Rect;
use crate::error::{Error, Result};

use super::decode::MAX_SIDE_PX;
use super::resample;

/// A picture in memory: `rgb` has `width * height * 3` bytes, row by row from the upper left, R G B.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `[height, width, 3]`, RGB, 0 to 255.
    pub rgb: Vec<u8>,
}

impl Photo {
    /// A black picture.
    #[must_use]
    pub fn black(width: u32, height: u32) -> Self {
        Self { width, height, rgb: vec![0; width as usize * height as usize * 3] }
    }

    /// A picture from interleaved RGBA such as `ImageData` has; alpha is dropped.
    ///
    /// # Errors
    /// `InvalidParameter` when the length is not `width * height * 4`, or a side is zero or above 65,535.
    pub fn from_rgba(width: u32, height: u32, rgba: &[u8]) -> Result<Self> {
        let expected = u64::from(width) * u64::from(height) * 4;
        if width.max(height) > MAX_SIDE_PX {
            return Err(Error::invalid(
                "image",
                format!("{width} x {height} pixels; at most {MAX_SIDE_PX} a side are read"),
            ));
        }
        if expected == 0 || rgba.len() as u64 != expected {
            let reason = format!("{} bytes do not make {width} x {height} RGBA pixels ({expected} bytes)", rgba.len());
            return Err(Error::invalid("image", reason));
        }
        let rgb = rgba.chunks_exact(4).flat_map(|p| p.iter().take(3).copied()).collect();
        Ok(Self { width, height, rgb })
    }

    /// The picture at another size: area averaging where it shrinks, bilinear where it grows.
    #[must_use]
    pub fn resized(&self, width: u32, height: u32) -> Self {
        resample::resize(self, width.max(1), height.max(1))
    }

    /// The picture shrunk so that its long side is at most `side` pixels; never enlarged.
    #[must_use]
    pub fn fitted(&self, side: u32) -> Self {
        let long = self.width.max(self.height);
        if long <= side {
            return self.clone();
        }
        let scale = |length: u32| (u64::from(length) * u64::from(side) + u64::from(long) / 2) / u64::from(long);
        self.resized(clamp_u32(scale(self.width)), clamp_u32(scale(self.height)))
    }

    /// The part inside `rect`, clipped to the picture and shrunk to a long side of at most `side_limit` pixels.
    ///
    /// A rectangle outside the picture answers one black pixel.
    #[must_use]
    pub fn crop(&self, rect: &Rect, side_limit: u32) -> Self {
        let clip = |low: f32, length: f32, limit: u32| {
            #[expect(clippy::cast_precision_loss, reason = "picture sides are below 2^24")]
            let limit = limit as f32;
            (low.clamp(0.0, limit).floor(), (low + length).clamp(0.0, limit).ceil())
        };
        let (x0, x1) = clip(rect.x, rect.w, self.width);
        let (y0, y1) = clip(rect.y, rect.h, self.height);
        if x1 <= x0 || y1 <= y0 {
            return Self::black(1, 1);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clipped to the picture")]
        let (x, y, w, h) = (x0 as i64, y0 as i64, (x1 - x0) as u32, (y1 - y0) as u32);
        self.window(x, y, w, h).fitted(side_limit)
    }

    /// The window of `width` by `height` pixels whose upper left corner is at `(left, top)`; black beyond the picture.
    #[must_use]
    pub fn window(&self, left: i64, top: i64, width: u32, height: u32) -> Self {
        let mut out = Self::black(width, height);
        let from = left.clamp(0, i64::from(self.width));
        let to = (left + i64::from(width)).clamp(from, i64::from(self.width));
        let count = usize::try_from(to - from).unwrap_or(0) * 3;
        let shift = usize::try_from(from - left).unwrap_or(0) * 3;
        let start = usize::try_from(from).unwrap_or(0) * 3;
        if count == 0 {
            return out;
        }
        for (row, y) in out.rgb.chunks_exact_mut(width as usize * 3).zip(top..) {
            let Some(source) = self.row(y) else { continue };
            if let (Some(into), Some(part)) = (row.get_mut(shift..shift + count), source.get(start..start + count)) {
                into.copy_from_slice(part);
            }
        }
        out
    }

    /// The part of that window that lies in the picture, and where its upper left corner is. At least one pixel, black if need be.
    #[must_use]
    pub fn clipped_window(&self, left: i64, top: i64, width: u32, height: u32) -> (Self, [i64; 2]) {
        let clip = |low: i64, length: u32, limit: u32| {
            let start = low.clamp(0, i64::from(limit));
            let end = low.saturating_add(i64::from(length)).clamp(start, i64::from(limit));
            (start, u32::try_from(end - start).unwrap_or(0).max(1))
        };
        let (x, w) = clip(left, width, self.width);
        let (y, h) = clip(top, height, self.height);
        (self.window(x, y, w, h), [x, y])
    }

    /// Row `y` as interleaved RGB; `None` beyond the picture.
    #[must_use]
    pub fn row(&self, y: i64) -> Option<&[u8]> {
        let y = usize::try_from(y).ok()?;
        let stride = self.width as usize * 3;
        self.rgb.get(y * stride..(y + 1) * stride)
    }

    /// The picture as JPEG, `quality` 1 to 100.
    ///
    /// # Errors
    /// `Internal` when the encoder refuses the size (a side above 65,535).
    pub fn to_jpeg(&self, quality: u8) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality)
            .encode(&self.rgb, self.width, self.height, image::ExtendedColorType::Rgb8)
            .map_err(|e| Error::Internal { reason: format!("JPEG encoder: {e}") })?;
        Ok(bytes)
    }
}

fn clamp_u32(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp() -> Photo {
        Photo { width: 2, height: 2, rgb: (0..12).collect() }
    }

    #[test]
    fn a_window_beyond_the_picture_is_black_there() {
        let window = ramp().window(-1, 1, 3, 2);
        assert_eq!(window.rgb, [[0, 0, 0, 6, 7, 8, 9, 10, 11], [0; 9]].concat());
    }

    #[test]
    fn rgba_of_the_wrong_length_is_refused_by_name() {
        let error = Photo::from_rgba(2, 2, &[0; 15]).unwrap_err();
        assert_eq!(error.parameter(), Some("image"));
    }

    #[test]
    fn fitting_keeps_the_proportions() {
        let small = Photo::black(400, 100).fitted(100);
        assert_eq!((small.width, small.height), (100, 25));
    }
}
