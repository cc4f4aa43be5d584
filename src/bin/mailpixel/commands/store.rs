//! `mailpixel store`: the upkeep of the event store.

use std::io::{self, Write};

use mailpixel::classify::rules::RULES_VERSION;
use mailpixel::report::cell::Zone;
use mailpixel::report::sanitize::sanitize;
use mailpixel::report::text_table::group_digits;
use mailpixel::store::commit::Writer;
use mailpixel::store::ledger::{Ledger, Run};
use mailpixel::store::lock::Patience;
use mailpixel::store::settings::Settings;
use mailpixel::store::{Layout, StoreError, compact, prune, rebuild, reclassify, sends, snapshot, verify};

use crate::account::{self, plural};
use crate::args::Common;
use crate::args::store::{StoreArgs, StoreCommand};
use crate::exit::Exit;
use crate::{config, settings, store_place};

/// Does what the subcommand says.
pub(crate) fn run(common: &Common, args: &StoreArgs) -> anyhow::Result<Exit> {
    let config = config::load(common.config.as_deref())?;
    let layout = store_place::layout(&args.store, &config);
    let patience = if args.wait { Patience::Wait } else { Patience::Refuse };
    if !layout.exists() {
        return Err(StoreError::Missing(layout.root().display().to_string()).into());
    }
    let done = match &args.command {
        StoreCommand::Status => status(&layout, &settings::zone(None, &config)?),
        StoreCommand::Verify => check(&layout),
        StoreCommand::Compact => merge(&layout, patience),
        StoreCommand::Snapshot { folder } => {
            let files = snapshot::snapshot(&layout, &*store_place::disk(), folder)?;
            print(&format!("{} linked into {}", plural(files as u64, "file"), folder.display()))
        }
        StoreCommand::Rebuild => {
            let rebuilt = rebuild::rebuild(&layout, &*store_place::disk(), patience);
            rebuilt.map_err(Into::into).and_then(|found| {
                let (files, sources) = (plural(found.files as u64, "file"), plural(found.sources as u64, "log"));
                print(&format!("ledger made from {files} with {}; {sources} known", plural(found.events, "event")))
            })
        }
        StoreCommand::Reclassify { dry_run } => reclassify(&layout, patience, *dry_run),
        StoreCommand::Prune { older_than } => remove_old(&layout, patience, *older_than),
    };
    match done {
        Err(error) if matches!(error.downcast_ref(), Some(StoreError::Busy)) => {
            let _ = writeln!(io::stderr(), "mailpixel: {error}");
            Ok(Exit::Busy)
        }
        other => other,
    }
}

fn print(line: &str) -> anyhow::Result<Exit> {
    writeln!(io::stdout(), "{line}")?;
    Ok(Exit::Done)
}

fn merge(layout: &Layout, patience: Patience) -> anyhow::Result<Exit> {
    let disk = store_place::disk();
    let mut writer = Writer::open(layout, &*disk, patience, store_place::new_key()?)?;
    let days = compact::all_days(&mut writer)?;
    print(&format!("{} compacted", plural(days as u64, "day")))
}

fn check(layout: &Layout) -> anyhow::Result<Exit> {
    let found = verify::verify(layout)?;
    let mut out = io::stdout().lock();
    for problem in &found.problems {
        writeln!(out, "{}", sanitize(problem))?;
    }
    for file in &found.foreign {
        writeln!(
            out,
            "{}: is not in this store's ledger: copied from another host, or left by an older ledger",
            sanitize(file)
        )?;
    }
    if found.is_interrupted {
        writeln!(out, "a run was interrupted: the next `mailpixel ingest` finishes it; nothing is lost")?;
    }
    let (files, events) = (plural(found.files as u64, "file"), plural(found.events, "event"));
    let duplicates = if found.duplicates > 0 {
        format!(", {} of them more than once; reports count them once", group_digits(found.duplicates))
    } else {
        String::new()
    };
    let sends = if found.sends > 0 { format!("; {}", plural(found.sends, "send")) } else { String::new() };
    writeln!(out, "{files} with {events}{duplicates}{sends}; {}", plural(found.problems.len() as u64, "problem"))?;
    Ok(if found.problems.is_empty() { Exit::Done } else { Exit::Partly })
}

