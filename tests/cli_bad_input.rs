//! Bad input to the command line: each has its own code, and a message that names the thing.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

mod cli_support;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use visavis::core::{EmbedderInfo, Embedding, FaceId, MediaId, MediaType, Rect};
use visavis::library::{CatalogFields, FaceRecord, LibraryContents, MediaRecord, PublishOptions, build_library};
use visavis::vision::{DecodeLimits, Photo};

use cli_support::{Tested, code_of, index, visavis};

const PORTRAIT: &str = "samples/gallery/joe_biden.jpg";

/// A PNG of the given size whose only pixel data are a few bytes.
fn png_that_claims(width: u32, height: u32) -> Vec<u8> {
    let header = [b"IHDR".as_slice(), &width.to_be_bytes(), &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let data = b"IDAT\x78\x9c\x63\x00\x00\x00\x01\x00\x01".to_vec();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for chunk in [header, data, b"IEND".to_vec()] {
        png.extend(u32::try_from(chunk.len() - 4).unwrap_or(0).to_be_bytes());
        png.extend(&chunk);
        png.extend(crc32(&chunk).to_be_bytes());
    }
    png
}

/// The checksum of PNG chunks (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 })
    };
    !bytes.iter().fold(!0, step)
}

/// A portrait of a person whose face is some fifteen pixels wide.
fn tiny_face() -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let photo = Photo::decode(&fs::read("tests/data/photos/astronaut.png")?, &DecodeLimits::default())?;
    Ok(photo.resized(80, 80).to_jpeg(95)?)
}

/// Bad photos by file name, with the code that each gives.
fn bad_photos(folder: &Path) -> Result<Vec<(PathBuf, &'static str)>, Box<dyn std::error::Error>> {
    let jpeg = fs::read(PORTRAIT)?;
    let png = fs::read("tests/data/photos/astronaut.png")?;
    let photos = [
        ("empty.jpg", Vec::new(), "ImageEmpty"),
        ("text.jpg", b"this is no picture".to_vec(), "ImageFormatUnsupported"),
        ("cut.jpg", jpeg.iter().take(jpeg.len() / 2).copied().collect(), "ImageTruncated"),
        ("cut.png", png.iter().take(png.len() / 2).copied().collect(), "ImageTruncated"),
        ("huge.png", png_that_claims(60_000, 60_000), "ImageTooLarge"),
    ];
    let mut written = Vec::new();
    for (name, bytes, code) in photos {
        let path = folder.join(name);
        fs::write(&path, bytes)?;
        written.push((path, code));
    }
    Ok(written)
}

/// A library of one face, made by the embedder of this id and length.
fn write_library(folder: &Path, id: &str, dim: usize) -> Tested {
    let media_id = MediaId::of_bytes(b"photo");
    let media = MediaRecord {
        fields: CatalogFields::default(),
        media_id: media_id.clone(),
        media_type: MediaType::Image,
        path: "a.jpg".to_owned(),
        title: "a".to_owned(),
        url: None,
        cover: None,
        width: 100,
        height: 100,
        bytes: 5,
        format: "jpeg".to_owned(),
        sha256: visavis::core::sha256(b"photo").to_string(),
        created_ms: None,
        modified_ms: None,
        duration_s: None,
        document: "{}".to_owned(),
    };
    let face = FaceRecord {
        expression: None,
        face_id: FaceId::of_media(&media_id, 0),
        media_id,
        entity_id: None,
        embedding: Embedding::new(vec![1.0; dim])?,
        box_px: Rect::new(10.0, 10.0, 50.0, 60.0),
        time: None,
        score: 0.9,
        quality: 0.9,
    };
    let embedder = EmbedderInfo { id: id.to_owned(), sha256: "ab".repeat(32), dim };
    let contents = LibraryContents {
        settled: std::collections::BTreeSet::new(),
        tracks: Vec::new(),
        embedder,
        media: vec![media],
        faces: vec![face],
        entities: Vec::new(),
    };
    let built = build_library(&contents, &PublishOptions::default())?;
    for file in &built.files {
        fs::write(folder.join(&file.name), &file.bytes)?;
    }
    fs::write(folder.join("library.json"), &built.manifest)?;
    Ok(())
}

