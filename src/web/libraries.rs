//! The libraries of a client: each is downloaded at its first use, once, however many calls ask for it at the same time.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::{LocalBoxFuture, Shared, WeakShared};
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};

use super::config::LibraryPlace;
use super::network::{Network, PromisedFile, SharedNetwork};
use super::output::LibraryStats;
use crate::core::EmbedderInfo;
use crate::error::{Error, Result};
use crate::library::{FileEntry, FileRole, Library, MANIFEST_NAME, Manifest};

/// Files that are downloaded at the same time. Browsers open six connections to a host at most, and a request that waits for one counts as
/// standing still; the page's pictures need some of them too.
const DOWNLOADS_AT_ONCE: usize = 4;
/// How the names of a library's tables end. Other files beside them are somebody else's.
const TABLE_ENDING: &str = ".arrow";

/// An open library and what it took.
pub(super) struct OpenLibrary {
    pub(super) library: Library,
    /// Its folder, absolute, with a slash at its end.
    pub(super) folder: String,
    stats: LibraryStats,
}

type Opening = LocalBoxFuture<'static, Result<Rc<OpenLibrary>>>;

enum State {
    Closed,
    /// Some calls wait for it. When all of them are gone, so is the download.
    Opening(WeakShared<Opening>),
    Open(Rc<OpenLibrary>),
}

/// One library of the client.
pub(super) struct Slot {
    place: Rc<LibraryPlace>,
    state: RefCell<State>,
}

/// All libraries of a client; the first is the default.
pub(super) struct Libraries {
    slots: Vec<Slot>,
    network: SharedNetwork,
    embedder: EmbedderInfo,
}

impl Libraries {
    pub(super) fn new(places: Vec<LibraryPlace>, network: SharedNetwork, embedder: EmbedderInfo) -> Self {
        let slots = places.into_iter().map(|place| Slot { place: Rc::new(place), state: RefCell::new(State::Closed) });
        Self { slots: slots.collect(), network, embedder }
    }

