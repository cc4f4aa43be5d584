//! A cheap test that finds the next line of a block which may hold a tracking URL.

use aho_corasick::AhoCorasick;
use aho_corasick::packed;

use super::url::decode_percent;

/// Looks for the anchors of the templates, and for what may be an anchor once it is decoded. A line without a match
/// can't be a tracking URL and is never parsed.
#[derive(Debug)]
pub struct Prefilter {
    search: Search,
    anchors: Vec<Vec<u8>>,
}

#[derive(Debug)]
enum Search {
    /// SIMD, where the processor has it and the patterns are few.
    Packed(Box<packed::Searcher>),
    Automaton(AhoCorasick),
    /// An anchor is so short that every line has it.
    Everything,
}

impl Prefilter {
    /// The test for templates with these anchors.
    pub fn new<'a>(anchors: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut anchors: Vec<Vec<u8>> = anchors.into_iter().map(<[u8]>::to_vec).collect();
        anchors.sort();
        anchors.dedup();
        let search = if anchors.iter().any(|anchor| anchor.len() < 2) {
            Search::Everything
        } else {
            let patterns = patterns(&anchors);
            match packed::Searcher::new(&patterns) {
                Some(packed) => Search::Packed(Box::new(packed)),
                None => Search::Automaton(AhoCorasick::new(&patterns).expect("a few short patterns fit")),
            }
        };
        Self { search, anchors }
    }

    /// Where the next possible tracking URL stands in `bytes[from..]`.
    pub fn find(&self, bytes: &[u8], from: usize) -> Option<usize> {
        match &self.search {
            Search::Packed(packed) => packed.find_in(bytes, (from..bytes.len()).into()).map(|found| found.start()),
            Search::Automaton(automaton) => automaton.find(&bytes[from..]).map(|found| from + found.start()),
            Search::Everything => (from < bytes.len()).then_some(from),
        }
    }

    /// Whether a line that can't be parsed holds the start of a tracking URL: then it is lost, and not only noise.
    pub fn holds_anchor(&self, line: &[u8]) -> bool {
        let decoded = decode_percent(line);
        let slashes: Vec<u8>;
        let text = if memchr::memmem::find(&decoded, b"\\/").is_some() {
            slashes = String::from_utf8_lossy(&decoded).replace("\\/", "/").into_bytes();
            &slashes[..]
        } else {
            &decoded[..]
        };
        self.anchors.iter().any(|anchor| memchr::memmem::find(text, anchor).is_some())
    }
}

/// The anchors; every way to write one of their characters as `%XX`; and whatever starts an escape that a log may have in
/// place of one: `\/`, `\xXX`, `\u00XX`. nginx writes none of these for a slash or a letter, other programs do.
fn patterns(anchors: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut patterns = anchors.to_vec();
    for byte in anchors.iter().flatten() {
        patterns.push(format!("%{byte:02X}").into_bytes());
        patterns.push(format!("%{byte:02x}").into_bytes());
    }
    patterns.extend([&b"\\/"[..], b"\\x", b"\\u00"].map(<[u8]>::to_vec));
    patterns.sort();
    patterns.dedup();
    patterns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_way_to_write_an_anchor() {
        let prefilter = Prefilter::new([&b"/o/"[..], b"/track.php"]);
        for line in
            ["GET /o/c/m.gif", "GET //o//c", "GET /%6f/c", "GET %2Fo/c", "GET /trac%6B.php", r#"{"r":"GET \/o\/c"}"#]
        {
            assert!(prefilter.find(line.as_bytes(), 0).is_some(), "{line}");
            assert!(prefilter.holds_anchor(line.as_bytes()) || line.contains("//"), "{line}");
        }
        for line in [r"GET \x2Fo\x2fc", r#"{"r":"GET \u002fo/c"}"#] {
            assert!(prefilter.find(line.as_bytes(), 0).is_some(), "{line}");
        }
        for line in ["", "GET / HTTP/1.1", "GET /about?x=%20y", "192.0.2.1 - - [x] \"-\" 408"] {
            assert_eq!(prefilter.find(line.as_bytes(), 0), None, "{line}");
            assert!(!prefilter.holds_anchor(line.as_bytes()), "{line}");
        }
        assert!(!prefilter.holds_anchor(b"GET /a?x=%2Fb"));
        let everything = Prefilter::new([&b"/"[..]]);
        assert_eq!((everything.find(b"x", 0), everything.find(b"x", 1)), (Some(0), None));
    }
}
