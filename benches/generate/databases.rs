//! Databases of places and autonomous systems for the addresses of the generated logs, of the size and depth of real
//! ones where it matters: every address is found, at the depth of a /25 or a /48, among 100 000 networks; a city's
//! record has names in eight languages.

use std::io;
use std::path::Path;

use serde_json::{Value, json};

use crate::mmdb::Mmdb;

/// Distinct cities.
const CITIES: u32 = 5_000;

/// Distinct autonomous systems.
const SYSTEMS: u32 = 2_000;

/// Writes `city.mmdb` and `asn.mmdb`.
pub(crate) fn write(folder: &Path) -> io::Result<()> {
    let mut cities = Mmdb::new("GeoLite2-City");
    let mut owners = Mmdb::new("GeoLite2-ASN");
    for (number, network) in (0..).zip(networks()) {
        cities = cities.insert(&network, city(number % CITIES));
        owners = owners.insert(&network, owner(number % SYSTEMS));
    }
    for (name, database) in [("city.mmdb", cities), ("asn.mmdb", owners)] {
        let path = folder.join(name);
        let named = |error| io::Error::other(format!("{}: {error}", path.display()));
        std::fs::write(&path, database.bytes()).map_err(named)?;
    }
    Ok(())
}

/// Networks that cover the addresses of `addresses`.
fn networks() -> impl Iterator<Item = String> {
    let halves = |start: String| [format!("{start}.0/25"), format!("{start}.128/25")];
    let block = |first: u8, second: std::ops::Range<u8>| {
        second.flat_map(move |b| (0..=u8::MAX).map(move |c| format!("{first}.{b}.{c}")))
    };
    let v4 = block(100, 64..128)
        .chain(block(198, 18..20))
        .chain(block(17, 57..59))
        .chain(block(104, 28..29))
        .chain(block(40, 107..108))
        .chain((64..96).map(|c| format!("66.249.{c}")))
        .chain((208..218).map(|c| format!("74.125.{c}")))
        .chain((64..72).map(|c| format!("98.137.{c}")))
        .chain(["209.222.82", "192.0.2", "198.51.100", "203.0.113"].map(str::to_owned));
    let v6 = (0..=u16::MAX).map(|low| format!("2001:db8:{low:x}::/48"));
    v4.flat_map(halves).chain(v6).chain(["2a01:111:f403::/48".to_owned()])
}

fn city(number: u32) -> Value {
    let names = |what: &str| {
        let languages = ["de", "en", "es", "fr", "ja", "pt-BR", "ru", "zh-CN"];
        let name = |language: &str| (language.to_owned(), json!(format!("{what} {number} ({language})")));
        Value::Object(languages.map(name).into_iter().collect())
    };
    let country = ["DE", "FR", "GB", "IT", "NL", "PL", "ES", "US"][number as usize % 8];
    let id = 2_000_000 + number;
    json!({
        "city": {"geoname_id": id, "names": names("City")},
        "continent": {"code": "EU", "geoname_id": 6_255_148, "names": names("Continent")},
        "country": {"geoname_id": id, "iso_code": country, "names": names("Country")},
        "location": {"accuracy_radius": 20, "latitude": 52.5, "longitude": 13.25, "time_zone": "Europe/Berlin"},
        "postal": {"code": format!("{number:05}")},
        "registered_country": {"geoname_id": id, "iso_code": country, "names": names("Country")},
        "subdivisions": [{"geoname_id": id, "iso_code": "BE", "names": names("Region")}],
    })
}

fn owner(number: u32) -> Value {
    json!({
        "autonomous_system_number": 64_512 + number,
        "autonomous_system_organization": format!("Network {number}"),
    })
}
