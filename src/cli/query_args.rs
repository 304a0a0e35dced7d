//! The arguments of the commands that ask a library, with their help texts. Imports nothing of the crate.
//!
//! Values of a request are texts here: the operation itself parses them, so that they fail as they do in the browser.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::args::ModelArgs;

pub(super) const SEARCH_EXAMPLES: &str = "\
Examples:
  visavis search visitor.jpg --library library
  visavis search visitor.jpg --library library --json --scores --page-size 50
  visavis search visitor.jpg --library library --utc-create '{\"gte\":1672531200000}' --custom-filters '{\"intField1\":[1,2]}'";

pub(super) const CLIPS_EXAMPLES: &str = "\
Examples:
  visavis search visitor.jpg --library library
  visavis clips visitor.jpg --library library --media 4f5c8a0e9b7d6c5a4f5c8a0e9b7d6c5a
  visavis clips visitor.jpg --library library --media 4f5c8a0e9b7d6c5a4f5c8a0e9b7d6c5a --json

One clip a person: the faces of the media that are like the photo's, with their times, boxes and expressions. A photo has one moment, 0.";

pub(super) const MEDIA_EXAMPLES: &str = "\
Examples:
  visavis media --library library
  visavis media --library library --match \"title = 'rome' and tagList in ('trip', 'family')\" --sort-by utcCreate:Asc
  visavis media --library library --match \"utcCreate = [1693367158561, 1693367158562]\" --json

The grammar of --match: f == 'v' exactly; f = 'v' contains; f in ('a', 'b') any of; f = [a, b] or (a, b) a range with or without its ends;
and, or, not, parentheses. Fields: title, description, ocrInfo.tracks.content (contains); tagList (any of); mediaId,
aiLabelInfo.category, aiLabelInfo.label_id (exactly); cateId, status, mediaType, fileInfo.storageLocation (exactly, any of);
utcCreate, utcModified in milliseconds since 1970 (range). An error says at which column it went wrong and what was expected.";

