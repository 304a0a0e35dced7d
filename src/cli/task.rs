//! `visavis task`: CreateFacesSearchingTask on a library in a folder, run to its end. Imports `operations`, `vision`, `error`.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::library::Library;
use crate::operations::{
    CreateFacesSearchingTaskRequest, GetTaskRequest, GetTaskResponse, PendingSource, SourceAnswer, SourceFailure,
    TaskDelivery, TaskIds, TaskStatus, TaskStore, search_source,
};
use crate::vision::{DecodeLimits, Engine, Photo};

use super::output::{Output, stderr_line};
use super::probe::{RequestObject, request_id, uuid_of};
use super::progress::{Plan, Progress};
use super::query_args::TaskArgs;
use super::wire::one_line;
use super::{Outcome, engine, files, folder};

/// The `TaskType` of GetTask.
const TASK_TYPE: &str = "FacesSearching";

/// Runs the command.
pub(super) fn run(args: &TaskArgs, output: &mut Output) -> Result<Outcome> {
    let wire = request_object(args)?;
    let request = CreateFacesSearchingTaskRequest::parse(&wire)?;
    let library = folder::open_library(&args.library)?;
    let engine = engine::load(&args.models)?;
    let started_ms = now_ms()?;
    let mut run = TaskRun { engine: &engine, library: &library, tasks: TaskStore::default(), rows: Vec::new() };
    let created = run.tasks.create(request, task_ids(&wire, started_ms), started_ms)?;
    if args.json {
        output.json_line(&created)?;
        output.flush()?;
    }
    let progress = Progress::new(Plan { photos: args.photos.len(), ..Plan::default() }, args.quiet);
    let (status, delivery) = run.finish(&created.task_id, &progress)?;
    progress.finish();
    if args.json {
        output.json_line(&delivery.message)?;
        output.json_line(&run.state(args, &created.task_id)?)?;
    } else {
        run.rows.iter().try_for_each(|row| write_row(row, output))?;
    }
    let failed = run.rows.iter().any(|(_, answer)| answer.is_err());
    Ok(match (status, failed) {
        (TaskStatus::Failed, _) => Outcome::ProblemsFound,
        (_, true) => Outcome::SomeUnreadable,
        (_, false) => Outcome::Done,
    })
}

fn request_object(args: &TaskArgs) -> Result<Value> {
    let mut tags = Map::new();
    for (name, value) in &args.tags {
        if tags.insert(name.clone(), value.as_str().into()).is_some() {
            return Err(Error::invalid("Tags", format!("{name:?} is given twice")));
        }
    }
    let sources: Vec<Value> = args.photos.iter().map(|photo| json!({ "URI": photo.display().to_string() })).collect();
    let request = RequestObject::default()
        .with("ProjectName", args.project.as_str())
        .with("DatasetName", folder::library_name(&args.library))
        .with("Sources", sources)
        .with_number("MaxResult", args.max_result.as_ref())
        .with_given("UserData", args.user_data.as_ref())
        .with("Tags", tags);
    Ok(request.value())
}

/// Ids that depend on the request and the moment.
fn task_ids(wire: &Value, now_ms: i64) -> TaskIds {
    let moment = now_ms.to_string();
    let id = |kind: &str| uuid_of(format!("{kind} {moment} {wire}").as_bytes());
    TaskIds {
        request_id: request_id(moment.as_bytes(), wire),
        task_uuid: id("task"),
        event_id: id("event").to_uppercase(),
    }
}

fn now_ms() -> Result<i64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let milliseconds = since.and_then(|since| i64::try_from(since.as_millis()).ok());
    milliseconds.ok_or_else(|| Error::Internal { reason: "the clock of this machine is before 1970".to_owned() })
}

/// A photo as it was given, and what became of it.
type Row = (String, Result<SourceAnswer>);

struct TaskRun<'a> {
    engine: &'a Engine,
    library: &'a Library,
    tasks: TaskStore,
    rows: Vec<Row>,
}

impl TaskRun<'_> {
    /// Searches the photos one after the other; each that fails is said so on standard error, and the others go on.
    fn finish(&mut self, task_id: &str, progress: &Progress) -> Result<(TaskStatus, TaskDelivery)> {
        while let Some(source) = self.tasks.next_source(task_id, now_ms()?)? {
            let answer = self.search(&source);
            if let Err(error) = &answer {
                if matches!(error, Error::ModelInvalid { .. } | Error::EmbedderMismatch { .. }) {
                    // No photo is at fault, and none will do better.
                    return Err(error.clone());
                }
                stderr_line(&told(&source.uri, error));
            }
            let outcome = answer.clone().map_err(SourceFailure::from);
            let step = self.tasks.record(task_id, source.index, outcome, now_ms()?)?;
            self.rows.push((source.uri, answer));
            progress.photo_done();
            if let Some(delivery) = step.notification {
                return Ok((step.status, delivery));
            }
        }
        Err(Error::Internal { reason: format!("{task_id} ended without a message") })
    }

    /// What GetTask answers.
    fn state(&self, args: &TaskArgs, task_id: &str) -> Result<GetTaskResponse> {
        let wire = RequestObject::default()
            .with("ProjectName", args.project.as_str())
            .with("TaskType", TASK_TYPE)
            .with("TaskId", task_id)
            .value();
        self.tasks.get_task(&GetTaskRequest::parse(&wire)?, now_ms()?, &request_id(&[], &wire))
    }

    fn search(&self, source: &PendingSource) -> Result<SourceAnswer> {
        let name = &source.uri;
        let bytes = files::read_photo(name.as_ref(), name)?;
        let photo = Photo::decode(&bytes, &DecodeLimits::default()).map_err(|e| e.named(name))?;
        search_source(self.library, self.engine, &photo, name, source.max_result)
    }
}

/// The error with the photo in front, where its message does not begin with it.
fn told(photo: &str, error: &Error) -> String {
    let message = one_line(error);
    let prefix = if message.starts_with(photo) { String::new() } else { format!("{photo}: ") };
    format!("{prefix}{message} ({})", error.code())
}

/// The photo, and one line a face near to it.
fn write_row((photo, answer): &Row, output: &mut Output) -> Result<()> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return output.line(&told(photo, error)),
    };
    output.line(&format!("{photo}: {} nearest faces, similarity 0 to 1", answer.similar_faces.len()))?;
    for face in &answer.similar_faces {
        output.line(&format!("  {:>6.3}  {:<32}  {}", face.similarity, face.media_id, face.uri))?;
    }
    Ok(())
}
