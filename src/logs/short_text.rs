//! Comparing and searching a few bytes. Separators of log formats and texts of URL templates are short: to call the
//! comparison of std takes longer than to compare them one by one.

/// As of slices: what stands behind the prefix, where the text starts with it.
pub fn strip_prefix<'t>(text: &'t [u8], prefix: &[u8]) -> Option<&'t [u8]> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.iter().zip(prefix).all(|(a, b)| a == b).then_some(rest)
}

/// Bytes that are looked at eight by eight; a search behind them is that of memchr.
const NEAR: usize = 32;

/// Where a byte stands first. For texts of which most are short: to start the search of memchr takes longer than to look at
/// some bytes in a number.
pub fn position(byte: u8, text: &[u8]) -> Option<usize> {
    let near = &text[..text.len().min(NEAR)];
    let (eights, rest) = near.as_chunks::<8>();
    for (i, eight) in eights.iter().enumerate() {
        if let Some(at) = position_in(byte, *eight) {
            return Some(i * 8 + at);
        }
    }
    if text.len() > NEAR {
        return memchr::memchr(byte, &text[NEAR..]).map(|at| NEAR + at);
    }
    match near.last_chunk::<8>() {
        // Those that were looked at already do not have it.
        Some(last) if !rest.is_empty() => position_in(byte, *last).map(|at| near.len() - 8 + at),
        Some(_) => None,
        None => rest.iter().position(|other| *other == byte),
    }
}

/// Where a byte stands first among eight, by the test for a zero among the bytes of a number: no byte before the first is taken for one
/// (Warren, Hacker's Delight, section 6-1).
pub fn position_in(byte: u8, eight: [u8; 8]) -> Option<usize> {
    const LOW: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let differences = u64::from_le_bytes(eight) ^ u64::from_le_bytes([byte; 8]);
    let zeros = differences.wrapping_sub(LOW) & !differences & HIGH;
    (zeros != 0).then(|| (zeros.trailing_zeros() / 8) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_that_of_slices() {
        for (text, prefix) in [("abc", "ab"), ("abc", "abc"), ("abc", ""), ("ab", "abc"), ("abc", "b"), ("", "")] {
            let (text, prefix) = (text.as_bytes(), prefix.as_bytes());
            assert_eq!(strip_prefix(text, prefix), text.strip_prefix(prefix));
        }
    }

    #[test]
    fn a_byte_is_found_where_it_first_stands() {
        for n in 0..50_usize {
            for (other, byte) in [(b'a', b'b'), (b'b' - 1, b'b'), (b'b' + 1, b'b'), (0x80, 0), (0xFF, 0x7F), (1, 0)] {
                assert_eq!(position(byte, &vec![other; n]), None);
                for first in 0..n {
                    let mut text = vec![other; n];
                    text[first] = byte;
                    text[n - 1] = byte;
                    assert_eq!(position(byte, &text), Some(first), "{n}");
                }
            }
        }
    }
}
