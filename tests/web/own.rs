//! Libraries that live in the client: persons and faces are added, found, merged and deleted.

use js_sys::{Object, Reflect};
use serde_json::{Value, json};
use visavis::core::sha256;
use visavis::web::WebClient;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::fixture::{
    ASTRONAUT, BIDEN, Failure, OBAMA, OBAMA_2, config, create, face_id, file, media_id, operate, operate_with, pixels,
    search_image, serve_models,
};
use super::host::{Host, object};

/// The first bytes of an AVIF file, which browsers read and the engine does not.
pub const AVIF: &[u8] = b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miafMA1B";

/// A configuration with the library `own`, behind a published one that cannot be reached.
pub fn own_config() -> Value {
    let mut settings = config();
    settings["libraries"] = json!([{ "name": "gone", "url": "gone" }, { "name": "own" }]);
    settings
}

/// A client of that configuration.
pub async fn own_client(host: &Host) -> WebClient {
    serve_models(host);
    create(&own_config()).await.unwrap()
}

/// What an operation answers as its data; no images.
pub async fn data(client: &WebClient, operation: &str, request: Value) -> Result<Value, Failure> {
    Ok(operate(client, operation, request, json!({})).await?["data"].clone())
}

/// Adds a person with the faces of these images.
pub async fn add_person(client: &WebClient, person_id: &str, images: &[JsValue]) -> Value {
    let request = json!({ "personId": person_id, "groupIds": [format!("group of {person_id}")] });
    let added = data(client, "AddPerson", request).await.unwrap();
    assert_eq!((&added["code"], &added["personId"]), (&json!(200), &json!(person_id)));
    let urls: Vec<String> = (0..images.len()).map(|place| format!("image:{place}")).collect();
    let request = json!({ "personId": person_id, "urls": urls });
    operate_with(client, "AddFaces", request, images, json!({})).await.unwrap()["data"].clone()
}

/// The media in which the face of an image is found.
pub async fn found(client: &WebClient, photo: &[u8]) -> Value {
    let request = json!({ "FaceSearchToken": "t", "SearchLibName": "own" });
    search_image(client, request, file(photo), json!({})).await.unwrap()["MediaInfoList"].clone()
}

pub async fn face_ids(client: &WebClient, person_id: &str) -> Value {
    data(client, "GetPerson", json!({ "personId": person_id, "searchLibName": "own" })).await.unwrap()["faceIds"]
        .clone()
}

#[wasm_bindgen_test]
async fn a_person_of_an_own_library_is_found_by_another_photo() {
    let host = Host::fresh();
    let client = own_client(&host).await;
    host.take_calls();
    assert_eq!(found(&client, OBAMA_2).await, json!([]));
    let added = add_person(&client, "obama", &[file(OBAMA)]).await;
    let face = json!({ "success": true, "faceId": face_id(OBAMA), "url": "image:0" });
    assert_eq!((&added["faceImageItems"], &added["groupIds"]), (&json!([face]), &json!(["group of obama"])));
    assert_eq!(found(&client, OBAMA_2).await, json!([{ "MediaId": media_id(OBAMA) }]));
    assert_eq!(face_ids(&client, "obama").await, json!([face_id(OBAMA).to_string()]));

    let request = json!({ "FaceSearchToken": "t", "SearchLibName": "own" });
    let scored = operate(&client, "SearchMediaByFace", request, json!({ "scores": true })).await.unwrap();
    let row = &scored["Scores"][0];
    let request = json!({ "personId": "obama", "searchLibName": "own" });
    let faces = data(&client, "GetFaces", request).await.unwrap();
    let request = json!({ "SearchLibName": "own" });
    let media = operate(&client, "SearchMedia", request, json!({ "faceImages": true })).await.unwrap();
    let media = &media["MediaInfoList"][0];
    // Pictures of an own library are in the client, so their addresses hold them.
    let picture = faces["faceImageItems"][0]["url"].as_str().unwrap();
    let base64 = picture.strip_prefix("data:image/jpeg;base64,").unwrap();
    assert!(base64.starts_with("/9j/"), "not a JPEG: {}", &base64[..8]);
    assert_eq!(row["FaceUrl"], json!(picture));
    assert_eq!(media["AiData"]["AiLabelInfo"][0]["Occurrences"][0]["Image"], json!(base64));
    assert_eq!(media["MediaBasicInfo"]["CoverURL"], row["CoverUrl"]);
    assert!(row["CoverUrl"].as_str().unwrap().starts_with("data:image/jpeg;base64,/9j/"));
    assert_eq!(host.take_calls(), Vec::<String>::new());
}

