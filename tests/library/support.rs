//! Synthetic libraries for tests: the same numbers on every machine, without any photo.

use std::error::Error as StdError;

use visavis::core::{EmbedderInfo, Embedding, EntityId, FaceId, MediaId, MediaType, Rect, TimeRange, sha256};
use visavis::error::Result;
use visavis::library::{
    BuiltLibrary, CatalogFields, EntityRecord, FaceQuery, FaceRecord, Library, LibraryContents, Manifest, MediaRecord,
    PublishOptions, TrackPoint, TrackRecord, build_library,
};

/// What a test returns.
pub type TestResult = std::result::Result<(), Box<dyn StdError>>;

/// A sequence of numbers that look random (splitmix64).
pub struct Numbers(pub u64);

impl Numbers {
    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The next number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.bits() % limit.max(1)
    }

    /// The next number from -1 to 1, a multiple of 2^-15.
    pub fn signed(&mut self) -> f32 {
        f32::from(i16::from_le_bytes([self.bits().to_le_bytes()[0], self.bits().to_le_bytes()[1]])) / 32768.0
    }

    /// The next direction.
    pub fn embedding(&mut self, dim: usize) -> Result<Embedding> {
        Embedding::new((0..dim).map(|_| self.signed()).collect())
    }
}

/// The embedder of the synthetic libraries.
pub fn embedder(dim: usize) -> EmbedderInfo {
    EmbedderInfo { id: format!("synthetic-{dim}"), sha256: sha256(b"synthetic").to_string(), dim }
}

/// A library of `faces` faces in half as many media, of which every fourth is a video, with three persons.
pub fn contents(dim: usize, faces: u64, seed: u64) -> Result<LibraryContents> {
    let mut numbers = Numbers(seed);
    let names = ["Ada", "Grace", "Łukasz"];
    let entities: Vec<EntityRecord> = names
        .iter()
        .enumerate()
        .map(|(index, name)| EntityRecord {
            merged: Vec::new(),
            groups: Vec::new(),
            note: None,
            entity_id: EntityId::of_person(name),
            label_name: (*name).to_owned(),
            category: "custom".to_owned(),
            person_id: (index == 1).then(|| "person-2".to_owned()),
        })
        .collect();
    let media: Vec<MediaRecord> = (0..faces.div_ceil(2)).map(|index| media(index, &mut numbers)).collect();
    let faces = (0..faces).map(|index| face(dim, index, &media, &mut numbers)).collect::<Result<_>>()?;
    Ok(LibraryContents {
        settled: std::collections::BTreeSet::new(),
        tracks: Vec::new(),
        embedder: embedder(dim),
        media,
        faces,
        entities,
    })
}

/// The same library with whatever else can be known of it: catalog fields, expressions, groups, notes, and a track of every
/// second face of a video.
pub fn full_contents(dim: usize, faces: u64, seed: u64) -> Result<LibraryContents> {
    let mut contents = contents(dim, faces, seed)?;
    for (index, media) in contents.media.iter_mut().enumerate() {
        media.fields = fields(index);
    }
    for (index, face) in contents.faces.iter_mut().enumerate() {
        face.expression = ["happy", "neutral"].get(index % 3).map(|name| (*name).to_owned());
    }
    if let [first, _, last] = contents.entities.as_mut_slice() {
        first.groups = vec!["family".to_owned(), "Łódź".to_owned()];
        first.note = Some("met in 1842".to_owned());
        last.groups = vec!["family".to_owned()];
    }
    let tracked = contents.faces.iter().filter(|face| face.time.is_some()).step_by(2);
    contents.tracks = tracked.map(|face| TrackRecord { face_id: face.face_id, points: points(face.face_id) }).collect();
    Ok(contents)
}

/// Moments from 0.5 to 2.25 s, the times of the synthetic faces.
fn points(face_id: FaceId) -> Vec<TrackPoint> {
    let box_px = |x: f32| Rect::new(x, -2.5, 64.5, 80.25);
    let count = if face_id.0.is_multiple_of(3) { 1 } else { 8 };
    let times = (0..count).map(|step| 0.5 + 0.25 * f64::from(step));
    times
        .zip([0.0, 1.5, 3.0, 4.5, 6.0, 7.5, 9.0, 10.5])
        .map(|(timestamp_s, x)| TrackPoint { timestamp_s, box_px: box_px(x) })
        .collect()
}

