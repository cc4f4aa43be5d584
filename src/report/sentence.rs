//! What a report comes to, in a sentence that can be said aloud; and what no log can see.

use super::rate;
use super::text_table::group_digits;
use crate::analysis::groups::{Coverage, Groups};
use crate::analysis::statistics::proportion::Proportion;
use crate::analysis::tally::Tally;
use crate::events::columns::campaign as column;

/// A campaign's numbers change for this long after it was last sent, in milliseconds.
const PROVISIONAL_MS: i64 = 48 * 3_600_000;

/// What stands under every report.
pub const NOTE: &str = "A log cannot see who reads with images off, opens that a mail client's cache answers, or how \
                        long anybody reads.";

/// The sentence that stands above a report; `None` where nothing was seen. `now_ms` is the report's end, in milliseconds
/// since 1970 UTC.
pub fn of(groups: &Groups, now_ms: i64) -> Option<String> {
    if !groups.adds_up() {
        return None;
    }
    let total = groups.total();
    match groups.base {
        Some(base) if total.sent.tracked > 0 => Some(of_sends(&total, base.word(), now_ms)),
        _ => of_hits(&total),
    }
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

fn of_sends(total: &Tally, base: &str, now_ms: i64) -> String {
    let sent = &total.sent;
    let spoken = |proportion: Option<Proportion>| proportion.map_or_else(|| "insufficient".to_owned(), rate::spoken);
    let mut text = format!("At least {} opened", spoken(sent.open_min()));
    if let Some(most) = sent.open_max().filter(|most| Some(*most) != sent.open_min()) {
        let bound =
            most.rate().filter(|_| most.is_shown_as_percent()).map_or_else(|| rate::spoken(most), rate::percent);
        text.push_str(&format!(", at most {bound}"));
    }
    text.push_str(&format!("; {} clicked. ", spoken(sent.click())));
    text.push_str(&format!("Of {} tracked messages that were {base}.", group_digits(sent.tracked)));
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
    Some(format!("Of {} messages that were seen, {}.", group_digits(seen), parts.join(", ")))
}

fn were(n: u64) -> String {
    format!("{} {}", group_digits(n), if n == 1 { "was" } else { "were" })
}
