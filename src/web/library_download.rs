//! The files of a published library: which are fetched, in which order, and what is kept of them.

use std::cell::Cell;
use std::rc::Rc;

use futures_util::{StreamExt, TryStreamExt, stream};
use js_sys::{Promise, Uint8Array};

use super::config::Access;
use super::libraries::{FilesPlace, OpenLibrary};
use super::network::{Downloaded, Network, PromisedFile};
use super::output::LibraryStats;
use super::probing::probes;
use crate::core::EmbedderInfo;
use crate::error::{Error, Result};
use crate::library::{FileEntry, FileRole, Library, MANIFEST_NAME, Manifest};

/// Files that are downloaded at the same time. Browsers open six connections to a host at most, and a request that waits for one counts as
/// standing still; the page's pictures need some of them too.
const DOWNLOADS_AT_ONCE: usize = 4;
/// How the names of a library's tables end. Other files beside them are somebody else's.
const TABLE_ENDING: &str = ".arrow";

/// Where a library is.
pub(super) struct Place {
    pub(super) name: String,
    /// Absolute, with a slash at its end; empty for a library that lives in this client.
    pub(super) folder: String,
    /// What addresses in responses start with.
    pub(super) shown: String,
    pub(super) access: Access,
}

/// What a site publishes at the moment.
struct Published {
    manifest: Manifest,
    bytes: Vec<u8>,
    /// Whether it comes from the network rather than from the cache.
    fresh: bool,
}

/// Downloads manifest and files, without those of faces where the library is probed. Where a listed file is gone, the site may have been published anew in between: a changed manifest is followed, once.
pub(super) async fn fetch_library(
    place: &Place,
    network: &Network,
    embedder: &EmbedderInfo,
) -> Result<Rc<OpenLibrary>> {
    let mut published = fetch_manifest(place, network, embedder).await?;
    let files = match fetch_files(place, network, &first_files(place, &published.manifest)).await {
        Err(gone @ Error::DownloadFailed { status: 404 | 410, .. }) => {
            let newer = fetch_manifest(place, network, embedder).await?;
            if newer.bytes == published.bytes {
                return Err(gone);
            }
            published = newer;
            fetch_files(place, network, &first_files(place, &published.manifest)).await?
        }
        other => other?,
    };
    let Published { manifest, bytes, fresh } = published;
    let names: Vec<String> = manifest.files().iter().map(|file| file.name.clone()).collect();
    let (files, written) = apart(files);
    let library = if probes(place.access, &manifest) {
        Library::open_partly(&place.name, manifest, files)?
    } else {
        Library::open(&place.name, manifest, files)?
    };
    let stats = stats_of(place, &library);
    if fresh {
        keep(place, network, &bytes, names, written);
    }
    let files = FilesPlace::Folder { shown: place.shown.clone(), read: place.folder.clone() };
    Ok(Rc::new(OpenLibrary { library, files, stats }))
}

/// The manifest. A query of another embedder could not be answered, so such a library is refused before its files are fetched.
async fn fetch_manifest(place: &Place, network: &Network, embedder: &EmbedderInfo) -> Result<Published> {
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

/// What is downloaded before the first query is known.
fn first_files<'a>(place: &Place, manifest: &'a Manifest) -> Vec<&'a FileEntry> {
    let probed = probes(place.access, manifest);
    manifest.files().iter().filter(|file| !(probed && file.role == FileRole::Faces)).collect()
}

/// The bytes of files, and the promises that they are kept.
fn apart(files: Vec<(String, Downloaded)>) -> (Vec<(String, Vec<u8>)>, Vec<Promise>) {
    let both = files.into_iter().map(|(name, file)| ((name, file.bytes), file.written));
    let (files, written): (Vec<_>, Vec<_>) = both.unzip();
    (files, written.into_iter().flatten().collect())
}

pub(super) async fn fetch_files(
    place: &Place,
    network: &Network,
    files: &[&FileEntry],
) -> Result<Vec<(String, Downloaded)>> {
    let total: u64 = files.iter().map(|file| file.bytes).sum();
    let loaded: Vec<Cell<u64>> = files.iter().map(|_| Cell::new(0)).collect();
    let report = || network.report("library", &place.name, loaded.iter().map(Cell::get).sum(), total);
    report();
    let downloads = files.iter().zip(&loaded).map(|(file, count)| async move {
        let url = format!("{}{}", place.folder, file.name);
        let check = |length, digest| {
            file.verify_length(&place.name, length).and_then(|()| file.verify_digest(&place.name, digest))
        };
        let promised = PromisedFile { url: &url, key: &url, bytes: file.bytes, check: &check };
        let on_bytes = |bytes| {
            count.set(bytes);
            report();
        };
        let downloaded = network.promised(&promised, &on_bytes).await?;
        Ok((file.name.clone(), downloaded))
    });
    stream::iter(downloads).buffered(DOWNLOADS_AT_ONCE).try_collect().await
}

/// Keeps the manifest once the library was opened and its tables are kept, and then drops the files of former versions.
fn keep(place: &Place, network: &Network, manifest: &[u8], names: Vec<String>, tables: Vec<Promise>) {
    let manifest = (manifest_url(place), Uint8Array::from(manifest));
    let current = move |name: &str| !name.ends_with(TABLE_ENDING) || names.iter().any(|known| known == name);
    network.cache.settle_soon(tables, Some(manifest), place.folder.clone(), current);
}

fn manifest_url(place: &Place) -> String {
    format!("{}{MANIFEST_NAME}", place.folder)
}

pub(super) fn stats_of(place: &Place, library: &Library) -> LibraryStats {
    let manifest = library.manifest();
    let files = manifest.files();
    LibraryStats {
        name: place.name.clone(),
        url: place.folder.clone(),
        open: true,
        faces: manifest.face_count(),
        media: manifest.media_count(),
        entities: files.iter().filter(|file| file.role == FileRole::People).map(|file| file.rows).sum(),
        shards: library.shard_count(),
        open_shards: library.open_shard_count(),
        access: place.access.as_str(),
        bytes: files.iter().map(|file| file.bytes).sum(),
    }
}
