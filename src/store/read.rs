//! Events out of the store, pass by pass, as rows that are sorted and folded.

use std::sync::Mutex;

use rayon::prelude::*;

use super::column_file::ColumnFile;
use super::lock::{self, Lock, Patience, Sharing};
use super::passes::{self, Asked, Pass, Plan, Unit};
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
        let strays = self.strays()?;
        for (pass, strays) in self.plan.passes.iter().zip(strays).filter(|(pass, _)| pass.is_shared()) {
            let (table, _) = self.pass(pass, strays)?;
            each(table, &self.names);
        }
        Ok(())
    }

    /// The rows of each pass. Rows of one message are all in the same one.
    pub fn for_each_pass(&mut self, mut each: impl FnMut(Table, &Names)) -> Result<(), StoreError> {
        let strays = self.strays()?;
        let passes = std::mem::take(&mut self.plan.passes);
        for (pass, strays) in passes.iter().zip(strays) {
            let (table, read) = self.pass(pass, strays)?;
            self.account.add(&read.account);
            self.newest_ms = self.newest_ms.max(read.newest_ms);
            self.unread += read.unread;
            each(table, &self.names);
        }
        Ok(())
    }

    fn threads() -> u8 {
        u8::try_from(rayon::current_num_threads()).unwrap_or(u8::MAX - 1)
    }

    /// The rows of hits whose URL names no campaign, for each pass, where they are not read with it.
    fn strays(&self) -> Result<Vec<Option<Reader>>, StoreError> {
        let Plan { passes, strays, .. } = &self.plan;
        if strays.is_empty() {
            return Ok(passes.iter().map(|_| None).collect());
        }
        let readers: Vec<Mutex<Reader>> =
            passes.iter().map(|_| Mutex::new(Reader::new(Self::threads(), self.hash.clone()))).collect();
        self.for_each_row_group(strays, |columns| {
            let is_stray = columns.campaigns.map(|name| name.is_none_or(str::is_empty));
            // Message ids decide: few rows, each looked at for itself.
            let mut rows_of: Vec<Vec<usize>> = vec![Vec::new(); passes.len()];
            for at in (0..columns.height()).filter(|at| is_stray[columns.campaigns.key(*at)]) {
                let message = columns.message(at).as_bytes();
                let campaign = self.deciding.campaign_told(message).unwrap_or_default();
                let hash = self.hash.request(message);
                let is_in = |pass: &Pass| pass.has_campaign(campaign.as_bytes()) && pass.has_message(hash);
                let pass = passes.iter().position(is_in).expect("every campaign is in one pass");
                rows_of[pass].push(at);
            }
            for (reader, rows) in readers.iter().zip(rows_of).filter(|(_, rows)| !rows.is_empty()) {
                let mut reader = reader.lock().expect("no thread panicked with the lock");
                reader.add(columns, &self.names, self.deciding, rows.into_iter());
            }
        })?;
        Ok(readers.into_iter().map(|reader| reader.into_inner().ok()).collect())
    }

    fn for_each_row_group(&self, units: &[Unit], each: impl Fn(&EventColumns) + Sync) -> Result<(), StoreError> {
        units.par_iter().with_max_len(1).try_for_each(|unit| {
            let path = self.layout.events().join(&self.files[unit.file]);
            let file = ColumnFile::open(&path)?;
            let heights: Vec<usize> = file.row_groups().collect();
            for row_group in &unit.row_groups {
                let read = |name: &str| file.read(*row_group, name);
                let columns = EventColumns::new(heights[*row_group], self.deciding.attributes, read);
                each(&columns.map_err(|error| StoreError::Events { path: path.display().to_string(), error })?);
            }
            Ok(())
        })
    }

    fn pass(&self, pass: &Pass, strays: Option<Reader>) -> Result<(Table, Read), StoreError> {
        let has_strays_apart = !self.plan.strays.is_empty();
        let readers: Vec<Mutex<Reader>> =
            (0..Self::threads()).map(|owner| Mutex::new(Reader::new(owner, self.hash.clone()))).collect();
        self.for_each_row_group(&pass.units, |columns| {
            let thread = rayon::current_thread_index().unwrap_or(0) % readers.len();
            let mut reader = readers[thread].lock().expect("no thread panicked with the lock");
            let places = columns.campaigns.map(|name| match name.unwrap_or_default() {
                "" if has_strays_apart => Place::InAnotherPass,
                name => Place::of(name, pass, self.asked),
            });
            let is_mine =
                |at: &usize| !pass.is_shared() || pass.has_message(self.hash.request(columns.message(*at).as_bytes()));
            let place = |at: &usize| places[columns.campaigns.key(*at)];
            let rows = || (0..columns.height()).filter(|at| place(at) != Place::InAnotherPass).filter(is_mine);
            reader.read.unread += rows().filter(|at| place(at) == Place::Nowhere).count() as u64;
            reader.add(columns, &self.names, self.deciding, rows().filter(|at| place(at) == Place::Here));
        })?;
        let readers = readers.into_iter().map(|reader| reader.into_inner().expect("no thread panicked with the lock"));
        let mut all = Read::default();
        let mut rows = Vec::new();
        for Reader { rows: of_thread, read, .. } in readers.chain(strays) {
            all.account.add(&read.account);
            all.newest_ms = all.newest_ms.max(read.newest_ms);
            all.unread += read.unread;
            rows.push(of_thread);
        }
        Ok((Table::new(rows), all))
    }
}

/// Where events of a campaign are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Here,
    InAnotherPass,
    /// They were not asked for.
    Nowhere,
}

impl Place {
    fn of(campaign: &str, pass: &Pass, asked: Asked<'_>) -> Self {
        match (pass.has_campaign(campaign.as_bytes()), asked.has(campaign)) {
            (true, true) => Self::Here,
            (true, false) => Self::Nowhere,
            (false, _) => Self::InAnotherPass,
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
}

impl Reader {
    fn new(owner: u8, hash: KeyHash) -> Self {
        Self { rows: Rows::new(owner), read: Read::default(), maker: RowMaker::new(hash) }
    }

    /// Takes some of the events.
    fn add(
        &mut self,
        columns: &EventColumns,
        names: &Names,
        deciding: Deciding<'_>,
        events: impl Iterator<Item = usize>,
    ) {
        let Self { rows, read: Read { account, newest_ms, .. }, maker } = self;
        let mut found = maker.look_up(columns, names, deciding);
        for at in events {
            let row = found.row(at);
            rows.push(columns.message(at).as_bytes(), row);
            account.lines += 1;
            *newest_ms = (*newest_ms).max(Some(row.ts_ms));
            match row.not_counted {
                Some(reason) => account.not_counted[reason as usize] += 1,
                None => account.events += 1,
            }
        }
    }
}
