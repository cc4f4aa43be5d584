//! One thread's memory of the addresses that it has met: each is located once; and the places of a run, by number.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex};

use hashbrown::HashMap;

use super::agent::AgentVerdicts;
use super::places::{Located, Places};
use crate::model::text_codes::TextCodes;

/// Blocks and addresses that are remembered, at most.
const MAX_ADDRESSES: usize = 1 << 20;

/// The number of a place. [`PlaceId::NONE`] stands for no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PlaceId(u32);

impl PlaceId {
    /// No place: no database knows it, or a proxy hides it.
    pub const NONE: Self = Self(u32::MAX);

    /// The place in a list of places; for no place, one that no list has.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// The same as a number: that of a dictionary's entry, or null.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// A place with its autonomous system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NumberedPlace {
    /// The country's ISO code.
    pub country: Option<Box<str>>,
    /// The region's name.
    pub region: Option<Box<str>>,
    /// The city's name.
    pub city: Option<Box<str>>,
    /// The autonomous system.
    pub asn: Option<u32>,
}

impl From<Located<'_>> for NumberedPlace {
    fn from(located: Located<'_>) -> Self {
        let place = located.place.unwrap_or_default();
        Self {
            country: place.country.map(Into::into),
            region: place.region.map(Into::into),
            city: place.city.map(Into::into),
            asn: located.asn,
        }
    }
}

#[derive(Debug, Default)]
struct Numbered {
    ids: HashMap<Arc<NumberedPlace>, PlaceId, foldhash::fast::RandomState>,
    list: Vec<Arc<NumberedPlace>>,
    /// Shared with whoever took it: then the next new place makes a copy.
    codes: Arc<PlaceCodes>,
}

/// Country, region, city and autonomous system of each place, at the place of its number.
pub type PlaceCodes = TextCodes<4>;

/// The places of a run, the same in all threads.
#[derive(Debug, Default)]
pub struct PlaceNumbers(Mutex<Numbered>);

impl PlaceNumbers {
    fn id(&self, located: NumberedPlace) -> PlaceId {
        let mut numbered = self.0.lock().expect("no thread panicked with the lock");
        if let Some(id) = numbered.ids.get(&located) {
            return *id;
        }
        let id = PlaceId(u32::try_from(numbered.list.len()).unwrap_or(u32::MAX));
        let asn = located.asn.map(|asn| asn.to_string());
        let NumberedPlace { country, region, city, .. } = &located;
        Arc::make_mut(&mut numbered.codes).push([
            country.as_deref(),
            region.as_deref(),
            city.as_deref(),
            asn.as_deref(),
        ]);
        let located = Arc::new(located);
        numbered.list.push(Arc::clone(&located));
        numbered.ids.insert(located, id);
        id
    }

    /// A place; `None` for no place.
    pub fn get(&self, id: PlaceId) -> Option<Arc<NumberedPlace>> {
        self.0.lock().expect("no thread panicked with the lock").list.get(id.index()).cloned()
    }

    /// The texts of all places so far.
    pub fn codes(&self) -> Arc<PlaceCodes> {
        Arc::clone(&self.0.lock().expect("no thread panicked with the lock").codes)
    }
}

/// What was found of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its place, with its autonomous system.
    pub place: PlaceId,
    /// Its autonomous system.
    pub asn: Option<u32>,
}

impl Found {
    /// Nothing is known.
    pub const NOTHING: Self = Self { place: PlaceId::NONE, asn: None };
}

/// Addresses that have been located. Those of one block are, as a rule, at the same place, and are remembered together:
/// few networks of the databases are smaller.
#[derive(Debug, Default)]
pub struct KnownAddresses {
    v4: HashMap<u32, Known, foldhash::fast::RandomState>,
    v6: HashMap<u64, Known, foldhash::fast::RandomState>,
    /// Addresses of blocks that are in several networks.
    addresses: HashMap<IpAddr, Known, foldhash::fast::RandomState>,
    by_values: HashMap<Box<[usize]>, Known, foldhash::fast::RandomState>,
    /// Where the values of the last address stand; kept for its memory.
    values: Vec<usize>,
}

/// Bits of a block's prefix.
const BLOCK_V4: u8 = 26;
const BLOCK_V6: u8 = 48;

/// What is remembered, small: most look-ups miss the processor's caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    place: PlaceId,
    /// Zero, which is reserved, for none.
    asn: u32,
}

impl Known {
    /// A block whose addresses are remembered one by one.
    const MIXED: Self = Self { place: PlaceId(u32::MAX - 1), asn: 0 };

    fn found(self) -> Found {
        Found { place: self.place, asn: (self.asn != 0).then_some(self.asn) }
    }
}

impl KnownAddresses {
    /// What the databases know of the address of a hit by this agent; at first sight it is looked up. Behind a mail
    /// proxy, which half of all hits come through, neither the place nor the owner of the address says anything.
    pub fn of_hit(&mut self, agent: &AgentVerdicts, address: IpAddr, places: &Places, numbers: &PlaceNumbers) -> Found {
        if agent.is_mail_proxy() { Found::NOTHING } else { self.get(address, places, numbers) }
    }

    fn get(&mut self, address: IpAddr, places: &Places, numbers: &PlaceNumbers) -> Found {
        if places.is_empty() {
            return Found::NOTHING;
        }
        let address = address.to_canonical();
        let known = match address {
            IpAddr::V4(v4) => self.v4.get(&block_v4(v4)),
            IpAddr::V6(v6) => self.v6.get(&block_v6(v6)),
        };
        let known = if known == Some(&Known::MIXED) { self.addresses.get(&address) } else { known };
        if let Some(known) = known {
            return known.found();
        }
        if self.v4.len() + self.v6.len() + self.addresses.len() >= MAX_ADDRESSES {
            *self = Self::default();
        }
        let (known, prefix) = self.locate(address, places, numbers);
        self.remember(address, known, prefix);
        known.found()
    }

    /// `prefix` is the length of the longest prefix that decided.
    fn remember(&mut self, address: IpAddr, known: Known, prefix: u8) {
        let is_whole = prefix <= if address.is_ipv4() { BLOCK_V4 } else { BLOCK_V6 };
        let of_block = if is_whole { known } else { Known::MIXED };
        match address {
            IpAddr::V4(v4) => self.v4.insert(block_v4(v4), of_block),
            IpAddr::V6(v6) => self.v6.insert(block_v6(v6), of_block),
        };
        if !is_whole {
            self.addresses.insert(address, known);
        }
    }

    /// Looks an address up. Many addresses share their values, and to read these takes longer than to find them: it is
    /// done once. What is known, and the length of the prefix that decides.
    fn locate(&mut self, address: IpAddr, places: &Places, numbers: &PlaceNumbers) -> (Known, u8) {
        let prefix = places.values(address, &mut self.values);
        if let Some(known) = self.by_values.get(&self.values[..]) {
            return (*known, prefix);
        }
        let located = NumberedPlace::from(places.find(address));
        let asn = located.asn.unwrap_or_default();
        let place = if located == NumberedPlace::default() { PlaceId::NONE } else { numbers.id(located) };
        let known = Known { place, asn };
        self.by_values.insert(self.values.as_slice().into(), known);
        (known, prefix)
    }
}

fn block_v4(address: Ipv4Addr) -> u32 {
    address.to_bits() >> (32 - BLOCK_V4)
}

fn block_v6(address: Ipv6Addr) -> u64 {
    u64::try_from(address.to_bits() >> (128 - BLOCK_V6)).expect("48 bits fit")
}
