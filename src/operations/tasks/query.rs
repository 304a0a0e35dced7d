//! The requests of GetTask, ListTasks and of a task's result, checked. Imports `core` and `error`.

use serde_json::Value;

use super::super::params::Params;
use super::super::params_nested::within;
use super::task::TaskStatus;
use crate::core::parse_utc;
use crate::error::{Error, Result};

/// The only type of task that there is.
pub const TASK_TYPE: &str = "FacesSearching";
const MAX_MAX_RESULTS: u32 = 100;

/// What GetTask is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "PascalCase"))]
pub struct GetTaskRequest {
    /// The project that the task was made in.
    pub project_name: String,
    /// The type of the task: `FacesSearching`.
    pub task_type: String,
    /// The task's id.
    pub task_id: String,
    /// Whether the request that made the task is answered too. Default: false.
    #[cfg_attr(test, ts(as = "Option<bool>", optional))]
    pub request_definition: bool,
}

impl GetTaskRequest {
    /// Reads a request object with the wire's names. Unknown names are ignored.
    ///
    /// # Errors
    /// `MissingProjectName`, `MissingTaskType`, `MissingTaskId`, or `InvalidParameter` naming the parameter of a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        let params = Params::of(request)?;
        Ok(Self {
            project_name: params.required_text("ProjectName")?.to_owned(),
            task_type: task_type(params)?,
            task_id: params.required_text("TaskId")?.to_owned(),
            request_definition: params.boolean("RequestDefinition", false)?,
        })
    }
}

fn task_type(params: Params<'_>) -> Result<String> {
    let given = params.required_text("TaskType")?;
    params.word("TaskType", &[(TASK_TYPE, ())]).map(|_| given.to_owned())
}

/// What is asked for the result of a task. An extension: the service delivers results in notifications only.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "PascalCase", optional_fields))]
pub struct GetFacesSearchingResultRequest {
    /// The task's id.
    pub task_id: String,
    /// The project that the task was made in. Default: any.
    pub project_name: Option<String>,
}

impl GetFacesSearchingResultRequest {
    /// Reads a request object with the wire's names. Unknown names are ignored.
    ///
    /// # Errors
    /// `MissingTaskId`, or `InvalidParameter` naming the parameter of a wrong type.
    pub fn parse(request: &Value) -> Result<Self> {
        let params = Params::of(request)?;
        Ok(Self {
            task_id: params.required_text("TaskId")?.to_owned(),
            project_name: params.text("ProjectName")?.map(str::to_owned),
        })
    }
}

/// What tasks are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum TaskSort {
    /// Their ids.
    #[default]
    TaskId,
    /// The moments at which they began.
    StartTime,
    /// The moments at which they ended; those that run come last in ascending order.
    EndTime,
}

/// In which order tasks are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "lowercase"))]
pub enum TaskOrder {
    /// Ascending.
    #[default]
    Asc,
    /// Descending.
    Desc,
}

/// A range of moments, both ends included; an end that is left out is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct TaskTimeRange {
    /// Not before this moment, in ISO 8601, such as `2026-05-11T17:36:33Z`.
    #[cfg_attr(test, ts(rename = "Start", as = "Option<String>"))]
    pub start_ms: Option<i64>,
    /// Not after this moment, in ISO 8601.
    #[cfg_attr(test, ts(rename = "End", as = "Option<String>"))]
    pub end_ms: Option<i64>,
}

impl TaskTimeRange {
    /// Whether a moment lies in the range.
    #[must_use]
    pub fn contains(&self, moment_ms: i64) -> bool {
        self.start_ms.is_none_or(|start| start <= moment_ms) && self.end_ms.is_none_or(|end| moment_ms <= end)
    }
}

/// What ListTasks is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "PascalCase", optional_fields))]
pub struct ListTasksRequest {
    /// The project that the tasks were made in.
    pub project_name: String,
    /// Only tasks of these types. Default: all; `FacesSearching` is the only one that there is.
    #[cfg_attr(test, ts(as = "Option<Vec<String>>"))]
    pub task_types: Vec<String>,
    /// Only tasks in this state.
    pub status: Option<TaskStatus>,
    /// Only tasks that have these tags: `name=value`, several separated by commas.
    #[cfg_attr(test, ts(as = "Option<String>"))]
    pub tag_selector: Vec<(String, String)>,
    /// What they are sorted by. Default: `TaskId`.
    #[cfg_attr(test, ts(as = "Option<TaskSort>"))]
    pub sort: TaskSort,
    /// In which order. Default: `asc`.
    #[cfg_attr(test, ts(as = "Option<TaskOrder>"))]
    pub order: TaskOrder,
    /// How many are answered at most, 1 to 100. Default: 100.
    #[cfg_attr(test, ts(as = "Option<u32>"))]
    pub max_results: u32,
    /// The `NextToken` of the page before; every other parameter but `MaxResults` and `RequestDefinition` must be as it was then.
    pub next_token: Option<String>,
    /// Only tasks that began within this range.
    pub start_time_range: Option<TaskTimeRange>,
    /// Only tasks that ended within this range.
    pub end_time_range: Option<TaskTimeRange>,
    /// Whether the requests that made the tasks are answered too. Default: false.
    #[cfg_attr(test, ts(as = "Option<bool>"))]
    pub request_definition: bool,
}

