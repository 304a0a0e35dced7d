//! SearchMediaClipByFace: when and where in one photo or video the faces are that a token's query means. Imports `core`, `library` and `error`.
//!
//! Boxes are whole pixels of the media, times seconds from the start of a video. A photo is one moment at 0.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::core::{EntityId, MediaId};
use crate::error::{Error, Result};
use crate::library::{FaceFilter, FaceQuery, FaceView, Library, RowSet, TrackPoint};

use super::params::Params;
use super::request::{MAX_PAGE_SIZE, items_before};
use super::score::rounded_score;
use super::search::{BoxPosition, SearchOptions};

const DEFAULT_PAGE_SIZE: u32 = 10;
/// The category of faces of nobody known.
const UNKNOWN: &str = "unknown";

/// What SearchMediaClipByFace is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "PascalCase", optional_fields))]
pub struct SearchMediaClipByFaceRequest {
    /// The token of a SearchMediaByFace request: it stands for the face that is looked for.
    pub face_search_token: String,
    /// The photo or video that is looked into.
    #[cfg_attr(test, ts(type = "string"))]
    pub media_id: MediaId,
    /// Which page of clips, from 1. Default: 1.
    #[cfg_attr(test, ts(as = "Option<u32>"))]
    pub page_no: u32,
    /// How many clips a page has, 1 to 50. Default: 10.
    #[cfg_attr(test, ts(as = "Option<u32>"))]
    pub page_size: u32,
    /// Only the clip of this person.
    #[cfg_attr(test, ts(as = "Option<String>"))]
    pub entity_id: Option<EntityId>,
    /// The library's name. Default: the first library.
    pub search_lib_name: Option<String>,
}

impl SearchMediaClipByFaceRequest {
    /// Reads a request object with the wire's names. Unknown names are ignored, as the service does.
    ///
    /// # Errors
    /// `MissingFaceSearchToken`, `MissingMediaId`, or `InvalidParameter` naming the parameter of a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        let params = Params::of(request)?;
        Ok(Self {
            face_search_token: params.required_text("FaceSearchToken")?.to_owned(),
            media_id: MediaId(params.required_text("MediaId")?.to_owned()),
            page_no: params.integer("PageNo", &(1..=u32::MAX), 1)?,
            page_size: params.integer("PageSize", &(1..=MAX_PAGE_SIZE), DEFAULT_PAGE_SIZE)?,
            entity_id: params.text("EntityId")?.map(|id| EntityId(id.to_owned())),
            search_lib_name: params.text("SearchLibName")?.map(str::to_owned),
        })
    }
}

/// What SearchMediaClipByFace answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SearchMediaClipByFaceResponse {
    /// The id of this request.
    pub request_id: String,
    /// `"true"`: the service types it as a string.
    #[cfg_attr(test, ts(type = "string"))]
    pub success: &'static str,
    /// `"200"`: the service types it as a string.
    #[cfg_attr(test, ts(type = "string"))]
    pub code: &'static str,
    /// The clips of this page, by descending score.
    pub media_clip_list: Vec<MediaClip>,
    /// How many clips were found on all pages.
    #[cfg_attr(test, ts(type = "number"))]
    pub total: usize,
}

/// One person of the photo or video, and when and where their face is in it. Faces of nobody known are one clip together.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MediaClip {
    /// How surely the most similar of the faces is the one that is looked for, 0 to 1.
    pub score: f64,
    /// The person's id; empty for faces of nobody known.
    pub entity_id: String,
    /// The person's name; empty where it is not known.
    pub label_name: String,
    /// The faces, in the order of time.
    pub occurrences_infos: Vec<ClipOccurrence>,
    /// What kind of person: `celebrity`, `sensitive`, `politician`, `custom` or `unknown`.
    pub category: String,
}

/// One unbroken appearance of a face.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ClipOccurrence {
    /// When it begins, in seconds from the start; 0 in a photo.
    pub start_time: f64,
    /// When it ends, in seconds from the start; 0 in a photo.
    pub end_time: f64,
    /// Where the face is, moment by moment.
    pub track_data: Vec<ClipTrackData>,
    /// The facial expression, a hint rather than a fact, where it was looked at: `Calm`, `Happy`, `Sad`, `Angry`, `Fearful`, `Disgusted` or `Surprised`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub expression: Option<String>,
}

