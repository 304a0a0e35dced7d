//! The parameter CustomFilters, and the filters of the catalog that a face search has beside its own. Imports `core`, `library` and `error`.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::match_expr::NumberRange;
use super::params::{kind_of, shown};
use super::utc_range::{range_of, whole_number};
use crate::error::{Error, Result};
use crate::library::{Catalog, Library, NumberField, RowSet, TermField};

const PARAMETER: &str = "CustomFilters";

/// What the custom fields of a media must be. All that are given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomFilters {
    /// What `intField1` must be.
    pub int_field1: Option<IntFilter>,
    /// `strField1` must be one of these.
    pub str_field1: Option<Vec<String>>,
    /// `strField2` must be one of these.
    pub str_field2: Option<Vec<String>>,
}

/// What a whole number must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntFilter {
    /// One of these.
    AnyOf(Vec<i64>),
    /// Within this range.
    Within(NumberRange),
}

impl CustomFilters {
    /// Reads the object: `12` or `"abc"` for a value, `[..]` for any of several, `{"gte": 1, "lte": 2}` for a range of numbers.
    ///
    /// # Errors
    /// `InvalidParameter` naming CustomFilters and the field.
    pub fn parse(object: &Map<String, Value>) -> Result<Self> {
        let mut filters = Self::default();
        for (name, value) in object {
            match name.as_str() {
                "intField1" => filters.int_field1 = int_filter(value)?,
                "strField1" => filters.str_field1 = texts(name, value)?,
                "strField2" => filters.str_field2 = texts(name, value)?,
                _ => {
                    let reason = format!("{name:?} is no custom field; intField1, strField1 and strField2 are");
                    return Err(Error::invalid(PARAMETER, reason));
                }
            }
        }
        Ok(filters)
    }

    /// The rows of the catalog for which all hold.
    #[must_use]
    pub fn rows(&self, catalog: &Catalog) -> RowSet {
        let mut found = RowSet::all(catalog.rows());
        match &self.int_field1 {
            None => {}
            Some(IntFilter::Within(range)) => {
                found.intersect(&catalog.number_in_ranges(NumberField::IntField1, &[range.inclusive()]));
            }
            Some(IntFilter::AnyOf(values)) => {
                found.intersect(&catalog.number_any_of(NumberField::IntField1, values.iter().copied()));
            }
        }
        for (field, values) in [(TermField::StrField1, &self.str_field1), (TermField::StrField2, &self.str_field2)] {
            let Some(values) = values else { continue };
            let mut any = RowSet::none(catalog.rows());
            for value in values.iter().collect::<HashSet<_>>() {
                catalog.terms(field).add_equal_to(value, &mut any);
            }
            found.intersect(&any);
        }
        found
    }
}

fn int_filter(value: &Value) -> Result<Option<IntFilter>> {
    let whole = |value: &Value| {
        whole_number(value).ok_or_else(|| {
            let reason =
                format!("intField1: {} is no whole number; a number, a list or a range is allowed", shown(value));
            Error::invalid(PARAMETER, reason)
        })
    };
    Ok(Some(match value {
        Value::Null => return Ok(None),
        Value::Array(values) => {
            IntFilter::AnyOf(not_empty("intField1", values)?.iter().map(whole).collect::<Result<_>>()?)
        }
        Value::Object(range) => {
            let named = |error: Error| match error {
                Error::InvalidParameter { reason, .. } => Error::invalid(PARAMETER, format!("intField1: {reason}")),
                other => other,
            };
            IntFilter::Within(range_of("intField1", range).map_err(named)?)
        }
        single => IntFilter::AnyOf(vec![whole(single)?]),
    }))
}

fn texts(name: &str, value: &Value) -> Result<Option<Vec<String>>> {
    let text = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        other => {
            let reason = format!("{name}: it must be a string or a list of strings, not {}", kind_of(other));
            Err(Error::invalid(PARAMETER, reason))
        }
    };
    Ok(Some(match value {
        Value::Null => return Ok(None),
        Value::Array(values) => not_empty(name, values)?.iter().map(text).collect::<Result<_>>()?,
        single => vec![text(single)?],
    }))
}

fn not_empty<'a>(name: &str, values: &'a [Value]) -> Result<&'a [Value]> {
    match values {
        [] => Err(Error::invalid(PARAMETER, format!("{name}: the list is empty"))),
        some => Ok(some),
    }
}

/// The rows of the catalog that a face search is limited to; `None` where nothing limits it.
#[must_use]
pub fn catalog_filter(
    library: &Library,
    custom_filters: Option<&CustomFilters>,
    utc_create: Option<&NumberRange>,
    namespace: Option<&str>,
) -> Option<RowSet> {
    if custom_filters.is_none() && utc_create.is_none() && namespace.is_none() {
        return None;
    }
    let catalog = library.catalog();
    let mut found = RowSet::all(catalog.rows());
    if let Some(filters) = custom_filters {
        found.intersect(&filters.rows(catalog));
    }
    if let Some(range) = utc_create {
        found.intersect(&catalog.number_in_ranges(NumberField::Created, &[range.inclusive()]));
    }
    if let Some(namespace) = namespace {
        found.intersect(&catalog.terms(TermField::Namespace).equal_to(namespace));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(value: &Value) -> Result<CustomFilters> {
        CustomFilters::parse(value.as_object().unwrap())
    }

    #[test]
    fn each_field_takes_a_value_a_list_or_a_range() {
        let filters =
            parse(&json!({"intField1": {"gte": 12, "lte": 13}, "strField2": ["cd", "de"], "strField1": "abc"}));
        let filters = filters.unwrap();
        assert!(matches!(filters.int_field1, Some(IntFilter::Within(range)) if range.to_string() == "[12, 13]"));
        assert_eq!(filters.str_field1, Some(vec!["abc".to_owned()]));
        assert_eq!(filters.str_field2, Some(vec!["cd".to_owned(), "de".to_owned()]));
        assert_eq!(parse(&json!({"intField1": [12, "13"]})).unwrap().int_field1, Some(IntFilter::AnyOf(vec![12, 13])));
        assert_eq!(parse(&json!({"intField1": 12})).unwrap().int_field1, Some(IntFilter::AnyOf(vec![12])));
        assert_eq!(parse(&json!({"intField1": null})).unwrap(), CustomFilters::default());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (value, says) in [
            (json!({"intField2": 1}), "\"intField2\" is no custom field; intField1, strField1 and strField2 are"),
            (
                json!({"intField1": "twelve"}),
                "intField1: \"twelve\" is no whole number; a number, a list or a range is allowed",
            ),
            (json!({"intField1": 1.5}), "intField1: 1.5 is no whole number; a number, a list or a range is allowed"),
            (json!({"intField1": []}), "intField1: the list is empty"),
            (json!({"intField1": {"gt": 1}}), "intField1: \"gt\" is no bound of a range; \"gte\" and \"lte\" are"),
            (json!({"intField1": {}}), "intField1: the range has no bound; give \"gte\", \"lte\" or both"),
            (json!({"strField1": 5}), "strField1: it must be a string or a list of strings, not a number"),
            (json!({"strField1": {"gte": "a"}}), "strField1: it must be a string or a list of strings, not an object"),
            (json!({"strField2": ["a", null]}), "strField2: it must be a string or a list of strings, not null"),
            (json!({"strField2": []}), "strField2: the list is empty"),
        ] {
            let error = parse(&value).unwrap_err();
            assert_eq!(error.parameter(), Some("CustomFilters"));
            assert_eq!(error.to_string(), format!("CustomFilters: {says}"));
        }
    }
}
