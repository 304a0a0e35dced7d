//! Tests of the limits of a Match, and of the longest ones within them.

use super::tests::{error_of, records};
use super::*;
use crate::library::Catalog;

#[test]
fn a_text_to_look_for_has_at_most_60_characters() {
    let of = |letters: usize| format!("description = '{}'", "é".repeat(letters));
    assert!(Match::parse(&of(60)).is_ok());
    assert_eq!(
        error_of(&of(61)),
        "Match: column 15: description: the text to look for has 61 characters; at most 60 are allowed"
    );
    assert!(Match::parse(&format!("tagList in ('{}')", "é".repeat(61))).is_ok(), "only contains is limited");
}

#[test]
fn nesting_is_limited_rather_than_deep() {
    let parens = |depth: usize| format!("{}title = 'a'{}", "(".repeat(depth), ")".repeat(depth));
    let nots = |depth: usize| format!("{}title = 'a'", "not ".repeat(depth));
    assert!(Match::parse(&parens(100)).is_ok() && Match::parse(&nots(100)).is_ok());
    assert_eq!(error_of(&parens(101)), "Match: column 101: nested more than 100 levels deep");
    assert_eq!(error_of(&nots(101)), "Match: column 401: nested more than 100 levels deep");
    assert_eq!(error_of(&parens(500_000)), "Match: column 101: nested more than 100 levels deep");
    assert_eq!(error_of(&"(".repeat(MAX_MATCH_BYTES)), "Match: column 101: nested more than 100 levels deep");
}

#[test]
fn a_megabyte_is_read_and_evaluated_and_more_is_refused() {
    let records = records(20);
    let catalog = Catalog::new(&records, std::iter::empty());
    let repeated = |part: &str, word: &str| {
        let mut text = part.repeat(MAX_MATCH_BYTES / part.len());
        text.truncate(text.len() - word.len());
        text
    };
    for (text, rows) in [
        (repeated("mediaType in ('image','video') and ", " and "), 20),
        (repeated("cateId == 7 or ", " or "), 0),
        (format!("tagList in ({})", repeated("'tag1',", ",").split_off(14)), 5),
        (format!("status in ({})", repeated("3,", ",").split_off(14)), 10),
    ] {
        assert!(text.len() > 1_000_000 && text.len() <= MAX_MATCH_BYTES, "{}", text.len());
        let found = Match::parse(&text).unwrap();
        assert_eq!(found.rows(&catalog).len(), rows);
    }
    let long = " ".repeat(MAX_MATCH_BYTES + 1);
    assert_eq!(error_of(&long), "Match: it has 1048577 bytes; at most 1048576 are allowed");
}

#[test]
fn contains_and_like_tests_are_limited_together() {
    let tests = |count: usize| {
        let one = |n: usize| format!("title {} 'x{n}'", if n.is_multiple_of(2) { "=" } else { "like" });
        (0..count).map(one).collect::<Vec<_>>()
    };
    assert!(Match::parse(&format!("({}) and cateId == 1", tests(1000).join(" or "))).is_ok());
    let before = tests(1000).join(" or ").len() + 5;
    let expected = format!("Match: column {before}: more than 1000 contains and like tests; at most 1000 are allowed");
    assert_eq!(error_of(&tests(1001).join(" or ")), expected);
}
