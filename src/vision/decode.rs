//! Bounded decoding of image files by the `image` crate. Imports `core`, `error`.
//!
//! JPEG, PNG, WebP, GIF (first frame), BMP and TIFF; any depth; grey, alpha (dropped) and CMYK inputs become RGB;
//! EXIF orientation is applied. The number of pixels is checked before anything of that size is allocated.

use std::io::{Cursor, ErrorKind};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, RgbImage};

use crate::error::{Error, Result};

use super::jpeg::Headers;
use super::jpeg_markers::JpegMarkers;
use super::photo::Photo;

/// What errors call an image until `Error::named` gives it its own name.
const UNNAMED: &str = "image";

/// The longest side that is read, in pixels: the most that JPEG can say, and enough for positions to be exact in f32.
pub(super) const MAX_SIDE_PX: u32 = 65_535;

/// How much a decoder may allocate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Width times height at most.
    pub max_pixels: u64,
}

impl Default for DecodeLimits {
    /// 100 megapixels.
    fn default() -> Self {
        Self { max_pixels: 100_000_000 }
    }
}

/// The short name of the format of these bytes, by their first bytes: `jpeg`, `png`, `webp`, `gif`, `bmp` or `tiff`.
#[must_use]
pub fn image_format_name(bytes: &[u8]) -> Option<&'static str> {
    match image::guess_format(bytes).ok()? {
        ImageFormat::Jpeg => Some("jpeg"),
        ImageFormat::Png => Some("png"),
        ImageFormat::WebP => Some("webp"),
        ImageFormat::Gif => Some("gif"),
        ImageFormat::Bmp => Some("bmp"),
        ImageFormat::Tiff => Some("tiff"),
        _ => None,
    }
}

impl Photo {
    /// Decodes an image file.
    ///
    /// # Errors
    /// `ImageEmpty`, `ImageFormatUnsupported`, `ImageTruncated`, `ImageMalformed` and `ImageTooLarge`, each calling the
    /// image `image`: say its real name with [`Error::named`].
    pub fn decode(bytes: &[u8], limits: &DecodeLimits) -> Result<Self> {
        if bytes.is_empty() {
            return Err(Error::ImageEmpty { name: UNNAMED.to_owned() });
        }
        let Some(format) = image_format_name(bytes) else {
            return Err(Error::ImageFormatUnsupported { name: UNNAMED.to_owned() });
        };
        // Natively the `image` crate decodes with SIMD.
        if cfg!(target_arch = "wasm32")
            && let Some(photo) = decode_usual_jpeg(bytes, limits)
        {
            return Ok(photo);
        }
        let upper = format.to_uppercase();
        let markers = (format == "jpeg").then(|| JpegMarkers::read(bytes));
        if markers.is_some_and(|markers| markers.is_unusual) {
            return Err(Error::ImageFormatUnsupported { name: UNNAMED.to_owned() });
        }
        if markers.is_some_and(|markers| !markers.is_whole) || (format == "webp" && !is_whole_riff(bytes)) {
            return Err(Error::ImageTruncated { name: UNNAMED.to_owned(), format: upper });
        }
        decode_known(bytes, limits, &upper)
    }
}

/// Whether a RIFF file (WebP) has as many bytes as its header says.
fn is_whole_riff(bytes: &[u8]) -> bool {
    let length = bytes.get(4..8).and_then(|b| b.first_chunk::<4>()).map(|b| u64::from(u32::from_le_bytes(*b)));
    length.is_some_and(|l| l.saturating_add(8) <= bytes.len() as u64)
}

/// Decodes what `jpeg` reads, which the `image` crate would decode to the same pixels, but slower.
fn decode_usual_jpeg(bytes: &[u8], limits: &DecodeLimits) -> Option<Photo> {
    let headers = Headers::read(bytes)?;
    check_pixels(headers.width, headers.height, limits).ok()?;
    let photo = Photo { width: headers.width, height: headers.height, rgb: headers.rgb()? };
    match headers.exif.and_then(Orientation::from_exif_chunk) {
        None | Some(Orientation::NoTransforms) => Some(photo),
        Some(orientation) => {
            let mut picture = DynamicImage::ImageRgb8(RgbImage::from_raw(photo.width, photo.height, photo.rgb)?);
            picture.apply_orientation(orientation);
            Some(photo_of(picture))
        }
    }
}

