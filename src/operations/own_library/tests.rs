//! Tests of libraries that can be changed. Test code only.

use super::*;
use crate::core::{EntityId, MediaId};
use crate::indexing::{IndexedMedia, cover_name, face_thumbnail_name};
use crate::library::{EntityRecord, FaceRecord};
use crate::operations::testing::{at_cosine, embedder, face, media, media_id, person};

/// A photo with so many faces, as it comes from an engine.
fn indexed(name: &str, faces: usize) -> IndexedMedia {
    let digest = crate::core::sha256(name.as_bytes());
    let mut record = media(name, crate::core::MediaType::Image);
    record.sha256 = digest.to_string();
    record.media_id = MediaId(digest.first_32_digits());
    record.cover = Some(cover_name(&record.media_id));
    let faces: Vec<FaceRecord> = (0..faces)
        .map(|index| FaceRecord {
            face_id: crate::core::FaceId::of_media(&record.media_id, index),
            media_id: record.media_id.clone(),
            embedding: at_cosine(0.5),
            entity_id: None,
            ..face("any", index, 0.5, None, None)
        })
        .collect();
    let picture = |name: String| Thumbnail { jpeg: name.clone().into_bytes(), name };
    let thumbnails = std::iter::once(cover_name(&record.media_id))
        .chain(faces.iter().map(|face| face_thumbnail_name(face.face_id)))
        .map(picture)
        .collect();
    IndexedMedia { media: record, read: None, faces, tracks: Vec::new(), thumbnails }
}

fn add(own: &mut OwnLibrary, media: &IndexedMedia) -> AddedMedia {
    let record = RowsRecord::of(media, &embedder()).to_bytes().unwrap();
    own.add(record, media.thumbnails.clone()).unwrap()
}

fn own() -> OwnLibrary {
    OwnLibrary::empty("mine", &embedder()).unwrap()
}

/// The client's memory, as it is after changes were written to it one by one.
#[derive(Default, Clone)]
struct Memory(BTreeMap<String, Vec<u8>>);

impl Memory {
    fn take(&mut self, change: StateChange) {
        put(&mut self.0, change.key, change.value);
    }

    fn names(&self, start: &str) -> Vec<&str> {
        self.0.keys().filter(|name| name.starts_with(start)).map(String::as_str).collect()
    }

    fn restored(&self) -> OwnLibrary {
        let mut own = own();
        assert_eq!(
            own.restore(self.0.iter().map(|(name, bytes)| (name.clone(), Some(bytes.clone()))).collect()).unwrap(),
            0
        );
        own
    }
}

#[test]
fn an_added_media_is_remembered_at_once_and_found_when_it_is_published() {
    let (mut own, mut memory) = (own(), Memory::default());
    let photo = indexed("a", 2);
    assert!(add(&mut own, &photo).added);
    let names: Vec<String> = own.take_changes().into_iter().map(|change| change.key).collect();
    assert_eq!(names.len(), 4);
    assert!(names[3].starts_with("rows/"), "the rows come last: {names:?}");
    assert_eq!(own.open().unwrap().face_count(), 0);
    assert!(own.publish().unwrap());
    assert!(!own.publish().unwrap(), "there is nothing more to publish");
    assert_eq!(own.open().unwrap().face_count(), 2);
    own.take_changes().into_iter().for_each(|change| memory.take(change));
    assert_eq!(memory.names("rows/").len(), 0);
    assert_eq!(memory.names("library.json").len(), 1);
}

#[test]
fn the_files_to_be_taken_elsewhere_have_all_that_was_added_and_change_nothing() {
    let mut own = own();
    let photo = indexed("a", 2);
    add(&mut own, &photo);
    own.take_changes();
    let (files, pictures) = (own.files().unwrap(), own.picture_names());
    assert!(own.take_changes().is_empty());
    assert!(own.is_behind());
    assert_eq!(pictures.len(), 3);
    let mut elsewhere = OwnLibrary::empty("elsewhere", &embedder()).unwrap();
    let counts = elsewhere.import(files.clone(), false).unwrap();
    assert_eq!((counts.media, counts.faces), (1, 2));
    own.publish().unwrap();
    assert_eq!(own.files().unwrap(), files);
}

#[test]
fn whoever_ends_while_a_library_is_replaced_has_none_of_two_mixed() {
    let (mut own, mut memory) = (own(), Memory::default());
    let mut other = OwnLibrary::empty("other", &embedder()).unwrap();
    add(&mut other, &indexed("new", 1));
    add(&mut own, &indexed("a", 1));
    own.publish().unwrap();
    add(&mut own, &indexed("b", 1));
    own.take_changes().into_iter().for_each(|change| memory.take(change));
    own.import(other.files().unwrap(), true).unwrap();
    for change in own.take_changes() {
        memory.take(change);
        let media = memory.restored().contents.media;
        let is_new = media.iter().any(|media| media.path == "new");
        assert!(!is_new || media.len() == 1, "{} media", media.len());
    }
    assert_eq!(memory.restored().contents.media.len(), 1);
}

