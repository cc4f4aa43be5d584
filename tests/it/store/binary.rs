//! Whole runs of the binary.

use std::fs;
use std::process::Command;

use mailpixel::store::Layout;
use polars::prelude::{DataFrame, NamedFrom, Series};

use super::stored_messages;
use crate::support::logline::LogLine;
use crate::support::{Outcome, Workdir};

fn lines(messages: std::ops::Range<i64>) -> String {
    let line = |n: i64| {
        let mut line = LogLine::new(1_795_471_127_042 + n * 1000, &format!("/o/spring/m{n}.gif"));
        line.request_id = format!("{n:032x}");
        line.mailpixel() + "\n"
    };
    messages.map(line).collect()
}

fn ingest(work: &Workdir, args: &[&str]) -> Outcome {
    let mut all = vec!["ingest", "--store", "store"];
    all.extend(args);
    work.run(&all)
}

fn store(work: &Workdir, args: &[&str]) -> Outcome {
    let mut all = vec!["store", "--store", "store"];
    all.extend(args);
    work.run(&all)
}

fn events(work: &Workdir) -> usize {
    stored_messages(&Layout::new(work.path().join("store"))).values().sum()
}

#[test]
fn a_log_counts_once_under_any_name_and_packing() {
    let work = Workdir::new();
    let text = lines(0..40);
    work.write("access.log", text.as_bytes());
    assert_eq!(ingest(&work, &["access.log*"]), Outcome { code: 0, stdout: String::new(), stderr: String::new() });
    for name in ["access.log.1", "access.log.2.gz", "access.log.3.zst", "other/copy.log"] {
        work.write(name, text.as_bytes());
    }
    work.write("access.log", (text.clone() + &lines(40..50)).as_bytes());
    assert_eq!(ingest(&work, &["access.log*", "other"]).code, 0);
    assert_eq!(events(&work), 50);
    let again = ingest(&work, &["-v", "."]);
    assert!(again.stderr.contains("0 lines read from 0 logs"), "{again:?}");
    let report = work.report(&["--store", "store"]);
    assert_eq!((report[0]["unique_opens_human"].as_i64(), report[0]["pixel_hits"].as_i64()), (Some(50), Some(50)));
}

#[test]
fn the_report_of_the_store_is_the_report_of_its_logs() {
    let work = Workdir::new();
    std::os::unix::fs::symlink(crate::support::repository().join("sample-logs"), work.path().join("logs")).unwrap();
    assert_eq!(ingest(&work, &["logs"]).code, 0);
    for args in [vec![], vec!["--since", "2026-11-05"], vec!["--campaign", "spring-sale", "--tz", "Europe/Berlin"]] {
        let run = |more: &[&str]| {
            let mut all = vec!["report", "-q", "--format", "csv"];
            all.extend(&args);
            all.extend(more);
            work.run(&all)
        };
        assert_eq!(run(&["--store", "store"]), run(&["logs"]), "{args:?}");
    }
    let before = work.run(&["report", "-q", "--store", "store", "--format", "csv"]);
    assert_eq!(store(&work, &["compact"]).code, 0);
    assert_eq!(work.run(&["report", "-q", "--store", "store", "--format", "csv"]), before);
}

#[test]
fn a_day_with_many_files_is_compacted_and_counts_the_same() {
    let work = Workdir::new();
    work.write("old.log", b"");
    for n in 0..12 {
        // Days that ended long ago, so that ingest compacts them by itself.
        let mut line = LogLine::new(1_700_000_000_000 + n * 1000, &format!("/o/spring/m{n}.gif"));
        line.request_id = format!("{n:032x}");
        let mut text = fs::read_to_string(work.path().join("old.log")).unwrap();
        text.push_str(&(line.mailpixel() + "\n"));
        work.write("old.log", text.as_bytes());
        assert_eq!(ingest(&work, &["old.log"]).code, 0);
    }
    let files = Layout::new(work.path().join("store")).event_files().unwrap();
    assert!(files.len() <= 8, "{files:?}");
    assert_eq!(events(&work), 12);
    let verified = store(&work, &["verify"]);
    assert!(verified.stdout.contains(" with 12 events; 0 problems"), "{verified:?}");
}

