//! What the ledger knows of one log: enough to know it again under any name, packed or not, and to go on reading.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::logs::prefix_hash;

/// Bytes of the first line that are looked at.
pub const FIRST_LINE_MAX: usize = 64 << 10;

/// Bytes before the offset that are compared before a plain log is read on.
pub const TAIL: usize = 4 << 10;

/// States of a file that are remembered, so that it is not opened again: the log, its rotated name, its packed form.
const STATS_KEPT: usize = 6;

/// Line ends from the start of a log at which its hash is kept.
pub const FIRST_LINES: usize = 64;

/// From one kept hash to the next behind the first lines: a quarter further.
const CHECKPOINT_STEP: (u64, u64) = (5, 4);

/// One log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The label of the host that it comes from.
    pub host: String,
    /// A hash of the host and the first line; logs with the same one are told apart by the rest.
    pub key: String,
    /// Unpacked bytes that have been read: whole lines.
    pub offset: u64,
    /// The [`prefix_hash`] of these bytes.
    pub hash: u64,
    /// The first line ends, without a gap, and the hash up to each. A log that is no longer than these and ends elsewhere
    /// is another log, even when it starts with the same lines.
    pub line_ends: Vec<(u64, u64)>,
    /// Places behind these and before the offset, and the hash up to there, to know a longer copy by.
    pub checkpoints: Vec<(u64, u64)>,
    /// The [`prefix_hash::share`], as if at offset 0, of the last [`TAIL`] bytes before the offset.
    pub tail_hash: u64,
    /// The name under which it was last read.
    pub last_path: String,
    /// States of files that hold nothing more than has been read.
    pub stats: Vec<Stat>,
    /// When it was first and last read, in milliseconds since 1970 UTC.
    pub first_seen_ms: i64,
    /// See `first_seen_ms`.
    pub last_seen_ms: i64,
}

/// The state of a file, by which an unchanged one is known without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stat {
    /// The device.
    pub dev: u64,
    /// The inode.
    pub ino: u64,
    /// The size on disk.
    pub size: u64,
    /// When it was last changed, in nanoseconds since 1970 UTC.
    pub mtime_ns: i128,
}

impl Stat {
    /// The state of a file.
    pub fn of(metadata: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            dev: metadata.dev(),
            ino: metadata.ino(),
            size: metadata.size(),
            mtime_ns: i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec()),
        }
    }
}

/// The key of logs of a host that start with this line.
pub fn key(host: &str, first_line: &[u8]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(host.as_bytes());
    hasher.update([0]);
    hasher.update(&first_line[..first_line.len().min(FIRST_LINE_MAX)]);
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

impl Source {
    /// A log of which nothing has been read.
    pub fn new(host: &str, key: &str, path: &str, now_ms: i64) -> Self {
        Self {
            host: host.to_owned(),
            key: key.to_owned(),
            offset: 0,
            hash: 0,
            line_ends: Vec::new(),
            checkpoints: Vec::new(),
            tail_hash: 0,
            last_path: path.to_owned(),
            stats: Vec::new(),
            first_seen_ms: now_ms,
            last_seen_ms: now_ms,
        }
    }

    /// Notes that everything up to `offset` has been read; `hash` is the hash up to there.
    pub fn advance(&mut self, offset: u64, hash: u64) {
        self.offset = offset;
        self.hash = hash;
    }

    /// Keeps the hash at a place, where it is far enough from the last kept one.
    pub fn checkpoint(&mut self, offset: u64, hash: u64) {
        let last = self.checkpoints.last().map_or(0, |(offset, _)| *offset).max(self.lines_end());
        if offset.saturating_mul(CHECKPOINT_STEP.1) >= last.saturating_mul(CHECKPOINT_STEP.0) {
            self.checkpoints.push((offset, hash));
        }
    }

    /// Keeps the first line ends, as long as there is no gap between them: takes the bytes that start at `start`, and the
    /// hash up to there.
    pub fn note_line_ends(&mut self, start: u64, mut hash: u64, bytes: &[u8]) {
        if self.lines_end() != start {
            return;
        }
        let mut at = 0;
        for newline in memchr::memchr_iter(b'\n', bytes).take(FIRST_LINES.saturating_sub(self.line_ends.len())) {
            hash = prefix_hash::add(hash, prefix_hash::share(start + at as u64, &bytes[at..=newline]));
            at = newline + 1;
            self.line_ends.push((start + at as u64, hash));
        }
    }

    fn lines_end(&self) -> u64 {
        self.line_ends.last().map_or(0, |(end, _)| *end)
    }

    /// A place at or before `end` at which the hash is known, for a log that ends there; it is the same log if it has
    /// the same hash up to there. `None` where such a log can't be this one.
    pub fn known_before(&self, end: u64) -> Option<(u64, u64)> {
        if self.offset <= end {
            return (self.offset > 0).then_some((self.offset, self.hash));
        }
        if end <= self.lines_end() {
            return self.line_ends.iter().find(|(at, _)| *at == end).copied();
        }
        self.checkpoints.iter().rev().find(|(at, _)| *at <= end).or(self.line_ends.last()).copied()
    }

    /// Remembers a state of a file that holds nothing more than has been read.
    pub fn remember(&mut self, stat: Stat) {
        self.stats.retain(|known| *known != stat && (known.dev, known.ino) != (stat.dev, stat.ino));
        self.stats.push(stat);
        let excess = self.stats.len().saturating_sub(STATS_KEPT);
        self.stats.drain(..excess);
    }
}

/// The hash of the bytes before an offset by which a plain log is known to go on.
pub fn tail_hash(tail: &[u8]) -> u64 {
    prefix_hash::share(0, tail)
}
