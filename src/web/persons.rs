//! Persons, their faces and groups: read from any library, changed in those that live in this client.

use std::rc::Rc;

use super::address::shortened;
use super::input::{ImageInput, ImageSource};
use super::libraries::{OpenLibrary, Slot};
use super::operate::{Answer, Call};
use super::output::to_js;
use super::session::Session;
use crate::core::FaceId;
use crate::error::{Error, Result};
use crate::indexing::{
    IndexOptions, NewFace, Outcome, PersonEdit, Thumbnail, face_thumbnail_name, find_person, index_photo,
};
use crate::library::Library;
use crate::operations::{
    AddFacesRequest, AddGroupsRequest, AddPersonRequest, AssignFacesRequest, DeleteFacesRequest, DeleteGroupsRequest,
    DeletePersonRequest, GetFacesRequest, GetGroupsRequest, GetPersonRequest, GetPersonsRequest, ListPersonsRequest,
    MergePersonsRequest, PersonOptions, SetPersonRequest, SplitPersonRequest, UnmergePersonsRequest, get_groups,
    get_person, get_person_faces, get_persons, list_persons,
};

/// What these operations call the library.
const LIBRARY_PARAMETER: &str = "searchLibName";
/// JPEG quality of photos that come as pixels and are kept as files.
const JPEG_QUALITY: u8 = 95;

/// What an image is called that was given without a name.
const NO_NAME: &str = "image";
/// How names begin that say nothing of a photo either: places in a request, and addresses that hold the file or a number.
const NO_NAMES: [&str; 3] = ["urls[", "data:", "blob:"];

/// A photo that a face is taken from.
struct PhotoFile {
    bytes: Vec<u8>,
    /// What errors call it.
    name: String,
    /// The last part of its path, where it has one.
    file_name: Option<String>,
}

/// Whether a file is of a format that browsers may read though the engine does not (AVIF, HEIC, JPEG XL), by its first bytes.
fn is_foreign(file: &[u8]) -> bool {
    let kind = file.get(4..8);
    kind == Some(b"ftyp") || kind == Some(b"JXL ") || file.starts_with(&[0xff, 0x0a])
}

/// Parses the request, makes the edit, and answers with what came of it.
macro_rules! edit {
    ($session:expr, $request:ty, $call:expr, $request_id:expr) => {{
        let request = <$request>::parse(&$call.request)?;
        let outcome = $session.edit_persons(&request.options, &request.edit(), Vec::new())?;
        to_js(&request.response(&outcome, $request_id))
    }};
}

impl Session {
    /// Runs an operation on persons; `None` where there is none of this name.
    pub(super) async fn person_operation(&self, name: &str, call: &mut Call, request_id: &str) -> Option<Answer> {
        match self.read_persons(name, call, request_id).await {
            Some(answer) => Some(answer),
            None if name == "AddFaces" => Some(self.add_faces(call, request_id).await),
            None => self.change_persons(name, call, request_id),
        }
    }

    async fn read_persons(&self, name: &str, call: &Call, request_id: &str) -> Option<Answer> {
        let answer = match name {
            "GetFaces" => self.get_faces(call, request_id).await,
            "GetPerson" => self.get_person(call, request_id).await,
            "GetPersons" => self.get_persons(call, request_id).await,
            "ListPersons" => self.list_persons(call, request_id).await,
            "GetGroups" => self.get_groups(call, request_id).await,
            _ => return None,
        };
        Some(answer)
    }

    fn change_persons(&self, name: &str, call: &Call, request_id: &str) -> Option<Answer> {
        let change: &dyn Fn() -> Answer = match name {
            "AddPerson" => &|| edit!(self, AddPersonRequest, call, request_id),
            "SetPerson" => &|| edit!(self, SetPersonRequest, call, request_id),
            "DeletePerson" => &|| edit!(self, DeletePersonRequest, call, request_id),
            "MergePersons" => &|| edit!(self, MergePersonsRequest, call, request_id),
            "UnmergePersons" => &|| edit!(self, UnmergePersonsRequest, call, request_id),
            "SplitPerson" => &|| edit!(self, SplitPersonRequest, call, request_id),
            "AssignFaces" => &|| edit!(self, AssignFacesRequest, call, request_id),
            "DeleteFaces" => &|| edit!(self, DeleteFacesRequest, call, request_id),
            "AddGroups" => &|| edit!(self, AddGroupsRequest, call, request_id),
            "DeleteGroups" => &|| edit!(self, DeleteGroupsRequest, call, request_id),
            _ => return None,
        };
        Some(change())
    }

    async fn get_faces(&self, call: &Call, request_id: &str) -> Answer {
        let request = GetFacesRequest::parse(&call.request)?;
        let library = self.library_of_person(&request.options, &request.person_id).await?;
        let url_of = |face: FaceId| library.file_address(&face_thumbnail_name(face)).unwrap_or_default();
        to_js(&get_person_faces(&library.library, &request, &url_of, request_id)?)
    }

    async fn get_person(&self, call: &Call, request_id: &str) -> Answer {
        let request = GetPersonRequest::parse(&call.request)?;
        let library = self.library_of_person(&request.options, &request.person_id).await?;
        to_js(&get_person(&library.library, &request, request_id)?)
    }

    async fn get_persons(&self, call: &Call, request_id: &str) -> Answer {
        let request = GetPersonsRequest::parse(&call.request)?;
        let library = self.named_library(&request.options).await?;
        to_js(&get_persons(&library.library, &request, request_id)?)
    }

    async fn list_persons(&self, call: &Call, request_id: &str) -> Answer {
        let request = ListPersonsRequest::parse(&call.request)?;
        let library = self.named_library(&request.options).await?;
        to_js(&list_persons(&library.library, &request, request_id)?)
    }

