//! One event in memory, on its way from a log line into the store.

use super::identity::EventId;
use super::names::NameId;
use super::texts::TextRef;
use crate::classify::known_addresses::PlaceId;
use crate::model::actor::{Actor, Via};
use crate::model::kind::Kind;
use crate::model::network::Network;
use crate::model::reason::{NotCounted, Reason};

/// One hit with its identity, client and class. Texts that repeat are integers of the batch's names.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// Its identity.
    pub id: EventId,
    /// Milliseconds since 1970 UTC.
    pub ts_ms: i64,
    /// The message id.
    pub message: TextRef,
    /// The first eight bytes of the message id, for sorting.
    pub message_start: u64,
    /// The campaign.
    pub campaign: NameId,
    /// The link.
    pub link: NameId,
    /// The variant.
    pub variant: NameId,
    /// The method.
    pub method: NameId,
    /// The user agent.
    pub agent: NameId,
    /// The header that announced a prefetch.
    pub purpose: NameId,
    /// The signature of the URL.
    pub signature: NameId,
    /// The client's network.
    pub network: Option<Network>,
    /// The server's answer.
    pub status: u16,
    /// Why it does not count, where it does not.
    pub not_counted: Option<NotCounted>,
    /// Open or click.
    pub kind: Kind,
    /// Who was behind it.
    pub actor: Actor,
    /// What hides where it was made from.
    pub via: Via,
    /// The rule that decided.
    pub reason: Reason,
    /// The rule that the agent alone decides by.
    pub agent_reason: Reason,
    /// Whether milliseconds were logged.
    pub ts_exact: bool,
    /// What the full address told, as [`NetworkSigns::code`].
    ///
    /// [`NetworkSigns::code`]: crate::classify::network_signs::NetworkSigns::code
    pub network_reason: NameId,
    /// Where the client was, where no proxy hides it.
    pub place: PlaceId,
    /// Whether Global Privacy Control was signalled.
    pub gpc: bool,
}

/// The first eight bytes of a text as a number that sorts as the text does.
pub fn sort_start(text: &[u8]) -> u64 {
    let mut start = [0; 8];
    let n = text.len().min(8);
    start[..n].copy_from_slice(&text[..n]);
    u64::from_be_bytes(start)
}
