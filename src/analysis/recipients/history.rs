//! Each recipient across campaigns: what was sent, and when they last opened or clicked.

use hashbrown::{HashMap, HashSet};
use polars::prelude::{DataFrame, PolarsResult};

use super::outcomes::Outcomes;
use super::series::{counts, instants, texts};
use crate::analysis::message_seen::MessageSeen;
use crate::events::columns::recipient as column;
use crate::sends::table::Send;

/// One day, in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// One recipient.
#[derive(Clone, Debug, Default)]
pub struct History<'a> {
    /// Who it is, as the sends write it.
    pub recipient: &'a str,
    /// Tracked sends.
    pub messages: u64,
    /// Those that are confirmed.
    pub confirmed: u64,
    /// Those with a human click.
    pub clicked: u64,
    /// Those that are not confirmed and have hits that may be anybody's.
    pub cannot_tell: u64,
    /// When the last tracked message was sent, in milliseconds since 1970 UTC.
    pub last_sent_ms: Option<i64>,
    /// The last human open or click, of untracked sends too.
    pub last_engaged_ms: Option<i64>,
    /// The first human open or click.
    pub first_engaged_ms: Option<i64>,
    campaigns: HashSet<Option<&'a str>, foldhash::fast::RandomState>,
}

impl<'a> History<'a> {
    fn add_send(&mut self, send: Send<'a>, seen: Option<&MessageSeen>) {
        self.messages += 1;
        self.last_sent_ms = self.last_sent_ms.max(send.sent_at_ms());
        let Some(engagement) = seen.map(|seen| &seen.engagement) else { return };
        self.confirmed += u64::from(engagement.is_confirmed());
        self.clicked += u64::from(engagement.clicks > 0);
        self.cannot_tell += u64::from(engagement.unknown_hits > 0 && !engagement.is_confirmed());
    }

    fn add_engagement(&mut self, send: Send<'a>, seen: &'a MessageSeen) {
        let engagement = &seen.engagement;
        if engagement.is_confirmed() {
            self.last_engaged_ms = self.last_engaged_ms.max(engagement.last_engaged_ms);
            self.first_engaged_ms = self.first_engaged_ms.into_iter().chain(engagement.first_engaged_ms()).min();
            self.campaigns.insert(seen.url_campaign.as_deref().or(send.campaign()));
        }
    }

    /// Campaigns with a human open or click.
    pub fn engaged_campaigns(&self) -> u64 {
        self.campaigns.len() as u64
    }
}

/// The report.
#[derive(Debug)]
pub struct Histories<'a> {
    /// The recipients: those who never engaged first, then those for whom it is longest ago, then by name.
    pub rows: Vec<History<'a>>,
    /// All recipients, those that are left out too.
    pub recipients: u64,
    /// Only recipients are kept who did not open or click at this instant or later.
    pub idle_since_ms: Option<i64>,
}

impl<'a> Histories<'a> {
    /// Takes what became of the sends; with `idle_days`, those are left out who opened or clicked in so many days before
    /// the report's end.
    pub fn new(outcomes: &'a Outcomes<'a>, idle_days: Option<u32>) -> Self {
        let mut all: HashMap<&str, History<'_>, foldhash::quality::RandomState> = HashMap::default();
        for (send, seen) in outcomes.tracked() {
            if let Some(recipient) = send.recipient() {
                let new = || History { recipient, ..History::default() };
                all.entry(recipient).or_insert_with(new).add_send(send, seen);
            }
        }
        for (send, seen) in outcomes.seen() {
            if let Some(history) = send.recipient().and_then(|recipient| all.get_mut(recipient)) {
                history.add_engagement(send, seen);
            }
        }
        let recipients = all.len() as u64;
        let idle_since_ms = idle_days.map(|days| outcomes.now_ms().saturating_sub(i64::from(days) * DAY_MS));
        let is_idle = |history: &History<'_>| idle_since_ms.is_none_or(|since| history.last_engaged_ms < Some(since));
        let mut rows: Vec<_> = all.into_values().filter(is_idle).collect();
        rows.sort_by_key(|row| (row.last_engaged_ms, row.recipient));
        Self { rows, recipients, idle_since_ms }
    }

    /// The table. Times are UTC.
    pub fn frame(&self) -> PolarsResult<DataFrame> {
        let rows = &self.rows;
        let columns = vec![
            texts(column::RECIPIENT, rows, |row| Some(row.recipient)),
            counts(column::MESSAGES, rows, |row| row.messages),
            counts(column::CONFIRMED, rows, |row| row.confirmed),
            counts(column::CLICKED, rows, |row| row.clicked),
            counts(column::CANNOT_TELL, rows, |row| row.cannot_tell),
            instants(column::LAST_SENT, rows, |row| row.last_sent_ms)?,
            instants(column::LAST_ENGAGED, rows, |row| row.last_engaged_ms)?,
            instants(column::FIRST_ENGAGED, rows, |row| row.first_engaged_ms)?,
            counts(column::ENGAGED_CAMPAIGNS, rows, History::engaged_campaigns),
        ];
        DataFrame::new(rows.len(), columns)
    }
}
