//! From records to the files of a library. The same contents in any order give the same bytes. Imports `core` and `error`.

use std::collections::{BTreeMap, HashMap};

use super::cell_table::{Cell, write_cells};
use super::face_table::{FaceTable, Names, check_box, check_expression, check_share, check_time};
use super::manifest::{FileEntry, FileRole, MAX_DIM, MAX_FILES, write_manifest};
use super::media_table::{check_media, write_media};
use super::partition::{CellRows, partition};
use super::people_table::{Person, check_entity, write_people};
use super::quantise::quantise;
use super::records::{EntityRecord, FaceRecord, LibraryContents, MediaRecord, TrackRecord};
use super::track_table::{check_track, check_within, write_tracks};
use crate::core::{Digest, EntityId, FaceId, MediaId};
use crate::error::{Error, Result};

/// The bytes of a face's row beside its codes: id, scale, two row numbers, box, two times, two shares, validity bits.
const ROW_BYTES: usize = 8 + 4 + 8 + 8 + 16 + 16 + 8;
/// From how many bytes of text on the catalog goes on in another file.
const MEDIA_TEXT_BYTES: usize = 64 << 20;
/// The bytes of an expression's name and its place, in libraries that have expressions.
const EXPRESSION_BYTES: usize = 12;
/// From how many points on the tracks go on in another file: about 24 MiB.
const CLIPS_POINTS: usize = 1 << 20;
/// The longest record of the catalog that is written, in bytes of text.
const MEDIA_RECORD_BYTES: usize = 16 << 20;

/// How a library is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishOptions {
    /// The length near which the files of faces stay, in bytes.
    pub shard_bytes: usize,
}

impl Default for PublishOptions {
    /// Shards of 1 MiB.
    fn default() -> Self {
        Self { shard_bytes: 1 << 20 }
    }
}

/// One immutable file: its name says what its hash is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryFile {
    /// The name beside `library.json`.
    pub name: String,
    /// The contents.
    pub bytes: Vec<u8>,
}

/// The files of a library. Write `files` first, and put `manifest` in the place of `library.json` last, by a rename.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltLibrary {
    /// The contents of `library.json`.
    pub manifest: Vec<u8>,
    /// All other files.
    pub files: Vec<LibraryFile>,
}

/// Builds the files of a library.
///
/// # Errors
/// `LibraryMalformed` naming the record that is wrong: an id that is there twice, a face of a media or person that is not
/// there, an embedding of another length than the embedder's, a box or number that is none; or saying that there would be
/// more than [`MAX_FILES`] files.
pub fn build_library(contents: &LibraryContents, options: &PublishOptions) -> Result<BuiltLibrary> {
    check_embedder(contents)?;
    let mut media: Vec<&MediaRecord> = contents.media.iter().collect();
    media.sort_by(|a, b| a.media_id.cmp(&b.media_id));
    let mut entities: Vec<&EntityRecord> = contents.entities.iter().collect();
    entities.sort_by(|a, b| a.entity_id.cmp(&b.entity_id));
    let mut faces: Vec<&FaceRecord> = contents.faces.iter().collect();
    faces.sort_by_key(|face| face.face_id);
    check_records(&media, &entities, &faces)?;
    let mut tracks: Vec<&TrackRecord> = contents.tracks.iter().collect();
    tracks.sort_by_key(|track| track.face_id);
    check_tracks(&tracks, &faces)?;

    let dim = contents.embedder.dim;
    let mut files = Files::default();
    for part in media_parts(&media) {
        files.add(FileRole::Media, part.len(), write_media(&part)?);
    }
    let people = people_of(&entities, &faces);
    files.add(FileRole::People, people.len(), write_people(&people)?);

    for part in track_parts(&tracks) {
        files.add(FileRole::Clips, part.len(), write_tracks(part)?);
    }

    let mut table = face_table(dim, &media, &entities, &faces)?;
    table.settled = faces.iter().map(|face| contents.settled.contains(&face.face_id)).collect();
    let expression_bytes = if table.expressions.iter().any(Option::is_some) { EXPRESSION_BYTES } else { 0 };
    let shard_rows = options.shard_bytes / (dim + ROW_BYTES + expression_bytes);
    let shards = partition(&table, shard_rows);
    check_file_count(files.files.len() + 1 + shards.len(), options)?;
    if shards.len() > 1 {
        let cells = cells_of(&shards);
        files.add(FileRole::Cells, cells.len(), write_cells(&cells, dim)?);
    }
    for shard in &shards {
        let rows: Vec<usize> = shard.iter().flat_map(|cell| cell.rows.iter().copied()).collect();
        files.add(FileRole::Faces, rows.len(), table.select(&rows).to_bytes()?);
    }
    let manifest = write_manifest(&contents.embedder, &files.entries)?;
    Ok(BuiltLibrary { manifest, files: files.files })
}

