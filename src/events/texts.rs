//! Message ids packed one behind the other, so that a row holds eight bytes instead of a string.

/// Bytes of one chunk: chunks are never moved once they are full.
const CHUNK: usize = 1 << 16;

/// Bytes of the first chunk: small logs have few texts.
const FIRST_CHUNK: usize = 1 << 10;

/// Bits of the number of a chunk.
const NUMBER: u32 = 18;

/// Where a text stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextRef {
    /// The [`Texts`], in its upper bits, and the chunk.
    chunk: u32,
    offset: u32,
}

/// The texts that one thread has put together.
#[derive(Debug)]
pub struct Texts {
    owner: u32,
    chunks: Vec<Vec<u8>>,
}

impl Texts {
    /// How many [`Texts`] there can be.
    pub const MAX: usize = 1 << (u32::BITS - NUMBER);

    /// No texts; `owner`, which is under [`Texts::MAX`], tells them from others.
    pub fn new(owner: usize) -> Self {
        assert!(owner < Self::MAX, "threads are fewer");
        Self { owner: u32::try_from(owner).expect("it is small"), chunks: Vec::new() }
    }

    /// Adds a text.
    pub fn push(&mut self, text: &[u8]) -> TextRef {
        let mut length = [0; 10];
        let length = leb128(text.len(), &mut length);
        let need = length.len() + text.len();
        if self.chunks.last().is_none_or(|chunk| chunk.capacity() - chunk.len() < need) {
            let usual = if self.chunks.is_empty() { FIRST_CHUNK } else { CHUNK };
            self.chunks.push(Vec::with_capacity(usual.max(need)));
        }
        let number = u32::try_from(self.chunks.len() - 1).expect("four billion chunks do not fit into memory");
        assert!(number < 1 << NUMBER, "the message ids of one thread, or of one part of them, are 16 GiB");
        let chunk = self.chunks.last_mut().expect("a chunk was just made");
        let offset = u32::try_from(chunk.len()).expect("a line is far shorter than 4 GiB");
        chunk.extend_from_slice(length);
        chunk.extend_from_slice(text);
        TextRef { chunk: self.owner << NUMBER | number, offset }
    }
}

/// All texts, each at the place of its owner number.
#[derive(Debug, Default)]
pub struct AllTexts(Vec<Texts>);

impl AllTexts {
    /// Takes all texts, in the order of their owner numbers.
    pub fn new(texts: Vec<Texts>) -> Self {
        Self(texts)
    }

    /// A text.
    pub fn get(&self, at: TextRef) -> &[u8] {
        let texts = &self.0[(at.chunk >> NUMBER) as usize];
        let number = at.chunk & ((1 << NUMBER) - 1);
        let bytes = &texts.chunks[number as usize][at.offset as usize..];
        let mut length = 0;
        for (i, byte) in bytes.iter().enumerate() {
            length |= usize::from(byte & 0x7F) << (7 * i);
            if byte & 0x80 == 0 {
                return &bytes[i + 1..=i + length];
            }
        }
        &[]
    }
}

/// A length in seven bits a byte, low bits first.
fn leb128(mut n: usize, buffer: &mut [u8; 10]) -> &[u8] {
    let mut used = 0;
    loop {
        let low = u8::try_from(n & 0x7F).expect("seven bits fit into a byte");
        n >>= 7;
        buffer[used] = if n == 0 { low } else { low | 0x80 };
        used += 1;
        if n == 0 {
            return &buffer[..used];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_what_it_took() {
        let mut texts = [Texts::new(0), Texts::new(1)];
        let lengths = [0, 1, 127, 128, 300, 70_000, 2 * CHUNK, 5];
        let all: Vec<_> = lengths
            .iter()
            .enumerate()
            .map(|(i, n)| {
                let text: Vec<u8> = (0..*n).map(|j| u8::try_from((i + j) % 251).expect("small")).collect();
                (texts[i % 2].push(&text), text)
            })
            .collect();
        let texts = AllTexts::new(texts.into());
        for (at, text) in all {
            assert_eq!(texts.get(at), text);
        }
    }
}
