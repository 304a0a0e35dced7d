//! The tasks of this client: made, asked for, and worked off source by source as the page asks for each.

use serde_json::Value;

use super::host::request_id as new_id;
use super::input::{ImageInput, ImageSource};
use super::operate::{Answer, Call};
use super::output::to_js;
use super::session::Session;
use crate::error::{Error, Result};
use crate::operations::{
    CreateFacesSearchingTaskRequest, FaceChoice, GetFacesSearchingResultRequest, GetTaskRequest, ListTasksRequest,
    PendingSource, SourceAnswer, SourceFailure, TaskIds, TaskStep, query_of_photo, source_answer,
};

impl Session {
    /// Runs an operation on tasks; `None` where there is none of this name.
    pub(super) async fn task_operation(&self, name: &str, call: &mut Call, request_id: &str) -> Option<Answer> {
        let answer = match name {
            "CreateFacesSearchingTask" => self.create_task(call, request_id),
            "GetTask" => self.get_task(call, request_id),
            "ListTasks" => self.list_tasks(call, request_id),
            "GetFacesSearchingResult" => self.task_result(call, request_id),
            "tasks.running" => to_js(&self.tasks.borrow().running(call.options.now_ms)),
            "task.next" => self.offer_source(call).await,
            "task.notification" => self.notification(call),
            "task.step" => self.step_task(call).await,
            "task.fail" => self.fail_source(call),
            _ => return None,
        };
        Some(answer)
    }

    fn create_task(&self, call: &Call, request_id: &str) -> Answer {
        let request = CreateFacesSearchingTaskRequest::parse(&call.request)?;
        self.libraries.find(Some(&request.dataset_name)).map_err(|error| match error {
            Error::UnknownLibrary { name, .. } => Error::ResourceNotFound { kind: "DatasetName".to_owned(), id: name },
            other => other,
        })?;
        let event_id = new_id().replace('-', "").to_uppercase();
        let ids = TaskIds { request_id: request_id.to_owned(), task_uuid: new_id(), event_id };
        to_js(&self.tasks.borrow_mut().create(request, ids, call.options.now_ms)?)
    }

    fn get_task(&self, call: &Call, request_id: &str) -> Answer {
        let request = GetTaskRequest::parse(&call.request)?;
        to_js(&self.tasks.borrow().get_task(&request, call.options.now_ms, request_id)?)
    }

    fn list_tasks(&self, call: &Call, request_id: &str) -> Answer {
        let request = ListTasksRequest::parse(&call.request)?;
        to_js(&self.tasks.borrow().list_tasks(&request, call.options.now_ms, request_id)?)
    }

    fn task_result(&self, call: &Call, request_id: &str) -> Answer {
        let request = GetFacesSearchingResultRequest::parse(&call.request)?;
        to_js(&self.tasks.borrow().result(&request, call.options.now_ms, request_id)?)
    }

    fn next_source(&self, call: &Call) -> Result<Option<PendingSource>> {
        self.tasks.borrow().next_source(&text(&call.request, "TaskId")?, call.options.now_ms)
    }

    /// The next source of a task. Its library is opened first: that it is not to be had is no failure of the source's.
    async fn offer_source(&self, call: &Call) -> Answer {
        let source = self.next_source(call)?;
        if let Some(source) = &source {
            self.libraries.open_tables(self.libraries.find(Some(&source.dataset_name))?).await?;
        }
        to_js(&source)
    }

    /// Searches the next source of a task, which the page asks for one at a time. What goes wrong is the source's failure.
    ///
    /// Only a file of an address in a format that is not read here fails the call instead: the page may read it, and asks again
    /// with the pixels or says by `task.fail` that it cannot either.
    async fn step_task(&self, call: &mut Call) -> Answer {
        let Some(source) = self.next_source(call)? else {
            return Err(Error::invalid("TaskId", "the task has ended"));
        };
        if source.index != index(&call.request)? {
            return Err(Error::invalid("Index", format!("the next source is {}", source.index)));
        }
        let image = call.image().unwrap_or_else(|| ImageInput::of_url(&source.uri));
        let is_address = matches!(image.source, ImageSource::Url(_));
        let outcome = match self.search_source(&source, image).await {
            Err(unread @ Error::ImageFormatUnsupported { .. }) if is_address => return Err(unread),
            outcome => outcome.map_err(SourceFailure::from),
        };
        to_js(&self.record(call, source.index, outcome)?)
    }

    async fn search_source(&self, source: &PendingSource, image: ImageInput) -> Result<SourceAnswer> {
        let slot = self.libraries.find(Some(&source.dataset_name))?;
        let (photo, name) = self.load(image, "URI").await?;
        let (query, face) = query_of_photo(&self.engine, &photo, &FaceChoice::Largest, &name)?;
        let library = self.libraries.near(slot, &query).await?;
        source_answer(&library.library, &query, &face.box_px, source.max_result)
    }

    /// The message of a task that has ended; `null` while it runs.
    fn notification(&self, call: &Call) -> Answer {
        let task_id = text(&call.request, "TaskId")?;
        to_js(&self.tasks.borrow().notification(&task_id, call.options.now_ms)?)
    }

    fn fail_source(&self, call: &Call) -> Answer {
        let failure = SourceFailure { code: text(&call.request, "Code")?, message: text(&call.request, "Message")? };
        to_js(&self.record(call, index(&call.request)?, Err(failure))?)
    }

    fn record(&self, call: &Call, index: usize, outcome: Result<SourceAnswer, SourceFailure>) -> Result<TaskStep> {
        let task_id = text(&call.request, "TaskId")?;
        self.tasks.borrow_mut().record(&task_id, index, outcome, call.options.now_ms)
    }
}

fn text(request: &Value, name: &str) -> Result<String> {
    let text = request.get(name).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| Error::MissingParameter { parameter: name.to_owned() })
}

fn index(request: &Value) -> Result<usize> {
    let index = request.get("Index").and_then(Value::as_f64).and_then(super::config::whole_number);
    let index = index.and_then(|index| usize::try_from(index).ok());
    index.ok_or_else(|| Error::invalid("Index", "a whole number from 0 is wanted"))
}
