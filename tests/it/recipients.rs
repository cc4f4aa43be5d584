//! Reports about recipients, through the binary.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::support::logline::LogLine;
use crate::support::{Outcome, Workdir, timeline};

/// 2026-11-02 10:00 UTC.
const START_MS: i64 = 1_793_613_600_000;

const SENDS: &str = "message,campaign,recipient,sender,variant,sent_at\n\
    m1,c,ann@example.org,s,a,2026-11-02T10:00:00Z\n\
    m2,c,bob@example.org,s,b,2026-11-02T10:00:00Z\n\
    m3,c,cy@example.org,s,a,2026-11-02T10:00:00Z\n\
    m4,c,dan@example.org,s,b,2026-11-02T10:00:00Z\n\
    m5,c,eve@example.org,s,a,2026-11-02T10:00:00Z\n\
    m6,c,fay@example.org,s,b,2026-11-02T10:00:00Z\n\
    m7,c,Dan@Example.org,s,a,2026-11-02T10:00:00Z\n\
    m8,c,gil@example.org,s,b,2026-11-02T10:00:00Z\n\
    m9,c,\"hal\u{1b}[2J@example.org\",s,b,2026-12-24T10:00:00Z\n";

/// One message seen from five networks in three days, a click, Apple's fetch, two who unsubscribe, a machine.
const HITS: [&str; 13] = [
    "o H A 60 m=m1",
    "o H B 7200 m=m1",
    "o H D 86400 m=m1",
    "o H X 100000 m=m1",
    "o H W 200000 m=m1",
    "o H A 100 m=m2",
    "k shop H A 160 m=m2",
    "o M Z 5 m=m3",
    "o H A 300 m=m4",
    "k unsubscribe H A 400 m=m4",
    "o C X 3 m=m5",
    "o H B 500 m=m7",
    "k unsubscribe H B 600 m=m8",
];

fn world() -> Workdir {
    let work = Workdir::new();
    work.write("sends.csv", SENDS.as_bytes());
    work.write("access.log", timeline::log(START_MS, &HITS.map(str::to_owned)).as_bytes());
    work
}

fn args<'a>(show: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let all = ["access.log", "--sends", "sends.csv", "--show", show];
    let now: &[&str] = if more.contains(&"--now") { &[] } else { &["--now", "2026-11-10"] };
    [&all[..], now, more].concat()
}

fn show(work: &Workdir, show: &str, more: &[&str]) -> Vec<Map<String, Value>> {
    work.report(&args(show, more))
}

fn table(work: &Workdir, show: &str, more: &[&str]) -> String {
    let outcome = work.run(&[&["report"], &args(show, more)[..]].concat());
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stdout.ends_with("long anybody reads.\n"), "{}", outcome.stdout);
    outcome.stdout
}

/// What stands above the table, in one line.
fn said(text: &str) -> String {
    text.split("\n\n").next().unwrap_or_default().replace('\n', " ")
}

