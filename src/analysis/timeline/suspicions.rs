//! What looks odd about a hit and decides nothing by itself.

use super::{Background, windows};
use crate::events::row::{Row, Signs};
use crate::model::kind::Kind;
use crate::model::suspicion::{Suspicion, Suspicions};

/// Opens and clicks are early before this time after sending, in milliseconds.
const EARLY_OPEN_MS: i64 = 60_000;
const EARLY_CLICK_MS: i64 = 30_000;

/// So many networks in so many milliseconds are many.
const MANY_NETWORKS: (u32, i64) = (3, 30_000);

/// From an unsubscribe link to a content link, at most, in milliseconds.
const UNSUBSCRIBE_PAIR_MS: i64 = 60_000;

/// Sets the suspicions of all hits of a message that count.
pub(super) fn find(rows: &mut [Row], background: Background<'_>) {
    rows.iter_mut().for_each(|row| row.suspicions = Suspicions::default());
    let counted: Vec<usize> = (0..rows.len()).filter(|at| rows[*at].not_counted.is_none()).collect();
    if let Some(sent_at_ms) = background.sent_at_ms {
        for at in &counted {
            let row = &mut rows[*at];
            let early = if row.kind == Kind::Open { EARLY_OPEN_MS } else { EARLY_CLICK_MS };
            if row.ts_ms.saturating_sub(sent_at_ms) < early {
                row.suspicions.add(Suspicion::Early);
            }
            if background.shared_sources.is_some_and(|shared| shared.has(row, sent_at_ms)) {
                row.suspicions.add(Suspicion::SharedSource);
            }
        }
    }
    many_networks(rows, &counted);
    unsubscribe_pairs(rows, &counted);
}

fn many_networks(rows: &mut [Row], counted: &[usize]) {
    let direct: Vec<usize> = counted.iter().copied().filter(|at| !rows[*at].signs.has(Signs::MAIL_PROXY)).collect();
    let (places, things): (Vec<usize>, Vec<(i64, u64)>) =
        direct.into_iter().filter_map(|at| Some((at, (rows[at].ts_ms, rows[at].known_network()?)))).unzip();
    let (n, within_ms) = MANY_NETWORKS;
    for (at, span) in places.into_iter().zip(windows::spans(&things, n, within_ms)) {
        if span.is_some() {
            rows[at].suspicions.add(Suspicion::ManyNetworks);
        }
    }
}

fn unsubscribe_pairs(rows: &mut [Row], counted: &[usize]) {
    let clicks: Vec<usize> = counted.iter().copied().filter(|at| rows[*at].kind == Kind::Click).collect();
    let near = |rows: &[Row], at: usize, other: Option<usize>| {
        other.is_some_and(|other| (rows[at].ts_ms - rows[other].ts_ms).abs() <= UNSUBSCRIBE_PAIR_MS)
    };
    // The nearest click of the other sort before each click, and then the nearest one behind it.
    let backward: Vec<usize> = clicks.iter().rev().copied().collect();
    for order in [clicks, backward] {
        let mut last = [None, None];
        for at in order {
            let sort = usize::from(rows[at].is_unsubscribe());
            if near(rows, at, last[1 - sort]) {
                rows[at].suspicions.add(Suspicion::UnsubscribePair);
            }
            last[sort] = Some(at);
        }
    }
}
