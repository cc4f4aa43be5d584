//! What a store's files say of themselves without their events: the newest event, and the names of campaigns.

use std::collections::BTreeSet;

use polars::prelude::PolarsError;

use super::lock::{self, Patience, Sharing};
use super::{Layout, StoreError, events_file};
use crate::events::columns::event as column;

/// The latest event, in milliseconds since 1970 UTC; `None` where there is none. Only the footers of the newest day are
/// read.
pub fn newest_ms(layout: &Layout) -> Result<Option<i64>, StoreError> {
    let _lock = lock::take(&layout.readers_lock(), Sharing::Shared, Patience::Wait)?;
    let files = layout.event_files()?;
    let date = |file: &str| file.split_once('/').map(|(date, _)| date.to_owned());
    let newest = files.last().and_then(|file| date(file));
    let mut newest_ms = None;
    for file in files.iter().rev().take_while(|file| date(file) == newest) {
        newest_ms = newest_ms.max(newest_of(layout, file)?);
    }
    Ok(newest_ms)
}

fn newest_of(layout: &Layout, file: &str) -> Result<Option<i64>, StoreError> {
    let path = layout.events().join(file);
    let failed = |error: PolarsError| StoreError::Events { path: path.display().to_string(), error };
    let mut reader = events_file::open(&path)?;
    let metadata = reader.get_metadata().map_err(failed)?;
    let mut newest_ms = None;
    for group in &metadata.row_groups {
        let mut columns = group.columns_under_root_iter(column::TS_MS).into_iter().flatten();
        let statistics = columns.next().and_then(|column| column.statistics(&metadata.footer_buf));
        let max = statistics.and_then(Result::ok).and_then(|statistics| statistics.as_int64()?.max_value);
        if max.is_none() {
            let frame = events_file::read(&path, Some(&[column::TS_MS]))?;
            return Ok(frame
                .column(column::TS_MS)
                .and_then(|times| times.i64())
                .map_err(failed)?
                .iter()
                .flatten()
                .max());
        }
        newest_ms = newest_ms.max(max);
    }
    Ok(newest_ms)
}

/// The names of the campaigns in the newest `files` event files, for those who misspelt one.
pub fn campaigns(layout: &Layout, files: usize) -> Result<BTreeSet<String>, StoreError> {
    let _lock = lock::take(&layout.readers_lock(), Sharing::Shared, Patience::Wait)?;
    let mut names = BTreeSet::new();
    for file in layout.event_files()?.iter().rev().take(files) {
        let path = layout.events().join(file);
        let failed = |error: PolarsError| StoreError::Events { path: path.display().to_string(), error };
        let frame = events_file::read(&path, Some(&[column::CAMPAIGN]))?;
        let campaigns = frame.column(column::CAMPAIGN).and_then(|campaigns| campaigns.str()).map_err(failed)?;
        let mut last = None;
        // Events are sorted by campaign.
        for name in campaigns.iter().flatten() {
            if last != Some(name) {
                names.insert(name.to_owned());
                last = Some(name);
            }
        }
    }
    Ok(names)
}
