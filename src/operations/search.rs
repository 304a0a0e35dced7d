//! SearchMediaByFace: faces of a library to media, paged, with the response's wire types. Imports `core`, `library` and `error`.

use std::collections::HashSet;

use serde::Serialize;

use crate::core::{EmbedderInfo, Rect};
use crate::error::{Error, Result};
use crate::library::{FaceFilter, FaceHit, FaceQuery, Library};

use super::custom_filters::catalog_filter;
use super::request::SearchMediaByFaceRequest;
use super::score::score_of_cosine;

/// What a search may be told beyond the public service's parameters.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SearchOptions {
    /// The cosine from which a face counts as found, -1 to 1; by default what the embedder and the library's size ask for.
    pub threshold: Option<f32>,
    /// Adds `Scores` to the response.
    pub scores: bool,
}

impl SearchOptions {
    /// The cosine threshold in a library of `faces` faces.
    ///
    /// # Errors
    /// `InvalidParameter` naming `threshold` when the given one is no number from -1 to 1.
    pub fn threshold_for(&self, embedder: &EmbedderInfo, faces: usize) -> Result<f32> {
        match self.threshold {
            None => Ok(embedder.default_threshold(faces)),
            Some(cosine) if (-1.0..=1.0).contains(&cosine) => Ok(cosine),
            Some(other) => {
                Err(Error::invalid("threshold", format!("{other} is out of range; a cosine from -1 to 1 is allowed")))
            }
        }
    }
}

/// One media that was found, with its face nearest to the query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MediaHit {
    /// The row of the media in the library.
    pub media_row: usize,
    /// The nearest face.
    pub best: FaceHit,
}

/// The response of SearchMediaByFace.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct SearchMediaByFaceResponse {
    /// The id of this request.
    pub request_id: String,
    /// `"true"`: the service types it as a string.
    #[cfg_attr(test, ts(type = "string"))]
    pub success: &'static str,
    /// `"200"`: the service types it as a string.
    #[cfg_attr(test, ts(type = "string"))]
    pub code: &'static str,
    /// The media of this page, by descending similarity.
    pub media_info_list: Vec<MediaInfo>,
    /// How many media were found on all pages.
    pub total: usize,
    /// One row a listed media in the same order; an extension, only where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scores: Option<Vec<ScoreRow>>,
}

/// One media of the response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MediaInfo {
    /// The media's id.
    pub media_id: String,
}

/// Why a media was found: its nearest face. An extension of the public response.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ScoreRow {
    /// The media's id.
    pub media_id: String,
    /// 0 to 1, calibrated.
    pub score: f64,
    /// The cosine similarity, -1 to 1, to six decimals.
    pub cosine: f64,
    /// The media's file, relative to the folder that was indexed.
    #[serde(rename = "path")]
    pub path: String,
    /// `image` or `video`.
    #[cfg_attr(test, ts(type = "string"))]
    pub media_type: &'static str,
    /// The media's title.
    pub title: String,
    /// The media's width in pixels.
    pub width: u32,
    /// The media's height in pixels.
    pub height: u32,
    /// The nearest face's id.
    pub face_id: u64,
    /// Who the face belongs to, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity_id: Option<String>,
    /// That person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_name: Option<String>,
    /// Where the face is.
    #[serde(rename = "Box")]
    pub face_box: BoxPosition,
    /// The face's thumbnail: a file of the library.
    pub face_url: String,
    /// The media's preview: a file of the library.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cover_url: Option<String>,
    /// Where the media itself is, where the library says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A box in whole pixels of the media, upper left corner first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BoxPosition {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width.
    pub w: i32,
    /// Height.
    pub h: i32,
}

impl BoxPosition {
    /// The nearest whole pixels.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates; pixel counts are far below the limits")]
    pub fn of(rect: &Rect) -> Self {
        let [x, y, w, h] = [rect.x, rect.y, rect.w, rect.h].map(|v| v.round() as i32);
        Self { x, y, w, h }
    }
}

/// Searches one library: every media that has a face at or above the threshold, grouped, ordered and cut to the page asked for.
///
/// # Errors
/// `EmbedderMismatch`, `InvalidParameter` for the threshold, `LibraryMalformed` when its tables do not fit together.
pub fn search_media_by_face(
    library: &Library,
    query: &FaceQuery,
    request: &SearchMediaByFaceRequest,
    options: &SearchOptions,
    request_id: &str,
) -> Result<SearchMediaByFaceResponse> {
    let threshold = options.threshold_for(library.embedder(), library.face_count())?;
    let faces = library.search(query, &face_filter(library, request), threshold, library.face_count())?;
    let found = media_hits(library, &faces)?;
    let page = || found.iter().skip(request.offset()).take(request.page_size as usize);
    let rows = || page().map(|hit| score_row(library, hit)).collect::<Result<Vec<_>>>();
    let scores = if options.scores { Some(rows()?) } else { None };
    Ok(SearchMediaByFaceResponse {
        request_id: request_id.to_owned(),
        success: "true",
        code: "200",
        media_info_list: page().map(|hit| media_info(library, hit)).collect::<Result<_>>()?,
        total: found.len(),
        scores,
    })
}

