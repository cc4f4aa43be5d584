//! Where all hits went, in a few lines for people.

use std::io::{self, Write};

use super::reason_table::group;
use super::text_table::{Heading, LEAST_WIDTH, TextTable, group_digits};
use crate::analysis::funnel::{Funnel, Line};

/// Reasons of a group that are named.
const NAMED: usize = 4;

/// Writes an empty line and the funnel: all hits, those that are not counted, machines', can't tell, people's.
pub fn write(funnel: &Funnel, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    let lines = funnel.lines();
    if lines.is_empty() {
        return Ok(());
    }
    let all: Vec<&Line> = lines.iter().collect();
    let mut rows = vec![row("All", &all, String::new())];
    for of_group in all.chunk_by(|a, b| group(a.said) == group(b.said)) {
        rows.push(row(group(of_group[0].said), of_group, reasons(of_group)));
    }
    let headings = vec![
        Heading::text("Hits", 0),
        Heading::number("Pixel", 0),
        Heading::number("Links", 0),
        Heading::text("Reasons", 1),
    ];
    writeln!(out)?;
    TextTable { headings, rows, cut: 3, least: LEAST_WIDTH, has_total: false }.write(width, out)
}

fn row(name: &str, lines: &[&Line], reasons: String) -> Vec<String> {
    let sum = |count: fn(&Line) -> u64| group_digits(lines.iter().map(|line| count(line)).sum());
    vec![name.to_owned(), sum(|line| line.opens), sum(|line| line.clicks), reasons]
}

/// The most frequent reasons with their hits.
fn reasons(lines: &[&Line]) -> String {
    let mut lines = lines.to_vec();
    lines.sort_by_key(|line| std::cmp::Reverse(line.hits()));
    let name = |line: &&Line| format!("{} {}", line.code(), group_digits(line.hits()));
    let mut named: Vec<String> = lines.iter().take(NAMED).map(name).collect();
    if lines.len() > NAMED {
        named.push(format!("{} more", lines.len() - NAMED));
    }
    named.join(", ")
}
