//! `check`: its answers and exit codes, for people and for Nagios.

use crate::support::Workdir;
use crate::support::logline::LogLine;

/// 2026-11-23T22:00:00Z.
const START_MS: i64 = 1_795_471_200_000;

fn hit(seconds: i64, url: &str) -> LogLine {
    let mut line = LogLine::new(START_MS + seconds * 1000, url);
    line.request_id = format!("{seconds:032x}");
    line
}

/// `human` was opened by a person after an hour, `apple` by Apple only, `scanner` by a program; `other` has a click after
/// three hours.
fn log() -> String {
    let mut apple = hit(10, "/o/alert/apple.gif");
    "Mozilla/5.0".clone_into(&mut apple.agent);
    let mut scanner = hit(20, "/o/alert/scanner.gif");
    "curl/8.5.0".clone_into(&mut scanner.agent);
    let lines = [
        apple,
        scanner,
        hit(3600, "/o/alert/human.gif"),
        hit(10_800, "/c/other/m1/shop"),
        // A line that is no hit: the logs are newer than the newest hit.
        hit(13_800, "/robots.txt"),
    ];
    lines.iter().map(|line| line.mailpixel() + "\n").collect()
}

/// Each check is made from the store and from the logs, plainly and for Nagios.
fn check(work: &Workdir, args: &str, plain: (i32, &str), nagios: (i32, &str)) {
    for place in ["", "--log access.log "] {
        let words: Vec<&str> =
            ["check"].into_iter().chain(place.split_whitespace()).chain(args.split_whitespace()).collect();
        let found = work.run(&words);
        assert_eq!((found.code, found.stderr.as_str()), (plain.0, ""), "{words:?}: {found:?}");
        assert!(found.stdout.starts_with(plain.1) && found.stdout.lines().count() == 1, "{words:?}: {found:?}");
        let found = work.run(&[words.as_slice(), &["--nagios"]].concat());
        assert_eq!((found.code, found.stderr.as_str()), (nagios.0, ""), "{words:?}: {found:?}");
        let expected = format!("{}: {}", nagios.1, plain.1);
        assert!(found.stdout.starts_with(&expected) && found.stdout.lines().count() == 1, "{expected} {found:?}");
    }
}

fn prepared() -> Workdir {
    let work = Workdir::new();
    work.write("access.log", log().as_bytes());
    let ingested = work.run(&["ingest", "--host", "web1", "access.log"]);
    assert_eq!(ingested.code, 0, "{ingested:?}");
    work
}

const OK: (i32, &str) = (0, "OK");
const WARNING: (i32, &str) = (1, "WARNING");
const CRITICAL: (i32, &str) = (2, "CRITICAL");
const UNKNOWN: (i32, &str) = (3, "UNKNOWN");

