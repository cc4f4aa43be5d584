//! `mailpixel query`: SQL over events, messages, campaigns and sends.

use anyhow::bail;
use mailpixel::logs::source;
use mailpixel::query::{HasSends, Query, Sent, Settings, Source, schema};
use mailpixel::report::cell::Zone;
use mailpixel::report::sanitize::sanitize;
use mailpixel::report::{self, frame_table};
use mailpixel::store::Layout;
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
use crate::{sends, store_place, when};

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
    let layout = store_place::layout(&args.store, &config);
    let query = Query::parse(sql, has_sends(args, &config, &layout)?)?;
    let reading = settings::reading(&args.reading, &config)?;
    let target = Target::open(&args.output)?;
    let (sent, sends_exit) = sent(common, args, &config, &layout, &zone)?;
    let (source, exit) = source(args, &layout, &reading, &target)?;
    let settings = Settings {
        own: reading.recognizer.own,
        unsubscribe: reading.recognizer.unsubscribe,
        sweeps: reading.sweeps,
        open_gap_ms: reading.open_gap_ms,
    };
    let frame = query.run(source, settings, sent, reading.effort)?;
    write(target, &frame, format, &zone)?;
    Ok(if sends_exit == Exit::Done { exit } else { sends_exit })
}

/// The events of the logs, else of the store; and what it means that some could not be read.
fn source(args: &QueryArgs, layout: &Layout, reading: &Reading, target: &Target) -> anyhow::Result<(Source, Exit)> {
    if args.logs.is_empty() {
        return Ok((Source::store(layout)?, Exit::Done));
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

/// Whether there are sends, before they are read: a query that is none is refused first.
fn has_sends(args: &QueryArgs, config: &Config, layout: &Layout) -> anyhow::Result<HasSends> {
    let are_named = !args.sends.sends.is_empty() || config.sends.is_some();
    let are_there = are_named || !mailpixel::store::sends::kept(layout)?.is_empty();
    Ok(if are_there { HasSends::Yes } else { HasSends::No })
}

/// The sends that every report uses; and what it means that some could not be read.
fn sent(
    common: &Common,
    args: &QueryArgs,
    config: &Config,
    layout: &Layout,
    zone: &Zone,
) -> anyhow::Result<(Option<Sent>, Exit)> {
    let named_zone = settings::named_zone(args.tz.as_deref(), config)?;
    let Some(loaded) = sends::load(common, &args.sends, config, Some(layout), named_zone)? else {
        return Ok((None, Exit::Done));
    };
    let now_ms = args.clock.now.as_deref().map_or_else(|| Ok(store_place::now_ms()), |now| when::instant(now, zone))?;
    let unknown_consent = sends::unknown_consent(&loaded.sends, &args.sends, config)?;
    let sent = Sent { sends: loaded.sends, unknown_consent, now_ms };
    Ok((Some(sent), if loaded.is_clean { Exit::Done } else { Exit::Partly }))
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
