//! Edits as lines of JSON. A face's numbers are kept bit for bit. Imports `library`, `core`, `error`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::{EmbedderInfo, Embedding, EntityId, FaceId, MediaId, MediaType, Rect};
use crate::error::{Error, Result};
use crate::indexing::base64;
use crate::library::{CatalogFields, FaceRecord, MediaRecord, MergedJson};

use super::{ADDED_DOCUMENT, NewFace, PersonEdit};

/// The version that every line states.
const VERSION: u64 = 1;

/// The line of an edit, without a line break.
///
/// # Errors
/// `Internal`, which is not to be expected.
pub fn line_of_edit(edit: &PersonEdit) -> Result<String> {
    let failed = |e: &dyn std::fmt::Display| Error::Internal { reason: format!("edit: {e}") };
    let mut value = serde_json::to_value(EditLine::of(edit)).map_err(|e| failed(&e))?;
    if let Value::Object(map) = &mut value {
        map.insert("v".to_owned(), VERSION.into());
    }
    serde_json::to_string(&value).map_err(|e| failed(&e))
}

/// The edit of a line.
///
/// # Errors
/// What is wrong with it, in words.
pub fn edit_of_line(line: &str) -> Result<PersonEdit, String> {
    let value: Value = serde_json::from_str(line).map_err(|e| format!("not JSON: {e}"))?;
    match value.get("v").and_then(Value::as_u64) {
        Some(VERSION) => {}
        Some(newer) => return Err(format!("version {newer} is not known here; {VERSION} is; update visavis")),
        None => return Err("it states no version \"v\"".to_owned()),
    }
    let line: EditLine = serde_json::from_value(value).map_err(|e| e.to_string())?;
    line.edit()
}

/// A line but for its version.
#[derive(Serialize, Deserialize)]
#[serde(tag = "edit", rename_all_fields = "camelCase")]
enum EditLine {
    AddPerson {
        person_id: String,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        note: Option<String>,
        #[serde(default)]
        groups: Vec<String>,
    },
    SetPerson {
        person_id: String,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        note: Option<String>,
    },
    DeletePerson {
        person_id: String,
    },
    MergePersons {
        into: String,
        from: Vec<String>,
    },
    UnmergePersons {
        into: String,
        from: Vec<String>,
        persons: Vec<MergedJson>,
    },
    SplitPerson {
        person_id: String,
        face_ids: Vec<u64>,
    },
    AddFaces {
        person_id: String,
        faces: Vec<NewFaceLine>,
    },
    AssignFaces {
        person_id: String,
        face_ids: Vec<u64>,
    },
    DeleteFaces {
        person_id: String,
        face_ids: Vec<u64>,
    },
    ForgetFaces {
        face_ids: Vec<u64>,
    },
    KeepFaces {
        person_id: String,
        face_ids: Vec<u64>,
    },
    Discover {
        entity_id: String,
        face_ids: Vec<u64>,
    },
    AddGroups {
        person_id: String,
        groups: Vec<String>,
    },
    DeleteGroups {
        person_id: String,
        groups: Vec<String>,
    },
}

