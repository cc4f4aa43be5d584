//! Recipients across campaigns, for people.

use std::io::{self, Write};

use super::{instant, plural, text};
use crate::analysis::recipients::history::Histories;
use crate::report::cell::Zone;
use crate::report::prose;
use crate::report::text_table::{ADDRESS_WIDTH, Heading, TextTable, group_digits};

/// Writes the sentence and the table; `width` is the terminal's, where there is one.
pub fn write(histories: &Histories<'_>, zone: &Zone, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    prose::write(&sentence(histories, zone), width, out)?;
    if histories.rows.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let headings = vec![
        Heading::text("Recipient", 0),
        Heading::text("Last engaged", 0),
        Heading::number("Messages", 1),
        Heading::number("Confirmed", 2),
        Heading::number("Clicked", 5),
        Heading::number("Can't tell", 3),
        Heading::text("Last sent", 4),
        Heading::number("Campaigns", 6),
    ];
    let cells = histories.rows.iter().map(|row| {
        vec![
            text(Some(row.recipient)),
            row.last_engaged_ms.map_or_else(|| "never".to_owned(), |ms| instant(Some(ms), zone)),
            group_digits(row.messages),
            group_digits(row.confirmed),
            group_digits(row.clicked),
            group_digits(row.cannot_tell),
            instant(row.last_sent_ms, zone),
            group_digits(row.engaged_campaigns()),
        ]
    });
    TextTable { headings, rows: cells.collect(), cut: 0, least: ADDRESS_WIDTH, has_total: false }.write(width, out)
}

fn sentence(histories: &Histories<'_>, zone: &Zone) -> String {
    let rows = &histories.rows;
    let never = rows.iter().filter(|row| row.last_engaged_ms.is_none()).count() as u64;
    let mut said = match histories.idle_since_ms {
        Some(since) => format!(
            "Of {}, {} did not open or click since {}, {} of them never.",
            plural(histories.recipients, "recipient"),
            group_digits(rows.len() as u64),
            instant(Some(since), zone),
            group_digits(never),
        ),
        None => format!(
            "Of {}, {} opened or clicked at least once, {} never.",
            plural(histories.recipients, "recipient"),
            group_digits(rows.len() as u64 - never),
            group_digits(never),
        ),
    };
    let unsure = rows.iter().filter(|row| row.last_engaged_ms.is_none() && row.cannot_tell > 0).count() as u64;
    if unsure > 0 {
        said.push_str(&format!(
            " Of {} of those who never did nobody can tell: Apple's privacy protection hides it.",
            group_digits(unsure)
        ));
    }
    said
}
