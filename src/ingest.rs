//! Logs → store: reads what is new in logs, once, whatever happens to them or to the machine.

mod batch;
mod committer;
mod identify;
mod log;
mod reading;
mod worker;

use std::path::{Path, PathBuf};

use rayon::ThreadPool;

use crate::classify::classifier::Classifier;
use crate::logs::ReadError;
use crate::logs::block_notes::RejectedLine;
use crate::logs::blocks::Effort;
use crate::logs::compression::Packing;
use crate::logs::source::Source as LogSource;
use crate::model::account::Account;
use crate::store::commit::Writer;
use crate::store::disk::Disk;
use crate::store::ledger::{Run, Sources};
use crate::store::lock::Patience;
use crate::store::source::{FIRST_LINES, Source, Stat};
use crate::store::{Layout, StoreError, compact};
use crate::tracking::recognizer::Recognizer;

use batch::Open;
use committer::Committer;
use identify::{Keyed, Ordered, Plan, identify, order};
use log::{Extent, Log};

/// Bytes of logs between two commits: this bounds memory, and what is read again after a kill.
pub const BATCH_BYTES: u64 = 64 << 20;

/// How to ingest.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The store.
    pub layout: &'a Layout,
    /// Where it writes.
    pub disk: &'a dyn Disk,
    /// Whether to wait for another run.
    pub patience: Patience,
    /// The name of this machine.
    pub machine: &'a str,
    /// The label of the host whose logs these are, where the operator says it.
    pub host: Option<&'a str>,
    /// The secret of a new store.
    pub new_network_key: [u8; 16],
    /// The time, in milliseconds since 1970 UTC.
    pub now_ms: i64,
    /// Threads and blocks.
    pub effort: Effort,
    /// Bytes of logs between two commits.
    pub batch_bytes: u64,
    /// Whether only to say what would be read.
    pub dry_run: bool,
    /// Whether to compact closed days afterwards.
    pub compact: bool,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Ingested {
    /// Where every new line went.
    pub account: Account,
    /// What was done with each log, in the order of work.
    pub logs: Vec<LogOutcome>,
    /// The first lines that were rejected. Line numbers count from where this run began to read.
    pub rejected: Vec<RejectedLine>,
    /// What could not be read.
    pub errors: Vec<ReadError>,
    /// Events further than two days in the future, or before the year 2000.
    pub odd_times: u64,
    /// Days that were compacted.
    pub compacted: usize,
    /// Why closed days could not be compacted; the events are safe.
    pub compaction_error: Option<StoreError>,
}

/// What was done with one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogOutcome {
    /// The log.
    pub path: PathBuf,
    /// From where on it was read, in unpacked bytes.
    pub from: u64,
    /// How far it has been read.
    pub to: u64,
    /// Bytes of a last line without its newline, left for the next run.
    pub torn: u64,
    /// Whether it was already in the store.
    pub is_known: bool,
}

/// Why nothing, or not everything, was ingested.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The store can't be used or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system has no threads left.
    #[error("no threads to work with: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// Standard input has no position.
    #[error("standard input can't be ingested: it has no position to go on from; give files, or use `report -`")]
    Stdin,
}

/// Reads what is new in the logs into the store.
pub fn run(
    sources: &[LogSource],
    recognizer: &Recognizer,
    classifier: &Classifier,
    options: Options<'_>,
) -> Result<Ingested, IngestError> {
    let mut paths = Vec::new();
    for source in sources {
        match source {
            LogSource::File(path) => paths.push(path.clone()),
            LogSource::Stdin => return Err(IngestError::Stdin),
        }
    }
    let pool = || rayon::ThreadPoolBuilder::new().num_threads(options.effort.threads).build();
    let pools = Pools { reading: pool()?, committing: pool()? };
    ingest(&paths, recognizer, classifier, options, &pools)
}

/// The threads that read, and those that sort and encode what was read meanwhile. Of one pool's threads none would go to the
/// one before the other is done.
struct Pools {
    reading: ThreadPool,
    committing: ThreadPool,
}

/// What would be read into a store that is not there: everything.
fn dry_run_without_store(paths: &[PathBuf]) -> Ingested {
    let mut done = Ingested::default();
    for path in paths {
        match Log::open(path).and_then(|log| log.extent()) {
            Ok(Extent { whole, torn, .. }) => {
                done.logs.push(LogOutcome { path: path.clone(), from: 0, to: whole, torn, is_known: false });
            }
            Err(error) => done.errors.push(ReadError::io(path.display().to_string(), error)),
        }
    }
    done
}

