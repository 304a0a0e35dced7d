//! The faces of a person: asked for (getPersonFacesInfo), added, assigned, deleted. Imports `core`, `library`, `indexing`, `error`.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::core::FaceId;
use crate::error::{Error, Result};
use crate::indexing::{MAX_ADDED_FACES, NewFace, Outcome, PersonEdit};
use crate::library::Library;
use crate::operations::params::Params;

use super::parameters::{PersonOptions, face_ids, person_row, required_id, some, texts};
use super::{OK, response};

/// The request of getPersonFacesInfo (`POST /green/sface/faces`): the face images of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "camelCase"))]
pub struct GetFacesRequest {
    /// The person.
    pub person_id: String,
    /// The faces that are asked for, as strings of digits or as numbers; all of the person's where absent or empty.
    #[cfg_attr(test, ts(type = "Array<string | number>", optional))]
    pub face_ids: Option<Vec<FaceId>>,
    /// Library and caller.
    #[cfg_attr(test, ts(flatten))]
    pub options: PersonOptions,
}

impl GetFacesRequest {
    /// Reads a request object with the wire's names. Unknown names are ignored.
    ///
    /// # Errors
    /// `MissingpersonId`, or `InvalidParameter` naming what has a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        let params = Params::of(request)?;
        Ok(Self {
            person_id: required_id(params, "personId")?,
            face_ids: Some(face_ids(params, "faceIds")?).filter(|ids| !ids.is_empty()),
            options: PersonOptions::parse(params)?,
        })
    }
}

response! {
    /// The response of getPersonFacesInfo.
    GetFacesResponse, GetFacesData
}

/// The face images of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct GetFacesData {
    /// 200.
    pub code: u16,
    /// One item a face, in the order asked for, or by ascending id.
    pub face_image_items: Vec<FaceImageItem>,
}

/// One face image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct FaceImageItem {
    /// Whether the person has this face.
    pub success: bool,
    /// The face's id, a 64-bit integer. Ids made here are below 2^53; one that was asked for and is above is only exact in the
    /// text of the response.
    #[cfg_attr(test, ts(type = "number"))]
    pub face_id: u64,
    /// Where the face's picture is; absent where the person has no such face.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The face images of a person; `url_of` says where the picture of a face is.
///
/// # Errors
/// `ResourceNotFound` for an unknown person. An unknown face is an item without success.
pub fn get_person_faces(
    library: &Library,
    request: &GetFacesRequest,
    url_of: &dyn Fn(FaceId) -> String,
    request_id: &str,
) -> Result<GetFacesResponse> {
    let row = person_row(library, &request.person_id)?;
    let known: BTreeSet<FaceId> = library.face_ids_of_entity(row).iter().copied().collect();
    let item = |id: FaceId| {
        let success = known.contains(&id);
        FaceImageItem { success, face_id: id.0, url: success.then(|| url_of(id)) }
    };
    let face_image_items = match &request.face_ids {
        Some(asked) => asked.iter().copied().map(item).collect(),
        None => known.iter().copied().map(item).collect(),
    };
    Ok(GetFacesResponse::of(GetFacesData { code: OK, face_image_items }, request_id))
}

/// The request of AddFaces (`POST /green/sface/face/add`): faces from photos, the largest of each.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "camelCase"))]
pub struct AddFacesRequest {
    /// The person.
    pub person_id: String,
    /// The photos, 1 to 20; a person has at most 20 faces added so.
    pub urls: Vec<String>,
    /// Library and caller.
    #[cfg_attr(test, ts(flatten))]
    pub options: PersonOptions,
}

impl AddFacesRequest {
    /// Reads a request object with the wire's names. Unknown names (such as `bizType`) are ignored.
    ///
    /// # Errors
    /// `MissingpersonId`, `Missingurls`, `LimitExceededError` for more than 20 photos, or `InvalidParameter`.
    pub fn parse(request: &Value) -> Result<Self> {
        let params = Params::of(request)?;
        let person_id = required_id(params, "personId")?;
        let urls = some("urls", texts(params, "urls")?)?;
        if urls.len() > MAX_ADDED_FACES {
            let what = format!("{} urls", urls.len());
            return Err(Error::LimitExceeded { what, limit: MAX_ADDED_FACES as u64 });
        }
        Ok(Self { person_id, urls, options: PersonOptions::parse(params)? })
    }

    /// The edit that adds those of the faces that could be made of the photos.
    ///
    /// # Errors
    /// The error of the first photo, where none could be used.
    pub fn edit(&self, faces: &[Result<NewFace>]) -> Result<PersonEdit> {
        let usable: Vec<NewFace> = faces.iter().filter_map(|face| face.as_ref().ok()).cloned().collect();
        match (usable.is_empty(), faces.first()) {
            (true, Some(Err(error))) => Err(error.clone()),
            _ => Ok(PersonEdit::AddFaces { person_id: self.person_id.clone(), faces: usable }),
        }
    }

    /// The response, from the outcome of the edit and the faces that it was made of, in the order of `urls`.
    #[must_use]
    pub fn response(&self, outcome: &Outcome, faces: &[Result<NewFace>], request_id: &str) -> AddFacesResponse {
        let item = |(url, face): (&String, &Result<NewFace>)| {
            let error = face.as_ref().err();
            AddedFaceItem {
                success: error.is_none(),
                face_id: face.as_ref().ok().map(|new| new.face.face_id.0),
                url: Some(url.clone()),
                error_code: error.map(Error::code),
                error_msg: error.map(ToString::to_string),
            }
        };
        AddFacesResponse::of(added(outcome, self.urls.iter().zip(faces).map(item).collect()), request_id)
    }
}

