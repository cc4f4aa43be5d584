//! Logs cut into blocks of whole lines, which are worked on in parallel.
//!
//! A plain file is cut at fixed places and each block read by the thread that works on it: a line belongs to the
//! block in which it starts. A packed file and standard input can only be read from the front, so one thread unpacks
//! and hands the blocks on; it works on one itself when the others have enough.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::ReadError;
use super::compression::{self, Packing};
use super::line::MAX_LINE;
use super::source::Source;
use super::stream_blocks::StreamBlocks;

/// The usual size of a block: large enough that its overhead does not show, small enough for a core's own cache.
pub const BLOCK_SIZE: usize = 1 << 20;

/// Blocks of one unpacked stream that wait for a thread, at most, for each thread.
const WAITING_PER_THREAD: usize = 4;

/// How to work.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Threads; 0 for one on each core.
    pub threads: usize,
    /// Bytes of a block.
    pub block_size: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { threads: 0, block_size: BLOCK_SIZE }
    }
}

/// Whole lines of one log.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// The index of the source.
    pub source: usize,
    /// The place of the block in its source: blocks of one source are in the order of this number.
    pub index: u64,
    /// Where in the unpacked log the lines start.
    pub start: u64,
    /// The lines. Only the last line of a source may lack its newline.
    pub bytes: &'a [u8],
}

/// What works on blocks, from several threads at once.
pub trait BlockSink: Sync {
    /// Takes one block, in any order.
    fn block(&self, block: Block<'_>);
}

/// Reads all sources, in the current rayon pool, and hands their blocks to `sink`. Gives what could not be read, in
/// the order of the sources; everything else has reached the sink when this returns.
pub fn read(sources: &[Source], block_size: usize, sink: &impl BlockSink) -> Vec<ReadError> {
    let run = Run { block_size: block_size.max(1), sink, errors: Mutex::new(Vec::new()) };
    let mut streams = Vec::new();
    let mut plain = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        match packing(source) {
            Ok(Some(Packing::Plain)) => plain.push(index),
            Ok(_) => streams.push(index),
            Err(error) => run.fail(index, error),
        }
    }
    rayon::join(
        || {
            rayon::scope(|scope| {
                streams.par_iter().with_max_len(1).for_each(|&index| run.stream(scope, index, &sources[index]));
            });
        },
        || plain.iter().for_each(|&index| run.plain(index, &sources[index])),
    );
    let mut errors = run.errors.into_inner().expect("no thread panicked with the lock");
    errors.sort_by_key(|(index, _)| *index);
    // Every block of a file may fail, which is one error.
    errors.dedup_by_key(|(index, _)| *index);
    errors.into_iter().map(|(_, error)| error).collect()
}

/// The packing of a file; `None` where only reading tells: standard input, pipes and devices.
fn packing(source: &Source) -> Result<Option<Packing>, ReadError> {
    let Source::File(path) = source else { return Ok(None) };
    let detect = || -> io::Result<Option<Packing>> {
        let metadata = std::fs::metadata(path)?;
        if metadata.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "this is a folder"));
        }
        if !metadata.is_file() {
            return Ok(None);
        }
        let (packing, _) = compression::detect(File::open(path)?)?;
        Ok(Some(packing))
    };
    let name = path.display().to_string();
    match detect().map_err(|error| ReadError::io(name.clone(), error))? {
        Some(Packing::Other(packing, command)) => {
            let hint = format!("{command} {name} | mailpixel report -");
            Err(ReadError::Packing { path: name, packing, hint })
        }
        other => Ok(other),
    }
}

struct Run<'a, S> {
    block_size: usize,
    sink: &'a S,
    errors: Mutex<Vec<(usize, ReadError)>>,
}

impl<'a, S: BlockSink> Run<'a, S> {
    fn fail(&self, source: usize, error: ReadError) {
        self.errors.lock().expect("no thread panicked with the lock").push((source, error));
    }

