//! Tests of the operations on persons: shapes, pages, edits, and bad input in one table.

use serde_json::{Value, json};

use super::support::{contents, ids_of, library, library_of};
use super::*;
use crate::core::FaceId;
use crate::error::{Error, Result};
use crate::indexing::{NewFace, PersonEdit, apply_edit};

fn url_of(id: FaceId) -> String {
    format!("faces/{id}.jpg")
}

fn faces(request: &Value) -> Result<Value> {
    let request = GetFacesRequest::parse(request)?;
    let response = get_person_faces(&library(), &request, &url_of, "R1")?;
    Ok(serde_json::to_value(response).unwrap())
}

#[test]
fn the_faces_of_a_person_have_the_documented_shape() {
    let ids = ids_of("ada");
    let item = |id: &FaceId| json!({ "success": true, "faceId": id.0, "url": format!("faces/{id}.jpg") });
    let expected = json!({ "code": 200, "requestId": "R1", "msg": "OK",
        "data": { "code": 200, "faceImageItems": ids.iter().map(item).collect::<Vec<_>>() } });
    assert_eq!(faces(&json!({ "personId": "ada" })).unwrap(), expected);
    for all in [json!(null), json!(""), json!([]), json!("[]")] {
        assert_eq!(faces(&json!({ "personId": "ada", "faceIds": all })).unwrap(), expected);
    }
    let by_entity = crate::core::EntityId::of_person("ada").0;
    assert_eq!(faces(&json!({ "personId": by_entity })).unwrap(), expected);
    assert_eq!(faces(&json!({ "personId": "eve" })).unwrap()["data"]["faceImageItems"], json!([]));
}

#[test]
fn faces_partly_unknown_are_items_without_success_in_the_order_asked_for() {
    let (ada, bea) = (ids_of("ada"), ids_of("bea"));
    let asked = json!([bea[0].0, ada[1].to_string(), "23088737259260929", u64::MAX, ada[0].0]);
    for ids in [asked.clone(), json!(asked.to_string())] {
        let response = faces(&json!({ "personId": "ada", "faceIds": ids })).unwrap();
        let expected = json!([
            { "success": false, "faceId": bea[0].0 },
            { "success": true, "faceId": ada[1].0, "url": url_of(ada[1]) },
            { "success": false, "faceId": 23_088_737_259_260_929_u64 },
            { "success": false, "faceId": u64::MAX },
            { "success": true, "faceId": ada[0].0, "url": url_of(ada[0]) },
        ]);
        assert_eq!(response["data"]["faceImageItems"], expected);
    }
}

