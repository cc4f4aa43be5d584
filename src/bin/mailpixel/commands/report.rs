//! `mailpixel report`: the campaign table.

use std::io::{self, Write};

use anyhow::{Context, bail};
use mailpixel::analysis::campaigns::NO_CAMPAIGN;
use mailpixel::analysis::engagement::{Rules, SameEvent};
use mailpixel::logs::source::{self, Source};
use mailpixel::model::reason::NotCounted;
use mailpixel::model::window::Window;
use mailpixel::report::cell::Zone;
use mailpixel::report::file::OutputFile;
use mailpixel::report::sanitize::sanitize;
use mailpixel::report::{self, campaign_table, funnel_text, reason_table};
use mailpixel::survey::{self, Question, Reader, Survey};
use mailpixel::tracking::recognizer::Recognizer;

use crate::account::{self, plural};
use crate::args::{By, Common, ReportArgs};
use crate::exit::Exit;
use crate::output::{self, Output, Target};
use crate::settings::{self, Reading};
use crate::{config, store_place, when};

/// Reads the logs or the store and writes the report.
pub(crate) fn run(common: &Common, args: &ReportArgs) -> anyhow::Result<Exit> {
    let config = config::load(common.config.as_deref())?;
    let zone = settings::zone(args.tz.as_deref(), &config)?;
    let reading = settings::reading(&args.reading, &config)?;
    let window = window(args, &zone)?;
    let format = output::format(&args.output)?;
    let (sources, missing) = source::discover(&args.logs);
    let target = Target::open(&args.output)?;
    let mut rejects = args.rejects.as_deref().map(output::create).transpose()?;
    check_outputs(&sources, target.file(), rejects.as_ref())?;

    let same = if args.logs.is_empty() { SameEvent::Id } else { SameEvent::RequestAtInstant };
    let rules = Rules { open_gap_ms: reading.open_gap_ms, window, same, sweeps: &reading.sweeps };
    let question = Question { rules, campaigns: &args.campaign };
    let survey = if args.logs.is_empty() {
        let layout = store_place::layout(&args.store, &config);
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
    target.write(|out, width| write(&survey, args.by, format, &zone, width, out))?;
    let mut told = Vec::new();
    let exit = tell(&survey, &reading, common, args, &zone, &mut told).context("writing to memory")?;
    // The report is written: a closed standard error changes nothing.
    let _ = io::stderr().write_all(&told);
    Ok(exit)
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

fn window(args: &ReportArgs, zone: &Zone) -> anyhow::Result<Window> {
    let mut window = Window::ALWAYS;
    if let Some(since) = &args.since {
        window.since_ms = when::instant(since, zone).context("--since")?;
    }
    if let Some(until) = &args.until {
        window.until_ms = when::instant(until, zone).context("--until")?;
    }
    if window.since_ms >= window.until_ms {
        bail!("--since is not before --until: nothing can be in the report");
    }
    Ok(window)
}

fn write(
    survey: &Survey,
    by: By,
    format: Output,
    zone: &Zone,
    width: Option<u16>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let campaigns = &survey.campaigns;
    let format = match format {
        Output::Table if by == By::Reason => return Ok(reason_table::write(&campaigns.funnel, width, out)?),
        Output::Table => {
            campaign_table::write(campaigns, zone, width, out)?;
            return Ok(funnel_text::write(&campaigns.funnel, width, out)?);
        }
        Output::Data(format) => format,
    };
    let frame = match by {
        By::Campaign => campaigns.frame()?,
        By::Reason => campaigns.funnel.frame()?,
    };
    Ok(report::write(&frame, format, zone, out)?)
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
            account::write_stored(account, err)?;
        } else {
            account::write(account, survey.logs, &survey.copies, err)?;
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
    let campaigns = &survey.campaigns;
    let is_there = |name: &str| campaigns.named.keys().any(|k| k.as_deref().unwrap_or(NO_CAMPAIGN) == name);
    let mut all_there = true;
    for name in wanted.iter().filter(|name| !is_there(name)) {
        all_there = false;
        let likeness = |k: &&String| strsim::jaro_winkler(k, name);
        let nearest = campaigns.names.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        match nearest.filter(|k| likeness(k) > 0.7) {
            Some(k) => writeln!(err, "no hits of campaign {name:?}; did you mean {:?}?", sanitize(k))?,
            None => writeln!(err, "no hits of campaign {name:?}")?,
        }
    }
    Ok(all_there)
}
