//! What became of every send that a report is about.

use hashbrown::HashSet;

use crate::analysis::groups::NO_CAMPAIGN;
use crate::analysis::message_seen::MessageSeen;
use crate::analysis::sent::Sending;
use crate::sends::table::{Send, SendId, Sends};

/// The sends, and what was seen of each.
#[derive(Debug)]
pub struct Outcomes<'a> {
    sending: Sending<'a>,
    campaigns: &'a [String],
    /// In the order of their sends, one for each.
    seen: Vec<MessageSeen>,
    unsubscribed: Unsubscribed,
}

/// Those who unsubscribed, by their names in lower case; and such sends without a recipient.
#[derive(Debug, Default)]
struct Unsubscribed {
    recipients: HashSet<String, foldhash::quality::RandomState>,
    sends: HashSet<SendId, foldhash::quality::RandomState>,
}

impl Unsubscribed {
    fn of(sends: &Sends, ids: &[SendId]) -> Self {
        let recipient = |id: &SendId| sends.get(*id).recipient().map(str::to_lowercase);
        Self { recipients: ids.iter().filter_map(recipient).collect(), sends: ids.iter().copied().collect() }
    }

    fn has(&self, send: Send<'_>) -> bool {
        let is_named = || send.recipient().is_some_and(|name| self.recipients.contains(&name.to_lowercase()));
        self.sends.contains(&send.id()) || (!self.recipients.is_empty() && is_named())
    }
}

impl<'a> Outcomes<'a> {
    /// Takes the messages of a fold and the sends whose recipients unsubscribed. `campaigns` are those that the report
    /// is about; none stands for all. Hits of one send under the URLs of several campaigns are put together: it was one
    /// message.
    pub fn new(
        sending: Sending<'a>,
        campaigns: &'a [String],
        mut messages: Vec<MessageSeen>,
        unsubscribed: &[SendId],
    ) -> Self {
        messages.sort_by_key(|seen| seen.send);
        let mut seen: Vec<MessageSeen> = Vec::with_capacity(messages.len());
        for message in messages {
            match seen.last_mut() {
                Some(last) if last.send == message.send => last.merge(message),
                _ => seen.push(message),
            }
        }
        Self { sending, campaigns, seen, unsubscribed: Unsubscribed::of(sending.sends, unsubscribed) }
    }

    /// Every message with a send that was seen, in the order of the sends.
    pub fn seen(&self) -> impl Iterator<Item = (Send<'a>, &MessageSeen)> {
        self.seen.iter().map(|seen| (self.sending.sends.get(seen.send), seen))
    }

    /// Every send that is in the denominators, in their order, with what was seen of it.
    pub fn tracked(&self) -> impl Iterator<Item = (Send<'a>, Option<&MessageSeen>)> {
        let mut seen = self.seen.iter().peekable();
        let is_tracked = |send: &Send<'a>| self.sending.is_in_base(*send) && is_named(self.campaigns, send.campaign());
        self.sending.sends.iter().filter(is_tracked).map(move |send| {
            while seen.next_if(|seen| seen.send < send.id()).is_some() {}
            (send, seen.next_if(|seen| seen.send == send.id()))
        })
    }

    /// Whether the recipient of a send unsubscribed, by whatever message.
    pub fn has_unsubscribed(&self, send: Send<'_>) -> bool {
        self.unsubscribed.has(send)
    }

    /// The report's end, in milliseconds since 1970 UTC.
    pub fn now_ms(&self) -> i64 {
        self.sending.now_ms
    }

    /// The word for what is in the denominators.
    pub fn base_word(&self) -> &'static str {
        self.sending.base.word()
    }
}

/// Whether a campaign is one of those that are named; none stands for all.
pub(super) fn is_named(campaigns: &[String], campaign: Option<&str>) -> bool {
    campaigns.is_empty() || campaigns.iter().any(|one| one == campaign.unwrap_or(NO_CAMPAIGN))
}
