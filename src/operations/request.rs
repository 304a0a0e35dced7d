//! The request of SearchMediaByFace, checked. Imports `core` and `error`.
//!
//! Names and limits: the public reference of the IMS operation SearchMediaByFace. Out-of-range numbers, about which that
//! reference is silent, are `InvalidParameter` here.

use serde_json::Value;

use crate::core::{EntityId, MediaType};
use crate::error::{Error, Result};

use super::custom_filters::CustomFilters;
use super::match_expr::NumberRange;
use super::params::Params;
use super::utc_range::range_of;

/// The largest `PageSize`.
pub const MAX_PAGE_SIZE: u32 = 50;
const DEFAULT_PAGE_SIZE: u32 = 10;

/// A SearchMediaByFace request whose every value is within its range.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "PascalCase", optional_fields))]
pub struct SearchMediaByFaceRequest {
    /// The caller's name for the query; not empty.
    pub face_search_token: String,
    /// Where the query photo is. Needed unless an image is handed over or the token is known.
    pub person_image_url: Option<String>,
    /// Which page, from 1; 1 where absent.
    #[cfg_attr(test, ts(as = "Option<u32>", optional))]
    pub page_no: u32,
    /// Media a page, 1 to 50; 10 where absent.
    #[cfg_attr(test, ts(as = "Option<u32>", optional))]
    pub page_size: u32,
    /// Only faces of this person.
    #[cfg_attr(test, ts(type = "string", optional))]
    pub entity_id: Option<EntityId>,
    /// The name of the library; the first one where absent.
    pub search_lib_name: Option<String>,
    /// Only photos or only videos; both where absent.
    #[cfg_attr(test, ts(type = "'image' | 'video'", optional))]
    pub media_type: Option<MediaType>,
    /// What the custom fields of the media must be, as in SearchMedia: JSON text, or the object itself.
    #[cfg_attr(test, ts(type = "SearchMediaRequest['CustomFilters']", optional))]
    pub custom_filters: Option<CustomFilters>,
    /// When the media was made, in milliseconds since 1970: `{"gte": 1, "lte": 2}`, of which one may be absent. JSON text, or the
    /// object itself.
    #[cfg_attr(test, ts(type = "string | { gte?: number; lte?: number }", optional))]
    pub utc_create: Option<NumberRange>,
    /// Only media of this namespace.
    pub namespace: Option<String>,
}

impl SearchMediaByFaceRequest {
    /// The first page of ten of a search under this token, without filters.
    #[must_use]
    pub fn new(face_search_token: &str) -> Self {
        Self {
            face_search_token: face_search_token.to_owned(),
            person_image_url: None,
            page_no: 1,
            page_size: DEFAULT_PAGE_SIZE,
            entity_id: None,
            search_lib_name: None,
            media_type: None,
            custom_filters: None,
            utc_create: None,
            namespace: None,
        }
    }

    /// Reads a request object with the wire's names. Unknown names are ignored, as the service does, but not those that differ from a
    /// known one in capitals only.
    ///
    /// # Errors
    /// `MissingFaceSearchToken`, or `InvalidParameter` naming the parameter that has a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        let params = Params::of(request)?;
        Ok(Self {
            face_search_token: params.required_text("FaceSearchToken")?.to_owned(),
            person_image_url: params.text("PersonImageUrl")?.map(str::to_owned),
            page_no: params.integer("PageNo", &(1..=u32::MAX), 1)?,
            page_size: params.integer("PageSize", &(1..=MAX_PAGE_SIZE), DEFAULT_PAGE_SIZE)?,
            entity_id: params.text("EntityId")?.map(|id| EntityId(id.to_owned())),
            search_lib_name: params.text("SearchLibName")?.map(str::to_owned),
            media_type: params.text("MediaType")?.map(media_type).transpose()?,
            custom_filters: params.object("CustomFilters")?.map(|object| CustomFilters::parse(&object)).transpose()?,
            utc_create: params.object("UtcCreate")?.map(|object| range_of("UtcCreate", &object)).transpose()?,
            namespace: params.text("Namespace")?.map(str::to_owned),
        })
    }

    /// How many media stand before this page.
    #[must_use]
    pub fn offset(&self) -> usize {
        items_before(self.page_no, self.page_size)
    }
}

