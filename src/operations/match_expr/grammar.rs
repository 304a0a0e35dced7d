//! Match texts to expressions, with winnow. Imports nothing else of the crate.
//!
//! A text value stands in single or double quotes. Inside, the quote is doubled or stands after a backslash; a backslash
//! itself is doubled, and one before any other character is just that. Words and field names may be in any case.

use std::ops::Bound;

use winnow::ascii::multispace0;
use winnow::combinator::{alt, delimited, opt, preceded, repeat, separated, terminated};
use winnow::error::{ErrMode, ParserError};
use winnow::stream::{LocatingSlice, Location, Stateful};
use winnow::token::{any, one_of, take_till, take_while};
use winnow::{ModalParser, ModalResult, Parser};

use super::field::{Field, Mode, NumericField};
use super::{Condition, ExactTest, MAX_CONTAINS_CHARS, MAX_MATCH_DEPTH, MAX_TEXT_TESTS, Match, NumberRange, TextTest};

/// The text that is left, and where the parser stands.
type Input<'a> = Stateful<LocatingSlice<&'a str>, State>;
type Parsed<T> = ModalResult<T, Fault>;

/// What is counted because it is limited.
#[derive(Debug, Default)]
struct State {
    /// How many parentheses and `not` are open.
    depth: usize,
    /// How many contains and like tests there were.
    text_tests: usize,
}

/// Why a text is no Match.
#[derive(Debug)]
pub(super) struct Fault {
    /// The byte at which it shows.
    at: usize,
    what: What,
}

#[derive(Debug)]
enum What {
    /// Something else should stand there.
    Expected(&'static str),
    /// It reads well but is not allowed.
    Refused(String),
}

impl<'a> ParserError<Input<'a>> for Fault {
    type Inner = Self;