    /// A plain file, its blocks in parallel. What is appended meanwhile is left for the next run.
    fn plain(&self, index: usize, source: &Source) {
        let Source::File(path) = source else { return };
        let failed = |error| self.fail(index, ReadError::io(path.display().to_string(), error));
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
        let (len, file) = match opened {
            Ok(opened) => opened,
            Err(error) => return failed(error),
        };
        let block_size = self.block_size as u64;
        let blocks = len.div_ceil(block_size);
        (0..blocks).into_par_iter().for_each_init(Vec::new, |buffer, block| {
            match read_block(&file, len, block * block_size, self.block_size, buffer) {
                Ok(found) if found.lines.is_empty() => {}
                Ok(found) => {
                    let bytes = &buffer[found.lines];
                    self.sink.block(Block { source: index, index: block, start: found.start, bytes });
                }
                Err(error) => failed(error),
            }
        });
    }

    /// A packed file or a pipe: unpacked here, worked on wherever there is a free thread.
    fn stream<'s>(&'s self, scope: &rayon::Scope<'s>, index: usize, source: &Source) {
        let name = source.to_string();
        let (packing, stream) = match open_stream(source) {
            Ok(opened) => opened,
            Err(error) => return self.fail(index, ReadError::io(name, error)),
        };
        let waiting = std::sync::Arc::new(AtomicUsize::new(0));
        let limit = WAITING_PER_THREAD * rayon::current_num_threads();
        let mut blocks = StreamBlocks::new(stream, self.block_size, 0);
        let mut number = 0;
        while let Some(chunk) = blocks.next() {
            if chunk.is_rest {
                continue;
            }
            let block = number;
            number += 1;
            if waiting.load(Ordering::Relaxed) >= limit || rayon::current_num_threads() == 1 {
                self.sink.block(Block { source: index, index: block, start: chunk.start, bytes: &chunk.bytes });
            } else {
                waiting.fetch_add(1, Ordering::Relaxed);
                let waiting = std::sync::Arc::clone(&waiting);
                scope.spawn(move |_| {
                    self.sink.block(Block { source: index, index: block, start: chunk.start, bytes: &chunk.bytes });
                    waiting.fetch_sub(1, Ordering::Relaxed);
                });
            }
        }
        if let Some(error) = blocks.error {
            let bytes = blocks.bytes;
            self.fail(
                index,
                match packing {
                    Packing::Gzip | Packing::Zstd => {
                        ReadError::Damaged { path: name, packing: packing.name(), bytes, error }
                    }
                    _ => ReadError::io(name, error),
                },
            );
        }
    }
}

fn open_stream(source: &Source) -> io::Result<(Packing, Box<dyn Read + Send>)> {
    match source {
        Source::File(path) => compression::open(Path::new(path)),
        Source::Stdin => {
            let (packing, stream) = compression::detect(io::stdin())?;
            if let Packing::Other(name, command) = packing {
                let message = format!("{name} is not read; put `{command} |` before mailpixel");
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
            Ok((packing, compression::unpack(packing, stream)?))
        }
    }
}

/// Where in a buffer a block of a file stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockPlace {
    /// Where in the file its lines start.
    pub start: u64,
    /// Its lines.
    pub lines: Range<usize>,
    /// Its own bytes: from the place where it was cut to the next such place.
    pub own: Range<usize>,
}

