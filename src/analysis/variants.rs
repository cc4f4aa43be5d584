//! Variants of one mailing held against each other, such as two subject lines: at equal age, without Apple's fetches.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use polars::prelude::{Column, DataFrame, NamedFrom, PolarsResult, Series};

use super::dimension::Dimension;
use super::group_key::Label;
use super::groups::{Group, Groups, NO_CAMPAIGN};
use super::sent::Sending;
use super::statistics::comparison::{Arm, Comparison, Verdict, compare};
use super::statistics::significance::Test;
use super::tally::SentTally;
use crate::events::columns::variants as column;
use crate::events::names::NameId;
use crate::sends::table::Send;

/// Variants that are compared, at most: the work grows with their square.
pub const MAX_ARMS: usize = 50;

/// What counts as a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Success {
    /// A human open or a human click.
    Open,
    /// A human click.
    Click,
}

/// How old the youngest variant of each campaign is. Hits of a message count up to this age, so that a variant that was
/// sent earlier has no advantage.
#[derive(Debug, Default)]
pub struct EqualAges(HashMap<NameId, i64>);

impl EqualAges {
    /// The ages at the report's end. A variant is as old as its last message.
    pub fn of(sending: Sending<'_>) -> Self {
        let mut last: HashMap<(NameId, NameId), i64> = HashMap::new();
        for send in sending.sends.iter().filter(|send| sending.is_in_base(*send)) {
            if let Some(sent_at_ms) = send.sent_at_ms() {
                let known = last.entry((send.campaign_id(), send.variant_id())).or_insert(sent_at_ms);
                *known = sent_at_ms.max(*known);
            }
        }
        let mut ages = HashMap::new();
        for ((campaign, _), sent_at_ms) in last {
            let age = sending.now_ms.saturating_sub(sent_at_ms);
            let known = ages.entry(campaign).or_insert(age);
            *known = age.min(*known);
        }
        Self(ages)
    }

    /// The first instant at which a message's hits are too late to be compared, in milliseconds since 1970 UTC; `None`
    /// where it is not known when it was sent.
    pub fn until_ms(&self, send: Send<'_>) -> Option<i64> {
        let age = self.0.get(&send.campaign_id())?;
        Some(send.sent_at_ms()?.saturating_add(*age).saturating_add(1))
    }
}

/// A comparison of the variants of one mailing.
#[derive(Debug)]
pub struct Compared {
    /// What the variants have in common: the other values that the report is by.
    pub within: Vec<Label>,
    /// The result.
    pub comparison: Comparison,
}

/// Compares the variants of a report that is by variant. Groups that differ in another value are compared apart, and
/// messages without a variant are no arm.
pub fn comparisons(groups: &Groups, success: Success) -> Vec<Compared> {
    let Some(at) = groups.by.iter().position(|dimension| *dimension == Dimension::Variant) else { return Vec::new() };
    let mut mailings: BTreeMap<Vec<Label>, Vec<&Group>> = BTreeMap::new();
    let is_arm = |group: &&Group| group.labels[at] != Label::Missing && group.tally.compared.tracked > 0;
    for group in groups.groups.iter().filter(is_arm) {
        let mut within = group.labels.clone();
        within.remove(at);
        mailings.entry(within).or_default().push(group);
    }
    let compared = mailings.into_iter().filter(|(_, arms)| arms.len() <= MAX_ARMS).filter_map(|(within, arms)| {
        let arms = arms.into_iter().filter_map(|group| arm(&group.labels[at], &group.tally.compared, success));
        Some(Compared { within, comparison: compare(arms.collect())? })
    });
    compared.collect()
}

fn arm(label: &Label, sent: &SentTally, success: Success) -> Option<Arm> {
    let name = if let Label::Text(name) = label { name } else { NO_CAMPAIGN };
    let outcome = match success {
        Success::Open => sent.open_without_apple(),
        Success::Click => sent.click_without_apple(),
    };
    Arm::new(name, outcome?, sent.tracked)
}

/// The stable code of a verdict.
pub fn verdict_code(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::TooFew(_) => "too-few",
        Verdict::NoDifference => "no-difference",
        Verdict::Winner { .. } => "winner",
        Verdict::SomeDiffer => "some-differ",
    }
}

/// All pairs of all comparisons, one row a pair.
pub fn frame(compared: &[Compared]) -> PolarsResult<DataFrame> {
    struct Row {
        within: Option<String>,
        arms: [String; 2],
        counts: [i64; 4],
        numbers: [f64; 6],
        test: &'static str,
        verdict: &'static str,
        winner: Option<String>,
    }
    let mut rows = Vec::new();
    for Compared { within, comparison } in compared {
        let within: Vec<&str> =
            within.iter().map(|label| if let Label::Text(text) = label { text } else { NO_CAMPAIGN }).collect();
        let winner = match comparison.verdict {
            Verdict::Winner { arm } => Some(comparison.arms[arm].arm.name().to_owned()),
            _ => None,
        };
        for pair in &comparison.pairs {
            let [one, other] = [pair.one, pair.other].map(|at| &comparison.arms[at]);
            let counts = [one, other].map(|arm| (arm.arm.outcome().successes(), arm.arm.outcome().trials()));
            rows.push(Row {
                within: Some(within.join(" ")).filter(|text| !text.is_empty()),
                arms: [one, other].map(|arm| arm.arm.name().to_owned()),
                counts: [counts[0].0, counts[0].1, counts[1].0, counts[1].1].map(u64::cast_signed),
                numbers: [
                    pair.difference.estimate,
                    pair.difference.interval.low,
                    pair.difference.interval.high,
                    pair.significance.p,
                    pair.adjusted_p,
                    one.chance_of_best,
                ],
                test: match pair.significance.test {
                    Test::PooledZ { .. } => "pooled-z",
                    Test::FisherExact => "fisher",
                },
                verdict: verdict_code(&comparison.verdict),
                winner: winner.clone(),
            });
        }
    }
    let texts = |name: &str, value: &dyn Fn(&Row) -> Option<String>| -> Column {
        Series::new(name.into(), rows.iter().map(value).collect::<Vec<_>>()).into()
    };
    let counts = |name: &str, at: usize| -> Column {
        Series::new(name.into(), rows.iter().map(|row| row.counts[at]).collect::<Vec<_>>()).into()
    };
    let numbers = |name: &str, at: usize| -> Column {
        Series::new(name.into(), rows.iter().map(|row| row.numbers[at]).collect::<Vec<_>>()).into()
    };
    let columns = vec![
        texts(column::WITHIN, &|row| row.within.clone()),
        texts(column::VARIANT, &|row| Some(row.arms[0].clone())),
        counts(column::SUCCESSES, 0),
        counts(column::TRIALS, 1),
        texts(column::OTHER, &|row| Some(row.arms[1].clone())),
        counts(column::OTHER_SUCCESSES, 2),
        counts(column::OTHER_TRIALS, 3),
        numbers(column::DIFFERENCE, 0),
        numbers(column::DIFFERENCE_LOW, 1),
        numbers(column::DIFFERENCE_HIGH, 2),
        texts(column::TEST, &|row| Some(row.test.to_owned())),
        numbers(column::P, 3),
        numbers(column::ADJUSTED_P, 4),
        numbers(column::CHANCE_OF_BEST, 5),
        texts(column::VERDICT, &|row| Some(row.verdict.to_owned())),
        texts(column::WINNER, &|row| row.winner.clone()),
    ];
    DataFrame::new(rows.len(), columns)
}
