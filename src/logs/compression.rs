//! How a file is packed, told by its first bytes, and its bytes unpacked.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

/// Bytes that are read from a packed file at once.
const READ_BUFFER: usize = 256 << 10;

/// How a log is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// gzip, of any number of members.
    Gzip,
    /// zstd, of any number of frames.
    Zstd,
    /// Something that is not read; the name of the packing and the command that unpacks it.
    Other(&'static str, &'static str),
}

impl Packing {
    /// The packing of a file that starts with these bytes.
    pub fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            // A skippable frame, which may stand before the first zstd frame.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Other("xz", "xz -dc"),
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Other("bzip2", "bzip2 -dc"),
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Other("lz4", "lz4 -dc"),
            [b'P', b'K', 3, 4, ..] => Self::Other("zip", "unzip -p"),
            _ => Self::Plain,
        }
    }

    /// The name for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Other(name, _) => name,
        }
    }
}

/// A stream with its first bytes put back.
pub type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

/// Reads the first bytes of a stream and gives the packing and the stream with those bytes put back.
pub fn detect<R: Read>(mut stream: R) -> io::Result<(Packing, Whole<R>)> {
    let mut head = Vec::new();
    stream.by_ref().take(6).read_to_end(&mut head)?;
    Ok((Packing::of(&head), Cursor::new(head).chain(stream)))
}

/// The unpacked bytes of a stream. Packings that are not read give the bytes as they are.
pub fn unpack<'a>(packing: Packing, stream: impl Read + Send + 'a) -> io::Result<Box<dyn Read + Send + 'a>> {
    let buffered = BufReader::with_capacity(READ_BUFFER, stream);
    Ok(match packing {
        Packing::Gzip => Box::new(Members::new(buffered)),
        Packing::Zstd => Box::new(zstd::Decoder::with_buffer(buffered)?),
        Packing::Plain | Packing::Other(..) => Box::new(buffered),
    })
}

/// Opens a file that is no pipe and no device, and unpacks it.
pub fn open_regular(path: &std::path::Path) -> io::Result<(Packing, Box<dyn Read + Send>)> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is no regular file"));
    }
    open(path)
}

/// Opens a file and unpacks it.
pub fn open(path: &std::path::Path) -> io::Result<(Packing, Box<dyn Read + Send>)> {
    let (packing, stream) = detect(File::open(path)?)?;
    Ok((packing, unpack(packing, stream)?))
}

/// All members of a gzip file. Zeros behind the last member are padding, as gzip itself takes them.
struct Members<R> {
    member: Option<flate2::bufread::GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    fn new(stream: R) -> Self {
        Self { member: Some(flate2::bufread::GzDecoder::new(stream)) }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let n = member.read(buffer)?;
            if n > 0 || buffer.is_empty() {
                return Ok(n);
            }
            let mut stream = self.member.take().map(flate2::bufread::GzDecoder::into_inner).expect("a member is open");
            // gzip itself ignores what stands behind the last member and is none.
            if !at_end(&mut stream)? && stream.fill_buf()?[0] == 0x1f {
                self.member = Some(flate2::bufread::GzDecoder::new(stream));
            }
        }
        Ok(0)
    }
}

/// Skips zeros; whether the stream ends there.
fn at_end(stream: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let buffer = stream.fill_buf()?;
        if buffer.is_empty() {
            return Ok(true);
        }
        let zeros = buffer.iter().take_while(|b| **b == 0).count();
        let more = zeros < buffer.len();
        stream.consume(zeros);
        if more {
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).expect("in memory");
        encoder.finish().expect("in memory")
    }

    fn read(packed: &[u8]) -> (Packing, io::Result<Vec<u8>>) {
        let (packing, stream) = detect(packed).expect("in memory");
        let mut out = Vec::new();
        let result = unpack(packing, stream).and_then(|mut s| s.read_to_end(&mut out));
        (packing, result.map(|_| out))
    }

    #[test]
    fn reads_every_member_and_frame() {
        let mut two = gzip(b"one\n");
        two.extend(gzip(b""));
        two.extend(gzip(b"two\n"));
        two.extend([0; 700]);
        let (packing, bytes) = read(&two);
        assert_eq!((packing, bytes.expect("whole")), (Packing::Gzip, b"one\ntwo\n".to_vec()));

        let frame = |text: &[u8]| zstd::encode_all(text, 1).expect("in memory");
        let (packing, bytes) = read(&[frame(b"one\n"), frame(b"two\n")].concat());
        assert_eq!((packing, bytes.expect("whole")), (Packing::Zstd, b"one\ntwo\n".to_vec()));
    }

    #[test]
    fn says_when_a_file_is_cut() {
        let text: Vec<u8> = (0..5000).flat_map(|i: u32| format!("line {i}\n").into_bytes()).collect();
        let packed = gzip(&text);
        assert!(read(&packed[..packed.len() - 9]).1.is_err());
        let packed = zstd::encode_all(&text[..], 1).expect("in memory");
        assert!(read(&packed[..packed.len() - 9]).1.is_err());
    }

    #[test]
    fn knows_short_and_foreign_files() {
        for (head, name) in
            [(&b""[..], "plain"), (b"\x1f", "plain"), (b"127.", "plain"), (b"\xfd7zXZ\0..", "xz"), (b"BZh9", "bzip2")]
        {
            assert_eq!(Packing::of(head).name(), name);
        }
    }
}
