//! Who is not known to have opened: tracked messages that are not confirmed, and what traces they left.

use polars::prelude::{DataFrame, PolarsResult};

use super::outcomes::Outcomes;
use super::series::{instants, texts};
use crate::analysis::message_seen::MessageSeen;
use crate::events::columns::recipient as column;
use crate::sends::table::Send;

/// What a message that is not confirmed left in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trace {
    /// Nothing that counts.
    Nothing,
    /// Hits that may be anybody's: Apple's privacy protection, mostly.
    CannotTell,
    /// Machines' hits only.
    MachinesOnly,
}

impl Trace {
    /// Every trace, in their order.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::CannotTell, Self::MachinesOnly];

    fn of(seen: Option<&MessageSeen>) -> Self {
        match seen.map(|seen| &seen.engagement) {
            Some(engagement) if engagement.unknown_hits > 0 => Self::CannotTell,
            Some(engagement) if engagement.machine_hits > 0 => Self::MachinesOnly,
            _ => Self::Nothing,
        }
    }

    /// The stable code, as exported.
    pub fn code(self) -> &'static str {
        match self {
            Self::Nothing => "no-trace",
            Self::CannotTell => "cannot-tell",
            Self::MachinesOnly => "machines-only",
        }
    }

    /// The words on screen.
    pub fn words(self) -> &'static str {
        match self {
            Self::Nothing => "no trace",
            Self::CannotTell => "can't tell",
            Self::MachinesOnly => "machines only",
        }
    }
}

/// One message that is not confirmed.
#[derive(Clone, Copy, Debug)]
pub struct NotOpened<'a> {
    /// Its send.
    pub send: Send<'a>,
    /// What it left.
    pub trace: Trace,
}

/// The report.
#[derive(Debug)]
pub struct NotOpeneds<'a> {
    /// The messages, by their traces, then by recipient.
    pub rows: Vec<NotOpened<'a>>,
    /// All tracked messages, those that are confirmed too.
    pub tracked: u64,
    /// Messages that are left out because their recipients unsubscribed.
    pub unsubscribed: u64,
    /// The word for what is tracked.
    pub base_word: &'static str,
}

impl<'a> NotOpeneds<'a> {
    /// Takes what became of the sends.
    pub fn new(outcomes: &'a Outcomes<'a>) -> Self {
        let mut all = Self { rows: Vec::new(), tracked: 0, unsubscribed: 0, base_word: outcomes.base_word() };
        for (send, seen) in outcomes.tracked() {
            all.tracked += 1;
            if seen.is_some_and(|seen| seen.engagement.is_confirmed()) {
                continue;
            }
            if outcomes.has_unsubscribed(send) {
                all.unsubscribed += 1;
            } else {
                all.rows.push(NotOpened { send, trace: Trace::of(seen) });
            }
        }
        all.rows.sort_by_key(|row| (row.trace, row.send.recipient(), row.send.campaign(), row.send.message()));
        all
    }

    /// How many left such a trace.
    pub fn count(&self, trace: Trace) -> u64 {
        self.rows.iter().filter(|row| row.trace == trace).count() as u64
    }

    /// The table. Times are UTC.
    pub fn frame(&self) -> PolarsResult<DataFrame> {
        let rows = &self.rows;
        let columns = vec![
            texts(column::RECIPIENT, rows, |row| row.send.recipient()),
            texts(column::MESSAGE, rows, |row| Some(row.send.message())),
            texts(column::CAMPAIGN, rows, |row| row.send.campaign()),
            texts(column::SENDER, rows, |row| row.send.sender()),
            texts(column::VARIANT, rows, |row| row.send.variant()),
            instants(column::SENT_AT, rows, |row| row.send.sent_at_ms())?,
            texts(column::TRACE, rows, |row| Some(row.trace.code())),
        ];
        DataFrame::new(rows.len(), columns)
    }
}