/// Where a face is at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ClipTrackData {
    /// The moment, in seconds from the start.
    pub timestamp: f64,
    /// The face's box, in pixels of the media.
    pub box_position: BoxPosition,
}

/// Looks for a face in one photo or video: every face of it at or above the threshold, grouped by person, and cut to the page asked for.
///
/// # Errors
/// `ResourceNotFound` for a media that the library does not have, `EmbedderMismatch`, `InvalidParameter` for the threshold.
pub fn search_media_clip_by_face(
    library: &Library,
    query: &FaceQuery,
    request: &SearchMediaClipByFaceRequest,
    options: &SearchOptions,
    request_id: &str,
) -> Result<SearchMediaClipByFaceResponse> {
    let threshold = options.threshold_for(library.embedder(), library.face_count())?;
    let media_row = library.find_media(&request.media_id).ok_or_else(|| Error::ResourceNotFound {
        kind: "MediaId".to_owned(),
        id: request.media_id.0.chars().take(80).collect(),
    })?;
    let media_rows = RowSet::where_row(library.media_count(), |row| row == media_row);
    let filter = FaceFilter { media_type: None, entity: request.entity_id.clone(), media_rows: Some(media_rows) };
    let mut groups: BTreeMap<Option<usize>, Group<'_>> = BTreeMap::new();
    for hit in library.search(query, &filter, threshold, usize::MAX)? {
        if let Some(face) = library.face(hit.face_row).filter(|face| face.media_row == media_row) {
            let group = groups.entry(face.entity_row).or_insert(Group { cosine: hit.cosine, faces: Vec::new() });
            group.faces.push(face);
        }
    }
    let mut groups: Vec<Group<'_>> = groups.into_values().collect();
    groups.sort_by(|a, b| b.cosine.total_cmp(&a.cosine).then_with(|| a.entity_id().cmp(b.entity_id())));
    let total = groups.len();
    let page =
        groups.into_iter().skip(items_before(request.page_no, request.page_size)).take(request.page_size as usize);
    Ok(SearchMediaClipByFaceResponse {
        request_id: request_id.to_owned(),
        success: "true",
        code: "200",
        media_clip_list: page.map(|group| group.clip(library)).collect(),
        total,
    })
}

/// The faces of one person, or of nobody known, and the cosine of the nearest.
struct Group<'a> {
    cosine: f32,
    faces: Vec<FaceView<'a>>,
}

impl Group<'_> {
    fn entity_id(&self) -> &str {
        self.faces.first().and_then(|face| face.entity).map_or("", |entity| &entity.entity_id.0)
    }

    fn clip(mut self, library: &Library) -> MediaClip {
        self.faces.sort_by(in_time);
        let entity = self.faces.first().and_then(|face| face.entity);
        MediaClip {
            score: rounded_score(library.embedder(), self.cosine),
            entity_id: self.entity_id().to_owned(),
            label_name: entity.map(|entity| entity.label_name.clone()).unwrap_or_default(),
            occurrences_infos: self.faces.iter().map(|face| occurrence(library, face)).collect(),
            category: entity.map_or(UNKNOWN, |entity| &entity.category).to_owned(),
        }
    }
}

/// By the time at which they begin, then end; ties by face id.
fn in_time(a: &FaceView<'_>, b: &FaceView<'_>) -> Ordering {
    let ((a_start, a_end), (b_start, b_end)) = (start_and_end(a), start_and_end(b));
    a_start.total_cmp(&b_start).then(a_end.total_cmp(&b_end)).then(a.face_id.cmp(&b.face_id))
}

fn start_and_end(face: &FaceView<'_>) -> (f64, f64) {
    face.time.map_or((0.0, 0.0), |time| (time.start_s, time.end_s))
}

