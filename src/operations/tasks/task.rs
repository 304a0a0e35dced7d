//! One task: what it was asked, what became of its sources, and what follows from both. Imports `core`.
//!
//! Whether a task runs, and how it ended, is not kept but follows from the answers: a task has ended when every source has one.

use serde::Serialize;

use super::create::CreateFacesSearchingTaskRequest;
use super::source::{SourceAnswer, SourceFailure};
use super::wire::SourceFaces;
use crate::core::utc_text;

/// So many failed sources are named in a task's message.
const NAMED_FAILURES: usize = 10;
/// So many characters of each failure's message are shown.
const SHOWN_CHARS: usize = 300;

/// The state of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum TaskStatus {
    /// Not every source was searched yet.
    Running,
    /// At least one source was searched with success.
    Succeeded,
    /// Every source failed, or there was none.
    Failed,
}

impl TaskStatus {
    /// All of them with their wire names.
    pub(super) const WORDS: [(&'static str, Self); 3] =
        [("Running", Self::Running), ("Succeeded", Self::Succeeded), ("Failed", Self::Failed)];
}

/// A task as it was made.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Task {
    pub(super) request: CreateFacesSearchingTaskRequest,
    /// The id of the request that made it.
    pub(super) request_id: String,
    pub(super) event_id: String,
    pub(super) start_ms: i64,
}

/// What became of one source, and when.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answered {
    pub(super) recorded_ms: i64,
    pub(super) outcome: Result<SourceAnswer, SourceFailure>,
}

/// A task with the answers that it has so far: at most one a source, in the order of the sources.
#[derive(Debug, Clone)]
pub(super) struct TaskView<'a> {
    pub(super) task_id: &'a str,
    pub(super) task: &'a Task,
    pub(super) answers: Vec<(usize, &'a Answered)>,
}

impl TaskView<'_> {
    pub(super) fn has_ended(&self) -> bool {
        self.answers.len() >= self.task.request.sources.len()
    }

    pub(super) fn status(&self) -> TaskStatus {
        if !self.has_ended() {
            TaskStatus::Running
        } else if self.answers.iter().any(|(_, answered)| answered.outcome.is_ok()) {
            TaskStatus::Succeeded
        } else {
            TaskStatus::Failed
        }
    }

    /// How many of a hundred parts are done, 0 to 100; 100 only at the end.
    pub(super) fn progress(&self) -> u32 {
        let sources = self.task.request.sources.len();
        if sources == 0 {
            return 100;
        }
        u32::try_from(self.answers.len() * 100 / sources).unwrap_or(100).min(100)
    }

    /// When the last thing happened to it: it was made, or an answer was recorded.
    pub(super) fn touched_ms(&self) -> i64 {
        self.answers.iter().map(|(_, answered)| answered.recorded_ms).fold(self.task.start_ms, i64::max)
    }

    /// When it ended, where it has.
    pub(super) fn end_ms(&self) -> Option<i64> {
        self.has_ended().then(|| self.touched_ms())
    }

    /// The first source that has no answer.
    pub(super) fn next_index(&self) -> Option<usize> {
        let answered = self.answers.iter().enumerate().take_while(|(place, (index, _))| place == index).count();
        (answered < self.task.request.sources.len()).then_some(answered)
    }

    fn failures(&self) -> impl Iterator<Item = (usize, &SourceFailure)> {
        self.answers.iter().filter_map(|(index, answered)| Some((*index, answered.outcome.as_ref().err()?)))
    }

    /// The code of the first failure; empty where nothing failed so far.
    pub(super) fn code(&self) -> String {
        if self.task.request.sources.is_empty() {
            return "MissingSources".to_owned();
        }
        self.failures().next().map(|(_, failure)| failure.code.clone()).unwrap_or_default()
    }

    /// Which sources failed and why; empty where none did so far.
    pub(super) fn message(&self) -> String {
        let sources = self.task.request.sources.len();
        if sources == 0 {
            return "Sources: no image was given, so there is nothing to search for".to_owned();
        }
        let failed = self.failures().count();
        if failed == 0 {
            return String::new();
        }
        let named = self.failures().take(NAMED_FAILURES).map(|(index, failure)| {
            let message: String = failure.message.chars().take(SHOWN_CHARS).collect();
            format!("Sources[{index}]: {message}")
        });
        let mut named: Vec<String> = named.collect();
        if failed > NAMED_FAILURES {
            named.push(format!("and {} more", failed - NAMED_FAILURES));
        }
        format!("{failed} of {sources} sources failed: {}", named.join("; "))
    }

    /// One row a source, in their order.
    pub(super) fn faces(&self) -> Vec<SourceFaces> {
        let mut answers = self.answers.iter().peekable();
        let row = |(index, source): (usize, &super::create::FacesSearchingSource)| {
            let outcome = answers.next_if(|(at, _)| *at == index).map(|(_, answered)| &answered.outcome);
            let answer = outcome.and_then(|outcome| outcome.as_ref().ok());
            let failure = outcome.and_then(|outcome| outcome.as_ref().err());
            SourceFaces {
                uri: source.uri.clone(),
                face_id: answer.map(|answer| answer.face_id.clone()),
                boundary: answer.map(|answer| answer.boundary),
                similar_faces: answer.map(|answer| answer.similar_faces.clone()).unwrap_or_default(),
                code: failure.map(|failure| failure.code.clone()),
                message: failure.map(|failure| failure.message.clone()),
            }
        };
        self.task.request.sources.iter().enumerate().map(row).collect()
    }

    /// The request that made it, as JSON text.
    pub(super) fn definition(&self) -> String {
        serde_json::to_string(&self.task.request).unwrap_or_default()
    }
}

/// A moment as this service writes it: ISO 8601 in UTC, to the millisecond; empty outside the years 0 to 9999.
pub(super) fn moment_text(milliseconds: i64) -> String {
    let seconds = utc_text(milliseconds).unwrap_or_default();
    match seconds.strip_suffix('Z') {
        Some(seconds) => format!("{seconds}.{:03}Z", milliseconds.rem_euclid(1000)),
        None => seconds,
    }
}
