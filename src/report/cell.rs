//! One value of a frame, free of polars.

use std::borrow::Cow;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use polars::prelude::{AnyValue, Column, DataFrame, Series, TimeUnit};

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
    /// Values of one column.
    List(Vec<Cell<'a>>),
}

/// The value of a column in a row.
///
/// # Panics
///
/// If the row is not inside the column: an error in the program.
pub fn cell(column: &Column, row: usize) -> Cell<'_> {
    value(column.get(row).expect("the row is inside the frame"))
}

/// A value of any type that a query can make. What has no form of its own is text as polars writes it.
fn value(value: AnyValue<'_>) -> Cell<'_> {
    match value {
        AnyValue::Null => Cell::Missing,
        AnyValue::String(text) => Cell::Text(Cow::Borrowed(text)),
        // A column of one row is a scalar, which lends nothing.
        AnyValue::StringOwned(text) => Cell::Text(Cow::Owned(text.to_string())),
        AnyValue::Int64(n) => Cell::Integer(n),
        AnyValue::Float64(n) => Cell::Float(n),
        AnyValue::Float32(n) => Cell::Float(n.into()),
        AnyValue::Boolean(b) => Cell::Boolean(b),
        AnyValue::Datetime(n, unit, _) | AnyValue::DatetimeOwned(n, unit, _) => Cell::Instant(milliseconds(n, unit)),
        AnyValue::Date(days) => date(days).map_or(Cell::Missing, |date| Cell::Text(date.to_string().into())),
        AnyValue::Duration(n, unit) => {
            Cell::Text(SignedDuration::from_millis(milliseconds(n, unit)).to_string().into())
        }
        AnyValue::List(values) => list(&values),
        other if other.is_integer() => {
            other.extract::<i64>().map_or_else(|| Cell::Text(other.to_string().into()), Cell::Integer)
        }
        other => Cell::Text(other.to_string().into()),
    }
}

fn list(values: &Series) -> Cell<'static> {
    let owned = |at: usize| value(values.get(at).expect("the place is inside the list").into_static());
    Cell::List((0..values.len()).map(owned).collect())
}

/// The day; `None` outside of jiff's years.
fn date(days: i32) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(Span::new().try_days(days).ok()?).ok()
}

fn milliseconds(n: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Milliseconds => n,
        TimeUnit::Microseconds => n.div_euclid(1_000),
        TimeUnit::Nanoseconds => n.div_euclid(1_000_000),
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
    fn every_type_has_a_cell() {
        use polars::prelude::{AnyValue, DataType};
        let of = |value: AnyValue<'static>| super::value(value);
        for (value, expected) in [
            (AnyValue::Null, Cell::Missing),
            (AnyValue::UInt32(7), Cell::Integer(7)),
            (AnyValue::Int8(-7), Cell::Integer(-7)),
            (AnyValue::UInt64(u64::MAX), Cell::Text(u64::MAX.to_string().into())),
            (AnyValue::Int128(7), Cell::Integer(7)),
            (AnyValue::Float32(0.5), Cell::Float(0.5)),
            (AnyValue::Date(20_780), Cell::Text("2026-11-23".into())),
            (AnyValue::Date(i32::MAX), Cell::Missing),
            (AnyValue::Duration(1500, TimeUnit::Milliseconds), Cell::Text("PT1.5S".into())),
            (AnyValue::Duration(-60_000_000, TimeUnit::Microseconds), Cell::Text("-PT1M".into())),
            (AnyValue::Datetime(1_500_000, TimeUnit::Nanoseconds, None), Cell::Instant(1)),
            (AnyValue::Binary(b"ab"), Cell::Text("b\"ab\"".into())),
        ] {
            assert_eq!(of(value.clone()), expected, "{value:?}");
        }
        let lists = Column::full_null("x".into(), 1, &DataType::List(Box::new(DataType::Int64)));
        assert_eq!(cell(&lists, 0), Cell::Missing);
    }

    #[test]
    fn writes_instants() {
        let berlin = Zone::new(TimeZone::get("Europe/Berlin").expect("in the database"));
        assert_eq!(Zone::utc().rfc3339(1_795_471_127_042), "2026-11-23T21:58:47.042Z");
        assert_eq!(berlin.rfc3339(1_795_471_127_042), "2026-11-23T22:58:47.042+01:00");
        assert_eq!(Zone::utc().rfc3339(i64::MAX), i64::MAX.to_string());
    }
}