#[test]
fn a_face_id_above_two_to_the_53_keeps_every_digit_in_the_text() {
    let request: Value = serde_json::from_str(r#"{"personId":"ada","faceIds":[23088737259260929]}"#).unwrap();
    let request = GetFacesRequest::parse(&request).unwrap();
    let response = get_person_faces(&library(), &request, &url_of, "R1").unwrap();
    assert!(serde_json::to_string(&response).unwrap().contains("\"faceId\":23088737259260929"));
}

#[test]
fn one_person_is_told_with_groups_faces_and_note() {
    let get = |id: &str| {
        let request = GetPersonRequest::parse(&json!({ "personId": id })).unwrap();
        get_person(&library(), &request, "R1").map(|response| serde_json::to_value(response).unwrap())
    };
    let ids: Vec<String> = ids_of("ada").iter().map(ToString::to_string).collect();
    assert_eq!(
        get("ada").unwrap(),
        json!({ "code": 200, "requestId": "R1", "msg": "OK", "data": { "code": 200, "personId": "ada", "name": "ada's name",
            "groupIds": ["g1", "g2"], "faceIds": ids, "note": "a note" } })
    );
    let unknown = "0".repeat(32);
    let response = get(&unknown).unwrap();
    assert_eq!(response["data"]["personId"], json!(unknown));
    assert_eq!(response["data"]["faceIds"].as_array().unwrap().len(), 1);
    assert_eq!(response["data"].get("note"), None);
    assert_eq!(get("nobody").unwrap_err().to_string(), "person \"nobody\" was not found");
}

#[test]
fn the_persons_of_a_group_come_in_pages() {
    let get = |request: Value| {
        let request = GetPersonsRequest::parse(&request).unwrap();
        get_persons(&library(), &request, "R1").map(|response| serde_json::to_value(response.data).unwrap())
    };
    let page = |ids: Value, current: u32, size: u32| json!({ "code": 200, "personIds": ids, "currentPage": current, "pageSize": size, "totalCount": 2 });
    assert_eq!(get(json!({ "groupId": "g1" })).unwrap(), page(json!(["ada", "bea"]), 1, 20));
    let second = json!({ "groupId": "g1", "currentPage": "2", "pageSize": 1 });
    assert_eq!(get(second).unwrap(), page(json!(["bea"]), 2, 1));
    let far = json!({ "groupId": "g1", "currentPage": u32::MAX, "pageSize": 100 });
    assert_eq!(get(far).unwrap(), page(json!([]), u32::MAX, 100));
    assert_eq!(get(json!({ "groupId": "g9" })).unwrap_err().to_string(), "group \"g9\" was not found");
}

#[test]
fn all_persons_and_groups_are_listed() {
    let list = |request: Value| {
        let response = list_persons(&library(), &ListPersonsRequest::parse(&request).unwrap(), "R1")?;
        Ok::<_, Error>(serde_json::to_value(response.data).unwrap())
    };
    let all = list(json!({})).unwrap();
    let ids: Vec<&str> = all["persons"].as_array().unwrap().iter().map(|p| p["personId"].as_str().unwrap()).collect();
    assert_eq!(ids, [&"0".repeat(32), "ada", "bea", "eve"]);
    assert_eq!(
        all["persons"][1],
        json!({ "personId": "ada", "entityId": crate::core::EntityId::of_person("ada").0, "name": "ada's name",
            "category": "custom", "groupIds": ["g1", "g2"], "faceCount": 2, "note": "a note" })
    );
    assert_eq!(list(json!({ "groupId": "g2" })).unwrap()["totalCount"], json!(1));
    assert_eq!(list(json!({ "groupId": "g9" })).unwrap_err().code(), "ResourceNotFound");
    let groups = get_groups(&library(), &GetGroupsRequest::parse(&json!({})).unwrap(), "R1");
    assert_eq!(
        serde_json::to_value(groups).unwrap(),
        json!({ "code": 200, "requestId": "R1", "msg": "OK", "data": { "code": 200, "groupIds": ["g1", "g2"] } })
    );
}

/// Carries an edit out and gives the outcome; the library made of what came is asked by the tests.
fn applied(edit: &PersonEdit) -> (crate::library::Library, crate::indexing::Outcome) {
    let mut contents = contents();
    let outcome = apply_edit(&mut contents, edit).unwrap();
    (library_of(&contents), outcome)
}

#[test]
fn persons_are_added_changed_merged_and_deleted() {
    let request = json!({ "personId": "p1", "groupIds": ["g2", "g1"], "name": "Tom", "note": "Male" });
    let request = AddPersonRequest::parse(&request).unwrap();
    let (library, outcome) = applied(&request.edit());
    let response = serde_json::to_value(request.response(&outcome, "R1")).unwrap();
    let expected = json!({ "code": 200, "personId": "p1", "groupIds": ["g1", "g2"] });
    assert_eq!(response, json!({ "code": 200, "requestId": "R1", "msg": "OK", "data": expected }));
    let get = GetPersonRequest::parse(&json!({ "personId": "p1" })).unwrap();
    let data = get_person(&library, &get, "R2").unwrap().data;
    assert_eq!((data.name.as_str(), data.note.as_deref()), ("Tom", Some("Male")));

    let request = SetPersonRequest::parse(&json!({ "personId": "ada", "name": "Countess" })).unwrap();
    let (library, outcome) = applied(&request.edit());
    assert_eq!(
        serde_json::to_value(request.response(&outcome, "R1").data).unwrap(),
        json!({ "code": 200, "personId": "ada" })
    );
    let get = GetPersonRequest::parse(&json!({ "personId": "ada" })).unwrap();
    let data = get_person(&library, &get, "R2").unwrap().data;
    assert_eq!((data.name.as_str(), data.note.as_deref()), ("Countess", Some("a note")));

    let request = MergePersonsRequest::parse(&json!({ "personId": "eve", "fromPersonIds": ["ada"] })).unwrap();
    let (_, outcome) = applied(&request.edit());
    let ids: Vec<String> = ids_of("ada").iter().map(ToString::to_string).collect();
    assert_eq!(
        serde_json::to_value(request.response(&outcome, "R1").data).unwrap(),
        json!({ "code": 200, "personId": "eve", "groupIds": ["g1", "g2"], "faceIds": ids })
    );

    let request = DeletePersonRequest::parse(&json!({ "personId": "ada" })).unwrap();
    let (library, outcome) = applied(&request.edit());
    assert_eq!(
        serde_json::to_value(request.response(&outcome, "R1").data).unwrap(),
        json!({ "code": 200, "personId": "ada" })
    );
    assert_eq!(get_person(&library, &get, "R2").unwrap_err().code(), "ResourceNotFound");
}

#[test]
fn groups_are_added_and_left() {
    let request = AddGroupsRequest::parse(&json!({ "personId": "bea", "groupIds": ["new"] })).unwrap();
    let (_, outcome) = applied(&request.edit());
    assert_eq!(
        serde_json::to_value(request.response(&outcome, "R1").data).unwrap(),
        json!({ "code": 200, "personId": "bea", "groupIds": ["g1", "new"] })
    );
    let request = DeleteGroupsRequest::parse(&json!({ "personId": "ada", "groupIds": ["g2", "g9"] })).unwrap();
    let (_, outcome) = applied(&request.edit());
    assert_eq!(
        serde_json::to_value(request.response(&outcome, "R1").data).unwrap(),
        json!({ "code": 200, "personId": "ada", "groupIds": ["g2"] })
    );
}

#[test]
fn faces_are_assigned_and_deleted() {
    let (ada, bea) = (ids_of("ada"), ids_of("bea"));
    let request = AssignFacesRequest::parse(&json!({ "personId": "ada", "faceIds": [bea[0].0, "5"] })).unwrap();
    let (_, outcome) = applied(&request.edit());
    assert_eq!(
        serde_json::to_value(request.response(&outcome, "R1").data).unwrap(),
        json!({ "code": 200, "personId": "ada", "groupIds": ["g1", "g2"], "faceImageItems": [
            { "success": true, "faceId": bea[0].0 },
            { "success": false, "faceId": 5, "errorCode": "ResourceNotFound", "errorMsg": "face \"5\" was not found" },
        ] })
    );
    let request = DeleteFacesRequest::parse(&json!({ "personId": "ada", "faceIds": ["5", ada[1].0] })).unwrap();
    let (_, outcome) = applied(&request.edit());
    assert_eq!(
        serde_json::to_value(request.response(&outcome, "R1").data).unwrap(),
        json!({ "code": 200, "personId": "ada", "faceIds": [ada[1].to_string()], "deleteCount": 1 })
    );
}

#[test]
fn faces_from_photos_say_of_each_what_came_of_it() {
    let request = AddFacesRequest::parse(&json!({ "personId": "eve", "urls": ["a.jpg", "b.jpg"] })).unwrap();
    let contents = contents();
    let new = NewFace {
        media: contents.media[0].clone(),
        face: contents.faces[0].clone(),
        embedder: contents.embedder.clone(),
    };
    let id = new.face.face_id;
    let faces = [Err(Error::NoFace { name: "a.jpg".into() }), Ok(new)];
    let (_, outcome) = applied(&request.edit(&faces).unwrap());
    assert_eq!(
        serde_json::to_value(request.response(&outcome, &faces, "R1").data).unwrap(),
        json!({ "code": 200, "personId": "eve", "groupIds": [], "faceImageItems": [
            { "success": false, "url": "a.jpg", "errorCode": "NoFace",
                "errorMsg": "a.jpg: no face was found; use a photo in which a face is clearly visible" },
            { "success": true, "faceId": id.0, "url": "b.jpg" },
        ] })
    );
    assert_eq!(request.edit(&faces[..1]).unwrap_err().code(), "NoFace", "none could be used");
}

#[test]
fn the_library_and_the_caller_are_read_and_a_caller_that_is_no_object_refused() {
    let request = json!({ "searchLibName": "family", "clientInfo": "{\"userId\":\"1\"}" });
    let options = GetGroupsRequest::parse(&request).unwrap().options;
    assert_eq!(options.search_lib_name.as_deref(), Some("family"));
    assert_eq!(options.client_info.as_deref(), Some("{\"userId\":\"1\"}"));
    let options = GetGroupsRequest::parse(&json!({ "SearchLibName": "x", "ClientInfo": { "a": 1 } })).unwrap().options;
    assert_eq!((options.search_lib_name.as_deref(), options.client_info.as_deref()), (Some("x"), Some("{\"a\":1}")));
    for bad in [json!("{"), json!("[1]"), json!(7), json!([1]), json!(true)] {
        for name in ["clientInfo", "ClientInfo"] {
            let error = GetGroupsRequest::parse(&json!({ name: bad })).unwrap_err();
            assert_eq!((error.code().as_str(), error.parameter()), ("InvalidParameter", Some(name)), "{bad}");
        }
    }
}

type Parse = fn(&Value) -> Result<()>;

/// Every request: how it is parsed, and one that is right.
fn requests() -> Vec<(&'static str, Parse, Value)> {
    vec![
        ("GetFaces", |r| GetFacesRequest::parse(r).map(drop), json!({ "personId": "p", "faceIds": ["1"] })),
        ("AddFaces", |r| AddFacesRequest::parse(r).map(drop), json!({ "personId": "p", "urls": ["u"] })),
        ("AssignFaces", |r| AssignFacesRequest::parse(r).map(drop), json!({ "personId": "p", "faceIds": ["1"] })),
        ("DeleteFaces", |r| DeleteFacesRequest::parse(r).map(drop), json!({ "personId": "p", "faceIds": ["1"] })),
        ("AddPerson", |r| AddPersonRequest::parse(r).map(drop), json!({ "personId": "p", "groupIds": ["g"] })),
        ("SetPerson", |r| SetPersonRequest::parse(r).map(drop), json!({ "personId": "p", "name": "n", "note": "x" })),
        ("DeletePerson", |r| DeletePersonRequest::parse(r).map(drop), json!({ "personId": "p" })),
        ("GetPerson", |r| GetPersonRequest::parse(r).map(drop), json!({ "personId": "p" })),
        (
            "MergePersons",
            |r| MergePersonsRequest::parse(r).map(drop),
            json!({ "personId": "p", "fromPersonIds": ["q"] }),
        ),
        ("AddGroups", |r| AddGroupsRequest::parse(r).map(drop), json!({ "personId": "p", "groupIds": ["g"] })),
        ("DeleteGroups", |r| DeleteGroupsRequest::parse(r).map(drop), json!({ "personId": "p", "groupIds": ["g"] })),
        (
            "GetPersons",
            |r| GetPersonsRequest::parse(r).map(drop),
            json!({ "groupId": "g", "currentPage": 1, "pageSize": 5 }),
        ),
        (
            "ListPersons",
            |r| ListPersonsRequest::parse(r).map(drop),
            json!({ "groupId": "g", "currentPage": 1, "pageSize": 5 }),
        ),
        ("GetGroups", |r| GetGroupsRequest::parse(r).map(drop), json!({})),
    ]
}

/// Wrong values of a parameter, and what the message says.
fn wrong_values(name: &str) -> Vec<(Value, &'static str)> {
    let long = json!("x".repeat(129));
    match name {
        "personId" | "groupId" => vec![
            (json!(7), "it must be a string, not a number"),
            (json!(["p"]), "it must be a string, not an array"),
            (json!({}), "it must be a string, not an object"),
            (long, "129 characters; at most 128 are allowed"),
            (json!("a\u{0}b"), "an id has no control characters"),
        ],
        "name" => vec![(json!(true), "it must be a string"), (long, "129 characters; at most 128")],
        "note" => vec![(json!(1), "it must be a string"), (json!("x".repeat(2049)), "2049 characters; at most 2048")],
        "groupIds" | "fromPersonIds" => vec![
            (json!(7), "s: it must be an array, not a number"),
            (json!("g"), "s: its text is not JSON: expected value"),
            (json!("{}"), "s: it must be an array, not an object"),
            (json!({ "a": 1 }), "s: it must be an array, not an object"),
            (json!(["g", 1]), "s[1]: it must be a string, not a number"),
            (json!([""]), "s[0]: it is empty"),
            (json!(["g", "x".repeat(129)]), "s[1]: 129 characters; at most 128"),
        ],
        "urls" => vec![(json!("u"), "its text is not JSON"), (json!([null]), "urls[0]: it must be a string, not null")],
        "faceIds" => vec![
            (json!("1"), "faceIds: it must be an array, not a number"),
            (json!({}), "faceIds: it must be an array, not an object"),
            (json!(["1", "x"]), "faceIds[1]: \"x\" is no face id"),
            (json!([""]), "\"\" is no face id"),
            (json!(["-1"]), "\"-1\" is no face id"),
            (json!([-1]), "-1 is no face id"),
            (json!([1.5]), "1.5 is no face id"),
            (json!([1e17]), "1e+17 is no face id"),
            (json!(["18446744073709551616"]), "\"18446744073709551616\" is no face id"),
            (json!([null]), "null is no face id"),
        ],
        "currentPage" => vec![(json!(0), "0 is out of range"), (json!("x"), "\"x\" is not an integer")],
        "pageSize" => {
            vec![(json!(0), "0 is out of range"), (json!(101), "101 is out of range"), (json!(1.5), "1.5 is not")]
        }
        other => panic!("{other} has no wrong values in this table"),
    }
}

#[test]
fn every_wrong_value_of_every_request_is_named() {
    let mut checked = 0;
    for (operation, parse, right) in requests() {
        parse(&right).unwrap_or_else(|e| panic!("{operation}: {e}"));
        let mut unknown = right.clone();
        unknown["somethingElse"] = json!([1]);
        parse(&unknown).unwrap_or_else(|e| panic!("{operation}: {e}"));
        for no_object in [json!([]), json!("x"), json!(null)] {
            assert_eq!(parse(&no_object).unwrap_err().parameter(), Some("request"), "{operation}");
        }
        for name in right.as_object().unwrap().keys() {
            for (value, says) in wrong_values(name) {
                let mut request = right.clone();
                request[name] = value.clone();
                let error = parse(&request).expect_err(operation);
                assert_eq!(error.code(), "InvalidParameter", "{operation} {name} {value}: {error}");
                let parameter = error.parameter().unwrap_or_default();
                assert_eq!(parameter.split('[').next(), Some(name.as_str()), "{operation} {value}");
                assert!(error.to_string().contains(says), "{operation} {name} {value}: {error}");
                checked += 1;
            }
        }
    }
    assert!(checked > 90, "{checked}");
}

#[test]
fn what_is_required_and_absent_is_missing_under_its_name() {
    let optional = [
        ("GetFaces", "faceIds"),
        ("AddPerson", "groupIds"),
        ("SetPerson", "name"),
        ("SetPerson", "note"),
        ("GetPersons", "currentPage"),
        ("GetPersons", "pageSize"),
        ("ListPersons", "groupId"),
        ("ListPersons", "currentPage"),
        ("ListPersons", "pageSize"),
    ];
    for (operation, parse, right) in requests() {
        for name in right.as_object().unwrap().keys() {
            let is_list = right[name].is_array();
            let absent = [None, Some(json!(null)), Some(json!(""))];
            for value in absent.into_iter().chain([Some(json!([])).filter(|_| is_list)]) {
                let mut request = right.clone();
                match &value {
                    Some(value) => request[name] = value.clone(),
                    None => drop(request.as_object_mut().unwrap().remove(name)),
                }
                let parsed = parse(&request);
                if optional.contains(&(operation, name)) {
                    parsed.unwrap_or_else(|e| panic!("{operation} {name} {value:?}: {e}"));
                } else {
                    assert_eq!(parsed.expect_err(operation).code(), format!("Missing{name}"), "{operation} {value:?}");
                }
            }
        }
    }
}

#[test]
fn an_empty_note_clears_the_note_and_an_absent_one_leaves_it() {
    let note = |request: Value| SetPersonRequest::parse(&request).unwrap().note;
    assert_eq!(note(json!({ "personId": "p", "note": "" })).as_deref(), Some(""));
    assert_eq!(note(json!({ "personId": "p", "note": null })), None);
    assert_eq!(note(json!({ "personId": "p", "name": "" })), None);
    let edit = AddPersonRequest::parse(&json!({ "personId": "eve2", "note": "" })).unwrap().note;
    assert_eq!(edit, None, "a new person has none to clear");
}

#[test]
fn more_photos_than_a_person_can_have_are_refused_before_any_is_fetched() {
    let request = |count: usize| AddFacesRequest::parse(&json!({ "personId": "p", "urls": vec!["u"; count] }));
    assert_eq!(request(20).unwrap().urls.len(), 20);
    let error = request(21).unwrap_err();
    assert_eq!(error.to_string(), "21 urls: at most 20 are allowed");
    assert_eq!(error.code(), "LimitExceededError");
}

/// A TypeScript declaration without its comments, on one line.
fn declared<T: ts_rs::TS>() -> String {
    let text = T::decl(&ts_rs::Config::default());
    let without = text.split("/**").map(|part| part.split_once("*/").map_or(part, |(_, code)| code));
    without.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_types_for_typescript_say_what_the_wire_says() {
    assert_eq!(
        declared::<GetFacesRequest>(),
        "type GetFacesRequest = { personId: string, faceIds?: Array<string | number>, searchLibName?: string, \
         clientInfo?: object | string, };"
    );
    assert_eq!(
        declared::<AddPersonRequest>(),
        "type AddPersonRequest = { personId: string, groupIds?: Array<string>, name?: string, note?: string, \
         searchLibName?: string, clientInfo?: object | string, };"
    );
    assert_eq!(
        declared::<ListPersonsRequest>(),
        "type ListPersonsRequest = { groupId?: string, currentPage?: number, pageSize?: number, \
         searchLibName?: string, clientInfo?: object | string, };"
    );
    assert_eq!(
        declared::<GetFacesResponse>(),
        "type GetFacesResponse = { code: number, requestId: string, msg: string, data: GetFacesData, };"
    );
    assert_eq!(
        declared::<FaceImageItem>(),
        "type FaceImageItem = { success: boolean, faceId: number, url?: string, };"
    );
    assert_eq!(
        declared::<AddedFaceItem>(),
        "type AddedFaceItem = { success: boolean, faceId?: number, url?: string, errorCode?: string, errorMsg?: string, };"
    );
}
