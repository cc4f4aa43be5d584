//! `query`: the same numbers as the other reports, as a naive model, and as DuckDB over the same files.

use std::process::Command;

use serde_json::{Map, Value};

use crate::support::logline::LogLine;
use crate::support::{Outcome, Workdir, repository};

type Rows = Vec<Map<String, Value>>;

/// The sample logs, read into a store.
fn sample() -> Workdir {
    let work = Workdir::new();
    std::os::unix::fs::symlink(repository().join("sample-logs"), work.path().join("logs")).unwrap();
    assert_eq!(work.run(&["ingest", "--store", "store", "logs"]).code, 0);
    work
}

fn run(work: &Workdir, sql: &str, args: &[&str]) -> Outcome {
    let mut all = vec!["query", sql];
    all.extend(args);
    work.run(&all)
}

/// The rows of an answer.
fn rows(work: &Workdir, sql: &str, args: &[&str]) -> Rows {
    let outcome = run(work, sql, &[args, &["--format", "json"]].concat());
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{sql}: {outcome:?}");
    serde_json::from_str(&outcome.stdout).unwrap()
}

fn stored(work: &Workdir, sql: &str) -> Rows {
    rows(work, sql, &["--store", "store"])
}

/// The named columns of every row.
fn values(rows: &Rows, names: &[&str]) -> Vec<Vec<Value>> {
    let value = |row: &Map<String, Value>, name: &str| match &row[name] {
        Value::Null if name == "campaign" => Value::from(""),
        value => value.clone(),
    };
    rows.iter().map(|row| names.iter().map(|name| value(row, name)).collect()).collect()
}

#[test]
fn events_count_as_the_report_counts() {
    let work = sample();
    let names = ["campaign", "pixel_hits", "machine_pixel_hits", "clicks", "unknown_clicks", "machine_clicks"];
    let sql = "
        SELECT campaign,
          count(*) FILTER (WHERE final_counted AND kind = 'open') AS pixel_hits,
          count(*) FILTER (WHERE final_actor = 'machine' AND kind = 'open') AS machine_pixel_hits,
          count(*) FILTER (WHERE final_actor = 'human' AND kind = 'click' AND link NOT LIKE 'unsub%') AS clicks,
          count(*) FILTER (WHERE final_actor = 'unknown' AND kind = 'click' AND link NOT LIKE 'unsub%') AS unknown_clicks,
          count(*) FILTER (WHERE final_actor = 'machine' AND kind = 'click' AND link NOT LIKE 'unsub%') AS machine_clicks
        FROM events GROUP BY campaign ORDER BY campaign";
    let expected = values(&work.report(&["--store", "store"]), &names);
    assert_eq!(values(&stored(&work, sql), &names), expected);
    assert_eq!(values(&rows(&work, sql, &["logs"]), &names), expected);
    let reasons = work.report(&["--store", "store", "--by", "reason"]);
    let hits: i64 = reasons.iter().map(|row| row["hits"].as_i64().unwrap()).sum();
    assert_eq!(stored(&work, "SELECT count(*) AS n FROM events")[0]["n"], hits);
    let sweeps = stored(&work, "SELECT count(*) AS n FROM events WHERE final_reason = 'link-sweep'");
    let expected: i64 =
        reasons.iter().filter(|row| row["reason"] == "link-sweep").map(|row| row["hits"].as_i64().unwrap()).sum();
    assert!(expected > 0 && sweeps[0]["n"] == expected, "{sweeps:?} {expected}");
}

#[test]
fn engagements_add_up_to_the_campaign_table() {
    let work = sample();
    let names = [
        "campaign",
        "messages_seen",
        "pixel_hits",
        "opens_human",
        "opens_unknown",
        "unique_opens_human",
        "clicks",
        "unique_clicks",
        "unique_link_clicks",
        "unsubscribes",
        "machine_only",
        "confirmed",
        "last_seen",
    ];
    let sql = "
        SELECT campaign, count(seen) AS messages_seen, sum(pixel_hits) AS pixel_hits, sum(opens_human) AS opens_human,
          sum(opens_unknown) AS opens_unknown, count(*) FILTER (WHERE seen = 'opened-by-human') AS unique_opens_human,
          sum(clicks) AS clicks, count(*) FILTER (WHERE clicks > 0) AS unique_clicks, sum(links) AS unique_link_clicks,
          count(*) FILTER (WHERE unsubscribed) AS unsubscribes,
          count(*) FILTER (WHERE seen = 'machine-only') AS machine_only,
          count(*) FILTER (WHERE confirmed) AS confirmed, max(last_seen) AS last_seen
        FROM engagements GROUP BY campaign ORDER BY campaign";
    let expected = values(&work.report(&["--store", "store"]), &names);
    for args in [&["--store", "store"][..], &["logs"]] {
        assert_eq!(values(&rows(&work, sql, args), &names), expected);
        assert_eq!(values(&rows(&work, "SELECT * FROM campaigns ORDER BY campaign", args), &names), expected);
    }
    // One campaign alone is read through other row groups, with the same numbers.
    let spring = stored(&work, "SELECT sum(opens_human) AS n FROM engagements WHERE campaign = 'spring-sale'");
    let row = expected.iter().find(|row| row[0] == "spring-sale").unwrap();
    assert_eq!(spring[0]["n"], row[3]);
}

