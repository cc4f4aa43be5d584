//! The URL of a request as nginx sees it when it chooses a location.
//!
//! nginx takes the path out of the absolute form, decodes `%XX` once, merges slashes and resolves `.` and `..`
//! (nginx.org/en/docs/http/ngx_http_core_module.html#location); what it matched is what must be matched here.

use std::borrow::Cow;
use std::cell::OnceCell;

use crate::logs::escape::hex_byte;
use crate::logs::record::{Request, SentUrl};

/// A request's URL, normalised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url<'a> {
    /// The path, decoded.
    pub path: Cow<'a, [u8]>,
    /// What stands behind the `?`.
    pub query: Query<'a>,
}

/// What stands behind the `?` of a URL; empty where there is none.
#[derive(Clone, Debug, Default)]
pub struct Query<'a> {
    sent: &'a [u8],
    /// The values that were asked for and are not what was sent.
    decoded: OnceCell<Box<Decoded<'a>>>,
}

/// A value, and the next one that was asked for: what is there stays where it is.
#[derive(Clone, Debug)]
struct Decoded<'a> {
    key: &'a [u8],
    value: Vec<u8>,
    next: OnceCell<Box<Self>>,
}

impl PartialEq for Query<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.sent == other.sent
    }
}

impl Eq for Query<'_> {}

impl<'a> Query<'a> {
    /// A query, as it was sent.
    pub fn new(sent: &'a [u8]) -> Self {
        Self { sent, decoded: OnceCell::new() }
    }

    /// The parameters and their values, decoded once. Mail clients that forget to decode HTML request `?a=1&amp;b=2`;
    /// the `amp;` is dropped.
    pub fn parameters(&self) -> impl Iterator<Item = (&'a [u8], Cow<'a, [u8]>)> + use<'a> {
        self.sent().map(|(key, value)| (key, decode_percent(value)))
    }

    /// The value of a parameter, decoded.
    pub fn value(&self, key: &[u8]) -> Option<&[u8]> {
        let (key, sent) = self.sent().find(|(other, _)| *other == key)?;
        let decoded = match decode_percent(sent) {
            Cow::Borrowed(value) => return Some(value),
            Cow::Owned(value) => Decoded { key, value, next: OnceCell::new() },
        };
        let mut place = &self.decoded;
        while let Some(known) = place.get().filter(|known| known.key != key) {
            place = &known.next;
        }
        Some(&place.get_or_init(|| Box::new(decoded)).value)
    }

    fn sent(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        self.sent.split(|b| *b == b'&').map(|parameter| {
            let parameter = parameter.strip_prefix(b"amp;").unwrap_or(parameter);
            let at = memchr::memchr(b'=', parameter);
            at.map_or((parameter, &parameter[..0]), |at| (&parameter[..at], &parameter[at + 1..]))
        })
    }
}

impl<'a> Url<'a> {
    /// The URL of a request. `None` where nginx itself refuses it.
    pub fn of(request: &'a Request<'_>) -> Option<Self> {
        match &request.url {
            SentUrl::Raw(sent) => Self::parse(sent),
            SentUrl::Normal { path, query } => Some(Self { path: Cow::Borrowed(path), query: Query::new(query) }),
        }
    }

    /// Normalises what a client sent. `None` where nginx itself refuses it: no path, a broken `%XX`, a `..` above
    /// the root.
    pub fn parse(sent: &'a [u8]) -> Option<Self> {
        let sent = strip_origin(sent)?;
        let sent = memchr::memchr(b'#', sent).map_or(sent, |at| &sent[..at]);
        let (path, query) = memchr::memchr(b'?', sent).map_or((sent, &sent[..0]), |at| (&sent[..at], &sent[at + 1..]));
        let path = if is_normal(path) { Cow::Borrowed(path) } else { Cow::Owned(normalise(path)?) };
        Some(Self { path, query: Query::new(query) })
    }
}

/// `http://host/path` without its origin. `None` where nothing begins with a slash.
fn strip_origin(sent: &[u8]) -> Option<&[u8]> {
    if sent.first() == Some(&b'/') {
        return Some(sent);
    }
    let scheme = sent.windows(3).take(16).position(|w| w == b"://")?;
    let host = &sent[scheme + 3..];
    memchr::memchr(b'/', host).map(|at| &host[at..])
}

/// Whether what stands in a log, escaped or not, is a normal path and nothing else, as nearly always. It is short: to
/// look for each sign by itself takes longer than to look at all bytes at once, which the compiler does in a few
/// instructions where their number is fixed.
pub fn is_bare(sent: &[u8]) -> bool {
    sent.first() == Some(&b'/')
        && match sent.len() {
            33.. => has_no_sign_by::<32>(sent),
            17.. => has_no_sign_by::<16>(sent),
            _ => !sent.contains(&b'\\') && is_path(sent),
        }
}

/// Whether there is only a path that is normal already.
fn is_path(sent: &[u8]) -> bool {
    !sent.iter().any(|byte| matches!(byte, b'#' | b'?')) && is_normal(sent)
}

/// Whether there is none of the signs that make more of a URL than a path, or a path not normal, or that escape a byte
/// in a log. There are more than `N` bytes. The last ones may be looked at twice.
fn has_no_sign_by<const N: usize>(sent: &[u8]) -> bool {
    let last = sent.len() - N;
    (1..last).step_by(N).chain([last]).all(|at| {
        let (Some(bytes), Some(before)) = (sent[at..].first_chunk::<N>(), sent[at - 1..].first_chunk::<N>()) else {
            return false;
        };
        let signs = bytes.iter().zip(before).fold(0, |any, (byte, before)| {
            let is_sign = (*byte == b'#') | (*byte == b'?') | (*byte == b'%') | (*byte == b'\\');
            let is_after_slash = (*before == b'/') & ((*byte == b'/') | (*byte == b'.'));
            any | u8::from(is_sign) | u8::from(is_after_slash)
        });
        signs == 0
    })
}

