//! One sent message with what happened to it: for reports about recipients.

use super::engagement::Engagement;
use super::sent::is_fetched_by_apple;
use crate::events::row::Row;
use crate::model::actor::{Actor, Via};
use crate::model::window::Window;
use crate::sends::table::SendId;

/// A message with hits.
#[derive(Clone, Debug)]
pub struct MessageSeen {
    /// Its send.
    pub send: SendId,
    /// What happened to it.
    pub engagement: Engagement,
    /// Different networks of human hits that came through no proxy.
    pub networks: u32,
    /// Whether Apple Mail Privacy Protection fetched it.
    pub is_fetched_by_apple: bool,
}

impl MessageSeen {
    /// Takes the judged rows of a message, and what they came to.
    pub fn new(send: SendId, rows: &[Row], window: Window, engagement: Engagement) -> Self {
        let is_personal = |row: &&Row| {
            row.not_counted.is_none()
                && row.actor == Actor::Human
                && row.via == Via::Direct
                && window.contains(row.ts_ms)
        };
        let mut networks: Vec<u64> = rows.iter().filter(is_personal).filter_map(Row::known_network).collect();
        networks.sort_unstable();
        networks.dedup();
        Self {
            send,
            engagement,
            networks: u32::try_from(networks.len()).unwrap_or(u32::MAX),
            is_fetched_by_apple: is_fetched_by_apple(rows, window.until_ms),
        }
    }
}
