//! Runs photos and films through the engine on all cores, and writes each result down as it comes. Imports `indexing`, `vision`.
//!
//! At most `jobs` of them are decoded at once, and at most twice as many finished ones wait to be written, so memory does not
//! grow with their number but for their rows (2 KB a face).

use std::collections::{HashMap, HashSet};
use std::fs::Metadata;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rayon::iter::{ParallelBridge, ParallelIterator};

use crate::cli::files;
use crate::cli::progress::Progress;
use crate::cli::video::{FrameCounts, Spare};
use crate::cli::wire::ErrorBody;
use crate::core::{Digest, MediaType, sha256};
use crate::error::{Error, Result};
use crate::indexing::{IndexOptions, IndexedMedia, MediaRows, index_photo, media_id_of};
use crate::vision::Engine;

use super::film::{Films, container_of, index_film, measure_films};
use super::folder::OutFolder;
use super::journal::{Entry, FileStamp, Journal, Known, KnownFile};

/// A file that changed within this time may change again without its time changing: its contents are hashed next time.
const YOUNG: Duration = Duration::from_secs(2);
/// How often the journal is put on the disk, so that a power failure costs no more than this.
const SYNC_EVERY: Duration = Duration::from_secs(5);

/// A file to be processed.
#[derive(Debug, Clone)]
pub(super) struct Task {
    /// Its name in the journal.
    pub(super) key: String,
    /// Its name in errors and in the library.
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// Whether it only says what a person looks like: its thumbnails are of no use.
    pub(super) portrait: bool,
}

/// What processing depends on.
pub(super) struct Setup<'a> {
    pub(super) engine: &'a Engine,
    pub(super) options: &'a IndexOptions,
    /// Hash of everything that rows depend on, but for the photo.
    pub(super) settings: &'a str,
    /// How films are read, where they are wanted.
    pub(super) films: Option<&'a Films>,
    pub(super) out: &'a OutFolder,
    pub(super) jobs: usize,
    pub(super) progress: &'a Progress,
    /// Workers without a file.
    pub(super) spare: Spare,
    /// Set where there is no sense in going on with a film.
    pub(super) stop: AtomicBool,
    /// Why a worker could not write to the library's folder.
    pub(super) unwritable: Mutex<Option<Error>>,
}

impl Setup<'_> {
    pub(super) fn unwritable(&self) -> MutexGuard<'_, Option<Error>> {
        self.unwritable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a task counts as a film before it is looked at: by its name.
    pub(super) fn is_film(&self, task: &Task) -> bool {
        self.films.is_some() && task.is_called_film()
    }

    fn tell_done(&self, task: &Task, is_film: bool) {
        if task.portrait {
            self.progress.portrait_done();
        } else if is_film {
            self.progress.film_done(&task.name);
        } else {
            self.progress.photo_done();
        }
    }
}

/// What came of the tasks.
#[derive(Debug, Default)]
pub(super) struct Results {
    /// A task's SHA-256, or why it could not be read; in the order of the tasks.
    pub(super) files: Vec<Option<std::result::Result<String, ErrorBody>>>,
    /// How many photos and films were decoded and embedded in this run.
    pub(super) embedded: usize,
    /// Frames of the films among them.
    pub(super) frames: FrameCounts,
    /// Which tasks were found unchanged.
    pub(super) unchanged: HashSet<usize>,
}

/// What came of one task.
struct Event {
    task: usize,
    entry: Entry,
    found: Found,
}

enum Found {
    /// The journal knows this file, unchanged: nothing to write.
    Unchanged,
    /// The journal knows these contents under another name or time.
    KnownContents,
    /// Another file of this run has the same contents.
    Duplicate,
    Fresh(Box<IndexedMedia>, FrameCounts),
    Failed(Error),
}

/// Processes `tasks`; `known` grows by what is found.
pub(super) fn process(setup: &Setup<'_>, tasks: &[Task], known: &mut Known, journal: &mut Journal) -> Result<Results> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(setup.jobs)
        .build()
        .map_err(|e| Error::Internal { reason: format!("threads: {e}") })?;
    let claimed = Mutex::new(HashSet::with_capacity(tasks.len()));
    let mut writer = Writer {
        out: setup.out,
        journal,
        setup,
        fresh: Vec::new(),
        failed: HashMap::new(),
        results: Results::default(),
    };
    writer.results.files.resize(tasks.len(), None);
    {
        let known: &Known = known;
        let claimed = &claimed;
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(setup.jobs * 2);
            let pool = &pool;
            scope.spawn(move || {
                // A sender that finds its receiver gone stops the others: the writer has failed and says why.
                let _ = pool.install(|| {
                    tasks.iter().enumerate().par_bridge().try_for_each(|(index, task)| {
                        let busy = setup.spare.begin();
                        let (event, is_film) = look_at(setup, index, task, known, claimed);
                        drop(busy);
                        setup.tell_done(task, is_film);
                        sender.send(event).map_err(drop)
                    })
                });
            });
            scope.spawn(|| measure_films(setup, tasks, known));
            let taken = writer.take_all(receiver);
            setup.stop.store(true, Ordering::Relaxed);
            taken
        })?;
    }
    let Writer { fresh, failed, mut results, .. } = writer;
    for (sha256, key, file, rows) in fresh {
        if let Some(rows) = rows {
            known.learn_faces(&sha256, &rows);
            known.contents.insert(sha256, rows);
        }
        known.files.insert(key, file);
    }
    // Copies of a file that could not be read cannot be read either.
    for (slot, task) in results.files.iter_mut().zip(tasks) {
        if let Some(Ok(sha256)) = slot
            && let Some(error) = failed.get(sha256)
        {
            *slot = Some(Err(ErrorBody::of(&error.clone().named(&task.name))));
        }
    }
    Ok(results)
}