fn columns(rows: &[Map<String, Value>], names: &[&str]) -> Vec<String> {
    let cell = |row: &Map<String, Value>, name: &str| match &row[name] {
        Value::String(text) => text.trim_end_matches(":00.000Z").to_owned(),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    };
    rows.iter().map(|row| names.iter().map(|name| cell(row, name)).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn follow_up_is_surest_first_without_those_who_unsubscribed() {
    let work = world();
    let names = ["recipient", "certainty", "opens", "clicks", "networks", "note", "opened_at", "clicked_at"];
    let rows = show(&work, "follow-up", &[]);
    assert_eq!(
        columns(&rows, &names),
        [
            "bob@example.org clicked 1 1 1 - 2026-11-02T10:01:40.000Z 2026-11-02T10:02:40.000Z",
            "ann@example.org opened 5 0 5 perhaps-forwarded 2026-11-02T10:01 -",
            "cy@example.org cannot-tell 0 0 0 - - -",
        ]
    );
    let names = ["message", "campaign", "sender", "variant", "sent_at", "last_seen"];
    assert_eq!(columns(&rows, &names)[1], "m1 c s a 2026-11-02T10:00 2026-11-04T17:33:20.000Z");
    let new = |time: &str| columns(&show(&work, "follow-up", &["--new-since", time]), &["recipient"]);
    assert_eq!(new("2026-11-02T10:01:00"), ["bob@example.org", "ann@example.org"]);
    assert_eq!(new("2026-11-02T10:01:01"), ["bob@example.org"]);
    assert!(new("2026-11-02T10:01:41").is_empty());
    let text = table(&work, "follow-up", &[]);
    assert!(
        said(&text).starts_with(
            "3 messages to follow up: 1 clicked, 1 opened, and of 1 nobody can tell. Seen from 3 or more networks, perhaps \
             forwarded: 1. Left out, because the recipient unsubscribed: 2 messages."
        ),
        "{text}"
    );
    assert!(text.contains("can't tell") && text.contains("perhaps forwarded"), "{text}");
    let later = show(&work, "follow-up", &["--since", "2026-11-03"]);
    assert_eq!(columns(&later, &["recipient", "opens"]), ["ann@example.org 3"]);
    // Whoever unsubscribed is left out, also before the window.
    let later = show(&work, "follow-up", &["--since", "2026-11-02T10:08"]);
    assert_eq!(columns(&later, &["recipient", "opens"]), ["ann@example.org 4"]);
}

#[test]
fn not_opened_says_what_can_be_known() {
    let work = world();
    let rows = show(&work, "not-opened", &[]);
    let expected = ["fay@example.org no-trace", "cy@example.org cannot-tell", "eve@example.org machines-only"];
    assert_eq!(columns(&rows, &["recipient", "trace"]), expected);
    let text = table(&work, "not-opened", &[]);
    assert!(
        said(&text).starts_with(
            "Of 8 tracked messages that were sent, 3 are not known to be opened: 1 without a trace, 1 where nobody can \
             tell, 1 seen by machines only. Never write \"you did not open\" where nobody can tell: Apple's privacy \
             protection hides it. Left out, because the recipient unsubscribed: 1 message."
        ),
        "{text}"
    );
    // Sent by then, and nothing seen yet but Apple's fetch.
    let early = show(&work, "not-opened", &["--until", "2026-11-02T10:00:30"]);
    assert_eq!(early.len(), 8);
    let later = table(&work, "not-opened", &["--now", "2027-01-01"]);
    assert!(later.contains("hal\\u{1b}[2J@example.org") && !later.contains('\u{1b}'), "{later}");
    assert!(show(&work, "not-opened", &["--sent-since", "2026-11-03"]).is_empty());
}

#[test]
fn recipients_are_idle_by_the_date_of_their_last_open_or_click() {
    let work = world();
    let names = ["recipient", "messages", "confirmed", "clicked", "cannot_tell", "engaged_campaigns"];
    let all = show(&work, "recipients", &[]);
    assert_eq!(all.len(), 8);
    assert_eq!(columns(&all[..1], &names), ["cy@example.org 1 0 0 1 0"]);
    assert_eq!(columns(&all[7..], &names), ["ann@example.org 1 1 0 0 1"]);
    let names = ["last_engaged", "first_engaged", "last_sent"];
    assert_eq!(columns(&all[7..], &names), ["2026-11-04T17:33:20.000Z 2026-11-02T10:01 2026-11-02T10:00"]);
    // Ann's last open is 5 days and 6 hours before.
    let idle = |days: &str| columns(&show(&work, "recipients", &["--idle-days", days]), &["recipient"]);
    assert_eq!(idle("5").len(), 8);
    let idle = idle("6");
    assert!(idle.len() == 7 && !idle.contains(&"ann@example.org".to_owned()), "{idle:?}");
    let at_its_end = show(&work, "recipients", &["--idle-days", "0", "--until", "2026-11-02T10:02"]);
    assert_eq!(columns(&at_its_end[7..], &["recipient", "last_engaged"]), ["bob@example.org 2026-11-02T10:01:40.000Z"]);
    let text = table(&work, "recipients", &["--idle-days", "6"]);
    assert!(
        said(&text).starts_with(
            "Of 8 recipients, 7 did not open or click since 2026-11-04 00:00, 4 of them never. Of 1 of those who never did \
             nobody can tell: Apple's privacy protection hides it."
        ),
        "{text}"
    );
}

#[test]
fn pace_stands_beside_the_senders_earlier_campaigns() {
    let work = Workdir::new();
    let mut sends = "message,campaign,recipient,sender,sent_at\n".to_owned();
    let mut log = String::new();
    let mut open = |campaign: &str, message: i64, ts_ms: i64| {
        let mut line = LogLine::new(ts_ms, &format!("/o/{campaign}/m{message}.gif"));
        line.address = format!("198.51.{message}.7");
        log += &(line.mailpixel() + "\n");
    };
    // The first campaign: 40 messages; 4 opened within an hour, 10 within a day, 12 within a week. The second, a week
    // later: 20 of 40 at once, one of them two seconds before it was sent.
    let (first, second) = (START_MS, START_MS + 7 * 86_400_000);
    for message in 0..40 {
        for (campaign, sent_at) in [("one", first), ("two", second)] {
            let sent_at = Timestamp::from_millisecond(sent_at).unwrap();
            sends += &format!("m{message},{campaign},r{message}@example.org,s,{sent_at}\n");
        }
        match message {
            0..4 => open("one", message, first + 1_800_000),
            4..10 => open("one", message, first + 20 * 3_600_000),
            10..12 => open("one", message, first + 6 * 86_400_000),
            _ => {}
        }
        if message < 20 {
            open("two", message, second + if message == 0 { -2000 } else { 600_000 });
        }
    }
    sends += "x,other,x@example.org,t,2026-11-20T10:00:00Z\n";
    work.write("sends.csv", sends.as_bytes());
    work.write("old.log", log.as_bytes());
    // A line that is no hit tells that the log goes on until then.
    log += &(LogLine::new(second + 26 * 3_600_000, "/robots.txt").mailpixel() + "\n");
    work.write("access.log", log.as_bytes());
    let now = ["--now", "2026-11-10T12:00:00"];
    let args = |more: &[&'static str]| {
        let all = ["access.log", "--sends", "sends.csv", "--show", "pace"];
        [&all[..], if more.contains(&"--now") { &[] } else { &now }, more].concat()
    };
    let rows = work.report(&args(&[]));
    let counts = ["campaign", "sender", "first_sent", "tracked", "opened_1h", "opened_24h", "opened_7d"];
    assert_eq!(columns(&rows, &counts), ["one s 2026-11-02T10:00 40 4 10 12", "two s 2026-11-09T10:00 40 20 20 20"]);
    let rates = ["open_rate_1h", "open_rate_24h", "open_rate_7d", "earlier_campaigns"];
    assert_eq!(columns(&rows, &rates), ["0.1 0.25 0.3 0", "0.5 0.5 - 1"]);
    let usual = ["usual_open_rate_1h", "usual_open_rate_24h", "usual_open_rate_7d"];
    assert_eq!(columns(&rows, &usual), ["- - -", "0.1 0.25 0.3"]);
    let times = ["time_to_open_n", "time_to_open_p25", "time_to_open_p50", "time_to_open_p75", "time_to_click_n"];
    assert_eq!(columns(&rows, &times), ["12 1800 72000 72000 0", "20 600 600 600 0"]);
    assert_eq!(columns(&rows, &["time_to_click_p50"]), ["-", "-"]);
    // One campaign alone still stands beside the others.
    for more in [["--campaign", "two"], ["--sent-since", "2026-11-08"]] {
        assert_eq!(columns(&work.report(&args(&more)), &usual), ["0.1 0.25 0.3"]);
    }
    let text = work.run(&[&["report"], &args(&[])[..]].concat()).stdout;
    assert!(
        said(&text).starts_with(
            "Of two, the campaign begun last, 50 % (20 of 40) were opened or clicked within 24 hours; the median of 1 \
             earlier campaign of the same sender is 25 %. Half of those who opened did so within 10 min (n = 20)."
        ),
        "{text}"
    );
    assert!(text.contains("25.0 % 10/40") && text.contains("25.0 % of 1"), "{text}");
    let alone = work.report(&args(&["--now", "2026-11-20T10:30:00", "--campaign", "other"]));
    assert_eq!(columns(&alone, &[&counts[3..], &rates[..]].concat()), ["1 0 0 0 - - - 0"]);
    // The data go until ten minutes after the second campaign was sent: what came of it in an hour is not known.
    let old = ["old.log", "--sends", "sends.csv", "--show", "pace", "--now", "2026-11-10T12:00:00"];
    assert_eq!(columns(&work.report(&old), &rates), ["0.1 0.25 0.3 0", "- - - 1"]);
    let text = work.run(&[&["report"], &old[..]].concat()).stdout;
    assert!(said(&text).contains("too early for rates. What was read ends at 2026-11-09 10:10, and"), "{text}");
}

#[test]
fn tables_fit_and_data_have_all_columns() {
    let work = world();
    for (name, n_columns) in [("follow-up", 14), ("not-opened", 7), ("recipients", 9), ("pace", 22)] {
        let csv = work.run(&[&["report"], &args(name, &["--format", "csv"])[..]].concat());
        assert_eq!(csv.stdout.lines().next().map(|line| line.split(',').count()), Some(n_columns), "{csv:?}");
        let parquet = work.run(&[&["report"], &args(name, &["-o", "out.parquet"])[..]].concat());
        assert_eq!(parquet.code, 0, "{parquet:?}");
        assert!(std::fs::read(work.path().join("out.parquet")).unwrap().starts_with(b"PAR1"));
        let text = table(&work, name, &["--tz", "Europe/Berlin"]);
        let rule = text.lines().find(|line| line.starts_with('─'));
        assert!(rule.is_some_and(|line| line.chars().count() <= 80), "{text}");
    }
}

#[test]
fn the_store_gives_the_same() {
    let work = world();
    assert_eq!(work.run(&["ingest", "access.log"]).code, 0);
    for name in ["follow-up", "not-opened", "recipients", "pace"] {
        assert_eq!(work.report(&args(name, &[])[1..]), show(&work, name, &[]), "{name}");
    }
}

#[test]
fn what_can_not_be_shown_is_refused() {
    let work = world();
    work.write("bare.csv", b"message\nm1\n");
    let run = |more: &[&str]| -> Outcome { work.run(&[&["report", "access.log"], more].concat()) };
    for (more, part) in [
        (&["--show", "follow-up"][..], "--show follow-up needs to know what was sent to whom"),
        (&["--sends", "sends.csv", "--show", "pace", "--by", "link"], "cannot be used with"),
        (&["--sends", "sends.csv", "--show", "pace", "--where", "link=x"], "cannot be used with"),
        (&["--sends", "bare.csv", "--show", "recipients"], "needs the column `recipient`"),
        (&["--sends", "bare.csv", "--show", "pace"], "needs the column `sent_at`"),
        (&["--sends", "sends.csv", "--show", "not-opened", "--since", "2026-11-03"], "can't take --since"),
        (&["--sends", "sends.csv", "--show", "pace", "--idle-days", "3"], "is for --show recipients"),
        (&["--sends", "sends.csv", "--show", "pace", "--new-since", "2026-11-03"], "is for --show follow-up"),
        (&["--sends", "sends.csv", "--idle-days", "3"], "--show"),
    ] {
        let outcome = run(more);
        assert!(outcome.code == 2 && outcome.stderr.contains(part), "{part}: {outcome:?}");
    }
    // The campaign stands in the URL; the file of sends has nothing but the message.
    let rows = work.report(&["access.log", "--sends", "bare.csv", "--show", "follow-up"]);
    assert_eq!(columns(&rows, &["recipient", "message", "campaign", "opens"]), ["- m1 c 5"]);
}
