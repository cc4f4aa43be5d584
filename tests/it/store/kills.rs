//! The binary, killed by SIGKILL right before each change that it makes to the store, and once more while it recovers.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;

use mailpixel::store::Layout;

use super::older::make_older;
use super::stored_messages;
use super::world::{Chance, World};
use crate::support::Workdir;

const SIGKILL: i32 = 9;

fn ingest(work: &Workdir, kill_at: Option<u64>) -> ExitStatus {
    let mut command = work.mailpixel();
    command.args(["ingest", "--store", "store", "--threads", "1", "logs/*"]).env("MAILPIXEL_BATCH_BYTES", "700");
    command.env("MAILPIXEL_MACHINE", "web1");
    if let Some(n) = kill_at {
        command.env("MAILPIXEL_KILL_AT", n.to_string());
    }
    command.output().unwrap().status
}

#[test]
fn a_kill_at_any_change_loses_nothing_and_doubles_nothing() {
    let mut kills = 0;
    for kill_at in 0.. {
        let work = Workdir::new();
        let mut world = World::new(&work.path().join("logs"), kill_at % 2 == 0, false);
        let mut chance = Chance::new(kill_at);
        world.write(8);
        world.rotate();
        world.write(7);
        assert!(ingest(&work, None).success());
        world.rotate();
        world.pack("gz");
        world.write(19);
        world.tear(&mut chance);
        let first = ingest(&work, Some(kill_at));
        if first.success() {
            break;
        }
        assert_eq!(first.signal(), Some(SIGKILL), "{first:?}");
        kills += 1;
        world.write(2);
        let second = ingest(&work, Some(chance.below(12)));
        kills += u64::from(second.signal() == Some(SIGKILL));
        check(&work, &mut world);
    }
    assert!(kills >= 100, "only {kills} kills: tests/run builds with --features failpoints, without it nothing dies");
}

#[test]
fn a_kill_while_compacting_loses_nothing_and_doubles_nothing() {
    let mut kills = 0;
    for kill_at in 0.. {
        let work = Workdir::new();
        let mut world = World::new(&work.path().join("logs"), true, false);
        for _ in 0..3 {
            world.write(6);
            assert!(ingest(&work, None).success());
        }
        let mut command = work.mailpixel();
        command.args(["store", "--store", "store", "compact"]).env("MAILPIXEL_KILL_AT", kill_at.to_string());
        let status = command.output().unwrap().status;
        world.write(2);
        check(&work, &mut world);
        if status.success() {
            break;
        }
        assert_eq!(status.signal(), Some(SIGKILL), "{status:?}");
        kills += 1;
    }
    assert!(kills >= 15, "only {kills} kills: tests/run builds with --features failpoints, without it nothing dies");
}

#[test]
fn a_kill_while_reclassifying_loses_nothing_and_doubles_nothing() {
    let mut kills = 0;
    for kill_at in 0.. {
        let work = Workdir::new();
        let mut world = World::new(&work.path().join("logs"), true, false);
        for _ in 0..2 {
            world.write(6);
            assert!(ingest(&work, None).success());
        }
        let layout = Layout::new(work.path().join("store"));
        let verdicts = |work: &Workdir| work.ok("report -q --store store --by reason --format csv");
        let expected = verdicts(&work);
        make_older(&layout);
        let mut command = work.mailpixel();
        command.args(["store", "--store", "store", "reclassify"]).env("MAILPIXEL_KILL_AT", kill_at.to_string());
        let status = command.output().unwrap().status;
        assert!(work.ok("store --store store verify").ends_with("; 0 problems\n"));
        work.ok("store --store store reclassify");
        assert_eq!(verdicts(&work), expected);
        world.write(2);
        check(&work, &mut world);
        if status.success() {
            break;
        }
        assert_eq!(status.signal(), Some(SIGKILL), "{status:?}");
        kills += 1;
    }
    assert!(kills >= 15, "only {kills} kills: tests/run builds with --features failpoints, without it nothing dies");
}

fn check(work: &Workdir, world: &mut World) {
    let truth = world.truth();
    assert!(ingest(work, None).success());
    assert_eq!(stored_messages(&Layout::new(work.path().join("store"))), truth);
    assert!(!Path::new(&work.path().join("store/ledger.tmp")).exists());
    let verified = work.run(&["store", "--store", "store", "verify"]);
    assert!(verified.code == 0 && verified.stdout.ends_with("; 0 problems\n"), "{verified:?}");
}
