//! `visavis index`: folders of photos and videos to a library. Imports `indexing`, `library`, `vision`, `core`, `error`.
//!
//! Walk, process what the journal does not know, gather the rows to a library's contents, publish.

mod contents;
pub(super) mod edits;
mod film;
pub(super) mod folder;
mod journal;
mod metadata;
mod partial;
mod portraits;
mod summary;
mod walk;
mod work;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use crate::core::{EntityId, MediaType, sha256};
use crate::error::{Error, Result};
use crate::indexing::{IndexOptions, MediaRows, VIDEO_PIPELINE_VERSION, VideoOptions, is_nameless};
use crate::library::{LibraryContents, MANIFEST_NAME, PublishOptions, build_library};
use crate::vision::DetectOptions;

use super::args::IndexArgs;
use super::engine::{self, IndexEngine};
use super::folder::{open_library, read_manifest};
use super::output::Output;
use super::progress::{Plan, Progress};
use super::video::Spare;
use super::wire::{ErrorBody, UnreadableFile};
use super::{Outcome, files, worker_count};

use self::contents::{Gathered, Sources, gather};
use self::edits::EditLog;
use self::film::Films;
use self::folder::{OutFolder, STATE_FOLDER};
use self::journal::{Entry, Journal, Known};
use self::metadata::Metadata;
use self::partial::Partials;
use self::portraits::{Labels, People};
use self::summary::{Duplicate, Summary};
use self::walk::{Listing, is_video_name, list_media};
use self::work::{Results, Setup, Task, process};

/// Grows when the same photo with the same models and options would give other rows than before.
const PIPELINE_VERSION: u32 = 3;
/// The journal is rewritten when it has this many lines more than twice the files that it is needed for.
const JOURNAL_SLACK: usize = 256;

/// Runs the command.
pub(super) fn run(args: &IndexArgs, output: &mut Output) -> Result<Outcome> {
    check_folders(args)?;
    let metadata = args.metadata.as_deref().map(Metadata::read).transpose()?;
    check_threshold(args)?;
    let people =
        args.people.as_deref().map(|folder| People::list(folder, &args.out, args.paths.is_empty())).transpose()?;
    let listing = match (&people, args.paths.is_empty()) {
        (Some(people), true) => people.as_media(),
        _ => list_media(&args.paths, &args.out, !args.no_videos)?,
    };
    if listing.media.is_empty() && listing.problems.is_empty() {
        return Err(nothing_found(args, &listing));
    }
    refuse_foreign_library(&args.out)?;
    refuse_to_forget(&args.out)?;
    let out = OutFolder::open(&args.out)?;
    let edits = EditLog::open(&out)?;
    let engine = engine::load_for_index(&args.models, !args.quick)?;
    let mut run = Run { args, out, edits, engine, listing, people, metadata };
    let summary = run.index()?;
    if !args.quiet {
        summary.tell();
    }
    if args.json {
        output.json_line(&summary)?;
    }
    Ok(if summary.unreadable.is_empty() { Outcome::Done } else { Outcome::SomeUnreadable })
}

struct Run<'a> {
    args: &'a IndexArgs,
    out: OutFolder,
    edits: EditLog,
    engine: IndexEngine,
    listing: Listing,
    people: Option<People>,
    metadata: Option<Metadata>,
}

