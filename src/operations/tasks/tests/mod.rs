//! Tasks from their making to their end, and what is asked of them on the way. Test code only.

mod keeping;
mod listing;

use serde_json::{Value, json};

use super::super::testing::{face, library, media, media_id, person, query};
use super::*;
use crate::core::{FaceId, MediaType, Rect};
use crate::error::{Error, Result};
use crate::library::MediaRecord;

/// 2023-11-14T22:13:20Z.
const NOW: i64 = 1_700_000_000_000;

fn request(sources: usize) -> Value {
    let sources: Vec<Value> = (0..sources).map(|n| json!({ "URI": format!("{n}.jpg") })).collect();
    json!({ "ProjectName": "p", "DatasetName": "d", "Sources": sources, "MaxResult": 3, "UserData": "u\"1",
        "Tags": { "test": "val1" } })
}

fn ids(uuid: &str) -> TaskIds {
    TaskIds { request_id: format!("r-{uuid}"), task_uuid: uuid.to_owned(), event_id: format!("e-{uuid}") }
}

/// Makes a task and answers its id.
fn make(store: &mut TaskStore, uuid: &str, request: &Value, now_ms: i64) -> String {
    let request = CreateFacesSearchingTaskRequest::parse(request).unwrap();
    store.create(request, ids(uuid), now_ms).unwrap().task_id
}

fn answer(face_id: &str) -> SourceAnswer {
    let boundary = FaceBoundary { left: 1, top: 2, width: 3, height: 4 };
    let similar =
        SimilarFace { uri: "x.jpg".into(), media_id: "m".into(), face_id: "7".into(), boundary, similarity: 0.912_345 };
    SourceAnswer { face_id: face_id.into(), boundary, similar_faces: vec![similar] }
}

fn failure() -> SourceFailure {
    SourceFailure::from(Error::NoFace { name: "cat.png".into() })
}

fn get(store: &TaskStore, task_id: &str, now_ms: i64) -> Result<Value> {
    let request = json!({ "ProjectName": "p", "TaskType": "FacesSearching", "TaskId": task_id });
    let response = store.get_task(&GetTaskRequest::parse(&request)?, now_ms, "r2")?;
    Ok(serde_json::to_value(response).unwrap())
}

fn list(store: &TaskStore, change: &Value, now_ms: i64) -> Result<Value> {
    let mut request = json!({ "ProjectName": "p" });
    for (name, value) in change.as_object().unwrap() {
        request[name] = value.clone();
    }
    let response = store.list_tasks(&ListTasksRequest::parse(&request)?, now_ms, "r3")?;
    Ok(serde_json::to_value(response).unwrap())
}

/// `a` runs; `b` succeeded; `c` failed; `d` is of another project. They began in the order c, a, b.
fn four() -> TaskStore {
    let mut store = TaskStore::default();
    make(&mut store, "a", &request(1), NOW + 2_000);
    let mut tagged = request(1);
    tagged["Tags"] = json!({ "test": "val1", "kind": "x" });
    let b = make(&mut store, "b", &tagged, NOW + 3_000);
    store.record(&b, 0, Ok(answer("9")), NOW + 4_000).unwrap();
    let mut plain = request(1);
    plain["Tags"] = json!({});
    let c = make(&mut store, "c", &plain, NOW + 1_000);
    store.record(&c, 0, Err(failure()), NOW + 5_000).unwrap();
    let mut other = request(1);
    other["ProjectName"] = json!("q");
    make(&mut store, "d", &other, NOW);
    store
}

