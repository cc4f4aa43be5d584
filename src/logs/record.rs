//! One parsed line: slices of the values that the program uses, still escaped.

use std::borrow::Cow;

use super::escape::Escape;
use super::field::Field;
use super::time::{self, TimeCache};

/// The values of one access-log line. A value that is missing, or that nginx wrote as `-`, is empty.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    values: [&'a [u8]; Field::COUNT],
    /// How the values are escaped.
    pub(super) escape: Escape,
}

/// When a request was logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp {
    /// Milliseconds since 1970 UTC.
    pub ms: i64,
    /// Whether the log has milliseconds, or only whole seconds.
    pub exact: bool,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// GET, HEAD, …
    pub method: Cow<'a, [u8]>,
    /// The URL.
    pub url: SentUrl<'a>,
}

/// The URL of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SentUrl<'a> {
    /// As the client sent it: path and query, or the absolute form.
    Raw(Cow<'a, [u8]>),
    /// As nginx has normalised it: `$uri` and `$args`. The path must not be decoded once more.
    Normal {
        /// The path.
        path: Cow<'a, [u8]>,
        /// The query.
        query: Cow<'a, [u8]>,
    },
}

impl<'a> Record<'a> {
    /// A record without values.
    pub fn empty(escape: Escape) -> Self {
        Self { values: [b""; Field::COUNT], escape }
    }

    /// Sets a value as it stands in the log.
    pub fn set(&mut self, field: Field, value: &'a [u8]) {
        self.values[field as usize] = if value == b"-" { b"" } else { value };
    }

    /// A value as it stands in the log; empty where it is missing.
    pub fn raw(&self, field: Field) -> &'a [u8] {
        self.values[field as usize]
    }

    /// A value as the client sent it.
    pub fn text(&self, field: Field) -> Cow<'a, [u8]> {
        self.decode(self.raw(field))
    }

    /// Undoes the log's escaping in a part of a value.
    pub fn decode(&self, raw: &'a [u8]) -> Cow<'a, [u8]> {
        self.escape.decode(raw)
    }

    /// The time of the request: `$msec` where it is logged, else `$time_local` or `$time_iso8601`.
    pub fn timestamp(&self, cache: &mut TimeCache) -> Option<Timestamp> {
        if let Some(ms) = time::msec(self.raw(Field::Msec)) {
            return Some(Timestamp { ms, exact: true });
        }
        let local = self.raw(Field::TimeLocal);
        if !local.is_empty() {
            return cache.time_local(local).map(|ms| Timestamp { ms, exact: false });
        }
        let iso = self.raw(Field::TimeIso8601);
        let ms = time::time_iso8601(iso).or_else(|| time::time_local(&self.decode(iso)));
        ms.map(|ms| Timestamp { ms, exact: ms % 1000 != 0 })
    }

    /// The status, where it is three digits.
    pub fn status(&self) -> Option<u16> {
        match self.raw(Field::Status) {
            digits @ [_, _, _] if digits.iter().all(u8::is_ascii_digit) => {
                Some(digits.iter().fold(0, |sum, d| sum * 10 + u16::from(d - b'0')))
            }
            _ => None,
        }
    }

    /// The method and the URL as they stand in `$request`, where it has both.
    pub fn sent(&self) -> Option<(&'a [u8], &'a [u8])> {
        split_request(self.raw(Field::Request))
    }

    /// The method and the URL, from `$request` or from the variables that carry them apart. `None` where there is
    /// no URL: a broken request.
    pub fn request(&self) -> Option<Request<'a>> {
        if !self.raw(Field::Request).is_empty() {
            let (method, url) = self.sent()?;
            // A method has only bytes that no log escapes.
            return Some(Request { method: Cow::Borrowed(method), url: SentUrl::Raw(self.decode(url)) });
        }
        let sent = self.text(Field::RequestUri);
        let path = self.text(Field::Uri);
        let is_missing = sent.is_empty() && path.is_empty();
        let url =
            if sent.is_empty() { SentUrl::Normal { path, query: self.text(Field::Args) } } else { SentUrl::Raw(sent) };
        let method = self.text(Field::Method);
        let method = if method.is_empty() { Cow::Borrowed(&b"GET"[..]) } else { method };
        (!is_missing).then_some(Request { method, url })
    }
}

/// `GET /path?query HTTP/1.1` as method and URL. HTTP/0.9 has no protocol; a URL may hold spaces.
fn split_request(request: &[u8]) -> Option<(&[u8], &[u8])> {
    // Methods are short: to start a search takes longer than to look at them.
    let space = request.iter().position(|byte| *byte == b' ')?;
    let (method, url) = (&request[..space], &request[space + 1..]);
    let url = without_protocol(url);
    let is_method = !method.is_empty() && method.iter().all(|b| b.is_ascii_alphabetic() || *b == b'_' || *b == b'-');
    (is_method && !url.is_empty()).then_some((method, url))
}

fn without_protocol(url: &[u8]) -> &[u8] {
    if let Some((before, [b' ', b'H', b'T', b'T', b'P', b'/', version @ ..])) = url.split_last_chunk::<9>()
        && !version.contains(&b' ')
    {
        return before;
    }
    match memchr::memrchr(b' ', url) {
        Some(last) if url[last + 1..].starts_with(b"HTTP/") => &url[..last],
        _ => url,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_requests() {
        for (request, expected) in [
            ("GET /o/a/b.gif HTTP/1.1", Some(("GET", "/o/a/b.gif"))),
            ("GET /o/a/b.gif", Some(("GET", "/o/a/b.gif"))),
            ("GET /o/a b/c.gif HTTP/2.0", Some(("GET", "/o/a b/c.gif"))),
            ("PROPFIND / HTTP/1.1", Some(("PROPFIND", "/"))),
            ("GET /o/a HTTP/2", Some(("GET", "/o/a"))),
            ("GET /o/a HTTP/1. 1", Some(("GET", "/o/a HTTP/1. 1"))),
            ("GET /a HTTP/ HTTP/1.0", Some(("GET", "/a HTTP/"))),
            ("GET  HTTP/1.1x", None),
            ("hello", None),
            (r"\x16\x03\x01", None),
            ("GET  HTTP/1.1", None),
            ("", None),
        ] {
            let split = split_request(request.as_bytes());
            assert_eq!(split, expected.map(|(m, u)| (m.as_bytes(), u.as_bytes())), "{request}");
        }
    }

    #[test]
    fn puts_a_url_together() {
        let mut record = Record::empty(Escape::Default);
        record.set(Field::Uri, b"/track.php");
        record.set(Field::Args, b"id=7");
        let request = record.request().expect("a request");
        let url = SentUrl::Normal { path: b"/track.php"[..].into(), query: b"id=7"[..].into() };
        assert_eq!((&*request.method, request.url), (&b"GET"[..], url));
        record.set(Field::Status, b"009");
        assert_eq!(record.status(), Some(9));
        record.set(Field::Status, b"20");
        assert_eq!(record.status(), None);
    }
}
