//! Campaigns: when they were sent, how many of their messages are ever seen, and when each is seen first.

use crate::delays::{DAY, FIRST_HIT, HOUR, MINUTE, WHOLE, delay_at, share_below};
use crate::rng::{Rng, mix};

/// The links of every message; the last one takes the reader off the list.
pub(crate) const LINKS: [&str; 5] = ["shop", "story-1", "story-2", "story-3", UNSUBSCRIBE];
pub(crate) const UNSUBSCRIBE: &str = "unsubscribe";

/// One mailing.
pub(crate) struct Campaign {
    pub(crate) name: String,
    /// Tells campaigns apart in message ids; two waves of one campaign share it.
    key: u64,
    /// The number of its first message, so that waves don't share messages.
    first_number: u32,
    /// Milliseconds since 1970, UTC.
    pub(crate) sent: i64,
    /// How many messages have a hit before the log ends.
    pub(crate) messages: u32,
    /// The share of hits that come before the log ends, in billionths.
    seen: i64,
}

impl Campaign {
    /// A campaign whose `messages` messages are all seen between `sent` and `end`.
    pub(crate) fn new(name: &str, key: u64, sent: i64, end: i64, messages: u32) -> Campaign {
        let seen = share_below(&FIRST_HIT, end - sent);
        Campaign { name: name.to_owned(), key, first_number: 0, sent, messages, seen }
    }

    /// The same campaign as a later wave whose messages are numbered from `first`.
    pub(crate) fn numbered_from(self, first: u32) -> Campaign {
        Campaign { first_number: first, ..self }
    }

    /// When a message is seen first. Messages are numbered in the order in which they are seen, so walking through
    /// the numbers walks through time and nothing has to be sorted.
    pub(crate) fn first_seen(&self, message: u32, rng: &mut Rng) -> i64 {
        let messages = i128::from(self.messages.max(1));
        let place = i128::from(message) * i128::from(WHOLE) + i128::from(rng.between(0, WHOLE));
        let share = place / messages * i128::from(self.seen) / i128::from(WHOLE);
        self.sent + delay_at(&FIRST_HIT, share as i64)
    }

    /// The message's id, unique over all campaigns, with no order that would give its number away.
    pub(crate) fn message_id(&self, seed: u64, message: u32) -> u64 {
        let number = u64::from(self.first_number + message);
        mix(mix(seed) ^ (self.key << 40 | number))
    }
}

/// The campaigns of a big run: `campaign-001` and so on, the early ones larger, sent four at a time over most of the
/// period. Together they have `messages` messages.
pub(crate) fn spread(count: u16, start: i64, end: i64, messages: u64) -> Vec<Campaign> {
    let sizes = sizes(count, messages);
    let batches = i64::from(count.div_ceil(4));
    let gap = (end - start) * 85 / 100 / batches;
    let campaign = |(index, size): (usize, u32)| {
        let place = index as i64;
        let sent = start + (place / 4 * gap) / MINUTE * MINUTE + place % 4 * 7 * MINUTE;
        let sent = sent.min(end - (end - start) / 50);
        Campaign::new(&format!("campaign-{:03}", index + 1), index as u64, sent, end, size)
    };
    sizes.into_iter().enumerate().map(campaign).collect()
}

/// Sizes like those of real lists: the n-th campaign is the (n + 5)-th part of the whole.
fn sizes(count: u16, messages: u64) -> Vec<u32> {
    let weights: Vec<u64> = (0..u64::from(count)).map(|index| 1_000_000 / (index + 6)).collect();
    let total: u64 = weights.iter().sum();
    let mut sizes: Vec<u32> = weights.iter().map(|weight| (messages * weight / total) as u32).collect();
    let missing = messages - sizes.iter().map(|&size| u64::from(size)).sum::<u64>();
    sizes[0] += missing as u32;
    sizes
}

/// The shortest period that still has room for sends and opens.
pub(crate) const SHORTEST_PERIOD: i64 = HOUR;
/// The longest period that the tables of delays make sense for.
pub(crate) const LONGEST_PERIOD: i64 = 366 * DAY;
