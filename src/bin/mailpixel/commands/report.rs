//! `mailpixel report`: the campaign table.

use std::io::{self, Write};

use anyhow::{Context, bail};
use mailpixel::analysis::dimension::Dimension;
use mailpixel::analysis::engagement::{Rules, SameEvent};
use mailpixel::analysis::funnel::Funnel;
use mailpixel::analysis::group_key::MAX_DIMENSIONS;
use mailpixel::analysis::groups::Groups;
use mailpixel::analysis::question::{Question, Wanted};
use mailpixel::analysis::sent::{Base, Sending};
use mailpixel::analysis::variants::{self, Compared, EqualAges, Success};
use mailpixel::logs::source::{self, Source};
use mailpixel::model::reason::NotCounted;
use mailpixel::report::cell::Zone;
use mailpixel::report::file::OutputFile;
use mailpixel::report::sanitize::sanitize;
use mailpixel::report::{self, funnel_text, group_table, prose, reason_table, sentence};
use mailpixel::sends::labels::Labels;
use mailpixel::sends::table::Sends;
use mailpixel::survey::detail::of_logs;
use mailpixel::survey::{self, Reader, Survey};
use mailpixel::tracking::recognizer::Recognizer;

use crate::account::{self, plural};
use crate::args::{Common, ReportArgs};
use crate::config::{self, Config};
use crate::exit::Exit;
use crate::output::{self, Output, Target};
use crate::settings::{self, Reading};
use crate::{labels, sends, show, store_place, when};

/// Reads the logs or the store and writes the report.
pub(crate) fn run(common: &Common, args: &ReportArgs) -> anyhow::Result<Exit> {
    let config = config::load(common.config.as_deref())?;
    let zone = settings::zone(args.tz.as_deref(), &config)?;
    let reading = settings::reading(&args.reading, &config)?;
    let window = when::window(args.since.as_deref(), args.until.as_deref(), ["--since", "--until"], &zone)?;
    let now = args.clock.now.as_deref().map_or_else(|| Ok(store_place::now_ms()), |now| when::instant(now, &zone))?;
    let now_ms = now.min(window.until_ms);
    let layout = store_place::layout(&args.store, &config);
    let format = output::format(&args.output)?;
    let (sources, missing) = source::discover(&args.logs);
    let target = Target::open(&args.output)?;
    let mut rejects = args.rejects.as_deref().map(output::create).transpose()?;
    check_outputs(&sources, target.file(), rejects.as_ref())?;

    let same = if args.logs.is_empty() { SameEvent::Id } else { SameEvent::RequestAtInstant };
    let rules = Rules { open_gap_ms: reading.open_gap_ms, window, same, sweeps: &reading.sweeps };
    let only = only(args)?;
    let (labels, has_clean_labels) = labels::load(common, &args.labels, &config)?;
    let named_zone = settings::named_zone(args.tz.as_deref(), &config)?;
    let loaded = sends::load(common, &args.sends, &config, Some(&layout), named_zone)?;
    let sending = loaded.as_ref().map(|loaded| sending(&loaded.sends, args, &config, now_ms, &zone)).transpose()?;
    let is_compared = args.by.contains(&Dimension::Variant) || args.compare.is_some();
    let equal_ages = sending.filter(|_| is_compared).map(EqualAges::of);
    if args.compare.is_some() && (sending.is_none() || !args.by.contains(&Dimension::Variant)) {
        bail!("--compare holds variants against each other: it needs --by variant and sends with a variant");
    }
    if sending.is_none() && (args.sent_since.is_some() || args.sent_until.is_some()) {
        bail!("--sent-since and --sent-until choose messages by their sends: name a file with --sends");
    }
    let shown = show::shown(args, sending, &zone)?;
    let question = Question {
        rules,
        by: &args.by,
        only: &only,
        campaigns: &args.campaign,
        sending,
        zone: zone.zone(),
        messages: if shown.is_some() { Wanted::Messages } else { Wanted::Groups },
        equal_ages: equal_ages.as_ref(),
    };
    let question = shown.map_or(question, |shown| shown.widen(question));
    let mut survey = if args.logs.is_empty() {
        survey::of_store(&layout, &reading.recognizer, question, reading.effort)?
    } else {
        let reader = Reader { recognizer: &reading.recognizer, classifier: &reading.classifier };
        let kept = rejects.as_mut().map(|file| file as &mut (dyn Write + Send));
        let mut survey = survey::run(&sources, reader, question, reading.effort, kept)?;
        survey.errors.splice(0..0, missing);
        // A log that became shorter while it was read has an error and lines.
        if survey.logs == 0 && survey.account.lines == 0 {
            tell_errors(&survey);
            bail!("none of the logs could be read: there is no report");
        }
        survey
    };
    if let (Some(file), Some(path)) = (rejects, &args.rejects) {
        file.finish().map_err(|error| output::unwritten(path, &error.into()))?;
    }
    let data_end_ms = match shown {
        Some(shown) if shown.needs_data_end() => data_end_ms(&survey, &sources, &reading, now_ms)?,
        _ => None,
    };
    target.write(|out, width| match shown {
        Some(shown) => shown.write(&mut survey.groups, data_end_ms, format, &zone, width, out),
        None => write(&survey, args, format, Telling { labels: &labels, zone: &zone, now_ms, width }, out),
    })?;
    let mut told = Vec::new();
    let exit = tell(&survey, &reading, common, args, &zone, &mut told).context("writing to memory")?;
    let is_clean = has_clean_labels && loaded.is_none_or(|loaded| loaded.is_clean);
    // The report is written: a closed standard error changes nothing.
    let _ = io::stderr().write_all(&told);
    Ok(if is_clean { exit } else { Exit::Partly })
}

