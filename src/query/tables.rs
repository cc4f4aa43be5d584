//! The tables that are folded from events, and the sends.

use std::any::Any;
use std::sync::{Arc, Mutex};

use polars::prelude::{
    AnonymousScan, AnonymousScanArgs, Column, DataFrame, IntoColumn, IntoLazy, LazyFrame, PolarsResult,
    ScanArgsAnonymous, StringChunked,
};

use super::Base;
use super::events::{Events, Wanted};
use super::pruning::Pruning;
use super::schema::{TableName, instant, schema};
use crate::analysis::dimension::Dimension;
use crate::analysis::fold;
use crate::analysis::message_table::Messages;
use crate::analysis::question::{self, Question};
use crate::events::columns::{campaign, send};
use crate::events::event_columns::{COLUMNS, EventColumns};
use crate::events::names::{NameList, Names};
use crate::events::rows::{CampaignOf, RowMaker};
use crate::events::table::{KeyHash, Rows, Table};
use crate::sends::frame::to_frame;

/// A table as polars plans with it. Nothing is read before the plan runs, but for sends.
pub(super) fn table(table: TableName, base: &Arc<Base>) -> PolarsResult<LazyFrame> {
    let scan: Arc<dyn AnonymousScan> = match table {
        TableName::Events => Arc::new(Events(Arc::clone(base))),
        TableName::Engagements | TableName::Campaigns => Arc::new(Folded(Arc::clone(base), table)),
        TableName::Sends => return Ok(sends(base)?.lazy()),
    };
    let schema = Arc::new(schema(table, base.has_sends()));
    LazyFrame::anonymous_scan(
        scan,
        ScanArgsAnonymous { schema: Some(schema), name: table.name(), ..Default::default() },
    )
}

fn sends(base: &Base) -> PolarsResult<DataFrame> {
    let Some(sent) = &base.sent else { return Ok(DataFrame::empty()) };
    let mut frame = to_frame(&sent.sends)?;
    if let Ok(times) = frame.column(send::SENT_AT_MS) {
        let times: Column = times.cast(&instant())?.with_name(send::SENT_AT.into());
        frame.with_column(times)?;
    }
    Ok(frame)
}

/// The scan of a table whose rows are folded from events.
struct Folded(Arc<Base>, TableName);

impl AnonymousScan for Folded {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn scan(&self, asked: AnonymousScanArgs) -> PolarsResult<DataFrame> {
        let wanted = Wanted::of(&asked);
        let frame = self.0.pool.install(|| self.fold(&wanted))?;
        wanted.cut(frame)
    }

    fn allows_predicate_pushdown(&self) -> bool {
        true
    }

    fn allows_projection_pushdown(&self) -> bool {
        true
    }
}

impl Folded {
    fn fold(&self, wanted: &Wanted) -> PolarsResult<DataFrame> {
        let settings = &self.0.settings;
        let sending = self.0.sending();
        match self.1 {
            TableName::Engagements => {
                let pruning = wanted.pruning();
                let pruning = match sending {
                    Some(sending) => pruning.with_sends(sending.sends, true),
                    None => pruning,
                };
                let (table, names) = rows(&self.0, &pruning)?;
                let columns: Vec<&str> = wanted.needed.iter().map(String::as_str).collect();
                let messages = Messages::fold(table, &names, settings.rules(), sending);
                messages.frame(&columns, sending.map(|sending| sending.sends))
            }
            _ => {
                // Campaigns past the thousandth are one row: all must be there.
                let (table, names) = rows(&self.0, &Pruning::default())?;
                let question = Question {
                    rules: settings.rules(),
                    by: &[Dimension::Campaign],
                    only: &[],
                    campaigns: &[],
                    sending,
                    zone: &jiff::tz::TimeZone::UTC,
                    messages: question::Wanted::Groups,
                    equal_ages: None,
                };
                let mut frame = fold::fold(table, &names, question).frame()?;
                let named = frame.column(campaign::CAMPAIGN)?.str()?.iter().map(|name| Some(name.unwrap_or_default()));
                let named: StringChunked = named.collect();
                frame.with_column(named.with_name(campaign::CAMPAIGN.into()).into_column())?;
                Ok(frame)
            }
        }
    }
}

/// The rows of the wanted messages.
fn rows(base: &Base, pruning: &Pruning) -> PolarsResult<(Table, NameList)> {
    let names = Names::default();
    let hash = KeyHash::default();
    let threads = u8::try_from(rayon::current_num_threads()).unwrap_or(u8::MAX);
    let thread = |owner| Mutex::new((Rows::new(owner), RowMaker::new(hash.clone())));
    let threads: Vec<Mutex<(Rows, RowMaker)>> = (0..threads).map(thread).collect();
    let sending = base.sending();
    let campaign_of = sending.map(|sending| move |message: &[u8]| sending.campaign_of(message));
    let deciding = base.settings.deciding(campaign_of.as_ref().map(|campaign_of| campaign_of as CampaignOf<'_>));
    base.source.for_each(pruning, &COLUMNS, |_, frame| {
        let columns = EventColumns::of(frame, &[])?;
        let thread = rayon::current_thread_index().unwrap_or(0) % threads.len();
        let mut thread = threads[thread].lock().expect("no thread panicked with the lock");
        let (rows, maker) = &mut *thread;
        let mut found = maker.look_up(&columns, &names, deciding);
        for at in 0..columns.height() {
            let message = columns.message(at).as_bytes();
            rows.push(message, found.row(at));
        }
        Ok(())
    })?;
    let rows = threads.into_iter().map(|thread| thread.into_inner().expect("no thread panicked with the lock").0);
    Ok((Table::new(rows.collect()), names.into_list()))
}
