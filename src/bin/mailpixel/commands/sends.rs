//! `mailpixel sends`: who each message was sent to.

use std::io::{self, Write};
use std::path::PathBuf;
use std::slice;

use jiff::tz::TimeZone;
use mailpixel::analysis::groups::NO_CAMPAIGN;
use mailpixel::model::send::{Consent, SendStatus};
use mailpixel::report::cell::Zone;
use mailpixel::report::sanitize::sanitize;
use mailpixel::report::text_table::group_digits;
use mailpixel::sends::column::Column;
use mailpixel::sends::labels::Labels;
use mailpixel::sends::merge::Changes;
use mailpixel::sends::table::{Send, Sends};
use mailpixel::store::commit::Writer;
use mailpixel::store::lock::Patience;
use mailpixel::store::sends::{Kept, Source};
use mailpixel::store::{self, Layout, StoreError};

use crate::account::plural;
use crate::args::sends::{SendsCommand, SendsCommandArgs};
use crate::args::{Common, SendsArgs};
use crate::config::Config;
use crate::exit::Exit;
use crate::{config, labels, output, sends, settings, store_place};

/// Does what the subcommand says.
pub(crate) fn run(common: &Common, args: &SendsCommandArgs) -> anyhow::Result<Exit> {
    let config = config::load(common.config.as_deref())?;
    let at = |place| store_place::layout(place, &config);
    let patience = |wait| if wait { Patience::Wait } else { Patience::Refuse };
    let done = match &args.command {
        SendsCommand::Add { files, store, dry_run, again, wait, tz } => {
            let zone = settings::named_zone(tz.as_deref(), &config)?;
            let patience = (!dry_run).then(|| patience(*wait));
            let adding = Adding { layout: &at(store), zone, patience, again: *again };
            add(common, &sends::files(files)?, &adding)
        }
        SendsCommand::Status { store, sends, labels, tz } => {
            let (labels, is_clean) = labels::load(common, labels, &config)?;
            let exit = status(common, &at(store), (sends, &labels), tz.as_deref(), &config)?;
            Ok(if is_clean { exit } else { Exit::Partly })
        }
        SendsCommand::Remove { campaign, store, wait } => remove(&at(store), campaign, patience(*wait)),
    };
    match done {
        Err(error) if matches!(error.downcast_ref(), Some(StoreError::Busy)) => {
            output::tell(&format!("mailpixel: {error}"));
            Ok(Exit::Busy)
        }
        other => other,
    }
}

/// How files are added.
struct Adding<'a> {
    layout: &'a Layout,
    zone: Option<TimeZone>,
    /// Whether to wait for the store; without it nothing is changed.
    patience: Option<Patience>,
    /// Whether files that were added before are added once more.
    again: bool,
}

/// What became of the rows of all files.
#[derive(Default)]
struct Added {
    added: u64,
    updated: u64,
    unchanged: u64,
    bad: u64,
    ambiguous: u64,
    known_files: u64,
}

/// Adds files to the store, one after the other, so that a later one replaces what an earlier one says.
fn add(common: &Common, files: &[PathBuf], adding: &Adding<'_>) -> anyhow::Result<Exit> {
    let disk = store_place::disk();
    let open =
        |patience| Writer::open(adding.layout, &*disk, patience, store_place::new_key()?).map_err(anyhow::Error::from);
    let mut writer = adding.patience.map(open).transpose()?;
    let mut known = store::sends::known_files(adding.layout)?;
    let mut all = Added::default();
    for file in files {
        let hash = store::sends::content_hash(file)?;
        if hash.as_ref().is_some_and(|hash| !known.insert(hash.clone())) && !adding.again {
            all.known_files += 1;
            continue;
        }
        let loaded = sends::read(slice::from_ref(file), adding.zone.clone())?;
        sends::tell(&loaded, common);
        all.bad += loaded.n_bad;
        let changes = match &mut writer {
            None => store::sends::changes(adding.layout, loaded.sends)?,
            Some(writer) => {
                let hash = hash.filter(|_| loaded.n_bad == 0);
                let source = Source { name: file.display().to_string(), hash };
                store::sends::add(writer, loaded.sends, source, store_place::now_ms())?
            }
        };
        tell_ambiguous(&changes);
        all.added += changes.added;
        all.updated += changes.updated;
        all.unchanged += changes.unchanged;
        all.ambiguous += changes.ambiguous;
    }
    if !common.quiet {
        write_added(&all, adding.patience.is_none())?;
    }
    Ok(if all.bad == 0 && all.ambiguous == 0 { Exit::Done } else { Exit::Partly })
}

