//! ListTasks: filters, order and pages. Test code only.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::*;
use super::{NOW, answer, four, list, make, request};

fn listed(store: &TaskStore, change: &Value) -> String {
    let response = list(store, change, NOW + 10_000).unwrap();
    let id = |task: &Value| task["TaskId"].as_str().unwrap().trim_start_matches(record::TASK_ID_PREFIX).to_owned();
    response["Tasks"].as_array().unwrap().iter().map(id).collect::<Vec<_>>().join(" ")
}

#[test]
fn tasks_are_filtered_and_sorted() {
    let store = four();
    let second = |n: i64| format!("2023-11-14T22:13:{}Z", 20 + n);
    for (change, wanted) in [
        (json!({}), "a b c"),
        (json!({ "ProjectName": "q" }), "d"),
        (json!({ "ProjectName": "none" }), ""),
        (json!({ "Order": "desc" }), "c b a"),
        (json!({ "Sort": "StartTime" }), "c a b"),
        (json!({ "Sort": "StartTime", "Order": "DESC" }), "b a c"),
        (json!({ "Sort": "EndTime" }), "b c a"),
        (json!({ "Sort": "EndTime", "Order": "desc" }), "a c b"),
        (json!({ "Status": "Running" }), "a"),
        (json!({ "Status": "Succeeded" }), "b"),
        (json!({ "Status": "Failed" }), "c"),
        (json!({ "TaskTypes": ["FacesSearching", "X"] }), "a b c"),
        (json!({ "TaskTypes": ["X"] }), ""),
        (json!({ "TaskTypes": [] }), "a b c"),
        (json!({ "TagSelector": "test=val1" }), "a b"),
        (json!({ "TagSelector": "test=val1,kind=x" }), "b"),
        (json!({ "TagSelector": "test=val2" }), ""),
        (json!({ "StartTimeRange": { "Start": second(2) } }), "a b"),
        (json!({ "StartTimeRange": { "Start": second(1), "End": second(2) } }), "a c"),
        (json!({ "EndTimeRange": { "End": second(4) } }), "b"),
        (json!({ "EndTimeRange": { "Start": second(0) } }), "b c"),
        (json!({ "EndTimeRange": {} }), "b c"),
        (json!({ "StartTimeRange": {} }), "a b c"),
    ] {
        assert_eq!(listed(&store, &change), wanted, "{change}");
    }
}

#[test]
fn a_listed_task_has_the_services_fields() {
    let response = list(&four(), &json!({ "Status": "Failed" }), NOW + 10_000).unwrap();
    let message =
        "1 of 1 sources failed: Sources[0]: cat.png: no face was found; use a photo in which a face is clearly visible";
    let task = json!({ "TaskId": "CreateFacesSearchingTask-c", "TaskType": "FacesSearching", "Status": "Failed",
        "Progress": 100, "StartTime": "2023-11-14T22:13:21.000Z", "EndTime": "2023-11-14T22:13:25.000Z",
        "Code": "NoFace", "Message": message, "UserData": "u\"1", "Tags": {} });
    let wanted = json!({ "RequestId": "r3", "ProjectName": "p", "Tasks": [task], "NextToken": "", "MaxResults": "1" });
    assert_eq!(response, wanted);
}

/// Reads a list page by page.
fn pages(store: &TaskStore, mut request: Value) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let response = list(store, &request, NOW + 10_000).unwrap();
        let tasks = response["Tasks"].as_array().unwrap();
        all.extend(tasks.iter().map(|task| task["TaskId"].as_str().unwrap().to_owned()));
        assert_eq!(response["MaxResults"], json!(tasks.len().to_string()));
        match response["NextToken"].as_str().unwrap() {
            "" => return all,
            token => request["NextToken"] = json!(token),
        }
    }
}

#[test]
fn a_next_token_is_bound_to_its_query() {
    let store = four();
    let token = list(&store, &json!({ "MaxResults": 2 }), NOW + 10_000).unwrap()["NextToken"].clone();
    let other_size = json!({ "MaxResults": 1, "NextToken": token, "RequestDefinition": true });
    assert_eq!(listed(&store, &other_size), "c");
    let text = token.as_str().unwrap();
    for (change, message) in [
        (json!({ "NextToken": token, "Order": "desc" }), "NextToken: it is of another query"),
        (json!({ "NextToken": token, "ProjectName": "q" }), "NextToken: it is of another query"),
        (json!({ "NextToken": token, "TagSelector": "a=b" }), "NextToken: it is of another query"),
        (json!({ "NextToken": "page 2" }), "NextToken: it is no token that ListTasks answered"),
        (json!({ "NextToken": text[..20] }), "NextToken: it is no token that ListTasks answered"),
        (json!({ "NextToken": text[..text.len() - 4] }), "NextToken: it is "),
    ] {
        let error = list(&store, &change, NOW).unwrap_err();
        assert_eq!((error.code().as_str(), error.parameter()), ("InvalidParameter", Some("NextToken")));
        assert!(error.to_string().starts_with(message), "{error}");
    }
}

#[test]
fn a_page_goes_on_where_the_one_before_ended_though_its_last_task_is_gone() {
    let mut store = four();
    let token = list(&store, &json!({ "MaxResults": 2 }), NOW).unwrap()["NextToken"].clone();
    // `b` ended before `c`, so its seven days are over first.
    let later = NOW + 4_000 + TASK_LIFETIME_MS;
    store.expire(later);
    let rest = list(&store, &json!({ "NextToken": token }), later).unwrap();
    assert_eq!(rest["Tasks"][0]["TaskId"], "CreateFacesSearchingTask-c");
}

proptest! {
    #[test]
    fn pages_of_any_size_make_up_the_whole_list(
        starts in proptest::collection::vec(0_i64..5, 0..12), size in 1_u32..6, sort in 0_usize..3, desc: bool,
    ) {
        let mut store = TaskStore::default();
        for (n, start) in starts.iter().enumerate() {
            let id = make(&mut store, &format!("{n:02}"), &request(n % 3), NOW + start);
            if n % 2 == 0 && n % 3 == 1 {
                store.record(&id, 0, Ok(answer("9")), NOW + start + 7).unwrap();
            }
        }
        let sort = ["TaskId", "StartTime", "EndTime"][sort];
        let request = json!({ "Sort": sort, "Order": if desc { "desc" } else { "asc" } });
        let whole = pages(&store, request.clone());
        prop_assert_eq!(whole.len(), starts.len());
        let mut small = request;
        small["MaxResults"] = json!(size);
        prop_assert_eq!(pages(&store, small), whole);
    }
}
