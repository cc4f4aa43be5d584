//! Places and networks' owners, from databases that the tests write.

use std::net::IpAddr;
use std::path::PathBuf;

use mailpixel::classify::places::{Kinds, Located, Place, Places};
use serde_json::{Value, json};

use crate::support::Workdir;
use crate::support::mmdb::Mmdb;

fn city(country: &str, region: &str, city: &str) -> Value {
    json!({
        "continent": {"code": "EU", "geoname_id": 6_255_148},
        "country": {"geoname_id": 2_921_044, "iso_code": country, "names": {"de": "x", "en": "y"}},
        "registered_country": {"iso_code": "US"},
        "city": {"names": {"de": "anders", "en": city}},
        "location": {"latitude": 52.5, "longitude": -13.25, "accuracy_radius": 20, "time_zone": "Europe/Berlin"},
        "subdivisions": [{"iso_code": "XX", "names": {"en": region}}, {"iso_code": "YY", "names": {"en": "inner"}}],
        "traits": {"is_anycast": true},
    })
}

fn place<'a>(country: &'a str, region: &'a str, city: &'a str) -> Option<Place<'a>> {
    let known = |text: &'a str| Some(text).filter(|text| !text.is_empty());
    Some(Place { country: known(country), region: known(region), city: known(city) })
}

fn open(work: &Workdir, databases: &[Mmdb]) -> Places {
    let write = |(at, database): (usize, &Mmdb)| work.write(&format!("{at}.mmdb"), &database.bytes());
    let paths: Vec<PathBuf> = databases.iter().enumerate().map(write).collect();
    Places::open(&paths).unwrap()
}

fn find<'a>(places: &'a Places, address: &str) -> Located<'a> {
    places.find(address.parse().unwrap())
}

fn refusal(work: &Workdir, bytes: &[u8]) -> String {
    let path = work.path().join("bad.mmdb");
    std::fs::write(&path, bytes).unwrap();
    let error = Places::open(&[path]).unwrap_err().to_string();
    error.replace(&work.path().display().to_string(), "DIR")
}

#[test]
fn nested_networks_in_every_record_size() {
    let work = Workdir::new();
    for bits in [24, 28, 32] {
        let database = Mmdb::new("GeoLite2-City")
            .record_size(bits)
            .insert("192.0.2.128/25", city("FR", "Bretagne", "Brest"))
            .insert("192.0.0.0/16", city("DE", "Berlin", "Berlin"))
            .insert("192.0.2.129/32", city("AT", "Wien", "Wien"))
            .insert("2001:db8::/32", city("IT", "Lazio", "Roma"))
            .insert("2001:db8:1::/48", city("ES", "Madrid", &"M".repeat(300)));
        let places = open(&work, &[database]);
        for (address, expected) in [
            ("192.0.1.1", place("DE", "Berlin", "Berlin")),
            ("192.0.2.127", place("DE", "Berlin", "Berlin")),
            ("192.0.2.128", place("FR", "Bretagne", "Brest")),
            ("192.0.2.129", place("AT", "Wien", "Wien")),
            ("192.0.2.130", place("FR", "Bretagne", "Brest")),
            ("::ffff:192.0.2.129", place("AT", "Wien", "Wien")),
            ("192.1.0.0", None),
            ("2001:db8::1", place("IT", "Lazio", "Roma")),
            ("2001:db8:1::1", place("ES", "Madrid", &"M".repeat(300))),
            ("2001:db9::", None),
        ] {
            assert_eq!(find(&places, address), Located { place: expected, asn: None }, "{bits} {address}");
        }
        assert_eq!(places.names(), ["GeoLite2-City of 2024-05-01"]);
        assert_eq!(places.kinds(), Kinds { country: true, region: true, city: true, asn: false });
    }
}

#[test]
fn every_makers_values_are_read() {
    let work = Workdir::new();
    for (value, expected, asn) in [
        (json!({"country": {"iso_code": "DE"}}), place("DE", "", ""), None),
        (
            json!({"registered_country": {"iso_code": "US"}, "traits": {"is_satellite": true}}),
            place("US", "", ""),
            None,
        ),
        (
            json!({"country": {"iso_code": "DE"}, "subdivisions": [{"iso_code": "BE"}], "city": {"names": {"de": "x"}}}),
            place("DE", "BE", ""),
            None,
        ),
        (json!({"country": {"iso_code": "DE"}, "subdivisions": []}), place("DE", "", ""), None),
        (json!({"autonomous_system_number": 8075, "autonomous_system_organization": "MICROSOFT"}), None, Some(8075)),
        (
            json!({"asn": "AS15169", "as_name": "Google", "country": "United States", "country_code": "US"}),
            place("US", "", ""),
            Some(15169),
        ),
        (
            json!({"country": "US", "region": "Ohio", "city": "Dayton", "asn": "64500"}),
            place("US", "Ohio", "Dayton"),
            Some(64500),
        ),
        (
            json!({"country_code": "FR", "state1": "Bretagne", "city": "", "asn": 64501}),
            place("FR", "Bretagne", ""),
            Some(64501),
        ),
        (json!({"asn": "", "country": "", "country_code": "FR"}), place("FR", "", ""), None),
    ] {
        let text = value.to_string();
        let places = open(&work, &[Mmdb::new("any").ipv4_only().insert("192.0.2.0/24", value)]);
        assert_eq!(find(&places, "192.0.2.9"), Located { place: expected, asn }, "{text}");
        assert_eq!(find(&places, "2001:db8::"), Located::default());
    }
}

