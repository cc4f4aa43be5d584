//! `export`: folders that are whole, and written only where something changed.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;

use crate::support::logline::LogLine;
use crate::support::{Workdir, repository};

/// 2026-11-23T22:00:00Z.
const START_MS: i64 = 1_795_471_200_000;

fn hit(seconds: i64, url: &str) -> String {
    let mut line = LogLine::new(START_MS + seconds * 1000, url);
    line.request_id = format!("{seconds:032x}");
    line.mailpixel() + "\n"
}

fn export(work: &Workdir, args: &[&str]) {
    let run = work.run(&[&["export", "--out", "out"], args].concat());
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""), "{run:?}");
}

/// A file's inode, its time of change and its bytes.
type State = (u64, i64, Vec<u8>);

fn files(folder: &Path) -> BTreeMap<String, State> {
    let mut found = BTreeMap::new();
    collect(folder, folder, &mut found);
    found
}

fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, State>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            let meta = path.metadata().unwrap();
            let time = meta.mtime() * 1_000_000_000 + meta.mtime_nsec();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            found.insert(name, (meta.ino(), time, std::fs::read(&path).unwrap()));
        }
    }
}

fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    files(folder).into_iter().map(|(name, (_, _, bytes))| (name, bytes)).collect()
}

fn text(work: &Workdir, name: &str) -> String {
    std::fs::read_to_string(work.path().join("out").join(name)).unwrap()
}

const TABLES: [&str; 5] = ["summary", "links", "days", "clients", "reasons"];

#[test]
fn the_sample_logs_become_folders_with_the_numbers_of_the_report() {
    let work = Workdir::new();
    std::os::unix::fs::symlink(repository().join("sample-logs"), work.path().join("sample-logs")).unwrap();
    assert_eq!(work.run(&["ingest", "--host", "web1", "sample-logs"]).code, 0);
    export(&work, &[]);
    let first = files(&work.path().join("out"));
    let folders = ["(none)", "alert-disk-full", "spring-sale", "weekly-2026-44"];
    for name in folders.iter().flat_map(|folder| TABLES.map(|table| format!("{folder}/{table}"))) {
        assert!(first.contains_key(&format!("{name}.csv")) && first.contains_key(&format!("{name}.parquet")), "{name}");
    }
    assert_eq!(first.len(), folders.len() * TABLES.len() * 2 + 4, "{:?}", first.keys());
    let report = work.run(&["report", "-q", "--campaign", "spring-sale", "--format", "csv"]);
    assert_eq!(text(&work, "spring-sale/summary.csv"), report.stdout);
    let links = work.run(&["report", "-q", "--campaign", "spring-sale", "--by", "campaign,link", "--format", "csv"]);
    assert_eq!(text(&work, "spring-sale/links.csv"), links.stdout);
    let clients =
        work.run(&["report", "-q", "--campaign", "spring-sale", "--by", "campaign,client", "--format", "csv"]);
    assert_eq!(text(&work, "spring-sale/clients.csv"), clients.stdout);
    let days = work.run(&["report", "-q", "--campaign", "weekly-2026-44", "--by", "campaign,day", "--format", "csv"]);
    assert_eq!(text(&work, "weekly-2026-44/days.csv"), days.stdout);
    let file = std::fs::File::open(work.path().join("out/spring-sale/days.parquet")).unwrap();
    let rows = ParquetReader::new(file).finish().unwrap().height();
    assert_eq!(rows, text(&work, "spring-sale/days.csv").lines().count() - 1);
    let index: Vec<serde_json::Value> = serde_json::from_str(&text(&work, "index.json")).unwrap();
    assert_eq!(index.iter().map(|row| row["folder"].as_str().unwrap()).collect::<Vec<_>>(), folders);
    assert_eq!(index[0]["campaign"], serde_json::Value::Null);
    assert!(text(&work, "index.csv").starts_with("campaign,folder,messages_seen,"));

    // Again, and from the logs instead of the store: nothing is written.
    export(&work, &[]);
    assert!(files(&work.path().join("out")) == first);
    export(&work, &["sample-logs"]);
    assert!(files(&work.path().join("out")) == first);
    let told = work.run(&["export", "--out", "out", "-v"]);
    assert_eq!((told.code, told.stderr.as_str()), (0, "0 campaigns written, 4 unchanged\n"), "{told:?}");
}

