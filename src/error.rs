//! The one error type of the crate and its stable code strings.
//!
//! Codes are part of the public interface: the command line prints them, JavaScript sees them as `error.code`,
//! and they change only with a major version. Messages are for people: lower case, naming the thing that was
//! wrong and, where there is something to do about it, what to do.

use thiserror::Error as ThisError;

/// The result type used everywhere in the crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong, with the data that a message needs.
#[derive(Debug, Clone, PartialEq, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// The image file has no bytes.
    #[error("{name}: the file is empty (0 bytes)")]
    ImageEmpty {
        /// What the caller called the image: a path, a URL or a parameter.
        name: String,
    },
    /// The bytes are of no image format that is read here, or of a rare kind of JPEG.
    #[error(
        "{name}: not an image that can be read; JPEG (8 bits a colour, no arithmetic coding), PNG, WebP, GIF, BMP and TIFF are"
    )]
    ImageFormatUnsupported {
        /// What the caller called the image.
        name: String,
    },
    /// The file ends before the image does.
    #[error("{name}: the {format} image is cut off: the file ends before the picture does")]
    ImageTruncated {
        /// What the caller called the image.
        name: String,
        /// The recognised format, such as `JPEG`.
        format: String,
    },
    /// The format was recognised but its contents break the format's rules.
    #[error("{name}: the {format} image is damaged: {reason}")]
    ImageMalformed {
        /// What the caller called the image.
        name: String,
        /// The recognised format, such as `PNG`.
        format: String,
        /// The decoder's own words.
        reason: String,
    },
    /// The image claims more pixels than the limit allows, or a side above 65,535; nothing was allocated.
    #[error(
        "{name}: the image is {width} x {height} pixels, above the limit of {limit} pixels or 65535 a side; make it smaller or raise the limit"
    )]
    ImageTooLarge {
        /// What the caller called the image.
        name: String,
        /// Claimed width in pixels.
        width: u64,
        /// Claimed height in pixels.
        height: u64,
        /// The limit on width times height.
        limit: u64,
    },
    /// The video has no picture.
    #[error("{name}: the video has no frames")]
    VideoEmpty {
        /// What the caller called the video.
        name: String,
    },
    /// The file has no moving picture: sound only, or nothing at all.
    #[error("{name}: no video track: the {format} file has {found}")]
    VideoNoTrack {
        /// What the caller called the video.
        name: String,
        /// The recognised container, such as `MP4`.
        format: String,
        /// What is in it instead, such as `audio only`.
        found: String,
    },
    /// The file ends before the film does.
    #[error("{name}: the {format} video is cut off: the file ends before the film does")]
    VideoTruncated {
        /// What the caller called the video.
        name: String,
        /// The recognised container, such as `MP4`.
        format: String,
    },
    /// The container was recognised but its contents cannot be decoded.
    #[error("{name}: the {format} video is damaged: {reason}")]
    VideoMalformed {
        /// What the caller called the video.
        name: String,
        /// The recognised container, such as `MP4`.
        format: String,
        /// The decoder's own words.
        reason: String,
    },
    /// The file is no video that is read here, or its codec is not.
    #[error("{name}: not a video that can be read: {reason}")]
    VideoUnsupported {
        /// What the caller called the video.
        name: String,
        /// What it is, or what is missing to read it.
        reason: String,
    },
    /// The program that decodes videos for the command line is not there.
    #[error(
        "{name}: videos are read by ffmpeg, but {program} {reason}; install it (apt install ffmpeg, brew install ffmpeg, winget install ffmpeg) or name it in VISAVIS_FFMPEG and VISAVIS_FFPROBE"
    )]
    FfmpegMissing {
        /// What the caller called the video.
        name: String,
        /// The program that was to be run.
        program: String,
        /// What came of it, such as `was not found`.
        reason: String,
    },
    /// No face was found in the image.
    #[error("{name}: no face was found; use a photo in which a face is clearly visible")]
    NoFace {
        /// What the caller called the image.
        name: String,
    },
    /// The chosen face has too few pixels to be recognised.
    #[error("{name}: the face is {side_px:.0} pixels wide; at least {minimum_px:.0} are needed")]
    FaceTooSmall {
        /// What the caller called the image.
        name: String,
        /// The shorter side of the face's box in source pixels.
        side_px: f32,
        /// The smallest side that is accepted, in source pixels.
        minimum_px: f32,
    },
    /// A model file could not be understood or run.
    #[error("model {model}: {reason}")]
    ModelInvalid {
        /// The role or the id of the model.
        model: String,
        /// What was wrong.
        reason: String,
    },
    /// A value of the wrong size or with non-finite numbers was offered as an embedding.
    #[error("embedding: {reason}")]
    EmbeddingInvalid {
        /// What was wrong.
        reason: String,
    },
    /// The server answered that the resource is not there, or with another failing status.
    #[error("{url}: the server answered {status}")]
    DownloadFailed {
        /// The address that was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The browser would not give the response to the page: another origin without CORS, or no network.
    #[error(
        "{url}: the browser refused the request: the other origin does not allow this page to read it (CORS), or the network is down"
    )]
    DownloadBlocked {
        /// The address that was asked for.
        url: String,
    },
    /// A download stood still for too long.
    #[error("{url}: no data for {seconds} s; the server or the network does not answer")]
    DownloadTimeout {
        /// The address that was asked for.
        url: String,
        /// How long nothing came, in seconds.
        seconds: f64,
    },
    /// The caller's `AbortSignal` fired.
    #[error("the operation was aborted by its signal")]
    Aborted,
    /// There is no `library.json` at the place named.
    #[error("library {library}: there is no library.json at {place}")]
    LibraryNotFound {
        /// The library's name or folder.
        library: String,
        /// Where it was looked for.
        place: String,
    },
    /// `library.json`, or a table, breaks the format's rules.
    #[error("library {library}: {part}: {reason}")]
    LibraryMalformed {
        /// The library's name or folder.
        library: String,
        /// The file or field that is wrong, such as `manifest: faces[3].bytes`.
        part: String,
        /// What was wrong.
        reason: String,
    },
    /// The library was written by a newer version of the format.
    #[error(
        "library {library}: format version {found} is newer than {supported}, the newest that this version of visavis reads; update visavis"
    )]
    LibraryVersionUnsupported {
        /// The library's name or folder.
        library: String,
        /// The version that the manifest states.
        found: u64,
        /// The newest version that is read here.
        supported: u64,
    },
    /// A file of the library is shorter or longer than the manifest says.
    #[error(
        "library {library}: {file}: {found} bytes, but the manifest says {expected}; the copy is incomplete or was changed"
    )]
    FileLengthMismatch {
        /// The library's name or folder.
        library: String,
        /// The file's name.
        file: String,
        /// The byte length in the manifest.
        expected: u64,
        /// The byte length that was found.
        found: u64,
    },
    /// A file (of a library, or a model) does not have the SHA-256 that was promised.
    #[error("{owner}: {file}: SHA-256 is {found}, but {expected} was promised; the copy is damaged or was changed")]
    FileHashMismatch {
        /// `library NAME` or `model NAME`.
        owner: String,
        /// The file's name.
        file: String,
        /// The promised SHA-256, hexadecimal.
        expected: String,
        /// The SHA-256 of the bytes found, hexadecimal.
        found: String,
    },
    /// The query's embedding was made by another model than the library's.
    #[error(
        "library {library} was made with embedder {library_embedder}, but the query with {query_embedder}; their embeddings cannot be compared"
    )]
    EmbedderMismatch {
        /// The library's name or folder.
        library: String,
        /// Id and SHA-256 of the library's embedder.
        library_embedder: String,
        /// Id and SHA-256 of the query's embedder.
        query_embedder: String,
    },
    /// No library of that name was given to the client.
    #[error("{parameter} {name:?}: no such library; known are: {known}")]
    UnknownLibrary {
        /// The parameter that names it.
        parameter: String,
        /// The name asked for.
        name: String,
        /// The names that are known, comma separated.
        known: String,
    },
    /// A parameter that must be given is absent or empty.
    #[error("{parameter} is required")]
    MissingParameter {
        /// The parameter's wire name.
        parameter: String,
    },
    /// A search needs a photo, because its token is not known.
    #[error("PersonImageUrl is required: FaceSearchToken {token:?} is not known, or has expired")]
    MissingPhoto {
        /// The token.
        token: String,
    },
    /// A parameter has the wrong type or is out of range.
    #[error("{parameter}: {reason}")]
    InvalidParameter {
        /// The parameter's wire name.
        parameter: String,
        /// What was wrong and what is allowed.
        reason: String,
    },
    /// A token, media, person or task that does not exist.
    #[error("{kind} {id:?} was not found")]
    ResourceNotFound {
        /// What kind of thing was looked for.
        kind: String,
        /// Its id.
        id: String,
    },
    /// Something that belongs to another one than was said, or to none.
    #[error("{kind} {id:?} {fact}")]
    ResourceUnrelated {
        /// What kind of thing it is.
        kind: String,
        /// Its id.
        id: String,
        /// What it is not, and what it is instead.
        fact: String,
    },
    /// No task of that id in that project, or one whose seven days are over.
    #[error("TaskId {task_id:?}: there is no such task in this project; tasks are kept for seven days")]
    TaskNotFound {
        /// The id asked for.
        task_id: String,
    },
    /// More of something than is allowed.
    #[error("{what}: at most {limit} are allowed")]
    LimitExceeded {
        /// What there is too much of.
        what: String,
        /// How many are allowed.
        limit: u64,
    },
    /// The client was closed.
    #[error("the client is closed; create a new one with createClient")]
    ClientClosed,
    /// Another process is writing to the same library.
    #[error("library {library}: another visavis is writing to it; wait until it is done")]
    LibraryBusy {
        /// The library's folder.
        library: String,
    },
    /// A library of published files was to be changed.
    #[error(
        "{parameter}: library {library:?} is made of published files, which cannot be changed here; name a library of the client's own, or use the command line"
    )]
    LibraryReadOnly {
        /// The parameter that names it.
        parameter: String,
        /// The library's name.
        library: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {reason}")]
    Io {
        /// The path.
        path: String,
        /// The operating system's words.
        reason: String,
    },
    /// A defect of visavis.
    #[error("internal error: {reason}; please report it")]
    Internal {
        /// What was found.
        reason: String,
    },
}

