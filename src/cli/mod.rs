//! The command line: `visavis index | faces | search | clips | media | task | person | inspect | verify`.
//!
//! May import every other layer. This is where files are read and written; results go to stdout, everything else to stderr.

mod args;
mod clips;
mod engine;
mod faces;
mod files;
mod folder;
mod index;
mod inspect;
mod media;
mod output;
mod person;
mod person_args;
mod probe;
mod progress;
mod query_args;
mod search;
mod task;
mod verify;
mod video;
mod wire;

use std::num::NonZero;
use std::process::ExitCode;

use clap::Parser;

use crate::error::Error;

use self::args::{Args, Command};
use self::output::Output;

/// Far more than there are cores anywhere; every worker costs a stack and a decoded photo.
const MAX_WORKERS: usize = 256;

/// How a command ended, short of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Everything went well: exit code 0.
    Done,
    /// `verify` found problems: exit code 1, nothing more to say.
    ProblemsFound,
    /// Finished, but some files could not be read: exit code 3.
    SomeUnreadable,
}

/// Runs the command line that this process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    let mut output = Output::new();
    let ended = run(&args, &mut output);
    match ended.and_then(|outcome| output.flush().map(|()| outcome)) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::SomeUnreadable) => ExitCode::from(3),
        Ok(Outcome::ProblemsFound) => ExitCode::FAILURE,
        Err(_) if output.is_closed() => ExitCode::SUCCESS,
        Err(error) => {
            report(&error, args.command.wants_json(), &mut output);
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args, output: &mut Output) -> Result<Outcome, Error> {
    match &args.command {
        Command::Index(args) => index::run(args, output),
        Command::Faces(args) => faces::run(args, output),
        Command::Search(args) => search::run(args, output),
        Command::Clips(args) => clips::run(args, output),
        Command::Media(args) => media::run(args, output),
        Command::Task(args) => task::run(args, output),
        Command::Person(args) => person::run(args, output),
        Command::Inspect(args) => inspect::run(args, output),
        Command::Verify(args) => verify::run(args, output),
    }
}

/// Says on stderr what went wrong, and with `--json` on stdout too.
fn report(error: &Error, json: bool, output: &mut Output) {
    if json {
        // If stdout is gone there is nobody left to tell; stderr still gets its line.
        let _ = output.json_line(&wire::ErrorReport::of(error));
        let _ = output.flush();
    }
    output::stderr_line(&format!("error: {} ({})", wire::one_line(error), error.code()));
}

/// How many photos are worked on at once: what was wished for, else one per core, and never more than there are.
fn worker_count(wanted: Option<u16>, photos: usize) -> usize {
    let count = wanted.map_or_else(|| std::thread::available_parallelism().map_or(1, NonZero::get), usize::from);
    count.clamp(1, photos.clamp(1, MAX_WORKERS))
}
