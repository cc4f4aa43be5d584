//! Rows → groups: every message is judged and folded once, in parallel.
//!
//! The fold is a kernel over sorted rows and not a plan of polars: a sort by key and time, a shift and a group took
//! polars 0.55 s on 3.7 million rows and two cores, sorting the same pairs as integers 0.13 s. The tests hold it to a
//! naive model.

pub mod several;

use std::collections::BTreeMap;

use hashbrown::HashMap;
use jiff::tz::TimeZone;
use rayon::prelude::*;

use super::dimension::Dimension;
use super::engagement::{Engagement, Rules};
use super::group_key::{Key, KeyMaker, KeyReader};
use super::groups::{Groups, NO_CAMPAIGN};
use super::message_seen::MessageSeen;
use super::sent::{Sending, Told, is_fetched_by_apple};
use super::sums::{Sums, finish, has_rates};
use super::timeline::shared_sources::{SharedSources, SourceCounts};
use super::timeline::{self, Background};
use super::variants::EqualAges;
use crate::events::attributes::Attribute;
use crate::events::names::{NameId, NameList, Names};
use crate::events::row::Row;
use crate::events::table::{self, Messages, Table};
use crate::events::texts::AllTexts;
use crate::model::actor::{Actor, Via};
use crate::model::kind::Kind;
use crate::sends::column::Column;
use crate::sends::table::Send;

/// What is asked of the rows.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// How messages are folded, and what is counted.
    pub rules: Rules<'a>,
    /// What the report is by.
    pub by: &'a [Dimension],
    /// Only hits with these values.
    pub only: &'a [(Dimension, String)],
    /// Only these campaigns; none stands for all, and [`NO_CAMPAIGN`] for hits without one.
    pub campaigns: &'a [String],
    /// What was sent, where that is known.
    pub sending: Option<Sending<'a>>,
    /// Days and hours are those of this zone.
    pub zone: &'a TimeZone,
    /// Whether the messages themselves are wanted, too.
    pub messages: Wanted,
    /// Where variants are compared: up to which age.
    pub equal_ages: Option<&'a EqualAges>,
}

/// Whether a report is about single messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Groups are enough.
    Groups,
    /// Every message with a send is kept, which takes memory for each.
    Messages,
}

impl Question<'_> {
    /// The dimensions of the keys: what the report is by, then what it is filtered by. Where the sends know no variants,
    /// those of the URLs are meant.
    fn dimensions(&self) -> Vec<Dimension> {
        let is_sent = self.sending.is_some_and(|sending| sending.sends.has_column(Column::Variant));
        let all = self.by.iter().copied().chain(self.only.iter().map(|(dimension, _)| *dimension));
        all.map(|dimension| match dimension {
            Dimension::Variant if !is_sent => Dimension::Attribute(Attribute::Variant),
            other => other,
        })
        .collect()
    }

    /// The values that each row must have, in the order in which they are asked for.
    pub fn attributes(&self) -> Vec<Attribute> {
        let of = |dimension| if let Dimension::Attribute(attribute) = dimension { Some(attribute) } else { None };
        self.dimensions().into_iter().filter_map(of).collect()
    }
}

/// Folds all rows of a run.
pub fn fold(table: Table, names: &NameList, question: Question<'_>) -> Groups {
    let (parts, texts) = table.into_parts();
    let dimensions = question.dimensions();
    let labels = Names::default();
    let sums = {
        let run = Run { question, dimensions: &dimensions, names, labels: &labels, texts: &texts, shared: None };
        run.sums(parts)
    };
    let labels = labels.into_list();
    finish(sums, question, &KeyReader { dimensions: &dimensions, names, labels: &labels })
}

/// What all parts of a run share.
#[derive(Clone, Copy)]
struct Run<'a> {
    question: Question<'a>,
    dimensions: &'a [Dimension],
    names: &'a NameList,
    labels: &'a Names,
    texts: &'a AllTexts,
    shared: Option<&'a SharedSources>,
}

impl<'a> Run<'a> {
    fn sums(&self, parts: Vec<table::Part>) -> Sums {
        let merge = |mut one: Sums, other| {
            one.merge(other);
            one
        };
        let sending = self.question.sending;
        let mut sums = if sending.is_some_and(|sending| sending.sends.has_column(Column::SentAt)) {
            let mut parts: Vec<Messages> = parts.into_par_iter().with_max_len(1).map(table::Part::sort).collect();
            let shared = sending.map(|sending| self.shared_sources(sending, &mut parts));
            let run = Run { shared: shared.as_ref(), ..*self };
            parts.into_par_iter().with_max_len(1).map(|messages| run.part(messages)).reduce(Sums::default, merge)
        } else {
            parts.into_par_iter().with_max_len(1).map(|part| self.part(part.sort())).reduce(Sums::default, merge)
        };
        if let Some(sending) = sending.filter(|_| has_rates(self.question, self.dimensions)) {
            self.add_sends(&mut sums, sending);
        }
        sums
    }

