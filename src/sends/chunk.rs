//! Some thousand sends, column by column, as one thread has read them.

use super::bad_row::Fault;
use super::column::{Column, ColumnSet};
use crate::events::names::{LocalNames, NameId, Names};
use crate::model::send::{Consent, SendStatus};

/// No time: far before any mail.
const NO_TIME: i64 = i64::MIN;

/// No status or consent.
const NO_CODE: u8 = u8::MAX;

/// Texts, one behind the other.
#[derive(Clone, Debug, Default)]
struct Packed {
    text: String,
    ends: Vec<u32>,
}

impl Packed {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).expect("a chunk is far smaller than 4 GiB"));
    }

    fn get(&self, row: usize) -> &str {
        let Some(end) = self.ends.get(row) else { return "" };
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.text[start as usize..*end as usize]
    }

    fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

/// Consecutive rows that stand on consecutive lines.
#[derive(Clone, Copy, Debug)]
struct Lines {
    row: u32,
    line: u64,
}

/// The cells of one row; a missing cell is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row<'a> {
    /// The message's id.
    pub message: &'a [u8],
    /// The campaign's id.
    pub campaign: &'a [u8],
    /// Who it was sent to.
    pub recipient: &'a [u8],
    /// Who sent it.
    pub sender: &'a [u8],
    /// The version of the message.
    pub variant: &'a [u8],
    /// When it was sent.
    pub sent_at_ms: Option<i64>,
    /// What became of it.
    pub status: &'a [u8],
    /// Whether the recipient agreed to be tracked.
    pub consent: &'a [u8],
}

/// Sends of one file. A column that the file does not have takes no memory.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    columns: ColumnSet,
    /// The index of the file.
    pub file: usize,
    message: Packed,
    recipient: Packed,
    campaign: Vec<NameId>,
    domain: Vec<NameId>,
    sender: Vec<NameId>,
    variant: Vec<NameId>,
    sent_at_ms: Vec<i64>,
    status: Vec<u8>,
    consent: Vec<u8>,
    lines: Vec<Lines>,
}