/// A photo with the face that was added.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewFaceLine {
    media: MediaLine,
    face: FaceLine,
    embedder: EmbedderLine,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MediaLine {
    media_id: String,
    path: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    cover: Option<String>,
    width: u32,
    height: u32,
    bytes: u64,
    format: String,
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    created_ms: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FaceLine {
    face_id: u64,
    /// x, y, w, h, score, quality and then the embedding: little-endian f32 as base64.
    numbers: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    expression: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct EmbedderLine {
    id: String,
    sha256: String,
    dim: usize,
}

impl EditLine {
    fn of(edit: &PersonEdit) -> Self {
        let numbers = |ids: &[FaceId]| ids.iter().map(|id| id.0).collect();
        match edit.clone() {
            PersonEdit::AddPerson { person_id, name, note, groups } => {
                Self::AddPerson { person_id, name, note, groups }
            }
            PersonEdit::SetPerson { person_id, name, note } => Self::SetPerson { person_id, name, note },
            PersonEdit::DeletePerson { person_id } => Self::DeletePerson { person_id },
            PersonEdit::MergePersons { into, from } => Self::MergePersons { into, from },
            PersonEdit::UnmergePersons { into, from, persons } => {
                Self::UnmergePersons { into, from, persons: persons.iter().map(MergedJson::of).collect() }
            }
            PersonEdit::SplitPerson { person_id, face_ids } => {
                Self::SplitPerson { person_id, face_ids: numbers(&face_ids) }
            }
            PersonEdit::AddFaces { person_id, faces } => {
                Self::AddFaces { person_id, faces: faces.iter().map(NewFaceLine::of).collect() }
            }
            PersonEdit::AssignFaces { person_id, face_ids } => {
                Self::AssignFaces { person_id, face_ids: numbers(&face_ids) }
            }
            PersonEdit::DeleteFaces { person_id, face_ids } => {
                Self::DeleteFaces { person_id, face_ids: numbers(&face_ids) }
            }
            PersonEdit::ForgetFaces { face_ids } => Self::ForgetFaces { face_ids: numbers(&face_ids) },
            PersonEdit::KeepFaces { person_id, face_ids } => {
                Self::KeepFaces { person_id, face_ids: numbers(&face_ids) }
            }
            PersonEdit::Discover { entity_id, face_ids } => {
                Self::Discover { entity_id: entity_id.0, face_ids: numbers(&face_ids) }
            }
            PersonEdit::AddGroups { person_id, groups } => Self::AddGroups { person_id, groups },
            PersonEdit::DeleteGroups { person_id, groups } => Self::DeleteGroups { person_id, groups },
        }
    }

    fn edit(self) -> Result<PersonEdit, String> {
        let ids = |numbers: Vec<u64>| numbers.into_iter().map(FaceId).collect();
        Ok(match self {
            Self::AddPerson { person_id, name, note, groups } => {
                PersonEdit::AddPerson { person_id, name, note, groups }
            }
            Self::SetPerson { person_id, name, note } => PersonEdit::SetPerson { person_id, name, note },
            Self::DeletePerson { person_id } => PersonEdit::DeletePerson { person_id },
            Self::MergePersons { into, from } => PersonEdit::MergePersons { into, from },
            Self::UnmergePersons { into, from, persons } => {
                let persons = persons.into_iter().map(MergedJson::person).collect();
                PersonEdit::UnmergePersons { into, from, persons }
            }
            Self::SplitPerson { person_id, face_ids } => PersonEdit::SplitPerson { person_id, face_ids: ids(face_ids) },
            Self::AddFaces { person_id, faces } => {
                let faces = faces.into_iter().map(NewFaceLine::new_face).collect::<Result<_, _>>()?;
                PersonEdit::AddFaces { person_id, faces }
            }
            Self::AssignFaces { person_id, face_ids } => PersonEdit::AssignFaces { person_id, face_ids: ids(face_ids) },
            Self::DeleteFaces { person_id, face_ids } => PersonEdit::DeleteFaces { person_id, face_ids: ids(face_ids) },
            Self::ForgetFaces { face_ids } => PersonEdit::ForgetFaces { face_ids: ids(face_ids) },
            Self::KeepFaces { person_id, face_ids } => PersonEdit::KeepFaces { person_id, face_ids: ids(face_ids) },
            Self::Discover { entity_id, face_ids } => {
                PersonEdit::Discover { entity_id: EntityId(entity_id), face_ids: ids(face_ids) }
            }
            Self::AddGroups { person_id, groups } => PersonEdit::AddGroups { person_id, groups },
            Self::DeleteGroups { person_id, groups } => PersonEdit::DeleteGroups { person_id, groups },
        })
    }
}

impl NewFaceLine {
    fn of(new: &NewFace) -> Self {
        let NewFace { media, face, embedder } = new;
        let Rect { x, y, w, h } = face.box_px;
        let mut numbers = vec![x, y, w, h, face.score, face.quality];
        numbers.extend_from_slice(face.embedding.as_slice());
        Self {
            media: MediaLine {
                media_id: media.media_id.0.clone(),
                path: media.path.clone(),
                title: media.title.clone(),
                url: media.url.clone(),
                cover: media.cover.clone(),
                width: media.width,
                height: media.height,
                bytes: media.bytes,
                format: media.format.clone(),
                sha256: media.sha256.clone(),
                created_ms: media.created_ms,
            },
            face: FaceLine {
                face_id: face.face_id.0,
                numbers: base64::encode(&numbers),
                expression: face.expression.clone(),
            },
            embedder: EmbedderLine { id: embedder.id.clone(), sha256: embedder.sha256.clone(), dim: embedder.dim },
        }
    }

    fn new_face(self) -> Result<NewFace, String> {
        let media_id = MediaId(self.media.media_id);
        let face = self.face.record(&media_id)?;
        let media = MediaRecord {
            media_id,
            media_type: MediaType::Image,
            path: self.media.path,
            title: self.media.title,
            url: self.media.url,
            cover: self.media.cover,
            width: self.media.width,
            height: self.media.height,
            bytes: self.media.bytes,
            format: self.media.format,
            sha256: self.media.sha256,
            created_ms: self.media.created_ms,
            modified_ms: None,
            duration_s: None,
            fields: CatalogFields::default(),
            document: ADDED_DOCUMENT.to_owned(),
        };
        let EmbedderLine { id, sha256, dim } = self.embedder;
        Ok(NewFace { media, face, embedder: EmbedderInfo { id, sha256, dim } })
    }
}

impl FaceLine {
    fn record(self, media_id: &MediaId) -> Result<FaceRecord, String> {
        let numbers = base64::decode(&self.numbers).ok_or("numbers: not base64 of numbers")?;
        let [x, y, w, h, score, quality, embedding @ ..] = numbers.as_slice() else {
            return Err("numbers: too few".to_owned());
        };
        Ok(FaceRecord {
            face_id: FaceId(self.face_id),
            media_id: media_id.clone(),
            entity_id: None,
            embedding: Embedding::new(embedding.to_vec()).map_err(|e| e.to_string())?,
            box_px: Rect::new(*x, *y, *w, *h),
            time: None,
            score: *score,
            quality: *quality,
            expression: self.expression,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::{merged_person, new_face};
    use super::*;

    fn every_edit() -> Vec<PersonEdit> {
        let person_id = || "a\"b\n\u{1f600}".to_owned();
        let groups = || vec!["g".to_owned()];
        vec![
            PersonEdit::AddPerson { person_id: person_id(), name: Some("n".into()), note: None, groups: groups() },
            PersonEdit::SetPerson { person_id: person_id(), name: None, note: Some("x".into()) },
            PersonEdit::DeletePerson { person_id: person_id() },
            PersonEdit::MergePersons { into: person_id(), from: groups() },
            PersonEdit::AddFaces { person_id: person_id(), faces: vec![new_face(1), new_face(2)] },
            PersonEdit::AssignFaces { person_id: person_id(), face_ids: vec![FaceId(u64::MAX)] },
            PersonEdit::DeleteFaces { person_id: person_id(), face_ids: vec![FaceId((1 << 53) + 1)] },
            PersonEdit::SplitPerson { person_id: person_id(), face_ids: vec![FaceId(3)] },
            PersonEdit::UnmergePersons { into: person_id(), from: groups(), persons: vec![merged_person()] },
            PersonEdit::ForgetFaces { face_ids: vec![FaceId(7)] },
            PersonEdit::KeepFaces { person_id: person_id(), face_ids: vec![FaceId(8)] },
            PersonEdit::Discover { entity_id: EntityId::of_face(FaceId(7)), face_ids: vec![FaceId(7), FaceId(8)] },
            PersonEdit::AddGroups { person_id: person_id(), groups: groups() },
            PersonEdit::DeleteGroups { person_id: person_id(), groups: groups() },
        ]
    }

    #[test]
    fn every_edit_comes_back_from_its_one_line() {
        for edit in every_edit() {
            let line = line_of_edit(&edit).unwrap();
            assert!(!line.contains('\n'), "{line}");
            // An embedding is made anew of unit length, which must not change a bit of it.
            let back = edit_of_line(&line).unwrap();
            assert_eq!(back, edit, "{line}");
            assert_eq!(line_of_edit(&back).unwrap(), line);
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_says_why() {
        let line = line_of_edit(&every_edit()[4]).unwrap();
        for (bad, says) in [
            ("{", "not JSON"),
            ("[]", "no version"),
            (r#"{"edit":"DeletePerson","personId":"a"}"#, "no version"),
            (r#"{"v":2,"edit":"DeletePerson","personId":"a"}"#, "version 2 is not known here"),
            (r#"{"v":1,"edit":"Explode","personId":"a"}"#, "unknown variant"),
            (r#"{"v":1,"edit":"DeletePerson"}"#, "missing field `personId`"),
            (r#"{"v":1,"edit":"AssignFaces","personId":"a","faceIds":[1.5]}"#, "1.5"),
            (&line.replace("\"numbers\":\"", "\"numbers\":\"*"), "not base64"),
        ] {
            let reason = edit_of_line(bad).unwrap_err();
            assert!(reason.contains(says), "{bad}: {reason}");
        }
    }
}
