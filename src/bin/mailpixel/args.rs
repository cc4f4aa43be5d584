//! What can be typed.

pub(crate) mod check;
pub(crate) mod export;
pub(crate) mod sends;
pub(crate) mod store;

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use mailpixel::analysis::dimension::{DIMENSIONS, Dimension};
use mailpixel::analysis::variants::Success;
use mailpixel::model::actor::Via;
use serde::Deserialize;

use crate::show::ShowArgs;

/// Email open and click reports from nginx access logs.
#[derive(Debug, Parser)]
#[command(name = "mailpixel", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 done; 1 done, but something could not be read or the answer is no; 2 failed.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Args, Debug)]
pub(crate) struct Common {
    /// Configuration file; without it ./mailpixel.toml is read if it is there
    #[arg(long, global = true, env = "MAILPIXEL_CONFIG", value_name = "FILE", value_parser = path())]
    pub(crate) config: Option<PathBuf>,
    /// Say nothing on standard error unless something is wrong
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make the campaign report from the event store, or from access logs
    Report(Box<ReportArgs>),
    /// Read what is new in access logs into the event store, once: for cron
    Ingest(IngestArgs),
    /// Show every hit of one message: who it was, why, and which opens they became
    Explain(ExplainArgs),
    /// Tell whether a message or a campaign was seen: for monitoring
    Check(check::CheckArgs),
    /// Write a folder of tables for each campaign: for cron
    Export(export::ExportArgs),
    /// Keep the sends in the store, and look at them: who each message was sent to
    Sends(sends::SendsCommandArgs),
    /// Ask the events, messages, campaigns and sends in SQL
    Query(QueryArgs),
    /// List the rules that tell people from machines, in the order in which they are tried
    Rules(RulesArgs),
    /// Look after the event store
    Store(store::StoreArgs),
}

#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  mailpixel report /var/log/mailpixel
  mailpixel report access.log access.log.1 'access.log.*.gz' --since 2026-11-01
  mailpixel report access.log --campaign spring-sale --format csv -o spring-sale.csv
  zcat -f access.log* | mailpixel report -
  mailpixel report --sends sends.csv --show follow-up --new-since 2026-11-10T09:00
  mailpixel report --sends sends.csv --show not-opened --campaign spring-sale -o not-opened.csv
  mailpixel report --sends sends.csv --show recipients --idle-days 180
  mailpixel report --sends sends.csv --show pace")]
pub(crate) struct ReportArgs {
    /// Access logs: files, globs, folders (their access logs), or - for standard input; plain, gzip or zstd. Without any,
    /// the report is made from the event store
    #[arg(value_name = "LOG")]
    pub(crate) logs: Vec<String>,
    #[command(flatten)]
    pub(crate) store: StorePlace,
    /// Only these campaigns; `(none)` is the campaign of hits that name none
    #[arg(long, value_name = "NAME")]
    pub(crate) campaign: Vec<String>,
    /// Only messages that were sent at this time or later; needs sends
    #[arg(long, value_name = "TIME")]
    pub(crate) sent_since: Option<String>,
    /// Only messages that were sent before this time; needs sends
    #[arg(long, value_name = "TIME")]
    pub(crate) sent_until: Option<String>,
    /// Only what happened at this time or later: 2026-11-01, 2026-11-01T09:30, or RFC 3339
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Only what happened before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    #[command(flatten)]
    pub(crate) clock: ClockArgs,
    /// Time zone for dates without an offset and for the times in the report [default: UTC]
    #[arg(long, env = "MAILPIXEL_TZ", value_name = "ZONE")]
    pub(crate) tz: Option<String>,
    /// What the report is by, with commas between: campaign, variant, sender, domain, send_date, link, day, hour, kind,
    /// actor, via, reason, client, client_version, client_kind, os, device, country, region, city, asn, host
    #[arg(long, value_name = "WHAT", value_delimiter = ',', default_value = "campaign", value_parser = dimension)]
    pub(crate) by: Vec<Dimension>,
    /// With --by variant: what counts as a success, and the comparison instead of the groups in CSV, JSON and Parquet
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) compare: Option<Compare>,
    /// Only hits by these: human, unknown, machine
    #[arg(long, value_name = "ACTOR", value_parser = ["human", "unknown", "machine"])]
    pub(crate) actor: Option<String>,
    /// Only hits that came this way: direct, gmail, apple, yahoo, …
    #[arg(long, value_name = "VIA", value_parser = via)]
    pub(crate) via: Option<String>,
    /// Only hits with this value of anything that a report can be by, such as country=DE; again for more
    #[arg(long = "where", value_name = "WHAT=VALUE", value_parser = filter)]
    pub(crate) only: Vec<(Dimension, String)>,
    /// Keep the rejected lines in this file
    #[arg(long, value_name = "FILE")]
    pub(crate) rejects: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) sends: SendsArgs,
    #[command(flatten)]
    pub(crate) labels: LabelsArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  mailpixel explain spring-sale 5f3a9c0e1b7d4a62
  mailpixel explain spring-sale 5f3a9c0e1b7d4a62 access.log --format json")]
