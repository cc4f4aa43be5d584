//! Where all hits went: not counted, machines by reason, can't tell, people. The lines add up to all hits.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, NamedFrom, PolarsResult, Series};

use super::timeline::reason_code;
use crate::events::columns::reasons as column;
use crate::events::row::Row;
use crate::model::actor::Actor;
use crate::model::kind::Kind;
use crate::model::reason::{NotCounted, Reason};
use crate::model::suspicion::Suspicions;

/// The kinds of hit, each with counts of its own.
pub const KINDS: [Kind; 2] = [Kind::Open, Kind::Click];

/// The code of hits that are there already.
pub const DUPLICATE: &str = "duplicate";

/// What that means.
pub const DUPLICATE_WORDS: &str = "the same request again";

/// Hits by kind, and by what was said of them.
#[derive(Clone, Debug, Default)]
pub struct Funnel {
    judged: [[[u64; Reason::ALL.len()]; Actor::ALL.len()]; 2],
    /// The parts of [`Reason::Suspicions`].
    suspicions: BTreeMap<Suspicions, [u64; 2]>,
    not_counted: [[u64; NotCounted::ALL.len()]; 2],
    duplicates: [u64; 2],
}

/// What was said of some hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// They are there already.
    Duplicate,
    /// They do not count.
    NotCounted(NotCounted),
    /// They count; the suspicions are those that decided.
    Judged(Actor, Reason, Suspicions),
}

/// Hits of which the same was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What was said.
    pub said: Said,
    /// Pixel requests.
    pub opens: u64,
    /// Link requests.
    pub clicks: u64,
}

impl Line {
    /// All hits.
    pub fn hits(&self) -> u64 {
        self.opens + self.clicks
    }

    /// The reason's stable code.
    pub fn code(&self) -> String {
        match self.said {
            Said::Duplicate => DUPLICATE.to_owned(),
            Said::NotCounted(reason) => reason.code().to_owned(),
            Said::Judged(_, reason, suspicions) => reason_code(reason, suspicions),
        }
    }

    /// The reason in words.
    pub fn words(&self) -> &'static str {
        match self.said {
            Said::Duplicate => DUPLICATE_WORDS,
            Said::NotCounted(reason) => reason.words(),
            Said::Judged(_, reason, _) => reason.words(),
        }
    }
}

impl Funnel {
    /// Adds a hit as it was judged.
    pub fn add(&mut self, row: &Row) {
        let kind = row.kind as usize;
        match row.not_counted {
            Some(reason) => self.not_counted[kind][reason as usize] += 1,
            None => {
                self.judged[kind][row.actor as usize][row.reason as usize] += 1;
                if row.reason == Reason::Suspicions {
                    self.suspicions.entry(row.suspicions).or_default()[kind] += 1;
                }
            }
        }
    }

    /// Adds hits that are there already.
    pub fn add_duplicates(&mut self, kind: Kind, n: u64) {
        self.duplicates[kind as usize] += n;
    }

    /// Adds the hits of another part of the same run.
    pub fn merge(&mut self, other: &Self) {
        let judged = self.judged.as_flattened_mut().as_flattened_mut().iter_mut();
        judged.zip(other.judged.as_flattened().as_flattened()).for_each(|(sum, n)| *sum += n);
        let not_counted = self.not_counted.as_flattened_mut().iter_mut();
        not_counted.zip(other.not_counted.as_flattened()).for_each(|(sum, n)| *sum += n);
        self.duplicates.iter_mut().zip(other.duplicates).for_each(|(sum, n)| *sum += n);
        for (suspicions, counts) in &other.suspicions {
            let sums = self.suspicions.entry(*suspicions).or_default();
            sums.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
        }
    }

    /// What was said of which hits: duplicates, not counted, then machines, unknown and human, the most frequent first.
    pub fn lines(&self) -> Vec<Line> {
        let line = |said, [opens, clicks]: [u64; 2]| Line { said, opens, clicks };
        let mut lines = vec![line(Said::Duplicate, self.duplicates)];
        for reason in NotCounted::ALL {
            let at = reason as usize;
            lines.push(line(Said::NotCounted(reason), [self.not_counted[0][at], self.not_counted[1][at]]));
        }
        for actor in [Actor::Machine, Actor::Unknown, Actor::Human] {
            let mut of_actor = self.judged_lines(actor);
            of_actor.sort_by_key(|line| std::cmp::Reverse(line.hits()));
            lines.extend(of_actor);
        }
        lines.retain(|line| line.hits() > 0);
        lines
    }

    fn judged_lines(&self, actor: Actor) -> Vec<Line> {
        let line = |reason: Reason| {
            let count = |kind: usize| self.judged[kind][actor as usize][reason as usize];
            Line { said: Said::Judged(actor, reason, Suspicions::default()), opens: count(0), clicks: count(1) }
        };
        let mut lines: Vec<Line> =
            Reason::ALL.into_iter().filter(|reason| *reason != Reason::Suspicions).map(line).collect();
        if actor == Actor::Unknown {
            lines.extend(self.suspicions.iter().map(|(suspicions, [opens, clicks])| Line {
                said: Said::Judged(actor, Reason::Suspicions, *suspicions),
                opens: *opens,
                clicks: *clicks,
            }));
        }
        lines
    }

    /// The lines as a table, one row for each kind of hit.
    pub fn frame(&self) -> PolarsResult<DataFrame> {
        let mut rows = Vec::new();
        for line in self.lines() {
            let actor = match line.said {
                Said::Judged(actor, ..) => Some(actor.code()),
                _ => None,
            };
            for (kind, hits) in KINDS.into_iter().zip([line.opens, line.clicks]).filter(|(_, hits)| *hits > 0) {
                rows.push((kind.code(), actor, line.code(), hits.cast_signed()));
            }
        }
        rows.sort_by(|a, b| a.0.cmp(b.0).reverse());
        let texts = |name: &str, values: Vec<Option<&str>>| Column::from(Series::new(name.into(), values));
        DataFrame::new(
            rows.len(),
            vec![
                texts(column::KIND, rows.iter().map(|row| Some(row.0)).collect()),
                Series::new(column::COUNTED.into(), rows.iter().map(|row| row.1.is_some()).collect::<Vec<_>>()).into(),
                texts(column::ACTOR, rows.iter().map(|row| row.1).collect()),
                texts(column::REASON, rows.iter().map(|row| Some(row.2.as_str())).collect()),
                Series::new(column::HITS.into(), rows.iter().map(|row| row.3).collect::<Vec<_>>()).into(),
            ],
        )
    }
}
