//! Face-searching tasks: CreateFacesSearchingTask, GetTask, ListTasks, their result and their notification.
//!
//! A task is a state machine without I/O: the host asks for the next source, fetches and searches it, and records the answer or
//! the failure; with the last one the task ends and there is a message to deliver. Moments are milliseconds since 1970.
//! Imports `core`, `vision`, `library` and `error`.

mod create;
mod listing;
mod next_token;
mod notification;
mod query;
mod record;
mod response;
mod source;
mod store;
mod task;
#[cfg(test)]
mod tests;
mod wire;

pub use create::{
    CreateFacesSearchingTaskRequest, DEFAULT_MAX_RESULT, FacesSearchingSource, MAX_TASK_SOURCES, MAX_USER_DATA_BYTES,
    MnsTarget, NotificationSettings, RocketMqTarget,
};
pub use notification::{NotificationTargets, TaskDelivery, TaskNotification, TaskNotificationContent};
pub use query::{
    GetFacesSearchingResultRequest, GetTaskRequest, ListTasksRequest, TASK_TYPE, TaskOrder, TaskSort, TaskTimeRange,
};
pub use response::{
    CreateFacesSearchingTaskResponse, FacesSearchingResult, GetTaskResponse, ListTasksResponse, TaskInfo, TaskStep,
};
pub use source::{SourceAnswer, SourceFailure, search_source, source_answer};
pub use store::{MAX_TASKS, PendingSource, TASK_LIFETIME_MS, TaskIds, TaskStore};
pub use task::TaskStatus;
pub use wire::{FaceBoundary, SimilarFace, SourceFaces};