#[test]
fn a_new_task_runs_and_is_answered_with_its_ids() {
    let mut store = TaskStore::default();
    let request = CreateFacesSearchingTaskRequest::parse(&request(2)).unwrap();
    let response = store.create(request, ids("1-2"), NOW).unwrap();
    let wanted = json!({ "RequestId": "r-1-2", "TaskId": "CreateFacesSearchingTask-1-2", "EventId": "e-1-2" });
    assert_eq!(serde_json::to_value(&response).unwrap(), wanted);
    let wanted = json!({ "RequestId": "r2", "ProjectName": "p", "TaskId": response.task_id, "EventId": "e-1-2",
        "TaskType": "FacesSearching", "Status": "Running", "Progress": 0, "StartTime": "2023-11-14T22:13:20.000Z",
        "Code": "", "Message": "", "UserData": "u\"1", "Tags": { "test": "val1" } });
    assert_eq!(get(&store, &response.task_id, NOW), Ok(wanted));
    assert_eq!(store.running(NOW), [response.task_id]);
}

#[test]
fn sources_come_one_after_another_and_the_last_ends_the_task() {
    let mut store = TaskStore::default();
    let id = make(&mut store, "1", &request(3), NOW);
    for (index, progress) in [(0, 33), (1, 66), (2, 100)] {
        let source = store.next_source(&id, NOW).unwrap().unwrap();
        let wanted = json!({ "Index": index, "URI": format!("{index}.jpg"), "DatasetName": "d", "MaxResult": 3 });
        assert_eq!(serde_json::to_value(&source).unwrap(), wanted);
        assert_eq!(store.notification(&id, NOW), Ok(None));
        let step = store.record(&id, index, Ok(answer("9")), NOW + 1_234).unwrap();
        assert_eq!((step.progress, step.notification.is_some()), (progress, index == 2));
    }
    assert_eq!(store.next_source(&id, NOW), Ok(None));
    assert_eq!(store.running(NOW), Vec::<String>::new());
    let task = get(&store, &id, NOW + 2_000).unwrap();
    assert_eq!((&task["Status"], &task["Progress"]), (&json!("Succeeded"), &json!(100)));
    assert_eq!((&task["Code"], &task["Message"]), (&json!(""), &json!("")));
    assert_eq!(task["EndTime"], "2023-11-14T22:13:21.234Z");
}

#[test]
fn how_a_task_ends_follows_from_its_sources() {
    let (good, bad) = (Ok(answer("9")), Err(failure()));
    let words = "cat.png: no face was found; use a photo in which a face is clearly visible";
    let second = format!("1 of 2 sources failed: Sources[1]: {words}");
    let both = format!("2 of 2 sources failed: Sources[0]: {words}; Sources[1]: {words}");
    for (outcomes, status, code, message) in [
        (vec![good.clone(), good.clone()], "Succeeded", "", ""),
        (vec![good.clone(), bad.clone()], "Succeeded", "NoFace", second.as_str()),
        (vec![bad.clone(), bad.clone()], "Failed", "NoFace", both.as_str()),
        (vec![], "Failed", "MissingSources", "Sources: no image was given, so there is nothing to search for"),
    ] {
        let mut store = TaskStore::default();
        let id = make(&mut store, "1", &request(outcomes.len()), NOW);
        for (index, outcome) in outcomes.into_iter().enumerate() {
            store.record(&id, index, outcome, NOW).unwrap();
        }
        let task = get(&store, &id, NOW).unwrap();
        assert_eq!((&task["Status"], &task["Code"]), (&json!(status), &json!(code)));
        assert_eq!((&task["Message"], &task["Progress"]), (&json!(message), &json!(100)));
        assert!(store.notification(&id, NOW).unwrap().is_some());
    }
}

#[test]
fn a_message_names_ten_failures_and_counts_the_others() {
    let mut store = TaskStore::default();
    let id = make(&mut store, "1", &request(13), NOW);
    for index in 0..13 {
        store.record(&id, index, Err(failure()), NOW).unwrap();
    }
    let task = get(&store, &id, NOW).unwrap();
    let message = task["Message"].as_str().unwrap();
    assert!(message.contains("Sources[9]: ") && !message.contains("Sources[10]"), "{message}");
    assert!(message.starts_with("13 of 13 sources failed: ") && message.ends_with("; and 3 more"), "{message}");
}

