//! The rows of a run, split by their keys so that each part can be sorted and folded by itself.

use std::hash::{BuildHasher, Hasher};

use super::names::NameId;
use super::row::Row;
use super::texts::{AllTexts, Texts};

/// How many parts there are. Rows of one message are always in the same part.
pub const PARTS: usize = 1 << PART_BITS;

/// Bits of a key that tell its part.
const PART_BITS: u32 = 6;

/// Rows of one chunk: a chunk is never moved, so that memory does not double while rows come in.
const CHUNK_ROWS: usize = 1 << 10;

/// Rows of one bucket, on average, when they are sorted.
const BUCKET_ROWS: usize = 4;

/// Bits of the number of a bucket, at most: the table of buckets fits into the processor's first caches.
const MAX_BUCKET_BITS: u32 = 14;

/// The hash that makes keys; all threads of a run use the same one.
#[derive(Clone, Debug, Default)]
pub struct KeyHash(foldhash::quality::RandomState);

impl KeyHash {
    /// The key of a message.
    pub fn key(&self, campaign: NameId, message: &[u8]) -> u64 {
        let mut hasher = self.0.build_hasher();
        std::hash::Hash::hash(&campaign, &mut hasher);
        hasher.write(message);
        hasher.finish()
    }

    /// A hash of a request id; never 0.
    pub fn request(&self, request_id: &[u8]) -> u64 {
        let mut hasher = self.0.build_hasher();
        hasher.write(request_id);
        hasher.finish().max(1)
    }
}

/// The rows that one thread has read.
#[derive(Debug)]
pub struct Rows {
    parts: Vec<Vec<Vec<Row>>>,
    /// The message ids of each part: they are looked at together.
    texts: Vec<Texts>,
}

impl Rows {
    /// No rows; `owner` tells the threads apart.
    pub fn new(owner: u8) -> Self {
        let texts = |part| Texts::new(usize::from(owner) * PARTS + part);
        Self { parts: vec![Vec::new(); PARTS], texts: (0..PARTS).map(texts).collect() }
    }

    /// Adds a row and keeps its message id, whose place is set in the row. (It is inlined, so that a row is made where it
    /// stays.)
    #[inline]
    pub fn push(&mut self, message: &[u8], row: Row) {
        let part = part_of(row.key);
        let row = Row { message: self.texts[part].push(message), ..row };
        let chunks = &mut self.parts[part];
        match chunks.last_mut() {
            Some(chunk) if chunk.len() < chunk.capacity() => chunk.push(row),
            _ => {
                // Small logs have few rows in each part: the first chunk is small.
                let mut chunk = Vec::with_capacity(if chunks.is_empty() { 16 } else { CHUNK_ROWS });
                chunk.push(row);
                chunks.push(chunk);
            }
        }
    }

    /// All rows, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.parts.iter().flatten().flatten()
    }
}

/// The part that a key is in.
pub fn part_of(key: u64) -> usize {
    usize::try_from(key >> (u64::BITS - PART_BITS)).expect("six bits fit")
}

/// The rows of all threads.
#[derive(Debug)]
pub struct Table {
    parts: Vec<Vec<Vec<Row>>>,
    texts: AllTexts,
}

