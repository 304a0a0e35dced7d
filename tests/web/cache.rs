//! The Cache API: a second visit without a network, damaged copies, files of former versions.

use serde_json::{Value, json};
use visavis::web::WebClient;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use super::fixture::{OBAMA_2, client, config, create, file, library, search_image, serve_library, serve_models};
use super::host::{Host, ORIGIN, function, json, object};

/// A configuration whose cache of this name is empty.
async fn with_cache(name: &str) -> Value {
    run("return caches.delete(argument)", &name.into()).await;
    let mut settings = config();
    settings["cacheName"] = json!(name);
    settings
}

/// Runs a function that answers a promise.
async fn run(body: &str, argument: &JsValue) -> JsValue {
    let promise = function(body).call1(&JsValue::UNDEFINED, argument).unwrap();
    JsFuture::from(js_sys::Promise::resolve(&promise)).await.unwrap()
}

/// The paths in a cache.
async fn kept(name: &str) -> Vec<String> {
    let body = "return caches.open(argument).then((c) => c.keys()).then((keys) => keys.map((key) => key.url))";
    let urls: Vec<String> = serde_json::from_value(json(&run(body, &name.into()).await)).unwrap();
    urls.into_iter().map(|url| url.trim_start_matches(ORIGIN).to_owned()).collect()
}

/// Waits until the cache has what it must: a client goes on while its files are written.
async fn until(name: &str, is_done: impl Fn(&[String]) -> bool) {
    for _ in 0..500 {
        if is_done(&kept(name).await) {
            return;
        }
        run("return new Promise((resolve) => setTimeout(resolve, 10))", &JsValue::NULL).await;
    }
    panic!("the cache has {:?}", kept(name).await);
}

/// Whether models and library are there; the manifest is the last of the library.
fn has_all(paths: &[String]) -> bool {
    ["models/detector", "models/embedder", "family/library.json"]
        .iter()
        .all(|start| paths.iter().any(|path| path.starts_with(start)))
}

/// Puts other bytes in the place of a kept file.
async fn spoil(name: &str, path: &str) {
    let argument = object(&json!({ "name": name, "url": format!("{ORIGIN}{path}") }));
    run("return caches.open(argument.name).then((c) => c.put(argument.url, new Response('spoilt')))", &argument).await;
}

async fn total(client: &WebClient) -> Value {
    let request = json!({ "FaceSearchToken": "t1" });
    search_image(client, request, file(OBAMA_2), json!({})).await.unwrap()["Total"].clone()
}

#[wasm_bindgen_test]
async fn a_second_visit_works_without_a_network() {
    let host = Host::fresh();
    let settings = with_cache("visavis-test-offline").await;
    let built = library(&client(&host).await, None).await;
    serve_library(&host, "family", &built);
    let first = create(&settings).await.unwrap();
    assert_eq!(total(&first).await, json!(1));
    until("visavis-test-offline", has_all).await;
    host.set_offline(true);
    host.take_calls();
    let second = create(&settings).await.unwrap();
    assert_eq!(total(&second).await, json!(1));
    assert_eq!(host.take_calls(), ["family/library.json no-cache"], "only the manifest is asked for anew");
    let cache = &json(&second.stats().unwrap())["cache"];
    assert_eq!((&cache["available"], &cache["misses"], &cache["dropped"]), (&json!(true), &json!(0), &json!(0)));
    assert_eq!(cache["hits"], json!(2 + 1 + built.files.len()));
}

#[wasm_bindgen_test]
async fn a_library_that_was_taken_away_is_not_served_from_the_cache() {
    let host = Host::fresh();
    let settings = with_cache("visavis-test-gone").await;
    serve_library(&host, "family", &library(&client(&host).await, None).await);
    let first = create(&settings).await.unwrap();
    assert_eq!(total(&first).await, json!(1));
    until("visavis-test-gone", has_all).await;
    host.answer("family/library.json", "404");
    let second = create(&settings).await.unwrap();
    let error = super::fixture::Failure::of(&second.open_library(None, None).await.unwrap_err());
    assert_eq!(error.code, "LibraryNotFound");
    host.answer("family/library.json", "503");
    assert_eq!(total(&second).await, json!(1), "a server in trouble is no reason to fail");
}

