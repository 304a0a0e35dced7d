//! A task, and what became of one source, as the records that a host keeps. Imports `error`.
//!
//! Each source has a record of its own, so that a step of a long task writes no more than that step. The key of a task's record is
//! its id, that of a source's the id, a slash and the source's place.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::state::{damaged, from_bytes, to_bytes};
use super::create::CreateFacesSearchingTaskRequest;
use super::source::{SourceAnswer, SourceFailure};
use super::task::{Answered, Task};
use crate::error::Result;

/// What a host calls the store of these records.
pub(super) const STORE: &str = "tasks";
/// What every task id begins with.
pub(super) const TASK_ID_PREFIX: &str = "CreateFacesSearchingTask-";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TaskRecord<'a> {
    request: &'a CreateFacesSearchingTaskRequest,
    request_id: &'a str,
    event_id: &'a str,
    start_ms: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TaskText {
    request: Value,
    request_id: String,
    event_id: String,
    start_ms: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AnswerRecord<'a> {
    recorded_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<&'a SourceAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'a SourceFailure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnswerText {
    recorded_ms: i64,
    answer: Option<SourceAnswer>,
    failure: Option<SourceFailure>,
}

/// A record that was read.
pub(super) enum Restored {
    /// A task of this id.
    Task(String, Task),
    /// What became of the source at this place of the task of this id.
    Answer((String, usize), Answered),
}

/// The key of a source's record.
pub(super) fn answer_key(task_id: &str, index: usize) -> String {
    format!("{task_id}/{index}")
}

/// The task and the source that a key means.
pub(super) fn split_key(key: &str) -> (&str, Option<usize>) {
    match key.rsplit_once('/') {
        Some((task_id, index)) => (task_id, index.parse().ok()),
        None => (key, None),
    }
}

pub(super) fn task_bytes(task: &Task) -> Vec<u8> {
    let Task { request, request_id, event_id, start_ms } = task;
    to_bytes(&TaskRecord { request, request_id, event_id, start_ms: *start_ms })
}

pub(super) fn answer_bytes(answered: &Answered) -> Vec<u8> {
    let (answer, failure) = (answered.outcome.as_ref().ok(), answered.outcome.as_ref().err());
    to_bytes(&AnswerRecord { recorded_ms: answered.recorded_ms, answer, failure })
}

/// Reads a record of either kind.
///
/// # Errors
/// `InvalidParameter` naming `state` when the record is damaged or of another version.
pub(super) fn read(key: &str, bytes: &[u8]) -> Result<Restored> {
    if !key.starts_with(TASK_ID_PREFIX) {
        return Err(damaged(STORE, key, &"its key is no id of a task"));
    }
    if !key.contains('/') {
        let text: TaskText = from_bytes(STORE, key, bytes)?;
        let request = CreateFacesSearchingTaskRequest::parse(&text.request).map_err(|e| damaged(STORE, key, &e))?;
        let TaskText { request_id, event_id, start_ms, .. } = text;
        return Ok(Restored::Task(key.to_owned(), Task { request, request_id, event_id, start_ms }));
    }
    let (task_id, Some(index)) = split_key(key) else {
        return Err(damaged(STORE, key, &"its key names no source"));
    };
    let text: AnswerText = from_bytes(STORE, key, bytes)?;
    let outcome = match (text.answer, text.failure) {
        (Some(answer), None) => Ok(answer),
        (None, Some(failure)) => Err(failure),
        _ => return Err(damaged(STORE, key, &"it is neither an answer nor a failure")),
    };
    Ok(Restored::Answer((task_id.to_owned(), index), Answered { recorded_ms: text.recorded_ms, outcome }))
}
