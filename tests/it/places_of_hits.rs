//! `--geo`: which hits get a place, and which never.

use mailpixel::store::{Layout, events_file};
use serde_json::{Value, json};

use crate::support::logline::LogLine;
use crate::support::mmdb::Mmdb;
use crate::support::timeline::BROWSER;
use crate::support::{Outcome, Workdir};

const SAFARI: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/17.3 Safari/605.1.15";
const GMAIL: &str = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";

/// Agent, address, whether it is a click, and the place that the store keeps.
const HITS: [(&str, &str, bool, &str); 10] = [
    (BROWSER, "192.0.2.9", false, "FR Bretagne Brest 64500"),
    (BROWSER, "192.0.2.9", true, "FR Bretagne Brest 64500"),
    ("curl/8.4.0", "192.0.2.9", false, "FR Bretagne Brest 64500"),
    (GMAIL, "192.0.2.9", false, "- - - -"),
    ("Mozilla/5.0", "192.0.2.9", false, "- - - -"),
    // iCloud Private Relay, by the list and by Apple's own network.
    (SAFARI, "172.224.226.5", true, "- - - -"),
    (SAFARI, "17.1.2.3", false, "- - - -"),
    // Outlook on the web fetches pixels; a click from there is somebody's.
    (BROWSER, "20.190.1.10", false, "- - - -"),
    (BROWSER, "20.190.1.10", true, "US Virginia Boydton 8075"),
    (BROWSER, "203.0.113.1", false, "- - - -"),
];

fn city(country: &str, region: &str, city: &str) -> Value {
    json!({
        "country": {"iso_code": country},
        "subdivisions": [{"names": {"en": region}}],
        "city": {"names": {"en": city}},
    })
}

fn world() -> Workdir {
    let work = Workdir::new();
    let line = |(i, (agent, address, is_click, _)): (usize, &(&str, &str, bool, &str))| {
        let url = if *is_click { format!("/c/c/m{i}/shop") } else { format!("/o/c/m{i}.gif") };
        let mut line = LogLine::new(1_793_613_600_000, &url);
        (*agent).clone_into(&mut line.agent);
        (*address).clone_into(&mut line.address);
        line.mailpixel() + "\n"
    };
    work.write("access.log", HITS.iter().enumerate().map(line).collect::<String>().as_bytes());
    work.write("relay.csv", b"172.224.226.0/27,GB,GB-EN,London,\n");
    let cities = Mmdb::new("GeoLite2-City")
        .insert("192.0.2.0/24", city("FR", "Bretagne", "Brest"))
        .insert("172.224.226.0/24", city("GB", "England", "London"))
        .insert("17.0.0.0/8", city("US", "California", "Cupertino"))
        .insert("20.190.0.0/16", city("US", "Virginia", "Boydton"));
    work.write("city.mmdb", &cities.bytes());
    let owners = [("192.0.2.0/24", 64_500), ("172.224.226.0/24", 36_183), ("17.0.0.0/8", 714), ("20.190.0.0/16", 8075)];
    let owner =
        |mmdb: Mmdb, (network, number): (&str, u32)| mmdb.insert(network, json!({"autonomous_system_number": number}));
    work.write("asn.mmdb", &owners.into_iter().fold(Mmdb::new("GeoLite2-ASN"), owner).bytes());
    work
}

/// What the store keeps of the places, by message.
fn stored(work: &Workdir) -> Vec<String> {
    let layout = Layout::new(work.path().join("mailpixel-store"));
    let mut found = Vec::new();
    for file in layout.event_files().unwrap() {
        let frame = events_file::read(&layout.events().join(file), None).unwrap();
        let text = |name: &str, at: usize| frame.column(name).unwrap().str().unwrap().get(at).unwrap_or("-").to_owned();
        let number = |at: usize| frame.column("asn").unwrap().i64().unwrap().get(at);
        found.extend((0..frame.height()).map(|at| {
            let place = ["message", "country", "region", "city"].map(|name| text(name, at)).join(" ");
            format!("{place} {}", number(at).map_or("-".to_owned(), |number| number.to_string()))
        }));
    }
    found.sort();
    found
}

