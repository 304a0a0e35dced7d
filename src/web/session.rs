//! What a client does, in our own types: models, libraries, tokens, and the calls of the bindings.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use futures_util::future::{OptionFuture, try_join, try_join3};

use super::address::resolve_fetched;
use super::cache::FileCache;
use super::config::{Config, ModelFile};
use super::input::{ImageInput, ImageSource};
use super::libraries::{Libraries, OpenLibrary, Slot};
use super::network::{Downloaded, Network, PromisedFile, SharedNetwork};
use super::operate::{Call, CallOptions};
use super::output::{CompareResult, EmbedderObject, FaceResult, FacesResult, LibraryStats, Stats};
use super::wait::turn;
use crate::core::Digest;
use crate::error::{Error, Result};
use crate::operations::{
    FaceChoice, FaceObject, OWN_STORE_PREFIX, QuerySource, SearchMediaByFaceRequest, SearchMediaByFaceResponse,
    SearchMediaClipByFaceRequest, SearchMediaClipByFaceResponse, SearchOptions, Similarities, StateChange, StoredQuery,
    TaskStore, TokenStore, face_of_photo, query_of_face, query_of_photo, score_of_cosine, search_media_by_face,
    search_media_clip_by_face, similarities,
};
use crate::vision::{DecodeLimits, DetectOptions, Engine, EngineModels, Face, Photo};

/// How long it takes until tokens and tasks are looked through again for those whose time is over.
const EXPIRY_PAUSE_MS: i64 = 60_000;

/// The state of one client.
pub(super) struct Session {
    pub(super) engine: Engine,
    pub(super) has_expression: bool,
    pub(super) tokens: RefCell<TokenStore>,
    pub(super) tasks: RefCell<TaskStore>,
    pub(super) limits: DecodeLimits,
    pub(super) libraries: Libraries,
    pub(super) network: SharedNetwork,
    base: Option<String>,
    searches: Cell<u32>,
    last_expiry_ms: Cell<i64>,
    photos: Cell<u32>,
}

/// A SearchMediaByFace call, checked.
pub(super) struct SearchCall {
    request: SearchMediaByFaceRequest,
    image: Option<ImageInput>,
    options: SearchOptions,
    choice: FaceChoice,
    now_ms: i64,
}

impl SearchCall {
    /// # Errors
    /// `Missing...` and `InvalidParameter` naming what is wrong.
    pub(super) fn of(call: &Call, image: Option<ImageInput>) -> Result<Self> {
        let CallOptions { now_ms, search, choice, .. } = call.options;
        let request = SearchMediaByFaceRequest::parse(&call.request)?;
        Ok(Self { request, image, options: search, choice, now_ms })
    }
}

impl Session {
    /// Downloads and prepares the models.
    ///
    /// # Errors
    /// Those of the downloads, and `ModelInvalid`.
    pub(super) async fn start(config: Config, progress: Option<js_sys::Function>) -> Result<Self> {
        let cache = Rc::new(FileCache::new(config.cache_name));
        let network = Rc::new(Network { cache, timeout_ms: config.timeout_ms, progress, fetch: config.fetch });
        let expression: OptionFuture<_> = config.expression.as_ref().map(|file| fetch_model(&network, file)).into();
        let expression = async { expression.await.transpose() };
        let detector = fetch_model(&network, &config.detector);
        let embedder = fetch_model(&network, &config.embedder);
        let models = try_join3(detector, embedder, expression);
        let meanwhile = async {
            Engine::warm_up();
            Ok(())
        };
        let ((detector, embedder, expression), ()) = try_join(models, meanwhile).await?;
        let models = EngineModels {
            detector: &detector,
            embedder: &embedder,
            embedder_sha256: config.embedder.sha256,
            expression: expression.as_deref(),
        };
        let engine = Engine::new(&models)?;
        let libraries = Libraries::new(config.libraries, Rc::clone(&network), engine.embedder())?;
        Ok(Self {
            engine,
            has_expression: expression.is_some(),
            tokens: RefCell::new(config.token_lifetime_ms.map_or_else(TokenStore::default, TokenStore::new)),
            tasks: RefCell::default(),
            limits: config.limits,
            libraries,
            network,
            base: config.base,
            searches: Cell::new(0),
            last_expiry_ms: Cell::new(0),
            photos: Cell::new(0),
        })
    }

