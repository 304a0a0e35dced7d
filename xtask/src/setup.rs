//! What a fresh machine lacks: Debian packages, npm packages, Python environments. Every function does nothing when all is there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::fail;
use crate::shell::{self, Context as _, Outcome, command, run, step, succeeds};

/// Where Debian and Ubuntu put Chromium and its driver.
const CHROMIUM: &str = "/usr/bin/chromium";
const CHROMEDRIVER: &str = "/usr/bin/chromedriver";
/// The oldest Node.js that the packages of `pkg/` and `www/` run on.
const NODE_MAJOR: u32 = 20;

/// Whether a Debian package is installed.
pub fn has_package(name: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${db:Status-Status}", name]);
    query.output().is_ok_and(|output| output.stdout == b"installed")
}

/// Installs those of `packages` that are missing; `why` ends the sentence "installing X for ...".
///
/// # Errors
/// When apt-get is missing or fails; the message holds the command to run by hand.
pub fn apt(packages: &[&str], why: &str) -> Outcome {
    static UPDATED: OnceLock<bool> = OnceLock::new();
    let missing: Vec<&str> = packages.iter().copied().filter(|name| !has_package(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let by_hand = format!("apt-get install {}", missing.join(" "));
    if !succeeds(Command::new("apt-get").arg("--version")) {
        return fail!(
            "{} needed for {why}, and there is no apt-get here to install it: `{by_hand}`",
            missing.join(", ")
        );
    }
    let root = shell::root()?;
    step(&format!("installing {} for {why}", missing.join(", ")), || {
        if !UPDATED.get_or_init(|| run(apt_get(&root).arg("update")).is_ok()) {
            shell::say("apt-get update failed; going on with the package lists that are here");
        }
        let options = ["install", "--yes", "--no-install-recommends", "--no-remove"];
        run(apt_get(&root).args(options).args(&missing))
            .context(|| format!("could not install packages for {why}; by hand: `{by_hand}`"))
    })
}

/// `apt-get`, by sudo unless this is root, quiet, and patient with another apt that holds the lock.
fn apt_get(root: &Path) -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    let mut apt = if is_root { command("env", root) } else { command("sudo", root) };
    if !is_root {
        apt.arg("env");
    }
    apt.args([
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "-qq",
        "-o",
        "DPkg::Lock::Timeout=600",
        "-o",
        "Dpkg::Use-Pty=0",
    ]);
    apt.stdout(std::io::stderr());
    apt
}

/// A browser and its driver.
pub struct Browser {
    /// The Chromium executable.
    pub chromium: PathBuf,
    /// The WebDriver server that fits it.
    pub driver: PathBuf,
}

/// Chromium with its driver: from `VISAVIS_CHROMIUM` and `CHROMEDRIVER` when both are set, else the distribution's.
///
/// # Errors
/// When it is missing and cannot be installed.
pub fn browser() -> Outcome<Browser> {
    let named = (std::env::var_os("VISAVIS_CHROMIUM"), std::env::var_os("CHROMEDRIVER"));
    if let (Some(chromium), Some(driver)) = named {
        return Ok(Browser { chromium: chromium.into(), driver: driver.into() });
    }
    let (chromium, driver) = (PathBuf::from(CHROMIUM), PathBuf::from(CHROMEDRIVER));
    if !(chromium.exists() && driver.exists()) {
        apt(&["chromium", "chromium-driver"], "the browser tests")?;
    }
    if chromium.exists() && driver.exists() {
        return Ok(Browser { chromium, driver });
    }
    fail!(
        "{CHROMIUM} and {CHROMEDRIVER} are needed for the browser tests: `apt-get install chromium chromium-driver`, \
         or name others by VISAVIS_CHROMIUM and CHROMEDRIVER"
    )
}

/// Sees to it that ffmpeg and ffprobe are there, by which the command line reads videos and the tests' films are made: those that `VISAVIS_FFMPEG`
/// and `VISAVIS_FFPROBE` name, else the distribution's.
///
/// # Errors
/// When they are missing and cannot be installed, or a program that is named cannot be started.
pub fn ffmpeg() -> Outcome {
    const WHY: &str = "videos";
    for (name, variable) in [("ffmpeg", "VISAVIS_FFMPEG"), ("ffprobe", "VISAVIS_FFPROBE")] {
        let named = std::env::var_os(variable);
        if succeeds(Command::new(named.as_deref().unwrap_or(name.as_ref())).arg("-version")) {
            continue;
        }
        if let Some(program) = named {
            return fail!("{variable} names {}, which cannot be started", program.display());
        }
        apt(&["ffmpeg"], WHY)?;
        if !succeeds(Command::new(name).arg("-version")) {
            return fail!("{name} is needed for {WHY}: `apt-get install ffmpeg`, or name it by {variable}");
        }
    }
    Ok(())
}

/// The films whose truth is known, in `target/clips`, made where they are missing or older than what makes them.
///
/// # Errors
/// When they cannot be made.
pub fn clips(root: &Path) -> Outcome<PathBuf> {
    step("making the films whose truth is known in target/clips, where they are not there yet", || {
        run(shell::cargo(root).args(["run", "--quiet", "--release", "--example", "make_clips"]))
    })?;
    Ok(root.join("target/clips"))
}

/// Refuses to go on without a recent Node.js and npm.
///
/// # Errors
/// When either is missing or Node.js is too old.
pub fn node() -> Outcome {
    const HINT: &str = "install it from nodejs.org, or `apt-get install nodejs npm` where that is 20 or newer";
    let output = Command::new("node").arg("--version").output();
    let output =
        output.context(|| format!("Node.js {NODE_MAJOR} or newer is needed, and `node` cannot be started; {HINT}"))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|part| part.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE_MAJOR) {
        return fail!("Node.js {NODE_MAJOR} or newer is needed, and this is {version}; {HINT}");
    }
    if !succeeds(Command::new("npm").arg("--version")) {
        return fail!("npm is needed, and `npm` cannot be started; {HINT}");
    }
    Ok(())
}