    fn keys(&self) -> KeyMaker<'a> {
        KeyMaker::new(self.dimensions, self.names, self.question.zone, self.labels)
    }

    /// The networks that ask for many messages right after sending: known only after all messages have been seen.
    fn shared_sources(&self, sending: Sending<'a>, parts: &mut [Messages]) -> SharedSources {
        let of_part = |messages: &mut Messages| {
            let mut counts = SourceCounts::default();
            messages.for_each(self.texts, |rows| {
                let sent_at_ms = self.tell(sending, rows).send.and_then(Send::sent_at_ms);
                if let Some(sent_at_ms) = sent_at_ms {
                    counts.add_message(rows, sent_at_ms);
                }
            });
            counts
        };
        let counts = parts.par_iter_mut().with_max_len(1).map(of_part);
        counts.reduce(SourceCounts::default, SourceCounts::merge).shared()
    }

    fn tell(&self, sending: Sending<'a>, rows: &mut [Row]) -> Told<'a> {
        let campaign = self.names.bytes(rows[0].campaign).unwrap_or_default();
        sending.tell(campaign, self.texts.get(rows[0].message), rows)
    }

    fn is_wanted(&self, campaign: NameId) -> bool {
        let wanted = self.question.campaigns;
        wanted.is_empty() || {
            let name = self.names.text(campaign);
            wanted.iter().any(|one| one == name.as_deref().unwrap_or(NO_CAMPAIGN))
        }
    }

    fn part(&self, mut messages: Messages) -> Sums {
        let mut part = Part { run: self, keys: self.keys(), wanted: HashMap::new(), sums: Sums::default() };
        messages.for_each(self.texts, |rows| part.add_message(rows));
        part.sums
    }

    /// Counts the sends, those without hits too.
    fn add_sends(&self, sums: &mut Sums, sending: Sending<'_>) {
        let mut keys = self.keys();
        let mut wanted: HashMap<NameId, bool> = HashMap::new();
        for send in sending.sends.iter().filter(|send| sending.is_in_base(*send)) {
            let is_wanted = *wanted.entry(send.campaign_id()).or_insert_with(|| {
                let names = self.question.campaigns;
                names.is_empty() || names.iter().any(|one| one == send.campaign().unwrap_or(NO_CAMPAIGN))
            });
            if is_wanted {
                let tally = sums.groups.entry(keys.of_send(send)).or_default();
                tally.sent.add_send(send.sent_at_ms());
                if self.question.equal_ages.is_some() {
                    tally.compared.add_send(send.sent_at_ms());
                }
            }
        }
    }
}

/// One part of a run, on one thread.
struct Part<'r, 'a> {
    run: &'r Run<'a>,
    keys: KeyMaker<'a>,
    wanted: HashMap<NameId, bool>,
    sums: Sums,
}

impl Part<'_, '_> {
    /// Adds the rows of one message, repeats included.
    fn add_message(&mut self, rows: &mut [Row]) {
        let told = match self.run.question.sending {
            Some(sending) => self.run.tell(sending, rows),
            None => Told { send: None, is_other_campaign: false },
        };
        if told.is_other_campaign {
            self.sums.findings.other_campaign += rows.len() as u64;
        }
        let campaign = rows[0].campaign;
        let is_wanted = *self.wanted.entry(campaign).or_insert_with(|| self.run.is_wanted(campaign));
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
        let Question { rules, sending, messages, .. } = self.run.question;
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
            if let (Some(sending), Some(send)) = (sending, told.send)
                && !told.is_other_campaign
                && sending.is_in_base(send)
            {
                self.add_outcome(rows, send, &engagement);
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

    /// Adds what became of a send to the group of the send.
    fn add_outcome(&mut self, rows: &[Row], send: Send<'_>, engagement: &Engagement) {
        let Question { rules, equal_ages, .. } = self.run.question;
        let tally = self.sums.groups.entry(self.keys.of_send(send)).or_default();
        tally.sent.add_outcome(engagement, is_fetched_by_apple(rows, rules.window.until_ms));
        if let Some(ages) = equal_ages {
            let mut window = rules.window;
            window.until_ms = window.until_ms.min(ages.until_ms(send).unwrap_or(i64::MAX));
            let engagement = Engagement::fold(rows, Rules { window, ..rules });
            tally.compared.add_outcome(&engagement, is_fetched_by_apple(rows, window.until_ms));
        }
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
