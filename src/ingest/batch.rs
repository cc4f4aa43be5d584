//! What is read until the next commit, and the commit.

use std::collections::BTreeSet;
use std::sync::Mutex;

use polars::prelude::PolarsError;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::worker::{Shared, Worker};
use crate::classify::classifier::Classifier;
use crate::classify::known_addresses::PlaceNumbers;
use crate::events::batch::{At, Batch, DAY_MS, day_name};
use crate::events::batch_columns::BatchColumns;
use crate::events::event::Event;
use crate::events::frame::schema;
use crate::events::maker;
use crate::events::names::Names;
use crate::events::profile::Profiles;
use crate::events::sorted::drop_duplicates;
use crate::logs::block_notes::Notes;
use crate::model::account::Account;
use crate::store::StoreError;
use crate::store::commit::{Staged, Writer};
use crate::store::events_file::{self, ROW_GROUP, Reached};
use crate::store::row_group::{FileSchema, RowGroup};
use crate::tracking::recognizer::Recognizer;

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
    /// The account of all batches that were committed.
    pub(super) account: Account,
    /// Events further than two days in the future, or before the year 2000.
    pub(super) odd_times: u64,
}

impl<'a> Open<'a> {
    pub(super) fn new(recognizer: &'a Recognizer, classifier: &'a Classifier, floor_ms: i64) -> Self {
        let threads = u8::try_from(rayon::current_num_threads()).unwrap_or(u8::MAX);
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
            account: Account::default(),
            odd_times: 0,
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

    /// Writes and commits what was read, with the positions that the writer's ledger has by now.
    pub(super) fn commit(&mut self, writer: &mut Writer<'_>, host: &str, now_ms: i64) -> Result<(), StoreError> {
        let mut threads = Vec::new();
        let mut account = Account::default();
        for worker in &self.workers {
            let (events, part) = worker.lock().expect("no thread panicked with the lock").take();
            account.add(&part);
            threads.push(events);
        }
        let names = std::mem::take(&mut self.names).into_list();
        let profiles = std::mem::take(&mut self.profiles).into_list();
        let batch = Batch::new(threads, names, profiles);
        let odd = |event: &&Event| event.ts_ms > now_ms + 2 * DAY_MS || event.ts_ms < 946_684_800_000;
        self.odd_times += batch.iter().filter(odd).count() as u64;
        let reached: Vec<Reached> = std::mem::take(&mut self.touched)
            .into_iter()
            .map(|id| Reached { source: writer.ledger.sources[&id].clone(), id })
            .collect();
        let key = writer.settings.network_key().expect("the key was checked when the store was opened");
        let places = self.places.codes();
        let columns = BatchColumns::new(&batch, &places, key, host);
        // A full disk must not stay full of files that nobody will use.
        let staged = writer.stage(|stage| encode(&batch, &columns, &reached, stage));
        let (dropped, files) = staged.inspect_err(|_| writer.clear_staging())?;
        for at in dropped {
            account.duplicates += 1;
            match batch.profile(at).not_counted {
                Some(reason) => account.not_counted[reason as usize] -= 1,
                None => account.events -= 1,
            }
        }
        writer.commit(&files)?;
        self.account.add(&account);
        self.bytes = 0;
        Ok(())
    }
}

/// Makes the files of a batch, one for each day, and hands them over: sorted events, encoded in parallel. Gives the events
/// that were there twice.
fn encode(
    batch: &Batch,
    columns: &BatchColumns<'_>,
    reached: &[Reached],
    stage: &mut dyn FnMut(Staged),
) -> Result<Vec<At>, StoreError> {
    let mut dropped = Vec::new();
    let batch_name = name_of(reached);
    let schema = FileSchema::new(&schema()).map_err(|error| failed(&batch_name, error))?;
    for (day, events) in &batch.days {
        let date = day_name(*day);
        let name = format!("{batch_name}-{date}.parquet");
        let mut events = columns.sorted(events);
        dropped.extend(drop_duplicates(batch, &mut events));
        let row_groups = events.par_chunks(ROW_GROUP).with_max_len(1);
        let row_groups = row_groups.map(|events| RowGroup::encode(&schema, events.len(), &columns.columns(events)));
        let bytes = row_groups
            .collect::<Result<Vec<_>, _>>()
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
