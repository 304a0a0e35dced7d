//! `visavis media`: SearchMedia on a library in a folder. Imports `operations`, `indexing`, `error`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::core::FaceId;
use crate::error::Result;
use crate::indexing::face_thumbnail_name;
use crate::operations::{SearchMediaRequest, SearchMediaResponse, search_media};

use super::output::Output;
use super::probe::{RequestObject, request_id};
use super::query_args::MediaArgs;
use super::{Outcome, files, folder};

/// Longer files in `faces/` are no thumbnails of ours.
const THUMBNAIL_BYTES_LIMIT: u64 = 16 << 20;

/// Runs the command.
pub(super) fn run(args: &MediaArgs, output: &mut Output) -> Result<Outcome> {
    let wire = request_object(args);
    let request = SearchMediaRequest::parse(&wire)?;
    let library = folder::open_library(&args.library)?;
    let id = request_id(library.version().as_bytes(), &wire);
    let mut response = search_media(&library, &request, &id)?;
    if args.face_images {
        response.fill_images(&mut |face_id| face_image(args, face_id));
    }
    if args.json {
        output.json_line(&response)?;
    } else {
        write_table(&response, output)?;
    }
    Ok(Outcome::Done)
}

fn request_object(args: &MediaArgs) -> Value {
    RequestObject::default()
        .with_given("Match", args.matching.as_ref())
        .with_given("SortBy", args.sort_by.as_ref())
        .with_page(&args.page)
        .with_given("EntityId", args.entity_id.as_ref())
        .with_given("CustomFilters", args.custom_filters.as_ref())
        .with_given("ScrollToken", args.scroll_token.as_ref())
        .value()
}

/// The face's thumbnail in base64; none where the library has none.
fn face_image(args: &MediaArgs, face_id: FaceId) -> Option<String> {
    let path = args.library.join(face_thumbnail_name(face_id));
    files::read_at_most(&path, THUMBNAIL_BYTES_LIMIT).ok().map(|bytes| STANDARD.encode(bytes))
}

fn write_table(response: &SearchMediaResponse, output: &mut Output) -> Result<()> {
    let media = &response.media_info_list;
    output.line(&format!("{} media, {} on this page", response.total, media.len()))?;
    if media.is_empty() {
        return Ok(());
    }
    output.line(&format!("{:<32}  {:<20}  {:<24}  {:<24}  file", "MediaId", "created", "title", "persons"))?;
    for info in media {
        let basic = &info.media_basic_info;
        let labels = info.ai_data.ai_label_info.iter().filter_map(|label| label.label_name.as_deref());
        let persons: Vec<&str> = labels.filter(|name| !name.is_empty()).collect();
        let file = info.file_info_list.first().and_then(|file| file.file_basic_info.file_name.as_deref());
        output.line(&format!(
            "{:<32}  {:<20}  {:<24}  {:<24}  {}",
            info.media_id,
            basic.create_time.as_deref().unwrap_or("-"),
            basic.title.as_deref().unwrap_or("-"),
            if persons.is_empty() { "-".to_owned() } else { persons.join(", ") },
            file.unwrap_or("-"),
        ))?;
    }
    if !response.scroll_token.is_empty() {
        output.line(&format!("more with --scroll-token {}", response.scroll_token))?;
    }
    Ok(())
}
