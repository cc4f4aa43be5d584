//! The arguments of `mailpixel store`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::StorePlace;

#[derive(Args, Debug)]
pub(crate) struct StoreArgs {
    #[command(flatten)]
    pub(crate) store: StorePlace,
    /// Wait while another run holds the store
    #[arg(long, global = true)]
    pub(crate) wait: bool,
    #[command(subcommand)]
    pub(crate) command: StoreCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// What is in the store, what was read, and what is still to be read
    Status,
    /// Check every event file, the ledger and the counts against each other
    Verify,
    /// Put the small files of each day together
    Compact,
    /// Link all event files into a new folder that does not change, for other engines
    Snapshot {
        /// The new folder, on the store's file system
        folder: PathBuf,
    },
    /// Make the ledger again from the event files
    Rebuild,
    /// Apply today's rules to the stored events whose user agent was kept, and print what changed
    Reclassify {
        /// Only say what would change
        #[arg(long)]
        dry_run: bool,
    },
    /// Remove the days that are older than this; they stay removed when their logs are read again
    Prune {
        /// Days
        #[arg(long, value_name = "DAYS")]
        older_than: u32,
    },
}
