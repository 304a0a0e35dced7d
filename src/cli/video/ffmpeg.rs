//! The system's ffmpeg and ffprobe: where they are, which version, and what they may do. Imports `error`.
//!
//! Both get the name of one file and may open that file only, in one of the containers of [`super::container`]: neither the
//! network, nor files that a playlist names.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::error::{Error, Result};

use super::child::answer_of;

/// More pixels a frame than this are not decoded: four times 8K.
pub(super) const MAX_PIXELS: u64 = 1 << 27;
/// The demuxers that may be used; those of playlists and of pictures are not among them.
const FORMATS: &str = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegvideo,mpegts";
/// The environment variables that name other programs.
const FFMPEG_VARIABLE: &str = "VISAVIS_FFMPEG";
const FFPROBE_VARIABLE: &str = "VISAVIS_FFPROBE";
/// A program that gives nothing for this long is given up.
const PATIENCE: Duration = Duration::from_mins(2);

/// Both programs, found to be there.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cli) struct Ffmpeg {
    pub(super) decoder: OsString,
    pub(super) prober: OsString,
    /// How long either may give nothing.
    pub(super) patience: Duration,
    /// How frames are kept from being doubled or dropped after the filters.
    pub(super) passthrough: [&'static str; 2],
}

impl Ffmpeg {
    /// Looks for both programs: `VISAVIS_FFMPEG` and `VISAVIS_FFPROBE`, else `ffmpeg` and `ffprobe` of the search path. An
    /// ffprobe beside the ffmpeg that is named is taken with it.
    ///
    /// # Errors
    /// `FfmpegMissing`, whose name is still to be set.
    pub(in crate::cli) fn find() -> Result<Self> {
        let named = |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty());
        let ffmpeg = named(FFMPEG_VARIABLE).unwrap_or_else(|| "ffmpeg".into());
        let ffprobe = named(FFPROBE_VARIABLE).unwrap_or_else(|| beside(&ffmpeg));
        let version = version_of(&ffmpeg, FFMPEG_VARIABLE, PATIENCE)?;
        version_of(&ffprobe, FFPROBE_VARIABLE, PATIENCE)?;
        // The option was renamed in 5.1; builds between releases have no number and are newer.
        let passthrough = match version {
            Some(version) if version < (5, 1) => ["-vsync", "passthrough"],
            _ => ["-fps_mode", "passthrough"],
        };
        Ok(Self { decoder: ffmpeg, prober: ffprobe, patience: PATIENCE, passthrough })
    }

    pub(super) fn ffmpeg(&self) -> Command {
        let mut command = quiet(&self.decoder);
        command.arg("-nostdin");
        command
    }

    pub(super) fn ffprobe(&self) -> Command {
        quiet(&self.prober)
    }
}

/// The options that say which file is opened, and that nothing else is.
pub(super) fn input(command: &mut Command, path: &Path) {
    // With the protocol before it, a name is never taken for an option or an address, whatever is in it.
    let mut address = OsString::from("file:");
    address.push(path);
    command.args(["-protocol_whitelist", "file", "-format_whitelist", FORMATS]);
    // The size may also change on the way.
    command.args(["-max_pixels", &MAX_PIXELS.to_string(), "-i"]).arg(address);
}

/// The last thing that a program said, without addresses in memory and the file's name.
pub(super) fn last_words(stderr: &str) -> String {
    let line = stderr.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("ffmpeg does not say why");
    let words = match line.split_once("] ") {
        Some((bracket, rest)) if bracket.starts_with('[') => rest,
        _ => line,
    };
    match words.rsplit_once(": ") {
        Some((file, rest)) if file.starts_with("file:") => rest.to_owned(),
        _ => words.to_owned(),
    }
}

fn quiet(program: &OsStr) -> Command {
    let mut command = Command::new(program);
    command.args(["-v", "error", "-hide_banner"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn beside(ffmpeg: &OsStr) -> OsString {
    let sibling =
        Path::new(ffmpeg).parent().map(|folder| folder.join(format!("ffprobe{}", std::env::consts::EXE_SUFFIX)));
    sibling.filter(|path| path.is_file()).map_or_else(|| "ffprobe".into(), PathBuf::into_os_string)
}

/// Major and minor number, where the program says any.
fn version_of(program: &OsStr, variable: &str, patience: Duration) -> Result<Option<(u32, u32)>> {
    let missing = |reason: String| Error::FfmpegMissing {
        name: "video".to_owned(),
        program: program.to_string_lossy().into_owned(),
        reason,
    };
    let answer = answer_of(Command::new(program).arg("-version"), patience).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => missing("was not found".to_owned()),
        io::ErrorKind::TimedOut | io::ErrorKind::FileTooLarge => missing(e.to_string()),
        _ => missing(format!("could not be started: {e}")),
    })?;
    let text = String::from_utf8_lossy(&answer.stdout);
    let Some(version) = text.lines().next().and_then(|line| line.split(" version ").nth(1)) else {
        return Err(missing(format!("is not ffmpeg's; see {variable}")));
    };
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Ok(match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Some((major, minor)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ffmpeg_said_last_is_told_without_addresses() {
        let said = "[mov,mp4 @ 0x55866db0b800] first\n[h264 @ 0x563b0b1a3b00] Invalid NAL unit size\n\n";
        assert_eq!(last_words(said), "Invalid NAL unit size");
        assert_eq!(last_words("file:a: b.mp4: Invalid data found"), "Invalid data found");
        assert_eq!(last_words(" \n"), "ffmpeg does not say why");
    }

    #[test]
    fn a_program_that_is_none_is_named() {
        let error = version_of(OsStr::new("no-such-program-anywhere"), FFMPEG_VARIABLE, PATIENCE).err();
        assert_eq!(error.as_ref().map(Error::code).as_deref(), Some("FfmpegMissing"));
        assert!(error.is_some_and(|e| e.to_string().contains("no-such-program-anywhere was not found")));
    }
}
