//! Edits of persons that were made by hand, kept in `OUT/.visavis/people.jsonl`: one a line, in the order made. Imports `indexing`.
//!
//! A line is on the disk before the library that it makes is published. `people.applied` says how many of the lines the published
//! library has: what an interruption left out is done by the next command.
//!
//! Once all are published, what is only about persons who were deleted is removed from the lines (`purge_deleted`): the file is
//! replaced as a whole, then the number. Interrupted before that or between, the next command does it.

use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::cli::files::{io_error, remove_if_there, sync_folder, write_whole};
use crate::core::MediaId;
use crate::error::{Error, Result};
use crate::indexing::{
    DiscoverOptions, PersonEdit, apply_edits, discover, edit_of_line, face_thumbnail_name, is_added_by_hand,
    line_of_edit, purge_deleted,
};
use crate::library::LibraryContents;

use super::contents::Gathered;
use super::folder::OutFolder;

/// The edits of a library's folder, which is locked as long as this is used.
#[derive(Debug)]
pub(in crate::cli) struct EditLog {
    path: PathBuf,
    applied_path: PathBuf,
    scratch: PathBuf,
    edits: Vec<PersonEdit>,
    /// How many of them the published library has.
    applied: usize,
}

impl EditLog {
    /// Reads the edits. A last line that was cut off by an interruption is removed.
    ///
    /// # Errors
    /// `IoError` naming the file and the line that cannot be read.
    pub(in crate::cli) fn open(out: &OutFolder) -> Result<Self> {
        let [path, applied_path, scratch] = out.edit_paths();
        let edits = read_edits(&path)?;
        // Where it is not known how far the library is, all edits are done again, which does no harm.
        let applied = fs::read_to_string(&applied_path).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        let mut log = Self { path, applied_path, scratch, edits, applied };
        if applied > log.edits.len() {
            // Interrupted when lines had just been removed. Left so, the number would cover lines that are still to come.
            log.write_applied(log.edits.len())?;
        }
        if log.applied == log.edits.len() {
            log.purge()?;
        }
        Ok(log)
    }

    /// The edits that the published library has not.
    pub(in crate::cli) fn pending(&self) -> &[PersonEdit] {
        self.edits.get(self.applied..).unwrap_or_default()
    }

    /// Adds an edit, and before it what it decides about faces, as far as that is new; they are on the disk when this returns.
    pub(in crate::cli) fn append(&mut self, keeps: Vec<PersonEdit>, edit: PersonEdit) -> Result<()> {
        // What was decided once stays so: only edits by hand change it, and they are all here.
        let new = keeps.into_iter().filter(|keep| !self.edits.contains(keep));
        let lines = new.chain([edit]).collect();
        self.append_all(lines)
    }

    fn append_all(&mut self, edits: Vec<PersonEdit>) -> Result<()> {
        let failed = |e: &std::io::Error| io_error(&self.path, e);
        let lines = lines_of(&edits)?;
        let mut file = OpenOptions::new().append(true).create(true).open(&self.path).map_err(|e| failed(&e))?;
        file.write_all(lines.as_bytes()).and_then(|()| file.sync_data()).map_err(|e| failed(&e))?;
        self.edits.extend(edits);
        Ok(())
    }

    /// Notes that the published library has all edits.
    pub(in crate::cli) fn mark_published(&mut self) -> Result<()> {
        if self.edits.is_empty() {
            return remove_if_there(&self.applied_path);
        }
        self.write_applied(self.edits.len())?;
        self.purge()
    }

    fn write_applied(&mut self, applied: usize) -> Result<()> {
        self.applied = applied;
        write_whole(&self.applied_path, format!("{applied}\n").as_bytes(), &self.scratch)
    }

    /// Removes what is only about persons who were deleted. All edits must be published.
    fn purge(&mut self) -> Result<()> {
        let left = purge_deleted(&self.edits);
        if left == self.edits {
            return Ok(());
        }
        let text = lines_of(&left)?;
        write_whole(&self.path, text.as_bytes(), &self.scratch)?;
        if let Some(state) = self.path.parent() {
            sync_folder(state);
        }
        self.edits = left;
        self.write_applied(self.edits.len())
    }

