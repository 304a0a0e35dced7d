//! UnmergePersons and SplitPerson, which are ours. Imports `core`, `indexing`, `error`.

use serde_json::Value;

use crate::core::FaceId;
use crate::error::Result;
use crate::indexing::{Outcome, PersonEdit};

use super::faces::AssignFacesRequest;
use super::parameters::PersonOptions;
use super::person::{MergePersonsRequest, MergedPersonData};
use super::response;

/// The request of UnmergePersons, which is ours: undoes MergePersons. The others are persons again, with the name, groups and note that
/// they had and the faces that they brought, as far as `personId` still has them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "camelCase"))]
pub struct UnmergePersonsRequest {
    /// The person into whom the others were merged.
    pub person_id: String,
    /// The persons who are to be there again, by the ids that they had.
    pub from_person_ids: Vec<String>,
    /// Library and caller.
    #[cfg_attr(test, ts(flatten))]
    pub options: PersonOptions,
}

impl UnmergePersonsRequest {
    /// Reads a request object with the wire's names. Unknown names are ignored.
    ///
    /// # Errors
    /// `MissingpersonId`, `MissingfromPersonIds`, or `InvalidParameter` naming what has a wrong type or value.
    pub fn parse(request: &Value) -> Result<Self> {
        let MergePersonsRequest { person_id, from_person_ids, options } = MergePersonsRequest::parse(request)?;
        Ok(Self { person_id, from_person_ids, options })
    }

    /// The edit.
    #[must_use]
    pub fn edit(&self) -> PersonEdit {
        let (into, from) = (self.person_id.clone(), self.from_person_ids.clone());
        PersonEdit::UnmergePersons { into, from, persons: Vec::new() }
    }

    /// The response, from the outcome of the edit.
    #[must_use]
    pub fn response(&self, outcome: &Outcome, request_id: &str) -> UnmergePersonsResponse {
        UnmergePersonsResponse::of(MergedPersonData::of(outcome), request_id)
    }
}

response! {
    /// The response of UnmergePersons: of `personId`, and the faces that went back to the others.
    UnmergePersonsResponse, MergedPersonData
}

/// The request of SplitPerson, which is ours: some faces of a person are another one's, whom nobody has named yet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "camelCase"))]
pub struct SplitPersonRequest {
    /// The person.
    pub person_id: String,
    /// The faces of the other one, as strings of digits or as numbers.
    #[cfg_attr(test, ts(type = "Array<string | number>"))]
    pub face_ids: Vec<FaceId>,
    /// Library and caller.
    #[cfg_attr(test, ts(flatten))]
    pub options: PersonOptions,
}

impl SplitPersonRequest {
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
        PersonEdit::SplitPerson { person_id: self.person_id.clone(), face_ids: self.face_ids.clone() }
    }

    /// The response, from the outcome of the edit.
    #[must_use]
    pub fn response(&self, outcome: &Outcome, request_id: &str) -> SplitPersonResponse {
        SplitPersonResponse::of(MergedPersonData::of(outcome), request_id)
    }
}

response! {
    /// The response of SplitPerson: of the new person, with the faces that the person has.
    SplitPersonResponse, MergedPersonData
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::support::contents;
    use super::*;
    use crate::indexing::apply_edit;

    #[test]
    fn mergers_are_undone_and_persons_split() {
        let mut contents = contents();
        let before = contents.clone();
        let merge =
            MergePersonsRequest::parse(&json!({ "personId": "ada", "fromPersonIds": ["bea"], "x": 1 })).unwrap();
        let merged = apply_edit(&mut contents, &merge.edit()).unwrap();
        let request = json!({ "personId": "ada", "fromPersonIds": "[\"bea\"]", "searchLibName": "mine" });
        let unmerge = UnmergePersonsRequest::parse(&request).unwrap();
        assert_eq!(unmerge.options.search_lib_name.as_deref(), Some("mine"));
        let outcome = apply_edit(&mut contents, &unmerge.edit()).unwrap();
        let faces: Vec<String> = merged.face_ids.iter().map(ToString::to_string).collect();
        assert_eq!(
            serde_json::to_value(unmerge.response(&outcome, "R1")).unwrap(),
            json!({ "code": 200, "requestId": "R1", "msg": "OK",
                "data": { "code": 200, "personId": "ada", "groupIds": ["g1", "g2"], "faceIds": faces } })
        );
        contents.entities.sort_by(|a, b| a.entity_id.cmp(&b.entity_id));
        let mut expected = before.entities.clone();
        expected.sort_by(|a, b| a.entity_id.cmp(&b.entity_id));
        assert_eq!((&contents.faces, contents.entities), (&before.faces, expected));

        let ada = before.faces.iter().find(|face| face.entity_id == Some(crate::core::EntityId::of_person("ada")));
        let face = ada.unwrap().face_id;
        let split = SplitPersonRequest::parse(&json!({ "personId": "ada", "faceIds": [face.0, "5"], "x": 1 })).unwrap();
        let outcome = apply_edit(&mut before.clone(), &split.edit()).unwrap();
        let data = serde_json::to_value(split.response(&outcome, "R1")).unwrap()["data"].clone();
        assert_eq!((&data["groupIds"], &data["faceIds"]), (&json!([]), &json!([face.to_string()])));
        assert_eq!(data["personId"].as_str().map(str::len), Some(32));
    }

    #[test]
    fn what_is_missing_is_named() {
        let codes = |request: serde_json::Value| {
            let [unmerge, split] =
                [UnmergePersonsRequest::parse(&request).err(), SplitPersonRequest::parse(&request).err()];
            [unmerge, split].map(|error| error.map(|error| error.code().clone()))
        };
        assert_eq!(codes(json!({})), ["MissingpersonId", "MissingpersonId"].map(|code| Some(code.to_owned())));
        let about = codes(json!({ "personId": "a" }));
        assert_eq!(about, ["MissingfromPersonIds", "MissingfaceIds"].map(|code| Some(code.to_owned())));
    }
}
