//! Videos: what a file is, what is in it, its frames, and the way of all of them through the indexer. Imports `indexing`,
//! `vision`, `core`, `error`.
//!
//! ffmpeg and ffprobe do the decoding, as programs of their own at the other end of a pipe. Time zero is the first frame,
//! whatever the container's clock says then; sizes are upright, in square pixels, as players show them.

mod container;
mod ffmpeg;
mod frames;
mod probe;
mod spare;
#[cfg(test)]
mod tests;
mod turn;

use std::fs::File;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::core::{Digest, sha256};
use crate::error::{Error, Result};
use crate::indexing::{IndexedMedia, Looked, Thumbnail, VideoIndexer, VideoOptions, VideoSource};
use crate::vision::{Engine, Photo};

use self::ffmpeg::last_words;
use self::frames::{Ended, Frames, Wanted};
use self::probe::{Probed, malformed, probe};

pub(super) use self::container::{Container, HEAD_BYTES};
pub(super) use self::ffmpeg::Ffmpeg;
pub(super) use self::spare::Spare;

/// How often what is known so far is kept: at most this much work is lost when the process is killed.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(2);
/// A film that ends this much before the length that its track states is cut off: in seconds, and as a part of the length.
const MISSING_S: f64 = 2.0;
const MISSING_PART: f64 = 0.05;

/// A file to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Film<'a> {
    pub(super) path: &'a Path,
    /// Its name in errors and in the library.
    pub(super) name: &'a str,
    pub(super) sha256: Digest,
    pub(super) bytes: u64,
    pub(super) container: Container,
}

/// What it is read with.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) engine: &'a Engine,
    pub(super) ffmpeg: &'a Ffmpeg,
    pub(super) options: &'a VideoOptions,
    /// Threads that ffmpeg may decode with.
    pub(super) threads: usize,
    /// Who may help.
    pub(super) spare: &'a Spare,
}

/// Everything that is needed to go on from the middle of a film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checkpoint {
    /// How many frames were looked at.
    pub(super) frames: u64,
    /// SHA-256 of the last one's pixels.
    pub(super) picture: Digest,
    /// The indexer's own.
    pub(super) state: Vec<u8>,
}

/// Who is told how far the reading is, and keeps what is known so far.
pub(super) trait Session {
    /// The length of the film, where it is known.
    fn begins(&self, duration_s: Option<f64>);
    /// An earlier run has done so many seconds of it.
    fn resumes(&self, at_s: f64);
    /// So many seconds of the film are done.
    ///
    /// # Errors
    /// `Aborted`, to stop the reading.
    fn advances(&self, to_s: f64) -> Result<()>;
    /// What an earlier run has kept.
    fn load(&self) -> Option<Checkpoint>;
    /// Keeps a checkpoint, once the thumbnails that it does not know any more are kept.
    ///
    /// # Errors
    /// `Aborted` where it cannot be kept, to stop the reading.
    fn save(&self, checkpoint: &Checkpoint, thumbnails: &[Thumbnail]) -> Result<()>;
}

/// How many frames were looked at in this run, and before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct FrameCounts {
    pub(super) now: u64,
    pub(super) before: u64,
}

/// Reads a whole film, or the rest of one, and answers its rows.
///
/// # Errors
/// The video errors, `ModelInvalid`, and those of the session.
pub(super) fn index_video(
    reading: &Reading<'_>,
    film: &Film<'_>,
    session: &dyn Session,
) -> Result<(IndexedMedia, FrameCounts)> {
    refuse_cut_off(film)?;
    let probed = probe(reading.ffmpeg, film.path, film.name, film.container)?;
    session.begins(probed.duration_s);
    let (mut indexer, seen) = begin(reading, film, &probed, session);
    let before = seen.as_ref().map_or(0, |seen| seen.frames);
    let per_second = reading.options.frames_per_second;
    session.resumes(moment(before, per_second));
    let mut frames = open(reading, film, &probed, seen.as_ref())?;
    let mut counts = FrameCounts { now: 0, before };
    let mut kept = Instant::now();
    let mut broken = None;
    while broken.is_none() {
        let lent = reading.spare.lend();
        let batch = read(&mut frames, 1 + lent.count, &mut broken);
        let Some(last) = batch.last() else { break };
        let looked = look_at_all(&indexer, reading.engine, &batch);
        drop(lent);
        for (frame, looked) in batch.iter().zip(looked) {
            indexer.take(moment(before + counts.now, per_second), frame, &looked?)?;
            counts.now += 1;
        }
        let number = before + counts.now;
        session.advances(moment(number, per_second))?;
        if kept.elapsed() >= CHECKPOINT_EVERY {
            let thumbnails = indexer.take_thumbnails();
            let state = indexer.checkpoint()?;
            session.save(&Checkpoint { frames: number, picture: sha256(&last.rgb), state }, &thumbnails)?;
            kept = Instant::now();
        }
    }
    let ended =
        frames.finish().map_err(|e| Error::Io { path: film.name.to_owned(), reason: format!("ffmpeg: {e}") })?;
    check_end(film, &probed, &ended, broken, moment(before + counts.now, per_second))?;
    Ok((indexer.finish()?, counts))
}

