//! The sends that a store keeps: a row of numbered files, of which a later one replaces what earlier ones say.
//!
//! `sends/000012.parquet` holds what one run added or changed, `sends/000013-all.parquet` all sends: whatever stands
//! before it no longer counts and is removed. A file appears under its name in one step, when it is whole and safe;
//! this is the commit. Nothing else says which files there are: their numbers have no gaps.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use polars::prelude::{DataFrame, PolarsError};
use polars_io::parquet::write::{KeyValueMetadata, ParquetCompression, ParquetWriter, StatisticsOptions};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::commit::Writer;
use super::lock::{self, Lock, Patience, Sharing};
use super::{Layout, StoreError, entries, events_file};
use crate::sends::frame;
use crate::sends::load::{Loaded, Options, load};
use crate::sends::merge::{self, Changes};
use crate::sends::table::{Send, Sends};

/// The version of the files.
const VERSION: u32 = 1;

/// The key of what a file's footer says.
const KEY: &str = "mailpixel.sends";

/// With more files than these, or with twice as many rows as sends, all sends are written into one.
const MAX_FILES: usize = 16;

/// Rows of a row group, which one thread reads.
const ROW_GROUP: usize = 64 << 10;

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    number: u64,
    /// Whether it holds all sends.
    is_all: bool,
}

impl Name {
    fn parse(name: &str) -> Option<Self> {
        let stem = name.strip_suffix(".parquet")?;
        let (digits, is_all) = stem.strip_suffix("-all").map_or((stem, false), |digits| (digits, true));
        Some(Self { number: digits.parse().ok()?, is_all })
    }

    fn text(&self) -> String {
        format!("{:06}{}.parquet", self.number, if self.is_all { "-all" } else { "" })
    }
}

/// What a file's footer says of the run that wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    version: u32,
    /// When, in milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// The file that was read; none where sends were removed or written into one file.
    pub file: Option<String>,
    /// Sends that were new.
    pub added: u64,
    /// Sends that said something else than before.
    pub updated: u64,
    /// The hashes of files that were added whole: of the one that was read, and in a file of all sends of all before.
    known: BTreeSet<String>,
}

/// A file of sends on its way into the store.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// The hash of its bytes, where all of its rows can be read: the same bytes are then known.
    pub hash: Option<String>,
}

