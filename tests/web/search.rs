//! SearchMediaByFace in the browser: libraries, tokens, parameters.

use js_sys::Reflect;
use serde_json::{Value, json};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use super::fixture::{
    BIDEN, Failure, OBAMA, build, client, config, contents, create, file, library, media_id, operate, search,
    search_image, serve_library, serve_models,
};
use super::host::{Host, function, json, object};

fn request(token: &str, url: &str) -> Value {
    json!({ "FaceSearchToken": token, "PersonImageUrl": url })
}

async fn pause(milliseconds: u32) {
    let promise = function("return new Promise((resolve) => setTimeout(resolve, argument))");
    let promise = promise.call1(&JsValue::UNDEFINED, &milliseconds.into()).unwrap();
    wasm_bindgen_futures::JsFuture::from(js_sys::Promise::resolve(&promise)).await.unwrap();
}

fn media_ids(response: &Value) -> Vec<&str> {
    response["MediaInfoList"].as_array().unwrap().iter().map(|m| m["MediaId"].as_str().unwrap()).collect()
}

#[wasm_bindgen_test]
async fn a_person_of_the_library_is_found_by_another_photo() {
    let host = Host::fresh();
    let client = client(&host).await;
    serve_library(&host, "family", &library(&client, None).await);
    let response = search(&client, request("t1", "obama2.jpg"), json!({ "scores": true })).await.unwrap();
    assert_eq!(media_ids(&response), [media_id(OBAMA)]);
    assert_eq!(
        (&response["Success"], &response["Code"], &response["Total"]),
        (&json!("true"), &json!("200"), &json!(1))
    );
    assert_eq!(response["RequestId"].as_str().unwrap().len(), 36);
    let row = &response["Scores"][0];
    assert!(row["Score"].as_f64().unwrap() > 0.9);
    let face = row["FaceId"].as_u64().unwrap();
    assert_eq!(row["FaceUrl"], json!(format!("https://test.invalid/family/faces/{face}.jpg")));
    assert_eq!(row["CoverUrl"], json!(format!("https://test.invalid/family/covers/{}.jpg", media_id(OBAMA))));
    let plain = search(&client, request("t1", "obama2.jpg"), json!({})).await.unwrap();
    assert_eq!(plain.get("Scores"), None);
    let stats = json(&client.stats().unwrap());
    assert_eq!(stats["libraries"][0]["faces"], json!(2));
    assert_eq!(
        (&stats["searches"], &stats["tokens"], &stats["libraries"][1]["open"]),
        (&json!(2), &json!(1), &json!(false))
    );
}

#[wasm_bindgen_test]
async fn a_stranger_is_not_found() {
    let host = Host::fresh();
    let client = client(&host).await;
    serve_library(&host, "family", &library(&client, None).await);
    let image = file(super::fixture::ASTRONAUT);
    let response = search_image(&client, json!({ "FaceSearchToken": "t1" }), image, json!({})).await.unwrap();
    assert_eq!((&response["Total"], &response["MediaInfoList"]), (&json!(0), &json!([])));
}

#[wasm_bindgen_test]
async fn a_token_names_its_query_until_another_image_replaces_it() {
    let host = Host::fresh();
    let client = client(&host).await;
    serve_library(&host, "family", &library(&client, None).await);
    let by_token = json!({ "FaceSearchToken": "t1" });
    let error = search(&client, by_token.clone(), json!({})).await.unwrap_err();
    assert_eq!(error.code, "MissingPersonImageUrl");

    search(&client, request("t1", "obama2.jpg"), json!({})).await.unwrap();
    host.take_calls();
    for again in [by_token.clone(), request("t1", "obama2.jpg")] {
        let response = search(&client, again, json!({})).await.unwrap();
        assert_eq!(media_ids(&response), [media_id(OBAMA)]);
    }
    assert_eq!(host.take_calls(), Vec::<String>::new(), "the photo was fetched again");

    search_image(&client, by_token.clone(), file(BIDEN), json!({})).await.unwrap();
    let response = search(&client, by_token.clone(), json!({})).await.unwrap();
    assert_eq!(media_ids(&response), [media_id(BIDEN)]);

    for known in [true, false] {
        let forgotten = operate(&client, "forgetToken", json!({ "token": "t1" }), json!({})).await;
        assert_eq!(forgotten.unwrap(), json!(known));
    }
    assert_eq!(search(&client, by_token, json!({})).await.unwrap_err().code, "MissingPersonImageUrl");
}