#[test]
fn the_same_media_is_added_once() {
    let mut own = own();
    let photo = indexed("a", 1);
    let first = add(&mut own, &photo);
    own.take_changes();
    assert_eq!(add(&mut own, &photo), AddedMedia { added: false, ..first.clone() });
    assert!(own.take_changes().is_empty());
    assert_eq!(own.find_media(&photo.media.sha256).unwrap(), (first.media_id, true));
    assert!(!own.find_media(&"0".repeat(64)).unwrap().1);
    assert_eq!(own.find_media("x").unwrap_err().code(), "InvalidParameter");
}

#[test]
fn whoever_ends_at_any_moment_has_every_media_that_was_remembered() {
    let mut own = own();
    let mut changes = Vec::new();
    for name in ["a", "b", "c"] {
        add(&mut own, &indexed(name, 1));
        changes.extend(own.take_changes());
        if name == "b" {
            own.publish().unwrap();
            changes.extend(own.take_changes());
        }
    }
    let mut memory = Memory::default();
    let mut remembered = 0;
    for change in changes {
        remembered += usize::from(change.key.starts_with("rows/") && change.value.is_some());
        memory.take(change);
        assert_eq!(memory.restored().open().unwrap().media_count(), remembered);
    }
    assert_eq!(remembered, 3);
}

#[test]
fn rows_of_a_restored_library_get_into_its_tables_with_the_next_change() {
    let (mut first, mut memory) = (own(), Memory::default());
    add(&mut first, &indexed("a", 1));
    first.take_changes().into_iter().for_each(|change| memory.take(change));
    let mut second = memory.restored();
    let person = PersonEdit::AddPerson { person_id: "ada".into(), name: None, note: None, groups: Vec::new() };
    second.edit(&person, Vec::new()).unwrap();
    second.take_changes().into_iter().for_each(|change| memory.take(change));
    assert_eq!(memory.names("rows/").len(), 0);
    let library = memory.restored().open().unwrap();
    assert_eq!((library.media_count(), library.entity_count()), (1, 1));
}

#[test]
fn a_library_made_bit_by_bit_has_the_bytes_of_one_made_at_once() {
    let (mut slow, mut fast) = (own(), own());
    let photos = ["a", "b", "c"].map(|name| indexed(name, 2));
    for photo in &photos {
        add(&mut slow, photo);
        slow.publish().unwrap();
    }
    for photo in photos.iter().rev() {
        add(&mut fast, photo);
    }
    fast.publish().unwrap();
    assert_eq!(slow.files, fast.files);
}

#[test]
fn removed_media_take_their_faces_pictures_and_nameless_persons_along() {
    let mut own = own();
    let (gone, kept) = (indexed("a", 2), indexed("b", 1));
    add(&mut own, &gone);
    add(&mut own, &kept);
    own.publish().unwrap();
    let mut contents = own.contents.clone();
    for (id, category, name, faces) in
        [("1", "unknown", "", [gone.faces[0].face_id]), ("2", "custom", "Ada", [gone.faces[1].face_id])]
    {
        let entity_id = EntityId(id.repeat(32));
        contents.entities.push(EntityRecord { entity_id: entity_id.clone(), ..person(name, category) });
        contents
            .faces
            .iter_mut()
            .filter(|f| faces.contains(&f.face_id))
            .for_each(|f| f.entity_id = Some(entity_id.clone()));
    }
    own.commit(contents, Vec::new()).unwrap();
    own.take_changes();
    let removed = own.remove_media(&[gone.media.media_id.clone(), media_id("none")]).unwrap();
    assert_eq!(removed.media_ids, std::slice::from_ref(&gone.media.media_id));
    assert_eq!(removed.unknown_media_ids, [media_id("none")]);
    assert_eq!(removed.entity_ids, [EntityId("1".repeat(32))]);
    let library = own.open().unwrap();
    assert_eq!((library.media_count(), library.face_count(), library.entity_count()), (1, 1, 1));
    assert_eq!(own.pictures().len(), 2);
    let is_picture = |change: &StateChange| change.key.ends_with(PICTURE_ENDING);
    let lost: Vec<String> =
        own.take_changes().into_iter().filter(|c| c.value.is_none() && is_picture(c)).map(|c| c.key).collect();
    assert_eq!(lost.len(), 3);
    let error = own.remove_media(&[gone.media.media_id]).unwrap_err();
    assert_eq!(error.code(), "ResourceNotFound");
}