/// The next frames, so many or as many as there are; `broken` says why there are no more where that is no end.
fn read(frames: &mut Frames, count: usize, broken: &mut Option<String>) -> Vec<Photo> {
    let mut batch = Vec::with_capacity(count);
    while batch.len() < count {
        match frames.next() {
            Some(Ok(frame)) => batch.push(frame),
            Some(Err(error)) => {
                *broken = Some(error.to_string());
                break;
            }
            None => break,
        }
    }
    batch
}

/// Looks at every frame, the first on this thread and each other on one of its own.
fn look_at_all(indexer: &VideoIndexer, engine: &Engine, batch: &[Photo]) -> Vec<Result<Looked>> {
    let Some((first, others)) = batch.split_first() else { return Vec::new() };
    thread::scope(|scope| {
        let others: Vec<_> = others.iter().map(|frame| scope.spawn(|| indexer.look(engine, frame))).collect();
        let first = indexer.look(engine, first);
        let panicked = |_| Err(Error::Internal { reason: "looking at a frame panicked".to_owned() });
        std::iter::once(first).chain(others.into_iter().map(|other| other.join().unwrap_or_else(panicked))).collect()
    })
}

/// A new indexer, or the one of a checkpoint, with that checkpoint.
fn begin(
    reading: &Reading<'_>,
    film: &Film<'_>,
    probed: &Probed,
    session: &dyn Session,
) -> (VideoIndexer, Option<Checkpoint>) {
    let (width, height) = probed.turn.size(probed.width, probed.height);
    let source = VideoSource {
        name: film.name.to_owned(),
        sha256: film.sha256,
        bytes: film.bytes,
        width,
        height,
        format: film.container.name().to_owned(),
        duration_s: probed.duration_s,
        created_ms: probed.created_ms,
    };
    let resumed = session.load().and_then(|checkpoint| {
        let indexer = VideoIndexer::resume(source.clone(), reading.options.clone(), &checkpoint.state).ok()?;
        Some((indexer, Some(checkpoint)))
    });
    resumed.unwrap_or_else(|| (VideoIndexer::new(source, reading.options.clone()), None))
}

/// The frames from the beginning, or those after the last that was seen.
///
/// That one is sought, and looked at again: where it is another one than then, the film cannot be sought as exactly as is
/// needed, and everything is decoded from the beginning.
fn open(reading: &Reading<'_>, film: &Film<'_>, probed: &Probed, seen: Option<&Checkpoint>) -> Result<Frames> {
    let wanted = |first: u64, seek: bool| {
        let per_second = reading.options.frames_per_second;
        Wanted { per_second, first, seek, threads: reading.threads }
    };
    let open = |wanted: Wanted| Frames::open(reading.ffmpeg, film.path, film.name, probed, wanted);
    let Some(seen) = seen.filter(|seen| seen.frames > 0) else { return open(wanted(0, false)) };
    let mut sought = open(wanted(seen.frames - 1, true))?;
    match sought.next() {
        Some(Ok(frame)) if sha256(&frame.rgb) == seen.picture => Ok(sought),
        _ => open(wanted(seen.frames, false)),
    }
}

/// The time of frame number `number`.
fn moment(number: u64, per_second: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "there are fewer frames than 2^53")]
    let number = number as f64;
    number / per_second
}

fn refuse_cut_off(film: &Film<'_>) -> Result<()> {
    let failed = |e: std::io::Error| Error::Io { path: film.name.to_owned(), reason: e.to_string() };
    let mut file = File::open(film.path).map_err(failed)?;
    match film.container.is_cut_off(&mut file) {
        Ok(false) => Ok(()),
        // The file is shorter than its own header.
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => Err(truncated(film)),
        Err(e) => Err(failed(e)),
        Ok(true) => Err(truncated(film)),
    }
}

fn truncated(film: &Film<'_>) -> Error {
    Error::VideoTruncated { name: film.name.to_owned(), format: film.container.title().to_owned() }
}

/// Whether the film was read to its end, which is at `end_s`.
fn check_end(film: &Film<'_>, probed: &Probed, ended: &Ended, broken: Option<String>, end_s: f64) -> Result<()> {
    let has_none = end_s <= 0.0;
    if has_none && matches!(probed.frames, None | Some(0)) && (ended.status.success() || is_blank(&ended.stderr)) {
        return Err(Error::VideoEmpty { name: film.name.to_owned() });
    }
    if ended.stderr.contains("Decoder") && ended.stderr.contains("not found") {
        let reason = format!("its codec is {}, for which this ffmpeg has no decoder", probed.codec);
        return Err(Error::VideoUnsupported { name: film.name.to_owned(), reason });
    }
    if !ended.status.success() || broken.is_some() || has_none {
        let said = if ended.stderr.trim().is_empty() { broken } else { None };
        let said = said.or_else(|| ended.status.code().is_none().then(|| format!("ffmpeg ended by {}", ended.status)));
        return Err(malformed(film.name, film.container, said.unwrap_or_else(|| last_words(&ended.stderr))));
    }
    match probed.duration_s.filter(|_| probed.own_duration) {
        Some(stated) if end_s + MISSING_S.max(MISSING_PART * stated) < stated => Err(truncated(film)),
        _ => Ok(()),
    }
}

/// Whether ffmpeg found no sample to tell the kind of pictures by.
fn is_blank(stderr: &str) -> bool {
    stderr.contains("Cannot determine format of input stream")
}
