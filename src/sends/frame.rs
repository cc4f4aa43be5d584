//! Sends ↔ polars frame: what Parquet files hold, and what a store keeps.

use polars::prelude::{
    ChunkedArray, Column as FrameColumn, DataFrame, DataType, Int64Type, IntoSeries, NamedFrom, NewChunkedArray,
    PlSmallStr, PolarsError, PolarsResult, Series, StringChunked, TimeUnit,
};

use super::bad_row::{BadRows, Fault};
use super::chunk::{Chunk, Row};
use super::column::{Column, HeaderError, Layout};
use super::error::SendsError;
use super::load::{FileRows, Loaded, Options, Part, Reading, load_each};
use super::table::{Send, Sends};
use super::time::Times;
use crate::events::columns::send as name;
use crate::model::send::{Consent, SendStatus};

/// Reads a frame, such as a store has kept one; `path` names it in messages. The columns are those of a sends file,
/// or `sent_at_ms` instead of `sent_at`.
pub fn from_frame(path: &str, frame: &DataFrame, options: &Options) -> Result<Loaded, SendsError> {
    load_each(&[path.to_owned()], options, |reading| {
        let layout = layout(path, frame.get_column_names().into_iter().map(PlSmallStr::as_str))?;
        let part = part(reading, &layout, frame, 1)?;
        Ok(FileRows { columns: layout.columns(), ignored: layout.ignored, parts: vec![part] })
    })
}

/// The columns that the sends have, with `sent_at_ms` for the time. The message and the campaign are never null: no
/// campaign is empty.
pub fn to_frame(sends: &Sends) -> PolarsResult<DataFrame> {
    let mut columns = Vec::new();
    for column in Column::ALL
        .into_iter()
        .filter(|column| sends.has_column(*column) || matches!(column, Column::Message | Column::Campaign))
    {
        columns.push(match column {
            Column::Message => texts_of(name::MESSAGE, sends, |send| Some(send.message())),
            Column::Campaign => texts_of(name::CAMPAIGN, sends, |send| Some(send.campaign().unwrap_or_default())),
            Column::Recipient => texts_of(name::RECIPIENT, sends, Send::recipient),
            Column::Sender => texts_of(name::SENDER, sends, Send::sender),
            Column::Variant => texts_of(name::VARIANT, sends, Send::variant),
            Column::SentAt => {
                let times: Vec<Option<i64>> = sends.iter().map(Send::sent_at_ms).collect();
                Series::new(name::SENT_AT_MS.into(), times).into()
            }
            Column::Status => texts_of(name::STATUS, sends, |send| send.status().map(SendStatus::code)),
            Column::Consent => texts_of(name::CONSENT, sends, |send| send.consent().map(Consent::code)),
        });
    }
    DataFrame::new(sends.len(), columns)
}

fn texts_of<'a>(name: &str, sends: &'a Sends, value: impl Fn(Send<'a>) -> Option<&'a str>) -> FrameColumn {
    StringChunked::from_iter_options(name.into(), sends.iter().map(value)).into_series().into()
}

/// Finds the columns by their names; `sent_at_ms` stands in for `sent_at`.
pub(super) fn layout<'a>(path: &str, names: impl IntoIterator<Item = &'a str>) -> Result<Layout, SendsError> {
    let mut names: Vec<&str> = names.into_iter().collect();
    let is = |found: &str, name: &str| found.trim().eq_ignore_ascii_case(name);
    if !names.iter().any(|found| is(found, name::SENT_AT)) {
        for found in names.iter_mut().filter(|found| is(found, name::SENT_AT_MS)) {
            *found = name::SENT_AT;
        }
    }
    Layout::new(names.iter().copied()).map_err(|error| match error {
        HeaderError::Twice(column) => SendsError::Twice { path: path.to_owned(), column },
        HeaderError::NoMessage(nearest) => {
            let found = names.into_iter().map(str::to_owned).collect();
            SendsError::NoMessage { path: path.to_owned(), found, nearest }
        }
    })
}

/// The times of a frame.
enum SentAt {
    Missing,
    Texts(StringChunked),
    /// Milliseconds since 1970 UTC.
    Instants(ChunkedArray<Int64Type>, PerMs),
    /// Milliseconds of a clock without a zone.
    Local(ChunkedArray<Int64Type>, PerMs),
}

/// How many units a millisecond has.
type PerMs = i64;