impl ListTasksRequest {
    /// Reads a request object with the wire's names; nested parameters may come as JSON text. Unknown names are ignored.
    ///
    /// # Errors
    /// `MissingProjectName`, or `InvalidParameter` naming the parameter of a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        const SORTS: [(&str, TaskSort); 3] =
            [("TaskId", TaskSort::TaskId), ("StartTime", TaskSort::StartTime), ("EndTime", TaskSort::EndTime)];
        // The service's own examples write both `asc` and `ASC`.
        const ORDERS: [(&str, TaskOrder); 4] =
            [("asc", TaskOrder::Asc), ("desc", TaskOrder::Desc), ("ASC", TaskOrder::Asc), ("DESC", TaskOrder::Desc)];
        let params = Params::of(request)?;
        Ok(Self {
            project_name: params.required_text("ProjectName")?.to_owned(),
            task_types: params.texts("TaskTypes")?.unwrap_or_default(),
            status: params.word("Status", &TaskStatus::WORDS)?,
            tag_selector: tag_selector(params)?,
            sort: params.word("Sort", &SORTS)?.unwrap_or_default(),
            order: params.word("Order", &ORDERS)?.unwrap_or_default(),
            max_results: params.integer("MaxResults", &(1..=MAX_MAX_RESULTS), MAX_MAX_RESULTS)?,
            next_token: params.text("NextToken")?.map(str::to_owned),
            start_time_range: time_range(params, "StartTimeRange")?,
            end_time_range: time_range(params, "EndTimeRange")?,
            request_definition: params.boolean("RequestDefinition", false)?,
        })
    }
}

fn tag_selector(params: Params<'_>) -> Result<Vec<(String, String)>> {
    let Some(text) = params.text("TagSelector")? else { return Ok(Vec::new()) };
    let term = |term: &str| match term.split_once('=').map(|(name, value)| (name.trim(), value.trim())) {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => {
            let reason = format!("{term:?} is no selector; name=value is, several separated by commas");
            Err(Error::invalid("TagSelector", reason))
        }
    };
    text.split(',').map(term).collect()
}

fn time_range(params: Params<'_>, name: &str) -> Result<Option<TaskTimeRange>> {
    let Some(map) = params.object(name)? else { return Ok(None) };
    let range = within(name, &map, |bounds| {
        Ok(TaskTimeRange { start_ms: moment(bounds, "Start")?, end_ms: moment(bounds, "End")? })
    })?;
    if let (Some(start), Some(end)) = (range.start_ms, range.end_ms)
        && start > end
    {
        return Err(Error::invalid(name, "Start is after End"));
    }
    Ok(Some(range))
}

