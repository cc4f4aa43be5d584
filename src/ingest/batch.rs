//! What is read until the next commit, and the commit.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use polars::prelude::PolarsError;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::worker::{Shared, Worker};
use crate::classify::classifier::Classifier;
use crate::classify::known_addresses::{NumberedPlace, PlaceNumbers};
use crate::events::batch::{Batch, DAY_MS, day_name, drop_duplicates};
use crate::events::batch_columns::BatchColumns;
use crate::events::event::Event;
use crate::events::frame::schema;
use crate::events::identity::NetworkKey;
use crate::events::maker;
use crate::events::names::Names;
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
        let Self { recognizer, classifier, names, places, floor_ms, .. } = self;
        Shared { making: maker::Shared { recognizer, classifier, names, places }, floor_ms: *floor_ms }
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
        let batch = Batch::new(threads, names);
        let odd = |event: &&Event| event.ts_ms > now_ms + 2 * DAY_MS || event.ts_ms < 946_684_800_000;
        self.odd_times += batch.iter().filter(odd).count() as u64;
        let reached: Vec<Reached> = std::mem::take(&mut self.touched)
            .into_iter()
            .map(|id| Reached { source: writer.ledger.sources[&id].clone(), id })
            .collect();
        let key = writer.settings.network_key().expect("the key was checked when the store was opened");
        let (files, dropped) = encode(&batch, &self.places.list(), &reached, key, host)?;
        for event in dropped {
            account.duplicates += 1;
            match event.not_counted {
                Some(reason) => account.not_counted[reason as usize] -= 1,
                None => account.events -= 1,
            }
        }
        if !files.is_empty() {
            // A full disk must not stay full of files that nobody will use.
            writer.stage(&files).inspect_err(|_| writer.clear_staging())?;
        }
        writer.commit(&files)?;
        self.account.add(&account);
        self.bytes = 0;
        Ok(())
    }
}

/// The files of a batch: sorted events, by day, encoded in parallel; and the events that were there twice.
fn encode(
    batch: &Batch,
    places: &[Arc<NumberedPlace>],
    reached: &[Reached],
    key: NetworkKey,
    host: &str,
) -> Result<(Vec<Staged>, Vec<Event>), StoreError> {
    let columns = BatchColumns::new(batch, places, key, host);
    let mut dropped = Vec::new();
    let mut days = Vec::new();
    for (day, events) in &batch.days {
        let mut events = columns.sorted(events);
        dropped.extend(drop_duplicates(&mut events));
        days.push((*day, events));
    }
    let name = name_of(reached);
    let schema = FileSchema::new(&schema()).map_err(|error| failed(&name, error))?;
    let row_groups = days.iter().flat_map(|(day, events)| events.chunks(ROW_GROUP).map(|chunk| (*day, chunk)));
    let row_groups: Vec<(i64, &[Event])> = row_groups.collect();
    let encoded = row_groups.into_par_iter().with_max_len(1).map(|(day, events)| {
        let encoded = RowGroup::encode(&schema, events.len(), &columns.columns(events));
        Ok((day, encoded.map_err(|error| failed(&name, error))?))
    });
    let mut encoded: Vec<(i64, RowGroup)> = encoded.collect::<Result<_, _>>()?;
    let mut files = Vec::new();
    for (day, events) in &days {
        let of_day = encoded.partition_point(|(of, _)| of <= day);
        let row_groups: Vec<RowGroup> = encoded.drain(..of_day).map(|(_, row_group)| row_group).collect();
        let date = day_name(*day);
        let name = format!("{name}-{date}.parquet");
        let bytes = events_file::of_row_groups(&schema, &row_groups, reached).map_err(|error| failed(&name, error))?;
        files.push(Staged { rows: events.len() as u64, bytes, date: format!("date={date}"), name });
    }
    Ok((files, dropped))
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
