//! Every reason with its hits, for people.

use std::io::{self, Write};

use super::text_table::{Heading, LEAST_WIDTH, TextTable, group_digits};
use crate::analysis::funnel::{Funnel, Line, Said};
use crate::model::actor::Actor;

/// Writes the table; `width` is the terminal's, where there is one.
pub fn write(funnel: &Funnel, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    let lines = funnel.lines();
    if lines.is_empty() {
        return Ok(());
    }
    let sum = |count: fn(&Line) -> u64| lines.iter().map(count).sum();
    let mut rows: Vec<Vec<String>> = lines.iter().map(row).collect();
    rows.push(cells("Total", String::new(), sum(|line| line.opens), sum(|line| line.clicks), String::new()));
    let headings = vec![
        Heading::text("Hits are", 0),
        Heading::text("Reason", 0),
        Heading::number("Pixel", 0),
        Heading::number("Links", 0),
        Heading::text("What was seen", 1),
    ];
    TextTable { headings, rows, cut: 4, least: LEAST_WIDTH, has_total: true }.write(width, out)
}

fn row(line: &Line) -> Vec<String> {
    cells(group(line.said), line.code(), line.opens, line.clicks, line.words().to_owned())
}

fn cells(group: &str, reason: String, opens: u64, clicks: u64, words: String) -> Vec<String> {
    vec![group.to_owned(), reason, group_digits(opens), group_digits(clicks), words]
}

/// The word for what was said of hits.
pub fn group(said: Said) -> &'static str {
    match said {
        Said::Duplicate | Said::NotCounted(_) => "not counted",
        Said::Judged(Actor::Machine, ..) => "machines'",
        Said::Judged(Actor::Unknown, ..) => "can't tell",
        Said::Judged(Actor::Human, ..) => "people's",
    }
}
