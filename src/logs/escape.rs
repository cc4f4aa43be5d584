//! nginx's three ways to escape values in a log, undone.

use std::borrow::Cow;

/// How the values of a line are escaped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Escape {
    /// `\xHH` for quotes, backslashes and everything that is not printable ASCII: nginx's default.
    #[default]
    Default,
    /// JSON strings: `escape=json`.
    Json,
    /// Nothing: `escape=none`.
    None,
}

impl Escape {
    /// The value as the client sent it. Borrowed where nothing is escaped; an escape that is none is kept as it is.
    pub fn decode(self, value: &[u8]) -> Cow<'_, [u8]> {
        if self == Self::None || memchr::memchr(b'\\', value).is_none() {
            return Cow::Borrowed(value);
        }
        let mut out = Vec::with_capacity(value.len());
        let mut rest = value;
        while let Some(at) = memchr::memchr(b'\\', rest) {
            out.extend_from_slice(&rest[..at]);
            rest = &rest[at..];
            let taken = match self {
                Self::Json => decode_json(rest, &mut out),
                _ => decode_default(rest, &mut out),
            };
            match taken {
                Some(n) => rest = &rest[n..],
                None => {
                    out.push(b'\\');
                    rest = &rest[1..];
                }
            }
        }
        out.extend_from_slice(rest);
        Cow::Owned(out)
    }
}

/// One escape at the start of `input`, nginx's `\xHH`, or `\"`, `\\`, `\n`, `\r`, `\t` as Apache and older nginx
/// write them. The number of bytes taken, or `None` when it is no escape.
fn decode_default(input: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    match *input.get(1)? {
        b'x' => {
            out.push(hex_byte(input.get(2..4)?)?);
            Some(4)
        }
        other => {
            out.push(simple(other)?);
            Some(2)
        }
    }
}

/// One JSON escape at the start of `input`. A surrogate without its partner becomes U+FFFD.
fn decode_json(input: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    match *input.get(1)? {
        b'u' => {
            let high = hex_unit(input.get(2..6)?)?;
            let low = input.get(6..12).filter(|pair| pair.starts_with(b"\\u")).and_then(|pair| hex_unit(&pair[2..]));
            let (decoded, taken) = match low {
                Some(low) if (0xD800..0xDC00).contains(&high) && (0xDC00..0xE000).contains(&low) => {
                    (0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00), 12)
                }
                _ => (high, 6),
            };
            let decoded = char::from_u32(decoded).unwrap_or(char::REPLACEMENT_CHARACTER);
            out.extend_from_slice(decoded.encode_utf8(&mut [0; 4]).as_bytes());
            Some(taken)
        }
        b'b' => push(out, 0x08),
        b'f' => push(out, 0x0C),
        b'/' => push(out, b'/'),
        other => push(out, simple(other)?),
    }
}

fn push(out: &mut Vec<u8>, byte: u8) -> Option<usize> {
    out.push(byte);
    Some(2)
}

fn simple(letter: u8) -> Option<u8> {
    Some(match letter {
        b'"' | b'\\' => letter,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        _ => return None,
    })
}

fn hex_unit(digits: &[u8]) -> Option<u32> {
    Some(u32::from(hex_byte(&digits[..2])?) << 8 | u32::from(hex_byte(&digits[2..])?))
}

/// Two hexadecimal digits, upper or lower case, as a byte.
pub fn hex_byte(digits: &[u8]) -> Option<u8> {
    let digit = |d: u8| char::from(d).to_digit(16).and_then(|d| u8::try_from(d).ok());
    match digits {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(escape: Escape, raw: &str, expected: &[u8]) {
        assert_eq!(&*escape.decode(raw.as_bytes()), expected, "{escape:?} {raw}");
    }

    #[test]
    fn decodes_the_default() {
        check(Escape::Default, "plain", b"plain");
        check(Escape::Default, r"a\x22b\x5Cc\xC3\xBC", b"a\"b\\c\xC3\xBC");
        check(Escape::Default, r"\x16\x03\x01", b"\x16\x03\x01");
        check(Escape::Default, r#"say \"hi\" \\ \t"#, b"say \"hi\" \\ \t");
        check(Escape::Default, r"\xZZ \x2 \q \", br"\xZZ \x2 \q \");
    }

    #[test]
    fn decodes_json() {
        check(Escape::Json, r#"a\"b\\c\/\n\u001f"#, b"a\"b\\c/\n\x1f");
        check(Escape::Json, r"\u00fc \ud83d\ude00", "ü 😀".as_bytes());
        check(Escape::Json, r"\ud83d!", "\u{FFFD}!".as_bytes());
        check(Escape::Json, r"\u12", br"\u12");
    }

    #[test]
    fn leaves_none_alone() {
        check(Escape::None, r"a\x22", br"a\x22");
    }
}