/// The hash of a file's bytes; `None` of a pipe, which can't be read twice.
pub fn content_hash(path: &Path) -> Result<Option<String>, StoreError> {
    let failed = |error| StoreError::io(path, error);
    let mut file = File::open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Ok(None);
    }
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    let digest = hasher.finalize();
    Ok(Some(digest.iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// A file of the store.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// The run that wrote it.
    pub run: Run,
}

/// The files that count, oldest first.
fn names(layout: &Layout) -> Result<Vec<Name>, StoreError> {
    let mut names: Vec<Name> = entries(&layout.sends())?.iter().filter_map(|name| Name::parse(name)).collect();
    names.sort_unstable_by_key(|name| name.number);
    let start = names.iter().rposition(|name| name.is_all).unwrap_or(0);
    names.drain(..start);
    let first = names.first().map_or(1, |name| if name.is_all { name.number } else { 1 });
    for (name, number) in names.iter().zip(first..) {
        if name.number != number {
            let path = layout.sends().join(Name { number, is_all: false }.text());
            return Err(StoreError::SendsMissing { path: path.display().to_string() });
        }
    }
    Ok(names)
}

/// The files, oldest first.
pub fn kept(layout: &Layout) -> Result<Vec<Kept>, StoreError> {
    let _lock = reader_lock(layout)?;
    names(layout)?.iter().map(|name| footer(layout, name)).collect()
}

fn reader_lock(layout: &Layout) -> Result<Option<Lock>, StoreError> {
    if !layout.exists() || !layout.sends().exists() {
        return Ok(None);
    }
    lock::take(&layout.readers_lock(), Sharing::Shared, Patience::Wait).map(Some)
}

fn footer(layout: &Layout, name: &Name) -> Result<Kept, StoreError> {
    let path = layout.sends().join(name.text());
    let damaged = |what: &str| StoreError::SendsDamaged(format!("{}: {what}", path.display()));
    let mut reader = events_file::open(&path)?;
    let metadata = reader.get_metadata().map_err(|error| damaged(&error.to_string()))?;
    let entries = metadata.key_value_metadata();
    let entry = entries.iter().flatten().find(|entry| entry.key == KEY).and_then(|entry| entry.value.as_deref());
    let run: Run = serde_json::from_str(entry.ok_or_else(|| damaged("is no file of the store"))?)
        .map_err(|error| damaged(&error.to_string()))?;
    if run.version > VERSION {
        return Err(StoreError::Newer { what: "file of sends", version: run.version, known: VERSION });
    }
    Ok(Kept { name: name.text(), rows: metadata.num_rows as u64, run })
}

/// All sends of the store, in the current rayon pool; `None` where it keeps none.
pub fn read(layout: &Layout) -> Result<Option<Sends>, StoreError> {
    let Some(_lock) = reader_lock(layout)? else { return Ok(None) };
    let names = names(layout)?;
    if names.is_empty() {
        return Ok(None);
    }
    read_files(layout, &names).map(Some)
}

/// Reads the newest file first: of the rows of a campaign and message, the first holds.
fn read_files(layout: &Layout, names: &[Name]) -> Result<Sends, StoreError> {
    for name in names {
        footer(layout, name)?;
    }
    let paths: Vec<_> = names.iter().rev().map(|name| layout.sends().join(name.text())).collect();
    let Loaded { sends, bad_rows, .. } = load(&paths, &Options::default()).map_err(StoreError::Sends)?;
    match bad_rows.first() {
        Some(bad) => Err(StoreError::SendsDamaged(bad.to_string())),
        None => Ok(sends),
    }
}

/// The hashes of the files that were added.
pub fn known_files(layout: &Layout) -> Result<BTreeSet<String>, StoreError> {
    Ok(kept(layout)?.into_iter().flat_map(|file| file.run.known).collect())
}

/// What adding these sends would change.
pub fn changes(layout: &Layout, new: Sends) -> Result<Changes, StoreError> {
    Ok(merge::merge(&read(layout)?.unwrap_or_default(), new))
}

/// Adds the sends of a file. Whether the file was added before is the caller's question.
pub fn add(writer: &mut Writer<'_>, new: Sends, source: Source, now_ms: i64) -> Result<Changes, StoreError> {
    let layout = writer.layout().clone();
    let before = names(&layout)?;
    let kept = read_files(&layout, &before)?;
    let changes = merge::merge(&kept, new);
    let n_kept = kept.len() as u64;
    drop(kept);
    // A file that changes nothing is known from now on, too: later it would undo what others say then.
    let hash = source.hash.filter(|_| changes.ambiguous == 0);
    if changes.sends.is_empty() && hash.is_none() {
        return Ok(changes);
    }
    let run = Run {
        version: VERSION,
        at_ms: now_ms,
        file: Some(source.name),
        added: changes.added,
        updated: changes.updated,
        known: hash.into_iter().collect(),
    };
    let number = before.last().map_or(1, |name| name.number + 1);
    publish(writer, &Name { number, is_all: before.is_empty() }, &changes.sends, &run)?;
    let after = names(&layout)?;
    let rows: u64 = after.iter().map(|name| footer(&layout, name).map(|kept| kept.rows)).sum::<Result<_, _>>()?;
    if after.len() > MAX_FILES || rows > 2 * (n_kept + changes.added) {
        let all = read_files(&layout, &after)?;
        replace_all(writer, &all, now_ms)?;
    }
    Ok(changes)
}

/// Keeps the sends that a condition holds for, and removes the others. Gives how many were removed.
pub fn retain(writer: &mut Writer<'_>, keep: impl FnMut(Send<'_>) -> bool, now_ms: i64) -> Result<u64, StoreError> {
    let Some(all) = read(writer.layout())? else { return Ok(0) };
    let left = merge::retain(&all, keep);
    let removed = (all.len() - left.len()) as u64;
    if removed > 0 {
        replace_all(writer, &left, now_ms)?;
    }
    Ok(removed)
}

