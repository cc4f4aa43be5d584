//! `mailpixel export`: a folder of tables for each campaign, for cron.

use std::io::{self, IsTerminal, Write};

use anyhow::bail;
use mailpixel::analysis::engagement::{Rules, SameEvent};
use mailpixel::analysis::fold::several::Foldings;
use mailpixel::analysis::group_key::Label;
use mailpixel::analysis::groups::NO_CAMPAIGN;
use mailpixel::analysis::question::{Question, Wanted};
use mailpixel::analysis::sent::{Base, Sending};
use mailpixel::export::ExportError;
use mailpixel::export::folders::{Gone, Target, Written};
use mailpixel::export::tables::{self, Tables};
use mailpixel::logs::source;
use mailpixel::model::window::Window;
use mailpixel::report::sanitize::sanitize;
use mailpixel::sends::table::Sends;
use mailpixel::store::passes::PASS_EVENTS;
use mailpixel::survey::{self, Reader, Survey};

use crate::account::{self, plural};
use crate::args::Common;
use crate::args::export::ExportArgs;
use crate::exit::Exit;
use crate::settings::{self, Reading};
use crate::{config, output, sends, store_place, when};

/// Reads once, and writes what changed.
pub(crate) fn run(common: &Common, args: &ExportArgs) -> anyhow::Result<Exit> {
    let config = config::load(common.config.as_deref())?;
    let zone = settings::zone(args.tz.as_deref(), &config)?;
    let reading = settings::reading(&args.reading, &config)?;
    let layout = store_place::layout(&args.store, &config);
    let now_ms =
        args.clock.now.as_deref().map_or_else(|| Ok(store_place::now_ms()), |now| when::instant(now, &zone))?;
    if args.out.as_os_str().is_empty() {
        bail!("--out names no folder");
    }
    let named_zone = settings::named_zone(args.tz.as_deref(), &config)?;
    let loaded = sends::load(common, &args.sends, &config, Some(&layout), named_zone)?;
    let sending = |sends| -> anyhow::Result<Sending<'_>> {
        let unknown_consent = sends::unknown_consent(sends, &args.sends, &config)?;
        Ok(Sending { sends, unknown_consent, now_ms, window: Window::ALWAYS, base: Base::of(sends) })
    };
    let sends: Option<&Sends> = loaded.as_ref().map(|loaded| &loaded.sends);
    let sending = sends.map(sending).transpose()?;
    let same = if args.logs.is_empty() { SameEvent::Id } else { SameEvent::RequestAtInstant };
    let question = |by| Question {
        rules: Rules { open_gap_ms: reading.open_gap_ms, window: Window::ALWAYS, same, sweeps: &reading.sweeps },
        by,
        only: &[],
        campaigns: &[],
        sending,
        zone: zone.zone(),
        messages: Wanted::Groups,
        equal_ages: None,
    };
    let kinds = tables::kinds(sends);
    let questions: Vec<Question<'_>> = kinds.iter().map(|(_, by)| question(by)).collect();
    let disk = store_place::disk();
    let target = match Target::open(&*disk, &args.out) {
        Err(error @ ExportError::Busy(_)) => {
            output::tell(&format!("mailpixel: {error}"));
            return Ok(Exit::Busy);
        }
        other => other?,
    };
    let mut foldings = Foldings::new(&questions);
    let survey = read(args, &reading, question(tables::READ_BY), &layout, &mut foldings)?;
    let tables = Tables::new(&kinds, &foldings.groups, &zone);
    // What could not be read is not gone.
    let is_whole = survey.errors.is_empty() && loaded.as_ref().is_none_or(|loaded| loaded.is_clean);
    let name_of = |label: &Label| if let Label::Text(name) = label { name.clone() } else { NO_CAMPAIGN.to_owned() };
    let is_chosen = |label: &Label| args.campaign.is_empty() || args.campaign.contains(&name_of(label));
    let names: Vec<String> = tables.campaigns().into_iter().map(name_of).collect();
    let written = target.write(&tables, is_chosen, if is_whole { Gone::Remove } else { Gone::Keep })?;
    let has_missing = tell_missing(&args.campaign, &names);
    let is_readable = tell(&survey, &written, common, args, reading.max_rejected);
    Ok(if is_whole && is_readable && !has_missing { Exit::Done } else { Exit::Partly })
}

fn read(
    args: &ExportArgs,
    reading: &Reading,
    question: Question<'_>,
    layout: &mailpixel::store::Layout,
    foldings: &mut Foldings<'_>,
) -> anyhow::Result<Survey> {
    if args.logs.is_empty() {
        return Ok(survey::of_store_with(
            layout,
            &reading.recognizer,
            question,
            reading.effort,
            PASS_EVENTS,
            foldings,
        )?);
    }
    let (sources, missing) = source::discover(&args.logs);
    let reader = Reader { recognizer: &reading.recognizer, classifier: &reading.classifier };
    let mut survey = survey::run_with(&sources, reader, question, reading.effort, None, foldings)?;
    survey.errors.splice(0..0, missing);
    if survey.logs == 0 && survey.account.lines == 0 {
        survey.errors.iter().for_each(|error| output::tell(&format!("mailpixel: {}", sanitize(&error.to_string()))));
        bail!("none of the logs could be read: nothing was written");
    }
    Ok(survey)
}

/// Whether campaigns that were asked for are not there.
fn tell_missing(wanted: &[String], names: &[String]) -> bool {
    let missing: Vec<&String> = wanted.iter().filter(|wanted| !names.contains(wanted)).collect();
    missing.iter().for_each(|name| output::tell(&format!("no hits of campaign {:?}", sanitize(name))));
    !missing.is_empty()
}

/// Tells what is wrong, and on a terminal what was done. Whether enough lines could be read.
fn tell(survey: &Survey, written: &Written, common: &Common, args: &ExportArgs, max_rejected: f64) -> bool {
    let mut text = Vec::new();
    for error in &survey.errors {
        let _ = writeln!(text, "mailpixel: {}", sanitize(&error.to_string()));
    }
    let rejected = survey.account.rejected_total();
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 52 bits")]
    let share = rejected as f64 / survey.account.tracking_total().max(1) as f64;
    let is_readable = share <= max_rejected;
    if !is_readable {
        let _ = account::write_rejected(&survey.rejected, rejected, &mut text);
        let _ = writeln!(text, "mailpixel: {:.1} % of the tracking lines can't be read", share * 100.0);
    }
    let is_watched = args.verbose || (io::stderr().is_terminal() && !common.quiet);
    if is_watched {
        let _ = write!(text, "{} written, {} unchanged", plural(written.written as u64, "campaign"), written.unchanged);
        let _ = if written.removed > 0 { writeln!(text, ", {} removed", written.removed) } else { writeln!(text) };
    }
    // What is written is written: a closed standard error changes nothing.
    let _ = io::stderr().write_all(&text);
    is_readable
}
