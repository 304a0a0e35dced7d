//! The libraries of a client: each is downloaded at its first use, once, however many calls ask for it at the same time;
//! or lives in the client and can be changed.

use std::cell::RefCell;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared, WeakShared};
use futures_util::lock::Mutex;

use super::address::{resolve, showable, showable_alone};
use super::config::LibraryPlace;
use super::library_download::{Place, fetch_files, fetch_library, stats_of};
use super::network::{Downloaded, Network, SharedNetwork};
use super::output::LibraryStats;
use super::probing::nearest_shards;
use crate::core::EmbedderInfo;
use crate::error::{Error, Result};
use crate::library::{FaceQuery, FileEntry, Library};
use crate::operations::{OwnLibrary, Pictures, StateChange};

/// What errors call the parameter that names a library, unless the call has another one.
const LIBRARY_PARAMETER: &str = "SearchLibName";

/// An open library and what it took.
pub(super) struct OpenLibrary {
    pub(super) library: Library,
    pub(super) files: FilesPlace,
    pub(super) stats: LibraryStats,
}

/// Where the pictures beside a library's tables are.
#[derive(Clone)]
pub(super) enum FilesPlace {
    /// In a folder on a server; absolute, with a slash at its end. What responses say, and what is read.
    Folder { shown: String, read: String },
    /// In this client.
    Own(Rc<Pictures>),
}

impl OpenLibrary {
    /// The address of a file of the library that a page may show; `None` where there is none.
    pub(super) fn file_address(&self, path: &str) -> Option<String> {
        match &self.files {
            FilesPlace::Folder { shown, .. } => resolve(path, Some(shown), "Url").ok(),
            FilesPlace::Own(pictures) => pictures.get(path).map(|jpeg| data_address(jpeg)),
        }
    }

    /// An address that the library holds as a page may show it: relative ones are files of the library.
    pub(super) fn shown_address(&self, url: &str) -> Option<String> {
        match &self.files {
            FilesPlace::Folder { shown, .. } => showable(url, shown),
            FilesPlace::Own(pictures) => {
                pictures.get(url).map(|jpeg| data_address(jpeg)).or_else(|| showable_alone(url))
            }
        }
    }

    /// The bytes of a picture of the library, downloaded where it is not its own. `None` where that fails.
    pub(super) async fn picture(&self, path: &str, network: &Network) -> Option<Vec<u8>> {
        match &self.files {
            FilesPlace::Folder { read, .. } => network.picture(&format!("{read}{path}")).await,
            FilesPlace::Own(pictures) => pictures.get(path).map(|jpeg| jpeg.to_vec()),
        }
    }

    pub(super) fn stats(&self) -> &LibraryStats {
        &self.stats
    }
}

fn data_address(jpeg: &[u8]) -> String {
    format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg))
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
    place: Rc<Place>,
    state: RefCell<State>,
    /// Its contents, where it lives in this client.
    own: Option<RefCell<OwnLibrary>>,
    /// Why what the client remembers of it cannot be used. It is neither searched nor changed then, so that nothing is lost.
    unusable: RefCell<Option<Error>>,
    /// Held by who fetches shards.
    fetching: Mutex<()>,
}

/// All libraries of a client; the first is the default.
pub(super) struct Libraries {
    slots: Vec<Slot>,
    network: SharedNetwork,
    embedder: EmbedderInfo,
}

impl Libraries {
    /// # Errors
    /// Those of `OwnLibrary::empty`, which do not happen for the embedder of an engine.
    pub(super) fn new(places: Vec<LibraryPlace>, network: SharedNetwork, embedder: &EmbedderInfo) -> Result<Self> {
        let slot = |place: LibraryPlace| {
            let own = place.folder.is_none().then(|| OwnLibrary::empty(&place.name, embedder)).transpose()?;
            let folder = place.folder.unwrap_or_default();
            let shown = place.public_folder.unwrap_or_else(|| folder.clone());
            let place = Rc::new(Place { name: place.name, folder, shown, access: place.access });
            Ok(Slot {
                place,
                state: RefCell::new(State::Closed),
                own: own.map(RefCell::new),
                unusable: RefCell::default(),
                fetching: Mutex::default(),
            })
        };
        let slots = places.into_iter().map(slot).collect::<Result<_>>()?;
        Ok(Self { slots, network, embedder: embedder.clone() })
    }

