//! Writes a library of made-up faces, for measuring scans: `make_faces DIR [FACES] [NUMBERS]`. Every fifth medium is a video, every tenth face
//! belongs to one of 100 persons.

use std::fs;
use std::path::PathBuf;

use visavis::core::{EmbedderInfo, Embedding, EntityId, FaceId, MediaId, MediaType, Rect, TimeRange, sha256};
use visavis::library::{
    CatalogFields, EntityRecord, FaceRecord, LibraryContents, MANIFEST_NAME, MediaRecord, PublishOptions, build_library,
};

/// Faces of one medium.
const FACES_A_MEDIUM: u64 = 10;
const PERSONS: u64 = 100;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("usage: make_faces DIR [FACES] [NUMBERS]")?);
    let count: u64 = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let dim: usize = arguments.next().map_or(Ok(512), |text| text.parse())?;
    let mut dice = Dice(1);
    let contents = LibraryContents {
        settled: std::collections::BTreeSet::new(),
        embedder: EmbedderInfo { id: "made-up".to_owned(), sha256: sha256(b"made up").to_string(), dim },
        media: (0..count.div_ceil(FACES_A_MEDIUM)).map(medium).collect(),
        faces: (0..count).map(|number| face(number, dim, &mut dice)).collect::<Result<_, _>>()?,
        entities: (0..PERSONS).map(person).collect(),
        tracks: Vec::new(),
    };
    let built = build_library(&contents, &PublishOptions::default())?;
    fs::create_dir_all(&folder)?;
    for file in &built.files {
        fs::write(folder.join(&file.name), &file.bytes)?;
    }
    fs::write(folder.join(MANIFEST_NAME), &built.manifest)?;
    Ok(())
}

/// The same seed gives the same numbers.
struct Dice(u64);

impl Dice {
    /// From -1 to 1.
    fn throw(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let high = u16::try_from(self.0 >> 48).unwrap_or(0);
        f32::from(high) / 32_768.0 - 1.0
    }
}

fn is_video(medium: u64) -> bool {
    medium.is_multiple_of(5)
}

fn medium(number: u64) -> MediaRecord {
    MediaRecord {
        media_id: MediaId::of_bytes(&number.to_le_bytes()),
        media_type: if is_video(number) { MediaType::Video } else { MediaType::Image },
        path: format!("{number}"),
        title: number.to_string(),
        url: None,
        cover: None,
        width: 640,
        height: 480,
        bytes: 1,
        format: if is_video(number) { "mp4" } else { "jpeg" }.to_owned(),
        sha256: sha256(&number.to_le_bytes()).to_string(),
        created_ms: None,
        modified_ms: None,
        duration_s: is_video(number).then_some(60.0),
        fields: CatalogFields::default(),
        document: "{}".to_owned(),
    }
}

fn person(number: u64) -> EntityRecord {
    EntityRecord {
        entity_id: EntityId::of_person(&number.to_string()),
        label_name: number.to_string(),
        category: "custom".to_owned(),
        person_id: None,
        groups: Vec::new(),
        note: None,
        merged: Vec::new(),
    }
}

fn face(number: u64, dim: usize, dice: &mut Dice) -> visavis::Result<FaceRecord> {
    let medium = number / FACES_A_MEDIUM;
    let media_id = MediaId::of_bytes(&medium.to_le_bytes());
    Ok(FaceRecord {
        face_id: FaceId(number + 1),
        media_id,
        entity_id: number.is_multiple_of(10).then(|| EntityId::of_person(&(number / 10 % PERSONS).to_string())),
        embedding: Embedding::new((0..dim).map(|_| dice.throw()).collect())?,
        box_px: Rect::new(10.0, 10.0, 100.0, 100.0),
        time: is_video(medium).then_some(TimeRange { start_s: 0.0, end_s: 1.0 }),
        score: 0.9,
        quality: 0.9,
        expression: None,
    })
}
