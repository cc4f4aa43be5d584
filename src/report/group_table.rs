//! The groups of a report for people: a readable choice of their columns, in words, with a total.

use std::borrow::Cow;
use std::io::{self, Write};

use super::cell::Zone;
use super::rate;
use super::sanitize::sanitize;
use super::text_table::{Align, Heading, LEAST_WIDTH, TextTable, group_digits};
use crate::analysis::dimension::Dimension;
use crate::analysis::group_key::Label;
use crate::analysis::groups::{Groups, NO_CAMPAIGN};
use crate::analysis::statistics::proportion::Proportion;
use crate::analysis::tally::{SentTally, Tally};
use crate::events::attributes::Attribute;
use crate::events::columns::campaign as column;
use crate::sends::labels::Labels;

/// A column of a table, and what leaves first where there is no room.
enum Shown {
    Count(&'static str, &'static str, u8),
    Rate(fn(&SentTally) -> Option<Proportion>, &'static str, u8),
    LastSeen(u8),
    /// A bar as long as the counter is large beside that of the other groups.
    Bar(&'static str, u8),
}

/// The columns where nothing is known of what was sent.
const OF_HITS: [Shown; 7] = [
    Shown::Count(column::MESSAGES_SEEN, "Messages\nseen", 0),
    Shown::Count(column::UNIQUE_OPENS_HUMAN, "\nOpened", 1),
    Shown::Count(column::UNIQUE_OPENS_UNKNOWN, "Can't\ntell", 2),
    Shown::Count(column::UNIQUE_CLICKS, "\nClicked", 3),
    Shown::Count(column::UNSUBSCRIBES, "Unsub-\nscribed", 5),
    Shown::Count(column::MACHINE_ONLY, "Machines\nonly", 4),
    Shown::LastSeen(6),
];

/// The columns of groups of sends.
const OF_SENDS: [Shown; 7] = [
    Shown::Rate(SentTally::open_min, "Opened\nat least", 0),
    Shown::Rate(SentTally::open_max, "\nat most", 1),
    Shown::Rate(SentTally::click, "\nClicked", 2),
    Shown::Rate(SentTally::open_without_apple, "Opened\nwithout Apple", 3),
    Shown::Rate(SentTally::click_to_open, "Clicked\nof opened", 4),
    Shown::Count(column::UNSUBSCRIBES, "Unsub-\nscribed", 5),
    Shown::LastSeen(6),
];

/// The columns of clicks by link.
const OF_LINKS: [Shown; 6] = [
    Shown::Count(column::UNIQUE_CLICKS, "Messages\nclicked", 0),
    Shown::Count(column::CLICKS, "\nClicks", 1),
    Shown::Count(column::UNKNOWN_CLICKS, "Can't\ntell", 3),
    Shown::Count(column::MACHINE_CLICKS, "\nMachines'", 2),
    Shown::Count(column::UNSUBSCRIBES, "Unsub-\nscribed", 4),
    Shown::LastSeen(5),
];

/// The columns of hours and days.
const OF_TIMES: [Shown; 6] = [
    Shown::Count(column::OPENS_HUMAN, "\nOpens", 0),
    Shown::Bar(column::OPENS_HUMAN, 3),
    Shown::Count(column::OPENS_UNKNOWN, "Can't\ntell", 1),
    Shown::Count(column::CLICKS, "\nClicks", 0),
    Shown::Count(column::MACHINE_PIXEL_HITS, "Machines'\npixels", 4),
    Shown::Count(column::MACHINE_CLICKS, "Machines'\nclicks", 5),
];

/// Characters of the longest bar.
const BAR: u64 = 20;

/// The columns that say most of these groups.
fn shown(groups: &Groups) -> &'static [Shown] {
    let is_by = |dimension| groups.by.contains(&dimension);
    if groups.base.is_some() {
        &OF_SENDS
    } else if is_by(Dimension::Link) {
        &OF_LINKS
    } else if is_by(Dimension::Hour) || is_by(Dimension::Day) {
        &OF_TIMES
    } else {
        &OF_HITS
    }
}

/// Writes the table; `width` is the terminal's, where there is one.
/// Campaigns and links stand under their labels, where they have any.
pub fn write(groups: &Groups, labels: &Labels, zone: &Zone, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    if groups.groups.is_empty() && groups.others.is_none() {
        return Ok(());
    }
    let shown = shown(groups);
    let largest = |name: &str| groups.groups.iter().filter_map(|group| group.tally.counter(name)).max().unwrap_or(0);
    let n_labels = groups.by.len();
    let row = |labels: Vec<String>, tally: &Tally| -> Vec<String> {
        labels.into_iter().chain(shown.iter().map(|shown| cell(shown, tally, zone, &largest))).collect()
    };
    let only_first = |name: String| std::iter::once(name).chain((1..n_labels).map(|_| String::new())).collect();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for group in &groups.groups {
        rows.push(row(texts(&group.labels, &groups.by, labels, zone), &group.tally));
    }
    if let Some((n, others)) = &groups.others {
        rows.push(row(only_first(format!("({n} more campaigns)")), others));
    }
    let has_total = groups.adds_up();
    if has_total {
        rows.push(row(only_first("Total".to_owned()), &groups.total()));
    }
    let names = groups.by.iter().map(|dimension| Heading {
        text: Cow::Owned(format!("\n{}", spelt(*dimension))),
        align: Align::Left,
        leave: 0,
    });
    let headings = names.chain(shown.iter().map(heading)).collect();
    TextTable { headings, rows, cut: 0, least: LEAST_WIDTH, has_total }.write(width, out)
}

/// The values of a group as people know them.
fn texts(values: &[Label], by: &[Dimension], labels: &Labels, zone: &Zone) -> Vec<String> {
    let campaign = by.iter().position(|dimension| *dimension == Dimension::Campaign).map(|at| &values[at]);
    let campaign = if let Some(Label::Text(campaign)) = campaign { campaign } else { "" };
    let text = |(value, dimension): (&Label, &Dimension)| match (value, dimension) {
        (Label::Text(id), Dimension::Campaign) => sanitize(labels.campaign_label(id)).into_owned(),
        (Label::Text(id), Dimension::Link) => sanitize(labels.link_label(campaign, id)).into_owned(),
        _ => label_text(value, zone),
    };
    values.iter().zip(by).map(text).collect()
}

fn heading(shown: &Shown) -> Heading {
    match shown {
        Shown::Count(_, text, leave) | Shown::Rate(_, text, leave) => Heading::number(text, *leave),
        Shown::LastSeen(leave) => Heading::text("\nLast seen", *leave),
        Shown::Bar(_, leave) => Heading::text("", *leave),
    }
}

fn cell(shown: &Shown, tally: &Tally, zone: &Zone, largest: &dyn Fn(&str) -> u64) -> String {
    match shown {
        Shown::Count(name, ..) => group_digits(tally.counter(name).expect("every shown column is a counter")),
        Shown::Rate(of, ..) => rate::cell(of(&tally.sent)),
        Shown::Bar(name, _) => bar(tally.counter(name).unwrap_or(0), largest(name)),
        Shown::LastSeen(_) => {
            tally.human_span_ms().map_or_else(|| "-".to_owned(), |(_, last)| zone.format(last, "%Y-%m-%d %H:%M"))
        }
    }
}

/// A bar in eighths of a character.
fn bar(n: u64, largest: u64) -> String {
    let eighths = (n * BAR * 8).checked_div(largest).unwrap_or(0).max(u64::from(n > 0));
    let whole = "█".repeat(usize::try_from(eighths / 8).unwrap_or(0));
    let part = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][usize::try_from(eighths % 8).unwrap_or(0)];
    format!("{whole}{part}")
}

