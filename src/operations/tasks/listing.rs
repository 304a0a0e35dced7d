//! ListTasks: filters, order and pages. Imports `error`.

use std::cmp::Ordering;

use super::next_token::{Place, next_token, place_of};
use super::query::{ListTasksRequest, TASK_TYPE, TaskOrder, TaskSort};
use super::response::{ListTasksResponse, TaskInfo};
use super::store::TaskStore;
use super::task::TaskView;
use crate::error::Result;

impl TaskStore {
    /// ListTasks at a moment: the tasks of a project that pass every filter, in order, one page of them.
    ///
    /// # Errors
    /// `InvalidParameter` naming `NextToken` when it is none, or one of another query.
    pub fn list_tasks(&self, request: &ListTasksRequest, now_ms: i64, request_id: &str) -> Result<ListTasksResponse> {
        let after = request.next_token.as_ref().map(|token| place_of(request, token)).transpose()?;
        let mut found: Vec<(Place, TaskView<'_>)> = self
            .live(now_ms)
            .filter(|view| passes(request, view))
            .map(|view| (place(request.sort, &view), view))
            .filter(|(place, _)| after.as_ref().is_none_or(|after| in_order(request.order, after, place).is_lt()))
            .collect();
        found.sort_by(|(a, _), (b, _)| in_order(request.order, a, b));
        let page = request.max_results as usize;
        let last = page.checked_sub(1).and_then(|last| found.get(last)).filter(|_| found.len() > page);
        let next_token = last.map(|(place, _)| next_token(request, place)).unwrap_or_default();
        let tasks: Vec<TaskInfo> =
            found.iter().take(page).map(|(_, view)| TaskInfo::of(view, request.request_definition)).collect();
        Ok(ListTasksResponse {
            request_id: request_id.to_owned(),
            project_name: request.project_name.clone(),
            next_token,
            max_results: tasks.len().to_string(),
            tasks,
        })
    }
}

fn passes(request: &ListTasksRequest, view: &TaskView<'_>) -> bool {
    let made = &view.task.request;
    made.project_name == request.project_name
        && (request.task_types.is_empty() || request.task_types.iter().any(|name| name == TASK_TYPE))
        && request.status.is_none_or(|status| status == view.status())
        && request.tag_selector.iter().all(|(name, value)| made.tags.get(name) == Some(value))
        && request.start_time_range.is_none_or(|range| range.contains(view.task.start_ms))
        && request.end_time_range.is_none_or(|range| view.end_ms().is_some_and(|end| range.contains(end)))
}

fn place(sort: TaskSort, view: &TaskView<'_>) -> Place {
    let moment = match sort {
        TaskSort::TaskId => 0,
        TaskSort::StartTime => view.task.start_ms,
        TaskSort::EndTime => view.end_ms().unwrap_or(i64::MAX),
    };
    (moment, view.task_id.to_owned())
}

fn in_order(order: TaskOrder, a: &Place, b: &Place) -> Ordering {
    match order {
        TaskOrder::Asc => a.cmp(b),
        TaskOrder::Desc => b.cmp(a),
    }
}
