//! One thread's memory of the addresses that it has met: each is located once; and the places of a run, by number.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard};

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
    codes: PlaceCodes,
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
        numbered.codes.push([country.as_deref(), region.as_deref(), city.as_deref(), asn.as_deref()]);
        let located = Arc::new(located);
        numbered.list.push(Arc::clone(&located));
        numbered.ids.insert(located, id);
        id
    }

    /// A place; `None` for no place.
    pub fn get(&self, id: PlaceId) -> Option<Arc<NumberedPlace>> {
        self.0.lock().expect("no thread panicked with the lock").list.get(id.index()).cloned()
    }

    /// The texts of all places. No place is found while this is held.
    pub fn codes(&self) -> impl Deref<Target = PlaceCodes> + '_ {
        Held(self.0.lock().expect("no thread panicked with the lock"))
    }
}

struct Held<'p>(MutexGuard<'p, Numbered>);

impl Deref for Held<'_> {
    type Target = PlaceCodes;

    fn deref(&self) -> &PlaceCodes {
        &self.0.codes
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
    blocks: HashMap<u64, u32, foldhash::fast::RandomState>,
    /// Addresses of blocks that are in several networks.
    addresses: HashMap<IpAddr, u32, foldhash::fast::RandomState>,
    by_values: HashMap<Box<[usize]>, u32, foldhash::fast::RandomState>,
    found: Vec<Found>,
    /// Where the values of the last address stand; kept for its memory.
    values: Vec<usize>,
}

/// Stands for a block whose addresses are remembered one by one.
const MIXED: u32 = u32::MAX;

/// Bits of a block's prefix.
const BLOCK_V4: u8 = 26;
const BLOCK_V6: u8 = 48;

/// The block of an address.
fn block(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(v4) => u64::from(v4.to_bits() >> (32 - BLOCK_V4)),
        IpAddr::V6(v6) => 1 << 48 | u64::try_from(v6.to_bits() >> (128 - BLOCK_V6)).expect("48 bits fit"),
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
        let block = block(address);
        let known = match self.blocks.get(&block) {
            Some(&MIXED) => self.addresses.get(&address),
            known => known,
        };
        if let Some(at) = known {
            return self.found[*at as usize];
        }
        if self.blocks.len() + self.addresses.len() >= MAX_ADDRESSES {
            *self = Self::default();
        }
        let (at, prefix) = self.locate(address, places, numbers);
        if prefix <= if address.is_ipv4() { BLOCK_V4 } else { BLOCK_V6 } {
            self.blocks.insert(block, at);
        } else {
            self.blocks.insert(block, MIXED);
            self.addresses.insert(address, at);
        }
        self.found[at as usize]
    }

    /// Looks an address up. Many addresses share their values, and to read these takes longer than to find them: it is
    /// done once. The place in `found`, and the length of the prefix that decides.
    fn locate(&mut self, address: IpAddr, places: &Places, numbers: &PlaceNumbers) -> (u32, u8) {
        let prefix = places.values(address, &mut self.values);
        if let Some(at) = self.by_values.get(&self.values[..]) {
            return (*at, prefix);
        }
        let located = NumberedPlace::from(places.find(address));
        let asn = located.asn;
        let place = if located == NumberedPlace::default() { PlaceId::NONE } else { numbers.id(located) };
        let at = u32::try_from(self.found.len()).expect("there are no more than addresses");
        self.found.push(Found { place, asn });
        self.by_values.insert(self.values.as_slice().into(), at);
        (at, prefix)
    }
}
