//! What `visavis index` says at its end, to people and as JSON. Imports nothing of the crate.

use std::fmt::Display;

use serde::Serialize;

use crate::cli::output::stderr_line;
use crate::cli::progress::clock;
use crate::cli::wire::UnreadableFile;

/// How many of a kind are listed by name for people; `--json` has all.
const LISTED: usize = 20;

/// A copy of a photo that is in the library under another path.
#[derive(Debug, Serialize)]
pub(super) struct Duplicate {
    pub(super) path: String,
    pub(super) of: String,
}

/// The summary. The names are the interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    /// The library's folder, as given.
    pub(super) library: String,
    /// Photos in the library.
    pub(super) photos: usize,
    /// Videos in the library.
    pub(super) videos: usize,
    /// Faces of photos and tracks of videos in the library.
    pub(super) faces: usize,
    /// Persons with a usable portrait.
    pub(super) persons: usize,
    /// Persons whom nobody named, found by clustering.
    pub(super) unknown_persons: usize,
    /// Faces that got a person's name.
    pub(super) labelled_faces: usize,
    /// Files that were decoded and embedded in this run.
    pub(super) embedded: usize,
    /// Frames of videos that were looked at in this run.
    pub(super) frames: u64,
    /// Frames that interrupted runs had looked at before, of the videos that this run went on with.
    pub(super) frames_before: u64,
    /// Seconds of film that this run looked at.
    pub(super) film_seconds: f64,
    /// Files that were known from before and not embedded again.
    pub(super) unchanged: usize,
    /// Portraits of `--people` that were looked at.
    pub(super) portraits: usize,
    /// Copies; they are one media.
    pub(super) duplicates: Vec<Duplicate>,
    /// Videos that were passed over, as was asked for.
    pub(super) videos_skipped: usize,
    /// Files that are neither photos nor videos.
    pub(super) others_skipped: usize,
    /// Libraries in the folders that were looked through: their covers and thumbnails of faces were passed over.
    pub(super) libraries_skipped: Vec<String>,
    /// Files that could not be read.
    pub(super) unreadable: Vec<UnreadableFile>,
    /// What else should be known: persons without a usable portrait, metadata for no media.
    pub(super) warnings: Vec<String>,
    /// Bytes of the tables and the manifest.
    pub(super) library_bytes: u64,
    /// How long it took.
    pub(super) seconds: f64,
}

impl Summary {
    /// The summary for people, on standard error.
    pub(super) fn tell(&self) {
        self.lines().iter().for_each(|line| stderr_line(line));
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{}: {}, {}, {}, {} with a name ({}), {} without",
            self.library,
            count(self.photos, "photo", "photos"),
            count(self.videos, "video", "videos"),
            count(self.faces, "face", "faces"),
            count(self.persons, "person", "persons"),
            count(self.labelled_faces, "face", "faces"),
            self.unknown_persons
        )];
        #[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
        let rate = self.embedded as f64 / self.seconds.max(1e-3);
        let speed =
            if self.embedded > 0 { format!(" in {:.1} s ({rate:.1} a second)", self.seconds) } else { String::new() };
        lines.push(format!("{} embedded{speed}, {} unchanged", count(self.embedded, "file", "files"), self.unchanged));
        if self.frames > 0 {
            let (length, speed) = (clock(self.film_seconds), self.film_seconds / self.seconds.max(1e-3));
            let frames = count(self.frames, "frame", "frames");
            lines.push(format!("{length} of film looked at ({frames}, {speed:.1} s of film a second)"));
        }
        if self.frames_before > 0 {
            let frames = count(self.frames_before, "frame more was", "frames more were");
            lines.push(format!("{frames} known from an interrupted run"));
        }
        if self.portraits > 0 {
            lines.push(format!("{} looked at", count(self.portraits, "portrait", "portraits")));
        }
        if self.videos_skipped > 0 {
            lines.push(format!("{} passed over", count(self.videos_skipped, "video", "videos")));
        }
        if self.others_skipped > 0 {
            let (one, many) = ("file passed over that is", "files passed over that are");
            lines.push(format!("{} neither photo nor video", count(self.others_skipped, one, many)));
        }
        let libraries = ["library passed over with its pictures", "libraries passed over with their pictures"];
        list(&mut lines, LISTED, libraries, &self.libraries_skipped, Clone::clone);
        list(&mut lines, LISTED, ["copy, kept once", "copies, kept once"], &self.duplicates, |d| {
            format!("{} is {}", d.path, d.of)
        });
        list(&mut lines, LISTED, ["warning", "warnings"], &self.warnings, Clone::clone);
        let unreadable = ["file could not be read", "files could not be read"];
        list(&mut lines, usize::MAX, unreadable, &self.unreadable, describe);
        lines
    }
}

/// A number and what it is of.
fn count<N: Copy + Display + From<u8> + PartialEq>(number: N, one: &str, many: &str) -> String {
    let noun = if number == N::from(1) { one } else { many };
    format!("{number} {noun}")
}

/// The error with the file's path in front, where its message does not begin with it.
fn describe(file: &UnreadableFile) -> String {
    let UnreadableFile { path, error } = file;
    let prefix = if error.message.starts_with(path.as_str()) { String::new() } else { format!("{path}: ") };
    format!("{prefix}{} ({})", error.message, error.code)
}

fn list<T>(lines: &mut Vec<String>, limit: usize, title: [&str; 2], items: &[T], text: impl Fn(&T) -> String) {
    if items.is_empty() {
        return;
    }
    let [one, many] = title;
    lines.push(format!("{}:", count(items.len(), one, many)));
    lines.extend(items.iter().take(limit).map(|item| format!("  {}", text(item))));
    if items.len() > limit {
        lines.push(format!("  and {} more; --json lists all", items.len() - limit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::wire::ErrorBody;
    use crate::error::Error;

    #[test]
    fn one_of_a_kind_is_said_as_one() {
        let error = ErrorBody::of(&Error::ImageEmpty { name: "a.jpg".into() });
        let one = Summary {
            library: "library".into(),
            photos: 1,
            videos: 1,
            faces: 1,
            persons: 1,
            unknown_persons: 0,
            labelled_faces: 1,
            embedded: 1,
            frames: 1,
            frames_before: 1,
            film_seconds: 2.0,
            unchanged: 0,
            portraits: 1,
            duplicates: vec![Duplicate { path: "b".into(), of: "a".into() }],
            videos_skipped: 1,
            others_skipped: 1,
            libraries_skipped: vec!["old".into()],
            unreadable: vec![UnreadableFile { path: "a.jpg".into(), error }],
            warnings: vec!["w".into()],
            library_bytes: 1,
            seconds: 2.0,
        };
        let expected = [
            "library: 1 photo, 1 video, 1 face, 1 person with a name (1 face), 0 without",
            "1 file embedded in 2.0 s (0.5 a second), 0 unchanged",
            "0:02 of film looked at (1 frame, 1.0 s of film a second)",
            "1 frame more was known from an interrupted run",
            "1 portrait looked at",
            "1 video passed over",
            "1 file passed over that is neither photo nor video",
            "1 library passed over with its pictures:",
            "  old",
            "1 copy, kept once:",
            "  b is a",
            "1 warning:",
            "  w",
            "1 file could not be read:",
            "  a.jpg: the file is empty (0 bytes) (ImageEmpty)",
        ];
        assert_eq!(one.lines(), expected);
        assert_eq!([count(0_u64, "face", "faces"), count(2_u64, "face", "faces")], ["0 faces", "2 faces"]);
    }
}