#[test]
fn a_media_that_was_removed_does_not_come_back_with_its_rows() {
    let (mut own, mut memory) = (own(), Memory::default());
    add(&mut own, &indexed("a", 1));
    let photo = indexed("b", 1);
    add(&mut own, &photo);
    own.take_changes().into_iter().for_each(|change| memory.take(change));
    own.remove_media(std::slice::from_ref(&photo.media.media_id)).unwrap();
    for change in own.take_changes() {
        memory.take(change);
        // The first change of all is that its rows are gone.
        assert!(!memory.restored().find_media(&photo.media.sha256).unwrap().1);
    }
}

#[test]
fn damaged_rows_are_left_out_and_rows_of_another_model_are_refused() {
    let mut memory = Memory::default();
    let mut first = own();
    add(&mut first, &indexed("a", 1));
    first.take_changes().into_iter().for_each(|change| memory.take(change));
    let name = memory.names("rows/")[0].to_owned();
    let whole = memory.0[&name].clone();
    let mut second = own();
    assert_eq!(second.restore(vec![(name.clone(), Some(whole[..whole.len() / 2].to_vec()))]).unwrap(), 1);
    assert_eq!(second.open().unwrap().media_count(), 0);
    let wrong = String::from_utf8(whole.clone()).unwrap().replace(&"ab".repeat(32), &"cd".repeat(32)).into_bytes();
    assert_eq!(own().restore(vec![(name, Some(wrong.clone()))]).unwrap_err().code(), "EmbedderMismatch");
    assert_eq!(own().add(wrong, Vec::new()).unwrap_err().code(), "EmbedderMismatch");
    assert_eq!(own().add(b"{}".to_vec(), Vec::new()).unwrap_err().code(), "LibraryMalformed");
}

#[test]
fn rows_of_another_model_beside_rows_of_ours_are_left_out_and_stay_in_the_memory() {
    let (mut first, mut memory) = (own(), Memory::default());
    for name in ["a", "b"] {
        add(&mut first, &indexed(name, 1));
    }
    first.take_changes().into_iter().for_each(|change| memory.take(change));
    let name = memory.names("rows/")[0].to_owned();
    let text = String::from_utf8(memory.0[&name].clone()).unwrap();
    let other_model = text.replace(&"ab".repeat(32), &"cd".repeat(32));
    let later_version = text.replace("\"version\":1", "\"version\":2");
    for strange in [other_model, later_version] {
        assert_ne!(strange, text);
        memory.0.insert(name.clone(), strange.into_bytes());
        let mut second = own();
        let records = memory.0.iter().map(|(name, bytes)| (name.clone(), Some(bytes.clone()))).collect();
        assert_eq!(second.restore(records).unwrap(), 1);
        assert_eq!(second.open().unwrap().media_count(), 1);
        second.publish().unwrap();
        assert!(second.take_changes().iter().all(|change| change.key != name), "what cannot be read is not removed");
    }
}

#[test]
fn a_library_whose_manifest_is_deleted_is_empty() {
    let (mut own, mut memory) = (own(), Memory::default());
    add(&mut own, &indexed("a", 1));
    own.publish().unwrap();
    own.take_changes().into_iter().for_each(|change| memory.take(change));
    own.restore(memory.0.keys().map(|name| (name.clone(), None)).collect()).unwrap();
    assert_eq!(own.open().unwrap().media_count(), 0);
    assert!(own.pictures().is_empty());
    add(&mut own, &indexed("b", 1));
    own.publish().unwrap();
    let mut anew = Memory::default();
    own.take_changes().into_iter().for_each(|change| anew.take(change));
    assert_eq!(anew.restored().open().unwrap().media_count(), 1);
}

#[test]
fn persons_are_found_when_that_is_asked_for_and_keep_their_ids() {
    let mut own = own();
    add(&mut own, &indexed("a", 1));
    add(&mut own, &indexed("b", 1));
    own.publish().unwrap();
    assert_eq!(own.open().unwrap().entity_count(), 0);
    assert_eq!(own.discover().unwrap().faces, 2);
    let first = own.contents.entities.clone();
    assert_eq!(first.len(), 1);
    assert_eq!(own.discover().unwrap(), DiscoveredPersons::default(), "there is nobody more to find");
    add(&mut own, &indexed("c", 1));
    own.discover().unwrap();
    assert_eq!(own.contents.entities, first);
    assert!(own.contents.faces.iter().all(|face| face.entity_id.as_ref() == Some(&first[0].entity_id)));
}