/// Searches with `--json`, and expects to fail with this code in both places and these words in the message.
fn expect_failure(photo: &Path, library: &Path, more: &[&str], code: &str, words: &[&str]) -> Tested {
    let (photo, library) = (photo.to_string_lossy(), library.to_string_lossy());
    let run = visavis(["search", &photo, "--library", &library, "--json"].iter().chain(more))?.expect_code(1)?;
    let answer = run.json()?;
    assert_eq!(code_of(&answer), Some(code), "{run:?}");
    let message = answer.pointer("/error/message").and_then(Value::as_str).unwrap_or_default();
    assert_eq!(run.stderr, format!("error: {message} ({code})\n"));
    for word in words {
        assert!(message.contains(word), "{message:?} does not name {word:?}");
    }
    Ok(())
}

#[test]
fn every_bad_photo_has_its_code_in_faces_search_and_index() -> Tested {
    let folder = tempfile::tempdir()?;
    let (photos, library) = (folder.path().join("photos"), folder.path().join("library"));
    fs::create_dir_all(&photos)?;
    index(Path::new("samples/gallery"), &library, &[])?.expect_code(0)?;
    let bad = bad_photos(&photos)?;
    let arguments = bad.iter().map(|(path, _)| path.to_string_lossy().into_owned());
    let lines = visavis(std::iter::once("faces".to_owned()).chain(arguments))?.expect_code(3)?.json_lines()?;
    assert_eq!(lines.len(), bad.len());
    for (line, (path, code)) in lines.iter().zip(&bad) {
        let name = path.file_name().ok_or("no name")?.to_string_lossy().into_owned();
        assert_eq!(code_of(line), Some(*code), "{line}");
        assert!(line["error"]["message"].as_str().is_some_and(|message| message.contains(&name)), "{line}");
        expect_failure(path, &library, &[], code, &[&name])?;
    }
    fs::copy(PORTRAIT, photos.join("good.jpg"))?;
    let summary = index(&photos, &folder.path().join("second"), &[])?.expect_code(3)?.json()?;
    assert_eq!(summary["unreadable"].as_array().map(Vec::len), Some(bad.len()));
    for unreadable in summary["unreadable"].as_array().ok_or("no list")? {
        let wanted = bad.iter().find(|(path, _)| path.ends_with(unreadable["path"].as_str().unwrap_or_default()));
        assert_eq!(code_of(unreadable), wanted.map(|(_, code)| *code), "{unreadable}");
    }
    Ok(())
}

#[test]
fn photos_without_a_usable_face_are_no_query() -> Tested {
    let folder = tempfile::tempdir()?;
    let library = folder.path().join("library");
    index(Path::new("samples/gallery"), &library, &[])?.expect_code(0)?;
    expect_failure(Path::new("samples/gallery/rocket.jpg"), &library, &[], "NoFace", &["rocket.jpg"])?;
    let tiny = folder.path().join("tiny.jpg");
    fs::write(&tiny, tiny_face()?)?;
    expect_failure(&tiny, &library, &[], "FaceTooSmall", &["tiny.jpg", "20"])?;
    expect_failure(Path::new("nowhere.jpg"), &library, &[], "IoError", &["nowhere.jpg"])?;
    expect_failure(Path::new(PORTRAIT), &library, &["--face", "7"], "InvalidParameter", &["7"])?;
    Ok(())
}

#[test]
fn numbers_and_names_out_of_range_name_their_parameter() -> Tested {
    let folder = tempfile::tempdir()?;
    let library = folder.path().join("library");
    index(Path::new("samples/gallery"), &library, &["--no-thumbnails"])?.expect_code(0)?;
    for size in ["0", "51", "-1", "ten"] {
        expect_failure(Path::new(PORTRAIT), &library, &["--page-size", size], "InvalidParameter", &["PageSize", size])?;
    }
    expect_failure(Path::new(PORTRAIT), &library, &["--page-no", "0"], "InvalidParameter", &["PageNo"])?;
    expect_failure(
        Path::new(PORTRAIT),
        &library,
        &["--media-type", "sound"],
        "InvalidParameter",
        &["MediaType", "sound"],
    )?;
    expect_failure(Path::new(PORTRAIT), &library, &["--token", ""], "MissingFaceSearchToken", &["FaceSearchToken"])?;
    expect_failure(Path::new(PORTRAIT), &library, &["--threshold", "2"], "InvalidParameter", &["threshold"])?;
    Ok(())
}