fn ingest(
    paths: &[PathBuf],
    recognizer: &Recognizer,
    classifier: &Classifier,
    options: Options<'_>,
    pools: &Pools,
) -> Result<Ingested, IngestError> {
    if options.dry_run && !options.layout.exists() {
        return Ok(dry_run_without_store(paths));
    }
    let mut writer = Writer::open(options.layout, options.disk, options.patience, options.new_network_key)?;
    let before = writer.settings.clone();
    let host = writer.settings.host(options.machine, options.host)?;
    if writer.settings != before && !options.dry_run {
        writer.settings.write(options.layout, options.disk)?;
    }
    let mut done = Ingested::default();
    let files = order(open_new(paths, &host, &writer, &mut done), &writer.ledger.sources);
    let floor_ms = writer.settings.floor_ms();
    let sources = writer.ledger.sources.clone();
    std::thread::scope(|scope| {
        let mut run = Ingest {
            open: Open::new(recognizer, classifier, floor_ms, pools.reading.current_num_threads()),
            committed: sources.clone(),
            sources,
            committer: Committer::new(scope, &pools.committing, &host, options.now_ms, writer),
            pool: &pools.reading,
            host: &host,
            options,
            done,
            names: files.iter().map(|ordered| LogSource::File(ordered.file.log.path.clone())).collect(),
            stats_changed: false,
        };
        for (index, Ordered { file, extent, .. }) in files.into_iter().enumerate() {
            run.file(index, &file, extent)?;
        }
        run.finish()
    })
}

/// Opens the files that are not known to be read. Those that can't be opened are noted.
fn open_new(paths: &[PathBuf], host: &str, writer: &Writer<'_>, done: &mut Ingested) -> Vec<Keyed> {
    let mut files = Vec::new();
    for path in paths {
        if is_read(path, host, writer) {
            continue;
        }
        let opened = Log::open(path).and_then(|log| Keyed::new(log, host));
        match opened {
            Ok(file) => match file.log.packing {
                Packing::Other(packing, command) => {
                    let name = path.display().to_string();
                    let hint = format!("{command} {name} > {name}.log");
                    done.errors.push(ReadError::Packing { path: name, packing, hint });
                }
                _ => files.push(file),
            },
            Err(error) => done.errors.push(ReadError::io(path.display().to_string(), error)),
        }
    }
    files
}

/// Whether the file is in a state that holds nothing new.
fn is_read(path: &Path, host: &str, writer: &Writer<'_>) -> bool {
    let Ok(metadata) = std::fs::metadata(path) else { return false };
    let stat = Stat::of(&metadata);
    writer.ledger.sources.values().any(|source| source.host == host && source.stats.contains(&stat))
}

/// A run on its way.
struct Ingest<'s, 'e> {
    committer: Committer<'s, 'e>,
    open: Open<'s>,
    pool: &'s ThreadPool,
    host: &'s str,
    options: Options<'s>,
    done: Ingested,
    names: Vec<LogSource>,
    stats_changed: bool,
    /// The logs, and how far they have been read.
    sources: Sources,
    /// The same as of the last commit, or of one that is on its way.
    committed: Sources,
}

impl Ingest<'_, '_> {
    /// One file: finds out what it is and reads what is new.
    fn file(&mut self, index: usize, file: &Keyed, extent: Option<std::io::Result<Extent>>) -> Result<(), StoreError> {
        let path = file.log.path.clone();
        let name = path.display().to_string();
        let plan = extent.transpose().and_then(|extent| Ok((identify(file, extent.as_ref(), &self.sources)?, extent)));
        let (plan, extent) = match plan {
            Ok(plan) => plan,
            Err(error) => {
                self.done.errors.push(ReadError::io(name, error));
                return Ok(());
            }
        };
        let now_ms = self.options.now_ms;
        let (id, is_known) = match plan {
            Plan::Wait => {
                self.note_outcome(path, 0, 0, file.log.stat.size, false);
                return Ok(());
            }
            Plan::Nothing { id, is_current } => {
                let extent = extent.as_ref().expect("a known log was measured");
                self.note_outcome(path, extent.whole, extent.whole, extent.torn, true);
                self.settle(&id, &file.log, extent.torn == 0 && extent.damage.is_none(), is_current);
                self.note_damage(&file.log, extent);
                return Ok(());
            }
            Plan::Resume { id } => (id, true),
            Plan::New { id, key } => {
                let source = Source::new(self.host, &key, &name, now_ms);
                self.sources.insert(id.clone(), source);
                (id, false)
            }
        };
        let from = self.sources[&id].offset;
        if self.options.dry_run {
            let whole = extent.map_or_else(|| file.log.extent().map_or(from, |e| e.whole), |extent| extent.whole);
            self.note_outcome(path, from, whole, 0, is_known);
            return Ok(());
        }
        let read = match extent.filter(|_| file.log.is_plain()) {
            Some(extent) => reading::plain(self, index, &id, &file.log, extent)?,
            None => reading::packed(self, index, &id, &file.log)?,
        };
        self.note_damage(&file.log, &read);
        let Some(source) = self.sources.get(&id).filter(|source| source.offset >= from) else {
            // It was rolled back.
            return Ok(());
        };
        let to = source.offset;
        self.note_outcome(path, from, to, read.torn, is_known);
        self.settle(&id, &file.log, read.torn == 0 && read.damage.is_none(), true);
        Ok(())
    }

