//! `mailpixel report`: the campaign table.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use mailpixel::analysis::campaigns::NO_CAMPAIGN;
use mailpixel::analysis::engagement::{Rules, SameEvent};
use mailpixel::logs::source::{self, Source};
use mailpixel::model::reason::NotCounted;
use mailpixel::model::window::Window;
use mailpixel::report::cell::Zone;
use mailpixel::report::file::OutputFile;
use mailpixel::report::sanitize::sanitize;
use mailpixel::report::{self, DataFormat, campaign_table};
use mailpixel::survey::{self, Question, Survey};
use mailpixel::tracking::recognizer::Recognizer;

use crate::account::{self, plural};
use crate::args::{Common, Format, OutputArgs, ReportArgs};
use crate::exit::Exit;
use crate::settings::{self, Reading};
use crate::{config, store_place, when};

/// Reads the logs or the store and writes the report.
pub(crate) fn run(common: &Common, args: &ReportArgs) -> anyhow::Result<Exit> {
    let config = config::load(common.config.as_deref())?;
    let zone = settings::zone(args.tz.as_deref(), &config)?;
    let reading = settings::reading(&args.reading, &config)?;
    let window = window(args, &zone)?;
    let format = format(&args.output)?;
    let (sources, missing) = source::discover(&args.logs);
    let to_stdout = args.output.output.as_deref().is_none_or(|path| path == Path::new("-"));
    let output = args.output.output.as_deref().filter(|_| !to_stdout).map(create).transpose()?;
    let mut rejects = args.rejects.as_deref().map(create).transpose()?;
    check_outputs(&sources, output.as_ref(), rejects.as_ref())?;

    let same = if args.logs.is_empty() { SameEvent::Id } else { SameEvent::RequestAtInstant };
    let rules = Rules { open_gap_ms: reading.open_gap_ms, window, same };
    let question = Question { rules, campaigns: &args.campaign };
    let survey = if args.logs.is_empty() {
        let layout = store_place::layout(&args.store, &config);
        survey::of_store(&layout, &reading.recognizer, question, reading.effort)?
    } else {
        let kept = rejects.as_mut().map(|file| file as &mut (dyn Write + Send));
        let mut survey = survey::run(&sources, &reading.recognizer, question, reading.effort, kept)?;
        survey.errors.splice(0..0, missing);
        // A log that became shorter while it was read has an error and lines.
        if survey.logs == 0 && survey.account.lines == 0 {
            tell_errors(&survey);
            bail!("none of the logs could be read: there is no report");
        }
        survey
    };
    if let Some(file) = rejects {
        file.finish().map_err(|error| unwritten(args.rejects.as_deref(), &error.into()))?;
    }
    match output {
        Some(mut file) => {
            let written = write(&survey, format, &zone, None, &mut file).and_then(|()| Ok(file.finish()?));
            written.map_err(|error| unwritten(args.output.output.as_deref(), &error))?;
        }
        None => write_to_stdout(&survey, format, &zone)?,
    }
    let mut told = Vec::new();
    let exit = tell(&survey, &reading, common, args, &zone, &mut told).context("writing to memory")?;
    // The report is written: a closed standard error changes nothing.
    let _ = io::stderr().write_all(&told);
    Ok(exit)
}

/// Refuses to write over what is being read, and two outputs into one file.
fn check_outputs(sources: &[Source], output: Option<&OutputFile>, rejects: Option<&OutputFile>) -> anyhow::Result<()> {
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

fn create(path: &Path) -> anyhow::Result<OutputFile> {
    OutputFile::create(path).with_context(|| format!("{} can't be written", path.display()))
}

/// The error as text only: a closed pipe is none where it is standard output, but it is one where it was named.
fn unwritten(path: Option<&Path>, error: &anyhow::Error) -> anyhow::Error {
    anyhow!("{}: {error:#}", path.unwrap_or(Path::new("-")).display())
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

/// The format that was asked for, or that the output file's name says.
fn format(args: &OutputArgs) -> anyhow::Result<Format> {
    let suffix = args.output.as_deref().and_then(Path::extension).map(std::ffi::OsStr::to_ascii_lowercase);
    let by_name = suffix.and_then(|suffix| match suffix.to_str()? {
        "csv" => Some(Format::Csv),
        "json" => Some(Format::Json),
        "parquet" => Some(Format::Parquet),
        _ => None,
    });
    let format = args.format.or(by_name).unwrap_or(Format::Table);
    let to_stdout = args.output.as_deref().is_none_or(|path| path == Path::new("-"));
    if format == Format::Parquet && to_stdout && io::stdout().is_terminal() {
        bail!("Parquet is not for terminals: add -o FILE or redirect the output");
    }
    Ok(format)
}

fn write_to_stdout(survey: &Survey, format: Format, zone: &Zone) -> anyhow::Result<()> {
    let width = comfy_table::Table::new().width();
    let mut out = BufWriter::new(io::stdout().lock());
    write(survey, format, zone, width, &mut out)?;
    out.flush()?;
    Ok(())
}

fn write(survey: &Survey, format: Format, zone: &Zone, width: Option<u16>, out: &mut dyn Write) -> anyhow::Result<()> {
    let format = match format {
        Format::Table => return Ok(campaign_table::write(&survey.campaigns, zone, width, out)?),
        Format::Csv => DataFormat::Csv,
        Format::Json => DataFormat::Json,
        Format::Parquet => DataFormat::Parquet,
    };
    Ok(report::write(&survey.campaigns.frame()?, format, zone, out)?)
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
