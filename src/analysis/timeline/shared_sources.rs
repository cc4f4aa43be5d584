//! Networks that ask for many messages of a campaign, each right after it was sent.

use hashbrown::{HashMap, HashSet};

use crate::events::names::NameId;
use crate::events::row::{Row, Signs};

/// Messages of one campaign from which on a network is a shared source.
const MESSAGES: u32 = 10;

/// How soon after its own message was sent a hit must come, in milliseconds.
const WITHIN_MS: i64 = 120_000;

/// The shared sources of a run.
#[derive(Debug, Default)]
pub struct SharedSources(HashSet<(NameId, u64), foldhash::fast::RandomState>);

/// How many messages each network hit right after sending.
#[derive(Clone, Debug, Default)]
pub struct SourceCounts(HashMap<(NameId, u64), u32, foldhash::fast::RandomState>);

impl SourceCounts {
    /// Counts the rows of one message, which was sent at this instant.
    pub fn add_message(&mut self, rows: &[Row], sent_at_ms: i64) {
        let mut networks: Vec<u64> =
            rows.iter().filter(|row| is_close(row, sent_at_ms)).filter_map(Row::known_network).collect();
        networks.sort_unstable();
        networks.dedup();
        for network in networks {
            *self.0.entry((rows[0].campaign, network)).or_default() += 1;
        }
    }

    /// Adds the counts of other messages.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for (source, n) in other.0 {
            *self.0.entry(source).or_default() += n;
        }
        self
    }

    /// The networks that hit enough messages.
    pub fn shared(&self) -> SharedSources {
        SharedSources(self.0.iter().filter(|(_, n)| **n >= MESSAGES).map(|(source, _)| *source).collect())
    }
}

impl SharedSources {
    /// Whether the hit, whose message was sent at this instant, comes from one.
    pub(super) fn has(&self, row: &Row, sent_at_ms: i64) -> bool {
        is_close(row, sent_at_ms)
            && row.known_network().is_some_and(|network| self.0.contains(&(row.campaign, network)))
    }
}

/// Mail proxies ask for many messages by their nature.
fn is_close(row: &Row, sent_at_ms: i64) -> bool {
    row.not_counted.is_none() && !row.signs.has(Signs::MAIL_PROXY) && row.ts_ms.saturating_sub(sent_at_ms) <= WITHIN_MS
}
