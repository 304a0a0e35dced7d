//! How far the work is: a bar on a terminal, a line every few seconds elsewhere. Imports nothing of the crate.
//!
//! A photo counts as one piece of work, and so does a frame of a film. How long a film is, is known once it is begun; until
//! then its length is guessed from its bytes and from the films that were begun.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::stderr_line;

/// Time between lines where standard error is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// What there is to do.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Plan {
    pub(super) photos: usize,
    pub(super) films: usize,
    /// Bytes of all films.
    pub(super) film_bytes: u64,
    /// Frames of a second of film.
    pub(super) frames_per_second: f64,
}

/// Progress of a run, shared by its workers.
pub(super) struct Progress {
    bar: ProgressBar,
    lines: bool,
    started: Instant,
    plan: Plan,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    last_line: Instant,
    photos: usize,
    films: usize,
    /// Films in work by name: their length, where it is known, and how far they are.
    in_work: HashMap<String, (Option<f64>, f64)>,
    /// Bytes and seconds of the films whose length is known.
    known_bytes: u64,
    known_s: f64,
    /// Bytes of films that were not begun.
    unknown_bytes: u64,
    /// Seconds of film that are done, in this run or an earlier one.
    done_s: f64,
    /// Seconds of film that an earlier run did.
    earlier_s: f64,
}

impl Progress {
    pub(super) fn new(plan: Plan, quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target =
            if terminal && !quiet { ProgressDrawTarget::stderr_with_hz(5) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(1), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {msg}") {
            bar.set_style(style);
        }
        let now = Instant::now();
        let state = State {
            last_line: now,
            photos: 0,
            films: 0,
            in_work: HashMap::new(),
            known_bytes: 0,
            known_s: 0.0,
            unknown_bytes: plan.film_bytes,
            done_s: 0.0,
            earlier_s: 0.0,
        };
        Self { bar, lines: !terminal && !quiet, started: now, plan, state: Mutex::new(state) }
    }

    /// One photo more is done.
    pub(super) fn photo_done(&self) {
        let mut state = self.state();
        state.photos += 1;
        self.tell(&mut state);
    }

    /// A film is done with, read or not; one that was never begun (nothing had to be done for it) takes its bytes off the plan.
    pub(super) fn film_done(&self, name: &str, bytes: u64) {
        let mut state = self.state();
        state.films += 1;
        match state.in_work.remove(name) {
            Some((length, at)) => state.known_s += at - length.unwrap_or(0.0),
            None => state.unknown_bytes = state.unknown_bytes.saturating_sub(bytes),
        }
        self.tell(&mut state);
    }

    /// A film is begun: its length, where that is known.
    pub(super) fn film_begins(&self, name: &str, bytes: u64, duration_s: Option<f64>) {
        let mut state = self.state();
        state.in_work.insert(name.to_owned(), (duration_s, 0.0));
        state.unknown_bytes = state.unknown_bytes.saturating_sub(bytes);
        if let Some(duration_s) = duration_s {
            state.known_bytes += bytes;
            state.known_s += duration_s;
        }
    }

    /// An earlier run did so many seconds of a film.
    pub(super) fn film_resumes(&self, name: &str, at_s: f64) {
        let mut state = self.state();
        state.earlier_s += at_s;
        state.advance(name, at_s);
    }

    /// So many seconds of a film are done.
    pub(super) fn film_advances(&self, name: &str, to_s: f64) {
        let mut state = self.state();
        state.advance(name, to_s);
        self.tell(&mut state);
    }

    /// Takes the bar off the screen.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Seconds since the start.
    pub(super) fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, state: &mut State) {
        let is_due = self.lines && state.last_line.elapsed() >= LINE_EVERY;
        if self.bar.is_hidden() && !is_due {
            return;
        }
        let view = View::of(&self.plan, state, self.seconds());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "pieces of work are few and positive"
        )]
        let (total, done) = (view.total.ceil() as u64, view.done as u64);
        self.bar.set_length(total.max(1));
        self.bar.set_position(done);
        let text = view.text(&self.plan, state);
        if is_due {
            state.last_line = Instant::now();
            stderr_line(&text);
        }
        self.bar.set_message(text);
    }
}

impl State {
    fn advance(&mut self, name: &str, to_s: f64) {
        if let Some((_, at)) = self.in_work.get_mut(name) {
            self.done_s += to_s - std::mem::replace(at, to_s);
        }
    }
}

/// The work in pieces, as far as it can be told.
#[derive(Debug, PartialEq)]
struct View {
    total: f64,
    done: f64,
    film_s: f64,
    /// Seconds of film a second, and pieces of work a second.
    film_speed: f64,
    speed: f64,
}

impl View {
    #[expect(clippy::cast_precision_loss, reason = "rates for people to read")]
    fn of(plan: &Plan, state: &State, seconds: f64) -> Self {
        let seconds = seconds.max(1e-3);
        let guessed = if state.known_bytes > 0 {
            state.unknown_bytes as f64 * state.known_s / state.known_bytes as f64
        } else {
            0.0
        };
        let film_s = (state.known_s + guessed).max(state.done_s);
        let done = state.photos as f64 + state.done_s * plan.frames_per_second;
        let now = done - state.earlier_s * plan.frames_per_second;
        Self {
            total: plan.photos as f64 + film_s * plan.frames_per_second,
            done,
            film_s,
            film_speed: (state.done_s - state.earlier_s) / seconds,
            speed: now / seconds,
        }
    }

    fn text(&self, plan: &Plan, state: &State) -> String {
        let mut parts = Vec::new();
        if plan.photos > 0 {
            parts.push(format!("{}/{} photos", state.photos, plan.photos));
        }
        if plan.films > 0 {
            let films = format!("{}/{} videos", state.films, plan.films);
            let (done, all) = (clock(state.done_s), clock(self.film_s));
            parts.push(format!("{films}, {done} of {all} of film, {:.1} s of film a second", self.film_speed));
        } else {
            parts.push(format!("{:.1} a second", self.speed));
        }
        parts.push(format!("{} left", clock((self.total - self.done).max(0.0) / self.speed.max(1e-3))));
        parts.join(", ")
    }
}

/// `m:ss` or `h:mm:ss`.
pub(super) fn clock(seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "as casts saturate, and time is positive"
    )]
    let seconds = seconds.round() as u64;
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{rest:02}") } else { format!("{minutes}:{rest:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_counts_films_that_were_not_begun() {
        let plan = Plan { photos: 10, films: 2, film_bytes: 300, frames_per_second: 5.0 };
        let progress = Progress::new(plan, true);
        progress.photo_done();
        progress.film_begins("a.mp4", 100, Some(60.0));
        progress.film_resumes("a.mp4", 20.0);
        progress.film_advances("a.mp4", 30.0);
        let state = progress.state();
        let view = View::of(&plan, &state, 10.0);
        // 60 s are known of 100 bytes, so 200 bytes more are taken for 120 s.
        let expected =
            View { total: 10.0 + 180.0 * 5.0, done: 1.0 + 30.0 * 5.0, film_s: 180.0, film_speed: 1.0, speed: 5.1 };
        assert_eq!(view, expected);
        let text = view.text(&plan, &state);
        assert_eq!(text, "1/10 photos, 0/2 videos, 0:30 of 3:00 of film, 1.0 s of film a second, 2:29 left");
    }

    #[test]
    fn hours_are_shown_where_there_are_any() {
        assert_eq!((clock(59.6), clock(3725.0)), ("1:00".to_owned(), "1:02:05".to_owned()));
    }
}
