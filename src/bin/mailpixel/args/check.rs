//! The arguments of `mailpixel check`.

use clap::{Args, ValueEnum};

use super::{ClockArgs, ReadingArgs, SendsArgs, StorePlace};
use crate::settings;
use crate::when::{self, Span};

#[derive(Args, Debug)]
#[command(
    about = "Tell whether a message or a campaign was seen: for monitoring",
    after_long_help = "\
One line on standard output says which it is:
  seen         by a person (with --actor unknown also: nobody can tell by whom)
  can't tell   there are hits, and nobody can tell whether a person made them
  not yet      nobody has seen it, and the time of --within is not over
  not seen     nobody has seen it in time, or machines only
  stale        nobody has seen it, and the newest log line or event is older than --stale
  failed       something could not be read

Exit codes: 0 seen; 1 can't tell, not yet or not seen; 2 stale or failed.
With --nagios: 0 OK, seen; 1 WARNING, not yet; 2 CRITICAL, can't tell or not seen; 3 UNKNOWN, stale or failed.

Examples:
  mailpixel check alert-disk-full
  mailpixel check alert-disk-full 5f3a9c0e1b7d4a62 --within 15m
  mailpixel check spring-sale --within 2d --min-rate 20% --sends sends.csv
  */5 * * * *  mailpixel check alert-disk-full --within 15m --stale 1h >/dev/null || page-on-call   (in a crontab)
  command_line  mailpixel check $ARG1$ --within 2h --stale 30m --nagios   (a command of Nagios, Icinga or Sensu)"
)]
pub(crate) struct CheckArgs {
    /// The campaign; `(none)` is the campaign of hits that name none
    pub(crate) campaign: String,
    /// One message of it
    pub(crate) message: Option<String>,
    /// Access logs, instead of the event store: a file, a glob, a folder or -; again for more
    #[arg(long, value_name = "LOG")]
    pub(crate) log: Vec<String>,
    #[command(flatten)]
    pub(crate) store: StorePlace,
    /// What is seen later than this does not count: 90s, 15m, 2h, 3d. The clock starts when the message, or the last one of
    /// the campaign, was sent; where no sends say that, with the first hit that counts
    #[arg(long, value_name = "TIME", value_parser = when::span)]
    pub(crate) within: Option<Span>,
    /// Who must have seen it; `unknown` takes hits of which nobody can tell for seen
    #[arg(long, value_enum, value_name = "ACTOR", default_value = "human")]
    pub(crate) actor: Seer,
    /// The share of the campaign's tracked messages that must have been seen: 0.2 or 20%; needs sends
    #[arg(long, value_name = "SHARE", value_parser = rate, conflicts_with = "message")]
    pub(crate) min_rate: Option<f64>,
    /// The newest log line or event may be this old; else there is no answer
    #[arg(long, value_name = "TIME", value_parser = when::span)]
    pub(crate) stale: Option<Span>,
    /// Answer as monitoring plugins do: OK, WARNING, CRITICAL or UNKNOWN, and exit codes 0 to 3
    #[arg(long)]
    pub(crate) nagios: bool,
    /// Time zone for the times that are shown, and for sends without an offset [default: UTC]
    #[arg(long, env = "MAILPIXEL_TZ", value_name = "ZONE")]
    pub(crate) tz: Option<String>,
    #[command(flatten)]
    pub(crate) clock: ClockArgs,
    #[command(flatten)]
    pub(crate) sends: SendsArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// Who must have seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Seer {
    /// A person
    Human,
    /// A person, or somebody of whom nobody can tell
    Unknown,
}

fn rate(text: &str) -> Result<f64, String> {
    settings::share(text).filter(|rate| *rate > 0.0).ok_or_else(|| "write it as 20% or 0.2".to_owned())
}
