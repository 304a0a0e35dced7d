//! A client of the shipped models, photos of public figures, and a small library made from them.

use js_sys::{Array, Object, Reflect, Uint8Array, Uint8ClampedArray};
use serde_json::{Value, json};
use visavis::core::{EmbedderInfo, Embedding, EntityId, FaceId, MediaId, MediaType, Rect, sha256};
use visavis::library::{
    BuiltLibrary, CatalogFields, EntityRecord, FaceRecord, LibraryContents, MediaRecord, PublishOptions, build_library,
};
use visavis::vision::{DecodeLimits, Photo};
use visavis::web::WebClient;
use wasm_bindgen::{JsCast, JsValue};

use super::host::{Host, ORIGIN, json, object};

const DETECTOR: &[u8] = include_bytes!("../../models/face_detection_yunet_2023mar.onnx");
const EMBEDDER: &[u8] = include_bytes!("../../models/facex_mobilefacenet_mv_int8.onnx");

pub const OBAMA: &[u8] = include_bytes!("../data/photos/obama.jpg");
pub const OBAMA_2: &[u8] = include_bytes!("../data/photos/obama2.jpg");
pub const BIDEN: &[u8] = include_bytes!("../data/photos/biden.jpg");
pub const ASTRONAUT: &[u8] = include_bytes!("../data/photos/astronaut.png");
pub const CAT: &[u8] = include_bytes!("../data/photos/chelsea.png");

/// An error as the page sees it.
#[derive(Debug, PartialEq)]
pub struct Failure {
    pub name: String,
    pub code: String,
    pub message: String,
    pub parameter: Option<String>,
    pub request_id: String,
}

impl Failure {
    /// Reads a rejection, which must be a real `Error`.
    pub fn of(value: &JsValue) -> Self {
        assert!(value.is_instance_of::<js_sys::Error>(), "not an Error: {value:?}");
        let text = |name: &str| Reflect::get(value, &name.into()).unwrap().as_string();
        Self {
            name: text("name").unwrap(),
            code: text("code").unwrap(),
            message: text("message").unwrap(),
            parameter: text("parameter"),
            request_id: text("requestId").unwrap(),
        }
    }
}

/// The configuration of a client whose models and library `family` the host serves. No cache.
pub fn config() -> Value {
    let model = |file: &str, bytes: &[u8]| json!({ "url": format!("models/{file}"), "sha256": sha256(bytes).to_string(), "bytes": bytes.len() });
    json!({
        "models": { "detector": model("detector.onnx", DETECTOR), "embedder": model("embedder.onnx", EMBEDDER) },
        "libraries": [{ "name": "family", "url": "family" }, { "name": "other", "url": "/other/library.json" }],
        "baseUrl": ORIGIN, "cacheName": null,
    })
}

/// Serves the models and the photos.
pub fn serve_models(host: &Host) {
    host.serve("models/detector.onnx", DETECTOR);
    host.serve("models/embedder.onnx", EMBEDDER);
    for (name, bytes) in [("obama.jpg", OBAMA), ("obama2.jpg", OBAMA_2), ("biden.jpg", BIDEN), ("cat.png", CAT)] {
        host.serve(name, bytes);
    }
}

/// A client with this configuration.
pub async fn create(config: &Value) -> Result<WebClient, Failure> {
    WebClient::create(object(config).into(), None, None).await.map_err(|e| Failure::of(&e))
}

/// A client, its models served by `host`.
pub async fn client(host: &Host) -> WebClient {
    serve_models(host);
    create(&config()).await.unwrap()
}

/// `{ bytes }`, as the host hands over a file.
pub fn file(bytes: &[u8]) -> JsValue {
    let image = Object::new();
    Reflect::set(&image, &"bytes".into(), &Uint8Array::from(bytes)).unwrap();
    image.into()
}

/// The pixels of a photo, as a canvas hands them over.
pub fn pixels(photo: &[u8]) -> JsValue {
    let photo = Photo::decode(photo, &DecodeLimits::default()).unwrap();
    let rgba: Vec<u8> = photo.rgb.chunks(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect();
    let image = Object::new();
    Reflect::set(&image, &"width".into(), &photo.width.into()).unwrap();
    Reflect::set(&image, &"height".into(), &photo.height.into()).unwrap();
    Reflect::set(&image, &"data".into(), &Uint8ClampedArray::from(rgba.as_slice())).unwrap();
    image.into()
}

/// An operation with JSON in and out; `null` for no value.
pub async fn operate(client: &WebClient, operation: &str, request: Value, options: Value) -> Result<Value, Failure> {
    operate_with(client, operation, request, &[], options).await
}

/// An operation with images.
pub async fn operate_with(
    client: &WebClient,
    operation: &str,
    request: Value,
    images: &[JsValue],
    options: Value,
) -> Result<Value, Failure> {
    let images: Array = images.iter().collect();
    let (request, options) = (object(&request).into(), object(&options).into());
    let answer = client.operate(operation.to_owned(), request, images.into(), options, None).await;
    answer.map(|value| if value.is_undefined() { Value::Null } else { json(&value) }).map_err(|e| Failure::of(&e))
}

/// SearchMediaByFace with JSON in and out.
pub async fn search(client: &WebClient, request: Value, options: Value) -> Result<Value, Failure> {
    operate(client, "SearchMediaByFace", request, options).await
}

/// SearchMediaByFace with an image.
pub async fn search_image(
    client: &WebClient,
    request: Value,
    image: JsValue,
    options: Value,
) -> Result<Value, Failure> {
    operate_with(client, "SearchMediaByFace", request, &[image], options).await
}

/// The largest face's embedding.
pub async fn embedding(client: &WebClient, image: JsValue) -> Vec<f32> {
    let result = client.embed_faces(image, JsValue::UNDEFINED, None).await.map_err(|e| Failure::of(&e)).unwrap();
    let faces = Reflect::get(&result, &"faces".into()).unwrap();
    let face = Reflect::get(&faces, &0.into()).unwrap();
    let values = Reflect::get(&face, &"embedding".into()).unwrap();
    values.dyn_into::<js_sys::Float32Array>().unwrap().to_vec()
}

pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    Embedding::new(a.to_vec()).unwrap().cosine(&Embedding::new(b.to_vec()).unwrap())
}

