//! How long tasks are kept, and that a reload goes on where they were. Test code only.

use proptest::prelude::*;
use serde_json::json;

use super::super::*;
use super::{NOW, answer, failure, four, get, ids, list, make, request};

#[test]
fn a_task_is_kept_for_seven_days_after_its_end() {
    let mut store = TaskStore::default();
    let id = make(&mut store, "1", &request(1), NOW);
    let end = NOW + 1_000;
    store.record(&id, 0, Ok(answer("9")), end).unwrap();
    store.take_changes();
    let last = end + TASK_LIFETIME_MS - 1;
    assert!(get(&store, &id, last).is_ok());
    assert_eq!(get(&store, &id, last + 1).unwrap_err().code(), "InvalidTaskId.NotFound");
    assert_eq!(list(&store, &json!({}), last + 1).unwrap()["Tasks"], json!([]));
    assert_eq!((store.expire(last), store.expire(last + 1)), (0, 1));
    let deleted: Vec<(String, bool)> =
        store.take_changes().into_iter().map(|change| (change.key, change.value.is_none())).collect();
    assert_eq!(deleted, [(id.clone(), true), (format!("{id}/0"), true)]);
    assert_eq!(store, TaskStore::default());
}

#[test]
fn a_task_that_runs_is_kept_for_seven_days_after_its_last_step() {
    let mut store = TaskStore::default();
    let id = make(&mut store, "1", &request(2), NOW);
    store.record(&id, 0, Ok(answer("9")), NOW + TASK_LIFETIME_MS - 1).unwrap();
    assert_eq!(store.running(NOW + 2 * TASK_LIFETIME_MS - 2).len(), 1);
    assert_eq!(store.running(NOW + 2 * TASK_LIFETIME_MS - 1).len(), 0);
    assert!(store.record(&id, 1, Ok(answer("9")), NOW + 2 * TASK_LIFETIME_MS).is_err());
}

#[test]
fn one_task_more_than_are_kept_at_once_is_refused() {
    let mut store = TaskStore::default();
    make(&mut store, "0", &request(1), NOW);
    let bytes = store.take_changes().remove(0).value.unwrap();
    for n in 1..MAX_TASKS {
        store.restore(&format!("{}{n}", record::TASK_ID_PREFIX), &bytes).unwrap();
    }
    let mut create = |now_ms| {
        let request = CreateFacesSearchingTaskRequest::parse(&request(1)).unwrap();
        store.create(request, ids("new"), now_ms)
    };
    let error = create(NOW).unwrap_err();
    assert_eq!(
        (error.code().as_str(), error.to_string().as_str()),
        ("LimitExceededError", "tasks: at most 10000 are allowed")
    );
    assert!(create(NOW + TASK_LIFETIME_MS).is_ok(), "those whose seven days are over make room");
}

#[test]
fn a_restored_store_goes_on_where_it_was() {
    let mut store = four();
    let two = make(&mut store, "two", &request(2), NOW);
    store.record(&two, 0, Err(failure()), NOW + 1).unwrap();
    let mut changes = store.take_changes();
    assert!(changes.iter().all(|change| change.store == "tasks"));
    changes.reverse();
    let mut restored = TaskStore::default();
    for change in changes {
        restored.restore(&change.key, &change.value.unwrap()).unwrap();
    }
    assert_eq!(restored, store);
    assert_eq!(restored.next_source(&two, NOW).unwrap().unwrap().index, 1);
    let step = restored.record(&two, 1, Ok(answer("9")), NOW + 2).unwrap();
    assert_eq!((step.status, step.notification.is_some()), (TaskStatus::Succeeded, true));
    let written: Vec<String> = restored.take_changes().into_iter().map(|change| change.key).collect();
    assert_eq!(written, [format!("{two}/1")], "a step writes no more than itself");
}

