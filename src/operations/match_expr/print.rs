//! A Match expression as text that reads back as itself. Imports nothing else.

use std::fmt::{self, Display, Formatter, Write};
use std::ops::Bound;

use super::field::{ExactField, Field, NumericField};
use super::{Condition, ExactTest, Match, NumberRange, TextTest};

impl Display for Match {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(operands) => {
                joined(f, operands, " and ", |operand| matches!(operand, Self::And(_) | Self::Or(_)))
            }
            Self::Or(operands) => joined(f, operands, " or ", |operand| matches!(operand, Self::Or(_))),
            Self::Not(operand) => {
                f.write_str("not ")?;
                grouped(f, operand, matches!(**operand, Self::And(_) | Self::Or(_)))
            }
            Self::Is(condition) => condition.fmt(f),
        }
    }
}

fn joined(f: &mut Formatter<'_>, operands: &[Match], word: &str, needs_group: fn(&Match) -> bool) -> fmt::Result {
    for (index, operand) in operands.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        grouped(f, operand, needs_group(operand))?;
    }
    Ok(())
}

fn grouped(f: &mut Formatter<'_>, operand: &Match, group: bool) -> fmt::Result {
    if group { write!(f, "({operand})") } else { operand.fmt(f) }
}

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(field, TextTest::Contains(text)) => {
                write!(f, "{} = {}", Field::Text(*field).name(), Quoted(text))
            }
            Self::Text(field, TextTest::Like(text)) => {
                write!(f, "{} like {}", Field::Text(*field).name(), Quoted(text))
            }
            Self::Exact(field, test) => exact(f, exact_name(*field), test, |value| Quoted(value)),
            Self::Number(field, test) => exact(f, number_name(*field), test, |value| *value),
            Self::Range(field, range) => write!(f, "{} = {range}", number_name(*field)),
        }
    }
}

fn exact_name(field: ExactField) -> &'static str {
    Field::Exact(field).name()
}

fn number_name(field: NumericField) -> &'static str {
    Field::Number(field).name()
}

fn exact<'a, T, S: Display>(
    f: &mut Formatter<'_>,
    name: &str,
    test: &'a ExactTest<T>,
    shown: impl Fn(&'a T) -> S,
) -> fmt::Result {
    match test {
        ExactTest::Equals(value) => write!(f, "{name} == {}", shown(value)),
        ExactTest::Differs(value) => write!(f, "{name} != {}", shown(value)),
        ExactTest::AnyOf(values) => {
            write!(f, "{name} in (")?;
            for (index, value) in values.iter().enumerate() {
                let comma = if index > 0 { ", " } else { "" };
                write!(f, "{comma}{}", shown(value))?;
            }
            f.write_char(')')
        }
    }
}

impl Display for NumberRange {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.lower {
            Bound::Included(value) => write!(f, "[{value}")?,
            Bound::Excluded(value) => write!(f, "({value}")?,
            Bound::Unbounded => f.write_char('(')?,
        }
        f.write_str(", ")?;
        match self.upper {
            Bound::Included(value) => write!(f, "{value}]"),
            Bound::Excluded(value) => write!(f, "{value})"),
            Bound::Unbounded => f.write_char(')'),
        }
    }
}

/// A text in single quotes, in which quotes are doubled and backslashes escaped.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('\'')?;
        for letter in self.0.chars() {
            match letter {
                '\'' => f.write_str("''")?,
                '\\' => f.write_str("\\\\")?,
                other => f.write_char(other)?,
            }
        }
        f.write_char('\'')
    }
}
