//! The document of a media as SearchMedia answers it: what its owner gave, and what is known from its file and faces.
//! The owner's word wins, except on ids. Imports `core`, `library` and `error`.

mod given;
mod labels;
mod status;
mod wire;

pub use given::MediaDocument;
pub use status::{status_number, status_text};
pub use wire::{
    AiData, AiLabelInfo, AiRoughData, FileBasicInfo, FileInfo, IndexStatus, LabelOccurrence, LabelTrack,
    MediaBasicInfo, TextOccurrence,
};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::core::{FaceId, utc_text};
use crate::error::{Error, Result};
use crate::library::{CatalogFields, Library, MediaRecord, NORMAL_STATUS};

/// One media of the response of SearchMedia.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct MediaAsset {
    /// The media's id.
    pub media_id: String,
    /// What is known of it as a whole.
    pub media_basic_info: MediaBasicInfo,
    /// Its files: the original first.
    pub file_info_list: Vec<FileInfo>,
    /// What was found in it.
    pub ai_data: AiData,
    /// A summary of its processing; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ai_rough_data: Option<AiRoughData>,
    /// How far each kind of index is.
    pub index_status_list: Vec<IndexStatus>,
    /// Its custom fields, as JSON text such as `{"intField1":12,"strField1":"abc"}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_fields: Option<String>,
}

impl MediaAsset {
    /// The document of a media.
    ///
    /// # Errors
    /// `LibraryMalformed` naming the media and the member of its document that is wrong.
    pub(super) fn of(library: &Library, media_row: usize) -> Result<Self> {
        let malformed =
            |part: String, reason: String| Error::LibraryMalformed { library: library.name().to_owned(), part, reason };
        let media = library
            .media(media_row)
            .ok_or_else(|| malformed(format!("media row {media_row}"), "it is referred to but not there".to_owned()))?;
        let given = MediaDocument::parse(&media.document)
            .map_err(|reason| malformed(format!("media {}: document", media.media_id), reason))?;
        let mut ai_data = given.ai_data.unwrap_or_default();
        ai_data.ai_label_info.extend(labels::labels_of_faces(library, media_row));
        Ok(Self {
            media_id: media.media_id.to_string(),
            media_basic_info: basic_info(media, given.basic),
            file_info_list: file_info_list(media, given.file_info_list),
            ai_data,
            ai_rough_data: given.ai_rough_data,
            index_status_list: index_status_list(given.index_status_list),
            custom_fields: custom_fields(&media.fields, given.custom_fields),
        })
    }

    /// Gives every address to `map` and takes what it answers in its place.
    pub(super) fn map_urls(&mut self, map: &mut dyn FnMut(&str) -> Option<String>) {
        let basic = &mut self.media_basic_info;
        let files = self.file_info_list.iter_mut().map(|file| &mut file.file_basic_info.file_url);
        for url in [&mut basic.input_url, &mut basic.cover_url].into_iter().chain(files).flatten() {
            if let Some(other) = map(url) {
                *url = other;
            }
        }
    }

    /// Asks `image` for the picture (in Base64) of every face of the library that has none yet.
    pub(super) fn fill_images(&mut self, image: &mut dyn FnMut(FaceId) -> Option<String>) {
        let labels = self.ai_data.ai_label_info.iter_mut();
        for occurrence in labels.flat_map(|label| &mut label.occurrences) {
            if let (Some(face), None) = (occurrence.face, &occurrence.image) {
                occurrence.image = image(face);
            }
        }
    }
}

fn basic_info(media: &MediaRecord, given: MediaBasicInfo) -> MediaBasicInfo {
    let fields = &media.fields;
    let tags = || (!fields.tags.is_empty()).then(|| fields.tags.join(","));
    MediaBasicInfo {
        media_id: Some(media.media_id.to_string()),
        input_url: given.input_url.or_else(|| media.url.clone()),
        media_type: Some(media.media_type.as_str().to_owned()),
        title: given.title.or_else(|| Some(media.title.clone())),
        description: given.description.or_else(|| fields.description.clone()),
        media_tags: given.media_tags.or_else(tags),
        cover_url: given.cover_url.or_else(|| media.cover.clone()),
        status: given.status.or_else(|| Some(status_text(fields.status.unwrap_or(NORMAL_STATUS)))),
        create_time: given.create_time.or_else(|| media.created_ms.and_then(utc_text)),
        modified_time: given.modified_time.or_else(|| media.modified_ms.and_then(utc_text)),
        cate_id: given.cate_id.or(fields.cate_id),
        namespace: given.namespace.or_else(|| fields.namespace.clone()),
        ..given
    }
}

fn file_info_list(media: &MediaRecord, given: Vec<FileInfo>) -> Vec<FileInfo> {
    let mut given = given.into_iter();
    let first = given.next().unwrap_or_default().file_basic_info;
    let original = FileInfo { file_basic_info: original_file(media, first) };
    std::iter::once(original).chain(given).collect()
}

fn original_file(media: &MediaRecord, given: FileBasicInfo) -> FileBasicInfo {
    let known = |given: Option<String>, computed: String| given.or(Some(computed).filter(|text| !text.is_empty()));
    let side = |pixels: u32| if pixels > 0 { pixels.to_string() } else { String::new() };
    let duration_s = media.duration_s.filter(|seconds| *seconds > 0.0);
    #[expect(clippy::cast_precision_loss, reason = "a bit rate with two decimals")]
    let kilobits = |seconds: f64| media.bytes as f64 * 8.0 / 1000.0 / seconds;
    FileBasicInfo {
        file_name: known(given.file_name, media.path.rsplit('/').next().unwrap_or_default().to_owned()),
        file_status: known(given.file_status, "Normal".to_owned()),
        file_type: known(given.file_type, "source_file".to_owned()),
        file_size: known(given.file_size, media.bytes.to_string()),
        file_url: given.file_url.or_else(|| media.url.clone()),
        format_name: known(given.format_name, media.format.clone()),
        duration: given.duration.or_else(|| duration_s.map(|seconds| format!("{seconds:.5}"))),
        bitrate: given.bitrate.or_else(|| duration_s.map(|seconds| format!("{:.2}", kilobits(seconds)))),
        width: known(given.width, side(media.width)),
        height: known(given.height, side(media.height)),
        create_time: given.create_time.or_else(|| media.created_ms.and_then(utc_text)),
        modified_time: given.modified_time.or_else(|| media.modified_ms.and_then(utc_text)),
        ..given
    }
}

/// Faces and labels are indexed in every library; what its owner says of an index comes in its place.
fn index_status_list(given: Vec<IndexStatus>) -> Vec<IndexStatus> {
    let success = |kind: &str| IndexStatus { index_type: kind.to_owned(), index_status: "Success".to_owned() };
    let mut list: Vec<IndexStatus> = ["face", "aiLabel"].map(success).to_vec();
    list.retain(|own| given.iter().all(|status| status.index_type != own.index_type));
    list.extend(given);
    list
}

fn custom_fields(fields: &CatalogFields, mut given: Map<String, Value>) -> Option<String> {
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            given.entry(name).or_insert(value);
        }
    };
    add("intField1", fields.int_field1.map(Value::from));
    add("strField1", fields.str_field1.clone().map(Value::from));
    add("strField2", fields.str_field2.clone().map(Value::from));
    (!given.is_empty()).then(|| Value::Object(given).to_string())
}