#[wasm_bindgen_test]
async fn a_damaged_copy_is_dropped_and_fetched_anew() {
    const NAME: &str = "visavis-test-spoilt";
    let host = Host::fresh();
    let settings = with_cache(NAME).await;
    let files = serve_library(&host, "family", &library(&client(&host).await, None).await);
    let first = create(&settings).await.unwrap();
    assert_eq!(total(&first).await, json!(1));
    until(NAME, has_all).await;
    let model = kept(NAME).await.into_iter().find(|path| path.contains("embedder")).unwrap();
    for path in [&model, &files[0]] {
        spoil(NAME, path).await;
    }
    host.take_calls();
    let second = create(&settings).await.unwrap();
    assert_eq!(total(&second).await, json!(1));
    assert_eq!(host.take_calls(), ["models/embedder.onnx", "family/library.json no-cache", &files[0]]);
    assert_eq!(json(&second.stats().unwrap())["cache"]["dropped"], json!(2));
}

#[wasm_bindgen_test]
async fn files_of_a_former_version_leave_the_cache() {
    const NAME: &str = "visavis-test-former";
    let host = Host::fresh();
    let settings = with_cache(NAME).await;
    serve_models(&host);
    serve_library(&host, "family", &library(&client(&host).await, None).await);
    let former = format!("family/faces-{}.arrow", "0".repeat(64));
    spoil(NAME, &former).await;
    spoil(NAME, "family/faces/1.jpg").await;
    let neighbour = "family/model.onnx?visavis-sha256=00".to_owned();
    spoil(NAME, &neighbour).await;
    spoil(NAME, "models/embedder.onnx?visavis-sha256=00").await;
    let client = create(&settings).await.unwrap();
    assert_eq!(total(&client).await, json!(1));
    let gone = [former, "models/embedder.onnx?visavis-sha256=00".to_owned()];
    until(NAME, |paths| has_all(paths) && gone.iter().all(|path| !paths.contains(path))).await;
    let kept = kept(NAME).await;
    assert!(kept.contains(&neighbour), "a model beside the library is no file of the library");
    assert!(kept.contains(&"family/faces/1.jpg".to_owned()), "thumbnails are not ours to drop");
    assert!(kept.contains(&"family/library.json".to_owned()));
}

#[wasm_bindgen_test]
async fn a_broken_new_version_does_not_drive_out_the_good_copy() {
    let host = Host::fresh();
    let settings = with_cache("visavis-test-broken-version").await;
    let built = library(&client(&host).await, None).await;
    serve_library(&host, "family", &built);
    let client = create(&settings).await.unwrap();
    assert_eq!(total(&client).await, json!(1));
    until("visavis-test-broken-version", has_all).await;
    // A manifest that parses, whose files have the lengths and hashes that it says, but not the tables.
    host.serve("family/library.json", &exchanged(&built.manifest));
    let error = create(&settings).await.unwrap().open_library(None, None).await.unwrap_err();
    assert_eq!(super::fixture::Failure::of(&error).code, "LibraryMalformed");
    host.set_offline(true);
    assert_eq!(total(&create(&settings).await.unwrap()).await, json!(1));
}

/// The manifest with the files of its media and its faces exchanged.
fn exchanged(manifest: &[u8]) -> Vec<u8> {
    let mut manifest: Value = serde_json::from_slice(manifest).unwrap();
    let files = manifest["files"].as_array_mut().unwrap();
    let place = |role: &str| files.iter().position(|file| file["role"] == role).unwrap();
    let (media, faces) = (place("media"), place("faces"));
    for field in ["name", "bytes", "sha256"] {
        let former = files[media][field].clone();
        files[media][field] = files[faces][field].clone();
        files[faces][field] = former;
    }
    manifest.to_string().into_bytes()
}
