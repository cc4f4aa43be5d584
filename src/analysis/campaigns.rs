//! The campaign table: every message's engagement, added up.
//!
//! The fold is a kernel over sorted rows and not a plan of polars: a sort by key and time, a shift and a group took
//! polars 0.55 s on 3.7 million rows and two cores, sorting the same pairs as integers 0.13 s. The tests hold it to a
//! naive model.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, DataType, NamedFrom, PolarsResult, Series, TimeUnit, TimeZone};
use rayon::prelude::*;

use super::engagement::{Engagement, Rules, Seen};
use super::funnel::Funnel;
use super::timeline::{self, Background};
use crate::events::columns::campaign as column;
use crate::events::names::{NameId, NameList};
use crate::events::row::Row;
use crate::events::table::Table;
use crate::model::account::Account;
use crate::model::kind::Kind;
use crate::model::reason::NotCounted;

/// Campaigns that have a line of their own, at most: anybody can request `/o/x/y.gif`.
pub const MAX_CAMPAIGNS: usize = 1000;

/// The numbers of one campaign, as domain words; see [`mod@column`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Campaign {
    /// The counters, in the order of [`COUNTERS`].
    counters: [u64; COUNTERS.len()],
    /// The first and the last human hit, in milliseconds since 1970 UTC.
    human_span_ms: Option<(i64, i64)>,
}

/// The columns that are counters, in their order.
pub const COUNTERS: [&str; 17] = [
    column::MESSAGES_SEEN,
    column::PIXEL_HITS,
    column::MACHINE_PIXEL_HITS,
    column::OPENS_HUMAN,
    column::OPENS_UNKNOWN,
    column::UNIQUE_OPENS_HUMAN,
    column::UNIQUE_OPENS_UNKNOWN,
    column::CLICKS,
    column::UNIQUE_CLICKS,
    column::UNIQUE_LINK_CLICKS,
    column::UNKNOWN_CLICKS,
    column::MACHINE_CLICKS,
    column::UNSUBSCRIBES,
    column::CLICKED_ONLY,
    column::UNKNOWN_CLICK_ONLY,
    column::MACHINE_ONLY,
    column::CONFIRMED,
];

impl Campaign {
    fn add_message(&mut self, message: &Engagement) {
        let seen = |group| u64::from(message.seen == Some(group));
        let counters = [
            u64::from(message.seen.is_some()),
            message.pixel_hits,
            message.machine_pixel_hits,
            message.opens_human,
            message.opens_unknown,
            seen(Seen::OpenedByHuman),
            seen(Seen::OpenedByUnknown),
            message.clicks,
            u64::from(message.clicks > 0),
            message.links,
            message.unknown_clicks,
            message.machine_clicks,
            u64::from(message.unsubscribed),
            seen(Seen::ClickedOnly),
            seen(Seen::UnknownClickOnly),
            seen(Seen::MachineOnly),
            u64::from(message.is_confirmed()),
        ];
        self.add(&Self { counters, human_span_ms: message.human_span_ms });
    }

    fn add(&mut self, other: &Self) {
        for (sum, n) in self.counters.iter_mut().zip(other.counters) {
            *sum += n;
        }
        self.human_span_ms = match (self.human_span_ms, other.human_span_ms) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, other) => one.or(other),
        };
    }

    /// A counter, by its column's name.
    pub fn counter(&self, name: &str) -> Option<u64> {
        COUNTERS.iter().position(|known| *known == name).map(|at| self.counters[at])
    }

    /// The first and the last human hit, in milliseconds since 1970 UTC.
    pub fn human_span_ms(&self) -> Option<(i64, i64)> {
        self.human_span_ms
    }

    fn is_empty(&self) -> bool {
        self.counters.iter().all(|n| *n == 0) && self.human_span_ms.is_none()
    }
}

/// The campaigns of a run.
#[derive(Debug, Default)]
pub struct Campaigns {
    /// By name; `None` is the campaign of hits whose URL names none.
    pub named: BTreeMap<Option<String>, Campaign>,
    /// Campaigns past [`MAX_CAMPAIGNS`], folded into one: how many, and their numbers.
    pub others: Option<(usize, Campaign)>,
    /// Where the hits of these campaigns went that fall into the window.
    pub funnel: Funnel,
    /// What the fold found of all hits.
    pub findings: Findings,
    /// Where only some campaigns were asked for: the names of all that there are.
    pub names: Vec<String>,
}