#[test]
fn the_same_request_in_two_logs_counts_once() {
    let work = Workdir::new();
    work.write("a.log", lines(0..10).as_bytes());
    // Another log of the same requests: it does not start alike, so it is a source of its own.
    work.write("b.log", (lines(20..21) + &lines(0..10)).as_bytes());
    assert_eq!(ingest(&work, &["a.log"]).code, 0);
    assert_eq!(ingest(&work, &["b.log"]).code, 0);
    assert_eq!(events(&work), 21);
    let report = work.run(&["report", "--store", "store", "--format", "csv"]);
    assert!(report.stderr.contains("10  duplicates") && report.stdout.contains("\nspring,11,11,"), "{report:?}");
    let verified = store(&work, &["verify"]);
    assert!(verified.stdout.contains("10 of them more than once"), "{verified:?}");
    assert_eq!(store(&work, &["compact"]).code, 0);
    assert_eq!(events(&work), 11);
    // In one run they are not even stored twice.
    fs::remove_dir_all(work.path().join("store")).unwrap();
    let both = ingest(&work, &["-v", "a.log", "b.log"]);
    assert!(both.stderr.contains("        11  hits counted\n            10  duplicates"), "{both:?}");
    assert_eq!(events(&work), 11);
}

#[test]
fn another_machine_is_asked_whose_logs_these_are() {
    let work = Workdir::new();
    work.write("access.log", lines(0..3).as_bytes());
    let on = |machine: &str, more: &[&str]| {
        let mut command: Command = work.mailpixel();
        command.args(["ingest", "--store", "store", "access.log"]).args(more).env("MAILPIXEL_MACHINE", machine);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(on("web1", &[]).0, Some(0));
    let (code, message) = on("c0ffee", &[]);
    assert!(code == Some(2) && message.contains("say --host web1"), "{message}");
    assert_eq!(on("c0ffee", &["--host", "web1"]).0, Some(0));
    assert_eq!(events(&work), 3);
    // Another host's log is another log, even with the same text; the request ids tell.
    assert_eq!(on("edge2", &["--host", "edge2"]).0, Some(0));
    assert_eq!(events(&work), 6);
    assert_eq!(work.report(&["--store", "store"])[0]["pixel_hits"], 3);
}

#[test]
fn a_lost_ledger_is_an_error_and_can_be_made_again() {
    let work = Workdir::new();
    work.write("access.log", lines(0..30).as_bytes());
    assert_eq!(ingest(&work, &["access.log"]).code, 0);
    for damage in [None, Some(&b"{\"version\":1,"[..]), Some(b"")] {
        match damage {
            None => fs::remove_file(work.path().join("store/ledger.json")).unwrap(),
            Some(bytes) => fs::write(work.path().join("store/ledger.json"), bytes).unwrap(),
        }
        let refused = ingest(&work, &["access.log"]);
        assert!(refused.code == 2 && refused.stderr.contains("`mailpixel store rebuild`"), "{refused:?}");
        let rebuilt = store(&work, &["rebuild"]);
        assert!(rebuilt.code == 0 && rebuilt.stdout.contains("with 30 events; 1 log known"), "{rebuilt:?}");
        assert_eq!(ingest(&work, &["access.log"]).code, 0);
        assert_eq!(events(&work), 30);
    }
    work.write("access.log", lines(0..31).as_bytes());
    assert_eq!(ingest(&work, &["access.log"]).code, 0);
    assert_eq!(events(&work), 31);
}

#[test]
fn lost_settings_are_an_error() {
    let work = Workdir::new();
    work.write("access.log", lines(0..3).as_bytes());
    assert_eq!(ingest(&work, &["access.log"]).code, 0);
    fs::remove_file(work.path().join("store/store.json")).unwrap();
    let refused = ingest(&work, &["access.log"]);
    assert!(refused.code == 2 && refused.stderr.contains("store.json is missing"), "{refused:?}");
}

#[test]
fn verify_finds_what_is_missing_or_empty() {
    let work = Workdir::new();
    work.write("access.log", lines(0..5).as_bytes());
    assert_eq!(ingest(&work, &["access.log"]).code, 0);
    let layout = Layout::new(work.path().join("store"));
    let file = layout.events().join(&layout.event_files().unwrap()[0]);
    let bytes = fs::read(&file).unwrap();
    for (damage, words) in [
        (Some(&b""[..]), "the file is empty"),
        (Some(&bytes[..bytes.len() / 2]), ".parquet: "),
        (None, "its events are lost"),
    ] {
        match damage {
            Some(damage) => fs::write(&file, damage).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        let found = store(&work, &["verify"]);
        assert!(found.code == 1 && found.stdout.contains(words), "{found:?}");
    }
}

#[test]
fn newer_stores_are_refused_and_older_ones_read() {
    let work = Workdir::new();
    work.write("access.log", lines(0..4).as_bytes());
    assert_eq!(ingest(&work, &["access.log"]).code, 0);
    let layout = Layout::new(work.path().join("store"));
    // An older version had fewer columns.
    let file = layout.events().join(&layout.event_files().unwrap()[0]);
    let frame = mailpixel::store::events_file::read(&file, None).unwrap();
    let older = frame.drop_many(["gpc", "network_reason", "signature", "asn"]);
    let mut bytes = Vec::new();
    polars_io::parquet::write::ParquetWriter::new(&mut bytes).finish(&mut older.clone()).unwrap();
    fs::write(layout.events().join("date=2026-11-23/older.parquet"), bytes).unwrap();
    fs::remove_file(&file).unwrap();
    assert_eq!(work.report(&["--store", "store"])[0]["pixel_hits"], 4);
    assert_eq!(store(&work, &["compact"]).code, 0);
    // A newer one.
    for (name, text) in [("store.json", "\"schema\": 1"), ("ledger.json", "\"version\":1")] {
        let path = work.path().join("store").join(name);
        let good = fs::read_to_string(&path).unwrap();
        assert!(good.contains(text), "{good}");
        fs::write(&path, good.replace(text, &text.replace('1', "99"))).unwrap();
        let refused = ingest(&work, &["access.log"]);
        assert!(
            refused.code == 2 && refused.stderr.contains("has version 99; this mailpixel knows up to 1"),
            "{refused:?}"
        );
        fs::write(&path, good).unwrap();
    }
    let newer = DataFrame::new(1, vec![Series::new("event_hi".into(), [1_i64]).into()]).unwrap();
    let metadata =
        polars_io::parquet::write::KeyValueMetadata::from_static(vec![("mailpixel.schema".into(), "2".into())]);
    let mut bytes = Vec::new();
    let writer = polars_io::parquet::write::ParquetWriter::new(&mut bytes).with_key_value_metadata(Some(metadata));
    writer.finish(&mut newer.clone()).unwrap();
    fs::write(layout.events().join("date=2026-11-23/newer.parquet"), bytes).unwrap();
    let refused = work.run(&["report", "--store", "store"]);
    assert!(refused.code == 2 && refused.stderr.contains("the event file has version 2"), "{refused:?}");
}

#[test]
fn pruned_days_stay_away() {
    let work = Workdir::new();
    let old = LogLine::new(1_600_000_000_000, "/o/old/m.gif").mailpixel() + "\n";
    let recent = LogLine::new(jiff::Timestamp::now().as_millisecond(), "/o/new/m.gif").mailpixel() + "\n";
    work.write("access.log", (old + &recent).as_bytes());
    assert_eq!(ingest(&work, &["access.log"]).code, 0);
    assert_eq!(store(&work, &["prune", "--older-than", "90"]).stdout.split(' ').next(), Some("1"));
    assert_eq!(events(&work), 1);
    fs::remove_file(work.path().join("store/ledger.json")).unwrap();
    assert_eq!(store(&work, &["rebuild"]).code, 0);
    work.write("access.log.1", b"another first line\n");
    let text = fs::read_to_string(work.path().join("access.log")).unwrap();
    work.write("again.log", ("another log\n".to_owned() + &text).as_bytes());
    let again = ingest(&work, &["-v", "again.log"]);
    assert!(again.stderr.contains("1  pruned"), "{again:?}");
    assert!(store(&work, &["status"]).stdout.contains("pruned   days before "));
}

#[test]
fn a_snapshot_does_not_change() {
    let work = Workdir::new();
    work.write("access.log", lines(0..5).as_bytes());
    assert_eq!(ingest(&work, &["access.log"]).code, 0);
    let snapshot = work.path().join("view");
    assert_eq!(store(&work, &["snapshot", "view"]).code, 0);
    assert_eq!(fs::read_dir(snapshot.join("date=2026-11-23")).unwrap().count(), 1);
    assert_eq!(store(&work, &["snapshot", "view"]).code, 2);
}

#[test]
fn a_held_store_is_code_75() {
    let work = Workdir::new();
    work.write("access.log", lines(0..5).as_bytes());
    assert_eq!(ingest(&work, &["access.log"]).code, 0);
    let held = fs::File::options().write(true).open(work.path().join("store/writer.lock")).unwrap();
    held.lock().unwrap();
    let refused = ingest(&work, &["access.log"]);
    assert!(refused.code == 75 && refused.stderr.contains("--wait"), "{refused:?}");
    // A reader is not turned away.
    assert_eq!(work.report(&["--store", "store"])[0]["pixel_hits"], 5);
    let waiting = work.mailpixel().args(["ingest", "--store", "store", "--wait", "access.log"]).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(100));
    drop(held);
    assert!(waiting.wait_with_output().unwrap().status.success());
}

#[test]
fn a_dry_run_changes_nothing() {
    let work = Workdir::new();
    work.write("access.log", lines(0..5).as_bytes());
    let said = ingest(&work, &["--dry-run", "access.log"]);
    assert!(said.code == 0 && said.stderr.contains("access.log: new, would read "), "{said:?}");
    assert!(!work.path().join("store").exists());
    assert_eq!(ingest(&work, &["access.log"]).code, 0);
    assert_eq!(events(&work), 5);
}

#[test]
fn a_cut_gzip_gives_what_is_whole_and_the_rest_later() {
    let work = Workdir::new();
    let text = lines(0..3000);
    let whole = crate::support::pack("x.gz", text.as_bytes());
    fs::write(work.path().join("access.log.1.gz"), &whole[..whole.len() / 2]).unwrap();
    let cut = ingest(&work, &["access.log.1.gz"]);
    assert!(cut.code == 1 && cut.stderr.contains("cut or damaged"), "{cut:?}");
    let half = events(&work);
    assert!(half > 100 && half < 3000, "{half}");
    fs::write(work.path().join("access.log.1.gz"), &whole).unwrap();
    assert_eq!(ingest(&work, &["access.log.1.gz"]).code, 0);
    assert_eq!(events(&work), 3000);
}

#[test]
fn a_full_disk_loses_nothing() {
    let work = Workdir::new();
    let small = work.path().join("small");
    fs::create_dir(&small).unwrap();
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=96k", "tmpfs"]).arg(&small).status();
    if !mount.is_ok_and(|status| status.success()) {
        // Only root may mount; the histories fail writes for lack of space everywhere.
        return;
    }
    let text: String = lines(0..6000);
    work.write("access.log", text.as_bytes());
    let full = work.run(&["ingest", "--store", "small/store", "access.log"]);
    let _ = Command::new("mount").args(["-o", "remount,size=64m"]).arg(&small).status();
    let again = work.run(&["ingest", "--store", "small/store", "access.log"]);
    let stored: usize = stored_messages(&Layout::new(small.join("store"))).values().sum();
    let _ = Command::new("umount").arg(&small).status();
    assert!(full.code == 2 && full.stderr.contains("No space left on device"), "{full:?}");
    assert_eq!((again.code, stored), (0, 6000), "{again:?}");
}
