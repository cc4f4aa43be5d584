//! The rules that look at addresses, each where it holds and where it does not.

use serde_json::json;

use crate::support::logline::LogLine;
use crate::support::mmdb::Mmdb;
use crate::support::timeline::BROWSER;
use crate::support::{Workdir, cells};

const SAFARI: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/17.3 Safari/605.1.15";
const APPLE_MAIL: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const GMAIL: &str = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";

/// One hit of the message: `o` or a link, second, address, agent.
type Hit<'a> = (&'a str, i64, &'a str, &'a str);

/// What `explain` says of the hits of one message: actor, reason, via and client of each.
fn judged(work: &Workdir, args: &str, hits: &[Hit<'_>]) -> Vec<String> {
    let line = |(what, second, address, agent): &Hit<'_>| {
        let url = if *what == "o" { "/o/c/m.gif".to_owned() } else { format!("/c/c/m/{what}") };
        let mut line = LogLine::new(1_793_613_600_000 + second * 1000, &url);
        (*address).clone_into(&mut line.address);
        (*agent).clone_into(&mut line.agent);
        line.mailpixel() + "\n"
    };
    work.write("access.log", hits.iter().map(line).collect::<String>().as_bytes());
    let mut all = vec!["c", "m", "access.log"];
    all.extend(args.split_whitespace());
    let rows = work.rows("explain", &all);
    rows.iter().map(|row| cells(row, &["actor", "reason", "via", "client"])).collect()
}

