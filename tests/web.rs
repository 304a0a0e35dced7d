//! The browser layer in a dedicated worker of headless Chromium, with the shipped models and a stand-in for the network.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says by a panic that it failed")]

#[path = "web/cache.rs"]
mod cache;
#[path = "web/fixture.rs"]
mod fixture;
#[path = "web/host.rs"]
mod host;
#[path = "web/kernels.rs"]
mod kernels;
#[path = "web/own.rs"]
mod own;
#[path = "web/own_media.rs"]
mod own_media;
#[path = "web/own_state.rs"]
mod own_state;
#[path = "web/published.rs"]
mod published;
#[path = "web/search.rs"]
mod search;
#[path = "web/settings.rs"]
mod settings;
#[path = "web/tasks.rs"]
mod tasks;
#[path = "web/tokens.rs"]
mod tokens;

use serde_json::{Value, json};
use visavis::web::WebClient;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::AbortController;

use fixture::{
    ASTRONAUT, BIDEN, CAT, Failure, OBAMA, OBAMA_2, client, config, cosine, create, embedding, file, pixels,
    serve_models,
};
use host::{Host, function, json, object};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// Embeddings of the same build run natively: `tests/native_embeddings.rs` writes and checks them.
const NATIVE: &str = include_str!("data/golden/native_embeddings.json");
/// The browser and the native build may differ by this much: they sum in another order.
const MIN_COSINE_TO_NATIVE: f32 = 0.9999;

async fn detect(client: &WebClient, image: JsValue, options: Value) -> Result<Value, Failure> {
    let answer = client.detect_faces(image, object(&options).into(), None).await;
    answer.map(|value| json(&value)).map_err(|e| Failure::of(&e))
}

async fn compare(client: &WebClient, a: JsValue, b: JsValue) -> Result<Value, Failure> {
    let answer = client.compare_faces(a, b, JsValue::UNDEFINED, None).await;
    answer.map(|value| json(&value)).map_err(|e| Failure::of(&e))
}

#[wasm_bindgen_test]
async fn an_embedding_equals_that_of_the_native_build() {
    let client = client(&Host::fresh()).await;
    let native: Value = serde_json::from_str(NATIVE).unwrap();
    for (name, photo) in [("photos/obama.jpg", OBAMA), ("photos/astronaut.png", ASTRONAUT)] {
        let expected: Vec<f32> = serde_json::from_value(native["embeddings"][name].clone()).unwrap();
        let similarity = cosine(&embedding(&client, file(photo)).await, &expected);
        assert!(similarity >= MIN_COSINE_TO_NATIVE, "{name}: {similarity}");
    }
}

#[wasm_bindgen_test]
async fn pixels_are_taken_like_the_file_that_they_come_from() {
    let client = client(&Host::fresh()).await;
    let from_file = embedding(&client, file(ASTRONAUT)).await;
    assert_eq!(embedding(&client, pixels(ASTRONAUT)).await, from_file);
}

#[wasm_bindgen_test]
async fn faces_come_in_source_pixels_with_landmarks_and_quality() {
    let client = client(&Host::fresh()).await;
    let found = detect(&client, file(OBAMA), json!({})).await.unwrap();
    assert_eq!((found["width"].as_u64(), found["height"].as_u64()), (Some(910), Some(1137)));
    let faces = found["faces"].as_array().unwrap();
    assert_eq!(faces.len(), 1);
    let face = &faces[0];
    for (side, expected) in [("x", 371.0), ("y", 91.0), ("w", 241.0), ("h", 329.0)] {
        let value = face["box"][side].as_f64().unwrap();
        assert!((value - expected).abs() < 25.0, "{side}: {value}");
    }
    assert_eq!(face["landmarks"].as_array().unwrap().len(), 5);
    assert!(face["quality"]["score"].as_f64().unwrap() > 0.3);
    assert_eq!(face.get("embedding"), None);
    assert_eq!(face.get("expression"), None);
}

#[wasm_bindgen_test]
async fn an_image_without_a_face_has_an_empty_list() {
    let client = client(&Host::fresh()).await;
    let found = detect(&client, file(CAT), json!({})).await.unwrap();
    assert_eq!(found["faces"], json!([]));
    let error = detect(&client, file(CAT), json!({ "scoreThreshold": 1.5 })).await.unwrap_err();
    assert_eq!((error.code.as_str(), error.parameter.as_deref()), ("InvalidParameter", Some("scoreThreshold")));
}