#[wasm_bindgen_test]
async fn faces_come_as_files_as_pixels_and_by_addresses() {
    let host = Host::fresh();
    let client = own_client(&host).await;
    data(&client, "AddPerson", json!({ "personId": "all" })).await.unwrap();
    host.take_calls();
    let named = |bytes: &[u8], name: &str| {
        let image: Object = file(bytes).into();
        Reflect::set(&image, &"name".into(), &name.into()).unwrap();
        JsValue::from(image)
    };
    let request = json!({ "personId": "all", "urls": ["image:0", "image:1", "a/biden.jpg?v=1#x", "image:3"] });
    host.serve("a/biden.jpg?v=1#x", BIDEN);
    host.serve("a/biden.jpg?v=1", BIDEN);
    let images = [named(OBAMA, "urls[0]"), pixels(ASTRONAUT), JsValue::UNDEFINED, named(OBAMA_2, "C:\\me\\two.jpg")];
    let added = operate_with(&client, "AddFaces", request, &images, json!({})).await.unwrap();
    let items = added["data"]["faceImageItems"].as_array().unwrap();
    assert!(items.iter().all(|item| item["success"] == json!(true)), "{items:?}");
    assert_eq!(host.take_calls().len(), 1);
    assert_eq!(face_ids(&client, "all").await.as_array().map(Vec::len), Some(4));
    assert_eq!(found(&client, ASTRONAUT).await.as_array().map(Vec::len), Some(1), "the pixels became a photo");

    let listed = operate(&client, "SearchMedia", json!({ "SearchLibName": "own" }), json!({})).await.unwrap();
    let files = listed["MediaInfoList"].as_array().unwrap();
    let name_of = |photo: &[u8]| {
        let media = files.iter().find(|media| media["MediaId"] == json!(media_id(photo))).unwrap();
        media["FileInfoList"][0]["FileBasicInfo"]["FileName"].as_str().unwrap().to_owned()
    };
    assert_eq!((name_of(BIDEN).as_str(), name_of(OBAMA_2).as_str()), ("biden.jpg", "two.jpg"));
    // What has no name is called by its id, so that no two photos are the same file.
    assert_eq!(name_of(OBAMA), format!("{}.jpeg", media_id(OBAMA)));
    let names = files.iter().map(|media| media["FileInfoList"][0]["FileBasicInfo"]["FileName"].to_string());
    assert_eq!(names.collect::<std::collections::BTreeSet<_>>().len(), 4);
}

#[wasm_bindgen_test]
async fn a_photo_that_cannot_be_used_fails_alone() {
    let host = Host::fresh();
    let client = own_client(&host).await;
    host.serve("page.html", b"<!doctype html><title>no photo</title>");
    data(&client, "AddPerson", json!({ "personId": "obama" })).await.unwrap();
    let request = json!({ "personId": "obama", "urls": ["cat.png", "obama.jpg", "missing.jpg", "page.html"] });
    let added = data(&client, "AddFaces", request).await.unwrap();
    let items = added["faceImageItems"].as_array().unwrap();
    let codes: Vec<Option<&str>> = items.iter().map(|item| item["errorCode"].as_str()).collect();
    assert_eq!(codes, [Some("NoFace"), None, Some("DownloadFailed"), Some("ImageFormatUnsupported")]);
    assert!(items[0]["errorMsg"].as_str().unwrap().starts_with("cat.png: no face"), "{items:?}");
    assert_eq!(face_ids(&client, "obama").await, json!([face_id(OBAMA).to_string()]));

    drop(client.take_changes());
    let request = json!({ "personId": "obama", "urls": ["missing.jpg", "cat.png"] });
    assert_eq!(data(&client, "AddFaces", request).await.unwrap_err().code, "DownloadFailed");
    let request = json!({ "personId": "nobody", "urls": ["obama.jpg"] });
    assert_eq!(data(&client, "AddFaces", request).await.unwrap_err().code, "ResourceNotFound");
    for (request, code) in [
        (json!({ "personId": "obama" }), "Missingurls"),
        (json!({ "urls": ["obama.jpg"] }), "MissingpersonId"),
        (json!({ "personId": "obama", "urls": vec!["obama.jpg"; 21] }), "LimitExceededError"),
        (json!({ "personId": "obama", "urls": [7] }), "InvalidParameter"),
    ] {
        assert_eq!(data(&client, "AddFaces", request).await.unwrap_err().code, code);
    }
    assert!(client.take_changes().is_empty(), "a call that failed changed something");
}