/// The id of the media of a photo.
pub fn media_id(photo: &[u8]) -> String {
    MediaId::of_bytes(photo).0
}

/// The id of the largest face of a photo.
pub fn face_id(photo: &[u8]) -> u64 {
    FaceId::of_media(&MediaId::of_bytes(photo), 0).0
}

/// A library of `obama.jpg` and `biden.jpg`, made with the client's embedder or, where a sha256 is given, with that one.
pub async fn library(client: &WebClient, other_embedder: Option<&str>) -> BuiltLibrary {
    build(&contents(client, other_embedder).await)
}

/// A library of these contents.
pub fn build(contents: &LibraryContents) -> BuiltLibrary {
    build_library(contents, &PublishOptions { shard_bytes: 1 << 20 }).unwrap()
}

/// What that library is made of.
pub async fn contents(client: &WebClient, other_embedder: Option<&str>) -> LibraryContents {
    let info = json(&client.engine_info().unwrap());
    let text = |name: &str| info["embedder"][name].as_str().unwrap().to_owned();
    let sha256 = other_embedder.map_or_else(|| text("sha256"), str::to_owned);
    let dim = usize::try_from(info["embedder"]["dim"].as_u64().unwrap()).unwrap();
    let mut contents = LibraryContents {
        settled: std::collections::BTreeSet::new(),
        tracks: Vec::new(),
        embedder: EmbedderInfo { id: text("id"), sha256, dim },
        media: Vec::new(),
        faces: Vec::new(),
        entities: Vec::new(),
    };
    for (name, photo) in [("obama.jpg", OBAMA), ("biden.jpg", BIDEN)] {
        contents.media.push(media(name, photo));
        let embedding = Embedding::new(embedding(client, file(photo)).await).unwrap();
        contents.faces.push(face(photo, embedding));
    }
    contents
}

/// The same, and the face of `obama.jpg` is the person `obama`'s.
pub async fn contents_with_person(client: &WebClient) -> LibraryContents {
    let mut contents = contents(client, None).await;
    let entity_id = EntityId::of_person("obama");
    contents.faces[0].entity_id = Some(entity_id.clone());
    contents.entities.push(EntityRecord {
        merged: Vec::new(),
        entity_id,
        label_name: "Barack Obama".into(),
        category: "politician".into(),
        person_id: Some("obama".into()),
        groups: vec!["presidents".into()],
        note: None,
    });
    contents
}

/// Serves a library below `folder`; answers the paths of its files but for the manifest.
pub fn serve_library(host: &Host, folder: &str, built: &BuiltLibrary) -> Vec<String> {
    host.serve(&format!("{folder}/library.json"), &built.manifest);
    let paths = built.files.iter().map(|file| (format!("{folder}/{}", file.name), &file.bytes));
    paths.inspect(|(path, bytes)| host.serve(path, bytes)).map(|(path, _)| path).collect()
}

fn media(name: &str, photo: &[u8]) -> MediaRecord {
    MediaRecord {
        fields: CatalogFields::default(),
        media_id: MediaId::of_bytes(photo),
        media_type: MediaType::Image,
        path: name.into(),
        title: name.trim_end_matches(".jpg").into(),
        url: None,
        cover: Some(format!("covers/{}.jpg", media_id(photo))),
        width: 910,
        height: 1137,
        bytes: photo.len() as u64,
        format: "jpeg".into(),
        sha256: sha256(photo).to_string(),
        created_ms: None,
        modified_ms: None,
        duration_s: None,
        document: "{}".into(),
    }
}

fn face(photo: &[u8], embedding: Embedding) -> FaceRecord {
    let media_id = MediaId::of_bytes(photo);
    FaceRecord {
        expression: None,
        face_id: FaceId::of_media(&media_id, 0),
        media_id,
        entity_id: None,
        embedding,
        box_px: Rect::new(371.0, 91.0, 241.0, 329.0),
        time: None,
        score: 0.9,
        quality: 0.9,
    }
}
