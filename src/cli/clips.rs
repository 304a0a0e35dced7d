//! `visavis clips`: SearchMediaClipByFace on a library in a folder. Imports `operations`, `error`.

use serde_json::Value;

use crate::core::counted;
use crate::error::Result;
use crate::operations::{
    SearchMediaClipByFaceRequest, SearchMediaClipByFaceResponse, SearchOptions, search_media_clip_by_face,
};

use super::output::Output;
use super::probe::{RequestObject, query_of, request_id};
use super::query_args::ClipsArgs;
use super::{Outcome, folder};

/// Runs the command.
pub(super) fn run(args: &ClipsArgs, output: &mut Output) -> Result<Outcome> {
    let wire = request_object(args);
    let request = SearchMediaClipByFaceRequest::parse(&wire)?;
    let library = folder::open_library(&args.library)?;
    let (query, photo) = query_of(&args.probe)?;
    let options = SearchOptions { threshold: args.probe.threshold, scores: false };
    let response = search_media_clip_by_face(&library, &query, &request, &options, &request_id(&photo, &wire))?;
    if args.json {
        output.json_line(&response)?;
    } else {
        write_table(&response, output)?;
    }
    Ok(Outcome::Done)
}

fn request_object(args: &ClipsArgs) -> Value {
    RequestObject::default()
        .with("FaceSearchToken", args.probe.token.as_str())
        .with("MediaId", args.media.as_str())
        .with_page(&args.page)
        .with_given("EntityId", args.entity_id.as_ref())
        .value()
}

/// One line a moment: a photo has one, a video as many as the person has appearances.
fn write_table(response: &SearchMediaClipByFaceResponse, output: &mut Output) -> Result<()> {
    let clips = &response.media_clip_list;
    output.line(&format!("{}, {} on this page", counted(response.total, "clip"), clips.len()))?;
    if clips.is_empty() {
        return Ok(());
    }
    output.line(&format!(
        "{:>6}  {:<20}  {:<10}  {:>9}  {:>9}  {:<10}  box (x y w h)",
        "score", "person", "category", "from s", "to s", "expression"
    ))?;
    for clip in clips {
        let person = if clip.label_name.is_empty() { "-" } else { &clip.label_name };
        for seen in &clip.occurrences_infos {
            let first = seen.track_data.first().map(|point| point.box_position);
            let place = first.map(|b| format!("{} {} {} {}", b.x, b.y, b.w, b.h)).unwrap_or_default();
            output.line(&format!(
                "{:>6.3}  {person:<20}  {:<10}  {:>9.2}  {:>9.2}  {:<10}  {place}",
                clip.score,
                clip.category,
                seen.start_time,
                seen.end_time,
                seen.expression.as_deref().unwrap_or("-")
            ))?;
        }
    }
    Ok(())
}