/// npm in `folder`, without funding notes, audits and browser downloads.
pub fn npm(folder: &Path) -> Command {
    let mut npm = command("npm", folder);
    npm.envs([("npm_config_fund", "false"), ("npm_config_audit", "false"), ("npm_config_update_notifier", "false")]);
    npm.envs([("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"), ("npm_config_omit_lockfile_registry_resolved", "true")]);
    npm
}

/// Installs a folder's npm packages when its package files have changed since the last time.
///
/// # Errors
/// When npm fails.
pub fn npm_install(folder: &Path) -> Outcome {
    let modules = folder.join("node_modules");
    let stamp = modules.join(".xtask-installed");
    let lock = fs::read_to_string(folder.join("package-lock.json")).ok();
    let wanted = fs::read_to_string(folder.join("package.json"))
        .context(|| format!("{}/package.json", folder.display()))?
        + lock.as_deref().unwrap_or_default();
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    node()?;
    let what = if lock.is_some() { "ci" } else { "install" };
    step(&format!("npm {what} in {}", shown(folder)), || run(npm(folder).arg(what).stdout(std::io::stderr())))?;
    fs::create_dir_all(&modules).context(|| modules.display().to_string())?;
    fs::write(&stamp, wanted).context(|| stamp.display().to_string())
}

/// The Python of a virtual environment under `target/` that holds the packages of all `requirements` files.
///
/// # Errors
/// When a requirements file or Python is missing, or pip fails.
pub fn python(root: &Path, name: &str, requirements: &[&str]) -> Outcome<PathBuf> {
    let venv = root.join("target").join(name);
    let python = venv.join("bin/python");
    let stamp = venv.join(".xtask-installed");
    let wanted = read_requirements(root, requirements)?;
    if python.exists() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    if !succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"])) {
        apt(&["python3", "python3-venv"], "Python environments")?;
    }
    step(&format!("preparing the Python environment target/{name}"), || {
        run(command("python3", root).args(["-m", "venv", "--clear"]).arg(&venv))?;
        let mut pip = command(&python, root);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        for file in requirements {
            pip.arg("--requirement").arg(root.join(file));
        }
        run(pip.stdout(std::io::stderr()))
    })?;
    fs::write(&stamp, wanted).context(|| stamp.display().to_string())?;
    Ok(python)
}

/// The text of all requirements files, one after the other.
fn read_requirements(root: &Path, requirements: &[&str]) -> Outcome<String> {
    let read = |file: &&str| fs::read_to_string(root.join(file)).context(|| format!("requirements file {file}"));
    requirements.iter().map(read).collect()
}

/// A path as seen from the repository's root.
pub fn shown(path: &Path) -> String {
    let root = shell::root().unwrap_or_default();
    path.strip_prefix(&root).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirements_file_that_is_missing_is_an_error_that_names_it() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let error =
            python(root, "no-venv", &["Cargo.toml", "no-requirements.txt"]).err().map(|error| error.to_string());
        assert!(error.is_some_and(|text| text.contains("no-requirements.txt")));
        assert!(!root.join("target/no-venv").exists());
    }
}