    async fn get_groups(&self, call: &Call, request_id: &str) -> Answer {
        let request = GetGroupsRequest::parse(&call.request)?;
        let library = self.named_library(&request.options).await?;
        to_js(&get_groups(&library.library, &request, request_id))
    }

    /// AddFaces. A photo that cannot be used fails alone, unless it is at an address that the engine was to fetch and in a format
    /// that browsers may know: then the call fails, has changed nothing, and the page can ask again with the pixels.
    async fn add_faces(&self, call: &mut Call, request_id: &str) -> Answer {
        let request = AddFacesRequest::parse(&call.request)?;
        let slot = self.writable_library(&request.options)?;
        if !has_person(&self.libraries.open_tables(slot).await?.library, &request.person_id) {
            return Err(Error::ResourceNotFound { kind: "person".to_owned(), id: request.person_id });
        }
        let (mut faces, mut thumbnails) = (Vec::new(), Vec::new());
        for (place, url) in request.urls.iter().enumerate() {
            let image = call.images.get_mut(place).and_then(Option::take);
            let is_fetched = image.is_none();
            let image = image.unwrap_or_else(|| ImageInput::of_url(url));
            let file = self.photo_file(image, &format!("urls[{place}]")).await;
            let face = match &file {
                Ok(file) => self.new_face(&request.person_id, file),
                Err(error) => Err(error.clone()),
            };
            let face = match (face, file) {
                (Err(unread @ Error::ImageFormatUnsupported { .. }), Ok(file))
                    if is_fetched && is_foreign(&file.bytes) =>
                {
                    return Err(unread);
                }
                (face, _) => face,
            };
            faces.push(face.map(|(face, pictures)| {
                thumbnails.extend(pictures);
                face
            }));
        }
        let outcome = self.edit_persons(&request.options, &request.edit(&faces)?, thumbnails)?;
        to_js(&request.response(&outcome, &faces, request_id))
    }

    /// The file of a photo, which errors about its address call `parameter`; pixels become one.
    async fn photo_file(&self, image: ImageInput, parameter: &str) -> Result<PhotoFile> {
        let ImageInput { source, name } = image;
        let (bytes, address) = match source {
            ImageSource::Photo(photo) => (photo.to_jpeg(JPEG_QUALITY)?, None),
            ImageSource::File(bytes) => (bytes, None),
            ImageSource::Url(url) => (self.download_photo(&url, parameter).await?, Some(url)),
        };
        // An address that serves as a name may be cut off in it.
        let whole = address.filter(|url| shortened(url) == name).unwrap_or_else(|| name.clone());
        let file_name = whole.split(['?', '#']).next().and_then(|path| path.rsplit(['/', '\\']).next());
        let is_unnamed = whole == NO_NAME || NO_NAMES.iter().any(|start| whole.starts_with(start));
        let file_name = file_name.filter(|last| !last.is_empty() && !is_unnamed).map(str::to_owned);
        Ok(PhotoFile { bytes, name, file_name })
    }

    /// The largest face of a photo, with the pictures of it and of the photo.
    fn new_face(&self, person_id: &str, file: &PhotoFile) -> Result<(NewFace, Vec<Thumbnail>)> {
        let options = IndexOptions { limits: self.limits, ..IndexOptions::default() };
        let mut photo = index_photo(&self.engine, &file.name, &file.bytes, &options)?;
        let own_name = || format!("{}.{}", photo.media.media_id, photo.media.format);
        let file_name = file.file_name.clone().unwrap_or_else(own_name);
        let face = NewFace::largest_of(&photo, person_id, &file_name, self.engine.embedder());
        let face = face.map_err(|error| error.named(&file.name))?;
        let wanted = [face.media.cover.clone(), Some(face_thumbnail_name(face.face.face_id))];
        photo.thumbnails.retain(|picture| wanted.iter().flatten().any(|name| *name == picture.name));
        Ok((face, photo.thumbnails))
    }

    fn edit_persons(&self, options: &PersonOptions, edit: &PersonEdit, thumbnails: Vec<Thumbnail>) -> Result<Outcome> {
        self.writable_library(options)?.change(|own| own.edit(edit, thumbnails))
    }

    /// The library that a request names, or the first.
    async fn named_library(&self, options: &PersonOptions) -> Result<Rc<OpenLibrary>> {
        let slot = self.libraries.find(options.search_lib_name.as_deref());
        self.libraries.open_tables(slot.map_err(|error| error.of_library(LIBRARY_PARAMETER))?).await
    }

    /// The library that a request which changes persons means.
    fn writable_library(&self, options: &PersonOptions) -> Result<&Slot> {
        let slot = self.libraries.writable(options.search_lib_name.as_deref());
        slot.map_err(|error| error.of_library(LIBRARY_PARAMETER))
    }

    /// The library that a request names; else the first that has the person, or the first of all.
    ///
    /// A library that cannot be opened hides no person of another one.
    async fn library_of_person(&self, options: &PersonOptions, person_id: &str) -> Result<Rc<OpenLibrary>> {
        let mut failure = None;
        if options.search_lib_name.is_none() {
            for slot in self.libraries.slots() {
                match self.libraries.open_tables(slot).await {
                    Ok(open) => {
                        if has_person(&open.library, person_id) {
                            return Ok(open);
                        }
                    }
                    Err(error) => failure = failure.or(Some(error)),
                }
            }
        }
        match failure {
            Some(error) => Err(error),
            None => self.named_library(options).await,
        }
    }
}

fn has_person(library: &Library, person_id: &str) -> bool {
    let entities = (0..library.entity_count()).filter_map(|row| library.entity(row));
    find_person(entities, person_id).is_some()
}
