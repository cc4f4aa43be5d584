//! Which log a file is: one that the ledger knows, however it is called or packed by now, or a new one.

use std::collections::BTreeMap;
use std::io;

use super::log::{Extent, Log};
use crate::store::ledger::Sources;
use crate::store::source::{self, Source};

/// What is to be done with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// All its whole lines have been read.
    Nothing {
        /// The source that it is, or an older state of.
        id: String,
        /// Whether it holds all that was read of the source, and not only the start.
        is_current: bool,
    },
    /// Go on from the source's offset.
    Resume {
        /// The source.
        id: String,
    },
    /// A log that was not seen before.
    New {
        /// The id that it gets.
        id: String,
        /// Its key.
        key: String,
    },
    /// It has no whole line yet.
    Wait,
}

/// A file with its key, if it has a whole first line.
#[derive(Debug)]
pub(super) struct Keyed {
    pub(super) log: Log,
    pub(super) key: Option<String>,
}

impl Keyed {
    pub(super) fn new(log: Log, host: &str) -> io::Result<Self> {
        let key = log.first_line()?.map(|line| source::key(host, &line));
        Ok(Self { log, key })
    }
}

/// A file in the order of work, with its extent where that had to be found.
pub(super) struct Ordered {
    pub(super) file: Keyed,
    pub(super) extent: Option<io::Result<Extent>>,
    /// Files of one key stand together, where the first of them stood; the longest first.
    rank: (usize, u64, usize),
}

/// Puts files into the order in which they are worked on: those that may be one source together, the longest first, so
/// that a shorter one is known as its start.
pub(super) fn order(files: Vec<Keyed>, sources: &Sources) -> Vec<Ordered> {
    let mut groups: BTreeMap<Option<String>, (usize, usize)> = BTreeMap::new();
    for (i, file) in files.iter().enumerate() {
        groups.entry(file.key.clone()).or_insert((i, 0)).1 += 1;
    }
    let measured = files.into_iter().enumerate().map(|(i, file)| {
        let (first, n) = groups[&file.key];
        let known = sources.values().any(|source| Some(&source.key) == file.key.as_ref());
        let extent = (file.key.is_some() && (n > 1 || known || file.log.is_plain())).then(|| file.log.extent());
        let whole = extent.as_ref().and_then(|e| e.as_ref().ok()).map_or(0, |extent| extent.whole);
        Ordered { file, extent, rank: (first, u64::MAX - whole, i) }
    });
    let mut ordered: Vec<Ordered> = measured.collect();
    ordered.sort_by_key(|ordered| ordered.rank);
    ordered
}

/// Finds out which log a file is. `extent` is there unless the file is packed and nothing like it is known.
pub(super) fn identify(file: &Keyed, extent: Option<&Extent>, sources: &Sources) -> io::Result<Plan> {
    let Some(key) = &file.key else { return Ok(Plan::Wait) };
    let mut candidates: Vec<(&String, &Source)> = sources.iter().filter(|(_, s)| s.key == *key).collect();
    // The newest first: it is the one that grows.
    candidates.sort_by_key(|(id, source)| (std::cmp::Reverse(source.last_seen_ms), std::cmp::Reverse(generation(id))));
    let new = |n: u64| Plan::New { id: format!("{key}-{n}"), key: key.clone() };
    let next = candidates.iter().map(|(id, _)| generation(id) + 1).max().unwrap_or(0);
    let Some(extent) = extent else { return Ok(new(next)) };
    if extent.whole == 0 {
        return Ok(Plan::Wait);
    }
    for (id, source) in candidates {
        if !is_same(&file.log, extent, source)? {
            continue;
        }
        let id = id.clone();
        return Ok(match extent.whole.cmp(&source.offset) {
            std::cmp::Ordering::Greater => Plan::Resume { id },
            std::cmp::Ordering::Equal => Plan::Nothing { id, is_current: true },
            std::cmp::Ordering::Less => Plan::Nothing { id, is_current: false },
        });
    }
    Ok(new(next))
}

/// Whether a file holds the bytes that were read of a source, or is the start of them.
fn is_same(log: &Log, extent: &Extent, source: &Source) -> io::Result<bool> {
    if extent.whole >= source.offset && log.is_plain() {
        return Ok(log.tail_hash(source.offset)? == source.tail_hash);
    }
    match source.known_before(extent.whole) {
        Some((offset, hash)) => Ok(log.hash(offset)? == Some(hash)),
        None => Ok(false),
    }
}

/// The number behind the key, for logs that start with the same line.
fn generation(id: &str) -> u64 {
    id.rsplit_once('-').and_then(|(_, n)| n.parse().ok()).unwrap_or(0)
}
