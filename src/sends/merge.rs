//! New sends over those that are kept: which are new, which say something else, and what holds then.

use super::chunk::{Chunk, Row};
use super::column::{Column, ColumnSet};
use super::index::Rows;
use super::table::{Found, Send, Sends};
use crate::events::names::{LocalNames, Names};
use crate::model::send::{Consent, SendStatus};

/// Messages that are named because their campaign can't be told.
const NAMED: usize = 100;

/// What new sends change.
#[derive(Debug, Default)]
pub struct Changes {
    /// The sends that are new or say something else, as they are from now on.
    pub sends: Sends,
    /// How many are new.
    pub added: u64,
    /// How many say something else than before.
    pub updated: u64,
    /// How many say what was known.
    pub unchanged: u64,
    /// How many are left out: the file has no campaigns, and the message stands in several.
    pub ambiguous: u64,
    /// The first of those messages.
    pub first_ambiguous: Vec<String>,
}

/// Puts new sends over kept ones. A send replaces the one of the same campaign and message; columns that the new files
/// do not have keep their values, and so does the campaign, where the message stands in one only.
pub fn merge(kept: &Sends, new: Sends) -> Changes {
    if kept.is_empty() {
        return Changes { added: new.len() as u64, sends: new, ..Changes::default() };
    }
    let mut columns = kept.columns();
    columns.extend(new.columns());
    let mut rows = ChangedRows::new(columns);
    let mut changes = Changes::default();
    for send in new.iter() {
        let before = match before(kept, &new, send) {
            Ok(before) => before,
            Err(Ambiguous) => {
                changes.ambiguous += 1;
                if changes.first_ambiguous.len() < NAMED {
                    changes.first_ambiguous.push(send.message().to_owned());
                }
                continue;
            }
        };
        let row = merged(send, new.columns(), before);
        match before {
            None => changes.added += 1,
            Some(before) if row == merged(before, kept.columns(), None) => {
                changes.unchanged += 1;
                continue;
            }
            Some(_) => changes.updated += 1,
        }
        rows.push(&row);
    }
    changes.sends = rows.into_sends();
    changes
}

