//! What is read until the next commit, and the commit.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use polars::prelude::PolarsError;
use rayon::ThreadPool;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::worker::{Shared, Worker};
use crate::classify::classifier::Classifier;
use crate::classify::place_numbers::{PlaceCodes, PlaceNumbers};
use crate::events::batch::{At, Batch, DAY_MS, ThreadEvents, day_name};
use crate::events::batch_columns::BatchColumns;
use crate::events::frame::schema;
use crate::events::maker;
use crate::events::names::Names;
use crate::events::profile::Profiles;
use crate::events::sorted::{Ordered, drop_duplicates};
use crate::logs::block_notes::Notes;
use crate::model::account::Account;
use crate::store::StoreError;
use crate::store::commit::{Staged, Writer};
use crate::store::events_file::{self, ROW_GROUP, Reached};
use crate::store::ledger::Sources;
use crate::store::row_group::{FileSchema, RowGroup};
use crate::tracking::recognizer::Recognizer;

/// The year 2000 began, in milliseconds since 1970 UTC: no mail was tracked before.
const YEAR_2000_MS: i64 = 946_684_800_000;

/// Everything that is read between two commits.
pub(super) struct Open<'a> {
    recognizer: &'a Recognizer,
    classifier: &'a Classifier,
    floor_ms: i64,
    names: Names,
    profiles: Profiles,
    /// Places outlive batches: the workers remember their numbers.
    places: PlaceNumbers,
    pub(super) workers: Vec<Mutex<Worker>>,
    pub(super) notes: Mutex<Notes>,
    /// The sources that were read on.
    pub(super) touched: BTreeSet<String>,
    /// Bytes of logs.
    pub(super) bytes: u64,
}

impl<'a> Open<'a> {
    /// Nothing, for this many threads that read.
    pub(super) fn new(recognizer: &'a Recognizer, classifier: &'a Classifier, floor_ms: i64, threads: usize) -> Self {
        let threads = u8::try_from(threads).unwrap_or(u8::MAX);
        Self {
            recognizer,
            classifier,
            floor_ms,
            names: Names::default(),
            profiles: Profiles::default(),
            places: PlaceNumbers::default(),
            workers: (0..threads).map(|owner| Mutex::new(Worker::new(owner))).collect(),
            notes: Mutex::default(),
            touched: BTreeSet::new(),
            bytes: 0,
        }
    }

    pub(super) fn shared(&self) -> Shared<'_> {
        let Self { recognizer, classifier, names, profiles, places, floor_ms, .. } = self;
        Shared { making: maker::Shared { recognizer, classifier, names, places, profiles }, floor_ms: *floor_ms }
    }

    /// The worker of this thread.
    pub(super) fn worker(&self) -> std::sync::MutexGuard<'_, Worker> {
        let thread = rayon::current_thread_index().expect("blocks are read inside the pool") % self.workers.len();
        self.workers[thread].lock().expect("no thread panicked with the lock")
    }

    /// Throws away what was read since the last commit.
    pub(super) fn discard(&mut self) {
        for worker in &self.workers {
            worker.lock().expect("no thread panicked with the lock").take();
        }
        self.names = Names::default();
        self.profiles = Profiles::default();
        self.touched.clear();
        self.bytes = 0;
    }

    /// Hands over what was read; `sources` are the positions that it reaches.
    pub(super) fn close(&mut self, sources: &Sources) -> Closed {
        let mut account = Account::default();
        let mut threads = Vec::new();
        for worker in &self.workers {
            let (events, part) = worker.lock().expect("no thread panicked with the lock").take();
            account.add(&part);
            threads.push(events);
        }
        self.bytes = 0;
        Closed {
            threads,
            names: std::mem::take(&mut self.names),
            profiles: std::mem::take(&mut self.profiles),
            places: self.places.codes(),
            touched: std::mem::take(&mut self.touched),
            sources: sources.clone(),
            account,
        }
    }
}

