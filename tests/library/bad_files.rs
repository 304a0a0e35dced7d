//! Files that are not what the manifest promises are refused before they are parsed.

use visavis::error::Error;
use visavis::library::{BuiltLibrary, PublishOptions, build_library};

use crate::forge::{check, refusal, with_file};
use crate::support::{TestResult, contents, open};

fn built() -> Result<BuiltLibrary, Error> {
    build_library(&contents(16, 60, 1)?, &PublishOptions { shard_bytes: 2000 })
}

#[test]
fn a_file_that_is_missing_is_named() -> TestResult {
    for index in 0..built()?.files.len() {
        let mut built = built()?;
        let file = built.files.remove(index);
        let part = format!("{}: the manifest lists this file, but it is not among the files given", file.name);
        check("missing", &refusal(&built)?, "LibraryMalformed", &["library test", &part]);
    }
    Ok(())
}

#[test]
fn a_file_that_is_too_short_or_too_long_is_named_with_both_lengths() -> TestResult {
    for index in 0..built()?.files.len() {
        for longer in [false, true] {
            let mut built = built()?;
            let file = built.files.get_mut(index).ok_or("no file")?;
            let expected = file.bytes.len() as u64;
            if longer {
                file.bytes.push(0);
            } else {
                file.bytes.truncate(file.bytes.len() - 1);
            }
            let (name, found) = (file.name.clone(), file.bytes.len() as u64);
            let error = refusal(&built)?;
            assert_eq!(error, Error::FileLengthMismatch { library: "test".into(), file: name, expected, found });
            check("length", &error, "FileLengthMismatch", &["library test: ", "but the manifest says"]);
        }
    }
    Ok(())
}

#[test]
fn a_file_with_one_bit_changed_is_named_with_both_hashes() -> TestResult {
    for index in 0..built()?.files.len() {
        let mut built = built()?;
        let file = built.files.get_mut(index).ok_or("no file")?;
        let promised = file.name.rsplit_once('-').map(|(_, rest)| rest.replace(".arrow", "")).ok_or("no hash")?;
        let place = file.bytes.len() / 2;
        *file.bytes.get_mut(place).ok_or("empty")? ^= 1;
        let name = file.name.clone();
        check("hash", &refusal(&built)?, "FileHashMismatch", &["library test: ", &name, &promised, "was promised"]);
    }
    Ok(())
}

#[test]
fn a_file_that_no_one_asked_for_is_ignored() -> TestResult {
    let mut built = built()?;
    let mut extra = built.files.first().cloned().ok_or("no file")?;
    extra.name = "readme.txt".to_owned();
    built.files.push(extra);
    assert_eq!(open(&built)?.face_count(), 60);
    Ok(())
}

#[test]
fn a_file_that_is_no_arrow_file_is_refused_even_if_the_manifest_promises_it() -> TestResult {
    let huge_footer = [b"ARROW1\0\0".as_slice(), &[0; 100], &0x7fff_0000_u32.to_le_bytes(), b"ARROW1"].concat();
    let negative_footer = [b"ARROW1\0\0".as_slice(), &[0; 100], &u32::MAX.to_le_bytes(), b"ARROW1"].concat();
    let empty_footer = [b"ARROW1\0\0".as_slice(), &[0; 100], &0_u32.to_le_bytes(), b"ARROW1"].concat();
    let long_page = b"<!doctype html>".repeat(10);
    let cases: [(&str, &[u8], &str); 5] = [
        ("a page", &long_page, "it does not begin with ARROW1"),
        ("no end", &[b"ARROW1".as_slice(), &[0; 100]].concat(), "not a valid Arrow file"),
        ("huge footer", &huge_footer, "the Arrow footer claims 2147418112 bytes, more than the file has"),
        ("negative footer", &negative_footer, "Invalid footer length"),
        ("empty footer", &empty_footer, "the Arrow footer is damaged"),
    ];
    for role in ["media", "people", "cells", "faces"] {
        for (what, bytes, part) in cases {
            let forged = with_file(&built()?, role, bytes.to_vec())?;
            check(what, &refusal(&forged)?, "LibraryMalformed", &["library test: ", role, part]);
        }
    }
    let short = with_file(&built()?, "faces", b"ARROW1".to_vec())?;
    check("six bytes", &refusal(&short)?, "LibraryMalformed", &["rows cannot stand in 6 bytes"]);
    Ok(())
}
