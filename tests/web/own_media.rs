//! Media for libraries that live in the client: indexed by one engine, added by another, published, found, removed.

use js_sys::{Array, Reflect, Uint8Array};
use serde_json::{Value, json};
use visavis::core::{MediaId, sha256};
use visavis::web::{FileHash, WebClient};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::fixture::{CAT, Failure, OBAMA, OBAMA_2, file, pixels};
use super::host::{Host, json as json_of, object};
use super::own::{found, own_client};

fn own() -> Option<String> {
    Some("own".to_owned())
}

fn member(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap()
}

/// Indexes a photo, and adds it to the library of a client.
fn add(pool: &WebClient, client: &WebClient, photo: &[u8]) -> Value {
    let indexed = pool.index_photo(&file(photo), JsValue::UNDEFINED).unwrap();
    let record = Uint8Array::from(member(&indexed, "record")).to_vec();
    json_of(&client.add_media(own(), record, Array::from(&member(&indexed, "thumbnails")).to_vec()).unwrap())
}

#[wasm_bindgen_test]
async fn a_photo_that_one_engine_indexed_is_found_in_the_library_of_another() {
    let host = Host::fresh();
    let (pool, client) = (own_client(&host).await, own_client(&host).await);
    let media_id = MediaId::of_bytes(OBAMA).to_string();
    assert_eq!(add(&pool, &client, OBAMA), json!({ "mediaId": media_id, "added": true }));
    assert_eq!(add(&pool, &client, OBAMA), json!({ "mediaId": media_id, "added": false }));
    assert_eq!(found(&client, OBAMA_2).await, json!([]));
    let published = client.publish_media(own(), true).unwrap();
    assert_eq!(json_of(&published), json!({ "changed": true }));
    assert_eq!(found(&client, OBAMA_2).await[0]["MediaId"], json!(media_id));
    let sha256 = sha256(OBAMA).to_string();
    assert_eq!(json_of(&client.find_media(own(), &sha256).unwrap())["indexed"], json!(true));
    let removed = json_of(&client.remove_media(own(), vec![media_id.clone(), "none".to_owned()]).unwrap());
    assert_eq!((&removed["mediaIds"], &removed["unknownMediaIds"]), (&json!([media_id]), &json!(["none"])));
    assert_eq!(found(&client, OBAMA_2).await, json!([]));
}

#[wasm_bindgen_test]
async fn pixels_are_indexed_as_the_file_that_they_were_read_from() {
    let host = Host::fresh();
    let client = own_client(&host).await;
    let image = pixels(OBAMA);
    let digest = sha256(b"a picture of a format that only browsers read").to_string();
    for (name, value) in [("sha256", digest.as_str()), ("format", "avif")] {
        Reflect::set(&image, &name.into(), &value.into()).unwrap();
    }
    Reflect::set(&image, &"fileBytes".into(), &5.into()).unwrap();
    let indexed = client.index_photo(&image, JsValue::UNDEFINED).unwrap();
    assert_eq!(member(&indexed, "name").as_string().unwrap(), format!("{}.avif", &digest[..32]));
    assert_eq!(member(&indexed, "faces").as_f64(), Some(1.0));
    let error = client.index_photo(&pixels(OBAMA), JsValue::UNDEFINED).unwrap_err();
    assert_eq!(Failure::of(&error).parameter.as_deref(), Some("sha256"));
}

#[wasm_bindgen_test]
async fn frames_become_a_film_and_no_frames_are_an_error() {
    let host = Host::fresh();
    let client = own_client(&host).await;
    let digest = sha256(CAT).to_string();
    let source = object(&json!({
        "name": "film.mp4", "sha256": digest, "bytes": 9, "width": 400, "height": 300, "format": "mp4", "durationS": 0.4,
    }));
    let options = || JsValue::from(object(&json!({ "framesPerSecond": 5 })));
    let film = client.begin_video(&source, options()).unwrap();
    let error = Failure::of(&film.finish().unwrap_err());
    assert_eq!((error.code.as_str(), error.message.contains("film.mp4")), ("VideoEmpty", true));
    let film = client.begin_video(&source, options()).unwrap();
    film.push(0.0, &pixels(CAT)).unwrap();
    film.push(0.2, &pixels(CAT)).unwrap();
    let indexed = film.finish().unwrap();
    assert_eq!(member(&indexed, "name").as_string().as_deref(), Some("film.mp4"));
    assert_eq!(Array::from(&member(&indexed, "thumbnails")).length(), 1, "its cover");
    assert!(film.push(0.4, &pixels(CAT)).is_err());
    let wrong = object(&json!({ "framesPerSecond": 61 }));
    let error = client.begin_video(&source, wrong.into()).err().unwrap();
    assert_eq!(Failure::of(&error).parameter.as_deref(), Some("framesPerSecond"));
}

#[wasm_bindgen_test]
fn a_file_that_comes_piece_by_piece_has_the_digest_of_the_whole() {
    let mut hash = FileHash::new();
    CAT.chunks(1000).for_each(|piece| hash.update(piece));
    assert_eq!(hash.finish(), sha256(CAT).to_string());
}