/// What the account of the reading does not know yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Hits that are there already; those that counted, and the others by why they do not.
    duplicates: u64,
    duplicates_not_counted: [u64; NotCounted::ALL.len()],
    /// Hits that turned out not to count.
    not_counted: [u64; NotCounted::ALL.len()],
}

impl Findings {
    fn add(&mut self, other: &Self) {
        self.duplicates += other.duplicates;
        let pairs = [
            (&mut self.duplicates_not_counted, &other.duplicates_not_counted),
            (&mut self.not_counted, &other.not_counted),
        ];
        for (sums, counts) in pairs {
            sums.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
        }
    }

    /// Moves these hits to their places in the account.
    pub fn correct(&self, account: &mut Account) {
        account.events -= self.duplicates;
        account.duplicates += self.duplicates;
        for (at, n) in account.not_counted.iter_mut().enumerate() {
            *n = *n - self.duplicates_not_counted[at] + self.not_counted[at];
            account.duplicates += self.duplicates_not_counted[at];
            account.events -= self.not_counted[at];
        }
    }
}

/// Folds all rows of a run, in parallel. Rows with the same message, instant and request id are one.
/// With `wanted`, only those campaigns are kept, and else all; `(none)` names the campaign of hits without one.
pub fn fold(table: Table, names: &NameList, rules: Rules<'_>, wanted: &[String]) -> Campaigns {
    let (parts, texts) = table.into_parts();
    let is_wanted = |id: NameId| {
        wanted.is_empty() || wanted.iter().any(|name| *name == names.text(id).as_deref().unwrap_or(NO_CAMPAIGN))
    };
    let merge = |mut one: Sums, other: Sums| {
        one.funnel.merge(&other.funnel);
        one.findings.add(&other.findings);
        for (id, campaign) in other.campaigns {
            one.campaigns.entry(id).or_default().add(&campaign);
        }
        one
    };
    let sums = parts
        .into_par_iter()
        .with_max_len(1)
        .map(|part| {
            let mut sums = Sums::default();
            let mut last = (NameId::NONE, is_wanted(NameId::NONE));
            part.sort().for_each(&texts, |rows| {
                // Most messages of a run have few campaigns: the answer is kept.
                if rows[0].campaign != last.0 {
                    last = (rows[0].campaign, is_wanted(rows[0].campaign));
                }
                sums.add_message(rows, rules, last.1);
            });
            sums
        })
        .reduce(Sums::default, merge);
    let mut all = Campaigns { funnel: sums.funnel, findings: sums.findings, ..Campaigns::default() };
    for (id, campaign) in sums.campaigns.into_iter().filter(|(_, campaign)| !campaign.is_empty()) {
        // Two names that are written alike are one line, and neither is lost.
        all.named.entry(names.text(id)).or_default().add(&campaign);
    }
    all.retain(wanted);
    fold_tail(all)
}

#[derive(Default)]
struct Sums {
    campaigns: BTreeMap<NameId, Campaign>,
    funnel: Funnel,
    findings: Findings,
}

impl Sums {
    /// Adds the rows of one message.
    fn add_message(&mut self, rows: &mut [Row], rules: Rules<'_>, is_wanted: bool) {
        match rules.same.without_repeats(rows) {
            Some(mut once) => {
                self.note_duplicates(rows, &once, rules, is_wanted);
                self.add_once(&mut once, rules, is_wanted);
            }
            None => self.add_once(rows, rules, is_wanted),
        }
    }

    fn add_once(&mut self, rows: &mut [Row], rules: Rules<'_>, is_wanted: bool) {
        timeline::judge(rows, rules.sweeps, Background::default());
        for row in rows.iter() {
            if let Some(reason) = row.not_counted.filter(|reason| reason.is_found_later()) {
                self.findings.not_counted[reason as usize] += 1;
            }
            if is_wanted && rules.window.contains(row.ts_ms) {
                self.funnel.add(row);
            }
        }
        let engagement = Engagement::fold(rows, rules);
        self.campaigns.entry(rows[0].campaign).or_default().add_message(&engagement);
    }