/// Writes all sends into one file, and removes the files before it.
fn replace_all(writer: &mut Writer<'_>, all: &Sends, now_ms: i64) -> Result<(), StoreError> {
    let number = names(writer.layout())?.last().map_or(1, |name| name.number + 1);
    let known = known_files(writer.layout())?;
    let run = Run { version: VERSION, at_ms: now_ms, file: None, added: 0, updated: 0, known };
    publish(writer, &Name { number, is_all: true }, all, &run)?;
    remove_replaced(writer)
}

/// Writes a file beside the others, safely, and gives it its name there.
fn publish(writer: &mut Writer<'_>, name: &Name, sends: &Sends, run: &Run) -> Result<(), StoreError> {
    let layout = writer.layout().clone();
    // Every store has a ledger, also one that has no events yet.
    if !layout.ledger().exists() {
        writer.write_ledger()?;
    }
    if !layout.sends().exists() {
        writer.disk().create_dir(&layout.sends()).map_err(|error| StoreError::io(layout.sends(), error))?;
        writer.sync_dir(layout.root())?;
    }
    let (staged, to) = (layout.staging().join(format!("sends-{}", name.text())), layout.sends().join(name.text()));
    let failed = |error| StoreError::io(&to, error);
    let bytes = frame::to_frame(sends).and_then(|mut frame| encode(&mut frame, run));
    let bytes = bytes.map_err(|error| StoreError::Events { path: to.display().to_string(), error })?;
    writer.disk().write(&staged, &bytes).map_err(failed)?;
    writer.disk().sync_file(&staged).map_err(failed)?;
    writer.disk().rename(&staged, &to).map_err(failed)?;
    writer.sync_dir(&layout.sends())
}

fn encode(frame: &mut DataFrame, run: &Run) -> Result<Vec<u8>, PolarsError> {
    let run = serde_json::to_string(run).expect("a run is plain text");
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Lz4Raw)
        .with_statistics(StatisticsOptions::default())
        .with_row_group_size(Some(ROW_GROUP))
        .set_parallel(false)
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(vec![(KEY.to_owned(), run)])))
        .finish(frame)?;
    Ok(bytes)
}

/// Removes the files before the last one that holds all sends, while no reader of ours is looking.
pub(super) fn remove_replaced(writer: &Writer<'_>) -> Result<(), StoreError> {
    let layout = writer.layout();
    let there: Vec<Name> = entries(&layout.sends())?.iter().filter_map(|name| Name::parse(name)).collect();
    let Some(last) = there.iter().filter(|name| name.is_all).map(|name| name.number).max() else { return Ok(()) };
    let replaced: Vec<&Name> = there.iter().filter(|name| name.number < last).collect();
    if replaced.is_empty() {
        return Ok(());
    }
    let _readers = lock::take(&layout.readers_lock(), Sharing::Exclusive, Patience::Wait)?;
    for name in replaced {
        writer.remove(&layout.sends().join(name.text()))?;
    }
    writer.sync_dir(&layout.sends())
}

/// Reads every file, under the caller's lock, and gives how many sends there are.
pub(super) fn verify(layout: &Layout) -> Result<u64, StoreError> {
    Ok(read_files(layout, &names(layout)?)?.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numbers() {
        for (text, number, is_all) in [("000012.parquet", 12, false), ("1000000-all.parquet", 1_000_000, true)] {
            let name = Name { number, is_all };
            assert_eq!((Name::parse(text), name.text()), (Some(name), text.to_owned()));
        }
        for text in ["000012.parquet.tmp", "all.parquet", ".DS_Store", "-all.parquet"] {
            assert_eq!(Name::parse(text), None, "{text}");
        }
    }
}