#[derive(Default)]
struct Files {
    entries: Vec<FileEntry>,
    files: Vec<LibraryFile>,
}

impl Files {
    fn add(&mut self, role: FileRole, rows: usize, bytes: Vec<u8>) {
        let entry = FileEntry::of(role, rows, &bytes);
        self.files.push(LibraryFile { name: entry.name.clone(), bytes });
        self.entries.push(entry);
    }
}

fn wrong(part: String, reason: impl Into<String>) -> Error {
    Error::LibraryMalformed { library: "to be published".to_owned(), part, reason: reason.into() }
}

fn check_file_count(count: usize, options: &PublishOptions) -> Result<()> {
    if count <= MAX_FILES {
        return Ok(());
    }
    let reason = format!(
        "{count}, but a library has at most {MAX_FILES}; shards of {} bytes are too small",
        options.shard_bytes
    );
    Err(wrong("number of files".to_owned(), reason))
}

fn check_embedder(contents: &LibraryContents) -> Result<()> {
    let embedder = &contents.embedder;
    let part = || format!("embedder {}", embedder.id);
    if embedder.id.is_empty() {
        return Err(wrong(part(), "the id is empty"));
    }
    if Digest::from_hex(&embedder.sha256).is_none_or(|digest| digest.to_string() != embedder.sha256) {
        return Err(wrong(
            part(),
            format!("sha256 is {:?}, expected 64 lower-case hexadecimal digits", embedder.sha256),
        ));
    }
    if embedder.dim == 0 || embedder.dim > MAX_DIM {
        return Err(wrong(part(), format!("embeddings have 1 to {MAX_DIM} numbers, not {}", embedder.dim)));
    }
    match contents.faces.iter().find(|face| face.embedding.dim() != embedder.dim) {
        Some(face) => {
            let reason = format!(
                "its embedding has {} numbers, but those of {} have {}",
                face.embedding.dim(),
                embedder.id,
                embedder.dim
            );
            Err(wrong(format!("face {}", face.face_id), reason))
        }
        None => Ok(()),
    }
}

/// Checks each record, and that no id is there twice. All are sorted by id.
fn check_records(media: &[&MediaRecord], entities: &[&EntityRecord], faces: &[&FaceRecord]) -> Result<()> {
    for pair in media.windows(2) {
        if let [a, b] = pair
            && a.media_id == b.media_id
        {
            return Err(wrong(
                format!("media {}", a.media_id),
                format!("the id is there twice: {} and {}", a.path, b.path),
            ));
        }
    }
    for record in media {
        check_media(record).map_err(|reason| wrong(format!("media {}", record.media_id), reason))?;
        if text_bytes(record) > MEDIA_RECORD_BYTES {
            return Err(wrong(
                format!("media {}", record.media_id),
                format!("more than {MEDIA_RECORD_BYTES} bytes of text"),
            ));
        }
    }
    if let Some([a, _]) =
        entities.windows(2).find_map(|pair| <&[_; 2]>::try_from(pair).ok().filter(|[a, b]| a.entity_id == b.entity_id))
    {
        return Err(wrong(format!("entity {}", a.entity_id), "the id is there twice"));
    }
    for record in entities {
        check_entity(record).map_err(|reason| wrong(format!("entity {}", record.entity_id), reason))?;
    }
    if let Some([a, _]) =
        faces.windows(2).find_map(|pair| <&[_; 2]>::try_from(pair).ok().filter(|[a, b]| a.face_id == b.face_id))
    {
        return Err(wrong(format!("face {}", a.face_id), "the id is there twice"));
    }
    faces.iter().try_for_each(|face| check_face(face).map_err(|reason| wrong(format!("face {}", face.face_id), reason)))
}

fn check_face(face: &FaceRecord) -> Result<(), String> {
    if face.face_id.0 >= 1 << 53 {
        return Err("the id is not below 2^53".to_owned());
    }
    check_box(face.box_px)?;
    check_time(face.time)?;
    check_share("score", Some(&face.score))?;
    check_share("quality", Some(&face.quality))?;
    check_expression(face.expression.as_deref())
}

/// Checks each track, that its face is there, and that no face has two. Both are sorted by id.
fn check_tracks(tracks: &[&TrackRecord], faces: &[&FaceRecord]) -> Result<()> {
    let check = |index: usize, track: &TrackRecord| -> Result<(), String> {
        if tracks.get(index + 1).is_some_and(|next| next.face_id == track.face_id) {
            return Err("the face has two tracks".to_owned());
        }
        let place = faces.binary_search_by_key(&track.face_id, |face| face.face_id);
        let face = place.ok().and_then(|place| faces.get(place)).ok_or("there is no such face")?;
        check_track(track)?;
        if track.points.len() > CLIPS_POINTS {
            return Err(format!("{} points, but a track has at most {CLIPS_POINTS}", track.points.len()));
        }
        check_within(track, face.time)
    };
    tracks.iter().enumerate().try_for_each(|(index, track)| {
        check(index, track).map_err(|reason| wrong(format!("track of face {}", track.face_id), reason))
    })
}