pub(crate) struct ExplainArgs {
    /// The campaign; `(none)` is the campaign of hits that name none
    pub(crate) campaign: String,
    /// The message id
    pub(crate) message: String,
    /// Access logs; without any, the event store is read
    #[arg(value_name = "LOG")]
    pub(crate) logs: Vec<String>,
    #[command(flatten)]
    pub(crate) store: StorePlace,
    /// Time zone for the times that are shown [default: UTC]
    #[arg(long, env = "MAILPIXEL_TZ", value_name = "ZONE")]
    pub(crate) tz: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) sends: SendsArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

#[derive(Args, Debug)]
#[command(after_help = crate::commands::query::tables(), after_long_help = crate::commands::query::help())]
pub(crate) struct QueryArgs {
    /// The query: SELECT or WITH, in the SQL of polars
    #[arg(required_unless_present = "tables")]
    pub(crate) sql: Option<String>,
    /// Access logs; without any, the event store is asked
    #[arg(value_name = "LOG")]
    pub(crate) logs: Vec<String>,
    /// List the tables and their columns instead
    #[arg(long, visible_alias = "schema", conflicts_with = "sql")]
    pub(crate) tables: bool,
    #[command(flatten)]
    pub(crate) store: StorePlace,
    /// Time zone for the times that are shown, and of sends without an offset [default: UTC]
    #[arg(long, env = "MAILPIXEL_TZ", value_name = "ZONE")]
    pub(crate) tz: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) sends: SendsArgs,
    #[command(flatten)]
    pub(crate) clock: ClockArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

#[derive(Args, Debug)]
pub(crate) struct RulesArgs {
    /// List the networks of mail scanners instead
    #[arg(long)]
    pub(crate) networks: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// Something that a report can be by.
fn dimension(name: &str) -> Result<Dimension, String> {
    Dimension::of_name(name).ok_or_else(|| {
        let names = || DIMENSIONS.iter().map(|(known, _)| *known);
        let likeness = |known: &&str| strsim::jaro_winkler(known, name);
        match names().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|nearest| likeness(nearest) > 0.7) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("a report can be by {}", names().collect::<Vec<_>>().join(", ")),
        }
    })
}

fn via(code: &str) -> Result<String, String> {
    let known = Via::of_code(code).map(|via| via.code().to_owned());
    known.ok_or_else(|| format!("known are {}", Via::ALL.map(Via::code).join(", ")))
}

fn filter(text: &str) -> Result<(Dimension, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as WHAT=VALUE, for example country=DE")?;
    Ok((dimension(name)?, value.to_owned()))
}

/// A path that may be empty, as an environment variable is that counts as unset.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

