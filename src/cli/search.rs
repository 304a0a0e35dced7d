//! `visavis search`: SearchMediaByFace on a library in a folder. Imports `operations`, `library`, `vision`, `error`.

use serde_json::{Map, Value};

use crate::core::sha256;
use crate::error::Result;
use crate::operations::{
    FaceChoice, SearchMediaByFaceRequest, SearchMediaByFaceResponse, SearchOptions, query_of_photo,
    search_media_by_face,
};
use crate::vision::{DecodeLimits, Photo};

use super::args::SearchArgs;
use super::output::Output;
use super::{Outcome, engine, files, folder};

/// Runs the command.
pub(super) fn run(args: &SearchArgs, output: &mut Output) -> Result<Outcome> {
    let name = args.photo.display().to_string();
    let wire = request_object(args, &name);
    let request = SearchMediaByFaceRequest::parse(&wire)?;
    let library = folder::open_library(&args.library)?;
    let bytes = files::read_photo(&args.photo, &name)?;
    let photo = Photo::decode(&bytes, &DecodeLimits::default()).map_err(|e| e.named(&name))?;
    let engine = engine::load(&args.models)?.engine;
    let choice = FaceChoice::from_options(args.face, None)?;
    let (query, _) = query_of_photo(&engine, &photo, &choice, &name)?;
    let options = SearchOptions { threshold: args.threshold, scores: args.scores || !args.json };
    let response = search_media_by_face(&library, &query, &request, &options, &request_id(&bytes, &wire))?;
    if args.json {
        output.json_line(&response)?;
    } else {
        let threshold = options.threshold_for(library.embedder(), library.face_count())?;
        write_table(&response, threshold, output)?;
    }
    Ok(Outcome::Done)
}

/// The request in the wire's own form, so that every value is checked as it is in the browser.
fn request_object(args: &SearchArgs, photo: &str) -> Value {
    let number = |text: &String| text.parse::<i64>().map_or_else(|_| Value::from(text.as_str()), Value::from);
    let mut object = Map::new();
    object.insert("FaceSearchToken".to_owned(), args.token.as_str().into());
    object.insert("PersonImageUrl".to_owned(), photo.into());
    object.insert("PageNo".to_owned(), number(&args.page_no));
    object.insert("PageSize".to_owned(), number(&args.page_size));
    let optional = [("MediaType", &args.media_type), ("EntityId", &args.entity_id)];
    for (name, value) in optional {
        if let Some(value) = value {
            object.insert(name.to_owned(), value.as_str().into());
        }
    }
    Value::Object(object)
}

/// The same request gives the same id: the SHA-256 of photo and request, in the form of a UUID.
fn request_id(photo: &[u8], request: &Value) -> String {
    let digits = sha256(&[photo, request.to_string().as_bytes()].concat()).first_32_digits().to_uppercase();
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
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
