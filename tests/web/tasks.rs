//! Tasks: made, worked off source by source, asked for, and taken up again by another client.

use serde_json::{Value, json};
use visavis::web::WebClient;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::AbortController;

use super::fixture::{
    ASTRONAUT, BIDEN, Failure, OBAMA, OBAMA_2, client, config, create, face_id, file, library, media_id, operate,
    operate_with, pixels, serve_library,
};
use super::host::{Host, function, json, object};
use super::own::AVIF;

const WEEK_MS: u64 = 7 * 24 * 3_600_000;

/// A client with the library `family`.
async fn with_family(host: &Host) -> WebClient {
    let client = client(host).await;
    serve_library(host, "family", &library(&client, None).await);
    client
}

fn request(sources: &[&str]) -> Value {
    let sources: Vec<Value> = sources.iter().map(|uri| json!({ "URI": uri })).collect();
    json!({ "ProjectName": "p", "DatasetName": "family", "Sources": sources })
}

/// An operation at the second of this number.
async fn at(client: &WebClient, second: u64, operation: &str, request: Value) -> Result<Value, Failure> {
    operate(client, operation, request, json!({ "nowMs": second * 1000 })).await
}

/// Makes a task at second 1; answers its id.
async fn created(client: &WebClient, request: Value) -> String {
    let answer = at(client, 1, "CreateFacesSearchingTask", request).await.unwrap();
    answer["TaskId"].as_str().unwrap().to_owned()
}

async fn step(client: &WebClient, task: &str, index: u64, image: JsValue) -> Result<Value, Failure> {
    let place = json!({ "TaskId": task, "Index": index });
    operate_with(client, "task.step", place, &[image], json!({ "nowMs": 2000 + index })).await
}

async fn next(client: &WebClient, task: &str) -> Value {
    at(client, 2, "task.next", json!({ "TaskId": task })).await.unwrap()
}

/// The content of the message that the last step answered, with numbers as JavaScript writes them.
fn content(last: &Value) -> Value {
    let text = last["Notification"]["Message"]["content"].as_str().unwrap();
    json(&js_sys::JSON::parse(text).unwrap())
}

#[wasm_bindgen_test]
async fn a_task_is_worked_off_source_by_source_and_a_bad_one_fails_alone() {
    let host = Host::fresh();
    let client = with_family(&host).await;
    let mut wanted = request(&["obama2.jpg", "image:1", "cat.png"]);
    wanted["UserData"] = json!("mine");
    wanted["MaxResult"] = json!("1");
    wanted["Notification"] = json!({ "MNS": { "TopicName": "topic" }, "ExtendedMessageURI": "https://e.invalid/" });
    let answer = at(&client, 1, "CreateFacesSearchingTask", wanted).await.unwrap();
    let task = answer["TaskId"].as_str().unwrap().to_owned();
    assert_eq!(task.strip_prefix("CreateFacesSearchingTask-").map(str::len), Some(36));
    let event = answer["EventId"].as_str().unwrap();
    assert!(event.len() == 32 && event.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()), "{event}");
    assert_eq!(at(&client, 1, "tasks.running", json!({})).await.unwrap(), json!([task]));

    host.take_calls();
    let source = json!({ "Index": 0, "URI": "obama2.jpg", "DatasetName": "family", "MaxResult": 1 });
    assert_eq!(next(&client, &task).await, source);
    let running = |progress: u32| json!({ "TaskId": task, "Progress": progress, "Status": "Running" });
    assert_eq!(step(&client, &task, 0, JsValue::UNDEFINED).await.unwrap(), running(33));
    assert!(host.take_calls().contains(&"obama2.jpg".to_owned()));
    assert_eq!(next(&client, &task).await["Index"], json!(1));
    assert_eq!(step(&client, &task, 1, file(BIDEN)).await.unwrap(), running(66));
    let last = step(&client, &task, 2, JsValue::UNDEFINED).await.unwrap();
    assert_eq!((&last["Progress"], &last["Status"]), (&json!(100), &json!("Succeeded")));
    assert_eq!(next(&client, &task).await, Value::Null);
    assert_eq!(at(&client, 2, "tasks.running", json!({})).await.unwrap(), json!([]));

    let notification = &last["Notification"];
    let targets = json!({ "ExtendedMessageURI": "https://e.invalid/", "Topics": ["topic"] });
    assert_eq!(notification["Targets"], targets);
    let message = &notification["Message"];
    assert_eq!((&message["id"], &message["source"]), (&json!(event), &json!("acs.imm")));
    assert_eq!((&message["type"], &message["time"]), (&json!("imm:Task:FacesSearching"), &json!("2002")));
    let content = content(&last);
    assert_eq!((&content["TaskId"], &content["UserData"]), (&json!(task), &json!("mine")));
    assert_eq!((&content["Status"], &content["Code"]), (&json!("Succeeded"), &json!("NoFace")));
    assert!(content["Message"].as_str().unwrap().contains("Sources[2]: cat.png: no face"), "{content}");
    let asked = json!({ "TaskId": task });
    let result = at(&client, 3, "GetFacesSearchingResult", asked).await.unwrap();
    assert_eq!(result["SimilarFaces"], content["SimilarFaces"]);
}

