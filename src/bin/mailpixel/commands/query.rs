//! `mailpixel query`: SQL over events, messages, campaigns and sends.

use anyhow::bail;
use mailpixel::logs::source;
use mailpixel::query::{HasSends, Query, Settings, Source, schema};
use mailpixel::report::cell::Zone;
use mailpixel::report::sanitize::sanitize;
use mailpixel::report::{self, frame_table};
use mailpixel::sends::load::{self, Options};
use mailpixel::sends::table::Sends;
use mailpixel::store::select::Selection;
use mailpixel::survey::Reader;
use mailpixel::survey::detail::{Details, of_logs};
use polars::prelude::DataFrame;

use crate::args::{Common, QueryArgs};
use crate::commands::report::check_outputs;
use crate::config::{self, Config};
use crate::exit::Exit;
use crate::output::{self, Output, Target};
use crate::settings::{self, Reading};
use crate::store_place;

/// Answers the query, or lists the tables.
pub(crate) fn run(common: &Common, args: &QueryArgs) -> anyhow::Result<Exit> {
    let config = config::load(common.config.as_deref())?;
    let zone = settings::zone(args.tz.as_deref(), &config)?;
    let format = output::format(&args.output)?;
    let Some(sql) = &args.sql else {
        let target = Target::open(&args.output)?;
        write(target, &schema::frame()?, format, &zone)?;
        return Ok(Exit::Done);
    };
    let has_sends = if args.sends.is_empty() { HasSends::No } else { HasSends::Yes };
    let query = Query::parse(sql, has_sends)?;
    let reading = settings::reading(&args.reading, &config)?;
    let target = Target::open(&args.output)?;
    let sends = sends(args, &zone)?;
    let (source, exit) = source(args, &config, &reading, &target)?;
    let settings = Settings {
        own: reading.recognizer.own,
        unsubscribe: reading.recognizer.unsubscribe,
        sweeps: reading.sweeps,
        open_gap_ms: reading.open_gap_ms,
    };
    let frame = query.run(source, settings, sends, reading.effort)?;
    write(target, &frame, format, &zone)?;
    Ok(exit)
}

/// The events of the logs, else of the store; and what it means that some could not be read.
fn source(args: &QueryArgs, config: &Config, reading: &Reading, target: &Target) -> anyhow::Result<(Source, Exit)> {
    if args.logs.is_empty() {
        return Ok((Source::store(&store_place::layout(&args.store, config))?, Exit::Done));
    }
    let (sources, mut unread) = source::discover(&args.logs);
    check_outputs(&sources, target.file(), None)?;
    let tell = |unread: &[_]| {
        let line = |error: &mailpixel::logs::ReadError| format!("mailpixel: {}", sanitize(&error.to_string()));
        unread.iter().for_each(|error| output::tell(&line(error)));
    };
    if sources.is_empty() {
        tell(&unread);
        bail!("none of the logs could be read");
    }
    let reader = Reader { recognizer: &reading.recognizer, classifier: &reading.classifier };
    let everything = Selection { campaign: None, message: None };
    let Details { events, errors, .. } = of_logs(&sources, reader, &[everything], reading.effort)?;
    unread.extend(errors);
    tell(&unread);
    Ok((Source::frame(events), if unread.is_empty() { Exit::Done } else { Exit::Partly }))
}

/// The sends that were named.
fn sends(args: &QueryArgs, zone: &Zone) -> anyhow::Result<Option<Sends>> {
    if args.sends.is_empty() {
        return Ok(None);
    }
    let zone = args.tz.is_some().then(|| zone.zone().clone());
    let loaded = load::load(&args.sends, &Options { zone })?;
    loaded.bad_rows.iter().for_each(|row| output::tell(&format!("mailpixel: {}", sanitize(&row.to_string()))));
    Ok(Some(loaded.sends))
}

fn write(target: Target, frame: &DataFrame, format: Output, zone: &Zone) -> anyhow::Result<()> {
    target.write(|out, width| {
        match format {
            Output::Table => frame_table::write(frame, zone, width, out)?,
            Output::Data(format) => report::write(frame, format, zone, out)?,
        }
        Ok(())
    })
}

/// The tables, for the short help.
pub(crate) fn tables() -> String {
    format!("Tables, one row each (`mailpixel query --tables` says what the columns mean):\n{}", schema::help())
}

/// The tables and examples, for the long help.
pub(crate) fn help() -> String {
    format!(
        "{}
Examples:
  mailpixel query \"SELECT final_reason, count(*) AS hits FROM events GROUP BY final_reason ORDER BY hits DESC\"
  mailpixel query \"SELECT message, opens_human FROM engagements WHERE campaign = 'spring-sale' AND networks > 2\"
  mailpixel query \"SELECT date, count(*) AS hits FROM events WHERE final_actor = 'human' GROUP BY date ORDER BY date\" \\
      /var/log/mailpixel --format csv",
        tables()
    )
}