#[wasm_bindgen_test]
async fn a_wrong_parameter_is_named_before_anything_is_downloaded() {
    let host = Host::fresh();
    let client = client(&host).await;
    host.take_calls();
    let with = |name: &str, value: Value| {
        let mut request = request("t1", "obama.jpg");
        request[name] = value;
        request
    };
    for (request, options, code, parameter) in [
        (with("PageSize", json!(0)), json!({}), "InvalidParameter", "PageSize"),
        (with("PageSize", json!(51)), json!({}), "InvalidParameter", "PageSize"),
        (with("PageSize", json!(-1)), json!({}), "InvalidParameter", "PageSize"),
        (with("PageSize", json!("ten")), json!({}), "InvalidParameter", "PageSize"),
        (with("PageSize", json!(2.5)), json!({}), "InvalidParameter", "PageSize"),
        (with("PageNo", json!(0)), json!({}), "InvalidParameter", "PageNo"),
        (with("MediaType", json!("film")), json!({}), "InvalidParameter", "MediaType"),
        (with("PersonImageUrl", json!({})), json!({}), "InvalidParameter", "PersonImageUrl"),
        (with("FaceSearchToken", json!("")), json!({}), "MissingFaceSearchToken", "FaceSearchToken"),
        (with("FaceSearchToken", json!(1)), json!({}), "InvalidParameter", "FaceSearchToken"),
        (json!({ "PersonImageUrl": "obama.jpg" }), json!({}), "MissingFaceSearchToken", "FaceSearchToken"),
        (with("SearchLibName", json!("nowhere")), json!({}), "UnknownLibrary", "SearchLibName"),
        (with("PageNo", json!(1)), json!({ "threshold": 2 }), "InvalidParameter", "threshold"),
        (with("PageNo", json!(1)), json!({ "scores": "yes" }), "InvalidParameter", "scores"),
        (with("PageNo", json!(1)), json!({ "faceIndex": -1 }), "InvalidParameter", "faceIndex"),
        (with("PageNo", json!(1)), json!({ "box": { "x": 1 } }), "InvalidParameter", "box"),
        (with("PageNo", json!(1)), json!({ "box": "x" }), "InvalidParameter", "box"),
        (with("searchLibName", json!("family")), json!({}), "InvalidParameter", "searchLibName"),
    ] {
        let error = search(&client, request, options).await.unwrap_err();
        assert_eq!((error.code.as_str(), error.parameter.as_deref()), (code, Some(parameter)), "{}", error.message);
    }
    let not_a_number = object(&request("t1", "obama.jpg"));
    Reflect::set(&not_a_number, &"PageSize".into(), &f64::NAN.into()).unwrap();
    let (images, options) = (JsValue::UNDEFINED, JsValue::NULL);
    let answer = client.operate("SearchMediaByFace".into(), not_a_number.into(), images, options, None).await;
    assert_eq!(Failure::of(&answer.unwrap_err()).parameter.as_deref(), Some("PageSize"));
    assert_eq!(host.take_calls(), Vec::<String>::new());
}

#[wasm_bindgen_test]
async fn a_photo_without_a_face_or_without_that_face_is_refused() {
    let host = Host::fresh();
    let client = client(&host).await;
    serve_library(&host, "family", &library(&client, None).await);
    let error = search(&client, request("t1", "cat.png"), json!({})).await.unwrap_err();
    assert_eq!((error.code.as_str(), error.message.starts_with("cat.png: no face")), ("NoFace", true));
    let error = search(&client, request("t1", "obama.jpg"), json!({ "faceIndex": 1 })).await.unwrap_err();
    assert_eq!(error.parameter.as_deref(), Some("faceIndex"));
    let right = json!({ "box": { "x": 380, "y": 100, "w": 230, "h": 300 } });
    assert_eq!(search(&client, request("t1", "obama.jpg"), right).await.unwrap()["Total"], json!(1));
}

#[wasm_bindgen_test]
async fn a_photo_at_an_address_that_nothing_can_be_fetched_from_is_refused_by_its_scheme() {
    let host = Host::fresh();
    let client = client(&host).await;
    serve_library(&host, "family", &library(&client, None).await);
    for (url, scheme) in [("javascript:0", "javascript:"), ("mailto:a@b.example", "mailto:"), ("oss://a/b.jpg", "oss:")]
    {
        let error = search(&client, request("t1", url), json!({})).await.unwrap_err();
        assert_eq!((error.code.as_str(), error.parameter.as_deref()), ("InvalidParameter", Some("PersonImageUrl")));
        assert!(error.message.contains(&format!("{scheme} addresses")), "{}", error.message);
    }
    assert!(host.take_calls().iter().all(|url| !url.contains("javascript")));
}

#[wasm_bindgen_test]
async fn a_library_that_two_calls_want_at_once_is_downloaded_once() {
    let host = Host::fresh();
    let client = client(&host).await;
    let files = serve_library(&host, "family", &library(&client, None).await);
    host.take_calls();
    let calls = ["t1", "t2"].map(|t| search_image(&client, json!({ "FaceSearchToken": t }), file(OBAMA), json!({})));
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap()["Total"] == json!(1)));
    let mut asked = host.take_calls();
    let mut expected: Vec<String> = files.into_iter().chain(["family/library.json no-cache".to_owned()]).collect();
    asked.sort();
    expected.sort();
    assert_eq!(asked, expected);
}

