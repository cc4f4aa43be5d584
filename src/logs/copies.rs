//! Finds logs that are copies of one another: the same bytes once unpacked, or the start of another log's bytes.

use std::io::{self, Read};
use std::path::Path;

use super::ReadError;
use super::compression::{self, Packing};
use super::source::Source;

/// Bytes by which logs are told apart at first: different logs differ here, in their first line.
const HEAD: usize = 4 << 10;

/// Bytes that are compared at once.
const PIECE: usize = 256 << 10;

/// A log that is left out because another one holds all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The index of the log that is left out.
    pub copy: usize,
    /// The index of the log that holds it.
    pub of: usize,
}

/// The sources that are copies of others, or the start of others (a log and a later state of it). Of equal logs the
/// first one stays. A file that can't be read is no copy: reading it will say why. A packed log that is cut may be one,
/// and is not read then: the second list says what is wrong with it.
pub fn find(sources: &[Source]) -> (Vec<Copy>, Vec<ReadError>) {
    let heads: Vec<Option<Vec<u8>>> = sources.iter().map(head).collect();
    let mut copies: Vec<Copy> = redirected(sources).into_iter().collect();
    let mut damages = Vec::new();
    for later in 0..sources.len() {
        for earlier in 0..later {
            let is_out = |index| copies.iter().any(|c| c.copy == index);
            if is_out(later) || is_out(earlier) {
                continue;
            }
            let (Some(a), Some(b)) = (&heads[earlier], &heads[later]) else { continue };
            if !(a.starts_with(b) || b.starts_with(a)) || a.is_empty() || b.is_empty() {
                continue;
            }
            match compare(&sources[earlier], &sources[later]) {
                Ok((Relation::SecondInFirst, _, damage)) => {
                    copies.push(Copy { copy: later, of: earlier });
                    damages.extend(damage);
                }
                Ok((Relation::FirstInSecond, damage, _)) => {
                    copies.push(Copy { copy: earlier, of: later });
                    damages.extend(damage);
                }
                Ok((Relation::Different, ..)) | Err(_) => {}
            }
        }
    }
    settle(&mut copies);
    (copies, damages)
}

/// Standard input, where it is a log that is named beside it.
fn redirected(sources: &[Source]) -> Option<Copy> {
    let copy = sources.iter().position(|source| *source == Source::Stdin)?;
    let inode = sources[copy].inode()?;
    let of = sources.iter().position(|source| *source != Source::Stdin && source.inode() == Some(inode))?;
    Some(Copy { copy, of })
}

/// Names for each copy the log that stays, where it was first found to be in one that is left out itself.
fn settle(copies: &mut [Copy]) {
    for i in 0..copies.len() {
        while let Some(next) = copies.iter().find(|c| c.copy == copies[i].of).map(|c| c.of) {
            copies[i].of = next;
        }
    }
}

fn head(source: &Source) -> Option<Vec<u8>> {
    let Source::File(path) = source else { return None };
    if !path.is_file() {
        return None;
    }
    let (_, stream) = compression::open(path).ok()?;
    let mut head = Vec::new();
    // A packed file that is cut has a head all the same.
    let _ = stream.take(HEAD as u64).read_to_end(&mut head);
    Some(head)
}

enum Relation {
    FirstInSecond,
    SecondInFirst,
    Different,
}

/// Reads both logs as far as they are equal. With what they are to each other come their damages, as far as they were
/// met.
fn compare(first: &Source, second: &Source) -> io::Result<(Relation, Option<ReadError>, Option<ReadError>)> {
    let (Source::File(first), Source::File(second)) = (first, second) else {
        return Ok((Relation::Different, None, None));
    };
    let mut first = Unpacked::open(first)?;
    let mut second = Unpacked::open(second)?;
    let (mut a, mut b) = (Vec::new(), Vec::new());
    loop {
        a.clear();
        b.clear();
        first.piece(&mut a)?;
        second.piece(&mut b)?;
        if a != b || a.is_empty() {
            let relation = if a.starts_with(&b) {
                Relation::SecondInFirst
            } else if b.starts_with(&a) {
                Relation::FirstInSecond
            } else {
                Relation::Different
            };
            return Ok((relation, first.damage, second.damage));
        }
    }
}

/// A log that is being read.
struct Unpacked<'a> {
    path: &'a Path,
    packing: Packing,
    stream: Box<dyn Read + Send>,
    bytes: u64,
    damage: Option<ReadError>,
}

impl<'a> Unpacked<'a> {
    fn open(path: &'a Path) -> io::Result<Self> {
        let (packing, stream) = compression::open(path)?;
        Ok(Self { path, packing, stream, bytes: 0, damage: None })
    }

    /// Reads the next bytes. A packed log that is cut ends where it is cut: logrotate may be at work on it.
    fn piece(&mut self, buffer: &mut Vec<u8>) -> io::Result<()> {
        if self.damage.is_some() {
            return Ok(());
        }
        let result = self.stream.by_ref().take(PIECE as u64).read_to_end(buffer);
        self.bytes += buffer.len() as u64;
        match (result, self.packing) {
            (Err(error), Packing::Gzip | Packing::Zstd) => {
                let (path, packing) = (self.path.display().to_string(), self.packing.name());
                self.damage = Some(ReadError::Damaged { path, packing, bytes: self.bytes, error });
            }
            (result, _) => drop(result?),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_copies_and_starts() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).expect("written");
            Source::File(path)
        };
        let long = b"a line\n".repeat(200_000);
        let mut other = long.clone();
        *other.last_mut().expect("not empty") = b'x';
        let sources = [
            write("start", &long[..70_000]),
            write("whole", &long),
            write("packed", &zstd::encode_all(&long[..], 1).expect("in memory")),
            write("other", &other),
            write("empty", b""),
            write("start2", &long[..7]),
        ];
        let (copies, damages) = find(&sources);
        assert!(damages.is_empty(), "{damages:?}");
        let found: Vec<_> = copies.iter().map(|c| (c.copy, c.of)).collect();
        assert_eq!(found, [(0, 1), (2, 1), (5, 1)]);
    }
}