/// How many items of a list stand before a page; pages count from 1.
pub(super) fn items_before(page_no: u32, page_size: u32) -> usize {
    let before = u64::from(page_no.saturating_sub(1)) * u64::from(page_size);
    usize::try_from(before).unwrap_or(usize::MAX)
}

fn media_type(text: &str) -> Result<MediaType> {
    MediaType::parse(text).ok_or_else(|| {
        Error::invalid("MediaType", format!("{text:?} is not a media type; \"image\" and \"video\" are"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn error_of(request: &Value) -> (String, String) {
        let error = SearchMediaByFaceRequest::parse(request).unwrap_err();
        (error.code(), error.to_string())
    }

    fn with(name: &str, value: Value) -> Value {
        let mut request = json!({ "FaceSearchToken": "t1", "PersonImageUrl": "https://a.example/p.jpg" });
        request[name] = value;
        request
    }

    #[test]
    fn what_is_left_out_has_the_documented_default() {
        let request = SearchMediaByFaceRequest::parse(&json!({ "FaceSearchToken": "t1" })).unwrap();
        assert_eq!(request, SearchMediaByFaceRequest::new("t1"));
        assert_eq!((request.page_no, request.page_size, request.offset()), (1, 10, 0));
    }

    #[test]
    fn every_parameter_is_read() {
        let request = SearchMediaByFaceRequest::parse(&json!({
            "FaceSearchToken": "t1", "PersonImageUrl": "p.jpg", "PageNo": 3, "PageSize": 50, "EntityId": "e",
            "SearchLibName": "family", "MediaType": "video", "CustomFilters": { "strField1": "a" }, "Namespace": "n",
            "UtcCreate": "{\"gte\": 1, \"lte\": 2}", "SomethingElse": [1],
        }))
        .unwrap();
        assert_eq!(request.person_image_url.as_deref(), Some("p.jpg"));
        assert_eq!((request.page_no, request.page_size, request.offset()), (3, 50, 100));
        assert_eq!(request.entity_id, Some(EntityId("e".into())));
        assert_eq!(request.search_lib_name.as_deref(), Some("family"));
        assert_eq!(request.media_type, Some(MediaType::Video));
        assert_eq!(request.custom_filters.unwrap().str_field1, Some(vec!["a".to_owned()]));
        assert_eq!(request.utc_create.unwrap().to_string(), "[1, 2]");
        assert_eq!(request.namespace.as_deref(), Some("n"));
    }

    #[test]
    fn a_name_in_other_capitals_is_refused_rather_than_ignored() {
        for (name, meant) in [("searchLibName", "SearchLibName"), ("pageSize", "PageSize"), ("utcCreate", "UtcCreate")]
        {
            let (code, message) = error_of(&with(name, json!("x")));
            assert_eq!(
                (code.as_str(), message),
                ("InvalidParameter", format!("{name}: there is no such parameter; {meant} is meant"))
            );
        }
        let both = json!({ "FaceSearchToken": "t1", "PageSize": 5, "pagesize": 7 });
        assert_eq!(SearchMediaByFaceRequest::parse(&both).unwrap().page_size, 5);
    }

    #[test]
    fn numbers_may_come_as_strings_and_as_whole_floats() {
        let request = SearchMediaByFaceRequest::parse(&with("PageSize", json!("10"))).unwrap();
        assert_eq!(request.page_size, 10);
        let request = SearchMediaByFaceRequest::parse(&with("PageNo", json!(2.0))).unwrap();
        assert_eq!(request.page_no, 2);
    }

    #[test]
    fn null_and_the_empty_string_count_as_not_given() {
        let request = json!({ "FaceSearchToken": "t1", "PersonImageUrl": "", "MediaType": "", "EntityId": null,
            "PageNo": null, "PageSize": "", "CustomFilters": "" });
        assert_eq!(SearchMediaByFaceRequest::parse(&request).unwrap(), SearchMediaByFaceRequest::new("t1"));
    }

    #[test]
    fn a_bad_page_size_is_named_with_what_is_allowed() {
        let range = "PageSize: 51 is out of range; an integer from 1 to 50 is allowed";
        assert_eq!(error_of(&with("PageSize", json!(51))), ("InvalidParameter".into(), range.into()));
        for (value, says) in [
            (json!(0), "PageSize: 0 is out of range"),
            (json!(-1), "PageSize: -1 is out of range"),
            (json!("-1"), "PageSize: \"-1\" is out of range"),
            (json!("99999999999999999999"), "PageSize: \"99999999999999999999\" is out of range"),
            (json!("ten"), "PageSize: \"ten\" is not an integer"),
            (json!(" "), "PageSize: \" \" is not an integer"),
            (json!("+5"), "PageSize: \"+5\" is not an integer"),
            (json!(2.5), "PageSize: 2.5 is not an integer"),
            (json!(1e300), "PageSize: 1e+300 is out of range"),
            (json!(true), "PageSize: true is not an integer"),
            (json!([10]), "PageSize: [10] is not an integer"),
        ] {
            let (code, message) = error_of(&with("PageSize", value));
            assert_eq!(code, "InvalidParameter");
            assert!(message.starts_with(says), "{message}");
        }
    }

    #[test]
    fn page_numbers_start_at_one() {
        let (code, message) = error_of(&with("PageNo", json!(0)));
        assert_eq!(code, "InvalidParameter");
        assert_eq!(message, "PageNo: 0 is out of range; an integer of at least 1 is allowed");
        for (value, shown) in
            [(json!(4_294_967_296_u64), "4294967296"), (json!("99999999999999999999"), "\"99999999999999999999\"")]
        {
            let (_, message) = error_of(&with("PageNo", value));
            let expected = format!("PageNo: {shown} is out of range; an integer from 1 to 4294967295 is allowed");
            assert_eq!(message, expected);
        }
    }

    #[test]
    fn what_stands_before_a_page_is_counted_without_overflow() {
        assert_eq!([(1, 50), (2, 50), (0, 50)].map(|(number, size)| items_before(number, size)), [0, 50, 0]);
        let last = u64::from(u32::MAX - 1) * u64::from(u32::MAX);
        assert_eq!(items_before(u32::MAX, u32::MAX), usize::try_from(last).unwrap_or(usize::MAX));
    }

    #[test]
    fn an_unknown_media_type_is_refused() {
        let (code, message) = error_of(&with("MediaType", json!("film")));
        assert_eq!(code, "InvalidParameter");
        assert_eq!(message, "MediaType: \"film\" is not a media type; \"image\" and \"video\" are");
    }

    #[test]
    fn the_token_must_be_a_string_that_is_not_empty() {
        assert_eq!(error_of(&json!({})).0, "MissingFaceSearchToken");
        assert_eq!(error_of(&json!({ "FaceSearchToken": "" })).0, "MissingFaceSearchToken");
        assert_eq!(error_of(&json!({ "FaceSearchToken": null })).0, "MissingFaceSearchToken");
        let (code, message) = error_of(&json!({ "FaceSearchToken": 7 }));
        assert_eq!(code, "InvalidParameter");
        assert_eq!(message, "FaceSearchToken: it must be a string, not a number");
    }

    #[test]
    fn a_filter_that_is_wrong_is_named() {
        for (name, value, says) in [
            (
                "CustomFilters",
                json!("{\"gte\":1}"),
                "\"gte\" is no custom field; intField1, strField1 and strField2 are",
            ),
            ("CustomFilters", json!("{"), "its text is not JSON: "),
            ("UtcCreate", json!(5), "it must be an object, not a number"),
            ("UtcCreate", json!("{\"gt\":1}"), "\"gt\" is no bound of a range"),
            ("Namespace", json!(5), "it must be a string, not a number"),
        ] {
            let (code, message) = error_of(&with(name, value));
            assert_eq!(code, "InvalidParameter");
            assert!(message.starts_with(&format!("{name}: {says}")), "{message}");
        }
    }

    #[test]
    fn a_request_that_is_no_object_is_refused() {
        assert_eq!(error_of(&json!("t1")).1, "request: it must be an object, not a string");
    }
}
