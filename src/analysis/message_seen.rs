//! One sent message with what happened to it: for reports about recipients.

use super::engagement::Engagement;
use super::sent::is_fetched_by_apple;
use crate::events::row::Row;
use crate::model::actor::{Actor, Via};
use crate::model::window::Window;
use crate::sends::table::{Send, SendId};

/// A message with hits.
#[derive(Clone, Debug)]
pub struct MessageSeen {
    /// Its send.
    pub send: SendId,
    /// The campaign that the URL names, where the sends name another or none: the URL's holds.
    pub url_campaign: Option<Box<str>>,
    /// What happened to it.
    pub engagement: Engagement,
    /// Different networks of human hits that came through no proxy.
    pub networks: u32,
    /// Whether Apple Mail Privacy Protection fetched it.
    pub is_fetched_by_apple: bool,
}

impl MessageSeen {
    /// Takes the judged rows of a message, the campaign that stands in their URLs, and what they came to.
    pub fn new(send: Send<'_>, campaign: Option<&str>, rows: &[Row], window: Window, engagement: Engagement) -> Self {
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
            send: send.id(),
            url_campaign: campaign.filter(|name| send.campaign() != Some(*name)).map(Into::into),
            engagement,
            networks: u32::try_from(networks.len()).unwrap_or(u32::MAX),
            is_fetched_by_apple: is_fetched_by_apple(rows, window.until_ms),
        }
    }

    /// Adds what happened under another URL of the same send. Networks are not known apart here: the larger number is
    /// what is certain.
    pub fn merge(&mut self, other: Self) {
        let earliest = |a: Option<i64>, b: Option<i64>| a.into_iter().chain(b).min();
        let (one, two) = (&mut self.engagement, other.engagement);
        one.machine_hits += two.machine_hits;
        one.opens_human += two.opens_human;
        one.opens_unknown += two.opens_unknown;
        one.clicks += two.clicks;
        one.unknown_clicks += two.unknown_clicks;
        one.unknown_hits += two.unknown_hits;
        one.first_open_ms = earliest(one.first_open_ms, two.first_open_ms);
        one.first_click_ms = earliest(one.first_click_ms, two.first_click_ms);
        one.last_engaged_ms = one.last_engaged_ms.max(two.last_engaged_ms);
        one.human_span_ms = match (one.human_span_ms, two.human_span_ms) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, other) => one.or(other),
        };
        self.url_campaign = self.url_campaign.take().min(other.url_campaign);
        self.networks = self.networks.max(other.networks);
        self.is_fetched_by_apple |= other.is_fetched_by_apple;
    }
}
