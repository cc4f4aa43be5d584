//! One log file that is open for ingest: its first line, its length, its hash, its bytes from some offset on.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::logs::compression::{self, Packing};
use crate::logs::prefix_hash;
use crate::store::source::{FIRST_LINE_MAX, Stat, TAIL, tail_hash};

/// Bytes that are read at once where a log is only hashed or searched.
const PIECE: usize = 1 << 20;

/// An open log. The file is opened once, so that a rotation meanwhile does not change what is read.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) path: PathBuf,
    pub(super) stat: Stat,
    pub(super) packing: Packing,
    file: File,
}

/// What one pass over a packed log, or a look at the end of a plain one, tells.
#[derive(Debug)]
pub(super) struct Extent {
    /// Unpacked bytes up to the last newline.
    pub(super) whole: u64,
    /// Unpacked bytes behind the last newline.
    pub(super) torn: u64,
    /// Why a packed log could not be unpacked to its end.
    pub(super) damage: Option<io::Error>,
}

impl Log {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "only files can be ingested: a position in a pipe means nothing",
            ));
        }
        let mut head = [0; 6];
        let n = file.read_at(&mut head, 0)?;
        Ok(Self { path: path.to_owned(), stat: Stat::of(&metadata), packing: Packing::of(&head[..n]), file })
    }

    pub(super) fn is_plain(&self) -> bool {
        self.packing == Packing::Plain
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// The unpacked bytes from the start. What is appended to the file after it was opened is not there.
    pub(super) fn stream(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        let raw = FileAt { file: &self.file, at: 0, end: self.stat.size };
        compression::unpack(self.packing, raw)
    }

    /// The first line without its newline, cut at [`FIRST_LINE_MAX`]; `None` while it has no end.
    pub(super) fn first_line(&self) -> io::Result<Option<Vec<u8>>> {
        let mut head = Vec::new();
        // A packed log that is cut may have its first line all the same.
        let read = self.stream()?.take(FIRST_LINE_MAX as u64).read_to_end(&mut head);
        match memchr::memchr(b'\n', &head) {
            Some(newline) => head.truncate(newline),
            None if head.len() == FIRST_LINE_MAX => {}
            None => return read.map(|_| None).or_else(|error| if head.is_empty() { Err(error) } else { Ok(None) }),
        }
        Ok(Some(head))
    }

    /// How far the log goes, in whole lines.
    pub(super) fn extent(&self) -> io::Result<Extent> {
        if self.is_plain() {
            let whole = last_newline(&self.file, 0, self.stat.size)?.map_or(0, |newline| newline + 1);
            return Ok(Extent { whole, torn: self.stat.size - whole, damage: None });
        }
        let mut extent = Extent { whole: 0, torn: 0, damage: None };
        let mut at = 0;
        extent.damage = self.pieces(u64::MAX, |piece| {
            if let Some(newline) = memchr::memrchr(b'\n', piece) {
                extent.whole = at + newline as u64 + 1;
            }
            at += piece.len() as u64;
        })?;
        extent.torn = at - extent.whole;
        Ok(extent)
    }

    /// The hash of the first `n` bytes; `None` where there are not so many.
    pub(super) fn hash(&self, n: u64) -> io::Result<Option<u64>> {
        let (mut at, mut hash) = (0, 0);
        // The damage is behind these bytes, or there are not enough of them.
        let _ = self.pieces(n, |piece| {
            hash = prefix_hash::add(hash, prefix_hash::share(at, piece));
            at += piece.len() as u64;
        })?;
        Ok((at == n).then_some(hash))
    }

    /// The [`tail_hash`] before an offset of a plain log.
    pub(super) fn tail_hash(&self, offset: u64) -> io::Result<u64> {
        let n = offset.min(TAIL as u64);
        let mut tail = vec![0; usize::try_from(n).expect("a tail is short")];
        self.file.read_exact_at(&mut tail, offset - n)?;
        Ok(tail_hash(&tail))
    }

    /// The bytes of a plain log in `from..to`.
    pub(super) fn head(&self, from: u64, to: u64) -> io::Result<Vec<u8>> {
        let mut head = vec![0; usize::try_from(to - from).expect("a head is short")];
        self.file.read_exact_at(&mut head, from)?;
        Ok(head)
    }

    /// Calls `each` with the first `n` unpacked bytes, piece by piece. Gives the damage that ended them early.
    fn pieces(&self, n: u64, mut each: impl FnMut(&[u8])) -> io::Result<Option<io::Error>> {
        let mut stream = self.stream()?.take(n);
        let mut piece = vec![0; PIECE];
        loop {
            match stream.read(&mut piece) {
                Ok(0) => return Ok(None),
                Ok(n) => each(&piece[..n]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if self.is_plain() => return Err(error),
                Err(error) => return Ok(Some(error)),
            }
        }
    }
}

/// The last newline of a file in `from..to`.
pub(super) fn last_newline(file: &File, from: u64, to: u64) -> io::Result<Option<u64>> {
    let mut end = to;
    let mut size = 4 << 10;
    while end > from {
        let start = end.saturating_sub(size).max(from);
        let mut piece = vec![0; usize::try_from(end - start).expect("a piece fits into memory")];
        file.read_exact_at(&mut piece, start)?;
        if let Some(newline) = memchr::memrchr(b'\n', &piece) {
            return Ok(Some(start + newline as u64));
        }
        end = start;
        size = (size * 4).min(PIECE as u64);
    }
    Ok(None)
}

/// A file's bytes from a place on, without moving the file's own position.
struct FileAt<'a> {
    file: &'a File,
    at: u64,
    end: u64,
}

impl Read for FileAt<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let n = buffer.len().min(left);
        let n = self.file.read_at(&mut buffer[..n], self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}
