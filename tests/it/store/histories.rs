//! Random histories of a world of logs, with runs of `ingest` that are killed, lose power or run out of space, against
//! the events that should be counted. `MAILPIXEL_HISTORIES=10000` runs the long form.

use std::path::Path;

use mailpixel::classify::classifier::Classifier;
use mailpixel::ingest::{self, IngestError, Options};
use mailpixel::logs::blocks::Effort;
use mailpixel::logs::source::Source;
use mailpixel::store::commit::Writer;
use mailpixel::store::lock::Patience;
use mailpixel::store::{Layout, compact};

use super::faulty_disk::{Fault, FaultyDisk};
use super::stored_messages;
use super::world::{Chance, World};
use crate::properties::recognizer;
use crate::support::Workdir;

/// Histories of the short form.
const SHORT: u64 = 200;

#[test]
fn every_history_ends_with_every_event_once() {
    let histories = std::env::var("MAILPIXEL_HISTORIES").ok().and_then(|n| n.parse().ok()).unwrap_or(SHORT);
    let start = std::env::var("MAILPIXEL_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    for seed in start..start + histories {
        history(seed);
    }
}

fn history(seed: u64) {
    let work = Workdir::new();
    let mut chance = Chance::new(seed);
    let mut world = World::new(&work.path().join("logs"), chance.coin(), chance.below(3) == 0);
    let layout = Layout::new(work.path().join("store"));
    let mut told = Vec::new();
    for _ in 0..6 + chance.below(14) {
        told.push(step(&mut world, &layout, &mut chance));
    }
    let truth = world.truth();
    // Two runs: a log may have been in the way of another.
    for _ in 0..2 {
        run(&world, &layout, &FaultyDisk::new(Fault::None, 0), &mut chance).unwrap();
    }
    let stored = stored_messages(&layout);
    let wrong: Vec<_> = truth
        .iter()
        .filter(|(m, n)| stored.get(*m) != Some(n))
        .chain(stored.iter().filter(|(m, _)| !truth.contains_key(*m)))
        .collect();
    if !wrong.is_empty() {
        let kept = std::env::temp_dir().join("mailpixel-failed-history");
        let _ = std::fs::remove_dir_all(&kept);
        let _ = std::fs::rename(work.path(), &kept);
        panic!("seed {seed}: wrong are {wrong:?}\nhistory: {}\nkept in {}", told.join(", "), kept.display());
    }
}

/// One thing that happens; what it was.
fn step(world: &mut World, layout: &Layout, chance: &mut Chance) -> String {
    let name = match chance.below(24) {
        0..6 => {
            world.write(1 + chance.below(12));
            "write"
        }
        6 => {
            world.tear(chance);
            "tear"
        }
        7 => {
            world.rotate();
            "rotate"
        }
        8 => {
            world.pack("gz");
            "gzip"
        }
        9 => {
            world.pack("zst");
            "zstd"
        }
        10 => {
            world.copy_truncate(chance.below(3));
            "copytruncate"
        }
        11 => {
            world.copy(chance);
            "copy"
        }
        12 => {
            world.rename(chance);
            "rename"
        }
        13 => {
            world.delete(chance);
            "delete"
        }
        14 => {
            world.write_late(1 + chance.below(3));
            "write late"
        }
        15 => {
            world.pack_half();
            "half gzip"
        }
        16 => {
            world.drop_half();
            "drop half"
        }
        17 => return compact_days(layout, chance),
        _ => return run_with_fault(world, layout, chance),
    };
    name.to_owned()
}

fn run_with_fault(world: &mut World, layout: &Layout, chance: &mut Chance) -> String {
    let faults = [Fault::None, Fault::None, Fault::Kill, Fault::Power, Fault::NoSpace, Fault::Kill];
    let fault = faults[usize::try_from(chance.below(faults.len() as u64)).unwrap()];
    let after = chance.below(40);
    let disk = FaultyDisk::new(fault, after);
    let result = run(world, layout, &disk, chance);
    disk.cut_power(|| chance.coin());
    match &result {
        Ok(()) if fault == Fault::None => world.note_finished_run(),
        Err(error) if fault == Fault::None => panic!("a run without a fault failed: {error}"),
        _ => {}
    }
    format!("run {fault:?} after {after}: {}", result.map_or_else(|e| e.to_string(), |()| "done".to_owned()))
}

fn compact_days(layout: &Layout, chance: &mut Chance) -> String {
    if !layout.exists() {
        return "nothing to compact".to_owned();
    }
    let fault = [Fault::None, Fault::Kill, Fault::Power, Fault::NoSpace][usize::try_from(chance.below(4)).unwrap()];
    let disk = FaultyDisk::new(fault, chance.below(30));
    let result =
        Writer::open(layout, &disk, Patience::Wait, [1; 16]).and_then(|mut writer| compact::all_days(&mut writer));
    disk.cut_power(|| chance.coin());
    assert!(fault != Fault::None || result.is_ok(), "{result:?}");
    format!("compact {fault:?}: {result:?}")
}

fn run(world: &World, layout: &Layout, disk: &FaultyDisk, chance: &mut Chance) -> Result<(), IngestError> {
    let sources: Vec<_> = world.logs(chance).into_iter().map(Source::File).collect();
    let options = Options {
        layout,
        disk,
        // Processes that other tests start hold open files for an instant, and with them the lock.
        patience: Patience::Wait,
        machine: "model",
        host: None,
        new_network_key: [1; 16],
        now_ms: 1_795_471_127_042,
        effort: Effort { threads: 1, block_size: 200 + usize::try_from(chance.below(3000)).unwrap() },
        batch_bytes: 500 + chance.below(5000),
        dry_run: false,
        compact: chance.coin(),
    };
    let done = ingest::run(&sources, &recognizer(false), &Classifier::default(), options)?;
    assert!(done.account.adds_up(), "{:?}", done.account);
    match done.compaction_error {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

#[test]
fn two_runs_at_once_do_not_mix() {
    let work = Workdir::new();
    let mut world = World::new(&work.path().join("logs"), true, false);
    world.write(5);
    let layout = Layout::new(work.path().join("store"));
    let disk = FaultyDisk::new(Fault::None, 0);
    let held = Writer::open(&layout, &disk, Patience::Wait, [1; 16]).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| run(&world, &layout, &disk, &mut Chance::new(1)));
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert!(stored_messages(&layout).is_empty());
        drop(held);
        waiting.join().unwrap().unwrap();
    });
    run(&world, &layout, &disk, &mut Chance::new(1)).unwrap();
    assert_eq!(stored_messages(&layout), world.truth());
    assert!(Path::new(&layout.ledger()).exists());
}
