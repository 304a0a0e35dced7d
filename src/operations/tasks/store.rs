//! The tasks of one client: made, worked off source by source, asked for, forgotten after seven days. Imports `error`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::state::{Changes, StateChange};
use super::create::CreateFacesSearchingTaskRequest;
use super::notification::TaskDelivery;
use super::query::{GetFacesSearchingResultRequest, GetTaskRequest};
use super::record::{self, Restored, STORE, TASK_ID_PREFIX};
use super::response::{CreateFacesSearchingTaskResponse, FacesSearchingResult, GetTaskResponse, TaskStep};
use super::source::{SourceAnswer, SourceFailure};
use super::task::{Answered, Task, TaskStatus, TaskView};
use crate::core::counted;
use crate::error::{Error, Result};

/// How long a task is kept after it ended (or, while it runs, after its last step): seven days, in milliseconds.
pub const TASK_LIFETIME_MS: i64 = 7 * 24 * 3_600_000;
/// How many tasks are kept at once.
pub const MAX_TASKS: usize = 10_000;

/// The ids of a new task, which the host draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskIds {
    /// The id of the request.
    pub request_id: String,
    /// A UUID: the task's id is `CreateFacesSearchingTask-` and this.
    pub task_uuid: String,
    /// The id of the message that will say that the task has ended.
    pub event_id: String,
}

/// A source that waits to be searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PendingSource {
    /// Its place among the task's sources, from 0.
    #[cfg_attr(test, ts(type = "number"))]
    pub index: usize,
    /// Where the image is.
    #[serde(rename = "URI")]
    pub uri: String,
    /// The library to search.
    pub dataset_name: String,
    /// How many faces are wanted.
    pub max_result: u32,
}

/// The tasks of one client.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskStore {
    tasks: BTreeMap<String, Task>,
    answers: BTreeMap<(String, usize), Answered>,
    changes: Changes,
}

impl TaskStore {
    /// CreateFacesSearchingTask at a moment (milliseconds since 1970). A task without sources has ended already.
    ///
    /// # Errors
    /// `LimitExceeded` where there are too many tasks, `Internal` where there is a task of this id.
    pub fn create(
        &mut self,
        request: CreateFacesSearchingTaskRequest,
        ids: TaskIds,
        now_ms: i64,
    ) -> Result<CreateFacesSearchingTaskResponse> {
        self.expire(now_ms);
        if self.tasks.len() >= MAX_TASKS {
            return Err(Error::LimitExceeded { what: "tasks".to_owned(), limit: MAX_TASKS as u64 });
        }
        let TaskIds { request_id, task_uuid, event_id } = ids;
        let task_id = format!("{TASK_ID_PREFIX}{task_uuid}");
        if self.tasks.contains_key(&task_id) || task_uuid.contains('/') {
            return Err(Error::Internal { reason: format!("{task_id:?} is no id for a new task") });
        }
        let task = Task { request, request_id: request_id.clone(), event_id: event_id.clone(), start_ms: now_ms };
        self.tasks.insert(task_id.clone(), task);
        self.changes.note(task_id.clone());
        Ok(CreateFacesSearchingTaskResponse { request_id, task_id, event_id })
    }

    /// The next source of a task that waits to be searched; `None` where the task has ended.
    ///
    /// # Errors
    /// `TaskNotFound`.
    pub fn next_source(&self, task_id: &str, now_ms: i64) -> Result<Option<PendingSource>> {
        let view = self.find(task_id, None, now_ms)?;
        let request = &view.task.request;
        let source = view.next_index().and_then(|index| Some((index, request.sources.get(index)?)));
        Ok(source.map(|(index, source)| PendingSource {
            index,
            uri: source.uri.clone(),
            dataset_name: request.dataset_name.clone(),
            max_result: request.max_result,
        }))
    }

    /// Records what became of a source. With the last one the task ends, and the step has the message to deliver.
    /// A source that has an answer keeps it.
    ///
    /// # Errors
    /// `TaskNotFound`, and `InvalidParameter` naming `Index` for a source that the task does not have.
    pub fn record(
        &mut self,
        task_id: &str,
        index: usize,
        outcome: Result<SourceAnswer, SourceFailure>,
        now_ms: i64,
    ) -> Result<TaskStep> {
        let sources = self.find(task_id, None, now_ms)?.task.request.sources.len();
        if index >= sources {
            let reason =
                format!("{index} is out of range; the task has {}, counted from 0", counted(sources, "source"));
            return Err(Error::invalid("Index", reason));
        }
        let key = (task_id.to_owned(), index);
        let is_new = !self.answers.contains_key(&key);
        if is_new {
            self.answers.insert(key, Answered { recorded_ms: now_ms, outcome });
            self.changes.note(record::answer_key(task_id, index));
        }
        let view = self.find(task_id, None, now_ms)?;
        let notification = if is_new { TaskDelivery::of(&view) } else { None };
        Ok(TaskStep { task_id: task_id.to_owned(), progress: view.progress(), status: view.status(), notification })
    }