/// Reads rows; `first_line` is the number of the first.
pub(super) fn part(
    reading: &Reading<'_>,
    layout: &Layout,
    frame: &DataFrame,
    first_line: u64,
) -> Result<Part, SendsError> {
    let texts = |column: Column| -> Result<Option<StringChunked>, SendsError> {
        layout.places[column as usize].map(|place| texts(reading.path, column, frame, place)).transpose()
    };
    let cells = [
        texts(Column::Message)?,
        texts(Column::Campaign)?,
        texts(Column::Recipient)?,
        texts(Column::Sender)?,
        texts(Column::Variant)?,
        texts(Column::Status)?,
        texts(Column::Consent)?,
    ];
    let mut cells = cells.each_ref().map(|texts| texts.as_ref().map(StringChunked::iter));
    let sent_at = sent_at(reading.path, layout, frame)?;
    let mut part = Part { chunks: Vec::new(), bad: BadRows::default() };
    let mut chunk = Chunk::new(reading.file, layout.columns());
    let mut names = reading.take_names();
    let mut times = Times::new(reading.zone);
    for (i, line) in (0..frame.height()).zip(first_line..) {
        let [message, campaign, recipient, sender, variant, status, consent] =
            cells.each_mut().map(|texts| texts.as_mut().and_then(Iterator::next).flatten().unwrap_or("").trim_ascii());
        let added = sent_at.get(i, &mut times).and_then(|sent_at_ms| {
            let row = Row {
                message: message.as_bytes(),
                campaign: campaign.as_bytes(),
                recipient: recipient.as_bytes(),
                sender: sender.as_bytes(),
                variant: variant.as_bytes(),
                sent_at_ms,
                status: status.as_bytes(),
                consent: consent.as_bytes(),
            };
            chunk.push(line, &row, &mut names, reading.names)
        });
        if let Err(fault) = added {
            part.bad.push(line, fault);
        }
        if chunk.is_full() {
            chunk.shrink();
            part.chunks.push(std::mem::replace(&mut chunk, Chunk::new(reading.file, layout.columns())));
        }
    }
    reading.give_names(names);
    chunk.shrink();
    part.chunks.push(chunk);
    Ok(part)
}

/// A column as texts: numbers are ids, too, and a boolean may be a consent.
fn texts(path: &str, column: Column, frame: &DataFrame, place: usize) -> Result<StringChunked, SendsError> {
    let found = &frame.columns()[place];
    let dtype = found.dtype();
    let is_text = dtype.is_string() || dtype.is_integer() || *dtype == DataType::Null;
    let is_yes_or_no = column == Column::Consent && dtype.is_bool();
    if !is_text && !is_yes_or_no {
        return Err(wrong_type(path, column, dtype, "text, or whole numbers"));
    }
    let failed = |error: PolarsError| SendsError::Parquet { path: path.to_owned(), reason: error.to_string() };
    Ok(found.cast(&DataType::String).map_err(failed)?.str().map_err(failed)?.clone())
}

fn sent_at(path: &str, layout: &Layout, frame: &DataFrame) -> Result<SentAt, SendsError> {
    let Some(place) = layout.places[Column::SentAt as usize] else { return Ok(SentAt::Missing) };
    let found = &frame.columns()[place];
    let failed = |error: PolarsError| SendsError::Parquet { path: path.to_owned(), reason: error.to_string() };
    let numbers = || found.cast(&DataType::Int64).and_then(|column| Ok(column.i64()?.clone())).map_err(failed);
    let is_ms = found.name().trim().eq_ignore_ascii_case(name::SENT_AT_MS);
    match found.dtype() {
        _ if found.null_count() == found.len() => Ok(SentAt::Missing),
        DataType::String if !is_ms => Ok(SentAt::Texts(found.str().map_err(failed)?.clone())),
        DataType::Datetime(unit, None) if !is_ms => Ok(SentAt::Local(numbers()?, per_ms(*unit))),
        DataType::Datetime(unit, Some(_)) if !is_ms => Ok(SentAt::Instants(numbers()?, per_ms(*unit))),
        DataType::Int64 if is_ms => Ok(SentAt::Instants(numbers()?, 1)),
        other => Err(wrong_type(path, Column::SentAt, other, "a time stamp, or text such as 2026-11-09T08:00:00Z")),
    }
}

/// Units of a millisecond; milliseconds themselves are 1.
fn per_ms(unit: TimeUnit) -> PerMs {
    match unit {
        TimeUnit::Nanoseconds => 1_000_000,
        TimeUnit::Microseconds => 1000,
        TimeUnit::Milliseconds => 1,
    }
}

fn wrong_type(path: &str, column: Column, found: &DataType, expected: &'static str) -> SendsError {
    SendsError::Type { path: path.to_owned(), column, found: found.to_string(), expected }
}

impl SentAt {
    fn get(&self, row: usize, times: &mut Times<'_>) -> Result<Option<i64>, Fault> {
        match self {
            Self::Missing => Ok(None),
            Self::Texts(texts) => match texts.get(row).unwrap_or("").trim_ascii() {
                "" => Ok(None),
                text => {
                    let text = text.as_bytes();
                    times.parse(text).map(Some).map_err(|error| Fault::cell(Column::SentAt, text, error))
                }
            },
            Self::Instants(numbers, per_ms) => Ok(numbers.get(row).map(|number| number.div_euclid(*per_ms))),
            Self::Local(numbers, per_ms) => {
                let Some(local_ms) = numbers.get(row).map(|number| number.div_euclid(*per_ms)) else { return Ok(None) };
                let shown = || jiff::Timestamp::from_millisecond(local_ms).map(|t| t.to_string()).unwrap_or_default();
                let fault = |error| Fault::cell(Column::SentAt, shown().trim_end_matches('Z').as_bytes(), error);
                times.in_zone(local_ms).map(Some).map_err(fault)
            }
        }
    }
}