#[test]
fn a_library_that_is_not_one_is_refused_by_every_command() -> Tested {
    let folder = tempfile::tempdir()?;
    let library = folder.path().to_path_buf();
    let name = library.to_string_lossy().into_owned();
    let refused = |code: &str, words: &[&str]| -> Tested {
        expect_failure(Path::new(PORTRAIT), &library, &[], code, words)?;
        let inspected = visavis(["inspect", &name, "--json"])?.expect_code(1)?.json()?;
        assert_eq!(code_of(&inspected), Some(code));
        let verified = visavis(["verify", &name, "--json"])?.expect_code(1)?.json()?;
        assert_eq!(verified["problems"][0]["code"], code);
        Ok(())
    };
    refused("LibraryNotFound", &[&name, "library.json"])?;
    fs::write(library.join("library.json"), b"{\"format\": ")?;
    refused("LibraryMalformed", &[&name])?;
    fs::write(library.join("library.json"), b"{\"format\": \"visavis-library\", \"version\": 1}")?;
    refused("LibraryMalformed", &[&name, "embedder"])?;
    fs::write(library.join("library.json"), b"{\"format\": \"visavis-library\", \"version\": 99}")?;
    refused("LibraryVersionUnsupported", &[&name, "99"])?;
    Ok(())
}

/// The path of the library's first shard of faces.
fn shard_of(library: &Path) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let manifest: Value = serde_json::from_slice(&fs::read(library.join("library.json"))?)?;
    let files = manifest.get("files").and_then(Value::as_array).ok_or("no files")?;
    let shard = files.iter().find(|file| file.get("role").is_some_and(|role| role == "faces"));
    let shard = shard.and_then(|file| file.get("name")?.as_str());
    Ok(library.join(shard.ok_or("no shard")?))
}

#[test]
fn a_damaged_shard_is_refused_before_it_is_parsed() -> Tested {
    let folder = tempfile::tempdir()?;
    let library = folder.path();
    index(Path::new("samples/gallery"), library, &[])?.expect_code(0)?;
    let shard = shard_of(library)?;
    let name = shard.file_name().ok_or("no name")?.to_string_lossy().into_owned();
    let whole = fs::read(&shard)?;
    let mut flipped = whole.clone();
    if let Some(byte) = flipped.last_mut() {
        *byte ^= 1;
    }
    let cut = whole.get(..whole.len() - 1).ok_or("no bytes")?;
    for (bytes, code) in [(cut, "FileLengthMismatch"), (flipped.as_slice(), "FileHashMismatch")] {
        fs::write(&shard, bytes)?;
        expect_failure(Path::new(PORTRAIT), library, &[], code, &[&name])?;
        let verified = visavis(["verify", &library.to_string_lossy(), "--json"])?.expect_code(1)?.json()?;
        assert_eq!(verified["problems"][0]["code"], code);
    }
    fs::remove_file(&shard)?;
    expect_failure(Path::new(PORTRAIT), library, &[], "IoError", &[&name])?;
    // Indexing again makes the library whole.
    index(Path::new("samples/gallery"), library, &[])?.expect_code(0)?;
    visavis(["verify", &library.to_string_lossy()])?.expect_code(0)?;
    Ok(())
}

/// Makes a file a terabyte long, without its taking room.
fn make_endless(path: &Path) -> Tested {
    fs::OpenOptions::new().write(true).open(path)?.set_len(1 << 40)?;
    Ok(())
}

