//! Videos: what a file is, what is in it, its frames, and the way of all of them through the indexer. Imports `indexing`,
//! `vision`, `core`, `error`.
//!
//! ffmpeg and ffprobe do the decoding, as programs of their own at the other end of a pipe. Time zero is the first frame,
//! whatever the container's clock says then; sizes are upright, in square pixels, as players show them.

mod child;
mod container;
mod ffmpeg;
mod frames;
mod probe;
#[cfg(test)]
mod refused;
mod spare;
#[cfg(test)]
mod tests;
mod turn;

use std::fs::File;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::core::{Digest, sha256};
use crate::error::{Error, Result};
use crate::indexing::{IndexedMedia, Looked, Thumbnail, VideoIndexer, VideoOptions, VideoSource};
use crate::vision::{Engine, Photo};

use self::ffmpeg::last_words;
use self::frames::{Ended, Frames, Place, Wanted};
use self::probe::{Probed, malformed, probe};

pub(super) use self::container::{Container, HEAD_BYTES};
pub(super) use self::ffmpeg::Ffmpeg;
pub(super) use self::spare::Spare;

/// How often what is known so far is kept: at most this much work is lost when the process is killed.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(2);
/// The same in frames: whichever is first.
const CHECKPOINT_FRAMES: u64 = 50;
/// Of the time, one part in so many goes into checkpoints.
const COST_PART: u32 = 20;
/// A film that ends this much before the length that its track states is cut off, and a guessed length is wrong that is so far
/// from the end: in seconds, and as a part of the length.
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
    /// SHA-256 of the pixels of the last two.
    pub(super) pictures: [Digest; 2],
    /// The indexer's own, with its checksum.
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
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct FrameCounts {
    pub(super) now: u64,
    pub(super) before: u64,
    /// Seconds of film that the frames of this run stand for.
    pub(super) seconds: f64,
}

/// The length of a video in seconds, where ffprobe can tell it.
pub(super) fn length_s(ffmpeg: &Ffmpeg, path: &Path, name: &str, container: Container) -> Option<f64> {
    probe(ffmpeg, path, name, container).ok()?.duration_s
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
    let reached = |number: u64| reached(number, per_second, probed.duration_s);
    session.resumes(reached(before));
    let mut frames = open(reading, film, &probed, seen.as_ref(), session)?;
    let mut counts = FrameCounts { now: 0, before, seconds: 0.0 };
    let mut kept = Kept::default();
    let mut broken = None;
    let mut earlier = Earlier::default();
    while broken.is_none() {
        let lent = reading.spare.lend();
        let goes_on = || session.advances(reached(before + counts.now)).is_ok();
        let batch = read(&mut frames, 1 + lent.count, &mut broken, goes_on);
        if batch.is_empty() {
            break;
        }
        let looked = look_at_all(&indexer, reading.engine, &batch, &earlier)?;
        drop(lent);
        for (frame, looked) in batch.into_iter().zip(looked) {
            indexer.take(moment(before + counts.now, per_second), &frame, &looked)?;
            counts.now += 1;
            earlier = Earlier { before: earlier.last.map(|(frame, _)| frame), last: Some((frame, looked)) };
        }
        let number = before + counts.now;
        session.advances(reached(number))?;
        if kept.is_due(counts.now)
            && let Some(pictures) = earlier.pictures()
        {
            let began = Instant::now();
            let thumbnails = indexer.take_thumbnails();
            let state = indexer.checkpoint()?;
            session.save(&Checkpoint { frames: number, pictures, state }, &thumbnails)?;
            kept = Kept { at: Instant::now(), frames: counts.now, cost: began.elapsed() };
        }
    }
    session.advances(reached(before + counts.now))?;
    let ended =
        frames.finish().map_err(|e| Error::Io { path: film.name.to_owned(), reason: format!("ffmpeg: {e}") })?;
    let end_s = moment(before + counts.now, per_second);
    check_end(film, &probed, &ended, broken, end_s)?;
    counts.seconds = reached(before + counts.now) - reached(before);
    let mut indexed = indexer.finish()?;
    if !film.container.states_duration() && probed.duration_s.is_some_and(|guess| is_far(guess, end_s)) {
        // The film's clock jumps, or its size tells nothing.
        indexed.media.duration_s = Some(end_s);
    }
    Ok((indexed, counts))
}

