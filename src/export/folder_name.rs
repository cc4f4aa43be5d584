//! The names of campaigns as names of folders, each its own.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::analysis::groups::NO_CAMPAIGN;

/// The longest name, in bytes: file systems take 255.
const LONGEST: usize = 200;

/// What stands beside the folders.
const TAKEN: [&str; 2] = ["index.csv", "index.json"];

/// The folder of a campaign. Everything but letters, digits, `.`, `_` and `-` is percent-encoded, and a dot in front, too;
/// of long names, the start stands there and a hash of the whole. `(none)` and `~` come from no name.
pub fn of(campaign: Option<&str>) -> String {
    let Some(campaign) = campaign else { return NO_CAMPAIGN.to_owned() };
    let mut name = String::with_capacity(campaign.len());
    let is_taken = TAKEN.iter().any(|taken| taken.eq_ignore_ascii_case(campaign));
    for (at, byte) in campaign.bytes().enumerate() {
        let is_first = at == 0 && (byte == b'.' || is_taken);
        if (byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')) && !is_first {
            name.push(char::from(byte));
        } else {
            write!(name, "%{byte:02X}").expect("writing to memory can't fail");
        }
    }
    if name.len() <= LONGEST {
        return name;
    }
    let mut end = LONGEST - 17;
    // No encoded byte is cut.
    while name[..end].bytes().rev().take(2).any(|byte| byte == b'%') {
        end -= 1;
    }
    name.truncate(end);
    name.push('~');
    for byte in &Sha256::digest(campaign.as_bytes())[..8] {
        write!(name, "{byte:02x}").expect("writing to memory can't fail");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_their_own() {
        for (campaign, folder) in [
            ("spring-sale_2.0", "spring-sale_2.0"),
            ("a/b", "a%2Fb"),
            ("..", "%2E."),
            (".", "%2E"),
            (".hidden", "%2Ehidden"),
            ("(none)", "%28none%29"),
            ("grün", "gr%C3%BCn"),
            ("100%", "100%25"),
            ("index.csv", "%69ndex.csv"),
            ("a\0b\nc", "a%00b%0Ac"),
        ] {
            assert_eq!(of(Some(campaign)), folder);
        }
        assert_eq!(of(None), "(none)");
        let long = [of(Some(&"x".repeat(500))), of(Some(&"x".repeat(501))), of(Some(&"ü/".repeat(300)))];
        assert!(long.iter().all(|name| name.len() <= LONGEST && name.contains('~')), "{long:?}");
        assert!(long[0] != long[1] && !long[2].contains("%~") && !long[2].contains("%2~"), "{long:?}");
        assert_eq!(of(Some(&"x".repeat(200))).len(), 200);
    }
}
