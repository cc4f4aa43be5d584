//! A CSV file cut into pieces of whole rows, so that they can be read in parallel.
//!
//! A newline inside a quoted cell ends no row. Quotes are told as the csv crate does: one opens a cell only where the
//! cell starts, and two in a quoted cell stand for one.

use std::io::{self, Read};

use super::error::SendsError;
use crate::logs::line::MAX_LINE;

/// The usual size of a piece.
pub const PIECE: usize = 1 << 20;

/// Whole rows.
#[derive(Debug)]
pub struct Piece {
    /// The line on which the first of them starts.
    pub line: u64,
    /// Their bytes.
    pub bytes: Vec<u8>,
}

/// Cuts a file.
#[derive(Debug)]
pub struct Pieces<R> {
    stream: R,
    size: usize,
    buffer: Vec<u8>,
    is_at_end: bool,
    delimiter: u8,
    line: u64,
}

impl<R: Read> Pieces<R> {
    /// Reads the first bytes.
    pub fn new(stream: R, size: usize) -> io::Result<Self> {
        let mut pieces = Self { stream, size, buffer: Vec::new(), is_at_end: false, delimiter: b',', line: 1 };
        pieces.fill()?;
        Ok(pieces)
    }

    fn fill(&mut self) -> io::Result<()> {
        let want = self.size as u64;
        let got = self.stream.by_ref().take(want).read_to_end(&mut self.buffer)?;
        self.is_at_end = (got as u64) < want;
        Ok(())
    }

    /// Reads until the first row is there as a whole.
    pub fn fill_first_row(&mut self) -> io::Result<()> {
        while !self.is_at_end && self.buffer.len() <= MAX_LINE && last_row_end(&self.buffer, self.delimiter).end == 0 {
            self.fill()?;
        }
        Ok(())
    }

    /// The bytes at the front that are read but not given away.
    pub fn head(&self) -> &[u8] {
        &self.buffer
    }

    /// Goes past bytes of the head.
    pub fn skip(&mut self, n: usize) {
        self.line += newlines(&self.buffer[..n]);
        self.buffer.drain(..n);
    }

    /// Says what stands between cells.
    pub fn set_delimiter(&mut self, delimiter: u8) {
        self.delimiter = delimiter;
    }

    /// The next rows; `path` is for errors.
    pub fn next(&mut self, path: &str) -> Result<Option<Piece>, SendsError> {
        loop {
            if !self.is_at_end {
                self.fill().map_err(|error| SendsError::io(path, error))?;
            }
            let cut = last_row_end(&self.buffer, self.delimiter);
            let row_line = || self.line + newlines(&self.buffer[..cut.end]);
            let is_long = self.buffer.len() - cut.end > MAX_LINE;
            if cut.is_open && (self.is_at_end || is_long) {
                return Err(SendsError::OpenQuote { path: path.to_owned(), line: row_line() });
            }
            if is_long {
                return Err(SendsError::TooLong { path: path.to_owned(), line: row_line() });
            }
            let end = if self.is_at_end { self.buffer.len() } else { cut.end };
            if end > 0 {
                return Ok(Some(self.split(end)));
            }
            if self.is_at_end {
                return Ok(None);
            }
        }
    }

    fn split(&mut self, end: usize) -> Piece {
        let rest = &self.buffer[end..];
        let mut next = Vec::with_capacity(rest.len() + self.size);
        next.extend_from_slice(rest);
        self.buffer.truncate(end);
        let piece = Piece { line: self.line, bytes: std::mem::replace(&mut self.buffer, next) };
        self.line += newlines(&piece.bytes);
        piece
    }
}

/// How many newlines there are.
pub fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

struct Cut {
    /// Behind the last newline that ends a row.
    end: usize,
    /// Whether a quoted cell goes on at the end of the bytes.
    is_open: bool,
}

fn last_row_end(bytes: &[u8], delimiter: u8) -> Cut {
    let mut end = 0;
    let mut outside = 0;
    loop {
        let open = opening_quote(bytes, outside, delimiter);
        if let Some(newline) = memchr::memrchr(b'\n', &bytes[outside..open.unwrap_or(bytes.len())]) {
            end = outside + newline + 1;
        }
        let Some(open) = open else { return Cut { end, is_open: false } };
        let Some(close) = closing_quote(bytes, open + 1) else { return Cut { end, is_open: true } };
        outside = close + 1;
    }
}

fn opening_quote(bytes: &[u8], from: usize, delimiter: u8) -> Option<usize> {
    let is_start = |quote: usize| {
        quote.checked_sub(1).is_none_or(|before| matches!(bytes[before], b'\n' | b'\r') || bytes[before] == delimiter)
    };
    memchr::memchr_iter(b'"', &bytes[from..]).map(|i| from + i).find(|quote| is_start(*quote))
}

fn closing_quote(bytes: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let quote = from + memchr::memchr(b'"', &bytes[from..])?;
        if bytes.get(quote + 1) != Some(&b'"') {
            return Some(quote);
        }
        from = quote + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, size: usize) -> Result<Vec<(u64, String)>, SendsError> {
        let mut pieces = Pieces::new(text.as_bytes(), size).expect("in memory");
        let mut all = Vec::new();
        while let Some(piece) = pieces.next("x.csv")? {
            all.push((piece.line, String::from_utf8(piece.bytes).expect("text")));
        }
        Ok(all)
    }

    #[test]
    fn cuts_only_between_rows() {
        for text in [
            "",
            "\n",
            "a,b\n1,2\n3,4",
            "a,\"b\nc\"\n\"\n\",\"\"\"\n\"\nx,y\n",
            "5\" disk,\"a \"\" b\n\"\"\",c\nnext,row\r\n\"q\"x\",1\nlast,\"row\"\n",
        ] {
            let records = |text: &str| -> Vec<csv::ByteRecord> {
                let mut reader = csv::ReaderBuilder::new();
                let mut reader = reader.has_headers(false).flexible(true).from_reader(text.as_bytes());
                reader.byte_records().map(|record| record.expect("in memory")).collect()
            };
            for size in 1..40 {
                let pieces = cut(text, size).expect("whole rows");
                let bytes: String = pieces.iter().map(|(_, piece)| piece.as_str()).collect();
                assert_eq!(bytes, text, "in pieces of {size}");
                let of_pieces: Vec<_> = pieces.iter().flat_map(|(_, piece)| records(piece)).collect();
                assert_eq!(of_pieces, records(text), "in pieces of {size}");
                let mut line = 1;
                for (at, piece) in &pieces {
                    assert_eq!(*at, line);
                    line += newlines(piece.as_bytes());
                }
            }
        }
    }

    #[test]
    fn says_where_a_quote_stays_open() {
        for size in [1, 7, 100] {
            let error = cut("a,b\n1,2\n3,\"4\n5,6\n7,8\n", size).expect_err("a quote is open");
            assert!(matches!(error, SendsError::OpenQuote { line: 3, .. }), "{error}");
        }
    }
}