/// The faces that a request lets pass.
pub(super) fn face_filter(library: &Library, request: &SearchMediaByFaceRequest) -> FaceFilter {
    let media_rows = catalog_filter(
        library,
        request.custom_filters.as_ref(),
        request.utc_create.as_ref(),
        request.namespace.as_deref(),
    );
    FaceFilter { media_type: request.media_type, entity: request.entity_id.clone(), media_rows }
}

/// Groups faces, sorted by descending cosine, to media: one hit a media with its best face, by descending cosine, ties by media id.
///
/// # Errors
/// `LibraryMalformed` when a face is not there.
pub fn media_hits(library: &Library, faces: &[FaceHit]) -> Result<Vec<MediaHit>> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for best in faces {
        let face = library.face(best.face_row).ok_or_else(|| missing(library, "face", best.face_row))?;
        if seen.insert(face.media_row) {
            found.push((&face.media.media_id, MediaHit { media_row: face.media_row, best: *best }));
        }
    }
    found.sort_by(|(a_id, a), (b_id, b)| b.best.cosine.total_cmp(&a.best.cosine).then_with(|| a_id.cmp(b_id)));
    Ok(found.into_iter().map(|(_, hit)| hit).collect())
}

fn media_info(library: &Library, hit: &MediaHit) -> Result<MediaInfo> {
    let media = library.media(hit.media_row).ok_or_else(|| missing(library, "media", hit.media_row))?;
    Ok(MediaInfo { media_id: media.media_id.to_string() })
}

fn score_row(library: &Library, hit: &MediaHit) -> Result<ScoreRow> {
    let row = hit.best.face_row;
    let face = library.face(row).ok_or_else(|| missing(library, "face", row))?;
    let media = face.media;
    Ok(ScoreRow {
        media_id: media.media_id.to_string(),
        score: six_decimals(score_of_cosine(library.embedder(), hit.best.cosine)),
        cosine: six_decimals(hit.best.cosine),
        path: media.path.clone(),
        media_type: media.media_type.as_str(),
        title: media.title.clone(),
        width: media.width,
        height: media.height,
        face_id: face.face_id.0,
        entity_id: face.entity.map(|entity| entity.entity_id.to_string()),
        label_name: face.entity.map(|entity| entity.label_name.clone()).filter(|name| !name.is_empty()),
        face_box: BoxPosition::of(&face.box_px),
        face_url: format!("faces/{}.jpg", face.face_id),
        cover_url: media.cover.clone(),
        url: media.url.clone(),
    })
}

/// Enough for every use, and the same text on every platform.
pub(super) fn six_decimals(value: f32) -> f64 {
    (f64::from(value) * 1e6).round() / 1e6
}

