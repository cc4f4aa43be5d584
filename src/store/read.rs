//! Events out of the store, as rows that are sorted and folded.

use std::sync::Mutex;

use polars::prelude::{BooleanChunked, DataFrame, Int64Chunked, StringChunked};
use rayon::prelude::*;

use super::lock::{self, Patience, Sharing};
use super::settings::Settings;
use super::{Layout, StoreError, events_file};
use crate::events::columns::event as column;
use crate::events::frame::OWN_NETWORK;
use crate::events::names::{LocalNames, NameId, NameList, Names};
use crate::events::row::Row;
use crate::events::table::{KeyHash, Rows, Table};
use crate::model::account::Account;
use crate::model::actor::Actor;
use crate::model::kind::Kind;
use crate::model::reason::{NotCounted, Reason};
use crate::tracking::own::Own;
use crate::tracking::unsubscribe::UnsubscribeLinks;

/// The columns that the campaign table is made of.
const COLUMNS: [&str; 12] = [
    column::EVENT_HI,
    column::EVENT_LO,
    column::CAMPAIGN,
    column::MESSAGE,
    column::TS_MS,
    column::KIND,
    column::LINK,
    column::COUNTED,
    column::ACTOR,
    column::REASON,
    column::NETWORK_REASON,
    column::USER_AGENT,
];

/// What was read.
#[derive(Debug)]
pub struct Stored {
    /// The events that count.
    pub table: Table,
    /// The names of campaigns and links.
    pub names: NameList,
    /// Where every event went; `lines` is the number of stored events.
    pub account: Account,
    /// The latest event, in milliseconds since 1970 UTC.
    pub newest_ms: Option<i64>,
}

/// Reads all events, while no writer publishes. What is `own` is decided now and never stored.
pub fn read(layout: &Layout, own: &Own, unsubscribe: &UnsubscribeLinks) -> Result<Stored, StoreError> {
    if Settings::read(layout)?.is_none() {
        return Err(StoreError::Missing(layout.root().display().to_string()));
    }
    let _lock = lock::take(&layout.readers_lock(), Sharing::Shared, Patience::Wait)?;
    let files = layout.event_files()?;
    let names = Names::default();
    let hash = KeyHash::default();
    let threads = u8::try_from(rayon::current_num_threads()).unwrap_or(u8::MAX);
    let readers: Vec<Mutex<Reader>> = (0..threads).map(|owner| Mutex::new(Reader::new(owner, hash.clone()))).collect();
    files.par_iter().with_max_len(1).try_for_each(|file| {
        let path = layout.events().join(file);
        let frame = events_file::read(&path, Some(&COLUMNS))?;
        let thread = rayon::current_thread_index().unwrap_or(0) % readers.len();
        let mut reader = readers[thread].lock().expect("no thread panicked with the lock");
        let failed = |error| StoreError::Events { path: path.display().to_string(), error };
        reader.frame(&frame, &names, own, unsubscribe).map_err(failed)
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
    hash: KeyHash,
    names: LocalNames,
}

/// A column that an older schema may not have.
fn text<'f>(frame: &'f DataFrame, name: &str) -> Option<&'f StringChunked> {
    frame.column(name).ok()?.str().ok()
}

fn int<'f>(frame: &'f DataFrame, name: &str) -> polars::prelude::PolarsResult<&'f Int64Chunked> {
    frame.column(name)?.i64()
}

impl Reader {
    fn new(owner: u8, hash: KeyHash) -> Self {
        Self {
            rows: Rows::new(owner),
            account: Account::default(),
            newest_ms: None,
            hash,
            names: LocalNames::default(),
        }
    }

    fn frame(
        &mut self,
        frame: &DataFrame,
        names: &Names,
        own: &Own,
        unsubscribe: &UnsubscribeLinks,
    ) -> polars::prelude::PolarsResult<()> {
        let (ids, times) = (int(frame, column::EVENT_LO)?, int(frame, column::TS_MS)?);
        let campaigns = frame.column(column::CAMPAIGN)?.str()?;
        let messages = frame.column(column::MESSAGE)?.str()?;
        let counted: &BooleanChunked = frame.column(column::COUNTED)?.bool()?;
        let optional = |name| text(frame, name);
        let (kinds, links) = (optional(column::KIND), optional(column::LINK));
        let (actors, reasons) = (optional(column::ACTOR), optional(column::REASON));
        let (networks, agents) = (optional(column::NETWORK_REASON), optional(column::USER_AGENT));
        for row in 0..frame.height() {
            self.account.lines += 1;
            let ts_ms = times.get(row).unwrap_or_default();
            self.newest_ms = self.newest_ms.max(Some(ts_ms));
            let message = messages.get(row).unwrap_or_default();
            if counted.get(row) == Some(false) {
                self.account.not_counted[NotCounted::Status as usize] += 1;
                continue;
            }
            if value(networks, row) == OWN_NETWORK
                || own.has_agent(value(agents, row).as_bytes())
                || own.has_message(message.as_bytes())
            {
                self.account.not_counted[NotCounted::Own as usize] += 1;
                continue;
            }
            self.account.events += 1;
            let campaign = self.names.id(campaigns.get(row).unwrap_or_default().as_bytes(), names);
            let link_name = value(links, row).as_bytes();
            let link = self.names.id(link_name, names);
            let (kind, actor) = (kind(value(kinds, row)), actor(value(actors, row)));
            let reason = reason(value(reasons, row));
            let key = self.hash.key(campaign, message.as_bytes());
            let request = ids.get(row).unwrap_or_default().cast_unsigned().max(1);
            self.rows.push_message(message.as_bytes(), |text| Row {
                key,
                ts_ms,
                request,
                message: text,
                campaign,
                link,
                kind,
                actor,
                reason,
                is_unsubscribe: link != NameId::NONE && unsubscribe.has(link_name),
            });
        }
        Ok(())
    }
}

fn value(texts: Option<&StringChunked>, row: usize) -> &str {
    texts.and_then(|texts| texts.get(row)).unwrap_or_default()
}

fn kind(code: &str) -> Kind {
    if code == Kind::Click.code() { Kind::Click } else { Kind::Open }
}

fn actor(code: &str) -> Actor {
    [Actor::Human, Actor::Machine].into_iter().find(|actor| actor.code() == code).unwrap_or(Actor::Unknown)
}

fn reason(code: &str) -> Reason {
    Reason::ALL.into_iter().find(|reason| reason.code() == code).unwrap_or(Reason::Browser)
}
