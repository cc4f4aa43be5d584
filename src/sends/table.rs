//! The sends of all files as one table, and what is found there for a hit.

use hashbrown::HashMap;

use super::chunk::Chunk;
use super::column::{Column, ColumnSet};
use super::index::{Index, Repeat, Rows};
use crate::events::names::{NameId, NameList};
use crate::model::send::{Consent, SendStatus};

/// The number of a send. A row that repeats another has a number that no look-up and no iteration gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SendId(u32);

impl SendId {
    /// The place of the send among all rows, repeats included: under [`Sends::n_rows`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What the sends say of a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The send of the hit: same campaign and message, or a hit without a campaign whose message stands in one
    /// campaign only.
    Send(SendId),
    /// The hit has a campaign, and the only send of the message has none: there is nothing to disagree about.
    WithoutCampaign(SendId),
    /// The hit's campaign has sends, and the only send of the message is in another campaign. The hit stays in its
    /// own campaign; what else the send says still holds.
    OtherCampaign(SendId),
    /// The hit's campaign has sends, and the message is neither among them nor in exactly one other campaign. Of a
    /// hit without a campaign: there are sends, and none of them has the message.
    UnknownMessage,
    /// The hit has no campaign, and its message stands in several.
    Ambiguous,
    /// The hit's campaign has no sends, or there are no sends at all: the hit is left alone. That its message has a
    /// send in another campaign changes nothing, because the ids of messages may come again in each campaign.
    NoSends,
}

/// All sends.
#[derive(Debug, Default)]
pub struct Sends {
    rows: Rows,
    index: Index,
    names: NameList,
    columns: ColumnSet,
    /// The campaigns that have sends.
    campaigns: HashMap<Box<[u8]>, NameId, foldhash::quality::RandomState>,
    /// Campaigns and their sends, no campaign first.
    counts: Vec<(NameId, u64)>,
    /// The numbers of the rows that repeat another, in order.
    repeats: Vec<u32>,
}

impl Sends {
    /// Makes a table of rows.
    pub(super) fn new(rows: Rows, names: NameList, columns: ColumnSet) -> (Self, Vec<Repeat>) {
        let (index, repeats) = Index::new(&rows);
        let mut sends = Self { rows, index, names, columns, ..Self::default() };
        sends.repeats = repeats.iter().map(|repeat| repeat.row).collect();
        sends.count_campaigns();
        (sends, repeats)
    }

    fn count_campaigns(&mut self) {
        let mut counts: HashMap<NameId, u64, foldhash::quality::RandomState> = HashMap::default();
        for (_, chunk) in self.rows.chunks() {
            let mut run = (NameId::NONE, 0);
            for campaign in (0..chunk.len()).map(|row| chunk.campaign(row)) {
                if campaign != run.0 {
                    *counts.entry(run.0).or_default() += run.1;
                    run = (campaign, 0);
                }
                run.1 += 1;
            }
            *counts.entry(run.0).or_default() += run.1;
        }
        for row in &self.repeats {
            let (chunk, row) = self.rows.place(*row);
            *counts.entry(chunk.campaign(row)).or_default() -= 1;
        }
        self.counts = counts.into_iter().filter(|(_, n)| *n > 0).collect();
        self.counts.sort_unstable_by_key(|(campaign, _)| self.names.bytes(*campaign));
        let names = self.counts.iter().filter_map(|(id, _)| Some((self.names.bytes(*id)?.into(), *id)));
        self.campaigns = names.collect();
    }

    /// How many sends there are.
    pub fn len(&self) -> usize {
        self.rows.len() - self.repeats.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many numbers of sends there are, those of repeats included.
    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// The columns that any file has.
    pub fn columns(&self) -> ColumnSet {
        self.columns
    }

    /// Whether any file has the column.
    pub fn has_column(&self, column: Column) -> bool {
        self.columns.has(column)
    }

    /// Whether the sends say what became of them.
    pub fn has_statuses(&self) -> bool {
        self.has_column(Column::Status)
    }

    /// Whether a campaign has sends.
    pub fn has_campaign(&self, campaign: &[u8]) -> bool {
        self.campaigns.contains_key(campaign)
    }

    /// The campaigns that have sends, in alphabetical order, and how many; no campaign is first.
    pub fn campaigns(&self) -> impl ExactSizeIterator<Item = (Option<&str>, u64)> {
        self.counts.iter().map(|(campaign, n)| (self.name(*campaign), *n))
    }

    /// All sends, in the order of the files and their rows.
    pub fn iter(&self) -> impl Iterator<Item = Send<'_>> {
        let mut repeats = self.repeats.iter().copied().peekable();
        let rows = self.rows.chunks().flat_map(|(start, chunk)| (0..chunk.len()).map(move |row| (start, chunk, row)));
        rows.filter_map(move |(start, chunk, row)| {
            let id = start + u32::try_from(row).expect("rows are counted in 32 bits");
            let is_repeat = repeats.next_if_eq(&id).is_some();
            (!is_repeat).then_some(Send { id: SendId(id), sends: self, chunk, row })
        })
    }