    /// All libraries, in the order in which they were given.
    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The library that an operation which changes persons means: the one of this name, else the first that can be changed.
    ///
    /// # Errors
    /// `UnknownLibrary`; `LibraryReadOnly` for one of published files, or where there is no other.
    pub(super) fn writable(&self, name: Option<&str>) -> Result<&Slot> {
        let slot = match name {
            Some(_) => self.find(name)?,
            None => self.slots.iter().find(|slot| slot.own.is_some()).map_or_else(|| self.find(None), Ok)?,
        };
        if slot.own.is_none() {
            return Err(slot.read_only());
        }
        Ok(slot)
    }

    /// The library of this name; the first one for none.
    ///
    /// # Errors
    /// `UnknownLibrary`, as of `SearchLibName`.
    pub(super) fn find(&self, name: Option<&str>) -> Result<&Slot> {
        let found = match name {
            Some(name) => self.slots.iter().find(|slot| slot.place.name == name),
            None => self.slots.first(),
        };
        found.ok_or_else(|| {
            let known: Vec<&str> = self.slots.iter().map(|slot| slot.place.name.as_str()).collect();
            let none = || "none, since createClient was given no libraries".to_owned();
            let known = if known.is_empty() { none() } else { known.join(", ") };
            let name = name.unwrap_or_default().chars().take(80).collect();
            Error::UnknownLibrary { parameter: LIBRARY_PARAMETER.to_owned(), name, known }
        })
    }

    /// The library of a slot with all its faces, downloaded if they are not there yet.
    ///
    /// # Errors
    /// Those of the download and of `Library::open`. A later call tries again.
    pub(super) async fn open(&self, slot: &Slot) -> Result<Rc<OpenLibrary>> {
        self.with_shards(slot, |library| Ok((0..library.shard_count()).collect())).await
    }

    /// The library of a slot with the faces that are near to a query: all of them, unless the library is probed.
    ///
    /// # Errors
    /// As `open`, and those of `Library::probe_order`.
    pub(super) async fn near(&self, slot: &Slot, query: &FaceQuery) -> Result<Rc<OpenLibrary>> {
        self.with_shards(slot, |library| nearest_shards(library, slot.place.access, query)).await
    }