    fn note_outcome(&mut self, path: PathBuf, from: u64, to: u64, torn: u64, is_known: bool) {
        self.done.logs.push(LogOutcome { path, from, to, torn, is_known });
    }

    fn note_damage(&mut self, log: &Log, extent: &Extent) {
        let Some(damage) = &extent.damage else { return };
        let error = std::io::Error::new(damage.kind(), damage.to_string());
        let path = log.path.display().to_string();
        self.done.errors.push(if log.is_plain() {
            ReadError::Io { path, error }
        } else {
            let bytes = extent.whole + extent.torn;
            ReadError::Damaged { path, packing: log.packing.name(), bytes, error }
        });
    }

    /// Remembers the file's state, where it holds nothing more.
    fn settle(&mut self, id: &str, log: &Log, is_complete: bool, is_current: bool) {
        let source = self.sources.get_mut(id).expect("the source was found or made");
        if is_current {
            source.last_seen_ms = self.options.now_ms;
            source.last_path = log.path.display().to_string();
        }
        if is_complete {
            source.remember(log.stat);
            self.stats_changed = true;
        }
    }

    /// Bytes that may still be read before the next commit.
    fn room(&self) -> u64 {
        self.options.batch_bytes.saturating_sub(self.open.bytes).max(1)
    }

    /// Whether the next commit is due: pieces of logs end at newlines, so that a batch is rarely full to the byte.
    fn is_full(&self) -> bool {
        self.open.bytes >= self.options.batch_bytes - self.options.batch_bytes / 8
    }

    /// Begins to commit what was read since the last commit.
    fn commit(&mut self) -> Result<(), StoreError> {
        self.committer.start(self.open.close(&self.sources))?;
        self.committed = self.sources.clone();
        Ok(())
    }

    /// Forgets what was read since the last commit: a log broke off in the middle of a block, and its events must not
    /// be stored without its position. The next run reads it again.
    fn roll_back(&mut self) {
        self.sources = self.committed.clone();
        self.open.discard();
    }

    fn knows_few_lines(&self, id: &str) -> bool {
        self.sources[id].line_ends.len() < FIRST_LINES
    }

    fn finish(mut self) -> Result<Ingested, IngestError> {
        if self.options.dry_run {
            return Ok(self.done);
        }
        if !self.open.touched.is_empty() {
            self.commit()?;
        }
        let (mut writer, committed) = self.committer.finish()?;
        writer.ledger.sources = self.sources;
        self.done.account = committed.account;
        self.done.odd_times = committed.odd_times;
        let notes = std::mem::take(&mut *self.open.notes.lock().expect("no thread panicked with the lock"));
        self.done.rejected = notes.first_rejected(&self.names);
        if self.done.account.lines > 0 {
            writer.ledger.add_run(Run { at_ms: self.options.now_ms, account: self.done.account.clone() });
        }
        // This also clears the list of what was published.
        if self.done.account.lines > 0 || self.stats_changed {
            writer.write_ledger()?;
        }
        // What the threads remember of addresses and agents makes room for the events that are put together.
        drop(self.open);
        if self.options.compact {
            match self.pool.install(|| compact::closed_days(&mut writer, self.options.now_ms)) {
                Ok(days) => self.done.compacted = days,
                Err(error) => self.done.compaction_error = Some(error),
            }
        }
        Ok(self.done)
    }
}
