//! The linker of the browser builds: rust-lld, without the functions that libraries ask to have run before anything else.
//!
//! tract registers all its operators, optimising passes and kernels that way (by the `inventory` crate), so a linker has to keep them all,
//! although the engine runs operators of its own only: four fifths of the file. The engine itself has no such function, and neither have the
//! standard library and wasm-bindgen. Without the list, rust-lld keeps what is called.
//!
//! rustc starts this program under the name [`NAME`]; `wasm.rs` puts it there.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::fail;
use crate::shell::{Context as _, Outcome, Present as _, say};

/// The name under which xtask is a linker.
pub const NAME: &str = "lean-lld";
/// The variable that holds the path of the true linker.
pub const TRUE_LINKER: &str = "VISAVIS_LLD";

/// The section of an object file that only linkers read.
const LINKING: &[u8] = b"linking";
/// Its part that lists the functions to be run at the start.
const INIT_FUNCTIONS: u8 = 6;
/// A kind of part that linkers skip.
const UNKNOWN: u8 = 0x7f;
/// How a library begins.
const ARCHIVE: &[u8] = b"!<arch>\n";

/// Whether rustc asked for a linker.
pub fn is_wanted() -> bool {
    std::env::args_os().next().is_some_and(|program| Path::new(&program).file_stem().is_some_and(|stem| stem == NAME))
}

