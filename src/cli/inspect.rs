//! `visavis inspect`: what a library holds. Imports `library`, `core`, `error`.

use serde::Serialize;

use crate::error::Result;
use crate::indexing::is_nameless;
use crate::library::Library;

use super::args::InspectArgs;
use super::output::Output;
use super::wire::{FaceOfLibrary, box_array};
use super::{Outcome, folder};

/// Runs the command.
pub(super) fn run(args: &InspectArgs, output: &mut Output) -> Result<Outcome> {
    let library = folder::open_library(&args.library)?;
    if args.faces {
        write_faces(&library, output)?;
    } else if args.json {
        output.json_line(&Overview::of(&library))?;
    } else {
        Overview::of(&library).tell(output)?;
    }
    Ok(Outcome::Done)
}

/// One line a face, by path and then by descending area.
fn write_faces(library: &Library, output: &mut Output) -> Result<()> {
    let mut faces: Vec<_> = library.faces().collect();
    faces.sort_by(|a, b| {
        let by_path = a.media.path.cmp(&b.media.path);
        by_path.then_with(|| b.box_px.area().total_cmp(&a.box_px.area())).then_with(|| a.face_id.cmp(&b.face_id))
    });
    for face in faces {
        output.json_line(&FaceOfLibrary {
            path: &face.media.path,
            media_id: &face.media.media_id.0,
            face_id: face.face_id.0,
            entity_id: face.entity.map(|entity| entity.entity_id.0.as_str()),
            label_name: face.entity.map(|entity| entity.label_name.as_str()),
            box_px: box_array(&face.box_px),
            start: face.time.map(|time| time.start_s),
            end: face.time.map(|time| time.end_s),
            score: face.score,
            quality: face.quality,
        })?;
    }
    Ok(())
}

/// The summary. The names are the interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Overview<'a> {
    library: &'a str,
    embedder: EmbedderOverview<'a>,
    media: usize,
    faces: usize,
    persons: usize,
    /// Persons whom nobody named; they are among the persons.
    unknown_persons: usize,
    labelled_faces: usize,
    /// The cosine from which a face is a match, unless a search says otherwise.
    default_threshold: f32,
    files: Vec<FileOverview<'a>>,
    /// Bytes of all tables.
    bytes: u64,
}

#[derive(Debug, Serialize)]
struct EmbedderOverview<'a> {
    id: &'a str,
    sha256: &'a str,
    dim: usize,
}

#[derive(Debug, Serialize)]
struct FileOverview<'a> {
    name: &'a str,
    role: &'static str,
    rows: usize,
    bytes: u64,
}

impl<'a> Overview<'a> {
    fn of(library: &'a Library) -> Self {
        let embedder = library.embedder();
        let file = |file: &'a crate::library::FileEntry| FileOverview {
            name: &file.name,
            role: file.role.as_str(),
            rows: file.rows,
            bytes: file.bytes,
        };
        let files: Vec<_> = library.manifest().files().iter().map(file).collect();
        Self {
            library: library.name(),
            embedder: EmbedderOverview { id: &embedder.id, sha256: &embedder.sha256, dim: embedder.dim },
            media: library.media_count(),
            faces: library.face_count(),
            persons: library.entity_count(),
            unknown_persons: (0..library.entity_count())
                .filter(|row| library.entity(*row).is_some_and(is_nameless))
                .count(),
            labelled_faces: library.faces().filter(|face| face.entity.is_some_and(|e| !is_nameless(e))).count(),
            default_threshold: embedder.default_threshold(library.face_count()),
            bytes: files.iter().map(|file| file.bytes).sum(),
            files,
        }
    }

    fn tell(&self, output: &mut Output) -> Result<()> {
        output.line(&format!("library    {}", self.library))?;
        output.line(&format!(
            "embedder   {} ({} numbers, sha256 {})",
            self.embedder.id, self.embedder.dim, self.embedder.sha256
        ))?;
        output.line(&format!("media      {}", self.media))?;
        output.line(&format!("faces      {} ({} named)", self.faces, self.labelled_faces))?;
        output.line(&format!("persons    {} ({} without a name)", self.persons, self.unknown_persons))?;
        output.line(&format!("threshold  {:.3}", self.default_threshold))?;
        output.line(&format!("files      {} ({} bytes)", self.files.len(), self.bytes))?;
        for file in &self.files {
            output.line(&format!("  {:>10} bytes  {:>8} rows  {}", file.bytes, file.rows, file.name))?;
        }
        Ok(())
    }
}
