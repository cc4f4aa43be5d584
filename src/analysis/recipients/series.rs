//! Rows → the columns of a frame.

use polars::prelude::{Column, DataType, NamedFrom, PolarsResult, Series, TimeUnit, TimeZone};

/// A column of texts.
pub(super) fn texts<'r, R>(name: &str, rows: &'r [R], value: impl Fn(&'r R) -> Option<&'r str>) -> Column {
    Series::new(name.into(), rows.iter().map(value).collect::<Vec<_>>()).into()
}

/// A column of counts.
pub(super) fn counts<R>(name: &str, rows: &[R], value: impl Fn(&R) -> u64) -> Column {
    integers(name, rows, |row| Some(i64::try_from(value(row)).expect("nothing is counted 2^63 times")))
}

/// A column of whole numbers, some of which are not known.
pub(super) fn integers<R>(name: &str, rows: &[R], value: impl Fn(&R) -> Option<i64>) -> Column {
    Series::new(name.into(), rows.iter().map(value).collect::<Vec<_>>()).into()
}

/// A column of fractions.
pub(super) fn fractions<R>(name: &str, rows: &[R], value: impl Fn(&R) -> Option<f64>) -> Column {
    Series::new(name.into(), rows.iter().map(value).collect::<Vec<_>>()).into()
}

/// A column of instants, from milliseconds since 1970 UTC.
pub(super) fn instants<R>(name: &str, rows: &[R], value: impl Fn(&R) -> Option<i64>) -> PolarsResult<Column> {
    let ms = Series::new(name.into(), rows.iter().map(value).collect::<Vec<_>>());
    Ok(ms.cast(&DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC)))?.into())
}
