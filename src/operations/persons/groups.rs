//! Groups of persons. A group is there as long as somebody belongs to it. Imports `library`, `indexing`, `error`.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::error::Result;
use crate::indexing::{Outcome, PersonEdit};
use crate::library::Library;
use crate::operations::params::Params;

use super::parameters::{PersonOptions, persons, required_id, required_ids};
use super::{OK, response};

/// The request of GetGroups (`POST /green/sface/groups`): all groups of a library.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "camelCase"))]
pub struct GetGroupsRequest {
    /// Library and caller.
    #[cfg_attr(test, ts(flatten))]
    pub options: PersonOptions,
}

impl GetGroupsRequest {
    /// Reads a request object. Unknown names are ignored.
    ///
    /// # Errors
    /// `InvalidParameter` naming what has a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        Ok(Self { options: PersonOptions::parse(Params::of(request)?)? })
    }
}

response! {
    /// The response of GetGroups.
    GetGroupsResponse, GetGroupsData
}

/// All groups of a library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct GetGroupsData {
    /// 200.
    pub code: u16,
    /// The groups' ids, ascending.
    pub group_ids: Vec<String>,
}

/// All groups that a person of the library belongs to.
#[must_use]
pub fn get_groups(library: &Library, _request: &GetGroupsRequest, request_id: &str) -> GetGroupsResponse {
    let groups: BTreeSet<&String> = persons(library).flat_map(|person| &person.groups).collect();
    let group_ids = groups.into_iter().cloned().collect();
    GetGroupsResponse::of(GetGroupsData { code: OK, group_ids }, request_id)
}

/// A person and groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PersonGroupsData {
    /// 200.
    pub code: u16,
    /// The person.
    pub person_id: String,
    /// Of AddPerson and AddGroups: the groups that the person belongs to; of DeleteGroups: those that the person was taken out of.
    pub group_ids: Vec<String>,
}

/// The request of AddGroups (`POST /green/sface/person/groups/add`): the person belongs to more groups. A group that nobody
/// belonged to is made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "camelCase"))]
pub struct AddGroupsRequest {
    /// The person.
    pub person_id: String,
    /// The groups' ids, each up to 128 characters.
    pub group_ids: Vec<String>,
    /// Library and caller.
    #[cfg_attr(test, ts(flatten))]
    pub options: PersonOptions,
}

impl AddGroupsRequest {
    /// Reads a request object with the wire's names. Unknown names are ignored.
    ///
    /// # Errors
    /// `MissingpersonId`, `MissinggroupIds`, or `InvalidParameter` naming what has a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        let params = Params::of(request)?;
        Ok(Self {
            person_id: required_id(params, "personId")?,
            group_ids: required_ids(params, "groupIds")?,
            options: PersonOptions::parse(params)?,
        })
    }

    /// The edit.
    #[must_use]
    pub fn edit(&self) -> PersonEdit {
        PersonEdit::AddGroups { person_id: self.person_id.clone(), groups: self.group_ids.clone() }
    }

    /// The response, from the outcome of the edit.
    #[must_use]
    pub fn response(&self, outcome: &Outcome, request_id: &str) -> AddGroupsResponse {
        let (person_id, group_ids) = (outcome.person_id.clone(), outcome.groups.clone());
        AddGroupsResponse::of(PersonGroupsData { code: OK, person_id, group_ids }, request_id)
    }
}

response! {
    /// The response of AddGroups.
    AddGroupsResponse, PersonGroupsData
}

/// The request of DeleteGroups (`POST /green/sface/person/groups/delete`): the person belongs to fewer groups. Faces stay.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "camelCase"))]
pub struct DeleteGroupsRequest {
    /// The person.
    pub person_id: String,
    /// The groups' ids.
    pub group_ids: Vec<String>,
    /// Library and caller.
    #[cfg_attr(test, ts(flatten))]
    pub options: PersonOptions,
}

impl DeleteGroupsRequest {
    /// Reads a request object with the wire's names. Unknown names are ignored.
    ///
    /// # Errors
    /// `MissingpersonId`, `MissinggroupIds`, or `InvalidParameter` naming what has a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        let AddGroupsRequest { person_id, group_ids, options } = AddGroupsRequest::parse(request)?;
        Ok(Self { person_id, group_ids, options })
    }

    /// The edit.
    #[must_use]
    pub fn edit(&self) -> PersonEdit {
        PersonEdit::DeleteGroups { person_id: self.person_id.clone(), groups: self.group_ids.clone() }
    }

    /// The response, from the outcome of the edit.
    #[must_use]
    pub fn response(&self, outcome: &Outcome, request_id: &str) -> DeleteGroupsResponse {
        let (person_id, group_ids) = (outcome.person_id.clone(), outcome.left_groups.clone());
        DeleteGroupsResponse::of(PersonGroupsData { code: OK, person_id, group_ids }, request_id)
    }
}

response! {
    /// The response of DeleteGroups.
    DeleteGroupsResponse, PersonGroupsData
}