/// Where the data end: at the newest line of the logs, for which they are read again unless a hit is as new as the report,
/// or at the newest event of the store.
fn data_end_ms(survey: &Survey, sources: &[Source], reading: &Reading, now_ms: i64) -> anyhow::Result<Option<i64>> {
    if survey.is_stored || survey.newest_ms.is_some_and(|newest_ms| newest_ms >= now_ms) {
        return Ok(survey.newest_ms);
    }
    let reader = Reader { recognizer: &reading.recognizer, classifier: &reading.classifier };
    Ok(of_logs(sources, reader, &[], reading.effort)?.newest_ms.max(survey.newest_ms))
}

/// Refuses to write over what is being read, and two outputs into one file.
pub(crate) fn check_outputs(
    sources: &[Source],
    output: Option<&OutputFile>,
    rejects: Option<&OutputFile>,
) -> anyhow::Result<()> {
    for file in [output, rejects].into_iter().flatten() {
        if sources.iter().any(|source| source.inode().is_some_and(|inode| file.inode() == Some(inode))) {
            bail!("{} is one of the logs: writing to it would destroy it", file.path().display());
        }
    }
    if let (Some(output), Some(rejects)) = (output, rejects)
        && output.path() == rejects.path()
    {
        bail!("the report and the rejected lines can't go into one file, {}", output.path().display());
    }
    Ok(())
}

fn tell_errors(survey: &Survey) {
    for error in &survey.errors {
        let _ = writeln!(io::stderr(), "mailpixel: {}", sanitize(&error.to_string()));
    }
}

/// How the sends are read.
fn sending<'a>(
    sends: &'a Sends,
    args: &ReportArgs,
    config: &Config,
    now_ms: i64,
    zone: &Zone,
) -> anyhow::Result<Sending<'a>> {
    let (since, until) = (args.sent_since.as_deref(), args.sent_until.as_deref());
    Ok(Sending {
        sends,
        unknown_consent: sends::unknown_consent(sends, &args.sends, config)?,
        now_ms,
        window: when::window(since, until, ["--sent-since", "--sent-until"], zone)?,
        base: Base::of(sends),
    })
}