    /// Does the edits again on what was made of the photos, and answers what could not be done.
    pub(super) fn apply(&self, gathered: &mut Gathered, out: &OutFolder) -> Vec<String> {
        if self.edits.is_empty() {
            return Vec::new();
        }
        let warnings = apply_edits(&mut gathered.contents, &self.edits);
        let contents = &mut gathered.contents;
        // The photos that thumbnails were made of are not ours to read again.
        for media in contents.media.iter_mut().filter(|media| is_added_by_hand(media)) {
            media.cover.take_if(|cover| !out.has_thumbnail(cover));
        }
        gathered.thumbnails.extend(thumbnails_of(contents, is_added_by_hand));
        warnings
    }

    /// Finds persons among the faces that are nobody's. What is found is on the disk when this returns.
    pub(super) fn discover(&mut self, contents: &mut LibraryContents, min_faces: u16) -> Result<()> {
        let options = DiscoverOptions { min_faces: min_faces.into(), ..DiscoverOptions::of(&contents.embedder) };
        let found = discover(contents, &options);
        if found.is_empty() {
            return Ok(());
        }
        // Nothing of it can fail: the faces are there and nobody's.
        let _ = apply_edits(contents, &found);
        self.append_all(found)
    }
}

/// The thumbnails of those media of a library that are `wanted`, relative to the library.
pub(in crate::cli) fn thumbnails_of(
    contents: &LibraryContents,
    wanted: impl Fn(&crate::library::MediaRecord) -> bool,
) -> BTreeSet<String> {
    // A media without a cover was indexed without thumbnails.
    let shown = || contents.media.iter().filter(|media| media.cover.is_some() && wanted(media));
    let ids: HashSet<&MediaId> = shown().map(|media| &media.media_id).collect();
    let of_faces = contents.faces.iter().filter(|face| ids.contains(&face.media_id));
    let names = of_faces.map(|face| face_thumbnail_name(face.face_id));
    shown().filter_map(|media| media.cover.clone()).chain(names).collect()
}

fn lines_of(edits: &[PersonEdit]) -> Result<String> {
    edits.iter().map(|edit| line_of_edit(edit).map(|line| line + "\n")).collect()
}

fn read_edits(path: &Path) -> Result<Vec<PersonEdit>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(io_error(path, &e)),
    };
    let mut edits = Vec::new();
    let mut end = 0;
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let edit = std::str::from_utf8(line).map_err(|_| "not UTF-8 text".to_owned()).and_then(edit_of_line);
        let is_whole = line.ends_with(b"\n");
        match edit {
            Ok(edit) if is_whole => edits.push(edit),
            _ if line.trim_ascii().is_empty() && is_whole => {}
            Err(reason) if is_whole => {
                let reason = format!("line {}: {reason}; mend the line, or remove it to forget the edit", index + 1);
                return Err(Error::Io { path: path.display().to_string(), reason });
            }
            // Without its end it was being written when the run was interrupted: nothing was made of it yet.
            _ => cut_at(path, end)?,
        }
        end += line.len() as u64;
    }
    Ok(edits)
}

