//! The states of a media, as numbers (in filters) and as words (in documents). Imports nothing.

/// The numbers of the public reference, and our words for them.
const STATES: [(i64, &str); 12] = [
    (0, "Init"),
    (1, "Preparing"),
    (2, "PrepareFail"),
    (3, "Normal"),
    (10, "Uploading"),
    (12, "Uploaded"),
    (13, "Transcoding"),
    (14, "TranscodeFail"),
    (15, "Reviewing"),
    (16, "Blocked"),
    (17, "Deleted"),
    (18, "UploadFail"),
];

/// The word for a state; the number itself where it is not known.
#[must_use]
pub fn status_text(number: i64) -> String {
    let known = STATES.iter().find(|(known, _)| *known == number);
    known.map_or_else(|| number.to_string(), |(_, word)| (*word).to_owned())
}

/// The number of a state, given as the word in any case or as its digits.
#[must_use]
pub fn status_number(text: &str) -> Option<i64> {
    let known = STATES.iter().find(|(_, word)| word.eq_ignore_ascii_case(text));
    known.map(|(number, _)| *number).or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_belong_together() {
        for (number, word) in STATES {
            assert_eq!((status_text(number).as_str(), status_number(&word.to_lowercase())), (word, Some(number)));
        }
        assert_eq!((status_text(99).as_str(), status_number("99"), status_number("odd")), ("99", Some(99), None));
    }
}
