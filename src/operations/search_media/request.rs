//! The request of SearchMedia, checked. Imports `core` and `error`.

use serde_json::Value;

use super::order::SortOrder;
use crate::core::EntityId;
use crate::error::{Error, Result};
use crate::operations::custom_filters::CustomFilters;
use crate::operations::match_expr::Match;
use crate::operations::params::Params;
use crate::operations::request::{MAX_PAGE_SIZE, items_before};
use crate::operations::scroll::ScrollToken;

const DEFAULT_PAGE_SIZE: u32 = 10;
/// The largest `PageNo`; beyond, `ScrollToken` is needed.
pub const MAX_PAGE_NO: u32 = 200;

/// A SearchMedia request whose every value is right.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "PascalCase", optional_fields))]
pub struct SearchMediaRequest {
    /// What the media must be, such as `title = 'China' and utcCreate = ['1693367158561','1693367158562']`; all media where absent.
    #[cfg_attr(test, ts(rename = "Match", type = "string", optional))]
    pub filter: Option<Match>,
    /// By what the list is sorted, the weightiest first, such as `utcCreate:Desc,title:Asc`; `utcCreate:Desc` where absent.
    #[cfg_attr(test, ts(type = "string", optional))]
    pub sort_by: Option<SortOrder>,
    /// Which page, from 1 to 200; 1 where absent. A ScrollToken replaces it.
    pub page_no: Option<u32>,
    /// Media a page, 1 to 50; 10 where absent.
    pub page_size: Option<u32>,
    /// Only media with a face of this person, or with a given label of this id.
    #[cfg_attr(test, ts(type = "string", optional))]
    pub entity_id: Option<EntityId>,
    /// The name of the library; the first one where absent.
    pub search_lib_name: Option<String>,
    /// What the custom fields must be: `12` or `"abc"` for a value, a list for any of several, `{"gte": 1, "lte": 2}` for a range of
    /// numbers. JSON text, or the object itself.
    #[cfg_attr(
        test,
        ts(
            optional,
            type = "string | { intField1?: number | number[] | { gte?: number; lte?: number }; strField1?: string | string[]; strField2?: string | string[] }"
        )
    )]
    pub custom_filters: Option<CustomFilters>,
    /// Where the list goes on: the ScrollToken of the response before, with the same query. The empty one, with which a list
    /// ends, counts as absent: the list begins anew.
    #[cfg_attr(test, ts(type = "string", optional))]
    pub(in crate::operations) scroll_token: Option<ScrollToken>,
}