    /// SearchMediaByFace. The library is downloaded while the photo is.
    ///
    /// # Errors
    /// Those of the downloads, the decoder, the detector and the search.
    pub(super) async fn search(&self, mut call: SearchCall, request_id: &str) -> Result<SearchMediaByFaceResponse> {
        let (slot, query) = self.query(&mut call).await?;
        let library = self.libraries.near(slot, &query.query).await?;
        self.searches.set(self.searches.get().saturating_add(1));
        let SearchCall { request, options, .. } = call;
        let response = search_media_by_face(&library.library, &query.query, &request, &options, request_id)?;
        Ok(absolute(response, &library))
    }

    /// How much all faces of a library look like the query of a search.
    ///
    /// # Errors
    /// Those of `search`.
    pub(super) async fn similarities(&self, mut call: SearchCall) -> Result<Similarities> {
        let (slot, query) = self.query(&mut call).await?;
        let library = self.libraries.open(slot).await?;
        similarities(&library.library, &query.query, &call.request, &call.options)
    }

    /// The face that a search means, and the library that it searches, whose tables are there then.
    async fn query(&self, call: &mut SearchCall) -> Result<(&Slot, StoredQuery)> {
        let SearchCall { request, image, options, choice, now_ms } = call;
        let slot = self.libraries.find(request.search_lib_name.as_deref())?;
        options.threshold_for(self.engine.embedder(), 0)?;
        let embedder = self.engine.embedder();
        let source = self.tokens.borrow_mut().source_of(request, choice, image.is_some(), embedder, *now_ms)?;
        let (image, stored) = match source {
            QuerySource::Token(stored) => (None, Some(*stored)),
            QuerySource::Url(url) => (Some(ImageInput::of_url(&url)), None),
            QuerySource::Image => (image.take(), None),
        };
        let is_here = Cell::new(false);
        let library = async {
            let library = self.libraries.open_tables(slot).await;
            is_here.set(true);
            library
        };
        let face = async {
            match (image, stored) {
                (Some(image), _) => {
                    let (photo, name) = self.load(image, "PersonImageUrl").await?;
                    self.remember(&photo, &name, request, *choice, *now_ms, &is_here).await
                }
                (None, Some(stored)) => Ok(stored),
                (None, None) => Err(Error::Internal { reason: "a search without a query".to_owned() }),
            }
        };
        // The library first: it is on its way while the photo is decoded and its faces are looked for.
        let (_, query) = try_join(library, face).await?;
        Ok((slot, query))
    }

    /// Embeds the chosen face, and lets the token name it.
    async fn remember(
        &self,
        photo: &Photo,
        name: &str,
        request: &SearchMediaByFaceRequest,
        choice: FaceChoice,
        now_ms: i64,
        library_is_here: &Cell<bool>,
    ) -> Result<StoredQuery> {
        // Each step takes a while. Before it, what has come of the library may ask for what it needs next.
        let let_come = async || {
            if !library_is_here.get() {
                turn().await;
            }
        };
        let_come().await;
        let face = face_of_photo(&self.engine, photo, &choice, name)?;
        let_come().await;
        let query = query_of_face(&self.engine, &face, name)?;
        let stored = StoredQuery::new(query, request.person_image_url.as_deref(), choice);
        self.tokens.borrow_mut().insert(&request.face_search_token, stored.clone(), now_ms);
        Ok(stored)
    }

    /// The faces of an image, with embeddings where they are asked for.
    ///
    /// # Errors
    /// Those of the download, the decoder and the models.
    pub(super) async fn faces(
        &self,
        image: ImageInput,
        detection: DetectOptions,
        expression: bool,
        embeddings: bool,
    ) -> Result<FacesResult> {
        let (photo, _) = self.load(image, "image").await?;
        let found = self.engine.detect(&photo, &detection)?;
        let faces = found.iter().map(|face| self.face_result(&photo, face, expression, embeddings));
        Ok(FacesResult {
            width: photo.width,
            height: photo.height,
            embedder: embeddings.then(|| EmbedderObject::of(self.engine.embedder())),
            faces: faces.collect::<Result<_>>()?,
        })
    }

