//! Reads the new lines of one log into the open batch, and commits when it is full.

use std::io::Read as _;

use rayon::prelude::*;

use super::Ingest;
use super::log::{Extent, Log, last_newline};
use super::worker::Lines;
use crate::events::identity::SourceHash;
use crate::logs::block_notes::BlockNote;
use crate::logs::blocks::read_block;
use crate::logs::prefix_hash;
use crate::logs::stream_blocks::{Chunk, StreamBlocks};
use crate::store::StoreError;
use crate::store::source::{Source, TAIL, tail_hash};

/// Bytes in which the first line ends of a log are looked for.
const HEAD: u64 = 64 << 10;

/// What a block adds to what is known of its source.
struct Read {
    /// Where its bytes end.
    end: u64,
    /// What they add to the hash.
    share: u64,
    note: Option<BlockNote>,
}

impl Read {
    fn of(start: u64, bytes: &[u8], note: Option<BlockNote>) -> Self {
        Self { end: start + bytes.len() as u64, share: prefix_hash::share(start, bytes), note }
    }
}

/// Notes in the ledger how far a source has been read, by its blocks in order.
fn advance(run: &mut Ingest<'_, '_>, id: &str, reads: Vec<Read>, tail: u64) {
    let source = run.sources.get_mut(id).expect("the source was found or made");
    let mut hash = source.hash;
    for read in reads {
        hash = prefix_hash::add(hash, read.share);
        source.checkpoint(read.end, hash);
        run.open.bytes += read.end - source.offset;
        source.advance(read.end, hash);
        if let Some(note) = read.note {
            run.open.notes.lock().expect("no thread panicked with the lock").add(note);
        }
    }
    source.tail_hash = tail;
    run.open.touched.insert(id.to_owned());
}

fn source<'r>(run: &'r mut Ingest<'_, '_>, id: &str) -> &'r mut Source {
    run.sources.get_mut(id).expect("the source was found or made")
}

fn commit_if_full(run: &mut Ingest<'_, '_>) -> Result<(), StoreError> {
    if run.is_full() { run.commit() } else { Ok(()) }
}

/// Reads a plain log from its source's offset to its last newline, in blocks that threads read for themselves.
pub(super) fn plain(
    run: &mut Ingest<'_, '_>,
    index: usize,
    id: &str,
    log: &Log,
    extent: Extent,
) -> Result<Extent, StoreError> {
    let failed = |error| StoreError::io(&log.path, error);
    let hashed = SourceHash::new(id);
    loop {
        let from = run.sources[id].offset;
        if from >= extent.whole {
            return Ok(extent);
        }
        let to = cut(log, from, extent.whole, run.room()).map_err(failed)?;
        let size = run.options.effort.block_size.max(1);
        if run.knows_few_lines(id) {
            let head = log.head(from, to.min(from + HEAD)).map_err(failed)?;
            let source = source(run, id);
            source.note_line_ends(source.offset, source.hash, &head);
        }
        let blocks = (0..(to - from).div_ceil(size as u64)).into_par_iter();
        let reads = blocks.map_init(Vec::new, |buffer, block| {
            let start = from + block * size as u64;
            let found = read_block(log.file(), to, start, size, buffer)?;
            let lines = Lines {
                source: &hashed,
                start: found.start,
                bytes: &buffer[found.lines.clone()],
                place: (index, start),
            };
            let note = (!found.lines.is_empty()).then(|| run.open.worker().lines(lines, run.open.shared()));
            Ok(Read::of(start, &buffer[found.own], note))
        });
        let reads = run.pool.install(|| reads.collect::<Result<Vec<_>, std::io::Error>>());
        let tail = log.tail_hash(to).map_err(failed)?;
        let reads = match reads {
            Ok(reads) => reads,
            Err(error) => {
                run.roll_back();
                return Ok(Extent { damage: Some(error), ..extent });
            }
        };
        advance(run, id, reads, tail);
        commit_if_full(run)?;
    }
}

