//! `visavis search`: SearchMediaByFace on a library in a folder. Imports `operations`, `error`.

use serde_json::Value;

use crate::error::Result;
use crate::operations::{SearchMediaByFaceRequest, SearchMediaByFaceResponse, SearchOptions, search_media_by_face};

use super::output::Output;
use super::probe::{RequestObject, query_of, request_id};
use super::query_args::SearchArgs;
use super::{Outcome, folder};

/// Runs the command.
pub(super) fn run(args: &SearchArgs, output: &mut Output) -> Result<Outcome> {
    let wire = request_object(args);
    let request = SearchMediaByFaceRequest::parse(&wire)?;
    let library = folder::open_library(&args.library)?;
    let (query, photo) = query_of(&args.probe)?;
    let options = SearchOptions { threshold: args.probe.threshold, scores: args.scores || !args.json };
    let response = search_media_by_face(&library, &query, &request, &options, &request_id(&photo, &wire))?;
    if args.json {
        output.json_line(&response)?;
    } else {
        let threshold = options.threshold_for(library.embedder(), library.face_count())?;
        write_table(&response, threshold, output)?;
    }
    Ok(Outcome::Done)
}

fn request_object(args: &SearchArgs) -> Value {
    RequestObject::default()
        .with("FaceSearchToken", args.probe.token.as_str())
        .with("PersonImageUrl", args.probe.photo.display().to_string())
        .with_page(&args.page)
        .with_given("MediaType", args.media_type.as_ref())
        .with_given("EntityId", args.entity_id.as_ref())
        .with_given("CustomFilters", args.custom_filters.as_ref())
        .with_given("UtcCreate", args.utc_create.as_ref())
        .with_given("Namespace", args.namespace.as_ref())
        .value()
}

fn write_table(response: &SearchMediaByFaceResponse, threshold: f32, output: &mut Output) -> Result<()> {
    let rows = response.scores.as_deref().unwrap_or_default();
    output.line(&format!(
        "{} media at a cosine of {threshold:.3} or more, {} on this page",
        response.total,
        rows.len()
    ))?;
    if rows.is_empty() {
        return Ok(());
    }
    output.line(&format!("{:>6}  {:>6}  {:<32}  {:<20}  path", "score", "cosine", "MediaId", "person"))?;
    for row in rows {
        let person = row.label_name.as_deref().unwrap_or("-");
        output.line(&format!(
            "{:>6.3}  {:>6.3}  {:<32}  {person:<20}  {}",
            row.score, row.cosine, row.media_id, row.path
        ))?;
    }
    Ok(())
}
