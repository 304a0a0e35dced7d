//! From a photo to a query: which face is taken, and which photos are refused.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a test says by a panic that it failed")]

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use visavis::core::Rect;
use visavis::operations::{FaceChoice, query_of_photo};
use visavis::vision::{DecodeLimits, Engine, EngineModels, Photo};

fn read(relative: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)).unwrap()
}

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let detector = read("models/face_detection_yunet_2023mar.onnx");
        let embedder = read("models/facex_mobilefacenet_mv_int8.onnx");
        Engine::new(&EngineModels {
            detector: &detector,
            embedder: &embedder,
            embedder_sha256: visavis::core::sha256(&embedder),
            expression: None,
        })
        .unwrap()
    })
}

fn photo(name: &str) -> Photo {
    Photo::decode(&read(&format!("tests/data/photos/{name}")), &DecodeLimits::default()).unwrap()
}

/// Two photos side by side on black; the first is the larger one.
fn side_by_side(a: &Photo, b: &Photo) -> Photo {
    let mut both = Photo::black(a.width + b.width, a.height.max(b.height));
    let stride = both.width as usize * 3;
    for (source, left) in [(a, 0), (b, a.width as usize * 3)] {
        let width = source.width as usize * 3;
        for (row, pixels) in both.rgb.chunks_exact_mut(stride).zip(source.rgb.chunks_exact(width)) {
            row.get_mut(left..left + width).unwrap().copy_from_slice(pixels);
        }
    }
    both
}

#[test]
fn the_face_that_is_meant_is_embedded() {
    let (obama, astronaut) = (photo("obama.jpg"), photo("astronaut.png"));
    let group = side_by_side(&obama, &astronaut);
    let query = |photo: &Photo, choice| query_of_photo(engine(), photo, &choice, "group").unwrap().0.embedding;
    let (large, small) = (query(&obama, FaceChoice::Largest), query(&astronaut, FaceChoice::Largest));
    let right = Rect::new(obama.width as f32 + 179.0, 63.0, 91.0, 111.0);
    for (choice, same) in [
        (FaceChoice::Largest, &large),
        (FaceChoice::Index(0), &large),
        (FaceChoice::Index(1), &small),
        (FaceChoice::Box(right), &small),
    ] {
        let cosine = query(&group, choice).cosine(same);
        assert!(cosine > 0.9, "{choice:?}: {cosine}");
    }
}

#[test]
fn a_photo_without_a_face_is_refused_by_name() {
    let error = query_of_photo(engine(), &photo("chelsea.png"), &FaceChoice::Largest, "cat.png").unwrap_err();
    assert_eq!(error.code(), "NoFace");
    assert!(error.to_string().starts_with("cat.png: no face was found"), "{error}");
}

#[test]
fn a_face_of_fewer_than_20_pixels_is_refused() {
    let small = photo("astronaut.png").resized(90, 90);
    let error = query_of_photo(engine(), &small, &FaceChoice::Largest, "small.png").unwrap_err();
    assert_eq!(error.code(), "FaceTooSmall", "{error}");
    assert!(error.to_string().starts_with("small.png: the face is 1"), "{error}");
}
