//! Version numbers in user agents.

/// The version that stands behind a name: `Thunderbird/78.13.0`, `Airmail 1.4`, `Postbox 1.0b14`.
pub fn behind(agent: &[u8], end: usize) -> Option<String> {
    let rest = &agent[end.min(agent.len())..];
    // The mark of a client may end before its version, or in the middle of it: `OPR/`, `MSIE `, `UCWEB`.
    let rest = rest.strip_prefix(b"/").or_else(|| rest.strip_prefix(b" ")).unwrap_or(rest);
    let rest = rest.strip_prefix(b"v").or_else(|| rest.strip_prefix(b"V")).unwrap_or(rest);
    number(rest)
}

/// The version in the brackets that follow a token: `Outlook-iOS/709.2042344.prod.iphone (3.21.0)`.
pub fn in_brackets(agent: &[u8], end: usize) -> Option<String> {
    let rest = &agent[end.min(agent.len())..];
    let open = rest.iter().position(|byte| *byte == b'(')?;
    number(&rest[open + 1..]).filter(|version| version.contains('.'))
}

/// The version behind the first place where a mark stands.
pub fn at(agent: &[u8], mark: &str) -> Option<String> {
    let at = memchr::memmem::find(agent, mark.as_bytes())?;
    number(&agent[at + mark.len()..])
}

/// `78.13.0`, `4.5.3a` or `1.0b14`: digits first, and no full stop at the end.
fn number(text: &[u8]) -> Option<String> {
    let len = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'.').count();
    let version = String::from_utf8_lossy(&text[..len.min(MAX_LEN)]).into_owned();
    let version = version.trim_end_matches('.');
    version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.to_owned())
}

/// Versions are cut here: what is longer is none.
const MAX_LEN: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_versions() {
        for (agent, name, expected) in [
            ("x Thunderbird/78.13.0", "Thunderbird/", Some("78.13.0")),
            ("Nine/4.5.3a", "Nine/", Some("4.5.3a")),
            ("Postbox 1.0b14 (x)", "Postbox", Some("1.0b14")),
            ("The Bat! 9.2.1.", "The Bat!", Some("9.2.1")),
            ("x/v3.6", "x", Some("3.6")),
            ("Superhuman", "Superhuman", None),
            ("x (build 7)", "x", None),
        ] {
            let end = memchr::memmem::find(agent.as_bytes(), name.as_bytes()).expect("it is there") + name.len();
            assert_eq!(behind(agent.as_bytes(), end).as_deref(), expected, "{agent}");
        }
        assert_eq!(in_brackets(b"x/709.2 (3.21.0)", 2).as_deref(), Some("3.21.0"));
        assert_eq!(in_brackets(b"x/709.2 (iPhone)", 2), None);
    }
}