#[test]
fn only_what_changed_is_written() {
    let work = Workdir::new();
    let old = hit(0, "/o/one/m.gif") + &hit(1, "/o/two/m.gif") + &hit(2, "/o/gone/m.gif");
    work.write("old.log", old.as_bytes());
    let new = hit(0, "/o/one/m.gif") + &hit(1, "/o/two/m.gif") + &hit(60, "/o/two/m.gif");
    work.write("new.log", new.as_bytes());
    export(&work, &["old.log"]);
    work.write("out/mine/notes.txt", b"not of an export");
    let before = files(&work.path().join("out"));
    export(&work, &["new.log"]);
    let after = files(&work.path().join("out"));
    for (name, state) in &before {
        let is_changed = after.get(name) != Some(state);
        // Nobody clicked: the file of links is the same one in the new folder.
        let expected = name.starts_with("gone/")
            || (name.starts_with("two/") && !name.contains("links"))
            || name.starts_with("index.")
            || name == ".mailpixel-export.json";
        assert_eq!(is_changed, expected, "{name}");
    }
    assert!(!work.path().join("out/gone").exists() && !after.keys().any(|name| name.starts_with(".mailpixel-export/")));
    assert!(after.contains_key("mine/notes.txt"));
    // A choice of campaigns leaves the others as they are.
    export(&work, &["--campaign", "one", "old.log"]);
    assert_eq!(files(&work.path().join("out/two")), files_under(&after, "two/"));
    assert!(!work.path().join("out/gone").exists());
    let index: Vec<serde_json::Value> = serde_json::from_str(&text(&work, "index.json")).unwrap();
    assert_eq!(
        (index.len(), &index[0]["campaign"], &index[0]["folder"]),
        (3, &"gone".into(), &serde_json::Value::Null)
    );
    let missing = work.run(&["export", "--out", "out", "--campaign", "oen", "old.log"]);
    assert_eq!((missing.code, missing.stderr.as_str()), (1, "no hits of campaign \"oen\"\n"));
}

fn files_under(all: &BTreeMap<String, State>, prefix: &str) -> BTreeMap<String, State> {
    all.iter().filter_map(|(name, state)| Some((name.strip_prefix(prefix)?.to_owned(), state.clone()))).collect()
}

#[test]
fn odd_names_stay_in_the_folder() {
    let work = Workdir::new();
    let long = "x".repeat(300);
    let names =
        ["..", ".", "a%2Fb", "gr%C3%BCn", "%2E%2E%2Fup", "index.csv", ".mailpixel-export", "(none)", &long, "a%252Fb"];
    let lines = names.iter().enumerate().map(|(i, name)| hit(i as i64, &format!("/track.php?campaign={name}&id=m{i}")));
    work.write("access.log", (lines.collect::<String>() + &hit(99, "/track.php?id=m")).as_bytes());
    work.write(
        "mailpixel.toml",
        b"open = [\"/track.php?campaign={campaign}&id={message}\", \"/track.php?id={message}\"]\n",
    );
    export(&work, &["access.log"]);
    let index: Vec<serde_json::Value> = serde_json::from_str(&text(&work, "index.json")).unwrap();
    let mut found: Vec<(Option<&str>, &str)> = Vec::new();
    for row in &index {
        let folder = row["folder"].as_str().unwrap();
        assert!(!folder.starts_with('.') && !folder.contains('/') && folder.len() <= 200, "{folder}");
        assert!(work.path().join("out").join(folder).join("summary.csv").is_file(), "{folder}");
        found.push((row["campaign"].as_str(), folder));
    }
    let folder = |name: Option<&str>| found.iter().find(|(campaign, _)| *campaign == name).map(|(_, folder)| *folder);
    assert_eq!(folder(None), Some("(none)"), "{found:?}");
    assert_eq!(folder(Some("..")), Some("%2E."), "{found:?}");
    assert_eq!(folder(Some("a/b")), Some("a%2Fb"), "{found:?}");
    assert_eq!(folder(Some("grün")), Some("gr%C3%BCn"), "{found:?}");
    assert_eq!(index.len(), names.len() + 1, "{found:?}");
    let beside: Vec<_> = std::fs::read_dir(work.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside.len(), 3, "{beside:?}");
}

