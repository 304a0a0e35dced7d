//! How far the work is: a bar on a terminal, a line every few seconds elsewhere. Imports nothing of the crate.

use std::cell::Cell;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::stderr_line;

/// Time between lines where standard error is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Progress over a known number of photos.
pub(super) struct Progress {
    bar: ProgressBar,
    lines: bool,
    last_line: Cell<Instant>,
    started: Instant,
}

impl Progress {
    pub(super) fn new(total: usize, quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target =
            if terminal && !quiet { ProgressDrawTarget::stderr_with_hz(5) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total as u64), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} photos, {per_sec}, {eta} left") {
            bar.set_style(style);
        }
        let now = Instant::now();
        Self { bar, lines: !terminal && !quiet, last_line: Cell::new(now), started: now }
    }

    /// One photo more is done.
    pub(super) fn step(&self) {
        self.bar.inc(1);
        if self.lines && self.last_line.get().elapsed() >= LINE_EVERY {
            self.last_line.set(Instant::now());
            stderr_line(&self.text());
        }
    }

    /// Takes the bar off the screen.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Seconds since the start.
    pub(super) fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
    fn text(&self) -> String {
        let (done, total) = (self.bar.position(), self.bar.length().unwrap_or(0));
        let rate = done as f64 / self.seconds().max(1e-3);
        let left = total.saturating_sub(done) as f64 / rate.max(1e-3);
        format!("{done}/{total} photos, {rate:.1} a second, {left:.0} s left")
    }
}