    /// The library of a slot with these shards, beside those that are open already.
    async fn with_shards(
        &self,
        slot: &Slot,
        wanted: impl Fn(&Library) -> Result<Vec<usize>>,
    ) -> Result<Rc<OpenLibrary>> {
        let open = self.open_tables(slot).await?;
        if open.library.closed_shards(&wanted(&open.library)?).is_empty() {
            return Ok(open);
        }
        // One call after the other: the next finds open what this one fetches.
        let _alone = slot.fetching.lock().await;
        let mut followed = false;
        loop {
            let open = self.open_tables(slot).await?;
            let names = open.library.closed_shards(&wanted(&open.library)?);
            if names.is_empty() {
                return Ok(open);
            }
            let entries: Vec<&FileEntry> =
                open.library.manifest().files().iter().filter(|file| names.contains(&file.name)).collect();
            match fetch_files(&slot.place, &self.network, &entries).await {
                Ok(files) => slot.add_shards(&open, files)?,
                // The site may have been published anew since the tables were read: that is followed, once.
                Err(gone @ Error::DownloadFailed { status: 404 | 410, .. }) if !followed => {
                    followed = true;
                    *slot.state.borrow_mut() = State::Closed;
                    let now = self.open_tables(slot).await;
                    if !now.is_ok_and(|now| now.library.version() != open.library.version()) {
                        // It is the same, and what is open stays open.
                        *slot.state.borrow_mut() = State::Open(open);
                        return Err(gone);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The library of a slot, downloaded if it is not there yet; without its shards where it is probed.
    ///
    /// # Errors
    /// As `open`.
    pub(super) async fn open_tables(&self, slot: &Slot) -> Result<Rc<OpenLibrary>> {
        let opening = match &*slot.state.borrow() {
            State::Open(library) => return Ok(Rc::clone(library)),
            State::Opening(weak) => weak.upgrade(),
            State::Closed => None,
        };
        if let Some(own) = &slot.own {
            let library = Rc::new(slot.open_own(&own.borrow())?);
            *slot.state.borrow_mut() = State::Open(Rc::clone(&library));
            return Ok(library);
        }
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
    /// Changes a library that lives in this client. The next call that opens it sees the change.
    ///
    /// # Errors
    /// `LibraryReadOnly`, and those of `change`, which then has changed nothing.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut OwnLibrary) -> Result<T>) -> Result<T> {
        let answer = self.change_quietly(change)?;
        *self.state.borrow_mut() = State::Closed;
        Ok(answer)
    }

    /// As `change`, for a change that the next search need not see: an open library stays open.
    ///
    /// # Errors
    /// `LibraryReadOnly`, and those of `change`, which then has changed nothing.
    pub(super) fn change_quietly<T>(&self, change: impl FnOnce(&mut OwnLibrary) -> Result<T>) -> Result<T> {
        let own = self.own.as_ref().ok_or_else(|| self.read_only())?;
        self.check_usable()?;
        change(&mut own.borrow_mut())
    }

    /// Takes over what the client remembers of a library that lives in it. Where that cannot be used, the library cannot be
    /// either, until other records are restored. Answers how many records are of no use and were left out.
    ///
    /// # Errors
    /// `LibraryReadOnly`, and those of `OwnLibrary::restore`.
    pub(super) fn restore(&self, records: Vec<(String, Option<Vec<u8>>)>) -> Result<usize> {
        self.unusable.take();
        let restored = self.change(|own| own.restore(records));
        *self.unusable.borrow_mut() = restored.as_ref().err().cloned();
        *self.state.borrow_mut() = State::Closed;
        restored
    }

    fn read_only(&self) -> Error {
        Error::LibraryReadOnly { parameter: LIBRARY_PARAMETER.to_owned(), library: self.place.name.clone() }
    }

    fn check_usable(&self) -> Result<()> {
        self.unusable.borrow().clone().map_or(Ok(()), Err)
    }

    /// What changed in a library that lives in this client since the last call.
    pub(super) fn take_changes(&self) -> Vec<StateChange> {
        self.own.as_ref().map(|own| own.borrow_mut().take_changes()).unwrap_or_default()
    }

    fn open_own(&self, own: &OwnLibrary) -> Result<OpenLibrary> {
        self.check_usable()?;
        let library = own.open()?;
        let stats = stats_of(&self.place, &library);
        Ok(OpenLibrary { library, files: FilesPlace::Own(own.pictures()), stats })
    }

    /// Opens more shards of a library, unless another version of it was opened in the meantime.
    fn add_shards(&self, before: &OpenLibrary, files: Vec<(String, Downloaded)>) -> Result<()> {
        let files = files.into_iter().map(|(name, file)| (name, file.bytes)).collect();
        let mut state = self.state.borrow_mut();
        if let State::Open(now) = &*state
            && now.library.version() == before.library.version()
        {
            let library = now.library.with_shards(files)?;
            let stats = stats_of(&self.place, &library);
            *state = State::Open(Rc::new(OpenLibrary { library, files: now.files.clone(), stats }));
        }
        Ok(())
    }

    fn stats(&self) -> LibraryStats {
        match &*self.state.borrow() {
            State::Open(library) => library.stats.clone(),
            _ => LibraryStats {
                name: self.place.name.clone(),
                url: self.place.folder.clone(),
                access: self.place.access.as_str(),
                ..Default::default()
            },
        }
    }
}
