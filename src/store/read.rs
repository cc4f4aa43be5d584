//! Events out of the store, as rows that are sorted and folded.

use std::sync::Mutex;

use rayon::prelude::*;

use super::lock::{self, Patience, Sharing};
use super::settings::Settings;
use super::{Layout, StoreError, events_file};
use crate::events::names::{NameList, Names};
use crate::events::rows::{COLUMNS, Deciding, EventColumns, RowMaker};
use crate::events::table::{KeyHash, Rows, Table};
use crate::model::account::Account;

/// What was read.
#[derive(Debug)]
pub struct Stored {
    /// The events.
    pub table: Table,
    /// The names of campaigns and links.
    pub names: NameList,
    /// Where every event went; `lines` is the number of stored events.
    pub account: Account,
    /// The latest event, in milliseconds since 1970 UTC.
    pub newest_ms: Option<i64>,
}

/// Reads all events, while no writer publishes.
pub fn read(layout: &Layout, deciding: Deciding<'_>) -> Result<Stored, StoreError> {
    if Settings::read(layout)?.is_none() {
        return Err(StoreError::Missing(layout.root().display().to_string()));
    }
    let _lock = lock::take(&layout.readers_lock(), Sharing::Shared, Patience::Wait)?;
    let files = layout.event_files()?;
    let more = deciding.attributes.iter().map(|attribute| attribute.column());
    let columns: Vec<&str> = COLUMNS.into_iter().chain(more).collect();
    let names = Names::default();
    let hash = KeyHash::default();
    let threads = u8::try_from(rayon::current_num_threads()).unwrap_or(u8::MAX);
    let readers: Vec<Mutex<Reader>> = (0..threads).map(|owner| Mutex::new(Reader::new(owner, hash.clone()))).collect();
    files.par_iter().with_max_len(1).try_for_each(|file| {
        let path = layout.events().join(file);
        let frame = events_file::read(&path, Some(&columns))?;
        let thread = rayon::current_thread_index().unwrap_or(0) % readers.len();
        let mut reader = readers[thread].lock().expect("no thread panicked with the lock");
        let columns = EventColumns::of(&frame, deciding.attributes);
        let columns = columns.map_err(|error| StoreError::Events { path: path.display().to_string(), error })?;
        reader.add(&columns, &names, deciding);
        Ok(())
    })?;
    let mut account = Account::default();
    let mut newest_ms = None;
    let mut rows = Vec::new();
    for reader in readers {
        let reader = reader.into_inner().expect("no thread panicked with the lock");
        account.add(&reader.account);
        newest_ms = newest_ms.max(reader.newest_ms);
        rows.push(reader.rows);
    }
    Ok(Stored { table: Table::new(rows), names: names.into_list(), account, newest_ms })
}

/// One thread's rows.
struct Reader {
    rows: Rows,
    account: Account,
    newest_ms: Option<i64>,
    maker: RowMaker,
}

impl Reader {
    fn new(owner: u8, hash: KeyHash) -> Self {
        Self { rows: Rows::new(owner), account: Account::default(), newest_ms: None, maker: RowMaker::new(hash) }
    }

    fn add(&mut self, columns: &EventColumns<'_>, names: &Names, deciding: Deciding<'_>) {
        for at in 0..columns.height() {
            let maker = &mut self.maker;
            let message = columns.message(at).as_bytes();
            let row = self.rows.push_message(message, |text| maker.row(columns, at, text, names, deciding));
            self.account.lines += 1;
            self.newest_ms = self.newest_ms.max(Some(row.ts_ms));
            match row.not_counted {
                Some(reason) => self.account.not_counted[reason as usize] += 1,
                None => self.account.events += 1,
            }
        }
    }
}