impl Chunk {
    /// No sends of a file that has these columns.
    pub fn new(file: usize, columns: ColumnSet) -> Self {
        Self { file, columns, ..Self::default() }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.message.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the next rows belong in another chunk: offsets of texts are 32 bits.
    pub fn is_full(&self) -> bool {
        const ROWS: usize = 64 << 10;
        const BYTES: usize = 64 << 20;
        self.len() >= ROWS || self.message.text.len() >= BYTES || self.recipient.text.len() >= BYTES
    }

    /// Adds a row, or says why it can't be used.
    pub fn push(&mut self, line: u64, row: &Row<'_>, names: &mut LocalNames, all_names: &Names) -> Result<(), Fault> {
        let message = text(Column::Message, row.message)?;
        if message.is_empty() {
            return Err(Fault::cell(Column::Message, b"", "is empty"));
        }
        let recipient = text(Column::Recipient, row.recipient)?;
        let status = status(row.status)?;
        let consent = consent(row.consent)?;
        for (column, cell) in
            [(Column::Campaign, row.campaign), (Column::Sender, row.sender), (Column::Variant, row.variant)]
        {
            text(column, cell)?;
        }
        // Every cell is good: from here on the row is in.
        self.note_line(line);
        self.message.push(message);
        for (column, ids, cell) in [
            (Column::Campaign, &mut self.campaign, row.campaign),
            (Column::Sender, &mut self.sender, row.sender),
            (Column::Variant, &mut self.variant, row.variant),
        ] {
            if self.columns.has(column) {
                ids.push(names.id(cell, all_names));
            }
        }
        if self.columns.has(Column::Recipient) {
            self.recipient.push(recipient);
            self.domain.push(domain(recipient, names, all_names));
        }
        if self.columns.has(Column::SentAt) {
            self.sent_at_ms.push(row.sent_at_ms.unwrap_or(NO_TIME));
        }
        if self.columns.has(Column::Status) {
            self.status.push(status.map_or(NO_CODE, |status| status as u8));
        }
        if self.columns.has(Column::Consent) {
            self.consent.push(consent as u8);
        }
        Ok(())
    }

    fn note_line(&mut self, line: u64) {
        let row = u32::try_from(self.len()).expect("a chunk is far smaller than four billion rows");
        let expected = self.lines.last().map(|last| last.line + u64::from(row - last.row));
        if expected != Some(line) {
            self.lines.push(Lines { row, line });
        }
    }

    /// Gives back the memory that no row needs.
    pub fn shrink(&mut self) {
        self.message.shrink();
        self.recipient.shrink();
        for ids in [&mut self.campaign, &mut self.domain, &mut self.sender, &mut self.variant] {
            ids.shrink_to_fit();
        }
        self.sent_at_ms.shrink_to_fit();
        self.status.shrink_to_fit();
        self.consent.shrink_to_fit();
        self.lines.shrink_to_fit();
    }

    /// The line of a row.
    pub fn line(&self, row: usize) -> u64 {
        let after = self.lines.partition_point(|lines| lines.row as usize <= row);
        let Some(lines) = after.checked_sub(1).map(|i| self.lines[i]) else { return 0 };
        lines.line + (row - lines.row as usize) as u64
    }

    /// The message's id.
    pub fn message(&self, row: usize) -> &str {
        self.message.get(row)
    }

    /// Who it was sent to; empty where that is not known.
    pub fn recipient(&self, row: usize) -> &str {
        self.recipient.get(row)
    }

    /// The domain of the recipient's address.
    pub fn domain(&self, row: usize) -> NameId {
        name(&self.domain, row)
    }

    /// The campaign.
    pub fn campaign(&self, row: usize) -> NameId {
        name(&self.campaign, row)
    }

    /// The sender.
    pub fn sender(&self, row: usize) -> NameId {
        name(&self.sender, row)
    }

    /// The variant.
    pub fn variant(&self, row: usize) -> NameId {
        name(&self.variant, row)
    }

    /// When it was sent.
    pub fn sent_at_ms(&self, row: usize) -> Option<i64> {
        self.sent_at_ms.get(row).copied().filter(|ms| *ms != NO_TIME)
    }

    /// What became of it.
    pub fn status(&self, row: usize) -> Option<SendStatus> {
        SendStatus::ALL.get(usize::from(*self.status.get(row)?)).copied()
    }

    /// Whether the recipient agreed; `None` where the file has no such column.
    pub fn consent(&self, row: usize) -> Option<Consent> {
        Consent::ALL.get(usize::from(*self.consent.get(row)?)).copied()
    }

    /// Whether two rows say the same.
    pub fn is_same(&self, row: usize, other: &Self, other_row: usize) -> bool {
        let ids = |chunk: &Self, row| (chunk.campaign(row), chunk.sender(row), chunk.variant(row));
        let codes = |chunk: &Self, row| (chunk.sent_at_ms(row), chunk.status(row), chunk.consent(row));
        self.message(row) == other.message(other_row)
            && self.recipient(row) == other.recipient(other_row)
            && ids(self, row) == ids(other, other_row)
            && codes(self, row) == codes(other, other_row)
    }
}

fn name(ids: &[NameId], row: usize) -> NameId {
    ids.get(row).copied().unwrap_or(NameId::NONE)
}

fn text(column: Column, cell: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(cell).map_err(|_| Fault::cell(column, cell, "is not UTF-8; save the file in UTF-8"))
}

/// The part of an address behind its last `@`, in lower case; the address may stand in `Name <…>`.
fn domain(recipient: &str, names: &mut LocalNames, all_names: &Names) -> NameId {
    let Some((_, domain)) = recipient.rsplit_once('@') else { return NameId::NONE };
    let domain = domain.trim_end_matches('>').trim_ascii_end();
    if domain.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
        names.id(domain.to_lowercase().as_bytes(), all_names)
    } else {
        names.id(domain.as_bytes(), all_names)
    }
}

fn status(cell: &[u8]) -> Result<Option<SendStatus>, Fault> {
    if cell.is_empty() {
        return Ok(None);
    }
    let known = || format!("is no status; write {}", one_of(&SendStatus::ALL.map(SendStatus::code)));
    SendStatus::parse(cell).map(Some).ok_or_else(|| Fault::cell(Column::Status, cell, known()))
}

fn consent(cell: &[u8]) -> Result<Consent, Fault> {
    let known = || format!("is no consent; write {}", one_of(&Consent::ALL.map(Consent::code)));
    Consent::parse(cell).ok_or_else(|| Fault::cell(Column::Consent, cell, known()))
}

fn one_of(words: &[&str]) -> String {
    let (last, others) = words.split_last().expect("there are words");
    format!("{} or {last}", others.join(", "))
}