    fn from_input(input: &Input<'a>) -> Self {
        Self { at: input.current_token_start(), what: What::Expected("something else") }
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

impl Fault {
    fn refused(at: usize, reason: impl Into<String>) -> ErrMode<Self> {
        ErrMode::Cut(Self { at, what: What::Refused(reason.into()) })
    }

    fn expected(at: usize, what: &'static str) -> ErrMode<Self> {
        ErrMode::Cut(Self { at, what: What::Expected(what) })
    }

    /// In words, with the column of the text that was read.
    pub(super) fn message(&self, text: &str) -> String {
        let (before, rest) = text.split_at_checked(self.at).unwrap_or((text, ""));
        let column = before.chars().count() + 1;
        match &self.what {
            What::Refused(reason) => format!("column {column}: {reason}"),
            What::Expected(what) => format!("column {column}: found {}, expected {what}", found(rest)),
        }
    }
}

/// What stands at a place, for a message: a word, a number or a single character.
fn found(rest: &str) -> String {
    let Some(first) = rest.chars().next() else { return "the end".to_owned() };
    let word: String = rest.chars().take_while(|c| is_word(*c)).take(30).collect();
    if word.is_empty() { format!("{first:?}") } else { format!("{word:?}") }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-')
}

/// Reads a whole text.
pub(super) fn parse(text: &str) -> Result<Match, Fault> {
    let mut input = Stateful { input: LocatingSlice::new(text), state: State::default() };
    let parsed = terminated(disjunction, multispace0).parse_next(&mut input);
    let at = input.current_token_start();
    match parsed {
        Ok(expression) if at == text.len() => Ok(expression),
        Ok(_) => Err(Fault { at, what: What::Expected("'and', 'or' or the end") }),
        Err(ErrMode::Backtrack(fault) | ErrMode::Cut(fault)) => Err(fault),
        Err(ErrMode::Incomplete(_)) => Err(Fault { at, what: What::Expected("more") }),
    }
}

fn disjunction(input: &mut Input<'_>) -> Parsed<Match> {
    separated(1.., conjunction, keyword("or")).map(|operands| one_or(operands, Match::Or)).parse_next(input)
}

fn conjunction(input: &mut Input<'_>) -> Parsed<Match> {
    separated(1.., operand, keyword("and")).map(|operands| one_or(operands, Match::And)).parse_next(input)
}

fn one_or(mut operands: Vec<Match>, several: fn(Vec<Match>) -> Match) -> Match {
    match operands.pop() {
        Some(only) if operands.is_empty() => only,
        last => {
            operands.extend(last);
            several(operands)
        }
    }
}

/// Something in parentheses, the opposite of something, or a condition. All its errors are final.
fn operand(input: &mut Input<'_>) -> Parsed<Match> {
    let start = place(input)?;
    if opt(keyword("not")).parse_next(input)?.is_some() {
        return nested(start, input, operand).map(|inner| Match::Not(Box::new(inner)));
    }
    if opt(symbol("(")).parse_next(input)?.is_some() {
        let inner = nested(start, input, disjunction)?;
        wanted("'and', 'or' or ')'", symbol(")")).parse_next(input)?;
        return Ok(inner);
    }
    condition.map(Match::Is).parse_next(input)
}

fn nested(start: usize, input: &mut Input<'_>, inner: fn(&mut Input<'_>) -> Parsed<Match>) -> Parsed<Match> {
    if input.state.depth == MAX_MATCH_DEPTH {
        return Err(Fault::refused(start, format!("nested more than {MAX_MATCH_DEPTH} levels deep")));
    }
    input.state.depth += 1;
    let found = inner(input);
    input.state.depth -= 1;
    found
}

fn condition(input: &mut Input<'_>) -> Parsed<Condition> {
    const WANTED: &str = "a field name, 'not' or '('";
    let start = place(input)?;
    let name = wanted(WANTED, word).parse_next(input)?;
    if ["and", "or", "in", "like"].iter().any(|keyword| keyword.eq_ignore_ascii_case(name)) {
        return Err(Fault::expected(start, WANTED));
    }
    let unknown = || Fault::refused(start, format!("unknown field {}; known are: {}", found(name), Field::names()));
    let field = Field::named(name).ok_or_else(unknown)?;
    let at = place(input)?;
    let operator = wanted("'=', '==', '!=', 'in' or 'like'", operator).parse_next(input)?;
    let mode = operator.mode();
    if !field.has(mode) {
        let reason = format!("{} has no {} test; it has: {}", field.name(), operator.name(), field.modes());
        return Err(Fault::refused(at, reason));
    }
    if matches!(field, Field::Text(_)) {
        input.state.text_tests += 1;
        if input.state.text_tests > MAX_TEXT_TESTS {
            let reason =
                format!("more than {MAX_TEXT_TESTS} contains and like tests; at most {MAX_TEXT_TESTS} are allowed");
            return Err(Fault::refused(start, reason));
        }
    }
    match field {
        Field::Text(field) if mode == Mode::Like => {
            text_value.map(|text| Condition::Text(field, TextTest::Like(text))).parse_next(input)
        }
        Field::Text(text_field) => {
            contained(input, field).map(|text| Condition::Text(text_field, TextTest::Contains(text)))
        }
        Field::Exact(field) => exact_test(input, operator, text_value).map(|test| Condition::Exact(field, test)),
        Field::Number(field) if mode == Mode::Range => range_condition(input, field),
        Field::Number(field) => exact_test(input, operator, number).map(|test| Condition::Number(field, test)),
    }
}

/// The text of a contains test.
fn contained(input: &mut Input<'_>, field: Field) -> Parsed<String> {
    let at = place(input)?;
    let text = text_value(input)?;
    match text.chars().count() {
        0 => Err(Fault::refused(at, format!("{}: the text to look for is empty", field.name()))),
        1..=MAX_CONTAINS_CHARS => Ok(text),
        length => Err(Fault::refused(
            at,
            format!(
                "{}: the text to look for has {length} characters; at most {MAX_CONTAINS_CHARS} are allowed",
                field.name()
            ),
        )),
    }
}

fn exact_test<T>(
    input: &mut Input<'_>,
    operator: Operator,
    value: fn(&mut Input<'_>) -> Parsed<T>,
) -> Parsed<ExactTest<T>> {
    match operator {
        Operator::Differs => value.map(ExactTest::Differs).parse_next(input),
        Operator::In => {
            wanted("'(' and a list", symbol("(")).parse_next(input)?;
            let values = separated(1.., value, symbol(",")).parse_next(input)?;
            wanted("',' or ')'", symbol(")")).parse_next(input)?;
            Ok(ExactTest::AnyOf(values))
        }
        _ => value.map(ExactTest::Equals).parse_next(input),
    }
}

fn range_condition(input: &mut Input<'_>, field: NumericField) -> Parsed<Condition> {
    let at = place(input)?;
    let is_closed = wanted("'[' or '('", alt((symbol("[").value(true), symbol("(").value(false)))).parse_next(input)?;
    let lower = bound("a number or ','", input, ",")?.map_or(Bound::Unbounded, |value| bounded(value, is_closed));
    wanted("','", symbol(",")).parse_next(input)?;
    let upper = bound("a number, ']' or ')'", input, ")]")?;
    let is_closed = wanted("']' or ')'", alt((symbol("]").value(true), symbol(")").value(false)))).parse_next(input)?;
    let upper = upper.map_or(Bound::Unbounded, |value| bounded(value, is_closed));
    if (lower, upper) == (Bound::Unbounded, Bound::Unbounded) {
        let name = Field::Number(field).name();
        return Err(Fault::refused(at, format!("{name}: the range has no bound; give at least one")));
    }
    Ok(Condition::Range(field, NumberRange { lower, upper }))
}

fn bounded(value: i64, is_closed: bool) -> Bound<i64> {
    if is_closed { Bound::Included(value) } else { Bound::Excluded(value) }
}

/// A number, or none where one of the `closing` characters comes at once, or an empty text stands for the bound.
fn bound(what: &'static str, input: &mut Input<'_>, closing: &str) -> Parsed<Option<i64>> {
    let at = place(input)?;
    let next = input.input.as_ref().chars().next();
    if next.is_some_and(|letter| closing.contains(letter)) {
        return Ok(None);
    }
    for empty in ["''", "\"\""] {
        if input.input.as_ref().starts_with(empty) {
            return symbol(empty).value(None).parse_next(input);
        }
    }
    if next.is_none_or(|letter| !(letter.is_ascii_digit() || "-'\"".contains(letter))) {
        return Err(Fault::expected(at, what));
    }
    number(input).map(Some)
}

/// How a condition compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    /// `=` before a range.
    Range,
    /// `=` before anything else.
    Contains,
    Equals,
    Differs,
    In,
    Like,
}

impl Operator {
    fn mode(self) -> Mode {
        match self {
            Self::Range => Mode::Range,
            Self::Contains => Mode::Contains,
            Self::Equals | Self::Differs => Mode::Exact,
            Self::In => Mode::AnyOf,
            Self::Like => Mode::Like,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Range => "range (= [a, b])",
            Self::Contains => "contains (=)",
            Self::Equals => "exact (==)",
            Self::Differs => "exact (!=)",
            Self::In => "any-of (in)",
            Self::Like => "like",
        }
    }
}

fn operator(input: &mut Input<'_>) -> Parsed<Operator> {
    let found = alt((
        symbol("==").value(Operator::Equals),
        symbol("!=").value(Operator::Differs),
        symbol("=").value(Operator::Contains),
        keyword("in").value(Operator::In),
        keyword("like").value(Operator::Like),
    ))
    .parse_next(input)?;
    place(input)?;
    let opens = input.input.as_ref().starts_with(['(', '[']);
    Ok(if found == Operator::Contains && opens { Operator::Range } else { found })
}

/// A text in quotes.
fn text_value(input: &mut Input<'_>) -> Parsed<String> {
    let start = place(input)?;
    let quote = wanted("a text in quotes", one_of(['\'', '"'])).parse_next(input)?;
    let text = repeat(0.., text_part(quote)).fold(String::new, |mut text: String, part: &str| {
        text.push_str(part);
        text
    });
    let text = terminated(text, any.verify(move |letter: &char| *letter == quote)).parse_next(input);
    text.map_err(|_| Fault::refused(start, format!("the text that begins here has no closing quote ({quote})")))
}

/// A stretch of a text without quote and backslash, or one of those in one of its two ways.
fn text_part<'a>(quote: char) -> impl ModalParser<Input<'a>, &'a str, Fault> {
    let (doubled, same) = if quote == '"' { ("\"\"", "\"") } else { ("''", "'") };
    alt((
        take_till(1.., move |letter| letter == quote || letter == '\\'),
        doubled.value(same),
        alt(("\\'".value("'"), "\\\"".value("\""), "\\\\".value("\\"))),
        "\\",
    ))
}

/// A whole number, bare or in quotes.
fn number(input: &mut Input<'_>) -> Parsed<i64> {
    let start = place(input)?;
    let digits = (opt('-'), take_while(1.., |letter: char| letter.is_ascii_digit())).take();
    let bare = terminated(digits, multispace0);
    let quoted = |quote: char| {
        let digits = (opt('-'), take_while(1.., |letter: char| letter.is_ascii_digit())).take();
        delimited((quote, multispace0), digits, (multispace0, quote))
    };
    let text: &str = wanted("a whole number", alt((quoted('\''), quoted('"'), bare))).parse_next(input)?;
    text.parse().map_err(|_| Fault::refused(start, format!("{text} is out of range; 64 bits are allowed")))
}

/// A word of letters, digits, `_` and `.`.
fn word<'a>(input: &mut Input<'a>) -> Parsed<&'a str> {
    let start = one_of(|letter: char| letter.is_alphabetic() || letter == '_');
    (start, take_while(0.., |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.')))
        .take()
        .parse_next(input)
}

/// A word of the language in any case, after spaces.
fn keyword<'a>(name: &'static str) -> impl ModalParser<Input<'a>, (), Fault> {
    preceded(multispace0, word.verify(move |found: &str| found.eq_ignore_ascii_case(name))).void()
}

/// A sign of the language, after spaces.
fn symbol<'a>(sign: &'static str) -> impl ModalParser<Input<'a>, (), Fault> {
    preceded(multispace0, sign).void()
}

/// Skips spaces and answers where the parser stands.
fn place(input: &mut Input<'_>) -> Parsed<usize> {
    multispace0.void().parse_next(input)?;
    Ok(input.current_token_start())
}

/// Where `parser` does not match, that is an error: something else was wanted there.
fn wanted<'a, T>(
    what: &'static str,
    mut parser: impl ModalParser<Input<'a>, T, Fault>,
) -> impl ModalParser<Input<'a>, T, Fault> {
    move |input: &mut Input<'a>| {
        let at = place(input)?;
        parser.parse_next(input).map_err(|error| match error {
            ErrMode::Backtrack(_) => Fault::expected(at, what),
            other => other,
        })
    }
}
