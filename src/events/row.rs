//! One counted hit in memory.

use super::names::NameId;
use super::texts::TextRef;
use crate::model::actor::Actor;
use crate::model::kind::Kind;
use crate::model::reason::Reason;

/// One counted hit: integers only, so that millions are sorted and grouped fast.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// A hash of campaign and message. Rows of one message share it; where two messages share it, the texts tell
    /// them apart.
    pub key: u64,
    /// Milliseconds since 1970 UTC.
    pub ts_ms: i64,
    /// A hash of the request id; 0 where none is logged.
    pub request: u64,
    /// The message id.
    pub message: TextRef,
    /// The campaign.
    pub campaign: NameId,
    /// The link; none for an open.
    pub link: NameId,
    /// Open or click.
    pub kind: Kind,
    /// Who was behind it.
    pub actor: Actor,
    /// The rule that says so.
    pub reason: Reason,
    /// Whether the link is an unsubscribe link.
    pub is_unsubscribe: bool,
}

impl Row {
    /// Whether both were logged with the same request id.
    pub fn is_same_request(&self, other: &Self) -> bool {
        self.request != 0 && self.request == other.request
    }

    /// The order of hits on a message's timeline. Hits that were logged at the same instant have an order too, so
    /// that results do not depend on which thread read which.
    pub fn timeline_order(&self) -> (i64, u64, Kind, Actor, Reason, NameId) {
        (self.ts_ms, self.request, self.kind, self.actor, self.reason, self.link)
    }
}
