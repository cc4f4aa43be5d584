//! Where all hits went, in a few lines for people.

use std::io::{self, Write};

use super::reason_table::group;
use super::text_table::{Heading, LEAST_WIDTH, TextTable, WIDTH_ELSEWHERE, group_digits, text_width};
use crate::analysis::funnel::{Funnel, Line};

/// Reasons of a group that are named, at most.
const NAMED: usize = 4;

/// Writes an empty line and the funnel: all hits, those that are not counted, machines', can't tell, people's.
pub fn write(funnel: &Funnel, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    let lines = funnel.lines();
    if lines.is_empty() {
        return Ok(());
    }
    let all: Vec<&Line> = lines.iter().collect();
    let mut rows = vec![row("All", &all)];
    let groups: Vec<&[&Line]> = all.chunk_by(|a, b| group(a.said) == group(b.said)).collect();
    rows.extend(groups.iter().map(|of_group| row(group(of_group[0].said), of_group)));
    // A name that is cut says little: fewer are named where there is no room.
    let counts: usize =
        (0..3).map(|at| rows.iter().map(|row| text_width(&row[at])).max().unwrap_or(0).max(5) + 3).sum();
    let room = usize::from(width.unwrap_or(WIDTH_ELSEWHERE)).saturating_sub(counts + 2);
    for (row, of_group) in rows.iter_mut().skip(1).zip(groups) {
        let texts = (1..=NAMED).rev().map(|n_named| reasons(of_group, n_named));
        row[3] = texts.into_iter().find(|text| text_width(text) <= room).unwrap_or_else(|| reasons(of_group, 1));
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

fn row(name: &str, lines: &[&Line]) -> Vec<String> {
    let sum = |count: fn(&Line) -> u64| group_digits(lines.iter().map(|line| count(line)).sum());
    vec![name.to_owned(), sum(|line| line.opens), sum(|line| line.clicks), String::new()]
}

/// The most frequent reasons with their hits.
fn reasons(lines: &[&Line], n_named: usize) -> String {
    let mut lines = lines.to_vec();
    lines.sort_by_key(|line| std::cmp::Reverse(line.hits()));
    let name = |line: &&Line| format!("{} {}", line.code(), group_digits(line.hits()));
    let mut named: Vec<String> = lines.iter().take(n_named).map(name).collect();
    if lines.len() > n_named {
        named.push(format!("{} more", lines.len() - n_named));
    }
    named.join(", ")
}