#[test]
fn what_is_not_ours_is_not_replaced() {
    let work = Workdir::new();
    work.write("access.log", hit(0, "/o/one/m.gif").as_bytes());
    for (name, foreign) in [("out/one/notes.txt", "out/one"), ("out/index.json", "out/index.json")] {
        let path = work.write(name, b"mine");
        let run = work.run(&["export", "--out", "out", "access.log"]);
        assert!(run.code == 2 && run.stderr.contains(&format!("{foreign}: no export wrote this")), "{run:?}");
        assert_eq!(std::fs::read(&path).unwrap(), b"mine");
        std::fs::remove_dir_all(work.path().join("out")).unwrap();
    }
    export(&work, &["access.log"]);
    // What could not be read is not gone.
    work.write("other.log", hit(0, "/o/other/m.gif").as_bytes());
    let partly = work.run(&["export", "--out", "out", "other.log", "missing.log"]);
    assert!(partly.code == 1 && partly.stderr.contains("missing.log"), "{partly:?}");
    assert!(work.path().join("out/one").is_dir() && work.path().join("out/other").is_dir());
    let nothing = work.run(&["export", "--out", "out", "missing.log"]);
    assert!(nothing.code == 2 && nothing.stderr.contains("nothing was written"), "{nothing:?}");
}

#[test]
fn sends_add_rates_variants_and_domains() {
    let work = Workdir::new();
    work.write("access.log", (hit(0, "/o/one/m1.gif") + &hit(1, "/o/two/m3.gif")).as_bytes());
    let sends =
        "message,campaign,recipient,variant\nm1,one,a@x.example,A\nm2,one,b@y.example,B\nm4,quiet,c@x.example,A\n";
    work.write("sends.csv", sends.as_bytes());
    export(&work, &["--sends", "sends.csv", "access.log"]);
    let [variants, domains] = ["one/variants.csv", "one/domains.csv"].map(|name| text(&work, name));
    assert!(variants.starts_with("campaign,variant,") && variants.contains("\none,B,0,"), "{variants}");
    assert!(domains.contains("one,x.example,1,") && domains.contains("one,y.example,0,"), "{domains}");
    assert!(text(&work, "one/summary.csv").contains(",tracked,open_rate_min,"));
    // A campaign without hits has its sends, one without sends its hits.
    assert!(text(&work, "quiet/summary.csv").contains("\nquiet,0,"));
    assert!(text(&work, "two/summary.csv").contains("\ntwo,1,"));
    let first = files(&work.path().join("out"));
    export(&work, &["--sends", "sends.csv", "access.log"]);
    assert!(files(&work.path().join("out")) == first);
}

#[test]
fn a_kill_leaves_whole_folders() {
    let work = Workdir::new();
    work.write("old.log", (hit(0, "/o/one/m.gif") + &hit(1, "/o/gone/m.gif")).as_bytes());
    work.write("new.log", (hit(0, "/o/one/m.gif") + &hit(60, "/o/one/m.gif") + &hit(9, "/o/fresh/m.gif")).as_bytes());
    let out = work.path().join("out");
    export(&work, &["new.log"]);
    let new = bytes(&out);
    std::fs::remove_dir_all(&out).unwrap();
    export(&work, &["old.log"]);
    let old = bytes(&out);
    let mut kills = 0;
    // Every third change: each round exports three times.
    for kill_at in (0..).step_by(3) {
        let mut command = work.mailpixel();
        command
            .args(["export", "--out", "out", "--threads", "1", "new.log"])
            .env("MAILPIXEL_KILL_AT", kill_at.to_string());
        let status = command.output().unwrap().status;
        if status.success() {
            break;
        }
        assert_eq!(status.signal(), Some(9), "{status:?}");
        kills += 1;
        let now = bytes(&out);
        for folder in ["one/", "gone/", "fresh/", "index.csv", "index.json"] {
            let of = |all: &BTreeMap<String, Vec<u8>>| -> BTreeMap<String, Vec<u8>> {
                all.iter().filter(|(name, _)| name.starts_with(folder)).map(|(n, b)| (n.clone(), b.clone())).collect()
            };
            assert!(of(&now) == of(&old) || of(&now) == of(&new), "{folder} after a kill at {kill_at}");
        }
        export(&work, &["new.log"]);
        assert!(bytes(&out) == new, "after a kill at {kill_at}: {:?}", bytes(&out).keys());
        export(&work, &["old.log"]);
        assert!(bytes(&out) == old, "after a kill at {kill_at}");
    }
    assert!(kills >= 10, "only {kills} kills: tests/run builds with --features failpoints, without it nothing dies");
}
