//! The embeddings to which the browser's are compared (`tests/web.rs`), written and checked by the native build.
//!
//! `UPDATE_GOLDEN=1 cargo test --release --test native_embeddings` writes them anew, which a change of the embedder's weights or of the
//! pipeline needs. That run fails, so that it cannot pass for a check.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test says by a panic that it failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use visavis::core::Embedding;
use visavis::operations::{FaceChoice, query_of_photo};
use visavis::vision::{DecodeLimits, Engine, EngineModels, Photo};

const PHOTOS: [&str; 2] = ["photos/obama.jpg", "photos/astronaut.png"];

#[derive(Serialize, Deserialize, Debug)]
struct Golden {
    about: String,
    embedder_sha256: String,
    embeddings: BTreeMap<String, Vec<f32>>,
}

fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

fn embed_all() -> Golden {
    let detector = fs::read(path("models/face_detection_yunet_2023mar.onnx")).unwrap();
    let embedder = fs::read(path("models/facex_mobilefacenet_mv_int8.onnx")).unwrap();
    let models = EngineModels {
        detector: &detector,
        embedder: &embedder,
        embedder_sha256: visavis::core::sha256(&embedder),
        expression: None,
    };
    let engine = Engine::new(&models).unwrap();
    let embed = |name: &str| {
        let photo = Photo::decode(&fs::read(path("tests/data").join(name)).unwrap(), &DecodeLimits::default()).unwrap();
        let (query, _) = query_of_photo(&engine, &photo, &FaceChoice::Largest, name).unwrap();
        (name.to_owned(), query.embedding.as_slice().to_vec())
    };
    Golden {
        about: "largest face of each photo, by the native build of tests/native_embeddings.rs".to_owned(),
        embedder_sha256: engine.embedder().sha256.clone(),
        embeddings: PHOTOS.into_iter().map(embed).collect(),
    }
}

#[test]
fn the_stored_embeddings_are_those_of_this_build() {
    let (file, found) = (path("tests/data/golden/native_embeddings.json"), embed_all());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&file, serde_json::to_string(&found).unwrap() + "\n").unwrap();
        panic!("{} was written anew; run again without UPDATE_GOLDEN", file.display());
    }
    let golden: Golden = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(golden.embedder_sha256, found.embedder_sha256, "other weights: run with UPDATE_GOLDEN=1");
    for (name, values) in found.embeddings {
        let (now, then) = (Embedding::new(values).unwrap(), Embedding::new(golden.embeddings[&name].clone()).unwrap());
        // Processors differ in the order in which they sum.
        assert!(now.cosine(&then) > 0.9999, "{name}: {}", now.cosine(&then));
    }
}