    /// A send.
    pub fn get(&self, id: SendId) -> Send<'_> {
        let (chunk, row) = self.rows.place(id.0);
        Send { id, sends: self, chunk, row }
    }

    /// The send of a hit; an empty campaign is none.
    pub fn find(&self, campaign: Option<&[u8]>, message: &[u8]) -> Found {
        match campaign.filter(|campaign| !campaign.is_empty()) {
            Some(campaign) => self.find_in(campaign, message),
            None => match self.index.message(&self.rows, message) {
                None if self.is_empty() => Found::NoSends,
                None => Found::UnknownMessage,
                Some(hit) if hit.in_several => Found::Ambiguous,
                Some(hit) => Found::Send(SendId(hit.first)),
            },
        }
    }

    /// The send of this campaign and message, and of no other campaign; none is a campaign of its own here.
    pub fn in_campaign(&self, campaign: Option<&[u8]>, message: &[u8]) -> Option<SendId> {
        let campaign = match campaign {
            None => NameId::NONE,
            Some(campaign) => *self.campaigns.get(campaign)?,
        };
        let hit = self.index.message(&self.rows, message)?;
        if self.campaign_of(hit.first) == campaign {
            return Some(SendId(hit.first));
        }
        let other = hit.in_several.then(|| self.index.in_campaign(&self.rows, campaign, message));
        other.flatten().map(SendId)
    }

    fn find_in(&self, campaign: &[u8], message: &[u8]) -> Found {
        let campaign = self.campaigns.get(campaign).copied();
        let hit = self.index.message(&self.rows, message);
        if let (Some(campaign), Some(hit)) = (campaign, hit) {
            if self.campaign_of(hit.first) == campaign {
                return Found::Send(SendId(hit.first));
            }
            if hit.in_several
                && let Some(row) = self.index.in_campaign(&self.rows, campaign, message)
            {
                return Found::Send(SendId(row));
            }
        }
        match (hit.filter(|hit| !hit.in_several), campaign) {
            (Some(hit), _) if self.campaign_of(hit.first) == NameId::NONE => Found::WithoutCampaign(SendId(hit.first)),
            (_, None) => Found::NoSends,
            (Some(hit), Some(_)) => Found::OtherCampaign(SendId(hit.first)),
            (None, Some(_)) => Found::UnknownMessage,
        }
    }

    fn campaign_of(&self, row: u32) -> NameId {
        let (chunk, row) = self.rows.place(row);
        chunk.campaign(row)
    }

    /// The text of a campaign, sender, variant or domain; `None` for none.
    pub fn name(&self, id: NameId) -> Option<&str> {
        self.names.bytes(id).map(|name| std::str::from_utf8(name).expect("cells that are not UTF-8 are refused"))
    }

    /// The file and the line of a row.
    pub(super) fn position(&self, row: u32) -> (usize, u64) {
        let (chunk, row) = self.rows.place(row);
        (chunk.file, chunk.line(row))
    }

    /// Whether two rows say the same.
    pub(super) fn is_same(&self, repeat: Repeat) -> bool {
        let ((chunk, row), (other, other_row)) = (self.rows.place(repeat.row), self.rows.place(repeat.first));
        chunk.is_same(row, other, other_row)
    }

    /// The message of a row.
    pub(super) fn message(&self, row: u32) -> &str {
        let (chunk, row) = self.rows.place(row);
        chunk.message(row)
    }
}

/// One send.
#[derive(Clone, Copy, Debug)]
pub struct Send<'a> {
    id: SendId,
    sends: &'a Sends,
    chunk: &'a Chunk,
    row: usize,
}

impl<'a> Send<'a> {
    /// Its number.
    pub fn id(self) -> SendId {
        self.id
    }

    /// The message's id.
    pub fn message(self) -> &'a str {
        self.chunk.message(self.row)
    }

    /// The campaign's id.
    pub fn campaign(self) -> Option<&'a str> {
        self.sends.name(self.campaign_id())
    }

    /// The campaign's number.
    pub fn campaign_id(self) -> NameId {
        self.chunk.campaign(self.row)
    }

    /// Who it was sent to.
    pub fn recipient(self) -> Option<&'a str> {
        Some(self.chunk.recipient(self.row)).filter(|recipient| !recipient.is_empty())
    }

    /// The part of the recipient's address behind its last `@`, in lower case.
    pub fn recipient_domain(self) -> Option<&'a str> {
        self.sends.name(self.recipient_domain_id())
    }

    /// The domain's number.
    pub fn recipient_domain_id(self) -> NameId {
        self.chunk.domain(self.row)
    }

    /// Who sent it.
    pub fn sender(self) -> Option<&'a str> {
        self.sends.name(self.sender_id())
    }

    /// The sender's number.
    pub fn sender_id(self) -> NameId {
        self.chunk.sender(self.row)
    }

    /// The version of the message.
    pub fn variant(self) -> Option<&'a str> {
        self.sends.name(self.variant_id())
    }

    /// The variant's number.
    pub fn variant_id(self) -> NameId {
        self.chunk.variant(self.row)
    }

    /// When it was sent, in milliseconds since 1970 UTC.
    pub fn sent_at_ms(self) -> Option<i64> {
        self.chunk.sent_at_ms(self.row)
    }

    /// What became of it.
    pub fn status(self) -> Option<SendStatus> {
        self.chunk.status(self.row)
    }

    /// Whether the recipient agreed to be tracked; `None` where no file has the column.
    pub fn consent(self) -> Option<Consent> {
        let said = self.chunk.consent(self.row);
        self.sends.has_column(Column::Consent).then(|| said.unwrap_or(Consent::Unknown))
    }
}
