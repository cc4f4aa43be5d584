//! How fast campaigns were opened, beside the same sender's earlier ones.

use hashbrown::HashMap;
use polars::prelude::{Column, DataFrame, PolarsResult};

use super::outcomes::{Outcomes, is_named};
use super::series::{counts, fractions, instants, integers, texts};
use crate::analysis::message_seen::MessageSeen;
use crate::analysis::statistics::percentile::percentile;
use crate::analysis::statistics::proportion::Proportion;
use crate::events::columns::pace as column;
use crate::events::names::NameId;
use crate::model::window::Window;
use crate::sends::table::Send;

/// 1 hour, 24 hours and 7 days, in milliseconds.
const SPANS_MS: [i64; 3] = [3_600_000, 24 * 3_600_000, 7 * 24 * 3_600_000];

/// Times from sending on, in order, in milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<i64>);

impl Times {
    /// How many there are.
    pub fn n(&self) -> u64 {
        self.0.len() as u64
    }

    /// The time, in whole seconds, within which so many per cent of them lie.
    pub fn seconds(&self, percent: u8) -> Option<i64> {
        percentile(&self.0, percent).map(|ms| ms / 1000)
    }
}

/// What is usual for a sender: the median of the rates of earlier campaigns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usual {
    /// The median; of an even number, the middle between the two in the middle.
    pub median: f64,
    /// Earlier campaigns that are old enough for this rate.
    pub n: u64,
}

/// One campaign of one sender.
#[derive(Clone, Debug, Default)]
pub struct Pace<'a> {
    /// The campaign.
    pub campaign: Option<&'a str>,
    /// Who sent it.
    pub sender: Option<&'a str>,
    /// When its first message was sent, in milliseconds since 1970 UTC.
    pub first_sent_ms: i64,
    /// When its last message was sent.
    pub last_sent_ms: i64,
    /// Tracked sends whose time is known.
    pub tracked: u64,
    /// Messages that a person opened or clicked within 1 hour, 24 hours and 7 days.
    pub opened: [u64; 3],
    /// Those of tracked; `None` until the last message is as old.
    pub rates: [Option<Proportion>; 3],
    /// What is usual for the sender; `None` where there is nothing to go by.
    pub usual: [Option<Usual>; 3],
    /// Campaigns of the same sender that were begun earlier.
    pub earlier: u64,
    /// From sending to the first human open.
    pub to_open: Times,
    /// From sending to the first human click.
    pub to_click: Times,
}

impl<'a> Pace<'a> {
    fn new(send: Send<'a>, sent_at_ms: i64) -> Self {
        let (campaign, sender) = (send.campaign(), send.sender());
        Self { campaign, sender, first_sent_ms: sent_at_ms, last_sent_ms: sent_at_ms, ..Self::default() }
    }

    fn add(&mut self, sent_at_ms: i64, seen: Option<&MessageSeen>) {
        self.tracked += 1;
        self.first_sent_ms = self.first_sent_ms.min(sent_at_ms);
        self.last_sent_ms = self.last_sent_ms.max(sent_at_ms);
        let Some(engagement) = seen.map(|seen| &seen.engagement) else { return };
        // A hit counts from shortly before its message was sent: clocks differ.
        let after = |instant: Option<i64>| instant.map(|ms| ms.saturating_sub(sent_at_ms).max(0));
        if let Some(ms) = after(engagement.first_engaged_ms()) {
            for (opened, span_ms) in self.opened.iter_mut().zip(SPANS_MS) {
                *opened += u64::from(ms <= span_ms);
            }
        }
        self.to_open.0.extend(after(engagement.first_open_ms));
        self.to_click.0.extend(after(engagement.first_click_ms));
    }

    /// Whether every message is at least so old.
    fn is_as_old_as(&self, span_ms: i64, at_ms: i64) -> bool {
        span_ms <= at_ms.saturating_sub(self.last_sent_ms)
    }

    fn finish(mut self, end_ms: i64) -> Self {
        self.to_open.0.sort_unstable();
        self.to_click.0.sort_unstable();
        for (at, span_ms) in SPANS_MS.into_iter().enumerate() {
            if self.is_as_old_as(span_ms, end_ms) {
                self.rates[at] = Proportion::new(self.opened[at], self.tracked);
            }
        }
        self
    }
}