    /// Counts the rows that were left out of `once`.
    fn note_duplicates(&mut self, rows: &[Row], once: &[Row], rules: Rules<'_>, is_wanted: bool) {
        let mut left_out: BTreeMap<(Kind, Option<NotCounted>, bool), u64> = BTreeMap::new();
        let sort = |row: &Row| (row.kind, row.not_counted, rules.window.contains(row.ts_ms));
        rows.iter().for_each(|row| *left_out.entry(sort(row)).or_default() += 1);
        once.iter().for_each(|row| *left_out.entry(sort(row)).or_default() -= 1);
        for ((kind, not_counted, is_inside), n) in left_out {
            match not_counted {
                Some(reason) => self.findings.duplicates_not_counted[reason as usize] += n,
                None => self.findings.duplicates += n,
            }
            if is_wanted && is_inside {
                self.funnel.add_duplicates(kind, n);
            }
        }
    }
}

/// Keeps the campaigns with the most messages and folds the others into one.
fn fold_tail(mut campaigns: Campaigns) -> Campaigns {
    if campaigns.named.len() <= MAX_CAMPAIGNS {
        return campaigns;
    }
    let mut by_size: Vec<_> = std::mem::take(&mut campaigns.named).into_iter().collect();
    by_size.sort_by(|(a_name, a), (b_name, b)| b.counters.cmp(&a.counters).then_with(|| a_name.cmp(b_name)));
    let tail = by_size.split_off(MAX_CAMPAIGNS);
    let mut sum = Campaign::default();
    tail.iter().for_each(|(_, campaign)| sum.add(campaign));
    campaigns.others = Some((tail.len(), sum));
    campaigns.named = by_size.into_iter().collect();
    campaigns
}

impl Campaigns {
    /// Leaves only these campaigns; an empty list leaves all.
    fn retain(&mut self, wanted: &[String]) {
        if wanted.is_empty() {
            return;
        }
        self.names = self.named.keys().flatten().cloned().collect();
        self.named.retain(|name, _| wanted.iter().any(|w| w == name.as_deref().unwrap_or(NO_CAMPAIGN)));
    }

    /// The sum of all campaigns.
    pub fn total(&self) -> Campaign {
        let mut total = Campaign::default();
        let others = self.others.iter().map(|(_, campaign)| campaign);
        self.named.values().chain(others).for_each(|campaign| total.add(campaign));
        total
    }

    /// The campaign table: one row a campaign, by name, and the folded ones last. Times are UTC.
    pub fn frame(&self) -> PolarsResult<DataFrame> {
        let others = self.others.as_ref().map(|(n, campaign)| (Some(format!("({n} more campaigns)")), campaign));
        let rows: Vec<(Option<String>, &Campaign)> =
            self.named.iter().map(|(name, campaign)| (name.clone(), campaign)).chain(others).collect();
        frame_of(&rows)
    }
}

/// What stands on screen for the campaign of hits whose URL names none.
pub const NO_CAMPAIGN: &str = "(none)";

/// A frame with the campaign table's columns.
pub fn frame_of(rows: &[(Option<String>, &Campaign)]) -> PolarsResult<DataFrame> {
    let names: Vec<Option<&str>> = rows.iter().map(|(name, _)| name.as_deref()).collect();
    let mut columns = vec![Column::from(Series::new(column::CAMPAIGN.into(), names))];
    for (at, name) in COUNTERS.iter().enumerate() {
        let values: Vec<i64> = rows
            .iter()
            .map(|(_, campaign)| i64::try_from(campaign.counters[at]).expect("no log has 2^63 lines"))
            .collect();
        columns.push(Series::new((*name).into(), values).into());
    }
    let utc = DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC));
    let span = |pick: fn((i64, i64)) -> i64| -> Vec<Option<i64>> {
        rows.iter().map(|(_, campaign)| campaign.human_span_ms.map(pick)).collect()
    };
    for (name, values) in [(column::FIRST_SEEN, span(|s| s.0)), (column::LAST_SEEN, span(|s| s.1))] {
        columns.push(Series::new(name.into(), values).cast(&utc)?.into());
    }
    DataFrame::new(rows.len(), columns)
}
