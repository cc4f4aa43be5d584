//! One part of a run, on one thread: message by message.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::Run;
use crate::analysis::dimension::Dimension;
use crate::analysis::engagement::{Engagement, Rules};
use crate::analysis::group_key::{Key, KeyMaker};
use crate::analysis::message_seen::MessageSeen;
use crate::analysis::question::{Question, Wanted};
use crate::analysis::sent::{Told, is_fetched_by_apple};
use crate::analysis::sent_outcomes::{SentOutcome, SentOutcomes};
use crate::analysis::sums::Sums;
use crate::analysis::timeline::{self, Background};
use crate::events::names::NameId;
use crate::events::row::Row;
use crate::model::actor::{Actor, Via};
use crate::model::kind::Kind;
use crate::sends::table::Send;

/// One part of a run, on one thread.
pub(super) struct Part<'r, 'a> {
    run: &'r Run<'a>,
    keys: KeyMaker<'a>,
    wanted: HashMap<NameId, bool>,
    pub(super) sums: Sums,
}

impl<'r, 'a> Part<'r, 'a> {
    pub(super) fn new(run: &'r Run<'a>) -> Self {
        Self { run, keys: run.keys(), wanted: HashMap::new(), sums: Sums::default() }
    }

    /// Adds the rows of one message, repeats included.
    pub(super) fn add_message(&mut self, rows: &mut [Row], told: Told<'_>) {
        if told.is_other_campaign {
            self.sums.findings.other_campaign += rows.len() as u64;
        }
        let campaign = rows[0].campaign;
        let is_wanted = self.run.question.campaigns.is_empty()
            || *self.wanted.entry(campaign).or_insert_with(|| self.run.is_named(campaign));
        match self.run.question.rules.same.without_repeats(rows) {
            Some(mut once) => {
                self.note_duplicates(rows, &once, is_wanted);
                self.add_once(&mut once, told, is_wanted);
            }
            None => self.add_once(rows, told, is_wanted),
        }
    }

    fn add_once(&mut self, rows: &mut [Row], told: Told<'_>, is_wanted: bool) {
        let Question { rules, sending, .. } = self.run.question;
        let background =
            Background { sent_at_ms: told.send.and_then(Send::sent_at_ms), shared_sources: self.run.shared };
        timeline::judge(rows, rules.sweeps, background);
        for row in rows.iter() {
            self.sums.findings.add_judged(row);
        }
        self.note_unsubscribe(rows, told);
        if !is_wanted || sending.is_some_and(|sending| !sending.is_chosen(told.send)) {
            return;
        }
        for row in rows.iter().filter(|row| rules.window.contains(row.ts_ms)) {
            self.sums.funnel.add(row);
        }
        self.add_to_groups(rows, told);
    }

    /// Notes that a recipient unsubscribed. That holds for all campaigns and from then on, whatever the report is about.
    fn note_unsubscribe(&mut self, rows: &[Row], told: Told<'_>) {
        let Question { rules, messages, .. } = self.run.question;
        let is_unsubscribe = |row: &Row| {
            row.is_unsubscribe()
                && row.not_counted.is_none()
                && row.actor == Actor::Human
                && row.ts_ms < rules.window.until_ms
        };
        if let (Wanted::Messages, Some(send)) = (messages, told.send)
            && rows.iter().any(is_unsubscribe)
        {
            self.sums.unsubscribed.push(send.id());
        }
    }

