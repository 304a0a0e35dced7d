//! Tests of the Match grammar and of its evaluation.

use std::ops::Bound;

use proptest::prelude::*;

use super::*;
use crate::core::{EntityId, MediaId, MediaType};
use crate::library::{Catalog, CatalogFields, EntityRecord, MediaRecord, fold_case};

fn shown(text: &str) -> String {
    Match::parse(text).map_or_else(|error| format!("{text}: {error}"), |found| found.to_string())
}

pub(super) fn error_of(text: &str) -> String {
    let error = Match::parse(text).unwrap_err();
    assert_eq!((error.code().as_str(), error.parameter()), ("InvalidParameter", Some("Match")));
    error.to_string()
}

#[test]
fn an_empty_text_is_an_empty_bound() {
    for text in ["utcCreate = [1, '']", "utcCreate = [1,\"\"]", "utcCreate = [1, ]"] {
        assert_eq!(
            Match::parse(text).unwrap().to_string(),
            Match::parse("utcCreate = [1,]").unwrap().to_string(),
            "{text}"
        );
    }
    assert!(Match::parse("utcCreate = ['', 5]").is_ok());
    assert!(Match::parse("utcCreate = ['', '']").unwrap_err().to_string().contains("no bound"));
}

#[test]
fn every_documented_form_is_read() {
    for (text, read) in [
        (
            "title = 'China' and utcCreate = ['1693367158561','1693367158562']",
            "title = 'China' and utcCreate = [1693367158561, 1693367158562]",
        ),
        ("mediaId == \"a1\"", "mediaId == 'a1'"),
        ("TITLE='x'AND(STATUS==3 OR STATUS in(1,'2'))", "title = 'x' and (status == 3 or status in (1, 2))"),
        ("tagList in ('a', \"b\")", "tagList in ('a', 'b')"),
        ("utcModified = (1, 2)", "utcModified = (1, 2)"),
        ("utcModified = (1,2]", "utcModified = (1, 2]"),
        ("utcModified = ['-5' , )", "utcModified = [-5, )"),
        ("utcModified = [,\" 7 \"]", "utcModified = (, 7]"),
        ("fileInfo.storageLocation == 'oss'", "fileInfo.storageLocation == 'oss'"),
        ("ocrInfo.tracks.content = 'exit'", "ocrInfo.tracks.content = 'exit'"),
        (
            "aiLabelInfo.category == 'custom' and aiLabelInfo.label_id == 'x'",
            "aiLabelInfo.category == 'custom' and aiLabelInfo.label_id == 'x'",
        ),
        ("mediaType in ('image','video')", "mediaType in ('image', 'video')"),
        ("cateId == 44 and cateId = [40,]", "cateId == 44 and cateId = [40, )"),
        ("  ((title = 'a'))\n", "title = 'a'"),
        // Ours.
        ("not status != 3", "not status != 3"),
        ("description like '%a\\%b%'", "description like '%a\\\\%b%'"),
        (
            "title = 'a' or title = 'b' and not (title = 'c' or title = 'd')",
            "title = 'a' or title = 'b' and not (title = 'c' or title = 'd')",
        ),
    ] {
        assert_eq!(shown(text), read);
    }
}

#[test]
fn quotes_inside_a_text_do_not_end_it() {
    let contains = |text: &str| Match::Is(Condition::Text(TextField::Title, TextTest::Contains(text.into())));
    for (text, value) in [
        ("title = 'it''s'", "it's"),
        ("title = 'it\\'s'", "it's"),
        ("title = \"say \"\"hi\"\"\"", "say \"hi\""),
        ("title = \"it's\"", "it's"),
        ("title = 'C:\\x\\\\'", "C:\\x\\"),
        ("title = ' or 1 == 1 '", " or 1 == 1 "),
        ("title = '日本語 ''x'''", "日本語 'x'"),
    ] {
        assert_eq!(Match::parse(text), Ok(contains(value)), "{text}");
    }
}

