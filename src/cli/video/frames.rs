//! The frames of a video by a pipe from ffmpeg: for k = 0, 1, 2, ... the one that is shown k / fps seconds after the first.
//! Imports `vision`, `error`.
//!
//! At most [`WAITING`] decoded frames wait, so memory does not grow with the video; ffmpeg waits when they are not taken.

use std::io::{self, BufReader, Read};
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::indexing::FRAME_SIDE_PX;
use crate::vision::Photo;

use super::child::{Said, ended_within};
use super::ffmpeg::{Ffmpeg, input};
use super::probe::{Probed, Start};

/// Decoded frames that wait to be looked at: decoding goes on meanwhile.
const WAITING: usize = 2;
/// A film is sought to a place that is this much before the frame that is wanted.
const SEEK_MARGIN_S: f64 = 1.0;
const ASKED_EVERY: Duration = Duration::from_secs(1);
/// The longest header of a frame, `P6\n<width> <height>\n255\n`.
const HEADER_BYTES: usize = 32;

/// Which frames are wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wanted {
    /// Frames of a second.
    pub(super) per_second: f64,
    pub(super) place: Place,
    /// Threads that decode.
    pub(super) threads: usize,
}

/// Where the frames begin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Place {
    /// At the first of the film.
    Beginning,
    /// At number k. The film is sought, on its container's clock, and not decoded from its beginning: the frames are the same
    /// where that clock and the index are right; whoever seeks has to look.
    Sought { first: u64, start: Start },
}

/// A running ffmpeg and its frames. It is killed where it is dropped before its end.
#[derive(Debug)]
pub(super) struct Frames {
    child: Child,
    receiver: Option<Receiver<io::Result<Photo>>>,
    said: Option<Said>,
    /// Why there are no more, where that is not the end: said again to whoever asks again.
    broken: Option<(io::ErrorKind, String)>,
    patience: Duration,
}

/// How ffmpeg ended, and what it said last.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) stderr: String,
}

impl Frames {
    /// Starts ffmpeg on the file at `path`, which errors call `name`.
    ///
    /// # Errors
    /// `IoError` where it cannot be started.
    pub(super) fn open(ffmpeg: &Ffmpeg, path: &Path, name: &str, probed: &Probed, wanted: Wanted) -> Result<Self> {
        let mut command = ffmpeg.ffmpeg();
        let threads = wanted.threads.to_string();
        // One chain of filters for the whole film: a change of its size on the way must not begin the times anew. The turn is
        // made by our own filter, after the picture was shrunk.
        command.args(["-threads", &threads, "-noautorotate", "-reinit_filter", "0"]);
        if let Place::Sought { first, start } = wanted.place {
            // To the key frame before that place.
            let second = second_of(start, first, wanted.per_second);
            command.args(["-copyts", "-seek_timestamp", "1", "-noaccurate_seek", "-ss", &format!("{second:.6}")]);
        }
        input(&mut command, path);
        command.args(["-map", &format!("0:{}", probed.stream), "-an", "-sn", "-dn"]);
        command.args(["-filter:v", &filters(probed, wanted)]).args(ffmpeg.passthrough);
        command.args(["-f", "image2pipe", "-c:v", "ppm", "pipe:1"]);
        let failed = |reason: &str| Error::Io { path: name.to_owned(), reason: format!("ffmpeg: {reason}") };
        let mut child = command.spawn().map_err(|e| failed(&e.to_string()))?;
        let said = Some(Said::by(&mut child));
        let mut frames = Self { child, receiver: None, said, broken: None, patience: ffmpeg.patience };
        let stdout = frames.child.stdout.take().ok_or_else(|| failed("no standard output"))?;
        let (sender, receiver) = sync_channel(WAITING);
        frames.receiver = Some(receiver);
        thread::spawn(move || {
            let mut reader = BufReader::new(stdout);
            // A sender without a receiver: nobody wants more.
            while let Some(frame) = read_frame(&mut reader).transpose() {
                let broken = frame.is_err();
                if sender.send(frame).is_err() || broken {
                    return;
                }
            }
        });
        Ok(frames)
    }