/// Links with the arguments that rustc gave.
pub fn link() -> ExitCode {
    match linked() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(format_args!("error: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn linked() -> Outcome {
    let linker = std::env::var_os(TRUE_LINKER)
        .context_none("the true linker is not named: start this as `cargo xtask build`")?;
    let given: Vec<OsString> = std::env::args_os().skip(1).collect();
    let mut arguments = Vec::with_capacity(given.len() + 2);
    if given.first().is_none_or(|first| first != "-flavor") {
        arguments.extend(["-flavor".into(), "wasm".into()]);
    }
    let output = given.iter().position(|argument| argument == "-o").and_then(|at| given.get(at + 1));
    let folder = PathBuf::from(output.context_none("no output is named")?).with_extension("lean");
    fs::create_dir_all(&folder).context(|| folder.display().to_string())?;
    for argument in given {
        arguments.push(lean(&argument, &folder)?.unwrap_or(argument));
    }
    let status = Command::new(linker).args(arguments).status().context(|| "rust-lld".to_owned())?;
    fs::remove_dir_all(&folder).context(|| folder.display().to_string())?;
    if status.success() { Ok(()) } else { fail!("rust-lld: {status}") }
}

/// The path of a copy without the lists, in `folder`, of an object file or library that has some; None for other arguments.
fn lean(argument: &OsStr, folder: &Path) -> Outcome<Option<OsString>> {
    let path = Path::new(argument);
    let (Some(name), Some("o" | "rlib")) = (path.file_name(), path.extension().and_then(OsStr::to_str)) else {
        return Ok(None);
    };
    let mut bytes = fs::read(path).context(|| path.display().to_string())?;
    let found: Vec<usize> = if bytes.starts_with(ARCHIVE) {
        members(&bytes).into_iter().flat_map(|member| lists(&bytes, member)).collect()
    } else {
        lists(&bytes, 0..bytes.len())
    };
    if found.is_empty() {
        return Ok(None);
    }
    for place in found {
        if let Some(kind) = bytes.get_mut(place) {
            *kind = UNKNOWN;
        }
    }
    let copy = folder.join(name);
    fs::write(&copy, bytes).context(|| copy.display().to_string())?;
    Ok(Some(copy.into()))
}

/// Where the files of an archive are.
fn members(archive: &[u8]) -> Vec<Range<usize>> {
    let mut members = Vec::new();
    let mut at = ARCHIVE.len();
    while let Some(size) = archive.get(at + 48..at + 58).and_then(|digits| std::str::from_utf8(digits).ok()) {
        let Ok(size) = size.trim_end().parse::<usize>() else { break };
        let start = at + 60;
        members.push(start..start + size);
        at = start + size + size % 2;
    }
    members
}

/// Where, in an object file that is a part of `bytes`, a list of functions to be run at the start begins with its kind.
fn lists(bytes: &[u8], object: Range<usize>) -> Vec<usize> {
    let end = object.end;
    let mut found = Vec::new();
    if !bytes.get(object.clone()).is_some_and(|object| object.starts_with(b"\0asm")) {
        return found;
    }
    let mut at = object.start + 8;
    while at < end {
        let Some((size, content)) = number(bytes, at + 1) else { break };
        let next = content + size;
        let parts = number(bytes, content).filter(|_| bytes.get(at) == Some(&0)).and_then(|(length, name)| {
            let is_linking = bytes.get(name..name + length) == Some(LINKING);
            number(bytes, name + length).filter(|_| is_linking)
        });
        let mut part = parts.map_or(next, |(_version, parts)| parts);
        while part < next {
            let Some((size, content)) = number(bytes, part + 1) else { break };
            if bytes.get(part) == Some(&INIT_FUNCTIONS) {
                found.push(part);
            }
            part = content + size;
        }
        at = next;
    }
    found
}

/// A whole number as wasm writes it (LEB128), and where it ends.
fn number(bytes: &[u8], start: usize) -> Option<(usize, usize)> {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate().skip(start).take(5) {
        value |= usize::from(byte & 0x7f) << (7 * (at - start));
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An object file: a section of types, the linking section with these parts, a section of code.
    fn object(parts: &[u8]) -> Vec<u8> {
        let content = [&[7], LINKING, &[2], parts].concat();
        let mut object = b"\0asm\x01\0\0\0\x01\x02ab".to_vec();
        object.extend([0, content.len() as u8 | 0x80, (content.len() >> 7) as u8]);
        object.extend(content);
        object.extend([10, 1, INIT_FUNCTIONS]);
        object
    }

    /// Symbols, a list of three functions to be run, names of segments.
    fn parts(kind: u8) -> Vec<u8> {
        [&[8, 200, 1][..], &[INIT_FUNCTIONS; 200], &[kind, 3, 1, 2, 3, 5, 1, 7]].concat()
    }

    fn with_unknown(mut bytes: Vec<u8>, places: Vec<usize>) -> Vec<u8> {
        places.into_iter().for_each(|place| bytes[place] = UNKNOWN);
        bytes
    }

    #[test]
    fn the_list_of_functions_to_run_first_is_found_in_an_object_file() {
        let given = object(&parts(INIT_FUNCTIONS));
        let found = lists(&given, 0..given.len());
        assert_eq!(found.len(), 1);
        assert_eq!(with_unknown(given, found), object(&parts(UNKNOWN)));
    }

    #[test]
    fn it_is_found_in_each_file_of_a_library() {
        let archive = |kind| {
            let object = object(&parts(kind));
            let head = format!("{:<48}{:<10}`\n", "name/", object.len());
            let other = format!("{:<48}{:<10}`\n{}\n", "lib.rmeta/", 5, "hello");
            [ARCHIVE, other.as_bytes(), head.as_bytes(), &object].concat()
        };
        let given = archive(INIT_FUNCTIONS);
        let found: Vec<usize> = members(&given).into_iter().flat_map(|member| lists(&given, member)).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(with_unknown(given, found), archive(UNKNOWN));
    }

    #[test]
    fn files_of_other_kinds_and_files_cut_off_have_no_list() {
        let given = object(&parts(INIT_FUNCTIONS));
        assert_eq!(lists(b"\x7fELF", 0..4), Vec::<usize>::new());
        assert_eq!(lists(&given[..40], 0..40), Vec::<usize>::new());
        assert_eq!(members(b"!<arch>\nshort"), Vec::<Range<usize>>::new());
    }
}
