//! The campaign table for people: a readable choice of its columns, in words, with a total.

use std::io::{self, Write};

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};

use super::cell::Zone;
use super::sanitize::sanitize;
use crate::analysis::campaigns::{Campaign, Campaigns, NO_CAMPAIGN};
use crate::events::columns::campaign as column;

/// The columns that are shown between the name and the last one, with their headings.
const SHOWN: [(&str, &str); 6] = [
    (column::MESSAGES_SEEN, "Messages\nseen"),
    (column::UNIQUE_OPENS_HUMAN, "\nOpened"),
    (column::UNIQUE_OPENS_UNKNOWN, "Can't\ntell"),
    (column::UNIQUE_CLICKS, "\nClicked"),
    (column::UNSUBSCRIBES, "Unsub-\nscribed"),
    (column::MACHINE_ONLY, "Machines\nonly"),
];

/// Width of a table that does not go to a terminal.
const WIDTH_ELSEWHERE: u16 = 100;

/// Characters of a campaign's name that are shown whatever the width.
const NAME_WIDTH: usize = 16;

/// Writes the table; `width` is the terminal's, where there is one. Columns that do not fit are left out, from the
/// right, and long names are cut.
pub fn write(campaigns: &Campaigns, zone: &Zone, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    if campaigns.named.is_empty() && campaigns.others.is_none() {
        return Ok(());
    }
    let width = usize::from(width.unwrap_or(WIDTH_ELSEWHERE));
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (name, campaign) in &campaigns.named {
        rows.push(row(&sanitize(name.as_deref().unwrap_or(NO_CAMPAIGN)), campaign, zone));
    }
    if let Some((n, others)) = &campaigns.others {
        rows.push(row(&format!("({n} more campaigns)"), others, zone));
    }
    rows.push(row("Total", &campaigns.total(), zone));
    let headings: Vec<&str> = ["\nCampaign"].into_iter().chain(SHOWN.map(|(_, h)| h)).chain(["\nLast seen"]).collect();
    let mut shown = headings.len();
    while shown > 2 && NAME_WIDTH + others_width(&rows, &headings[..shown]) > width {
        shown -= 1;
    }
    let name_width = width.saturating_sub(others_width(&rows, &headings[..shown])).max(NAME_WIDTH);
    let mut table = Table::new();
    let rule = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(rule)).force_no_tty();
    table.set_header(&headings[..shown]);
    for mut row in rows {
        row.truncate(shown);
        row[0] = cut(&row[0], name_width);
        table.add_row(row);
    }
    for index in 1..shown.min(SHOWN.len() + 1) {
        let column = table.column_mut(index).expect("the table has this column");
        column.set_cell_alignment(CellAlignment::Right);
    }
    write_with_total(&table.trim_fmt(), out)
}

/// The width of all columns but the first, with the space around them and around the first.
fn others_width(rows: &[Vec<String>], headings: &[&str]) -> usize {
    let heading = |at: usize| headings[at].lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let widest = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0).max(heading(at));
    (1..headings.len()).map(|at| widest(at) + 3).sum::<usize>() + 2
}

/// The text, cut to a number of characters.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width - 1).chain(['…']).collect()
}

/// Writes the table's text with the rule under its header once more above its last row.
fn write_with_total(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let lines: Vec<&str> = text.lines().collect();
    let rule = lines.iter().find(|line| line.starts_with('─')).unwrap_or(&"");
    let (total, rest) = lines.split_last().unwrap_or((&"", &[]));
    rest.iter().chain([rule, total]).try_for_each(|line| writeln!(out, "{line}"))
}

fn row(name: &str, campaign: &Campaign, zone: &Zone) -> Vec<String> {
    let counts = SHOWN.iter().map(|(column, _)| {
        let count = campaign.counter(column).expect("every shown column is a counter");
        group_digits(count)
    });
    let last_seen =
        campaign.human_span_ms().map_or_else(|| "-".to_owned(), |(_, last)| zone.format(last, "%Y-%m-%d %H:%M"));
    [name.to_owned()].into_iter().chain(counts).chain([last_seen]).collect()
}

/// `1234567` as `1 234 567`.
pub fn group_digits(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_any_terminal() {
        let mut campaigns = Campaigns::default();
        for name in ["spring-sale", &"a-name-that-is-very-long-".repeat(8), "ümläut"] {
            campaigns.named.insert(Some(name.to_owned()), Campaign::default());
        }
        for (width, last) in [(40, "Opened"), (60, "Clicked"), (80, "Machines"), (100, "Last seen"), (200, "Last seen")]
        {
            let mut out = Vec::new();
            write(&campaigns, &Zone::utc(), Some(width), &mut out).expect("in memory");
            let text = String::from_utf8(out).expect("UTF-8");
            assert!(text.lines().all(|line| line.chars().count() <= usize::from(width)), "{width}\n{text}");
            assert!(text.contains(last), "{width}\n{text}");
            assert!(text.lines().last().is_some_and(|line| line.starts_with(" Total ")), "{text}");
            assert_eq!(text.lines().count(), 8, "{text}");
        }
    }

    #[test]
    fn groups_digits() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1 000"), (1_234_567, "1 234 567")] {
            assert_eq!(group_digits(n), text);
        }
    }
}
