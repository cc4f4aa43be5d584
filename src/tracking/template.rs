//! URL templates: one text both finds tracking URLs in a log and writes them into mail.

use std::fmt;

use super::url::{Query, Url, encode_percent};
use crate::logs::short_text::{position, strip_prefix};
use crate::model::kind::Kind;

/// A place in a template that an id takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Slot {
    /// `{campaign}`
    Campaign,
    /// `{message}`
    Message,
    /// `{link}`
    Link,
    /// `{variant}`
    Variant,
    /// `{signature}`
    Signature,
}

impl Slot {
    const ALL: [(&'static str, Self); 5] = [
        ("campaign", Self::Campaign),
        ("message", Self::Message),
        ("link", Self::Link),
        ("variant", Self::Variant),
        ("signature", Self::Signature),
    ];
}

/// The ids of a tracking URL, decoded. An empty id is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ids<'a> {
    values: [&'a [u8]; Slot::ALL.len()],
}

impl<'a> Ids<'a> {
    /// An id; empty where the URL has none.
    pub fn get(&self, slot: Slot) -> &'a [u8] {
        self.values[slot as usize]
    }

    /// Sets an id.
    pub fn set(&mut self, slot: Slot, id: &'a [u8]) {
        self.values[slot as usize] = id;
    }
}

