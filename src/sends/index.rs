//! Which send a message id stands for. Rows are hashed in parts, in parallel; texts decide, never hashes alone.

use std::hash::{BuildHasher, Hasher};

use hashbrown::HashTable;
use rayon::prelude::*;

use super::chunk::Chunk;
use crate::events::names::NameId;

/// How many parts there are.
const PARTS: usize = 64;

/// The mark of a message that stands in several campaigns.
const SEVERAL: u32 = 1 << 31;

/// The largest number of rows.
pub const MAX_ROWS: usize = 1 << 31;

/// All rows, by their numbers.
#[derive(Debug, Default)]
pub struct Rows {
    chunks: Vec<Chunk>,
    starts: Vec<u32>,
}

impl Rows {
    /// Numbers the rows of all chunks, at most [`MAX_ROWS`].
    pub fn new(chunks: Vec<Chunk>) -> Self {
        let mut start = 0;
        let mut starts = Vec::with_capacity(chunks.len());
        for chunk in &chunks {
            starts.push(u32::try_from(start).expect("the caller checked how many rows there are"));
            start += chunk.len();
        }
        Self { chunks, starts }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.starts.last().map_or(0, |start| *start as usize) + self.chunks.last().map_or(0, Chunk::len)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The chunk of a row and its place there.
    pub fn place(&self, row: u32) -> (&Chunk, usize) {
        let i = self.starts.partition_point(|start| *start <= row) - 1;
        (&self.chunks[i], (row - self.starts[i]) as usize)
    }

    /// All chunks with the numbers of their first rows.
    pub fn chunks(&self) -> impl Iterator<Item = (u32, &Chunk)> {
        self.starts.iter().copied().zip(&self.chunks)
    }

    fn message(&self, row: u32) -> &[u8] {
        let (chunk, row) = self.place(row);
        chunk.message(row).as_bytes()
    }

    fn campaign(&self, row: u32) -> NameId {
        let (chunk, row) = self.place(row);
        chunk.campaign(row)
    }
}

/// A row that says again what became of a message of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// The row.
    pub row: u32,
    /// The first row of the same message and campaign.
    pub first: u32,
}

/// The rows of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The first row.
    pub first: u32,
    /// Whether the message stands in other campaigns, too.
    pub in_several: bool,
}

#[derive(Clone, Debug, Default)]
struct Part {
    /// The first row of each message, marked with [`SEVERAL`].
    messages: HashTable<u32>,
    /// The rows of messages that stand in several campaigns, but for their first rows.
    others: HashTable<u32>,
}

/// The rows by their messages.
#[derive(Debug, Default)]
pub struct Index {
    parts: Vec<Part>,
    hash: foldhash::quality::RandomState,
}

impl Index {
    /// Makes the index, in the current rayon pool; and names the rows that repeat another, in their order.
    pub fn new(rows: &Rows) -> (Self, Vec<Repeat>) {
        let hash = foldhash::quality::RandomState::default();
        let split: Vec<Split> = rows.chunks.par_iter().map(|chunk| Split::new(chunk, &hash)).collect();
        let (parts, repeats): (Vec<Part>, Vec<Vec<Repeat>>) = (0..PARTS)
            .into_par_iter()
            .map(|part| Builder { rows, hash: &hash, part: Part::default(), repeats: Vec::new() }.build(&split, part))
            .unzip();
        let mut repeats = repeats.concat();
        repeats.sort_unstable_by_key(|repeat| repeat.row);
        (Self { parts, hash }, repeats)
    }

    /// The rows of a message.
    pub fn message(&self, rows: &Rows, message: &[u8]) -> Option<Hit> {
        let hash = hash_of(&self.hash, message);
        let part = self.parts.get(part_of(hash))?;
        let entry = *part.messages.find(spread(hash), |entry| rows.message(entry & !SEVERAL) == message)?;
        Some(Hit { first: entry & !SEVERAL, in_several: entry & SEVERAL != 0 })
    }

    /// The row of a message in a campaign, where [`Index::message`] says that it is in several.
    pub fn in_campaign(&self, rows: &Rows, campaign: NameId, message: &[u8]) -> Option<u32> {
        let hash = hash_of(&self.hash, message);
        let part = self.parts.get(part_of(hash))?;
        part.find_other(rows, &self.hash, campaign, message)
    }
}

