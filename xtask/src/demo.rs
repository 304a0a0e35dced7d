//! `cargo xtask demo`: from nothing to a face search in a browser, with the sample gallery.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::build;
use crate::fail;
use crate::setup::{self, npm_install, shown};
use crate::shell::{Context as _, Failure, Outcome, Present as _, Server, capture_within, command, say, step};

/// How long the search in headless Chromium may take, models and library downloaded from this machine.
const SEARCH_LIMIT: Duration = Duration::from_secs(300);

/// Builds, indexes, serves, searches once from headless Chromium and prints the answer as one line of JSON.
/// With `check` that line is the last of standard output; else the site is served until this is interrupted.
///
/// # Errors
/// When a step fails or the answer names no match.
pub fn demo(root: &Path, check: bool) -> Outcome {
    let browser = setup::browser()?;
    // Without ffmpeg the demo shows photos only.
    let ffmpeg = setup::ffmpeg();
    build::build(root)?;
    if let Err(failure) = ffmpeg.and_then(|()| setup::clips(root)) {
        say(&failure);
    }
    build::site(root)?;
    npm_install(&root.join("tests/e2e"))?;
    let query = query(root)?;
    let (server, address) = serve(&root.join("www"))?;
    let answer = step(&format!("searching {} from headless Chromium", shown(&query)), || {
        let mut search = command("node", root);
        search
            .arg("tests/e2e/demo-check.mjs")
            .arg(&address)
            .arg(&query)
            .arg("--match")
            .env("VISAVIS_CHROMIUM", &browser.chromium);
        capture_within(SEARCH_LIMIT, &mut search)
    })?;
    let answer = answer.lines().next_back().context_none("the search printed no answer")?.to_owned();
    if !check {
        println!("{answer}");
        say(format_args!("the demo is at {address} until you press Ctrl-C"));
        loop {
            thread::park();
        }
    }
    drop(server);
    println!("{answer}");
    Ok(())
}

/// The first query photo, by name, of somebody whom the sample gallery shows: its name contains that of a folder of `samples/people`.
///
/// # Errors
/// When there is none.
pub fn query(root: &Path) -> Outcome<PathBuf> {
    let people: Vec<String> = sorted(&root.join("samples/people"))?.iter().map(|path| letters(path)).collect();
    let queries = sorted(&root.join("samples/queries"))?;
    let is_photo = |path: &PathBuf| {
        path.extension().is_some_and(|extension| ["jpg", "jpeg", "png", "webp"].iter().any(|known| extension == *known))
    };
    let known = |path: &PathBuf| people.iter().any(|person| !person.is_empty() && letters(path).contains(person));
    let found = queries.into_iter().find(|path| is_photo(path) && known(path));
    found.ok_or_else(|| Failure("samples/queries has no photo named after a folder of samples/people".to_owned()))
}

fn sorted(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).context(|| shown(folder))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

/// The letters and digits of a file's stem in lower case, for comparing names.
fn letters(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    stem.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// Serves `www/dist` by Vite's preview server on a free port of this machine; returns when it answers.
///
/// # Errors
/// When no port is free or the server does not start.
pub fn serve(www: &Path) -> Outcome<(Server, String)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context(|| "no free port on 127.0.0.1".to_owned())?;
    let address = listener.local_addr().context(|| "free port".to_owned())?;
    drop(listener);
    let port = address.port().to_string();
    let vite = "node_modules/vite/bin/vite.js";
    let server =
        Server::start("node", &[vite, "preview", "--host", "127.0.0.1", "--port", &port, "--strictPort"], www)?;
    let start = Instant::now();
    while TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err() {
        if start.elapsed() > Duration::from_secs(60) {
            return fail!("the preview server of www did not answer at {address} within 60 s");
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok((server, format!("http://{address}/")))
}