#[test]
fn a_source_keeps_its_first_answer_and_ends_a_task_once() {
    let mut store = TaskStore::default();
    let id = make(&mut store, "1", &request(1), NOW);
    assert!(store.record(&id, 0, Ok(answer("1")), NOW).unwrap().notification.is_some());
    let again = store.record(&id, 0, Err(failure()), NOW + 5).unwrap();
    assert_eq!((again.status, again.notification), (TaskStatus::Succeeded, None));
}

#[test]
fn what_is_not_there_is_named() {
    let mut store = TaskStore::default();
    let id = make(&mut store, "1", &request(1), NOW);
    let error = store.record(&id, 1, Err(failure()), NOW).unwrap_err();
    assert_eq!(error.to_string(), "Index: 1 is out of range; the task has 1 source, counted from 0");
    let elsewhere = json!({ "ProjectName": "other", "TaskType": "FacesSearching", "TaskId": id });
    let elsewhere = store.get_task(&GetTaskRequest::parse(&elsewhere).unwrap(), NOW, "r").unwrap_err();
    let of_result = GetFacesSearchingResultRequest { task_id: "x".into(), project_name: None };
    for error in [
        elsewhere,
        get(&store, "CreateFacesSearchingTask-2", NOW).unwrap_err(),
        store.record("x", 0, Err(failure()), NOW).unwrap_err(),
        store.next_source("x", NOW).unwrap_err(),
        store.notification("x", NOW).unwrap_err(),
        store.result(&of_result, NOW, "r").unwrap_err(),
    ] {
        assert_eq!((error.code().as_str(), error.parameter()), ("InvalidTaskId.NotFound", Some("TaskId")));
    }
    let taken = CreateFacesSearchingTaskRequest::parse(&request(1)).unwrap();
    assert_eq!(store.create(taken, ids("1"), NOW).unwrap_err().code(), "InternalError");
}

#[test]
fn the_message_has_the_documented_shape() {
    let mut store = TaskStore::default();
    let mut request = request(2);
    request["Notification"] = json!({ "ExtendedMessageURI": "https://a.example/m", "MNS": { "TopicName": "one" },
        "RocketMQ": { "InstanceId": "i", "TopicName": "two" } });
    let id = make(&mut store, "1", &request, NOW);
    store.record(&id, 0, Ok(answer("9")), NOW + 500).unwrap();
    let delivery = store.record(&id, 1, Err(failure()), NOW + 1_500).unwrap().notification.unwrap();
    assert_eq!(store.notification(&id, NOW + 9_000), Ok(Some(delivery.clone())));
    let delivery = serde_json::to_value(&delivery).unwrap();
    let targets = json!({ "ExtendedMessageURI": "https://a.example/m", "Topics": ["one", "two"] });
    assert_eq!(delivery["Targets"], targets);
    let content = delivery["Message"]["content"].as_str().unwrap().to_owned();
    let message = json!({ "id": "e-1", "source": "acs.imm", "type": "imm:Task:FacesSearching",
        "subject": "acs:imm:::p/imm:Task:FacesSearching", "time": "1700000001500", "content": content });
    assert_eq!(delivery["Message"], message);
    let no_face = "cat.png: no face was found; use a photo in which a face is clearly visible";
    let boundary = json!({ "Left": 1, "Top": 2, "Width": 3, "Height": 4 });
    let similar =
        json!([{ "URI": "x.jpg", "MediaId": "m", "FaceId": "7", "Boundary": boundary, "Similarity": 0.912_345 }]);
    let faces = json!([
        { "URI": "0.jpg", "FaceId": "9", "Boundary": boundary, "SimilarFaces": similar },
        { "URI": "1.jpg", "SimilarFaces": [], "Code": "NoFace", "Message": no_face }]);
    let wanted = json!({ "ProjectName": "p", "DatasetName": "d", "RequestId": "r-1",
        "StartTime": "2023-11-14T22:13:20.000Z", "EndTime": "2023-11-14T22:13:21.500Z", "UserData": "u\"1",
        "TaskType": "FacesSearching", "TaskId": id, "Status": "Succeeded", "Code": "NoFace",
        "Message": format!("1 of 2 sources failed: Sources[1]: {no_face}"), "SimilarFaces": faces });
    assert_eq!(serde_json::from_str::<Value>(&content).unwrap(), wanted);
}

