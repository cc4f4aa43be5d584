//! The campaign table for people: a readable choice of its columns, in words, with a total.

use std::io::{self, Write};

use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};

use super::cell::Zone;
use super::sanitize::sanitize;
use crate::analysis::campaigns::{Campaign, Campaigns, NO_CAMPAIGN};
use crate::events::columns::campaign as column;

/// The counters that are shown, with their headings.
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

/// Writes the table; `width` is the terminal's, where there is one.
pub fn write(campaigns: &Campaigns, zone: &Zone, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    if campaigns.named.is_empty() && campaigns.others.is_none() {
        return Ok(());
    }
    let mut table = Table::new();
    let rule = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(rule)).set_content_arrangement(ContentArrangement::Dynamic);
    table.force_no_tty().set_width(width.unwrap_or(WIDTH_ELSEWHERE));
    table.set_header(["\nCampaign"].into_iter().chain(SHOWN.map(|(_, heading)| heading)).chain(["\nLast seen"]));
    for (name, campaign) in &campaigns.named {
        table.add_row(row(&sanitize(name.as_deref().unwrap_or(NO_CAMPAIGN)), campaign, zone));
    }
    if let Some((n, others)) = &campaigns.others {
        table.add_row(row(&format!("({n} more campaigns)"), others, zone));
    }
    table.add_row(row("Total", &campaigns.total(), zone));
    for index in 1..=SHOWN.len() + 1 {
        let column = table.column_mut(index).expect("the table has this column");
        // Only the names of campaigns may be broken into lines.
        column.set_constraint(ColumnConstraint::ContentWidth);
        if index <= SHOWN.len() {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    write_with_total(&table.trim_fmt(), out)
}

/// Writes the table's text with the rule under its header once more above its last row.
fn write_with_total(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let lines: Vec<&str> = text.lines().collect();
    let rule = lines.iter().find(|line| line.starts_with('─')).unwrap_or(&"");
    let (total, rest) = lines.split_last().unwrap_or((&"", &[]));
    rest.iter().chain([rule, total]).try_for_each(|line| writeln!(out, "{line}"))
}

fn row(name: &str, campaign: &Campaign, zone: &Zone) -> Vec<Cell> {
    let counts = SHOWN.iter().map(|(column, _)| {
        let count = campaign.counter(column).expect("every shown column is a counter");
        Cell::new(group_digits(count))
    });
    let last_seen =
        campaign.human_span_ms().map_or_else(|| "-".to_owned(), |(_, last)| zone.format(last, "%Y-%m-%d %H:%M"));
    [Cell::new(name)].into_iter().chain(counts).chain([Cell::new(last_seen)]).collect()
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
    fn groups_digits() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1 000"), (1_234_567, "1 234 567")] {
            assert_eq!(group_digits(n), text);
        }
    }
}
