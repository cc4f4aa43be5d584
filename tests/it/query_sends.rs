//! `query` with sends: the same numbers as the report, because what was sent decides what counts.

use serde_json::{Map, Value};

use crate::support::logline::LogLine;
use crate::support::{Workdir, cells, repository};

type Rows = Vec<Map<String, Value>>;

/// 2026-11-23T22:00:00Z.
const START_MS: i64 = 1_795_471_200_000;

const NOW: [&str; 2] = ["--now", "2026-11-30"];

fn hit(seconds: i64, url: &str, network: u8) -> String {
    let mut line = LogLine::new(START_MS + seconds * 1000, url);
    line.request_id = format!("{seconds:024x}{network:08x}");
    line.address = format!("198.51.{network}.7");
    line.status = if url.starts_with("/c/") { 302 } else { 200 };
    line.mailpixel() + "\n"
}

/// Hits before sending, of messages that nobody was sent or that must not be tracked, without a campaign, of campaigns
/// without sends, and by a network that follows links of many messages right after they were sent.
fn odd() -> Workdir {
    let work = Workdir::new();
    let mut log = [
        hit(-400, "/o/c/early.gif", 1),
        hit(-200, "/o/c/almost.gif", 1),
        hit(40, "/o/c/plain.gif", 2),
        hit(95, "/c/c/plain/shop", 2),
        hit(50, "/o/c/stranger.gif", 3),
        hit(60, "/o/c/denied.gif", 4),
        hit(70, "/track.php?id=plain", 2),
        hit(80, "/track.php?id=nobody", 5),
        hit(90, "/o/other/plain2.gif", 6),
        hit(100, "/o/unsent/x.gif", 7),
    ]
    .concat();
    let mut sends = "message,campaign,recipient,sent_at,consent\n".to_owned();
    let mut send = |message: &str, consent: &str| {
        sends += &format!("{message},c,{message}@example.org,2026-11-23T22:00:00Z,{consent}\n");
    };
    ["early", "almost", "plain", "plain2", "quiet"].iter().for_each(|message| send(message, "granted"));
    send("denied", "denied");
    for number in 0..12 {
        send(&format!("swept-{number}"), "granted");
        log += &hit(10, &format!("/c/c/swept-{number}/shop"), 9);
    }
    work.write("access.log", log.as_bytes());
    work.write("sends.csv", sends.as_bytes());
    work
}

fn samples() -> Workdir {
    let work = Workdir::new();
    for (from, to) in [("sample-logs", "access.log"), ("sample-logs/sends.csv", "sends.csv")] {
        std::os::unix::fs::symlink(repository().join(from), work.path().join(to)).unwrap();
    }
    work
}

fn query(work: &Workdir, sql: &str, more: &[&str]) -> Rows {
    work.rows("query", &[&[sql], more, &NOW].concat())
}

/// The columns of each campaign's row, in one order.
fn by_campaign(rows: &Rows, names: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = rows.iter().map(|row| cells(row, names).replacen("- ", " ", 1)).collect();
    found.sort();
    found
}

const ENGAGED: &str = "
    SELECT campaign,
      count(*) FILTER (WHERE seen IS NOT NULL) AS messages_seen,
      sum(opens_human) AS opens_human, sum(opens_unknown) AS opens_unknown,
      sum(clicks) AS clicks, sum(unknown_clicks) AS unknown_clicks, sum(machine_clicks) AS machine_clicks,
      sum(pixel_hits) AS pixel_hits, sum(machine_pixel_hits) AS machine_pixel_hits,
      sum(CASE WHEN confirmed THEN 1 ELSE 0 END) AS confirmed
    FROM engagements GROUP BY campaign";

#[test]
fn query_and_report_agree_where_there_are_sends() {
    for work in [odd(), samples()] {
        work.ok("ingest access.log --host web1");
        work.ok("sends add -q sends.csv");
        for place in [&[][..], &["access.log", "--sends", "sends.csv"]] {
            let report = work.report(&[place, &NOW].concat());
            let names: Vec<&str> = report[0].keys().map(String::as_str).collect();
            let campaigns = query(&work, "SELECT * FROM campaigns", place);
            assert_eq!(by_campaign(&campaigns, &names), by_campaign(&report, &names), "{place:?}");

            let engaged = query(&work, ENGAGED, place);
            let names: Vec<&str> = engaged[0].keys().map(String::as_str).collect();
            // Only sends know a campaign of which nothing was seen.
            let seen: Rows = report.into_iter().filter(|row| row["messages_seen"] != 0).collect();
            assert_eq!(by_campaign(&engaged, &names), by_campaign(&seen, &names), "{place:?}");

            let reasons = work.report(&[place, &["--by", "reason"], &NOW].concat());
            let names = ["kind", "counted", "actor", "reason", "hits"];
            let sql =
                "SELECT kind, final_counted AS counted, final_actor AS actor, final_reason AS reason, count(*) AS hits
                       FROM events GROUP BY kind, final_counted, final_actor, final_reason";
            assert_eq!(by_campaign(&query(&work, sql, place), &names), by_campaign(&reasons, &names), "{place:?}");
        }
    }
}

#[test]
fn what_was_sent_decides_what_counts() {
    let work = odd();
    let place = ["access.log", "--sends", "sends.csv"];
    let sql =
        "SELECT campaign, message, recipient, opens_human, clicks, unknown_clicks, seconds_to_open, seconds_to_click
               FROM engagements WHERE message NOT LIKE 'swept-%' ORDER BY campaign, message";
    let rows = query(&work, sql, &place);
    let names: Vec<&str> = rows[0].keys().map(String::as_str).collect();
    let found: Vec<String> = rows.iter().map(|row| cells(row, &names)).collect();
    let expected = [
        "c almost almost@example.org 1 0 0 0.0 -",
        "c plain plain@example.org 2 1 0 40.0 95.0",
        "other plain2 - 1 0 0 - -",
        "unsent x - 1 0 0 - -",
    ];
    assert_eq!(found, expected);
    // A condition on a campaign or a message changes nothing of what is said of its hits.
    let swept = "SELECT final_reason, count(*) AS n FROM events WHERE campaign = 'c' AND message LIKE 'swept-%' GROUP BY final_reason";
    let all = query(&work, swept, &place);
    let one = query(&work, "SELECT final_reason FROM events WHERE message = 'swept-3' AND campaign = 'c'", &place);
    assert_eq!((all.len(), &all[0]["final_reason"]), (1, &one[0]["final_reason"]), "{all:?} {one:?}");
    let nameless = query(&work, "SELECT count(*) AS n FROM events WHERE campaign = 'c' AND message = 'plain'", &place);
    assert_eq!(nameless[0]["n"], 3);
}

#[test]
fn consents_that_nobody_knows_are_decided_first() {
    let work = odd();
    work.write("sends.csv", b"message,campaign,consent\nplain,c,unknown\n");
    let sql = "SELECT count(*) AS n FROM engagements WHERE message = 'plain'";
    let undecided = work.run(&["query", sql, "access.log", "--sends", "sends.csv"]);
    assert!(undecided.code == 2 && undecided.stderr.contains("--consent-unknown"), "{undecided:?}");
    for (how, n) in [("tracked", 1), ("untracked", 0)] {
        let found = query(&work, sql, &["access.log", "--sends", "sends.csv", "--consent-unknown", how]);
        assert_eq!(found[0]["n"], n, "{how}");
    }
}