/// The filters, all in one list.
fn only(args: &ReportArgs) -> anyhow::Result<Vec<(Dimension, String)>> {
    let actor = args.actor.iter().map(|actor| (Dimension::Actor, actor.clone()));
    let via = args.via.iter().map(|via| (Dimension::Via, via.clone()));
    let only: Vec<_> = actor.chain(via).chain(args.only.iter().cloned()).collect();
    if args.by.len() + only.len() > MAX_DIMENSIONS {
        bail!("--by and the filters name more than {MAX_DIMENSIONS} things");
    }
    Ok(only)
}

/// How a report is told to people.
#[derive(Clone, Copy)]
struct Telling<'a> {
    labels: &'a Labels,
    zone: &'a Zone,
    now_ms: i64,
    /// The terminal's width, where there is one.
    width: Option<u16>,
}

fn write(
    survey: &Survey,
    args: &ReportArgs,
    format: Output,
    telling: Telling<'_>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let Telling { zone, width, .. } = telling;
    let groups = &survey.groups;
    // Of filters the account of all hits knows nothing.
    let has_filters = args.actor.is_some() || args.via.is_some() || !args.only.is_empty();
    let is_by_reason = args.by == [Dimension::Reason] && !has_filters;
    let success = args.compare.map_or(Success::Open, Into::into);
    let compared = variants::comparisons(groups, success);
    let format = match format {
        Output::Table if is_by_reason => return Ok(write_reasons(&groups.funnel, width, out)?),
        Output::Table => {
            let funnel = Some(&groups.funnel).filter(|_| !has_filters);
            return Ok(write_tables(groups, (&compared, success), funnel, telling, out)?);
        }
        Output::Data(format) => format,
    };
    let frame = if is_by_reason {
        groups.funnel.frame()?
    } else if args.compare.is_some() {
        variants::frame(&compared)?
    } else {
        groups.frame()?
    };
    Ok(report::write(&frame, format, zone, out)?)
}

/// The report for people: a sentence, the groups, where the hits went, and what no log can see.
fn write_tables(
    groups: &Groups,
    (compared, success): (&[Compared], Success),
    funnel: Option<&Funnel>,
    telling: Telling<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Telling { labels, zone, now_ms, width } = telling;
    if let Some(sentence) = sentence::of(groups, now_ms) {
        prose::write(&sentence, width, out)?;
        writeln!(out)?;
    }
    group_table::write(groups, labels, zone, width, out)?;
    report::variants::write(compared, success, width, out)?;
    for told in [sentence::coverage(groups), sentence::lacks_sends(groups)].into_iter().flatten() {
        writeln!(out)?;
        prose::write(&told, width, out)?;
    }
    if let Some(funnel) = funnel {
        funnel_text::write(funnel, width, out)?;
    }
    if groups.groups.is_empty() { Ok(()) } else { write_note(width, out) }
}

/// The report by reason for people.
fn write_reasons(funnel: &Funnel, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    let Some(sentence) = sentence::of_funnel(funnel) else { return Ok(()) };
    prose::write(&sentence, width, out)?;
    writeln!(out)?;
    reason_table::write(funnel, width, out)?;
    write_note(width, out)
}

fn write_note(width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    prose::write(sentence::NOTE, width, out)
}

