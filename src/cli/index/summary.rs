//! What `visavis index` says at its end, to people and as JSON. Imports nothing of the crate.

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
        let mut lines = vec![format!(
            "{}: {} photos, {} videos, {} faces, {} persons with a name ({} faces), {} without",
            self.library, self.photos, self.videos, self.faces, self.persons, self.labelled_faces, self.unknown_persons
        )];
        #[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
        let rate = self.embedded as f64 / self.seconds.max(1e-3);
        let speed =
            if self.embedded > 0 { format!(" in {:.1} s ({rate:.1} a second)", self.seconds) } else { String::new() };
        lines.push(format!("{} files embedded{speed}, {} unchanged", self.embedded, self.unchanged));
        if self.frames > 0 {
            let (length, speed) = (clock(self.film_seconds), self.film_seconds / self.seconds.max(1e-3));
            lines.push(format!("{length} of film looked at ({} frames, {speed:.1} s of film a second)", self.frames));
        }
        if self.frames_before > 0 {
            lines.push(format!("{} frames more were known from an interrupted run", self.frames_before));
        }
        if self.videos_skipped > 0 {
            lines.push(format!("{} videos passed over", self.videos_skipped));
        }
        if self.others_skipped > 0 {
            lines.push(format!("{} files passed over that are neither photos nor videos", self.others_skipped));
        }
        list(&mut lines, LISTED, "copies, kept once", &self.duplicates, |d| format!("{} is {}", d.path, d.of));
        list(&mut lines, LISTED, "warnings", &self.warnings, Clone::clone);
        list(&mut lines, usize::MAX, "files could not be read", &self.unreadable, describe);
        for line in lines {
            stderr_line(&line);
        }
    }
}

/// The error with the file's path in front, where its message does not begin with it.
fn describe(file: &UnreadableFile) -> String {
    let UnreadableFile { path, error } = file;
    let prefix = if error.message.starts_with(path.as_str()) { String::new() } else { format!("{path}: ") };
    format!("{prefix}{} ({})", error.message, error.code)
}

fn list<T>(lines: &mut Vec<String>, limit: usize, title: &str, items: &[T], text: impl Fn(&T) -> String) {
    if items.is_empty() {
        return;
    }
    lines.push(format!("{} {title}:", items.len()));
    lines.extend(items.iter().take(limit).map(|item| format!("  {}", text(item))));
    if items.len() > limit {
        lines.push(format!("  and {} more; --json lists all", items.len() - limit));
    }
}