#[wasm_bindgen_test]
async fn a_task_is_asked_for_until_its_seven_days_are_over() {
    let host = Host::fresh();
    let client = with_family(&host).await;
    let mut wanted = request(&["obama2.jpg", "cat.png"]);
    wanted["UserData"] = json!("mine");
    wanted["Tags"] = json!({ "colour": "red" });
    let task = created(&client, wanted).await;
    let asked = json!({ "ProjectName": "p", "TaskType": "FacesSearching", "TaskId": task, "RequestDefinition": true });
    let running = at(&client, 1, "GetTask", asked.clone()).await.unwrap();
    assert_eq!((&running["Status"], &running["Progress"]), (&json!("Running"), &json!(0)));
    for index in 0..2 {
        step(&client, &task, index, JsValue::UNDEFINED).await.unwrap();
    }
    let ended = at(&client, 3, "GetTask", asked.clone()).await.unwrap();
    assert_eq!((&ended["Status"], &ended["Progress"]), (&json!("Succeeded"), &json!(100)));
    assert_eq!(
        (&ended["StartTime"], &ended["EndTime"]),
        (&json!("1970-01-01T00:00:01.000Z"), &json!("1970-01-01T00:00:02.001Z"))
    );
    assert_eq!((&ended["Code"], &ended["UserData"]), (&json!("NoFace"), &json!("mine")));
    assert_eq!(ended["Tags"], json!({ "colour": "red" }));
    let definition: Value = serde_json::from_str(ended["TaskRequestDefinition"].as_str().unwrap()).unwrap();
    assert_eq!(definition["Sources"], json!([{ "URI": "obama2.jpg" }, { "URI": "cat.png" }]));

    let asked_result = json!({ "TaskId": task, "ProjectName": "p" });
    let result = at(&client, 3, "GetFacesSearchingResult", asked_result.clone()).await.unwrap();
    let (first, second) = (&result["SimilarFaces"][0], &result["SimilarFaces"][1]);
    let similar = first["SimilarFaces"].as_array().unwrap();
    assert_eq!(similar.len(), 2, "the library has no more");
    assert_eq!(
        (&similar[0]["MediaId"], &similar[0]["FaceId"]),
        (&json!(media_id(OBAMA)), &json!(face_id(OBAMA).to_string()))
    );
    assert_eq!(similar[0]["Boundary"], json!({ "Left": 371, "Top": 91, "Width": 241, "Height": 329 }));
    let likeness = |place: usize| similar[place]["Similarity"].as_f64().unwrap();
    assert!(likeness(0) > 0.9 && likeness(1) < 0.5, "{} {}", likeness(0), likeness(1));
    assert!(first["Boundary"]["Width"].as_u64().unwrap() > 50);
    assert_eq!((&second["Code"], &second["SimilarFaces"]), (&json!("NoFace"), &json!([])));

    let list = json!({ "ProjectName": "p", "TaskTypes": ["FacesSearching"], "TagSelector": "colour=red" });
    let listed = at(&client, 3, "ListTasks", list.clone()).await.unwrap();
    assert_eq!((&listed["Tasks"][0]["TaskId"], &listed["MaxResults"]), (&json!(task), &json!("1")));
    let mut elsewhere = asked.clone();
    elsewhere["ProjectName"] = json!("q");
    assert_eq!(at(&client, 3, "GetTask", elsewhere).await.unwrap_err().code, "InvalidTaskId.NotFound");
    // The last source was answered at 2.001 s.
    let late = WEEK_MS / 1000 + 2;
    assert!(at(&client, late, "GetTask", asked.clone()).await.is_ok());
    assert_eq!(at(&client, late + 1, "GetTask", asked).await.unwrap_err().code, "InvalidTaskId.NotFound");
    let error = at(&client, late + 1, "GetFacesSearchingResult", asked_result).await.unwrap_err();
    assert_eq!((error.code.as_str(), error.parameter.as_deref()), ("InvalidTaskId.NotFound", Some("TaskId")));
    assert_eq!(at(&client, late + 1, "ListTasks", list).await.unwrap()["Tasks"], json!([]));
}

