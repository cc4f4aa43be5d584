//! One hit in memory.

use super::names::NameId;
use super::texts::TextRef;
use crate::classify::agent::{AgentVerdicts, Office};
use crate::classify::network_signs::NetworkSigns;
use crate::model::actor::{Actor, Via};
use crate::model::kind::Kind;
use crate::model::reason::{NotCounted, Reason};
use crate::model::suspicion::Suspicions;

/// One hit: integers only, so that millions are sorted and grouped fast. It is as large as a line of the processor's cache.
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
    /// The client's network, or a hash of it; [`Row::NO_NETWORK`] where the log has no address.
    pub network: u64,
    /// The campaign.
    pub campaign: NameId,
    /// The link; none for an open.
    pub link: NameId,
    /// The values of the attributes that the report is by, as one name.
    pub group: NameId,
    /// A hash of the user agent.
    pub agent: u32,
    /// Open or click.
    pub kind: Kind,
    /// Who was behind it: by the hit alone, and after the timeline rules by all hits of the message.
    pub actor: Actor,
    /// What hides where it was made from.
    pub via: Via,
    /// The rule that says so.
    pub reason: Reason,
    /// Why it does not count, where it does not.
    pub not_counted: Option<NotCounted>,
    /// What looks odd about it; found by the timeline rules.
    pub suspicions: Suspicions,
    /// What else the timeline rules look at.
    pub signs: Signs,
}

/// What a hit shows of itself, beside its class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs(u8);

impl Signs {
    /// The method is GET.
    pub const GET: Self = Self(1);
    /// The method is HEAD or OPTIONS, and the agent Office's, looking a link up.
    pub const OFFICE_LOOKUP: Self = Self(2);
    /// The agent is Office itself, asking for a link before the browser does.
    pub const OFFICE: Self = Self(4);
    /// The agent is that of a mail provider's image proxy.
    pub const MAIL_PROXY: Self = Self(8);
    /// The address is in a network that mail scanners share with readers.
    pub const PROBABLE_NETWORK: Self = Self(16);
    /// The link is an unsubscribe link.
    pub const UNSUBSCRIBE: Self = Self(32);

    /// These signs where `is_there`, none else.
    #[must_use]
    pub fn when(self, is_there: bool) -> Self {
        if is_there { self } else { Self(0) }
    }

    /// Whether all of these are there.
    pub fn has(self, signs: Self) -> bool {
        self.0 & signs.0 == signs.0
    }
}

impl Signs {
    /// The signs of one hit. `is_unsubscribe` says whether its link unsubscribes.
    pub fn of(agent: &AgentVerdicts, method: &[u8], network: &NetworkSigns, is_unsubscribe: bool) -> Self {
        let is_lookup = agent.office() == Some(Office::Lookup) && matches!(method, b"HEAD" | b"OPTIONS");
        Self::GET.when(method == b"GET")
            | Self::OFFICE_LOOKUP.when(is_lookup)
            | Self::OFFICE.when(agent.office() == Some(Office::Request))
            | Self::MAIL_PROXY.when(agent.is_mail_proxy())
            | Self::PROBABLE_NETWORK.when(network.is_probable_scanner())
            | Self::UNSUBSCRIBE.when(is_unsubscribe)
    }
}

impl std::ops::BitOr for Signs {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Row {
    /// What stands for a network that is not known.
    pub const NO_NETWORK: u64 = u64::MAX;

    /// The network, where it is known.
    pub fn known_network(&self) -> Option<u64> {
        (self.network != Self::NO_NETWORK).then_some(self.network)
    }

    /// Whether both were logged with the same request id.
    pub fn is_same_request(&self, other: &Self) -> bool {
        self.request != 0 && self.request == other.request
    }

    /// Whether a person followed a link that unsubscribes, or a program did.
    pub fn is_unsubscribe(&self) -> bool {
        self.signs.has(Signs::UNSUBSCRIBE)
    }

    /// The order of hits on a message's timeline. Hits that were logged at the same instant have an order too, so
    /// that results do not depend on which thread read which.
    pub fn timeline_order(&self) -> (i64, u64, Kind, Actor, Reason, NameId, u32, u64) {
        (self.ts_ms, self.request, self.kind, self.actor, self.reason, self.link, self.agent, self.network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_as_large_as_a_cache_line() {
        assert_eq!(size_of::<Row>(), 64);
    }
}
