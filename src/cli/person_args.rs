//! The arguments of `visavis person`, with their help texts. Imports nothing of the crate.
//!
//! Values of a request are texts here: the operation itself parses them, so that they fail as they do in the browser.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use super::args::ModelArgs;

pub(super) const PERSON_EXAMPLES: &str = "\
Examples:
  visavis person list --library library
  visavis person add tom --name 'Tom Jones' --group friends --library library
  visavis person add-faces tom tom1.jpg tom2.jpg --library library
  visavis inspect library --faces
  visavis person assign tom 1651091354481225 --library library
  visavis person merge tom 'Tom J.' --library library
  visavis person unmerge tom 'Tom J.' --library library
  visavis person faces tom --library library --json

Persons whom nobody named are listed by their EntityId; 'set' names one, 'split' and 'merge' correct what was found.
A PERSON is the id in your own records (for --people of 'visavis index' the folder's name), or an EntityId of the library.
Each edit publishes the library anew, all at once, and is kept in DIR/.visavis/people.jsonl: 'visavis index' does it again after
it has named the faces, so what is done by hand wins and stays: portraits that come later leave the faces that a person whom nobody
had named had when 'set', 'add-groups' or 'merge' was done to that person, and those of 'split', 'assign' and 'add-faces'; they name
the others, also those that join the person later. 'merge' makes that person and the portraits' one. 'delete' also removes from that
file what is only about the person, but for the id, which keeps the person deleted where the photos show it, and numbers of faces. --json writes the response of the operation.

Exit codes:
  0  everything went well
  1  failed; the library is as it was
  2  the arguments are wrong
  3  done, but some of the photos, faces or groups could not be used; each is reported";

/// The arguments of `visavis person`.
#[derive(Debug, ClapArgs)]
pub(super) struct PersonArgs {
    #[command(subcommand)]
    pub(super) command: PersonCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum PersonCommand {
    /// List the persons (ListPersons)
    List(ListArgs),
    /// Show one person (GetPerson)
    Get(OneArgs),
    /// Show where the pictures of a person's faces are (getPersonFacesInfo)
    Faces(FacesOfArgs),
    /// Add a person, without faces yet (AddPerson)
    Add(AddArgs),
    /// Change a person's name or note (SetPerson)
    Set(SetArgs),
    /// Delete a person; faces of indexed photos become nobody's (DeletePerson)
    Delete(OneArgs),
    /// Make several persons one (MergePersons)
    Merge(MergeArgs),
    /// Undo a merger: the others are persons again, with what they brought (UnmergePersons)
    Unmerge(MergeArgs),
    /// Make another person, without a name, of some faces of a person (SplitPerson)
    Split(FaceIdsArgs),
    /// Add the largest face of each photo to a person (AddFaces)
    AddFaces(AddFacesArgs),
    /// Give faces of the library to a person (AssignFaces)
    Assign(FaceIdsArgs),
    /// Take faces away from a person; those of add-faces are removed (DeleteFaces)
    DeleteFaces(FaceIdsArgs),
    /// Put a person into groups (AddGroups)
    AddGroups(GroupsOfArgs),
    /// Take a person out of groups (DeleteGroups)
    DeleteGroups(GroupsOfArgs),
    /// List the groups (GetGroups)
    Groups(GroupsArgs),
}

impl PersonArgs {
    /// Whether the answer, and errors, go to stdout as JSON.
    pub(super) fn wants_json(&self) -> bool {
        match &self.command {
            PersonCommand::List(args) => args.target.json,
            PersonCommand::Get(args) | PersonCommand::Delete(args) => args.target.json,
            PersonCommand::Faces(args) => args.target.json,
            PersonCommand::Add(args) => args.target.json,
            PersonCommand::Set(args) => args.target.json,
            PersonCommand::Merge(args) | PersonCommand::Unmerge(args) => args.target.json,
            PersonCommand::AddFaces(args) => args.target.json,
            PersonCommand::Assign(args) | PersonCommand::DeleteFaces(args) | PersonCommand::Split(args) => {
                args.target.json
            }
            PersonCommand::AddGroups(args) | PersonCommand::DeleteGroups(args) => args.target.json,
            PersonCommand::Groups(args) => args.target.json,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(super) struct Target {
    /// Folder of the library
    #[arg(long, short, value_name = "DIR")]
    pub(super) library: PathBuf,
    /// Write the operation's response as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct ListArgs {
    /// Only the persons of this group
    #[arg(long, value_name = "GROUP")]
    pub(super) group: Option<String>,
    /// Page of the answer, from 1
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(super) page_no: Option<String>,
    /// Persons a page, 1 to 100 [default: 20]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(super) page_size: Option<String>,
    #[command(flatten)]
    pub(super) target: Target,
}

#[derive(Debug, ClapArgs)]
pub(super) struct OneArgs {
    /// The person
    #[arg(value_name = "PERSON")]
    pub(super) person: String,
    #[command(flatten)]
    pub(super) target: Target,
}

#[derive(Debug, ClapArgs)]
pub(super) struct FacesOfArgs {
    /// The person
    #[arg(value_name = "PERSON")]
    pub(super) person: String,
    /// Face ids [default: all of the person's]
    #[arg(value_name = "FACE")]
    pub(super) faces: Vec<String>,
    #[command(flatten)]
    pub(super) target: Target,
}

#[derive(Debug, ClapArgs)]
pub(super) struct AddArgs {
    /// The new person's id, up to 128 characters
    #[arg(value_name = "PERSON")]
    pub(super) person: String,
    /// The name that is shown [default: the id]
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// A note about the person
    #[arg(long, value_name = "TEXT")]
    pub(super) note: Option<String>,
    /// A group that the person belongs to; may be repeated
    #[arg(long = "group", value_name = "GROUP")]
    pub(super) groups: Vec<String>,
    #[command(flatten)]
    pub(super) target: Target,
}

#[derive(Debug, ClapArgs)]
#[command(group = clap::ArgGroup::new("changes").args(["name", "note"]).required(true).multiple(true))]
pub(super) struct SetArgs {
    /// The person
    #[arg(value_name = "PERSON")]
    pub(super) person: String,
    /// The new name
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// The new note; an empty one clears it
    #[arg(long, value_name = "TEXT")]
    pub(super) note: Option<String>,
    #[command(flatten)]
    pub(super) target: Target,
}

#[derive(Debug, ClapArgs)]
pub(super) struct MergeArgs {
    /// The person who stays, or stayed
    #[arg(value_name = "PERSON")]
    pub(super) person: String,
    /// The others
    #[arg(value_name = "OTHER", required = true)]
    pub(super) others: Vec<String>,
    #[command(flatten)]
    pub(super) target: Target,
}

#[derive(Debug, ClapArgs)]
pub(super) struct AddFacesArgs {
    /// The person
    #[arg(value_name = "PERSON")]
    pub(super) person: String,
    /// Photos; a person has at most 20 faces added so
    #[arg(value_name = "PHOTO", required = true)]
    pub(super) photos: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) target: Target,
    #[command(flatten)]
    pub(super) models: ModelArgs,
}

#[derive(Debug, ClapArgs)]
pub(super) struct FaceIdsArgs {
    /// The person
    #[arg(value_name = "PERSON")]
    pub(super) person: String,
    /// Face ids, as 'visavis inspect --faces' or 'visavis person faces' show them
    #[arg(value_name = "FACE", required = true)]
    pub(super) faces: Vec<String>,
    #[command(flatten)]
    pub(super) target: Target,
}

#[derive(Debug, ClapArgs)]
pub(super) struct GroupsOfArgs {
    /// The person
    #[arg(value_name = "PERSON")]
    pub(super) person: String,
    /// Groups
    #[arg(value_name = "GROUP", required = true)]
    pub(super) groups: Vec<String>,
    #[command(flatten)]
    pub(super) target: Target,
}

#[derive(Debug, ClapArgs)]
pub(super) struct GroupsArgs {
    #[command(flatten)]
    pub(super) target: Target,
}