    fn face_result(&self, photo: &Photo, face: &Face, expression: bool, embedding: bool) -> Result<FaceResult> {
        let expression = if expression { self.engine.expression(photo, face)? } else { None };
        let embedding = if embedding { Some(self.engine.embed(face)?) } else { None };
        let object = FaceObject::of(face, expression.as_ref());
        Ok(FaceResult::new(object, embedding.as_ref().map(crate::core::Embedding::as_slice)))
    }

    /// Whether the largest faces of two images are the same person's.
    ///
    /// # Errors
    /// Those of the downloads and the decoder; `NoFace` and `FaceTooSmall` say which image is meant.
    pub(super) async fn compare(&self, a: ImageInput, b: ImageInput, options: SearchOptions) -> Result<CompareResult> {
        let info = self.engine.embedder();
        let threshold = options.threshold_for(info, 1)?;
        let (a, b) = (which(a, "image a"), which(b, "image b"));
        let (a, b) = try_join(self.load(a, "image a"), self.load(b, "image b")).await?;
        let query = |(photo, name): &(Photo, String)| query_of_photo(&self.engine, photo, &FaceChoice::Largest, name);
        let ((query_a, face_a), (query_b, face_b)) = (query(&a)?, query(&b)?);
        let cosine = query_a.embedding.cosine(&query_b.embedding);
        Ok(CompareResult {
            cosine,
            score: score_of_cosine(info, cosine),
            same: cosine >= threshold,
            threshold,
            face_a: FaceObject::of(&face_a, None),
            face_b: FaceObject::of(&face_b, None),
        })
    }

    /// Opens a library before it is searched: all that can be downloaded before a query is known.
    ///
    /// # Errors
    /// `UnknownLibrary`, and those of the download.
    pub(super) async fn open_library(&self, name: Option<&str>) -> Result<LibraryStats> {
        let slot = self.libraries.find(name).map_err(|error| error.of_library("name"))?;
        Ok(self.libraries.open_tables(slot).await?.stats().clone())
    }

    /// The library that the option `library` names, or the first that can be changed.
    ///
    /// # Errors
    /// Those of `Libraries::writable`, which name the option.
    pub(super) fn own_library(&self, name: Option<&str>) -> Result<&Slot> {
        self.libraries.writable(name).map_err(|error| error.of_library("library"))
    }

    /// What this client has done and holds.
    pub(super) fn stats(&self) -> Stats {
        Stats {
            embedder: EmbedderObject::of(self.engine.embedder()),
            libraries: self.libraries.stats(),
            tokens: self.tokens.borrow().len(),
            memory_bytes: super::host::memory_bytes(),
            searches: self.searches.get(),
            photos: self.photos.get(),
            cache: self.network.cache.counts(),
        }
    }

    /// SearchMediaClipByFace: where in one media the person of an earlier search is seen.
    ///
    /// # Errors
    /// `ResourceNotFound` for a token or a media that is not known, and those of the download.
    pub(super) async fn clips(&self, call: &Call, request_id: &str) -> Result<SearchMediaClipByFaceResponse> {
        let request = SearchMediaClipByFaceRequest::parse(&call.request)?;
        let slot = self.libraries.find(request.search_lib_name.as_deref())?;
        let stored = self.tokens.borrow_mut().use_token(&request.face_search_token, call.options.now_ms)?;
        let library = self.libraries.near(slot, &stored.query).await?;
        search_media_clip_by_face(&library.library, &stored.query, &request, &call.options.search, request_id)
    }

    /// Forgets a token; answers whether it was known.
    ///
    /// # Errors
    /// `Missingtoken`.
    pub(super) fn forget_token(&self, call: &Call) -> Result<bool> {
        let token = call.request.get("token").and_then(serde_json::Value::as_str);
        let token = token.ok_or_else(|| Error::MissingParameter { parameter: "token".to_owned() })?;
        Ok(self.tokens.borrow_mut().forget(token))
    }

    /// Forgets tokens and tasks whose time is over, now and then.
    pub(super) fn forget_expired(&self, now_ms: i64) {
        if (now_ms - self.last_expiry_ms.get()).abs() >= EXPIRY_PAUSE_MS {
            self.last_expiry_ms.set(now_ms);
            self.tokens.borrow_mut().expire(now_ms);
            self.tasks.borrow_mut().expire(now_ms);
        }
    }