impl Run<'_> {
    fn index(&mut self) -> Result<Summary> {
        let is_thorough = !self.args.quick;
        let options = IndexOptions {
            thumbnails: !self.args.no_thumbnails,
            detect: DetectOptions { refine: is_thorough, small_faces: is_thorough, ..DetectOptions::default() },
            ..IndexOptions::default()
        };
        let settings = settings_hash(&self.engine, &options);
        let media_tasks = self.listing.media.iter().map(|(name, path)| Task::media(name, path));
        let portrait_tasks = self.people.iter().flat_map(People::tasks);
        let tasks: Vec<Task> = media_tasks.chain(portrait_tasks).collect();
        let jobs = worker_count(self.args.jobs, tasks.len());
        let films = self.films(&options, &settings, jobs)?;
        // Also where films are passed over: what was read of them is kept for the next run.
        let film_settings = self.film_settings(&settings);
        let (mut journal, mut known) = Journal::open(&self.out.journal_path(), &[&settings, &film_settings])?;
        let progress = Progress::new(self.plan(&tasks), self.args.quiet);
        let setup = Setup {
            engine: &self.engine.engine,
            options: &options,
            settings: &settings,
            films: films.as_ref(),
            out: &self.out,
            jobs,
            progress: &progress,
            spare: Spare::new(worker_count(self.args.jobs, usize::MAX)),
            stop: AtomicBool::new(false),
            unwritable: Mutex::new(None),
        };
        let processed = process(&setup, &tasks, &mut known, &mut journal);
        progress.finish();
        let results = processed?;
        drop(journal);
        let gathered = self.publish(&tasks, &results, &known)?;
        if films.is_some() {
            compact(&self.out, &tasks, &results, &known)?;
        }
        Ok(self.summarise(&tasks, &results, gathered, progress.seconds()))
    }

    /// How films are read, unless they are passed over.
    fn films(&self, options: &IndexOptions, settings: &str, jobs: usize) -> Result<Option<Films>> {
        if self.args.no_videos {
            return Ok(None);
        }
        let frames_per_second = self.args.frames_per_second;
        let partials = Partials::open(self.out.partial_folder())?;
        let options = VideoOptions { index: options.clone(), frames_per_second };
        Ok(Some(Films::new(options, self.film_settings(settings), partials, jobs)))
    }

    fn film_settings(&self, settings: &str) -> String {
        let text = format!("{VIDEO_PIPELINE_VERSION} {settings} {}", self.args.frames_per_second);
        sha256(text.as_bytes()).first_32_digits()
    }

    /// What there is to do, as far as names tell.
    fn plan(&self, tasks: &[Task]) -> Plan {
        let portraits = tasks.iter().filter(|task| task.portrait).count();
        let films = tasks.iter().filter(|task| !self.args.no_videos && task.is_called_film()).count();
        let photos = tasks.len() - portraits - films;
        Plan { photos, portraits, films, frames_per_second: self.args.frames_per_second }
    }

    fn publish(&mut self, tasks: &[Task], results: &Results, known: &Known) -> Result<Published> {
        let read = |portrait: bool| {
            let of_kind = tasks.iter().zip(&results.files).filter(move |(task, _)| task.portrait == portrait);
            of_kind.filter_map(|(task, file)| Some((task.name.clone(), file.as_ref()?.as_ref().ok()?.clone())))
        };
        let photos: Vec<(String, String)> = read(false).collect();
        if photos.is_empty() {
            return Err(self.nothing_read(tasks, results));
        }
        let portraits = if self.args.paths.is_empty() { photos.clone() } else { read(true).collect() };
        let (references, mut warnings) =
            self.people.as_ref().map(|p| p.references(&portraits, known)).transpose()?.unwrap_or_default();
        let sources = Sources {
            photos: &photos,
            known,
            references: &references,
            people_threshold: self.args.people_threshold,
            metadata: self.metadata.as_ref(),
            base_url: self.args.base_url.as_deref(),
            thumbnails: !self.args.no_thumbnails,
        };
        let mut gathered = gather(&sources, self.engine.engine.embedder())?;
        let labels = Labels::of(&gathered.contents);
        warnings.extend(self.edits.apply(&mut gathered, &self.out));
        warnings.extend(labels.warnings(&gathered.contents));
        if self.args.min_faces > 0 {
            self.edits.discover(&mut gathered.contents, self.args.min_faces)?;
        }
        gathered.labelled = count_named(&gathered.contents);
        let built = build_library(&gathered.contents, &PublishOptions::default())?;
        let is_film = |sha256: &str| known.contents.get(sha256).is_some_and(|rows| rows.media_type == MediaType::Video);
        let leftover = known.all_faces.iter().filter(|(sha256, _)| !self.args.no_videos || !is_film(sha256));
        let candidates = leftover.flat_map(|(sha256, faces)| MediaRows::thumbnail_names(sha256, faces));
        self.out.publish(&built, &gathered.thumbnails, candidates, false)?;
        self.edits.mark_published()?;
        let library_bytes = built.files.iter().map(|f| f.bytes.len() as u64).sum::<u64>() + built.manifest.len() as u64;
        Ok(Published { gathered, warnings, library_bytes })
    }

    fn summarise(&self, tasks: &[Task], results: &Results, published: Published, seconds: f64) -> Summary {
        let Published { gathered, mut warnings, library_bytes } = published;
        let videos = gathered.contents.media.iter().filter(|media| media.media_type == MediaType::Video).count();
        warnings.extend(gathered.metadata_warnings);
        let pairs = gathered.duplicates.into_iter().map(|(path, of)| Duplicate { path, of });
        Summary {
            library: self.args.out.display().to_string(),
            photos: gathered.contents.media.len() - videos,
            videos,
            faces: gathered.contents.faces.len(),
            persons: gathered.contents.entities.iter().filter(|entity| !is_nameless(entity)).count(),
            unknown_persons: gathered.contents.entities.iter().filter(|entity| is_nameless(entity)).count(),
            labelled_faces: gathered.labelled,
            embedded: results.embedded,
            frames: results.frames.now,
            frames_before: results.frames.before,
            film_seconds: results.frames.seconds,
            unchanged: results.unchanged.len(),
            portraits: self.people.as_ref().map_or(0, People::portraits),
            duplicates: pairs.collect(),
            videos_skipped: self.listing.videos,
            others_skipped: self.listing.others,
            libraries_skipped: self.libraries(),
            unreadable: self.unreadable(tasks, results),
            warnings,
            library_bytes,
            seconds,
        }
    }

    /// Libraries that are no library of this run.
    fn libraries(&self) -> Vec<String> {
        let of_people = self.people.iter().flat_map(People::libraries);
        self.listing.libraries.iter().chain(of_people).cloned().collect()
    }

    /// Everything that could not be read: found so by the walk, then by the decoder.
    fn unreadable(&self, tasks: &[Task], results: &Results) -> Vec<UnreadableFile> {
        let of_people = self.people.iter().flat_map(People::problems);
        let walked = self.listing.problems.iter().chain(of_people);
        let walked = walked.map(|(path, error)| UnreadableFile { path: path.clone(), error: ErrorBody::of(error) });
        let processed = tasks.iter().zip(&results.files).filter_map(|(task, file)| {
            let error = file.as_ref()?.as_ref().err()?.clone();
            Some(UnreadableFile { path: task.name.clone(), error })
        });
        walked.chain(processed).collect()
    }

    fn nothing_read(&self, tasks: &[Task], results: &Results) -> Error {
        let unreadable = self.unreadable(tasks, results);
        let first = unreadable
            .first()
            .map(|u| format!("; the first: {} ({})", u.error.message, u.error.code))
            .unwrap_or_default();
        let reason =
            format!("none of the {} files could be read, and the library was left as it is{first}", unreadable.len());
        Error::invalid("PATH", reason)
    }
}