impl Table {
    /// Puts the rows of all threads together, in the order of their owner numbers.
    pub fn new(threads: Vec<Rows>) -> Self {
        let mut parts: Vec<Vec<Vec<Row>>> = vec![Vec::new(); PARTS];
        let mut texts = Vec::new();
        for rows in threads {
            for (part, chunks) in parts.iter_mut().zip(rows.parts) {
                part.extend(chunks);
            }
            texts.extend(rows.texts);
        }
        Self { parts, texts: AllTexts::new(texts) }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.parts.iter().flatten().map(Vec::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the parts out, and the texts of their message ids.
    pub fn into_parts(self) -> (Vec<Part>, AllTexts) {
        (self.parts.into_iter().map(Part).collect(), self.texts)
    }
}

/// Some messages of a run, whole, in no order.
#[derive(Debug)]
pub struct Part(Vec<Vec<Row>>);

/// Some messages of a run, whole, each in time order.
#[derive(Clone, Debug)]
pub struct Messages(Vec<Row>);

impl Part {
    /// Sorts the rows by message and time.
    pub fn sort(self) -> Messages {
        let (mut rows, ends) = dealt(self.0);
        let mut start = 0;
        for end in ends {
            let bucket = &mut rows[start..end as usize];
            if bucket.len() > 1 {
                bucket.sort_unstable_by(|a, b| {
                    a.key.cmp(&b.key).then_with(|| a.timeline_order().cmp(&b.timeline_order()))
                });
            }
            start = end as usize;
        }
        Messages(rows)
    }
}

/// Puts the rows of a part into buckets by the first bits of their keys, and gives where each bucket ends. Keys are hashes:
/// buckets are small, and to sort each takes far less than to sort all.
fn dealt(chunks: Vec<Vec<Row>>) -> (Vec<Row>, Vec<u32>) {
    let n = chunks.iter().map(Vec::len).sum::<usize>();
    let bits = (n / BUCKET_ROWS).checked_ilog2().unwrap_or(0).min(MAX_BUCKET_BITS);
    // All keys of a part have the same bits before these.
    let bucket = |row: &Row| (row.key << PART_BITS >> 1 >> (u64::BITS - 1 - bits)) as usize;
    let Some(first) = chunks.iter().flatten().next() else { return (Vec::new(), Vec::new()) };
    let mut ends = vec![0_u32; 1 << bits];
    chunks.iter().flatten().for_each(|row| ends[bucket(row)] += 1);
    let mut before = 0;
    for end in &mut ends {
        before += std::mem::replace(end, before);
    }
    // Where the next row of each bucket stands becomes where the bucket ends.
    let mut rows = vec![*first; n];
    for chunk in chunks {
        for row in &chunk {
            let next = &mut ends[bucket(row)];
            rows[*next as usize] = *row;
            *next += 1;
        }
    }
    (rows, ends)
}

impl Messages {
    /// Calls `each` with the rows of each message, in time order.
    pub fn for_each(&mut self, texts: &AllTexts, mut each: impl FnMut(&mut [Row])) {
        for same_key in self.0.chunk_by_mut(|a, b| a.key == b.key) {
            // Most messages have one row: its text is far away in memory and need not be looked at.
            if same_key.len() == 1 {
                each(same_key);
                continue;
            }
            let id = |row: &Row| (row.campaign, texts.get(row.message));
            let first = id(&same_key[0]);
            if same_key[1..].iter().all(|row| id(row) == first) {
                each(same_key);
            } else {
                // Two messages have the same hash. The sort is stable: each stays in time order.
                same_key.sort_by(|a, b| id(a).cmp(&id(b)));
                same_key.chunk_by_mut(|a, b| id(a) == id(b)).for_each(&mut each);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::row::Signs;
    use crate::events::texts::TextRef;
    use crate::model::actor::{Actor, Via};
    use crate::model::kind::Kind;
    use crate::model::reason::Reason;
    use crate::model::suspicion::Suspicions;

    #[test]
    fn messages_with_one_key_stay_apart() {
        let mut rows = Rows::new(0);
        for (i, message) in ["b", "a", "b", "a", "a"].iter().enumerate() {
            let row = Row {
                key: 7,
                ts_ms: -i64::try_from(i).expect("small"),
                request: 0,
                message: TextRef::default(),
                campaign: NameId::NONE,
                group: NameId::NONE,
                link: NameId::NONE,
                kind: Kind::Open,
                actor: Actor::Human,
                via: Via::Direct,
                reason: Reason::Browser,
                not_counted: None,
                suspicions: Suspicions::default(),
                signs: Signs::GET,
                network: Row::NO_NETWORK,
                agent: 0,
            };
            rows.push(message.as_bytes(), row);
        }
        let (parts, texts) = Table::new(vec![rows]).into_parts();
        let mut found = Vec::new();
        for part in parts {
            part.sort().for_each(&texts, |rows| {
                found.push((texts.get(rows[0].message).to_vec(), rows.iter().map(|r| r.ts_ms).collect::<Vec<_>>()));
            });
        }
        assert_eq!(found, [(b"a".to_vec(), vec![-4, -3, -1]), (b"b".to_vec(), vec![-2, 0])]);
    }
}
