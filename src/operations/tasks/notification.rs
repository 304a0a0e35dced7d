//! The message that says that a task has ended, and where it goes. Its shape is that of the service's asynchronous messages
//! (public reference, "Asynchronous message examples"). Imports nothing of the crate.

use serde::Serialize;

use super::query::TASK_TYPE;
use super::task::{TaskStatus, TaskView, moment_text};
use super::wire::SourceFaces;

/// A message and where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TaskDelivery {
    /// Where it goes beyond the page or process that made the task.
    pub targets: NotificationTargets,
    /// The message.
    pub message: TaskNotification,
}

/// Where the message goes that says that a task has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct NotificationTargets {
    /// The address that it is written to, where the request names one.
    #[serde(rename = "ExtendedMessageURI", skip_serializing_if = "Option::is_none")]
    pub extended_message_uri: Option<String>,
    /// The topics that the request names; in a browser, the names of `BroadcastChannel`s.
    pub topics: Vec<String>,
}

/// The message that says that a task has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TaskNotification {
    /// The task's `EventId`.
    pub id: String,
    /// `"acs.imm"`.
    #[cfg_attr(test, ts(type = "string"))]
    pub source: &'static str,
    /// `"imm:Task:FacesSearching"`.
    #[serde(rename = "type")]
    #[cfg_attr(test, ts(type = "string"))]
    pub message_type: &'static str,
    /// `acs:imm:::<ProjectName>/imm:Task:FacesSearching`: there is no region and no account here.
    pub subject: String,
    /// When the task ended: milliseconds since 1970, in decimal digits.
    pub time: String,
    /// JSON text of a `TaskNotificationContent`.
    pub content: String,
}

/// What the content of the message is when its text is parsed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TaskNotificationContent {
    /// The project that the task was made in.
    pub project_name: String,
    /// The library that was searched.
    pub dataset_name: String,
    /// The id of the request that made the task.
    pub request_id: String,
    /// When the task began, in ISO 8601.
    pub start_time: String,
    /// When it ended, in ISO 8601.
    pub end_time: String,
    /// The text that was given with the task; empty where none was.
    pub user_data: String,
    /// The type of the task: `FacesSearching`.
    #[cfg_attr(test, ts(type = "string"))]
    pub task_type: &'static str,
    /// The task's id.
    pub task_id: String,
    /// How it ended.
    pub status: TaskStatus,
    /// The code of the first failure; empty where nothing failed.
    pub code: String,
    /// Which images failed and why; empty where none did.
    pub message: String,
    /// The images, in the order of the request, and the faces similar to theirs.
    pub similar_faces: Vec<SourceFaces>,
}

const MESSAGE_TYPE: &str = "imm:Task:FacesSearching";

impl TaskDelivery {
    /// The message of a task that has ended; `None` while it runs.
    pub(super) fn of(view: &TaskView<'_>) -> Option<Self> {
        let end_ms = view.end_ms()?;
        let task = view.task;
        let project = &task.request.project_name;
        let content = TaskNotificationContent {
            project_name: project.clone(),
            dataset_name: task.request.dataset_name.clone(),
            request_id: task.request_id.clone(),
            start_time: moment_text(task.start_ms),
            end_time: moment_text(end_ms),
            user_data: task.request.user_data.clone().unwrap_or_default(),
            task_type: TASK_TYPE,
            task_id: view.task_id.to_owned(),
            status: view.status(),
            code: view.code(),
            message: view.message(),
            similar_faces: view.faces(),
        };
        let message = TaskNotification {
            id: task.event_id.clone(),
            source: "acs.imm",
            message_type: MESSAGE_TYPE,
            subject: format!("acs:imm:::{project}/{MESSAGE_TYPE}"),
            time: end_ms.to_string(),
            // Writing fails only for maps whose keys are no text; there is none in it.
            content: serde_json::to_string(&content).unwrap_or_default(),
        };
        Some(Self { targets: NotificationTargets::of(view), message })
    }
}

impl NotificationTargets {
    fn of(view: &TaskView<'_>) -> Self {
        let settings = view.task.request.notification.clone().unwrap_or_default();
        let mns = settings.mns.map(|target| target.topic_name);
        let queue = settings.rocket_mq.map(|target| target.topic_name);
        // One name in both places is one channel.
        let queue = queue.filter(|name| mns.as_ref() != Some(name));
        Self { extended_message_uri: settings.extended_message_uri, topics: mns.into_iter().chain(queue).collect() }
    }
}
