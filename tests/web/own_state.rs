//! What an own library tells its host to keep, and what a new client makes of it.

use js_sys::{Reflect, Uint8Array};
use serde_json::{Value, json};
use visavis::web::WebClient;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use super::fixture::{BIDEN, OBAMA, OBAMA_2, create, file, media_id, operate, pixels, search_image};
use super::host::Host;
use super::own::{add_person, data, face_ids, found, own_client, own_config};

const MANIFEST: &str = "library.json";

fn text(change: &JsValue, name: &str) -> String {
    Reflect::get(change, &name.into()).unwrap().as_string().unwrap()
}

fn extension(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or_default()
}

fn value(change: &JsValue) -> Option<Vec<u8>> {
    Reflect::get(change, &"value".into()).unwrap().dyn_into::<Uint8Array>().ok().map(|bytes| bytes.to_vec())
}

/// The keys of the records that were made or changed, in their order, and of those that are gone.
fn keys(changes: &[JsValue]) -> (Vec<String>, Vec<String>) {
    let (kept, gone): (Vec<&JsValue>, Vec<&JsValue>) = changes.iter().partition(|change| value(change).is_some());
    let keys = |changes: Vec<&JsValue>| changes.into_iter().map(|change| text(change, "key")).collect();
    (keys(kept), keys(gone))
}

/// A client whose own library has two persons, and everything that it told its host.
async fn with_two(host: &Host) -> (WebClient, Vec<JsValue>) {
    let client = own_client(host).await;
    add_person(&client, "obama", &[file(OBAMA)]).await;
    add_person(&client, "biden", &[pixels(BIDEN)]).await;
    let changes = client.take_changes();
    (client, changes)
}

#[wasm_bindgen_test]
async fn changes_come_in_an_order_that_leaves_no_half_of_a_library() {
    let host = Host::fresh();
    let client = own_client(&host).await;
    assert!(client.take_changes().is_empty(), "an empty library is worth no record");
    data(&client, "AddPerson", json!({ "personId": "obama" })).await.unwrap();
    let changes = client.take_changes();
    assert!(changes.iter().all(|change| text(change, "store") == "own:own"));
    let (first, _) = keys(&changes);
    assert_eq!(first.last().map(String::as_str), Some(MANIFEST));
    let mut listed = files_of(&changes);
    assert!(listed.iter().all(|name| first.contains(name)), "{listed:?} of {first:?}");

    for (operation, request, pictures) in [
        ("AddFaces", json!({ "personId": "obama", "urls": ["obama.jpg"] }), [2, 0]),
        ("SetPerson", json!({ "personId": "obama", "name": "Barack" }), [0, 0]),
        ("DeletePerson", json!({ "personId": "obama" }), [0, 2]),
    ] {
        data(&client, operation, request).await.unwrap();
        let changes = client.take_changes();
        let (kept, gone) = keys(&changes);
        assert_eq!(kept.last().map(String::as_str), Some(MANIFEST), "{operation}");
        let count = |keys: &[String]| keys.iter().filter(|key| extension(key) == "jpg").count();
        assert_eq!([count(&kept), count(&gone)], pictures, "{operation}");
        // Tables that the new manifest does not name go after it.
        let manifest = changes.iter().position(|change| text(change, "key") == MANIFEST).unwrap();
        let (_, later) = keys(&changes[manifest + 1..]);
        let now = files_of(&changes);
        let unused: Vec<&String> = listed.iter().filter(|name| !now.contains(name)).collect();
        let gone_tables: Vec<&String> = later.iter().filter(|key| extension(key) == "arrow").collect();
        assert_eq!(gone_tables, unused, "{operation}");
        listed = now;
    }
    assert!(client.take_changes().is_empty());
}

/// The names of the files that the last manifest lists.
fn files_of(changes: &[JsValue]) -> Vec<String> {
    let manifest = changes.iter().rfind(|change| text(change, "key") == MANIFEST).unwrap();
    let manifest: Value = serde_json::from_slice(&value(manifest).unwrap()).unwrap();
    manifest["files"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap().to_owned()).collect()
}

