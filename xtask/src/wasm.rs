//! The two WebAssembly builds: toolchain, compiler flags, wasm-bindgen, wasm-opt.
//!
//! Each variant has a target folder of its own, because cargo keeps one set of dependencies for each set of compiler flags it is given
//! only there. Tests and the package are compiled with the same flags and profile, so tract is compiled once for each variant.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use crate::fail;
use crate::linker;
use crate::setup::{self, shown};
use crate::shell::{self, Context as _, Outcome, capture, capture_within, cargo, command, run, say, step};

/// The one target of the browser builds.
const TARGET: &str = "wasm32-unknown-unknown";
/// Pinned together with the `wasm-bindgen` crate, which refuses any other.
const BINDGEN: &str = "0.2.130";
/// What every variant needs: Chromium 91, Firefox 89, Safari 16.4 and later have these.
const FEATURES: &str = "+simd128,+bulk-memory,+sign-ext,+nontrapping-fptoint,+mutable-globals";
/// The features by wasm-opt's names. With `--all-features` it writes a module that Chromium refuses.
const OPT_FEATURES: [&str; 9] = [
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-call-indirect-overlong",
];

/// One of the two wasm files that ship.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// SIMD128, for every browser that has SIMD.
    Simd,
    /// SIMD128 with relaxed SIMD, where the browser validates it.
    Relaxed,
}

impl Variant {
    /// Both, in the order in which they are built.
    pub const ALL: [Self; 2] = [Self::Simd, Self::Relaxed];

    /// `simd` or `relaxed`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Simd => "simd",
            Self::Relaxed => "relaxed",
        }
    }

    fn target_folder(self, root: &Path) -> PathBuf {
        root.join("target").join(format!("wasm-{}", self.name()))
    }

    fn compiler_flags(self) -> String {
        let relaxed = if self == Self::Relaxed { ",+relaxed-simd" } else { "" };
        format!("-C target-feature={FEATURES}{relaxed}")
    }
}

/// What compiles for wasm.
pub struct Toolchain {
    /// Where the standard library comes from.
    library: StandardLibrary,
    /// `rust-lld` of the toolchain.
    rust_lld: PathBuf,
    /// xtask itself under the name by which it is a linker.
    linker: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum StandardLibrary {
    /// The compiler that cargo uses has it.
    Ready,
    /// Debian's own compiler builds it from source.
    Debian,
}

impl Toolchain {
    /// Finds a way to compile for wasm, installing what is missing. `VISAVIS_WASM_STD=debian` takes the second way even where the first is open.
    ///
    /// # Errors
    /// When neither rustup nor apt can supply the standard library.
    pub fn find(root: &Path) -> Outcome<Self> {
        let library = StandardLibrary::find(root)?;
        let sysroot = capture(command("rustc", root).args(["--print", "sysroot"]))?;
        let version = capture(command("rustc", root).arg("-vV"))?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
        let rust_lld =
            Path::new(&sysroot).join("lib/rustlib").join(host).join("bin").join(format!("rust-lld{EXE_SUFFIX}"));
        if !rust_lld.exists() {
            return fail!(
                "the linker for wasm is missing: no {}; `rustup toolchain install stable` brings it",
                rust_lld.display()
            );
        }
        Ok(Self { library, rust_lld, linker: linker_copy(root)? })
    }

