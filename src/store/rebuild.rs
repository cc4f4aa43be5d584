//! The ledger made again from the footers of the event files.

use super::commit::replace;
use super::disk::Disk;
use super::events_file;
use super::ledger::{EventFile, Ledger};
use super::lock::{self, Patience, Sharing};
use super::{Layout, StoreError, entries};

/// What was rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// Logs.
    pub sources: usize,
    /// Event files.
    pub files: usize,
    /// Events.
    pub events: u64,
}

/// Writes a new ledger. Each log is known up to the furthest position that any file names; lines behind it that held no
/// event are read once more, which adds nothing.
pub fn rebuild(layout: &Layout, disk: &dyn Disk, patience: Patience) -> Result<Rebuilt, StoreError> {
    if !layout.root().is_dir() {
        return Err(StoreError::Missing(layout.root().display().to_string()));
    }
    let _lock = lock::take(&layout.writer_lock(), Sharing::Exclusive, patience)?;
    let staged = publish_staged(layout, disk)?;
    let mut ledger = Ledger::default();
    let mut events = 0;
    for file in layout.event_files()? {
        let path = layout.events().join(&file);
        let bytes = std::fs::metadata(&path).map_err(|error| StoreError::io(&path, error))?.len();
        let footer = events_file::footer(&path)?;
        events += footer.rows;
        let was_staged = staged.contains(&file);
        ledger.files.insert(file, EventFile { rows: footer.rows, bytes });
        for reached in footer.reached.into_iter().filter(|_| !was_staged) {
            let known = ledger.sources.entry(reached.id).or_insert_with(|| reached.source.clone());
            if known.offset < reached.source.offset {
                *known = reached.source;
            }
        }
    }
    // The states of files were taken before the last bytes were read, and must not hide what came later.
    ledger.sources.values_mut().for_each(|source| source.stats.clear());
    replace(disk, &layout.ledger(), &ledger.to_bytes())?;
    Ok(Rebuilt { sources: ledger.sources.len(), files: ledger.files.len(), events })
}

/// A run may have died between its commit and its publishing, or before its commit; without a ledger nobody can tell.
/// Whole files are published, but their positions are not believed: what they hold may be a part of a batch. If its logs
/// are still there, they are read again, and the events are known by their ids.
fn publish_staged(layout: &Layout, disk: &dyn Disk) -> Result<Vec<String>, StoreError> {
    let mut published = Vec::new();
    for name in entries(&layout.staging())?.into_iter().filter(|name| name.ends_with(".parquet")) {
        let staged = layout.staging().join(&name);
        // The name ends in its day and part: …-2026-11-23-0.parquet
        let day = name.rsplit_once('-').and_then(|(rest, _)| rest.get(rest.len().checked_sub(10)?..));
        let (Some(day), Ok(_)) = (day, events_file::footer(&staged)) else { continue };
        let folder = layout.events().join(format!("date={day}"));
        disk.create_dir(&folder).map_err(|error| StoreError::io(&folder, error))?;
        disk.rename(&staged, &folder.join(&name)).map_err(|error| StoreError::io(&folder, error))?;
        disk.sync_dir(&folder).map_err(|error| StoreError::io(&folder, error))?;
        published.push(format!("date={day}/{name}"));
    }
    Ok(published)
}
