//! Case files. Two kinds, told apart by their keys (`samples` has those of the sample logs):
//!
//! - `timeline` and `[[run]]`: the hits of one campaign in the notation of `support::timeline`, and what `report`
//!   makes of them: pixel_hits/machine_pixel_hits · opens_human/opens_unknown · unique_opens_human/unique_opens_unknown
//!   · clicks/unique_clicks/machine_clicks · machine_only · confirmed. A shorter expectation compares the first groups.
//! - `args`, `files`, and what they print: `stdout`, `stderr`, `code`, and the files of a folder. `UPDATE_CASES=1` writes
//!   what they print now.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use serde::Deserialize;

use crate::support::mmdb::Mmdb;
use crate::support::{Outcome, Workdir, files, repository, timeline};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    #[expect(dead_code, reason = "says what the case is about")]
    title: String,
    start: String,
    timeline: Vec<String>,
    /// So many hits of messages that nobody was sent come besides, half of them clicks.
    #[serde(default)]
    forged: u32,
    /// Autonomous systems of networks, as the database `asn.mmdb` has them.
    #[serde(default)]
    asn: BTreeMap<String, u32>,
    /// What was sent, as the file `sends.csv` has it.
    #[serde(default)]
    sends: String,
    run: Vec<Run>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    #[serde(default)]
    args: Vec<String>,
    expect: String,
    /// A line of the account.
    #[serde(default)]
    account: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[expect(dead_code, reason = "says what the case is about")]
    title: String,
    args: Vec<String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// A folder that the command writes: all its files are listed, those in `shown` with their texts.
    folder: Option<String>,
    #[serde(default)]
    shown: Vec<String>,
    #[serde(default)]
    tree: String,
    #[serde(default)]
    written: BTreeMap<String, String>,
    #[serde(default)]
    stdout: String,
    #[serde(default)]
    stderr: String,
    #[serde(default)]
    code: i32,
}

#[test]
fn scenarios_have_their_exact_numbers() {
    let mut failures = Vec::new();
    let paths = files(&repository().join("tests/cases/scenarios"), "toml");
    assert!(!paths.is_empty());
    for path in paths {
        let scenario: Scenario = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let work = Workdir::new();
        let start: jiff::Timestamp = scenario.start.parse().unwrap();
        let forged = |i: u32| format!("{} H A {i} m=forged-{i}", if i.is_multiple_of(2) { "o" } else { "k L1" });
        let hits: Vec<String> = scenario.timeline.iter().cloned().chain((0..scenario.forged).map(forged)).collect();
        work.write("access.log", timeline::log(start.as_millisecond(), &hits).as_bytes());
        let entry = |mmdb: Mmdb, (network, asn): (&String, &u32)| {
            mmdb.insert(network, serde_json::json!({ "autonomous_system_number": asn }))
        };
        work.write("asn.mmdb", &scenario.asn.iter().fold(Mmdb::new("GeoLite2-ASN"), entry).bytes());
        work.write("sends.csv", scenario.sends.as_bytes());
        for run in &scenario.run {
            let mut args = vec!["access.log".to_owned()];
            args.extend(run.args.iter().cloned());
            let found = numbers(&work.report(&args));
            args.insert(0, "report".to_owned());
            let account = work.run(&args).stderr;
            if !account.contains(&run.account) {
                failures.push(format!("{} {:?}\n{account}", path.display(), run.args));
            }
            if !found.starts_with(&run.expect) {
                failures.push(format!(
                    "{} {:?}\n  expected {}\n  found    {found}",
                    path.display(),
                    run.args,
                    run.expect
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn numbers(report: &[serde_json::Map<String, serde_json::Value>]) -> String {
    let groups: [&[&str]; 6] = [
        &["pixel_hits", "machine_pixel_hits"],
        &["opens_human", "opens_unknown"],
        &["unique_opens_human", "unique_opens_unknown"],
        &["clicks", "unique_clicks", "machine_clicks"],
        &["machine_only"],
        &["confirmed"],
    ];
    let value = |name: &&str| report.iter().map(|row| row[*name].as_i64().unwrap()).sum::<i64>().to_string();
    groups.map(|group| group.iter().map(value).collect::<Vec<_>>().join("/")).join(" · ")
}

#[test]
fn commands_print_what_their_cases_say() {
    let mut failures = Vec::new();
    for folder in files(&repository().join("tests/cases"), "toml") {
        let is_elsewhere = |part: Component<'_>| part.as_os_str() == "scenarios" || part.as_os_str() == "samples";
        if !folder.components().any(is_elsewhere) {
            check(&folder, &mut failures);
        }
    }
    assert!(failures.is_empty(), "{}\nUPDATE_CASES=1 writes what is printed now", failures.join("\n"));
}

fn check(path: &Path, failures: &mut Vec<String>) {
    let text = std::fs::read_to_string(path).unwrap();
    let case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let work = Workdir::new();
    for (name, content) in &case.files {
        work.write(name, content.as_bytes());
    }
    let found = work.run(&case.args);
    let expected = Outcome { code: case.code, stdout: case.stdout, stderr: case.stderr };
    let folder = case.folder.as_ref().map(|folder| work.path().join(folder));
    let tree = folder.as_deref().map_or_else(String::new, tree);
    let read = |name: &String| (name.clone(), std::fs::read_to_string(folder.as_ref().unwrap().join(name)).unwrap());
    let written: BTreeMap<String, String> = case.shown.iter().map(read).collect();
    if found == expected && tree == case.tree && written == case.written {
        return;
    }
    if std::env::var_os("UPDATE_CASES").is_some() {
        let given = text.split("\n# Printed:\n").next().unwrap().trim_end();
        let mut printed = format!(
            "{given}\n\n# Printed:\ncode = {}\nstdout = '''\n{}'''\nstderr = '''\n{}'''\n",
            found.code, found.stdout, found.stderr
        );
        if !tree.is_empty() {
            printed += &format!("tree = '''\n{tree}'''\n");
        }
        for (name, text) in written {
            printed += &format!("written.{name:?} = '''\n{text}'''\n");
        }
        std::fs::write(path, printed).unwrap();
    } else {
        let (path, shown) = (path.display(), case.written);
        failures.push(format!("{path}\nexpected {expected:#?}\nfound {found:#?}"));
        failures.push(format!("expected {}{shown:#?}\nfound {tree}{written:#?}", case.tree));
    }
}

/// All files under a folder, one a line.
fn tree(folder: &Path) -> String {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                names.push(path.strip_prefix(folder).unwrap().display().to_string() + "\n");
            }
        }
    }
    names.sort();
    names.concat()
}
