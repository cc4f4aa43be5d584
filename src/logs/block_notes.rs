//! What is remembered of each block, so that rejected lines can be named by file and line.

use std::collections::BTreeMap;

use super::source::Source;
use crate::model::account::REJECTED_SAMPLES;
use crate::model::reason::Rejected;

/// Bytes of a rejected line that are shown.
const EXCERPT: usize = 120;

/// A line that was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedLine {
    /// Its log.
    pub log: String,
    /// Its number in the unpacked log, from 1.
    pub line: u64,
    /// Why.
    pub reason: Rejected,
    /// The start of the line, as it stands in the log.
    pub excerpt: Vec<u8>,
}

/// One block.
#[derive(Debug)]
pub struct BlockNote {
    /// The index of the source and the place in it.
    pub place: (usize, u64),
    /// How many lines it has.
    pub lines: u64,
    /// The first rejected ones: their number in the block, from 0, the reason and the start of the line.
    pub rejected: Vec<(u64, Rejected, Vec<u8>)>,
}

impl BlockNote {
    /// Notes a rejected line, if there are not enough of them.
    pub fn reject(&mut self, line_in_block: u64, reason: Rejected, line: &[u8]) {
        if self.rejected.len() < REJECTED_SAMPLES {
            self.rejected.push((line_in_block, reason, line[..line.len().min(EXCERPT)].to_vec()));
        }
    }
}

/// All blocks, in the order of their places.
#[derive(Debug, Default)]
pub struct Notes {
    blocks: BTreeMap<(usize, u64), BlockNote>,
}

impl Notes {
    /// Adds a block's note.
    pub fn add(&mut self, note: BlockNote) {
        self.blocks.insert(note.place, note);
    }

    /// The first rejected lines of the run, with their line numbers.
    pub fn first_rejected(&self, sources: &[Source]) -> Vec<RejectedLine> {
        let mut first = Vec::new();
        let mut source = None;
        let mut before = 0;
        for ((index, _), note) in &self.blocks {
            if source != Some(*index) {
                (source, before) = (Some(*index), 0);
            }
            for (line, reason, excerpt) in &note.rejected {
                if first.len() < REJECTED_SAMPLES {
                    let log = sources[*index].to_string();
                    first.push(RejectedLine {
                        log,
                        line: before + line + 1,
                        reason: *reason,
                        excerpt: excerpt.clone(),
                    });
                }
            }
            before += note.lines;
        }
        first
    }
}