#[test]
fn answers_are_told_apart() {
    let work = prepared();
    let ask = |args: &str, plain, nagios| check(&work, &format!("--now 2026-11-24T02:00:01Z {args}"), plain, nagios);
    let human = "seen: message \"human\" of campaign \"alert\" by a person, first at 2026-11-23 23:00:00 UTC\n";
    ask("alert human", (0, human), OK);
    ask(
        "alert human --tz Europe/Berlin",
        (0, "seen: message \"human\" of campaign \"alert\" by a person, first at 2026-11-24 00:00:00 CET"),
        OK,
    );
    ask("alert", (0, "seen: campaign \"alert\" by a person, first at 2026-11-23 23:00:00 UTC"), OK);
    ask(
        "alert apple",
        (1, "can't tell: message \"apple\" of campaign \"alert\" has hits, and nobody can tell"),
        CRITICAL,
    );
    ask("alert apple --actor unknown", (0, "seen: message \"apple\" of campaign \"alert\", nobody can tell"), OK);
    ask(
        "alert scanner",
        (1, "not seen: nobody has seen message \"scanner\" of campaign \"alert\"; its only hits are machines'"),
        CRITICAL,
    );
    ask(
        "alert nobody",
        (1, "not seen: nobody has seen message \"nobody\" of campaign \"alert\"; there are no hits of it\n"),
        CRITICAL,
    );
    ask(
        "alerd",
        (1, "not seen: nobody has seen campaign \"alerd\"; there are no hits of it; did you mean \"alert\"?\n"),
        CRITICAL,
    );
    ask("ALERT|x", (1, "not seen: nobody has seen campaign \"ALERT"), CRITICAL);
    // The clock of a message without a send starts with its first hit: that of the campaign is Apple's.
    ask("alert --within 1h --actor human", (0, "seen: campaign \"alert\" by a person"), OK);
    ask("alert --within 59m", (1, "can't tell: campaign \"alert\" has hits"), CRITICAL);
    ask("alert --within 3h59m --actor unknown", (0, "seen"), OK);
    ask("alert apple --within 4h", (1, "not yet: message \"apple\" of campaign \"alert\" has hits"), WARNING);
    ask("alert scanner --within 1d", (1, "not yet: nobody has seen message \"scanner\""), WARNING);
    ask(
        "later --within 1d",
        (1, "not yet: nobody has seen campaign \"later\" within 1d, which have not begun; there"),
        WARNING,
    );
    // What was seen stays seen; of the rest, old data says nothing.
    ask("alert human --stale 1s", (0, "seen"), OK);
    ask("alert apple --stale 5m", (2, "stale: the newest "), UNKNOWN);
    ask("alert scanner --within 1d --stale 5m", (2, "stale: the newest "), UNKNOWN);
    ask("alert apple --stale 90m", (1, "can't tell"), CRITICAL);
}

#[test]
fn the_newest_line_counts_where_there_are_logs_and_the_newest_event_where_there_is_a_store() {
    let work = prepared();
    let ask = |args: &[&str]| {
        work.run(&[&["check", "alert", "apple", "--now", "2026-11-24T02:00:01Z", "--stale", "30m"], args].concat())
    };
    let store = ask(&[]);
    assert_eq!(
        (store.code, store.stdout.contains("event of the store is of 2026-11-24 01:00:00 UTC")),
        (2, true),
        "{store:?}"
    );
    let logs = ask(&["--log", "access.log"]);
    assert_eq!((logs.code, logs.stdout.as_str().starts_with("can't tell")), (1, true), "{logs:?}");
    work.write("empty.log", b"");
    let empty = ask(&["--log", "empty.log"]);
    assert_eq!((empty.code, empty.stdout.contains("there is no line of the logs")), (2, true), "{empty:?}");
}

#[test]
fn sends_start_the_clock_and_give_rates() {
    let work = prepared();
    let sends = "message,campaign,sent_at\n\
                 human,alert,2026-11-23T21:00:00Z\napple,alert,2026-11-23T21:00:00Z\nscanner,alert,2026-11-23T21:50:00Z\n\
                 quiet,alert,2026-11-23T21:00:00Z\nfuture,alert,2026-11-25T00:00:00Z\nm1,other,2026-11-23T22:00:00Z\n\
                 x,tomorrow,2026-11-25T00:00:00Z\n";
    work.write("sends.csv", sends.as_bytes());
    let ask = |args: &str, plain, nagios| {
        check(&work, &format!("--now 2026-11-24T02:00:01Z --sends sends.csv {args}"), plain, nagios);
    };
    ask("alert human --within 3h", (0, "seen"), OK);
    ask(
        "alert human --within 2h",
        (
            1,
            "not seen: nobody has seen message \"human\" of campaign \"alert\" within 2h, until 2026-11-23 23:00:00 UTC; a person did later, first at 2026-11-23 23:00:00 UTC",
        ),
        CRITICAL,
    );
    ask("alert quiet --within 2h", (1, "not seen: nobody has seen message \"quiet\""), CRITICAL);
    ask("alert quiet --within 2d", (1, "not yet"), WARNING);
    ask("alert apple", (1, "can't tell"), CRITICAL);
    ask("alert stranger", (1, "not seen: nobody has seen message \"stranger\""), CRITICAL);
    ask(
        "alert --min-rate 25%",
        (0, "seen: at least 1 of 4 of campaign \"alert\" seen by people, at most 2 of 4; 25 % wanted\n"),
        OK,
    );
    ask("alert --min-rate 0.5", (1, "can't tell: at least 1 of 4 "), CRITICAL);
    ask("alert --min-rate 0.5 --actor unknown", (0, "seen: at least 1 of 4"), OK);
    ask("alert --min-rate 0.6", (1, "not seen: at least 1 of 4"), CRITICAL);
    ask("alert --min-rate 0.6 --within 1d", (1, "not yet: at least 1 of 4"), WARNING);
    // The clock of the campaign starts with the last message that was sent.
    ask("alert --min-rate 25% --within 71m", (0, "seen"), OK);
    ask("alert --min-rate 25% --within 70m", (1, "can't tell: at least 0 of 4"), CRITICAL);
    ask("tomorrow --min-rate 1%", (1, "not seen: no tracked message of campaign \"tomorrow\" has been sent"), CRITICAL);
    ask("tomorrow --min-rate 1% --within 1h", (1, "not yet: no tracked message"), WARNING);
    ask("alrt --min-rate 1%", (2, "failed: no sends of campaign \"alrt\"; did you mean \"alert\"?"), UNKNOWN);
}