#[test]
fn only_direct_hits_have_a_place() {
    let work = world();
    work.ok("ingest access.log --geo city.mmdb --geo asn.mmdb --apple-relay relay.csv");
    let expected: Vec<String> = HITS.iter().enumerate().map(|(i, hit)| format!("m{i} {}", hit.3)).collect();
    assert_eq!(stored(&work), expected);
}

/// Addresses of one block are remembered together, but not where a database tells them apart.
#[test]
fn neighbours_may_be_in_different_networks() {
    let work = Workdir::new();
    let mut cities = Mmdb::new("GeoLite2-City");
    for (i, network) in [
        "198.51.100.0/30",
        "198.51.100.4/30",
        "198.51.100.64/27",
        "198.51.100.96/32",
        "198.51.101.0/24",
        "2001:db8:1::/64",
    ]
    .iter()
    .enumerate()
    {
        cities = cities.insert(network, city("FR", "Bretagne", &format!("City{i}")));
    }
    work.write("city.mmdb", &cities.bytes());
    let asked = [
        ("198.51.100.1", "City0"),
        ("198.51.100.5", "City1"),
        ("198.51.100.9", "-"),
        ("198.51.100.2", "City0"),
        ("198.51.100.70", "City2"),
        ("198.51.100.96", "City3"),
        ("198.51.100.97", "-"),
        ("198.51.101.1", "City4"),
        ("198.51.101.40", "City4"),
        ("198.51.101.200", "City4"),
        ("2001:db8:1::7", "City5"),
        ("2001:db8:1:1::7", "-"),
        ("2001:db8:2::7", "-"),
        ("2001:db8:1::8", "City5"),
    ];
    let line = |(i, (address, _)): (usize, &(&str, &str))| {
        let mut line = LogLine::new(1_793_613_600_000, &format!("/o/c/m{i:02}.gif"));
        BROWSER.clone_into(&mut line.agent);
        (*address).clone_into(&mut line.address);
        line.mailpixel() + "\n"
    };
    work.write("access.log", asked.iter().enumerate().map(line).collect::<String>().as_bytes());
    work.ok("ingest access.log --geo city.mmdb --threads 1");
    let found: Vec<String> = stored(&work).iter().map(|place| place.split(' ').nth(3).unwrap().to_owned()).collect();
    let expected: Vec<&str> = asked.iter().map(|(_, city)| *city).collect();
    assert_eq!(found, expected);
}

#[test]
fn without_a_database_there_is_no_place() {
    let work = world();
    work.ok("ingest access.log");
    let expected: Vec<String> = (0..HITS.len()).map(|i| format!("m{i} - - - -")).collect();
    assert_eq!(stored(&work), expected);
}

#[test]
fn databases_may_stand_in_the_configuration() {
    let work = world();
    work.write("mailpixel.toml", b"geo = ['city.mmdb', 'asn.mmdb']\napple_relay = 'relay.csv'\n");
    work.ok("ingest access.log");
    assert_eq!(stored(&work)[0], "m0 FR Bretagne Brest 64500");
}

#[test]
fn a_bad_database_stops_before_anything_is_read() {
    let work = world();
    let whole = std::fs::read(work.path().join("city.mmdb")).unwrap();
    work.write("cut.mmdb", &whole[..whole.len() / 2]);
    work.write("packed.mmdb", b"\x1f\x8b\x08\0");
    work.write("other.mmdb", &Mmdb::new("GeoIP2-ISP-Speed").insert("192.0.2.0/24", json!({"is_fast": true})).bytes());
    for (file, words) in [
        ("gone.mmdb", "gone.mmdb: No such file"),
        ("cut.mmdb", "cut.mmdb: not a whole MaxMind database"),
        ("packed.mmdb", "packed.mmdb: this is a packed file"),
        ("other.mmdb", "other.mmdb: GeoIP2-ISP-Speed holds no places"),
        ("access.log", "access.log: not a whole MaxMind database"),
    ] {
        for command in ["ingest", "report"] {
            let Outcome { code, stdout, stderr } =
                work.run(&[command, "access.log", "--geo", "city.mmdb", "--geo", file]);
            assert!(code == 2 && stdout.is_empty() && stderr.contains(words), "{command} {file}: {stderr}");
            assert!(!stderr.contains("lines read"), "{stderr}");
        }
    }
    assert!(!work.path().join("mailpixel-store").exists());
}
