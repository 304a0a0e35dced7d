//! What a library holds: kinds of media, and ranges of time in them. Imports nothing.

use std::fmt;

/// Photo or video, by the wire's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MediaType {
    /// A still picture: `image`.
    Image,
    /// A moving picture: `video`.
    Video,
}

impl MediaType {
    /// The wire's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
        }
    }

    /// The media type of this wire name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "image" => Some(Self::Image),
            "video" => Some(Self::Video),
            _ => None,
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A range of time in a video, in seconds from its start; `start_s <= end_s`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeRange {
    /// First moment, in seconds.
    pub start_s: f64,
    /// Last moment, in seconds.
    pub end_s: f64,
}
