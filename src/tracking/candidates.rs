//! The lines of a block that are worth parsing.

use super::recognizer::Recognizer;

/// A line that may hold a tracking URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// Lines before it that can't hold one.
    pub skipped: u64,
    /// Its place in the block and its text without the newline; `None` behind the last one.
    pub line: Option<(usize, &'a [u8])>,
}

/// All candidates of a block, and one more item for the lines behind the last. With a strict recognizer every line is
/// a candidate.
#[derive(Debug)]
pub struct Candidates<'a> {
    bytes: &'a [u8],
    recognizer: &'a Recognizer,
    at: usize,
    done: bool,
}

impl<'a> Candidates<'a> {
    /// The candidates among whole lines.
    pub fn new(bytes: &'a [u8], recognizer: &'a Recognizer) -> Self {
        Self { bytes, recognizer, at: 0, done: false }
    }

    fn next_start(&self) -> Option<usize> {
        if self.recognizer.strict {
            return (self.at < self.bytes.len()).then_some(self.at);
        }
        let found = self.recognizer.matcher.prefilter().find(self.bytes, self.at)?;
        let newline = memchr::memrchr(b'\n', &self.bytes[self.at..found]);
        Some(newline.map_or(self.at, |newline| self.at + newline + 1))
    }
}

impl<'a> Iterator for Candidates<'a> {
    type Item = Candidate<'a>;

    fn next(&mut self) -> Option<Candidate<'a>> {
        if self.done {
            return None;
        }
        let Some(start) = self.next_start() else {
            self.done = true;
            return Some(Candidate { skipped: count_lines(&self.bytes[self.at..]), line: None });
        };
        let skipped = count_lines(&self.bytes[self.at..start]);
        let end = memchr::memchr(b'\n', &self.bytes[start..]).map_or(self.bytes.len(), |newline| start + newline);
        self.at = (end + 1).min(self.bytes.len());
        let line = &self.bytes[start..end];
        Some(Candidate { skipped, line: Some((start, line.strip_suffix(b"\r").unwrap_or(line))) })
    }
}

/// Lines, a last one without its newline included.
fn count_lines(bytes: &[u8]) -> u64 {
    let newlines = memchr::memchr_iter(b'\n', bytes).count();
    let open = usize::from(bytes.last().is_some_and(|last| *last != b'\n'));
    (newlines + open) as u64
}