#[test]
fn files_that_are_longer_than_promised_are_refused_before_they_are_read() -> Tested {
    let folder = tempfile::tempdir()?;
    let library = folder.path();
    let name = library.to_string_lossy().into_owned();
    index(Path::new("samples/gallery"), library, &[])?.expect_code(0)?;
    let problem = || visavis(["verify", &name, "--json"])?.expect_code(1)?.json();
    let cover = fs::read_dir(library.join("covers"))?.next().ok_or("no cover")??.path();
    make_endless(&cover)?;
    let found = problem()?;
    assert_eq!(found["problems"][0]["code"], "IoError");
    assert!(found["problems"][0]["message"].as_str().is_some_and(|m| m.contains("more than 16777216")), "{found}");
    let shard = shard_of(library)?;
    make_endless(&shard)?;
    expect_failure(Path::new(PORTRAIT), library, &[], "FileLengthMismatch", &["1099511627776"])?;
    assert_eq!(problem()?["problems"][0]["code"], "FileLengthMismatch");
    fs::remove_file(&shard)?;
    fs::create_dir(&shard)?;
    expect_failure(Path::new(PORTRAIT), library, &[], "IoError", &["not a file"])?;
    make_endless(&library.join("library.json"))?;
    expect_failure(Path::new(PORTRAIT), library, &[], "LibraryMalformed", &["library.json", "67108864"])?;
    assert_eq!(problem()?["problems"][0]["code"], "LibraryMalformed");
    Ok(())
}

#[test]
fn a_library_of_another_embedder_is_refused_with_both_named() -> Tested {
    let folder = tempfile::tempdir()?;
    write_library(folder.path(), "another-model", 128)?;
    let words = ["another-model", "facex-mobilefacenet-mv"];
    expect_failure(Path::new(PORTRAIT), folder.path(), &[], "EmbedderMismatch", &words)?;
    write_library(folder.path(), "another-model", 512)?;
    expect_failure(Path::new(PORTRAIT), folder.path(), &[], "EmbedderMismatch", &words)
}

#[test]
fn models_that_are_not_there_are_named() -> Tested {
    let folder = tempfile::tempdir()?;
    let models = folder.path().to_string_lossy().into_owned();
    let run = visavis(["faces", PORTRAIT, "--models", &models])?.expect_code(1)?;
    assert!(run.stderr.contains("--models") && run.stderr.contains("(InvalidParameter)"), "{run:?}");
    let run = visavis(["faces", PORTRAIT, "--models", "models", "--profile", "accurate"])?.expect_code(1)?;
    assert!(run.stderr.contains("cargo xtask models --accurate") && run.stderr.contains("(ModelInvalid)"), "{run:?}");
    fs::write(folder.path().join("face_detection_yunet_2023mar.onnx"), b"no model")?;
    let run = visavis(["faces", PORTRAIT, "--models", &models])?.expect_code(1)?;
    assert!(run.stderr.contains("(ModelInvalid)"), "{run:?}");
    Ok(())
}

#[test]
fn options_that_are_wrong_are_named() -> Tested {
    let folder = tempfile::tempdir()?;
    let (file, out) = (folder.path().join("file"), folder.path().join("library"));
    fs::write(&file, b"x")?;
    let (file, out) = (file.to_string_lossy().into_owned(), out.to_string_lossy().into_owned());
    let run = visavis(["index", "samples/gallery", "--out", &file])?.expect_code(1)?;
    assert!(run.stderr.starts_with("error: --out: ") && run.stderr.contains("is a file; name a folder"), "{run:?}");
    let run = visavis(["index", "--people", &file, "--out", &out])?.expect_code(1)?;
    assert!(run.stderr.starts_with("error: --people: ") && run.stderr.contains("is a file; name a folder"), "{run:?}");
    let run = visavis(["index", "--out", &out])?.expect_code(2)?;
    assert!(run.stderr.contains("--people <DIR>") && run.stderr.contains("PATH"), "{run:?}");
    let run = visavis(["search", PORTRAIT, "--library", &out, "--face", "-1"])?.expect_code(2)?;
    assert!(run.stderr.contains("\"-1\" is not the number of a face: the largest face is 0"), "{run:?}");
    assert_eq!(fs::read(&file)?, b"x");
    Ok(())
}