#[test]
fn conditions_leave_what_a_naive_model_leaves() {
    let work = sample();
    let all = stored(&work, "SELECT campaign, message, date, ts_ms, kind, final_actor, open FROM events");
    let ms = all[all.len() / 2]["ts_ms"].as_i64().unwrap();
    let message = all[0]["message"].as_str().unwrap();
    let text = |row: &Map<String, Value>, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    type Is<'a> = Box<dyn Fn(&Map<String, Value>) -> bool + 'a>;
    let cases: Vec<(String, Is<'_>)> = vec![
        ("campaign = 'spring-sale'".into(), Box::new(|row| row["campaign"] == "spring-sale")),
        (
            "'spring-sale' = campaign OR kind = 'click'".into(),
            Box::new(|row| row["campaign"] == "spring-sale" || row["kind"] == "click"),
        ),
        (format!("message = '{message}'"), Box::new(|row| row["message"] == message)),
        (format!("ts_ms >= {ms}"), Box::new(|row| row["ts_ms"].as_i64() >= Some(ms))),
        (
            format!("ts_ms < {ms} AND final_actor = 'human'"),
            Box::new(|row| row["ts_ms"].as_i64() < Some(ms) && row["final_actor"] == "human"),
        ),
        ("date = '2026-11-05'".into(), Box::new(|row| row["date"] == "2026-11-05")),
        (
            "date > '2026-11-05' AND open = 2".into(),
            Box::new(|row| text(row, "date").as_str() > "2026-11-05" && row["open"] == 2),
        ),
        (
            "date BETWEEN '2026-11-02' AND '2026-11-03'".into(),
            Box::new(|row| ["2026-11-02", "2026-11-03"].contains(&text(row, "date").as_str())),
        ),
        ("time < '2026-11-05 12:00:00'".into(), Box::new(|row| row["ts_ms"].as_i64() < Some(1_793_880_000_000))),
        ("NOT (kind = 'open')".into(), Box::new(|row| row["kind"] == "click")),
        (
            "campaign IN ('spring-sale', 'x') AND final_actor IS NULL".into(),
            Box::new(|row| row["campaign"] == "spring-sale" && row["final_actor"].is_null()),
        ),
        (
            "ts_ms > avg(ts_ms) AND campaign = 'alert-disk-full'".into(),
            Box::new(|row| {
                let sum: i128 = all.iter().map(|row| i128::from(row["ts_ms"].as_i64().unwrap())).sum();
                let n = i128::try_from(all.len()).unwrap();
                row["campaign"] == "alert-disk-full" && i128::from(row["ts_ms"].as_i64().unwrap()) * n > sum
            }),
        ),
    ];
    for (condition, is) in cases {
        let expected = all.iter().filter(|row| is(row)).count();
        for args in [&["--store", "store"][..], &["logs"]] {
            let found = rows(&work, &format!("SELECT count(*) AS n FROM events WHERE {condition}"), args);
            assert_eq!(found[0]["n"], expected, "{condition}");
            let found = rows(&work, &format!("SELECT final_reason, link FROM events WHERE {condition}"), args);
            assert_eq!(found.len(), expected, "{condition}");
        }
    }
}

