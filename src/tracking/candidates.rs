//! The lines of a block that are worth parsing.

use super::recognizer::Recognizer;
use crate::logs::line::MAX_LINE;

/// Lines that are taken for candidates unseen, at most, after as many that were candidates.
const MAX_TRUSTED: u32 = 64;

/// A line that may hold a tracking URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// Lines before it that can't hold one.
    pub skipped: u64,
    /// Its place in the block and its text without the newline; `None` behind the last one.
    pub line: Option<(usize, &'a [u8])>,
}

/// All candidates of a block, and one more item for the lines behind the last. With a strict recognizer every line is
/// a candidate. Where one candidate follows the other, to look for the next takes longer than to read it: then some lines
/// are candidates unseen, and the recognizer finds those that are none.
#[derive(Debug)]
pub struct Candidates<'a> {
    bytes: &'a [u8],
    recognizer: &'a Recognizer,
    at: usize,
    /// Candidates of late that had no other line before them.
    streak: u32,
    /// How many of the next lines are candidates unseen.
    trusted: u32,
    done: bool,
}

impl<'a> Candidates<'a> {
    /// The candidates among whole lines.
    pub fn new(bytes: &'a [u8], recognizer: &'a Recognizer) -> Self {
        Self { bytes, recognizer, at: 0, streak: 0, trusted: 0, done: false }
    }

    fn next_start(&self) -> Option<usize> {
        if self.recognizer.strict {
            return (self.at < self.bytes.len()).then_some(self.at);
        }
        let found = self.recognizer.matcher.prefilter().find(self.bytes, self.at)?;
        let newline = memchr::memrchr(b'\n', &self.bytes[self.at..found]);
        Some(newline.map_or(self.at, |newline| self.at + newline + 1))
    }

    /// The next line, where it is a candidate unseen. Lines that are too long are not: only where they hold what a
    /// tracking URL must are they rejected.
    fn unseen(&mut self) -> Option<(usize, usize)> {
        self.trusted = self.trusted.checked_sub(1)?;
        if self.at == self.bytes.len() {
            return None;
        }
        let end = line_end(self.bytes, self.at);
        (end - self.at < MAX_LINE).then_some((self.at, end))
    }

    fn seen(&mut self) -> Option<(usize, usize)> {
        let start = self.next_start()?;
        self.streak = if start == self.at { self.streak + 1 } else { 0 };
        self.trusted = self.streak.min(MAX_TRUSTED);
        Some((start, line_end(self.bytes, start)))
    }
}

impl<'a> Iterator for Candidates<'a> {
    type Item = Candidate<'a>;

    fn next(&mut self) -> Option<Candidate<'a>> {
        if self.done {
            return None;
        }
        let from = self.at;
        let Some((start, end)) = self.unseen().or_else(|| self.seen()) else {
            self.done = true;
            return Some(Candidate { skipped: count_lines(&self.bytes[from..]), line: None });
        };
        self.at = (end + 1).min(self.bytes.len());
        let line = &self.bytes[start..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Some(Candidate { skipped: count_lines(&self.bytes[from..start]), line: Some((start, line)) })
    }
}

fn line_end(bytes: &[u8], start: usize) -> usize {
    memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |newline| start + newline)
}

/// Lines, a last one without its newline included.
fn count_lines(bytes: &[u8]) -> u64 {
    if bytes.is_empty() {
        return 0;
    }
    let newlines = memchr::memchr_iter(b'\n', bytes).count();
    let open = usize::from(bytes.last().is_some_and(|last| *last != b'\n'));
    (newlines + open) as u64
}