/// What was read until a commit, on its way into the store.
pub(super) struct Closed {
    threads: Vec<ThreadEvents>,
    names: Names,
    profiles: Profiles,
    places: Arc<PlaceCodes>,
    touched: BTreeSet<String>,
    sources: Sources,
    account: Account,
}

/// What was committed.
#[derive(Debug, Default)]
pub(super) struct Committed {
    /// Where every line went.
    pub(super) account: Account,
    /// Events further than two days in the future, or before the year 2000.
    pub(super) odd_times: u64,
}

impl Committed {
    pub(super) fn add(&mut self, other: &Self) {
        self.account.add(&other.account);
        self.odd_times += other.odd_times;
    }
}

impl Closed {
    /// Writes and commits it. Events are sorted and encoded by the threads of the pool, which others use meanwhile.
    pub(super) fn commit(
        self,
        writer: &mut Writer<'_>,
        pool: &ThreadPool,
        host: &str,
        now_ms: i64,
    ) -> Result<Committed, StoreError> {
        let Self { threads, names, profiles, places, touched, sources, mut account } = self;
        let batch = Batch::new(threads, names.into_list(), profiles.into_list());
        let reached: Vec<Reached> =
            touched.into_iter().map(|id| Reached { source: sources[&id].clone(), id }).collect();
        writer.ledger.sources = sources;
        let key = writer.settings.network_key().expect("the key was checked when the store was opened");
        let columns = BatchColumns::new(&batch, &places, key, host);
        // A full disk must not stay full of files that nobody will use.
        let staged = writer.stage(|stage| encode(&batch, &columns, &reached, pool, stage));
        let (dropped, files) = staged.inspect_err(|_| writer.clear_staging())?;
        for at in dropped {
            account.duplicates += 1;
            match batch.profile(at).not_counted {
                Some(reason) => account.not_counted[reason as usize] -= 1,
                None => account.events -= 1,
            }
        }
        writer.commit(&files)?;
        Ok(Committed { account, odd_times: batch.outside(YEAR_2000_MS..=now_ms + 2 * DAY_MS) })
    }
}

/// Makes the files of a batch, one for each day, and hands them over: sorted events, encoded in parallel. Gives the events
/// that were there twice.
fn encode(
    batch: &Batch,
    columns: &BatchColumns<'_>,
    reached: &[Reached],
    pool: &ThreadPool,
    stage: &mut dyn FnMut(Staged),
) -> Result<Vec<At>, StoreError> {
    let mut dropped = Vec::new();
    let batch_name = name_of(reached);
    let schema = FileSchema::new(&schema()).map_err(|error| failed(&batch_name, error))?;
    for (day, events) in &batch.days {
        let date = day_name(*day);
        let name = format!("{batch_name}-{date}.parquet");
        let mut events = pool.install(|| columns.sorted(events));
        dropped.extend(drop_duplicates(batch, &mut events));
        let row_group = |events: &[Ordered]| RowGroup::encode(&schema, events.len(), &columns.columns(events));
        let row_groups = || events.par_chunks(ROW_GROUP).with_max_len(1).map(row_group).collect::<Result<Vec<_>, _>>();
        let bytes = pool
            .install(row_groups)
            .and_then(|row_groups| events_file::of_row_groups(&schema, &row_groups, reached))
            .map_err(|error| failed(&name, error))?;
        stage(Staged { rows: events.len() as u64, bytes, date: format!("date={date}"), name });
    }
    Ok(dropped)
}

fn failed(name: &str, error: PolarsError) -> StoreError {
    StoreError::Events { path: name.to_owned(), error }
}

/// A name that only a batch with the same bytes of the same logs has.
fn name_of(reached: &[Reached]) -> String {
    let mut hasher = Sha256::new();
    for Reached { id, source } in reached {
        hasher.update(id.as_bytes());
        hasher.update(source.offset.to_be_bytes());
        hasher.update(source.hash.to_be_bytes());
    }
    hasher.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