    /// What changed since the last call in what a client remembers: tokens, tasks, libraries of its own.
    pub(super) fn take_changes(&self) -> Vec<StateChange> {
        let mut changes = self.tokens.borrow_mut().take_changes();
        changes.extend(self.tasks.borrow_mut().take_changes());
        changes.extend(self.libraries.slots().iter().flat_map(Slot::take_changes));
        changes
    }

    /// Takes records back that `take_changes` told of; those that are damaged or of no use are left out. Answers how many were taken.
    pub(super) fn restore(&self, changes: Vec<StateChange>) -> usize {
        let mut taken = 0;
        let mut own: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for StateChange { store, key, value } in changes {
            let restored = match (store.as_str(), value) {
                ("tokens", Some(bytes)) => self.tokens.borrow_mut().restore(&key, &bytes).is_ok(),
                ("tokens", None) => self.tokens.borrow_mut().forget(&key),
                ("tasks", Some(bytes)) => self.tasks.borrow_mut().restore(&key, &bytes).is_ok(),
                ("tasks", None) => self.tasks.borrow_mut().drop_record(&key),
                (store, value) => {
                    own.entry(store.to_owned()).or_default().push((key, value));
                    false
                }
            };
            taken += usize::from(restored);
        }
        for (store, records) in own {
            let slot = store.strip_prefix(OWN_STORE_PREFIX).and_then(|name| self.libraries.find(Some(name)).ok());
            let count = records.len();
            if let Some(Ok(unusable)) = slot.map(|slot| slot.restore(records)) {
                taken += count.saturating_sub(unusable);
            }
        }
        taken
    }

    /// The bytes of a photo at an address.
    pub(super) async fn download_photo(&self, url: &str, parameter: &str) -> Result<Vec<u8>> {
        self.network.photo(&resolve_fetched(url, self.base.as_deref(), parameter)?, parameter).await
    }

    /// The pixels of an image and what errors call it.
    pub(super) async fn load(&self, image: ImageInput, parameter: &str) -> Result<(Photo, String)> {
        let ImageInput { source, name } = image;
        let file = match source {
            ImageSource::Photo(photo) => {
                self.photos.set(self.photos.get().saturating_add(1));
                return Ok((photo, name));
            }
            ImageSource::File(bytes) => bytes,
            ImageSource::Url(url) => self.download_photo(&url, parameter).await?,
        };
        let photo = Photo::decode(&file, &self.limits).map_err(|e| e.named(&name))?;
        self.photos.set(self.photos.get().saturating_add(1));
        Ok((photo, name))
    }
}

async fn fetch_model(network: &Network, file: &ModelFile) -> Result<Vec<u8>> {
    let report = |loaded| network.report("model", file.role, loaded, file.bytes);
    report(0);
    let check = |_, found: Digest| {
        if found == file.sha256 {
            return Ok(());
        }
        Err(Error::FileHashMismatch {
            owner: format!("model {}", file.role),
            file: super::address::shortened(&file.url),
            expected: file.sha256.to_string(),
            found: found.to_string(),
        })
    };
    let mark = if file.url.contains('?') { '&' } else { '?' };
    let versions = format!("{}{mark}visavis-sha256=", file.url);
    let key = format!("{versions}{}", file.sha256);
    let promised = PromisedFile { url: &file.url, key: &key, bytes: file.bytes, check: &check };
    let Downloaded { bytes, written } = network.promised(&promised, &report).await?;
    network.cache.settle_soon(written.into_iter().collect(), None, versions, move |version| key.ends_with(version));
    Ok(bytes)
}

/// The same image under a name that says which of two it is.
fn which(image: ImageInput, which: &str) -> ImageInput {
    let name = if image.name == "image" { which.to_owned() } else { format!("{which} ({})", image.name) };
    ImageInput { name, ..image }
}

/// Makes the addresses of a response absolute: they are relative to the library's folder. Those that a page must not show are left out.
fn absolute(mut response: SearchMediaByFaceResponse, library: &OpenLibrary) -> SearchMediaByFaceResponse {
    for row in response.scores.iter_mut().flatten() {
        row.face_url = library.file_address(&row.face_url).unwrap_or_default();
        row.cover_url = row.cover_url.take().and_then(|url| library.shown_address(&url));
        row.url = row.url.take().and_then(|url| library.shown_address(&url));
    }
    response
}
