//! Live pictures: the faces of each are followed, and searched for when they are new or seen clearly better.

use std::cell::RefCell;
use std::rc::Rc;

use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::client::WebClient;
use super::failure::answer;
use super::host::given;
use super::input::{ImageInput, Options};
use super::libraries::Slot;
use super::output::to_js;
use super::session::Session;
use super::wait::unless_aborted;
use crate::core::Embedding;
use crate::error::{Error, Result};
use crate::indexing::{LiveTracker, Sighting};
use crate::library::{FaceFilter, FaceQuery, Library};
use crate::operations::{FaceObject, SearchOptions, score_of_cosine};
use crate::vision::{DetectOptions, Face, Photo};

/// Faces below this score are not looked at; those below the threshold of photos only go on with tracks.
const LOWEST_SCORE: f32 = 0.4;

/// Who a face is, by the library's nearest face.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Match {
    /// Empty where nobody is known by that face.
    entity_id: String,
    label_name: String,
    category: String,
    score: f32,
    media_id: String,
    face_id: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WatchedFace {
    track_id: u64,
    #[serde(flatten)]
    face: FaceObject,
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    found: Option<Match>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WatchedFrame {
    width: u32,
    height: u32,
    faces: Vec<WatchedFace>,
    /// Tracks that are over.
    ended: Vec<u64>,
    /// Faces that were searched for.
    searches: u32,
}

/// How a picture is looked at.
struct FrameOptions {
    time_s: f64,
    search: bool,
    library: Option<String>,
    search_options: SearchOptions,
}

/// A face of a picture, with the number of its track.
struct Tracked {
    face: Face,
    embedding: Embedding,
    track: u64,
}

/// A camera, or another source of live pictures.
#[wasm_bindgen]
pub struct WebWatch {
    session: Rc<Session>,
    live: RefCell<LiveTracker<Match>>,
}

#[wasm_bindgen]
impl WebClient {
    /// Begins to watch; the first face that is seen gets this number.
    #[wasm_bindgen(js_name = beginWatch)]
    #[must_use]
    pub fn begin_watch(&self, first_track: u32) -> WebWatch {
        let live = LiveTracker::new(u64::from(first_track), DetectOptions::default().score_threshold);
        WebWatch { session: Rc::clone(&self.session), live: RefCell::new(live) }
    }
}

#[wasm_bindgen]
impl WebWatch {
    /// Looks at the picture of a moment. Options: `timeS`, `search`, `library`, `threshold`. Answers the faces with the numbers of
    /// their tracks, and who they are.
    ///
    /// # Errors
    /// A `VisavisError`.
    pub async fn frame(
        &self,
        image: JsValue,
        options: JsValue,
        signal: Option<AbortSignal>,
    ) -> Result<JsValue, JsValue> {
        answer(async |_| {
            let image = ImageInput::parse(&image, &self.session.limits)?;
            let library = given(&options, "library").and_then(|name| name.as_string());
            let options = Options::of(options)?;
            let options = FrameOptions {
                time_s: options.exact("timeS")?.unwrap_or(0.0),
                search: options.flag("search")?.unwrap_or(true),
                library,
                search_options: options.search()?,
            };
            to_js(&unless_aborted(signal.as_ref(), self.look(image, options)).await?)
        })
        .await
    }
}

impl WebWatch {
    async fn look(&self, image: ImageInput, options: FrameOptions) -> Result<WatchedFrame> {
        let session = &self.session;
        options.search_options.threshold_for(session.engine.embedder(), 0)?;
        let library = if options.search {
            let slot =
                session.libraries.find(options.library.as_deref()).map_err(|error| error.of_library("library"))?;
            Some((slot, session.libraries.open_tables(slot).await?))
        } else {
            None
        };
        let (photo, _) = session.load(image, "frame").await?;
        let faces = session.engine.detect(&photo, &detection())?;
        let mut seen = Vec::with_capacity(faces.len());
        for face in faces {
            match session.engine.embed(&face) {
                Ok(embedding) => {
                    let sighting = Sighting { box_px: face.box_px, score: face.score, embedding };
                    seen.push((face, sighting));
                }
                // A face without usable landmarks is passed over: the next picture comes soon.
                Err(Error::EmbeddingInvalid { .. } | Error::Internal { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let sightings: Vec<Sighting> = seen.iter().map(|(_, sighting)| sighting.clone()).collect();
        let step = self.live.borrow_mut().step(options.time_s, &sightings);
        let numbered = seen.into_iter().zip(step.tracks);
        let tracked: Vec<Tracked> = numbered
            .filter_map(|((face, sighting), track)| {
                Some(Tracked { face, embedding: sighting.embedding, track: track? })
            })
            .collect();
        let searches = match &library {
            Some((slot, library)) => {
                self.search(&photo, &tracked, (*slot, library.library.version()), &options).await?
            }
            None => 0,
        };
        let live = self.live.borrow();
        let watched = |tracked: &Tracked| WatchedFace {
            track_id: tracked.track,
            face: FaceObject::of(&tracked.face, None),
            found: live.found(tracked.track).cloned(),
        };
        let faces = tracked.iter().map(watched).collect();
        Ok(WatchedFrame { width: photo.width, height: photo.height, faces, ended: step.closed, searches })
    }

    /// Searches for the faces that are new or seen clearly better. Answers how many these are.
    async fn search(
        &self,
        photo: &Photo,
        tracked: &[Tracked],
        (slot, version): (&Slot, &str),
        options: &FrameOptions,
    ) -> Result<u32> {
        let engine = &self.session.engine;
        let scope = format!("{:?} {version} {:?}", options.library, options.search_options.threshold);
        let wanted: Vec<&Tracked> = {
            let live = self.live.borrow();
            let wants = |it: &&Tracked| live.wants_search(it.track, it.face.quality.score, &it.embedding, &scope);
            tracked.iter().filter(wants).collect()
        };
        if wanted.is_empty() {
            return Ok(0);
        }
        let mut searches = 0;
        for Tracked { face, embedding, track } in wanted {
            // It is worth the second look at its landmarks that the others do without.
            let refined = engine.refined(photo, face)?;
            let query = FaceQuery { embedding: engine.embed(&refined)?, embedder: engine.embedder().clone() };
            let library = match self.session.libraries.near(slot, &query).await {
                // Faces near this one cannot be fetched now: the watch goes on with those that are here.
                Err(error) if error.is_of_download() => self.session.libraries.open_tables(slot).await?,
                library => library?,
            };
            let found = nearest(&library.library, &query, &options.search_options)?;
            self.live.borrow_mut().searched(*track, face.quality.score, embedding, &scope, found);
            searches += 1;
        }
        Ok(searches)
    }
}

/// Live pictures have no time for a second look at every face, nor for small ones.
fn detection() -> DetectOptions {
    DetectOptions { score_threshold: LOWEST_SCORE, refine: false, small_faces: false, ..DetectOptions::default() }
}

/// The library's nearest face above the threshold.
fn nearest(library: &Library, query: &FaceQuery, options: &SearchOptions) -> Result<Option<Match>> {
    let threshold = options.threshold_for(library.embedder(), library.face_count())?;
    let hits = library.search(query, &FaceFilter::default(), threshold, 1)?;
    let found = hits.first().and_then(|hit| Some((library.face(hit.face_row)?, hit.cosine)));
    Ok(found.map(|(face, cosine)| Match {
        entity_id: face.entity.map(|person| person.entity_id.0.clone()).unwrap_or_default(),
        label_name: face.entity.map(|person| person.label_name.clone()).unwrap_or_default(),
        category: face.entity.map_or_else(|| "unknown".to_owned(), |person| person.category.clone()),
        score: score_of_cosine(library.embedder(), cosine),
        media_id: face.media.media_id.0.clone(),
        face_id: face.face_id.0,
    }))
}
