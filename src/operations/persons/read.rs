//! Persons as they are: one, those of a group, all. Imports `library`, `indexing`, `error`.

use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::indexing::person_id_of;
use crate::library::{EntityRecord, Library};
use crate::operations::params::Params;

use super::parameters::{PersonOptions, on_page, optional_id, page, person_row, persons, required_id};
use super::{OK, response};

/// The request of GetPerson (`POST /green/sface/person`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "camelCase"))]
pub struct GetPersonRequest {
    /// The person.
    pub person_id: String,
    /// Library and caller.
    #[cfg_attr(test, ts(flatten))]
    pub options: PersonOptions,
}

impl GetPersonRequest {
    /// Reads a request object with the wire's names. Unknown names are ignored.
    ///
    /// # Errors
    /// `MissingpersonId`, or `InvalidParameter` naming what has a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        let params = Params::of(request)?;
        Ok(Self { person_id: required_id(params, "personId")?, options: PersonOptions::parse(params)? })
    }
}

response! {
    /// The response of GetPerson.
    GetPersonResponse, GetPersonData
}

/// One person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct GetPersonData {
    /// 200.
    pub code: u16,
    /// The person's id; of a person whom the owner's records do not have, the entity id.
    pub person_id: String,
    /// The name that is shown.
    pub name: String,
    /// The groups that the person belongs to, ascending.
    pub group_ids: Vec<String>,
    /// The ids of the person's faces, ascending.
    pub face_ids: Vec<String>,
    /// The note, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One person with groups and faces.
///
/// # Errors
/// `ResourceNotFound` for an unknown person.
pub fn get_person(library: &Library, request: &GetPersonRequest, request_id: &str) -> Result<GetPersonResponse> {
    let row = person_row(library, &request.person_id)?;
    let person = library.entity(row).ok_or_else(|| not_found("person", &request.person_id))?;
    let data = GetPersonData {
        code: OK,
        person_id: person_id_of(person).to_owned(),
        name: person.label_name.clone(),
        group_ids: person.groups.clone(),
        face_ids: library.face_ids_of_entity(row).iter().map(ToString::to_string).collect(),
        note: person.note.clone(),
    };
    Ok(GetPersonResponse::of(data, request_id))
}

/// The request of GetPersons (`POST /green/sface/group/persons`): the persons of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "camelCase"))]
pub struct GetPersonsRequest {
    /// The group.
    pub group_id: String,
    /// The page, from 1; 1 where absent.
    #[cfg_attr(test, ts(as = "Option<u32>", optional))]
    pub current_page: u32,
    /// Persons a page, 1 to 100; 20 where absent.
    #[cfg_attr(test, ts(as = "Option<u32>", optional))]
    pub page_size: u32,
    /// Library and caller.
    #[cfg_attr(test, ts(flatten))]
    pub options: PersonOptions,
}

impl GetPersonsRequest {
    /// Reads a request object with the wire's names. Unknown names are ignored.
    ///
    /// # Errors
    /// `MissinggroupId`, or `InvalidParameter` naming what has a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        let params = Params::of(request)?;
        let group_id = required_id(params, "groupId")?;
        let (current_page, page_size) = page(params)?;
        Ok(Self { group_id, current_page, page_size, options: PersonOptions::parse(params)? })
    }
}

response! {
    /// The response of GetPersons.
    GetPersonsResponse, GetPersonsData
}

/// One page of the persons of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct GetPersonsData {
    /// 200.
    pub code: u16,
    /// The persons' ids, ascending.
    pub person_ids: Vec<String>,
    /// The page.
    pub current_page: u32,
    /// Persons a page.
    pub page_size: u32,
    /// How many persons there are on all pages.
    #[cfg_attr(test, ts(type = "number"))]
    pub total_count: usize,
}

/// The persons of a group.
///
/// # Errors
/// `ResourceNotFound` for a group that nobody belongs to.
pub fn get_persons(library: &Library, request: &GetPersonsRequest, request_id: &str) -> Result<GetPersonsResponse> {
    let found = of_group(library, Some(&request.group_id))?;
    let (current_page, page_size) = (request.current_page, request.page_size);
    let data = GetPersonsData {
        code: OK,
        total_count: found.len(),
        person_ids: on_page(found, (current_page, page_size)).iter().map(|(_, p)| person_id_of(p).to_owned()).collect(),
        current_page,
        page_size,
    };
    Ok(GetPersonsResponse::of(data, request_id))
}

