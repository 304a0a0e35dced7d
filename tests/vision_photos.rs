//! The vision layer on whole photos: expected faces, orientation, kinds of files, damaged files, small faces in large photos.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test says by a panic that it failed"
)]

mod common;

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage};
use serde::Deserialize;
use visavis::core::Rect;
use visavis::vision::{DecodeLimits, DetectOptions, EXPRESSION_LABELS, Photo};

use common::{engine, photo, shared};

#[derive(Deserialize)]
struct Expected {
    photos: Vec<ExpectedPhoto>,
}

#[derive(Deserialize)]
struct ExpectedPhoto {
    path: String,
    width: u32,
    height: u32,
    faces: Vec<ExpectedFace>,
}

#[derive(Deserialize)]
struct ExpectedFace {
    r#box: [f32; 4],
}

fn check_expected(folder: &str, text: &str) {
    let expected: Expected = serde_json::from_str(text).expect("expected.json parses");
    let engine = engine();
    for record in &expected.photos {
        let bytes =
            std::fs::read(format!("{folder}/{}", record.path)).unwrap_or_else(|e| panic!("{}: {e}", record.path));
        let photo = Photo::decode(&bytes, &DecodeLimits::default()).unwrap_or_else(|e| panic!("{}: {e}", record.path));
        assert_eq!((photo.width, photo.height), (record.width, record.height), "{}: size", record.path);
        let faces = engine.detect(&photo, &DetectOptions::default()).expect("detect");
        // sample1 has a dark bag that the detector takes for a face now and then; see expected.json.
        let surplus = usize::from(record.path.ends_with("sample1.jpg"));
        let count = record.faces.len()..=record.faces.len() + surplus;
        assert!(count.contains(&faces.len()), "{}: {} faces", record.path, faces.len());
        for face in &record.faces {
            let [x, y, w, h] = face.r#box;
            let wanted = Rect::new(x, y, w, h);
            let best = faces.iter().map(|f| f.box_px.iou(&wanted)).fold(0.0, f32::max);
            assert!(best >= 0.5, "{}: {wanted:?} has only IoU {best}", record.path);
        }
    }
    assert!(!expected.photos.is_empty());
}

#[test]
fn every_expected_face_of_the_committed_photos_is_found_and_no_other() {
    check_expected("tests/data", &std::fs::read_to_string("tests/data/expected.json").expect("expected.json"));
}

#[test]
fn every_expected_face_of_the_shared_photos_is_found_and_no_other() {
    let Some(path) = shared("data/photos/expected.json") else { return };
    check_expected("../shared/data/photos", &std::fs::read_to_string(path).expect("expected.json"));
}

#[test]
fn the_eight_orientations_show_the_same_face() {
    let engine = engine();
    let first = photo("exif/astronaut_1.jpg");
    let faces = engine.detect(&first, &DetectOptions::default()).expect("detect");
    let reference = engine.embed(&faces[0]).expect("embed");
    for orientation in 2..=8 {
        let turned = photo(&format!("exif/astronaut_{orientation}.jpg"));
        let faces = engine.detect(&turned, &DetectOptions::default()).expect("detect");
        assert_eq!(faces.len(), 1, "orientation {orientation}");
        let cosine = engine.embed(&faces[0]).expect("embed").cosine(&reference);
        assert!(cosine > 0.97, "orientation {orientation}: cosine {cosine}");
    }
}

/// The astronaut in the given form, encoded; lossless forms must give the same face to the last pixel.
fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap_or_else(|e| panic!("{format:?}: {e}"));
    bytes
}

fn astronaut() -> DynamicImage {
    let photo = photo("photos/astronaut.png");
    DynamicImage::ImageRgb8(RgbImage::from_raw(photo.width, photo.height, photo.rgb).expect("a picture"))
}

#[test]
fn every_format_depth_and_channel_layout_becomes_the_same_picture() {
    let rgb = astronaut();
    let same = |bytes: &[u8], allowed: u8, what: &str| {
        let got = Photo::decode(bytes, &DecodeLimits::default()).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!((got.width, got.height), (512, 512), "{what}");
        let mean: f64 = got.rgb.iter().zip(rgb.as_bytes()).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>();
        let mean = mean / got.rgb.len() as f64;
        assert!(mean <= f64::from(allowed), "{what}: mean difference {mean}");
    };
    for (format, allowed) in [
        (ImageFormat::Png, 0),
        (ImageFormat::Bmp, 0),
        (ImageFormat::Tiff, 0),
        (ImageFormat::WebP, 0),
        (ImageFormat::Jpeg, 6),
        (ImageFormat::Gif, 12),
    ] {
        let picture = if format == ImageFormat::Gif { rgb.to_rgba8().into() } else { rgb.clone() };
        same(&encoded(&picture, format), allowed, &format!("{format:?}"));
    }
    same(&encoded(&rgb.to_rgba8().into(), ImageFormat::Png), 0, "PNG with alpha");
    same(&encoded(&rgb.to_rgb16().into(), ImageFormat::Png), 0, "PNG of 16 bits");
    same(&encoded(&rgb.to_rgba16().into(), ImageFormat::Tiff), 0, "TIFF of 16 bits with alpha");
}

