//! Persons: added, changed, deleted, merged. Imports `indexing`, `error`.

use serde::Serialize;
use serde_json::Value;

use crate::error::Result;
use crate::indexing::{Outcome, PersonEdit};
use crate::operations::params::Params;

use super::groups::PersonGroupsData;
use super::parameters::{PersonOptions, ids, name_and_note, new_name_and_note, required_id, required_ids};
use super::{OK, response};

/// The request of AddPerson (`POST /green/sface/person/add`): a new person, without faces yet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "camelCase", optional_fields))]
pub struct AddPersonRequest {
    /// The new person's id, up to 128 characters.
    pub person_id: String,
    /// The groups that the person belongs to. The service requires at least one, here there may be none.
    #[cfg_attr(test, ts(as = "Option<Vec<String>>"))]
    pub group_ids: Vec<String>,
    /// The name that is shown, up to 128 characters; the id where absent.
    pub name: Option<String>,
    /// A note, up to 2,048 characters.
    pub note: Option<String>,
    /// Library and caller.
    #[cfg_attr(test, ts(flatten))]
    pub options: PersonOptions,
}

impl AddPersonRequest {
    /// Reads a request object with the wire's names. Unknown names are ignored.
    ///
    /// # Errors
    /// `MissingpersonId`, or `InvalidParameter` naming what has a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        let params = Params::of(request)?;
        let (name, note) = name_and_note(params)?;
        Ok(Self {
            person_id: required_id(params, "personId")?,
            group_ids: ids(params, "groupIds")?,
            name,
            note,
            options: PersonOptions::parse(params)?,
        })
    }

    /// The edit.
    #[must_use]
    pub fn edit(&self) -> PersonEdit {
        PersonEdit::AddPerson {
            person_id: self.person_id.clone(),
            name: self.name.clone(),
            note: self.note.clone(),
            groups: self.group_ids.clone(),
        }
    }

    /// The response, from the outcome of the edit.
    #[must_use]
    pub fn response(&self, outcome: &Outcome, request_id: &str) -> AddPersonResponse {
        let (person_id, group_ids) = (outcome.person_id.clone(), outcome.groups.clone());
        AddPersonResponse::of(PersonGroupsData { code: OK, person_id, group_ids }, request_id)
    }
}

response! {
    /// The response of AddPerson.
    AddPersonResponse, PersonGroupsData
}

/// The person that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PersonIdData {
    /// 200.
    pub code: u16,
    /// The person.
    pub person_id: String,
}

/// The request of SetPerson (`POST /green/sface/person/update`): another name or note; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "camelCase", optional_fields))]
pub struct SetPersonRequest {
    /// The person.
    pub person_id: String,
    /// The new name, up to 128 characters.
    pub name: Option<String>,
    /// The new note, up to 2,048 characters.
    pub note: Option<String>,
    /// Library and caller.
    #[cfg_attr(test, ts(flatten))]
    pub options: PersonOptions,
}

impl SetPersonRequest {
    /// Reads a request object with the wire's names. Unknown names are ignored.
    ///
    /// # Errors
    /// `MissingpersonId`, or `InvalidParameter` naming what has a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        let params = Params::of(request)?;
        let (name, note) = new_name_and_note(params)?;
        let person_id = required_id(params, "personId")?;
        Ok(Self { person_id, name, note, options: PersonOptions::parse(params)? })
    }

    /// The edit.
    #[must_use]
    pub fn edit(&self) -> PersonEdit {
        let (name, note) = (self.name.clone(), self.note.clone());
        PersonEdit::SetPerson { person_id: self.person_id.clone(), name, note }
    }

    /// The response, from the outcome of the edit.
    #[must_use]
    pub fn response(&self, outcome: &Outcome, request_id: &str) -> SetPersonResponse {
        SetPersonResponse::of(PersonIdData { code: OK, person_id: outcome.person_id.clone() }, request_id)
    }
}

response! {
    /// The response of SetPerson.
    SetPersonResponse, PersonIdData
}

/// The request of DeletePerson (`POST /green/sface/person/delete`). Faces that were added by AddFaces go with the person; those of
/// indexed photos become nobody's.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "camelCase"))]
pub struct DeletePersonRequest {
    /// The person.
    pub person_id: String,
    /// Library and caller.
    #[cfg_attr(test, ts(flatten))]
    pub options: PersonOptions,
}

impl DeletePersonRequest {
    /// Reads a request object with the wire's names. Unknown names are ignored.
    ///
    /// # Errors
    /// `MissingpersonId`, or `InvalidParameter` naming what has a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        let params = Params::of(request)?;
        Ok(Self { person_id: required_id(params, "personId")?, options: PersonOptions::parse(params)? })
    }

    /// The edit.
    #[must_use]
    pub fn edit(&self) -> PersonEdit {
        PersonEdit::DeletePerson { person_id: self.person_id.clone() }
    }

    /// The response, from the outcome of the edit.
    #[must_use]
    pub fn response(&self, outcome: &Outcome, request_id: &str) -> DeletePersonResponse {
        DeletePersonResponse::of(PersonIdData { code: OK, person_id: outcome.person_id.clone() }, request_id)
    }
}

response! {
    /// The response of DeletePerson.
    DeletePersonResponse, PersonIdData
}

/// The request of MergePersons, which is ours: several persons are one. The faces and groups of the others go to `personId`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "camelCase"))]
pub struct MergePersonsRequest {
    /// The person who stays.
    pub person_id: String,
    /// The persons who go.
    pub from_person_ids: Vec<String>,
    /// Library and caller.
    #[cfg_attr(test, ts(flatten))]
    pub options: PersonOptions,
}

impl MergePersonsRequest {
    /// Reads a request object with the wire's names. Unknown names are ignored.
    ///
    /// # Errors
    /// `MissingpersonId`, `MissingfromPersonIds`, or `InvalidParameter` naming what has a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        let params = Params::of(request)?;
        Ok(Self {
            person_id: required_id(params, "personId")?,
            from_person_ids: required_ids(params, "fromPersonIds")?,
            options: PersonOptions::parse(params)?,
        })
    }

    /// The edit.
    #[must_use]
    pub fn edit(&self) -> PersonEdit {
        PersonEdit::MergePersons { into: self.person_id.clone(), from: self.from_person_ids.clone() }
    }

    /// The response, from the outcome of the edit.
    #[must_use]
    pub fn response(&self, outcome: &Outcome, request_id: &str) -> MergePersonsResponse {
        MergePersonsResponse::of(MergedPersonData::of(outcome), request_id)
    }
}

response! {
    /// The response of MergePersons.
    MergePersonsResponse, MergedPersonData
}

/// A person and the faces that changed the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct MergedPersonData {
    /// 200.
    pub code: u16,
    /// The person: of a merger who stayed, of a split the new one.
    pub person_id: String,
    /// The groups that the person belongs to.
    pub group_ids: Vec<String>,
    /// The faces that have another person now.
    pub face_ids: Vec<String>,
}

impl MergedPersonData {
    pub(super) fn of(outcome: &Outcome) -> Self {
        Self {
            code: OK,
            person_id: outcome.person_id.clone(),
            group_ids: outcome.groups.clone(),
            face_ids: outcome.face_ids.iter().map(ToString::to_string).collect(),
        }
    }
}