#[test]
fn an_error_names_the_column_what_was_found_and_what_was_expected() {
    for (text, says) in [
        ("title", "column 6: found the end, expected '=', '==', '!=', 'in' or 'like'"),
        ("title ~ 'a'", "column 7: found '~', expected '=', '==', '!=', 'in' or 'like'"),
        ("title = China", "column 9: found \"China\", expected a text in quotes"),
        ("title = 'x' title = 'y'", "column 13: found \"title\", expected 'and', 'or' or the end"),
        ("title = 'x' and", "column 16: found the end, expected a field name, 'not' or '('"),
        ("and title = 'x'", "column 1: found \"and\", expected a field name, 'not' or '('"),
        ("(title = 'x'", "column 13: found the end, expected 'and', 'or' or ')'"),
        ("title = 'x')", "column 12: found ')', expected 'and', 'or' or the end"),
        ("()", "column 2: found ')', expected a field name, 'not' or '('"),
        ("title = 'é日' or title = 'x", "column 25: the text that begins here has no closing quote (')"),
        ("title = 'x' or '1'='1'", "column 16: found '\\'', expected a field name, 'not' or '('"),
        ("title = 'x'; drop", "column 12: found ';', expected 'and', 'or' or the end"),
        ("tagList in 'a'", "column 12: found '\\'', expected '(' and a list"),
        ("tagList in ()", "column 13: found ')', expected a text in quotes"),
        ("tagList in ('a' 'b')", "column 17: found '\\'', expected ',' or ')'"),
        ("tagList in ('a',)", "column 17: found ')', expected a text in quotes"),
        ("utcCreate = [a,2]", "column 14: found \"a\", expected a number or ','"),
        ("utcCreate = [1 2]", "column 16: found \"2\", expected ','"),
        ("utcCreate = [1,2", "column 17: found the end, expected ']' or ')'"),
        ("utcCreate = [1,b]", "column 16: found \"b\", expected a number, ']' or ')'"),
        ("utcCreate = ['1x',2]", "column 14: found '\\'', expected a whole number"),
        ("utcCreate = [,]", "column 13: utcCreate: the range has no bound; give at least one"),
        (
            "utcCreate = [1,99999999999999999999]",
            "column 16: 99999999999999999999 is out of range; 64 bits are allowed",
        ),
        ("status == 'three'", "column 11: found '\\'', expected a whole number"),
        (
            "colour == 'red'",
            "column 1: unknown field \"colour\"; known are: title, description, tagList, mediaId, mediaType, cateId",
        ),
        ("title == 'x'", "column 7: title has no exact (==) test; it has: contains (= 'text'), like ('te%t')"),
        (
            "mediaType = 'image'",
            "column 11: mediaType has no contains (=) test; it has: exact (== and !=), any-of (in (..))",
        ),
        ("mediaId in ('a')", "column 9: mediaId has no any-of (in) test; it has: exact (== and !=)"),
        ("utcCreate == 5", "column 11: utcCreate has no exact (==) test; it has: range (= [a, b])"),
        ("title = [1,2]", "column 7: title has no range (= [a, b]) test; it has"),
        ("mediaId like 'a%'", "column 9: mediaId has no like test; it has"),
        ("title = ''", "column 9: title: the text to look for is empty"),
    ] {
        let message = error_of(text);
        assert!(message.starts_with(&format!("Match: {says}")), "{text}: {message}");
    }
}

/// Media whose values follow from their number.
pub(super) fn records(count: usize) -> Vec<MediaRecord> {
    (0..count)
        .map(|n| {
            let number = i64::try_from(n).unwrap();
            MediaRecord {
                media_id: MediaId(format!("{:03}", (n * 7) % count.max(1))),
                media_type: if n % 3 == 0 { MediaType::Video } else { MediaType::Image },
                path: format!("{n}.jpg"),
                title: ["Title ab", "tITLE BA", "title a'b", "Title %\\"][n % 4].to_owned() + &n.to_string(),
                url: None,
                cover: None,
                width: 1,
                height: 1,
                bytes: 1,
                format: "jpeg".into(),
                sha256: String::new(),
                created_ms: (n % 5 != 0).then_some(number),
                modified_ms: (n % 2 != 0).then_some(-number),
                duration_s: None,
                fields: CatalogFields {
                    description: (n % 4 != 0).then(|| ["a", "aB", "bA", ""][n % 4].to_owned()),
                    tags: (0..n % 3).map(|t| format!("tag{}", (n + t) % 4)).collect(),
                    cate_id: (n % 2 == 0).then_some(number % 4),
                    status: [None, Some(0), Some(3), Some(17)][n % 4],
                    storage_location: (n % 3 == 1).then(|| "a".to_owned()),
                    ocr_texts: ["ab", "B a"][..n % 3].iter().map(|&t| t.to_owned()).collect(),
                    label_categories: if n % 4 == 2 { vec!["a".into(), "b".into()] } else { Vec::new() },
                    label_ids: if n % 4 == 3 { vec!["b".into()] } else { Vec::new() },
                    ..CatalogFields::default()
                },
                document: "{}".into(),
            }
        })
        .collect()
}

