//! One event in memory, on its way from a log line into the store.

use super::identity::EventId;
use super::names::NameId;
use super::profile::ProfileId;
use super::texts::TextRef;
use crate::classify::place_numbers::PlaceId;
use crate::model::network::Network;

/// One hit with its identity, client and class. Texts that repeat are integers of the batch's names. It fills one line
/// of the processor's cache: sorted events are fetched from all over the memory.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Event {
    /// Its identity.
    pub id: EventId,
    /// Milliseconds since 1970 UTC.
    pub ts_ms: i64,
    /// The client's network.
    pub network: Option<Network>,
    /// The message id.
    pub message: TextRef,
    /// The campaign.
    pub campaign: NameId,
    /// The link.
    pub link: NameId,
    /// The variant.
    pub variant: NameId,
    /// The signature of the URL.
    pub signature: NameId,
    /// Where the client was, where no proxy hides it.
    pub place: PlaceId,
    /// How it was made, and what was made of it.
    pub profile: ProfileId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_one_cache_line() {
        assert_eq!(size_of::<Event>(), 64);
    }
}
