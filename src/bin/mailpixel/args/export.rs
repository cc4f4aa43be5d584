//! The arguments of `mailpixel export`.

use std::path::PathBuf;

use clap::Args;

use super::{ClockArgs, ReadingArgs, SendsArgs, StorePlace, path};

#[derive(Args, Debug)]
#[command(after_long_help = "\
DIR gets index.csv and index.json, and a folder for each campaign with summary, links, days, clients and reasons, each as
CSV and Parquet; with sends also variants and domains, where they have them. A folder is replaced as a whole, and only
when something in it changed.

Examples:
  mailpixel export --out reports
  */10 * * * *  mailpixel export --store /var/lib/mailpixel --out /srv/reports   (in a crontab)")]
pub(crate) struct ExportArgs {
    /// The folder to write to; it is made where it is not there
    #[arg(long, value_name = "DIR", value_parser = path())]
    pub(crate) out: PathBuf,
    /// Access logs: files, globs, folders (their access logs), or - for standard input. Without any, the event store is read
    #[arg(value_name = "LOG")]
    pub(crate) logs: Vec<String>,
    #[command(flatten)]
    pub(crate) store: StorePlace,
    /// Only these campaigns, and leave the others as they are; `(none)` is the campaign of hits that name none
    #[arg(long, value_name = "NAME")]
    pub(crate) campaign: Vec<String>,
    /// Time zone for days and the times in CSV and JSON [default: UTC]
    #[arg(long, env = "MAILPIXEL_TZ", value_name = "ZONE")]
    pub(crate) tz: Option<String>,
    /// Say how much was written even when all is well
    #[arg(short, long)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) clock: ClockArgs,
    #[command(flatten)]
    pub(crate) sends: SendsArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}
