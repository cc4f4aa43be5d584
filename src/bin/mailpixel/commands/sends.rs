//! `mailpixel sends`: who each message was sent to.

use std::io::{self, Write};

use mailpixel::analysis::groups::NO_CAMPAIGN;
use mailpixel::model::send::{Consent, SendStatus};
use mailpixel::report::cell::Zone;
use mailpixel::report::sanitize::sanitize;
use mailpixel::report::text_table::group_digits;
use mailpixel::sends::column::Column;
use mailpixel::sends::table::Sends;

use crate::account::plural;
use crate::args::{Common, SendsArgs, SendsCommand, SendsCommandArgs};
use crate::config::Config;
use crate::exit::Exit;
use crate::{config, output, sends, settings, store_place};

/// Does what the subcommand says.
pub(crate) fn run(common: &Common, args: &SendsCommandArgs) -> anyhow::Result<Exit> {
    let config = config::load(common.config.as_deref())?;
    match &args.command {
        SendsCommand::Status { sends, tz } => status(common, args, sends, tz.as_deref(), &config),
    }
}

fn status(
    common: &Common,
    args: &SendsCommandArgs,
    sends_args: &SendsArgs,
    tz: Option<&str>,
    config: &Config,
) -> anyhow::Result<Exit> {
    let layout = store_place::layout(&args.store, config);
    let zone = settings::named_zone(tz, config)?;
    let shown = zone.clone().map_or_else(Zone::utc, Zone::new);
    let Some(loaded) = sends::load(common, sends_args, config, Some(&layout), zone)? else {
        output::tell("no sends: --sends names files of them, and `mailpixel sends add` keeps them in the store");
        return Ok(Exit::Partly);
    };
    write_status(&loaded.sends, &shown, &mut io::stdout().lock())?;
    let unknown = sends::unknown_consent(&loaded.sends, sends_args, config);
    if let Err(error) = &unknown {
        output::tell(&format!("mailpixel: {error}"));
    }
    Ok(if loaded.is_clean && unknown.is_ok() { Exit::Done } else { Exit::Partly })
}

fn write_status(sends: &Sends, zone: &Zone, out: &mut dyn Write) -> io::Result<()> {
    let columns: Vec<&str> = Column::ALL.into_iter().filter(|c| sends.has_column(*c)).map(Column::name).collect();
    writeln!(out, "sends      {}", group_digits(sends.len() as u64))?;
    writeln!(out, "columns    {}", columns.join(", "))?;
    let mut span: Option<(i64, i64)> = None;
    let mut statuses = [0_u64; SendStatus::ALL.len()];
    let mut consents = [0_u64; Consent::ALL.len()];
    for send in sends.iter() {
        if let Some(ms) = send.sent_at_ms() {
            span = Some(span.map_or((ms, ms), |(first, last)| (first.min(ms), last.max(ms))));
        }
        if let Some(status) = send.status() {
            statuses[status as usize] += 1;
        }
        if let Some(consent) = send.consent() {
            consents[consent as usize] += 1;
        }
    }
    if let Some((first, last)) = span {
        let [first, last] = [first, last].map(|ms| zone.format(ms, "%Y-%m-%d %H:%M:%S %Z"));
        writeln!(out, "sent       from {first} to {last}")?;
    }
    write_counts("status", SendStatus::ALL.map(SendStatus::code).into_iter().zip(statuses), out)?;
    write_counts("consent", Consent::ALL.map(Consent::code).into_iter().zip(consents), out)?;
    writeln!(out, "campaigns  {}", group_digits(sends.campaigns().len() as u64))?;
    for (campaign, n) in sends.campaigns() {
        writeln!(out, "  {}  {}", sanitize(campaign.unwrap_or(NO_CAMPAIGN)), plural(n, "send"))?;
    }
    Ok(())
}

fn write_counts<'a>(what: &str, counts: impl Iterator<Item = (&'a str, u64)>, out: &mut dyn Write) -> io::Result<()> {
    let counts: Vec<String> =
        counts.filter(|(_, n)| *n > 0).map(|(word, n)| format!("{} {word}", group_digits(n))).collect();
    if counts.is_empty() { Ok(()) } else { writeln!(out, "{what:<9}  {}", counts.join(", ")) }
}