impl Part {
    fn find_other(
        &self,
        rows: &Rows,
        hash: &foldhash::quality::RandomState,
        campaign: NameId,
        message: &[u8],
    ) -> Option<u32> {
        let is_it = |row: &u32| rows.campaign(*row) == campaign && rows.message(*row) == message;
        self.others.find(pair_hash(hash, campaign, message), is_it).copied()
    }
}

/// The hash of a message. 32 bits are kept for each row while the index is made, so that no text is read again.
fn hash_of(hash: &foldhash::quality::RandomState, message: &[u8]) -> u32 {
    let mut hasher = hash.build_hasher();
    hasher.write(message);
    u32::try_from(hasher.finish() >> 32).expect("32 bits fit")
}

/// The tables use the lowest bits and the highest seven of 64.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

fn pair_hash(hash: &foldhash::quality::RandomState, campaign: NameId, message: &[u8]) -> u64 {
    let mut hasher = hash.build_hasher();
    std::hash::Hash::hash(&campaign, &mut hasher);
    hasher.write(message);
    hasher.finish()
}

/// The part is told by bits that a table of a part does not use.
fn part_of(hash: u32) -> usize {
    usize::try_from(hash >> 26).expect("six bits fit")
}

/// The rows of a chunk with their hashes, by their parts.
struct Split {
    ends: [u32; PARTS],
    rows: Vec<(u32, u32)>,
}

impl Split {
    fn new(chunk: &Chunk, hash: &foldhash::quality::RandomState) -> Self {
        let hashes: Vec<u32> = (0..chunk.len()).map(|row| hash_of(hash, chunk.message(row).as_bytes())).collect();
        let mut ends = [0_u32; PARTS];
        for hash in &hashes {
            ends[part_of(*hash)] += 1;
        }
        let mut end = 0;
        for count in &mut ends {
            // Until the rows are in, this is where each part starts.
            end += std::mem::replace(count, end);
        }
        let mut rows = vec![(0, 0); hashes.len()];
        for (row, hash) in (0..).zip(hashes) {
            let at = &mut ends[part_of(hash)];
            rows[*at as usize] = (row, hash);
            *at += 1;
        }
        Self { ends, rows }
    }

    fn rows(&self, part: usize) -> &[(u32, u32)] {
        let start = if part == 0 { 0 } else { self.ends[part - 1] };
        &self.rows[start as usize..self.ends[part] as usize]
    }
}

struct Builder<'a> {
    rows: &'a Rows,
    hash: &'a foldhash::quality::RandomState,
    part: Part,
    repeats: Vec<Repeat>,
}

impl Builder<'_> {
    fn build(mut self, split: &[Split], part: usize) -> (Part, Vec<Repeat>) {
        let n = split.iter().map(|split| split.rows(part).len()).sum();
        self.part.messages = HashTable::with_capacity(n);
        for (start, split) in self.rows.starts.iter().zip(split) {
            for (row, hash) in split.rows(part) {
                self.add(start + row, *hash);
            }
        }
        (self.part, self.repeats)
    }

    fn add(&mut self, row: u32, message_hash: u32) {
        let (rows, hash) = (self.rows, self.hash);
        let is_it = |entry: &u32| rows.message(entry & !SEVERAL) == rows.message(row);
        let Some(entry) = self.part.messages.find_mut(spread(message_hash), is_it) else {
            let again = |entry: &u32| spread(hash_of(hash, rows.message(entry & !SEVERAL)));
            self.part.messages.insert_unique(spread(message_hash), row, again);
            return;
        };
        let first = *entry & !SEVERAL;
        let (message, campaign) = (rows.message(row), rows.campaign(row));
        if rows.campaign(first) == campaign {
            self.repeats.push(Repeat { row, first });
            return;
        }
        *entry |= SEVERAL;
        match self.part.find_other(rows, hash, campaign, message) {
            Some(first) => self.repeats.push(Repeat { row, first }),
            None => {
                let again = |row: &u32| pair_hash(hash, rows.campaign(*row), rows.message(*row));
                self.part.others.insert_unique(pair_hash(hash, campaign, message), row, again);
            }
        }
    }
}