fn cut_at(path: &Path, end: u64) -> Result<()> {
    let cut = |file: File| file.set_len(end).and_then(|()| file.sync_data());
    OpenOptions::new().write(true).open(path).and_then(cut).map_err(|e| io_error(path, &e))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    fn edit(person_id: &str) -> PersonEdit {
        PersonEdit::DeletePerson { person_id: person_id.to_owned() }
    }

    #[test]
    fn what_was_appended_and_not_published_is_pending() -> Tested {
        let folder = tempfile::tempdir()?;
        let out = OutFolder::open(folder.path())?;
        let mut log = EditLog::open(&out)?;
        log.mark_published()?;
        log.append(Vec::new(), edit("a"))?;
        log.mark_published()?;
        log.append(Vec::new(), edit("b"))?;
        let mut log = EditLog::open(&out)?;
        assert_eq!((log.edits.as_slice(), log.pending()), ([edit("a"), edit("b")].as_slice(), [edit("b")].as_slice()));
        log.mark_published()?;
        assert_eq!(EditLog::open(&out)?.pending(), []);
        fs::remove_file(folder.path().join(".visavis/people.applied"))?;
        assert_eq!(EditLog::open(&out)?.pending().len(), 2);
        Ok(())
    }

    #[test]
    fn what_was_about_a_deleted_person_is_removed_whenever_it_was_interrupted() -> Tested {
        let folder = tempfile::tempdir()?;
        let out = OutFolder::open(folder.path())?;
        let [lines, applied] = ["people.jsonl", "people.applied"].map(|name| folder.path().join(".visavis").join(name));
        let groups = vec!["g".to_owned()];
        let add = PersonEdit::AddPerson { person_id: "a".into(), name: Some("Secret".into()), note: None, groups };
        let mut log = EditLog::open(&out)?;
        log.append(Vec::new(), add.clone())?;
        log.mark_published()?;
        log.append(Vec::new(), edit("a"))?;
        assert_eq!(EditLog::open(&out)?.edits.len(), 2, "nothing goes before the deletion is published");
        let whole = fs::read(&lines)?;
        log.mark_published()?;
        let purged = fs::read(&lines)?;
        assert_eq!((EditLog::open(&out)?.edits, fs::read_to_string(&applied)?), (vec![edit("a")], "1\n".to_owned()));
        // Killed before the lines were removed, and after that but before the number was written.
        for state in [&whole, &purged] {
            fs::write(&lines, state)?;
            fs::write(&applied, "2\n")?;
            let mut log = EditLog::open(&out)?;
            assert_eq!((fs::read(&lines)?, fs::read_to_string(&applied)?), (purged.clone(), "1\n".to_owned()));
            log.append(Vec::new(), add.clone())?;
            assert_eq!(EditLog::open(&out)?.pending(), std::slice::from_ref(&add));
        }
        Ok(())
    }

    #[test]
    fn a_torn_last_line_is_cut_and_the_log_goes_on() -> Tested {
        let folder = tempfile::tempdir()?;
        let out = OutFolder::open(folder.path())?;
        let mut log = EditLog::open(&out)?;
        log.append(Vec::new(), edit("a"))?;
        log.append(Vec::new(), edit("b"))?;
        let path = folder.path().join(".visavis/people.jsonl");
        let whole = fs::read(&path)?;
        for shorter in [1, 5] {
            fs::write(&path, &whole[..whole.len() - shorter])?;
            let mut log = EditLog::open(&out)?;
            assert_eq!(log.edits, [edit("a")]);
            log.append(Vec::new(), edit("c"))?;
            assert_eq!(EditLog::open(&out)?.edits, [edit("a"), edit("c")]);
        }
        Ok(())
    }

    #[test]
    fn a_damaged_line_is_named_with_its_file() -> Tested {
        let folder = tempfile::tempdir()?;
        let out = OutFolder::open(folder.path())?;
        EditLog::open(&out)?.append(Vec::new(), edit("a"))?;
        let path = folder.path().join(".visavis/people.jsonl");
        let good = fs::read_to_string(&path)?;
        for bad in ["{\"v\":1}\n", "\u{0}\n", "{\"v\":9,\"edit\":\"DeletePerson\",\"personId\":\"a\"}\n"] {
            fs::write(&path, format!("{good}\n{bad}{good}"))?;
            let error = EditLog::open(&out).err().ok_or("read")?;
            assert_eq!(error.code(), "IoError");
            let message = error.to_string();
            assert!(message.contains("people.jsonl: line 3: "), "{message}");
        }
        fs::write(&path, b"\xff\n")?;
        assert!(EditLog::open(&out).err().ok_or("read")?.to_string().contains("line 1: not UTF-8 text"));
        Ok(())
    }
}
