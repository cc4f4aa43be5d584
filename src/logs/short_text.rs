//! Comparing a few bytes. Separators of log formats and texts of URL templates are short: to call the comparison of std takes
//! longer than to compare them one by one.

/// As of slices: what stands behind the prefix, where the text starts with it.
pub fn strip_prefix<'t>(text: &'t [u8], prefix: &[u8]) -> Option<&'t [u8]> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.iter().zip(prefix).all(|(a, b)| a == b).then_some(rest)
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
}
