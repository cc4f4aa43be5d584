//! What makes two records the same event, and two addresses the same network without keeping the address.

use std::hash::Hasher;

use siphasher::sip::SipHasher24;
use siphasher::sip128::{Hasher128, SipHasher13};

use crate::model::kind::Kind;
use crate::model::network::Network;

/// Keys of the identity hash. They are part of the stored format: all hosts and versions must agree.
const IDENTITY_KEYS: (u64, u64) = (0x6d61_696c_7069_7865, 0x6c2e_6576_656e_7473);

/// 128 bits that name an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// The upper half.
    pub hi: i64,
    /// The lower half.
    pub lo: i64,
}

/// What an event is the same by.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'a> {
    /// nginx's `$request_id`: the same event in whatever log it stands.
    RequestId(&'a [u8]),
    /// The source and the byte at which its line starts: the same event only in the same source.
    Position {
        /// The source.
        source: &'a SourceHash,
        /// The offset in the unpacked log.
        offset: u64,
    },
}

/// The beginning of the identity of all events of a source, hashed once.
#[derive(Clone, Copy, Debug)]
pub struct SourceHash(SipHasher13);

impl SourceHash {
    /// That of the source with this id.
    pub fn new(source: &str) -> Self {
        let mut hasher = hasher();
        hasher.write_u8(1);
        field(&mut hasher, source.as_bytes());
        Self(hasher)
    }
}

fn hasher() -> SipHasher13 {
    SipHasher13::new_with_keys(IDENTITY_KEYS.0, IDENTITY_KEYS.1)
}

/// The identity of an event. Two hits of one request differ in their kind, campaign, message or link.
pub fn event_id(origin: Origin<'_>, kind: Kind, campaign: &[u8], message: &[u8], link: &[u8]) -> EventId {
    let mut hasher = match origin {
        Origin::RequestId(id) => {
            let mut hasher = hasher();
            hasher.write_u8(0);
            field(&mut hasher, id);
            hasher
        }
        Origin::Position { source, offset } => {
            let mut hasher = source.0;
            hasher.write_u64(offset);
            hasher
        }
    };
    hasher.write_u8(kind as u8);
    field(&mut hasher, campaign);
    field(&mut hasher, message);
    field(&mut hasher, link);
    let hash = hasher.finish128();
    EventId { hi: hash.h1.cast_signed(), lo: hash.h2.cast_signed() }
}

/// Bytes with their length before them, so that neighbours can't run into each other.
fn field(hasher: &mut SipHasher13, bytes: &[u8]) {
    hasher.write_u64(bytes.len() as u64);
    hasher.write(bytes);
}

/// The secret of a store with which networks are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkKey(pub [u8; 16]);

impl NetworkKey {
    /// A hash of a network that can't be undone without the key, although there are few networks.
    pub fn hash(&self, network: Network) -> i64 {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        hasher.write_u64(network.bits());
        hasher.finish().cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_fixed_and_different() {
        let id = |origin, campaign: &str, message: &str| {
            event_id(origin, Kind::Open, campaign.as_bytes(), message.as_bytes(), b"")
        };
        let request = Origin::RequestId(b"00112233445566778899aabbccddeeff");
        let source = SourceHash::new("s");
        let position = |offset| Origin::Position { source: &source, offset };
        let all = [
            id(request, "c", "m"),
            id(request, "cm", ""),
            id(request, "", "cm"),
            id(position(0), "c", "m"),
            id(position(1), "c", "m"),
            event_id(request, Kind::Click, b"c", b"m", b""),
            event_id(request, Kind::Open, b"c", b"m", b"l"),
        ];
        assert!((1..all.len()).all(|i| !all[..i].contains(&all[i])));
        // A change of this value would count every stored event twice when its log is read again.
        assert_eq!((all[0].hi, all[0].lo), GOLDEN);
        assert_eq!((all[3].hi, all[3].lo), GOLDEN_POSITION);
    }

    const GOLDEN_POSITION: (i64, i64) = (625_242_477_976_261_337, 1_274_738_872_826_557_720);

    const GOLDEN: (i64, i64) = (3_639_664_092_532_357_609, 4_058_483_274_132_545_468);
}
