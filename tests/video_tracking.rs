//! Frames of a video to the rows of its tracks: with pictures cut out of a photo, and on a real clip through ffmpeg.
#![expect(clippy::expect_used, reason = "a test says by a panic that it failed")]

mod common;

use std::path::Path;
use std::process::Command;

use common::{engine, photo, shared};
use visavis::core::{FaceId, MediaType, Rect, sha256};
use visavis::indexing::{IndexedMedia, MediaRows, VideoIndexer, VideoOptions, VideoSource};
use visavis::vision::{DecodeLimits, DetectOptions, Engine, Photo};

const FRAMES_PER_SECOND: f64 = 5.0;

fn source(width: u32, height: u32) -> VideoSource {
    VideoSource {
        name: "films/a film.mp4".to_owned(),
        sha256: sha256(b"a film"),
        bytes: 6,
        width,
        height,
        format: "mp4".to_owned(),
        duration_s: Some(1.8),
        created_ms: Some(1_600_000_000_000),
    }
}

/// A camera that moves over a photo of one person, with two black frames in between; 320 x 400 pixels.
fn pan() -> Vec<Photo> {
    let whole = photo("photos/astronaut.png");
    let frame =
        |k: i64| if [4, 5].contains(&k) { Photo::black(320, 400) } else { whole.window(40 + 8 * k, 0, 320, 400) };
    (0..9).map(frame).collect()
}

/// When the frames are shown.
fn times() -> impl Iterator<Item = f64> {
    (0_u32..).map(|k| f64::from(k) / FRAMES_PER_SECOND)
}

fn push_all(indexer: &mut VideoIndexer, engine: &Engine, frames: &[Photo], from: usize) {
    for (frame, time_s) in frames.iter().zip(times()).skip(from) {
        indexer.push(engine, time_s, frame).expect("frame");
    }
}

fn index(engine: &Engine, source: VideoSource, frames: &[Photo]) -> IndexedMedia {
    let mut indexer = VideoIndexer::new(source, VideoOptions::default());
    push_all(&mut indexer, engine, frames, 0);
    indexer.finish().expect("rows")
}

#[test]
fn a_face_in_a_film_becomes_a_track_in_the_pixels_of_the_film() {
    let engine = engine();
    let frames = pan();
    // The film is twice as wide and three times as high as the frames that were decoded.
    let indexed = index(&engine, source(640, 1200), &frames);
    assert_eq!((indexed.media.media_type, indexed.media.path.as_str()), (MediaType::Video, "films/a film.mp4"));
    assert_eq!((indexed.media.width, indexed.media.height, indexed.media.duration_s), (640, 1200, Some(1.8)));
    // Black frames are two cuts, so there are two tracks.
    let seen: Vec<(f64, f64)> = indexed.faces.iter().filter_map(|f| f.time).map(|t| (t.start_s, t.end_s)).collect();
    assert_eq!(seen, [(0.0, 3.0 / 5.0), (6.0 / 5.0, 8.0 / 5.0)]);
    for (face, track) in indexed.faces.iter().zip(&indexed.tracks) {
        assert_eq!(face.face_id, track.face_id);
        for point in &track.points {
            let frame = times().zip(&frames).find(|(time_s, _)| *time_s >= point.timestamp_s).expect("its frame").1;
            let seen = engine.detect(frame, &DetectOptions::default()).expect("faces")[0].box_px;
            let wanted = Rect::new(seen.x * 2.0, seen.y * 3.0, seen.w * 2.0, seen.h * 3.0);
            assert!(point.box_px.iou(&wanted) > 0.99, "{point:?} {wanted:?}");
        }
    }
    let names: Vec<String> = indexed.thumbnails.iter().map(|t| t.name.clone()).collect();
    let ids: Vec<FaceId> = indexed.faces.iter().map(|face| face.face_id).collect();
    assert_eq!((names, ids.len()), (MediaRows::thumbnail_names(&indexed.media.sha256, &ids), 2));
    let cover = Photo::decode(&indexed.thumbnails[0].jpeg, &DecodeLimits::default()).expect("cover");
    assert_eq!(engine.detect(&cover, &DetectOptions::default()).expect("faces").len(), 1, "the cover shows the face");
}

#[test]
fn a_film_that_was_interrupted_at_any_frame_gives_the_same_rows() {
    let engine = engine();
    let frames = pan();
    let whole = index(&engine, source(320, 400), &frames);
    for stop in [1, 3, 5, 7] {
        let mut first = VideoIndexer::new(source(320, 400), VideoOptions::default());
        push_all(&mut first, &engine, &frames[..stop], 0);
        let taken = first.take_thumbnails();
        let checkpoint = first.checkpoint().expect("checkpoint");
        let mut second = VideoIndexer::resume(source(320, 400), VideoOptions::default(), &checkpoint).expect("resumed");
        assert_eq!(second.position_s(), times().nth(stop - 1));
        push_all(&mut second, &engine, &frames, stop);
        let mut resumed = second.finish().expect("rows");
        // The cover comes first, whatever was taken earlier.
        resumed.thumbnails.splice(1..1, taken);
        assert!(resumed == whole, "stopped after {stop} frames");
    }
}

