//! Where the events of a query are: in the store, or in a frame that logs were read into.

use std::collections::HashSet;

use polars::prelude::{Column, DataFrame, DataType, Expr, IntoLazy, PolarsError, PolarsResult, Series};
use rayon::prelude::*;

use super::pruning::Pruning;
use super::schema::instant;
use crate::events::columns::{event, hit};
use crate::events::frame;
use crate::store::scan::{EventFiles, Piece, cut};
use crate::store::{Layout, StoreError};

/// The events.
#[derive(Debug)]
pub struct Source(Kind);

#[derive(Debug)]
enum Kind {
    Store(EventFiles),
    Frame(DataFrame),
}

/// Some events that stand together.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    OfStore(Piece),
    /// Offset and length.
    OfFrame(usize, usize),
    Empty,
}

impl Part {
    pub(super) fn rows(self) -> usize {
        match self {
            Self::OfStore(piece) => piece.rows,
            Self::OfFrame(_, rows) => rows,
            Self::Empty => 0,
        }
    }
}

impl Source {
    /// The events of a store, as they are now: no writer publishes while this lives.
    pub fn store(layout: &Layout) -> Result<Self, StoreError> {
        Ok(Self(Kind::Store(EventFiles::open(layout)?)))
    }

    /// Events that are in memory, with all columns of the store.
    pub fn frame(events: DataFrame) -> Self {
        Self(Kind::Frame(events))
    }

    /// The parts that hold the wanted messages, in order; of every day, because all hits of a message judge it.
    pub(super) fn parts(&self, pruning: &Pruning) -> PolarsResult<Vec<Part>> {
        Ok(match &self.0 {
            Kind::Store(files) => {
                let pieces = files.pieces(pruning.selection()).map_err(|error| polars_error(&error))?;
                pieces.into_iter().map(Part::OfStore).collect()
            }
            Kind::Frame(frame) => cut(0, frame.height()).map(|(offset, rows)| Part::OfFrame(offset, rows)).collect(),
        })
    }

    /// Whether events of a wanted day can be in the part.
    pub(super) fn has_day(&self, part: Part, pruning: &Pruning) -> bool {
        match (&self.0, part) {
            (Kind::Store(files), Part::OfStore(piece)) => pruning.has_day(files.day(piece)),
            _ => true,
        }
    }

    /// Reads stored columns of a part, and the time and the day where they are asked for. Columns that an older schema
    /// does not have are null.
    pub(super) fn read(&self, part: Part, columns: &[&str]) -> PolarsResult<DataFrame> {
        let today = frame::schema();
        let mut stored: Vec<&str> = columns.iter().copied().filter(|name| today.contains(name)).collect();
        let is_made = |name: &&str| [hit::TIME, hit::DATE].contains(name);
        // A file has a height only where a column is read.
        if (columns.iter().any(is_made) || stored.is_empty()) && !stored.contains(&event::TS_MS) {
            stored.push(event::TS_MS);
        }
        let read = match (&self.0, part) {
            (Kind::Store(files), Part::OfStore(piece)) => {
                files.read(piece, &stored).map_err(|error| polars_error(&error))?
            }
            (Kind::Frame(frame), Part::OfFrame(offset, rows)) => {
                frame.slice(i64::try_from(offset).unwrap_or(i64::MAX), rows).select(stored.iter().copied())?
            }
            _ => frame::empty().select(stored.iter().copied())?,
        };
        let column = |name: &&str| match *name {
            hit::TIME => time(&read),
            hit::DATE => time(&read)?.cast(&DataType::Date).map(|date| date.with_name(hit::DATE.into())),
            name => read.column(name).cloned().or_else(|_| {
                let dtype = today.get(name).cloned().unwrap_or(DataType::Null);
                Ok(Series::full_null(name.into(), part.rows(), &dtype).into())
            }),
        };
        let wanted: Vec<&str> = columns.iter().copied().filter(|name| today.contains(name) || is_made(name)).collect();
        DataFrame::new(part.rows(), wanted.iter().map(column).collect::<PolarsResult<_>>()?)
    }

    /// Calls `each` with columns of every part of the wanted messages and the place of its first event. Returns how many
    /// places there are.
    pub(super) fn for_each(
        &self,
        pruning: &Pruning,
        columns: &[&str],
        each: impl Fn(usize, &DataFrame) -> PolarsResult<()> + Sync,
    ) -> PolarsResult<usize> {
        let parts = self.parts(pruning)?;
        let places = places(&parts);
        let read = |(part, start): (&Part, &usize)| each(*start, &self.read(*part, columns)?);
        parts.par_iter().zip(&places).with_max_len(1).try_for_each(read)?;
        Ok(parts.iter().map(|part| part.rows()).sum())
    }
}

/// The place of the first event of each part.
pub(super) fn places(parts: &[Part]) -> Vec<usize> {
    let mut next = 0;
    let place = |part: &Part| {
        let place = next;
        next += part.rows();
        place
    };
    parts.iter().map(place).collect()
}

fn time(frame: &DataFrame) -> PolarsResult<Column> {
    Ok(frame.column(event::TS_MS)?.cast(&instant())?.with_name(hit::TIME.into()))
}

/// polars carries the error through its plan.
fn polars_error(error: &StoreError) -> PolarsError {
    PolarsError::ComputeError(error.to_string().into())
}

/// The rows of a frame of which a condition is true.
pub(super) fn filter(frame: DataFrame, condition: Option<&Expr>) -> PolarsResult<DataFrame> {
    match condition {
        // polars would panic: these are parts of a plan, which stand for no condition.
        Some(condition) if condition.into_iter().any(|part| matches!(part, Expr::Display { .. })) => {
            Err(PolarsError::ComputeError("the query is too involved; move its WHERE into a WITH".into()))
        }
        Some(condition) => frame.lazy().filter(condition.clone()).collect(),
        None => Ok(frame),
    }
}

/// Each name once, in the order in which they come first.
pub(super) fn once<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let mut seen = HashSet::new();
    names.into_iter().filter(|name| seen.insert(*name)).collect()
}
