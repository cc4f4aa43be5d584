//! A stream cut into blocks of whole lines, from its front to its end.

use std::io::{self, Read};

use super::line::MAX_LINE;

/// A part of a stream.
#[derive(Debug)]
pub struct Chunk {
    /// Where in the unpacked log it starts.
    pub start: u64,
    /// Whole lines; only at the end of the stream the last line may lack its newline.
    pub bytes: Vec<u8>,
    /// Whether this is no line but the rest of the one before, which is longer than any line may be.
    pub is_rest: bool,
}

/// A stream cut into blocks of whole lines.
#[derive(Debug)]
pub struct StreamBlocks<R> {
    stream: R,
    size: usize,
    /// The start of a line whose end has not been read.
    carry: Vec<u8>,
    /// Whether the rest of a line that is too long is being read.
    in_rest: bool,
    ended: bool,
    /// Bytes read so far.
    pub bytes: u64,
    /// Why the stream ended before its end.
    pub error: Option<io::Error>,
}

impl<R: Read> StreamBlocks<R> {
    /// Cuts a stream, of which `start` bytes have been read, into blocks of about `size` bytes.
    pub fn new(stream: R, size: usize, start: u64) -> Self {
        Self { stream, size, carry: Vec::new(), in_rest: false, ended: false, bytes: start, error: None }
    }

    /// Whether the stream has been read to its end.
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// The next lines; `None` at the end or after an error.
    #[expect(clippy::should_implement_trait, reason = "an iterator could not tell of its error")]
    pub fn next(&mut self) -> Option<Chunk> {
        loop {
            let mut block = std::mem::take(&mut self.carry);
            if !self.ended {
                block.reserve(self.size);
                self.read_into(&mut block);
            }
            if block.is_empty() {
                return None;
            }
            let start = self.bytes - block.len() as u64;
            if self.in_rest {
                let newline = memchr::memchr(b'\n', &block);
                self.in_rest = newline.is_none();
                self.carry = newline.map_or(Vec::new(), |newline| block.split_off(newline + 1));
                return Some(Chunk { start, bytes: block, is_rest: true });
            }
            if self.ended {
                return Some(Chunk { start, bytes: block, is_rest: false });
            }
            if let Some(newline) = memchr::memrchr(b'\n', &block) {
                self.carry = block.split_off(newline + 1);
                return Some(Chunk { start, bytes: block, is_rest: false });
            }
            if block.len() >= MAX_LINE {
                self.in_rest = true;
                return Some(Chunk { start, bytes: block, is_rest: false });
            }
            self.carry = block;
        }
    }

    /// Reads one block's worth, or to the end.
    fn read_into(&mut self, block: &mut Vec<u8>) {
        let before = block.len();
        let result = self.stream.by_ref().take(self.size as u64).read_to_end(block);
        let read = block.len() - before;
        self.bytes += read as u64;
        match result {
            Ok(_) => self.ended = read < self.size,
            Err(error) => {
                self.error = Some(error);
                self.ended = true;
            }
        }
    }
}
