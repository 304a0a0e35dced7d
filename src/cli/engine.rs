//! Which model files the engine is made of: the built-in ones, or those of a folder. Imports `vision`, `error`.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::core::sha256;
use crate::error::{Error, Result};
use crate::vision::{Engine, EngineModels};

use super::args::{ModelArgs, Profile};
use super::files;

const DETECTOR: &[u8] = include_bytes!("../../models/face_detection_yunet_2023mar.onnx");
const EMBEDDER: &[u8] = include_bytes!("../../models/facex_mobilefacenet_mv_int8.onnx");
const EXPRESSION: &[u8] = include_bytes!("../../models/face_expression.onnx");

/// The environment variable that stands in for `--models`.
const MODELS_VARIABLE: &str = "VISAVIS_MODELS";
/// Where `cargo xtask models --accurate` puts its files, relative to the checkout.
const ACCURATE_FOLDER: &str = "target/models";

/// One role of a model: which list names its file and under which key, how the file's name begins, and the built-in file.
struct Role {
    list: &'static str,
    key: &'static str,
    prefix: &'static str,
    built_in: Option<&'static [u8]>,
}

static DETECTOR_ROLE: Role =
    Role { list: "models.json", key: "detector", prefix: "face_detection_yunet", built_in: Some(DETECTOR) };
static EMBEDDER_ROLE: Role =
    Role { list: "models.json", key: "embedder", prefix: "facex_mobilefacenet", built_in: Some(EMBEDDER) };
static ACCURATE_ROLE: Role =
    Role { list: "accurate.json", key: "embedder", prefix: "face_recognition_sface_2021dec", built_in: None };

static EXPRESSION_ROLE: Role =
    Role { list: "models.json", key: "expression", prefix: "face_expression", built_in: Some(EXPRESSION) };

/// An engine for indexing, and the SHA-256 of two of its models: with the embedder's, what its results depend on.
pub(super) struct IndexEngine {
    pub(super) engine: Engine,
    pub(super) detector_sha256: String,
    /// Empty without an expression model.
    pub(super) expression_sha256: String,
}

/// The engine that the arguments ask for, to make and search queries: without the expression model, which they do not need.
pub(super) fn load(args: &ModelArgs) -> Result<Engine> {
    let folder = models_folder(args)?;
    let detector = model_bytes(&DETECTOR_ROLE, folder.as_deref())?;
    let embedder = model_bytes(embedder_role(args), folder.as_deref())?;
    Engine::new(&EngineModels {
        detector: &detector,
        embedder: &embedder,
        embedder_sha256: sha256(&embedder),
        expression: None,
    })
}

/// The engine that the arguments ask for, with the expression model where that is wanted.
pub(super) fn load_for_index(args: &ModelArgs, with_expression: bool) -> Result<IndexEngine> {
    let folder = models_folder(args)?;
    let detector = model_bytes(&DETECTOR_ROLE, folder.as_deref())?;
    let embedder = model_bytes(embedder_role(args), folder.as_deref())?;
    let expression = with_expression.then(|| model_bytes(&EXPRESSION_ROLE, folder.as_deref())).transpose()?;
    let models = EngineModels {
        detector: &detector,
        embedder: &embedder,
        embedder_sha256: sha256(&embedder),
        expression: expression.as_deref(),
    };
    Ok(IndexEngine {
        engine: Engine::new(&models)?,
        detector_sha256: sha256(&detector).to_string(),
        expression_sha256: expression.map_or_else(String::new, |model| sha256(&model).to_string()),
    })
}

fn embedder_role(args: &ModelArgs) -> &'static Role {
    if args.profile == Profile::Accurate { &ACCURATE_ROLE } else { &EMBEDDER_ROLE }
}

fn models_folder(args: &ModelArgs) -> Result<Option<PathBuf>> {
    let from_variable = || std::env::var_os(MODELS_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    let Some(folder) = args.models.clone().or_else(from_variable) else {
        let accurate = Path::new(ACCURATE_FOLDER);
        return Ok((args.profile == Profile::Accurate && accurate.is_dir()).then(|| accurate.to_owned()));
    };
    let known = [&DETECTOR_ROLE, &EMBEDDER_ROLE, &ACCURATE_ROLE, &EXPRESSION_ROLE];
    if known.iter().all(|role| find_model(role, &folder).is_none()) {
        let reason = format!("{} has none of the model files; see models/README.md for their names", folder.display());
        return Err(Error::invalid("--models", reason));
    }
    Ok(Some(folder))
}

fn model_bytes(role: &Role, folder: Option<&Path>) -> Result<Cow<'static, [u8]>> {
    match (folder.and_then(|folder| find_model(role, folder)), role.built_in) {
        (Some(path), _) => Ok(Cow::Owned(files::read(&path)?)),
        (None, Some(bytes)) => Ok(Cow::Borrowed(bytes)),
        (None, None) => Err(Error::ModelInvalid {
            model: role.prefix.to_owned(),
            reason: format!(
                "not in {}; make it with 'cargo xtask models --accurate', and name its folder by --models or {MODELS_VARIABLE}",
                folder.unwrap_or(Path::new(ACCURATE_FOLDER)).display()
            ),
        }),
    }
}

/// The file of a role: the one that the list in its folder names, else the first whose name begins as expected.
fn find_model(role: &Role, folder: &Path) -> Option<PathBuf> {
    let listed = fs::read(folder.join(role.list))
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
        .and_then(|list| list.get(role.key)?.get("file")?.as_str().map(|file| folder.join(file)))
        .filter(|path| path.is_file());
    listed.or_else(|| {
        let mut named: Vec<PathBuf> = fs::read_dir(folder)
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with(role.prefix) && name.ends_with(".onnx")
            })
            .collect();
        named.sort();
        named.into_iter().next()
    })
}