#[wasm_bindgen_test]
async fn a_photo_that_only_a_browser_reads_fails_the_call_so_that_it_comes_again_as_pixels() {
    let host = Host::fresh();
    let client = own_client(&host).await;
    host.serve("photo.avif", AVIF);
    data(&client, "AddPerson", json!({ "personId": "obama" })).await.unwrap();
    drop(client.take_changes());
    let request = json!({ "personId": "obama", "urls": ["obama.jpg", "photo.avif"] });
    let error = data(&client, "AddFaces", request.clone()).await.unwrap_err();
    assert_eq!(error.code, "ImageFormatUnsupported");
    assert!(error.message.starts_with("photo.avif: "), "{}", error.message);
    assert!(client.take_changes().is_empty());
    assert_eq!(face_ids(&client, "obama").await, json!([]));

    let images = [JsValue::UNDEFINED, pixels(OBAMA_2)];
    let added = operate_with(&client, "AddFaces", request.clone(), &images, json!({})).await.unwrap();
    let items = added["data"]["faceImageItems"].as_array().unwrap();
    assert!(items.iter().all(|item| item["success"] == json!(true)), "{items:?}");
    // Where the page cannot read it either, it hands over the address itself: then the photo fails alone.
    let images = [JsValue::UNDEFINED, object(&json!({ "url": "photo.avif" })).into()];
    let added = operate_with(&client, "AddFaces", request, &images, json!({})).await.unwrap();
    assert_eq!(added["data"]["faceImageItems"][1]["errorCode"], json!("ImageFormatUnsupported"));
    assert_eq!(face_ids(&client, "obama").await.as_array().map(Vec::len), Some(2));
}

#[wasm_bindgen_test]
async fn a_merger_is_undone_and_a_person_is_split() {
    let host = Host::fresh();
    let client = own_client(&host).await;
    add_person(&client, "a", &[file(OBAMA)]).await;
    add_person(&client, "b", &[file(OBAMA_2), file(BIDEN)]).await;
    data(&client, "MergePersons", json!({ "personId": "a", "fromPersonIds": ["b"] })).await.unwrap();
    let back = data(&client, "UnmergePersons", json!({ "personId": "a", "fromPersonIds": ["b"] })).await.unwrap();
    assert_eq!(back["faceIds"].as_array().map(Vec::len), Some(2));
    assert_eq!(back["groupIds"], json!(["group of a"]));
    assert_eq!(face_ids(&client, "b").await.as_array().map(Vec::len), Some(2));
    let split = data(&client, "SplitPerson", json!({ "personId": "b", "faceIds": [face_id(BIDEN)] })).await.unwrap();
    assert_eq!(split["faceIds"], json!([face_id(BIDEN).to_string()]));
    let other = split["personId"].as_str().unwrap();
    assert_eq!(face_ids(&client, other).await, split["faceIds"]);
    assert_eq!(face_ids(&client, "b").await.as_array().map(Vec::len), Some(1));
}

