//! The ledger: what was read of which log, and what must still be published. Replacing it is the only commit.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::StoreError;
use super::source::Source;
use crate::model::account::Account;

/// The version of the ledger's format.
pub const LEDGER_VERSION: u32 = 1;

/// Runs whose account is kept.
const RUNS_KEPT: usize = 50;

/// Logs by their ids.
pub type Sources = BTreeMap<String, Source>;

/// Everything that the store knows besides the events themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// The format's version.
    pub version: u32,
    /// How often the ledger was written.
    pub seq: u64,
    /// Steps that are committed and perhaps not done yet.
    pub pending: Vec<Step>,
    /// The logs, by their ids.
    pub sources: Sources,
    /// The event files that this store wrote, by `date=…/name`.
    pub files: BTreeMap<String, EventFile>,
    /// The accounts of the last runs, the newest last.
    pub runs: Vec<Run>,
}

/// A step that follows a commit. Doing it twice is the same as doing it once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Move `staging/name` to `events/date/name`.
    Publish {
        /// `date=…`
        date: String,
        /// The file.
        name: String,
    },
    /// Exchange `staging/date` with `events/date`, which is done when `marker` is in the latter, and put the old files
    /// into the trash.
    Exchange {
        /// `date=…`
        date: String,
        /// A file of the new folder that the old one does not have.
        marker: String,
    },
    /// Remove `events/date`.
    Remove {
        /// `date=…`
        date: String,
    },
}

/// An event file as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventFile {
    /// Its events.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
}

/// The account of one run of `ingest`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// When it ended, in milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Where its lines went.
    pub account: Account,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            version: LEDGER_VERSION,
            seq: 0,
            pending: Vec::new(),
            sources: BTreeMap::new(),
            files: BTreeMap::new(),
            runs: Vec::new(),
        }
    }
}

impl Ledger {
    /// Reads the ledger; `None` where there is none.
    pub fn read(path: &Path) -> Result<Option<Self>, StoreError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io(path, error)),
        };
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let broken = |error: serde_json::Error| StoreError::LedgerBroken { what: error.to_string() };
        let Version { version } = serde_json::from_slice(&bytes).map_err(broken)?;
        if version > LEDGER_VERSION {
            return Err(StoreError::Newer { what: "ledger", version, known: LEDGER_VERSION });
        }
        serde_json::from_slice(&bytes).map(Some).map_err(broken)
    }

    /// The ledger's text.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).expect("the ledger has only text keys");
        bytes.push(b'\n');
        bytes
    }

    /// Adds a run's account.
    pub fn add_run(&mut self, run: Run) {
        self.runs.push(run);
        let excess = self.runs.len().saturating_sub(RUNS_KEPT);
        self.runs.drain(..excess);
    }
}