#[test]
fn the_first_database_that_knows_decides() {
    let work = Workdir::new();
    let places = open(
        &work,
        &[
            Mmdb::new("DBIP-Country-Lite")
                .insert("192.0.2.0/25", json!({"country": {"iso_code": "DE"}}))
                .insert("192.0.2.128/25", json!({"country": {"iso_code": "FR"}})),
            Mmdb::new("GeoLite2-ASN").ipv4_only().insert("192.0.2.0/24", json!({"autonomous_system_number": 64500})),
            Mmdb::new("GeoLite2-City").insert("192.0.0.0/16", city("DE", "Berlin", "Berlin")),
            Mmdb::new("other").insert("192.0.0.0/16", json!({"asn": 64501})),
        ],
    );
    for (address, expected, asn) in [
        ("192.0.2.1", place("DE", "Berlin", "Berlin"), 64500),
        // No German city in France.
        ("192.0.2.200", place("FR", "", ""), 64500),
        ("192.0.3.1", place("DE", "Berlin", "Berlin"), 64501),
    ] {
        assert_eq!(find(&places, address), Located { place: expected, asn: Some(asn) }, "{address}");
    }
    assert_eq!(places.kinds(), Kinds { country: true, region: true, city: true, asn: true });
    assert_eq!(places.names().len(), 4);
    assert_eq!(find(&Places::default(), "192.0.2.1"), Located::default());
}

#[test]
fn what_is_no_such_database_is_refused() {
    let work = Workdir::new();
    let anonymous = Mmdb::new("GeoIP2-Anonymous-IP").insert("192.0.2.0/24", json!({"is_anonymous": true}));
    assert_eq!(
        refusal(&work, &anonymous.bytes()),
        "DIR/bad.mmdb: GeoIP2-Anonymous-IP holds no places and no networks' owners: expected a City, Country or ASN \
         database of MaxMind, DB-IP or IPinfo"
    );
    let whole = "DIR/bad.mmdb: not a whole MaxMind database (.mmdb), download it again";
    for bytes in [b"".as_slice(), b"<html>", &[0; 4096]] {
        assert!(refusal(&work, bytes).starts_with(whole));
    }
    let packed = "DIR/bad.mmdb: this is a packed file: unpack it and name the .mmdb file in it";
    assert_eq!(refusal(&work, b"\x1f\x8b\x08\0"), packed);
    let missing = Places::open(&[work.path().join("none.mmdb")]).unwrap_err().to_string();
    assert!(missing.contains("none.mmdb: "), "{missing}");
    let wrong = Mmdb::new("odd").insert("192.0.2.0/24", json!({"country": {"iso_code": 7}}));
    assert!(refusal(&work, &wrong.bytes()).starts_with(whole));
}

fn small() -> Vec<u8> {
    Mmdb::new("GeoLite2-City")
        .ipv4_only()
        .insert("192.0.2.0/24", city("DE", "Berlin", "Berlin"))
        .insert("198.51.100.0/24", city("FR", "Bretagne", "Brest"))
        .bytes()
}

#[test]
fn a_file_that_was_cut_is_refused() {
    let work = Workdir::new();
    let bytes = small();
    for length in 0..bytes.len() {
        refusal(&work, &bytes[..length]);
    }
}

#[test]
fn damage_is_refused_or_unknown_and_never_a_panic() {
    let work = Workdir::new();
    let bytes = small();
    let path = work.path().join("0.mmdb");
    let addresses = ["192.0.2.1", "198.51.100.1", "203.0.113.1"].map(|text| text.parse::<IpAddr>().unwrap());
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xFF] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            std::fs::write(&path, damaged).unwrap();
            if let Ok(places) = Places::open(std::slice::from_ref(&path)) {
                for address in addresses {
                    places.find(address);
                }
                places.names();
            }
        }
    }
}
