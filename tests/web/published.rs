//! Published libraries: clips of a token, the catalog, the faces of a person; and that nothing in them can be changed.

use js_sys::{Array, Reflect};
use serde_json::{Value, json};
use visavis::core::EntityId;
use visavis::web::WebClient;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::fixture::{
    BIDEN, Failure, OBAMA, OBAMA_2, build, client, config, contents_with_person, create, face_id, file, media_id,
    operate, search_image, serve_library,
};
use super::host::{Host, function, object};

/// A client whose library `family` has Obama as a person and Biden as a stranger.
async fn with_person(host: &Host) -> WebClient {
    let client = client(host).await;
    serve_library(host, "family", &build(&contents_with_person(&client).await));
    client
}

#[wasm_bindgen_test]
async fn clips_say_where_in_a_media_the_person_of_a_token_is() {
    let host = Host::fresh();
    let client = with_person(&host).await;
    search_image(&client, json!({ "FaceSearchToken": "t1" }), file(OBAMA_2), json!({})).await.unwrap();
    host.take_calls();
    let of = |photo: &[u8]| json!({ "FaceSearchToken": "t1", "MediaId": media_id(photo) });
    let found = operate(&client, "SearchMediaClipByFace", of(OBAMA), json!({})).await.unwrap();
    assert_eq!((&found["Success"], &found["Code"], &found["Total"]), (&json!("true"), &json!("200"), &json!(1)));
    assert_eq!(found["RequestId"].as_str().unwrap().len(), 36);
    let clip = &found["MediaClipList"][0];
    assert!(clip["Score"].as_f64().unwrap() > 0.9);
    assert_eq!(clip["EntityId"], json!(EntityId::of_person("obama").0));
    assert_eq!((&clip["LabelName"], &clip["Category"]), (&json!("Barack Obama"), &json!("politician")));
    let place = json!({ "X": 371, "Y": 91, "W": 241, "H": 329 });
    let track = json!([{ "Timestamp": 0, "BoxPosition": place }]);
    assert_eq!(clip["OccurrencesInfos"], json!([{ "StartTime": 0, "EndTime": 0, "TrackData": track }]));

    let other = operate(&client, "SearchMediaClipByFace", of(BIDEN), json!({})).await.unwrap();
    assert_eq!((&other["Total"], &other["MediaClipList"]), (&json!(0), &json!([])));
    let anyone = operate(&client, "SearchMediaClipByFace", of(BIDEN), json!({ "threshold": -1 })).await.unwrap();
    assert_eq!(anyone["MediaClipList"][0]["Category"], json!("unknown"));
    assert_eq!(host.take_calls(), Vec::<String>::new(), "a token needs neither photo nor library anew");
}

#[wasm_bindgen_test]
async fn an_unknown_token_and_an_unknown_media_are_told_apart() {
    let host = Host::fresh();
    let client = with_person(&host).await;
    search_image(&client, json!({ "FaceSearchToken": "t1" }), file(OBAMA_2), json!({})).await.unwrap();
    let obama = media_id(OBAMA);
    for (token, media, message) in [
        ("t9", obama.as_str(), "FaceSearchToken \"t9\" was not found"),
        ("t1", "m9", "MediaId \"m9\" was not found"),
        ("t9", "m9", "FaceSearchToken \"t9\" was not found"),
    ] {
        let request = json!({ "FaceSearchToken": token, "MediaId": media });
        let error = operate(&client, "SearchMediaClipByFace", request, json!({})).await.unwrap_err();
        assert_eq!((error.code.as_str(), error.message.as_str()), ("ResourceNotFound", message));
    }
    for (request, code) in [
        (json!({ "MediaId": obama }), "MissingFaceSearchToken"),
        (json!({ "FaceSearchToken": "t1" }), "MissingMediaId"),
        (json!({ "FaceSearchToken": "t1", "MediaId": obama, "SearchLibName": "nowhere" }), "UnknownLibrary"),
    ] {
        assert_eq!(operate(&client, "SearchMediaClipByFace", request, json!({})).await.unwrap_err().code, code);
    }
}

