//! What the parts of a fold come to, and the groups that they make together.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::dimension::Dimension;
use super::findings::Findings;
use super::funnel::Funnel;
use super::group_key::{Key, KeyReader, Label};
use super::groups::{Coverage, Group, Groups, NO_CAMPAIGN};
use super::message_seen::MessageSeen;
use super::question::Question;
use super::tally::Tally;
use crate::events::names::NameList;
use crate::sends::table::SendId;

/// The sums of a part of a run.
#[derive(Default)]
pub(super) struct Sums {
    pub(super) groups: HashMap<Key, Tally, foldhash::fast::RandomState>,
    pub(super) funnel: Funnel,
    pub(super) findings: Findings,
    pub(super) coverage: Coverage,
    pub(super) messages: Vec<MessageSeen>,
    pub(super) unsubscribed: Vec<SendId>,
}

impl Sums {
    /// Adds the sums of another part of the same run.
    pub(super) fn merge(&mut self, other: Self) {
        self.funnel.merge(&other.funnel);
        self.findings.merge(&other.findings);
        self.coverage.add(other.coverage);
        self.messages.extend(other.messages);
        self.unsubscribed.extend(other.unsubscribed);
        for (key, tally) in other.groups {
            self.groups.entry(key).or_default().add(&tally);
        }
    }
}

/// Turns keys into values, drops what the filters leave out, and sorts.
pub(super) fn finish(sums: Sums, question: Question<'_>, reader: &KeyReader<'_>) -> Groups {
    let Question { by, only, sending, .. } = question;
    let mut all: BTreeMap<Vec<Label>, Tally> = BTreeMap::new();
    for (key, tally) in sums.groups.iter().filter(|(_, tally)| !tally.is_empty()) {
        let mut values = reader.labels(key);
        let is_kept = only.iter().zip(&values[by.len()..]).all(|((_, wanted), label)| match label {
            Label::Text(text) => text == wanted,
            Label::Missing => wanted == NO_CAMPAIGN,
            Label::Instant(_) => false,
        });
        if is_kept {
            values.truncate(by.len());
            // Two names that are written alike are one line, and neither is lost.
            all.entry(values).or_default().add(tally);
        }
    }
    let mut groups = Groups {
        by: by.to_vec(),
        groups: all.into_iter().map(|(labels, tally)| Group { labels, tally }).collect(),
        others: None,
        base: sending.filter(|_| question.has_rates(reader.dimensions)).map(|sending| sending.base),
        funnel: sums.funnel,
        findings: sums.findings,
        coverage: sums.coverage,
        messages: sums.messages,
        unsubscribed: sums.unsubscribed,
        campaigns: if question.campaigns.is_empty() { Vec::new() } else { campaign_names(question, reader.names) },
    };
    if by == [Dimension::Campaign] {
        groups.fold_tail();
    }
    groups
}

/// Every name that a campaign may have, for those who misspelt one.
fn campaign_names(question: Question<'_>, names: &NameList) -> Vec<String> {
    let sent = question.sending.iter().flat_map(|sending| sending.sends.campaigns());
    let mut all: Vec<String> = sent.filter_map(|(name, _)| name.map(str::to_owned)).collect();
    all.extend(names.texts());
    all.sort();
    all.dedup();
    all
}
