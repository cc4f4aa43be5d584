//! The places of a run, by number.

use std::sync::{Arc, Mutex};

use hashbrown::HashMap;

use super::block_table::{BlockMap, BlockTable};
use super::places::Located;
use crate::model::text_codes::TextCodes;

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

    /// The place with this number.
    pub(super) fn of_number(number: u32) -> Self {
        Self(number)
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
pub struct PlaceNumbers {
    numbered: Mutex<Numbered>,
    /// What is known of blocks of addresses.
    pub(super) blocks: BlockTable,
    /// The same of IPv6. Threads look here when they have not met a block themselves.
    pub(super) blocks_v6: BlockMap,
}

impl PlaceNumbers {
    /// The number of a place.
    pub(super) fn id(&self, located: NumberedPlace) -> PlaceId {
        let mut numbered = self.numbered.lock().expect("no thread panicked with the lock");
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
        self.numbered.lock().expect("no thread panicked with the lock").list.get(id.index()).cloned()
    }

    /// The texts of all places so far.
    pub fn codes(&self) -> Arc<PlaceCodes> {
        Arc::clone(&self.numbered.lock().expect("no thread panicked with the lock").codes)
    }
}
