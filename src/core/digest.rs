//! SHA-256 digests, by which every immutable file is named. Imports nothing but the hash.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// Bytes that go into the hash by one call.
const HASHED_AT_ONCE: usize = 16 * 1024;

/// A SHA-256 digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Parses 64 hexadecimal digits of either case.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut bytes = [0_u8; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The first 53 bits as an integer that a JavaScript number holds exactly.
    #[must_use]
    pub fn first_53_bits(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_be_bytes([a, b, c, d, e, f, g, h]) >> 11
    }

    /// The first 32 hexadecimal digits: the form of the vendor's media and entity ids.
    #[must_use]
    pub fn first_32_digits(&self) -> String {
        let mut text = self.to_string();
        text.truncate(32);
        text
    }
}

impl fmt::Display for Digest {
    /// 64 lower-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The SHA-256 of `bytes`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Digest {
    let mut hash = Sha256::new();
    // In pieces: a browser makes a function fast between its calls, not while it runs, and the first bytes that are hashed are whole models.
    bytes.chunks(HASHED_AT_ONCE).for_each(|piece| hash.update(piece));
    Digest(hash.finalize().into())
}

/// The SHA-256 of bytes that come piece by piece, for files that are too large to be held.
#[derive(Debug, Clone, Default)]
pub struct Sha256Stream(Sha256);

impl Sha256Stream {
    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The digest of all pieces.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_have_the_digest_of_the_whole() {
        let bytes: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let mut stream = Sha256Stream::default();
        bytes.chunks(77).for_each(|piece| stream.update(piece));
        assert_eq!(stream.finish(), sha256(&bytes));
    }

    #[test]
    fn the_empty_message_has_the_digest_of_fips_180() {
        let digest = sha256(b"");
        assert_eq!(digest.to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(Digest::from_hex(&digest.to_string()), Some(digest));
        assert!(digest.first_53_bits() < 1 << 53);
    }

    #[test]
    fn text_that_is_no_digest_is_refused() {
        assert_eq!(Digest::from_hex("e3b0"), None);
        assert_eq!(Digest::from_hex(&"g".repeat(64)), None);
    }
}