/// How many faces are of a person who has a name.
fn count_named(contents: &LibraryContents) -> usize {
    let named: HashSet<&EntityId> =
        contents.entities.iter().filter(|entity| !is_nameless(entity)).map(|entity| &entity.entity_id).collect();
    contents.faces.iter().filter(|face| face.entity_id.as_ref().is_some_and(|id| named.contains(id))).count()
}

/// What publishing has to say.
struct Published {
    gathered: Gathered,
    warnings: Vec<String>,
    library_bytes: u64,
}

impl Task {
    fn media(name: &str, path: &Path) -> Self {
        Self { key: format!("m/{name}"), name: name.to_owned(), path: path.to_owned(), portrait: false }
    }

    /// Whether it is taken for a film before it is looked at.
    fn is_called_film(&self) -> bool {
        !self.portrait && is_video_name(&self.path)
    }
}

/// Everything besides a photo's bytes that its rows depend on.
fn settings_hash(engine: &IndexEngine, options: &IndexOptions) -> String {
    let IndexOptions { limits, detect, minimum_face_px, thumbnails: _ } = options;
    let embedder = engine.engine.embedder();
    let text = format!(
        "{PIPELINE_VERSION} {} {} {} {limits:?} {detect:?} {minimum_face_px}",
        engine.detector_sha256, embedder.sha256, engine.expression_sha256
    );
    sha256(text.as_bytes()).first_32_digits()
}