impl SearchMediaRequest {
    /// Reads a request object with the wire's names. Unknown names are ignored, as the service does.
    ///
    /// # Errors
    /// `InvalidParameter` naming the parameter that has a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        let params = Params::of(request)?;
        let page_no = params.integer("PageNo", &(1..=u32::MAX), 1)?;
        let scroll_token = params.text("ScrollToken")?.map(ScrollToken::parse).transpose()?;
        if page_no > MAX_PAGE_NO && scroll_token.is_none() {
            let reason = format!(
                "{page_no} is out of range; 1 to {MAX_PAGE_NO} are allowed; narrow the query, or scroll through the first 1,000 \
                 with ScrollToken"
            );
            return Err(Error::invalid("PageNo", reason));
        }
        Ok(Self {
            filter: params.text("Match")?.map(Match::parse).transpose()?,
            sort_by: params.text("SortBy")?.map(SortOrder::parse).transpose()?,
            page_no: Some(page_no),
            page_size: Some(params.integer("PageSize", &(1..=MAX_PAGE_SIZE), DEFAULT_PAGE_SIZE)?),
            entity_id: params.text("EntityId")?.map(|id| EntityId(id.to_owned())),
            search_lib_name: params.text("SearchLibName")?.map(str::to_owned),
            custom_filters: params.object("CustomFilters")?.map(|object| CustomFilters::parse(&object)).transpose()?,
            scroll_token,
        })
    }

    /// Media a page.
    pub(super) fn size(&self) -> usize {
        self.page_size.unwrap_or(DEFAULT_PAGE_SIZE) as usize
    }

    /// How many media stand before the page that `PageNo` names.
    pub(super) fn offset(&self) -> usize {
        items_before(self.page_no.unwrap_or(1), self.page_size.unwrap_or(DEFAULT_PAGE_SIZE))
    }

    /// A text that is the same for every page of one list, and differs from list to list.
    pub(super) fn query_text(&self) -> String {
        let filter = self.filter.as_ref().map(ToString::to_string);
        let order = self.sort_by.clone().unwrap_or_default().to_string();
        format!("{:?}", (filter, order, &self.entity_id, &self.custom_filters))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_left_out_has_the_documented_default() {
        let request = SearchMediaRequest::parse(&json!({})).unwrap();
        assert_eq!((request.size(), request.offset()), (10, 0));
        let absent = json!({ "Match": "", "SortBy": null, "EntityId": "", "CustomFilters": "", "ScrollToken": "", "PageNo": null });
        assert_eq!(SearchMediaRequest::parse(&absent).unwrap(), request);
        assert_eq!(SearchMediaRequest::default().query_text(), request.query_text());
    }

    #[test]
    fn every_parameter_is_read() {
        let token = ScrollToken::new(20, "q", "v");
        let request = SearchMediaRequest::parse(&json!({
            "Match": "title = 'x'", "SortBy": "title", "PageNo": "200", "PageSize": 50.0, "EntityId": "e", "SearchLibName": "family",
            "CustomFilters": "{\"intField1\":12}", "ScrollToken": token.to_string(), "SomethingElse": [1],
        }))
        .unwrap();
        assert_eq!(request.filter.as_ref().unwrap().to_string(), "title = 'x'");
        assert_eq!(request.sort_by.as_ref().unwrap().to_string(), "title:Asc");
        assert_eq!((request.offset(), request.size()), (9950, 50));
        assert_eq!(request.entity_id, Some(EntityId("e".into())));
        assert_eq!(request.search_lib_name.as_deref(), Some("family"));
        assert_eq!(request.scroll_token, Some(token));
        let object = SearchMediaRequest::parse(&json!({ "CustomFilters": { "intField1": 12 } })).unwrap();
        assert_eq!(object.custom_filters, request.custom_filters);
    }

    #[test]
    fn every_wrong_value_is_named() {
        for (name, value, says) in [
            ("Match", json!(5), "it must be a string, not a number"),
            ("Match", json!("title"), "column 6: found the end"),
            ("SortBy", json!(["title"]), "it must be a string, not an array"),
            ("SortBy", json!("colour"), "\"colour\" is no field to sort by"),
            ("PageNo", json!(0), "0 is out of range"),
            (
                "PageNo",
                json!(201),
                "201 is out of range; 1 to 200 are allowed; narrow the query, or scroll through the first 1,000 with ScrollToken",
            ),
            ("PageNo", json!("two"), "\"two\" is not an integer"),
            ("PageSize", json!(51), "51 is out of range; an integer from 1 to 50 is allowed"),
            ("PageSize", json!(0), "0 is out of range"),
            ("PageSize", json!(true), "true is not an integer"),
            ("EntityId", json!(7), "it must be a string, not a number"),
            ("SearchLibName", json!({}), "it must be a string, not an object"),
            ("CustomFilters", json!("{"), "its text is not JSON: "),
            ("CustomFilters", json!("[1]"), "it must be an object, not an array"),
            ("CustomFilters", json!(5), "it must be an object, not a number"),
            ("CustomFilters", json!({"x": 1}), "\"x\" is no custom field"),
            ("ScrollToken", json!("F8C4"), "it is no scroll token"),
            ("ScrollToken", json!(12), "it must be a string, not a number"),
        ] {
            let error = SearchMediaRequest::parse(&json!({ name: value })).unwrap_err();
            assert_eq!((error.code().as_str(), error.parameter()), ("InvalidParameter", Some(name)), "{error}");
            assert!(error.to_string().starts_with(&format!("{name}: {says}")), "{error}");
        }
    }

    #[test]
    fn a_scroll_token_lifts_the_limit_of_pages() {
        let token = ScrollToken::new(20, "q", "v").to_string();
        assert!(SearchMediaRequest::parse(&json!({ "PageNo": 201, "ScrollToken": token })).is_ok());
    }
}
