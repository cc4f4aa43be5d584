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

/// The columns that are left out where the terminal is too narrow, in this order: when it was last seen, who
/// unsubscribed, what only machines saw, and then from the right.
const LEFT_OUT: [usize; 6] = [7, 5, 6, 4, 3, 2];

/// Writes the table; `width` is the terminal's, where there is one. Columns that do not fit are left out, and long
/// names are cut.
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
    let longest = rows.iter().map(|row| width_of(&row[0])).max().unwrap_or(0).max(width_of("Campaign"));
    let least = longest.min(NAME_WIDTH);
    let mut shown: Vec<usize> = (0..headings.len()).collect();
    for column in LEFT_OUT {
        if least + others_width(&rows, &headings, &shown) > width {
            shown.retain(|kept| *kept != column);
        }
    }
    let name_width = width.saturating_sub(others_width(&rows, &headings, &shown)).max(least);
    let mut table = Table::new();
    let rule = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(rule)).force_no_tty();
    table.set_header(shown.iter().map(|at| headings[*at]));
    for mut row in rows {
        row[0] = cut(&row[0], name_width);
        table.add_row(shown.iter().map(|at| row[*at].as_str()));
    }
    for (index, _) in shown.iter().enumerate().filter(|(_, at)| (1..=SHOWN.len()).contains(*at)) {
        let column = table.column_mut(index).expect("the table has this column");
        column.set_cell_alignment(CellAlignment::Right);
    }
    write_with_total(&table.trim_fmt(), out)
}

/// The width of all columns but the first, with the space around them and around the first.
fn others_width(rows: &[Vec<String>], headings: &[&str], shown: &[usize]) -> usize {
    let heading = |at: usize| headings[at].lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let widest = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0).max(heading(at));
    shown[1..].iter().map(|at| widest(*at) + 3).sum::<usize>() + 2
}

/// The text, cut to a width on the terminal.
fn cut(text: &str, width: usize) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let mut left = width - 1;
    let fits = |c: &char| {
        let fits = width_of_char(*c) <= left;
        left = left.saturating_sub(width_of_char(*c));
        fits
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

fn width_of(text: &str) -> usize {
    text.chars().map(width_of_char).sum()
}

/// The width of a character on a terminal, at most: among those that count as two are a few narrow ones, which is no
/// harm, and combining ones, which have none.
fn width_of_char(c: char) -> usize {
    if matches!(c, '\u{1100}'..='\u{11ff}' | '\u{2300}'..) { 2 } else { 1 }
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
        for name in ["spring-sale", &"a-name-that-is-very-long-".repeat(8), "ümläut", &"春".repeat(60)] {
            campaigns.named.insert(Some(name.to_owned()), Campaign::default());
        }
        for (width, last) in
            [(40, "Opened"), (60, "Clicked"), (70, "Machines"), (80, "scribed"), (100, "Last seen"), (200, "Last seen")]
        {
            let mut out = Vec::new();
            write(&campaigns, &Zone::utc(), Some(width), &mut out).expect("in memory");
            let text = String::from_utf8(out).expect("UTF-8");
            // Rules are made of characters that count as two.
            let is_rule = |line: &&str| line.starts_with('─');
            assert!(text.lines().filter(is_rule).all(|line| line.chars().count() <= width.into()), "{width}\n{text}");
            assert!(text.lines().filter(|l| !is_rule(l)).all(|l| width_of(l) <= width.into()), "{width}\n{text}");
            assert!(text.contains(last), "{width}\n{text}");
            assert!(text.lines().last().is_some_and(|line| line.starts_with(" Total ")), "{text}");
            assert_eq!(text.lines().count(), 9, "{text}");
        }
    }

    #[test]
    fn groups_digits() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1 000"), (1_234_567, "1 234 567")] {
            assert_eq!(group_digits(n), text);
        }
    }
}
