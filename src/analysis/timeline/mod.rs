//! The rules over all hits of one message. They look forward and back: what comes later tells what came before.
//!
//! They run on rows in time order, after repeats are dropped and before hits become opens. A message without clicks and
//! without hits from probable scanner networks, which is nearly every message, costs one look at its rows.

mod office;
pub mod shared_sources;
mod suspicions;
mod sweep;
mod windows;

#[cfg(test)]
mod reference;

use crate::events::row::{Row, Signs};
use crate::model::actor::Actor;
use crate::model::kind::Kind;
use crate::model::reason::Reason;
use crate::model::suspicion::Suspicions;

use shared_sources::SharedSources;

/// A sweep of links: so many different links of one message in so short a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepRule {
    /// Different links.
    pub links: u32,
    /// From the first click to the last, in milliseconds.
    pub within_ms: i64,
}

/// The sweeps that are known when the configuration names none.
pub const SWEEP_RULES: [SweepRule; 3] = [
    SweepRule { links: 2, within_ms: 1_000 },
    SweepRule { links: 3, within_ms: 2_000 },
    SweepRule { links: 5, within_ms: 5_000 },
];

/// A probable scanner network scans in this time after sending; later it carries people. In milliseconds.
const PROBABLE_WITHIN_MS: i64 = 600_000;

/// What is known of a message besides its hits.
#[derive(Clone, Copy, Debug, Default)]
pub struct Background<'a> {
    /// When it was sent, in milliseconds since 1970 UTC.
    pub sent_at_ms: Option<i64>,
    /// The networks that ask for many messages right after sending.
    pub shared_sources: Option<&'a SharedSources>,
}

/// Judges the rows of one message, which are in time order and free of repeats: changes who was behind a hit and why,
/// and what does not count. Rows that do not count are left alone.
pub fn judge(rows: &mut [Row], sweeps: &[SweepRule], background: Background<'_>) {
    let (mut has_click, mut has_probable) = (false, false);
    for row in rows.iter().filter(|row| row.not_counted.is_none()) {
        has_click |= row.kind == Kind::Click;
        has_probable |= row.signs.has(Signs::PROBABLE_NETWORK);
    }
    if has_probable {
        probable_networks(rows, background.sent_at_ms);
    }
    if !has_click {
        return;
    }
    office::drop_lookups(rows);
    sweep::mark(rows, sweeps);
    if rows.iter().any(|row| row.kind == Kind::Click && row.actor == Actor::Human) {
        suspicions::find(rows, background);
        rows.iter_mut().for_each(doubt);
    }
}

/// Finds what looks odd about every hit of a message, for those who want to see it.
pub fn suspect(rows: &mut [Row], background: Background<'_>) {
    suspicions::find(rows, background);
}

/// Two suspicions on one human click: nobody can tell any more.
fn doubt(row: &mut Row) {
    let is_human_click = row.kind == Kind::Click && row.actor == Actor::Human && row.not_counted.is_none();
    if is_human_click && row.suspicions.count() >= 2 {
        row.actor = Actor::Unknown;
        row.reason = Reason::Suspicions;
    }
}

/// Rule 15: right after sending, a network that scanners share with readers is a scanner's.
fn probable_networks(rows: &mut [Row], sent_at_ms: Option<i64>) {
    let first = rows.iter().find(|row| row.not_counted.is_none()).map(|row| row.ts_ms);
    let Some(start) = sent_at_ms.or(first) else { return };
    for row in rows.iter_mut().filter(|row| row.not_counted.is_none() && row.signs.has(Signs::PROBABLE_NETWORK)) {
        // The rules before this one have decided already.
        if row.reason > Reason::ProbableNetwork && row.ts_ms.saturating_sub(start) <= PROBABLE_WITHIN_MS {
            row.actor = Actor::Machine;
            row.reason = Reason::ProbableNetwork;
        }
    }
}

/// The reason as it is exported: the names of the suspicions where these decided.
pub fn reason_code(reason: Reason, suspicions: Suspicions) -> String {
    match reason {
        Reason::Suspicions => suspicions.to_string(),
        other => other.code().to_owned(),
    }
}