#[wasm_bindgen_test]
async fn the_catalog_is_filtered_and_its_addresses_are_absolute() {
    let host = Host::fresh();
    let client = client(&host).await;
    let mut contents = contents_with_person(&client).await;
    contents.media[0].url = Some("photos/obama.jpg".into());
    contents.media[1].url = Some("javascript:alert(1)".into());
    serve_library(&host, "family", &build(&contents));
    let request = json!({ "Match": "title = 'OBA' and mediaType == 'image'", "SortBy": "title:Asc" });
    let found = operate(&client, "SearchMedia", request, json!({})).await.unwrap();
    assert_eq!((&found["Success"], &found["Code"], &found["Total"]), (&json!("True"), &json!("200"), &json!(1)));
    assert_eq!(found["ScrollToken"], json!(""), "there is no more");
    let first = operate(&client, "SearchMedia", json!({ "PageSize": 1 }), json!({})).await.unwrap();
    assert_eq!(first["ScrollToken"].as_str().unwrap().len(), 32);
    let media = &found["MediaInfoList"][0];
    let (basic, file) = (&media["MediaBasicInfo"], &media["FileInfoList"][0]["FileBasicInfo"]);
    assert_eq!(media["MediaId"], json!(media_id(OBAMA)));
    assert_eq!(basic["InputURL"], json!("https://test.invalid/family/photos/obama.jpg"));
    assert_eq!(basic["CoverURL"], json!(format!("https://test.invalid/family/covers/{}.jpg", media_id(OBAMA))));
    assert_eq!((&file["FileUrl"], &file["Width"]), (&basic["InputURL"], &json!("910")));
    let label = &media["AiData"]["AiLabelInfo"][0];
    assert_eq!((&label["LabelName"], &label["FaceId"]), (&json!("Barack Obama"), &json!(face_id(OBAMA).to_string())));

    let hostile = operate(&client, "SearchMedia", json!({ "Match": "title = 'biden'" }), json!({})).await.unwrap();
    let hostile = &hostile["MediaInfoList"][0];
    for url in [&hostile["MediaBasicInfo"]["InputURL"], &hostile["FileInfoList"][0]["FileBasicInfo"]["FileUrl"]] {
        assert_eq!(url.as_str().unwrap_or_default(), "", "a page must not show it");
    }
    let error = operate(&client, "SearchMedia", json!({ "Match": "title = " }), json!({})).await.unwrap_err();
    assert_eq!((error.code.as_str(), error.parameter.as_deref()), ("InvalidParameter", Some("Match")));
    assert!(error.message.contains("column"), "{}", error.message);
}

#[wasm_bindgen_test]
async fn pictures_of_faces_are_fetched_only_when_they_are_asked_for() {
    let host = Host::fresh();
    let client = with_person(&host).await;
    // That of the other face is not there.
    let picture = format!("family/faces/{}.jpg", face_id(OBAMA));
    host.serve(&picture, b"picture");
    client.open_library(None, None).await.unwrap();
    host.take_calls();
    let images = async |options: Value| {
        let found = operate(&client, "SearchMedia", json!({ "SortBy": "title:Desc" }), options).await.unwrap();
        let image = |media: usize| {
            let labels = &found["MediaInfoList"][media]["AiData"]["AiLabelInfo"];
            labels[0]["Occurrences"][0].as_object().unwrap().get("Image").cloned()
        };
        [image(0), image(1)]
    };
    for options in [json!({}), json!({ "faceImages": false })] {
        assert_eq!(images(options).await, [None, None]);
    }
    assert_eq!(host.take_calls(), Vec::<String>::new());
    assert_eq!(images(json!({ "faceImages": true })).await, [Some(json!("cGljdHVyZQ==")), None]);
    let mut asked = host.take_calls();
    asked.sort();
    let mut expected = [picture, format!("family/faces/{}.jpg", face_id(BIDEN))];
    expected.sort();
    assert_eq!(asked, expected);
    host.set_offline(true);
    assert_eq!(images(json!({ "faceImages": true })).await, [None, None]);
}

#[wasm_bindgen_test]
async fn the_faces_of_a_person_have_absolute_addresses() {
    let host = Host::fresh();
    let client = with_person(&host).await;
    let found = operate(&client, "GetFaces", json!({ "personId": "obama" }), json!({})).await.unwrap();
    let url = format!("https://test.invalid/family/faces/{}.jpg", face_id(OBAMA));
    let obama = json!({ "success": true, "faceId": face_id(OBAMA), "url": url });
    assert_eq!(found["data"], json!({ "code": 200, "faceImageItems": [obama] }));
    assert_eq!((&found["code"], found["requestId"].as_str().map(str::len)), (&json!(200), Some(36)));

    let ids = json!([face_id(BIDEN).to_string(), face_id(OBAMA)]);
    let request = json!({ "personId": "obama", "faceIds": ids });
    let found = operate(&client, "GetFaces", request, json!({})).await.unwrap();
    let stranger = json!({ "success": false, "faceId": face_id(BIDEN) });
    assert_eq!(found["data"]["faceImageItems"], json!([stranger, obama]));
    // The same person by the id that searches know.
    let request = json!({ "personId": EntityId::of_person("obama").0, "searchLibName": "family" });
    let found = operate(&client, "GetFaces", request, json!({})).await.unwrap();
    assert_eq!(found["data"]["faceImageItems"], json!([obama]));
    let request = json!({ "personId": "nobody", "searchLibName": "family" });
    let error = operate(&client, "GetFaces", request, json!({})).await.unwrap_err();
    assert_eq!((error.code.as_str(), error.message.as_str()), ("ResourceNotFound", "person \"nobody\" was not found"));
}

