//! What a report comes to, in a sentence that can be said aloud; and what no log can see.

use super::rate;
use super::text_table::group_digits;
use crate::analysis::dimension::Dimension;
use crate::analysis::funnel::{Funnel, Said};
use crate::analysis::group_key::Label;
use crate::analysis::groups::{Coverage, Groups};
use crate::analysis::statistics::proportion::Proportion;
use crate::analysis::tally::Tally;
use crate::events::columns::campaign as column;
use crate::model::actor::Actor;

/// A campaign's numbers change for this long after it was last sent, in milliseconds.
const PROVISIONAL_MS: i64 = 48 * 3_600_000;

/// What stands under every report.
pub const NOTE: &str = "A log cannot see who reads with images off, opens that a mail client's cache answers, or how \
                        long anybody reads.";

/// The sentence that stands above a report; `None` where nothing was seen. `now_ms` is the report's end, in milliseconds
/// since 1970 UTC.
pub fn of(groups: &Groups, now_ms: i64) -> Option<String> {
    let total = groups.total();
    match groups.base {
        _ if !groups.adds_up() => of_requests(groups, &total),
        Some(base) if total.sent.tracked > 0 => Some(of_sends(&total, base.word(), now_ms)),
        _ => of_hits(&total),
    }
}

/// The sentence above a report by reason; `None` where nothing was seen.
pub fn of_funnel(funnel: &Funnel) -> Option<String> {
    let lines = funnel.lines();
    let count = |is_it: &dyn Fn(Said) -> bool| -> u64 {
        lines.iter().filter(|line| is_it(line.said)).map(|line| line.opens + line.clicks).sum()
    };
    let by = |actor: Actor| count(&|said| matches!(said, Said::Judged(by, ..) if by == actor));
    let all = count(&|_| true);
    let not_counted = count(&|said| !matches!(said, Said::Judged(..)));
    (all > 0).then(|| {
        format!(
            "Of {}, {} made by people and {} by machines; of {} nobody can tell, and {} not count.",
            plural(all, "hit"),
            were(by(Actor::Human)),
            group_digits(by(Actor::Machine)),
            group_digits(by(Actor::Unknown)),
            if not_counted == 1 { "1 does".to_owned() } else { format!("{} do", group_digits(not_counted)) },
        )
    })
}

/// How much of the human hits a report by client or place speaks of; `None` for other reports.
pub fn coverage(groups: &Groups) -> Option<String> {
    if !groups.by.iter().any(|dimension| dimension.is_hidden_by_proxies()) {
        return None;
    }
    let Coverage { hits, direct, known } = groups.coverage;
    let hits = Proportion::new(known, hits)?;
    let hidden = group_digits(hits.trials() - direct);
    let text = format!(
        "Of people's hits {} have a known value here; {hidden} came through proxies that hide it.",
        rate::spoken(hits)
    );
    let is_by_place = groups.by.iter().any(|dimension| dimension.is_place());
    Some(if known == 0 && is_by_place {
        format!("{text} Places need a database when logs are read: --geo.")
    } else {
        text
    })
}

/// What a report is by that nothing tells, because only sends do; `None` where all is told.
pub fn lacks_sends(groups: &Groups) -> Option<String> {
    let is_told_by_sends = |dimension: &Dimension| dimension.is_of_sends() && *dimension != Dimension::Campaign;
    let is_unknown = |at: usize| groups.groups.iter().all(|group| group.labels[at] == Label::Missing);
    let mut untold = groups.by.iter().enumerate().filter(|(at, by)| is_told_by_sends(by) && is_unknown(*at));
    let (_, dimension) = untold.next()?;
    let name = dimension.name().replace('_', " ");
    Some(format!("Nothing here tells the {name} of a message. Sends can: name a file with --sends."))
}

fn of_sends(total: &Tally, base: &str, now_ms: i64) -> String {
    let sent = &total.sent;
    let part = |proportion: Proportion| {
        let verb = if proportion.successes() == 1 { "was" } else { "were" };
        format!("{} {verb}", rate::counted(proportion))
    };
    let tracked = plural(sent.tracked, "tracked message");
    let mut text = format!("Of {tracked} that {} {base},", if sent.tracked == 1 { "was" } else { "were" });
    if let Some(least) = sent.open_min() {
        text.push_str(&format!(" at least {} opened", part(least)));
    }
    if let Some(most) = sent.open_max().filter(|most| Some(*most) != sent.open_min()) {
        text.push_str(&format!(", at most {}", rate::counted(most)));
    }
    if let Some(clicked) = sent.click() {
        text.push_str(&format!("; {} clicked.", part(clicked)));
    }
    if sent.last_sent_ms.is_some_and(|last| now_ms < last.saturating_add(PROVISIONAL_MS)) {
        text.push_str(" Provisional: the last was sent less than 48 hours before.");
    }
    text
}

fn of_hits(total: &Tally) -> Option<String> {
    let count = |name: &str| total.counter(name).unwrap_or(0);
    let (seen, confirmed) = (count(column::MESSAGES_SEEN), count(column::CONFIRMED));
    if seen == 0 {
        return None;
    }
    let mut parts = vec![format!("{} opened or clicked by a person", were(confirmed))];
    let unknown = seen - confirmed - count(column::MACHINE_ONLY);
    if unknown > 0 {
        parts.push(format!("of {} nobody can tell", group_digits(unknown)));
    }
    let machines = count(column::MACHINE_ONLY);
    if machines > 0 {
        parts.push(format!("{} seen by machines only", were(machines)));
    }
    Some(format!("Of {} that were seen, {}.", plural(seen, "message"), parts.join(", ")))
}

/// A message can be in several groups; opens and clicks are in one each.
fn of_requests(groups: &Groups, total: &Tally) -> Option<String> {
    if groups.groups.is_empty() {
        return None;
    }
    let count = |name: &str| total.counter(name).unwrap_or(0);
    let is_about_links = groups.by.contains(&Dimension::Link);
    let requests = |opens: u64, clicks: u64| match (opens, clicks) {
        _ if is_about_links => plural(clicks, "click"),
        _ => format!("{} and {}", plural(opens, "open"), plural(clicks, "click")),
    };
    let mut parts = vec![format!("{} by people", requests(count(column::OPENS_HUMAN), count(column::CLICKS)))];
    let unknown = [column::OPENS_UNKNOWN, column::UNKNOWN_CLICKS].map(count);
    if unknown != [0, 0] {
        parts.push(format!("{} of which nobody can tell", requests(unknown[0], unknown[1])));
    }
    let machines = count(column::MACHINE_PIXEL_HITS) + count(column::MACHINE_CLICKS);
    if machines > 0 {
        parts.push(format!("{} by machines", plural(machines, "hit")));
    }
    let is_direct = groups.by.iter().any(|dimension| dimension.is_hidden_by_proxies());
    let start = if is_direct { "Without what came through proxies" } else { "In all" };
    let last = parts.pop()?;
    let all = if parts.is_empty() { last } else { format!("{}, and {last}", parts.join(", ")) };
    Some(format!("{start}: {all}."))
}

fn were(n: u64) -> String {
    format!("{} {}", group_digits(n), if n == 1 { "was" } else { "were" })
}

fn plural(n: u64, what: &str) -> String {
    format!("{} {what}{}", group_digits(n), if n == 1 { "" } else { "s" })
}
