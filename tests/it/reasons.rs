//! `report --by reason` and `rules`: every hit has a reason, and every reason is listed.

use std::collections::BTreeMap;

use mailpixel::classify::rules::RULES;
use mailpixel::model::reason::Reason;

use crate::support::{Outcome, Workdir, repository};

fn world() -> Workdir {
    let work = Workdir::new();
    std::os::unix::fs::symlink(repository().join("sample-logs"), work.path().join("logs")).unwrap();
    work
}

/// A number of the account: `1 234  hits counted`.
fn account(stderr: &str, what: &str) -> u64 {
    let line = stderr.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{what}: {stderr}"));
    number(line.split("  ").map(str::trim).find(|part| !part.is_empty()).unwrap())
}

fn number(text: &str) -> u64 {
    text.replace(' ', "").parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}

/// kind, counted, actor, reason → hits, of a CSV.
fn of_csv(text: &str) -> BTreeMap<[String; 4], u64> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap(), vec!["kind", "counted", "actor", "reason", "hits"]);
    let row = |row: csv::StringRecord| (std::array::from_fn(|i| row[i].to_owned()), row[4].parse().unwrap());
    reader.records().map(|record| row(record.unwrap())).collect()
}

#[test]
fn the_reasons_add_up_with_the_account() {
    let work = world();
    work.ok("ingest logs");
    for source in [&[][..], &["logs"]] {
        let run = |format: &str| {
            let mut args = vec!["report", "--by", "reason", "--format", format];
            args.extend(source);
            let outcome = work.run(&args);
            assert_eq!(outcome.code, 0, "{outcome:?}");
            outcome
        };
        let Outcome { stdout, stderr, .. } = run("csv");
        let hits = of_csv(&stdout);
        let sum = |is: &dyn Fn(&[String; 4]) -> bool| -> u64 {
            hits.iter().filter(|(key, _)| is(key)).map(|(_, hits)| hits).sum()
        };
        assert!(sum(&|key| key[3] == "office-triple") > 0);
        assert_eq!(sum(&|key| key[1] == "true"), account(&stderr, "hits counted"));
        assert_eq!(sum(&|key| key[3] == "duplicate"), account(&stderr, "duplicates"));
        assert_eq!(sum(&|key| key[1] == "false" && key[3] != "duplicate"), account(&stderr, "not counted"));
        assert!(hits.keys().all(|key| (key[1] != "true") == key[2].is_empty()), "only counted hits have an actor");

        let json: Vec<crate::support::Row> = serde_json::from_str(&run("json").stdout).unwrap();
        let of_json = json.iter().map(|row| {
            let text = |name: &str| row[name].as_str().map_or_else(|| row[name].to_string(), str::to_owned);
            let key = ["kind", "counted", "actor", "reason"].map(|name| text(name).replace("null", ""));
            (key, row["hits"].as_u64().unwrap())
        });
        assert_eq!(of_json.collect::<BTreeMap<_, _>>(), hits);
        check_table(&run("table").stdout, &hits);
    }
}

fn check_table(table: &str, hits: &BTreeMap<[String; 4], u64>) {
    let numbers = |line: &str| -> Vec<u64> {
        let cells = line.split("  ").map(str::trim).filter(|cell| cell.starts_with(|c: char| c.is_ascii_digit()));
        cells.map(number).collect()
    };
    let rows: Vec<Vec<u64>> = table.lines().map(numbers).filter(|numbers| numbers.len() == 2).collect();
    let (total, rows) = rows.split_last().unwrap();
    for (column, kind) in ["open", "click"].into_iter().enumerate() {
        let of_kind: u64 = hits.iter().filter(|(key, _)| key[0] == kind).map(|(_, hits)| hits).sum();
        assert_eq!(total[column], of_kind, "{table}");
        assert_eq!(rows.iter().map(|row| row[column]).sum::<u64>(), of_kind, "{table}");
    }
}

/// The funnel under the campaign table.
#[test]
fn the_funnel_adds_up() {
    let table = world().ok("report -q logs");
    let lines = table.lines().skip_while(|line| !line.starts_with(" Hits"));
    let numbers = |line: &str| -> Option<[u64; 2]> {
        let cells: Vec<&str> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        Some([cells.get(1)?.replace(' ', "").parse().ok()?, cells.get(2)?.replace(' ', "").parse().ok()?])
    };
    let rows: Vec<[u64; 2]> = lines.filter_map(numbers).collect();
    assert_eq!(rows.len(), 5, "{table}");
    for kind in 0..2 {
        assert_eq!(rows[0][kind], rows[1..].iter().map(|row| row[kind]).sum::<u64>(), "{table}");
    }
}

#[test]
fn every_reason_is_listed() {
    let work = Workdir::new();
    let rows = work.rows::<&str>("rules", &[]);
    assert_eq!(rows.len(), RULES.len());
    for reason in Reason::ALL {
        let row = rows.iter().rfind(|row| row["reason"] == reason.code());
        let row = row.unwrap_or_else(|| panic!("{reason:?} is not listed"));
        assert_eq!(row["sees"], reason.words());
        assert!(!row["on_pixel"].is_null() || !row["on_link"].is_null(), "{reason:?} decides nothing");
    }
    let table = work.ok("rules");
    let csv = work.ok("rules --format csv");
    for text in [table, csv] {
        assert!(Reason::ALL.iter().all(|reason| text.contains(reason.code())), "{text}");
    }
}

#[test]
fn the_networks_in_use_are_listed() {
    let work = Workdir::new();
    let built_in = work.rows("rules", &["--networks"]);
    assert!(built_in.len() == 25 && built_in.iter().all(|row| row["whose"].is_string()), "{built_in:?}");
    work.write("mine.csv", b"network,scope,certainty\n10.0.0.0/8,open,certain\n");
    let mine = work.ok("rules --networks --scanner-networks mine.csv --format csv");
    assert_eq!(mine, "network,scope,certainty,whose\n10.0.0.0/8,open,certain,\n");
    // What is listed can be edited and given back.
    let listed = work.ok("rules --networks --format csv");
    let file: String = listed.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned() + "\n").collect();
    work.write("mine.csv", file.as_bytes());
    assert_eq!(work.rows("rules", &["--networks", "--scanner-networks", "mine.csv"]).len(), 25);
}
