//! The configuration of a client beyond models: a `fetch` of its own, public addresses, the life of tokens; and names of operations.

use js_sys::{Array, Reflect};
use serde_json::{Value, json};
use visavis::web::WebClient;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::AbortController;

use super::fixture::{
    Failure, OBAMA, build, client, config, contents_with_person, create, face_id, library, media_id, operate, search,
    serve_library, serve_models,
};
use super::host::{Host, function, object};

/// A client whose configuration has this `fetch`.
async fn with_fetch(settings: &Value, fetch: &JsValue) -> Result<WebClient, Failure> {
    let settings = object(settings);
    Reflect::set(&settings, &"fetch".into(), fetch).unwrap();
    WebClient::create(settings.into(), None, None).await.map_err(|e| Failure::of(&e))
}

#[wasm_bindgen_test]
async fn a_fetch_of_its_own_takes_the_place_of_the_global_one() {
    let host = Host::fresh();
    serve_library(&host, "family", &library(&client(&host).await, None).await);
    host.take_calls();
    let calls = Array::new();
    // Answers a response or, for photos, the promise of one.
    let fetch = js_sys::eval(
        "(calls) => (url, init) => {
            calls.push([url, init.signal instanceof AbortSignal]);
            const file = testHost.files.get(url);
            const response = file ? new Response(file.bytes) : new Response('', { status: 404 });
            return url.endsWith('.jpg') ? Promise.resolve(response) : response;
        }",
    );
    let make: js_sys::Function = fetch.unwrap().into();
    let fetch = make.call1(&JsValue::UNDEFINED, &calls).unwrap();
    let own = with_fetch(&config(), &fetch).await.unwrap();
    let request = json!({ "FaceSearchToken": "t1", "PersonImageUrl": "obama2.jpg" });
    assert_eq!(search(&own, request, json!({})).await.unwrap()["Total"], json!(1));
    let error = search(&own, json!({ "FaceSearchToken": "t1", "PersonImageUrl": "gone.jpg" }), json!({})).await;
    assert_eq!(error.unwrap_err().code, "DownloadFailed");
    assert_eq!(host.take_calls(), Vec::<String>::new(), "the global one was used");
    let calls = super::host::json(&calls);
    let asked = |ending: &str| calls.as_array().unwrap().iter().any(|c| c[0].as_str().unwrap().ends_with(ending));
    for ending in ["models/detector.onnx", "models/embedder.onnx", "family/library.json", ".arrow", "obama2.jpg"] {
        assert!(asked(ending), "{ending}");
    }
    assert!(calls.as_array().unwrap().iter().all(|call| call[1] == json!(true)), "no signal");
}

#[wasm_bindgen_test]
async fn a_fetch_that_throws_is_a_blocked_download_and_one_that_is_none_is_named() {
    Host::fresh();
    for body in ["throw new Error('no')", "return Promise.reject(new Error('no'))"] {
        let error = with_fetch(&config(), &function(body)).await.err().unwrap();
        assert_eq!(error.code, "DownloadBlocked", "{body}");
    }
    let error = with_fetch(&config(), &"fetch".into()).await.err().unwrap();
    assert_eq!((error.code.as_str(), error.parameter.as_deref()), ("InvalidParameter", Some("fetch")));
}

#[wasm_bindgen_test]
async fn addresses_in_responses_may_begin_elsewhere_than_those_that_are_read() {
    let host = Host::fresh();
    let built = build(&contents_with_person(&client(&host).await).await);
    serve_library(&host, "family", &built);
    host.serve(&format!("family/faces/{}.jpg", face_id(OBAMA)), b"picture");
    let mut settings = config();
    settings["libraries"] =
        json!([{ "name": "family", "url": "family", "publicUrl": "https://public.invalid/a/library.json" }]);
    let client = create(&settings).await.unwrap();
    let request = json!({ "FaceSearchToken": "t1", "PersonImageUrl": "obama2.jpg" });
    let found = search(&client, request, json!({ "scores": true })).await.unwrap();
    let face = format!("https://public.invalid/a/faces/{}.jpg", face_id(OBAMA));
    let cover = format!("https://public.invalid/a/covers/{}.jpg", media_id(OBAMA));
    assert_eq!((&found["Scores"][0]["FaceUrl"], &found["Scores"][0]["CoverUrl"]), (&json!(face), &json!(cover)));
    let faces = operate(&client, "GetFaces", json!({ "personId": "obama" }), json!({})).await.unwrap();
    assert_eq!(faces["data"]["faceImageItems"][0]["url"], json!(face));
    let request = json!({ "Match": "title = 'obama'" });
    let media = operate(&client, "SearchMedia", request, json!({ "faceImages": true })).await.unwrap();
    let media = &media["MediaInfoList"][0];
    assert_eq!(media["MediaBasicInfo"]["CoverURL"], json!(cover));
    assert_eq!(media["AiData"]["AiLabelInfo"][0]["Occurrences"][0]["Image"], json!("cGljdHVyZQ=="));
}

