//! The numbers of a group of messages, added up.

use super::engagement::{Engagement, Seen};
use super::sent_outcomes::SentOutcome;
use super::statistics::estimate::estimated_opens;
use super::statistics::proportion::{Interval, Proportion};
use crate::events::columns::campaign as column;

/// The columns that are counters, in their order.
pub const COUNTERS: [&str; 17] = [
    column::MESSAGES_SEEN,
    column::PIXEL_HITS,
    column::MACHINE_PIXEL_HITS,
    column::OPENS_HUMAN,
    column::OPENS_UNKNOWN,
    column::UNIQUE_OPENS_HUMAN,
    column::UNIQUE_OPENS_UNKNOWN,
    column::CLICKS,
    column::UNIQUE_CLICKS,
    column::UNIQUE_LINK_CLICKS,
    column::UNKNOWN_CLICKS,
    column::MACHINE_CLICKS,
    column::UNSUBSCRIBES,
    column::CLICKED_ONLY,
    column::UNKNOWN_CLICK_ONLY,
    column::MACHINE_ONLY,
    column::CONFIRMED,
];

/// The numbers of one group, as domain words; see [`mod@column`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The counters, in the order of [`COUNTERS`].
    counters: [u64; COUNTERS.len()],
    /// The first and the last human hit, in milliseconds since 1970 UTC.
    human_span_ms: Option<(i64, i64)>,
    /// What the tracked sends of the group come to.
    pub sent: SentTally,
    /// The same at equal age, where variants are compared.
    pub compared: SentTally,
}

/// Tracked sends, and what became of them. Each counts messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SentTally {
    /// Sends that are in the denominators.
    pub tracked: u64,
    /// Of these, confirmed.
    pub confirmed: u64,
    /// Of these, with unknown opens and not confirmed.
    pub unknown: u64,
    /// Of these, with a human click.
    pub clicked: u64,
    /// Of these, fetched by Apple Mail Privacy Protection.
    pub apple: u64,
    /// Of those that Apple fetched, confirmed.
    pub apple_confirmed: u64,
    /// Of those that Apple fetched, with a human click.
    pub apple_clicked: u64,
    /// When the last of them was sent, in milliseconds since 1970 UTC.
    pub last_sent_ms: Option<i64>,
}

impl SentTally {
    /// Adds a tracked send and what became of it.
    pub fn add_send(&mut self, sent_at_ms: Option<i64>, outcome: SentOutcome) {
        let (confirmed, clicked) = (u64::from(outcome.is_confirmed()), u64::from(outcome.is_clicked()));
        self.add(&Self {
            tracked: 1,
            confirmed,
            unknown: u64::from(outcome.is_unknown()),
            clicked,
            apple: u64::from(outcome.is_apple()),
            apple_confirmed: if outcome.is_apple() { confirmed } else { 0 },
            apple_clicked: if outcome.is_apple() { clicked } else { 0 },
            last_sent_ms: sent_at_ms,
        });
    }

    fn add(&mut self, other: &Self) {
        self.tracked += other.tracked;
        self.confirmed += other.confirmed;
        self.unknown += other.unknown;
        self.clicked += other.clicked;
        self.apple += other.apple;
        self.apple_confirmed += other.apple_confirmed;
        self.apple_clicked += other.apple_clicked;
        self.last_sent_ms = self.last_sent_ms.max(other.last_sent_ms);
    }

    /// Confirmed of tracked: the open rate is at least this.
    pub fn open_min(&self) -> Option<Proportion> {
        Proportion::new(self.confirmed, self.tracked)
    }

    /// Confirmed and unknown of tracked: the open rate that the log can show is at most this.
    pub fn open_max(&self) -> Option<Proportion> {
        Proportion::new(self.confirmed + self.unknown, self.tracked)
    }

    /// Tracked sends that Apple did not fetch.
    pub fn base_without_apple(&self) -> u64 {
        self.tracked - self.apple
    }

    /// Confirmed of those that Apple did not fetch.
    pub fn open_without_apple(&self) -> Option<Proportion> {
        Proportion::new(self.confirmed - self.apple_confirmed, self.base_without_apple())
    }

    /// Confirmed, and of those that Apple fetched as many as of the others.
    pub fn estimated_opens(&self) -> Option<f64> {
        estimated_opens(self.open_without_apple()?, Proportion::new(self.apple_confirmed, self.apple)?)
    }

    /// Messages with a human click of tracked.
    pub fn click(&self) -> Option<Proportion> {
        Proportion::new(self.clicked, self.tracked)
    }