fn person(id: &str, category: &str) -> EntityRecord {
    EntityRecord {
        merged: Vec::new(),
        entity_id: EntityId(id.into()),
        label_name: String::new(),
        category: category.into(),
        person_id: None,
        groups: Vec::new(),
        note: None,
    }
}

/// What a test should answer, read off the record alone.
fn holds(expression: &Match, record: &MediaRecord, people: &[Option<&EntityRecord>]) -> bool {
    match expression {
        Match::And(operands) => operands.iter().all(|operand| holds(operand, record, people)),
        Match::Or(operands) => operands.iter().any(|operand| holds(operand, record, people)),
        Match::Not(operand) => !holds(operand, record, people),
        Match::Is(Condition::Text(field, test)) => texts_of(*field, record).iter().any(|text| text_holds(text, test)),
        Match::Is(Condition::Exact(field, test)) => {
            let values = values_of(*field, record, people);
            match test {
                ExactTest::Equals(value) => values.contains(&value.as_str()),
                ExactTest::Differs(value) => !values.contains(&value.as_str()),
                ExactTest::AnyOf(wanted) => wanted.iter().any(|value| values.contains(&value.as_str())),
            }
        }
        Match::Is(Condition::Number(field, test)) => {
            let value = number_of(*field, record);
            match test {
                ExactTest::Equals(wanted) => value == Some(*wanted),
                ExactTest::Differs(wanted) => value != Some(*wanted),
                ExactTest::AnyOf(wanted) => value.is_some_and(|value| wanted.contains(&value)),
            }
        }
        Match::Is(Condition::Range(field, range)) => {
            number_of(*field, record).is_some_and(|value| is_above(value, range.lower) && is_below(value, range.upper))
        }
    }
}

/// Faces by the row of their media and whose they are: 0 and 1 are known.
type Faces = [(usize, usize)];

fn rows_by_columns(expression: &Match, faces: &Faces) -> Vec<usize> {
    let people = [person("e1", "custom"), person("b", "a")];
    let catalog = Catalog::new(&records(20), faces.iter().map(|(row, who)| (*row, people.get(*who))));
    expression.rows(&catalog).iter().collect()
}

fn rows_naively(expression: &Match, faces: &Faces) -> Vec<usize> {
    let people = [person("e1", "custom"), person("b", "a")];
    let whose = |row| faces.iter().filter(|(r, _)| *r == row).map(|(_, who)| people.get(*who)).collect::<Vec<_>>();
    records(20).iter().enumerate().filter(|(row, m)| holds(expression, m, &whose(*row))).map(|(row, _)| row).collect()
}

fn texts_of(field: TextField, record: &MediaRecord) -> Vec<&String> {
    match field {
        TextField::Title => vec![&record.title],
        TextField::Description => record.fields.description.iter().collect(),
        TextField::OcrText => record.fields.ocr_texts.iter().collect(),
    }
}

fn text_holds(text: &str, test: &TextTest) -> bool {
    match test {
        TextTest::Contains(part) => fold_case(text).contains(&fold_case(part)),
        TextTest::Like(pattern) => {
            let letters = |text: &str| fold_case(text).chars().collect::<Vec<char>>();
            is_like(&letters(text), &letters(pattern))
        }
    }
}