/// The next frames, so many or as many as there are; `broken` says why there are no more where that is no end.
fn read(
    frames: &mut Frames,
    count: usize,
    broken: &mut Option<io::Error>,
    mut goes_on: impl FnMut() -> bool,
) -> Vec<Photo> {
    let mut batch = Vec::with_capacity(count);
    while batch.len() < count {
        match frames.next(&mut goes_on) {
            Some(Ok(frame)) => batch.push(frame),
            Some(Err(error)) => {
                *broken = Some(error);
                break;
            }
            None => break,
        }
    }
    batch
}

/// Looks at every frame, each on a thread of its own. One that is the same as the one before is not looked at again: a gap of
/// a day, filled with the frame before it, would take hours.
fn look_at_all(indexer: &VideoIndexer, engine: &Engine, batch: &[Photo], earlier: &Earlier) -> Result<Vec<Looked>> {
    let last = earlier.last.as_ref().map(|(frame, _)| frame);
    let found: Vec<Option<Result<Looked>>> = thread::scope(|scope| {
        let before = std::iter::once(last).chain(batch.iter().map(Some));
        let look = |(frame, before): (_, Option<&Photo>)| {
            (before != Some(frame)).then(|| scope.spawn(move || indexer.look(engine, frame)))
        };
        let threads: Vec<_> = batch.iter().zip(before).map(look).collect();
        let panicked = |_| Err(Error::Internal { reason: "looking at a frame panicked".to_owned() });
        threads.into_iter().map(|thread| thread.map(|thread| thread.join().unwrap_or_else(panicked))).collect()
    });
    let mut known = earlier.last.as_ref().map(|(_, looked)| looked.clone());
    let mut all = Vec::with_capacity(found.len());
    for looked in found {
        if let Some(looked) = looked {
            known = Some(looked?);
        }
        all.extend(known.clone());
    }
    Ok(all)
}

/// The last two frames, and what was seen in the last.
#[derive(Debug, Default)]
struct Earlier {
    before: Option<Photo>,
    last: Option<(Photo, Looked)>,
}

impl Earlier {
    fn pictures(&self) -> Option<[Digest; 2]> {
        Some([sha256(&self.before.as_ref()?.rgb), sha256(&self.last.as_ref()?.0.rgb)])
    }
}

/// When a checkpoint was last kept, and what that cost.
#[derive(Debug)]
struct Kept {
    at: Instant,
    frames: u64,
    cost: Duration,
}

impl Default for Kept {
    fn default() -> Self {
        Self { at: Instant::now(), frames: 0, cost: Duration::ZERO }
    }
}

