//! What a database of places says of one network, whoever made it.
//!
//! MaxMind and DB-IP nest their values (`country.iso_code`, `city.names.en`) and write the system as a number
//! (`autonomous_system_number`). IPinfo, IPLocate and others have flat texts (`country_code`, `city`, `region`,
//! `asn` as `AS15169`). One record reads both; what it does not know is skipped without being decoded.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// One network's values, as they stand in the database.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PlaceRecord<'a> {
    #[serde(borrow)]
    country: Name<'a>,
    #[serde(borrow)]
    registered_country: Name<'a>,
    country_code: Option<&'a str>,
    #[serde(borrow)]
    subdivisions: First<'a>,
    #[serde(borrow)]
    region: Name<'a>,
    state1: Option<&'a str>,
    #[serde(borrow)]
    city: Name<'a>,
    autonomous_system_number: Asn,
    asn: Asn,
}

impl<'a> PlaceRecord<'a> {
    /// The two-letter code of the country; where the network is in none, of the one it is registered in.
    pub(super) fn country(&self) -> Option<&'a str> {
        let codes = [self.country.iso_code, self.country_code, self.country.text, self.registered_country.iso_code];
        codes.into_iter().flatten().find(|code| code.len() == 2)
    }

    /// The region: the English name of the first subdivision, else its code.
    pub(super) fn region(&self) -> Option<&'a str> {
        self.subdivisions.0.best().or(self.region.best()).or(known(self.state1))
    }

    /// The English name of the city.
    pub(super) fn city(&self) -> Option<&'a str> {
        self.city.best()
    }

    /// The number of the autonomous system.
    pub(super) fn asn(&self) -> Option<u32> {
        self.autonomous_system_number.0.or(self.asn.0).filter(|asn| *asn != 0)
    }
}

/// Some databases have empty texts where they know nothing.
fn known(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// A named thing: a map with a code and names, or a text.
#[derive(Clone, Copy, Debug, Default)]
struct Name<'a> {
    text: Option<&'a str>,
    iso_code: Option<&'a str>,
    english: Option<&'a str>,
}

impl<'a> Name<'a> {
    fn best(&self) -> Option<&'a str> {
        known(self.english).or(known(self.text)).or(known(self.iso_code))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a map with names")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Name { text: Some(text), ..Name::default() })
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut name = Name::default();
        while let Some(key) = map.next_key::<&str>()? {
            match key {
                "iso_code" => name.iso_code = Some(map.next_value()?),
                "names" => name.english = map.next_value::<Names<'de>>()?.en,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(name)
    }
}

#[derive(Deserialize)]
struct Names<'a> {
    en: Option<&'a str>,
}

/// The first of a list, which is the largest subdivision.
#[derive(Debug, Default)]
struct First<'a>(Name<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for First<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(FirstVisitor).map(First)
    }
}

struct FirstVisitor;

impl<'de> Visitor<'de> for FirstVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of subdivisions")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<Self::Value, S::Error> {
        let first = items.next_element()?.unwrap_or_default();
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first)
    }
}

/// A number, or a text such as `AS15169`.
#[derive(Debug, Default)]
struct Asn(Option<u32>);

impl<'de> Deserialize<'de> for Asn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AsnVisitor)
    }
}

struct AsnVisitor;

impl Visitor<'_> for AsnVisitor {
    type Value = Asn;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or a text such as AS15169")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Asn, E> {
        Ok(Asn(u32::try_from(number).ok()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Asn, E> {
        Ok(Asn(text.strip_prefix("AS").unwrap_or(text).parse().ok()))
    }
}