/// A value for a terminal.
pub fn label_text(label: &Label, zone: &Zone) -> String {
    match label {
        Label::Missing => NO_CAMPAIGN.to_owned(),
        Label::Instant(ms) => zone.format(*ms, "%Y-%m-%d %H:%M"),
        Label::Text(text) => sanitize(text).into_owned(),
    }
}

/// The name of a dimension as it stands above its values.
fn spelt(dimension: Dimension) -> String {
    match dimension {
        Dimension::Attribute(Attribute::Os) => return "OS".to_owned(),
        Dimension::Attribute(Attribute::Asn) => return "Autonomous system".to_owned(),
        _ => {}
    }
    let text = dimension.name().replace('_', " ");
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::groups::Group;
    use crate::report::text_table::text_width;

    #[test]
    fn fits_any_terminal() {
        let mut groups = Groups { by: vec![Dimension::Campaign], ..Groups::default() };
        for name in ["spring-sale", &"a-name-that-is-very-long-".repeat(8), "ümläut", &"春".repeat(60)] {
            groups.groups.push(Group { labels: vec![Label::Text(name.to_owned())], tally: Tally::default() });
        }
        for (width, last) in
            [(40, "Opened"), (60, "Clicked"), (70, "Machines"), (80, "scribed"), (100, "Last seen"), (200, "Last seen")]
        {
            let mut out = Vec::new();
            write(&groups, &Labels::default(), &Zone::utc(), Some(width), &mut out).expect("in memory");
            let text = String::from_utf8(out).expect("UTF-8");
            assert!(text.lines().all(|line| text_width(line) <= width.into()), "{width}\n{text}");
            assert!(text.contains(last), "{width}\n{text}");
            assert!(text.lines().last().is_some_and(|line| line.starts_with(" Total ")), "{text}");
            assert_eq!(text.lines().count(), 9, "{text}");
        }
    }
}