#[test]
fn limits_and_joins_answer() {
    let work = sample();
    for (sql, n) in [
        ("SELECT * FROM events LIMIT 7", 7),
        ("SELECT * FROM events ORDER BY ts_ms DESC LIMIT 3", 3),
        ("SELECT message FROM events WHERE kind = 'click' ORDER BY ts_ms LIMIT 5", 5),
        ("SELECT * FROM (SELECT * FROM events LIMIT 5) t WHERE kind = 'nothing'", 0),
        ("WITH c AS (SELECT * FROM events WHERE kind = 'click') SELECT * FROM c LIMIT 4 OFFSET 2", 4),
        ("SELECT * FROM engagements ORDER BY opens_human DESC LIMIT 3", 3),
        (
            "SELECT e.message, g.seen FROM events e JOIN engagements g USING (campaign, message) WHERE g.clicks > 0 LIMIT 2",
            2,
        ),
        (
            "SELECT time - LAG(time) OVER (PARTITION BY message ORDER BY ts_ms) AS gap, array_agg(kind) OVER () FROM events LIMIT 1",
            1,
        ),
        ("SELECT message FROM events UNION SELECT message FROM engagements LIMIT 2", 2),
        ("SELECT NULL AS n, CAST(1 AS SMALLINT) AS u, date - date AS d FROM events LIMIT 1", 1),
        ("SELECT 1", 1),
    ] {
        assert_eq!(stored(&work, sql).len(), n, "{sql}");
        for format in ["table", "csv"] {
            assert_eq!(run(&work, sql, &["--store", "store", "--format", format]).code, 0, "{sql}");
        }
        let parquet = run(&work, sql, &["--store", "store", "-o", "answer.parquet"]);
        assert_eq!(parquet.code, 0, "{sql} {parquet:?}");
        assert!(std::fs::read(work.path().join("answer.parquet")).unwrap().starts_with(b"PAR1"));
    }
}

#[test]
fn what_explain_shows_is_what_events_has() {
    let work = sample();
    let message = "SELECT message FROM events WHERE final_reason = 'link-sweep' LIMIT 1";
    let message = stored(&work, message)[0]["message"].as_str().unwrap().to_owned();
    let outcome = work.run(&["explain", "spring-sale", &message, "--store", "store", "--format", "json"]);
    let campaign = if outcome.code == 0 { "spring-sale" } else { "weekly-2026-44" };
    let outcome = work.run(&["explain", campaign, &message, "--store", "store", "--format", "json"]);
    let explained: Rows = serde_json::from_str(&outcome.stdout).unwrap();
    let sql = format!(
        "SELECT time, kind, link, final_counted AS counted, final_actor AS actor, final_reason AS reason, suspicions, open
         FROM events WHERE campaign = '{campaign}' AND message = '{message}' ORDER BY ts_ms, link"
    );
    let names = ["time", "kind", "link", "counted", "actor", "reason", "suspicions", "open"];
    let sorted = |rows: &Rows| {
        let mut rows: Vec<String> = values(rows, &names).iter().map(|row| format!("{row:?}")).collect();
        rows.sort();
        rows
    };
    assert!(explained.len() > 2);
    assert_eq!(sorted(&stored(&work, &sql)), sorted(&explained));
}

#[test]
fn quotes_in_data_are_data() {
    let work = Workdir::new();
    let url = "/o/it%27s%22%3B--/%27%20OR%20%271%27%3D%271.gif";
    let lines = [url, "/o/it%27s%22%3B--/other.gif"].map(|url| LogLine::new(1_795_471_127_042, url).mailpixel());
    work.write("access.log", (lines.join("\n") + "\n").as_bytes());
    assert_eq!(work.run(&["ingest", "--store", "store", "access.log"]).code, 0);
    let found = stored(&work, "SELECT campaign, message FROM events WHERE message = ''' OR ''1''=''1'");
    assert_eq!(values(&found, &["campaign", "message"]), [["it's\";--", "' OR '1'='1"]]);
    let csv = run(&work, "SELECT campaign FROM engagements", &["--store", "store", "--format", "csv"]);
    assert_eq!(csv.stdout, "campaign\n\"it's\"\";--\"\n\"it's\"\";--\"\n");
}

#[test]
fn an_empty_store_has_empty_tables_and_none_is_an_error() {
    let work = Workdir::new();
    work.write("access.log", b"");
    assert_eq!(work.run(&["ingest", "--store", "store", "access.log"]).code, 0);
    for table in ["events", "engagements", "campaigns"] {
        assert_eq!(stored(&work, &format!("SELECT count(*) AS n FROM {table}"))[0]["n"], 0, "{table}");
        assert_eq!(stored(&work, &format!("SELECT * FROM {table} WHERE campaign = 'x'")).len(), 0, "{table}");
        assert_eq!(run(&work, &format!("SELECT * FROM {table}"), &["--store", "store"]).code, 0, "{table}");
    }
    let missing = run(&work, "SELECT 1 FROM events", &["--store", "elsewhere"]);
    assert!(missing.code == 2 && missing.stderr.contains("no event store here"), "{missing:?}");
    let missing = run(&work, "SELECT count(*) AS n FROM events", &["access.log", "missing.log"]);
    assert!(missing.code == 1 && missing.stderr.contains("missing.log"), "{missing:?}");
    let destroying = run(&work, "SELECT * FROM events", &["access.log", "-o", "access.log"]);
    assert!(destroying.code == 2 && destroying.stderr.contains("is one of the logs"), "{destroying:?}");
}

