//! The campaign table for people: a readable choice of its columns, in words, with a total.

use std::io::{self, Write};

use super::cell::Zone;
use super::sanitize::sanitize;
use super::text_table::{Heading, LEAST_WIDTH, TextTable, group_digits};
use crate::analysis::campaigns::{Campaign, Campaigns, NO_CAMPAIGN};
use crate::events::columns::campaign as column;

/// The columns that are shown between the name and the last one, with their headings, and which of them leave first where
/// there is no room.
const SHOWN: [(&str, &str, u8); 6] = [
    (column::MESSAGES_SEEN, "Messages\nseen", 0),
    (column::UNIQUE_OPENS_HUMAN, "\nOpened", 1),
    (column::UNIQUE_OPENS_UNKNOWN, "Can't\ntell", 2),
    (column::UNIQUE_CLICKS, "\nClicked", 3),
    (column::UNSUBSCRIBES, "Unsub-\nscribed", 5),
    (column::MACHINE_ONLY, "Machines\nonly", 4),
];

/// Writes the table; `width` is the terminal's, where there is one.
pub fn write(campaigns: &Campaigns, zone: &Zone, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    if campaigns.named.is_empty() && campaigns.others.is_none() {
        return Ok(());
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (name, campaign) in &campaigns.named {
        rows.push(row(&sanitize(name.as_deref().unwrap_or(NO_CAMPAIGN)), campaign, zone));
    }
    if let Some((n, others)) = &campaigns.others {
        rows.push(row(&format!("({n} more campaigns)"), others, zone));
    }
    rows.push(row("Total", &campaigns.total(), zone));
    let first = Heading::text("\nCampaign", 0);
    let last = Heading::text("\nLast seen", 6);
    let headings =
        [first].into_iter().chain(SHOWN.map(|(_, text, leave)| Heading::number(text, leave))).chain([last]).collect();
    TextTable { headings, rows, cut: 0, least: LEAST_WIDTH, has_total: true }.write(width, out)
}

fn row(name: &str, campaign: &Campaign, zone: &Zone) -> Vec<String> {
    let counts = SHOWN.iter().map(|(column, ..)| {
        let count = campaign.counter(column).expect("every shown column is a counter");
        group_digits(count)
    });
    let last_seen =
        campaign.human_span_ms().map_or_else(|| "-".to_owned(), |(_, last)| zone.format(last, "%Y-%m-%d %H:%M"));
    [name.to_owned()].into_iter().chain(counts).chain([last_seen]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::text_table::text_width;

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
            assert!(text.lines().all(|line| text_width(line) <= width.into()), "{width}\n{text}");
            assert!(text.contains(last), "{width}\n{text}");
            assert!(text.lines().last().is_some_and(|line| line.starts_with(" Total ")), "{text}");
            assert_eq!(text.lines().count(), 9, "{text}");
        }
    }
}