#[wasm_bindgen_test]
async fn every_fault_of_a_library_has_its_own_code() {
    let host = Host::fresh();
    let client = client(&host).await;
    let built = library(&client, None).await;
    let code = async || match client.open_library(Some("other".into()), None).await {
        Ok(_) => "opened".to_owned(),
        Err(error) => Failure::of(&error).code,
    };
    assert_eq!(code().await, "LibraryNotFound");
    host.serve("other/library.json", b"{ \"format\": 7");
    assert_eq!(code().await, "LibraryMalformed");
    let mut manifest: Value = serde_json::from_slice(&built.manifest).unwrap();
    manifest["version"] = json!(99);
    host.serve("other/library.json", manifest.to_string().as_bytes());
    assert_eq!(code().await, "LibraryVersionUnsupported");
    let other = library(&client, Some(&"ab".repeat(32))).await;
    serve_library(&host, "other", &other);
    host.take_calls();
    assert_eq!(code().await, "EmbedderMismatch");
    assert_eq!(host.take_calls(), ["other/library.json no-cache"]);
    let files = serve_library(&host, "other", &built);
    let (path, bytes) = (&files[0], &built.files[0].bytes);
    host.serve(path, &bytes[1..]);
    assert_eq!(code().await, "FileLengthMismatch");
    let mut changed = bytes.clone();
    changed[8] ^= 1;
    host.serve(path, &changed);
    assert_eq!(code().await, "FileHashMismatch");
    host.answer(path, "503");
    assert_eq!(code().await, "DownloadFailed");
    host.answer(path, "blocked");
    assert_eq!(code().await, "DownloadBlocked");
    host.serve(path, bytes);
    assert_eq!(code().await, "opened", "a failure must not be remembered");
}

#[wasm_bindgen_test]
async fn addresses_that_a_page_must_not_show_are_left_out() {
    let host = Host::fresh();
    for (url, expected) in [
        ("javascript:alert(1)", Value::Null),
        (" java\tscript:alert(1)", Value::Null),
        ("data:text/html,<script>alert(1)</script>", Value::Null),
        ("vbscript:x", Value::Null),
        ("blob:https://test.invalid/1", Value::Null),
        ("http://[bad", Value::Null),
        ("photos/a.jpg", json!("https://test.invalid/family/photos/a.jpg")),
        ("http://other.invalid/a.jpg", json!("http://other.invalid/a.jpg")),
        ("oss://bucket/a.jpg", json!("oss://bucket/a.jpg")),
    ] {
        let client = client(&host).await;
        let mut hostile = contents(&client, None).await;
        for media in &mut hostile.media {
            media.url = Some(url.into());
        }
        serve_library(&host, "family", &build(&hostile));
        let response = search(&client, request("t1", "obama2.jpg"), json!({ "scores": true })).await.unwrap();
        assert_eq!(response["Scores"][0]["Url"], expected, "{url}");
    }
}

#[wasm_bindgen_test]
async fn a_library_that_is_published_anew_meanwhile_is_opened_as_it_is_now() {
    let host = Host::fresh();
    let client = client(&host).await;
    let former = library(&client, None).await;
    let mut changed = contents(&client, None).await;
    changed.media[0].title = "changed".into();
    let newer = build(&changed);
    assert_ne!(former.manifest, newer.manifest);
    // The first manifest lists files that are gone already; the next answer is the new one.
    host.serve("family/library.json", &former.manifest);
    let opening = client.open_library(None, None);
    let republishing = async {
        pause(8).await;
        serve_library(&host, "family", &newer);
    };
    let (opened, ()) = futures_util::future::join(opening, republishing).await;
    assert_eq!(json(&opened.unwrap())["faces"], json!(2));
    let manifests = host.take_calls().into_iter().filter(|call| call.starts_with("family/library.json"));
    assert_eq!(manifests.count(), 2);
}

#[wasm_bindgen_test]
async fn the_files_of_a_library_are_not_all_fetched_at_once() {
    let host = Host::fresh();
    let client = client(&host).await;
    let mut many = contents(&client, None).await;
    let face = many.faces[0].clone();
    for _ in 0..7 {
        let mut media = many.media[0].clone();
        let photo = many.media.len().to_le_bytes();
        media.media_id = visavis::core::MediaId::of_bytes(&photo);
        let mut face = face.clone();
        face.face_id = visavis::core::FaceId::of_media(&media.media_id, 0);
        face.media_id = media.media_id.clone();
        many.media.push(media);
        many.faces.push(face);
    }
    let built = visavis::library::build_library(&many, &visavis::library::PublishOptions { shard_bytes: 1 }).unwrap();
    assert!(built.files.len() > 6, "{} files", built.files.len());
    serve_library(&host, "family", &built);
    let opened = client.open_library(None, None).await.unwrap();
    assert_eq!(json(&opened)["faces"], json!(9));
    assert_eq!(host.most_at_once(), Some(4));
}

#[wasm_bindgen_test]
async fn a_client_without_a_library_detects_but_does_not_search() {
    let host = Host::fresh();
    serve_models(&host);
    let mut settings = config();
    settings["libraries"] = json!([]);
    let client = create(&settings).await.unwrap();
    let error = search(&client, request("t1", "obama.jpg"), json!({})).await.unwrap_err();
    assert_eq!(error.code, "UnknownLibrary");
    let info = client.engine_info().unwrap();
    assert!(Reflect::get(&info, &"simd".into()).unwrap().is_truthy());
    assert!(info.is_instance_of::<js_sys::Object>());
}
