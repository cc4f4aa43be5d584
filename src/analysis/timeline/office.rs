//! office-triple: Word, Excel and Outlook look a link up, ask for it, and then hand it to the browser. That is one click.

use crate::events::row::{Row, Signs};
use crate::model::actor::Actor;
use crate::model::kind::Kind;
use crate::model::reason::NotCounted;

/// From one step to the next, at most, in milliseconds.
const STEP_MS: i64 = 5_000;

/// Makes the first two steps of each triple count for nothing. Without the browser's request the look-up stays a machine's
/// click and Office's own request a person's.
pub(super) fn drop_lookups(rows: &mut [Row]) {
    if !rows.iter().any(|row| is_step(row, Signs::OFFICE_LOOKUP)) {
        return;
    }
    let mut clicks: Vec<usize> = (0..rows.len()).filter(|at| is_step(&rows[*at], Signs::default())).collect();
    clicks.sort_by_key(|at| rows[*at].link);
    let mut dropped = Vec::new();
    for of_link in clicks.chunk_by(|a, b| rows[*a].link == rows[*b].link) {
        let places =
            |is: fn(&Row) -> bool| -> Vec<usize> { of_link.iter().copied().filter(|at| is(&rows[*at])).collect() };
        let lookups = places(|row| row.signs.has(Signs::OFFICE_LOOKUP));
        let browsers = places(is_browser);
        let mut requests = places(|row| row.signs.has(Signs::OFFICE | Signs::GET));
        requests.retain(|at| follows(rows, &lookups, *at) && precedes(rows, *at, &browsers));
        dropped.extend(lookups.into_iter().filter(|at| precedes(rows, *at, &requests)));
        dropped.extend(requests);
    }
    for at in dropped {
        rows[at].not_counted = Some(NotCounted::OfficeStep);
    }
}

fn is_step(row: &Row, signs: Signs) -> bool {
    row.kind == Kind::Click && row.not_counted.is_none() && row.signs.has(signs)
}

/// A request that may be the browser's.
fn is_browser(row: &Row) -> bool {
    row.signs.has(Signs::GET) && !row.signs.has(Signs::OFFICE) && row.actor != Actor::Machine
}

/// Whether one of the earlier rows comes at most a step before the row.
fn follows(rows: &[Row], earlier: &[usize], at: usize) -> bool {
    let ts_ms = rows[at].ts_ms;
    let until = earlier.partition_point(|other| rows[*other].ts_ms <= ts_ms);
    until > 0 && ts_ms - rows[earlier[until - 1]].ts_ms <= STEP_MS
}

/// Whether one of the later rows comes at most a step after the row.
fn precedes(rows: &[Row], at: usize, later: &[usize]) -> bool {
    let ts_ms = rows[at].ts_ms;
    let from = later.partition_point(|other| rows[*other].ts_ms < ts_ms);
    later.get(from).is_some_and(|other| rows[*other].ts_ms - ts_ms <= STEP_MS)
}
