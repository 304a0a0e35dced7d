//! One edit onto a library's folder: kept first, then published all at once. Imports `indexing`, `library`, `error`.

use std::path::Path;

use crate::cli::folder::{open_library, read_manifest};
use crate::cli::index::edits::{EditLog, thumbnails_of};
use crate::cli::index::folder::OutFolder;
use crate::cli::output::stderr_line;
use crate::error::{Error, Result};
use crate::indexing::{
    Outcome, PersonEdit, Thumbnail, apply_edit, apply_edits, drop_empty_entities, edit_of_line, keeps_of, line_of_edit,
    resolve_edit,
};
use crate::library::{PublishOptions, build_library};

/// Carries out an edit on the library in `folder`. `thumbnails` are those of the faces that it adds.
///
/// In this order: the edit is tried, thumbnails are put by, the edit is kept, the library is published. Interrupted before the third,
/// nothing has happened; after it, the next command on this library does the rest.
///
/// # Errors
/// Those of the edit, of reading the library, `LibraryBusy`, and `IoError`.
pub(super) fn carry_out(folder: &Path, edit: &PersonEdit, thumbnails: &[Thumbnail]) -> Result<Outcome> {
    // Only the folder of a library gets a folder of state.
    read_manifest(folder)?;
    let out = OutFolder::open(folder)?;
    let mut contents = open_library(folder)?.contents()?;
    let before = thumbnails_of(&contents, |_| true);
    let mut log = EditLog::open(&out)?;
    let asked = as_kept(edit)?;
    // The same edit once more is what an interrupted one is completed by.
    let (pending, kept) = match log.pending().split_last() {
        Some((last, earlier)) if is_asked(last, &asked) => (earlier, Some(last.clone())),
        _ => (log.pending(), None),
    };
    for warning in apply_edits(&mut contents, pending) {
        stderr_line(&format!("warning: {warning}"));
    }
    let edit = kept.clone().unwrap_or_else(|| resolve_edit(&contents, &asked));
    let keeps = keeps_of(&contents, &asked);
    // Where it fails it is told of as it was asked for.
    let outcome = apply_edit(&mut contents, if kept.is_some() { &edit } else { &asked })?;
    drop_empty_entities(&mut contents);
    let deleted = matches!(edit, PersonEdit::DeletePerson { .. } | PersonEdit::DeleteFaces { .. });
    let built = build_library(&contents, &PublishOptions::default())?;
    for thumbnail in thumbnails {
        out.stage(thumbnail)?;
    }
    if kept.is_none() {
        log.append(keeps, edit)?;
    }
    let after = thumbnails_of(&contents, |_| true);
    out.publish(&built, &after, before.into_iter(), deleted)?;
    log.mark_published()?;
    Ok(outcome)
}

/// Whether a kept edit is what is asked for: what was taken from the library is in it, and faces that were not the person's are not.
fn is_asked(kept: &PersonEdit, asked: &PersonEdit) -> bool {
    match (kept, asked) {
        (
            PersonEdit::UnmergePersons { into, from, .. },
            PersonEdit::UnmergePersons { into: asked_into, from: asked_from, .. },
        ) => into == asked_into && from == asked_from,
        (
            PersonEdit::SplitPerson { person_id, face_ids },
            PersonEdit::SplitPerson { person_id: asked_person, face_ids: asked_faces },
        ) => person_id == asked_person && face_ids.iter().all(|face| asked_faces.contains(face)),
        _ => kept == asked,
    }
}

/// The edit as it is read back, so that doing it again gives the same bytes.
fn as_kept(edit: &PersonEdit) -> Result<PersonEdit> {
    edit_of_line(&line_of_edit(edit)?).map_err(|reason| Error::Internal { reason: format!("edit: {reason}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::FaceId;

    fn split(person: &str, faces: &[u64]) -> PersonEdit {
        PersonEdit::SplitPerson { person_id: person.into(), face_ids: faces.iter().map(|face| FaceId(*face)).collect() }
    }

    #[test]
    fn a_split_that_was_interrupted_is_known_again_with_faces_that_are_not_the_persons() {
        assert!(is_asked(&split("ada", &[1, 2]), &split("ada", &[1, 9, 2])));
        assert!(!is_asked(&split("ada", &[1, 2]), &split("ada", &[1])));
        assert!(!is_asked(&split("ada", &[1]), &split("bea", &[1])));
        let unmerge = |from: &str| PersonEdit::UnmergePersons {
            into: "ada".into(),
            from: vec![from.into()],
            persons: Vec::new(),
        };
        assert!(is_asked(&unmerge("bea"), &unmerge("bea")) && !is_asked(&unmerge("bea"), &unmerge("tom")));
    }
}
