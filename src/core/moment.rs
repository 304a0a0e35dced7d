//! Moments as text: ISO 8601 in UTC, as the public service writes them. Imports nothing of the crate.

use time::OffsetDateTime;
use time::format_description::well_known::Iso8601;

const NANOSECONDS: i128 = 1_000_000;

/// A moment as text, to the second: `2020-12-01T19:48:05Z`. `None` outside the years 0 to 9999.
#[must_use]
pub fn utc_text(milliseconds: i64) -> Option<String> {
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(milliseconds) * NANOSECONDS).ok()?;
    let (date, time) = (moment.date(), moment.time());
    (0..=9999).contains(&date.year()).then(|| {
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            date.year(),
            u8::from(date.month()),
            date.day(),
            time.hour(),
            time.minute(),
            time.second()
        )
    })
}

/// Milliseconds since 1970 of an ISO 8601 text with a time zone: `2020-12-01T19:48Z`, `2020-12-01T20:48:05.250+01:00`.
#[must_use]
pub fn parse_utc(text: &str) -> Option<i64> {
    let moment = OffsetDateTime::parse(text.trim(), &Iso8601::PARSING).ok()?;
    i64::try_from(moment.unix_timestamp_nanos().div_euclid(NANOSECONDS)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_and_read_in_utc() {
        assert_eq!(utc_text(1_606_852_085_999).as_deref(), Some("2020-12-01T19:48:05Z"));
        assert_eq!(utc_text(-1).as_deref(), Some("1969-12-31T23:59:59Z"));
        assert_eq!(utc_text(i64::MAX), None);
        assert_eq!(parse_utc("2020-12-01T19:48:05Z"), Some(1_606_852_085_000));
        assert_eq!(parse_utc("2020-12-01T20:48:05.250+01:00"), Some(1_606_852_085_250));
        assert_eq!(parse_utc("2020-12-01T19:48Z"), Some(1_606_852_080_000));
        for bad in ["", "yesterday", "2020-12-01", "2020-13-01T00:00:00Z", "2020-12-01T19:48:05"] {
            assert_eq!(parse_utc(bad), None, "{bad}");
        }
    }
}