/// The one thread that writes.
struct Writer<'a> {
    out: &'a OutFolder,
    journal: &'a mut Journal,
    setup: &'a Setup<'a>,
    fresh: Vec<(String, String, KnownFile, Option<MediaRows>)>,
    failed: HashMap<String, Error>,
    results: Results,
}

impl Writer<'_> {
    fn take_all(&mut self, receiver: Receiver<Event>) -> Result<()> {
        let mut synced = Instant::now();
        for event in receiver {
            self.take(event)?;
            if synced.elapsed() > SYNC_EVERY {
                self.journal.sync()?;
                synced = Instant::now();
            }
        }
        self.journal.sync()
    }

    fn take(&mut self, event: Event) -> Result<()> {
        let Event { task, mut entry, found } = event;
        let mut result = match entry.error.clone() {
            Some(error) => Err(error),
            None => Ok(entry.sha256.clone()),
        };
        // Of a copy of a film, another worker may be reading the first.
        let ended = matches!(found, Found::Fresh(..) | Found::Failed(_));
        match found {
            Found::Unchanged => {
                self.results.unchanged.insert(task);
                self.put(task, result);
                return Ok(());
            }
            Found::KnownContents => {
                self.results.unchanged.insert(task);
            }
            Found::Duplicate => {}
            Found::Fresh(media, frames) => {
                self.results.embedded += 1;
                self.results.frames.now += frames.now;
                self.results.frames.before += frames.before;
                self.results.frames.seconds += frames.seconds;
                // Thumbnails first: a file that the journal knows has them.
                for thumbnail in &media.thumbnails {
                    self.out.stage(thumbnail)?;
                }
                entry.rows = Some(MediaRows::of(&media));
            }
            Found::Failed(error) => {
                if matches!(error, Error::ModelInvalid { .. }) {
                    // No photo is at fault, and none will do better.
                    return Err(error);
                }
                if let Error::Aborted = error {
                    return Err(self.setup.unwritable().take().unwrap_or(error));
                }
                let body = ErrorBody::of(&error);
                result = Err(body.clone());
                // What was refused before it was hashed is looked at again: that is soon done.
                let lasts = is_of_contents(&error) && !entry.sha256.is_empty();
                self.failed.insert(entry.sha256.clone(), error);
                if !lasts {
                    // A file that could not be opened is tried again next time.
                    self.put(task, result);
                    return Ok(());
                }
                entry.error = Some(body);
            }
        }
        self.journal.append(&entry)?;
        if let Some(films) = self.setup.films.filter(|_| ended) {
            films.partials.remove(&entry.sha256)?;
        }
        // What is kept is copied by this thread: a few bytes kept from a worker's heap would pin tensors' worth of it.
        let file = KnownFile {
            stamp: entry.stamp,
            sha256: entry.sha256.clone(),
            settings: entry.settings.clone(),
            error: entry.error.clone(),
        };
        self.fresh.push((entry.sha256.clone(), entry.key.clone(), file, entry.rows.take()));
        self.put(task, result);
        Ok(())
    }

    fn put(&mut self, task: usize, result: std::result::Result<String, ErrorBody>) {
        if let Some(slot) = self.results.files.get_mut(task) {
            *slot = Some(result);
        }
    }
}

/// What came of a task, and whether it is a film, by its contents as far as they are known.
fn look_at(
    setup: &Setup<'_>,
    index: usize,
    task: &Task,
    known: &Known,
    claimed: &Mutex<HashSet<Digest>>,
) -> (Event, bool) {
    let mut entry = Entry {
        key: task.key.clone(),
        stamp: FileStamp { size: 0, mtime_ns: None },
        sha256: String::new(),
        settings: setup.settings.to_owned(),
        rows: None,
        error: None,
    };
    let mut is_film = setup.is_film(task);
    let found = match find(setup, task, known, claimed, &mut entry, &mut is_film) {
        Ok(found) => found,
        Err(error) => Found::Failed(error),
    };
    (Event { task: index, entry, found }, is_film)
}