#[wasm_bindgen_test]
async fn face_ids_beyond_the_reach_of_a_number_are_exact() {
    let host = Host::fresh();
    let client = with_person(&host).await;
    let big = "23088737259260929";
    let as_bigint = Array::of1(&js_sys::BigInt::new(&JsValue::from_str(big)).unwrap());
    for ids in [Array::of1(&big.into()), as_bigint] {
        let request = object(&json!({ "personId": "obama" }));
        Reflect::set(&request, &"faceIds".into(), &ids).unwrap();
        let answer = client.operate("GetFaces".into(), request.into(), JsValue::UNDEFINED, JsValue::UNDEFINED, None);
        let answer = answer.await.map_err(|e| Failure::of(&e)).unwrap();
        let read = "const { faceId, success } = argument.data.faceImageItems[0];
            return `${typeof faceId} ${faceId} ${success} ${typeof argument.code}`";
        let text = function(read).call1(&JsValue::UNDEFINED, &answer).unwrap().as_string();
        assert_eq!(text, Some(format!("bigint {big} false number")));
    }
}

#[wasm_bindgen_test]
async fn persons_of_published_libraries_are_read_but_not_changed() {
    let host = Host::fresh();
    let client = with_person(&host).await;
    let person = operate(&client, "GetPerson", json!({ "personId": "obama" }), json!({})).await.unwrap();
    assert_eq!(person["data"]["groupIds"], json!(["presidents"]));
    let request = json!({ "searchLibName": "family" });
    let listed = operate(&client, "ListPersons", request.clone(), json!({})).await.unwrap();
    assert_eq!((&listed["data"]["totalCount"], &listed["data"]["persons"][0]["faceCount"]), (&json!(1), &json!(1)));
    let groups = operate(&client, "GetGroups", request, json!({})).await.unwrap();
    assert_eq!(groups["data"]["groupIds"], json!(["presidents"]));
    let request = json!({ "groupId": "presidents", "SearchLibName": "family" });
    let found = operate(&client, "GetPersons", request, json!({})).await.unwrap();
    assert_eq!(found["data"]["personIds"], json!(["obama"]));

    let mut settings = config();
    settings["libraries"].as_array_mut().unwrap().push(json!({ "name": "own" }));
    let with_own = create(&settings).await.unwrap();
    host.take_calls();
    for (operation, request) in [
        ("AddPerson", json!({ "personId": "ada" })),
        ("SetPerson", json!({ "personId": "obama", "name": "B" })),
        ("DeletePerson", json!({ "personId": "obama" })),
        ("MergePersons", json!({ "personId": "obama", "fromPersonIds": ["ada"] })),
        ("UnmergePersons", json!({ "personId": "obama", "fromPersonIds": ["ada"] })),
        ("SplitPerson", json!({ "personId": "obama", "faceIds": [face_id(OBAMA)] })),
        ("AddFaces", json!({ "personId": "obama", "urls": ["obama2.jpg"] })),
        ("AssignFaces", json!({ "personId": "obama", "faceIds": [face_id(BIDEN)] })),
        ("DeleteFaces", json!({ "personId": "obama", "faceIds": [face_id(OBAMA)] })),
        ("AddGroups", json!({ "personId": "obama", "groupIds": ["a"] })),
        ("DeleteGroups", json!({ "personId": "obama", "groupIds": ["presidents"] })),
    ] {
        // Without a name it is the first library that can be changed; this client has none.
        let error = operate(&client, operation, request.clone(), json!({})).await.unwrap_err();
        assert_eq!((error.code.as_str(), error.parameter.as_deref()), ("LibraryReadOnly", Some("searchLibName")));
        let mut named = request;
        named["searchLibName"] = json!("family");
        let error = operate(&with_own, operation, named, json!({})).await.unwrap_err();
        assert_eq!(error.code, "LibraryReadOnly", "{operation}");
        assert!(error.message.contains("\"family\""), "{}", error.message);
    }
    assert_eq!(host.take_calls(), Vec::<String>::new());
    assert!(client.take_changes().is_empty());
    let found = operate(&client, "GetPerson", json!({ "personId": "obama" }), json!({})).await.unwrap();
    assert_eq!(found["data"]["faceIds"], json!([face_id(OBAMA).to_string()]));
}