fn reclassify(layout: &Layout, patience: Patience, dry_run: bool) -> anyhow::Result<Exit> {
    let disk = store_place::disk();
    let mut writer = Writer::open(layout, &*disk, patience, store_place::new_key()?)?;
    let done = reclassify::reclassify(&mut writer, dry_run)?;
    let mut out = io::stdout().lock();
    let changed: u64 = done.changes.values().sum();
    let verb = if dry_run { "would be written" } else { "written" };
    writeln!(
        out,
        "{} judged by rule set {RULES_VERSION}: {} changed, and the client of {}; {} {verb} anew",
        plural(done.events, "event"),
        group_digits(changed),
        group_digits(done.clients),
        plural(done.files as u64, "file")
    )?;
    for ([was, was_by, is, is_by], n) in &done.changes {
        writeln!(out, "  {:>12}  {was} ({was_by}) → {is} ({is_by})", group_digits(*n))?;
    }
    if done.without_agent > 0 {
        writeln!(out, "{} without a user agent stay as they are", plural(done.without_agent, "event"))?;
    }
    Ok(Exit::Done)
}

fn remove_old(layout: &Layout, patience: Patience, older_than: u32) -> anyhow::Result<Exit> {
    let disk = store_place::disk();
    let mut writer = Writer::open(layout, &*disk, patience, store_place::new_key()?)?;
    let pruned = prune::prune(&mut writer, older_than, store_place::now_ms())?;
    print(&format!("{} before {} removed", plural(pruned.days as u64, "day"), pruned.floor))
}

fn status(layout: &Layout, zone: &Zone) -> anyhow::Result<Exit> {
    let missing = || StoreError::LedgerMissing(layout.root().display().to_string());
    let settings = Settings::read(layout)?.ok_or_else(missing)?;
    let ledger = Ledger::read(&layout.ledger())?.ok_or_else(missing)?;
    let mut out = io::stdout().lock();
    let rows: u64 = ledger.files.values().map(|file| file.rows).sum();
    let bytes: u64 = ledger.files.values().map(|file| file.bytes).sum();
    let mut days: Vec<&str> =
        ledger.files.keys().filter_map(|file| file.split('/').next()?.strip_prefix("date=")).collect();
    days.dedup();
    writeln!(out, "store    {}", layout.root().display())?;
    writeln!(out, "hosts    {}", settings.hosts.keys().cloned().collect::<Vec<_>>().join(", "))?;
    let span = match (days.first(), days.last()) {
        (Some(first), Some(last)) => format!(" from {first} to {last}"),
        _ => String::new(),
    };
    writeln!(out, "days     {}{span}", group_digits(days.len() as u64))?;
    writeln!(
        out,
        "events   {} in {}, {} bytes",
        group_digits(rows),
        plural(ledger.files.len() as u64, "file"),
        group_digits(bytes)
    )?;
    let sends = sends::kept(layout)?;
    if !sends.is_empty() {
        writeln!(out, "sends    in {}; see `mailpixel sends status`", plural(sends.len() as u64, "file"))?;
    }
    if let Some(floor) = &settings.floor {
        writeln!(out, "pruned   days before {floor}")?;
    }
    writeln!(out, "logs     {}", group_digits(ledger.sources.len() as u64))?;
    for source in ledger.sources.values() {
        let size = std::fs::metadata(&source.last_path).map(|m| m.len());
        let is_read = source.stats.iter().any(|stat| size.as_ref().is_ok_and(|size| *size == stat.size));
        let behind = match size {
            Ok(_) if is_read => "all read".to_owned(),
            Ok(size) if size >= source.offset => format!("{} bytes behind", group_digits(size - source.offset)),
            Ok(_) => "rotated or packed since".to_owned(),
            Err(_) => "no longer under this name".to_owned(),
        };
        let last = zone.format(source.last_seen_ms, "%Y-%m-%d %H:%M");
        let path = sanitize(&source.last_path);
        writeln!(out, "  {path}  {} bytes, {behind}, last read {last}", group_digits(source.offset))?;
    }
    write_runs(&ledger.runs, zone, &mut out)?;
    Ok(Exit::Done)
}

/// Runs that are shown with a line of their own.
const RUNS_SHOWN: usize = 5;

fn write_runs(runs: &[Run], zone: &Zone, out: &mut dyn Write) -> io::Result<()> {
    let when = |run: &Run| zone.format(run.at_ms, "%Y-%m-%d %H:%M:%S");
    for run in runs.iter().rev().take(RUNS_SHOWN).rev() {
        let account = &run.account;
        let (lines, hits) = (plural(account.lines, "line"), plural(account.events, "hit"));
        writeln!(
            out,
            "run      {}  {lines}, {hits} counted, {} rejected",
            when(run),
            group_digits(account.rejected_total())
        )?;
    }
    if let Some(run) = runs.last() {
        writeln!(out, "the last of them:")?;
        account::write_entries(&run.account, out)?;
    }
    Ok(())
}