fn occurrence(library: &Library, face: &FaceView<'_>) -> ClipOccurrence {
    let (start_time, end_time) = start_and_end(face);
    let only_point = [TrackPoint { timestamp_s: start_time, box_px: face.box_px }];
    let points = match library.track(face.face_id) {
        [] => only_point.as_slice(),
        points => points,
    };
    let data = |p: &TrackPoint| ClipTrackData { timestamp: p.timestamp_s, box_position: BoxPosition::of(&p.box_px) };
    ClipOccurrence {
        start_time,
        end_time,
        track_data: points.iter().map(data).collect(),
        expression: face.expression.map(expression_name),
    }
}

/// What the public service calls an expression of the model; another one keeps its name.
fn expression_name(label: &str) -> String {
    match label {
        "neutral" => "Calm",
        "happy" => "Happy",
        "sad" => "Sad",
        "angry" => "Angry",
        "fearful" => "Fearful",
        "disgusted" => "Disgusted",
        "surprised" => "Surprised",
        other => other,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{face, library, media, media_id, person, query};
    use super::*;
    use crate::core::{FaceId, MediaType, Rect};
    use crate::library::{FaceRecord, TrackRecord};
    use serde_json::json;

    /// A video with Ada twice, Bob and two strangers, and a photo with Ada; `far` is a face that is not looked for.
    fn film() -> Library {
        let seen = |index, cosine, person, from, to| face("v", index, cosine, person, Some((from, to)));
        let calm = FaceRecord { expression: Some("neutral".into()), ..seen(1, 0.95, Some("Ada"), 2.0, 4.0) };
        let faces = vec![
            seen(0, 0.90, Some("Ada"), 30.0, 31.5),
            calm,
            seen(2, 0.80, Some("Bob"), 5.0, 6.0),
            seen(3, 0.70, None, 9.0, 9.5),
            seen(4, 0.75, None, 8.0, 8.5),
            seen(5, 0.05, Some("Far"), 1.0, 2.0),
            face("a", 0, 0.85, Some("Ada"), None),
        ];
        let point = |timestamp_s: f64, x| TrackPoint { timestamp_s, box_px: Rect::new(x, 2.0, 30.0, 40.6) };
        let track = TrackRecord {
            face_id: FaceId::of_media(&media_id("v"), 1),
            points: vec![point(2.0, 1.4), point(3.5, 7.6)],
        };
        let people = vec![person("Ada", "custom"), person("Bob", "celebrity"), person("Far", "custom")];
        library(vec![media("v", MediaType::Video), media("a", MediaType::Image)], faces, people, vec![track])
    }

    fn clips(request: &Value) -> Result<Value> {
        let mut whole = json!({ "FaceSearchToken": "t1", "MediaId": media_id("v").0 });
        for (name, value) in request.as_object().unwrap() {
            whole[name] = value.clone();
        }
        let request = SearchMediaClipByFaceRequest::parse(&whole)?;
        let response = search_media_clip_by_face(&film(), &query(), &request, &SearchOptions::default(), "r1")?;
        Ok(serde_json::to_value(response).unwrap())
    }

    fn names(response: &Value) -> Vec<String> {
        let list = response["MediaClipList"].as_array().unwrap();
        list.iter().map(|clip| clip["LabelName"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn the_response_has_the_services_shape() {
        let response = clips(&json!({ "EntityId": EntityId::of_person("Ada").0 })).unwrap();
        let score = response["MediaClipList"][0]["Score"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&score) && score > 0.9, "{score}");
        let expected = json!({ "RequestId": "r1", "Success": "true", "Code": "200", "Total": 1, "MediaClipList": [{
            "Score": score, "EntityId": EntityId::of_person("Ada").0, "LabelName": "Ada", "Category": "custom",
            "OccurrencesInfos": [
                { "StartTime": 2.0, "EndTime": 4.0, "Expression": "Calm", "TrackData": [
                    { "Timestamp": 2.0, "BoxPosition": { "X": 1, "Y": 2, "W": 30, "H": 41 } },
                    { "Timestamp": 3.5, "BoxPosition": { "X": 8, "Y": 2, "W": 30, "H": 41 } } ] },
                { "StartTime": 30.0, "EndTime": 31.5, "TrackData": [
                    { "Timestamp": 30.0, "BoxPosition": { "X": 10, "Y": 21, "W": 30, "H": 40 } } ] } ] }] });
        assert_eq!(response, expected);
    }

    #[test]
    fn each_person_is_one_clip_and_strangers_are_one_together_by_descending_score() {
        let response = clips(&json!({})).unwrap();
        assert_eq!(
            (names(&response), &response["Total"]),
            (vec!["Ada".into(), "Bob".into(), String::new()], &json!(3))
        );
        let strangers = &response["MediaClipList"][2];
        assert_eq!((&strangers["EntityId"], &strangers["Category"]), (&json!(""), &json!("unknown")));
        let starts: Vec<f64> = strangers["OccurrencesInfos"]
            .as_array()
            .unwrap()
            .iter()
            .map(|o| o["StartTime"].as_f64().unwrap())
            .collect();
        assert_eq!(starts, [8.0, 9.0]);
    }

    #[test]
    fn pages_cut_the_clips_but_not_the_total() {
        for (page, size, wanted) in [(1, 2, "Ada,Bob"), (2, 2, ""), (2, 1, "Bob"), (u32::MAX, 50, "none")] {
            let response = clips(&json!({ "PageNo": page, "PageSize": size })).unwrap();
            let found = names(&response);
            assert_eq!(if found.is_empty() { "none".to_owned() } else { found.join(",") }, wanted);
            assert_eq!(response["Total"], 3);
        }
    }

    #[test]
    fn a_photo_is_one_moment_at_its_start() {
        let response = clips(&json!({ "MediaId": media_id("a").0 })).unwrap();
        let occurrences = json!([{ "StartTime": 0.0, "EndTime": 0.0,
            "TrackData": [{ "Timestamp": 0.0, "BoxPosition": { "X": 10, "Y": 21, "W": 30, "H": 40 } }] }]);
        assert_eq!(response["MediaClipList"][0]["OccurrencesInfos"], occurrences);
    }

    #[test]
    fn a_person_who_is_not_there_has_no_clips() {
        let response = clips(&json!({ "EntityId": "nobody" })).unwrap();
        assert_eq!((names(&response), &response["Total"]), (Vec::new(), &json!(0)));
    }

    #[test]
    fn an_unknown_media_is_named() {
        let error = clips(&json!({ "MediaId": "0123" })).unwrap_err();
        assert_eq!(error.code(), "ResourceNotFound");
        assert_eq!(error.to_string(), "MediaId \"0123\" was not found");
    }

    #[test]
    fn expressions_have_the_services_names() {
        let names = crate::vision::EXPRESSION_LABELS.map(expression_name);
        assert_eq!(names, ["Calm", "Happy", "Sad", "Angry", "Fearful", "Disgusted", "Surprised"]);
    }

    #[test]
    fn what_is_wrong_with_a_request_is_named() {
        for (name, value, code, message) in [
            ("FaceSearchToken", json!(null), "MissingFaceSearchToken", "FaceSearchToken is required"),
            ("FaceSearchToken", json!(1), "InvalidParameter", "FaceSearchToken: it must be a string, not a number"),
            ("MediaId", json!(""), "MissingMediaId", "MediaId is required"),
            ("MediaId", json!([]), "InvalidParameter", "MediaId: it must be a string, not an array"),
            ("PageNo", json!(0), "InvalidParameter", "PageNo: 0 is out of range; an integer of at least 1 is allowed"),
            ("PageSize", json!("51"), "InvalidParameter", "PageSize: \"51\" is out of range; an integer from 1 to 50"),
            ("PageSize", json!(0), "InvalidParameter", "PageSize: 0 is out of range"),
            ("EntityId", json!(5), "InvalidParameter", "EntityId: it must be a string, not a number"),
            ("SearchLibName", json!({}), "InvalidParameter", "SearchLibName: it must be a string, not an object"),
        ] {
            let error = clips(&json!({ name: value })).unwrap_err();
            assert_eq!(error.code(), code, "{error}");
            assert!(error.to_string().starts_with(message), "{error}");
        }
        let parsed = SearchMediaClipByFaceRequest::parse(&json!({ "FaceSearchToken": "t", "MediaId": "m" })).unwrap();
        assert_eq!((parsed.page_no, parsed.page_size, parsed.entity_id), (1, 10, None));
    }
}
