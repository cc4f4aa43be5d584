//! A view of the events that does not change, for engines that know nothing of our locks.

use std::path::Path;

use super::disk::Disk;
use super::lock::{self, Patience, Sharing};
use super::{Layout, StoreError};

/// Links every event file into a new folder, as `date=…/….parquet`. Gives how many there are. Event files never change,
/// so the links cost no space until compaction or pruning drop the originals.
pub fn snapshot(layout: &Layout, disk: &dyn Disk, target: &Path) -> Result<usize, StoreError> {
    if !layout.exists() {
        return Err(StoreError::Missing(layout.root().display().to_string()));
    }
    let failed = |error| StoreError::io(target, error);
    if target.exists() {
        return Err(failed(std::io::Error::new(std::io::ErrorKind::AlreadyExists, "a snapshot needs a new folder")));
    }
    let _lock = lock::take(&layout.readers_lock(), Sharing::Shared, Patience::Wait)?;
    let files = layout.event_files()?;
    disk.create_dir(target).map_err(failed)?;
    for file in &files {
        let to = target.join(file);
        disk.create_dir(to.parent().expect("a file is in its day")).map_err(failed)?;
        disk.hard_link(&layout.events().join(file), &to).map_err(failed)?;
    }
    Ok(files.len())
}