/// Reads the lines of a file that start in `start..start + size`, whole, into `buffer`; `len` is the file's length as
/// far as it is read.
pub fn read_block(file: &File, len: u64, start: u64, size: usize, buffer: &mut Vec<u8>) -> io::Result<BlockPlace> {
    let end = len.min(start + size as u64);
    // The byte before the block tells whether a line starts right at it.
    let from = start.saturating_sub(1);
    let mut filled = to_usize(end - from);
    fill(file, from, 0, filled, buffer)?;
    let own = to_usize(start - from)..filled;
    let first = if start == 0 {
        0
    } else {
        match memchr::memchr(b'\n', &buffer[..filled]) {
            Some(newline) if newline + 1 < filled => newline + 1,
            _ => return Ok(BlockPlace { start, lines: 0..0, own }),
        }
    };
    let mut more = 64 << 10;
    while buffer[filled - 1] != b'\n' && from + (filled as u64) < len {
        let next = to_usize((len - from).min((filled + more) as u64));
        fill(file, from, filled, next, buffer)?;
        if let Some(newline) = memchr::memchr(b'\n', &buffer[filled..next]) {
            filled += newline + 1;
            break;
        }
        filled = next;
        if filled - first > MAX_LINE + size {
            break;
        }
        more *= 2;
    }
    Ok(BlockPlace { start: from + first as u64, lines: first..filled, own })
}

/// Fills `buffer[have..want]` with the file's bytes from `from + have` on.
fn fill(file: &File, from: u64, have: usize, want: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
    if buffer.len() < want {
        buffer.resize(want, 0);
    }
    file.read_exact_at(&mut buffer[have..want], from + have as u64).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => io::Error::new(error.kind(), "the file became shorter while it was read"),
        _ => error,
    })
}

fn to_usize(n: u64) -> usize {
    usize::try_from(n).expect("a block fits into memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Collect(Mutex<Vec<(usize, u64, Vec<u8>)>>);

    impl BlockSink for Collect {
        fn block(&self, block: Block<'_>) {
            self.0.lock().expect("unpoisoned").push((block.source, block.index, block.bytes.to_vec()));
        }
    }

    fn collect(sources: &[Source], block_size: usize) -> (Vec<Vec<u8>>, Vec<ReadError>) {
        let sink = Collect::default();
        let errors = read(sources, block_size, &sink);
        let mut blocks = sink.0.into_inner().expect("unpoisoned");
        blocks.sort();
        (blocks.into_iter().map(|(_, _, bytes)| bytes).collect(), errors)
    }

    #[test]
    fn every_block_size_gives_the_same_lines() {
        let folder = tempfile::tempdir().expect("a folder");
        for text in
            ["", "\n", "a", "a\n", "\n\na\n\n", "one\ntwo\nthree", "a line that is longer than a block\nx\n\ny\n"]
        {
            let plain = folder.path().join("plain.log");
            let packed = folder.path().join("packed.log");
            std::fs::write(&plain, text).expect("written");
            std::fs::write(&packed, zstd::encode_all(text.as_bytes(), 1).expect("in memory")).expect("written");
            for path in [plain, packed] {
                for block_size in 1..40 {
                    let (blocks, errors) = collect(&[Source::File(path.clone())], block_size);
                    assert!(errors.is_empty(), "{errors:?}");
                    assert_eq!(blocks.concat(), text.as_bytes(), "{path:?} in blocks of {block_size}");
                    let whole = |block: &Vec<u8>| block.ends_with(b"\n");
                    assert!(blocks.iter().rev().skip(1).all(whole), "{blocks:?}");
                }
            }
        }
    }

    #[test]
    fn a_bad_file_does_not_stop_the_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("good.log"), "one\n").expect("written");
        std::fs::write(at("bad.xz"), b"\xfd7zXZ\0\0").expect("written");
        let packed = zstd::encode_all(&b"two\n".repeat(40_000)[..], 1).expect("in memory");
        std::fs::write(at("cut.zst"), &packed[..packed.len() - 2]).expect("written");
        let sources = ["missing.log", "bad.xz", "cut.zst", "good.log", ""].map(|name| Source::File(at(name)));
        let (blocks, errors) = collect(&sources, BLOCK_SIZE);
        let text = blocks.concat();
        assert!(text.starts_with(b"two\ntwo\n") && text.ends_with(b"one\n"));
        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
        for (error, part) in
            errors.iter().zip(["missing.log: No such file", "xz is not read", "zstd data is cut", "folder"])
        {
            assert!(error.contains(part), "{error}");
        }
        assert_eq!(errors.len(), 4);
    }
}
