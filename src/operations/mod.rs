//! The operations: request in, response out. Face-search tokens, paging, grouping of faces to media, calibrated scores.
//!
//! Imports `core`, `vision`, `library`, `indexing` and `error`. No I/O, no clock, no randomness: request ids and image bytes come
//! in as arguments. The wire types (what JavaScript and JSON see) live here; their names follow the public service to the letter.

mod choice;
mod clips;
mod faces;
mod params;
mod params_nested;
mod persons;
mod request;
mod score;
mod search;
mod state;
mod tasks;
#[cfg(test)]
mod testing;
mod token_record;
mod tokens;
#[cfg(test)]
mod typescript;

pub use choice::{FaceChoice, query_of_photo};
pub use clips::{
    ClipOccurrence, ClipTrackData, MediaClip, SearchMediaClipByFaceRequest, SearchMediaClipByFaceResponse,
    search_media_clip_by_face,
};
pub use faces::{BoxObject, ExpressionObject, FaceObject, PointObject, QualityObject};
pub use persons::{
    AddFacesData, AddFacesRequest, AddFacesResponse, AddGroupsRequest, AddGroupsResponse, AddPersonRequest,
    AddPersonResponse, AddedFaceItem, AssignFacesRequest, DeleteFacesData, DeleteFacesRequest, DeleteFacesResponse,
    DeleteGroupsRequest, DeleteGroupsResponse, DeletePersonRequest, DeletePersonResponse, FaceImageItem, GetFacesData,
    GetFacesRequest, GetFacesResponse, GetGroupsData, GetGroupsRequest, GetGroupsResponse, GetPersonData,
    GetPersonRequest, GetPersonResponse, GetPersonsData, GetPersonsRequest, GetPersonsResponse, ListPersonsData,
    ListPersonsRequest, ListPersonsResponse, ListedPerson, MergePersonsRequest, MergePersonsResponse, MergedPersonData,
    PersonGroupsData, PersonIdData, PersonOptions, SetPersonRequest, SetPersonResponse, get_groups, get_person,
    get_person_faces, get_persons, list_persons,
};
pub use request::{MAX_PAGE_SIZE, SearchMediaByFaceRequest};
pub use score::score_of_cosine;
pub use search::{
    BoxPosition, MediaHit, MediaInfo, ScoreRow, SearchMediaByFaceResponse, SearchOptions, media_hits,
    search_media_by_face,
};
pub use state::StateChange;
pub use tasks::*;
pub use tokens::{MAX_TOKENS, QuerySource, StoredQuery, TOKEN_LIFETIME_MS, TokenStore};
