//! Sends that a store keeps.

use std::fs;
use std::path::Path;

use mailpixel::sends::frame::to_frame;
use mailpixel::store::{Layout, sends};

use crate::support::logline::LogLine;
use crate::support::{Outcome, Workdir};

fn sends(work: &Workdir, args: &[&str]) -> Outcome {
    let mut all = vec!["sends", args[0], "--store", "store"];
    all.extend(&args[1..]);
    work.run(&all)
}

/// `sends add` of a file with this text, which must succeed, and what it printed.
fn add(work: &Workdir, text: &str) -> String {
    work.write("new.csv", text.as_bytes());
    let added = sends(work, &["add", "new.csv"]);
    assert!(added.code == 0 && added.stderr.is_empty(), "{added:?}");
    added.stdout
}

/// All sends of the store as text, in the order of their campaigns and messages.
pub(super) fn stored(store: &Path) -> Vec<String> {
    let all = sends::read(&Layout::new(store)).unwrap().unwrap_or_default();
    let mut rows: Vec<String> = all
        .iter()
        .map(|send| {
            let status = send.status().map_or("-", mailpixel::model::send::SendStatus::code);
            let (campaign, recipient) = (send.campaign().unwrap_or("-"), send.recipient().unwrap_or("-"));
            format!("{campaign} {} {recipient} {status}", send.message())
        })
        .collect();
    rows.sort();
    rows
}