/// The request of AssignFaces, which is ours: faces that the library has already, anybody's or nobody's, are the person's.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "camelCase"))]
pub struct AssignFacesRequest {
    /// The person.
    pub person_id: String,
    /// The faces, as strings of digits or as numbers.
    #[cfg_attr(test, ts(type = "Array<string | number>"))]
    pub face_ids: Vec<FaceId>,
    /// Library and caller.
    #[cfg_attr(test, ts(flatten))]
    pub options: PersonOptions,
}

impl AssignFacesRequest {
    /// Reads a request object with the wire's names. Unknown names are ignored.
    ///
    /// # Errors
    /// `MissingpersonId`, `MissingfaceIds`, or `InvalidParameter` naming what has a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        let params = Params::of(request)?;
        Ok(Self {
            person_id: required_id(params, "personId")?,
            face_ids: some("faceIds", face_ids(params, "faceIds")?)?,
            options: PersonOptions::parse(params)?,
        })
    }

    /// The edit.
    #[must_use]
    pub fn edit(&self) -> PersonEdit {
        PersonEdit::AssignFaces { person_id: self.person_id.clone(), face_ids: self.face_ids.clone() }
    }

    /// The response, from the outcome of the edit.
    #[must_use]
    pub fn response(&self, outcome: &Outcome, request_id: &str) -> AddFacesResponse {
        let item = |id: &FaceId| {
            let success = outcome.face_ids.contains(id);
            let error = Error::ResourceNotFound { kind: "face".to_owned(), id: id.to_string() };
            let error = Some(error).filter(|_| !success);
            AddedFaceItem {
                success,
                face_id: Some(id.0),
                url: None,
                error_code: error.as_ref().map(Error::code),
                error_msg: error.as_ref().map(ToString::to_string),
            }
        };
        AddFacesResponse::of(added(outcome, self.face_ids.iter().map(item).collect()), request_id)
    }
}

fn added(outcome: &Outcome, face_image_items: Vec<AddedFaceItem>) -> AddFacesData {
    let (person_id, group_ids) = (outcome.person_id.clone(), outcome.groups.clone());
    AddFacesData { code: OK, person_id, group_ids, face_image_items }
}

response! {
    /// The response of AddFaces and of AssignFaces.
    AddFacesResponse, AddFacesData
}

/// What came of each face that was to be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct AddFacesData {
    /// 200.
    pub code: u16,
    /// The person.
    pub person_id: String,
    /// The groups that the person belongs to.
    pub group_ids: Vec<String>,
    /// One item a photo or face, in the order of the request.
    pub face_image_items: Vec<AddedFaceItem>,
}

/// What came of one face.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct AddedFaceItem {
    /// Whether the face is the person's now.
    pub success: bool,
    /// The face's id, a 64-bit integer; absent where no face was made of the photo.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number", optional))]
    pub face_id: Option<u64>,
    /// The photo, as it was named in the request; of AddFaces only. Ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The code of the error, where there was no success. Ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// Why there was no success. Ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_msg: Option<String>,
}

/// The request of DeleteFaces (`POST /green/sface/face/delete`): faces are no longer the person's.
///
/// One that was added by AddFaces goes, with its photo; one of an indexed photo becomes nobody's.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "camelCase"))]
pub struct DeleteFacesRequest {
    /// The person.
    pub person_id: String,
    /// The faces, as strings of digits or as numbers.
    #[cfg_attr(test, ts(type = "Array<string | number>"))]
    pub face_ids: Vec<FaceId>,
    /// Library and caller.
    #[cfg_attr(test, ts(flatten))]
    pub options: PersonOptions,
}

impl DeleteFacesRequest {
    /// Reads a request object with the wire's names. Unknown names are ignored.
    ///
    /// # Errors
    /// `MissingpersonId`, `MissingfaceIds`, or `InvalidParameter` naming what has a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        let AssignFacesRequest { person_id, face_ids, options } = AssignFacesRequest::parse(request)?;
        Ok(Self { person_id, face_ids, options })
    }

    /// The edit.
    #[must_use]
    pub fn edit(&self) -> PersonEdit {
        PersonEdit::DeleteFaces { person_id: self.person_id.clone(), face_ids: self.face_ids.clone() }
    }

    /// The response, from the outcome of the edit.
    #[must_use]
    pub fn response(&self, outcome: &Outcome, request_id: &str) -> DeleteFacesResponse {
        let data = DeleteFacesData {
            code: OK,
            person_id: outcome.person_id.clone(),
            face_ids: outcome.face_ids.iter().map(ToString::to_string).collect(),
            delete_count: outcome.face_ids.len(),
        };
        DeleteFacesResponse::of(data, request_id)
    }
}

response! {
    /// The response of DeleteFaces.
    DeleteFacesResponse, DeleteFacesData
}

/// The faces that are no longer the person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct DeleteFacesData {
    /// 200.
    pub code: u16,
    /// The person.
    pub person_id: String,
    /// The faces that the person had and has no longer.
    pub face_ids: Vec<String>,
    /// How many those are.
    #[cfg_attr(test, ts(type = "number"))]
    pub delete_count: usize,
}
