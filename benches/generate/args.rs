//! The command line.

use std::path::PathBuf;

use clap::Parser;
use jiff::Timestamp;

use crate::campaigns::{LONGEST_PERIOD, SHORTEST_PERIOD};
use crate::delays::DAY;
use crate::lines::Format;
use crate::world::Wish;

/// Writes an access log of a server that tracks mail, made up of people, mail proxies, scanners and other traffic
///
/// The same arguments give the same bytes on every machine. Addresses of people are from ranges that belong to
/// nobody. Memory stays under 100 MB at any size.
#[derive(Parser)]
#[command(name = "generate")]
#[command(after_help = "Examples:
  generate --lines 4000000 --out access.log
  generate --lines 1000000 --pixel-share 0.01 --out - | wc -l
  generate --samples sample-logs
  generate --databases .")]
pub(crate) struct Args {
    /// How many lines to write
    #[arg(long, default_value_t = 4_000_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    lines: u64,

    /// Another seed gives another log
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// The shape of a line
    #[arg(long, value_enum, default_value_t = Format::Combined)]
    pub(crate) format: Format,

    /// The file to write; `-` is standard output
    #[arg(long, default_value = "-", value_name = "FILE")]
    pub(crate) out: PathBuf,

    /// How many campaigns there are
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u16).range(1..=999))]
    campaigns: u16,

    /// The share of lines that are pixel requests, at most 0.95: clicks and other traffic need the rest; 0.01 gives a
    /// log of ordinary web traffic
    #[arg(long, default_value_t = 0.93, value_name = "SHARE")]
    pixel_share: f64,

    /// When the log starts
    #[arg(long, default_value = "2026-11-02T08:00:00Z", value_name = "INSTANT")]
    start: Timestamp,

    /// How many days it covers
    #[arg(long, default_value_t = 14.0)]
    days: f64,

    /// Write the repository's sample logs into this folder instead
    #[arg(long, value_name = "DIR", exclusive = true)]
    pub(crate) samples: Option<PathBuf>,

    /// Write databases of places and autonomous systems into this folder instead: city.mmdb and asn.mmdb, which know
    /// all addresses of the logs
    #[arg(long, value_name = "DIR", exclusive = true)]
    pub(crate) databases: Option<PathBuf>,
}

impl Args {
    /// What to generate, or what is wrong with the arguments.
    pub(crate) fn wish(&self) -> Result<Wish, String> {
        if !(0.0..=0.95).contains(&self.pixel_share) {
            return Err(format!("--pixel-share {}: expected a share from 0 to 0.95", self.pixel_share));
        }
        let period = (self.days * DAY as f64).round() as i64;
        if !(SHORTEST_PERIOD..=LONGEST_PERIOD).contains(&period) {
            return Err(format!("--days {}: expected from 0.042 (an hour) to 366 days", self.days));
        }
        let start = self.start.as_millisecond();
        if !(0..=LAST_START).contains(&start) {
            return Err(format!("--start {}: expected an instant from 1970 to 9990", self.start));
        }
        Ok(Wish {
            seed: self.seed,
            lines: self.lines,
            campaigns: self.campaigns,
            // Millionths, because sums of integers are the same on every machine.
            pixel_share: (self.pixel_share * 1e6).round() as u64,
            start,
            end: start + period,
        })
    }
}

/// The first day of the year 9990: a log of a year ends before jiff's time does.
const LAST_START: i64 = 253_086_768_000_000;
