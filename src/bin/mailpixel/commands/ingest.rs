//! `mailpixel ingest`: for cron. Quiet when all is well.

use std::io::{self, Write};

use mailpixel::ingest::{self, BATCH_BYTES, IngestError, Ingested, Options};
use mailpixel::logs::source;
use mailpixel::store::StoreError;
use mailpixel::store::lock::Patience;

use crate::account::{self, plural};
use crate::args::{Common, IngestArgs};
use crate::exit::Exit;
use crate::{config, settings, store_place};

/// Reads what is new.
pub(crate) fn run(common: &Common, args: &IngestArgs) -> anyhow::Result<Exit> {
    let config = config::load(common.config.as_deref())?;
    let reading = settings::reading(&args.reading, &config)?;
    let layout = store_place::layout(&args.store, &config);
    let disk = store_place::disk();
    let machine = store_place::machine()?;
    let (sources, missing) = source::discover(&args.logs);
    let options = Options {
        layout: &layout,
        disk: &*disk,
        patience: if args.wait { Patience::Wait } else { Patience::Refuse },
        machine: &machine,
        host: args.host.as_deref(),
        new_network_key: store_place::new_key()?,
        now_ms: store_place::now_ms(),
        effort: reading.effort,
        batch_bytes: batch_bytes(),
        dry_run: args.dry_run,
        compact: true,
    };
    let mut done = match ingest::run(&sources, &reading.recognizer, &reading.classifier, options) {
        Err(IngestError::Store(StoreError::Busy)) => {
            let _ = writeln!(io::stderr(), "mailpixel: {}", StoreError::Busy);
            return Ok(Exit::Busy);
        }
        other => other?,
    };
    done.errors.splice(0..0, missing);
    Ok(tell(&done, args, common, reading.max_rejected))
}

/// A build for tests may commit more often.
fn batch_bytes() -> u64 {
    #[cfg(feature = "failpoints")]
    if let Some(n) = std::env::var("MAILPIXEL_BATCH_BYTES").ok().and_then(|n| n.parse().ok()) {
        return n;
    }
    BATCH_BYTES
}

/// Tells what was done, where there is something to tell. What can't be told changes nothing of what was done.
fn tell(done: &Ingested, args: &IngestArgs, common: &Common, max_rejected: f64) -> Exit {
    let mut text = Vec::new();
    let exit = write(done, args, common, max_rejected, &mut text).expect("writing to memory can't fail");
    let _ = io::stderr().write_all(&text);
    exit
}

fn write(
    done: &Ingested,
    args: &IngestArgs,
    common: &Common,
    max_rejected: f64,
    err: &mut dyn Write,
) -> io::Result<Exit> {
    for error in &done.errors {
        writeln!(err, "mailpixel: {error}")?;
    }
    if let Some(error) = &done.compaction_error {
        writeln!(err, "warning: closed days could not be compacted: {error}")?;
    }
    let rejected = done.account.rejected_total();
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 52 bits")]
    let too_many = rejected as f64 > max_rejected * done.account.tracking_total() as f64;
    if too_many {
        account::write_rejected(&done.rejected, rejected, err)?;
        writeln!(err, "line numbers count from where this run began to read; is this the logs' format?")?;
    }
    if done.odd_times > 0 {
        let events = plural(done.odd_times, "event");
        writeln!(err, "warning: {events} with a time before 2000 or further than two days in the future")?;
    }
    let is_wrong = too_many || !done.errors.is_empty();
    if (args.verbose || args.dry_run || is_wrong) && !common.quiet {
        for log in &done.logs {
            let verb = if args.dry_run { "would read" } else { "read" };
            let torn = if log.torn > 0 {
                format!(", {} of an unfinished line wait", plural(log.torn, "byte"))
            } else {
                String::new()
            };
            let known = if log.is_known { "known" } else { "new" };
            let path = log.path.display();
            writeln!(err, "{path}: {known}, {verb} {} from {}{torn}", plural(log.to - log.from, "byte"), log.from)?;
        }
        account::write(&done.account, done.logs.iter().filter(|log| log.to > log.from).count(), &[], err)?;
    }
    Ok(if is_wrong { Exit::Partly } else { Exit::Done })
}
