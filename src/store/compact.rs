//! Many small files of a day become few large ones, without an instant at which a reader of ours sees a wrong count.

use std::collections::BTreeMap;

use polars::prelude::{DataFrame, SortMultipleOptions};
use sha2::{Digest, Sha256};

use super::commit::{Staged, Writer};
use super::day::NewDay;
use super::events_file::{self, Reached};
use super::{Layout, StoreError, entries};
use crate::events::batch::{DAY_MS, day_name};
use crate::events::columns::event as column;

/// Files of a closed day from which on it is compacted without being asked.
const MANY_FILES: usize = 8;

/// A day is closed when it ended this long ago: late lines are rare by then.
const CLOSED_AFTER_DAYS: i64 = 2;

/// Events of one new file, at most: this bounds memory.
const ROWS: u64 = 128 << 10;

/// Compacts the closed days that have many files. Gives how many there were.
pub fn closed_days(writer: &mut Writer<'_>, now_ms: i64) -> Result<usize, StoreError> {
    let closed = format!("date={}", day_name(now_ms.div_euclid(DAY_MS) - CLOSED_AFTER_DAYS));
    empty_trash(writer, now_ms)?;
    let mut compacted = 0;
    for date in entries(&writer.layout().events())? {
        if date < closed && small_files(writer, &date)?.len() > MANY_FILES {
            compacted += usize::from(day(writer, &date)?);
        }
    }
    Ok(compacted)
}

/// Compacts every day that has more than one small file. Gives how many there were.
pub fn all_days(writer: &mut Writer<'_>) -> Result<usize, StoreError> {
    let mut compacted = 0;
    for date in entries(&writer.layout().events())? {
        if small_files(writer, &date)?.len() > 1 {
            compacted += usize::from(day(writer, &date)?);
        }
    }
    Ok(compacted)
}

/// Replaced files are kept this long, for engines that were reading them.
const TRASH_KEPT_MS: i64 = DAY_MS;

/// Removes what was replaced more than a day ago.
fn empty_trash(writer: &Writer<'_>, now_ms: i64) -> Result<(), StoreError> {
    use std::os::unix::fs::MetadataExt;
    let trash = writer.layout().trash();
    for name in entries(&trash)? {
        let path = trash.join(name);
        // A folder's own times do not change when it is moved; the time of its entry does.
        let moved_ms = std::fs::metadata(&path).map_err(|error| StoreError::io(&path, error))?.ctime() * 1000;
        if moved_ms < now_ms - TRASH_KEPT_MS {
            writer.remove(&path)?;
        }
    }
    Ok(())
}

/// The files of a day that are not full, with their events.
fn small_files(writer: &Writer<'_>, date: &str) -> Result<Vec<(String, u64)>, StoreError> {
    let folder = writer.layout().events().join(date);
    let mut small = Vec::new();
    for name in entries(&folder)?.into_iter().filter(|name| name.ends_with(".parquet")) {
        let rows = match writer.ledger.files.get(&format!("{date}/{name}")) {
            Some(known) => known.rows,
            // It was copied from another host.
            None => events_file::footer(&folder.join(&name))?.rows,
        };
        if rows < ROWS / 2 {
            small.push((name, rows));
        }
    }
    Ok(small)
}

/// Writes a day's small files anew as few large ones, beside links to its large ones, and exchanges the folders.
/// Whether there was anything to do.
fn day(writer: &mut Writer<'_>, date: &str) -> Result<bool, StoreError> {
    let groups = group(small_files(writer, date)?);
    if groups.is_empty() {
        return Ok(false);
    }
    let mut new = NewDay::start(writer, date)?;
    // One after the other: this bounds memory.
    for names in groups {
        let merged = merge(writer.layout(), date, &names)?;
        new.write(writer, &merged, &names)?;
    }
    new.exchange(writer)?;
    Ok(true)
}

/// Files that become one together: at least two, and not more events than memory is meant for.
fn group(files: Vec<(String, u64)>) -> Vec<Vec<String>> {
    let mut groups = Vec::new();
    let mut group = Vec::new();
    let mut sum = 0;
    for (name, rows) in files {
        if sum + rows > ROWS && !group.is_empty() {
            groups.push(std::mem::take(&mut group));
            sum = 0;
        }
        sum += rows;
        group.push(name);
    }
    groups.push(group);
    groups.retain(|group| group.len() > 1);
    groups
}

/// One file of several: equal event ids once, sorted by campaign, message and time.
fn merge(layout: &Layout, date: &str, names: &[String]) -> Result<Staged, StoreError> {
    let folder = layout.events().join(date);
    let mut reached: BTreeMap<String, Reached> = BTreeMap::new();
    let mut all: Option<DataFrame> = None;
    let failed = |error| StoreError::Events { path: folder.display().to_string(), error };
    for name in names {
        let path = folder.join(name);
        for one in events_file::footer(&path)?.reached {
            let known = reached.entry(one.id.clone()).or_insert_with(|| one.clone());
            if known.source.offset < one.source.offset {
                *known = one;
            }
        }
        let frame = events_file::read_whole(&path)?;
        match &mut all {
            None => all = Some(frame),
            Some(all) => {
                all.vstack_mut_owned(frame).map_err(failed)?;
            }
        }
    }
    let all = all.unwrap_or_default();
    let by = [column::CAMPAIGN, column::MESSAGE, column::TS_MS, column::EVENT_HI, column::EVENT_LO];
    let sorted = all.sort(by, SortMultipleOptions::default().with_multithreaded(false)).map_err(failed)?;
    drop(all);
    let frame = without_duplicates(sorted).map_err(failed)?;
    let reached: Vec<Reached> = reached.into_values().collect();
    let bytes = events_file::encode(&frame, &reached).map_err(failed)?;
    let mut hasher = Sha256::new();
    names.iter().for_each(|name| hasher.update(name.as_bytes()));
    let hash: String = hasher.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let rows = frame.height() as u64;
    Ok(Staged { date: date.to_owned(), name: format!("c-{hash}.parquet"), rows, bytes })
}

/// Sorted events, each id once.
fn without_duplicates(sorted: DataFrame) -> polars::prelude::PolarsResult<DataFrame> {
    let hi = sorted.column(column::EVENT_HI)?.i64()?;
    let lo = sorted.column(column::EVENT_LO)?.i64()?;
    let mut seen = std::collections::HashSet::with_capacity(sorted.height());
    let keep: polars::prelude::BooleanChunked = hi.iter().zip(lo.iter()).map(|id| seen.insert(id)).collect();
    // Mostly none is there twice: then no copy is made.
    if keep.all() { Ok(sorted) } else { sorted.filter(&keep) }
}