fn text_bytes(media: &MediaRecord) -> usize {
    let fields = &media.fields;
    let optional = [
        &media.url,
        &media.cover,
        &fields.description,
        &fields.storage_location,
        &fields.namespace,
        &fields.str_field1,
        &fields.str_field2,
    ];
    let optional = optional.into_iter().flatten().map(String::len).sum::<usize>();
    let lists = [&fields.tags, &fields.ocr_texts, &fields.label_categories, &fields.label_ids];
    // Each text of a list has a place of 4 bytes.
    let lists = lists.into_iter().flatten().map(|text| text.len() + 4).sum::<usize>();
    media.path.len() + media.title.len() + media.format.len() + media.document.len() + optional + lists + 200
}

/// The tracks in parts that one file each can hold; none where there are no tracks.
fn track_parts<'a, 'b>(tracks: &'a [&'b TrackRecord]) -> Vec<&'a [&'b TrackRecord]> {
    let (mut parts, mut first, mut points) = (Vec::new(), 0, 0);
    for (index, track) in tracks.iter().enumerate() {
        if points + track.points.len() > CLIPS_POINTS && index > first {
            parts.extend(tracks.get(first..index));
            (first, points) = (index, 0);
        }
        points += track.points.len();
    }
    parts.extend(tracks.get(first..).filter(|rest| !rest.is_empty()));
    parts
}

/// The catalog in parts that one file each can hold; at least one.
fn media_parts(media: &[&MediaRecord]) -> Vec<Vec<MediaRecord>> {
    let mut parts = vec![Vec::new()];
    let mut bytes = 0_usize;
    for record in media {
        bytes += text_bytes(record);
        if bytes > MEDIA_TEXT_BYTES {
            parts.push(Vec::new());
            bytes = text_bytes(record);
        }
        if let Some(part) = parts.last_mut() {
            part.push((*record).clone());
        }
    }
    parts
}

fn people_of(entities: &[&EntityRecord], faces: &[&FaceRecord]) -> Vec<Person> {
    let mut face_ids: BTreeMap<&EntityId, Vec<FaceId>> = BTreeMap::new();
    for face in faces {
        if let Some(entity) = &face.entity_id {
            face_ids.entry(entity).or_default().push(face.face_id);
        }
    }
    let person = |record: &&EntityRecord| Person {
        record: (*record).clone(),
        face_ids: face_ids.get(&record.entity_id).cloned().unwrap_or_default(),
    };
    entities.iter().map(person).collect()
}

fn face_table(
    dim: usize,
    media: &[&MediaRecord],
    entities: &[&EntityRecord],
    faces: &[&FaceRecord],
) -> Result<FaceTable> {
    let media_rows: HashMap<&MediaId, usize> =
        media.iter().enumerate().map(|(row, record)| (&record.media_id, row)).collect();
    let entity_rows: HashMap<&EntityId, usize> =
        entities.iter().enumerate().map(|(row, record)| (&record.entity_id, row)).collect();
    let mut table = FaceTable { dim, ..FaceTable::default() };
    let mut names = Names::default();
    for face in faces {
        let part = || format!("face {}", face.face_id);
        let media_row = media_rows
            .get(&face.media_id)
            .ok_or_else(|| wrong(part(), format!("there is no media {}", face.media_id)))?;
        let entity_row = match &face.entity_id {
            Some(id) => Some(*entity_rows.get(id).ok_or_else(|| wrong(part(), format!("there is no entity {id}")))?),
            None => None,
        };
        let quantised = quantise(&face.embedding);
        table.codes.extend(quantised.codes);
        table.scales.push(quantised.scale);
        table.ids.push(face.face_id);
        table.media_rows.push(*media_row);
        table.entity_rows.push(entity_row);
        table.boxes.push(face.box_px);
        table.times.push(face.time);
        table.scores.push(face.score);
        table.qualities.push(face.quality);
        table.expressions.push(face.expression.as_deref().map(|name| names.shared(name)));
    }
    Ok(table)
}

fn cells_of(shards: &[Vec<CellRows>]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (shard, rows) in shards.iter().enumerate() {
        let mut first_row = 0;
        for cell in rows {
            cells.push(Cell { shard, first_row, rows: cell.rows.len(), centroid: cell.centroid.clone() });
            first_row += cell.rows.len();
        }
    }
    cells
}