#[wasm_bindgen_test]
async fn two_photos_of_one_person_are_the_same_and_of_two_are_not() {
    let client = client(&Host::fresh()).await;
    let same = compare(&client, file(OBAMA), file(OBAMA_2)).await.unwrap();
    assert_eq!(same["same"], json!(true));
    assert!(same["score"].as_f64().unwrap() > 0.9);
    let other = compare(&client, file(OBAMA), file(BIDEN)).await.unwrap();
    assert_eq!(other["same"], json!(false));
    assert!(other["cosine"].as_f64().unwrap() < other["threshold"].as_f64().unwrap());
}

#[wasm_bindgen_test]
async fn comparing_says_which_image_has_no_face() {
    let client = client(&Host::fresh()).await;
    let error = compare(&client, file(OBAMA), file(CAT)).await.unwrap_err();
    assert_eq!(error.code, "NoFace");
    assert!(error.message.starts_with("image b: no face"), "{}", error.message);
    let error = compare(&client, "cat.png".into(), file(OBAMA)).await.unwrap_err();
    assert!(error.message.starts_with("image a (cat.png): no face"), "{}", error.message);
}

#[wasm_bindgen_test]
async fn an_error_is_an_error_object_with_a_code_and_a_request_id() {
    let client = client(&Host::fresh()).await;
    for (image, code, parameter) in [
        (file(b""), "ImageEmpty", None),
        (file(b"not a photo at all"), "ImageFormatUnsupported", None),
        (file(&OBAMA[..OBAMA.len() / 2]), "ImageTruncated", None),
        (JsValue::from(7), "InvalidParameter", Some("image")),
        (object(&json!({ "bytes": "text" })).into(), "InvalidParameter", Some("image.bytes")),
        (object(&json!({ "width": 2.5, "height": 1, "rgba": [0] })).into(), "InvalidParameter", Some("image.width")),
        (object(&json!({ "width": 60000, "height": 60000, "rgba": [0] })).into(), "ImageTooLarge", None),
    ] {
        let error = detect(&client, image, json!({})).await.unwrap_err();
        assert_eq!(
            (error.name.as_str(), error.code.as_str(), error.parameter.as_deref()),
            ("VisavisError", code, parameter)
        );
        let dashes: Vec<usize> = error.request_id.match_indices('-').map(|(place, _)| place).collect();
        assert_eq!((error.request_id.len(), dashes), (36, vec![8, 13, 18, 23]));
    }
}

#[wasm_bindgen_test]
async fn every_failure_of_a_download_has_its_own_code() {
    let host = Host::fresh();
    serve_models(&host);
    let mut settings = config();
    settings["timeoutMs"] = json!(300);
    let client = create(&settings).await.unwrap();
    host.answer("broken.jpg", "503");
    host.answer("foreign.jpg", "blocked");
    host.answer("slow.jpg", "hang");
    for (url, code, says) in [
        ("missing.jpg", "DownloadFailed", "https://test.invalid/missing.jpg: the server answered 404"),
        ("broken.jpg", "DownloadFailed", "https://test.invalid/broken.jpg: the server answered 503"),
        ("foreign.jpg", "DownloadBlocked", "https://test.invalid/foreign.jpg: the browser refused"),
        ("slow.jpg", "DownloadTimeout", "https://test.invalid/slow.jpg: no data for 0.3 s"),
        ("oss://bucket/a.jpg", "InvalidParameter", "image: \"oss://bucket/a.jpg\": a browser cannot fetch oss:"),
        ("http://[bad", "InvalidParameter", "image: \"http://[bad\" is not a URL"),
        ("blob:https://test.invalid/gone", "DownloadBlocked", "blob:https://test.invalid/gone: the browser refused"),
        ("data:text/plain,hello", "ImageFormatUnsupported", "data:text/plain,hello: not an image"),
    ] {
        let error = detect(&client, url.into(), json!({})).await.unwrap_err();
        assert_eq!(error.code, code, "{url}: {}", error.message);
        assert!(error.message.starts_with(says), "{}", error.message);
    }
    assert_eq!(host.ended(), Some(1), "the request that took too long was not ended");
}

