//! Windows of time in which enough different things happen.

use std::hash::Hash;

use hashbrown::HashMap;

/// For each of some things in time order, the span of all qualifying windows that it is in: the first instant of the
/// earliest one and the last instant of the latest one. A window is closed, `within_ms` long, and qualifies when at least
/// `n` different keys are in it. The work grows with the number of things.
pub(super) fn spans<K: Copy + Eq + Hash>(things: &[(i64, K)], n: u32, within_ms: i64) -> Vec<Option<(i64, i64)>> {
    let mut spans = vec![None; things.len()];
    let mut inside: HashMap<K, u32, foldhash::fast::RandomState> = HashMap::default();
    // Windows that start at a thing are enough: any other holds no more than the one that starts at its first thing.
    let mut qualifying: Vec<(usize, usize)> = Vec::new();
    let mut end = 0;
    for (start, (start_ms, key)) in things.iter().enumerate() {
        while end < things.len() && things[end].0.saturating_sub(*start_ms) <= within_ms {
            *inside.entry(things[end].1).or_default() += 1;
            end += 1;
        }
        if inside.len() >= n as usize {
            qualifying.push((start, end - 1));
        }
        if let Some(count) = inside.get_mut(key) {
            *count -= 1;
            if *count == 0 {
                inside.remove(key);
            }
        }
    }
    // Starts and ends of windows both rise, so the earliest window that reaches a thing and the latest one that has
    // started are found by going along.
    let (mut earliest, mut latest) = (0, 0);
    for (at, span) in spans.iter_mut().enumerate() {
        while earliest < qualifying.len() && qualifying[earliest].1 < at {
            earliest += 1;
        }
        while latest < qualifying.len() && qualifying[latest].0 <= at {
            latest += 1;
        }
        if earliest < latest {
            *span = Some((things[qualifying[earliest].0].0, things[qualifying[latest - 1].1].0));
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_all_windows_that_a_thing_is_in() {
        let things = [(0, 'a'), (500, 'b'), (1_200, 'c'), (1_300, 'c'), (5_000, 'a'), (6_001, 'b')];
        let spans = spans(&things, 2, 1_000);
        assert_eq!(spans, [Some((0, 500)), Some((0, 1_300)), Some((500, 1_300)), Some((500, 1_300)), None, None]);
        assert_eq!(super::spans(&[(0, 1), (1_000, 2)], 2, 1_000), [Some((0, 1_000)); 2]);
        assert_eq!(super::spans(&[(0, 1), (10, 1)], 2, 1_000), [None; 2]);
    }
}
