//! What several test files share: models, photos and the data beside the checkout.
#![allow(dead_code, reason = "every test file uses a part of it")]
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says by a panic that it failed"
)]

use std::io::Write as _;
use std::path::PathBuf;

use visavis::vision::{DecodeLimits, Engine, EngineModels, Photo};

/// A path under `../shared`, or `None`, saying that the test is skipped there: straight to stderr, because the test runner keeps
/// to itself what passing tests print.
pub fn shared(path: &str) -> Option<PathBuf> {
    let full = PathBuf::from("../shared").join(path);
    if full.exists() {
        return Some(full);
    }
    let _ = writeln!(std::io::stderr(), "skipped: ../shared/{path} is not here");
    None
}

/// The bytes of a shipped model by its role in `models/models.json`.
pub fn model(role: &str) -> Vec<u8> {
    let text = std::fs::read_to_string("models/models.json").expect("models/models.json");
    let list: serde_json::Value = serde_json::from_str(&text).expect("models.json parses");
    let file = list[role]["file"].as_str().expect("a file name");
    std::fs::read(format!("models/{file}")).unwrap_or_else(|e| panic!("models/{file}: {e}"))
}

/// An engine with the shipped models.
pub fn engine() -> Engine {
    let (detector, embedder, expression) = (model("detector"), model("embedder"), model("expression"));
    let models = EngineModels {
        detector: &detector,
        embedder: &embedder,
        embedder_sha256: visavis::core::sha256(&embedder),
        expression: Some(&expression),
    };
    Engine::new(&models).expect("engine")
}

/// A photo of `tests/data`.
pub fn photo(path: &str) -> Photo {
    let bytes = std::fs::read(format!("tests/data/{path}")).unwrap_or_else(|e| panic!("{path}: {e}"));
    Photo::decode(&bytes, &DecodeLimits::default()).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The middle value.
pub fn median(values: &mut [f32]) -> f32 {
    values.sort_by(f32::total_cmp);
    values[values.len() / 2]
}