impl Kept {
    /// Whether the next is due, now that so many frames are done: what it costs is a small part of the whole.
    fn is_due(&self, frames: u64) -> bool {
        let passed = self.at.elapsed();
        (passed >= CHECKPOINT_EVERY || frames >= self.frames + CHECKPOINT_FRAMES) && passed >= self.cost * COST_PART
    }
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
/// The film is sought where its container allows that and the last two frames differ, so that they tell the place: they are
/// looked at again. Where they are others than then, and everywhere else, all is decoded from the beginning, and the frames
/// that were seen are passed over.
fn open(
    reading: &Reading<'_>,
    film: &Film<'_>,
    probed: &Probed,
    seen: Option<&Checkpoint>,
    session: &dyn Session,
) -> Result<Frames> {
    let open = |place: Place| {
        let wanted = Wanted { per_second: reading.options.frames_per_second, place, threads: reading.threads };
        Frames::open(reading.ffmpeg, film.path, film.name, probed, wanted)
    };
    let Some(seen) = seen else { return open(Place::Beginning) };
    let at_s = reached(seen.frames, reading.options.frames_per_second, probed.duration_s);
    let goes_on = || session.advances(at_s).is_ok();
    let [earlier, last] = seen.pictures;
    if let Some(start) = probed.start
        && film.container.is_indexed()
        && earlier != last
        && seen.frames > 2
    {
        let mut sought = open(Place::Sought { first: seen.frames - 2, start })?;
        let mut is = |picture: Digest| sought.next(goes_on).is_some_and(|f| f.is_ok_and(|f| sha256(&f.rgb) == picture));
        if is(earlier) && is(last) {
            return Ok(sought);
        }
    }
    let mut frames = open(Place::Beginning)?;
    for _ in 0..seen.frames {
        session.advances(at_s)?;
        if !matches!(frames.next(goes_on), Some(Ok(_))) {
            break;
        }
    }
    Ok(frames)
}

/// The time of frame number `number`.
fn moment(number: u64, per_second: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "there are fewer frames than 2^53")]
    let number = number as f64;
    number / per_second
}

/// How far so many frames reach: each to the next, and the last to the end of the film where that comes first.
fn reached(frames: u64, per_second: f64, length_s: Option<f64>) -> f64 {
    let last = moment(frames.saturating_sub(1), per_second);
    moment(frames, per_second).min(length_s.unwrap_or(f64::INFINITY)).max(last)
}

fn refuse_cut_off(film: &Film<'_>) -> Result<()> {
    let failed = |e: io::Error| Error::Io { path: film.name.to_owned(), reason: e.to_string() };
    let mut file = File::open(film.path).map_err(failed)?;
    match film.container.is_cut_off(&mut file) {
        Ok(false) => Ok(()),
        // The file is shorter than its own header.
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Err(truncated(film)),
        Err(e) => Err(failed(e)),
        Ok(true) => Err(truncated(film)),
    }
}

fn truncated(film: &Film<'_>) -> Error {
    Error::VideoTruncated { name: film.name.to_owned(), format: film.container.title().to_owned() }
}

/// Whether the film was read to its end, which is at `end_s`.
fn check_end(film: &Film<'_>, probed: &Probed, ended: &Ended, broken: Option<io::Error>, end_s: f64) -> Result<()> {
    let has_none = end_s <= 0.0;
    if has_none && matches!(probed.frames, None | Some(0)) && (ended.status.success() || is_blank(&ended.stderr)) {
        return Err(Error::VideoEmpty { name: film.name.to_owned() });
    }
    if ended.stderr.contains("Decoder") && ended.stderr.contains("not found") {
        let reason = format!("its codec is {}, for which this ffmpeg has no decoder", probed.codec);
        return Err(Error::VideoUnsupported { name: film.name.to_owned(), reason });
    }
    if !ended.status.success() || broken.is_some() || has_none {
        let is_silent = ended.stderr.trim().is_empty();
        // What was given up says nothing of that itself.
        let said = broken.filter(|e| is_silent || e.kind() == io::ErrorKind::TimedOut).map(|e| e.to_string());
        let said = said.or_else(|| ended.status.code().is_none().then(|| format!("ffmpeg ended by {}", ended.status)));
        return Err(malformed(film.name, film.container, said.unwrap_or_else(|| last_words(&ended.stderr))));
    }
    match probed.duration_s.filter(|_| probed.own_duration) {
        Some(stated) if end_s < stated && is_far(stated, end_s) => Err(truncated(film)),
        _ => Ok(()),
    }
}

/// Whether a duration is another than the end that was reached.
fn is_far(duration_s: f64, end_s: f64) -> bool {
    (duration_s - end_s).abs() > MISSING_S.max(MISSING_PART * duration_s)
}

/// Whether ffmpeg found no sample to tell the kind of pictures by.
fn is_blank(stderr: &str) -> bool {
    stderr.contains("Cannot determine format of input stream")
}
