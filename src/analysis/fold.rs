//! Rows → groups: every message is judged and folded once, in parallel.
//!
//! The fold is a kernel over sorted rows and not a plan of polars: a sort by key and time, a shift and a group took
//! polars 0.55 s on 3.7 million rows and two cores, sorting the same pairs as integers 0.13 s. The tests hold it to a
//! naive model.

mod part;
pub mod several;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::dimension::Dimension;
use super::group_key::{KeyMaker, KeyReader};
use super::groups::{Groups, NO_CAMPAIGN};
use super::question::Question;
use super::sent::{Sending, Told};
use super::sent_outcomes::SentOutcomes;
use super::sums::{Sums, finish};
use super::timeline::shared_sources::{SharedSources, SourceCounts};
use crate::events::names::{NameId, NameList, Names};
use crate::events::row::Row;
use crate::events::table::{self, Messages, Table};
use crate::events::texts::AllTexts;
use crate::sends::table::{Found, Send};
use part::Part;

/// Makes groups of rows that come table by table, each with whole messages; names are the same in all of them.
pub trait Fold {
    /// Whether [`Fold::count_sources`] must see the tables first, where they do not have whole campaigns.
    fn needs_sources(&self) -> bool;
    /// Counts the networks that ask for many messages of a campaign.
    fn count_sources(&mut self, table: Table, names: &NameList);
    /// Folds the rows of a table.
    fn add(&mut self, table: Table, names: &NameList);
    /// Gives the groups of all tables. `names` has the names of all.
    fn finish(&mut self, names: &NameList) -> Groups;
}

/// The answer to one question, as far as it has been folded.
pub struct Folding<'q> {
    question: Question<'q>,
    dimensions: Vec<Dimension>,
    labels: Names,
    sums: Sums,
    counts: Option<SourceCounts>,
    /// Where there are rates.
    outcomes: Option<SentOutcomes>,
}

/// Folds all rows of a run.
pub fn fold(table: Table, names: &NameList, question: Question<'_>) -> Groups {
    let mut folding = Folding::new(question);
    folding.add(table, names);
    folding.finish(names)
}

impl<'q> Folding<'q> {
    /// Nothing yet.
    pub fn new(question: Question<'q>) -> Self {
        let dimensions = question.dimensions();
        let sending = question.sending.filter(|_| question.has_rates(&dimensions));
        let outcomes = sending.map(|sending| SentOutcomes::new(sending.sends.n_rows()));
        Self { question, dimensions, labels: Names::default(), sums: Sums::default(), counts: None, outcomes }
    }

    fn run<'a>(&'a self, names: &'a NameList, texts: &'a AllTexts) -> Run<'a> {
        let Self { question, dimensions, labels, outcomes, .. } = self;
        let outcomes = outcomes.as_ref();
        Run { question: *question, dimensions, names, labels, texts, shared: None, outcomes }
    }

    /// The networks that ask for many messages right after sending: known only after all messages of a campaign have been
    /// seen.
    fn shared_sources(&self, parts: &mut [Sorted], names: &NameList, texts: &AllTexts) -> Option<SharedSources> {
        let sending = self.question.timed_sending()?;
        Some(match &self.counts {
            Some(counts) => counts.shared(),
            None => self.run(names, texts).count_sources(sending, parts).shared(),
        })
    }
}

impl Fold for Folding<'_> {
    fn needs_sources(&self) -> bool {
        self.question.timed_sending().is_some()
    }

    fn count_sources(&mut self, table: Table, names: &NameList) {
        let Some(sending) = self.question.timed_sending() else { return };
        let (parts, texts) = table.into_parts();
        let mut parts = sorted(parts);
        let counts = self.run(names, &texts).count_sources(sending, &mut parts);
        self.counts = Some(self.counts.take().unwrap_or_default().merge(counts));
    }

    fn add(&mut self, table: Table, names: &NameList) {
        let (parts, texts) = table.into_parts();
        let run = self.run(names, &texts);
        let sums = if self.question.timed_sending().is_some() {
            let mut parts = sorted(parts);
            let shared = self.shared_sources(&mut parts, names, &texts);
            let run = Run { shared: shared.as_ref(), ..run };
            merged(parts.into_par_iter().with_max_len(1).map(|part| run.part(part)))
        } else {
            merged(parts.into_par_iter().with_max_len(1).map(|part| run.part(Sorted::new(part))))
        };
        self.sums.merge(sums);
    }

    fn finish(&mut self, names: &NameList) -> Groups {
        let mut sums = std::mem::take(&mut self.sums);
        let no_texts = AllTexts::default();
        if let (Some(sending), Some(outcomes)) = (self.question.sending, &self.outcomes) {
            self.run(names, &no_texts).add_sends(&mut sums, sending, outcomes);
        }
        let labels = std::mem::take(&mut self.labels).into_list();
        finish(sums, self.question, &KeyReader { dimensions: &self.dimensions, names, labels: &labels })
    }
}

