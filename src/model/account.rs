//! The account of a run: every line that was read is in exactly one of its entries.

use serde::{Deserialize, Serialize};

use super::reason::{NotCounted, Rejected};

/// How many rejected lines are shown.
pub const REJECTED_SAMPLES: usize = 5;

/// Where the lines of a run went. `lines` is the sum of all the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Lines read.
    pub lines: u64,
    /// Hits that count.
    pub events: u64,
    /// Hits whose request id was already there.
    pub duplicates: u64,
    /// Lines that are no tracking URL.
    pub not_tracking: u64,
    /// Hits of days that the store no longer keeps.
    pub pruned: u64,
    /// Hits that do not count, by [`NotCounted`].
    pub not_counted: [u64; NotCounted::ALL.len()],
    /// Lines that hold a tracking URL and could not be read, by [`Rejected`].
    pub rejected: [u64; Rejected::ALL.len()],
}

impl Account {
    /// Adds the lines of another part of the same run.
    pub fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.events += other.events;
        self.duplicates += other.duplicates;
        self.not_tracking += other.not_tracking;
        self.pruned += other.pruned;
        for (sum, n) in self.not_counted.iter_mut().zip(other.not_counted) {
            *sum += n;
        }
        for (sum, n) in self.rejected.iter_mut().zip(other.rejected) {
            *sum += n;
        }
    }

    /// Hits that were read and do not count.
    pub fn not_counted_total(&self) -> u64 {
        self.not_counted.iter().sum()
    }

    /// Lines that hold a tracking URL and could not be read.
    pub fn rejected_total(&self) -> u64 {
        self.rejected.iter().sum()
    }

    /// Lines that hold a tracking URL, read or not.
    pub fn tracking_total(&self) -> u64 {
        self.lines - self.not_tracking
    }

    /// Whether every line is in exactly one entry: always, or the program has a bug.
    pub fn adds_up(&self) -> bool {
        self.lines
            == self.events
                + self.duplicates
                + self.not_tracking
                + self.pruned
                + self.not_counted_total()
                + self.rejected_total()
    }
}
