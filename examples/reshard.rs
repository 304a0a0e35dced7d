//! Writes a library anew into a folder with files of faces of another size: `reshard LIBRARY OUT BYTES`. So a small library has as many
//! shards as tests of probing need. Pictures are copied; OUT is to be empty.

use std::error::Error;
use std::fs;
use std::path::Path;

use visavis::library::{Library, MANIFEST_NAME, Manifest, PublishOptions, build_library};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [from, out, bytes] = args.as_slice() else {
        return Err("give the folder of a library, the folder to write, and the bytes of a shard".into());
    };
    let (from, out) = (Path::new(from), Path::new(out));
    let manifest = Manifest::parse("library", &fs::read(from.join(MANIFEST_NAME))?)?;
    let mut files = Vec::new();
    for file in manifest.files() {
        files.push((file.name.clone(), fs::read(from.join(&file.name))?));
    }
    let contents = Library::open("library", manifest, files)?.contents()?;
    let built = build_library(&contents, &PublishOptions { shard_bytes: bytes.parse()? })?;
    for pictures in ["faces", "covers"].iter().filter(|name| from.join(name).is_dir()) {
        fs::create_dir_all(out.join(pictures))?;
        for picture in fs::read_dir(from.join(pictures))? {
            let picture = picture?;
            fs::copy(picture.path(), out.join(pictures).join(picture.file_name()))?;
        }
    }
    for file in &built.files {
        fs::write(out.join(&file.name), &file.bytes)?;
    }
    fs::write(out.join(MANIFEST_NAME), &built.manifest)?;
    Ok(())
}