    /// GetTask at a moment.
    ///
    /// # Errors
    /// `TaskNotFound` for a task that is not there, is of another project, or whose seven days are over.
    pub fn get_task(&self, request: &GetTaskRequest, now_ms: i64, request_id: &str) -> Result<GetTaskResponse> {
        let view = self.find(&request.task_id, Some(&request.project_name), now_ms)?;
        Ok(GetTaskResponse::of(&view, request.request_definition, request_id))
    }

    /// The faces that a task has found so far.
    ///
    /// # Errors
    /// As `get_task`.
    pub fn result(
        &self,
        request: &GetFacesSearchingResultRequest,
        now_ms: i64,
        request_id: &str,
    ) -> Result<FacesSearchingResult> {
        let view = self.find(&request.task_id, request.project_name.as_deref(), now_ms)?;
        Ok(FacesSearchingResult {
            request_id: request_id.to_owned(),
            task_id: request.task_id.clone(),
            status: view.status(),
            progress: view.progress(),
            similar_faces: view.faces(),
        })
    }

    /// The message that says that a task has ended, as the last `record` answered it; `None` while it runs.
    ///
    /// # Errors
    /// `TaskNotFound`.
    pub fn notification(&self, task_id: &str, now_ms: i64) -> Result<Option<TaskDelivery>> {
        Ok(TaskDelivery::of(&self.find(task_id, None, now_ms)?))
    }

    /// The ids of the tasks that run, those that were made first in front.
    #[must_use]
    pub fn running(&self, now_ms: i64) -> Vec<String> {
        let running = self.live(now_ms).filter(|view| view.status() == TaskStatus::Running);
        let mut running: Vec<(i64, String)> =
            running.map(|view| (view.task.start_ms, view.task_id.to_owned())).collect();
        running.sort();
        running.into_iter().map(|(_, task_id)| task_id).collect()
    }

    /// Forgets the tasks whose seven days are over, and answers without a task; answers how many tasks there were.
    pub fn expire(&mut self, now_ms: i64) -> usize {
        let over = self.tasks.keys().filter_map(|id| self.view(id)).filter(|view| !is_kept(view, now_ms));
        let over: Vec<String> = over.map(|view| view.task_id.to_owned()).collect();
        for task_id in &over {
            self.tasks.remove(task_id);
            self.changes.note(task_id.clone());
        }
        let Self { tasks, answers, changes } = self;
        answers.retain(|(task_id, index), _| {
            let wanted = tasks.contains_key(task_id);
            if !wanted {
                changes.note(record::answer_key(task_id, *index));
            }
            wanted
        });
        over.len()
    }

    /// What changed since this was called last: the records that the host is to keep or to delete.
    pub fn take_changes(&mut self) -> Vec<StateChange> {
        let (tasks, answers) = (&self.tasks, &self.answers);
        self.changes.take(STORE, |key| match record::split_key(key) {
            (task_id, Some(index)) => answers.get(&(task_id.to_owned(), index)).map(record::answer_bytes),
            (task_id, None) => tasks.get(task_id).map(record::task_bytes),
        })
    }

    /// Takes back a record that `take_changes` answered. Records may come in any order. A task whose answers are not all restored
    /// runs, so that what was lost is searched again.
    ///
    /// # Errors
    /// `InvalidParameter` naming `state` when the record is damaged or of another version; the store is then as it was.
    pub fn restore(&mut self, key: &str, bytes: &[u8]) -> Result<()> {
        match record::read(key, bytes)? {
            Restored::Task(task_id, task) => drop(self.tasks.insert(task_id, task)),
            Restored::Answer(key, answered) => drop(self.answers.insert(key, answered)),
        }
        Ok(())
    }

    /// Drops a record that another client of the same memory has deleted; answers whether it was there.
    pub fn drop_record(&mut self, key: &str) -> bool {
        match record::split_key(key) {
            (task_id, Some(index)) => self.answers.remove(&(task_id.to_owned(), index)).is_some(),
            (task_id, None) => self.tasks.remove(task_id).is_some(),
        }
    }

    /// The tasks that are kept at a moment, by id.
    pub(super) fn live(&self, now_ms: i64) -> impl Iterator<Item = TaskView<'_>> {
        self.tasks.keys().filter_map(|id| self.view(id)).filter(move |view| is_kept(view, now_ms))
    }

    /// A task that is kept at a moment, of this project where one is given.
    fn find(&self, task_id: &str, project: Option<&str>, now_ms: i64) -> Result<TaskView<'_>> {
        self.view(task_id)
            .filter(|view| is_kept(view, now_ms))
            .filter(|view| project.is_none_or(|project| view.task.request.project_name == project))
            .ok_or_else(|| Error::TaskNotFound { task_id: task_id.chars().take(80).collect() })
    }

    fn view(&self, task_id: &str) -> Option<TaskView<'_>> {
        let (task_id, task) = self.tasks.get_key_value(task_id)?;
        let places = (task_id.clone(), 0)..(task_id.clone(), task.request.sources.len());
        let answers = self.answers.range(places).map(|((_, index), answered)| (*index, answered)).collect();
        Some(TaskView { task_id, task, answers })
    }
}

fn is_kept(view: &TaskView<'_>, now_ms: i64) -> bool {
    now_ms.saturating_sub(view.touched_ms()) < TASK_LIFETIME_MS
}