/// The request of ListPersons, which is ours: all persons of a library, or of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "camelCase", optional_fields))]
pub struct ListPersonsRequest {
    /// Only the persons of this group.
    pub group_id: Option<String>,
    /// The page, from 1; 1 where absent.
    #[cfg_attr(test, ts(as = "Option<u32>", optional))]
    pub current_page: u32,
    /// Persons a page, 1 to 100; 20 where absent.
    #[cfg_attr(test, ts(as = "Option<u32>", optional))]
    pub page_size: u32,
    /// Library and caller.
    #[cfg_attr(test, ts(flatten))]
    pub options: PersonOptions,
}

impl ListPersonsRequest {
    /// Reads a request object with the wire's names. Unknown names are ignored.
    ///
    /// # Errors
    /// `InvalidParameter` naming what has a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        let params = Params::of(request)?;
        let group_id = optional_id(params, "groupId")?;
        let (current_page, page_size) = page(params)?;
        Ok(Self { group_id, current_page, page_size, options: PersonOptions::parse(params)? })
    }
}

response! {
    /// The response of ListPersons.
    ListPersonsResponse, ListPersonsData
}

/// One page of persons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ListPersonsData {
    /// 200.
    pub code: u16,
    /// The persons, by ascending id.
    pub persons: Vec<ListedPerson>,
    /// The page.
    pub current_page: u32,
    /// Persons a page.
    pub page_size: u32,
    /// How many persons there are on all pages.
    #[cfg_attr(test, ts(type = "number"))]
    pub total_count: usize,
}

/// One person of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct ListedPerson {
    /// The person's id; of a person whom the owner's records do not have, the entity id.
    pub person_id: String,
    /// The id by which searches know the person: their `EntityId`.
    pub entity_id: String,
    /// The name that is shown.
    pub name: String,
    /// `custom`, `unknown`, `celebrity`, `sensitive` or `politician`.
    pub category: String,
    /// The groups that the person belongs to, ascending.
    pub group_ids: Vec<String>,
    /// How many faces the person has.
    #[cfg_attr(test, ts(type = "number"))]
    pub face_count: usize,
    /// The note, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// All persons of a library, or of a group.
///
/// # Errors
/// `ResourceNotFound` for a group that nobody belongs to.
pub fn list_persons(library: &Library, request: &ListPersonsRequest, request_id: &str) -> Result<ListPersonsResponse> {
    let found = of_group(library, request.group_id.as_deref())?;
    let (current_page, page_size) = (request.current_page, request.page_size);
    let listed = |(row, person): (usize, &EntityRecord)| ListedPerson {
        person_id: person_id_of(person).to_owned(),
        entity_id: person.entity_id.0.clone(),
        name: person.label_name.clone(),
        category: person.category.clone(),
        group_ids: person.groups.clone(),
        face_count: library.face_ids_of_entity(row).len(),
        note: person.note.clone(),
    };
    let data = ListPersonsData {
        code: OK,
        total_count: found.len(),
        persons: on_page(found, (current_page, page_size)).into_iter().map(listed).collect(),
        current_page,
        page_size,
    };
    Ok(ListPersonsResponse::of(data, request_id))
}

/// The persons of a group, or all, with their rows, by the id that the wire knows.
fn of_group<'a>(library: &'a Library, group: Option<&str>) -> Result<Vec<(usize, &'a EntityRecord)>> {
    let is_in = |person: &EntityRecord| group.is_none_or(|group| person.groups.iter().any(|other| other == group));
    let mut found: Vec<(usize, &EntityRecord)> =
        persons(library).enumerate().filter(|(_, person)| is_in(person)).collect();
    match group {
        Some(group) if found.is_empty() => return Err(not_found("group", group)),
        _ => {}
    }
    found.sort_by(|(_, a), (_, b)| (person_id_of(a), &a.entity_id).cmp(&(person_id_of(b), &b.entity_id)));
    Ok(found)
}

fn not_found(kind: &str, id: &str) -> Error {
    Error::ResourceNotFound { kind: kind.to_owned(), id: id.to_owned() }
}
