//! link-sweep: a scanner follows the links of a message at once; what else it did belongs to the sweep.

use hashbrown::HashMap;

use super::{SweepRule, windows};
use crate::events::row::{Row, Signs};
use crate::model::actor::Actor;
use crate::model::kind::Kind;
use crate::model::reason::Reason;

/// Hits from the sweep's networks belong to it from this long before it, in milliseconds: a scanner loads the pixel
/// first, at the median 33 s before it sweeps (putyourlightson/craft-campaign#546).
const NETWORK_BEFORE_MS: i64 = 600_000;

/// And to this long after it.
const NETWORK_AFTER_MS: i64 = 60_000;

/// Hits with the sweep's user agent belong to it from this long before it.
const AGENT_BEFORE_MS: i64 = 120_000;

/// Marks the clicks of sweeps, and the hits that belong to them, as machines.
pub(super) fn mark(rows: &mut [Row], rules: &[SweepRule]) {
    let clicks: Vec<usize> = (0..rows.len()).filter(|at| takes_part(&rows[*at])).collect();
    if clicks.len() < 2 {
        return;
    }
    let things: Vec<_> = clicks.iter().map(|at| (rows[*at].ts_ms, rows[*at].link)).collect();
    let mut networks = Reach::default();
    let mut agents = Reach::default();
    let mut swept = vec![false; clicks.len()];
    for rule in rules {
        for (place, span) in windows::spans(&things, rule.links, rule.within_ms).into_iter().enumerate() {
            let Some((first, last)) = span else { continue };
            swept[place] = true;
            let click = &rows[clicks[place]];
            if let Some(network) = click.known_network() {
                networks.add(network, first - NETWORK_BEFORE_MS, last + NETWORK_AFTER_MS);
            }
            agents.add(u64::from(click.agent), first - AGENT_BEFORE_MS, last);
        }
    }
    if !swept.contains(&true) {
        return;
    }
    clicks.iter().zip(swept).filter(|(_, is_swept)| *is_swept).for_each(|(at, _)| convict(&mut rows[*at]));
    networks.finish();
    agents.finish();
    for row in rows.iter_mut().filter(|row| row.not_counted.is_none() && !row.signs.has(Signs::MAIL_PROXY)) {
        let by_network = row.known_network().is_some_and(|network| networks.has(network, row.ts_ms));
        if by_network || agents.has(u64::from(row.agent), row.ts_ms) {
            convict(row);
        }
    }
}

fn takes_part(row: &Row) -> bool {
    row.kind == Kind::Click && row.not_counted.is_none() && row.signs.has(Signs::GET)
}

/// A hit that was a machine's already keeps its reason.
fn convict(row: &mut Row) {
    if row.actor != Actor::Machine {
        row.actor = Actor::Machine;
        row.reason = Reason::LinkSweep;
    }
}

/// The times in which a network or an agent belongs to sweeps.
#[derive(Default)]
struct Reach {
    spans: HashMap<u64, Vec<(i64, i64)>, foldhash::fast::RandomState>,
}

impl Reach {
    fn add(&mut self, key: u64, from_ms: i64, to_ms: i64) {
        let spans = self.spans.entry(key).or_default();
        match spans.last_mut() {
            // The clicks of a sweep follow each other: this keeps the list short.
            Some(last) if last.0 <= from_ms && from_ms <= last.1 => last.1 = last.1.max(to_ms),
            _ => spans.push((from_ms, to_ms)),
        }
    }

    /// Sorts the spans and merges those that touch.
    fn finish(&mut self) {
        for spans in self.spans.values_mut() {
            spans.sort_unstable();
            let mut merged: Vec<(i64, i64)> = Vec::with_capacity(spans.len());
            for (from, to) in spans.drain(..) {
                match merged.last_mut() {
                    Some(last) if from <= last.1 => last.1 = last.1.max(to),
                    _ => merged.push((from, to)),
                }
            }
            *spans = merged;
        }
    }

    fn has(&self, key: u64, ts_ms: i64) -> bool {
        let Some(spans) = self.spans.get(&key) else { return false };
        let behind = spans.partition_point(|(from, _)| *from <= ts_ms);
        behind > 0 && ts_ms <= spans[behind - 1].1
    }
}