    /// `cargo SUBCOMMAND` for a variant of the crate: target, profile, features and flags are set.
    pub fn cargo(&self, root: &Path, variant: Variant, subcommand: &str) -> Command {
        let mut cargo = match self.library {
            StandardLibrary::Ready => cargo(root),
            StandardLibrary::Debian => {
                let mut cargo = command("/usr/bin/cargo", root);
                cargo.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1").env_remove("RUSTUP_TOOLCHAIN");
                cargo
            }
        };
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", &self.linker).env(linker::TRUE_LINKER, &self.rust_lld);
        cargo.args([subcommand, "--profile", "wasm", "--target", TARGET, "--no-default-features", "--features", "web"]);
        if self.library == StandardLibrary::Debian {
            // With `test` for builds too: the crates named here count for every dependency, which would else be compiled again for tests.
            cargo.arg("-Zbuild-std=std,panic_abort,test");
        }
        cargo.arg("--target-dir").arg(variant.target_folder(root));
        cargo.env("RUSTFLAGS", variant.compiler_flags());
        cargo
    }
}

impl StandardLibrary {
    fn find(root: &Path) -> Outcome<Self> {
        let forced = std::env::var("VISAVIS_WASM_STD").is_ok_and(|value| value == "debian");
        if !forced && (has_standard_library(root) || rustup_target_add(root)) {
            return Ok(Self::Ready);
        }
        setup::apt(&["rustc-web", "cargo-web", "rust-web-src"], "the wasm standard library").map_err(|failure| {
            let hint = format!("rustup target add {TARGET}");
            shell::Failure(format!("{failure}\nthe wasm standard library is missing; one of these gives it: `{hint}`, or the packages above"))
        })?;
        Ok(Self::Debian)
    }
}

/// Puts xtask where rustc finds it as a linker. Always in the same place, because cargo compiles everything anew for a linker of another path.
fn linker_copy(root: &Path) -> Outcome<PathBuf> {
    let folder = root.join("target/tools/bin");
    fs::create_dir_all(&folder).context(|| shown(&folder))?;
    let own = std::env::current_exe().context(|| "the path of xtask".to_owned())?;
    let copy = folder.join(format!("{}{EXE_SUFFIX}", linker::NAME));
    let wanted = fs::read(&own).context(|| shown(&own))?;
    if fs::read(&copy).is_ok_and(|present| present == wanted) {
        return Ok(copy);
    }
    let partial = copy.with_extension("partial");
    fs::copy(&own, &partial).context(|| shown(&partial))?;
    fs::rename(&partial, &copy).context(|| shown(&copy))?;
    Ok(copy)
}

/// Whether the compiler that cargo uses has the wasm standard library.
fn has_standard_library(root: &Path) -> bool {
    let folder = capture(command("rustc", root).args(["--print", "target-libdir", "--target", TARGET]));
    let files = folder.ok().and_then(|folder| fs::read_dir(folder).ok());
    files.into_iter().flatten().flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}

/// Asks rustup for the standard library. Quick to fail where there is none to be had; not asked again on the same day.
fn rustup_target_add(root: &Path) -> bool {
    let refused = root.join("target/xtask-rustup-refused");
    let recent = fs::metadata(&refused).and_then(|data| data.modified()).ok().and_then(|time| time.elapsed().ok());
    if recent.is_some_and(|age| age < Duration::from_secs(24 * 3600)) {
        return false;
    }
    let mut rustup = command("rustup", root);
    rustup.args(["target", "add", TARGET]);
    let added = step(&format!("rustup target add {TARGET}"), || capture_within(Duration::from_secs(120), &mut rustup));
    if added.is_ok() && has_standard_library(root) {
        return true;
    }
    say("rustup has no wasm standard library here; Debian's compiler will build one");
    if let Err(error) = fs::write(&refused, "") {
        say(format_args!("{}: {error}", refused.display()));
    }
    false
}

/// The folder with `wasm-bindgen` and `wasm-bindgen-test-runner`, compiled here when they are missing.
///
/// # Errors
/// When `cargo install` fails.
pub fn bindgen_tools(root: &Path) -> Outcome<PathBuf> {
    let tools = root.join("target/tools");
    let folder = tools.join("bin");
    let has = |program: &str| {
        let version = Command::new(folder.join(program)).arg("--version").output();
        version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(BINDGEN))
    };
    if has("wasm-bindgen") && has("wasm-bindgen-test-runner") {
        return Ok(folder);
    }
    let scratch = tools.join("build");
    step(&format!("compiling wasm-bindgen {BINDGEN}"), || {
        let mut install = cargo(root);
        install
            .args(["install", "--quiet", "--force", "wasm-bindgen-cli", "--version", &format!("={BINDGEN}"), "--root"])
            .arg(&tools);
        install.args(["--bin", "wasm-bindgen", "--bin", "wasm-bindgen-test-runner"]);
        // Without `--locked`, which was seen to fail; with little optimisation, which halves the time and is not felt in use.
        install
            .env("CARGO_TARGET_DIR", &scratch)
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_LTO", "off");
        run(&mut install)
    })?;
    fs::remove_dir_all(&scratch).context(|| shown(&scratch))?;
    Ok(folder)
}

/// Something that is compiled for the browser.
#[derive(Clone, Copy)]
pub struct Product {
    /// The cargo feature that it has.
    feature: &'static str,
    /// What its files begin with.
    prefix: &'static str,
    /// Where they go.
    folder: &'static str,
}

impl Product {
    /// What the package ships.
    pub const PACKAGE: Self = Self { feature: "web", prefix: "visavis", folder: "pkg/dist/wasm" };
    /// What comparisons with other libraries call. Never shipped.
    pub const BENCH: Self = Self { feature: "bench", prefix: "visavis_bench", folder: "benches/dist" };
}

