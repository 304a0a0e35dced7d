//! Tokens: how long they live, what the client tells its host to keep of them, and what a new client takes back.

use js_sys::Reflect;
use serde_json::{Value, json};
use visavis::web::WebClient;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::fixture::{
    BIDEN, Failure, OBAMA, OBAMA_2, client, config, create, file, library, media_id, operate, search, search_image,
    serve_library,
};
use super::host::{Host, object};

/// Store and key of a record, and whether it has a value.
fn sketch(change: &JsValue) -> (String, String, bool) {
    let text = |name: &str| Reflect::get(change, &name.into()).unwrap().as_string().unwrap();
    (text("store"), text("key"), !Reflect::get(change, &"value".into()).unwrap().is_undefined())
}

fn changes(client: &WebClient) -> Vec<(String, String, bool)> {
    client.take_changes().iter().map(sketch).collect()
}

fn token(key: &str, kept: bool) -> (String, String, bool) {
    ("tokens".to_owned(), key.to_owned(), kept)
}

/// A search by the token alone.
async fn by_token(client: &WebClient, token: &str, now_ms: i64) -> Result<Value, Failure> {
    search(client, json!({ "FaceSearchToken": token }), json!({ "nowMs": now_ms })).await
}

/// A client whose tokens live one second, and library `family`.
async fn short_lived(host: &Host) -> (WebClient, Value) {
    serve_library(host, "family", &library(&client(host).await, None).await);
    let mut settings = config();
    settings["tokenLifetimeMs"] = json!(1000);
    (create(&settings).await.unwrap(), settings)
}

#[wasm_bindgen_test]
async fn a_token_lives_so_long_after_its_last_use() {
    let host = Host::fresh();
    let (client, _) = short_lived(&host).await;
    let options = json!({ "nowMs": 1000 });
    search_image(&client, json!({ "FaceSearchToken": "t1" }), file(OBAMA_2), options).await.unwrap();
    for now_ms in [1999, 2998] {
        assert_eq!(by_token(&client, "t1", now_ms).await.unwrap()["Total"], json!(1), "{now_ms}");
    }
    assert_eq!(changes(&client), [token("t1", true)]);
    assert_eq!(by_token(&client, "t1", 3998).await.unwrap_err().code, "MissingPersonImageUrl");
    let clips = json!({ "FaceSearchToken": "t1", "MediaId": media_id(OBAMA) });
    let error = operate(&client, "SearchMediaClipByFace", clips, json!({ "nowMs": 3998 })).await.unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.message.as_str()),
        ("ResourceNotFound", "FaceSearchToken \"t1\" was not found")
    );
    assert_eq!(changes(&client), [token("t1", false)]);
}

#[wasm_bindgen_test]
async fn tokens_outlive_their_client_but_not_their_time() {
    let host = Host::fresh();
    let (first, settings) = short_lived(&host).await;
    let options = json!({ "nowMs": 1000 });
    search_image(&first, json!({ "FaceSearchToken": "t1" }), file(OBAMA_2), options).await.unwrap();
    let kept = first.take_changes();
    assert_eq!(kept.iter().map(sketch).collect::<Vec<_>>(), [token("t1", true)]);
    assert_eq!(changes(&first), [], "what was told once is told again");
    drop(first);

    let second = create(&settings).await.unwrap();
    assert_eq!(second.restore(kept.clone()), 1);
    let response = by_token(&second, "t1", 1999).await.unwrap();
    assert_eq!(response["MediaInfoList"], json!([{ "MediaId": media_id(OBAMA) }]));

    let third = create(&settings).await.unwrap();
    assert_eq!(third.restore(kept), 1);
    assert_eq!(by_token(&third, "t1", 2000).await.unwrap_err().code, "MissingPersonImageUrl");
}

#[wasm_bindgen_test]
async fn what_another_client_forgot_is_forgotten_here() {
    let host = Host::fresh();
    let client = client(&host).await;
    serve_library(&host, "family", &library(&client, None).await);
    search_image(&client, json!({ "FaceSearchToken": "t1" }), file(OBAMA_2), json!({})).await.unwrap();
    drop(client.take_changes());
    assert_eq!(operate(&client, "forgetToken", json!({ "token": "t1" }), json!({})).await.unwrap(), json!(true));
    assert_eq!(changes(&client), [token("t1", false)]);
    let error = operate(&client, "forgetToken", json!({}), json!({})).await.unwrap_err();
    assert_eq!((error.code.as_str(), error.parameter.as_deref()), ("Missingtoken", Some("token")));

    search_image(&client, json!({ "FaceSearchToken": "t1" }), file(OBAMA_2), json!({})).await.unwrap();
    let gone = object(&json!({ "store": "tokens", "key": "t1" }));
    assert_eq!(client.restore(vec![gone.into()]), 1);
    assert_eq!(by_token(&client, "t1", 0).await.unwrap_err().code, "MissingPersonImageUrl");
}

#[wasm_bindgen_test]
async fn a_damaged_record_is_dropped_alone() {
    let host = Host::fresh();
    let first = client(&host).await;
    serve_library(&host, "family", &library(&first, None).await);
    for (token, photo) in [("t1", OBAMA_2), ("t2", BIDEN), ("t3", BIDEN)] {
        search_image(&first, json!({ "FaceSearchToken": token }), file(photo), json!({})).await.unwrap();
    }
    let mut kept = first.take_changes();
    let bytes = |text: &str| js_sys::Uint8Array::from(text.as_bytes());
    Reflect::set(&kept[1], &"value".into(), &bytes("{ \"version\": 1, \"rec")).unwrap();
    Reflect::set(&kept[2], &"value".into(), &"no bytes".into()).unwrap();
    let stranger = object(&json!({ "store": "own:nowhere", "key": "library.json" }));
    Reflect::set(&stranger, &"value".into(), &bytes("{}")).unwrap();
    let task = object(&json!({ "store": "tasks", "key": "CreateFacesSearchingTask-1" }));
    Reflect::set(&task, &"value".into(), &bytes("[]")).unwrap();
    kept.extend([stranger.into(), task.into(), JsValue::from(7), object(&json!({ "store": "tokens" })).into()]);

    let second = create(&config()).await.unwrap();
    assert_eq!(second.restore(kept), 1);
    assert_eq!(by_token(&second, "t1", 0).await.unwrap()["Total"], json!(1));
    for token in ["t2", "t3"] {
        assert_eq!(by_token(&second, token, 0).await.unwrap_err().code, "MissingPersonImageUrl");
    }
    assert_eq!(operate(&second, "tasks.running", json!({}), json!({})).await.unwrap(), json!([]));
}