    /// The library of this name; the first one for none.
    ///
    /// # Errors
    /// `UnknownLibrary`.
    pub(super) fn find(&self, name: Option<&str>) -> Result<&Slot> {
        let found = match name {
            Some(name) => self.slots.iter().find(|slot| slot.place.name == name),
            None => self.slots.first(),
        };
        found.ok_or_else(|| {
            let known: Vec<&str> = self.slots.iter().map(|slot| slot.place.name.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            Error::UnknownLibrary { name: name.unwrap_or_default().to_owned(), known }
        })
    }

    /// The library of a slot, downloaded if it is not there yet.
    ///
    /// # Errors
    /// Those of the download and of `Library::open`. A later call tries again.
    pub(super) async fn open(&self, slot: &Slot) -> Result<Rc<OpenLibrary>> {
        let opening = match &*slot.state.borrow() {
            State::Open(library) => return Ok(Rc::clone(library)),
            State::Opening(weak) => weak.upgrade(),
            State::Closed => None,
        };
        let opening = opening.unwrap_or_else(|| self.start(slot));
        let library = opening.await?;
        *slot.state.borrow_mut() = State::Open(Rc::clone(&library));
        Ok(library)
    }

    fn start(&self, slot: &Slot) -> Shared<Opening> {
        let (place, network) = (Rc::clone(&slot.place), Rc::clone(&self.network));
        let embedder = self.embedder.clone();
        let opening: Opening = async move { fetch_library(&place, &network, &embedder).await }.boxed_local();
        let shared = opening.shared();
        if let Some(weak) = shared.downgrade() {
            *slot.state.borrow_mut() = State::Opening(weak);
        }
        shared
    }

    /// What is known of each.
    pub(super) fn stats(&self) -> Vec<LibraryStats> {
        self.slots.iter().map(Slot::stats).collect()
    }
}

impl Slot {
    fn stats(&self) -> LibraryStats {
        match &*self.state.borrow() {
            State::Open(library) => library.stats.clone(),
            _ => LibraryStats { name: self.place.name.clone(), url: self.place.folder.clone(), ..Default::default() },
        }
    }
}

impl OpenLibrary {
    pub(super) fn stats(&self) -> &LibraryStats {
        &self.stats
    }
}

/// What a site publishes at the moment.
struct Published {
    manifest: Manifest,
    bytes: Vec<u8>,
    /// Whether it comes from the network rather than from the cache.
    fresh: bool,
}

/// Downloads manifest and files. Where a listed file is gone, the site may have been published anew in between: a changed manifest is followed, once.
async fn fetch_library(place: &LibraryPlace, network: &Network, embedder: &EmbedderInfo) -> Result<Rc<OpenLibrary>> {
    let mut published = fetch_manifest(place, network, embedder).await?;
    let files = match fetch_files(place, network, published.manifest.files()).await {
        Err(gone @ Error::DownloadFailed { status: 404 | 410, .. }) => {
            let newer = fetch_manifest(place, network, embedder).await?;
            if newer.bytes == published.bytes {
                return Err(gone);
            }
            published = newer;
            fetch_files(place, network, published.manifest.files()).await?
        }
        other => other?,
    };
    let Published { manifest, bytes, fresh } = published;
    let names: Vec<String> = manifest.files().iter().map(|file| file.name.clone()).collect();
    let stats = stats_of(place, &manifest);
    let library = Library::open(&place.name, manifest, files)?;
    if fresh {
        keep(place, network, &bytes, &names).await;
    }
    Ok(Rc::new(OpenLibrary { library, folder: place.folder.clone(), stats }))
}

/// The manifest. A query of another embedder could not be answered, so such a library is refused before its files are fetched.
async fn fetch_manifest(place: &LibraryPlace, network: &Network, embedder: &EmbedderInfo) -> Result<Published> {
    let name = place.name.as_str();
    let (bytes, fresh) = network.manifest(name, &manifest_url(place)).await?;
    let manifest = Manifest::parse(name, &bytes)?;
    if manifest.embedder() != embedder {
        return Err(Error::EmbedderMismatch {
            library: name.to_owned(),
            library_embedder: manifest.embedder().describe(),
            query_embedder: embedder.describe(),
        });
    }
    Ok(Published { manifest, bytes, fresh })
}

async fn fetch_files(place: &LibraryPlace, network: &Network, files: &[FileEntry]) -> Result<Vec<(String, Vec<u8>)>> {
    let total: u64 = files.iter().map(|file| file.bytes).sum();
    let loaded: Vec<Cell<u64>> = files.iter().map(|_| Cell::new(0)).collect();
    let report = || network.report("library", &place.name, loaded.iter().map(Cell::get).sum(), total);
    report();
    let downloads = files.iter().zip(&loaded).map(|(file, count)| async move {
        let url = format!("{}{}", place.folder, file.name);
        let promised =
            PromisedFile { url: &url, key: &url, bytes: file.bytes, check: &|bytes| file.verify(&place.name, bytes) };
        let on_bytes = |bytes| {
            count.set(bytes);
            report();
        };
        let bytes = network.promised(&promised, &on_bytes).await?;
        Ok((file.name.clone(), bytes))
    });
    stream::iter(downloads).buffered(DOWNLOADS_AT_ONCE).try_collect().await
}

/// Keeps the manifest once the library was opened, and drops the files of former versions.
async fn keep(place: &LibraryPlace, network: &Network, manifest: &[u8], names: &[String]) {
    network.cache.write(&manifest_url(place), manifest).await;
    let current = |name: &str| !name.ends_with(TABLE_ENDING) || names.iter().any(|known| known == name);
    network.cache.prune(&place.folder, &current).await;
}

fn manifest_url(place: &LibraryPlace) -> String {
    format!("{}{MANIFEST_NAME}", place.folder)
}

fn stats_of(place: &LibraryPlace, manifest: &Manifest) -> LibraryStats {
    let files = manifest.files();
    LibraryStats {
        name: place.name.clone(),
        url: place.folder.clone(),
        open: true,
        faces: manifest.face_count(),
        media: manifest.media_count(),
        entities: files.iter().filter(|file| file.role == FileRole::People).map(|file| file.rows).sum(),
        shards: files.iter().filter(|file| file.role == FileRole::Faces).count(),
        bytes: files.iter().map(|file| file.bytes).sum(),
    }
}
