//! `explain`: one message, hit by hit, from logs and from the store.

use serde_json::json;

use crate::support::logline::LogLine;
use crate::support::mmdb::Mmdb;
use crate::support::{Workdir, cells, timeline};

/// 2026-11-02 10:00:00 UTC.
const START_MS: i64 = 1_793_613_600_000;

/// A sweep, an office triple, a status that does not count, proxies, two opens, and hits of another message.
const HITS: [&str; 16] = [
    "o S X 9",
    "k L1 S X 43.0",
    "k L2 S Y2 43.2",
    "k L3 S Y3 43.4",
    "k L1 OD A 100 HEAD",
    "k L1 OM A 100.4",
    "k L1 H A 102.1",
    "o H A 200 status=404",
    "o G Y 300",
    "o M Z 301",
    "o H A 302",
    "o H B 400",
    "k unsubscribe H B 900",
    "k L1 H B 905",
    "o H A 0 m=other",
    "o H B 1 m=other",
];

const SEEN: [&str; 10] = ["kind", "link", "counted", "actor", "reason", "suspicions", "open", "via", "city", "asn"];

fn log(hits: &[&str]) -> String {
    timeline::log(START_MS, &hits.iter().map(|hit| (*hit).to_owned()).collect::<Vec<_>>())
}

/// A work folder with a log and databases that know all of its networks.
fn world() -> Workdir {
    let work = Workdir::new();
    work.write("access.log", log(&HITS).as_bytes());
    let cities = [("198.18.0.0/16", "Berlin"), ("192.0.2.0/24", "Brest"), ("66.249.84.0/24", "Mountain View")];
    let city = |mmdb: Mmdb, (network, city): (&str, &str)| {
        mmdb.insert(network, json!({"country": {"iso_code": "DE"}, "city": {"names": {"en": city}}}))
    };
    work.write("city.mmdb", &cities.into_iter().fold(Mmdb::new("GeoLite2-City"), city).bytes());
    let owner = |number: u32| json!({"autonomous_system_number": number});
    let owners = Mmdb::new("GeoLite2-ASN").insert("198.51.100.0/24", owner(64_500)).insert("104.28.0.0/16", owner(714));
    work.write("asn.mmdb", &owners.bytes());
    work
}

#[test]
fn logs_and_store_tell_the_same() {
    let work = world();
    work.ok("ingest access.log --geo city.mmdb --geo asn.mmdb --host web1");
    for message in ["m", "other"] {
        for format in ["table", "json", "csv"] {
            let of_log =
                work.ok(&format!("explain c {message} access.log --geo city.mmdb --geo asn.mmdb --format {format}"));
            let of_store = work.ok(&format!("explain c {message} --format {format}"));
            // Only the store knows whose log it was.
            let of_store = of_store.replace("\"host\":\"web1\"", "\"host\":null").replace(",web1\n", ",\n");
            assert_eq!(of_log, of_store, "{message} {format}");
        }
    }
}

#[test]
fn every_hit_has_its_verdict() {
    let work = world();
    let rows = work.rows("explain", &["c", "m", "access.log", "--geo", "city.mmdb", "--geo", "asn.mmdb"]);
    let found: Vec<String> = rows.iter().map(|row| cells(row, &SEEN)).collect();
    let expected = [
        "open - true machine link-sweep - - direct Berlin -",
        "click L1 true machine link-sweep many-networks - direct Berlin -",
        "click L2 true machine link-sweep many-networks - direct Berlin -",
        "click L3 true machine link-sweep many-networks - direct Berlin -",
        "click L1 false - office-triple - - direct Brest -",
        "click L1 false - office-triple - - direct Brest -",
        "click L1 true human browser - - direct Brest -",
        "open - false - status - - direct Brest -",
        "open - true human gmail-proxy - 1 gmail - -",
        "open - true unknown apple-mpp - 1 apple - -",
        "open - true human browser - 1 direct Brest -",
        "open - true human browser - 2 direct - 64500",
        "click unsubscribe true human browser unsubscribe-pair - direct - 64500",
        "click L1 true human browser unsubscribe-pair - direct - 64500",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_hit_that_is_there_twice_counts_once() {
    let work = Workdir::new();
    work.write("a.log", log(&["o H A 0 id=first", "o H A 60 id=twice"]).as_bytes());
    work.write("b.log", log(&["o H A 1 id=b m=x", "o H A 60 id=twice"]).as_bytes());
    work.ok("ingest a.log --host web1");
    work.ok("ingest b.log --host web1");
    for args in [&["c", "m", "a.log", "b.log"][..], &["c", "m"]] {
        let rows = work.rows("explain", args);
        let found: Vec<String> = rows.iter().map(|row| cells(row, &["counted", "actor", "reason", "open"])).collect();
        assert_eq!(found, ["true human browser 1", "true human browser 2", "false - duplicate -"], "{args:?}");
    }
    let table = work.ok("explain c m");
    assert!(table.starts_with("Opened by a person twice\n"), "{table}");
    assert!(table.contains(" not counted   the same request again"), "{table}");
}

#[test]
fn hits_without_a_campaign_are_found() {
    let work = Workdir::new();
    work.write("access.log", (LogLine::new(START_MS, "/track.php?id=m1").mailpixel() + "\n").as_bytes());
    work.ok("ingest access.log");
    for source in ["", "access.log"] {
        let words = format!("explain (none) m1 {source}");
        assert!(work.ok(&words).starts_with("Opened by a person once\n"), "{source}");
    }
}

#[test]
fn what_is_not_there_is_said() {
    let work = world();
    let no_store = work.run(&["explain", "c", "m"]);
    let message = "mailpixel-store: no event store here; `mailpixel ingest LOG…` makes one";
    assert!(no_store.code == 2 && no_store.stderr.contains(message), "{no_store:?}");
    work.ok("ingest access.log");
    for (campaign, message) in [("c", "mm"), ("d", "m"), ("(none)", "m")] {
        for log in [&["access.log"][..], &[]] {
            let mut args = vec!["explain", campaign, message];
            args.extend(log);
            let unknown = work.run(&args);
            assert_eq!((unknown.code, unknown.stdout.as_str()), (1, ""), "{unknown:?}");
            let expected = format!(
                "no hits of message {message:?} in campaign {campaign:?}; `mailpixel report` lists the campaigns, and \
                 (none) stands for URLs without one\n"
            );
            assert_eq!(unknown.stderr, expected);
        }
    }
    let no_log = work.run(&["explain", "c", "m", "gone.log"]);
    assert!(no_log.code == 2 && no_log.stderr.contains("gone.log: No such file"), "{no_log:?}");
    assert!(no_log.stderr.ends_with("none of the logs could be read\n"), "{no_log:?}");
    let one_less = work.run(&["explain", "c", "m", "access.log", "gone.log"]);
    assert!(one_less.code == 1 && one_less.stdout.contains("Open 2: "), "{one_less:?}");
}