#[derive(Args, Debug)]
pub(crate) struct StorePlace {
    /// The folder of the event store [default: ./mailpixel-store]
    #[arg(long, env = "MAILPIXEL_STORE", value_name = "DIR", value_parser = path())]
    pub(crate) store: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(after_long_help = "\
A log is known by its content: rotated, packed, copied or moved, it is read once. Exit code 75: another run holds the store.

Examples:
  mailpixel ingest '/var/log/mailpixel/access.log*'
  */5 * * * *  mailpixel ingest --store /var/lib/mailpixel '/var/log/mailpixel/access.log*'   (in a crontab)")]
pub(crate) struct IngestArgs {
    /// Access logs, current and rotated ones: files, globs, folders (their access logs); plain, gzip or zstd
    #[arg(required = true, value_name = "LOG")]
    pub(crate) logs: Vec<String>,
    #[command(flatten)]
    pub(crate) store: StorePlace,
    /// Only say what would be read
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Wait while another run holds the store, instead of giving up with exit code 75
    #[arg(long)]
    pub(crate) wait: bool,
    /// Whose logs these are [default: the name of the machine that filled the store first]
    #[arg(long, value_name = "LABEL")]
    pub(crate) host: Option<String>,
    /// Say what was read even when all is well
    #[arg(short, long)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// For every command that uses sends; see `sends::load`.
#[derive(Args, Debug)]
#[command(next_help_heading = "Sends")]
pub(crate) struct SendsArgs {
    /// Who each message was sent to: CSV or Parquet with a column `message`, and campaign, recipient, sender, variant,
    /// sent_at, status, consent where known; a file or a glob; again for more
    #[arg(long, value_name = "FILE")]
    pub(crate) sends: Vec<String>,
    /// How messages are taken whose `consent` is unknown; there is no default
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) consent_unknown: Option<ConsentUnknown>,
}

/// For every command that shows campaigns or links; see `labels::load`.
#[derive(Args, Debug)]
#[command(next_help_heading = "Sends")]
pub(crate) struct LabelsArgs {
    /// What campaigns and links are called: CSV with a column `campaign`, and name, subject, date, owner, and a column
    /// such as `link:shop` for each link
    #[arg(long, value_name = "FILE")]
    pub(crate) campaigns: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ConsentUnknown {
    /// In rates, as if the recipient had agreed
    Tracked,
    /// Left out of rates, as if the recipient had refused
    Untracked,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// How the report is written [default: table, or what the name of the output file says]
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// Write to this file, which appears when it is whole
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compare {
    /// Messages with a human open or click
    Opens,
    /// Messages with a human click
    Clicks,
}

impl From<Compare> for Success {
    fn from(compare: Compare) -> Self {
        match compare {
            Compare::Opens => Self::Open,
            Compare::Clicks => Self::Click,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// Comma-separated values, all columns
    Csv,
    /// A list of objects, all columns
    Json,
    /// Apache Parquet, all columns
    Parquet,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Testing")]
pub(crate) struct ClockArgs {
    /// Take this for the present time
    #[arg(long, value_name = "TIME", hide = true)]
    pub(crate) now: Option<String>,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Reading")]
pub(crate) struct ReadingArgs {
    /// The log format as nginx writes it, or its name; again for logs of several formats
    #[arg(long, env = "MAILPIXEL_LOG_FORMAT", value_name = "FORMAT")]
    pub(crate) log_format: Vec<String>,
    /// The nginx.conf in which the named log formats are defined; its includes are followed
    #[arg(long, value_name = "FILE")]
    pub(crate) nginx_conf: Option<PathBuf>,
    /// Reject every line that can't be read, not only those that hold a tracking URL
    #[arg(long)]
    pub(crate) strict: bool,
    /// The share of tracking lines that may be unreadable before the exit code is 1 [default: 1%]
    #[arg(long, value_name = "SHARE")]
    pub(crate) max_rejected: Option<String>,
    /// A database of places or autonomous systems in MaxMind's format; again for a second one
    #[arg(long, value_name = "FILE")]
    pub(crate) geo: Vec<PathBuf>,
    /// The networks of mail scanners, instead of the built-in table: CSV with network,scope,certainty
    #[arg(long, value_name = "FILE")]
    pub(crate) scanner_networks: Option<PathBuf>,
    /// The exits of iCloud Private Relay, as Apple publishes them: CSV
    #[arg(long, value_name = "FILE")]
    pub(crate) apple_relay: Option<PathBuf>,
    /// Threads that read; ingest writes meanwhile with as many more [default: one for each core]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
}
