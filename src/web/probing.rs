//! Which shards of a large library a search looks at, and so what their host learns of the query.

use super::config::Access;
use crate::error::Result;
use crate::library::{FaceQuery, FileRole, Library, Manifest};

/// A search looks at the shards whose cells are nearest to the query: a quarter of all, and at least so many. Of the faces of LFW that
/// a whole search finds, such a search finds 97 in a hundred with 19 shards, 96 with 39 and 98 with 78.
const NEAREST: usize = 8;
const SHARE: usize = 4;
/// Libraries of at most so many shards are downloaded whole: looking at the nearest would spare little.
const WHOLE_UP_TO: usize = 16;

/// Whether the shards of a library are downloaded only when a query comes near them. Without cells nobody knows which are near.
pub(super) fn probes(access: Access, manifest: &Manifest) -> bool {
    let count = |role| manifest.files().iter().filter(|file| file.role == role).count();
    access != Access::Whole && count(FileRole::Faces) > WHOLE_UP_TO && count(FileRole::Cells) > 0
}

/// The numbers of the shards that a search for `query` looks at.
///
/// # Errors
/// Those of `Library::probe_order`.
pub(super) fn nearest_shards(library: &Library, access: Access, query: &FaceQuery) -> Result<Vec<usize>> {
    let mut nearest = library.probe_order(query)?;
    nearest.truncate(NEAREST.max(library.shard_count().div_ceil(SHARE)));
    Ok(match access {
        Access::Whole => (0..library.shard_count()).collect(),
        Access::Probe => nearest,
        Access::Decoys => with_companions(&nearest, library.shard_count()),
    })
}

/// The shards together with those that always go with them, ascending.
///
/// Companions are the same for every query, person and visit. Were they drawn anew each time, whoever sees several searches for one
/// person would find the shards that come back. They lie half of the library away, since neighbours hold similar faces.
fn with_companions(numbers: &[usize], shards: usize) -> Vec<usize> {
    let half = (shards / 2).max(1);
    (0..shards).filter(|shard| numbers.iter().any(|number| number % half == shard % half)).collect()
}

#[cfg(test)]
mod tests {
    use super::with_companions;

    #[test]
    fn a_shard_and_its_companions_ask_for_the_same_set() {
        for shards in 2..40 {
            for shard in 0..shards {
                let set = with_companions(&[shard], shards);
                assert!(set.contains(&shard) && (2..=3).contains(&set.len()), "{shard} of {shards}: {set:?}");
                assert!(set.iter().all(|other| with_companions(&[*other], shards) == set));
            }
        }
        assert_eq!(with_companions(&[1, 7], 10), [1, 2, 6, 7]);
    }
}
