//! `visavis verify`: whether a library is whole. Imports `library`, `indexing`, `vision`, `error`.

use std::path::Path;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::indexing::face_thumbnail_name;
use crate::library::Library;
use crate::vision::image_format_name;

use super::args::VerifyArgs;
use super::output::Output;
use super::wire::ErrorBody;
use super::{Outcome, files, folder};

/// Thumbnails above this are not read: one has at most 480 x 480 pixels, and no JPEG of that size is as long.
const THUMBNAIL_BYTES_LIMIT: u64 = 16 << 20;

/// Runs the command.
pub(super) fn run(args: &VerifyArgs, output: &mut Output) -> Result<Outcome> {
    let findings = Findings::of(&args.library);
    if args.json {
        output.json_line(&findings)?;
    } else {
        for problem in &findings.problems {
            output.line(&format!("{} ({})", problem.message, problem.code))?;
        }
        let Findings { library, files, media, faces, thumbnails, .. } = &findings;
        let verdict = if findings.problems.is_empty() {
            "whole".to_owned()
        } else {
            format!("{} problems", findings.problems.len())
        };
        output.line(&format!(
            "{library}: {verdict}; {files} files, {media} media, {faces} faces, {thumbnails} thumbnails"
        ))?;
    }
    Ok(if findings.problems.is_empty() { Outcome::Done } else { Outcome::ProblemsFound })
}

/// What was looked at and found. The names are the interface.
#[derive(Debug, Default, Serialize)]
struct Findings {
    library: String,
    /// Tables whose length and hash are right.
    files: usize,
    media: usize,
    faces: usize,
    /// Covers and face thumbnails that are there.
    thumbnails: usize,
    problems: Vec<ErrorBody>,
}

impl Findings {
    fn of(root: &Path) -> Self {
        let mut findings = Self { library: folder::library_name(root), ..Self::default() };
        if let Err(error) = findings.look_at(root) {
            findings.add(&error);
        }
        findings
    }

    fn add(&mut self, error: &Error) {
        self.problems.push(ErrorBody::of(error));
    }

    /// Looks at every file first, so that all damaged ones are named, and at the tables only where all files are right.
    fn look_at(&mut self, root: &Path) -> Result<()> {
        let manifest = folder::read_manifest(root)?;
        let mut tables = Vec::new();
        for file in manifest.files() {
            let bytes =
                folder::read_table(root, file).and_then(|bytes| file.verify(&self.library, &bytes).map(|()| bytes));
            match bytes {
                Ok(bytes) => tables.push((file.name.clone(), bytes)),
                Err(error) => self.add(&error),
            }
        }
        self.files = tables.len();
        if self.problems.is_empty() {
            let library = Library::open(&self.library, manifest, tables)?;
            self.look_at_rows(&library, root);
        }
        Ok(())
    }

    /// `Library::open` has checked the tables against each other; what is left are the files that rows speak of.
    fn look_at_rows(&mut self, library: &Library, root: &Path) {
        self.media = library.media_count();
        self.faces = library.face_count();
        for cover in (0..self.media).filter_map(|row| library.media(row)?.cover.as_deref()) {
            self.look_at_thumbnail(root, cover);
        }
        // A library without covers was made without thumbnails.
        for face in library.faces().filter(|face| face.media.cover.is_some()) {
            self.look_at_thumbnail(root, &face_thumbnail_name(face.face_id));
        }
    }

    fn look_at_thumbnail(&mut self, root: &Path, name: &str) {
        match files::read_at_most(&root.join(name), THUMBNAIL_BYTES_LIMIT) {
            Ok(bytes) if image_format_name(&bytes) == Some("jpeg") => self.thumbnails += 1,
            Ok(_) => {
                let reason = "not a JPEG; run 'visavis index' again to make it anew".to_owned();
                self.add(&Error::LibraryMalformed { library: self.library.clone(), part: name.to_owned(), reason });
            }
            Err(error) => self.add(&error),
        }
    }
}