    fn add_to_groups(&mut self, rows: &[Row], told: Told<'_>) {
        let Question { rules, messages, .. } = self.run.question;
        if let (Wanted::Messages, Some(send)) = (messages, told.send) {
            let engagement = Engagement::fold(rows, rules);
            let campaign = self.run.names.text(rows[0].campaign);
            let seen = MessageSeen::new(send, campaign.as_deref(), rows, rules.window, engagement);
            self.sums.messages.push(seen);
        }
        let key = self.keys.of_message(rows[0].campaign, told.send);
        if self.run.dimensions.iter().all(|dimension| dimension.is_of_sends()) {
            let engagement = Engagement::fold(rows, rules);
            self.sums.groups.entry(key).or_default().add_message(&engagement);
            // What became of a send counts where the send does, or rates could be above 1.
            if let (Some(outcomes), Some(send)) = (self.run.outcomes, told.send)
                && !told.is_other_campaign
            {
                self.note_outcome(rows, send, &engagement, outcomes);
            }
            return;
        }
        let keys = self.row_keys(key, rows);
        let mut distinct: Vec<Key> = keys.iter().flatten().copied().collect();
        distinct.sort_unstable();
        distinct.dedup();
        for key in distinct {
            let engagement = Engagement::fold_where(rows, rules, |at| keys[at] == Some(key));
            self.sums.groups.entry(key).or_default().add_message(&engagement);
        }
    }

    /// Notes what became of a send.
    fn note_outcome(&self, rows: &[Row], send: Send<'_>, engagement: &Engagement, outcomes: &SentOutcomes) {
        let Question { rules, equal_ages, .. } = self.run.question;
        let outcome = SentOutcome::new(engagement, is_fetched_by_apple(rows, rules.window.until_ms));
        let compared = equal_ages.map_or(SentOutcome::default(), |ages| {
            let mut window = rules.window;
            window.until_ms = window.until_ms.min(ages.until_ms(send).unwrap_or(i64::MAX));
            let engagement = Engagement::fold(rows, Rules { window, ..rules });
            SentOutcome::new(&engagement, is_fetched_by_apple(rows, window.until_ms))
        });
        outcomes.add(send.id(), outcome, compared);
    }

    /// The key of each row; none for those that the report does not speak of.
    fn row_keys(&mut self, key: Key, rows: &[Row]) -> Vec<Option<Key>> {
        let window = self.run.question.rules.window;
        let is_about_direct = self.run.dimensions.iter().any(|dimension| dimension.is_hidden_by_proxies());
        let is_about_links = self.run.dimensions.contains(&Dimension::Link);
        let of_row = |row: &Row| {
            if row.not_counted.is_some() || (is_about_links && row.kind == Kind::Open) {
                return None;
            }
            let is_spoken_of = !is_about_direct || row.via == Via::Direct;
            if is_about_direct && row.actor == Actor::Human && window.contains(row.ts_ms) {
                let coverage = &mut self.sums.coverage;
                coverage.hits += 1;
                coverage.direct += u64::from(is_spoken_of);
                let is_known = is_spoken_of && self.run.names.bytes(row.group).is_some_and(has_value);
                coverage.known += u64::from(is_known);
            }
            is_spoken_of.then(|| self.keys.of_row(key, row))
        };
        rows.iter().map(of_row).collect()
    }

    /// Notes the rows that were left out of `once`.
    fn note_duplicates(&mut self, rows: &[Row], once: &[Row], is_wanted: bool) {
        let window = self.run.question.rules.window;
        let sort = |row: &Row| (row.kind, row.not_counted, window.contains(row.ts_ms));
        let mut left_out: BTreeMap<_, u64> = BTreeMap::new();
        rows.iter().for_each(|row| *left_out.entry(sort(row)).or_default() += 1);
        once.iter().for_each(|row| *left_out.entry(sort(row)).or_default() -= 1);
        for ((kind, not_counted, is_inside), n) in left_out {
            self.sums.findings.add_duplicates(not_counted, n);
            if is_wanted && is_inside {
                self.sums.funnel.add_duplicates(kind, n);
            }
        }
    }
}

/// Whether at least one value of a name is there.
fn has_value(name: &[u8]) -> bool {
    std::str::from_utf8(name).is_ok_and(|name| crate::events::attributes::split(name).any(|value| value.is_some()))
}
