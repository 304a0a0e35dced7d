//! One film of a run: what it is read with, where its checkpoints are, and who is told how far it is. Imports `indexing`,
//! `core`, `error`.

use std::num::NonZero;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use crate::cli::files;
use crate::cli::video::{
    Checkpoint, Container, Ffmpeg, Film, FrameCounts, HEAD_BYTES, Reading, Session, index_video, length_s,
};
use crate::core::Digest;
use crate::error::{Error, Result};
use crate::indexing::{IndexedMedia, Thumbnail, VideoOptions};
use crate::vision::image_format_name;

use super::journal::Known;
use super::partial::Partials;
use super::walk::is_video_name;
use super::work::{Setup, Task, is_settled, stamp};

/// How the films of a run are read.
#[derive(Debug)]
pub(super) struct Films {
    pub(super) options: VideoOptions,
    /// Hash of everything that rows depend on, but for the film.
    pub(super) settings: String,
    pub(super) partials: Partials,
    /// Threads that each ffmpeg decodes with.
    threads: usize,
    /// Looked for when the first film comes.
    ffmpeg: OnceLock<Result<Ffmpeg>>,
}

impl Films {
    pub(super) fn new(options: VideoOptions, settings: String, partials: Partials, jobs: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self { options, settings, partials, threads: (cores / jobs.max(1)).max(1), ffmpeg: OnceLock::new() }
    }

    fn ffmpeg(&self, name: &str) -> Result<&Ffmpeg> {
        self.ffmpeg.get_or_init(Ffmpeg::find).as_ref().map_err(|error| error.clone().named(name))
    }

    /// The settings of a checkpoint: thumbnails that were not made cannot be made later.
    fn checkpoint_settings(&self) -> String {
        format!("{} {}", self.settings, self.options.index.thumbnails)
    }
}

/// The container of a file that is a video by its contents; `None` for what is to be read as a photo.
///
/// # Errors
/// `VideoUnsupported` for a video where none are wanted, and for what only has the name of one; `VideoEmpty` where that has no
/// bytes; `IoError`.
pub(super) fn container_of(setup: &Setup<'_>, task: &Task) -> Result<Option<Container>> {
    if task.portrait {
        return Ok(None);
    }
    let head = files::read_head(&task.path, &task.name, HEAD_BYTES)?;
    let unsupported = |reason: &str| Error::VideoUnsupported { name: task.name.clone(), reason: reason.to_owned() };
    match Container::of(&head) {
        Some(container) if setup.films.is_none() => {
            Err(unsupported(&format!("it is a video ({}), and --no-videos was given", container.title())))
        }
        Some(container) => Ok(Some(container)),
        None if !is_video_name(&task.path) || image_format_name(&head).is_some() => Ok(None),
        None if head.is_empty() => Err(Error::VideoEmpty { name: task.name.clone() }),
        None => Err(unsupported("its contents are none of MP4, QuickTime, 3GP, Matroska, WebM, AVI, MPEG and MPEG-TS")),
    }
}

/// Asks for the lengths of films that are still to be read, for the progress to say how much there is. Mistakes are of no matter.
pub(super) fn measure_films(setup: &Setup<'_>, tasks: &[Task], known: &Known) {
    let Some(films) = setup.films.filter(|_| setup.progress.is_shown()) else { return };
    for task in tasks.iter().filter(|task| setup.is_film(task)) {
        if setup.stop.load(Ordering::Relaxed) {
            return;
        }
        if setup.progress.is_unmeasured(&task.name) {
            setup.progress.film_measured(&task.name, measure(setup, films, task, known));
        }
    }
}

/// The length of a film that is to be read, as far as it can be told.
fn measure(setup: &Setup<'_>, films: &Films, task: &Task, known: &Known) -> Option<f64> {
    let now = stamp(&std::fs::metadata(&task.path).ok()?);
    if known.files.get(&task.key).is_some_and(|file| file.stamp == now && is_settled(setup, task, known, file)) {
        return None;
    }
    let container = container_of(setup, task).ok()??;
    length_s(films.ffmpeg(&task.name).ok()?, &task.path, &task.name, container)
}

/// Reads a film that no other worker reads.
pub(super) fn index_film(
    setup: &Setup<'_>,
    films: &Films,
    task: &Task,
    container: Container,
    (sha256, bytes): (Digest, u64),
) -> Result<(IndexedMedia, FrameCounts)> {
    let reading = Reading {
        engine: setup.engine,
        ffmpeg: films.ffmpeg(&task.name)?,
        options: &films.options,
        threads: films.threads,
        spare: &setup.spare,
    };
    let film = Film { path: &task.path, name: &task.name, sha256, bytes, container };
    let session = Keeper { setup, films, name: &task.name, sha256 };
    index_video(&reading, &film, &session)
}

/// Keeps what is known of one film, and tells the run how far it is.
struct Keeper<'a> {
    setup: &'a Setup<'a>,
    films: &'a Films,
    name: &'a str,
    sha256: Digest,
}

impl Session for Keeper<'_> {
    fn begins(&self, duration_s: Option<f64>) {
        self.setup.progress.film_begins(self.name, duration_s);
    }

    fn resumes(&self, at_s: f64) {
        self.setup.progress.film_resumes(self.name, at_s);
    }

    fn advances(&self, to_s: f64) -> Result<()> {
        self.setup.progress.film_advances(self.name, to_s);
        if self.setup.stop.load(Ordering::Relaxed) { Err(Error::Aborted) } else { Ok(()) }
    }

    fn load(&self) -> Option<Checkpoint> {
        self.films.partials.load(&self.sha256, &self.films.checkpoint_settings())
    }

    fn save(&self, checkpoint: &Checkpoint, thumbnails: &[Thumbnail]) -> Result<()> {
        self.keep(checkpoint, thumbnails).map_err(|error| {
            // The film is not at fault, and no other will do better.
            self.setup.unwritable().get_or_insert(error);
            self.setup.stop.store(true, Ordering::Relaxed);
            Error::Aborted
        })
    }
}

impl Keeper<'_> {
    fn keep(&self, checkpoint: &Checkpoint, thumbnails: &[Thumbnail]) -> Result<()> {
        let scratch = self.films.partials.scratch(&self.sha256);
        // Thumbnails first: the checkpoint does not know them any more.
        for thumbnail in thumbnails {
            self.setup.out.stage_by(thumbnail, &scratch)?;
        }
        self.films.partials.save(&self.sha256, &self.films.checkpoint_settings(), checkpoint)
    }
}
