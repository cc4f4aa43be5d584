//! Who is not known to have opened, for people.

use std::io::{self, Write};

use super::{instant, left_out, plural, text};
use crate::analysis::recipients::not_opened::{NotOpeneds, Trace};
use crate::report::cell::Zone;
use crate::report::prose;
use crate::report::text_table::{ADDRESS_WIDTH, Heading, TextTable, group_digits};

/// Writes the sentence and the table; `width` is the terminal's, where there is one.
pub fn write(not_opened: &NotOpeneds<'_>, zone: &Zone, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    prose::write(&sentence(not_opened), width, out)?;
    let rows = &not_opened.rows;
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    // Without a recipient, the message's id is all that names a row.
    let message_leaves = if rows.iter().all(|row| row.send.recipient().is_some()) { 4 } else { 0 };
    let headings = vec![
        Heading::text("Recipient", 0),
        Heading::text("Trace", 0),
        Heading::text("Sent", 1),
        Heading::text("Campaign", 2),
        Heading::text("Variant", 3),
        Heading::text("Message", message_leaves),
    ];
    let cells = rows.iter().map(|row| {
        vec![
            text(row.send.recipient()),
            row.trace.words().to_owned(),
            instant(row.send.sent_at_ms(), zone),
            text(row.send.campaign()),
            text(row.send.variant()),
            text(Some(row.send.message())),
        ]
    });
    TextTable { headings, rows: cells.collect(), cut: 0, least: ADDRESS_WIDTH, has_total: false }.write(width, out)
}

fn sentence(not_opened: &NotOpeneds<'_>) -> String {
    let [nothing, cannot_tell, machines] = Trace::ALL.map(|trace| not_opened.count(trace));
    let not_known = nothing + cannot_tell + machines;
    let mut said = format!(
        "Of {} that were {}, {} {} not known to be opened: {} without a trace, {} where nobody can tell, {} seen by \
         machines only.",
        plural(not_opened.tracked, "tracked message"),
        not_opened.base_word,
        group_digits(not_known),
        if not_known == 1 { "is" } else { "are" },
        group_digits(nothing),
        group_digits(cannot_tell),
        group_digits(machines),
    );
    if cannot_tell > 0 {
        said.push_str(" Never write \"you did not open\" where nobody can tell: Apple's privacy protection hides it.");
    }
    said + &left_out(not_opened.unsubscribed)
}