fn files(work: &Workdir) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(work.path().join("store/sends"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_counts_once_and_the_newest_row_wins() {
    let work = Workdir::new();
    let first = "message,campaign,recipient,status\nm1,a,ann,sent\nm2,a,bob,sent\nm1,b,ann,sent\n";
    assert_eq!(add(&work, first), "3 added, 0 updated, 0 unchanged, 0 bad\n");
    assert_eq!(add(&work, first), "0 added, 0 updated, 0 unchanged, 0 bad; 1 file added before\n");
    assert_eq!(files(&work), ["000001-all.parquet"]);
    let later = "message,campaign,status\nm2,a,bounced\nm3,a,sent\nm1,b,sent\n";
    assert_eq!(add(&work, later), "1 added, 1 updated, 1 unchanged, 0 bad\n");
    let store = work.path().join("store");
    assert_eq!(stored(&store), ["a m1 ann sent", "a m2 bob bounced", "a m3 - sent", "b m1 ann sent"]);
    assert_eq!(add(&work, "message,recipient\nm3,cy\n"), "0 added, 1 updated, 0 unchanged, 0 bad\n");
    // What an empty cell says is that there is nothing.
    assert_eq!(add(&work, "message,campaign,recipient\nm2,a,\n"), "0 added, 1 updated, 0 unchanged, 0 bad\n");
    assert_eq!(stored(&store), ["a m1 ann sent", "a m2 - bounced", "a m3 cy sent", "b m1 ann sent"]);
    let status = sends(&work, &["status"]);
    assert!(status.code == 0 && status.stdout.starts_with("sends      4\n"), "{status:?}");
    assert!(status.stdout.contains("\nfiles      4\n  000001-all.parquet  3 rows, "), "{status:?}");
}

#[test]
fn a_file_that_is_named_again_undoes_nothing() {
    let work = Workdir::new();
    let store = work.path().join("store");
    work.write("spool/1.csv", b"message,status\nm1,sent\nm2,sent\n");
    work.write("spool/2.csv", b"message,status\nm1,bounced\n");
    let named_by_cron = ["add", "spool/*.csv"];
    assert_eq!(sends(&work, &named_by_cron).stdout, "2 added, 1 updated, 0 unchanged, 0 bad\n");
    work.write("spool/3.csv", b"message,status\nm2,delivered\n");
    assert_eq!(sends(&work, &named_by_cron).stdout, "0 added, 1 updated, 0 unchanged, 0 bad; 2 files added before\n");
    // Other bytes that say what is known are known from then on.
    work.write("spool/0.csv", b"status,message\nbounced,m1\n");
    assert_eq!(sends(&work, &named_by_cron).stdout, "0 added, 0 updated, 1 unchanged, 0 bad; 3 files added before\n");
    add(&work, "message,status\nm1,deferred\n");
    for n in 0..20 {
        add(&work, &format!("message,status\nm3,sent\nx{n},sent\n"));
    }
    assert_eq!(sends(&work, &named_by_cron).stdout, "0 added, 0 updated, 0 unchanged, 0 bad; 4 files added before\n");
    assert_eq!(stored(&store)[..2], ["- m1 - deferred", "- m2 - delivered"]);
    let again = sends(&work, &["add", "--again", "spool/1.csv"]);
    assert_eq!(again.stdout, "0 added, 2 updated, 0 unchanged, 0 bad\n");
    assert_eq!(stored(&store)[..2], ["- m1 - sent", "- m2 - sent"]);
    // A file with bad rows is read again: perhaps with the time zone that it lacked.
    work.write("local.csv", b"message,sent_at\nm1,2026-11-09 08:00\n");
    assert_eq!(sends(&work, &["add", "local.csv"]).stdout, "0 added, 0 updated, 0 unchanged, 1 bad\n");
    let zoned = sends(&work, &["add", "local.csv", "--tz", "Europe/Berlin"]);
    assert_eq!(zoned.stdout, "0 added, 1 updated, 0 unchanged, 0 bad\n");
}

#[test]
fn rows_that_can_not_be_used_are_left_out_and_the_others_kept() {
    let work = Workdir::new();
    add(&work, "message,campaign\nm1,a\nm1,b\nm2,a\n");
    work.write("bad.csv", b"message,status\nm1,sent\nm2,opened\nm2,sent\n");
    let added = sends(&work, &["add", "bad.csv"]);
    assert_eq!((added.code, added.stdout.as_str()), (1, "0 added, 1 updated, 0 unchanged, 2 bad\n"), "{added:?}");
    for part in [
        "bad.csv:3: status \"opened\" is no status",
        "message \"m1\" stands in several campaigns\n",
        "mailpixel: 1 row left out: add the column `campaign`",
    ] {
        assert!(added.stderr.contains(part), "{part}: {added:?}");
    }
    assert_eq!(stored(&work.path().join("store")), ["a m1 - -", "a m2 - sent", "b m1 - -"]);
}

#[test]
fn a_dry_run_changes_nothing() {
    let work = Workdir::new();
    work.write("sends.csv", b"message\nm1\n");
    let said = sends(&work, &["add", "--dry-run", "sends.csv"]);
    let expected = "1 added, 0 updated, 0 unchanged, 0 bad (nothing was changed: --dry-run)\n";
    assert_eq!((said.code, said.stdout.as_str()), (0, expected));
    assert!(!work.path().join("store").exists());
}

#[test]
fn many_files_become_one() {
    let work = Workdir::new();
    for n in 0..40 {
        add(&work, &format!("message,campaign,recipient\nm{n},a,r{n}\n"));
    }
    let names = files(&work);
    assert!(names.len() <= 17, "{names:?}");
    assert!(names[0].ends_with("-all.parquet"), "{names:?}");
    assert_eq!(stored(&work.path().join("store")).len(), 40);
    // The same few sends, changed again and again, do not pile up.
    let work = Workdir::new();
    for n in 0..6 {
        add(&work, &format!("message,recipient\nm1,r{n}\nm2,r{n}\n"));
    }
    assert!(files(&work).len() <= 2, "{:?}", files(&work));
    assert_eq!(stored(&work.path().join("store")), ["- m1 r5 -", "- m2 r5 -"]);
}

#[test]
fn campaigns_are_removed_for_good() {
    let work = Workdir::new();
    add(&work, "message,campaign\nm1,a\nm2,b\nm3,\n");
    add(&work, "message,campaign\nm4,a\n");
    let removed = sends(&work, &["remove", "--campaign", "a", "--campaign", "(none)"]);
    assert_eq!((removed.code, removed.stdout.as_str()), (0, "3 sends removed\n"));
    assert_eq!(files(&work), ["000003-all.parquet"]);
    assert_eq!(stored(&work.path().join("store")), ["b m2 - -"]);
    assert_eq!(sends(&work, &["remove", "--campaign", "a"]).code, 1);
    assert_eq!(sends(&work, &["remove", "--campaign", "b"]).code, 0);
    assert!(stored(&work.path().join("store")).is_empty());
    assert_eq!(add(&work, "message,campaign\nm1,a\n"), "1 added, 0 updated, 0 unchanged, 0 bad\n");
    let missing = work.run(&["sends", "remove", "--store", "elsewhere", "--campaign", "a"]);
    assert!(missing.code == 2 && missing.stderr.contains("no event store here"), "{missing:?}");
}

#[test]
fn a_held_store_is_code_75() {
    let work = Workdir::new();
    add(&work, "message\nm1\n");
    let held = fs::File::options().write(true).open(work.path().join("store/writer.lock")).unwrap();
    held.lock().unwrap();
    let refused = sends(&work, &["add", "new.csv"]);
    assert!(refused.code == 75 && refused.stderr.contains("--wait"), "{refused:?}");
    assert_eq!(sends(&work, &["remove", "--campaign", "a"]).code, 75);
    // A reader is not turned away.
    assert_eq!(sends(&work, &["status"]).code, 0);
}

#[test]
fn the_upkeep_of_the_store_leaves_sends_as_they_are() {
    let work = Workdir::new();
    work.write("access.log", (LogLine::new(1_795_471_127_042, "/o/a/m1.gif").mailpixel() + "\n").as_bytes());
    add(&work, "message,campaign,recipient\nm1,a,ann\nm2,a,bob\n");
    add(&work, "message,campaign,recipient\nm2,a,ben\n");
    assert_eq!(work.run(&["ingest", "--store", "store", "access.log"]).code, 0);
    let store = |args: &[&str]| work.run(&[&["store", "--store", "store"], args].concat());
    let layout = Layout::new(work.path().join("store"));
    let before = to_frame(&sends::read(&layout).unwrap().unwrap()).unwrap();
    let verified = store(&["verify"]);
    assert!(verified.stdout.ends_with("1 event; 2 sends; 0 problems\n"), "{verified:?}");
    assert!(store(&["status"]).stdout.contains("\nsends    in 2 files; see `mailpixel sends status`\n"));
    fs::remove_file(work.path().join("store/ledger.json")).unwrap();
    for args in [vec!["rebuild"], vec!["compact"], vec!["snapshot", "view"], vec!["prune", "--older-than", "1"]] {
        assert_eq!(store(&args).code, 0, "{args:?}");
        let after = to_frame(&sends::read(&layout).unwrap().unwrap()).unwrap();
        assert!(after.equals_missing(&before), "{args:?}");
    }
}

#[test]
fn damage_is_named() {
    let work = Workdir::new();
    for n in 0..3 {
        add(&work, &format!("message,recipient\nm{n},r\n"));
    }
    let verify = || work.run(&["store", "--store", "store", "verify"]);
    let second = work.path().join("store/sends/000002.parquet");
    let bytes = fs::read(&second).unwrap();
    for (damage, part) in [
        (Vec::new(), "000002.parquet: the file is empty: its data was lost"),
        (bytes[..bytes.len() / 2].to_vec(), "000002.parquet"),
        (b"message\nm1\n".to_vec(), "000002.parquet"),
    ] {
        fs::write(&second, damage).unwrap();
        let found = verify();
        assert!(found.code == 1 && found.stdout.contains(part), "{part}: {found:?}");
        let status = sends(&work, &["status"]);
        assert!(status.code == 2 && status.stderr.contains(part), "{part}: {status:?}");
    }
    fs::remove_file(&second).unwrap();
    let gone = verify();
    assert!(gone.code == 1 && gone.stdout.contains("000002.parquet: the file is missing"), "{gone:?}");
    assert_eq!(sends(&work, &["add", "new.csv"]).code, 2);
    fs::write(&second, bytes).unwrap();
    assert_eq!(verify().code, 0);
}