fn missing(library: &Library, kind: &str, row: usize) -> Error {
    let reason = "it is referred to but not there".to_owned();
    Error::LibraryMalformed { library: library.name().to_owned(), part: format!("{kind} row {row}"), reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{EntityId, FaceId, MediaId, MediaType};
    use crate::library::{CatalogFields, MediaRecord};
    use crate::operations::testing::{self, embedder, face, media, person, query};

    /// Five media: `a` has two faces of the person, `b` and `c` one each, `v` is a video, `d` shows a stranger.
    fn library() -> Library {
        let kinds =
            [("a", MediaType::Image), ("b", MediaType::Image), ("c", MediaType::Image), ("d", MediaType::Image)];
        let all = kinds.into_iter().chain([("v", MediaType::Video)]).map(|(name, kind)| media(name, kind)).zip(0..);
        let with_fields = all.map(|(record, n)| {
            let namespace = (n == 0).then(|| "n".to_owned());
            let fields = CatalogFields { int_field1: Some(n), namespace, ..CatalogFields::default() };
            MediaRecord { created_ms: (n > 0).then_some(n * 100), fields, ..record }
        });
        let faces = vec![
            face("a", 0, 0.70, None, None),
            face("a", 1, 0.95, Some("Ada"), None),
            face("b", 0, 0.80, None, None),
            face("c", 0, 0.60, Some("Ada"), None),
            face("d", 0, 0.05, None, None),
            face("v", 0, 0.75, None, Some((1.0, 2.0))),
        ];
        testing::library(with_fields.collect(), faces, vec![person("Ada", "custom")], Vec::new())
    }

    fn search(change: impl FnOnce(&mut SearchMediaByFaceRequest), options: SearchOptions) -> SearchMediaByFaceResponse {
        let mut request = SearchMediaByFaceRequest::new("t1");
        change(&mut request);
        search_media_by_face(&library(), &query(), &request, &options, "r1").unwrap()
    }

    fn found(change: impl FnOnce(&mut SearchMediaByFaceRequest)) -> (Vec<String>, usize) {
        let response = search(change, SearchOptions::default());
        let names = ["a", "b", "c", "d", "v"];
        let name_of = |id: &str| names.into_iter().find(|name| MediaId::of_bytes(name.as_bytes()).0 == id);
        let listed = response.media_info_list.iter().map(|m| name_of(&m.media_id).unwrap().to_owned());
        (listed.collect(), response.total)
    }

    fn names(list: &str) -> Vec<String> {
        list.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn every_media_is_listed_once_by_its_nearest_face() {
        assert_eq!(found(|_| ()), (names("a b v c"), 4));
    }

    #[test]
    fn pages_cut_the_list_but_not_the_total() {
        assert_eq!(found(|r| r.page_size = 3), (names("a b v"), 4));
        assert_eq!(found(|r| (r.page_size, r.page_no) = (3, 2)), (names("c"), 4));
        assert_eq!(found(|r| (r.page_size, r.page_no) = (50, u32::MAX)), (names(""), 4));
    }

    #[test]
    fn media_type_and_entity_filter() {
        assert_eq!(found(|r| r.media_type = Some(MediaType::Video)), (names("v"), 1));
        assert_eq!(found(|r| r.media_type = Some(MediaType::Image)), (names("a b c"), 3));
        assert_eq!(found(|r| r.entity_id = Some(EntityId::of_person("Ada"))), (names("a c"), 2));
        assert_eq!(found(|r| r.entity_id = Some(EntityId("nobody".into()))), (names(""), 0));
    }

    #[test]
    fn fields_of_the_catalog_filter() {
        let filter = |name: &str, value: serde_json::Value| {
            let request = serde_json::json!({ "FaceSearchToken": "t1", name: value });
            found(|r| *r = SearchMediaByFaceRequest::parse(&request).unwrap())
        };
        assert_eq!(filter("CustomFilters", serde_json::json!({ "intField1": [1, 9] })), (names("b"), 1));
        assert_eq!(filter("UtcCreate", serde_json::json!("{\"gte\": 200}")), (names("v c"), 2));
        assert_eq!(filter("Namespace", serde_json::json!("n")), (names("a"), 1));
        assert_eq!(filter("Namespace", serde_json::json!("m")), (names(""), 0));
    }

    #[test]
    fn a_threshold_of_ones_own_replaces_the_default() {
        let options = |cosine| SearchOptions { threshold: Some(cosine), scores: false };
        assert_eq!(search(|_| (), options(0.78)).total, 2);
        assert_eq!(search(|_| (), options(-1.0)).total, 5);
        for bad in [1.5, f32::NAN] {
            let request = SearchMediaByFaceRequest::new("t1");
            let error = search_media_by_face(&library(), &query(), &request, &options(bad), "r1").unwrap_err();
            assert_eq!(error.parameter(), Some("threshold"));
        }
    }

    #[test]
    fn the_response_has_the_services_shape() {
        let response = serde_json::to_value(search(|r| r.page_size = 1, SearchOptions::default())).unwrap();
        let id = MediaId::of_bytes(b"a").0;
        let expected = serde_json::json!({ "RequestId": "r1", "Success": "true", "Code": "200",
            "MediaInfoList": [{ "MediaId": id }], "Total": 4 });
        assert_eq!(response, expected);
    }

    #[test]
    fn scores_say_which_face_was_nearest() {
        let response = search(|_| (), SearchOptions { threshold: None, scores: true });
        let rows = response.scores.unwrap();
        assert_eq!(rows.len(), response.media_info_list.len());
        assert!(rows.windows(2).all(|w| w[0].score >= w[1].score && w[0].cosine >= w[1].cosine));
        let row = &rows[0];
        assert_eq!(row.media_id, response.media_info_list[0].media_id);
        assert_eq!(row.label_name.as_deref(), Some("Ada"));
        assert_eq!(row.face_box, BoxPosition { x: 10, y: 21, w: 30, h: 40 });
        let row_face = FaceId::of_media(&MediaId::of_bytes(b"a"), 1);
        assert_eq!(row.face_url, format!("faces/{row_face}.jpg"));
        // int8 embeddings keep the cosine to about 0.01.
        assert!((row.cosine - 0.95).abs() < 0.02, "{}", row.cosine);
        assert_eq!((row.path.as_str(), row.media_type), ("a.jpg", "image"));
        assert_eq!((row.title.as_str(), row.width, row.height), ("a", 640, 480));
        assert_eq!((row.face_id, &row.entity_id), (row_face.0, &Some(EntityId::of_person("Ada").0)));
    }

    #[test]
    fn a_query_of_another_embedder_is_refused() {
        let query = FaceQuery { embedder: EmbedderInfo { id: "n".into(), ..embedder() }, ..query() };
        let request = SearchMediaByFaceRequest::new("t1");
        let error = search_media_by_face(&library(), &query, &request, &SearchOptions::default(), "r1").unwrap_err();
        assert_eq!(error.code(), "EmbedderMismatch");
    }
}
