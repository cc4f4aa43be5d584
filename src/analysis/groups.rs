//! The groups of a report: a row each, by whatever the report is by.

use polars::prelude::{Column, DataFrame, DataType, NamedFrom, PolarsResult, Series, TimeUnit, TimeZone};

use super::dimension::Dimension;
use super::findings::Findings;
use super::funnel::Funnel;
use super::group_key::Label;
use super::message_seen::MessageSeen;
use super::sent::Base;
use super::tally::{COUNTERS, RATES, Tally};
use crate::events::columns::campaign as column;
use crate::sends::table::SendId;

/// What stands on screen for the campaign of hits whose URL names none, and for any other value that is missing.
pub const NO_CAMPAIGN: &str = "(none)";

/// One group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its values, in the order of the report's dimensions.
    pub labels: Vec<Label>,
    /// Its numbers.
    pub tally: Tally,
}

/// The groups of a run.
#[derive(Debug, Default)]
pub struct Groups {
    /// What the report is by.
    pub by: Vec<Dimension>,
    /// The groups, in the order of their values.
    pub groups: Vec<Group>,
    /// Campaigns past [`MAX_CAMPAIGNS`], folded into one: how many, and their numbers.
    pub others: Option<(usize, Tally)>,
    /// What is in the denominators; `None` where there are no rates.
    pub base: Option<Base>,
    /// Where the hits of the chosen campaigns went that fall into the window.
    pub funnel: Funnel,
    /// What the fold found of all hits.
    pub findings: Findings,
    /// How many human hits the report is about, and how many of them have values.
    pub coverage: Coverage,
    /// Every message with a send that has hits, in no order; only where they are wanted.
    pub messages: Vec<MessageSeen>,
    /// The sends whose recipients followed an unsubscribe link, whatever the report is about; where messages are wanted.
    pub unsubscribed: Vec<SendId>,
    /// Where only some campaigns were asked for: the names of all that there are.
    pub campaigns: Vec<String>,
}

/// How much of the human hits a report speaks of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Human hits.
    pub hits: u64,
    /// Those that no proxy hides.
    pub direct: u64,
    /// Those of these that have at least one of the values.
    pub known: u64,
}

impl Coverage {
    /// Adds the hits of another part of the same run.
    pub fn add(&mut self, other: Self) {
        self.hits += other.hits;
        self.direct += other.direct;
        self.known += other.known;
    }
}

/// Campaigns that have a line of their own, at most: anybody can request `/o/x/y.gif`.
pub const MAX_CAMPAIGNS: usize = 1000;

impl Groups {
    /// Whether every message is in one group only; else messages do not add up.
    pub fn adds_up(&self) -> bool {
        self.by.iter().all(|dimension| dimension.is_of_sends())
    }

