//! The commands that edit persons. Imports `operations`, `indexing`, `vision`, `error`.

use std::path::Path;

use crate::core::counted;
use crate::error::{Error, Result};
use crate::indexing::{IndexOptions, NewFace, Thumbnail, index_photo};
use crate::operations::{
    AddFacesRequest, AddGroupsRequest, AddPersonRequest, AssignFacesRequest, DeleteFacesRequest, DeleteGroupsRequest,
    DeletePersonRequest, GetPersonRequest, MergePersonsRequest, SetPersonRequest, SplitPersonRequest,
    UnmergePersonsRequest, get_person,
};
use crate::vision::Engine;

use super::publish::carry_out;
use super::{about, id_of};
use crate::cli::output::{Output, stderr_line};
use crate::cli::person_args::{AddArgs, AddFacesArgs, FaceIdsArgs, GroupsOfArgs, MergeArgs, OneArgs, SetArgs};
use crate::cli::wire::one_line;
use crate::cli::{Outcome, engine, files};

pub(super) fn add(args: &AddArgs, output: &mut Output) -> Result<Outcome> {
    let request = about(&args.person)
        .with_given("name", args.name.as_ref())
        .with_given("note", args.note.as_ref())
        .with("groupIds", args.groups.clone())
        .value();
    let parsed = AddPersonRequest::parse(&request)?;
    let outcome = carry_out(&args.target.library, &parsed.edit(), &[])?;
    let line = format!("person {} is added", outcome.person_id);
    args.target.answer(output, &parsed.response(&outcome, &id_of(&request)), &[line])?;
    Ok(Outcome::Done)
}

pub(super) fn set(args: &SetArgs, output: &mut Output) -> Result<Outcome> {
    if args.name.as_deref() == Some("") {
        return Err(Error::invalid("--name", "it is empty; give the person another name"));
    }
    let request =
        about(&args.person).with_given("name", args.name.as_ref()).with_given("note", args.note.as_ref()).value();
    let parsed = SetPersonRequest::parse(&request)?;
    let outcome = carry_out(&args.target.library, &parsed.edit(), &[])?;
    let line = format!("person {} is changed", outcome.person_id);
    args.target.answer(output, &parsed.response(&outcome, &id_of(&request)), &[line])?;
    Ok(Outcome::Done)
}

pub(super) fn delete(args: &OneArgs, output: &mut Output) -> Result<Outcome> {
    let request = about(&args.person).value();
    let parsed = DeletePersonRequest::parse(&request)?;
    let outcome = carry_out(&args.target.library, &parsed.edit(), &[])?;
    let line = format!("person {} is deleted, who had {}", outcome.person_id, counted(outcome.face_ids.len(), "face"));
    args.target.answer(output, &parsed.response(&outcome, &id_of(&request)), &[line])?;
    Ok(Outcome::Done)
}

pub(super) fn merge(args: &MergeArgs, output: &mut Output) -> Result<Outcome> {
    let request = about(&args.person).with("fromPersonIds", args.others.clone()).value();
    let parsed = MergePersonsRequest::parse(&request)?;
    let outcome = carry_out(&args.target.library, &parsed.edit(), &[])?;
    let line =
        format!("person {} has got {} of the others", outcome.person_id, counted(outcome.face_ids.len(), "face"));
    args.target.answer(output, &parsed.response(&outcome, &id_of(&request)), &[line])?;
    Ok(Outcome::Done)
}

pub(super) fn unmerge(args: &MergeArgs, output: &mut Output) -> Result<Outcome> {
    let request = about(&args.person).with("fromPersonIds", args.others.clone()).value();
    let parsed = UnmergePersonsRequest::parse(&request)?;
    let outcome = carry_out(&args.target.library, &parsed.edit(), &[])?;
    let line = format!("person {} has given {} back", outcome.person_id, counted(outcome.face_ids.len(), "face"));
    args.target.answer(output, &parsed.response(&outcome, &id_of(&request)), &[line])?;
    Ok(Outcome::Done)
}

pub(super) fn split(args: &FaceIdsArgs, output: &mut Output) -> Result<Outcome> {
    let request = about(&args.person).with("faceIds", args.faces.clone()).value();
    let parsed = SplitPersonRequest::parse(&request)?;
    let outcome = carry_out(&args.target.library, &parsed.edit(), &[])?;
    let line =
        format!("person {} has got {} of {}", outcome.person_id, counted(outcome.face_ids.len(), "face"), args.person);
    args.target.answer(output, &parsed.response(&outcome, &id_of(&request)), &[line])?;
    Ok(say_unknown(&format!("face of person {}", args.person), &outcome.unknown_face_ids))
}

