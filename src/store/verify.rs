//! Holds the event files, the ledger and the counts against each other, and reads the sends.

use std::collections::HashSet;

use super::ledger::{Ledger, Step};
use super::lock::{self, Patience, Sharing};
use super::{Layout, StoreError, events_file, sends};
use crate::events::columns::event as column;

/// What was found.
#[derive(Debug, Default)]
pub struct Verified {
    /// Event files that are whole.
    pub files: usize,
    /// Their events.
    pub events: u64,
    /// Events whose id is there more than once; readers count them once.
    pub duplicates: u64,
    /// Sends.
    pub sends: u64,
    /// Files that the ledger does not know: copied from another host, or left by an older ledger.
    pub foreign: Vec<String>,
    /// A run was interrupted after it had decided what to do; the next run finishes it, and loses nothing.
    pub is_interrupted: bool,
    /// What is wrong.
    pub problems: Vec<String>,
}

/// Reads every file.
pub fn verify(layout: &Layout) -> Result<Verified, StoreError> {
    if !layout.exists() {
        return Err(StoreError::Missing(layout.root().display().to_string()));
    }
    let _lock = lock::take(&layout.readers_lock(), Sharing::Shared, Patience::Wait)?;
    let ledger = Ledger::read(&layout.ledger())?
        .ok_or_else(|| StoreError::LedgerMissing(layout.root().display().to_string()))?;
    let mut found = Verified::default();
    let mut seen = HashSet::new();
    let files = layout.event_files()?;
    let there: HashSet<&String> = files.iter().collect();
    let open: Vec<&Step> = ledger.pending.iter().filter(|step| !is_done(layout, &there, step)).collect();
    found.is_interrupted = !open.is_empty();
    for file in &files {
        match read_ids(layout, file, &mut seen) {
            Ok((rows, duplicates)) => {
                found.files += 1;
                found.events += rows;
                found.duplicates += duplicates;
                match ledger.files.get(file) {
                    None if is_open(&open, file) => {}
                    None => found.foreign.push(file.clone()),
                    Some(known) if known.rows != rows => {
                        found.problems.push(format!("{file}: has {rows} events, the ledger says {}", known.rows));
                    }
                    Some(_) => {}
                }
            }
            Err(error) => found.problems.push(error.to_string()),
        }
    }
    for missing in ledger.files.keys().filter(|file| !there.contains(file) && !is_open(&open, file)) {
        found.problems.push(format!("{missing}: is in the ledger and not in the store; its events are lost"));
    }
    match sends::verify(layout) {
        Ok(sends) => found.sends = sends,
        Err(error) => found.problems.push(error.to_string()),
    }
    Ok(found)
}

/// Whether a committed step has been done. The ledger names steps until the next commit.
fn is_done(layout: &Layout, there: &HashSet<&String>, step: &Step) -> bool {
    match step {
        Step::Publish { date, name } | Step::Exchange { date, marker: name } => {
            there.contains(&format!("{date}/{name}"))
        }
        Step::Remove { date } => !layout.events().join(date).exists(),
    }
}

/// Whether a step that is still to be done brings the file, or takes it away.
fn is_open(open: &[&Step], file: &str) -> bool {
    open.iter().any(|step| match step {
        Step::Publish { date, name } => file.strip_prefix(date.as_str()).is_some_and(|rest| rest[1..] == **name),
        Step::Exchange { date, .. } | Step::Remove { date } => file.strip_prefix(date.as_str()).is_some(),
    })
}

/// The events of a file, and how many of them were seen before.
fn read_ids(layout: &Layout, file: &str, seen: &mut HashSet<(i64, i64)>) -> Result<(u64, u64), StoreError> {
    let path = layout.events().join(file);
    let rows = events_file::footer(&path)?.rows;
    let failed = |error| StoreError::Events { path: path.display().to_string(), error };
    let frame = events_file::read_whole(&path)?;
    let ids = |name| frame.column(name).and_then(|column| column.i64()).map_err(failed);
    let (hi, lo) = (ids(column::EVENT_HI)?, ids(column::EVENT_LO)?);
    let duplicates =
        hi.iter().zip(lo.iter()).filter(|(hi, lo)| !seen.insert((hi.unwrap_or(0), lo.unwrap_or(0)))).count();
    Ok((rows, duplicates as u64))
}