    /// The next frame; `None` at the end. While none comes, `goes_on` is asked every second.
    ///
    /// # Errors
    /// What is wrong with ffmpeg's output: it ended within a frame, or nothing came for too long. The same where `goes_on`
    /// said no.
    pub(super) fn next(&mut self, mut goes_on: impl FnMut() -> bool) -> Option<io::Result<Photo>> {
        let started = Instant::now();
        while self.broken.is_none() {
            match self.receiver.as_ref()?.recv_timeout(ASKED_EVERY.min(self.patience)) {
                Ok(Ok(frame)) => return Some(Ok(frame)),
                Ok(Err(error)) => self.broken = Some((error.kind(), error.to_string())),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) if !goes_on() => self.kill("stopped".to_owned()),
                Err(RecvTimeoutError::Timeout) if started.elapsed() >= self.patience => {
                    self.kill(format!("ffmpeg gave nothing for {} s", self.patience.as_secs_f64()));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        self.broken.as_ref().map(|(kind, reason)| Err(io::Error::new(*kind, reason.clone())))
    }

    fn kill(&mut self, reason: String) {
        // It may have ended just now.
        let _ = self.child.kill();
        self.broken = Some((io::ErrorKind::TimedOut, reason));
    }

    /// The process's number.
    #[cfg(test)]
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for ffmpeg's end, after the last frame.
    ///
    /// # Errors
    /// `TimedOut` where it does not end; otherwise the operating system's.
    pub(super) fn finish(mut self) -> io::Result<Ended> {
        self.receiver = None;
        let status = ended_within(&mut self.child, self.patience)?;
        let stderr = self.said.take().map(Said::end).unwrap_or_default();
        Ok(Ended { status, stderr })
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.receiver = None;
        // It may have ended already; what counts is that nothing of it is left.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `fps` with `round=up` puts each frame at the first k / fps that is not before it, and the last of those at one place stays:
/// the frame that is shown then.
fn filters(probed: &Probed, wanted: Wanted) -> String {
    let (zero, skipped) = match wanted.place {
        Place::Beginning => ("STARTPTS".to_owned(), String::new()),
        Place::Sought { first, start: Start { ticks, num, den } } => {
            (format!("round({ticks}*{num}/{den}/TB)"), format!(",trim=start_pts={first}"))
        }
    };
    let (width, height) = fitted(probed.width, probed.height, FRAME_SIDE_PX);
    let turn = probed.turn.filters();
    format!(
        "setpts=PTS-{zero},fps=fps={}:round=up{skipped},\
         scale={width}:{height}:flags=bicubic+accurate_rnd+full_chroma_int,format=rgb24{turn}",
        wanted.per_second
    )
}

/// The second of the container's clock that is sought.
#[expect(clippy::cast_precision_loss, reason = "a margin makes up for it")]
fn second_of(start: Start, first: u64, per_second: f64) -> f64 {
    let zero = start.ticks as f64 * f64::from(start.num) / f64::from(start.den);
    zero + (first as f64 / per_second - SEEK_MARGIN_S).max(0.0)
}

/// The size with a long side of at most `side`, in the same proportions.
fn fitted(width: u32, height: u32, side: u32) -> (u32, u32) {
    let long = u64::from(width.max(height)).max(1);
    if long <= u64::from(side) {
        return (width, height);
    }
    let scale =
        |length: u32| u32::try_from((u64::from(length) * u64::from(side) + long / 2) / long).unwrap_or(1).max(1);
    (scale(width), scale(height))
}

/// One picture in PPM's binary form; `None` at the end of the stream.
fn read_frame(reader: &mut impl Read) -> io::Result<Option<Photo>> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    let mut lines = 0;
    while lines < 3 && header.len() < HEADER_BYTES {
        let mut byte = [0];
        match reader.read_exact(&mut byte) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof && header.is_empty() => return Ok(None),
            read => read?,
        }
        header.extend(byte);
        lines += u32::from(byte == [b'\n']);
    }
    let text = std::str::from_utf8(&header).unwrap_or_default();
    let fields: Vec<&str> = text.split_ascii_whitespace().collect();
    let ["P6", width, height, "255"] = fields.as_slice() else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "what ffmpeg wrote is no picture"));
    };
    let side = |text: &str| text.parse::<u32>().ok().filter(|side| (1..=FRAME_SIDE_PX).contains(side));
    let (Some(width), Some(height)) = (side(width), side(height)) else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a frame of {width} x {height} pixels")));
    };
    let mut photo = Photo::black(width, height);
    reader.read_exact(&mut photo.rgb)?;
    Ok(Some(photo))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_until_the_end_and_a_part_of_one_is_an_error() -> io::Result<()> {
        let stream = b"P6\n2 1\n255\nabcdefP6\n1 1\n255\nxyzP6\n1 1\n255\nx".as_slice();
        let mut reader = stream;
        let first = read_frame(&mut reader)?;
        assert_eq!(first, Some(Photo { width: 2, height: 1, rgb: b"abcdef".to_vec() }));
        assert_eq!(read_frame(&mut reader)?.map(|photo| photo.rgb), Some(b"xyz".to_vec()));
        assert!(read_frame(&mut reader).is_err());
        assert_eq!(read_frame(&mut reader)?, None);
        for wrong in ["P6\n99999 1\n255\n", "P5\n1 1\n255\nx", "P6\n1", &"P6 ".repeat(30)] {
            assert!(read_frame(&mut wrong.as_bytes()).is_err(), "{wrong}");
        }
        Ok(())
    }

    #[test]
    fn large_videos_are_shrunk_and_small_ones_left_alone() {
        assert_eq!(fitted(7680, 4320, 1280), (1280, 720));
        assert_eq!(fitted(640, 360, 1280), (640, 360));
        assert_eq!(fitted(100_000, 1, 1280), (1280, 1));
    }
}