#[wasm_bindgen_test]
async fn persons_are_merged_changed_and_deleted() {
    let host = Host::fresh();
    let client = own_client(&host).await;
    add_person(&client, "a", &[file(OBAMA)]).await;
    add_person(&client, "b", &[file(OBAMA_2), file(BIDEN)]).await;
    let merged = data(&client, "MergePersons", json!({ "personId": "a", "fromPersonIds": ["b"] })).await.unwrap();
    assert_eq!(merged["faceIds"].as_array().map(Vec::len), Some(2));
    assert_eq!(merged["groupIds"], json!(["group of a", "group of b"]));
    assert_eq!(face_ids(&client, "a").await.as_array().map(Vec::len), Some(3));
    let gone = json!({ "personId": "b", "searchLibName": "own" });
    assert_eq!(data(&client, "GetPerson", gone).await.unwrap_err().code, "ResourceNotFound");

    data(&client, "SetPerson", json!({ "personId": "a", "name": "Ada", "note": "friend" })).await.unwrap();
    data(&client, "DeleteGroups", json!({ "personId": "a", "groupIds": ["group of b"] })).await.unwrap();
    data(&client, "AddGroups", json!({ "personId": "a", "groupIds": ["c"] })).await.unwrap();
    let deleted = data(&client, "DeleteFaces", json!({ "personId": "a", "faceIds": [face_id(BIDEN)] })).await.unwrap();
    assert_eq!(deleted["deleteCount"], json!(1));
    assert_eq!(found(&client, BIDEN).await, json!([]));
    let person = data(&client, "GetPerson", json!({ "personId": "a", "searchLibName": "own" })).await.unwrap();
    assert_eq!((&person["name"], &person["note"]), (&json!("Ada"), &json!("friend")));
    assert_eq!(person["groupIds"], json!(["c", "group of a"]));

    data(&client, "DeletePerson", json!({ "personId": "a" })).await.unwrap();
    assert_eq!(found(&client, OBAMA).await, json!([]));
    let stats = super::host::json(&client.stats().unwrap());
    let own = &stats["libraries"][1];
    assert_eq!((&own["name"], &own["url"], &own["faces"]), (&json!("own"), &json!(""), &json!(0)));
    assert_eq!((&own["media"], &own["entities"]), (&json!(0), &json!(0)));
}

#[wasm_bindgen_test]
async fn a_library_that_cannot_be_opened_hides_no_person_of_another_one() {
    let host = Host::fresh();
    let client = own_client(&host).await;
    add_person(&client, "obama", &[file(OBAMA)]).await;
    let person = data(&client, "GetPerson", json!({ "personId": "obama" })).await.unwrap();
    assert_eq!(person["faceIds"], json!([face_id(OBAMA).to_string()]));
    let faces = data(&client, "GetFaces", json!({ "personId": "obama" })).await.unwrap();
    assert_eq!(faces["faceImageItems"][0]["success"], json!(true));
    // Nobody knows whether that library has this one.
    let error = data(&client, "GetPerson", json!({ "personId": "nobody" })).await.unwrap_err();
    assert_eq!(error.code, "LibraryNotFound");
}

#[wasm_bindgen_test]
async fn the_twenty_first_face_of_a_person_is_refused() {
    let host = Host::fresh();
    let client = own_client(&host).await;
    data(&client, "AddPerson", json!({ "personId": "many" })).await.unwrap();
    // The same photo with something behind its end is another file.
    let photos: Vec<Vec<u8>> = (0..21_u8).map(|number| [OBAMA, &[number]].concat()).collect();
    assert_ne!(sha256(&photos[0]), sha256(&photos[1]));
    let request = json!({ "personId": "many", "urls": vec!["image:0"; 7] });
    for seven in photos.chunks(7).take(2) {
        let images: Vec<JsValue> = seven.iter().map(|photo| file(photo)).collect();
        operate_with(&client, "AddFaces", request.clone(), &images, json!({})).await.unwrap();
    }
    let images: Vec<JsValue> = photos[14..].iter().map(|photo| file(photo)).collect();
    let error = operate_with(&client, "AddFaces", request, &images, json!({})).await.unwrap_err();
    assert_eq!(error.code, "LimitExceededError");
    assert_eq!(face_ids(&client, "many").await.as_array().map(Vec::len), Some(14));
}
