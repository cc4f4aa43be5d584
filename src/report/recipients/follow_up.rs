//! Whom to follow up, for people.

use std::io::{self, Write};

use super::{instant, left_out, plural, text};
use crate::analysis::recipients::follow_up::{Certainty, FollowUp, FollowUps};
use crate::report::cell::Zone;
use crate::report::prose;
use crate::report::text_table::{ADDRESS_WIDTH, Heading, TextTable, group_digits};

/// Writes the sentence and the table; `width` is the terminal's, where there is one.
pub fn write(follow_ups: &FollowUps<'_>, zone: &Zone, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    prose::write(&sentence(follow_ups), width, out)?;
    let rows = &follow_ups.rows;
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    // Without a recipient, the message's id is all that names a row.
    let message_leaves = if rows.iter().all(|row| row.send.recipient().is_some()) { 7 } else { 0 };
    let note_leaves = if rows.iter().any(FollowUp::is_perhaps_forwarded) { 2 } else { 8 };
    let headings = vec![
        Heading::text("Recipient", 0),
        Heading::text("How sure", 0),
        Heading::text("Last seen", 1),
        Heading::text("Note", note_leaves),
        Heading::text("Campaign", 3),
        Heading::number("Opens", 4),
        Heading::number("Clicks", 5),
        Heading::text("Message", message_leaves),
    ];
    let cells = rows.iter().map(|row| {
        vec![
            text(row.send.recipient()),
            row.certainty.words().to_owned(),
            instant(row.last_seen_ms(), zone),
            if row.is_perhaps_forwarded() { "perhaps forwarded".to_owned() } else { String::new() },
            text(row.campaign()),
            group_digits(row.seen.engagement.opens_human),
            group_digits(row.seen.engagement.clicks),
            text(Some(row.send.message())),
        ]
    });
    TextTable { headings, rows: cells.collect(), cut: 0, least: ADDRESS_WIDTH, has_total: false }.write(width, out)
}

fn sentence(follow_ups: &FollowUps<'_>) -> String {
    let rows = &follow_ups.rows;
    let count = |certainty| rows.iter().filter(|row| row.certainty == certainty).count() as u64;
    let mut said = format!(
        "{} to follow up: {} clicked, {} opened, and of {} nobody can tell.",
        plural(rows.len() as u64, "message"),
        group_digits(count(Certainty::Clicked)),
        group_digits(count(Certainty::Opened)),
        group_digits(count(Certainty::CannotTell)),
    );
    let forwarded = rows.iter().filter(|row| row.is_perhaps_forwarded()).count() as u64;
    if forwarded > 0 {
        said.push_str(&format!(" Seen from 3 or more networks, perhaps forwarded: {}.", group_digits(forwarded)));
    }
    said + &left_out(follow_ups.unsubscribed)
}