/// Why a text is no template.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TemplateError {
    /// No leading slash.
    #[error("a URL template starts with a slash: {0:?}")]
    NoSlash(String),
    /// A brace without its partner.
    #[error("a brace is not closed in the URL template {0:?}")]
    Brace(String),
    /// No such slot.
    #[error(
        "{{{0}}} is not known in the URL template {1:?}; known are {{campaign}}, {{message}}, {{link}}, {{variant}} and {{signature}}"
    )]
    Slot(String, String),
    /// A slot twice.
    #[error("{{{0}}} is there twice in the URL template {1:?}")]
    Twice(&'static str, String),
    /// Two slots without text between them.
    #[error("two ids touch in the URL template {0:?}: nothing tells where one ends")]
    Touching(String),
    /// A query value that is neither text nor one slot.
    #[error("a query value is either text or one {{id}} in the URL template {0:?}")]
    Query(String),
    /// Opens and clicks belong to a message.
    #[error("{{message}} is missing in the URL template {0:?}")]
    NoMessage(String),
    /// Ids that would not be the same ids when they are read back.
    #[error("{template} can't carry {what}: it would be read as something else")]
    NotReadable {
        /// The template.
        template: String,
        /// The ids.
        what: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(Vec<u8>),
    Slot(Slot),
}

/// A compiled template.
#[derive(Clone, Debug)]
pub struct Template {
    text: String,
    kind: Kind,
    path: Vec<Piece>,
    query: Vec<(Vec<u8>, Piece)>,
}

impl Template {
    /// Compiles a template such as `/o/{campaign}/{message}.gif` or `/track.php?id={message}`.
    pub fn parse(text: &str, kind: Kind) -> Result<Self, TemplateError> {
        if !text.starts_with('/') {
            return Err(TemplateError::NoSlash(text.to_owned()));
        }
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let path = pieces(path, text)?;
        let mut parameters = Vec::new();
        for parameter in query.split('&').filter(|p| !p.is_empty()) {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let piece = match pieces(value, text)?.as_slice() {
                [] => Piece::Text(Vec::new()),
                [piece] => piece.clone(),
                _ => return Err(TemplateError::Query(text.to_owned())),
            };
            parameters.push((key.as_bytes().to_vec(), piece));
        }
        let template = Self { text: text.to_owned(), kind, path, query: parameters };
        template.check_slots()?;
        Ok(template)
    }

    fn check_slots(&self) -> Result<(), TemplateError> {
        for (name, slot) in Slot::ALL {
            let n = self.pieces().filter(|piece| **piece == Piece::Slot(slot)).count();
            if n > 1 {
                return Err(TemplateError::Twice(name, self.text.clone()));
            }
            if n == 0 && slot == Slot::Message {
                return Err(TemplateError::NoMessage(self.text.clone()));
            }
        }
        Ok(())
    }

    fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.path.iter().chain(self.query.iter().map(|(_, piece)| piece))
    }

    /// What the URLs are for.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Text that every URL of this template has in it once it is normalised: the fixed start of the path, cut behind
    /// its first segment, because nothing can stand between the slashes of one segment.
    pub fn anchor(&self) -> &[u8] {
        let Some(Piece::Text(text)) = self.path.first() else { return b"/" };
        let segment = text[1..].iter().position(|b| *b == b'/').map_or(text.len(), |slash| slash + 2);
        &text[..segment]
    }

    /// Puts the ids of a URL into `ids`, which are empty, where it is one of this template's; whether it is. (Ids are large:
    /// to hand them over takes longer than to find them.)
    pub fn read<'u>(&self, path: &'u [u8], query: &'u Query<'_>, ids: &mut Ids<'u>) -> bool {
        self.read_path(path, ids).is_some() && self.read_query(query, ids) && !ids.get(Slot::Message).is_empty()
    }

    fn read_path<'u>(&self, path: &'u [u8], ids: &mut Ids<'u>) -> Option<()> {
        let mut rest = path;
        for (i, piece) in self.path.iter().enumerate() {
            match piece {
                Piece::Text(text) => rest = strip_prefix(rest, text)?,
                Piece::Slot(slot) => {
                    let end = slot_end(rest, self.path.get(i + 1), i + 2 == self.path.len())?;
                    ids.set(*slot, &rest[..end]);
                    rest = &rest[end..];
                }
            }
        }
        rest.is_empty().then_some(())
    }

    fn read_query<'u>(&self, query: &'u Query<'_>, ids: &mut Ids<'u>) -> bool {
        self.query.iter().all(|(key, piece)| match (piece, query.value(key)) {
            (Piece::Text(text), Some(value)) => *value == text[..],
            (Piece::Slot(slot), Some(value)) => {
                ids.set(*slot, value);
                true
            }
            // Whoever leaves the signature out asks for a tracking URL all the same: a forged one.
            (Piece::Slot(Slot::Signature), None) => true,
            _ => false,
        })
    }

    /// The URL, from its path on, that carries these ids. Ids that this template can't carry, such as one with a
    /// slash in a path, are an error.
    pub fn render(&self, ids: &Ids<'_>) -> Result<String, TemplateError> {
        let mut out = String::with_capacity(self.text.len() + 32);
        for piece in &self.path {
            match piece {
                Piece::Text(text) => out.push_str(&String::from_utf8_lossy(text)),
                Piece::Slot(slot) => encode_percent(ids.get(*slot), &mut out),
            }
        }
        for (i, (key, piece)) in self.query.iter().enumerate() {
            out.push(if i == 0 { '?' } else { '&' });
            out.push_str(&String::from_utf8_lossy(key));
            out.push('=');
            match piece {
                Piece::Text(text) => out.push_str(&String::from_utf8_lossy(text)),
                Piece::Slot(slot) => encode_percent(ids.get(*slot), &mut out),
            }
        }
        let carried = |slot| self.pieces().any(|piece| *piece == Piece::Slot(slot));
        let mut expected = *ids;
        for (_, slot) in Slot::ALL.into_iter().filter(|(_, slot)| !carried(*slot)) {
            expected.set(slot, b"");
        }
        let reads_back = Url::parse(out.as_bytes()).is_some_and(|url| {
            let mut read = Ids::default();
            self.read(&url.path, &url.query, &mut read) && read == expected
        });
        if reads_back {
            return Ok(out);
        }
        let what: Vec<_> = Slot::ALL
            .into_iter()
            .filter(|(_, slot)| carried(*slot))
            .map(|(name, slot)| format!("{name} {:?}", String::from_utf8_lossy(ids.get(slot))))
            .collect();
        Err(TemplateError::NotReadable { template: self.text.clone(), what: what.join(", ") })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Where an id ends that starts at the front of `rest`: within its segment, before the text behind it. `None` where
/// it would be empty.
fn slot_end(rest: &[u8], behind: Option<&Piece>, behind_is_last: bool) -> Option<usize> {
    let segment = position(b'/', rest).unwrap_or(rest.len());
    let end = match behind {
        Some(Piece::Text(text)) if text[0] != b'/' => {
            if behind_is_last && !text.contains(&b'/') {
                let end = segment.checked_sub(text.len())?;
                strip_prefix(&rest[end..segment], text)?;
                end
            } else {
                memchr::memmem::find(rest, text).filter(|end| *end < segment)?
            }
        }
        _ => segment,
    };
    (end > 0).then_some(end)
}

/// Splits a text at its braces.
fn pieces(text: &str, whole: &str) -> Result<Vec<Piece>, TemplateError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find(['{', '}']) {
        let close = rest[open..].find('}').map(|n| open + n).filter(|_| rest[open..].starts_with('{'));
        let close = close.ok_or_else(|| TemplateError::Brace(whole.to_owned()))?;
        let name = &rest[open + 1..close];
        let slot = Slot::ALL.iter().find(|(known, _)| *known == name);
        let (_, slot) = slot.ok_or_else(|| TemplateError::Slot(name.to_owned(), whole.to_owned()))?;
        if open > 0 {
            pieces.push(Piece::Text(rest[..open].into()));
        } else if matches!(pieces.last(), Some(Piece::Slot(_))) {
            return Err(TemplateError::Touching(whole.to_owned()));
        }
        pieces.push(Piece::Slot(*slot));
        rest = &rest[close + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.into()));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(template: &str, url: &str) -> Option<Vec<String>> {
        let template = Template::parse(template, Kind::Open).expect(template);
        let url = Url::parse(url.as_bytes())?;
        let mut ids = Ids::default();
        if !template.read(&url.path, &url.query, &mut ids) {
            return None;
        }
        let text = |slot| String::from_utf8_lossy(ids.get(slot)).into_owned();
        Some([Slot::Campaign, Slot::Message, Slot::Link].map(text).to_vec())
    }

    #[test]
    fn finds_ids() {
        for (template, url, expected) in [
            ("/o/{campaign}/{message}.gif", "/o/c/m.gif", Some(["c", "m", ""])),
            ("/o/{campaign}/{message}.gif", "/o/c/m.gif?utm=1", Some(["c", "m", ""])),
            ("/o/{campaign}/{message}.gif", "/o/c/m.gif.gif", Some(["c", "m.gif", ""])),
            ("/o/{campaign}/{message}.gif", "/o/c/m.png", None),
            ("/o/{campaign}/{message}.gif", "/o/c/.gif", None),
            ("/o/{campaign}/{message}.gif", "/o//m.gif", None),
            ("/o/{campaign}/{message}.gif", "/o/a/b/m.gif", None),
            ("/o/{campaign}/{message}.gif", "/O/c/m.gif", None),
            ("/c/{campaign}/{message}/{link}", "/c/c/m/l", Some(["c", "m", "l"])),
            ("/c/{campaign}/{message}/{link}", "/c/c/m/l/", None),
            ("/c/{campaign}/{message}/{link}", "/c/c/m", None),
            ("/c/{campaign}-{message}/x", "/c/a-b-c/x", Some(["a", "b-c", ""])),
            ("/c/{campaign}-{message}/x", "/c/ab/x-x", None),
            ("/track.php?id={message}", "/track.php?x=1&id=a%2Fb", Some(["", "a/b", ""])),
            ("/track.php?id={message}", "/track.php?x=1&amp;id=7", Some(["", "7", ""])),
            ("/track.php?id={message}", "/track.php?id=", None),
            ("/track.php?id={message}", "/track.php", None),
            ("/t?a=open&m={message}&c={campaign}", "/t?c=c&m=m&a=open", Some(["c", "m", ""])),
            ("/t?a=open&m={message}&c={campaign}", "/t?c=c&m=m&a=click", None),
        ] {
            let expected = expected.map(|ids| ids.map(str::to_owned).to_vec());
            assert_eq!(ids(template, url), expected, "{template} {url}");
        }
    }

    #[test]
    fn refuses_bad_templates() {
        for (text, part) in [
            ("o/{message}", "starts with a slash"),
            ("/o/{message", "not closed"),
            ("/o/message}", "not closed"),
            ("/o/{mesage}", "{mesage} is not known"),
            ("/o/{message}/{message}", "twice"),
            ("/o/{campaign}{message}", "touch"),
            ("/o/{campaign}", "{message} is missing"),
            ("/o?x=a{message}", "either text or one"),
        ] {
            let error = Template::parse(text, Kind::Open).map(|_| ()).expect_err(text).to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn anchors_are_whole_segments() {
        for (text, anchor) in [
            ("/o/{campaign}/{message}.gif", "/o/"),
            ("/a/b/{message}", "/a/"),
            ("/track.php?id={message}", "/track.php"),
            ("/p-{message}", "/p-"),
            ("/{message}.gif", "/"),
        ] {
            assert_eq!(Template::parse(text, Kind::Open).expect(text).anchor(), anchor.as_bytes());
        }
    }

    #[test]
    fn renders_only_what_reads_back() {
        let template = Template::parse("/o/{campaign}/{message}.gif", Kind::Open).expect("a template");
        let render = |campaign: &str, message: &str| {
            let mut ids = Ids::default();
            ids.set(Slot::Campaign, campaign.as_bytes());
            ids.set(Slot::Message, message.as_bytes());
            template.render(&ids)
        };
        assert_eq!(render("spring sale", "ü").expect("readable"), "/o/spring%20sale/%C3%BC.gif");
        for (campaign, message) in [("a/b", "m"), ("", "m"), ("..", "m"), ("c", ""), ("c\0", "m")] {
            render(campaign, message).expect_err(campaign);
        }
    }
}
