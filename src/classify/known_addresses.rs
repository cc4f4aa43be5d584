//! What is remembered of the addresses that were met: each block of them is located once.

use std::net::{IpAddr, Ipv6Addr};

use hashbrown::HashMap;

use super::agent::AgentVerdicts;
use super::block_table;
use super::classifier::Classifier;
use super::place_numbers::{NumberedPlace, PlaceId, PlaceNumbers};

/// Blocks of IPv6 and single addresses that a thread has looked up itself and remembers, at most.
const MAX_ADDRESSES: usize = 1 << 20;

/// What was found of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its place, with its autonomous system.
    pub place: PlaceId,
    /// Its autonomous system, where a rule asks for it.
    pub asn: Option<u32>,
}

impl Found {
    /// Nothing is known.
    pub const NOTHING: Self = Self { place: PlaceId::NONE, asn: None };
}

/// What is known of an address or a block, in 32 bits: a hit's address is likely to be the one thing of it that the
/// processor must fetch from far away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known(u32);

impl Known {
    /// It was not met yet.
    const NOTHING: Self = Self(0);

    /// A block in several networks, whose addresses are remembered one by one.
    const MIXED: Self = Self(1);

    /// A place, and whether a rule asks for its autonomous system.
    fn of(place: PlaceId, has_signs: bool) -> Self {
        let number = place.number().wrapping_add(2);
        assert!(number < 1 << 31, "two billion places do not fit into memory");
        Self(number << 1 | u32::from(has_signs))
    }

    fn place(self) -> PlaceId {
        PlaceId::of_number((self.0 >> 1).wrapping_sub(2))
    }

    fn has_signs(self) -> bool {
        self.0 & 1 == 1
    }
}

/// One thread's view of the addresses that have been located. Those of one block are, as a rule, at the same place, and
/// are remembered together: few networks of the databases are smaller. Blocks are remembered for all threads.
#[derive(Debug, Default)]
pub struct KnownAddresses {
    v6: HashMap<u64, Known, foldhash::fast::RandomState>,
    /// Addresses of blocks that are in several networks, or that the table of blocks has no room for.
    addresses: HashMap<IpAddr, Known, foldhash::fast::RandomState>,
    /// The autonomous systems of places that a rule asks for.
    asns: HashMap<PlaceId, Option<u32>, foldhash::fast::RandomState>,
    /// What the databases' values mean; and for all values but the last, a number that stands for those so far.
    by_values: HashMap<(u32, usize), u32, foldhash::fast::RandomState>,
    /// Where the values of the last address stand; kept for its memory.
    values: Vec<usize>,
}

/// Bits of an IPv6 block's prefix.
const BLOCK_V6: u8 = 48;

impl KnownAddresses {
    /// What the databases know of the address of a hit by this agent; at first sight it is looked up. Behind a mail
    /// proxy, which half of all hits come through, neither the place nor the owner of the address says anything.
    pub fn of_hit(
        &mut self,
        agent: &AgentVerdicts,
        address: IpAddr,
        classifier: &Classifier,
        numbers: &PlaceNumbers,
    ) -> Found {
        if agent.is_mail_proxy() || classifier.places.is_empty() {
            return Found::NOTHING;
        }
        let known = self.get(address.to_canonical(), classifier, numbers);
        let place = known.place();
        if !known.has_signs() {
            return Found { place, asn: None };
        }
        let asn = || numbers.get(place).and_then(|place| place.asn);
        Found { place, asn: *self.asns.entry(place).or_insert_with(asn) }
    }

    fn get(&mut self, address: IpAddr, classifier: &Classifier, numbers: &PlaceNumbers) -> Known {
        let of_block = match address {
            IpAddr::V4(v4) => Known(numbers.blocks.get(v4)),
            IpAddr::V6(v6) => self.get_v6(block_v6(v6), numbers),
        };
        if of_block != Known::MIXED && of_block != Known::NOTHING {
            return of_block;
        }
        if let Some(known) = self.addresses.get(&address) {
            return *known;
        }
        if self.v6.len() + self.addresses.len() >= MAX_ADDRESSES {
            *self = Self::default();
        }
        let (known, prefix) = self.locate(address, classifier, numbers);
        self.remember(address, known, prefix, numbers);
        known
    }

    fn get_v6(&mut self, block: u64, numbers: &PlaceNumbers) -> Known {
        if let Some(known) = self.v6.get(&block) {
            return *known;
        }
        // Another thread may have met it.
        let known = Known(numbers.blocks_v6.get(block));
        if known != Known::NOTHING {
            self.v6.insert(block, known);
        }
        known
    }

    /// `prefix` is the length of the longest prefix that decided.
    fn remember(&mut self, address: IpAddr, known: Known, prefix: u8, numbers: &PlaceNumbers) {
        let is_whole = prefix <= if address.is_ipv4() { block_table::BLOCK } else { BLOCK_V6 };
        let of_block = if is_whole { known } else { Known::MIXED };
        let is_kept = match address {
            IpAddr::V4(v4) => numbers.blocks.set(v4, prefix, of_block.0),
            IpAddr::V6(v6) => {
                self.v6.insert(block_v6(v6), of_block);
                numbers.blocks_v6.set(block_v6(v6), of_block.0);
                true
            }
        };
        if !is_whole || !is_kept {
            self.addresses.insert(address, known);
        }
    }

    /// Looks an address up. Many addresses share their values, and to read these takes longer than to find them: it is
    /// done once. What is known, and the length of the prefix that decides.
    fn locate(&mut self, address: IpAddr, classifier: &Classifier, numbers: &PlaceNumbers) -> (Known, u8) {
        let prefix = classifier.places.values(address, &mut self.values);
        let (last, before) = self.values.split_last().expect("there are databases");
        let mut so_far = 0;
        for value in before {
            let next = u32::try_from(self.by_values.len()).expect("few values are remembered") + 1;
            so_far = *self.by_values.entry((so_far, *value)).or_insert(next);
        }
        if let Some(known) = self.by_values.get(&(so_far, *last)) {
            return (Known(*known), prefix);
        }
        let located = NumberedPlace::from(classifier.places.find(address));
        let has_signs = located.asn.is_some_and(|asn| classifier.asks_for(asn));
        let place = if located == NumberedPlace::default() { PlaceId::NONE } else { numbers.id(located) };
        let known = Known::of(place, has_signs);
        self.by_values.insert((so_far, *last), known.0);
        (known, prefix)
    }
}

fn block_v6(address: Ipv6Addr) -> u64 {
    u64::try_from(address.to_bits() >> (128 - BLOCK_V6)).expect("48 bits fit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_fits_into_32_bits() {
        for (number, has_signs) in [(0, false), (0, true), (7, true), ((1 << 31) - 3, true), (u32::MAX, false)] {
            let place = PlaceId::of_number(number);
            let known = Known::of(place, has_signs);
            assert_eq!((known.place(), known.has_signs()), (place, has_signs), "{number}");
            assert!(known != Known::NOTHING && known != Known::MIXED);
        }
    }
}