#[wasm_bindgen_test]
async fn a_restored_task_goes_on_where_it_was() {
    let host = Host::fresh();
    let first = with_family(&host).await;
    let task = created(&first, request(&["obama2.jpg", "image:1", "missing.jpg"])).await;
    let mut kept = first.take_changes();
    assert_eq!(kept.len(), 1);
    step(&first, &task, 0, JsValue::UNDEFINED).await.unwrap();
    let more = first.take_changes();
    assert_eq!(more.len(), 1, "a step tells of the step only");
    kept.extend(more);
    drop(first);

    let second = create(&config()).await.unwrap();
    assert_eq!(second.restore(kept.clone()), 2);
    assert!(second.take_changes().is_empty());
    assert_eq!(at(&second, 2, "tasks.running", json!({})).await.unwrap(), json!([task]));
    assert_eq!(next(&second, &task).await["Index"], json!(1));
    step(&second, &task, 1, file(OBAMA)).await.unwrap();
    let last = step(&second, &task, 2, JsValue::UNDEFINED).await.unwrap();
    let content = content(&last);
    let best = |source: usize| content["SimilarFaces"][source]["SimilarFaces"][0]["MediaId"].clone();
    assert_eq!((best(0), best(1), best(2)), (json!(media_id(OBAMA)), json!(media_id(OBAMA)), Value::Null));
    assert_eq!((&last["Status"], &content["Code"]), (&json!("Succeeded"), &json!("DownloadFailed")));

    // Without the record of the first step, the first source is searched again.
    let third = create(&config()).await.unwrap();
    assert_eq!(third.restore(kept[..1].to_vec()), 1);
    assert_eq!(next(&third, &task).await["Index"], json!(0));
    // And a task that another client saw expire is gone here too.
    let gone = object(&json!({ "store": "tasks", "key": task }));
    assert_eq!(third.restore(vec![gone.into()]), 1);
    assert_eq!(at(&third, 2, "tasks.running", json!({})).await.unwrap(), json!([]));
}

#[wasm_bindgen_test]
async fn a_source_that_only_a_browser_reads_is_asked_for_again() {
    let host = Host::fresh();
    let client = with_family(&host).await;
    host.serve("photo.avif", AVIF);
    let task = created(&client, request(&["photo.avif", "photo.avif", "image:2"])).await;
    let by_url = || JsValue::from(object(&json!({ "url": "photo.avif", "name": "photo.avif" })));
    for image in [JsValue::UNDEFINED, by_url()] {
        let error = step(&client, &task, 0, image).await.unwrap_err();
        assert_eq!(error.code, "ImageFormatUnsupported");
        assert!(error.message.starts_with("photo.avif: "), "{}", error.message);
        assert_eq!(next(&client, &task).await["Index"], json!(0), "the source waits");
    }
    assert_eq!(step(&client, &task, 0, pixels(ASTRONAUT)).await.unwrap()["Progress"], json!(33));
    let failed = json!({ "TaskId": task, "Index": 1, "Code": "ImageFormatUnsupported", "Message": "photo.avif: no" });
    assert_eq!(at(&client, 2, "task.fail", failed).await.unwrap()["Progress"], json!(66));
    // A file that was handed over cannot be read in another way.
    let last = step(&client, &task, 2, file(AVIF)).await.unwrap();
    let content = content(&last);
    assert_eq!((&last["Status"], &content["Code"]), (&json!("Succeeded"), &json!("ImageFormatUnsupported")));
    assert_eq!(content["SimilarFaces"][1]["Message"], json!("photo.avif: no"));
    assert_eq!(content["SimilarFaces"][2]["Code"], json!("ImageFormatUnsupported"));
}

