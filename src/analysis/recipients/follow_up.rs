//! Whom to follow up: every message that was opened or clicked, or may have been.

use std::cmp::Reverse;

use polars::prelude::{DataFrame, PolarsResult};

use super::outcomes::Outcomes;
use super::series::{counts, instants, texts};
use crate::analysis::message_seen::MessageSeen;
use crate::events::columns::recipient as column;
use crate::sends::table::Send;

/// From this many networks on, a message was perhaps forwarded.
const FORWARDED_NETWORKS: u32 = 3;

/// How sure it is that somebody engaged, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// A person clicked.
    Clicked,
    /// A person opened.
    Opened,
    /// It was opened or clicked, and nobody can tell whether by a person.
    CannotTell,
}

impl Certainty {
    fn of(seen: &MessageSeen) -> Option<Self> {
        let engagement = &seen.engagement;
        if engagement.clicks > 0 {
            Some(Self::Clicked)
        } else if engagement.opens_human > 0 {
            Some(Self::Opened)
        } else {
            (engagement.opens_unknown + engagement.unknown_clicks > 0).then_some(Self::CannotTell)
        }
    }

    /// The stable code, as exported.
    pub fn code(self) -> &'static str {
        match self {
            Self::Clicked => "clicked",
            Self::Opened => "opened",
            Self::CannotTell => "cannot-tell",
        }
    }

    /// The word on screen.
    pub fn words(self) -> &'static str {
        match self {
            Self::CannotTell => "can't tell",
            sure => sure.code(),
        }
    }
}

/// One message to follow up.
#[derive(Clone, Copy, Debug)]
pub struct FollowUp<'a> {
    /// Its send.
    pub send: Send<'a>,
    /// What was seen of it.
    pub seen: &'a MessageSeen,
    /// How sure it is.
    pub certainty: Certainty,
}

impl<'a> FollowUp<'a> {
    /// The campaign: the URL's, where the sends have another.
    pub fn campaign(&self) -> Option<&'a str> {
        self.seen.url_campaign.as_deref().or(self.send.campaign())
    }

    /// The last human hit.
    pub fn last_seen_ms(&self) -> Option<i64> {
        self.seen.engagement.human_span_ms.map(|(_, last)| last)
    }

    /// Whether so many networks asked for it that it was perhaps forwarded.
    pub fn is_perhaps_forwarded(&self) -> bool {
        self.seen.networks >= FORWARDED_NETWORKS
    }
}

/// The report.
#[derive(Debug)]
pub struct FollowUps<'a> {
    /// The messages: the surest first, then those that were seen last, then by recipient.
    pub rows: Vec<FollowUp<'a>>,
    /// Messages that are left out because their recipients unsubscribed.
    pub unsubscribed: u64,
}

impl<'a> FollowUps<'a> {
    /// Takes what became of the sends; `new_since_ms` leaves out what people first opened or clicked before.
    pub fn new(outcomes: &'a Outcomes<'a>, new_since_ms: Option<i64>) -> Self {
        let is_new = |follow_up: &FollowUp<'_>| {
            let first = follow_up.seen.engagement.first_engaged_ms();
            new_since_ms.is_none_or(|since| first.is_some_and(|first| first >= since))
        };
        let all = outcomes
            .seen()
            .filter_map(|(send, seen)| Certainty::of(seen).map(|certainty| FollowUp { send, seen, certainty }));
        let (gone, mut rows): (Vec<_>, Vec<_>) =
            all.filter(is_new).partition(|follow_up| outcomes.has_unsubscribed(follow_up.send));
        rows.sort_by_key(|row| {
            (row.certainty, Reverse(row.last_seen_ms()), row.send.recipient(), row.campaign(), row.send.message())
        });
        Self { rows, unsubscribed: gone.len() as u64 }
    }

    /// The table. Times are UTC.
    pub fn frame(&self) -> PolarsResult<DataFrame> {
        let rows = &self.rows;
        let columns = vec![
            texts(column::RECIPIENT, rows, |row| row.send.recipient()),
            texts(column::MESSAGE, rows, |row| Some(row.send.message())),
            texts(column::CAMPAIGN, rows, FollowUp::campaign),
            texts(column::SENDER, rows, |row| row.send.sender()),
            texts(column::VARIANT, rows, |row| row.send.variant()),
            instants(column::SENT_AT, rows, |row| row.send.sent_at_ms())?,
            instants(column::OPENED_AT, rows, |row| row.seen.engagement.first_open_ms)?,
            instants(column::CLICKED_AT, rows, |row| row.seen.engagement.first_click_ms)?,
            counts(column::OPENS, rows, |row| row.seen.engagement.opens_human),
            counts(column::CLICKS, rows, |row| row.seen.engagement.clicks),
            instants(column::LAST_SEEN, rows, FollowUp::last_seen_ms)?,
            texts(column::CERTAINTY, rows, |row| Some(row.certainty.code())),
            counts(column::NETWORKS, rows, |row| row.seen.networks.into()),
            texts(column::NOTE, rows, |row| row.is_perhaps_forwarded().then_some("perhaps-forwarded")),
        ];
        DataFrame::new(rows.len(), columns)
    }
}
