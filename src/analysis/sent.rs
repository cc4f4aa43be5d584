//! What the sends say of a message's hits: which count, and whether the message is in the denominators.

use crate::events::row::Row;
use crate::model::reason::{NotCounted, Reason};
use crate::model::send::{SendStatus, UnknownConsent};
use crate::model::window::Window;
use crate::sends::table::{Found, Send, Sends};

/// A hit counts from this long before its message was sent, in milliseconds: clocks differ.
const BEFORE_SEND_MS: i64 = 300_000;

/// How sends are read.
#[derive(Clone, Copy, Debug)]
pub struct Sending<'a> {
    /// The sends.
    pub sends: &'a Sends,
    /// How messages are taken whose consent is unknown.
    pub unknown_consent: UnknownConsent,
    /// Sends after this instant are not sent yet, in milliseconds since 1970 UTC.
    pub now_ms: i64,
    /// Only messages that were sent in this window.
    pub window: Window,
    /// What is in the denominators.
    pub base: Base,
}

/// What is in the denominators of rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// Messages that were delivered: the sends say so.
    Delivered,
    /// Messages that were sent: the sends do not say more.
    Sent,
}

impl Base {
    /// What the sends allow: delivered where at least one of them says so.
    pub fn of(sends: &Sends) -> Self {
        let is_said = sends.has_statuses() && sends.iter().any(|send| send.status() == Some(SendStatus::Delivered));
        if is_said { Self::Delivered } else { Self::Sent }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Sent => "sent",
        }
    }
}

/// What was found for the hits of a message.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Its send.
    pub send: Option<Send<'a>>,
    /// Whether the sends have the message in another campaign than the URL.
    pub is_other_campaign: bool,
}

impl<'a> Sending<'a> {
    /// The send of a message; sets why its rows do not count, where they do not. An empty campaign is none.
    pub fn tell(&self, campaign: &[u8], message: &[u8], rows: &mut [Row]) -> Told<'a> {
        self.tell_found(self.sends.find(Some(campaign), message), rows)
    }

    /// The same for a send that was looked up.
    pub fn tell_found(&self, found: Found, rows: &mut [Row]) -> Told<'a> {
        let send = match found {
            Found::Send(id) | Found::WithoutCampaign(id) | Found::OtherCampaign(id) => Some(self.sends.get(id)),
            Found::UnknownMessage | Found::Ambiguous | Found::NoSends => None,
        };
        match found {
            Found::UnknownMessage => refuse(rows, NotCounted::UnknownMessage),
            Found::Ambiguous => refuse(rows, NotCounted::AmbiguousMessage),
            _ => {}
        }
        if let Some(send) = send {
            if !self.is_tracked(send) {
                refuse(rows, NotCounted::NoConsent);
            }
            if let Some(sent_at_ms) = send.sent_at_ms() {
                let early = rows.iter_mut().filter(|row| row.ts_ms < sent_at_ms.saturating_sub(BEFORE_SEND_MS));
                early.for_each(|row| row.not_counted = row.not_counted.or(Some(NotCounted::BeforeSend)));
            }
        }
        Told { send, is_other_campaign: matches!(found, Found::OtherCampaign(_)) }
    }

    /// The campaign of a message whose URL names none, where the sends know exactly one.
    pub fn campaign_of(&self, message: &[u8]) -> Option<&'a str> {
        match self.sends.find(None, message) {
            Found::Send(id) => self.sends.get(id).campaign(),
            _ => None,
        }
    }

    fn is_tracked(&self, send: Send<'_>) -> bool {
        send.consent().is_none_or(|consent| consent.is_tracked(self.unknown_consent))
    }

    /// Whether the send is one of those that the report is about.
    pub fn is_chosen(&self, send: Option<Send<'_>>) -> bool {
        self.window == Window::ALWAYS
            || send.and_then(Send::sent_at_ms).is_some_and(|sent_at_ms| self.window.contains(sent_at_ms))
    }

    /// Whether the send is in the denominators: tracked, sent by now, and as far on its way as the base says.
    pub fn is_in_base(&self, send: Send<'_>) -> bool {
        let is_on_its_way = match self.base {
            Base::Delivered => send.status() == Some(SendStatus::Delivered),
            Base::Sent => !matches!(send.status(), Some(SendStatus::Failed | SendStatus::Suppressed)),
        };
        is_on_its_way
            && self.is_tracked(send)
            && send.sent_at_ms().is_none_or(|sent_at_ms| sent_at_ms <= self.now_ms)
            && self.is_chosen(Some(send))
    }
}

fn refuse(rows: &mut [Row], reason: NotCounted) {
    rows.iter_mut().for_each(|row| row.not_counted = row.not_counted.or(Some(reason)));
}

/// Whether Apple Mail Privacy Protection fetched the message before this instant.
pub fn is_fetched_by_apple(rows: &[Row], until_ms: i64) -> bool {
    rows.iter().any(|row| row.not_counted.is_none() && row.reason == Reason::AppleMpp && row.ts_ms < until_ms)
}
