//! Dedupe: which pixel hits of a message are one open.

use crate::model::actor::Actor;

/// The pause, in milliseconds, from which on a further hit is a further open.
pub const OPEN_GAP_MS: i64 = 30_000;

/// One open of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// The instant of its first hit, in milliseconds since 1970 UTC: an open belongs to this instant.
    pub start_ms: i64,
    /// Whether any of its hits is human.
    pub is_human: bool,
    /// The place of its first hit among those that were given.
    pub first: usize,
}

/// Folds pixel hits into opens. Takes the instants and actors of one message's pixel hits in time order; machine hits
/// neither make an open nor keep one going. The first hit starts an open; a later one starts a new open when it is
/// `gap_ms` or more after the hit before it.
pub fn fold(hits: impl IntoIterator<Item = (i64, Actor)>, gap_ms: i64, mut each: impl FnMut(Open)) {
    let mut current: Option<Open> = None;
    let mut pauses = Pauses::new(gap_ms);
    for (first, (ts_ms, actor)) in hits.into_iter().enumerate().filter(|(_, (_, actor))| *actor != Actor::Machine) {
        let is_human = actor == Actor::Human;
        let is_over = pauses.is_over(ts_ms);
        match &mut current {
            Some(open) if !is_over => open.is_human |= is_human,
            _ => {
                if let Some(open) = current.replace(Open { start_ms: ts_ms, is_human, first }) {
                    each(open);
                }
            }
        }
    }
    current.into_iter().for_each(each);
}

/// The number of the open that each hit belongs to, from 1 on; none for machine hits. Takes what [`fold`] takes.
pub fn number(hits: impl IntoIterator<Item = (i64, Actor)>, gap_ms: i64) -> Vec<Option<u32>> {
    let mut pauses = Pauses::new(gap_ms);
    let mut number = 0;
    let numbered = hits.into_iter().map(|(ts_ms, actor)| {
        if actor == Actor::Machine {
            return None;
        }
        if pauses.is_over(ts_ms) {
            number += 1;
        }
        Some(number)
    });
    numbered.collect()
}

/// Tells whether the pause since the hit before is long enough.
struct Pauses {
    gap_ms: i64,
    last_ms: Option<i64>,
}

impl Pauses {
    fn new(gap_ms: i64) -> Self {
        Self { gap_ms, last_ms: None }
    }

    /// Takes the instant of a hit. The first hit comes after a pause without end.
    fn is_over(&mut self, ts_ms: i64) -> bool {
        let last_ms = self.last_ms.replace(ts_ms);
        last_ms.is_none_or(|last_ms| ts_ms.saturating_sub(last_ms) >= self.gap_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::Actor::{Human as H, Machine as M, Unknown as U};
    use super::*;

    #[test]
    fn counts_pauses_between_hits() {
        let h = |seconds: &[f64]| -> Vec<(i64, Actor)> {
            #[expect(clippy::cast_possible_truncation, reason = "the test's instants are small")]
            seconds.iter().map(|s| ((s * 1000.0) as i64, H)).collect()
        };
        for (hits, expected) in [
            (vec![], vec![]),
            (h(&[0., 20., 40., 60., 80.]), vec![(0, true)]),
            (h(&[0., 29.999]), vec![(0, true)]),
            (h(&[0., 30.]), vec![(0, true), (30_000, true)]),
            (vec![(0, H), (20_000, M), (40_000, H)], vec![(0, true), (40_000, true)]),
            (vec![(0, U), (10_000, H), (100_000, U)], vec![(0, true), (100_000, false)]),
            (vec![(0, M)], vec![]),
        ] {
            let mut opens = Vec::new();
            fold(hits.iter().copied(), OPEN_GAP_MS, |open| opens.push((open.start_ms, open.is_human)));
            assert_eq!(opens, expected, "{hits:?}");
            let numbers = number(hits.iter().copied(), OPEN_GAP_MS);
            let last = numbers.iter().flatten().max().copied().unwrap_or(0);
            assert_eq!((last as usize, numbers.len()), (opens.len(), hits.len()), "{hits:?}");
        }
    }
}
