//! The events of some campaigns or of one message, without reading the others.

use std::path::Path;

use polars::prelude::{BooleanChunked, DataFrame, PolarsError, PolarsResult};
use polars_io::SerReader;
use polars_io::parquet::read::ParallelStrategy;
use rayon::prelude::*;

use super::column_file::ColumnFile;
use super::lock::{self, Patience, Sharing};
use super::settings::Settings;
use super::{Layout, StoreError, events_file};
use crate::events::columns::event as column;
use crate::events::frame::{empty, with_all_columns};
use crate::events::keyed_texts::KeyedTexts;

/// Which events are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection<'a> {
    /// The campaign; empty for hits whose URL names none. `None` stands for all.
    pub campaign: Option<&'a str>,
    /// One message; `None` stands for all.
    pub message: Option<&'a str>,
}

/// Reads the events with all columns of today's schema, in no order, while no writer publishes. Events are sorted by
/// campaign and message in each file, so most row groups are passed over by what their statistics say.
pub fn select(layout: &Layout, selection: Selection<'_>) -> Result<DataFrame, StoreError> {
    if Settings::read(layout)?.is_none() {
        return Err(StoreError::Missing(layout.root().display().to_string()));
    }
    let _lock = lock::take(&layout.readers_lock(), Sharing::Shared, Patience::Wait)?;
    let files = layout.event_files()?;
    let frames = files.par_iter().with_max_len(1).map(|file| of_file(&layout.events().join(file), selection));
    let frames: Vec<DataFrame> = frames.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    let failed = |error| StoreError::Events { path: layout.events().display().to_string(), error };
    let mut all = empty();
    for frame in frames {
        all.vstack_mut_owned(frame).map_err(failed)?;
    }
    Ok(all)
}

fn of_file(path: &Path, selection: Selection<'_>) -> Result<Vec<DataFrame>, StoreError> {
    let failed = |error: PolarsError| StoreError::Events { path: path.display().to_string(), error };
    let mut frames = Vec::new();
    for slice in exact_slices(path, selection)? {
        let reader = events_file::open(path)?.with_slice(Some(slice)).read_parallel(ParallelStrategy::None);
        let frame = reader.finish().and_then(|frame| matching(&frame, selection)).map_err(failed)?;
        if frame.height() > 0 {
            frames.push(with_all_columns(&frame).map_err(failed)?);
        }
    }
    Ok(frames)
}

/// The rows from the first to the last such event of each row group that has any, as offset and length. Events are sorted
/// by campaign, so that those of one campaign stand together: a row group with a few of them is not read whole.
fn exact_slices(path: &Path, selection: Selection<'_>) -> Result<Vec<(usize, usize)>, StoreError> {
    walk(path, selection, |file, row_group, rows| {
        let Some(campaign) = selection.campaign else { return Ok(Some((0, rows))) };
        let names = file.read(row_group, column::CAMPAIGN)?.and_then(|names| KeyedTexts::of(&*names));
        Ok(names.map_or(Some((0, rows)), |names| range_of(&names, campaign)))
    })
}

/// From the first row with this name to behind the last one.
fn range_of(names: &KeyedTexts, wanted: &str) -> Option<(usize, usize)> {
    let is_wanted = names.map(|name| name.unwrap_or_default() == wanted);
    let mut rows = (0..names.len()).filter(|at| is_wanted[names.key(*at)]);
    let first = rows.next()?;
    Some((first, rows.next_back().unwrap_or(first) + 1))
}

/// The row groups that may hold such events, as offset and length, neighbours together.
pub(super) fn slices(path: &Path, selection: Selection<'_>) -> Result<Vec<(usize, usize)>, StoreError> {
    walk(path, selection, |_, _, rows| Ok(Some((0, rows))))
}

/// What `range` says of each row group that may hold such events: from where to where in it. As offset and length in the
/// file, neighbours together.
fn walk(
    path: &Path,
    selection: Selection<'_>,
    range: impl Fn(&ColumnFile, usize, usize) -> PolarsResult<Option<(usize, usize)>>,
) -> Result<Vec<(usize, usize)>, StoreError> {
    let file = ColumnFile::open(path)?;
    let mut slices: Vec<(usize, usize)> = Vec::new();
    let mut start = 0;
    for (row_group, rows) in file.row_groups().enumerate() {
        let may_hold = |name, value: &str| file.span(row_group, name).may_hold(value.as_bytes());
        // Message ids are in order only inside of one campaign, but a span is true of any order.
        let is_wanted = selection.campaign.is_none_or(|campaign| may_hold(column::CAMPAIGN, campaign))
            && selection.message.is_none_or(|message| may_hold(column::MESSAGE, message));
        let range = if is_wanted { range(&file, row_group, rows) } else { Ok(None) };
        let range = range.map_err(|error| StoreError::Events { path: path.display().to_string(), error })?;
        if let Some((from, to)) = range {
            match slices.last_mut() {
                Some((at, n)) if *at + *n == start + from => *n += to - from,
                _ => slices.push((start + from, to - from)),
            }
        }
        start += rows;
    }
    Ok(slices)
}

fn matching(frame: &DataFrame, selection: Selection<'_>) -> PolarsResult<DataFrame> {
    let campaigns = frame.column(column::CAMPAIGN)?.str()?;
    let messages = frame.column(column::MESSAGE)?.str()?;
    let is_wanted = |(campaign, message): (Option<&str>, Option<&str>)| {
        selection.campaign.is_none_or(|wanted| campaign.unwrap_or_default() == wanted)
            && selection.message.is_none_or(|wanted| message.unwrap_or_default() == wanted)
    };
    let keep: BooleanChunked = campaigns.iter().zip(messages.iter()).map(is_wanted).collect();
    frame.filter(&keep)
}
