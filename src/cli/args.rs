//! The commands, and the arguments of those that make and check libraries, with their help texts; `query_args` has the others.
//! Imports nothing of the crate.

use std::path::PathBuf;

use clap::{ArgGroup, Args as ClapArgs, Parser, Subcommand, ValueEnum};

use super::person_args::{PERSON_EXAMPLES, PersonArgs};
use super::query_args::{
    CLIPS_EXAMPLES, ClipsArgs, MEDIA_EXAMPLES, MediaArgs, SEARCH_EXAMPLES, SearchArgs, TASK_EXAMPLES, TaskArgs,
};

const EXIT_CODES: &str = "\
Exit codes:
  0  everything went well
  1  failed; the reason is on stderr as 'error: MESSAGE (CODE)'
  2  the arguments are wrong
  3  finished, but some files could not be read; each is reported with its code";

const INDEX_EXAMPLES: &str = "\
Examples:
  visavis index photos --out library
  visavis index photos films --people portraits --out library --jobs 8
  visavis index photos --out library --metadata photos.csv --base-url https://example.org/photos/

--metadata FILE is JSON lines with the names of the SearchMedia response, flat or nested as there, or CSV with one column a field:
  {\"path\":\"rome/1.jpg\",\"Title\":\"Rome\",\"MediaTags\":[\"trip\"],\"CreateTime\":\"2023-08-27T16:12:38Z\",\"CustomFields\":{\"intField1\":7}}
  path,Title,MediaTags,utcCreate,CateId
  rome/1.jpg,Rome,\"trip,family\",1693152758000,12
The names of the Match grammar (title, tagList, cateId, utcCreate, storageLocation ...) are understood too. What is said here wins over what is computed;
a field that is not known is reported once and passed over. A second row for the same media (one by path, one by MediaId) adds to the first.

CreateTime is taken from EXIF or the metadata, ModifiedTime from the metadata only: times of files change when they are copied, and the
same photos must give the same bytes.

Videos (mp4, m4v, mov, mkv, webm, avi, mpg, mpeg, 3gp, ts) are read by ffmpeg and ffprobe, which must be installed; VISAVIS_FFMPEG and
VISAVIS_FFPROBE name others. What a file is, is told by its contents, not by its name. Times count from a video's first frame, boxes are
in pixels of the upright picture. A run that is interrupted goes on in the middle of the film that it was at.

The library is what the PATHs hold: run the command again after photos came, changed or went, and only new contents are
embedded. Symbolic links are followed, also those that lead out of the PATHs. Pictures of a library that is found in a PATH (its covers/
and faces/) are passed over. It may be interrupted at any moment; the library in --out stays whole and the next run goes on where this one was.
What was done is kept in OUT/.visavis, which holds paths and embeddings and need not be published with the rest.

Exit codes:
  0  everything went well
  1  failed; the library was not changed
  2  the arguments are wrong
  3  the library was written, but some files could not be read; each is reported with its code";

const FACES_EXAMPLES: &str = "\
Examples:
  visavis faces group.jpg
  visavis faces --embeddings photos/*.jpg > faces.jsonl
  find photos -name '*.jpg' | visavis faces --files-from -

One JSON object a line, in the order of the arguments:
  {\"path\",\"width\",\"height\",\"faces\":[{\"box\":[x,y,w,h],\"landmarks\":[[x,y] x 5],\"score\":f,\"embedding\":[..]}]}
in pixels after EXIF orientation, faces by descending area. A file that cannot be read gives
  {\"path\",\"error\":{\"code\",\"message\"}}
and the run goes on.";

/// Face search: turn photos into a library of static files, and search it.
#[derive(Debug, Parser)]
#[command(name = "visavis", version, about, after_help = EXIT_CODES, propagate_version = true, arg_required_else_help = true)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Turn folders of photos and videos into a library, or bring a library up to date
    #[command(after_help = INDEX_EXAMPLES)]
    Index(IndexArgs),
    /// Find the faces of photos, one JSON object a line
    #[command(after_help = FACES_EXAMPLES)]
    Faces(FacesArgs),
    /// Find the media of a library that show the person of a photo
    #[command(after_help = SEARCH_EXAMPLES)]
    Search(SearchArgs),
    /// Say where and when the person of a photo is seen in one media
    #[command(after_help = CLIPS_EXAMPLES)]
    Clips(ClipsArgs),
    /// Find media by what is known of them: title, tags, times, labels, texts
    #[command(after_help = MEDIA_EXAMPLES)]
    Media(MediaArgs),
    /// Search a library for the persons of many photos
    #[command(after_help = TASK_EXAMPLES)]
    Task(TaskArgs),
    /// List and edit the persons of a library, their faces and groups
    #[command(after_help = PERSON_EXAMPLES)]
    Person(PersonArgs),
    /// Say what a library holds
    Inspect(InspectArgs),
    /// Check every file of a library: lengths, hashes, tables, references, thumbnails
    Verify(VerifyArgs),
}

impl Command {
    /// Whether errors go to stdout as JSON too.
    pub(super) fn wants_json(&self) -> bool {
        match self {
            Self::Index(args) => args.json,
            Self::Search(args) => args.json,
            Self::Clips(args) => args.json,
            Self::Media(args) => args.json,
            Self::Task(args) => args.json,
            Self::Person(args) => args.wants_json(),
            Self::Inspect(args) => args.json,
            Self::Verify(args) => args.json,
            Self::Faces(_) => false,
        }
    }
}

/// Which embedder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Profile {
    /// The embedder that is built in: 512 numbers a face, small and fast
    Default,
    /// SFace: 128 numbers a face, slower; made by 'cargo xtask models --accurate'
    Accurate,
}

#[derive(Debug, ClapArgs)]
pub(super) struct ModelArgs {
    /// Folder of model files to use instead of the built-in ones; else the environment variable VISAVIS_MODELS names it
    #[arg(long, value_name = "DIR")]
    pub(super) models: Option<PathBuf>,
    /// Which embedder to use; libraries are searched with the embedder that made them
    #[arg(long, value_enum, default_value = "default")]
    pub(super) profile: Profile,
}

#[derive(Debug, ClapArgs)]
#[command(group = ArgGroup::new("sources").args(["paths", "people"]).required(true).multiple(true))]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct IndexArgs {
    /// Folders of photos and videos, or single ones; without any, the photos of --people are indexed
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Folder of the library; made if it is not there
    #[arg(long, short, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Folder with one folder of portraits per person; the folder's name becomes the person's label
    #[arg(long, value_name = "DIR")]
    pub(super) people: Option<PathBuf>,
    /// Cosine from which a face is taken for a person of --people [default: grows with the number of portraits, from 0.40]
    #[arg(long, value_name = "F", requires = "people")]
    pub(super) people_threshold: Option<f32>,
    /// How many faces make a person of somebody whom nobody named; 0 looks for no such persons
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(super) min_faces: u16,
    /// What is known of the media: JSON lines or CSV, each row with 'path' or 'MediaId' (see below)
    #[arg(long, value_name = "FILE")]
    pub(super) metadata: Option<PathBuf>,
    /// Address under which the photos are served: each gets BASE plus its path as its url
    #[arg(long, value_name = "BASE")]
    pub(super) base_url: Option<String>,
    /// How many frames of a second of video are looked at, 0.1 to 60
    #[arg(long, value_name = "F", default_value = "5", value_parser = frame_rate)]
    pub(super) frames_per_second: f64,
    /// Look at each photo and frame once only: about twice as fast, but landmarks are less exact, small faces in large photos are
    /// missed, and faces have no expression
    #[arg(long)]
    pub(super) quick: bool,
    /// Pass over videos
    #[arg(long)]
    pub(super) no_videos: bool,
    /// How many photos and videos are worked on at once [default: one per core]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) jobs: Option<u16>,
    /// Write no covers and no face thumbnails
    #[arg(long)]
    pub(super) no_thumbnails: bool,
    /// No progress and no summary
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Write the summary to stdout as JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) models: ModelArgs,
}

#[derive(Debug, ClapArgs)]
pub(super) struct FacesArgs {
    /// Photos
    #[arg(value_name = "PHOTO", required_unless_present = "files_from")]
    pub(super) photos: Vec<PathBuf>,
    /// Add the embedding of every face
    #[arg(long)]
    pub(super) embeddings: bool,
    /// Least detection score, 0 to 1
    #[arg(long, value_name = "F", default_value = "0.6", value_parser = unit_interval)]
    pub(super) score_threshold: f32,
    /// Overlap (intersection over union) from which two detections are one face, 0 to 1
    #[arg(long, value_name = "F", default_value = "0.3", value_parser = unit_interval)]
    pub(super) nms_iou: f32,
    /// File with one path a line (or, as of 'find -print0', ended by zero bytes), after the PHOTOs; '-' reads standard input
    #[arg(long, value_name = "LIST")]
    pub(super) files_from: Option<PathBuf>,
    /// How many photos are worked on at once [default: one per core]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) jobs: Option<u16>,
    #[command(flatten)]
    pub(super) models: ModelArgs,
}

#[derive(Debug, ClapArgs)]
pub(super) struct InspectArgs {
    /// Folder of the library
    #[arg(value_name = "DIR")]
    pub(super) library: PathBuf,
    /// One JSON object a face: {"path","MediaId","FaceId","EntityId","LabelName","box","score","quality"},
    /// with "start" and "end" in seconds for a track of a video
    #[arg(long)]
    pub(super) faces: bool,
    /// Write the summary as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct VerifyArgs {
    /// Folder of the library
    #[arg(value_name = "DIR")]
    pub(super) library: PathBuf,
    /// Write the findings as JSON
    #[arg(long)]
    pub(super) json: bool,
}

fn unit_interval(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err(format!("{text:?} is not a number from 0 to 1")),
    }
}

fn frame_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.1..=60.0).contains(&value) => Ok(value),
        _ => Err(format!("{text:?} is not a number from 0.1 to 60")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Args::command().debug_assert();
    }
}
