//! Persons, their faces and groups: getPersonFacesInfo and the operations beside it. Imports `core`, `library`, `indexing`, `error`.
//!
//! Paths, names and shapes are those of the public face service (version 2018-05-09, `/green/sface/..`), camelCase; what it does
//! not document is marked as ours. Reading takes a library; writing gives a [`PersonEdit`], which whoever owns the library
//! carries out (a folder, or a library in the browser's memory), and a response is made from what came of it.
//!
//! Ours: ids may be of any letters, up to 128 characters (the service: letters, digits, `_` and `-`, up to 32), a person needs no
//! group, and the number of groups has no limit.

mod faces;
mod groups;
mod parameters;
mod person;
mod read;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tests;
mod unions;

pub use faces::{
    AddFacesData, AddFacesRequest, AddFacesResponse, AddedFaceItem, AssignFacesRequest, DeleteFacesData,
    DeleteFacesRequest, DeleteFacesResponse, FaceImageItem, GetFacesData, GetFacesRequest, GetFacesResponse,
    get_person_faces,
};
pub use groups::{
    AddGroupsRequest, AddGroupsResponse, DeleteGroupsRequest, DeleteGroupsResponse, GetGroupsData, GetGroupsRequest,
    GetGroupsResponse, PersonGroupsData, get_groups,
};
pub use parameters::PersonOptions;
pub use person::{
    AddPersonRequest, AddPersonResponse, DeletePersonRequest, DeletePersonResponse, MergePersonsRequest,
    MergePersonsResponse, MergedPersonData, PersonIdData, SetPersonRequest, SetPersonResponse,
};
pub use read::{
    GetPersonData, GetPersonRequest, GetPersonResponse, GetPersonsData, GetPersonsRequest, GetPersonsResponse,
    ListPersonsData, ListPersonsRequest, ListPersonsResponse, ListedPerson, get_person, get_persons, list_persons,
};
pub use unions::{SplitPersonRequest, SplitPersonResponse, UnmergePersonsRequest, UnmergePersonsResponse};

/// The code of a response that tells no error, outside and inside its data.
const OK: u16 = 200;

/// A response: code, request id, message and data.
macro_rules! response {
    ($(#[$doc:meta])* $name:ident, $data:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
        #[cfg_attr(test, derive(ts_rs::TS))]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// 200.
            pub code: u16,
            /// The id of this request.
            pub request_id: String,
            /// `OK`.
            pub msg: &'static str,
            /// The answer.
            pub data: $data,
        }

        impl $name {
            fn of(data: $data, request_id: &str) -> Self {
                Self { code: super::OK, request_id: request_id.to_owned(), msg: "OK", data }
            }
        }
    };
}
use response;
