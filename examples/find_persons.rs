//! Finds the persons of a library anew and tells whose each face is, for figures:
//! `find_persons LIBRARY [--central] [--batches N] [--threshold T] [--min-quality Q] [--block N]`.
//!
//! One line a face on standard output: the face's id, the path of its photo, the person's id or `-`. The seconds that it took go to
//! standard error. Persons that the library has are forgotten first. `--central` leaves out all but the most central face of each photo;
//! `--batches` adds the photos in so many parts, by their ids, and fails where somebody's id changes.

#![expect(clippy::print_stdout, reason = "what it finds goes to standard output")]
#![expect(clippy::cast_precision_loss, reason = "sides of photos are far below 2^24")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::str::FromStr;
use std::time::Instant;

use visavis::core::{EntityId, FaceId, MediaId};
use visavis::indexing::{DiscoverOptions, apply_edits, discover};
use visavis::library::{FaceRecord, Library, LibraryContents, MANIFEST_NAME, Manifest};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let folder = args.first().ok_or("name the folder of a library")?;
    let mut whole = open(Path::new(folder))?.contents()?;
    whole.entities.clear();
    whole.settled.clear();
    for face in &mut whole.faces {
        face.entity_id = None;
    }
    if args.iter().any(|arg| arg == "--central") {
        keep_central(&mut whole);
    }
    let mut options = DiscoverOptions::of(&whole.embedder);
    options.threshold = number(&args, "--threshold")?.unwrap_or(options.threshold);
    options.min_quality = number(&args, "--min-quality")?.unwrap_or(options.min_quality);
    options.block_faces = number(&args, "--block")?.unwrap_or(options.block_faces);
    let batches: usize = number(&args, "--batches")?.unwrap_or(1);
    let faces = std::mem::take(&mut whole.faces);
    let per_batch = whole.media.len().div_ceil(batches);
    let batch_of: BTreeMap<MediaId, usize> =
        whole.media.iter().enumerate().map(|(place, media)| (media.media_id.clone(), place / per_batch)).collect();
    let mut before: BTreeMap<FaceId, EntityId> = BTreeMap::new();
    let begin = Instant::now();
    for batch in 0..batches {
        whole.faces.extend(faces.iter().filter(|face| batch_of.get(&face.media_id) == Some(&batch)).cloned());
        let found = discover(&whole, &options);
        let _ = apply_edits(&mut whole, &found);
        let after = persons(&whole);
        if before.iter().any(|(face, person)| after.get(face) != Some(person)) {
            return Err("a face changed its person".into());
        }
        before = after;
    }
    let count: BTreeSet<&EntityId> = before.values().collect();
    eprintln!("{} faces, {} persons, {:.2} s", whole.faces.len(), count.len(), begin.elapsed().as_secs_f64());
    let paths: BTreeMap<&MediaId, &str> =
        whole.media.iter().map(|media| (&media.media_id, media.path.as_str())).collect();
    for face in &whole.faces {
        let person = face.entity_id.as_ref().map_or("-", |id| id.0.as_str());
        println!("{}\t{}\t{person}", face.face_id, paths.get(&face.media_id).unwrap_or(&""));
    }
    Ok(())
}

/// The number behind an option.
fn number<T: FromStr>(args: &[String], name: &str) -> Result<Option<T>, T::Err> {
    let place = args.iter().position(|arg| arg == name);
    place.and_then(|place| args.get(place + 1)).map(|text| text.parse()).transpose()
}

fn open(folder: &Path) -> Result<Library, Box<dyn Error>> {
    let manifest = Manifest::parse("library", &std::fs::read(folder.join(MANIFEST_NAME))?)?;
    let mut files = Vec::new();
    for entry in manifest.files() {
        files.push((entry.name.clone(), std::fs::read(folder.join(&entry.name))?));
    }
    Ok(Library::open("library", manifest, files)?)
}

fn persons(contents: &LibraryContents) -> BTreeMap<FaceId, EntityId> {
    contents.faces.iter().filter_map(|face| Some((face.face_id, face.entity_id.clone()?))).collect()
}

/// Leaves out all faces but the one nearest to the middle of each photo.
fn keep_central(contents: &mut LibraryContents) {
    let sizes: BTreeMap<&MediaId, (u32, u32)> =
        contents.media.iter().map(|media| (&media.media_id, (media.width, media.height))).collect();
    let distance = |face: &FaceRecord| {
        let (width, height) = sizes.get(&face.media_id).copied().unwrap_or_default();
        let (x, y) = (face.box_px.x + face.box_px.w / 2.0, face.box_px.y + face.box_px.h / 2.0);
        (x - width as f32 / 2.0).hypot(y - height as f32 / 2.0)
    };
    let mut best: BTreeMap<&MediaId, &FaceRecord> = BTreeMap::new();
    for face in &contents.faces {
        let nearest = best.entry(&face.media_id).or_insert(face);
        if distance(face) < distance(nearest) {
            *nearest = face;
        }
    }
    let central: BTreeSet<FaceId> = best.values().map(|face| face.face_id).collect();
    contents.faces.retain(|face| central.contains(&face.face_id));
}
