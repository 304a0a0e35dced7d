//! A video that was interrupted goes on from here. Imports `core`, `error`.
//!
//! SHA-256 of the rest, then JSON: which video, with what settings, and everything that changes from frame to frame.

use serde::{Deserialize, Serialize};

use crate::core::sha256;
use crate::error::{Error, Result};

use super::{State, VideoIndexer, VideoOptions, VideoSource};

/// Changes whenever the state, or what is done with it, does.
const VERSION: u32 = 1;
const DIGEST_BYTES: usize = 32;

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    of: &'a str,
    state: &'a State,
}

#[derive(Deserialize)]
struct Read {
    version: u32,
    of: String,
    state: State,
}

/// The video and the settings that a checkpoint belongs to.
fn belongs_to(source: &VideoSource, options: &VideoOptions) -> String {
    let VideoSource { sha256, width, height, .. } = source;
    let VideoOptions { index, frames_per_second } = options;
    format!("{sha256} {width} {height} {frames_per_second:?} {index:?}")
}

impl VideoIndexer {
    /// Everything that is known so far, to go on from later. Thumbnails that were taken are not in it.
    ///
    /// # Errors
    /// `Internal` where it cannot be written down, which was never seen.
    pub fn checkpoint(&self) -> Result<Vec<u8>> {
        let of = belongs_to(&self.source, &self.options);
        let json = serde_json::to_vec(&Written { version: VERSION, of: &of, state: &self.state })
            .map_err(|e| Error::Internal { reason: format!("checkpoint: {e}") })?;
        Ok([sha256(&json).0.as_slice(), &json].concat())
    }

    /// Goes on from a checkpoint of the same video with the same options. The result is the same as without a break.
    ///
    /// # Errors
    /// `InvalidParameter` naming `checkpoint` where it is damaged, was made by another version, or is of another video or of
    /// other options.
    pub fn resume(source: VideoSource, options: VideoOptions, checkpoint: &[u8]) -> Result<Self> {
        let refused = |reason: &str| Error::invalid("checkpoint", format!("{}: {reason}", source.name));
        let (digest, json) = checkpoint.split_at_checked(DIGEST_BYTES).ok_or_else(|| refused("it is cut off"))?;
        if sha256(json).0 != digest {
            return Err(refused("it is damaged"));
        }
        let read: Read = serde_json::from_slice(json).map_err(|_| refused("it is of another version"))?;
        if read.version != VERSION {
            return Err(refused("it is of another version"));
        }
        if read.of != belongs_to(&source, &options) {
            return Err(refused("it is of another video, or of other settings"));
        }
        Ok(Self { source, options, state: read.state })
    }
}
