//! Every report on the sample logs, in every format. A case is `args` behind `report sample-logs`, and what that prints as
//! a table, as CSV and as JSON; Parquet must hold what the CSV says. `UPDATE_CASES=1` writes what is printed now.

use std::collections::BTreeMap;
use std::path::Path;

use mailpixel::analysis::dimension::DIMENSIONS;
use mailpixel::report::DataFormat;
use mailpixel::report::cell::Zone;
use mailpixel::report::sentence::NOTE;
use mailpixel::report::text_table::text_width;
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;
use serde::Deserialize;
use serde_json::json;

use crate::support::mmdb::Mmdb;
use crate::support::{Row, Workdir, files, repository};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[expect(dead_code, reason = "says what the case is about")]
    title: String,
    args: Vec<String>,
    /// Country, region, city and autonomous system of networks, as the databases `city.mmdb` and `asn.mmdb` have them.
    #[serde(default)]
    places: BTreeMap<String, (String, String, String, u32)>,
    #[serde(default)]
    table: String,
    #[serde(default)]
    csv: String,
    #[serde(default)]
    json: String,
    #[serde(default)]
    stderr: String,
}

/// What a report prints in each format.
struct Printed {
    table: String,
    csv: String,
    json: String,
    stderr: String,
}

/// A folder with the sample logs in it.
pub(crate) fn workdir() -> Workdir {
    let work = Workdir::new();
    std::os::unix::fs::symlink(repository().join("sample-logs"), work.path().join("sample-logs")).unwrap();
    work
}

#[test]
fn every_report_prints_what_its_case_says() {
    let mut failures = Vec::new();
    let paths = files(&repository().join("tests/cases/samples"), "toml");
    assert!(!paths.is_empty());
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let printed = print(&case);
        let same = case.table == printed.table && case.csv == printed.csv && case.json == printed.json;
        if same && case.stderr == printed.stderr {
            continue;
        }
        if std::env::var_os("UPDATE_CASES").is_some() {
            update(&path, &text, &printed);
        } else {
            let differences = [
                (&case.table, &printed.table),
                (&case.csv, &printed.csv),
                (&case.json, &printed.json),
                (&case.stderr, &printed.stderr),
            ]
            .map(|(expected, found)| first_difference(expected, found));
            failures.push(format!("{}\n{}", path.display(), differences.concat()));
        }
    }
    assert!(failures.is_empty(), "{}\nUPDATE_CASES=1 writes what is printed now", failures.join("\n"));
}

fn print(case: &Case) -> Printed {
    let work = workdir();
    write_places(&work, case);
    let run = |format: &str, more: &[&str]| {
        let mut args = vec!["report", "sample-logs"];
        args.extend(case.args.iter().map(String::as_str));
        args.extend(["--format", format]);
        args.extend(more);
        let outcome = work.run(&args);
        assert_eq!(outcome.code, 0, "{args:?}: {outcome:?}");
        outcome
    };
    let [table, csv, json, parquet] =
        [("table", &[][..]), ("csv", &[]), ("json", &[]), ("parquet", &["-o", "out.parquet"])]
            .map(|(format, more)| run(format, more));
    let stderr = table.stderr.clone();
    for other in [&csv, &json, &parquet] {
        assert_eq!(other.stderr, stderr, "{:?}", case.args);
    }
    assert_eq!(parquet_as_csv(&work.path().join("out.parquet")), csv.stdout, "{:?}", case.args);
    assert_eq!(json_as_cells(&json.stdout), cells(&csv.stdout), "{:?}", case.args);
    Printed { table: table.stdout, csv: csv.stdout, json: json.stdout, stderr }
}