pub(super) const TASK_EXAMPLES: &str = "\
Examples:
  visavis task visitors/*.jpg --library library
  visavis task a.jpg b.jpg --library library --max-result 20 --tag camera=door --json > result.jsonl

The largest face of each photo is searched. With --json there are three lines: the response of CreateFacesSearchingTask; at the end
the message of its end, whose content holds the result; and last the response of GetTask.

Exit codes:
  0  every photo was searched
  1  failed, or no photo could be searched
  2  the arguments are wrong
  3  some photos could not be searched; each is reported with its code";

/// Which page of an answer.
#[derive(Debug, ClapArgs)]
pub(super) struct PageArgs {
    /// Page of the answer, from 1
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(super) page_no: Option<String>,
    /// Entries a page, 1 to 50 [default: 10]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(super) page_size: Option<String>,
}

/// The photo that is asked about.
#[derive(Debug, ClapArgs)]
pub(super) struct ProbeArgs {
    /// The photo of the person to look for
    #[arg(value_name = "PHOTO")]
    pub(super) photo: PathBuf,
    /// The FaceSearchToken of the request
    #[arg(long, value_name = "TOKEN", default_value = "cli")]
    pub(super) token: String,
    /// Which face of the photo, by descending area from 0 [default: the largest]
    #[arg(long, value_name = "INDEX", value_parser = face_index, allow_negative_numbers = true)]
    pub(super) face: Option<usize>,
    /// Cosine from which a face is a match, -1 to 1 [default: grows with the library, from 0.40]
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    pub(super) threshold: Option<f32>,
    #[command(flatten)]
    pub(super) models: ModelArgs,
}

#[derive(Debug, ClapArgs)]
pub(super) struct SearchArgs {
    #[command(flatten)]
    pub(super) probe: ProbeArgs,
    /// Folder of the library
    #[arg(long, short, value_name = "DIR")]
    pub(super) library: PathBuf,
    /// Write the SearchMediaByFace response as JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Add scores, cosines and paths to the response
    #[arg(long)]
    pub(super) scores: bool,
    #[command(flatten)]
    pub(super) page: PageArgs,
    /// Only media of this type: image or video
    #[arg(long, value_name = "TYPE")]
    pub(super) media_type: Option<String>,
    /// Only faces of this entity
    #[arg(long, value_name = "ID")]
    pub(super) entity_id: Option<String>,
    /// Only media whose custom fields are so: JSON as {"intField1": 12, "strField1": "abc"}, with lists and ranges too
    #[arg(long, value_name = "JSON")]
    pub(super) custom_filters: Option<String>,
    /// Only media made in this time: JSON as {"gte": MS, "lte": MS} in milliseconds since 1970
    #[arg(long, value_name = "JSON")]
    pub(super) utc_create: Option<String>,
    /// Only media of this namespace
    #[arg(long, value_name = "NAME")]
    pub(super) namespace: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct ClipsArgs {
    #[command(flatten)]
    pub(super) probe: ProbeArgs,
    /// Folder of the library
    #[arg(long, short, value_name = "DIR")]
    pub(super) library: PathBuf,
    /// The media to look through: its MediaId
    #[arg(long, value_name = "ID")]
    pub(super) media: String,
    /// Write the SearchMediaClipByFace response as JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) page: PageArgs,
    /// Only faces of this entity
    #[arg(long, value_name = "ID")]
    pub(super) entity_id: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct MediaArgs {
    /// Folder of the library
    #[arg(long, short, value_name = "DIR")]
    pub(super) library: PathBuf,
    /// Only media that fulfil this condition (see below)
    #[arg(long = "match", value_name = "EXPR", allow_hyphen_values = true)]
    pub(super) matching: Option<String>,
    /// The order, as utcCreate:Desc,utcModified:Asc [default: newest first]
    #[arg(long, value_name = "KEYS")]
    pub(super) sort_by: Option<String>,
    #[command(flatten)]
    pub(super) page: PageArgs,
    /// Only media that show this entity
    #[arg(long, value_name = "ID")]
    pub(super) entity_id: Option<String>,
    /// Only media whose custom fields are so: JSON as {"intField1": 12, "strField1": "abc"}, with lists and ranges too
    #[arg(long, value_name = "JSON")]
    pub(super) custom_filters: Option<String>,
    /// Go on where the answer with this ScrollToken ended
    #[arg(long, value_name = "TOKEN", allow_hyphen_values = true)]
    pub(super) scroll_token: Option<String>,
    /// Write the SearchMedia response as JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Put the pictures of the faces into the response, from the library's folder
    #[arg(long, requires = "json")]
    pub(super) face_images: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct TaskArgs {
    /// Photos of the persons to look for
    #[arg(value_name = "PHOTO", required = true)]
    pub(super) photos: Vec<PathBuf>,
    /// Folder of the library
    #[arg(long, short, value_name = "DIR")]
    pub(super) library: PathBuf,
    /// The ProjectName of the task
    #[arg(long, value_name = "NAME", default_value = "cli")]
    pub(super) project: String,
    /// The most similar faces that are listed for a photo, 1 to 100 [default: 5]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(super) max_result: Option<String>,
    /// Text that the answers hand back, at most 2048 bytes
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) user_data: Option<String>,
    /// A tag of the task, which its message and GetTask answer; may be repeated
    #[arg(long = "tag", value_name = "NAME=VALUE", value_parser = tag)]
    pub(super) tags: Vec<(String, String)>,
    /// Write the responses as JSON lines
    #[arg(long)]
    pub(super) json: bool,
    /// No progress
    #[arg(long, short)]
    pub(super) quiet: bool,
    #[command(flatten)]
    pub(super) models: ModelArgs,
}

fn tag(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let parts = parts.map(|(name, value)| (name.to_owned(), value.to_owned()));
    parts.ok_or_else(|| "a tag is written NAME=VALUE".to_owned())
}

fn face_index(text: &str) -> Result<usize, String> {
    let reason = "the largest face is 0, the next 1, and so on";
    text.parse().map_err(|_| format!("{text:?} is not the number of a face: {reason}"))
}
