//! `visavis person`: persons, their faces and groups, read and edited. Imports `operations`, `indexing`, `library`, `error`.

mod edit;
mod publish;

use serde::Serialize;
use serde_json::Value;

use crate::error::Result;
use crate::indexing::face_thumbnail_name;
use crate::library::Library;
use crate::operations::{
    GetFacesRequest, GetGroupsRequest, GetPersonRequest, ListPersonsRequest, get_groups, get_person, get_person_faces,
    list_persons,
};

use super::output::Output;
use super::person_args::{FacesOfArgs, GroupsArgs, ListArgs, OneArgs, PersonArgs, PersonCommand, Target};
use super::probe::{RequestObject, request_id};
use super::{Outcome, folder};

/// Runs the command.
pub(super) fn run(args: &PersonArgs, output: &mut Output) -> Result<Outcome> {
    match &args.command {
        PersonCommand::List(args) => list(args, output),
        PersonCommand::Get(args) => get(args, output),
        PersonCommand::Faces(args) => faces(args, output),
        PersonCommand::Groups(args) => groups(args, output),
        PersonCommand::Add(args) => edit::add(args, output),
        PersonCommand::Set(args) => edit::set(args, output),
        PersonCommand::Delete(args) => edit::delete(args, output),
        PersonCommand::Merge(args) => edit::merge(args, output),
        PersonCommand::Unmerge(args) => edit::unmerge(args, output),
        PersonCommand::Split(args) => edit::split(args, output),
        PersonCommand::AddFaces(args) => edit::add_faces(args, output),
        PersonCommand::Assign(args) => edit::assign(args, output),
        PersonCommand::DeleteFaces(args) => edit::delete_faces(args, output),
        PersonCommand::AddGroups(args) => edit::add_groups(args, output),
        PersonCommand::DeleteGroups(args) => edit::delete_groups(args, output),
    }
}

impl Target {
    fn open(&self) -> Result<Library> {
        folder::open_library(&self.library)
    }

    /// Writes the response as JSON, or these lines.
    fn answer<T: Serialize>(&self, output: &mut Output, response: &T, lines: &[String]) -> Result<()> {
        if self.json {
            return output.json_line(response);
        }
        lines.iter().try_for_each(|line| output.line(line))
    }
}

/// The id of a request: the same request gives the same one.
fn id_of(request: &Value) -> String {
    request_id(&[], request)
}

/// A request about a person.
fn about(person: &str) -> RequestObject {
    RequestObject::default().with("personId", person)
}

fn list(args: &ListArgs, output: &mut Output) -> Result<Outcome> {
    let request = RequestObject::default()
        .with_given("groupId", args.group.as_ref())
        .with_number("currentPage", args.page_no.as_ref())
        .with_number("pageSize", args.page_size.as_ref())
        .value();
    let response = list_persons(&args.target.open()?, &ListPersonsRequest::parse(&request)?, &id_of(&request))?;
    let shown = response.data.persons.iter().map(|person| {
        let groups = if person.group_ids.is_empty() { "-".to_owned() } else { person.group_ids.join(", ") };
        let name = if person.name.is_empty() { "(no name)" } else { &person.name };
        format!("{:<32}  {:>6}  {name:<24}  {groups}", person.person_id, person.face_count)
    });
    let title = format!("{} persons, {} on this page", response.data.total_count, response.data.persons.len());
    let header = format!("{:<32}  {:>6}  {:<24}  groups", "person", "faces", "name");
    let lines: Vec<String> = [title, header].into_iter().chain(shown).collect();
    args.target.answer(output, &response, &lines)?;
    Ok(Outcome::Done)
}

fn get(args: &OneArgs, output: &mut Output) -> Result<Outcome> {
    let request = about(&args.person).value();
    let response = get_person(&args.target.open()?, &GetPersonRequest::parse(&request)?, &id_of(&request))?;
    let person = &response.data;
    let lines = [
        format!("person  {}", person.person_id),
        format!("name    {}", person.name),
        format!("groups  {}", person.group_ids.join(", ")),
        format!("note    {}", person.note.as_deref().unwrap_or_default()),
        format!("faces   {}", person.face_ids.join(" ")),
    ];
    args.target.answer(output, &response, &lines)?;
    Ok(Outcome::Done)
}

fn faces(args: &FacesOfArgs, output: &mut Output) -> Result<Outcome> {
    let request = about(&args.person).with("faceIds", args.faces.clone()).value();
    let (parsed, library) = (GetFacesRequest::parse(&request)?, args.target.open()?);
    let response = get_person_faces(&library, &parsed, &face_thumbnail_name, &id_of(&request))?;
    let items = &response.data.face_image_items;
    let url = |url: &Option<String>| url.clone().unwrap_or_else(|| "not a face of this person".to_owned());
    let lines: Vec<String> = items.iter().map(|item| format!("{:>20}  {}", item.face_id, url(&item.url))).collect();
    args.target.answer(output, &response, &lines)?;
    Ok(if items.iter().all(|item| item.success) { Outcome::Done } else { Outcome::SomeUnreadable })
}

fn groups(args: &GroupsArgs, output: &mut Output) -> Result<Outcome> {
    let request = RequestObject::default().value();
    let response = get_groups(&args.target.open()?, &GetGroupsRequest::parse(&request)?, &id_of(&request));
    args.target.answer(output, &response, &response.data.group_ids)?;
    Ok(Outcome::Done)
}