fn write_places(work: &Workdir, case: &Case) {
    let (mut cities, mut owners) = (Mmdb::new("GeoLite2-City"), Mmdb::new("GeoLite2-ASN"));
    for (network, (country, region, city, asn)) in &case.places {
        let place = json!({
            "country": {"iso_code": country},
            "subdivisions": [{"names": {"en": region}}],
            "city": {"names": {"en": city}},
        });
        cities = cities.insert(network, place);
        owners = owners.insert(network, json!({ "autonomous_system_number": asn }));
    }
    if !case.places.is_empty() {
        work.write("city.mmdb", &cities.bytes());
        work.write("asn.mmdb", &owners.bytes());
    }
}

fn parquet_as_csv(path: &Path) -> String {
    let frame = ParquetReader::new(std::fs::File::open(path).unwrap()).finish().unwrap();
    let mut csv = Vec::new();
    mailpixel::report::write(&frame, DataFormat::Csv, &Zone::utc(), &mut csv).unwrap();
    String::from_utf8(csv).unwrap()
}

/// Rows of names and values. Of fractions only 12 digits are compared, because `serde_json` does not read the last one
/// exactly.
type Cells = Vec<Vec<(String, String)>>;

fn cells(csv: &str) -> Cells {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let row = |record: csv::StringRecord| names.iter().cloned().zip(record.iter().map(rounded)).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

fn json_as_cells(text: &str) -> Cells {
    let rows: Vec<Row> = serde_json::from_str(text).unwrap();
    let cell = |(name, value): (String, serde_json::Value)| {
        let text = match value {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        (name, rounded(&text))
    };
    rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect()
}

fn rounded(cell: &str) -> String {
    cell.parse::<f64>().map_or_else(|_| cell.to_owned(), |number| format!("{number:.11e}"))
}

fn update(path: &Path, text: &str, printed: &Printed) {
    let Printed { table, csv, json, stderr } = printed;
    let given = text.split("\n# Printed:\n").next().unwrap().trim_end();
    let printed = [("table", table), ("csv", csv), ("json", json), ("stderr", stderr)]
        .map(|(name, text)| format!("{name} = '''\n{text}'''\n"));
    std::fs::write(path, format!("{given}\n\n# Printed:\n{}", printed.concat())).unwrap();
}

/// The first line that is another one than expected.
fn first_difference(expected: &str, found: &str) -> String {
    if expected == found {
        return String::new();
    }
    let expected = expected.lines().map(Some).chain(std::iter::repeat(None));
    let found = found.lines().map(Some).chain(std::iter::repeat(None));
    let different = expected.zip(found).take_while(|pair| *pair != (None, None)).find(|(one, other)| one != other);
    let (expected, found) = different.unwrap_or_default();
    format!("  expected {}\n  found    {}\n", expected.unwrap_or("the end"), found.unwrap_or("the end"))
}

#[test]
fn no_report_is_wider_than_80_columns() {
    let work = workdir();
    let sends = ["--sends", "sample-logs/sends.csv", "--now", "2026-11-20"];
    let by = DIMENSIONS.map(|(name, _)| ["--by", name]);
    let shown = ["follow-up", "not-opened", "recipients", "pace"].map(|name| ["--show", name]);
    let pairs = ["campaign,variant", "client,client_version,os", "reason,via,link"].map(|names| ["--by", names]);
    let with_sends = by.iter().chain(&shown).chain(&pairs).map(|what| [&what[..], &sends].concat());
    let without = by.iter().chain(&pairs).map(|what| what.to_vec());
    for args in with_sends.chain(without) {
        let outcome = work.run(&[&["report", "sample-logs", "-q"], args.as_slice()].concat());
        assert_eq!(outcome.code, 0, "{args:?}: {outcome:?}");
        let lines: Vec<&str> = outcome.stdout.lines().collect();
        for line in &lines {
            assert!(text_width(line) <= 80, "{args:?}: {line}");
        }
        let starts_with_a_sentence = lines[0].starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit());
        assert!(starts_with_a_sentence, "{args:?}: {}", lines[0]);
        assert_eq!(lines[lines.len() - 2..].join(" "), NOTE, "{args:?}");
    }
}
