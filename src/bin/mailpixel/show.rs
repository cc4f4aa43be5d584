//! `mailpixel report --show`: the reports about recipients.

use std::io::{self, Write};

use anyhow::bail;
use clap::{Args, ValueEnum};
use mailpixel::analysis::groups::Groups;
use mailpixel::analysis::question::Question;
use mailpixel::analysis::recipients::follow_up::FollowUps;
use mailpixel::analysis::recipients::history::Histories;
use mailpixel::analysis::recipients::not_opened::NotOpeneds;
use mailpixel::analysis::recipients::outcomes::Outcomes;
use mailpixel::analysis::recipients::pace::Paces;
use mailpixel::analysis::sent::Sending;
use mailpixel::model::window::Window;
use mailpixel::report::cell::Zone;
use mailpixel::report::recipients::{follow_up, history, not_opened, pace};
use mailpixel::report::{self, prose, sentence};
use mailpixel::sends::column::Column;
use polars::prelude::{DataFrame, PolarsResult};

use crate::args::ReportArgs;
use crate::output::Output;
use crate::when;

#[derive(Args, Debug)]
#[command(next_help_heading = "Recipients")]
pub(crate) struct ShowArgs {
    /// A report about recipients instead of one by groups; needs sends
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with_all = ["by", "actor", "via", "only"])]
    pub(crate) show: Option<Show>,
    /// follow-up: only what people first opened or clicked at this time or later
    #[arg(long, value_name = "TIME", requires = "show", conflicts_with = "since")]
    pub(crate) new_since: Option<String>,
    /// recipients: only those who neither opened nor clicked in so many days before now, or before --until. Keeping a
    /// list clean needs no more than that date
    #[arg(long, value_name = "N", requires = "show")]
    pub(crate) idle_days: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Show {
    /// Who opened or clicked, the surest first; without those who unsubscribed
    FollowUp,
    /// Who is not known to have opened, and what trace there is: none, can't tell, machines only
    NotOpened,
    /// Each recipient across campaigns: the last open or click. To keep a list clean, only that date is needed
    Recipients,
    /// Opened within 1 hour, 24 hours and 7 days, beside the same sender's earlier campaigns
    Pace,
}

/// A report about recipients that was asked for, and can be made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'a> {
    show: Show,
    new_since_ms: Option<i64>,
    idle_days: Option<u32>,
    /// The sends that the report is about.
    sending: Sending<'a>,
    /// The campaigns that it is about; none stands for all.
    campaigns: &'a [String],
}

/// What was asked for, checked; `None` where it was another report.
pub(crate) fn shown<'a>(
    args: &'a ReportArgs,
    sending: Option<Sending<'a>>,
    zone: &Zone,
) -> anyhow::Result<Option<Shown<'a>>> {
    let Some(show) = args.show.show else { return Ok(None) };
    let name = show.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
    let Some(sending) = sending else {
        bail!("--show {name} needs to know what was sent to whom: name a file with --sends");
    };
    let needed = match show {
        Show::FollowUp | Show::NotOpened => None,
        Show::Recipients => Some(Column::Recipient),
        Show::Pace => Some(Column::SentAt),
    };
    if let Some(column) = needed.filter(|column| !sending.sends.has_column(*column)) {
        bail!("--show {name} needs the column `{}`, which the sends don't have", column.name());
    }
    if args.since.is_some() && matches!(show, Show::NotOpened | Show::Pace) {
        bail!(
            "--show {name} can't take --since: what was opened before would look as if it had not been; --sent-since \
             chooses by the time of sending"
        );
    }
    if args.show.new_since.is_some() && show != Show::FollowUp {
        bail!("--new-since is for --show follow-up");
    }
    if args.show.idle_days.is_some() && show != Show::Recipients {
        bail!("--idle-days is for --show recipients");
    }
    let new_since_ms = args.show.new_since.as_deref().map(|text| when::instant(text, zone)).transpose()?;
    Ok(Some(Shown { show, new_since_ms, idle_days: args.show.idle_days, sending, campaigns: &args.campaign }))
}

impl<'a> Shown<'a> {
    /// What is to be asked of the rows. A campaign's pace stands beside that of others, which are read too.
    pub(crate) fn widen(self, question: Question<'a>) -> Question<'a> {
        match self.show {
            Show::Pace => Question { campaigns: &[], sending: Some(self.all_sent()), ..question },
            _ => question,
        }
    }

    fn all_sent(self) -> Sending<'a> {
        Sending { window: Window::ALWAYS, ..self.sending }
    }

    /// Whether it matters where the data end.
    pub(crate) fn needs_data_end(self) -> bool {
        self.show == Show::Pace
    }

    /// Writes the report of what was found; takes the messages out of it.
    pub(crate) fn write(
        self,
        groups: &mut Groups,
        data_end_ms: Option<i64>,
        format: Output,
        zone: &Zone,
        width: Option<u16>,
        out: &mut dyn Write,
    ) -> anyhow::Result<()> {
        let messages = std::mem::take(&mut groups.messages);
        let of = |sending, campaigns| Outcomes::new(sending, campaigns, messages, &groups.unsubscribed);
        let outcomes = match self.show {
            Show::Pace => of(self.all_sent(), &[]),
            _ => of(self.sending, self.campaigns),
        };
        match self.show {
            Show::FollowUp => {
                let rows = FollowUps::new(&outcomes, self.new_since_ms);
                write_as((format, width), zone, out, || rows.frame(), |out| follow_up::write(&rows, zone, width, out))
            }
            Show::NotOpened => {
                let rows = NotOpeneds::new(&outcomes);
                write_as((format, width), zone, out, || rows.frame(), |out| not_opened::write(&rows, zone, width, out))
            }
            Show::Recipients => {
                let rows = Histories::new(&outcomes, self.idle_days);
                write_as((format, width), zone, out, || rows.frame(), |out| history::write(&rows, zone, width, out))
            }
            Show::Pace => {
                let rows = Paces::new(&outcomes, self.sending.window, self.campaigns, data_end_ms);
                write_as((format, width), zone, out, || rows.frame(), |out| pace::write(&rows, zone, width, out))
            }
        }
    }
}

/// Writes the frame as data, or the table for people with what no log can see.
fn write_as(
    (format, width): (Output, Option<u16>),
    zone: &Zone,
    out: &mut dyn Write,
    frame: impl FnOnce() -> PolarsResult<DataFrame>,
    table: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    match format {
        Output::Data(format) => report::write(&frame()?, format, zone, out)?,
        Output::Table => {
            table(out)?;
            writeln!(out)?;
            prose::write(sentence::NOTE, width, out)?;
        }
    }
    Ok(())
}