#[wasm_bindgen_test]
async fn a_download_may_be_slow_but_must_not_stand_still() {
    let host = Host::fresh();
    serve_models(&host);
    let mut settings = config();
    settings["timeoutMs"] = json!(400);
    let client = create(&settings).await.unwrap();
    host.serve_slowly("slow.png", CAT, false);
    assert_eq!(detect(&client, "slow.png".into(), json!({})).await.unwrap()["faces"], json!([]));
    host.serve_slowly("stuck.png", CAT, true);
    let error = detect(&client, "stuck.png".into(), json!({})).await.unwrap_err();
    assert_eq!(error.code, "DownloadTimeout");
}

#[wasm_bindgen_test]
async fn calls_with_a_signal_and_downloads_leave_no_promise_behind() {
    let host = Host::fresh();
    let client = client(&host).await;
    let controller = AbortController::new().unwrap();
    let pending = host.count_promises();
    for url in ["cat.png", "missing.png"] {
        let _ = client.detect_faces(url.into(), JsValue::UNDEFINED, Some(controller.signal())).await;
    }
    assert_eq!(pending(), Some(0.0));
}

#[wasm_bindgen_test]
async fn data_urls_are_images_like_any_other() {
    let client = client(&Host::fresh()).await;
    // A red GIF of one pixel.
    let gif = "data:image/gif;base64,R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==";
    let found = detect(&client, gif.into(), json!({})).await.unwrap();
    assert_eq!((found["width"].as_u64(), found["faces"].as_array().map(Vec::len)), (Some(1), Some(0)));
}

#[wasm_bindgen_test]
async fn a_signal_ends_the_call_and_its_download() {
    let host = Host::fresh();
    let client = client(&host).await;
    host.answer("slow.jpg", "hang");
    let controller = AbortController::new().unwrap();
    function("setTimeout(() => argument.abort(), 50)").call1(&JsValue::UNDEFINED, &controller).unwrap();
    let answer = client.detect_faces("slow.jpg".into(), JsValue::UNDEFINED, Some(controller.signal())).await;
    assert_eq!(Failure::of(&answer.unwrap_err()).code, "Aborted");
    assert_eq!(host.ended(), Some(1));
    // A signal that has fired already ends the call before anything is asked for.
    host.take_calls();
    let answer = client.detect_faces("slow.jpg".into(), JsValue::UNDEFINED, Some(controller.signal())).await;
    assert_eq!(Failure::of(&answer.unwrap_err()).code, "Aborted");
    assert_eq!(host.take_calls(), Vec::<String>::new());
}

#[wasm_bindgen_test]
async fn models_report_their_progress_and_must_be_what_was_promised() {
    let host = Host::fresh();
    serve_models(&host);
    let reports = js_sys::Array::new();
    let progress = function("this.push(argument)").bind0(&reports);
    WebClient::create(object(&config()).into(), Some(progress), None).await.unwrap();
    let total = config()["models"]["embedder"]["bytes"].clone();
    let reports: Vec<Value> = reports.iter().map(|r| json(&r)).filter(|r| r["name"] == "embedder").collect();
    assert_eq!(reports[0], json!({ "phase": "model", "name": "embedder", "loadedBytes": 0, "totalBytes": total }));
    assert_eq!(reports[reports.len() - 1]["loadedBytes"], total);

    host.serve("models/embedder.onnx", b"something else");
    host.take_calls();
    let error = create(&config()).await.err().unwrap();
    assert_eq!(error.code, "FileHashMismatch");
    assert!(
        error.message.starts_with("model embedder: https://test.invalid/models/embedder.onnx"),
        "{}",
        error.message
    );
    // It was asked for once more, past the browser's own cache.
    assert!(host.take_calls().contains(&"models/embedder.onnx reload".to_owned()));
}

#[wasm_bindgen_test]
async fn a_wrong_configuration_is_named() {
    Host::fresh();
    let with = |pointer: &str, value: Value| {
        let mut settings = config();
        *settings.pointer_mut(pointer).unwrap() = value;
        settings
    };
    for (settings, parameter) in [
        (json!({}), "config"),
        (with("/models/embedder/sha256", json!("abc")), "models.embedder.sha256"),
        (with("/models/detector/bytes", json!(1.5)), "models.detector.bytes"),
        (with("/libraries/1/name", json!("family")), "libraries"),
        (with("/libraries/1/name", json!("")), "libraries"),
        (with("/baseUrl", json!("nowhere")), "models.detector.url"),
    ] {
        let error = create(&settings).await.err().unwrap();
        assert_eq!((error.code.as_str(), error.parameter.as_deref()), ("InvalidParameter", Some(parameter)));
    }
}
