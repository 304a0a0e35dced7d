//! How far the work is: a bar on a terminal, a line every few seconds elsewhere. Imports nothing of the crate.
//!
//! A photo counts as one piece of work, and so does a frame of a film. How long the films are is looked up while the work goes on;
//! how much there is in all is said once it is known of every film.

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
    /// Photos that only say what a person looks like.
    pub(super) portraits: usize,
    pub(super) films: usize,
    /// Frames of a second of film.
    pub(super) frames_per_second: f64,
}

/// Progress of a run, shared by its workers.
pub(super) struct Progress {
    bar: ProgressBar,
    lines: bool,
    started: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    last_line: Instant,
    plan: Plan,
    photos: usize,
    portraits: usize,
    films: usize,
    /// Seconds of the films whose length was asked for, by name; 0 where it is not to be known, and of films that are done with.
    lengths: HashMap<String, f64>,
    /// How far films are that are in work, in seconds.
    in_work: HashMap<String, f64>,
    /// How many films' length was not asked for yet.
    unmeasured: usize,
    /// Seconds of all films, as far as that is known.
    film_s: f64,
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
            plan,
            photos: 0,
            portraits: 0,
            films: 0,
            lengths: HashMap::new(),
            in_work: HashMap::new(),
            unmeasured: plan.films,
            film_s: 0.0,
            done_s: 0.0,
            earlier_s: 0.0,
        };
        Self { bar, lines: !terminal && !quiet, started: now, state: Mutex::new(state) }
    }

    /// Whether anybody sees it.
    pub(super) fn is_shown(&self) -> bool {
        self.lines || !self.bar.is_hidden()
    }

    /// One photo more is done.
    pub(super) fn photo_done(&self) {
        let mut state = self.state();
        state.photos += 1;
        self.tell(&mut state);
    }

    /// One portrait more is done.
    pub(super) fn portrait_done(&self) {
        let mut state = self.state();
        state.portraits += 1;
        self.tell(&mut state);
    }

    /// A film is done with, read or not.
    pub(super) fn film_done(&self, name: &str) {
        let mut state = self.state();
        state.films += 1;
        let at = state.in_work.remove(name).unwrap_or(0.0);
        // What is left of it will not come.
        state.measure(name, Some(0.0));
        state.film_s += at - state.lengths.insert(name.to_owned(), 0.0).unwrap_or(0.0);
        self.tell(&mut state);
    }

    /// What was planned as a photo is a film by its contents, or the other way round. Before anything else is said of it.
    pub(super) fn is_film(&self, name: &str, is_film: bool) {
        let mut state = self.state();
        let plan = &mut state.plan;
        if is_film {
            (plan.photos, plan.films) = (plan.photos.saturating_sub(1), plan.films + 1);
            state.unmeasured += 1;
        } else {
            (plan.photos, plan.films) = (plan.photos + 1, plan.films.saturating_sub(1));
            state.measure(name, None);
        }
    }

    /// Whether the length of a film was not asked for yet.
    pub(super) fn is_unmeasured(&self, name: &str) -> bool {
        !self.state().lengths.contains_key(name)
    }

    /// The length of a film that may be begun later, where that is known. Only what is said first counts.
    pub(super) fn film_measured(&self, name: &str, length_s: Option<f64>) {
        self.state().measure(name, length_s);
    }

    /// A film is begun: its length, where that is known.
    pub(super) fn film_begins(&self, name: &str, length_s: Option<f64>) {
        let mut state = self.state();
        state.measure(name, length_s);
        state.in_work.insert(name.to_owned(), 0.0);
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
        let view = View::of(state, self.seconds());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "pieces of work are few and positive"
        )]
        let (total, done) = (view.total.map(|total| total.ceil() as u64), view.done as u64);
        self.bar.set_length(total.unwrap_or(1).max(1));
        self.bar.set_position(total.map_or(0, |_| done));
        let text = view.text(state);
        if is_due {
            state.last_line = Instant::now();
            stderr_line(&text);
        }
        self.bar.set_message(text);
    }
}

impl State {
    fn advance(&mut self, name: &str, to_s: f64) {
        if let Some(at) = self.in_work.get_mut(name) {
            self.done_s += to_s - std::mem::replace(at, to_s);
        }
    }

    fn measure(&mut self, name: &str, length_s: Option<f64>) {
        if self.lengths.contains_key(name) {
            return;
        }
        let length_s = length_s.unwrap_or(0.0);
        self.lengths.insert(name.to_owned(), length_s);
        self.unmeasured = self.unmeasured.saturating_sub(1);
        self.film_s += length_s;
    }
}

