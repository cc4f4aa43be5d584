//! The event store: a folder of Parquet files, and a ledger of what was read.
//!
//! ```text
//! store.json      the host, the secret of the network hash, the day before which nothing is kept
//! ledger.json     what was read of which log
//! events/date=2026-11-23/….parquet
//! sends/000012.parquet    who each message was sent to; a later file replaces what earlier ones say
//! staging/        files that are not committed, or not published
//! trash/          files that compaction replaced
//! ```

pub mod column_file;
pub mod commit;
pub mod compact;
mod day;
pub mod disk;
pub mod events_file;
mod keys_page;
pub mod ledger;
pub mod lock;
pub mod newest;
pub mod passes;
pub mod prune;
pub mod read;
pub mod reclassify;
pub mod rebuild;
pub mod row_group;
pub mod scan;
pub mod select;
pub mod sends;
pub mod settings;
pub mod snapshot;
pub mod source;
pub mod verify;

use std::io;
use std::path::{Path, PathBuf};

use crate::sends::error::SendsError;

/// Why the store can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refused.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        error: io::Error,
    },
    /// Another run holds the lock.
    #[error("another mailpixel run is changing this store; try again later, or wait for it with --wait")]
    Busy,
    /// There is no store.
    #[error("{0}: no event store here; `mailpixel ingest LOG…` makes one, --store names another place")]
    Missing(String),
    /// The ledger is gone, but events are there.
    #[error(
        "{0}: the ledger is missing, but there are events; without it logs would be counted twice. \
         `mailpixel store rebuild` makes it again from the events"
    )]
    LedgerMissing(String),
    /// store.json is gone, but events are there.
    #[error(
        "{0}: store.json is missing, but there are events: it names the hosts and holds the secret of the network hashes. \
         Put it back from a backup; without one, start a new store"
    )]
    SettingsMissing(String),
    /// The ledger can't be read.
    #[error("ledger.json is damaged ({what}). `mailpixel store rebuild` makes it again from the events")]
    LedgerBroken {
        /// What the parser said.
        what: String,
    },
    /// A later version wrote it.
    #[error("the {what} has version {version}; this mailpixel knows up to {known}: use a newer one")]
    Newer {
        /// What has the version.
        what: &'static str,
        /// Its version.
        version: u32,
        /// The latest version that is known.
        known: u32,
    },
    /// store.json can't be read.
    #[error("{path} is damaged: {what}")]
    Settings {
        /// The file.
        path: String,
        /// What the parser said.
        what: String,
    },
    /// The machine has another name than the one that filled the store.
    #[error(
        "this store was filled on the machine {was:?} as host {label:?}, and this machine is called {is:?}. \
         If the logs are those of that host, say --host {label}; else say --host NAME for a host of its own"
    )]
    OtherMachine {
        /// The name of the machine that filled the store.
        was: String,
        /// The host's label.
        label: String,
        /// The name of this machine.
        is: String,
    },
    /// An event file can't be read or written.
    #[error("{path}: {error}")]
    Events {
        /// The file.
        path: String,
        /// What polars said.
        error: polars::prelude::PolarsError,
    },
    /// The kept sends can't be read.
    #[error("the sends of the store: {0}")]
    Sends(SendsError),
    /// A file of sends is gone. Without it, what it replaced would come back.
    #[error(
        "{path}: the file is missing, and with it the sends that it held. Put it back from a backup; without one, \
         remove the folder it was in and add all files of sends again"
    )]
    SendsMissing {
        /// The file.
        path: String,
    },
    /// A row of the kept sends can't be read.
    #[error("the sends of the store are damaged: {0}")]
    SendsDamaged(String),
}

impl StoreError {
    /// An I/O error with the path that it happened on.
    pub fn io(path: impl AsRef<Path>, error: io::Error) -> Self {
        Self::Io { path: path.as_ref().display().to_string(), error }
    }
}

/// Where the parts of a store are.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The parts of the store in this folder.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The store itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `store.json`
    pub fn settings(&self) -> PathBuf {
        self.root.join("store.json")
    }

    /// `ledger.json`
    pub fn ledger(&self) -> PathBuf {
        self.root.join("ledger.json")
    }

    /// The folder of event files.
    pub fn events(&self) -> PathBuf {
        self.root.join("events")
    }

    /// The folder of sends.
    pub fn sends(&self) -> PathBuf {
        self.root.join("sends")
    }

    /// The folder of files that are not published.
    pub fn staging(&self) -> PathBuf {
        self.root.join("staging")
    }

    /// The folder of files that were replaced.
    pub fn trash(&self) -> PathBuf {
        self.root.join("trash")
    }

    /// Held by whoever changes the store.
    pub fn writer_lock(&self) -> PathBuf {
        self.root.join("writer.lock")
    }

    /// Held by readers together, and by a writer alone while it publishes.
    pub fn readers_lock(&self) -> PathBuf {
        self.root.join("readers.lock")
    }

    /// Whether there is a store.
    pub fn exists(&self) -> bool {
        self.settings().exists()
    }

    /// The event files as `date=…/name`, sorted.
    pub fn event_files(&self) -> Result<Vec<String>, StoreError> {
        let mut files = Vec::new();
        for date in entries(&self.events())? {
            for name in entries(&self.events().join(&date))? {
                if name.ends_with(".parquet") {
                    files.push(format!("{date}/{name}"));
                }
            }
        }
        Ok(files)
    }
}

/// The names in a folder, sorted; none where there is no folder.
pub(crate) fn entries(folder: &Path) -> Result<Vec<String>, StoreError> {
    let mut names = Vec::new();
    let listing = match std::fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(names);
        }
        Err(error) => return Err(StoreError::io(folder, error)),
    };
    for entry in listing {
        let entry = entry.map_err(|error| StoreError::io(folder, error))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
