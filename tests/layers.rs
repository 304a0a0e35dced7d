//! Holds the layer table of ARCHITECTURE.md: each layer imports only what stands below it, tract is named in one folder, and
//! unsafe code is in none but the kernels.
#![expect(clippy::expect_used, reason = "a test says by a panic that it failed")]

use std::path::{Path, PathBuf};

/// Layer, and the layers that it may import besides itself. `error` and `core` are below everything.
const LAYERS: [(&str, &[&str]); 9] = [
    ("error", &[]),
    ("kernels", &[]),
    ("core", &["error"]),
    ("vision", &["kernels", "core", "error"]),
    ("library", &["kernels", "core", "error"]),
    ("indexing", &["vision", "library", "core", "error"]),
    ("operations", &["vision", "library", "indexing", "core", "error"]),
    ("web", &["operations", "indexing", "library", "vision", "core", "error"]),
    ("cli", &["operations", "indexing", "library", "vision", "core", "error"]),
];

/// Layers that do no I/O, read no clock and draw no random number, and what would betray them.
const SANS_IO: [&str; 4] = ["vision", "library", "indexing", "operations"];
const IO: [&str; 9] =
    ["std::fs", "std::net", "std::env", "std::process", "SystemTime", "Instant::now", "web_sys", "js_sys", "getrandom"];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The layer, the file, and its code without comments and without its tests.
fn sources() -> Vec<(String, PathBuf, String)> {
    let mut files = Vec::new();
    rust_files(Path::new("src"), &mut files);
    assert!(files.len() > 40, "the sources were found");
    let read = |path: PathBuf| {
        let inside = path.strip_prefix("src").expect("below src");
        let first = inside.components().next().expect("a component").as_os_str().to_string_lossy().into_owned();
        let layer = first.trim_end_matches(".rs").to_owned();
        let text = std::fs::read_to_string(&path).expect("a source file");
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let code = code.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        (layer, path, code)
    };
    files.into_iter().map(read).collect()
}

/// Every layer named behind `crate::` or, in a braced import, directly inside `crate::{ .. }`.
fn imported(code: &str) -> Vec<String> {
    let name =
        |text: &str| text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (i, c) in list.char_indices() {
                if depth == 0 && start && !c.is_whitespace() {
                    names.push(name(&list[i..]));
                    start = false;
                }
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    _ => {}
                }
            }
        } else {
            names.push(name(rest));
        }
    }
    names
}

#[test]
fn each_layer_imports_only_what_stands_below_it() {
    let mut checked = 0;
    for (layer, path, code) in sources() {
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            assert!(["lib", "main"].contains(&layer.as_str()), "{}: {layer} is not in the table", path.display());
            continue;
        };
        for name in imported(&code) {
            let is_layer = LAYERS.iter().any(|(known, _)| *known == name);
            // `crate::Error` and `crate::Result` are re-exports of `error`.
            let fine = !is_layer || name == layer || allowed.contains(&name.as_str());
            assert!(fine, "{}: layer {layer} imports {name}", path.display());
            checked += 1;
        }
    }
    assert!(checked > 100, "only {checked} imports were seen");
}

#[test]
fn the_inner_layers_do_no_input_or_output() {
    for (layer, path, code) in sources().into_iter().filter(|(l, _, _)| SANS_IO.contains(&l.as_str())) {
        for word in IO {
            assert!(!code.contains(word), "{}: layer {layer} names {word}", path.display());
        }
    }
}

#[test]
fn edits_do_not_know_the_clustering_that_makes_some_of_them() {
    let naming = |folder: &str, word: &str| {
        let files = sources().into_iter().filter(|(_, path, _)| path.starts_with(folder));
        files.filter(|(_, _, code)| code.contains(word)).map(|(_, path, _)| path).collect::<Vec<_>>()
    };
    assert!(!naming("src/indexing/entities", "edits::").is_empty(), "one direction is there");
    assert_eq!(naming("src/indexing/edits", "entities::"), Vec::<PathBuf>::new());
    for below in ["src/indexing/presence.rs", "src/indexing/nameless.rs"] {
        assert!(Path::new(below).exists(), "{below}");
        assert_eq!([naming(below, "entities::"), naming(below, "edits::")].concat(), Vec::<PathBuf>::new());
    }
}

/// The files whose code has one of these words.
fn files_with(words: &[&str]) -> Vec<PathBuf> {
    let has_one = |code: &String| words.iter().any(|word| code.contains(word));
    sources().into_iter().filter(|(_, _, code)| has_one(code)).map(|(_, path, _)| path).collect()
}

#[test]
fn only_one_folder_names_tract() {
    // SIMD instructions that extract a lane are not meant.
    let naming = files_with(&[" tract_", "(tract_", "<tract_", "&tract_", "\ntract_"]);
    assert!(!naming.is_empty(), "somebody does");
    assert!(naming.iter().all(|path| path.starts_with("src/vision/model")), "{naming:?}");
}

#[test]
fn only_the_kernels_are_unsafe() {
    let naming = files_with(&["unsafe ", "allow(unsafe_code", "expect(unsafe_code"]);
    assert!(!naming.is_empty(), "the kernels are");
    assert!(naming.iter().all(|path| path.starts_with("src/kernels")), "{naming:?}");
}

#[test]
fn an_import_in_braces_is_seen() {
    assert_eq!(imported("use crate::{core::{Rect, Point}, vision};"), ["core", "vision"]);
    assert_eq!(imported("let x = crate::web::start();"), ["web"]);
}