impl Error {
    /// The stable code string of this error.
    ///
    /// `MissingParameter` answers `Missing<Parameter>`, as the vendor's services do, so the string is made anew.
    #[must_use]
    pub fn code(&self) -> String {
        let fixed = match self {
            Self::ImageEmpty { .. } => "ImageEmpty",
            Self::ImageFormatUnsupported { .. } => "ImageFormatUnsupported",
            Self::ImageTruncated { .. } => "ImageTruncated",
            Self::ImageMalformed { .. } => "ImageMalformed",
            Self::ImageTooLarge { .. } => "ImageTooLarge",
            Self::VideoEmpty { .. } => "VideoEmpty",
            Self::VideoNoTrack { .. } => "VideoNoTrack",
            Self::VideoTruncated { .. } => "VideoTruncated",
            Self::VideoMalformed { .. } => "VideoMalformed",
            Self::VideoUnsupported { .. } => "VideoUnsupported",
            Self::FfmpegMissing { .. } => "FfmpegMissing",
            Self::NoFace { .. } => "NoFace",
            Self::FaceTooSmall { .. } => "FaceTooSmall",
            Self::ModelInvalid { .. } => "ModelInvalid",
            Self::EmbeddingInvalid { .. } => "EmbeddingInvalid",
            Self::DownloadFailed { .. } => "DownloadFailed",
            Self::DownloadBlocked { .. } => "DownloadBlocked",
            Self::DownloadTimeout { .. } => "DownloadTimeout",
            Self::Aborted => "Aborted",
            Self::LibraryNotFound { .. } => "LibraryNotFound",
            Self::LibraryMalformed { .. } => "LibraryMalformed",
            Self::LibraryVersionUnsupported { .. } => "LibraryVersionUnsupported",
            Self::FileLengthMismatch { .. } => "FileLengthMismatch",
            Self::FileHashMismatch { .. } => "FileHashMismatch",
            Self::EmbedderMismatch { .. } => "EmbedderMismatch",
            Self::UnknownLibrary { .. } => "UnknownLibrary",
            Self::MissingParameter { parameter } => return format!("Missing{parameter}"),
            Self::MissingPhoto { .. } => "MissingPersonImageUrl",
            Self::InvalidParameter { .. } => "InvalidParameter",
            Self::ResourceNotFound { .. } | Self::ResourceUnrelated { .. } => "ResourceNotFound",
            Self::TaskNotFound { .. } => "InvalidTaskId.NotFound",
            Self::LimitExceeded { .. } => "LimitExceededError",
            Self::ClientClosed => "ClientClosed",
            Self::LibraryBusy { .. } => "LibraryBusy",
            Self::LibraryReadOnly { .. } => "LibraryReadOnly",
            Self::Io { .. } => "IoError",
            Self::Internal { .. } => "InternalError",
        };
        fixed.to_owned()
    }

