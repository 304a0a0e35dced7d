//! The faces of a library as points of the plane, like ones near to each other. An extension. Imports `library` and `error`.

mod layout;

use serde::Serialize;
use serde_json::Value;

use crate::error::Result;
use crate::indexing::face_thumbnail_name;
use crate::library::{FaceView, Library};

use super::params::Params;
use layout::Layout;

/// The most faces on a map.
const MOST: u32 = 5000;
const USUAL: u32 = 2000;
/// How many of its nearest faces pull at a face.
const NEIGHBOURS: usize = 15;

/// What a map is asked for. An extension.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct MapFacesRequest {
    /// The name of the library; the first one where absent.
    #[cfg_attr(test, ts(rename = "SearchLibName"))]
    pub search_lib_name: Option<String>,
    /// The most faces, 1 to 5000; 2000 where absent.
    #[cfg_attr(test, ts(as = "Option<u32>", optional))]
    pub limit: u32,
}

impl MapFacesRequest {
    /// Reads a request. Unknown names are refused.
    ///
    /// # Errors
    /// `InvalidParameter` naming the one that is wrong.
    pub fn parse(request: &Value) -> Result<Self> {
        let params = Params::of(request)?;
        params.only(&["SearchLibName", "limit"])?;
        Ok(Self {
            search_lib_name: params.text("SearchLibName")?.map(str::to_owned),
            limit: params.integer("limit", &(1..=MOST), USUAL)?,
        })
    }
}

/// The faces of a library as points of the plane. An extension.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FaceMap {
    /// How many faces the library has.
    pub total: usize,
    /// All of them, or as many as were asked for, taken evenly from all over the library.
    pub faces: Vec<MappedFace>,
}

/// A face on a map.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct MappedFace {
    /// The face's id.
    pub face_id: String,
    /// The photo or video that it is in.
    pub media_id: String,
    /// The title of that.
    pub title: String,
    /// Whose face it is, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity_id: Option<String>,
    /// That person's name, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The address of the face's small picture; empty where there is none that a page may show.
    pub picture: String,
    /// From left to right, 0 to 1.
    pub x: f64,
    /// From top to bottom, 0 to 1.
    pub y: f64,
}

impl FaceMap {
    /// Changes the address of each picture: here they are relative to the library.
    pub fn map_pictures(&mut self, address: &mut dyn FnMut(&str) -> String) {
        for face in &mut self.faces {
            face.picture = address(&face.picture);
        }
    }
}

/// Places the faces of a library by UMAP (McInnes, Healy and Melville, 2018) over the cosines of their embeddings. Distances between far
/// groups mean little; that faces are neighbours means much. The same library gives the same map.
///
/// # Errors
/// `EmbeddingInvalid` for an embedding without a direction, which an opened library has not.
pub fn map_faces(library: &Library, request: &MapFacesRequest) -> Result<FaceMap> {
    let total = library.face_count();
    let count = total.min(request.limit as usize);
    // In 64 bits: the product is beyond the 32 of WebAssembly from some 860,000 faces on.
    let row = |place: usize| usize::try_from(place as u64 * total as u64 / count.max(1) as u64).unwrap_or(usize::MAX);
    let faces: Vec<FaceView<'_>> = (0..count).filter_map(|place| library.face(row(place))).collect();
    let neighbours = Library::nearest_among(&faces, NEIGHBOURS)?;
    let points = Layout::new(&neighbours, &start(&faces)).run();
    let mapped = |(face, [x, y]): (&FaceView<'_>, [f64; 2])| MappedFace {
        face_id: face.face_id.to_string(),
        media_id: face.media.media_id.to_string(),
        title: face.media.title.clone(),
        entity_id: face.entity.map(|person| person.entity_id.to_string()),
        name: face.entity.map(|person| person.label_name.clone()).filter(|name| !name.is_empty()),
        picture: face_thumbnail_name(face.face_id),
        x,
        y,
    };
    Ok(FaceMap { total, faces: faces.iter().zip(points).map(mapped).collect() })
}