fn values_of<'a>(field: ExactField, record: &'a MediaRecord, people: &[Option<&'a EntityRecord>]) -> Vec<&'a str> {
    let fields = &record.fields;
    match field {
        ExactField::MediaId => vec![&record.media_id.0],
        ExactField::MediaType => vec![record.media_type.as_str()],
        ExactField::TagList => fields.tags.iter().map(String::as_str).collect(),
        ExactField::StorageLocation => fields.storage_location.as_deref().into_iter().collect(),
        ExactField::LabelCategory => {
            let of_people = people.iter().map(|person| person.map_or("unknown", |person| person.category.as_str()));
            fields.label_categories.iter().map(String::as_str).chain(of_people).collect()
        }
        ExactField::LabelId => {
            let of_people = people.iter().flatten().map(|person| person.entity_id.0.as_str());
            fields.label_ids.iter().map(String::as_str).chain(of_people).collect()
        }
    }
}

fn is_above(value: i64, lower: Bound<i64>) -> bool {
    match lower {
        Bound::Included(lower) => value >= lower,
        Bound::Excluded(lower) => value > lower,
        Bound::Unbounded => true,
    }
}

fn is_below(value: i64, upper: Bound<i64>) -> bool {
    match upper {
        Bound::Included(upper) => value <= upper,
        Bound::Excluded(upper) => value < upper,
        Bound::Unbounded => true,
    }
}

fn number_of(field: NumericField, record: &MediaRecord) -> Option<i64> {
    match field {
        NumericField::CateId => record.fields.cate_id,
        NumericField::Status => Some(record.fields.status.unwrap_or(3)),
        NumericField::UtcCreate => record.created_ms,
        NumericField::UtcModified => record.modified_ms,
    }
}

/// The textbook recursion.
fn is_like(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|skip| is_like(&text[skip..], rest)),
        ['\\', escaped @ ('%' | '\\'), rest @ ..] | [escaped, rest @ ..] => {
            text.first() == Some(escaped) && is_like(&text[1..], rest)
        }
    }
}

fn exact_tests<T: std::fmt::Debug + Clone + 'static>(value: BoxedStrategy<T>) -> BoxedStrategy<ExactTest<T>> {
    prop_oneof![value.clone().prop_map(ExactTest::Equals), value.prop_map(ExactTest::Differs)].boxed()
}

fn any_of<T: std::fmt::Debug + Clone + 'static>(value: BoxedStrategy<T>) -> BoxedStrategy<ExactTest<T>> {
    proptest::collection::vec(value, 1..4).prop_map(ExactTest::AnyOf).boxed()
}

fn conditions(text: BoxedStrategy<String>, number: BoxedStrategy<i64>) -> impl Strategy<Value = Condition> {
    let text_field = prop_oneof![Just(TextField::Title), Just(TextField::Description), Just(TextField::OcrText)];
    let contained = text.clone().prop_filter("not empty, not long", |t| (1..=60).contains(&t.chars().count()));
    let text_test = prop_oneof![contained.prop_map(TextTest::Contains), text.clone().prop_map(TextTest::Like)];
    let exact_field = prop_oneof![
        Just(ExactField::MediaId),
        Just(ExactField::MediaType),
        Just(ExactField::StorageLocation),
        Just(ExactField::LabelCategory),
        Just(ExactField::LabelId)
    ];
    let listed_field =
        prop_oneof![Just(ExactField::TagList), Just(ExactField::MediaType), Just(ExactField::StorageLocation)];
    let exact_number = prop_oneof![Just(NumericField::CateId), Just(NumericField::Status)];
    let range_field =
        prop_oneof![Just(NumericField::CateId), Just(NumericField::UtcCreate), Just(NumericField::UtcModified)];
    let bound = |number: &BoxedStrategy<i64>| {
        prop_oneof![
            number.clone().prop_map(Bound::Included),
            number.clone().prop_map(Bound::Excluded),
            Just(Bound::Unbounded)
        ]
    };
    let range = (bound(&number), bound(&number))
        .prop_filter("a bound", |bounds| *bounds != (Bound::Unbounded, Bound::Unbounded))
        .prop_map(|(lower, upper)| NumberRange { lower, upper });
    prop_oneof![
        (text_field, text_test).prop_map(|(field, test)| Condition::Text(field, test)),
        (exact_field, exact_tests(text.clone())).prop_map(|(field, test)| Condition::Exact(field, test)),
        (listed_field, any_of(text)).prop_map(|(field, test)| Condition::Exact(field, test)),
        (exact_number.clone(), exact_tests(number.clone())).prop_map(|(field, test)| Condition::Number(field, test)),
        (exact_number, any_of(number)).prop_map(|(field, test)| Condition::Number(field, test)),
        (range_field, range).prop_map(|(field, range)| Condition::Range(field, range)),
    ]
}

