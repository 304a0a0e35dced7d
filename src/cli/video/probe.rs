//! What ffprobe says of a video: the track that is looked at, its size and turn, times. Imports `core`, `error`.

use std::io;
use std::path::Path;

use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::error::{Error, Result};

use super::child::answer_of;
use super::container::Container;
use super::ffmpeg::{Ffmpeg, MAX_PIXELS, input, last_words};
use super::turn::Turn;

/// What ffprobe is asked for: no other tags, which may be megabytes.
const ENTRIES: &str = "stream=index,codec_type,codec_name,codec_tag_string,width,height,sample_aspect_ratio,time_base,\
     start_pts,duration,nb_frames:stream_disposition=default,attached_pic,timed_thumbnails:\
     stream_tags=creation_time,rotate,DURATION:stream_side_data=displaymatrix:format=duration:format_tags=creation_time";
/// Pixels that are longer than this on one side are taken for square: the file is wrong.
const MAX_PIXEL_ASPECT: u32 = 10;

/// A video track, and what is known of the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Probed {
    /// The track's number in the file.
    pub(super) stream: u32,
    /// What the codec is called.
    pub(super) codec: String,
    /// Width in square pixels before the turn.
    pub(super) width: u32,
    /// Height in square pixels before the turn.
    pub(super) height: u32,
    pub(super) turn: Turn,
    /// When the track begins: a time, and the fraction of a second that it counts in.
    pub(super) start: Option<Start>,
    /// The track's own duration where it has one, else the file's.
    pub(super) duration_s: Option<f64>,
    /// Whether the duration is the track's own, as the file states it.
    pub(super) own_duration: bool,
    /// How many frames the file says that there are.
    pub(super) frames: Option<u64>,
    pub(super) created_ms: Option<i64>,
}

/// `ticks * num / den` seconds on the container's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) ticks: i64,
    pub(super) num: u32,
    pub(super) den: u32,
}

#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    streams: Vec<Stream>,
    #[serde(default)]
    format: Format,
}

#[derive(Debug, Default, Deserialize)]
struct Format {
    duration: Option<String>,
    #[serde(default)]
    tags: Tags,
}

#[derive(Debug, Deserialize)]
struct Stream {
    index: u32,
    codec_type: Option<String>,
    codec_name: Option<String>,
    codec_tag_string: Option<String>,
    #[serde(default)]
    width: u32,
    #[serde(default)]
    height: u32,
    sample_aspect_ratio: Option<String>,
    time_base: Option<String>,
    start_pts: Option<i64>,
    duration: Option<String>,
    nb_frames: Option<String>,
    #[serde(default)]
    disposition: Disposition,
    #[serde(default)]
    side_data_list: Vec<SideData>,
    #[serde(default)]
    tags: Tags,
}

#[derive(Debug, Default, Deserialize)]
struct Disposition {
    #[serde(default)]
    default: u8,
    #[serde(default)]
    attached_pic: u8,
    #[serde(default)]
    timed_thumbnails: u8,
}

