//! Reports as folders: one for each campaign, written only where something changed, and never seen half-written.

pub mod folder_name;
pub mod tables;
pub mod folders;

use std::io;
use std::path::Path;

use crate::store::StoreError;

/// Why an export could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file system refused.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        error: io::Error,
    },
    /// Something else has the name.
    #[error("{0}: no export wrote this, and it is not replaced; move it away, or name another folder with --out")]
    Foreign(String),
    /// Another export is writing.
    #[error("{0}: another export is writing here")]
    Busy(String),
    /// The lock can't be taken.
    #[error(transparent)]
    Lock(StoreError),
    /// A table can't be made.
    #[error(transparent)]
    Table(#[from] polars::prelude::PolarsError),
}

impl ExportError {
    fn io(path: impl AsRef<Path>, error: io::Error) -> Self {
        Self::Io { path: path.as_ref().display().to_string(), error }
    }
}
