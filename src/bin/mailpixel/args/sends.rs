//! The arguments of `mailpixel sends`.

use clap::{Args, Subcommand};

use super::{LabelsArgs, SendsArgs, StorePlace};

#[derive(Args, Debug)]
pub(crate) struct SendsCommandArgs {
    #[command(subcommand)]
    pub(crate) command: SendsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SendsCommand {
    /// Keep sends in the store, so that reports need no file: a file that was added before changes nothing
    #[command(after_long_help = "\
A row replaces what the store has of the same campaign and message: the newest file wins, and so a file with later
statuses or consents is simply added. Of several files, a later one is newer. Columns that a file does not have keep their
values; an empty cell of a column that it has is empty from then on. A file without the column `campaign` is about the
campaign that has the message. A file is known by its bytes: added once, it changes nothing when it is named again.

Examples:
  mailpixel sends add spring-sale.csv
  mailpixel sends add withdrawn.csv          (message,campaign,consent)
  0 * * * *  mailpixel sends add -q --store /var/lib/mailpixel '/var/spool/sends/*.csv'   (in a crontab)")]
    Add {
        /// CSV or Parquet, as for --sends; files or globs; - for standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<String>,
        #[command(flatten)]
        store: StorePlace,
        /// Only say what would change, each file by itself
        #[arg(long)]
        dry_run: bool,
        /// Also add files whose bytes were added before, over what came after them
        #[arg(long)]
        again: bool,
        /// Wait while another run holds the store, instead of giving up with exit code 75
        #[arg(long)]
        wait: bool,
        /// Time zone for times without an offset
        #[arg(long, env = "MAILPIXEL_TZ", value_name = "ZONE")]
        tz: Option<String>,
    },
    /// Which sends reports use: their rows, columns, campaigns and times
    Status {
        #[command(flatten)]
        store: StorePlace,
        #[command(flatten)]
        sends: SendsArgs,
        #[command(flatten)]
        labels: LabelsArgs,
        /// Time zone for times without an offset, and for those that are shown
        #[arg(long, env = "MAILPIXEL_TZ", value_name = "ZONE")]
        tz: Option<String>,
    },
    /// Remove the sends of a campaign from the store
    Remove {
        /// The campaign; `(none)` is that of sends that name none; again for more
        #[arg(long, required = true, value_name = "NAME")]
        campaign: Vec<String>,
        #[command(flatten)]
        store: StorePlace,
        /// Wait while another run holds the store
        #[arg(long)]
        wait: bool,
    },
}
