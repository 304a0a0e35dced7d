//! What is kept of a film in work: `OUT/.visavis/partial/<sha256>`, a line with its numbers, then the indexer's own
//! bytes, which begin with their checksum. Written under another name and renamed, so that it is whole or not there. Imports `core`, `error`.

use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cli::files::{create_folder, io_error, remove_if_there, write_whole};
use crate::cli::video::Checkpoint;
use crate::core::Digest;
use crate::error::{Error, Result};

/// What a film in work cost the memory so far; more is not read.
const CHECKPOINT_BYTES_LIMIT: u64 = 1 << 30;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    /// Of everything that the rows depend on but for the film.
    settings: String,
    frames: u64,
    pictures: [String; 2],
}

/// The checkpoints of all films in work.
#[derive(Debug, Clone)]
pub(super) struct Partials {
    folder: PathBuf,
}

impl Partials {
    /// In this folder, made where it is not there.
    pub(super) fn open(folder: PathBuf) -> Result<Self> {
        create_folder(&folder)?;
        Ok(Self { folder })
    }

    /// What was kept of the film with this hash under these settings; `None` also where it is damaged.
    pub(super) fn load(&self, film: &Digest, settings: &str) -> Option<Checkpoint> {
        let path = self.path(film);
        let metadata = fs::symlink_metadata(&path).ok()?;
        if !metadata.is_file() || metadata.len() > CHECKPOINT_BYTES_LIMIT {
            return None;
        }
        parse(&fs::read(&path).ok()?, settings)
    }

    /// Keeps a checkpoint in place of the one before.
    pub(super) fn save(&self, film: &Digest, settings: &str, checkpoint: &Checkpoint) -> Result<()> {
        let head = Head {
            settings: settings.to_owned(),
            frames: checkpoint.frames,
            pictures: checkpoint.pictures.map(|picture| picture.to_string()),
        };
        let line = serde_json::to_vec(&head).map_err(|e| Error::Internal { reason: format!("checkpoint: {e}") })?;
        write_whole(&self.path(film), &[&line, b"\n".as_slice(), &checkpoint.state].concat(), &self.scratch(film))
    }

    /// A name to write under that no other film's worker uses.
    pub(super) fn scratch(&self, film: &Digest) -> PathBuf {
        self.folder.join(format!("{film}.new"))
    }

    /// Forgets a film.
    pub(super) fn remove(&self, film: &str) -> Result<()> {
        remove_if_there(&self.folder.join(film))?;
        remove_if_there(&self.folder.join(format!("{film}.new")))
    }

    /// Forgets all films.
    pub(super) fn clear(&self) -> Result<()> {
        for entry in fs::read_dir(&self.folder).map_err(|e| io_error(&self.folder, &e))? {
            let path = entry.map_err(|e| io_error(&self.folder, &e))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if Digest::from_hex(name.trim_end_matches(".new")).is_some() {
                remove_if_there(&path)?;
            }
        }
        Ok(())
    }

    fn path(&self, film: &Digest) -> PathBuf {
        self.folder.join(film.to_string())
    }
}

fn parse(bytes: &[u8], settings: &str) -> Option<Checkpoint> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, state) = bytes.split_at_checked(end)?;
    let state = state.strip_prefix(b"\n")?.to_vec();
    let head: Head = serde_json::from_slice(line).ok()?;
    let [earlier, last] = &head.pictures;
    let pictures = [Digest::from_hex(earlier)?, Digest::from_hex(last)?];
    (head.settings == settings).then_some(Checkpoint { frames: head.frames, pictures, state })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::sha256;

    #[test]
    fn a_checkpoint_comes_back_for_its_film_and_settings_only() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let partials = Partials::open(folder.path().join("partial"))?;
        let (film, other) = (sha256(b"film"), sha256(b"other"));
        let checkpoint = Checkpoint {
            frames: 7,
            pictures: [sha256(b"earlier"), sha256(b"last")],
            state: b"state\nof two lines".to_vec(),
        };
        partials.save(&film, "s", &checkpoint)?;
        assert_eq!(partials.load(&film, "s"), Some(checkpoint.clone()));
        assert_eq!(partials.load(&film, "t"), None);
        assert_eq!(partials.load(&other, "s"), None);
        partials.save(&other, "s", &checkpoint)?;
        partials.remove(&film.to_string())?;
        assert_eq!((partials.load(&film, "s"), partials.load(&other, "s")), (None, Some(checkpoint)));
        partials.clear()?;
        assert_eq!(partials.load(&other, "s"), None);
        Ok(())
    }

    #[test]
    fn a_damaged_checkpoint_is_none() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let partials = Partials::open(folder.path().to_owned())?;
        let film = sha256(b"film");
        partials.save(&film, "s", &Checkpoint { frames: 7, pictures: [film; 2], state: vec![1; 100] })?;
        let path = folder.path().join(film.to_string());
        let whole = fs::read(&path)?;
        fs::write(&path, &whole[..whole.len() - 101])?;
        assert_eq!(partials.load(&film, "s"), None);
        fs::write(&path, b"")?;
        assert_eq!(partials.load(&film, "s"), None);
        Ok(())
    }
}
