//! What the operations on tasks answer. Moments are ISO 8601 in UTC. Imports nothing of the crate.

use std::collections::BTreeMap;

use serde::Serialize;

use super::notification::TaskDelivery;
use super::query::TASK_TYPE;
use super::task::{TaskStatus, TaskView, moment_text};
use super::wire::SourceFaces;

/// What CreateFacesSearchingTask answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CreateFacesSearchingTaskResponse {
    /// The id of this request.
    pub request_id: String,
    /// The task's id, by which it is asked for.
    pub task_id: String,
    /// The id of the message that will say that the task has ended.
    pub event_id: String,
}

/// What GetTask answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct GetTaskResponse {
    /// The id of this request.
    pub request_id: String,
    /// The project that the task was made in.
    pub project_name: String,
    /// The task's id.
    pub task_id: String,
    /// The type of the task: `FacesSearching`.
    #[cfg_attr(test, ts(type = "string"))]
    pub task_type: &'static str,
    /// The id of the message that says that the task has ended.
    pub event_id: String,
    /// Its state.
    pub status: TaskStatus,
    /// How much is done, in percent.
    pub progress: u32,
    /// When it began.
    pub start_time: String,
    /// When it ended; absent while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<String>,
    /// The code of the first failure; empty where nothing failed. A task that succeeded has one where some of its images failed.
    pub code: String,
    /// Which images failed and why; empty where none did.
    pub message: String,
    /// The text that was given with the task; empty where none was.
    pub user_data: String,
    /// The tags that were given with the task.
    pub tags: BTreeMap<String, String>,
    /// The request that made the task, as JSON text, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_request_definition: Option<String>,
}

/// What ListTasks answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ListTasksResponse {
    /// The id of this request.
    pub request_id: String,
    /// The project whose tasks these are.
    pub project_name: String,
    /// The tasks of this page.
    pub tasks: Vec<TaskInfo>,
    /// What the request for the next page gives as its `NextToken`; empty at the end.
    pub next_token: String,
    /// How many tasks this page has, in decimal digits: the service types it as a string.
    pub max_results: String,
}

/// One task of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct TaskInfo {
    /// The task's id.
    pub task_id: String,
    /// The type of the task: `FacesSearching`.
    #[cfg_attr(test, ts(type = "string"))]
    pub task_type: &'static str,
    /// Its state.
    pub status: TaskStatus,
    /// How much is done, in percent.
    pub progress: u32,
    /// When it began.
    pub start_time: String,
    /// When it ended; absent while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<String>,
    /// The code of the first failure; empty where nothing failed.
    pub code: String,
    /// Which images failed and why; empty where none did.
    pub message: String,
    /// The text that was given with the task; empty where none was.
    pub user_data: String,
    /// The tags that were given with the task.
    pub tags: BTreeMap<String, String>,
    /// The request that made the task, as JSON text, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_request_definition: Option<String>,
}

/// The faces that a task has found so far, one row an image in the order of the request. An extension of the service, which
/// delivers them in the notification only.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FacesSearchingResult {
    /// The id of this request.
    pub request_id: String,
    /// The task's id.
    pub task_id: String,
    /// Its state; while it runs, images that were not searched yet have no faces.
    pub status: TaskStatus,
    /// How much is done, in percent.
    pub progress: u32,
    /// The images and the faces similar to theirs.
    pub similar_faces: Vec<SourceFaces>,
}

/// How far a task is after one of its images was dealt with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct TaskStep {
    /// The task's id.
    pub task_id: String,
    /// How much is done, in percent.
    pub progress: u32,
    /// Its state.
    pub status: TaskStatus,
    /// The message to deliver; only with the last image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification: Option<TaskDelivery>,
}

impl GetTaskResponse {
    pub(super) fn of(view: &TaskView<'_>, definition: bool, request_id: &str) -> Self {
        let info = TaskInfo::of(view, definition);
        Self {
            request_id: request_id.to_owned(),
            project_name: view.task.request.project_name.clone(),
            task_id: info.task_id,
            task_type: info.task_type,
            event_id: view.task.event_id.clone(),
            status: info.status,
            progress: info.progress,
            start_time: info.start_time,
            end_time: info.end_time,
            code: info.code,
            message: info.message,
            user_data: info.user_data,
            tags: info.tags,
            task_request_definition: info.task_request_definition,
        }
    }
}

impl TaskInfo {
    pub(super) fn of(view: &TaskView<'_>, definition: bool) -> Self {
        Self {
            task_id: view.task_id.to_owned(),
            task_type: TASK_TYPE,
            status: view.status(),
            progress: view.progress(),
            start_time: moment_text(view.task.start_ms),
            end_time: view.end_ms().map(moment_text),
            code: view.code(),
            message: view.message(),
            user_data: view.task.request.user_data.clone().unwrap_or_default(),
            tags: view.task.request.tags.clone(),
            task_request_definition: definition.then(|| view.definition()),
        }
    }
}