/// Compiles, binds and optimises these variants.
///
/// # Errors
/// When one of the tools fails.
pub fn build(root: &Path, toolchain: &Toolchain, product: Product, variants: &[Variant]) -> Outcome {
    bindgen_tools(root)?;
    setup::npm_install(&root.join("xtask"))?;
    // wasm-opt runs on one core for most of a minute, so it runs while the next variant is compiled.
    let results = thread::scope(|scope| {
        let mut running = Vec::new();
        for variant in variants.iter().copied() {
            let compiled = step(&format!("compiling for wasm ({}; 8 minutes the first time)", variant.name()), || {
                let mut build = toolchain.cargo(root, variant, "build");
                run(build.args(["--lib", "--package", "visavis", "--features", product.feature]))
            });
            running.push(scope.spawn(move || compiled.and_then(|()| finish(root, product, variant))));
        }
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| fail!("a thread of xtask ended early")))
            .collect::<Vec<_>>()
    });
    results.into_iter().collect()
}

/// Binds and optimises one compiled variant, unless that was done already.
fn finish(root: &Path, product: Product, variant: Variant) -> Outcome {
    let module = variant.target_folder(root).join(TARGET).join("wasm/visavis.wasm");
    let stamp = variant.target_folder(root).join(format!("{}.stamp", product.prefix));
    let wanted = fingerprint(&module)?;
    let output = root.join(product.folder);
    let name = format!("{}_{}", product.prefix, variant.name());
    let finished = output.join(format!("{name}_bg.wasm"));
    if finished.exists() && fs::read_to_string(&stamp).is_ok_and(|done| done == wanted) {
        return Ok(());
    }
    let staged = variant.target_folder(root).join(format!("bound-{}", product.prefix));
    bind(root, &module, &staged, &name)?;
    let bound = staged.join(format!("{name}_bg.wasm"));
    step(&format!("wasm-opt ({})", variant.name()), || optimise(root, &bound, variant))?;
    copy_folder(&staged, &output)?;
    fs::write(&stamp, wanted).context(|| shown(&stamp))
}

/// What tells one compiled module from another, and one way of processing it from another.
fn fingerprint(module: &Path) -> Outcome<String> {
    let data = fs::metadata(module).context(|| shown(module))?;
    let modified = data.modified().context(|| shown(module))?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{BINDGEN} {OPT_FEATURES:?} {} bytes, {} ns", data.len(), modified.as_nanos()))
}

fn bind(root: &Path, module: &Path, staged: &Path, name: &str) -> Outcome {
    if staged.exists() {
        fs::remove_dir_all(staged).context(|| shown(staged))?;
    }
    let bindgen = bindgen_tools(root)?.join("wasm-bindgen");
    step(&format!("wasm-bindgen ({name})"), || {
        let mut bind = command(&bindgen, root);
        bind.args(["--target", "web", "--out-name", name, "--remove-producers-section"]);
        // Lets a page that runs on the calling thread start afresh after a panic.
        bind.arg("--experimental-reset-state-function");
        bind.arg("--out-dir").arg(staged).arg(module);
        run(&mut bind)
    })
}

fn optimise(root: &Path, module: &Path, variant: Variant) -> Outcome {
    let folder = root.join("xtask");
    let optimised = module.with_extension("opt");
    let mut opt = command("node", root);
    opt.arg(folder.join("node_modules/binaryen/bin/wasm-opt")).arg(module).arg("-o").arg(&optimised);
    opt.args(OPT_FEATURES).args(["-O1", "--strip-debug", "--strip-producers"]);
    if variant == Variant::Relaxed {
        opt.arg("--enable-relaxed-simd");
    }
    run(&mut opt)?;
    fs::rename(&optimised, module).context(|| shown(module))
}

/// Copies every file below `from` to the same place below `to`, each by a rename, so that a reader never sees half a file.
///
/// # Errors
/// When a file cannot be read or written.
pub fn copy_folder(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to).context(|| shown(to))?;
    for entry in fs::read_dir(from).context(|| shown(from))? {
        let entry = entry.context(|| shown(from))?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)?;
            continue;
        }
        let partial = target.with_extension("partial");
        fs::copy(entry.path(), &partial).context(|| shown(&entry.path()))?;
        fs::rename(&partial, &target).context(|| shown(&target))?;
    }
    Ok(())
}