fn photo_of(picture: DynamicImage) -> Photo {
    let rgb = picture.into_rgb8();
    Photo { width: rgb.width(), height: rgb.height(), rgb: rgb.into_raw() }
}

fn decode_known(bytes: &[u8], limits: &DecodeLimits, format: &str) -> Result<Photo> {
    let failed = |e: ImageError| image_error(&e, format);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| failed(e.into()))?;
    let mut allocation = image::Limits::no_limits();
    // Sixteen bits a channel and four channels are the most that a decoder asks for, twice for its own buffers.
    allocation.max_alloc = Some(limits.max_pixels.saturating_mul(16).saturating_add(64 << 20));
    reader.limits(allocation);
    if let Some((width, height)) = png_header_size(bytes) {
        check_pixels(width, height, limits)?;
    }
    let mut decoder = reader.into_decoder().map_err(failed)?;
    let (width, height) = decoder.dimensions();
    check_pixels(width, height, limits)?;
    if width == 0 || height == 0 {
        return Err(malformed(format, "it has no pixels"));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(failed)?;
    picture.apply_orientation(orientation);
    Ok(photo_of(picture))
}

/// Width and height as a PNG's header says. Where `usize` has 32 bits (WebAssembly), the decoder itself refuses a header of 4 GiB of pixels, without saying their number.
fn png_header_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let side = |from: usize| bytes.get(from..).and_then(|b| b.first_chunk::<4>()).map(|b| u32::from_be_bytes(*b));
    let is_header = bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.get(12..16) == Some(b"IHDR");
    is_header.then(|| Some((side(16)?, side(20)?))).flatten()
}

fn check_pixels(width: u32, height: u32, limits: &DecodeLimits) -> Result<()> {
    let (width, height) = (u64::from(width), u64::from(height));
    if width.saturating_mul(height) > limits.max_pixels || width.max(height) > u64::from(MAX_SIDE_PX) {
        return Err(Error::ImageTooLarge { name: UNNAMED.to_owned(), width, height, limit: limits.max_pixels });
    }
    Ok(())
}

fn image_error(error: &ImageError, format: &str) -> Error {
    if matches!(error, ImageError::Unsupported(_)) {
        return Error::ImageFormatUnsupported { name: UNNAMED.to_owned() };
    }
    let cut_off = match error {
        ImageError::IoError(e) => e.kind() == ErrorKind::UnexpectedEof,
        // Several decoders wrap the end of the file into their own error and keep its words only.
        other => {
            let text = other.to_string().to_lowercase();
            ["unexpected eof", "unexpected end of file", "failed to fill whole buffer", "end of file"]
                .iter()
                .any(|words| text.contains(words))
        }
    };
    if cut_off {
        Error::ImageTruncated { name: UNNAMED.to_owned(), format: format.to_owned() }
    } else {
        malformed(format, &error.to_string())
    }
}

fn malformed(format: &str, reason: &str) -> Error {
    Error::ImageMalformed { name: UNNAMED.to_owned(), format: format.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_way_turns_a_picture_as_the_other_does() {
        let rgb = (0..90_u32 * 50 * 3).map(|at| (at * 7 % 251).to_le_bytes()[0]).collect();
        let jpeg = Photo { width: 90, height: 50, rgb }.to_jpeg(90).unwrap();
        let limits = DecodeLimits::default();
        for orientation in 0..10 {
            // One entry in the byte order of Intel: orientation (0x0112), a short, one of it.
            let exif =
                [b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", [orientation].as_slice(), &[0; 7]].concat();
            let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
            let turned = [&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat();
            let expected = decode_known(&turned, &limits, "JPEG").unwrap();
            assert!(decode_usual_jpeg(&turned, &limits) == Some(expected.clone()), "orientation {orientation}");
            assert_eq!(expected.width == 50, (5..9).contains(&orientation), "orientation {orientation}");
        }
    }

    #[test]
    fn the_quick_way_keeps_to_the_limit_of_pixels() {
        let jpeg = Photo::black(64, 64).to_jpeg(90).unwrap();
        assert!(decode_usual_jpeg(&jpeg, &DecodeLimits { max_pixels: 64 * 64 }).is_some());
        assert_eq!(decode_usual_jpeg(&jpeg, &DecodeLimits { max_pixels: 64 * 64 - 1 }), None);
    }
}
