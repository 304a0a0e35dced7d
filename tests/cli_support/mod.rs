//! Running the command line in tests, and looking at what it left.
#![allow(dead_code, reason = "every test file uses a part of it")]

pub mod films;

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;

/// The result of a test.
pub type Tested = Result<(), Box<dyn Error>>;

/// How a run of `visavis` ended.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Standard output as one JSON value.
    pub fn json(&self) -> Result<Value, Box<dyn Error>> {
        serde_json::from_str(&self.stdout).map_err(|e| format!("{e}: {self:?}").into())
    }

    /// Standard output as JSON lines.
    pub fn json_lines(&self) -> Result<Vec<Value>, Box<dyn Error>> {
        self.stdout.lines().map(|line| serde_json::from_str(line).map_err(|e| format!("{e}: {line}").into())).collect()
    }

    /// The run, if it ended with this exit code.
    pub fn expect_code(self, code: i32) -> Result<Self, Box<dyn Error>> {
        if self.code == Some(code) { Ok(self) } else { Err(format!("expected exit code {code}: {self:?}").into()) }
    }
}

/// A command on the built program, in the checkout's folder.
pub fn command<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_visavis"));
    command.args(args).env_remove("VISAVIS_MODELS").current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    command
}

/// Runs `visavis` to its end.
pub fn visavis<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Result<Run, Box<dyn Error>> {
    let output = command(args).output()?;
    Ok(Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
    })
}

/// `visavis index PHOTOS --out OUT --json`, with more arguments.
pub fn index(photos: &Path, out: &Path, more: &[&str]) -> Result<Run, Box<dyn Error>> {
    let fixed = [OsStr::new("index"), photos.as_os_str(), OsStr::new("--out"), out.as_os_str(), OsStr::new("--json")];
    visavis(fixed.into_iter().chain(more.iter().map(OsStr::new)))
}

/// Every file of a library but those of `.visavis`, with its bytes.
pub fn published(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, Box<dyn Error>> {
    let mut files = BTreeMap::new();
    for part in ["", "faces", "covers"] {
        let Ok(entries) = fs::read_dir(folder.join(part)) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.is_file() {
                let name = path.strip_prefix(folder)?.to_string_lossy().into_owned();
                files.insert(name, fs::read(&path)?);
            }
        }
    }
    Ok(files)
}

/// The same without the tables that the library before had: they stay for one run.
pub fn current(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, Box<dyn Error>> {
    let mut files = published(folder)?;
    let manifest = String::from_utf8(files.get("library.json").ok_or("no manifest")?.clone())?;
    let is_table = |name: &str| Path::new(name).extension() == Some(OsStr::new("arrow"));
    files.retain(|name, _| !is_table(name) || manifest.contains(name.as_str()));
    Ok(files)
}

/// The names of the files that only one of two libraries has, or that are others there.
pub fn differing(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let names = a.keys().chain(b.keys()).filter(|name| a.get(*name) != b.get(*name));
    names.cloned().collect()
}

/// `count` small photos of one face with different contents: a JPEG with a comment of its own.
pub fn many_photos(folder: &Path, count: usize) -> Tested {
    let original = fs::read("tests/data/exif/astronaut_1.jpg")?;
    let (start, rest) = original.split_at(2);
    fs::create_dir_all(folder)?;
    for number in 0..count {
        let comment = format!("copy {number:04}");
        let length = u16::try_from(comment.len() + 2)?.to_be_bytes();
        let bytes = [start, &[0xff, 0xfe], &length, comment.as_bytes(), rest].concat();
        let path = folder.join(format!("{number:04}.jpg"));
        fs::write(&path, bytes)?;
        // The times of files that have just been written are not trusted.
        File::options().write(true).open(&path)?.set_modified(UNIX_EPOCH + Duration::from_secs(1_600_000_000))?;
    }
    Ok(())
}

/// `error.code` of a JSON value.
pub fn code_of(value: &Value) -> Option<&str> {
    value.get("error")?.get("code")?.as_str()
}