/// Some messages in time order, and their sends, in the order of the messages, once they have been looked up: that takes
/// longer than anything else.
#[derive(Clone)]
struct Sorted {
    messages: Messages,
    sends: Option<Vec<Found>>,
}

impl Sorted {
    fn new(part: table::Part) -> Self {
        Self { messages: part.sort(), sends: None }
    }
}

fn sorted(parts: Vec<table::Part>) -> Vec<Sorted> {
    parts.into_par_iter().with_max_len(1).map(Sorted::new).collect()
}

fn merged(parts: impl ParallelIterator<Item = Sums>) -> Sums {
    parts.reduce(Sums::default, |mut one, other| {
        one.merge(other);
        one
    })
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
    outcomes: Option<&'a SentOutcomes>,
}

impl<'a> Run<'a> {
    fn keys(&self) -> KeyMaker<'a> {
        KeyMaker::new(self.dimensions, self.names, self.question.zone, self.labels)
    }

    fn count_sources(&self, sending: Sending<'a>, parts: &mut [Sorted]) -> SourceCounts {
        let of_part = |part: &mut Sorted| {
            let mut counts = SourceCounts::default();
            let mut sends = Vec::new();
            part.messages.for_each(self.texts, |rows| {
                let found = self.find(sending, rows);
                sends.push(found);
                let sent_at_ms = sending.tell_found(found, rows).send.and_then(Send::sent_at_ms);
                if let Some(sent_at_ms) = sent_at_ms {
                    counts.add_message(rows, sent_at_ms);
                }
            });
            part.sends = Some(sends);
            counts
        };
        let counts = parts.par_iter_mut().with_max_len(1).map(of_part);
        counts.reduce(SourceCounts::default, SourceCounts::merge)
    }

    fn find(&self, sending: Sending<'a>, rows: &[Row]) -> Found {
        let campaign = self.names.bytes(rows[0].campaign).unwrap_or_default();
        sending.sends.find(Some(campaign), self.texts.get(rows[0].message))
    }

    /// Whether the question, which is about some campaigns, is about this one.
    fn is_named(&self, campaign: NameId) -> bool {
        let name = self.names.text(campaign);
        self.question.campaigns.iter().any(|one| one == name.as_deref().unwrap_or(NO_CAMPAIGN))
    }

    fn part(&self, sorted: Sorted) -> Sums {
        let Sorted { mut messages, sends } = sorted;
        let mut sends = sends.into_iter().flatten();
        let mut part = Part::new(self);
        messages.for_each(self.texts, |rows| {
            let told = self.question.sending.map(|sending| {
                let found = sends.next().unwrap_or_else(|| self.find(sending, rows));
                sending.tell_found(found, rows)
            });
            part.add_message(rows, told.unwrap_or(Told { send: None, is_other_campaign: false }));
        });
        part.sums
    }

    /// Counts the sends, those without hits too, and what became of them.
    fn add_sends(&self, sums: &mut Sums, sending: Sending<'_>, outcomes: &SentOutcomes) {
        let mut keys = self.keys();
        let mut wanted: HashMap<NameId, bool> = HashMap::new();
        for send in sending.sends.iter().filter(|send| sending.is_in_base(*send)) {
            let is_wanted = *wanted.entry(send.campaign_id()).or_insert_with(|| {
                let names = self.question.campaigns;
                names.is_empty() || names.iter().any(|one| one == send.campaign().unwrap_or(NO_CAMPAIGN))
            });
            if is_wanted {
                let tally = sums.groups.entry(keys.of_send(send)).or_default();
                let [outcome, compared] = outcomes.get(send.id());
                tally.sent.add_send(send.sent_at_ms(), outcome);
                if self.question.equal_ages.is_some() {
                    tally.compared.add_send(send.sent_at_ms(), compared);
                }
            }
        }
    }
}