fn fields(index: usize) -> CatalogFields {
    let text = |every: usize, text: &str| index.is_multiple_of(every).then(|| format!("{text} {index}"));
    let texts = |count: usize, text: &str| (0..index % count).map(|number| format!("{text} {number}")).collect();
    let number = |every: usize, number: i64| index.is_multiple_of(every).then_some(number);
    CatalogFields {
        description: text(2, "at the sea, “Ōsaka”"),
        tags: texts(4, "tag"),
        cate_id: number(3, 4_294_967_297),
        status: number(2, -1),
        storage_location: text(5, "oss://bucket"),
        namespace: text(3, "space"),
        ocr_texts: texts(3, "EXIT"),
        label_categories: texts(2, "landmark"),
        label_ids: texts(5, "id"),
        int_field1: number(4, i64::MIN),
        str_field1: number(2, 0).map(|_| String::new()),
        str_field2: text(7, "two"),
    }
}

fn media(index: u64, numbers: &mut Numbers) -> MediaRecord {
    let bytes = format!("photo {index}").into_bytes();
    let media_id = MediaId::of_bytes(&bytes);
    let video = index % 4 == 3;
    MediaRecord {
        fields: CatalogFields::default(),
        media_type: if video { MediaType::Video } else { MediaType::Image },
        path: format!("holiday/{index}.jpg"),
        title: format!("Photo № {index}"),
        url: index.is_multiple_of(2).then(|| format!("https://example.org/{index}.jpg")),
        cover: index.is_multiple_of(3).then(|| format!("covers/{media_id}.jpg")),
        width: 640 + u32::from(numbers.bits().to_le_bytes()[0]),
        height: 480,
        bytes: bytes.len() as u64,
        format: if video { "mp4" } else { "jpeg" }.to_owned(),
        sha256: sha256(&bytes).to_string(),
        created_ms: (index % 2 == 1).then_some(-86_400_000),
        modified_ms: Some(1_693_367_158_561),
        duration_s: video.then_some(12.5),
        document: "{}".to_owned(),
        media_id,
    }
}

fn face(dim: usize, index: u64, media: &[MediaRecord], numbers: &mut Numbers) -> Result<FaceRecord> {
    let position = usize::try_from(index / 2).unwrap_or_default();
    let media = media.get(position).or_else(|| media.last());
    let media_id = media.map_or_else(|| MediaId(String::new()), |media| media.media_id.clone());
    let video = media.is_some_and(|media| media.media_type == MediaType::Video);
    let names = ["Ada", "Grace", "Łukasz"];
    Ok(FaceRecord {
        expression: None,
        face_id: FaceId::of_media(&media_id, usize::from(index % 2 == 1)),
        media_id,
        entity_id: names
            .get(usize::try_from(numbers.below(4)).unwrap_or_default())
            .map(|name| EntityId::of_person(name)),
        embedding: numbers.embedding(dim)?,
        box_px: Rect::new(100.0 * numbers.signed(), 10.25, 64.5, 80.125),
        time: video.then_some(TimeRange { start_s: 0.5, end_s: 2.25 }),
        score: 0.5 + 0.5 * numbers.signed().abs(),
        quality: numbers.signed().abs(),
    })
}

/// The files of a built library as `Library::open` takes them.
pub fn files(built: &BuiltLibrary) -> Vec<(String, Vec<u8>)> {
    built.files.iter().map(|file| (file.name.clone(), file.bytes.clone())).collect()
}

/// Opens a built library by the name `test`.
pub fn open(built: &BuiltLibrary) -> Result<Library> {
    Library::open("test", Manifest::parse("test", &built.manifest)?, files(built))
}

/// Builds and opens a library with shards of about `shard_bytes` bytes.
pub fn opened(contents: &LibraryContents, shard_bytes: usize) -> Result<Library> {
    open(&build_library(contents, &PublishOptions { shard_bytes })?)
}

/// A query by the embedder of the synthetic libraries.
pub fn query(embedding: Embedding) -> FaceQuery {
    FaceQuery { embedder: embedder(embedding.dim()), embedding }
}