fn find(
    setup: &Setup<'_>,
    task: &Task,
    known: &Known,
    claimed: &Mutex<HashSet<Digest>>,
    entry: &mut Entry,
    is_film: &mut bool,
) -> Result<Found> {
    let mut found_to_be = |film: bool| {
        if std::mem::replace(is_film, film) != film && !task.portrait {
            setup.progress.is_film(&task.name, film);
        }
    };
    let metadata =
        std::fs::metadata(&task.path).map_err(|e| Error::Io { path: task.name.clone(), reason: e.to_string() })?;
    entry.stamp = stamp(&metadata);
    if let Some(file) = known.files.get(&task.key)
        && entry.stamp.mtime_ns.is_some()
        && file.stamp == entry.stamp
        && (setup.films.is_some() || file.settings == setup.settings)
        && is_settled(setup, task, known, file)
    {
        entry.sha256.clone_from(&file.sha256);
        entry.error.clone_from(&file.error);
        if let Some(rows) = known.contents.get(&file.sha256) {
            found_to_be(rows.media_type == MediaType::Video);
        }
        return Ok(Found::Unchanged);
    }
    let film = container_of(setup, task)?.zip(setup.films);
    found_to_be(film.is_some());
    if let Some((_, films)) = film {
        entry.settings.clone_from(&films.settings);
    }
    let mut new = |digest: Digest| {
        entry.sha256 = digest.to_string();
        if is_complete(setup, task, known, &entry.sha256) {
            return Some(Found::KnownContents);
        }
        let is_first = claimed.lock().unwrap_or_else(PoisonError::into_inner).insert(digest);
        (!is_first).then_some(Found::Duplicate)
    };
    if let Some((container, films)) = film {
        let (digest, bytes) = files::hash(&task.path, &task.name)?;
        if let Some(found) = new(digest) {
            return Ok(found);
        }
        return fresh(task, || {
            let indexed = index_film(setup, films, task, container, (digest, bytes))?;
            let now = std::fs::metadata(&task.path).ok();
            let is_same = |now: Metadata| now.len() == bytes && now.modified().ok() == metadata.modified().ok();
            if now.is_some_and(is_same) {
                return Ok(indexed);
            }
            Err(Error::Io { path: task.name.clone(), reason: "it changed while it was read".to_owned() })
        });
    }
    let bytes = files::read_photo(&task.path, &task.name)?;
    if let Some(found) = new(sha256(&bytes)) {
        return Ok(found);
    }
    fresh(task, || Ok((index_photo(setup.engine, &task.name, &bytes, setup.options)?, FrameCounts::default())))
}

/// Runs the indexing of one file. A defect that a strange one brings to light must not end the run over all the others.
fn fresh(task: &Task, index: impl FnOnce() -> Result<(IndexedMedia, FrameCounts)>) -> Result<Found> {
    let indexed = catch_unwind(AssertUnwindSafe(index));
    let (media, frames) =
        indexed.unwrap_or_else(|_| Err(Error::Internal { reason: format!("{}: indexing panicked", task.name) }))?;
    Ok(Found::Fresh(Box::new(media), frames))
}

/// Whether a file that did not change need not be read again.
pub(super) fn is_settled(setup: &Setup<'_>, task: &Task, known: &Known, file: &KnownFile) -> bool {
    file.error.is_some() || is_complete(setup, task, known, &file.sha256)
}

/// Whether the rows of these contents are known, and their thumbnails are there where thumbnails are wanted.
fn is_complete(setup: &Setup<'_>, task: &Task, known: &Known, sha256: &str) -> bool {
    let wants_thumbnails = setup.options.thumbnails && !task.portrait;
    known.contents.get(sha256).is_some_and(|rows| {
        !wants_thumbnails
            || MediaRows::thumbnail_names(sha256, &rows.face_ids(&media_id_of(sha256)))
                .iter()
                .all(|name| setup.out.has_thumbnail(name))
    })
}

/// Whether an error will be there again as long as the file has the same contents.
fn is_of_contents(error: &Error) -> bool {
    matches!(
        error,
        Error::ImageEmpty { .. }
            | Error::ImageFormatUnsupported { .. }
            | Error::ImageTruncated { .. }
            | Error::ImageMalformed { .. }
            | Error::ImageTooLarge { .. }
            | Error::VideoEmpty { .. }
            | Error::VideoNoTrack { .. }
            | Error::VideoTruncated { .. }
    )
}

pub(super) fn stamp(metadata: &Metadata) -> FileStamp {
    let modified = metadata.modified().ok();
    let is_old = |time: &SystemTime| SystemTime::now().duration_since(*time).is_ok_and(|age| age >= YOUNG);
    let mtime_ns = modified
        .filter(is_old)
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_nanos()).ok());
    FileStamp { size: metadata.len(), mtime_ns }
}
