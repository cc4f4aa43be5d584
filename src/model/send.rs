//! What a sends file says of a message: what became of it, and whether its recipient agreed to be tracked.

/// What became of a message after it was handed over for sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum SendStatus {
    /// It left the sender; more is not known.
    Sent,
    /// The recipient's server took it.
    Delivered,
    /// The recipient's server put it off, and it may still arrive.
    Deferred,
    /// The recipient's server sent it back.
    Bounced,
    /// It could not be sent.
    Failed,
    /// It was held back: the address is on a suppression list.
    Suppressed,
}

impl SendStatus {
    /// Every status, in the order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Sent, Self::Delivered, Self::Deferred, Self::Bounced, Self::Failed, Self::Suppressed];

    /// The stable code, as stored and exported.
    pub fn code(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Deferred => "deferred",
            Self::Bounced => "bounced",
            Self::Failed => "failed",
            Self::Suppressed => "suppressed",
        }
    }

    /// The words that mail systems write for it; `-`, `_` and a space in them are the same.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Sent => &["sent", "send", "accepted", "processed"],
            Self::Delivered => &["delivered", "delivery"],
            Self::Deferred => &["deferred", "delayed"],
            Self::Bounced => &["bounced", "bounce", "hard-bounce", "soft-bounce"],
            Self::Failed => &["failed", "failure", "rejected", "reject"],
            Self::Suppressed => &["suppressed", "dropped"],
        }
    }

    /// The status that a word stands for, in upper or lower case.
    pub fn parse(word: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.words().iter().any(|known| is_word(word, known)))
    }
}

/// Whether the recipient agreed to be tracked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Consent {
    /// They agreed.
    Granted,
    /// They refused or withdrew.
    Denied,
    /// The file has the column and does not say.
    Unknown,
}

impl Consent {
    /// Every consent, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Granted, Self::Denied, Self::Unknown];

    /// The stable code, as stored and exported.
    pub fn code(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::Unknown => "unknown",
        }
    }

    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Granted => &["granted", "yes", "true", "1"],
            Self::Denied => &["denied", "withdrawn", "no", "false", "0"],
            Self::Unknown => &["unknown", ""],
        }
    }

    /// Whether a message with this consent is in rates, by what the operator says of those that are unknown.
    pub fn is_tracked(self, unknown: UnknownConsent) -> bool {
        match self {
            Self::Granted => true,
            Self::Denied => false,
            Self::Unknown => unknown == UnknownConsent::Tracked,
        }
    }

    /// The consent that a word stands for, in upper or lower case; an empty cell is unknown.
    pub fn parse(word: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|consent| consent.words().iter().any(|known| is_word(word, known)))
    }
}

/// How messages with an unknown consent are taken. There is no usual way: the operator says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnknownConsent {
    /// As if the recipient had agreed.
    Tracked,
    /// As if the recipient had refused.
    Untracked,
}

fn is_word(word: &[u8], known: &str) -> bool {
    let plain = |byte: u8| if matches!(byte, b'_' | b' ') { b'-' } else { byte.to_ascii_lowercase() };
    word.len() == known.len() && word.iter().zip(known.bytes()).all(|(byte, known)| plain(*byte) == known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_usual_words() {
        for (word, status) in [
            ("sent", Some(SendStatus::Sent)),
            ("DELIVERED", Some(SendStatus::Delivered)),
            ("Soft_Bounce", Some(SendStatus::Bounced)),
            ("hard bounce", Some(SendStatus::Bounced)),
            ("dropped", Some(SendStatus::Suppressed)),
            ("opened", None),
            ("", None),
        ] {
            assert_eq!(SendStatus::parse(word.as_bytes()), status, "{word}");
        }
        for (word, consent) in [
            ("Granted", Some(Consent::Granted)),
            ("no", Some(Consent::Denied)),
            ("", Some(Consent::Unknown)),
            ("maybe", None),
        ] {
            assert_eq!(Consent::parse(word.as_bytes()), consent, "{word}");
        }
    }

    #[test]
    fn reads_its_own_codes() {
        for (i, status) in SendStatus::ALL.into_iter().enumerate() {
            assert_eq!((status as usize, SendStatus::parse(status.code().as_bytes())), (i, Some(status)));
        }
        for (i, consent) in Consent::ALL.into_iter().enumerate() {
            assert_eq!((consent as usize, Consent::parse(consent.code().as_bytes())), (i, Some(consent)));
        }
    }
}
