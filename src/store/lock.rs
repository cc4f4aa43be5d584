//! Two locks: one for whoever changes the store, one that lets readers see no half-done publishing.
//!
//! Both are locks of the kernel on open files: they end with the process that holds them, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::StoreError;

/// A held lock; it is given back when this is dropped.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the lock lives as long as the open file")] File);

/// Whether to wait for a lock that another process holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Wait.
    Wait,
    /// Give up at once.
    Refuse,
}

/// Who may hold a lock together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Any number of readers.
    Shared,
    /// One alone.
    Exclusive,
}

/// Takes a lock; its file is created where it is missing.
pub fn take(path: &Path, sharing: Sharing, patience: Patience) -> Result<Lock, StoreError> {
    let failed = |error| StoreError::io(path, error);
    let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path).or_else(|error| {
        // A reader may lock a store that it can't write to.
        if sharing == Sharing::Shared { File::open(path) } else { Err(error) }
    });
    let file = file.map_err(failed)?;
    match (sharing, patience) {
        (Sharing::Shared, Patience::Wait) => file.lock_shared().map_err(failed)?,
        (Sharing::Exclusive, Patience::Wait) => file.lock().map_err(failed)?,
        (_, Patience::Refuse) => {
            let tried = if sharing == Sharing::Shared { file.try_lock_shared() } else { file.try_lock() };
            match tried {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(StoreError::Busy),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
    }
    Ok(Lock(file))
}
