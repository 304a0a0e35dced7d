//! The parameter UtcCreate: a range of moments. Imports `core`, `library` and `error`.

use std::ops::Bound;

use serde_json::{Map, Value};

use super::match_expr::NumberRange;
use super::params::shown;
use crate::error::{Error, Result};

/// The whole number that a JSON value, a text of digits among them, stands for exactly.
pub(super) fn whole_number(value: &Value) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    let of_float = |number: f64| (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64);
    match value {
        Value::Number(number) => number.as_i64().or_else(|| of_float(number.as_f64()?)),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Reads `{"gte": 1, "lte": 2}`, of which one may be absent, for the parameter (or its member) of this name.
pub(super) fn range_of(name: &str, object: &Map<String, Value>) -> Result<NumberRange> {
    let mut range = NumberRange { lower: Bound::Unbounded, upper: Bound::Unbounded };
    for (key, value) in object {
        let number = || {
            whole_number(value)
                .ok_or_else(|| Error::invalid(name, format!("{key} is {}, which is no whole number", shown(value))))
        };
        match key.as_str() {
            _ if value.is_null() => {}
            "gte" => range.lower = Bound::Included(number()?),
            "lte" => range.upper = Bound::Included(number()?),
            _ => return Err(Error::invalid(name, format!("{key:?} is no bound of a range; \"gte\" and \"lte\" are"))),
        }
    }
    match (range.lower, range.upper) {
        (Bound::Unbounded, Bound::Unbounded) => {
            Err(Error::invalid(name, "the range has no bound; give \"gte\", \"lte\" or both"))
        }
        _ => Ok(range),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn range(value: &Value) -> Result<NumberRange> {
        range_of("UtcCreate", value.as_object().unwrap())
    }

    #[test]
    fn a_range_has_one_bound_or_two() {
        assert_eq!(range(&json!({"gte": 1, "lte": "2"})).unwrap().to_string(), "[1, 2]");
        assert_eq!(range(&json!({"gte": -1})).unwrap().to_string(), "[-1, )");
        assert_eq!(range(&json!({"lte": 2.0, "gte": null})).unwrap().to_string(), "(, 2]");
    }

    #[test]
    fn what_is_wrong_with_a_range_is_named() {
        for (value, says) in [
            (json!({}), "UtcCreate: the range has no bound; give \"gte\", \"lte\" or both"),
            (json!({"gt": 1}), "UtcCreate: \"gt\" is no bound of a range; \"gte\" and \"lte\" are"),
            (json!({"gte": "yesterday"}), "UtcCreate: gte is \"yesterday\", which is no whole number"),
            (
                json!({"lte": "99999999999999999999"}),
                "UtcCreate: lte is \"99999999999999999999\", which is no whole number",
            ),
            (json!({"lte": 1e300}), "UtcCreate: lte is 1e+300, which is no whole number"),
            (json!({"gte": 1.5}), "UtcCreate: gte is 1.5, which is no whole number"),
        ] {
            assert_eq!(range(&value).unwrap_err().to_string(), says);
        }
    }
}