/// The sends that a condition holds for.
pub fn retain(sends: &Sends, mut keep: impl FnMut(Send<'_>) -> bool) -> Sends {
    let mut rows = ChangedRows::new(sends.columns());
    sends.iter().filter(|send| keep(*send)).for_each(|send| rows.push(&merged(send, sends.columns(), None)));
    rows.into_sends()
}

/// The message stands in several campaigns.
struct Ambiguous;

/// The kept send that a new one is about.
fn before<'k>(kept: &'k Sends, new: &Sends, send: Send<'_>) -> Result<Option<Send<'k>>, Ambiguous> {
    let message = send.message().as_bytes();
    if new.has_column(Column::Campaign) {
        let campaign = send.campaign().map(str::as_bytes);
        return Ok(kept.in_campaign(campaign, message).map(|id| kept.get(id)));
    }
    match kept.find(None, message) {
        Found::Send(id) => Ok(Some(kept.get(id))),
        Found::Ambiguous => Err(Ambiguous),
        _ => Ok(None),
    }
}

/// A send whose missing columns are those of the one before.
fn merged<'a>(send: Send<'a>, has: ColumnSet, before: Option<Send<'a>>) -> Row<'a> {
    let from = |column| if has.has(column) { Some(send) } else { before };
    let text =
        |column, value: fn(Send<'a>) -> Option<&'a str>| from(column).and_then(value).unwrap_or_default().as_bytes();
    Row {
        message: send.message().as_bytes(),
        campaign: text(Column::Campaign, Send::campaign),
        recipient: text(Column::Recipient, Send::recipient),
        sender: text(Column::Sender, Send::sender),
        variant: text(Column::Variant, Send::variant),
        sent_at_ms: from(Column::SentAt).and_then(Send::sent_at_ms),
        status: text(Column::Status, |send| send.status().map(SendStatus::code)),
        consent: text(Column::Consent, |send| send.consent().map(Consent::code)),
    }
}

/// Rows on their way into a table of their own.
struct ChangedRows {
    columns: ColumnSet,
    names: Names,
    local: LocalNames,
    chunks: Vec<Chunk>,
    chunk: Chunk,
}

impl ChangedRows {
    fn new(columns: ColumnSet) -> Self {
        let chunk = Chunk::new(0, columns);
        Self { columns, names: Names::default(), local: LocalNames::default(), chunks: Vec::new(), chunk }
    }

    fn push(&mut self, row: &Row<'_>) {
        self.chunk.push(0, row, &mut self.local, &self.names).expect("the row was good before");
        if self.chunk.is_full() {
            self.chunk.shrink();
            self.chunks.push(std::mem::replace(&mut self.chunk, Chunk::new(0, self.columns)));
        }
    }

    fn into_sends(mut self) -> Sends {
        if !self.chunk.is_empty() {
            self.chunk.shrink();
            self.chunks.push(self.chunk);
        }
        Sends::new(Rows::new(self.chunks), self.names.into_list(), self.columns).0
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::sends::load::{Options, load};

    fn sends(text: &str) -> Sends {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(text.as_bytes()).expect("written");
        load(&[file.path().to_owned()], &Options::default()).expect("sends").sends
    }

    fn check(kept: &str, new: &str, counts: [u64; 4], expected: &[&str]) {
        let changes = merge(&sends(kept), sends(new));
        assert_eq!([changes.added, changes.updated, changes.unchanged, changes.ambiguous], counts, "{new}");
        let rows: Vec<String> = changes.sends.iter().map(words).collect();
        assert_eq!(rows, expected, "{new}");
    }

    fn words(send: Send<'_>) -> String {
        let status = send.status().map(SendStatus::code);
        let consent = send.consent().map(Consent::code);
        let texts = [Some(send.message()), send.campaign(), send.recipient(), send.variant(), status, consent];
        texts.map(|text| text.unwrap_or("-")).join(" ")
    }

    #[test]
    fn newest_wins() {
        let kept = "message,campaign,recipient,status\nm1,a,ann,sent\nm2,a,bob,sent\nm1,b,ann,sent\nm4,,dan,sent\n";
        let same = "campaign,message,status,recipient\na,m2,sent,bob\na,m1,sent,ann\n";
        check(kept, same, [0, 0, 2, 0], &[]);
        let new = "message,campaign,recipient,status\nm1,a,ann,bounced\nm3,a,cy,sent\nm2,a,,sent\nm4,,dan,sent\n";
        check(kept, new, [1, 2, 1, 0], &["m1 a ann - bounced -", "m3 a cy - sent -", "m2 a - - sent -"]);
    }

    #[test]
    fn what_a_file_does_not_say_stays() {
        let kept = "message,campaign,recipient,status\nm1,a,ann,sent\nm2,a,bob,sent\nm1,b,ann,sent\nm4,,dan,sent\n";
        let consents = "message,campaign,consent\nm2,a,denied\nm1,b,\nm4,,denied\n";
        check(
            kept,
            consents,
            [0, 3, 0, 0],
            &["m2 a bob - sent denied", "m1 b ann - sent unknown", "m4 - dan - sent denied"],
        );
        let bare = "message,consent\nm2,denied\nm1,denied\nm5,granted\n";
        check(kept, bare, [1, 1, 0, 1], &["m2 a bob - sent denied", "m5 - - - - granted"]);
    }

    #[test]
    fn the_first_sends_are_all_new() {
        check("message\n", "message,variant\nm1,A\nm1,A\n", [1, 0, 0, 0], &["m1 - - A - -"]);
    }

    #[test]
    fn retains_what_is_wanted() {
        let all = sends("message,campaign,recipient\nm1,a,ann\nm2,b,bob\nm1,b,cy\n");
        let left = retain(&all, |send| send.campaign() == Some("b"));
        assert_eq!(left.iter().map(words).collect::<Vec<_>>(), ["m2 b bob - - -", "m1 b cy - - -"]);
    }
}
