//! `NextToken` of ListTasks: where a page ended, bound to the query by a digest. Imports `core` and `error`.
//!
//! It holds the place itself (what tasks are sorted by, and the last task's id), so nothing is kept for it and tasks that come and
//! go between two pages do no harm.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::query::ListTasksRequest;
use crate::core::sha256;
use crate::error::{Error, Result};

/// What a list is ordered by: the moment, where tasks are sorted by one, then the task's id.
pub(super) type Place = (i64, String);

const DIGEST_DIGITS: usize = 16;
const MOMENT_DIGITS: usize = 16;

/// The token of a page that ended with this place.
pub(super) fn next_token(request: &ListTasksRequest, place: &Place) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}{:016x}{}", digest(request, place), place.0, place.1))
}

/// The place at which the page before ended.
///
/// # Errors
/// `InvalidParameter` naming `NextToken` when it is no such token, or one of another query.
pub(super) fn place_of(request: &ListTasksRequest, token: &str) -> Result<Place> {
    let malformed =
        || Error::invalid("NextToken", "it is no token that ListTasks answered; leave it out to begin anew");
    let text =
        URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(malformed)?;
    let (found, rest) = text.split_at_checked(DIGEST_DIGITS).ok_or_else(malformed)?;
    let (moment, task_id) = rest.split_at_checked(MOMENT_DIGITS).ok_or_else(malformed)?;
    let moment = u64::from_str_radix(moment, 16).map_err(|_| malformed())?.cast_signed();
    let place = (moment, task_id.to_owned());
    if found != digest(request, &place) {
        let reason = "it is of another query; keep every parameter but MaxResults and RequestDefinition as it was, or leave it out";
        return Err(Error::invalid("NextToken", reason));
    }
    Ok(place)
}

fn digest(request: &ListTasksRequest, place: &Place) -> String {
    let ListTasksRequest { project_name, task_types, status, tag_selector, sort, order, .. } = request;
    let (start, end) = (request.start_time_range, request.end_time_range);
    let query = (project_name, task_types, status, tag_selector, sort, order, start, end, place);
    let mut digits = sha256(format!("{query:?}").as_bytes()).to_string();
    digits.truncate(DIGEST_DIGITS);
    digits
}
