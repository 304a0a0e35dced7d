//! The wire types of a media's document, as SearchMedia answers it. Imports `core`.
//!
//! They are read too: an owner's document has the same names. What is not known is left out of the JSON; lists are always there.

use serde::{Deserialize, Serialize};

use crate::core::FaceId;

/// What is known of a media as a whole. All but `CateId` are texts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct MediaBasicInfo {
    /// The media's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_id: Option<String>,
    /// Where the original can be fetched.
    #[serde(rename = "InputURL", skip_serializing_if = "Option::is_none")]
    pub input_url: Option<String>,
    /// `image` or `video`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What it is used for, such as `opening`; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_type: Option<String>,
    /// Where it came from; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it shows, in words; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its category; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Its tags, separated by commas; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_tags: Option<String>,
    /// A small preview.
    #[serde(rename = "CoverURL", skip_serializing_if = "Option::is_none")]
    pub cover_url: Option<String>,
    /// Anything that the owner wants to keep with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_data: Option<String>,
    /// Snapshots, as JSON text; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshots: Option<String>,
    /// Where it is in its life: `Normal` unless the owner says otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Where its transcoding is; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcode_status: Option<String>,
    /// When it was made, such as `2020-12-01T19:48:05Z`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_time: Option<String>,
    /// When it was changed, such as `2020-12-01T19:48:05Z`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified_time: Option<String>,
    /// When it was deleted; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_time: Option<String>,
    /// Sprite images, as JSON text; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sprite_images: Option<String>,
    /// The id of its category; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cate_id: Option<i64>,
    /// The business that it belongs to; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub biz: Option<String>,
    /// How it was uploaded; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload_source: Option<String>,
    /// The name of its category; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cate_name: Option<String>,
    /// The owner's own id: 6 to 64 letters, digits, `-` and `_`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_id: Option<String>,
    /// The namespace that it belongs to; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// What a model says that it shows; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vision_description: Option<String>,
    /// The state of its stream; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_status: Option<String>,
}

/// A file of a media.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct FileInfo {
    /// What is known of it.
    pub file_basic_info: FileBasicInfo,
}

/// What is known of a file. All are texts, also the numbers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct FileBasicInfo {
    /// The last part of its path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// `Normal` unless the owner says otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_status: Option<String>,
    /// `source_file` for the original.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_type: Option<String>,
    /// Its length in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_size: Option<String>,
    /// Where it can be fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_url: Option<String>,
    /// Where it is stored; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Its format, such as `jpeg`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format_name: Option<String>,
    /// Its duration in seconds, with five decimals; videos only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// Its bit rate in kbit/s, with two decimals; videos only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bitrate: Option<String>,
    /// Its width in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<String>,
    /// Its height in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<String>,
    /// When it was made, such as `2022-05-30T02:02:17Z`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_time: Option<String>,
    /// When it was changed, such as `2022-05-30T02:02:17Z`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified_time: Option<String>,
    /// About a set of images; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub images_input: Option<String>,
}

/// What was found in a media.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct AiData {
    /// Given labels, then the persons and the unknown faces that are seen in it.
    pub ai_label_info: Vec<AiLabelInfo>,
    /// What is said in it; given by the owner.
    pub asr_info: Vec<TextOccurrence>,
    /// What is written in it; given by the owner.
    pub ocr_info: Vec<TextOccurrence>,
}

/// A person, an unknown face or another label, and where it is seen.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct AiLabelInfo {
    /// The id of the face; of a person's faces that of the best quality.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub face_id: Option<String>,
    /// `Face` for what was found here; else what the owner gave, such as `Object`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_type: Option<String>,
    /// `vision` for what was found here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The category of the person (`custom`, `unknown`, `celebrity`, `sensitive`, `politician`) or label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The name of the person or label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_name: Option<String>,
    /// The id of the person (an EntityId) or label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_id: Option<String>,
    /// Where it is seen, in the order of time: one a face of a photo or track of a video.
    pub occurrences: Vec<LabelOccurrence>,
}

/// One time that a label is seen.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct LabelOccurrence {
    /// How sure it is, 0 to 1: for faces the detector's score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// A picture of the face, in Base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The version of the library that the face was found in: the first eight digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table_batch_seq_id: Option<String>,
    /// The id of the clip: for faces the id of this face or track.
    #[serde(rename = "clipId", skip_serializing_if = "Option::is_none")]
    pub clip_id: Option<String>,
    /// When it begins, in seconds from the start; 0 in photos.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// When it ends, in seconds from the start; 0 in photos.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
    /// A more exact name; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finegrain_name: Option<String>,
    /// A more exact id; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finegrain_id: Option<String>,
    /// Text that belongs to it; given by the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Where it is, moment by moment; one in a photo.
    pub tracks: Vec<LabelTrack>,
    /// The face, where it is one of the library's.
    #[serde(skip)]
    #[cfg_attr(test, ts(skip))]
    pub(super) face: Option<FaceId>,
}

/// One moment of an occurrence.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct LabelTrack {
    /// The square root of the box's area, in pixels, with one decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<f64>,
    /// The box as `x1;y1;x2;y2` in source pixels, with one decimal, upper left corner first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// When, in seconds from the start; 0 in photos.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<f64>,
}

/// A text that is said or written in a media.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct TextOccurrence {
    /// When it begins, in seconds from the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// When it ends, in seconds from the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
    /// The id of the clip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_id: Option<String>,
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The moment of the clip, in seconds from the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<f64>,
}

/// A summary of the processing; given by the owner.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct AiRoughData {
    /// How it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub save_type: Option<String>,
    /// Whether it was saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The id of the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ai_job_id: Option<String>,
    /// Where the raw result is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// The category of the processing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ai_category: Option<String>,
}

/// How far one kind of index is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct IndexStatus {
    /// `face`, `aiLabel` or `mm`.
    pub index_type: String,
    /// `Running`, `Fail` or `Success`.
    pub index_status: String,
}
