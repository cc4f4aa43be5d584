//! What is remembered of addresses, by several threads, against the databases asked for each address anew.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use mailpixel::classify::agent::AgentVerdicts;
use mailpixel::classify::classifier::Classifier;
use mailpixel::classify::known_addresses::KnownAddresses;
use mailpixel::classify::place_numbers::{NumberedPlace, PlaceNumbers};
use mailpixel::classify::places::Places;
use proptest::prelude::*;
use serde_json::json;

use crate::support::Workdir;
use crate::support::mmdb::Mmdb;
use crate::support::timeline::BROWSER;

/// Larger than a page of blocks, nested, smaller than a block; the databases cut the space differently.
const CITIES: [&str; 9] = [
    "198.18.0.0/20",
    "198.18.3.64/27",
    "198.18.64.0/18",
    "198.18.128.0/17",
    "198.19.0.0/25",
    "198.19.0.128/32",
    "2001:db8::/44",
    "2001:db8:5::/64",
    "2001:db8:20::/48",
];
const SYSTEMS: [&str; 4] = ["198.18.0.0/16", "198.18.3.0/26", "198.19.0.0/24", "2001:db8::/46"];

fn places() -> Places {
    let work = Workdir::new();
    let city = |cities: Mmdb, (i, network): (usize, &&str)| {
        cities.insert(network, json!({"country": {"iso_code": "FR"}, "city": {"names": {"en": format!("City{i}")}}}))
    };
    let system = |systems: Mmdb, (i, network): (usize, &&str)| {
        systems.insert(network, json!({"autonomous_system_number": 64_500 + i}))
    };
    work.write("city.mmdb", &CITIES.iter().enumerate().fold(Mmdb::new("GeoLite2-City"), city).bytes());
    work.write("asn.mmdb", &SYSTEMS.iter().enumerate().fold(Mmdb::new("GeoLite2-ASN"), system).bytes());
    // This one has nothing for any address of IPv6.
    let owners = Mmdb::new("GeoLite2-ASN").ipv4_only();
    work.write("v4.mmdb", &owners.insert("198.19.128.0/17", json!({"autonomous_system_number": 64_600})).bytes());
    Places::open(&["city.mmdb", "asn.mmdb", "v4.mmdb"].map(|name| work.path().join(name))).unwrap()
}

/// Addresses at the edges of the networks above, and between them.
fn address() -> impl Strategy<Value = IpAddr> {
    let low = prop::sample::select(vec![0_u8, 1, 3, 15, 16, 63, 64, 127, 128, 255]);
    let v4 = (18..21_u8, low, any::<u8>()).prop_map(|(b, c, d)| IpAddr::V4(Ipv4Addr::new(198, b, c, d)));
    let v6 = (0..0x30_u16, 0..3_u16, 0..3_u16)
        .prop_map(|(c, d, last)| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, c, d, 0, 0, 0, last)));
    prop_oneof![3 => v4.clone(), 2 => v6, 1 => v4.prop_map(|v4| match v4 {
        IpAddr::V4(v4) => IpAddr::V6(v4.to_ipv6_mapped()),
        v6 => v6,
    })]
}

#[test]
fn threads_that_remember_say_what_the_databases_say() {
    let classifier = Classifier { places: places(), ..Classifier::default() };
    let agent = AgentVerdicts::of(BROWSER.as_bytes());
    let asked = prop::collection::vec((0..3_usize, address()), 1..120);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(asked in asked)| {
        let numbers = PlaceNumbers::default();
        let mut threads: [KnownAddresses; 3] = Default::default();
        for (thread, address) in asked {
            let found = threads[thread].of_hit(&agent, address, &classifier, &numbers);
            let expected = NumberedPlace::from(classifier.places.find(address));
            let found = numbers.get(found.place).map_or_else(NumberedPlace::default, |place| (*place).clone());
            prop_assert_eq!(found, expected, "{}", address);
        }
    });
}