/// The work in pieces, as far as it can be told.
#[derive(Debug, PartialEq)]
struct View {
    /// Where it is known.
    total: Option<f64>,
    done: f64,
    film_s: f64,
    /// Seconds of film a second, and pieces of work a second.
    film_speed: f64,
    speed: f64,
}

impl View {
    #[expect(clippy::cast_precision_loss, reason = "rates for people to read")]
    fn of(state: &State, seconds: f64) -> Self {
        let (seconds, plan) = (seconds.max(1e-3), &state.plan);
        let film_s = state.film_s.max(state.done_s);
        let done = (state.photos + state.portraits) as f64 + state.done_s * plan.frames_per_second;
        let now = done - state.earlier_s * plan.frames_per_second;
        let total = (plan.photos + plan.portraits) as f64 + film_s * plan.frames_per_second;
        Self {
            total: (state.unmeasured == 0).then_some(total),
            done,
            film_s,
            film_speed: (state.done_s - state.earlier_s) / seconds,
            speed: now / seconds,
        }
    }

    fn text(&self, state: &State) -> String {
        let plan = &state.plan;
        let mut parts = Vec::new();
        let kinds = [
            (state.photos, plan.photos, "photos"),
            (state.portraits, plan.portraits, "portraits"),
            (state.films, plan.films, "videos"),
        ];
        parts.extend(kinds.iter().filter(|kind| kind.1 > 0).map(|(done, all, kind)| format!("{done}/{all} {kind}")));
        if plan.films > 0 {
            let all = self.total.map(|_| format!(" of {}", clock(self.film_s))).unwrap_or_default();
            let speed = self.film_speed;
            parts.push(format!("{}{all} of film, {speed:.1} s of film a second", clock(state.done_s)));
        } else {
            parts.push(format!("{:.1} a second", self.speed));
        }
        let left = self.total.map(|total| (total - self.done).max(0.0) / self.speed.max(1e-3));
        parts.extend(left.map(|left| format!("{} left", clock(left))));
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

    fn text(progress: &Progress, seconds: f64) -> String {
        let state = progress.state();
        View::of(&state, seconds).text(&state)
    }

    #[test]
    fn how_much_there_is_is_said_once_it_is_known_of_every_film() {
        let plan = Plan { photos: 10, portraits: 3, films: 3, frames_per_second: 5.0 };
        let progress = Progress::new(plan, true);
        progress.photo_done();
        progress.portrait_done();
        progress.film_begins("a.mp4", Some(60.0));
        progress.film_resumes("a.mp4", 20.0);
        progress.film_advances("a.mp4", 30.0);
        let begun = "1/10 photos, 1/3 portraits, 0/3 videos, 0:30";
        assert_eq!(text(&progress, 10.0), format!("{begun} of film, 1.0 s of film a second"));
        progress.film_measured("b.mp4", Some(120.0));
        assert!(progress.is_unmeasured("c.mp4") && !progress.is_unmeasured("b.mp4"));
        progress.film_measured("c.mp4", None);
        progress.film_measured("c.mp4", Some(99.0));
        // 10 + 3 - 2 photos and 150 s of 5 frames are left, at 5.2 a second.
        assert_eq!(text(&progress, 10.0), format!("{begun} of 3:00 of film, 1.0 s of film a second, 2:26 left"));
        // One that need not be read takes its length with it, one that is cut off what is missing.
        progress.film_done("b.mp4");
        progress.film_begins("b.mp4", Some(120.0));
        progress.film_done("a.mp4");
        let state = progress.state();
        assert_eq!((state.film_s, state.unmeasured, state.films), (30.0, 0, 2));
    }

    #[test]
    fn a_file_counts_as_what_it_is_not_as_what_it_is_called() {
        let progress = Progress::new(Plan { photos: 1, portraits: 0, films: 1, frames_per_second: 5.0 }, true);
        progress.is_film("film.jpg", true);
        progress.film_begins("film.jpg", Some(4.0));
        progress.film_advances("film.jpg", 4.0);
        progress.film_done("film.jpg");
        progress.is_film("photo.mp4", false);
        progress.photo_done();
        let expected = "1/1 photos, 1/1 videos, 0:04 of 0:04 of film, 1.0 s of film a second, 0:00 left";
        assert_eq!(text(&progress, 4.0), expected);
    }

    #[test]
    fn hours_are_shown_where_there_are_any() {
        assert_eq!((clock(59.6), clock(3725.0)), ("1:00".to_owned(), "1:02:05".to_owned()));
    }
}
