//! What one thread does with the lines of its blocks: events, and where every line went.

use crate::events::batch::{DAY_MS, ThreadEvents};
use crate::events::identity::SourceHash;
use crate::events::maker::{self, EventMaker};
use crate::logs::block_notes::BlockNote;
use crate::logs::time::TimeCache;
use crate::model::account::Account;
use crate::tracking::candidates::{Candidate, Candidates};
use crate::tracking::recognizer::{Hit, Line};

/// What all blocks of a batch share.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    pub(super) making: maker::Shared<'a>,
    /// The first day that the store keeps, in milliseconds since 1970 UTC.
    pub(super) floor_ms: i64,
}

/// Whole lines of one source.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    /// The source.
    pub(super) source: &'a SourceHash,
    /// Where the lines start.
    pub(super) start: u64,
    pub(super) bytes: &'a [u8],
    /// The place of the block, for the numbers of rejected lines.
    pub(super) place: (usize, u64),
}

/// The state of one thread.
pub(super) struct Worker {
    maker: EventMaker,
    account: Account,
}

impl Worker {
    pub(super) fn new(owner: u8) -> Self {
        Self { maker: EventMaker::new(owner), account: Account::default() }
    }

    /// Hands over what was read, and starts anew.
    pub(super) fn take(&mut self) -> (ThreadEvents, Account) {
        (self.maker.take(), std::mem::take(&mut self.account))
    }

    pub(super) fn lines(&mut self, lines: Lines<'_>, shared: Shared<'_>) -> BlockNote {
        let recognizer = shared.making.recognizer;
        let mut note = BlockNote { place: lines.place, lines: 0, rejected: Vec::new() };
        let mut cache = TimeCache::default();
        for Candidate { skipped, line } in Candidates::new(lines.bytes, recognizer) {
            note.lines += skipped;
            self.account.not_tracking += skipped;
            let Some((at, line)) = line else { break };
            let offset = lines.start + at as u64;
            match recognizer.line(line, &mut cache, |hit| self.hit(hit, lines.source, offset, shared)) {
                Line::NotTracking => self.account.not_tracking += 1,
                Line::Rejected(reason) => {
                    self.account.rejected[reason as usize] += 1;
                    note.reject(note.lines, reason, line);
                }
                Line::Hit(()) => {}
            }
            note.lines += 1;
        }
        self.account.lines += note.lines;
        note
    }

    fn hit(&mut self, hit: &Hit<'_>, source: &SourceHash, offset: u64, shared: Shared<'_>) {
        if hit.time.ms.div_euclid(DAY_MS) * DAY_MS < shared.floor_ms {
            self.account.pruned += 1;
            return;
        }
        match self.maker.add(hit, source, offset, shared.making) {
            Some(reason) => self.account.not_counted[reason as usize] += 1,
            None => self.account.events += 1,
        }
    }
}