fn moment(bounds: Params<'_>, name: &str) -> Result<Option<i64>> {
    let Some(text) = bounds.text(name)? else { return Ok(None) };
    parse_utc(text).map(Some).ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        Error::invalid(
            name,
            format!("{shown:?} is no moment in ISO 8601 with a time zone, such as 2026-05-11T17:36:33Z"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn get_task_reads_every_parameter() {
        let mut request = json!({ "ProjectName": "p", "TaskType": "FacesSearching", "TaskId": "x" });
        assert!(!GetTaskRequest::parse(&request).unwrap().request_definition);
        request["RequestDefinition"] = json!("True");
        assert!(GetTaskRequest::parse(&request).unwrap().request_definition);
        for (name, value, code, message) in [
            ("ProjectName", json!(null), "MissingProjectName", "ProjectName is required"),
            ("ProjectName", json!(1), "InvalidParameter", "ProjectName: it must be a string, not a number"),
            ("TaskType", json!(""), "MissingTaskType", "TaskType is required"),
            ("TaskType", json!("Other"), "InvalidParameter", "TaskType: \"Other\" is not one of \"FacesSearching\""),
            ("TaskId", json!(null), "MissingTaskId", "TaskId is required"),
            ("TaskId", json!({}), "InvalidParameter", "TaskId: it must be a string, not an object"),
            ("RequestDefinition", json!("yes"), "InvalidParameter", "RequestDefinition: \"yes\" is no boolean"),
        ] {
            let mut request = request.clone();
            request[name] = value;
            let error = GetTaskRequest::parse(&request).unwrap_err();
            assert_eq!(error.code(), code, "{error}");
            assert!(error.to_string().starts_with(message), "{error}");
        }
    }

    #[test]
    fn list_tasks_reads_every_parameter_as_it_is_and_as_text() {
        let request = json!({ "ProjectName": "p", "TaskTypes": ["FacesSearching", "X"], "Status": "Failed",
            "TagSelector": "test=val1, b = c=d", "Sort": "EndTime", "Order": "desc", "MaxResults": 7, "NextToken": "n",
            "StartTimeRange": { "Start": "1970-01-01T00:00:01Z", "End": "1970-01-01T01:00:02+01:00" },
            "EndTimeRange": { "End": "1970-01-01T00:00:03.5Z" }, "RequestDefinition": true });
        let parsed = ListTasksRequest::parse(&request).unwrap();
        assert_eq!(parsed.task_types, ["FacesSearching", "X"]);
        assert_eq!((parsed.status, parsed.sort), (Some(TaskStatus::Failed), TaskSort::EndTime));
        assert_eq!((parsed.order, parsed.max_results), (TaskOrder::Desc, 7));
        assert_eq!(parsed.tag_selector, [("test".to_owned(), "val1".to_owned()), ("b".to_owned(), "c=d".to_owned())]);
        assert_eq!(parsed.start_time_range, Some(TaskTimeRange { start_ms: Some(1000), end_ms: Some(2000) }));
        assert_eq!(parsed.end_time_range, Some(TaskTimeRange { start_ms: None, end_ms: Some(3500) }));
        assert!(parsed.request_definition);
        let mut text = request.clone();
        for name in ["TaskTypes", "MaxResults", "StartTimeRange", "EndTimeRange", "RequestDefinition"] {
            text[name] = json!(request[name].to_string());
        }
        assert_eq!(ListTasksRequest::parse(&text), Ok(parsed));
    }

    #[test]
    fn list_tasks_has_the_documented_defaults() {
        let parsed = ListTasksRequest::parse(&json!({ "ProjectName": "p", "NextToken": "", "Unknown": 1 })).unwrap();
        let defaults = ListTasksRequest { project_name: "p".into(), max_results: 100, ..ListTasksRequest::default() };
        assert_eq!(parsed, defaults);
    }

    #[test]
    fn what_is_wrong_with_a_listing_is_named() {
        for (name, value, message) in [
            ("ProjectName", json!(1), "ProjectName: it must be a string, not a number"),
            ("TaskTypes", json!("FacesSearching"), "TaskTypes: its text is not JSON"),
            ("TaskTypes", json!([1]), "TaskTypes[0]: it must be a string, not a number"),
            ("Status", json!("Done"), "Status: \"Done\" is not one of \"Running\", \"Succeeded\", \"Failed\""),
            ("TagSelector", json!("test"), "TagSelector: \"test\" is no selector; name=value is"),
            ("TagSelector", json!("a=b,=c"), "TagSelector: \"=c\" is no selector; name=value is"),
            ("Sort", json!("Name"), "Sort: \"Name\" is not one of"),
            ("Order", json!("up"), "Order: \"up\" is not one of"),
            ("MaxResults", json!(0), "MaxResults: 0 is out of range; an integer from 1 to 100 is allowed"),
            ("MaxResults", json!(101), "MaxResults: 101 is out of range"),
            ("NextToken", json!(7), "NextToken: it must be a string, not a number"),
            ("StartTimeRange", json!("now"), "StartTimeRange: its text is not JSON"),
            ("StartTimeRange", json!({ "Start": "today" }), "StartTimeRange.Start: \"today\" is no moment in ISO 8601"),
            ("EndTimeRange", json!({ "End": 5 }), "EndTimeRange.End: it must be a string, not a number"),
            (
                "EndTimeRange",
                json!({ "Start": "2026-01-02T00:00:00Z", "End": "2026-01-01T00:00:00Z" }),
                "EndTimeRange: Start is after End",
            ),
            ("RequestDefinition", json!(1), "RequestDefinition: 1 is no boolean"),
        ] {
            let mut request = json!({ "ProjectName": "p" });
            request[name] = value;
            let error = ListTasksRequest::parse(&request).unwrap_err();
            assert_eq!(error.code(), "InvalidParameter", "{error}");
            assert!(error.to_string().starts_with(message), "{error}");
        }
        assert_eq!(ListTasksRequest::parse(&json!({})).unwrap_err().code(), "MissingProjectName");
    }

    #[test]
    fn the_result_needs_the_task_only() {
        let parsed = GetFacesSearchingResultRequest::parse(&json!({ "TaskId": "x" })).unwrap();
        assert_eq!((parsed.task_id.as_str(), parsed.project_name), ("x", None));
        assert_eq!(GetFacesSearchingResultRequest::parse(&json!({})).unwrap_err().code(), "MissingTaskId");
    }
}