    /// The sum of all groups.
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        let others = self.others.iter().map(|(_, tally)| tally);
        self.groups.iter().map(|group| &group.tally).chain(others).for_each(|tally| total.add(tally));
        total
    }

    /// The numbers of a campaign, where the report is by campaign.
    pub fn campaign(&self, name: &str) -> Option<&Tally> {
        let is_it = |group: &&Group| match &group.labels[0] {
            Label::Text(text) => text == name,
            _ => name == NO_CAMPAIGN,
        };
        self.groups.iter().find(is_it).map(|group| &group.tally)
    }

    /// Keeps the campaigns with the most messages and folds the others, which have no sends, into one.
    pub(super) fn fold_tail(&mut self) {
        if self.groups.len() <= MAX_CAMPAIGNS {
            return;
        }
        let size = |group: &Group| (group.tally.sent.tracked, *group.tally.counters());
        let mut by_size = std::mem::take(&mut self.groups);
        by_size.sort_by(|a, b| size(b).cmp(&size(a)).then_with(|| a.labels.cmp(&b.labels)));
        let n_sent = by_size.iter().filter(|group| group.tally.sent.tracked > 0).count();
        let tail = by_size.split_off(MAX_CAMPAIGNS.max(n_sent));
        let mut sum = Tally::default();
        tail.iter().for_each(|group| sum.add(&group.tally));
        self.others = (!tail.is_empty()).then_some((tail.len(), sum));
        by_size.sort_by(|a, b| a.labels.cmp(&b.labels));
        self.groups = by_size;
    }

    /// The table: one row a group, and the folded ones last. Times are UTC.
    pub fn frame(&self) -> PolarsResult<DataFrame> {
        let name = |n: usize| vec![Label::Text(format!("({n} more campaigns)"))];
        let others = self.others.as_ref().map(|(n, tally)| Group { labels: name(*n), tally: tally.clone() });
        let rows: Vec<&Group> = self.groups.iter().chain(&others).collect();
        let mut columns: Vec<Column> = Vec::new();
        for (at, dimension) in self.by.iter().enumerate() {
            columns.push(label_column(dimension.name(), *dimension, rows.iter().map(|group| &group.labels[at]))?);
        }
        let tallies: Vec<&Tally> = rows.iter().map(|group| &group.tally).collect();
        columns.extend(tally_columns(&tallies)?);
        if self.base.is_some() {
            columns.extend(rate_columns(&tallies));
        }
        DataFrame::new(rows.len(), columns)
    }
}

fn utc() -> DataType {
    DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC))
}

fn label_column<'l>(name: &str, dimension: Dimension, labels: impl Iterator<Item = &'l Label>) -> PolarsResult<Column> {
    if dimension == Dimension::Hour {
        let instant = |label: &Label| if let Label::Instant(ms) = label { Some(*ms) } else { None };
        return Ok(Series::new(name.into(), labels.map(instant).collect::<Vec<_>>()).cast(&utc())?.into());
    }
    let text = |label: &'l Label| if let Label::Text(text) = label { Some(text.as_str()) } else { None };
    Ok(Series::new(name.into(), labels.map(text).collect::<Vec<_>>()).into())
}

fn count(n: u64) -> i64 {
    i64::try_from(n).expect("no log has 2^63 lines")
}

fn tally_columns(tallies: &[&Tally]) -> PolarsResult<Vec<Column>> {
    let mut columns = Vec::new();
    for (at, name) in COUNTERS.iter().enumerate() {
        let values: Vec<i64> = tallies.iter().map(|tally| count(tally.counters()[at])).collect();
        columns.push(Series::new((*name).into(), values).into());
    }
    let span = |pick: fn((i64, i64)) -> i64| -> Vec<Option<i64>> {
        tallies.iter().map(|tally| tally.human_span_ms().map(pick)).collect()
    };
    for (name, values) in [(column::FIRST_SEEN, span(|s| s.0)), (column::LAST_SEEN, span(|s| s.1))] {
        columns.push(Series::new(name.into(), values).cast(&utc())?.into());
    }
    Ok(columns)
}

/// The columns of a report with sends, each base before the rates that it belongs to.
fn rate_columns(tallies: &[&Tally]) -> Vec<Column> {
    let rates: Vec<_> = tallies.iter().map(|tally| tally.sent.rates()).collect();
    let rate = |at: usize| {
        Column::from(Series::new(RATES[at].into(), rates.iter().map(|rates| rates[at]).collect::<Vec<_>>()))
    };
    let counts = |name: &str, value: fn(&Tally) -> u64| {
        Column::from(Series::new(name.into(), tallies.iter().map(|tally| count(value(tally))).collect::<Vec<_>>()))
    };
    let mut columns = vec![counts(column::TRACKED, |tally| tally.sent.tracked), rate(0), rate(1)];
    columns.push(counts(column::BASE_WITHOUT_APPLE, |tally| tally.sent.base_without_apple()));
    columns.extend((2..RATES.len()).map(rate));
    columns
}