#[wasm_bindgen_test]
async fn a_task_all_of_whose_sources_fail_has_failed_and_so_has_one_without_any() {
    let host = Host::fresh();
    let client = with_family(&host).await;
    let task = created(&client, request(&["cat.png"])).await;
    let failed = json!({ "TaskId": task, "Index": 0, "Code": "EngineCrashed", "Message": "it crashed" });
    let last = at(&client, 2, "task.fail", failed.clone()).await.unwrap();
    assert_eq!((&last["Status"], last["Notification"].is_object()), (&json!("Failed"), true));
    // Said twice, it is told once.
    assert_eq!(at(&client, 2, "task.fail", failed).await.unwrap().get("Notification"), None);
    let asked = json!({ "ProjectName": "p", "TaskType": "FacesSearching", "TaskId": task });
    let ended = at(&client, 3, "GetTask", asked).await.unwrap();
    assert_eq!((&ended["Code"], &ended["Status"]), (&json!("EngineCrashed"), &json!("Failed")));
    assert!(ended["Message"].as_str().unwrap().contains("it crashed"));

    let empty = created(&client, json!({ "ProjectName": "p", "DatasetName": "family" })).await;
    assert_eq!(next(&client, &empty).await, Value::Null);
    let asked = json!({ "ProjectName": "p", "TaskType": "FacesSearching", "TaskId": empty });
    assert_eq!(at(&client, 1, "GetTask", asked).await.unwrap()["Code"], json!("MissingSources"));
}

#[wasm_bindgen_test]
async fn an_aborted_step_leaves_its_source_waiting() {
    let host = Host::fresh();
    let client = with_family(&host).await;
    host.answer("slow.jpg", "hang");
    let task = created(&client, request(&["slow.jpg"])).await;
    drop(client.take_changes());
    let controller = AbortController::new().unwrap();
    function("setTimeout(() => argument.abort(), 50)").call1(&JsValue::UNDEFINED, &controller).unwrap();
    let place = object(&json!({ "TaskId": task, "Index": 0 })).into();
    let none = JsValue::UNDEFINED;
    let answer = client.operate("task.step".into(), place, none.clone(), none, Some(controller.signal())).await;
    assert_eq!(Failure::of(&answer.unwrap_err()).code, "Aborted");
    assert!(client.take_changes().is_empty());
    host.serve("slow.jpg", OBAMA_2);
    assert_eq!(step(&client, &task, 0, JsValue::NULL).await.unwrap()["Status"], json!("Succeeded"));
}

#[wasm_bindgen_test]
async fn what_is_wrong_with_a_request_about_tasks_is_named() {
    let host = Host::fresh();
    let client = with_family(&host).await;
    let task = created(&client, request(&["obama2.jpg"])).await;
    drop(client.take_changes());
    host.take_calls();
    let with = |name: &str, value: Value| {
        let mut request = request(&["obama2.jpg"]);
        request[name] = value;
        request
    };
    let place = |index: Value| json!({ "TaskId": task, "Index": index, "Code": "c", "Message": "m" });
    let create = "CreateFacesSearchingTask";
    for (operation, request, code, parameter) in [
        (create, with("ProjectName", json!("")), "MissingProjectName", Some("ProjectName")),
        (create, with("DatasetName", Value::Null), "MissingDatasetName", Some("DatasetName")),
        (create, with("DatasetName", json!("nowhere")), "ResourceNotFound", None),
        (create, with("MaxResult", json!(101)), "InvalidParameter", Some("MaxResult")),
        (create, with("UserData", json!("x".repeat(2049))), "InvalidParameter", Some("UserData")),
        ("task.next", json!({}), "MissingTaskId", Some("TaskId")),
        ("task.next", json!({ "TaskId": "t" }), "InvalidTaskId.NotFound", Some("TaskId")),
        ("task.step", json!({ "TaskId": "t", "Index": 0 }), "InvalidTaskId.NotFound", Some("TaskId")),
        ("task.step", json!({ "TaskId": task }), "InvalidParameter", Some("Index")),
        ("task.step", place(json!(1)), "InvalidParameter", Some("Index")),
        ("task.step", place(json!(0.5)), "InvalidParameter", Some("Index")),
        ("task.fail", place(json!(7)), "InvalidParameter", Some("Index")),
        ("task.fail", json!({ "TaskId": task, "Index": 0, "Message": "m" }), "MissingCode", Some("Code")),
        ("task.fail", json!({ "TaskId": task, "Index": 0, "Code": "c" }), "MissingMessage", Some("Message")),
    ] {
        let error = at(&client, 1, operation, request.clone()).await.unwrap_err();
        assert_eq!((error.code.as_str(), error.parameter.as_deref()), (code, parameter), "{operation} {request}");
    }
    assert!(client.take_changes().is_empty());
    assert_eq!(host.take_calls(), Vec::<String>::new());
    assert_eq!(step(&client, &task, 0, JsValue::UNDEFINED).await.unwrap()["Status"], json!("Succeeded"));
    let error = step(&client, &task, 0, JsValue::UNDEFINED).await.unwrap_err();
    assert_eq!(error.parameter.as_deref(), Some("TaskId"), "{}", error.message);
}