fn tell_ambiguous(changes: &Changes) {
    for message in changes.first_ambiguous.iter().take(sends::SHOWN) {
        output::tell(&format!("message \"{}\" stands in several campaigns", sanitize(message)));
    }
    if changes.ambiguous > 0 {
        let rows = plural(changes.ambiguous, "row");
        output::tell(&format!("mailpixel: {rows} left out: add the column `campaign` to tell which one is meant"));
    }
}

fn write_added(all: &Added, is_dry_run: bool) -> io::Result<()> {
    let [added, updated, unchanged, bad] =
        [all.added, all.updated, all.unchanged, all.bad + all.ambiguous].map(group_digits);
    let known = match all.known_files {
        0 => String::new(),
        n => format!("; {} added before", plural(n, "file")),
    };
    let dry_run = if is_dry_run { " (nothing was changed: --dry-run)" } else { "" };
    print(&format!("{added} added, {updated} updated, {unchanged} unchanged, {bad} bad{known}{dry_run}"))
}

fn remove(layout: &Layout, campaigns: &[String], patience: Patience) -> anyhow::Result<Exit> {
    if !layout.exists() {
        return Err(StoreError::Missing(layout.root().display().to_string()).into());
    }
    let disk = store_place::disk();
    let mut writer = Writer::open(layout, &*disk, patience, store_place::new_key()?)?;
    let is_named = |send: Send<'_>| campaigns.iter().any(|name| name == send.campaign().unwrap_or(NO_CAMPAIGN));
    let removed = store::sends::retain(&mut writer, |send| !is_named(send), store_place::now_ms())?;
    print(&format!("{} removed", plural(removed, "send")))?;
    Ok(if removed > 0 { Exit::Done } else { Exit::Partly })
}

fn print(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

fn status(
    common: &Common,
    layout: &Layout,
    (sends_args, labels): (&SendsArgs, &Labels),
    tz: Option<&str>,
    config: &Config,
) -> anyhow::Result<Exit> {
    let zone = settings::named_zone(tz, config)?;
    let shown = zone.clone().map_or_else(Zone::utc, Zone::new);
    let Some(loaded) = sends::load(common, sends_args, config, Some(layout), zone)? else {
        output::tell("no sends: --sends names files of them, and `mailpixel sends add` keeps them in the store");
        return Ok(Exit::Partly);
    };
    let mut out = io::stdout().lock();
    write_status(&loaded.sends, labels, &shown, &mut out)?;
    if loaded.is_stored {
        write_files(&store::sends::kept(layout)?, &shown, &mut out)?;
    }
    let unknown = sends::unknown_consent(&loaded.sends, sends_args, config);
    if let Err(error) = &unknown {
        output::tell(&format!("mailpixel: {error}"));
    }
    Ok(if loaded.is_clean && unknown.is_ok() { Exit::Done } else { Exit::Partly })
}

fn write_status(sends: &Sends, labels: &Labels, zone: &Zone, out: &mut dyn Write) -> io::Result<()> {
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
        let name = campaign.unwrap_or(NO_CAMPAIGN);
        let label = campaign.map(|campaign| labels.campaign_label(campaign)).filter(|label| *label != name);
        let label = label.map(|label| format!("  {}", sanitize(label))).unwrap_or_default();
        writeln!(out, "  {}  {}{label}", sanitize(name), plural(n, "send"))?;
    }
    Ok(())
}

fn write_counts<'a>(what: &str, counts: impl Iterator<Item = (&'a str, u64)>, out: &mut dyn Write) -> io::Result<()> {
    let counts: Vec<String> =
        counts.filter(|(_, n)| *n > 0).map(|(word, n)| format!("{} {word}", group_digits(n))).collect();
    if counts.is_empty() { Ok(()) } else { writeln!(out, "{what:<9}  {}", counts.join(", ")) }
}

/// Files that are shown with a line of their own.
const FILES_SHOWN: usize = 5;

fn write_files(files: &[Kept], zone: &Zone, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "files      {}", group_digits(files.len() as u64))?;
    for file in files.iter().rev().take(FILES_SHOWN).rev() {
        let run = &file.run;
        let when = zone.format(run.at_ms, "%Y-%m-%d %H:%M");
        let from = match &run.file {
            None => "what was there, in one file".to_owned(),
            Some(file) => {
                format!("{} added, {} updated from {file}", group_digits(run.added), group_digits(run.updated))
            }
        };
        writeln!(out, "  {}  {}, {when}: {}", file.name, plural(file.rows, "row"), sanitize(&from))?;
    }
    Ok(())
}