/// Where faces start: along the two directions in which their embeddings differ most (principal components, by power iteration).
fn start(faces: &[FaceView<'_>]) -> Vec<[f32; 2]> {
    let rows: Vec<Vec<f32>> =
        faces.iter().map(|face| face.codes.iter().map(|code| f32::from(*code) * face.scale).collect()).collect();
    let dim = rows.first().map_or(0, Vec::len);
    let mut mean = vec![0.0_f32; dim];
    #[expect(clippy::cast_precision_loss, reason = "at most 5000 faces")]
    let share = 1.0 / rows.len().max(1) as f32;
    for row in &rows {
        add(&mut mean, row, share);
    }
    let centred: Vec<Vec<f32>> = rows
        .into_iter()
        .map(|mut row| {
            add(&mut row, &mean, -1.0);
            row
        })
        .collect();
    let first = direction(&centred, None, dim);
    let second = direction(&centred, Some(&first), dim);
    centred.iter().map(|row| [dot(row, &first), dot(row, &second)]).collect()
}

/// The direction of the greatest variance at right angles to another.
fn direction(rows: &[Vec<f32>], other: Option<&[f32]>, dim: usize) -> Vec<f32> {
    const ROUNDS: usize = 16;
    // Any start will do that is not at right angles to the answer.
    let mut axis: Vec<f32> = (0_u16..).take(dim).map(|i| (f32::from(i) * 1.7 + 1.0).sin()).collect();
    for _ in 0..ROUNDS {
        let mut next = vec![0.0; dim];
        for row in rows {
            add(&mut next, row, dot(row, &axis));
        }
        if let Some(other) = other {
            let along = dot(&next, other);
            add(&mut next, other, -along);
        }
        let length = dot(&next, &next).sqrt();
        if length < 1e-12 {
            break;
        }
        axis = next.iter().map(|value| value / length).collect();
    }
    axis
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(sum: &mut [f32], row: &[f32], times: f32) {
    for (sum, value) in sum.iter_mut().zip(row) {
        *sum += times * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Embedding, MediaType};
    use crate::library::{CatalogFields, FaceRecord};
    use crate::operations::testing::{self, face, media, person};

    /// Four people of `each` faces; their embeddings are near to one of four directions.
    fn library(each: usize) -> Library {
        let mut state = 7_u64;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            f32::from(u8::try_from(state >> 56).unwrap()) / 255.0 - 0.5
        };
        let names = ["Ada", "Bob", "Cleo", "Dan"];
        let mut all = Vec::new();
        let mut faces = Vec::new();
        for (who, name) in names.iter().enumerate() {
            for n in 0..each {
                let key = format!("{name}{n}");
                let mut values: Vec<f32> = (0..128).map(|_| noise() * 0.06).collect();
                values[who * 30] += 1.0;
                all.push(crate::library::MediaRecord {
                    fields: CatalogFields::default(),
                    ..media(&key, MediaType::Image)
                });
                let record = face(&key, 0, 0.5, (who < 3).then_some(*name), None);
                faces.push(FaceRecord { embedding: Embedding::new(values).unwrap(), ..record });
            }
        }
        let people = names[..3].iter().map(|name| person(name, "custom")).collect();
        testing::library(all, faces, people, Vec::new())
    }

    fn map(library: &Library, limit: u32) -> FaceMap {
        map_faces(library, &MapFacesRequest { search_lib_name: None, limit }).unwrap()
    }

    #[test]
    fn faces_of_one_person_lie_nearer_to_each_other_than_to_others() {
        let map = map(&library(40), MOST);
        assert_eq!((map.total, map.faces.len()), (160, 160));
        let name = |face: &MappedFace| face.title.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
        for face in &map.faces {
            assert!((0.0..=1.0).contains(&face.x) && (0.0..=1.0).contains(&face.y));
            let mut others: Vec<(f64, bool)> = map
                .faces
                .iter()
                .filter(|other| other.face_id != face.face_id)
                .map(|other| ((other.x - face.x).hypot(other.y - face.y), name(other) == name(face)))
                .collect();
            others.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert!(others.iter().take(10).all(|(_, same)| *same), "{} lies among others", face.title);
        }
        assert_eq!(map.faces.iter().filter(|face| face.name.as_deref() == Some("Bob")).count(), 40);
        assert_eq!(map.faces.iter().filter(|face| face.entity_id.is_none()).count(), 40);
        assert!(map.faces.iter().all(|face| face.picture == format!("faces/{}.jpg", face.face_id)));
    }

    #[test]
    fn a_face_says_what_it_is_of() {
        let library = library(2);
        for face in map(&library, MOST).faces {
            let row = library.find_media(&testing::media_id(&face.title)).unwrap();
            assert_eq!(library.media(row).unwrap().media_id.to_string(), face.media_id);
        }
    }

    #[test]
    fn the_same_library_gives_the_same_map() {
        assert_eq!(map(&library(10), MOST), map(&library(10), MOST));
    }

    #[test]
    fn few_faces_and_none_have_a_map_too() {
        assert!(map(&testing::library(Vec::new(), Vec::new(), Vec::new(), Vec::new()), 10).faces.is_empty());
        for limit in 1..6 {
            let map = map(&library(2), limit);
            assert_eq!((map.total, map.faces.len()), (8, limit as usize));
            assert!(map.faces.iter().all(|face| (0.0..=1.0).contains(&face.x) && (0.0..=1.0).contains(&face.y)));
        }
        let one = map(&library(2), 1);
        assert_eq!((one.faces[0].x, one.faces[0].y), (0.5, 0.5));
    }

    #[test]
    fn faces_that_are_all_alike_have_places() {
        let faces = (0..20).map(|n| face("a", n, 0.5, None, None)).collect();
        let library = testing::library(vec![media("a", MediaType::Image)], faces, Vec::new(), Vec::new());
        assert!(map(&library, MOST).faces.iter().all(|face| face.x.is_finite() && face.y.is_finite()));
    }

    #[test]
    fn a_limit_takes_faces_from_all_over_the_library() {
        let library = library(40);
        let map = map(&library, 16);
        let mut rows: Vec<usize> = map
            .faces
            .iter()
            .map(|f| library.find_face(crate::core::FaceId(f.face_id.parse().unwrap())).unwrap())
            .collect();
        rows.dedup();
        assert_eq!(rows, (0..16).map(|n| n * 10).collect::<Vec<_>>());
        let wrong = |limit: Value| MapFacesRequest::parse(&serde_json::json!({ "limit": limit })).unwrap_err();
        assert_eq!(wrong(0.into()).parameter(), Some("limit"));
        assert_eq!(wrong(5001.into()).parameter(), Some("limit"));
    }

    #[test]
    fn a_name_that_a_map_has_not_is_refused() {
        for name in ["searchLibName", "Limit", "EntityId"] {
            let error = MapFacesRequest::parse(&serde_json::json!({ name: 5 })).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("{name}: there is no such parameter; known are SearchLibName, limit")
            );
            assert_eq!(error.parameter(), Some(name));
        }
    }
}
