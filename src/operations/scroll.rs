//! ScrollToken: where a list goes on, as 32 hexadecimal digits. Nothing is kept: the token says which query and which version of
//! which library it belongs to. Imports `core` and `error`.

use std::fmt::{self, Display, Formatter, Write};

use crate::core::sha256;
use crate::error::{Error, Result};

/// How many media scrolling reaches; no token leads further.
pub const MAX_SCROLLED: usize = 1000;

const PARAMETER: &str = "ScrollToken";
const MARK_BYTES: usize = 5;
const CHECK_BYTES: usize = 4;

/// A place in the list of one query over one version of a library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScrollToken {
    position: u16,
    query: [u8; MARK_BYTES],
    library: [u8; MARK_BYTES],
}

impl ScrollToken {
    /// The place after `position` media of the list of `query` (a text that differs from query to query).
    pub(super) fn new(position: usize, query: &str, library_version: &str) -> Self {
        Self {
            position: u16::try_from(position).unwrap_or(u16::MAX),
            query: first_bytes(&format!("query\0{query}")),
            library: first_bytes(&format!("library\0{library_version}")),
        }
    }

    /// Reads a token.
    ///
    /// # Errors
    /// `InvalidParameter` naming ScrollToken where it is no token of ours.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let malformed = || {
            let reason = "it is no scroll token: 32 characters of a ScrollToken that SearchMedia answered are expected";
            Error::invalid(PARAMETER, reason)
        };
        let bytes = bytes_of_hex(text).ok_or_else(malformed)?;
        let [p0, p1, q0, q1, q2, q3, q4, l0, l1, l2, l3, l4, check @ ..] = bytes;
        let token =
            Self { position: u16::from_be_bytes([p0, p1]), query: [q0, q1, q2, q3, q4], library: [l0, l1, l2, l3, l4] };
        if token.check() == check { Ok(token) } else { Err(malformed()) }
    }

    /// How many media stand before the next page.
    ///
    /// # Errors
    /// `InvalidParameter` naming ScrollToken: it belongs to another query, the library changed, or the end of scrolling is reached.
    pub(super) fn position(self, query: &str, library_version: &str) -> Result<usize> {
        let here = Self::new(usize::from(self.position), query, library_version);
        let reason = if self.query != here.query {
            "it belongs to another query: Match, SortBy, EntityId and CustomFilters must stay as they were".to_owned()
        } else if self.library != here.library {
            "it is stale: the library changed, or it is another one; begin again without ScrollToken".to_owned()
        } else if usize::from(self.position) >= MAX_SCROLLED {
            format!("scrolling ends after {MAX_SCROLLED} media; narrow the query")
        } else {
            return Ok(usize::from(self.position));
        };
        Err(Error::invalid(PARAMETER, reason))
    }

    /// Tells our tokens from other texts.
    fn check(&self) -> [u8; CHECK_BYTES] {
        first_bytes(&format!("scroll\0{:?}", (self.position, self.query, self.library)))
    }
}

impl Display for ScrollToken {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let position = self.position.to_be_bytes();
        let check = self.check();
        let bytes = position.iter().chain(&self.query).chain(&self.library).chain(&check);
        let mut text = String::with_capacity(32);
        for byte in bytes {
            write!(text, "{byte:02X}")?;
        }
        f.write_str(&text)
    }
}

fn first_bytes<const N: usize>(text: &str) -> [u8; N] {
    let digest = sha256(text.as_bytes());
    digest.0.first_chunk().copied().unwrap_or([0; N])
}

fn bytes_of_hex(text: &str) -> Option<[u8; 16]> {
    (text.len() == 32 && text.bytes().all(|digit| digit.is_ascii_hexdigit())).then_some(())?;
    u128::from_str_radix(text, 16).ok().map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_in_either_case() {
        let token = ScrollToken::new(40, "q", "v1");
        let text = token.to_string();
        assert_eq!(text.len(), 32);
        assert_eq!(ScrollToken::parse(&text), Ok(token));
        assert_eq!(ScrollToken::parse(&text.to_lowercase()), Ok(token));
        assert_eq!(token.position("q", "v1"), Ok(40));
    }

    #[test]
    fn an_error_says_what_is_wrong_with_a_token() {
        let text = ScrollToken::new(40, "q", "v1").to_string();
        let forged = format!("{}{}", if text.starts_with('F') { 'E' } else { 'F' }, &text[1..]);
        for bad in ["x", "F8C4F642184DBDA5D93907A70AAE0000", &text[..31], &format!("{text}0"), &forged, &"é".repeat(16)]
        {
            let error = ScrollToken::parse(bad).unwrap_err();
            assert!(error.to_string().starts_with("ScrollToken: it is no scroll token"), "{bad}: {error}");
        }
        for (token, says) in [
            (ScrollToken::new(40, "other", "v1"), "ScrollToken: it belongs to another query"),
            (ScrollToken::new(40, "q", "v2"), "ScrollToken: it is stale: the library changed"),
            (ScrollToken::new(1000, "q", "v1"), "ScrollToken: scrolling ends after 1000 media"),
        ] {
            let error = token.position("q", "v1").unwrap_err();
            assert_eq!((error.code().as_str(), error.parameter()), ("InvalidParameter", Some("ScrollToken")));
            assert!(error.to_string().starts_with(says), "{error}");
        }
        assert_eq!(ScrollToken::new(999, "q", "v1").position("q", "v1"), Ok(999));
    }
}
