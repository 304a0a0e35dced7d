//! Buffered standard output that notices when its reader has gone. Imports `error`.

use std::io::{self, BufWriter, ErrorKind, Stdout, Write};

use serde::Serialize;

use crate::error::{Error, Result};

/// Standard output. `visavis faces .. | head` must end quietly, so a closed pipe is told apart from other errors.
pub(super) struct Output {
    writer: BufWriter<Stdout>,
    closed: bool,
}

impl Output {
    pub(super) fn new() -> Self {
        Self { writer: BufWriter::with_capacity(1 << 16, io::stdout()), closed: false }
    }

    /// Whether the reader of standard output has gone.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// A line for people. What would change how a terminal shows it comes out as a replacement character: names and titles come
    /// from anywhere.
    pub(super) fn line(&mut self, text: &str) -> Result<()> {
        let written = writeln!(self.writer, "{}", printable(text));
        self.check(written)
    }

    /// One JSON value on a line of its own.
    pub(super) fn json_line<T: Serialize>(&mut self, value: &T) -> Result<()> {
        let text = serde_json::to_string(value).map_err(|e| Error::Internal { reason: format!("JSON: {e}") })?;
        let written = writeln!(self.writer, "{text}");
        self.check(written)
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        let flushed = self.writer.flush();
        self.check(flushed)
    }

    fn check(&mut self, result: io::Result<()>) -> Result<()> {
        result.map_err(|e| {
            self.closed |= e.kind() == ErrorKind::BrokenPipe;
            Error::Io { path: "standard output".to_owned(), reason: e.to_string() }
        })
    }
}

/// A line on standard error; lost, not fatal, where standard error is closed.
pub(super) fn stderr_line(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable(text));
}

/// A text without control characters and without those that turn the direction of writing.
fn printable(text: &str) -> String {
    let is_plain = |c: char| {
        !(c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    };
    text.chars().map(|c| if is_plain(c) || c == '\t' { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_command_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mred\u{7}\n\u{202e}x\tü"), "a\u{fffd}[31mred\u{fffd}\u{fffd}\u{fffd}x\tü");
    }
}