/// Tells what was read, what is wrong, and what that means for the exit code.
fn tell(
    survey: &Survey,
    reading: &Reading,
    common: &Common,
    args: &ReportArgs,
    zone: &Zone,
    err: &mut dyn Write,
) -> io::Result<Exit> {
    for error in &survey.errors {
        writeln!(err, "mailpixel: {}", sanitize(&error.to_string()))?;
    }
    let account = &survey.account;
    let rejected = account.rejected_total();
    account::write_rejected(&survey.rejected, rejected, err)?;
    if !common.quiet {
        if survey.is_stored {
            account::write_stored(account, survey.unread, err)?;
        } else {
            account::write(account, survey.logs, &survey.copies, err)?;
        }
        let others = survey.groups.findings.other_campaign;
        if others > 0 {
            writeln!(
                err,
                "{} of messages that the sends have in another campaign: the URL's is taken",
                plural(others, "hit")
            )?;
        }
        if args.since.is_some() || args.until.is_some() || !args.campaign.is_empty() {
            writeln!(
                err,
                "the report is about a part of these hits: --since, --until and --campaign leave others out"
            )?;
        }
        if let Some(newest) = survey.newest_ms {
            writeln!(err, "data until {}", zone.format(newest, "%Y-%m-%d %H:%M:%S %Z"))?;
        }
    }
    tell_warnings(survey, err)?;
    let no_hits = account.tracking_total() == 0 && account.lines > 0 && !survey.is_stored;
    if no_hits {
        tell_no_hits(survey, &reading.recognizer, err)?;
    }
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 52 bits")]
    let share = rejected as f64 / account.tracking_total().max(1) as f64;
    let too_many = share > reading.max_rejected;
    if too_many {
        writeln!(
            err,
            "mailpixel: {:.1} % of the tracking lines can't be read; is this their log format?",
            share * 100.0
        )?;
    }
    let all_there = tell_campaigns(survey, &args.campaign, err)?;
    let is_done = !too_many && survey.errors.is_empty() && all_there && !no_hits;
    Ok(if is_done { Exit::Done } else { Exit::Partly })
}

fn tell_warnings(survey: &Survey, err: &mut dyn Write) -> io::Result<()> {
    if let Some((network, hits, all)) = survey.crowd {
        writeln!(
            err,
            "warning: {hits} of {all} direct hits come from one network, {network}: is it a proxy or CDN of yours? \
             Then its address hides the readers': see `client_ip` and `trusted_proxies`"
        )?;
    }
    let not_counted = survey.account.not_counted[NotCounted::Status as usize];
    if not_counted > 0 && survey.account.events == 0 {
        writeln!(
            err,
            "warning: no hit counts; {} a status that does not: see `pixel_status` and `click_status`",
            if not_counted == 1 { "one has".to_owned() } else { format!("{not_counted} have") }
        )?;
    }
    Ok(())
}

fn tell_no_hits(survey: &Survey, recognizer: &Recognizer, err: &mut dyn Write) -> io::Result<()> {
    writeln!(err, "none of the {} holds a tracking URL. Looked for:", plural(survey.account.lines, "line"))?;
    for template in recognizer.matcher.templates() {
        writeln!(err, "  {:<5}  {template}", template.kind().code())?;
    }
    match &survey.near_miss {
        Some((shape, n)) => writeln!(
            err,
            "The most frequent URL that comes near: {}  ({n} times). If this is the pixel, put its template into \
             mailpixel.toml, for example: open = \"/pixel/{{campaign}}/{{message}}.png\"",
            sanitize(shape)
        ),
        None => writeln!(err, "No URL comes near. Is this the log of the host that serves the pixel?"),
    }
}

/// Whether every campaign that was asked for is there; names those that are not.
fn tell_campaigns(survey: &Survey, wanted: &[String], err: &mut dyn Write) -> io::Result<bool> {
    let groups = &survey.groups;
    let is_there = |name: &str| groups.by.as_slice() != [Dimension::Campaign] || groups.campaign(name).is_some();
    let mut all_there = true;
    for name in wanted.iter().filter(|name| !is_there(name)) {
        all_there = false;
        let likeness = |k: &&String| strsim::jaro_winkler(k, name);
        let nearest = groups.campaigns.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        match nearest.filter(|k| likeness(k) > 0.7) {
            Some(k) => writeln!(err, "no hits of campaign {name:?}; did you mean {:?}?", sanitize(k))?,
            None => writeln!(err, "no hits of campaign {name:?}")?,
        }
    }
    Ok(all_there)
}