#[test]
fn grey_pictures_of_8_and_16_bits_have_the_same_face() {
    let engine = engine();
    for (what, bytes) in [
        ("8 bits", encoded(&astronaut().to_luma8().into(), ImageFormat::Png)),
        ("16 bits with alpha", encoded(&astronaut().to_luma_alpha16().into(), ImageFormat::Png)),
        ("JPEG", encoded(&astronaut().to_luma8().into(), ImageFormat::Jpeg)),
    ] {
        let grey = Photo::decode(&bytes, &DecodeLimits::default()).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(engine.detect(&grey, &DetectOptions::default()).expect("detect").len(), 1, "{what}");
    }
}

#[test]
fn a_cmyk_jpeg_has_the_colours_of_its_rgb_original() {
    let cmyk = photo("photos/astronaut_cmyk.jpg");
    let rgb = photo("photos/astronaut.png").resized(cmyk.width, cmyk.height);
    let total: f64 = cmyk.rgb.iter().zip(&rgb.rgb).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
    let mean = total / cmyk.rgb.len() as f64;
    assert!(mean < 8.0, "mean difference {mean}");
}

fn code(bytes: &[u8], limits: &DecodeLimits) -> (String, String) {
    let error = Photo::decode(bytes, limits).expect_err("an error").named("holiday.jpg");
    (error.code(), error.to_string())
}

#[test]
fn damaged_files_have_their_own_codes_and_name_the_file() {
    let limits = DecodeLimits::default();
    let whole = |format| encoded(&astronaut(), format);
    let cut = |bytes: Vec<u8>| bytes[..bytes.len() * 2 / 3].to_vec();
    let mut claims = whole(ImageFormat::Png);
    // Width and height of the header, with its checksum made right again (CRC of "IHDR" and its 13 bytes).
    claims[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
    let crc = crc32(&claims[12..29]);
    claims[29..33].copy_from_slice(&crc.to_be_bytes());
    let mut broken = whole(ImageFormat::Png);
    let middle = broken.len() / 2;
    broken[middle..middle + 64].fill(0x55);
    let mut twelve_bits = whole(ImageFormat::Jpeg);
    let frame = twelve_bits.windows(2).position(|w| w == [0xFF, 0xC0]).expect("a baseline frame");
    twelve_bits[frame + 4] = 12;
    for (what, bytes, expected) in [
        ("empty file", Vec::new(), "ImageEmpty"),
        ("JPEG of twelve bits a colour", twelve_bits, "ImageFormatUnsupported"),
        ("text", b"I am not a picture".to_vec(), "ImageFormatUnsupported"),
        ("cut JPEG", cut(whole(ImageFormat::Jpeg)), "ImageTruncated"),
        ("cut PNG", cut(whole(ImageFormat::Png)), "ImageTruncated"),
        ("cut GIF", cut(encoded(&astronaut().to_rgba8().into(), ImageFormat::Gif)), "ImageTruncated"),
        ("cut BMP", cut(whole(ImageFormat::Bmp)), "ImageTruncated"),
        ("cut TIFF", cut(whole(ImageFormat::Tiff)), "ImageTruncated"),
        ("cut WebP", cut(whole(ImageFormat::WebP)), "ImageTruncated"),
        ("header only", whole(ImageFormat::Png)[..12].to_vec(), "ImageTruncated"),
        ("damaged PNG", broken, "ImageMalformed"),
        ("PNG that claims 60000 x 60000", claims, "ImageTooLarge"),
        ("PNG of 70000 x 1", encoded(&DynamicImage::new_luma8(70_000, 1), ImageFormat::Png), "ImageTooLarge"),
    ] {
        let (got, message) = code(&bytes, &limits);
        assert_eq!(got, expected, "{what}: {message}");
        assert!(message.starts_with("holiday.jpg: "), "{what}: {message}");
    }
    let (got, message) = code(&whole(ImageFormat::Jpeg), &DecodeLimits { max_pixels: 1000 });
    assert_eq!(got, "ImageTooLarge");
    assert!(message.contains("512 x 512") && message.contains("1000"), "{message}");
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| (c >> 1) ^ (0xEDB8_8320 & (c & 1).wrapping_neg()))
    })
}