/// Where a piece of about `size` bytes ends: at a newline, however long the line is.
fn cut(log: &Log, from: u64, whole: u64, size: u64) -> std::io::Result<u64> {
    let mut to = from.saturating_add(size.max(1));
    while to < whole {
        if let Some(newline) = last_newline(log.file(), from, to)? {
            return Ok(newline + 1);
        }
        to = to.saturating_add(size.max(1));
    }
    Ok(whole)
}

/// Reads a packed log from its source's offset on: one thread unpacks, the others work on the blocks.
pub(super) fn packed(run: &mut Ingest<'_, '_>, index: usize, id: &str, log: &Log) -> Result<Extent, StoreError> {
    let failed = |error| StoreError::io(&log.path, error);
    let from = run.sources[id].offset;
    let mut stream = log.stream().map_err(failed)?;
    let mut tail = skip(&mut stream, from).map_err(failed)?;
    let size = run.options.effort.block_size.max(1);
    let mut blocks = StreamBlocks::new(stream, size, from);
    let (mut torn, mut ended) = (0, false);
    while !ended {
        let mut chunks = Vec::new();
        let mut bytes = 0;
        let room = run.room();
        while bytes < room {
            let Some(mut chunk) = blocks.next() else {
                ended = true;
                break;
            };
            if blocks.is_ended() {
                torn += drop_torn(&mut chunk);
            }
            bytes += chunk.bytes.len() as u64;
            keep_tail(&mut tail, &chunk.bytes);
            chunks.push(chunk);
            // Enough for all threads: then they work before more is unpacked.
            if chunks.len() >= 4 * run.pool.current_num_threads() {
                work(run, index, id, std::mem::take(&mut chunks), &tail);
            }
        }
        work(run, index, id, chunks, &tail);
        commit_if_full(run)?;
    }
    let whole = run.sources[id].offset;
    Ok(Extent { whole, torn, damage: blocks.error })
}

/// Reads the first bytes of a stream, which are in the store already; gives the last of them.
fn skip(stream: &mut impl std::io::Read, n: u64) -> std::io::Result<Vec<u8>> {
    let mut tail = Vec::new();
    let mut piece = vec![0; 256 << 10];
    let mut stream = stream.take(n);
    loop {
        match stream.read(&mut piece)? {
            0 => return Ok(tail),
            n => keep_tail(&mut tail, &piece[..n]),
        }
    }
}

fn work(run: &mut Ingest<'_, '_>, index: usize, id: &str, chunks: Vec<Chunk>, tail: &[u8]) {
    let hashed = SourceHash::new(id);
    let mut hash = run.sources[id].hash;
    for chunk in &chunks {
        if !run.knows_few_lines(id) {
            break;
        }
        source(run, id).note_line_ends(chunk.start, hash, &chunk.bytes);
        hash = prefix_hash::add(hash, prefix_hash::share(chunk.start, &chunk.bytes));
    }
    let reads = chunks.into_par_iter().filter(|chunk| !chunk.bytes.is_empty()).map(|chunk| {
        let lines = Lines { source: &hashed, start: chunk.start, bytes: &chunk.bytes, place: (index, chunk.start) };
        let note = (!chunk.is_rest).then(|| run.open.worker().lines(lines, run.open.shared()));
        Read::of(chunk.start, &chunk.bytes, note)
    });
    let reads: Vec<Read> = run.pool.install(|| reads.collect());
    if !reads.is_empty() {
        let tail = tail_hash(&tail[tail.len().saturating_sub(TAIL)..]);
        advance(run, id, reads, tail);
    }
}

/// Cuts off a last line that has no newline; its bytes.
fn drop_torn(chunk: &mut Chunk) -> u64 {
    if chunk.bytes.ends_with(b"\n") {
        return 0;
    }
    let whole = memchr::memrchr(b'\n', &chunk.bytes).map_or(0, |newline| newline + 1);
    let torn = chunk.bytes.len() - whole;
    chunk.bytes.truncate(whole);
    torn as u64
}

/// Keeps the last bytes that were read.
fn keep_tail(tail: &mut Vec<u8>, bytes: &[u8]) {
    tail.extend_from_slice(&bytes[bytes.len().saturating_sub(TAIL)..]);
    let excess = tail.len().saturating_sub(TAIL);
    tail.drain(..excess);
}
