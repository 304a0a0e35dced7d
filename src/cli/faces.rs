//! `visavis faces`: the faces of photos as JSON lines, in the order of the arguments, on all cores. Imports `vision`, `error`.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

use rayon::iter::{ParallelBridge, ParallelIterator};

use crate::error::{Error, Result};
use crate::vision::{DecodeLimits, DetectOptions, Engine, Photo};

use super::args::FacesArgs;
use super::output::Output;
use super::wire::{ErrorBody, FaceOfPhoto, PhotoFaces, UnreadableFile, box_array, landmark_array};
use super::{Outcome, engine, files, worker_count};

/// Runs the command.
pub(super) fn run(args: &FacesArgs, output: &mut Output) -> Result<Outcome> {
    let mut paths = args.photos.clone();
    if let Some(list) = &args.files_from {
        paths.extend(listed_paths(list)?);
    }
    let engine = engine::load(&args.models)?;
    let options =
        DetectOptions { score_threshold: args.score_threshold, nms_iou: args.nms_iou, ..DetectOptions::default() };
    let finder = Finder { engine: &engine, options, embeddings: args.embeddings };
    let threads = worker_count(args.jobs, paths.len());
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|e| Error::Internal { reason: format!("threads: {e}") })?;
    let mut all_read = true;
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(threads * 2);
        let (pool, finder, paths) = (&pool, &finder, &paths);
        scope.spawn(move || {
            // When the reader of standard output has gone, so has the receiver, and there is no more to do.
            let _ = pool.install(|| {
                paths
                    .iter()
                    .enumerate()
                    .par_bridge()
                    .try_for_each(|(index, path)| sender.send((index, finder.find(path))))
            });
        });
        write_in_order(receiver, output, &mut all_read)
    })?;
    Ok(if all_read { Outcome::Done } else { Outcome::SomeUnreadable })
}

/// The paths of a list.
fn listed_paths(list: &Path) -> Result<Vec<PathBuf>> {
    let bytes = if list == Path::new("-") {
        let mut bytes = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut bytes);
        read.map_err(|e| Error::Io { path: "standard input".to_owned(), reason: e.to_string() })?;
        bytes
    } else {
        files::read(list)?
    };
    Ok(lines_of(&bytes).map(path_of).collect())
}

/// The lines that are not empty; where there is a zero byte, zero bytes end them (`find -print0`), so that names may hold newlines.
fn lines_of(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let end = if bytes.contains(&0) { 0 } else { b'\n' };
    let lines = bytes.split(move |byte| *byte == end);
    lines
        .map(move |line| if end == b'\n' { line.strip_suffix(b"\r").unwrap_or(line) } else { line })
        .filter(|line| !line.is_empty())
}

/// File names are bytes on Unix, whether or not they are UTF-8.
#[cfg(unix)]
fn path_of(line: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(line))
}

#[cfg(not(unix))]
fn path_of(line: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(line).into_owned())
}

struct Finder<'a> {
    engine: &'a Engine,
    options: DetectOptions,
    embeddings: bool,
}

/// The inner error is of one photo; the outer one ends the run.
type Found = Result<Result<PhotoFaces, UnreadableFile>>;

impl Finder<'_> {
    fn find(&self, path: &Path) -> Found {
        let name = path.display().to_string();
        // A defect that one strange file brings to light must not end the run over all the others.
        let found = catch_unwind(AssertUnwindSafe(|| self.faces_of(path, &name)));
        let found = found.unwrap_or_else(|_| Err(Error::Internal { reason: format!("{name}: detection panicked") }));
        match found {
            Ok(photo) => Ok(Ok(photo)),
            Err(error @ Error::ModelInvalid { .. }) => Err(error),
            Err(error) => Ok(Err(UnreadableFile { path: name, error: ErrorBody::of(&error) })),
        }
    }

    fn faces_of(&self, path: &Path, name: &str) -> Result<PhotoFaces> {
        let bytes = files::read_photo(path, name)?;
        let photo = Photo::decode(&bytes, &DecodeLimits::default()).map_err(|e| e.named(name))?;
        let mut faces = Vec::new();
        for face in self.engine.detect(&photo, &self.options)? {
            let embedding = if self.embeddings { Some(self.engine.embed(&face)?.as_slice().to_vec()) } else { None };
            faces.push(FaceOfPhoto {
                box_px: box_array(&face.box_px),
                landmarks: landmark_array(&face.landmarks),
                score: face.score,
                embedding,
            });
        }
        Ok(PhotoFaces { path: name.to_owned(), width: photo.width, height: photo.height, faces })
    }
}

/// Writes results in the order of their indices, and holds back those that came too early.
fn write_in_order(receiver: Receiver<(usize, Found)>, output: &mut Output, all_read: &mut bool) -> Result<()> {
    let mut early = BTreeMap::new();
    let mut next = 0;
    for (index, found) in receiver {
        early.insert(index, found);
        while let Some(found) = early.remove(&next) {
            match found? {
                Ok(photo) => output.json_line(&photo)?,
                Err(unreadable) => {
                    *all_read = false;
                    output.json_line(&unreadable)?;
                }
            }
            next += 1;
        }
    }
    Ok(())
}
