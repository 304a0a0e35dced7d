//! Stands in for helper B's functions until they are merged.
pub(super) struct MediaDocument;
impl MediaDocument {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err(String::new()) } else { Ok(Self) }
    }
}
pub(super) fn status_number(name: &str) -> Option<i64> {
    (name == "Normal").then_some(3)
}