#[test]
fn forty_pixel_faces_in_a_photo_of_24_megapixels_are_found() {
    let engine = engine();
    // A group photo of 6000 x 4000 pixels on a textured ground: the same person at 24 places, with faces 40 pixels high.
    let source = photo("photos/obama.jpg");
    let faces = engine.detect(&source, &DetectOptions::default()).expect("detect");
    let face = faces[0].box_px;
    let person =
        source.crop(&Rect::new(face.x - face.w * 0.5, face.y - face.h * 0.3, face.w * 2.0, face.h * 1.7), 10_000);
    let scale = 40.0 / face.h;
    let side = |length: u32| (length as f32 * scale).round() as u32;
    let small = person.resized(side(person.width), side(person.height));
    let mut group = photo("photos/chelsea.png").resized(6000, 4000);
    let mut places = Vec::new();
    for row in 0..4_u32 {
        for column in 0..6_u32 {
            let (left, top) = (317 + column * 967, 281 + row * 941);
            for y in 0..small.height {
                let from = (y * small.width * 3) as usize;
                let to = (((top + y) * group.width + left) * 3) as usize;
                let width = (small.width * 3) as usize;
                group.rgb[to..to + width].copy_from_slice(&small.rgb[from..from + width]);
            }
            places.push(Rect::new(
                left as f32 + face.w * 0.5 * scale,
                top as f32 + face.h * 0.3 * scale,
                face.w * scale,
                face.h * scale,
            ));
        }
    }
    let found = engine.detect(&group, &DetectOptions::default()).expect("detect");
    let hit = places.iter().filter(|p| found.iter().any(|f| f.box_px.iou(p) >= 0.5)).count();
    println!("{hit} of {} faces found, {} boxes", places.len(), found.len());
    assert!(hit >= 23, "{hit} of {}", places.len());
    assert!(found.len() <= hit + 1, "{} boxes for {hit} faces", found.len());
    let without = DetectOptions { small_faces: false, ..DetectOptions::default() };
    assert!(engine.detect(&group, &without).expect("detect").len() < 4, "the tiles are what finds them");
}

#[test]
fn a_face_of_thousands_of_pixels_has_the_embedding_of_its_small_copy() {
    let engine = engine();
    let small = photo("photos/obama.jpg");
    let embedding = |p: &Photo| {
        let faces = engine.detect(p, &DetectOptions::default()).expect("detect");
        (faces[0].box_px.h, engine.embed(&faces[0]).expect("embed"))
    };
    let (_, reference) = embedding(&small);
    let (height, large) = embedding(&small.resized(small.width * 5, small.height * 5));
    assert!(height > 1500.0);
    let cosine = large.cosine(&reference);
    println!("cosine {cosine:.4}");
    assert!(cosine > 0.97, "{cosine}");
}

#[test]
fn a_picture_as_long_and_thin_as_can_be_takes_no_longer_than_its_pixels() {
    // With a window of rows kept for each output row this took hours.
    let thin = Photo::black(100, 65_535);
    assert!(engine().detect(&thin, &DetectOptions::default()).expect("detect").is_empty());
    let one = thin.resized(1, 1);
    assert_eq!((one.width, one.height), (1, 1));
}

#[test]
fn a_cat_has_no_face() {
    assert!(engine().detect(&photo("photos/chelsea.png"), &DetectOptions::default()).expect("detect").is_empty());
}

#[test]
fn a_smiling_astronaut_is_happy() {
    let engine = engine();
    let photo = photo("photos/astronaut.png");
    let faces = engine.detect(&photo, &DetectOptions::default()).expect("detect");
    let scores = engine.expression(&photo, &faces[0]).expect("expression").expect("a model");
    assert_eq!(scores.label(), "happy");
    assert!((scores.0.iter().sum::<f32>() - 1.0).abs() < 1e-3);
    assert!(EXPRESSION_LABELS.contains(&scores.label()));
}

#[test]
fn blurring_lowers_the_quality() {
    let engine = engine();
    let sharp = photo("photos/obama.jpg");
    let blurred = sharp.fitted(200).resized(sharp.width, sharp.height);
    let quality = |p: &Photo| engine.detect(p, &DetectOptions::default()).expect("detect")[0].quality;
    let (good, poor) = (quality(&sharp), quality(&blurred));
    println!("{good:?}\n{poor:?}");
    assert!(good.score > 0.6 && good.sharpness > 2.0 * poor.sharpness && poor.score < good.score);
    assert!(good.yaw_deg.abs() < 20.0 && good.roll_deg.abs() < 10.0);
}