/// Checks hits, each on a message of its own.
fn check(work: &Workdir, args: &str, hits: &[(Hit<'_>, &str)]) {
    for (hit, expected) in hits {
        assert_eq!(judged(work, args, &[*hit]), [*expected], "{hit:?} {args}");
    }
}

fn with_asns() -> Workdir {
    let work = Workdir::new();
    let owners = [
        ("20.190.0.0/16", 8075),
        ("20.191.0.0/16", 8074),
        ("20.192.0.0/16", 12_076),
        ("67.231.144.0/24", 22_843),
        ("192.0.2.0/24", 64_500),
        ("40.107.0.0/16", 8075),
    ];
    let owner =
        |mmdb: Mmdb, (network, number): (&str, u32)| mmdb.insert(network, json!({"autonomous_system_number": number}));
    work.write("asn.mmdb", &owners.into_iter().fold(Mmdb::new("GeoLite2-ASN"), owner).bytes());
    work
}

#[test]
fn certain_rows_hold_for_their_scope() {
    let work = Workdir::new();
    work.write(
        "scanners.csv",
        b"network,scope,certainty\n192.0.2.0/24,open,certain\n198.51.100.0/24,click,certain\n203.0.113.7,both,certain\n",
    );
    let (scanner, person) = ("machine scanner-network direct Chrome", "human browser direct Chrome");
    for args in ["--scanner-networks scanners.csv", ""] {
        let of = |is_scanner: bool| if is_scanner && !args.is_empty() { scanner } else { person };
        check(
            &work,
            args,
            &[
                (("o", 0, "192.0.2.1", BROWSER), of(true)),
                (("shop", 0, "192.0.2.1", BROWSER), of(false)),
                (("o", 0, "198.51.100.1", BROWSER), of(false)),
                (("shop", 0, "198.51.100.1", BROWSER), of(true)),
                (("o", 0, "203.0.113.7", BROWSER), of(true)),
                (("shop", 0, "203.0.113.7", BROWSER), of(true)),
                (("o", 0, "203.0.113.8", BROWSER), person),
            ],
        );
    }
    // The file stands in place of the built-in table; a proxy's rule comes before the networks'.
    check(&work, "", &[(("o", 0, "40.107.1.1", BROWSER), scanner)]);
    check(
        &work,
        "--scanner-networks scanners.csv",
        &[
            (("o", 0, "40.107.1.1", BROWSER), person),
            (("o", 0, "192.0.2.1", GMAIL), "human gmail-proxy gmail via Gmail"),
        ],
    );
}

#[test]
fn probable_rows_hold_for_ten_minutes() {
    let work = with_asns();
    work.write("scanners.csv", b"network,scope,certainty\n192.0.2.0/24,both,probable\nAS22843,both,probable\n");
    let args = "--scanner-networks scanners.csv --geo asn.mmdb";
    let (machine, person) = ("machine probable-network direct Chrome", "human browser direct Chrome");
    for address in ["192.0.2.1", "67.231.144.9"] {
        let hits = [
            ("o", 0, "198.51.100.1", BROWSER),
            ("o", 1, address, BROWSER),
            ("o", 600, address, BROWSER),
            ("shop", 600, address, BROWSER),
            ("o", 601, address, BROWSER),
            ("shop", 700, address, BROWSER),
        ];
        let expected = [person, machine, machine, machine, person, person];
        assert_eq!(judged(&work, args, &hits), expected, "{address}");
    }
    // What a rule before it said stays.
    let curl = [("o", 0, "192.0.2.1", "curl/8.4.0")];
    assert_eq!(judged(&work, args, &curl), ["machine http-library direct curl"]);
}

#[test]
fn rows_of_autonomous_systems_need_a_database() {
    let work = with_asns();
    let hit = ("o", 0, "67.231.144.9", BROWSER);
    check(
        &work,
        "--geo asn.mmdb",
        &[
            (hit, "machine probable-network direct Chrome"),
            (("o", 0, "192.0.2.1", BROWSER), "human browser direct Chrome"),
        ],
    );
    check(&work, "", &[(hit, "human browser direct Chrome")]);
}

#[test]
fn nobody_can_tell_clicks_out_of_microsofts_networks() {
    let work = with_asns();
    let unknown = "unknown microsoft-click direct Chrome";
    check(
        &work,
        "--geo asn.mmdb",
        &[
            (("shop", 0, "20.190.1.10", BROWSER), unknown),
            (("shop", 0, "20.191.1.10", BROWSER), unknown),
            (("shop", 0, "20.192.1.10", BROWSER), unknown),
            (("shop", 0, "192.0.2.1", BROWSER), "human browser direct Chrome"),
            (("shop", 0, "20.190.1.10", "curl/8.4.0"), "machine http-library direct curl"),
            (("shop", 0, "40.107.1.1", BROWSER), "machine scanner-network direct Chrome"),
        ],
    );
    check(&work, "", &[(("shop", 0, "20.190.1.10", BROWSER), "human browser direct Chrome")]);
}

#[test]
fn outlook_on_the_web_fetches_pixels_for_readers() {
    let work = with_asns();
    check(
        &work,
        "--geo asn.mmdb",
        &[
            (("o", 0, "20.190.1.10", BROWSER), "human microsoft-proxy microsoft via Microsoft"),
            // Only AS8075 is known to do that.
            (("o", 0, "20.191.1.10", BROWSER), "human browser direct Chrome"),
            (("o", 0, "192.0.2.1", BROWSER), "human browser direct Chrome"),
            (("o", 0, "40.107.1.1", BROWSER), "machine scanner-network microsoft via Microsoft"),
            (("o", 0, "20.190.1.10", GMAIL), "human gmail-proxy gmail via Gmail"),
        ],
    );
    check(&work, "", &[(("o", 0, "20.190.1.10", BROWSER), "human browser direct Chrome")]);
}

#[test]
fn browsers_come_through_private_relay() {
    let work = Workdir::new();
    work.write("relay.csv", b"172.224.226.0/27,GB,GB-EN,London,\n2a02:26f7:b3c4:4000::/64,US,US-CA,Los Angeles,\n");
    // Private Relay hides the place; the browser still says what it is.
    let (relayed, direct) = ("human apple-relay apple Safari", "human browser direct Safari");
    check(
        &work,
        "--apple-relay relay.csv",
        &[
            (("o", 0, "172.224.226.1", SAFARI), relayed),
            (("shop", 0, "2a02:26f7:b3c4:4000::9", SAFARI), relayed),
            (("shop", 0, "17.9.9.9", SAFARI), relayed),
            (("o", 0, "172.224.226.32", SAFARI), direct),
            (("o", 0, "172.224.226.1", "Mozilla/5.0"), "unknown apple-mpp apple via Apple"),
            (("shop", 0, "172.224.226.1", "Mozilla/5.0"), "machine not-a-browser apple via Apple"),
            (("o", 0, "172.224.226.1", APPLE_MAIL), "human apple-mail direct Apple Mail"),
            (("o", 0, "172.224.226.1", "curl/8.4.0"), "machine http-library direct curl"),
        ],
    );
    check(&work, "", &[(("o", 0, "172.224.226.1", SAFARI), direct)]);
}

#[test]
fn bad_rows_are_named_with_their_line() {
    let work = Workdir::new();
    work.write("access.log", (LogLine::new(0, "/o/c/m.gif").mailpixel() + "\n").as_bytes());
    let head = "network,scope,certainty\n";
    for (option, text, message) in [
        ("--scanner-networks", format!("{head}10.0.0.0/33,both,certain\n"), "list.csv:2: network is \"10.0.0.0/33\""),
        ("--scanner-networks", format!("{head}\nAS1,opens,certain\n"), "list.csv:3: scope is \"opens\""),
        ("--scanner-networks", format!("{head}AS1,open,sure\n"), "list.csv:2: certainty is \"sure\""),
        ("--scanner-networks", "AS1,open,certain\n".to_owned(), "list.csv:1: header is \"AS1,open,certain\""),
        ("--scanner-networks", String::new(), "list.csv: there is nothing in it"),
        ("--apple-relay", "172.224.226.0/27,GB\n172.224.0.0/99,GB\n".to_owned(), "list.csv:2: prefix is"),
    ] {
        work.write("list.csv", text.as_bytes());
        for args in [&["report", "access.log"][..], &["ingest", "access.log"], &["rules", "--networks"]] {
            let mut all = args.to_vec();
            all.extend([option, "list.csv"]);
            let outcome = work.run(&all);
            assert!(outcome.code == 2 && outcome.stderr.contains(message), "{outcome:?}");
        }
    }
    let missing = work.run(&["report", "access.log", "--scanner-networks", "gone.csv"]);
    assert!(missing.code == 2 && missing.stderr.contains("gone.csv: No such file"), "{missing:?}");
}