    /// The wire name of the parameter that was wrong, where one was.
    #[must_use]
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Self::MissingParameter { parameter }
            | Self::InvalidParameter { parameter, .. }
            | Self::UnknownLibrary { parameter, .. }
            | Self::LibraryReadOnly { parameter, .. } => Some(parameter),
            Self::MissingPhoto { .. } => Some("PersonImageUrl"),
            Self::TaskNotFound { .. } => Some("TaskId"),
            _ => None,
        }
    }

    /// Whether something could not be downloaded.
    #[must_use]
    pub fn is_of_download(&self) -> bool {
        matches!(self, Self::DownloadFailed { .. } | Self::DownloadBlocked { .. } | Self::DownloadTimeout { .. })
    }

    /// Replaces the name of the image or video in an error about one, and leaves every other error as it is.
    ///
    /// Decoders do not know what their bytes are called; whoever does says so with this.
    #[must_use]
    pub fn named(mut self, new_name: &str) -> Self {
        match &mut self {
            Self::ImageEmpty { name }
            | Self::ImageFormatUnsupported { name }
            | Self::ImageTruncated { name, .. }
            | Self::ImageMalformed { name, .. }
            | Self::ImageTooLarge { name, .. }
            | Self::VideoEmpty { name }
            | Self::VideoNoTrack { name, .. }
            | Self::VideoTruncated { name, .. }
            | Self::VideoMalformed { name, .. }
            | Self::VideoUnsupported { name, .. }
            | Self::FfmpegMissing { name, .. }
            | Self::NoFace { name }
            | Self::FaceTooSmall { name, .. } => new_name.clone_into(name),
            _ => {}
        }
        self
    }

    /// Replaces the parameter in an error about the library that a call names, and leaves every other error as it is.
    ///
    /// Whoever looks for a library calls it `SearchLibName`; calls that have another name for it say so with this.
    #[must_use]
    pub fn of_library(mut self, new_parameter: &str) -> Self {
        if let Self::UnknownLibrary { parameter, .. } | Self::LibraryReadOnly { parameter, .. } = &mut self {
            new_parameter.clone_into(parameter);
        }
        self
    }

    /// A parameter of the wrong type or out of range.
    #[must_use]
    pub fn invalid(parameter: &str, reason: impl Into<String>) -> Self {
        Self::InvalidParameter { parameter: parameter.to_owned(), reason: reason.into() }
    }
}

#[cfg(test)]
mod tests;