/// Refuses to replace what is not ours to replace: the library of a newer version, or a `library.json` that is none and that
/// no indexer of ours has written (which would have left its journal beside it).
fn refuse_foreign_library(out: &Path) -> Result<()> {
    match read_manifest(out) {
        Err(error @ Error::LibraryVersionUnsupported { .. }) => Err(error),
        Err(error @ Error::LibraryMalformed { .. }) if !out.join(STATE_FOLDER).exists() => Err(error),
        _ => Ok(()),
    }
}

/// Refuses to replace a library whose names and corrections only its tables have: a copy, or one that was made in the browser. What
/// becomes of faces is remembered beside the journal.
fn refuse_to_forget(out: &Path) -> Result<()> {
    if out.join(STATE_FOLDER).join("journal").exists() || read_manifest(out).is_err() {
        return Ok(());
    }
    let contents = open_library(out)?.contents()?;
    let persons = contents.entities.iter().filter(|entity| !is_nameless(entity) || !entity.merged.is_empty()).count();
    if persons == 0 && contents.settled.is_empty() {
        return Ok(());
    }
    let reason = format!(
        "{0} holds a library that was made elsewhere ({STATE_FOLDER}/journal is missing), with names or corrections of {persons} persons \
         that indexing would lose; name another folder, or delete {0}/{MANIFEST_NAME} to begin anew",
        out.display(),
    );
    Err(Error::invalid("--out", reason))
}

/// Leaves in the journal what the library of now needs, once too much else is in it.
fn compact(out: &OutFolder, tasks: &[Task], results: &Results, known: &Known) -> Result<()> {
    if known.lines + results.embedded < 2 * tasks.len() + JOURNAL_SLACK {
        return Ok(());
    }
    let mut written = std::collections::HashSet::new();
    let entries = tasks.iter().filter_map(|task| {
        let file = known.files.get(&task.key)?;
        let rows = known.contents.get(&file.sha256).filter(|_| written.insert(&file.sha256)).cloned();
        Some(Entry {
            key: task.key.clone(),
            stamp: file.stamp,
            sha256: file.sha256.clone(),
            settings: file.settings.clone(),
            rows,
            error: file.error.clone(),
        })
    });
    journal::rewrite(&out.journal_path(), entries)?;
    files::sync_folder(out.root());
    Ok(())
}

/// Names the option that was given a file where a folder is wanted.
fn check_folders(args: &IndexArgs) -> Result<()> {
    for (option, path) in [("--out", Some(&args.out)), ("--people", args.people.as_ref())] {
        if let Some(path) = path.filter(|path| path.exists() && !path.is_dir()) {
            return Err(Error::invalid(option, format!("{} is a file; name a folder", path.display())));
        }
    }
    Ok(())
}

fn check_threshold(args: &IndexArgs) -> Result<()> {
    match args.people_threshold {
        Some(cosine) if !(-1.0..=1.0).contains(&cosine) => Err(Error::invalid(
            "--people-threshold",
            format!("{cosine} is out of range; a cosine from -1 to 1 is allowed"),
        )),
        _ => Ok(()),
    }
}

fn nothing_found(args: &IndexArgs, listing: &Listing) -> Error {
    let parameter = if args.paths.is_empty() { "--people" } else { "PATH" };
    let folders: Vec<String> = args
        .paths
        .iter()
        .chain(args.people.iter().filter(|_| args.paths.is_empty()))
        .map(|path| path.display().to_string())
        .collect();
    let passed_over: Vec<&str> = listing.libraries.iter().map(String::as_str).collect();
    let libraries = match passed_over.as_slice() {
        [] => String::new(),
        names => format!(" (the pictures of a library are passed over: {})", names.join(", ")),
    };
    let folders = folders.join(", ");
    Error::invalid(
        parameter,
        format!("no photo or video was found in {folders}{libraries}; the library was left as it is"),
    )
}