#[test]
fn a_damaged_record_is_refused_alone() {
    let mut store = four();
    let id = format!("{}b", record::TASK_ID_PREFIX);
    let changes = store.take_changes();
    let bytes = |key: &str| changes.iter().find(|change| change.key == key).unwrap().value.clone().unwrap();
    let (head, answer) = (bytes(&id), bytes(&format!("{id}/0")));
    let edited = |bytes: &[u8], from: &str, to: &str| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(text.contains(from), "{text}");
        text.replace(from, to).into_bytes()
    };
    let answer_key = format!("{id}/0");
    for (key, bad) in [
        (id.as_str(), head[..head.len() / 2].to_vec()),
        (id.as_str(), edited(&head, "\"version\":1", "\"version\":2")),
        (id.as_str(), edited(&head, "\"DatasetName\"", "\"Other\"")),
        (id.as_str(), edited(&head, "\"MaxResult\":3", "\"MaxResult\":300")),
        (id.as_str(), answer.clone()),
        ("token", head.clone()),
        (answer_key.as_str(), Vec::new()),
        (answer_key.as_str(), head.clone()),
        (answer_key.as_str(), edited(&answer, "\"answer\"", "\"other\"")),
        (&format!("{id}/first"), answer.clone()),
    ] {
        let mut restored = TaskStore::default();
        let error = restored.restore(key, &bad).unwrap_err();
        assert_eq!((error.code().as_str(), error.parameter()), ("InvalidParameter", Some("state")), "{error}");
        assert_eq!(restored, TaskStore::default());
        restored.restore(&id, &head).unwrap();
        restored.restore(&answer_key, &answer).unwrap();
        assert_eq!(get(&restored, &id, NOW + 10_000), get(&store, &id, NOW + 10_000));
    }
}

#[test]
fn a_lost_answer_is_searched_again_and_an_answer_without_a_task_is_dropped() {
    let mut store = four();
    let (b, c) = (format!("{}b", record::TASK_ID_PREFIX), format!("{}c", record::TASK_ID_PREFIX));
    let mut restored = TaskStore::default();
    for change in store.take_changes().into_iter().filter(|change| change.key != format!("{b}/0") && change.key != c) {
        restored.restore(&change.key, &change.value.unwrap()).unwrap();
    }
    assert_eq!(restored.next_source(&b, NOW).unwrap().unwrap().index, 0);
    restored.expire(NOW);
    let dropped = restored.take_changes();
    assert_eq!((dropped.len(), dropped[0].key.as_str()), (1, format!("{c}/0").as_str()));
}

proptest! {
    /// Whatever is recorded in whatever order, with a reload after every step: progress never falls, the task ends with its last
    /// source and only then, and it succeeded exactly when one of them did.
    #[test]
    fn a_task_ends_once_and_rightly_through_any_reloads(
        outcomes in proptest::collection::vec(any::<bool>(), 1..8), order in proptest::collection::vec(0_usize..8, 0..20),
    ) {
        let mut store = TaskStore::default();
        let id = make(&mut store, "1", &request(outcomes.len()), NOW);
        let mut kept = std::collections::BTreeMap::new();
        let (mut progress, mut messages) = (0, 0);
        let rest = 0..outcomes.len();
        for (step, index) in order.into_iter().filter(|index| *index < outcomes.len()).chain(rest).enumerate() {
            let outcome = if outcomes[index] { Ok(answer("9")) } else { Err(failure()) };
            let step = store.record(&id, index, outcome, NOW + i64::try_from(step).unwrap()).unwrap();
            prop_assert!(step.progress >= progress);
            progress = step.progress;
            messages += usize::from(step.notification.is_some());
            prop_assert_eq!(step.status == TaskStatus::Running, store.next_source(&id, NOW).unwrap().is_some());
            for change in store.take_changes() {
                kept.insert(change.key, change.value.unwrap());
            }
            let mut reloaded = TaskStore::default();
            for (key, bytes) in &kept {
                reloaded.restore(key, bytes).unwrap();
            }
            prop_assert_eq!(&reloaded, &store);
            store = reloaded;
        }
        prop_assert_eq!((progress, messages), (100, 1));
        let task = get(&store, &id, NOW).unwrap();
        let succeeded = outcomes.contains(&true);
        prop_assert_eq!(&task["Status"], &json!(if succeeded { "Succeeded" } else { "Failed" }));
        prop_assert_eq!(task["Code"] == "", !outcomes.contains(&false));
    }
}
