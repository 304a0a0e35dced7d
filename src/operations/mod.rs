//! The operations: request in, response out. Face-search tokens, paging, grouping of faces to media, calibrated scores.
//!
//! Imports `core`, `vision`, `library`, `indexing` and `error`. No I/O, no clock, no randomness: request ids and image bytes come
//! in as arguments. The wire types (what JavaScript and JSON see) live here; their names follow the public service to the letter.

mod choice;
mod clips;
mod custom_filters;
mod face_map;
mod faces;
mod match_expr;
mod media_document;
mod own_library;
mod params;
mod params_nested;
mod persons;
mod request;
mod score;
mod scroll;
mod search;
mod search_media;
mod similarities;
mod state;
mod tasks;
#[cfg(test)]
mod testing;
mod token_record;
mod tokens;
mod typescript;
mod utc_range;

pub use choice::{FaceChoice, face_of_photo, query_of_face, query_of_photo};
pub use clips::{
    ClipOccurrence, ClipTrackData, MediaClip, SearchMediaClipByFaceRequest, SearchMediaClipByFaceResponse,
    search_media_clip_by_face,
};
pub use custom_filters::{CustomFilters, IntFilter, catalog_filter};
pub use face_map::{FaceMap, MapFacesRequest, MappedFace, map_faces};
pub use faces::{BoxObject, ExpressionObject, FaceObject, PointObject, QualityObject};
pub use match_expr::{
    Condition, ExactField, ExactTest, Field, MAX_CONTAINS_CHARS, MAX_MATCH_BYTES, MAX_MATCH_DEPTH, MAX_TEXT_TESTS,
    Match, NumberRange, NumericField, TextTest,
};
pub use media_document::{
    AiData, AiLabelInfo, AiRoughData, FileBasicInfo, FileInfo, IndexStatus, LabelOccurrence, LabelTrack, MediaAsset,
    MediaBasicInfo, MediaDocument, TextOccurrence, status_number, status_text,
};
pub use own_library::{
    AddedMedia, DiscoveredPersons, Imported, OWN_STORE_PREFIX, OwnLibrary, Pictures, RemovedMedia, RowsRecord,
};
pub use persons::{
    AddFacesData, AddFacesRequest, AddFacesResponse, AddGroupsRequest, AddGroupsResponse, AddPersonRequest,
    AddPersonResponse, AddedFaceItem, AssignFacesRequest, DeleteFacesData, DeleteFacesRequest, DeleteFacesResponse,
    DeleteGroupsRequest, DeleteGroupsResponse, DeletePersonRequest, DeletePersonResponse, FaceImageItem, GetFacesData,
    GetFacesRequest, GetFacesResponse, GetGroupsData, GetGroupsRequest, GetGroupsResponse, GetPersonData,
    GetPersonRequest, GetPersonResponse, GetPersonsData, GetPersonsRequest, GetPersonsResponse, ListPersonsData,
    ListPersonsRequest, ListPersonsResponse, ListedPerson, MergePersonsRequest, MergePersonsResponse, MergedPersonData,
    PersonGroupsData, PersonIdData, PersonOptions, SetPersonRequest, SetPersonResponse, SplitPersonRequest,
    SplitPersonResponse, UnmergePersonsRequest, UnmergePersonsResponse, get_groups, get_person, get_person_faces,
    get_persons, list_persons,
};
pub use request::{MAX_PAGE_SIZE, SearchMediaByFaceRequest};
pub use score::score_of_cosine;
pub use scroll::MAX_SCROLLED;
pub use search::{
    BoxPosition, MediaHit, MediaInfo, ScoreRow, SearchMediaByFaceResponse, SearchOptions, media_hits,
    search_media_by_face,
};
pub use search_media::{
    MAX_PAGE_NO, SearchMediaRequest, SearchMediaResponse, SortField, SortKey, SortOrder, media_page, search_media,
};
pub use similarities::{Similarities, similarities};
pub use state::StateChange;
pub use tasks::*;
pub use tokens::{MAX_TOKENS, QuerySource, StoredQuery, TOKEN_LIFETIME_MS, TokenStore};