/// The median of the rates of earlier campaigns.
fn usual<'p>(earlier: impl Iterator<Item = &'p Pace<'p>>, at: usize) -> Option<Usual> {
    let mut rates: Vec<f64> = earlier.filter_map(|pace| pace.rates[at]?.rate()).collect();
    rates.sort_by(f64::total_cmp);
    let (upper, lower) = (rates.get(rates.len() / 2)?, rates[(rates.len() - 1) / 2]);
    Some(Usual { median: f64::midpoint(lower, *upper), n: rates.len() as u64 })
}

/// The report.
#[derive(Debug)]
pub struct Paces<'a> {
    /// The campaigns, in the order in which they were begun.
    pub rows: Vec<Pace<'a>>,
    /// Where the data end, if they end so early that a campaign is too young there for a rate that it has the age for.
    pub data_end_ms: Option<i64>,
}

impl<'a> Paces<'a> {
    /// Takes what became of all sends, so that earlier campaigns are there, too. The report is about the campaigns
    /// that are named, or all where none is, and that were begun in the window. Campaigns are as old as they are at the
    /// report's end, or where the data end: what comes later is not known yet.
    pub fn new(outcomes: &'a Outcomes<'a>, window: Window, campaigns: &[String], data_end_ms: Option<i64>) -> Self {
        let now_ms = outcomes.now_ms();
        let end_ms = data_end_ms.map_or(now_ms, |end_ms| end_ms.min(now_ms));
        let mut all: HashMap<(NameId, NameId), Pace<'_>, foldhash::fast::RandomState> = HashMap::default();
        for (send, seen) in outcomes.tracked() {
            if let Some(sent_at_ms) = send.sent_at_ms() {
                let pace = all.entry((send.campaign_id(), send.sender_id()));
                pace.or_insert_with(|| Pace::new(send, sent_at_ms)).add(sent_at_ms, seen);
            }
        }
        let mut rows: Vec<Pace<'_>> = all.into_values().map(|pace| pace.finish(end_ms)).collect();
        rows.sort_by_key(|pace| (pace.first_sent_ms, pace.campaign, pace.sender));
        for at in 0..rows.len() {
            let (before, rest) = rows.split_at_mut(at);
            let pace = &mut rest[0];
            let (sender, first_sent_ms) = (pace.sender, pace.first_sent_ms);
            let is_earlier = |other: &&Pace<'_>| other.sender == sender && other.first_sent_ms < first_sent_ms;
            let earlier = || before.iter().filter(is_earlier);
            pace.earlier = earlier().count() as u64;
            pace.usual = [0, 1, 2].map(|span| usual(earlier(), span));
        }
        rows.retain(|pace| is_named(campaigns, pace.campaign) && window.contains(pace.first_sent_ms));
        let is_waiting = |pace: &Pace<'_>| {
            SPANS_MS.iter().any(|span_ms| pace.is_as_old_as(*span_ms, now_ms) && !pace.is_as_old_as(*span_ms, end_ms))
        };
        let data_end_ms = rows.iter().any(is_waiting).then_some(end_ms);
        Self { rows, data_end_ms }
    }

    /// The table. Times are UTC.
    pub fn frame(&self) -> PolarsResult<DataFrame> {
        let rows = &self.rows;
        let mut columns = vec![
            texts(column::CAMPAIGN, rows, |row| row.campaign),
            texts(column::SENDER, rows, |row| row.sender),
            instants(column::FIRST_SENT, rows, |row| Some(row.first_sent_ms))?,
            counts(column::TRACKED, rows, |row| row.tracked),
        ];
        for at in 0..SPANS_MS.len() {
            columns.push(counts(column::OPENED[at], rows, |row| row.opened[at]));
            columns.push(fractions(column::RATE[at], rows, |row| row.rates[at].and_then(Proportion::rate)));
            columns.push(fractions(column::USUAL[at], rows, |row| row.usual[at].map(|usual| usual.median)));
        }
        columns.push(counts(column::EARLIER, rows, |row| row.earlier));
        columns.extend(time_columns(column::TO_OPEN, rows.iter().map(|row| &row.to_open)));
        columns.extend(time_columns(column::TO_CLICK, rows.iter().map(|row| &row.to_click)));
        DataFrame::new(rows.len(), columns)
    }
}

/// How many times there are, and their quartiles.
fn time_columns<'t>(names: [&str; 4], times: impl Iterator<Item = &'t Times>) -> Vec<Column> {
    let times: Vec<&Times> = times.collect();
    let mut columns = vec![counts(names[0], &times, |times| times.n())];
    for (name, percent) in names[1..].iter().zip([25, 50, 75]) {
        columns.push(integers(name, &times, |times| times.seconds(percent)));
    }
    columns
}
