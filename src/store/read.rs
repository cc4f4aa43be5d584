//! Events out of the store, pass by pass, as rows that are sorted and folded.

use std::sync::Mutex;

use rayon::prelude::*;

use super::column_file::ColumnFile;
use super::lock::{self, Lock, Patience, Sharing};
use super::passes::{self, Asked, Pass, Plan};
use super::settings::Settings;
use super::{Layout, StoreError};
use crate::events::event_columns::EventColumns;
use crate::events::names::Names;
use crate::events::rows::{Deciding, RowMaker};
use crate::events::table::{KeyHash, Rows, Table};
use crate::model::account::Account;

/// A store that is being read: no writer publishes while this lives.
pub struct Reading<'a> {
    layout: &'a Layout,
    files: Vec<String>,
    plan: Plan,
    asked: Asked<'a>,
    deciding: Deciding<'a>,
    hash: KeyHash,
    /// Names of campaigns and links, the same in all passes.
    pub names: Names,
    /// Where every event went; `lines` is the number of events that were read.
    pub account: Account,
    /// The latest event that was read, in milliseconds since 1970 UTC.
    pub newest_ms: Option<i64>,
    /// Events that were not asked for.
    pub unread: u64,
    _lock: Lock,
}

impl<'a> Reading<'a> {
    /// Begins to read, in passes of about so many events at most.
    pub fn start(
        layout: &'a Layout,
        asked: Asked<'a>,
        deciding: Deciding<'a>,
        pass_events: u64,
    ) -> Result<Self, StoreError> {
        if Settings::read(layout)?.is_none() {
            return Err(StoreError::Missing(layout.root().display().to_string()));
        }
        let lock = lock::take(&layout.readers_lock(), Sharing::Shared, Patience::Wait)?;
        let files = layout.event_files()?;
        let plan = passes::plan(layout, &files, asked, pass_events)?;
        Ok(Self {
            layout,
            files,
            unread: plan.unread,
            plan,
            asked,
            deciding,
            hash: KeyHash::default(),
            names: Names::default(),
            account: Account::default(),
            newest_ms: None,
            _lock: lock,
        })
    }

    /// Names of campaigns that the files speak of, for those who misspelt one: not all there are.
    pub fn campaigns(&self) -> &[String] {
        &self.plan.campaigns
    }

    /// The rows of each pass that has not all messages of its campaigns.
    pub fn for_each_share(&mut self, mut each: impl FnMut(Table, &Names)) -> Result<(), StoreError> {
        let passes = self.plan.passes.clone();
        for pass in passes.iter().filter(|pass| pass.is_shared()) {
            let (table, _) = self.pass(pass)?;
            each(table, &self.names);
        }
        Ok(())
    }

    /// The rows of each pass. Rows of one message are all in the same one.
    pub fn for_each_pass(&mut self, mut each: impl FnMut(Table, &Names)) -> Result<(), StoreError> {
        let passes = self.plan.passes.clone();
        for pass in &passes {
            let (table, read) = self.pass(pass)?;
            self.account.add(&read.account);
            self.newest_ms = self.newest_ms.max(read.newest_ms);
            self.unread += read.unread;
            each(table, &self.names);
        }
        Ok(())
    }

    fn pass(&self, pass: &Pass) -> Result<(Table, Read), StoreError> {
        let threads = u8::try_from(rayon::current_num_threads()).unwrap_or(u8::MAX);
        let readers: Vec<Mutex<Reader>> =
            (0..threads).map(|owner| Mutex::new(Reader::new(owner, self.hash.clone()))).collect();
        pass.units.par_iter().with_max_len(1).try_for_each(|unit| {
            let path = self.layout.events().join(&self.files[unit.file]);
            let file = ColumnFile::open(&path)?;
            let heights: Vec<usize> = file.row_groups().collect();
            for row_group in &unit.row_groups {
                let columns = EventColumns::new(heights[*row_group], self.deciding.attributes, |name| {
                    file.read(*row_group, name)
                });
                let columns =
                    columns.map_err(|error| StoreError::Events { path: path.display().to_string(), error })?;
                let thread = rayon::current_thread_index().unwrap_or(0) % readers.len();
                let mut reader = readers[thread].lock().expect("no thread panicked with the lock");
                reader.add(&columns, &self.names, self.deciding, Wanted { pass, asked: self.asked });
            }
            Ok::<_, StoreError>(())
        })?;
        let mut all = Read::default();
        let mut rows = Vec::new();
        for reader in readers {
            let Reader { rows: of_thread, read, .. } = reader.into_inner().expect("no thread panicked with the lock");
            all.account.add(&read.account);
            all.newest_ms = all.newest_ms.max(read.newest_ms);
            all.unread += read.unread;
            rows.push(of_thread);
        }
        Ok((Table::new(rows), all))
    }
}

/// Which events of a row group are taken.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    pass: &'a Pass,
    asked: Asked<'a>,
}

/// Whether a pass has events of a campaign, and whether they were asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Here,
    InAnotherPass,
    Nowhere,
}

impl Wanted<'_> {
    fn place(self, campaign: &str) -> Place {
        match (self.pass.has_campaign(campaign.as_bytes()), self.asked.has(campaign)) {
            (true, true) => Place::Here,
            (true, false) => Place::Nowhere,
            (false, _) => Place::InAnotherPass,
        }
    }
}

/// What became of the events of a pass.
#[derive(Default)]
struct Read {
    account: Account,
    newest_ms: Option<i64>,
    unread: u64,
}

/// One thread's rows.
struct Reader {
    rows: Rows,
    read: Read,
    maker: RowMaker,
    hash: KeyHash,
}

impl Reader {
    fn new(owner: u8, hash: KeyHash) -> Self {
        Self { rows: Rows::new(owner), read: Read::default(), maker: RowMaker::new(hash.clone()), hash }
    }

    fn add(&mut self, columns: &EventColumns, names: &Names, deciding: Deciding<'_>, wanted: Wanted<'_>) {
        let Self { rows, read: Read { account, newest_ms, unread }, maker, hash } = self;
        let places = columns.campaigns.map(|name| wanted.place(name.unwrap_or_default()));
        let mut found = maker.look_up(columns, names, deciding);
        for at in 0..columns.height() {
            let message = columns.message(at).as_bytes();
            let is_mine = !wanted.pass.is_shared() || wanted.pass.has_message(hash.request(message));
            match places[columns.campaigns.key(at)] {
                Place::Here if is_mine => {}
                Place::Nowhere if is_mine => {
                    *unread += 1;
                    continue;
                }
                _ => continue,
            }
            let row = rows.push_message(message, |text| found.row(at, text));
            account.lines += 1;
            *newest_ms = (*newest_ms).max(Some(row.ts_ms));
            match row.not_counted {
                Some(reason) => account.not_counted[reason as usize] += 1,
                None => account.events += 1,
            }
        }
    }
}