#[test]
fn what_fails_is_an_answer() {
    let work = prepared();
    check(&work, "alert --min-rate 20%", (2, "failed: --min-rate is a share of what was sent"), UNKNOWN);
    let ask = |args: &[&str]| work.run(&[&["check"], args].concat());
    for (args, part) in [
        (vec!["alert", "apple", "--log", "missing.log"], "missing.log"),
        (vec!["alert", "--store", "nowhere"], "no event store here"),
        (vec!["alert", "--tz", "Mars"], "no time zone"),
        (vec!["alert", "--sends", "missing.csv"], "missing.csv"),
    ] {
        let plain = ask(&args);
        assert!(plain.code == 2 && plain.stdout.starts_with("failed: ") && plain.stdout.contains(part), "{plain:?}");
        let nagios = ask(&[args.as_slice(), &["--nagios"]].concat());
        assert!(nagios.code == 3 && nagios.stdout.starts_with("UNKNOWN: failed: "), "{nagios:?}");
        assert_eq!(nagios.stdout.lines().count(), 1, "{nagios:?}");
    }
    // Seen in what could be read.
    assert_eq!(ask(&["alert", "human", "--log", "missing.log", "--log", "access.log"]).code, 0);
    for args in [
        vec!["alert", "--within", "2"],
        vec![],
        vec!["alert", "m", "--min-rate", "2%"],
        vec!["alert", "--min-rate", "20"],
    ] {
        let plain = ask(&args);
        assert!(plain.code == 2 && plain.stderr.contains("error: "), "{plain:?}");
        let nagios = ask(&[args.as_slice(), &["--nagios"]].concat());
        assert!(nagios.code == 3 && nagios.stdout.starts_with("UNKNOWN: "), "{nagios:?}");
    }
    assert_eq!(ask(&["--help", "--nagios"]).code, 0);
}

#[test]
fn messages_without_a_campaign_in_their_url_are_found() {
    let work = Workdir::new();
    work.write("access.log", (hit(0, "/track.php?id=m7").mailpixel() + "\n").as_bytes());
    assert_eq!(work.run(&["ingest", "--host", "web1", "access.log"]).code, 0);
    work.write("sends.csv", b"message,campaign\nm7,spring\nm8,spring\n");
    let seen = (0, "seen: message \"m7\" of campaign \"spring\" by a person");
    check(&work, "--sends sends.csv spring m7", seen, OK);
    check(&work, "--sends sends.csv spring --min-rate 50%", (0, "seen: at least 1 of 2"), OK);
    check(&work, "(none) m7", (0, "seen: message \"m7\" of campaign \"(none)\""), OK);
}