pub(super) fn add_faces(args: &AddFacesArgs, output: &mut Output) -> Result<Outcome> {
    let urls: Vec<String> = args.photos.iter().map(|path| path.display().to_string()).collect();
    let request = about(&args.person).with("urls", urls).value();
    let parsed = AddFacesRequest::parse(&request)?;
    // What would fail in the end fails before any photo is looked at.
    let library = args.target.open()?;
    get_person(&library, &GetPersonRequest::parse(&about(&args.person).value())?, "")?;
    let engine = engine::load_for_index(&args.models, true)?.engine;
    if engine.embedder() != library.embedder() {
        return Err(Error::EmbedderMismatch {
            library: library.name().to_owned(),
            library_embedder: library.embedder().describe(),
            query_embedder: engine.embedder().describe(),
        });
    }
    drop(library);
    let (mut faces, mut thumbnails) = (Vec::new(), Vec::new());
    for path in &args.photos {
        faces.push(new_face(&engine, path, &args.person).map(|(face, pictures)| {
            thumbnails.extend(pictures);
            face
        }));
    }
    let outcome = carry_out(&args.target.library, &parsed.edit(&faces)?, &thumbnails)?;
    let failed: Vec<&Error> = faces.iter().filter_map(|face| face.as_ref().err()).collect();
    for error in &failed {
        warn(error);
    }
    let ids: Vec<String> = outcome.face_ids.iter().map(ToString::to_string).collect();
    let line = format!("person {} has got {}: {}", outcome.person_id, counted(ids.len(), "face"), ids.join(" "));
    args.target.answer(output, &parsed.response(&outcome, &faces, &id_of(&request)), &[line])?;
    Ok(if failed.is_empty() { Outcome::Done } else { Outcome::SomeUnreadable })
}

/// The largest face of a photo, with the photo's cover and the face's thumbnail.
fn new_face(engine: &Engine, path: &Path, person: &str) -> Result<(NewFace, Vec<Thumbnail>)> {
    let name = path.display().to_string();
    let bytes = files::read_photo(path, &name)?;
    let photo = index_photo(engine, &name, &bytes, &IndexOptions::default())?;
    let face = NewFace::largest_of(&photo, person, &name, engine.embedder())?;
    // The first is the cover, the second is of the largest face.
    Ok((face, photo.thumbnails.into_iter().take(2).collect()))
}

pub(super) fn assign(args: &FaceIdsArgs, output: &mut Output) -> Result<Outcome> {
    let request = about(&args.person).with("faceIds", args.faces.clone()).value();
    let parsed = AssignFacesRequest::parse(&request)?;
    let outcome = carry_out(&args.target.library, &parsed.edit(), &[])?;
    let line = format!("person {} has got {}", outcome.person_id, counted(outcome.face_ids.len(), "face"));
    args.target.answer(output, &parsed.response(&outcome, &id_of(&request)), &[line])?;
    Ok(say_unknown("face", &outcome.unknown_face_ids))
}

pub(super) fn delete_faces(args: &FaceIdsArgs, output: &mut Output) -> Result<Outcome> {
    let request = about(&args.person).with("faceIds", args.faces.clone()).value();
    let parsed = DeleteFacesRequest::parse(&request)?;
    let outcome = carry_out(&args.target.library, &parsed.edit(), &[])?;
    let line = format!("person {} has lost {}", outcome.person_id, counted(outcome.face_ids.len(), "face"));
    args.target.answer(output, &parsed.response(&outcome, &id_of(&request)), &[line])?;
    Ok(say_unknown(&format!("face of person {}", args.person), &outcome.unknown_face_ids))
}

pub(super) fn add_groups(args: &GroupsOfArgs, output: &mut Output) -> Result<Outcome> {
    let request = about(&args.person).with("groupIds", args.groups.clone()).value();
    let parsed = AddGroupsRequest::parse(&request)?;
    let outcome = carry_out(&args.target.library, &parsed.edit(), &[])?;
    let line = format!("person {} belongs to {}", outcome.person_id, outcome.groups.join(", "));
    args.target.answer(output, &parsed.response(&outcome, &id_of(&request)), &[line])?;
    Ok(Outcome::Done)
}

pub(super) fn delete_groups(args: &GroupsOfArgs, output: &mut Output) -> Result<Outcome> {
    let request = about(&args.person).with("groupIds", args.groups.clone()).value();
    let parsed = DeleteGroupsRequest::parse(&request)?;
    let outcome = carry_out(&args.target.library, &parsed.edit(), &[])?;
    let line = format!("person {} has left {}", outcome.person_id, outcome.left_groups.join(", "));
    args.target.answer(output, &parsed.response(&outcome, &id_of(&request)), &[line])?;
    let unknown: Vec<&String> = args.groups.iter().filter(|group| !outcome.left_groups.contains(group)).collect();
    Ok(say_unknown("group", &unknown))
}

fn say_unknown<T: ToString>(kind: &str, ids: &[T]) -> Outcome {
    for id in ids {
        warn(&Error::ResourceNotFound { kind: kind.to_owned(), id: id.to_string() });
    }
    if ids.is_empty() { Outcome::Done } else { Outcome::SomeUnreadable }
}

fn warn(error: &Error) {
    stderr_line(&format!("{} ({})", one_line(error), error.code()));
}
