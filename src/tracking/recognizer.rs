//! Lines → hits: everything that a line must pass to be a hit, in one place.

use std::net::IpAddr;

use super::client::ClientAddress;
use super::counting::Counting;
use super::matcher::Matcher;
use super::own::Own;
use super::signature::SignatureKey;
use super::template::Ids;
use super::unsubscribe::UnsubscribeLinks;
use super::url::{Query, Url, is_bare};
use crate::logs::escape::Escape;
use crate::logs::field::Field;
use crate::logs::line::LineParser;
use crate::logs::record::{Record, Timestamp};
use crate::logs::time::TimeCache;
use crate::model::kind::Kind;
use crate::model::reason::{NotCounted, Rejected};

/// What tells hits from other lines: the configuration, compiled.
#[derive(Debug)]
pub struct Recognizer {
    /// Reads lines.
    pub parser: LineParser,
    /// Finds tracking URLs.
    pub matcher: Matcher,
    /// Finds the client's address.
    pub client: ClientAddress,
    /// What the operator named as their own.
    pub own: Own,
    /// The statuses that count.
    pub counting: Counting,
    /// The key of signed URLs, where URLs must be signed.
    pub signatures: Option<SignatureKey>,
    /// The links that unsubscribe.
    pub unsubscribe: UnsubscribeLinks,
    /// Whether lines that can't be read are rejected even where they can't hold a tracking URL.
    pub strict: bool,
}

/// One hit.
#[derive(Debug)]
pub struct Hit<'a> {
    /// Open or click.
    pub kind: Kind,
    /// Its campaign, message and link.
    pub ids: &'a Ids<'a>,
    /// When it was logged.
    pub time: Timestamp,
    /// Why it does not count, where the line alone tells.
    pub not_counted: Option<NotCounted>,
    /// The server's answer.
    pub status: u16,
    /// The method.
    pub method: &'a [u8],
    /// Whether the method is GET.
    pub is_get: bool,
    /// The client's address, where the log has one.
    pub address: Option<IpAddr>,
    /// The line.
    pub record: &'a Record<'a>,
}

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<T> {
    /// No tracking URL.
    NotTracking,
    /// It can't be read.
    Rejected(Rejected),
    /// A hit, and what was made of it.
    Hit(T),
}

impl Recognizer {
    /// Reads one line, without its newline, and calls `take` when it is a hit.
    pub fn line<T>(&self, line: &[u8], cache: &mut TimeCache, take: impl FnOnce(&Hit<'_>) -> T) -> Line<T> {
        let mut record = Record::empty(Escape::default());
        match self.parser.read(line, &mut record) {
            Ok(()) => {}
            Err(_) if line.trim_ascii().is_empty() => return Line::NotTracking,
            Err(reason) => return self.unreadable(line, reason),
        }
        if let Some((method, path)) = record.sent()
            && is_bare(path)
        {
            return self.requested(method, (path, &Query::default()), &record, cache, take);
        }
        let Some(request) = record.request() else {
            let sent = record.raw(Field::Request);
            // The whole line is looked at: under a wrong log format the URL may stand anywhere.
            return if sent.is_empty() { Line::NotTracking } else { self.unreadable(line, Rejected::Request) };
        };
        let Some(url) = Url::of(&request) else { return Line::NotTracking };
        self.requested(&request.method, (&url.path, &url.query), &record, cache, take)
    }

    /// Reads the line of a request.
    fn requested<T>(
        &self,
        method: &[u8],
        (path, query): (&[u8], &Query<'_>),
        record: &Record<'_>,
        cache: &mut TimeCache,
        take: impl FnOnce(&Hit<'_>) -> T,
    ) -> Line<T> {
        let mut ids = Ids::default();
        let Some(kind) = self.matcher.find(path, query, &mut ids) else { return Line::NotTracking };
        let Some(time) = record.timestamp(cache) else { return Line::Rejected(Rejected::Time) };
        let Some(status) = record.status() else { return Line::Rejected(Rejected::Status) };
        let is_forged = || self.signatures.as_ref().is_some_and(|key| !key.has_signed(kind, &ids));
        let not_counted = if !self.counting.counts(kind, status) {
            Some(NotCounted::Status)
        } else {
            is_forged().then_some(NotCounted::ForgedToken)
        };
        Line::Hit(take(&Hit {
            kind,
            ids: &ids,
            time,
            not_counted,
            status,
            method,
            is_get: method == b"GET",
            address: self.client.of(record),
            record,
        }))
    }

    /// What can't be read and can't hold a tracking URL is only noise.
    fn unreadable<T>(&self, text: &[u8], reason: Rejected) -> Line<T> {
        if self.strict || reason == Rejected::TooLong || self.matcher.prefilter().holds_anchor(text) {
            Line::Rejected(reason)
        } else {
            Line::NotTracking
        }
    }
}
