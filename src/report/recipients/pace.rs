//! How fast campaigns were opened, for people.

use std::io::{self, Write};

use super::{instant, plural, text};
use crate::analysis::recipients::pace::{Pace, Paces, Times, Usual};
use crate::report::cell::Zone;
use crate::report::prose;
use crate::report::rate;
use crate::report::text_table::{ADDRESS_WIDTH, Heading, TextTable, group_digits};

/// Writes the sentence and the table; `width` is the terminal's, where there is one.
pub fn write(paces: &Paces<'_>, zone: &Zone, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    prose::write(&sentence(paces, zone), width, out)?;
    if paces.rows.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    // Where nobody sent before, there is nothing to stand beside the rates.
    let usual = |at: usize, leave: u8| {
        let is_known = paces.rows.iter().any(|pace| pace.usual[at].is_some());
        Heading::number("usual, of\ncampaigns", if is_known { leave } else { 10 + leave })
    };
    let headings = vec![
        Heading::text("\nCampaign", 0),
        Heading::number("Opened\nin 24 hours", 0),
        usual(1, 1),
        Heading::number("Opened\nin 1 hour", 2),
        usual(0, 4),
        Heading::number("Opened\nin 7 days", 5),
        usual(2, 6),
        Heading::number("Half of opens\nwithin", 3),
        Heading::number("Half of clicks\nwithin", 8),
        Heading::text("\nSender", 7),
        Heading::text("\nFirst sent", 9),
    ];
    let cells = paces.rows.iter().map(|pace| {
        vec![
            text(pace.campaign),
            rate_cell(pace, 1),
            usual_cell(pace.usual[1]),
            rate_cell(pace, 0),
            usual_cell(pace.usual[0]),
            rate_cell(pace, 2),
            usual_cell(pace.usual[2]),
            half(&pace.to_open),
            half(&pace.to_click),
            text(pace.sender),
            instant(Some(pace.first_sent_ms), zone),
        ]
    });
    TextTable { headings, rows: cells.collect(), cut: 0, least: ADDRESS_WIDTH, has_total: false }.write(width, out)
}

fn rate_cell(pace: &Pace<'_>, at: usize) -> String {
    if pace.rates[at].is_none() { "too early".to_owned() } else { rate::cell(pace.rates[at]) }
}

/// `30.0 % of 4`: the median of so many campaigns.
fn usual_cell(usual: Option<Usual>) -> String {
    usual.map_or_else(|| "-".to_owned(), |usual| format!("{:.1} % of {}", usual.median * 100.0, usual.n))
}

/// `2 h 5 min (n = 47)`: the median, and of how many.
fn half(times: &Times) -> String {
    times.seconds(50).map_or_else(|| "-".to_owned(), |seconds| format!("{} (n = {})", duration(seconds), times.n()))
}

/// A duration in its two largest units.
fn duration(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

/// The sentence is about the campaign that was begun last, and is old enough for a rate.
fn sentence(paces: &Paces<'_>, zone: &Zone) -> String {
    let said = of_the_last(paces);
    match paces.data_end_ms {
        Some(end_ms) => {
            let end = instant(Some(end_ms), zone);
            format!("{said} What was read ends at {end}, and campaigns are as old as they were then.")
        }
        None => said,
    }
}

fn of_the_last(paces: &Paces<'_>) -> String {
    let Some(last) = paces.rows.last() else {
        return "No tracked message whose time is known was sent by a campaign that the report is about.".to_owned();
    };
    let within = [(1, "24 hours"), (0, "1 hour")];
    let name = text(last.campaign);
    let Some((at, span)) = within.into_iter().find(|(at, _)| last.rates[*at].is_some()) else {
        return format!(
            "The last of {}, {name}, is less than an hour old: too early for rates.",
            plural(paces.rows.len() as u64, "campaign")
        );
    };
    let spoken = last.rates[at].map_or_else(String::new, rate::spoken);
    let mut said = format!("Of {name}, the campaign begun last, {spoken} were opened or clicked within {span}");
    match last.usual[at] {
        Some(Usual { median, n }) => {
            let (median, campaigns) = (rate::percent(median), plural(n, "earlier campaign"));
            said.push_str(&format!("; the median of {campaigns} of the same sender is {median}."));
        }
        None => said.push_str("; there is no earlier campaign of the same sender."),
    }
    if let Some(seconds) = last.to_open.seconds(50) {
        let n = group_digits(last.to_open.n());
        said.push_str(&format!(" Half of those who opened did so within {} (n = {n}).", duration(seconds)));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_have_two_units() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (3599, "59 min"),
            (3600, "1 h 0 min"),
            (86_399, "23 h 59 min"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }
}
