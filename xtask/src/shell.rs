//! Running other programs: progress lines with their durations, captured output, time limits, and children that cannot be left behind.
//!
//! Progress goes to standard error; standard output is kept for results, so that the last line of `demo --check` is the answer.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Why a task stopped: one message for the person at the terminal, which says what to do where that is known.
#[derive(Debug)]
pub struct Failure(pub String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What every task returns.
pub type Outcome<T = ()> = Result<T, Failure>;

/// Shorthand for a failure with a formatted message.
#[macro_export]
macro_rules! fail {
    ($($part:tt)*) => { Err($crate::shell::Failure(format!($($part)*))) };
}

/// Adds what was being done to an I/O error.
pub trait Context<T> {
    /// The same value, or a failure that begins with `what()`.
    ///
    /// # Errors
    /// When the result was an error.
    fn context(self, what: impl FnOnce() -> String) -> Outcome<T>;
}

impl<T, E: fmt::Display> Context<T> for Result<T, E> {
    fn context(self, what: impl FnOnce() -> String) -> Outcome<T> {
        self.map_err(|error| Failure(format!("{}: {error}", what())))
    }
}

/// One line of progress.
pub fn say(line: impl fmt::Display) {
    eprintln!("[xtask] {line}");
}

/// Says what is being done, does it, and says how long it took when that was more than a second.
///
/// # Errors
/// Those of `work`.
pub fn step<T>(what: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    say(format_args!("{what} ..."));
    let start = Instant::now();
    let result = work();
    let seconds = start.elapsed().as_secs_f64();
    match &result {
        Ok(_) if seconds < 1.0 => {}
        Ok(_) => say(format_args!("{what}: {seconds:.1} s")),
        Err(_) => say(format_args!("{what}: failed after {seconds:.1} s")),
    }
    result
}

/// The repository's root folder.
///
/// # Errors
/// When xtask was not started by cargo.
pub fn root() -> Outcome<PathBuf> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .context_none("CARGO_MANIFEST_DIR is not set: start this as `cargo xtask`")?;
    let parent = Path::new(&package).parent().map(Path::to_path_buf);
    parent.context_none("the xtask package has no parent folder")
}

/// Turns an absent value into a failure.
pub trait Present<T> {
    /// The value, or a failure with this message.
    ///
    /// # Errors
    /// When the value is absent.
    fn context_none(self, message: &str) -> Outcome<T>;
}

impl<T> Present<T> for Option<T> {
    fn context_none(self, message: &str) -> Outcome<T> {
        self.ok_or_else(|| Failure(message.to_owned()))
    }
}

/// A command that starts in `folder`, without the variables that `cargo run` sets for xtask itself
/// (they would make other programs look for their libraries in the toolchain's folder).
pub fn command(program: impl AsRef<Path>, folder: &Path) -> Command {
    let mut command = Command::new(program.as_ref());
    command.current_dir(folder);
    let inherited =
        ["LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "RUST_RECURSION_COUNT", "CARGO_ENCODED_RUSTFLAGS"];
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let of_package = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
            .iter()
            .any(|prefix| text.starts_with(prefix));
        if of_package || inherited.contains(&text.as_ref()) || text == "CARGO_PRIMARY_PACKAGE" {
            command.env_remove(&name);
        }
    }
    command
}

/// The cargo that started xtask.
pub fn cargo(root: &Path) -> Command {
    command(std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from), root)
}

/// Runs a command with the terminal's own input and output.
///
/// # Errors
/// When it cannot be started or exits with anything but 0.
pub fn run(command: &mut Command) -> Outcome {
    let status = command.status().context(|| format!("cannot start {}", shown(command)))?;
    check(status, command)
}

/// Runs a command and returns its standard output, without the newline at its end. Its standard error is shown.
///
/// # Errors
/// When it cannot be started, exits with anything but 0, or prints something that is not UTF-8.
pub fn capture(command: &mut Command) -> Outcome<String> {
    let output = command.stderr(Stdio::inherit()).output().context(|| format!("cannot start {}", shown(command)))?;
    check(output.status, command)?;
    let text = String::from_utf8(output.stdout).context(|| format!("output of {}", shown(command)))?;
    Ok(text.trim_end().to_owned())
}

/// Whether a command can be started and exits with 0; its output is dropped.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a command for at most `limit` and returns its standard output; ends it when the time is over.
///
/// # Errors
/// As [`capture`], and when the time is over.
pub fn capture_within(limit: Duration, command: &mut Command) -> Outcome<String> {
    let name = shown(command);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context(|| format!("cannot start {name}"))?;
    let reader = child.stdout.take().map(|mut pipe| {
        thread::spawn(move || {
            let mut text = String::new();
            pipe.read_to_string(&mut text).map(|_| text)
        })
    });
    let status = wait_within(limit, &mut child).context(|| format!("waiting for {name}"))?;
    let Some(status) = status else {
        return fail!("{name} did not finish within {} s and was ended", limit.as_secs());
    };
    let text = match reader.map(thread::JoinHandle::join) {
        Some(Ok(read)) => read.context(|| format!("output of {name}"))?,
        _ => return fail!("output of {name} could not be read"),
    };
    check(status, command)?;
    Ok(text.trim_end().to_owned())
}

/// The exit status, or `None` after the child was ended because the time was over.
fn wait_within(limit: Duration, child: &mut Child) -> std::io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// A server that ends when this value is dropped and also when xtask itself ends, however that happens:
/// a small shell holds the read end of a pipe, and ends the server by its process id as soon as the pipe closes.
pub struct Server {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Server {
    /// Starts `program` with `arguments` in `folder`. Its standard output goes to standard error.
    ///
    /// # Errors
    /// When the shell cannot be started.
    pub fn start(program: &str, arguments: &[&str], folder: &Path) -> Outcome<Self> {
        const WATCH: &str = r#"trap '' INT; "$@" >&2 & child=$!; read -r _; kill "$child" 2>/dev/null; wait "$child""#;
        let mut command = command("sh", folder);
        command.args(["-c", WATCH, "sh", program]).args(arguments).stdin(Stdio::piped());
        let mut shell = command.spawn().context(|| format!("cannot start {program}"))?;
        let pipe = shell.stdin.take();
        Ok(Self { shell, pipe })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.pipe.take());
        if let Err(error) = self.shell.wait() {
            say(format_args!("waiting for the server to end: {error}"));
        }
    }
}

fn check(status: ExitStatus, command: &Command) -> Outcome {
    if status.success() { Ok(()) } else { fail!("{} ended with {status}", shown(command)) }
}

/// The program and its arguments, shortened, for messages.
fn shown(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
        if line.len() > 160 {
            return format!("`{}...`", line.chars().take(160).collect::<String>());
        }
    }
    format!("`{line}`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_server_ends_when_it_is_dropped() {
        let server = Server::start("sleep", &["600"], Path::new("/")).unwrap();
        let shell = server.shell.id().to_string();
        let child = (0..100).find_map(|_| {
            thread::sleep(Duration::from_millis(20));
            let children = capture(Command::new("ps").args(["-o", "pid=", "--ppid", &shell])).unwrap_or_default();
            children.split_whitespace().next().map(str::to_owned)
        });
        let child = child.unwrap();
        drop(server);
        assert!(!Path::new("/proc").join(&child).exists(), "process {child} is still there");
    }

    #[test]
    fn a_command_that_takes_too_long_is_ended() {
        let start = Instant::now();
        let error = capture_within(Duration::from_millis(100), Command::new("sleep").arg("600")).unwrap_err();
        assert!(error.to_string().contains("did not finish"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(60));
    }
}
