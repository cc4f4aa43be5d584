//! One value of a frame, free of polars.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use polars::prelude::{AnyValue, Column, DataFrame, TimeUnit};

/// A value to print.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing is known: empty in CSV, null in JSON, never 0.
    Missing,
    /// Text, which may come from a request.
    Text(Cow<'a, str>),
    /// A count.
    Integer(i64),
    /// A rate or another fraction.
    Float(f64),
    /// Yes or no.
    Boolean(bool),
    /// An instant, in milliseconds since 1970 UTC.
    Instant(i64),
}

/// The value of a column in a row.
///
/// # Panics
///
/// If the column has a type that no report has: an error in the program.
pub fn cell(column: &Column, row: usize) -> Cell<'_> {
    match column.get(row).expect("the row is inside the frame") {
        AnyValue::Null => Cell::Missing,
        AnyValue::String(text) => Cell::Text(Cow::Borrowed(text)),
        // A column of one row is a scalar, which lends nothing.
        AnyValue::StringOwned(text) => Cell::Text(Cow::Owned(text.to_string())),
        AnyValue::Int64(n) => Cell::Integer(n),
        AnyValue::Float64(n) => Cell::Float(n),
        AnyValue::Boolean(b) => Cell::Boolean(b),
        AnyValue::Datetime(ms, TimeUnit::Milliseconds, _) | AnyValue::DatetimeOwned(ms, TimeUnit::Milliseconds, _) => {
            Cell::Instant(ms)
        }
        other => unreachable!("no report has a column of type {}", other.dtype()),
    }
}

/// The values of a row.
pub fn row(frame: &DataFrame, row: usize) -> impl Iterator<Item = Cell<'_>> {
    frame.columns().iter().map(move |column| cell(column, row))
}

/// The time zone in which instants are written.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// UTC.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// A zone of the tz database, such as `Europe/Berlin`.
    pub fn new(zone: TimeZone) -> Self {
        Self(zone)
    }

    /// The zone itself.
    pub fn zone(&self) -> &TimeZone {
        &self.0
    }

    /// RFC 3339 with milliseconds: `2026-11-23T21:58:47.042Z`, or with the zone's offset.
    pub fn rfc3339(&self, ms: i64) -> String {
        let format = if self.0 == TimeZone::UTC { "%Y-%m-%dT%H:%M:%S.%3fZ" } else { "%Y-%m-%dT%H:%M:%S.%3f%:z" };
        self.format(ms, format)
    }

    /// The instant as text, in jiff's `strftime` syntax; an instant outside of jiff's years as its number.
    pub fn format(&self, ms: i64, format: &str) -> String {
        match Timestamp::from_millisecond(ms) {
            Ok(instant) => instant.to_zoned_datetime(self.0.clone()).strftime(format).to_string(),
            Err(_) => ms.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_instants() {
        let berlin = Zone::new(TimeZone::get("Europe/Berlin").expect("in the database"));
        assert_eq!(Zone::utc().rfc3339(1_795_471_127_042), "2026-11-23T21:58:47.042Z");
        assert_eq!(berlin.rfc3339(1_795_471_127_042), "2026-11-23T22:58:47.042+01:00");
        assert_eq!(Zone::utc().rfc3339(i64::MAX), i64::MAX.to_string());
    }
}