    /// Messages with a human click of those confirmed, both among those that Apple did not fetch.
    pub fn click_to_open(&self) -> Option<Proportion> {
        Proportion::new(self.clicked - self.apple_clicked, self.confirmed - self.apple_confirmed)
    }

    /// Messages with a human click of those that Apple did not fetch.
    pub fn click_without_apple(&self) -> Option<Proportion> {
        Proportion::new(self.clicked - self.apple_clicked, self.base_without_apple())
    }

    /// The values of [`RATES`].
    pub fn rates(&self) -> [Option<f64>; RATES.len()] {
        let rate = |proportion: Option<Proportion>| proportion.and_then(Proportion::rate);
        let interval = self.open_without_apple().and_then(Proportion::wilson);
        let bound = |bound: fn(Interval) -> f64| interval.map(bound);
        [
            rate(self.open_min()),
            rate(self.open_max()),
            rate(self.open_without_apple()),
            bound(|interval| interval.low),
            bound(|interval| interval.high),
            self.estimated_opens(),
            rate(self.click()),
            rate(self.click_to_open()),
        ]
    }
}

/// The columns of [`SentTally::rates`], in their order.
pub const RATES: [&str; 8] = [
    column::OPEN_RATE_MIN,
    column::OPEN_RATE_MAX,
    column::OPEN_RATE_WITHOUT_APPLE,
    column::OPEN_RATE_WITHOUT_APPLE_LOW,
    column::OPEN_RATE_WITHOUT_APPLE_HIGH,
    column::ESTIMATED_OPENS,
    column::CLICK_RATE,
    column::CLICK_TO_OPEN,
];

impl Tally {
    /// Adds a message.
    pub fn add_message(&mut self, message: &Engagement) {
        let seen = |group| u64::from(message.seen == Some(group));
        let counters = [
            u64::from(message.seen.is_some()),
            message.pixel_hits,
            message.machine_pixel_hits,
            message.opens_human,
            message.opens_unknown,
            seen(Seen::OpenedByHuman),
            seen(Seen::OpenedByUnknown),
            message.clicks,
            u64::from(message.clicks > 0),
            message.links,
            message.unknown_clicks,
            message.machine_clicks,
            u64::from(message.unsubscribed),
            seen(Seen::ClickedOnly),
            seen(Seen::UnknownClickOnly),
            seen(Seen::MachineOnly),
            u64::from(message.is_confirmed()),
        ];
        self.add_counters(counters, message.human_span_ms);
    }

    /// Adds the numbers of another group.
    pub fn add(&mut self, other: &Self) {
        self.add_counters(other.counters, other.human_span_ms);
        self.sent.add(&other.sent);
        self.compared.add(&other.compared);
    }

    fn add_counters(&mut self, counters: [u64; COUNTERS.len()], human_span_ms: Option<(i64, i64)>) {
        for (sum, n) in self.counters.iter_mut().zip(counters) {
            *sum += n;
        }
        self.human_span_ms = match (self.human_span_ms, human_span_ms) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, other) => one.or(other),
        };
    }

    /// The counters, in the order of [`COUNTERS`].
    pub fn counters(&self) -> &[u64; COUNTERS.len()] {
        &self.counters
    }

    /// A counter, by its column's name.
    pub fn counter(&self, name: &str) -> Option<u64> {
        COUNTERS.iter().position(|known| *known == name).map(|at| self.counters[at])
    }

    /// The first and the last human hit, in milliseconds since 1970 UTC.
    pub fn human_span_ms(&self) -> Option<(i64, i64)> {
        self.human_span_ms
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_values() {
        let sent = |tracked, confirmed, unknown, apple, apple_confirmed| SentTally {
            tracked,
            confirmed,
            unknown,
            apple,
            apple_confirmed,
            ..SentTally::default()
        };
        let rounded = |tally: SentTally| {
            let rates = tally.rates().map(|rate| rate.map(|rate| format!("{rate:.4}")));
            rates.map(Option::unwrap_or_default)[..6].join(" ")
        };
        assert_eq!(rounded(sent(138, 47, 41, 41, 0)), "0.3406 0.6377 0.4845 0.3876 0.5827 66.8660");
        assert_eq!(rounded(sent(138, 47, 41, 47, 6)), "0.3406 0.6377 0.4505 0.3524 0.5527 62.1758");
        assert_eq!(rounded(sent(100, 40, 0, 0, 0)), "0.4000 0.4000 0.4000 0.3094 0.4980 40.0000");
        assert_eq!(rounded(SentTally::default()), "     ");
    }
}
