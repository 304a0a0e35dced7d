//! Words of messages.

/// A count with its noun, of which there may be one: `1 face`, `3 faces`.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
