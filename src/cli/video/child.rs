//! Programs at the other end of a pipe: bounds on how long one may take and on what is kept of what it says. Imports nothing of
//! the crate.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// An answer that is longer than this is none.
pub(super) const ANSWER_BYTES: usize = 16 << 20;
/// How much of what a program says on standard error is kept: its end.
const STDERR_BYTES: usize = 4096;
/// So long the end of standard error is waited for once the program is gone: another that it started may hold it.
const LAST_WORDS: Duration = Duration::from_secs(5);
const ASKED_EVERY: Duration = Duration::from_millis(2);

/// What a program said, and how it ended.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: String,
}

/// Runs a program to its end.
///
/// # Errors
/// `TimedOut` where that takes longer than `patience`, `FileTooLarge` where it says more than [`ANSWER_BYTES`]; it is gone then.
/// Otherwise the operating system's.
pub(super) fn answer_of(command: &mut Command, patience: Duration) -> io::Result<Answer> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let said = Said::by(&mut child);
    let ended = stdout_and_status(&mut child, patience);
    if ended.is_err() {
        // It may have ended just now; what counts is that nothing of it is left.
        let _ = child.kill();
        let _ = child.wait();
    }
    let (stdout, status) = ended?;
    Ok(Answer { status, stdout, stderr: said.end() })
}

fn stdout_and_status(child: &mut Child, patience: Duration) -> io::Result<(Vec<u8>, ExitStatus)> {
    let started = Instant::now();
    let pipe = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let (sender, receiver) = channel();
    // Of its own, and not waited for: the pipe may stay open for ever.
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.take(ANSWER_BYTES as u64 + 1).read_to_end(&mut bytes);
        // Nobody waits any more where the time is over.
        let _ = sender.send(read.map(|_| bytes));
    });
    let stdout = receiver.recv_timeout(patience).map_err(|e| match e {
        RecvTimeoutError::Timeout => late(patience),
        RecvTimeoutError::Disconnected => io::ErrorKind::BrokenPipe.into(),
    })??;
    if stdout.len() > ANSWER_BYTES {
        let reason = format!("gave an answer of more than {} MB", ANSWER_BYTES >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    let status = ended_within(child, patience.saturating_sub(started.elapsed()))?;
    Ok((stdout, status))
}

fn late(patience: Duration) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("gave no answer in {} s", patience.as_secs_f64()))
}

/// How a program ended that has nothing more to say.
///
/// # Errors
/// `TimedOut` where it does not end in that time; it still runs then. Otherwise the operating system's.
pub(super) fn ended_within(child: &mut Child, patience: Duration) -> io::Result<ExitStatus> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if started.elapsed() >= patience {
            let reason = format!("did not end, {} s after the last that it said", patience.as_secs());
            return Err(io::Error::new(io::ErrorKind::TimedOut, reason));
        }
        thread::sleep(ASKED_EVERY);
    }
}

/// The end of what a program says on standard error. A thread reads it, so that the program never waits.
#[derive(Debug)]
pub(super) struct Said(Option<Receiver<String>>);

impl Said {
    pub(super) fn by(child: &mut Child) -> Self {
        Self(child.stderr.take().map(|pipe| {
            let (sender, receiver) = channel();
            // Nobody may want to know.
            thread::spawn(move || drop(sender.send(tail_of(pipe))));
            receiver
        }))
    }

    /// Once the program is gone.
    pub(super) fn end(self) -> String {
        self.0.and_then(|receiver| receiver.recv_timeout(LAST_WORDS).ok()).unwrap_or_default()
    }
}

fn tail_of(mut stderr: impl Read) -> String {
    let mut tail: Vec<u8> = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let count = match stderr.read(&mut buffer) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Ok(0) | Err(_) => break,
            Ok(count) => count,
        };
        tail.extend(buffer.iter().take(count));
        let surplus = tail.len().saturating_sub(STDERR_BYTES);
        tail.drain(..surplus);
    }
    String::from_utf8_lossy(&tail).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_standard_error_is_kept() {
        let long = "x".repeat(100_000) + "the end";
        let tail = tail_of(long.as_bytes());
        assert_eq!(tail.len(), STDERR_BYTES);
        assert!(tail.ends_with("the end"));
    }

    #[cfg(unix)]
    fn kind_of(script: &str, patience: Duration) -> Option<io::ErrorKind> {
        answer_of(Command::new("sh").args(["-c", script]), patience).err().map(|e| e.kind())
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_never_answers_never_ends_or_never_stops_talking_is_given_up() {
        let (soon, late) = (Duration::from_millis(50), Duration::from_mins(2));
        assert_eq!(kind_of("exec sleep 100", soon), Some(io::ErrorKind::TimedOut));
        assert_eq!(kind_of("echo said; exec >&-; exec sleep 100", soon), Some(io::ErrorKind::TimedOut));
        // What the program started holds its pipes.
        assert_eq!(kind_of("sleep 1; sleep 1", soon), Some(io::ErrorKind::TimedOut));
        assert_eq!(kind_of("exec yes", late), Some(io::ErrorKind::FileTooLarge));
    }

    #[cfg(unix)]
    #[test]
    fn an_answer_is_read_to_its_end() -> io::Result<()> {
        let mut command = Command::new("sh");
        let script = "yes a | head -c 1000000; yes b | head -c 1000000 >&2; echo last >&2; exit 3";
        let answer = answer_of(command.args(["-c", script]), Duration::from_mins(2))?;
        assert_eq!((answer.stdout.len(), answer.status.code()), (1_000_000, Some(3)));
        assert!(answer.stderr.ends_with("last\n"));
        Ok(())
    }
}
