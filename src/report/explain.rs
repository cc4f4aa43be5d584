//! One message, hit by hit, for people.

use std::io::{self, Write};

use polars::prelude::{DataFrame, PolarsResult};

use super::cell::Zone;
use super::sanitize::sanitize;
use super::text_table::{Heading, TextTable};
use crate::analysis::detail::{Hit, words};
use crate::analysis::engagement::Engagement;
use crate::events::columns::event as column;
use crate::model::actor::Actor;
use crate::model::kind::Kind;
use crate::model::reason::NotCounted;

/// Writes what happened to a message: a sentence, its hits in time order, and the opens that they became. `events` is the
/// frame that the hits are of.
pub fn write(
    hits: &[Hit],
    events: &DataFrame,
    engagement: &Engagement,
    zone: &Zone,
    width: Option<u16>,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{}", sentence(engagement))?;
    writeln!(out)?;
    let rows = rows(hits, events, zone).map_err(io::Error::other)?;
    without_empty_columns(TextTable {
        headings: HEADINGS.to_vec(),
        rows,
        cut: WHY,
        least: LEAST_WHY,
        has_total: false,
    })
    .write(width, out)?;
    write_opens(hits, zone, out)
}

/// The columns of the table.
const HEADINGS: [Heading; 9] = [
    Heading::text("Time", 0),
    Heading::text("Asked for", 0),
    Heading::text("Who", 0),
    Heading::text("Why", 0),
    Heading::text("Looks odd", 2),
    Heading::text("Client", 1),
    Heading::text("System", 4),
    Heading::text("Place", 3),
    Heading::number("Open", 0),
];

/// The column of reasons.
const WHY: usize = 3;

/// With so many characters, a reason can be understood.
const LEAST_WHY: usize = 28;

/// Leaves out what is known of no hit. Reasons always are, so that their place stays.
fn without_empty_columns(table: TextTable) -> TextTable {
    let TextTable { headings, rows, cut, least, has_total } = table;
    let kept: Vec<usize> =
        (0..headings.len()).filter(|at| *at <= cut || rows.iter().any(|row| !row[*at].is_empty())).collect();
    let headings = kept.iter().map(|at| headings[*at].clone()).collect();
    let rows = rows.iter().map(|row| kept.iter().map(|at| row[*at].clone()).collect()).collect();
    TextTable { headings, rows, cut, least, has_total }
}

/// What happened, in a sentence that claims no more than is known.
fn sentence(engagement: &Engagement) -> String {
    let times = |n: u64| match n {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    };
    let mut parts = Vec::new();
    if engagement.opens_human > 0 {
        parts.push(format!("opened by a person {}", times(engagement.opens_human)));
    }
    if engagement.clicks > 0 {
        parts.push(format!("clicked by a person {}", times(engagement.clicks)));
    }
    if engagement.unsubscribed {
        parts.push("unsubscribed".to_owned());
    }
    if engagement.opens_unknown > 0 {
        parts.push(format!("perhaps opened {} (nobody can tell)", times(engagement.opens_unknown)));
    }
    if engagement.unknown_clicks > 0 {
        parts.push(format!("perhaps clicked {} (nobody can tell)", times(engagement.unknown_clicks)));
    }
    if parts.is_empty() {
        let machines = engagement.machine_pixel_hits + engagement.machine_clicks;
        return if machines > 0 { "Seen by machines only" } else { "No hit counts" }.to_owned();
    }
    let text = parts.join(", ");
    text[..1].to_uppercase() + &text[1..]
}

fn rows(hits: &[Hit], events: &DataFrame, zone: &Zone) -> PolarsResult<Vec<Vec<String>>> {
    let texts = |name: &str| -> PolarsResult<Vec<String>> {
        let column = events.column(name)?.str()?;
        Ok(hits.iter().map(|hit| sanitize(column.get(hit.at).unwrap_or_default()).into_owned()).collect())
    };
    let [links, methods, clients, versions, systems] =
        [column::LINK, column::METHOD, column::CLIENT, column::CLIENT_VERSION, column::OS].map(texts);
    let (links, methods, clients, versions, systems) = (links?, methods?, clients?, versions?, systems?);
    let [countries, cities] = [column::COUNTRY, column::CITY].map(texts);
    let (countries, cities) = (countries?, cities?);
    let statuses = events.column(column::STATUS)?.i64()?;
    let has_ms = hits.iter().any(|hit| hit.row.ts_ms % 1000 != 0);
    let time_format = if has_ms { "%Y-%m-%d %H:%M:%S.%3f" } else { "%Y-%m-%d %H:%M:%S" };
    let row = |(i, hit): (usize, &Hit)| {
        let what = if hit.row.kind == Kind::Open { "pixel".to_owned() } else { links[i].clone() };
        let what = if methods[i] == "GET" { what } else { format!("{} {what}", methods[i]) };
        let version = versions[i].split('.').next().unwrap_or_default();
        vec![
            zone.format(hit.row.ts_ms, time_format),
            what,
            who(hit).to_owned(),
            why(hit, statuses.get(hit.at).unwrap_or_default()),
            hit.row.suspicions.to_string(),
            join(&[&clients[i], version], " "),
            systems[i].clone(),
            join(&[&cities[i], &countries[i]], ", "),
            hit.open.map_or_else(String::new, |open| open.to_string()),
        ]
    };
    Ok(hits.iter().enumerate().map(row).collect())
}

fn join(parts: &[&str], between: &str) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(between)
}

fn who(hit: &Hit) -> &'static str {
    if hit.is_duplicate || hit.row.not_counted.is_some() {
        return "not counted";
    }
    match hit.row.actor {
        Actor::Human => "person",
        Actor::Unknown => "can't tell",
        Actor::Machine => "machine",
    }
}

/// The reason in words. The client column names a proxy.
fn why(hit: &Hit, status: i64) -> String {
    match hit.row.not_counted {
        Some(NotCounted::Status) if !hit.is_duplicate => format!("the status {status} does not count"),
        _ => words(hit).to_owned(),
    }
}

fn write_opens(hits: &[Hit], zone: &Zone, out: &mut dyn Write) -> io::Result<()> {
    let Some(last) = hits.iter().filter_map(|hit| hit.open).max() else { return Ok(()) };
    writeln!(out)?;
    for number in 1..=last {
        let of_open: Vec<&Hit> = hits.iter().filter(|hit| hit.open == Some(number)).collect();
        let is_human = of_open.iter().any(|hit| hit.row.actor == Actor::Human);
        let start = of_open.first().map_or(0, |hit| hit.row.ts_ms);
        writeln!(
            out,
            "Open {number}: {}, {}, {}",
            zone.format(start, "%Y-%m-%d %H:%M:%S"),
            if is_human { "a person" } else { "can't tell" },
            if of_open.len() == 1 { "1 hit".to_owned() } else { format!("{} hits", of_open.len()) }
        )?;
    }
    Ok(())
}