#[wasm_bindgen_test]
async fn a_new_client_that_takes_the_changes_back_has_the_same_library() {
    let host = Host::fresh();
    let (first, changes) = with_two(&host).await;
    let second = create(&own_config()).await.unwrap();
    assert_eq!(second.restore(changes.clone()), changes.len());
    assert!(second.take_changes().is_empty(), "what was just given is no news");
    assert_eq!(found(&second, OBAMA_2).await, json!([{ "MediaId": media_id(OBAMA) }]));
    for (operation, request) in [
        ("ListPersons", json!({ "searchLibName": "own" })),
        ("GetFaces", json!({ "personId": "obama", "searchLibName": "own" })),
        ("GetFaces", json!({ "personId": "biden", "searchLibName": "own" })),
    ] {
        let of_first = data(&first, operation, request.clone()).await.unwrap();
        assert_eq!(data(&second, operation, request).await.unwrap(), of_first, "{operation}");
    }
    let request = json!({ "SearchLibName": "own", "SortBy": "title" });
    let catalog = async |client: &WebClient| {
        operate(client, "SearchMedia", request.clone(), json!({ "faceImages": true })).await.unwrap()["MediaInfoList"]
            .clone()
    };
    assert_eq!(catalog(&second).await, catalog(&first).await);

    // Both go on from there, the second with what the first changes meanwhile.
    data(&first, "DeletePerson", json!({ "personId": "biden" })).await.unwrap();
    let more = first.take_changes();
    assert_eq!(second.restore(more.clone()), more.len());
    assert_eq!(found(&second, BIDEN).await, json!([]));
    add_person(&second, "again", &[file(BIDEN)]).await;
    assert_eq!(found(&second, BIDEN).await, json!([{ "MediaId": media_id(BIDEN) }]));
    assert_eq!(face_ids(&second, "obama").await.as_array().map(Vec::len), Some(1));
}

#[wasm_bindgen_test]
async fn a_damaged_library_is_neither_searched_nor_written_over_and_other_records_are_restored() {
    let host = Host::fresh();
    let (first, changes) = with_two(&host).await;
    let request = json!({ "FaceSearchToken": "t1", "SearchLibName": "own" });
    search_image(&first, request.clone(), file(OBAMA_2), json!({})).await.unwrap();
    let token = first.take_changes();
    assert_eq!((token.len(), text(&token[0], "store").as_str()), (1, "tokens"));
    let manifest = changes.iter().rposition(|change| text(change, "key") == MANIFEST).unwrap();
    let listed = String::from_utf8(value(&changes[manifest]).unwrap()).unwrap();
    let table = changes.iter().position(|change| listed.contains(&text(change, "key"))).unwrap();
    for (place, damage) in [(manifest, None), (table, None), (table, Some("cut")), (manifest, Some("spoilt"))] {
        let second = create(&own_config()).await.unwrap();
        let mut damaged: Vec<JsValue> = changes.clone();
        match damage {
            None => drop(damaged.remove(place)),
            Some(how) => damaged[place] = copy_with_damage(&changes[place], how),
        }
        // Without the last manifest there is still the one before it, whose tables are gone.
        damaged.extend(token.clone());
        assert_eq!(second.restore(damaged), 1, "{place} {damage:?}");
        for (operation, asked) in [("SearchMediaByFace", request.clone()), ("AddPerson", json!({ "personId": "new" }))]
        {
            let error = operate(&second, operation, asked, json!({})).await.unwrap_err();
            let says_why =
                ["LibraryMalformed", "FileLengthMismatch", "FileHashMismatch"].contains(&error.code.as_str());
            assert!(says_why, "{place} {damage:?}: {} {}", error.code, error.message);
        }
        assert!(
            second.take_changes().iter().all(|change| text(change, "store") == "tokens"),
            "something was written over"
        );
        // Sound records, as another tab may have, make it good again.
        assert!(second.restore(changes.clone()) > 0);
        let found = operate(&second, "SearchMediaByFace", request.clone(), json!({})).await.unwrap();
        assert_eq!(found["Total"], json!(1));
    }
}

fn copy_with_damage(change: &JsValue, how: &str) -> JsValue {
    let mut bytes = value(change).unwrap();
    match how {
        "cut" => bytes.truncate(bytes.len() / 2),
        _ => bytes[0] ^= 1,
    }
    let copy = js_sys::Object::assign(&js_sys::Object::new(), change.unchecked_ref());
    Reflect::set(&copy, &"value".into(), &Uint8Array::from(bytes.as_slice())).unwrap();
    copy.into()
}

#[wasm_bindgen_test]
async fn a_picture_that_was_lost_costs_only_itself() {
    let host = Host::fresh();
    let (_, changes) = with_two(&host).await;
    let second = create(&own_config()).await.unwrap();
    let rest: Vec<JsValue> = changes.into_iter().filter(|change| extension(&text(change, "key")) != "jpg").collect();
    assert_eq!(second.restore(rest.clone()), rest.len());
    assert_eq!(found(&second, OBAMA_2).await, json!([{ "MediaId": media_id(OBAMA) }]));
    let faces = data(&second, "GetFaces", json!({ "personId": "obama", "searchLibName": "own" })).await.unwrap();
    let item = &faces["faceImageItems"][0];
    assert_eq!((&item["success"], &item["url"]), (&json!(true), &json!("")));
    let options = json!({ "faceImages": true });
    let media = operate(&second, "SearchMedia", json!({ "SearchLibName": "own" }), options).await.unwrap();
    assert_eq!(media["MediaInfoList"][0]["AiData"]["AiLabelInfo"][0]["Occurrences"][0].get("Image"), None);
}
