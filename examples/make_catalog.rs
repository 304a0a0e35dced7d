//! Writes a library of made-up media, for measuring catalog searches: `make_catalog DIR [MEDIA]`.

use std::fs;
use std::path::PathBuf;

use visavis::core::{EmbedderInfo, MediaId, MediaType, sha256};
use visavis::library::{CatalogFields, LibraryContents, MANIFEST_NAME, MediaRecord, PublishOptions, build_library};

const WORDS: [&str; 16] = [
    "wedding", "harbour", "China", "Oslo", "summer", "concert", "office", "portrait", "market", "river", "school",
    "night", "garden", "festival", "train", "winter",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("usage: make_catalog DIR [MEDIA]")?);
    let count: u64 = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let models: serde_json::Value = serde_json::from_slice(&fs::read("models/models.json")?)?;
    let text = |name: &str| {
        let field = models.pointer(&format!("/embedder/{name}"));
        field.and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    let contents = LibraryContents {
        settled: std::collections::BTreeSet::new(),
        embedder: EmbedderInfo { id: text("id"), sha256: text("sha256"), dim: 512 },
        media: (0..count).map(medium).collect(),
        faces: Vec::new(),
        entities: Vec::new(),
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

/// The same number gives the same media.
fn medium(number: u64) -> MediaRecord {
    let digest = sha256(&number.to_le_bytes());
    let bits = digest.first_53_bits();
    let word = |place: u32| {
        let index = usize::try_from(bits >> (place * 4) & 15).unwrap_or(0);
        WORDS.get(index).copied().unwrap_or_default()
    };
    let title = format!("{} {} {number}", word(0), word(1));
    let moment = 1_500_000_000_000 + i64::try_from(bits % 250_000_000_000).unwrap_or(0);
    MediaRecord {
        media_id: MediaId::of_bytes(&number.to_le_bytes()),
        media_type: if bits.is_multiple_of(5) { MediaType::Video } else { MediaType::Image },
        path: format!("{}/{number}.jpg", word(2)),
        fields: CatalogFields {
            description: Some(format!("{} at the {} in {}, {} and {}", word(3), word(4), word(5), word(6), word(7))),
            tags: vec![word(8).to_owned(), word(9).to_owned()],
            cate_id: i64::try_from(bits % 40).ok(),
            int_field1: i64::try_from(bits % 1000).ok(),
            str_field1: Some(word(10).to_owned()),
            ..CatalogFields::default()
        },
        title,
        url: None,
        cover: None,
        width: 1920,
        height: 1080,
        bytes: bits % 5_000_000,
        format: "jpeg".to_owned(),
        sha256: digest.to_string(),
        created_ms: Some(moment),
        modified_ms: Some(moment),
        duration_s: None,
        document: "{}".to_owned(),
    }
}