#[derive(Debug, Deserialize)]
struct SideData {
    displaymatrix: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Tags {
    creation_time: Option<String>,
    rotate: Option<String>,
    #[serde(rename = "DURATION")]
    duration: Option<String>,
}

/// Asks ffprobe about the file at `path`, which errors call `name`.
///
/// # Errors
/// `VideoMalformed`, `VideoNoTrack`, `VideoUnsupported`, `VideoEmpty`.
pub(super) fn probe(ffmpeg: &Ffmpeg, path: &Path, name: &str, container: Container) -> Result<Probed> {
    let mut command = ffmpeg.ffprobe();
    command.args(["-of", "json", "-show_entries", ENTRIES]);
    input(&mut command, path);
    let failed = |reason: String| Error::Io { path: name.to_owned(), reason: format!("ffprobe: {reason}") };
    let said = answer_of(&mut command, ffmpeg.patience).map_err(|e| match e.kind() {
        // The file makes it do so.
        io::ErrorKind::TimedOut | io::ErrorKind::FileTooLarge => malformed(name, container, format!("ffprobe {e}")),
        _ => failed(e.to_string()),
    })?;
    if !said.status.success() {
        return Err(malformed(name, container, last_words(&said.stderr)));
    }
    let answer: Answer = serde_json::from_slice(&said.stdout).map_err(|e| failed(e.to_string()))?;
    of_answer(&answer, name, container)
}

pub(super) fn malformed(name: &str, container: Container, reason: String) -> Error {
    Error::VideoMalformed { name: name.to_owned(), format: container.title().to_owned(), reason }
}

fn of_answer(answer: &Answer, name: &str, container: Container) -> Result<Probed> {
    let unsupported = |reason: String| Error::VideoUnsupported { name: name.to_owned(), reason };
    let Some(stream) = choose(&answer.streams) else {
        return Err(Error::VideoNoTrack {
            name: name.to_owned(),
            format: container.title().to_owned(),
            found: kinds(&answer.streams),
        });
    };
    let codec = stream.codec_name.clone().filter(|codec| codec != "none" && codec != "unknown");
    let Some(codec) = codec else {
        let tag = stream.codec_tag_string.as_deref().unwrap_or("nameless");
        return Err(unsupported(format!(
            "its {} track has the codec {tag}, which ffmpeg does not know",
            container.title()
        )));
    };
    let frames = stream.nb_frames.as_ref().and_then(|text| text.parse().ok());
    if stream.width == 0 || stream.height == 0 {
        return Err(match frames {
            None | Some(0) => Error::VideoEmpty { name: name.to_owned() },
            Some(_) => malformed(name, container, "its size in pixels is not stated".to_owned()),
        });
    }
    if u64::from(stream.width) * u64::from(stream.height) > MAX_PIXELS {
        let Stream { width, height, .. } = stream;
        return Err(unsupported(format!("{width} x {height} pixels, above the limit of {MAX_PIXELS} pixels a frame")));
    }
    let (width, height) = square(stream.width, stream.height, stream.sample_aspect_ratio.as_deref());
    let own = seconds(stream.duration.as_deref()).or_else(|| clock(stream.tags.duration.as_deref()));
    let tags = [&answer.format.tags, &stream.tags];
    Ok(Probed {
        stream: stream.index,
        codec,
        width,
        height,
        turn: turn_of(stream),
        start: start_of(stream),
        duration_s: own.or_else(|| seconds(answer.format.duration.as_deref())),
        own_duration: own.is_some() && container.states_duration(),
        frames,
        created_ms: tags.iter().find_map(|tags| milliseconds(tags.creation_time.as_deref())),
    })
}

/// The video track that players show: the one that is marked as default, else the first. Covers of songs are none.
fn choose(streams: &[Stream]) -> Option<&Stream> {
    let is_film = |stream: &&Stream| {
        let Disposition { attached_pic, timed_thumbnails, .. } = stream.disposition;
        stream.codec_type.as_deref() == Some("video") && attached_pic == 0 && timed_thumbnails == 0
    };
    let mut films = streams.iter().filter(is_film);
    films.clone().find(|stream| stream.disposition.default == 1).or_else(|| films.next())
}

/// What a file has instead of a video track, for people.
fn kinds(streams: &[Stream]) -> String {
    let mut kinds: Vec<&str> = streams.iter().filter_map(|stream| stream.codec_type.as_deref()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let kinds: Vec<&str> =
        kinds.into_iter().map(|kind| if kind == "video" { "a cover picture" } else { kind }).collect();
    if kinds.is_empty() { "nothing at all".to_owned() } else { format!("{} only", kinds.join(", ")) }
}

/// The size in square pixels, as players show it: longer where pixels are broad or high, nowhere shorter.
fn square(width: u32, height: u32, aspect: Option<&str>) -> (u32, u32) {
    let numbers = aspect.and_then(|text| text.split_once(':'));
    let numbers = numbers.and_then(|(n, d)| Some((n.parse::<u32>().ok()?, d.parse::<u32>().ok()?)));
    let scale = |length: u32, by: u32, of: u32| {
        let scaled = (u64::from(length) * u64::from(by) + u64::from(of) / 2) / u64::from(of);
        u32::try_from(scaled).unwrap_or(length)
    };
    match numbers {
        Some((n, d)) if n == 0 || d == 0 || n.max(d) / n.min(d) >= MAX_PIXEL_ASPECT => (width, height),
        Some((n, d)) if n > d => (scale(width, n, d), height),
        Some((n, d)) if n < d => (width, scale(height, d, n)),
        _ => (width, height),
    }
}

fn turn_of(stream: &Stream) -> Turn {
    let matrix = stream.side_data_list.iter().find_map(|data| data.displaymatrix.as_deref());
    match (matrix, &stream.tags.rotate) {
        (Some(matrix), _) => Turn::of_matrix(matrix),
        // ffprobe of before there were matrices says how far to turn clockwise.
        (None, Some(degrees)) => Turn::of_degrees(degrees),
        (None, None) => Turn::default(),
    }
}

fn start_of(stream: &Stream) -> Option<Start> {
    let (num, den) = stream.time_base.as_deref()?.split_once('/')?;
    let (num, den) = (num.parse().ok()?, den.parse().ok()?);
    (num > 0 && den > 0).then_some(Start { ticks: stream.start_pts?, num, den })
}

fn seconds(text: Option<&str>) -> Option<f64> {
    text?.parse::<f64>().ok().filter(|seconds| seconds.is_finite() && *seconds > 0.0)
}

/// Seconds from `HH:MM:SS.fraction`, as Matroska files have it.
fn clock(text: Option<&str>) -> Option<f64> {
    let mut parts = text?.splitn(3, ':');
    let mut next = || parts.next()?.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    let (hours, minutes, rest) = (next()?, next()?, next()?);
    Some(hours * 3600.0 + minutes * 60.0 + rest).filter(|seconds| *seconds > 0.0)
}

fn milliseconds(text: Option<&str>) -> Option<i64> {
    let moment = OffsetDateTime::parse(text?, &Rfc3339).ok()?;
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_json(json: &str) -> Result<Probed> {
        let answer = serde_json::from_str(json).map_err(|e| Error::invalid("json", e.to_string()))?;
        of_answer(&answer, "a.mp4", Container::Mp4)
    }

    #[test]
    fn a_track_is_told_with_its_turn_times_and_square_pixels() -> Result<()> {
        let probed = of_json(
            r#"{"streams":[{"index":0,"codec_type":"audio"},{"index":1,"codec_type":"video","codec_name":"h264","width":720,
            "height":576,"sample_aspect_ratio":"64:45","duration":"9.5","nb_frames":"12","tags":{"rotate":"90"}}],
            "format":{"duration":"10.0","tags":{"creation_time":"2023-08-27T16:12:38.500000Z"}}}"#,
        )?;
        assert_eq!((probed.stream, probed.width, probed.height), (1, 1024, 576));
        assert_eq!((probed.duration_s, probed.own_duration, probed.frames), (Some(9.5), true, Some(12)));
        assert_eq!(probed.created_ms, Some(1_693_152_758_500));
        assert_eq!(probed.turn, Turn::of_degrees("90"));
        Ok(())
    }

    #[test]
    fn narrow_pixels_make_a_picture_higher() {
        assert_eq!(square(720, 480, Some("8:9")), (720, 540));
        assert_eq!(square(720, 480, Some("0:1")), (720, 480));
        assert_eq!(square(720, 480, Some("1:4000000")), (720, 480));
    }

    #[test]
    fn a_song_with_a_cover_has_no_video_track() {
        let json = r#"{"streams":[{"index":0,"codec_type":"audio"},{"index":1,"codec_type":"video","codec_name":"png","width":9,
            "height":9,"disposition":{"attached_pic":1}}]}"#;
        let error = of_json(json).err();
        assert_eq!(error.as_ref().map(Error::code).as_deref(), Some("VideoNoTrack"));
        let said = error.map(|e| e.to_string()).unwrap_or_default();
        assert!(said.starts_with("a.mp4: ") && said.contains("audio, a cover picture only"), "{said}");
    }

    #[test]
    fn the_default_track_is_chosen() -> Result<()> {
        let track = |index: u8, default: u8| {
            format!(
                r#"{{"index":{index},"codec_type":"video","codec_name":"h264","width":9,"height":9,
                "disposition":{{"default":{default}}},"tags":{{"DURATION":"01:00:02.500000000"}}}}"#
            )
        };
        let chosen = of_json(&format!(r#"{{"streams":[{},{}]}}"#, track(0, 0), track(1, 1)))?;
        assert_eq!((chosen.stream, chosen.duration_s), (1, Some(3602.5)));
        assert_eq!(of_json(&format!(r#"{{"streams":[{},{}]}}"#, track(0, 0), track(1, 0)))?.stream, 0);
        Ok(())
    }

    #[test]
    fn a_codec_without_a_name_and_a_frame_without_bounds_are_not_supported() {
        let track =
            |more: &str| of_json(&format!(r#"{{"streams":[{{"index":0,"codec_type":"video",{more}}}]}}"#)).err();
        let code = |error: Option<Error>| error.map(|e| e.code());
        assert_eq!(code(track(r#""width":9,"height":9"#)).as_deref(), Some("VideoUnsupported"));
        let huge = r#""codec_name":"h264","width":65535,"height":65535"#;
        assert_eq!(code(track(huge)).as_deref(), Some("VideoUnsupported"));
        assert_eq!(code(track(r#""codec_name":"h264""#)).as_deref(), Some("VideoEmpty"));
    }
}
