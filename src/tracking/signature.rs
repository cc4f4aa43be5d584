//! Signed tracking URLs: nobody without the key can make up ids.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::template::{Ids, Slot};
use crate::model::kind::Kind;

/// Bytes of a signature; written as twice as many hexadecimal digits.
const BYTES: usize = 16;

/// The key that tracking URLs are signed with.
#[derive(Clone)]
pub struct SignatureKey(Hmac<Sha256>);

impl std::fmt::Debug for SignatureKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignatureKey")
    }
}

impl SignatureKey {
    /// A key of any length.
    ///
    /// # Panics
    ///
    /// Never: HMAC takes keys of every length (RFC 2104).
    pub fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of every length"))
    }

    /// The signature of a URL: the first 32 hexadecimal digits of HMAC-SHA-256 over `open`, the campaign and the message,
    /// or over `click`, the campaign, the message and the link, with a line feed between them.
    pub fn sign(&self, kind: Kind, campaign: &[u8], message: &[u8], link: &[u8]) -> String {
        let mut mac = self.0.clone();
        mac.update(kind.code().as_bytes());
        let link = (kind == Kind::Click).then_some(link);
        for id in [campaign, message].into_iter().chain(link) {
            mac.update(b"\n");
            mac.update(id);
        }
        mac.finalize().into_bytes().iter().take(BYTES).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether the ids of a URL are signed as they must be. An id with a line feed in it never is: it could be read as two.
    pub fn has_signed(&self, kind: Kind, ids: &Ids<'_>) -> bool {
        let (campaign, message) = (ids.get(Slot::Campaign), ids.get(Slot::Message));
        let link = ids.get(Slot::Link);
        let is_one_line = [campaign, message, link].iter().all(|id| !id.contains(&b'\n'));
        let signature = self.sign(kind, campaign, message, link);
        is_one_line && ids.get(Slot::Signature).eq_ignore_ascii_case(signature.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_as_openssl_does() {
        // printf 'open\nspring\nm1' | openssl dgst -sha256 -hmac secret
        let key = SignatureKey::new(b"secret");
        assert_eq!(key.sign(Kind::Open, b"spring", b"m1", b"ignored"), OPEN);
        // printf 'click\nspring\nm1\nshop' | openssl dgst -sha256 -hmac secret
        assert_eq!(key.sign(Kind::Click, b"spring", b"m1", b"shop"), CLICK);
    }

    const OPEN: &str = "a6c0f828fdb3c3575b0d98ea692e3fb5";
    const CLICK: &str = "627d62b0814d9c030174313451504d2b";
}