#[test]
fn a_checkpoint_of_something_else_is_refused() {
    let engine = engine();
    let mut indexer = VideoIndexer::new(source(320, 400), VideoOptions::default());
    push_all(&mut indexer, &engine, &pan()[..1], 0);
    let good = indexer.checkpoint().expect("checkpoint");
    let resume = |source, options, bytes: &[u8]| VideoIndexer::resume(source, options, bytes).expect_err("refused");
    let mut damaged = good.clone();
    let last = damaged.len() - 9;
    damaged[last] ^= 1;
    let slower = VideoOptions { frames_per_second: 2.0, ..VideoOptions::default() };
    let other = VideoSource { sha256: sha256(b"another"), ..source(320, 400) };
    for (error, reason) in [
        (resume(source(320, 400), VideoOptions::default(), &[]), "cut off"),
        (resume(source(320, 400), VideoOptions::default(), &damaged), "damaged"),
        (resume(source(320, 400), slower, &good), "other settings"),
        (resume(other, VideoOptions::default(), &good), "another video"),
    ] {
        assert_eq!(error.parameter(), Some("checkpoint"));
        let message = error.to_string();
        assert!(message.contains("films/a film.mp4") && message.contains(reason), "{message}");
    }
}

#[test]
fn a_film_without_frames_is_an_error_and_so_is_a_time_that_goes_back() {
    let error = VideoIndexer::new(source(4, 4), VideoOptions::default()).finish().expect_err("no frames");
    assert_eq!((error.code().as_str(), error.to_string().contains("films/a film.mp4")), ("VideoEmpty", true));
    let engine = engine();
    let mut indexer = VideoIndexer::new(source(4, 4), VideoOptions::default());
    indexer.push(&engine, 1.0, &Photo::black(4, 4)).expect("frame");
    for time in [1.0, 0.5, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(indexer.push(&engine, time, &Photo::black(4, 4)).expect_err("refused").parameter(), Some("time"));
    }
    let indexed = indexer.finish().expect("rows");
    assert!(indexed.faces.is_empty() && indexed.thumbnails.len() == 1);
}

/// The frames of a film that are shown at 0, 1/5, 2/5 seconds after the first; `None`, saying so, where ffmpeg is missing.
fn frames_of(film: &Path) -> Option<Vec<Photo>> {
    let folder = tempfile::tempdir().expect("folder");
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(film)
        .args(["-vf", "setpts=PTS-STARTPTS,fps=5:round=up"])
        .arg(folder.path().join("%04d.png"))
        .status();
    match status {
        Err(_) => {
            eprintln!("skipped: there is no ffmpeg");
            return None;
        }
        Ok(status) => assert!(status.success(), "ffmpeg: {status}"),
    }
    let files = std::fs::read_dir(folder.path()).expect("frames").map(|file| file.expect("frame").path());
    let mut files: Vec<_> = files.collect();
    files.sort();
    let decode = |path: &std::path::PathBuf| {
        Photo::decode(&std::fs::read(path).expect("frame"), &DecodeLimits::default()).expect("frame")
    };
    Some(files.iter().map(decode).collect())
}

#[test]
fn the_people_of_a_real_clip_are_found_when_they_are_seen_and_only_then() {
    let Some(folder) = shared("data/video") else { return };
    let Some(frames) = frames_of(&folder.join("short_hamilton_clip.mp4")) else { return };
    let text = std::fs::read_to_string(folder.join("expected.json")).expect("expected.json");
    let expected: serde_json::Value = serde_json::from_str(&text).expect("expected.json parses");
    let engine = engine();
    let indexed = index(&engine, source(640, 360), &frames);
    let ranges_of = |value: &serde_json::Value| -> Vec<(f64, f64)> {
        let ranges = value.as_array().map(Vec::as_slice).unwrap_or_default();
        ranges.iter().map(|range| (range[0].as_f64().expect("start"), range[1].as_f64().expect("end"))).collect()
    };
    for query in expected["queries"].as_array().expect("queries") {
        let path = query["photo"].as_str().expect("photo");
        let bytes = std::fs::read(folder.join(path)).expect("query");
        let portrait = Photo::decode(&bytes, &DecodeLimits::default()).expect("query");
        let face = &engine.detect(&portrait, &DetectOptions::default()).expect("faces")[0];
        let wanted = engine.embed(face).expect("embedding");
        let found: Vec<(f64, f64)> = indexed
            .faces
            .iter()
            .filter(|face| face.embedding.cosine(&wanted) >= engine.embedder().default_threshold(20))
            .filter_map(|face| face.time.map(|time| (time.start_s, time.end_s)))
            .collect();
        for (start, end) in ranges_of(&query["must"]) {
            let hit = found.iter().any(|(from, to)| (from - start).abs() < 0.3 && (to - end).abs() < 0.3);
            assert!(hit, "{path}: {start} to {end} is not among {found:?}");
        }
        for (start, end) in ranges_of(&query["must_not"]) {
            assert!(found.iter().all(|(from, to)| *to < start || *from > end), "{path}: {found:?}");
        }
    }
    // Nobody is followed from one shot into the next.
    let cuts: Vec<f64> =
        expected["shots"].as_array().expect("shots").iter().filter_map(|s| s["from"].as_f64()).collect();
    for time in indexed.faces.iter().filter_map(|face| face.time) {
        assert!(cuts.iter().all(|cut| *cut <= time.start_s || *cut > time.end_s), "{time:?} has a cut in it");
    }
}