#[wasm_bindgen_test]
async fn a_wrong_setting_is_named() {
    let host = Host::fresh();
    serve_models(&host);
    for (name, value, parameter) in [
        ("tokenLifetimeMs", json!(0), "tokenLifetimeMs"),
        ("tokenLifetimeMs", json!(-5), "tokenLifetimeMs"),
        ("tokenLifetimeMs", json!(1e300), "tokenLifetimeMs"),
        ("libraries", json!([{ "name": "a", "url": "a", "publicUrl": "http://[bad" }]), "libraries[0].publicUrl"),
        ("libraries", json!([{ "name": "a", "url": "oss://a/b" }]), "libraries[0].url"),
        ("libraries", json!([{ "name": "a" }, { "name": "a", "url": "a" }]), "libraries"),
    ] {
        let mut settings = config();
        settings[name] = value;
        let error = create(&settings).await.err().unwrap();
        assert_eq!((error.code.as_str(), error.parameter.as_deref()), ("InvalidParameter", Some(parameter)));
    }
}

#[wasm_bindgen_test]
async fn an_unknown_operation_and_arguments_of_a_wrong_type_are_named() {
    let host = Host::fresh();
    let client = client(&host).await;
    host.take_calls();
    for operation in ["", "searchMedia", "task.", "constructor"] {
        let error = operate(&client, operation, json!({}), json!({})).await.unwrap_err();
        assert_eq!((error.code.as_str(), error.parameter.as_deref()), ("InvalidParameter", Some("operation")));
        assert_eq!(error.message, format!("operation: {operation:?} is not an operation"));
    }
    let call = async |request: JsValue, images: JsValue, options: JsValue| {
        let answer = client.operate("SearchMedia".into(), request, images, options, None).await;
        Failure::of(&answer.unwrap_err()).parameter
    };
    let nothing = || JsValue::UNDEFINED;
    let empty = || object(&json!({})).into();
    assert_eq!(call("text".into(), nothing(), nothing()).await.as_deref(), Some("request"));
    assert_eq!(call(nothing(), nothing(), nothing()).await.as_deref(), Some("request"));
    assert_eq!(call(empty(), nothing(), 7.into()).await.as_deref(), Some("options"));
    assert_eq!(call(empty(), Array::of1(&7.into()).into(), nothing()).await.as_deref(), Some("image"));
    // The option of `createClient` that the page knows is the clock, `now`.
    for (options, name) in [
        (json!({ "nowMs": "now" }), "now"),
        (json!({ "nowMs": -1 }), "now"),
        (json!({ "faceImages": 1 }), "faceImages"),
    ] {
        assert_eq!(call(empty(), nothing(), object(&options).into()).await.as_deref(), Some(name));
    }
    assert_eq!(host.take_calls(), Vec::<String>::new());
}

#[wasm_bindgen_test]
async fn a_signal_ends_an_operation() {
    let host = Host::fresh();
    let client = client(&host).await;
    host.answer("family/library.json", "hang");
    let controller = AbortController::new().unwrap();
    function("setTimeout(() => argument.abort(), 50)").call1(&JsValue::UNDEFINED, &controller).unwrap();
    let (request, none) = (object(&json!({})).into(), JsValue::UNDEFINED);
    let signal = Some(controller.signal());
    let answer = client.operate("SearchMedia".into(), request, none.clone(), none, signal).await;
    assert_eq!(Failure::of(&answer.unwrap_err()).code, "Aborted");
    assert_eq!(host.ended(), Some(1));
}

#[wasm_bindgen_test]
async fn a_request_nested_without_end_is_refused_by_its_name_and_the_engine_lives() {
    let host = Host::fresh();
    let client = client(&host).await;
    for make in [
        "return JSON.parse('['.repeat(200000) + ']'.repeat(200000))",
        "return JSON.parse('['.repeat(500) + ']'.repeat(500))",
        "const own = {}; own.self = own; return own",
    ] {
        let request = object(&json!({ "personId": "obama" }));
        let nested = function(make).call0(&JsValue::UNDEFINED).unwrap();
        Reflect::set(&request, &"faceIds".into(), &nested).unwrap();
        let answer = client.operate("GetFaces".into(), request.into(), JsValue::UNDEFINED, JsValue::UNDEFINED, None);
        let error = Failure::of(&answer.await.unwrap_err());
        assert_eq!((error.code.as_str(), error.parameter.as_deref()), ("InvalidParameter", Some("faceIds")), "{make}");
        assert!(error.message.contains("nested too deeply"), "{}", error.message);
    }
    assert!(client.stats().is_ok());
}
