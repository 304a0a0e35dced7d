//! Bounded decoding of image files by the `image` crate. Imports `core`, `error`.
//!
//! JPEG, PNG, WebP, GIF (first frame), BMP and TIFF; any depth; grey, alpha (dropped) and CMYK inputs become RGB;
//! EXIF orientation is applied. The number of pixels is checked before anything of that size is allocated.

use std::io::{Cursor, ErrorKind};

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader};

use crate::error::{Error, Result};

use super::jpeg_end::has_end_marker;
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
        let upper = format.to_uppercase();
        if (format == "jpeg" && !has_end_marker(bytes)) || (format == "webp" && !is_whole_riff(bytes)) {
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
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(failed)?;
    picture.apply_orientation(orientation);
    let rgb = picture.into_rgb8();
    Ok(Photo { width: rgb.width(), height: rgb.height(), rgb: rgb.into_raw() })
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
