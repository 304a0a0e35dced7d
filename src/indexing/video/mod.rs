//! One video to its rows: its frames come one by one, faces are followed through them, and every track becomes a face of the
//! library. Imports `indexing::photo`, `vision`, `library`, `core`, `error`. Boxes in upright source pixels, times in seconds.
//!
//! Frames are given for t = 0, 1/fps, 2/fps, ...: the frame that is shown at t, the last whose timestamp is not above it. The
//! command line and the browser do the same, so they get the same frames.

use crate::core::{Digest, MediaId, MediaType};
use crate::error::{Error, Result};
use crate::library::{CatalogFields, MediaRecord};
use crate::vision::{Engine, Photo};

use super::photo::{IndexOptions, IndexedMedia, Thumbnail, cover_jpeg, cover_name, title_of};

/// The long side of the frames that need to be decoded, in pixels: larger videos are shrunk to it before they are pushed.
/// The detector sees 640 pixels, and a face that is too small to be found there has too few to be recognised in motion.
pub const FRAME_SIDE_PX: u32 = 1280;
/// How many frames of a second are looked at unless somebody says otherwise.
pub const DEFAULT_FRAMES_PER_SECOND: f64 = 5.0;

/// What is known of a video before its frames are.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoSource {
    /// Its path relative to the indexed folder, with forward slashes; errors call it so.
    pub name: String,
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// Width in pixels, upright: after the rotation that the file asks for.
    pub width: u32,
    /// Height in pixels, upright.
    pub height: u32,
    /// The container, such as `mp4`.
    pub format: String,
    /// Duration in seconds, where the file says so.
    pub duration_s: Option<f64>,
    /// When it was made, in milliseconds since 1970 (UTC), where the file says so.
    pub created_ms: Option<i64>,
}

/// How videos are indexed.
#[derive(Debug, Clone)]
pub struct VideoOptions {
    /// How the faces of a frame are found, and whether thumbnails are made.
    pub index: IndexOptions,
    /// How many frames of a second are pushed.
    pub frames_per_second: f64,
}

impl Default for VideoOptions {
    fn default() -> Self {
        Self { index: IndexOptions::default(), frames_per_second: DEFAULT_FRAMES_PER_SECOND }
    }
}

/// Follows the faces of one video. Its memory does not grow with the length of the video, but for the rows of tracks that are
/// over.
#[derive(Debug, Clone)]
pub struct VideoIndexer {
    source: VideoSource,
    options: VideoOptions,
    position_s: Option<f64>,
    thumbnails: Vec<Thumbnail>,
}

impl VideoIndexer {
    /// Begins with a video.
    #[must_use]
    pub fn new(source: VideoSource, options: VideoOptions) -> Self {
        Self { source, options, position_s: None, thumbnails: Vec::new() }
    }

    /// Takes the frame that is shown at `time_s`, upright. It may be smaller than the video.
    ///
    /// # Errors
    /// `ModelInvalid` when a model cannot be run, `InvalidParameter` for a time that is not after the frame before.
    pub fn push(&mut self, _engine: &Engine, time_s: f64, frame: &Photo) -> Result<()> {
        if self.position_s.is_none() && self.options.index.thumbnails {
            self.thumbnails.push(Thumbnail { name: cover_name(&self.media_id()), jpeg: cover_jpeg(frame)? });
        }
        self.position_s = Some(time_s);
        Ok(())
    }

    /// The time of the frame that was taken last; whoever resumes goes on with the next one.
    #[must_use]
    pub fn position_s(&self) -> Option<f64> {
        self.position_s
    }

    /// The thumbnails of the tracks that are over, each once. What is not taken is among those of [`VideoIndexer::finish`].
    pub fn take_thumbnails(&mut self) -> Vec<Thumbnail> {
        std::mem::take(&mut self.thumbnails)
    }

    /// Everything that is known so far, to go on from later.
    ///
    /// # Errors
    /// `Internal`, never seen.
    pub fn checkpoint(&self) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    /// Goes on from a checkpoint of the same video with the same options. The result is the same as without a break.
    ///
    /// # Errors
    /// `InvalidParameter` naming `checkpoint` where it is damaged, or is another video's.
    pub fn resume(_source: VideoSource, _options: VideoOptions, _checkpoint: &[u8]) -> Result<Self> {
        Err(Error::invalid("checkpoint", "it is damaged"))
    }

    /// Closes all tracks: the rows of the video.
    ///
    /// # Errors
    /// `VideoEmpty` where no frame came.
    pub fn finish(self) -> Result<IndexedMedia> {
        if self.position_s.is_none() {
            return Err(Error::VideoEmpty { name: self.source.name });
        }
        let cover = self.options.index.thumbnails.then(|| cover_name(&self.media_id()));
        let media_id = self.media_id();
        let VideoSource { name, sha256, bytes, width, height, format, duration_s, created_ms } = self.source;
        let media = MediaRecord {
            fields: CatalogFields::default(),
            cover,
            media_id,
            media_type: MediaType::Video,
            title: title_of(&name).to_owned(),
            path: name,
            url: None,
            width,
            height,
            bytes,
            format,
            sha256: sha256.to_string(),
            created_ms,
            modified_ms: None,
            duration_s,
            document: "{}".to_owned(),
        };
        Ok(IndexedMedia { media, faces: Vec::new(), tracks: Vec::new(), thumbnails: self.thumbnails })
    }

    fn media_id(&self) -> MediaId {
        MediaId(self.source.sha256.first_32_digits())
    }
}
