//! Ids. All are made from contents, so that the same input gives the same ids. Imports `core::digest`.

use std::fmt;

use super::digest::sha256;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub String);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// Names a photo or a video: the first 32 hexadecimal digits of the SHA-256 of the file.
    MediaId
}

text_id! {
    /// Names a person, known or not: 32 hexadecimal digits.
    EntityId
}

impl MediaId {
    /// The id of the file with these bytes.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(sha256(bytes).first_32_digits())
    }
}

impl EntityId {
    /// The id of the person of this name.
    #[must_use]
    pub fn of_person(name: &str) -> Self {
        Self(sha256(format!("person\0{name}").as_bytes()).first_32_digits())
    }

    /// The id of a person whom nobody named, made from one of the person's faces.
    #[must_use]
    pub fn of_face(face: FaceId) -> Self {
        Self(sha256(format!("entity\0{face}").as_bytes()).first_32_digits())
    }

    /// The id of the person who was split off another one with these faces.
    #[must_use]
    pub fn of_split(person: &str, faces: &[FaceId]) -> Self {
        let mut numbers: Vec<u64> = faces.iter().map(|face| face.0).collect();
        numbers.sort_unstable();
        numbers.dedup();
        Self(sha256(format!("split\0{person}\0{numbers:?}").as_bytes()).first_32_digits())
    }
}

/// Names one face of one photo, or one track of one video: below 2^53, so a JavaScript number holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FaceId(pub u64);

impl FaceId {
    /// The id of the face number `index` of a media.
    #[must_use]
    pub fn of_media(media: &MediaId, index: usize) -> Self {
        Self(sha256(format!("face\0{media}\0{index}").as_bytes()).first_53_bits())
    }

    /// The id of the track number `index` of a video that was read in a certain way. Read in another, its tracks are others, and what
    /// was said of this one must not be taken for what is said of them.
    #[must_use]
    pub fn of_track(media: &MediaId, read: &str, index: usize) -> Self {
        Self(sha256(format!("track\0{media}\0{read}\0{index}").as_bytes()).first_53_bits())
    }
}

impl fmt::Display for FaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