/// Whether a path is normal already, as nearly all are.
fn is_normal(path: &[u8]) -> bool {
    let mut rest = path;
    while let Some(at) = memchr::memchr2(b'%', b'/', rest) {
        if rest[at] == b'%' || matches!(rest.get(at + 1), Some(b'/' | b'.')) {
            return false;
        }
        rest = &rest[at + 1..];
    }
    true
}

/// Decodes a path, merges its slashes and resolves its dots.
fn normalise(path: &[u8]) -> Option<Vec<u8>> {
    let decoded = decode_strictly(path)?;
    let mut out: Vec<u8> = Vec::with_capacity(decoded.len());
    let segments: Vec<&[u8]> = decoded.split(|b| *b == b'/').skip(1).collect();
    for (i, segment) in segments.iter().enumerate() {
        let last = i + 1 == segments.len();
        match *segment {
            b"" | b"." if !last => {}
            b"" | b"." => out.push(b'/'),
            b".." => {
                let parent = memchr::memrchr(b'/', &out)?;
                out.truncate(parent);
                if last {
                    out.push(b'/');
                }
            }
            segment => {
                out.push(b'/');
                out.extend_from_slice(segment);
            }
        }
    }
    Some(out)
}

/// Decodes every `%XX`; `None` where one is broken or is a NUL, which nginx answers with 400.
fn decode_strictly(path: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend_from_slice(&rest[..at]);
        out.push(hex_byte(rest.get(at + 1..at + 3)?).filter(|byte| *byte != 0)?);
        rest = &rest[at + 3..];
    }
    out.extend_from_slice(rest);
    Some(out)
}

/// Decodes each `%XX` that is one and leaves the others.
pub fn decode_percent(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'%', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend_from_slice(&rest[..at]);
        match rest.get(at + 1..at + 3).and_then(hex_byte) {
            Some(byte) => {
                out.push(byte);
                rest = &rest[at + 3..];
            }
            None => {
                out.push(b'%');
                rest = &rest[at + 1..];
            }
        }
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// Writes `text` with every byte as `%XX` that is not a letter, a digit or one of `-._~` (RFC 3986, section 2.3).
pub fn encode_percent(text: &[u8], out: &mut String) {
    use std::fmt::Write;
    for byte in text {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            out.push(char::from(*byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a string can't fail");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalises_as_nginx_does() {
        for (sent, path, query) in [
            ("/o/c/m.gif", "/o/c/m.gif", ""),
            ("/o/c/m.gif?x=1?y", "/o/c/m.gif", "x=1?y"),
            ("//o///c/m.gif", "/o/c/m.gif", ""),
            ("/x/../o/./c/m.gif", "/o/c/m.gif", ""),
            ("/%6F/c/%41%20b.gif", "/o/c/A b.gif", ""),
            ("/o%2Fc/m%2egif", "/o/c/m.gif", ""),
            ("/o/c%253D/m.gif", "/o/c%3D/m.gif", ""),
            ("http://track.example.com/o/c/m.gif?q", "/o/c/m.gif", "q"),
            ("https://h:8080//o/c", "/o/c", ""),
            ("/o/c/", "/o/c/", ""),
            ("/o/c/.", "/o/c/", ""),
            ("/o/c/..", "/o/", ""),
            ("/o/.hidden", "/o/.hidden", ""),
            ("/a#b?c", "/a", ""),
            ("/", "/", ""),
            ("/.", "/", ""),
        ] {
            let url = Url::parse(sent.as_bytes()).unwrap_or_else(|| panic!("{sent}"));
            assert_eq!((&*url.path, url.query.sent), (path.as_bytes(), query.as_bytes()), "{sent}");
            assert!(!is_bare(sent.as_bytes()) || (sent, "") == (path, query), "{sent}");
        }
        for refused in ["", "*", "o/c", "/..", "/a/../../b", "/%", "/%4", "/%zz", "/%00", "host:443"] {
            assert_eq!(Url::parse(refused.as_bytes()), None, "{refused}");
            assert!(!is_bare(refused.as_bytes()), "{refused}");
        }
    }

    #[test]
    fn a_sign_is_found_wherever_it_stands() {
        for n in 0..80 {
            for sign in ["#", "?", "%", "//", "/.", "\\"] {
                let sent = format!("/{}{sign}{}", "a".repeat(n), "b/".repeat(40 - n / 2));
                assert!(!is_bare(sent.as_bytes()), "{sent}");
                assert!(!is_bare(format!("/{}{sign}", "a".repeat(n)).as_bytes()), "{n}");
            }
            assert!(is_bare(format!("/{}", "a".repeat(n)).as_bytes()));
            assert!(is_bare(format!("/a{}/x.gif", "/b.".repeat(n)).as_bytes()));
        }
    }

    #[test]
    fn reads_parameters() {
        let url = Url::parse(b"/track.php?id=a%20b&amp;c=%zz&d&=e").expect("a URL");
        let all: Vec<_> = url.query.parameters().map(|(k, v)| (k.to_vec(), v.into_owned())).collect();
        let values = [(&b"id"[..], Some(&b"a b"[..])), (b"c", Some(b"%zz")), (b"d", Some(b"")), (b"x", None)];
        values.iter().chain(&values).for_each(|(key, value)| assert_eq!(url.query.value(key), *value));
        let expected: [(&[u8], &[u8]); 4] = [(b"id", b"a b"), (b"c", b"%zz"), (b"d", b""), (b"", b"e")];
        assert_eq!(all, expected.map(|(k, v)| (k.to_vec(), v.to_vec())));
    }
}