#[test]
fn the_result_has_one_row_a_source_while_the_task_runs_too() {
    let mut store = TaskStore::default();
    let id = make(&mut store, "1", &request(3), NOW);
    store.record(&id, 1, Ok(answer("9")), NOW).unwrap();
    let request = GetFacesSearchingResultRequest { task_id: id.clone(), project_name: Some("p".into()) };
    let result = store.result(&request, NOW, "r").unwrap();
    assert_eq!((result.request_id.as_str(), result.task_id), ("r", id));
    assert_eq!((result.status, result.progress), (TaskStatus::Running, 33));
    let rows: Vec<(&str, Option<&str>)> =
        result.similar_faces.iter().map(|row| (row.uri.as_str(), row.face_id.as_deref())).collect();
    assert_eq!(rows, [("0.jpg", None), ("1.jpg", Some("9")), ("2.jpg", None)]);
}

#[test]
fn the_request_is_answered_as_json_text_where_it_is_asked_for() {
    let mut store = TaskStore::default();
    let id = make(&mut store, "1", &request(1), NOW);
    let asked =
        GetTaskRequest { project_name: "p".into(), task_type: TASK_TYPE.into(), task_id: id, request_definition: true };
    let definition = store.get_task(&asked, NOW, "r").unwrap().task_request_definition.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&definition).unwrap(), request(1));
    let tasks = list(&store, &json!({ "RequestDefinition": "True" }), NOW).unwrap();
    assert_eq!(tasks["Tasks"][0]["TaskRequestDefinition"], json!(definition));
}

#[test]
fn a_source_is_answered_by_the_most_similar_faces() {
    let film = MediaRecord { url: Some("https://a.example/v.mp4".into()), ..media("v", MediaType::Video) };
    let faces = vec![
        face("a", 0, 0.2, None, None),
        face("v", 0, 0.9, Some("Ada"), Some((1.0, 2.0))),
        face("a", 1, 0.6, None, None),
        face("a", 2, -0.5, None, None),
    ];
    let library = library(vec![media("a", MediaType::Image), film], faces, vec![person("Ada", "custom")], vec![]);
    let box_px = Rect::new(0.6, 1.0, 9.5, 8.0);
    let found = |max| source_answer(&library, &query(), &box_px, max).unwrap();
    let answer = found(2);
    assert_eq!(answer.boundary, FaceBoundary { left: 1, top: 1, width: 10, height: 8 });
    assert!(answer.face_id.parse::<u64>().unwrap() < 1 << 53);
    let uris: Vec<&str> = answer.similar_faces.iter().map(|similar| similar.uri.as_str()).collect();
    assert_eq!(uris, ["https://a.example/v.mp4", "a.jpg"]);
    let first = &answer.similar_faces[0];
    assert_eq!(first.media_id, media_id("v").0);
    assert_eq!(first.face_id, FaceId::of_media(&media_id("v"), 0).to_string());
    assert_eq!(first.boundary, FaceBoundary { left: 10, top: 21, width: 30, height: 40 });
    let all = found(100);
    assert_eq!((all.similar_faces.len(), &all.face_id), (4, &answer.face_id));
    let similarities: Vec<f64> = all.similar_faces.iter().map(|similar| similar.similarity).collect();
    assert!(similarities.windows(2).all(|w| w[0] >= w[1]) && similarities.iter().all(|s| (0.0..=1.0).contains(s)));
}
