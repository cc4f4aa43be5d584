//! The campaign table for people: a readable choice of its columns, in words, with a total.

use std::io::{self, Write};

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, TableStyle};

use super::cell::Zone;
use super::sanitize::sanitize;
use crate::analysis::campaigns::{Campaign, Campaigns, NO_CAMPAIGN};
use crate::events::columns::campaign as column;

/// The counters that are shown, with their headings.
const SHOWN: [(&str, &str); 6] = [
    (column::MESSAGES_SEEN, "Messages seen"),
    (column::UNIQUE_OPENS_HUMAN, "Opened"),
    (column::UNIQUE_OPENS_UNKNOWN, "Can't tell"),
    (column::UNIQUE_CLICKS, "Clicked"),
    (column::UNSUBSCRIBES, "Unsub- scribed"),
    (column::MACHINE_ONLY, "Machines only"),
];

/// Width of a table that does not go to a terminal.
const WIDTH_ELSEWHERE: u16 = 100;

/// Writes the table; `width` is the terminal's, where there is one.
pub fn write(campaigns: &Campaigns, zone: &Zone, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    if campaigns.named.is_empty() && campaigns.others.is_none() {
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(TableStyle::new()).set_content_arrangement(ContentArrangement::Dynamic);
    table.force_no_tty().set_width(width.unwrap_or(WIDTH_ELSEWHERE));
    let headings = ["Campaign"].into_iter().chain(SHOWN.map(|(_, heading)| heading)).chain(["Last seen"]);
    table.set_header(headings);
    for (name, campaign) in &campaigns.named {
        table.add_row(row(&sanitize(name.as_deref().unwrap_or(NO_CAMPAIGN)), campaign, zone));
    }
    if let Some((n, others)) = &campaigns.others {
        table.add_row(row(&format!("({n} more campaigns)"), others, zone));
    }
    table.add_row(row("Total", &campaigns.total(), zone));
    for index in 1..=SHOWN.len() {
        let column = table.column_mut(index).expect("the table has this column");
        column.set_cell_alignment(CellAlignment::Right);
    }
    writeln!(out, "{}", table.trim_fmt())
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
        if i > 0 && (digits.len() - i) % 3 == 0 {
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