/// Many tests of few fields side by side, some of them negated: what evaluation folds.
fn wide(text: BoxedStrategy<String>, number: BoxedStrategy<i64>) -> impl Strategy<Value = Match> {
    let test = (conditions(text, number).prop_map(Match::Is), 0_usize..3)
        .prop_map(|(test, nots)| (0..nots).fold(test, |inner, _| Match::Not(Box::new(inner))))
        .boxed();
    let group = |operand: BoxedStrategy<Match>| {
        (proptest::collection::vec(operand, 2..9), any::<bool>(), any::<bool>()).prop_map(
            |(operands, is_and, is_not)| {
                let group = if is_and { Match::And(operands) } else { Match::Or(operands) };
                if is_not { Match::Not(Box::new(group)) } else { group }
            },
        )
    };
    group(prop_oneof![3 => test.clone(), 1 => group(test)].boxed())
}

fn expressions(text: BoxedStrategy<String>, number: BoxedStrategy<i64>) -> impl Strategy<Value = Match> {
    conditions(text, number).prop_map(Match::Is).prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Match::And),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Match::Or),
            inner.prop_map(|operand| Match::Not(Box::new(operand))),
        ]
    })
}

/// Values that the records have, and some that they have not.
fn likely_texts() -> BoxedStrategy<String> {
    let known =
        ["a", "b", "unknown", "custom", "e1", "image", "video", "tag0", "tag1", "tag3", "003", "019", "Title AB4"];
    prop_oneof![proptest::sample::select(known.to_vec()).prop_map(str::to_owned), "[aAbB%\\\\' ]{0,3}"].boxed()
}

proptest! {
    #[test]
    fn printing_and_parsing_gives_an_expression_back(
        expression in expressions(any::<String>().boxed(), any::<i64>().boxed())
    ) {
        prop_assert_eq!(Match::parse(&expression.to_string()), Ok(expression));
    }

    #[test]
    fn evaluation_equals_a_naive_one_row_by_row(
        expression in expressions(likely_texts(), (-4_i64..20).boxed()),
        faces in proptest::collection::vec((0_usize..20, 0_usize..3), 0..20),
    ) {
        prop_assert_eq!(rows_naively(&expression, &faces), rows_by_columns(&expression, &faces), "{}", expression);
    }

    #[test]
    fn evaluation_of_many_tests_side_by_side_equals_a_naive_one(
        expression in wide(likely_texts(), (-2_i64..6).boxed()),
        faces in proptest::collection::vec((0_usize..20, 0_usize..3), 0..20),
    ) {
        prop_assert_eq!(rows_naively(&expression, &faces), rows_by_columns(&expression, &faces), "{}", expression);
    }

    #[test]
    fn no_text_makes_the_parser_fail_otherwise_than_by_an_error(text in "[-a-z=!'\"()\\[\\], \\\\%é0-9]{0,40}") {
        let _ = Match::parse(&text);
    }

    #[test]
    fn a_value_never_reaches_beyond_its_quotes(value in ".{1,60}") {
        for quote in ["'", "\""] {
            let escaped = value.replace('\\', "\\\\").replace(quote, &quote.repeat(2));
            let text = format!("title = {quote}{escaped}{quote}");
            let expected = Match::Is(Condition::Text(TextField::Title, TextTest::Contains(value.clone())));
            prop_assert_eq!(Match::parse(&text), Ok(expected));
        }
    }
}
