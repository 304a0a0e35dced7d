//! SearchMedia: the catalog of a library, filtered, sorted and paged, with the whole document of each media.
//! Imports `core`, `library` and `error`.

#[cfg(test)]
mod document_tests;
mod order;
mod request;
#[cfg(test)]
mod tests;

pub use order::{SortField, SortKey, SortOrder};
pub use request::{MAX_PAGE_NO, SearchMediaRequest};

use serde::Serialize;

use super::media_document::MediaAsset;
use super::scroll::{MAX_SCROLLED, ScrollToken};
use crate::core::FaceId;
use crate::error::Result;
use crate::library::{Catalog, Library, RowSet, TermField};

/// The response of SearchMedia.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SearchMediaResponse {
    /// The id of this request.
    pub request_id: String,
    /// `"True"`: the service types it as a string, and writes it so here.
    #[cfg_attr(test, ts(type = "string"))]
    pub success: &'static str,
    /// `"200"`: the service types it as a string.
    #[cfg_attr(test, ts(type = "string"))]
    pub code: &'static str,
    /// The media of this page.
    pub media_info_list: Vec<MediaAsset>,
    /// Where the list goes on: given with the same query it answers the next page. Empty at the end of the list and after 1,000
    /// media, which is as far as it reaches: there a client stops. It is good as long as the library stays as it is.
    pub scroll_token: String,
    /// How many media were found on all pages.
    pub total: usize,
}

impl SearchMediaResponse {
    /// Gives every address of the original, the cover and the files to `map` and takes what it answers, where it answers, in its
    /// place. Covers are relative to the folder of `library.json` unless the owner gave another.
    pub fn map_urls(&mut self, map: &mut dyn FnMut(&str) -> Option<String>) {
        for media in &mut self.media_info_list {
            media.map_urls(map);
        }
    }

    /// Asks `image` for the picture (in Base64) of every face and puts it into the face's occurrence.
    pub fn fill_images(&mut self, image: &mut dyn FnMut(FaceId) -> Option<String>) {
        for media in &mut self.media_info_list {
            media.fill_images(image);
        }
    }
}

/// Searches the catalog of one library.
///
/// # Errors
/// `InvalidParameter` naming ScrollToken where it does not belong here, `LibraryMalformed` where a media's document is damaged.
pub fn search_media(library: &Library, request: &SearchMediaRequest, request_id: &str) -> Result<SearchMediaResponse> {
    let query = request.query_text();
    let (offset, size) = match request.scroll_token {
        None => (request.offset(), request.size()),
        Some(token) => {
            let offset = token.position(&query, library.version())?;
            (offset, request.size().min(MAX_SCROLLED - offset))
        }
    };
    let (rows, total) = media_page(library, request, offset, size);
    let media_info_list = rows.iter().map(|row| MediaAsset::of(library, *row)).collect::<Result<Vec<_>>>()?;
    let position = offset.saturating_add(media_info_list.len());
    let goes_on = position < total.min(MAX_SCROLLED);
    Ok(SearchMediaResponse {
        request_id: request_id.to_owned(),
        success: "True",
        code: "200",
        media_info_list,
        scroll_token: if goes_on {
            ScrollToken::new(position, &query, library.version()).to_string()
        } else {
            String::new()
        },
        total,
    })
}

/// Filters and sorts: the media rows from place `offset` on, at most `size`, and how many media there are in all. It touches columns
/// only, no documents.
#[must_use]
pub fn media_page(library: &Library, request: &SearchMediaRequest, offset: usize, size: usize) -> (Vec<usize>, usize) {
    let catalog = library.catalog();
    let rows = filtered(catalog, request);
    let order = request.sort_by.clone().unwrap_or_default();
    (order.page(catalog, &rows, offset, size), rows.len())
}

fn filtered(catalog: &Catalog, request: &SearchMediaRequest) -> RowSet {
    let mut rows = match &request.filter {
        Some(filter) => filter.rows(catalog),
        None => RowSet::all(catalog.rows()),
    };
    if let Some(entity) = &request.entity_id {
        rows.intersect(&catalog.terms(TermField::LabelId).equal_to(&entity.0));
    }
    if let Some(filters) = &request.custom_filters {
        rows.intersect(&filters.rows(catalog));
    }
    rows
}