#[test]
fn sends_join_by_campaign_and_message() {
    let work = Workdir::new();
    let line = |ms: i64, url: &str| LogLine::new(1_795_471_127_042 + ms, url).mailpixel() + "\n";
    work.write("access.log", (line(90_000, "/o/spring/a.gif") + &line(120_500, "/c/spring/a/shop")).as_bytes());
    let csv = "message,campaign,recipient,variant,sent_at\n\
               a,spring,ann@example.com,A,2026-11-23T21:58:47.042Z\nb,spring,bob@example.com,B,2026-11-23T21:58:47.042Z\n";
    work.write("sends.csv", csv.as_bytes());
    let args = ["access.log", "--sends", "sends.csv"];
    let found = rows(&work, "SELECT recipient, variant, seconds_to_open, seconds_to_click FROM engagements", &args);
    let names = ["recipient", "variant", "seconds_to_open", "seconds_to_click"];
    let expected: [Value; 4] = ["ann@example.com".into(), "A".into(), 90.0.into(), 120.5.into()];
    assert_eq!(values(&found, &names), [expected]);
    let sql = "SELECT s.message, e.confirmed FROM sends s LEFT JOIN engagements e ON s.message = e.message ORDER BY s.message";
    let found = rows(&work, sql, &args);
    assert_eq!(values(&found, &["message", "confirmed"]), [[Value::from("a"), true.into()], ["b".into(), Value::Null]]);
}

/// The rows that DuckDB finds, through Python's package. `tests/run` installs it.
fn duckdb(work: &Workdir, sql: &str) -> Vec<Vec<Value>> {
    let cache = std::env::var("XDG_CACHE_HOME").unwrap_or_else(|_| std::env::var("HOME").unwrap() + "/.cache");
    let script = "import duckdb, json, sys\n\
        duckdb.sql(\"CREATE VIEW events AS FROM read_parquet('view/*/*.parquet', hive_partitioning = true)\")\n\
        print(json.dumps(duckdb.sql(sys.argv[1]).fetchall(), default=str))";
    let mut command = Command::new("python3");
    command.current_dir(work.path()).env("PYTHONPATH", format!("{cache}/mailpixel/python")).args(["-c", script, sql]);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "DuckDB: {said}\n`tests/run` installs it; MAILPIXEL_SKIP_DUCKDB=1 does without");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn duckdb_finds_the_same_in_a_snapshot() {
    if std::env::var("MAILPIXEL_SKIP_DUCKDB").is_ok_and(|skip| skip == "1") {
        println!("MAILPIXEL_SKIP_DUCKDB=1: DuckDB is not asked");
        return;
    }
    let work = sample();
    assert_eq!(work.run(&["store", "--store", "store", "snapshot", "view"]).code, 0);
    for sql in [
        "SELECT count(*) AS n, count(DISTINCT message) AS messages, min(ts_ms) AS first, max(ts_ms) AS last FROM events",
        "SELECT kind, counted, actor, reason, count(*) AS n FROM events GROUP BY kind, counted, actor, reason \
         ORDER BY kind, counted, actor, reason",
        "SELECT campaign, date, count(*) AS n, count(link) AS links FROM events GROUP BY campaign, date ORDER BY campaign, date",
        "SELECT client, os, count(*) AS n FROM events WHERE date > '2026-11-05' AND via = 'direct' AND client IS NOT NULL \
         AND os IS NOT NULL GROUP BY client, os ORDER BY client, os",
        "SELECT event_hi, event_lo, message FROM events ORDER BY event_hi, event_lo LIMIT 100",
    ] {
        let found: Vec<Vec<Value>> =
            stored(&work, sql).into_iter().map(|row| row.into_iter().map(|(_, value)| value).collect()).collect();
        assert!(!found.is_empty(), "{sql}");
        assert_eq!(found, duckdb(&work, sql), "{sql}");
    }
}
