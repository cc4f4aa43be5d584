//! Who decided *when* a request was made, and what hides *where* it was made from: two axes, never one.

/// Who decided when the request was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Actor {
    /// A person caused the request.
    Human,
    /// A person may or may not have caused it; no log can tell.
    Unknown,
    /// A program caused it.
    Machine,
}

impl Actor {
    /// Every actor, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Human, Self::Unknown, Self::Machine];

    /// The actor with this code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|actor| actor.code() == code)
    }

    /// The stable code, as stored and exported.
    pub fn code(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Unknown => "unknown",
            Self::Machine => "machine",
        }
    }
}

/// What stands between the recipient and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Via {
    /// Nothing: the address and the agent are the client's own.
    Direct,
    /// Gmail's image proxy.
    Gmail,
    /// Apple Mail Privacy Protection.
    Apple,
    /// Yahoo's image proxy.
    Yahoo,
    /// HEY's image proxy.
    Hey,
    /// Fastmail's image proxy.
    Fastmail,
    /// Shortwave's image fetcher.
    Shortwave,
    /// Seznam's image proxy.
    Seznam,
    /// Rambler's image proxy.
    Rambler,
    /// ukr.net's image proxy.
    UkrNet,
    /// Yandex's image resizer.
    Yandex,
    /// Microsoft's image proxy of Outlook on the web.
    Microsoft,
}

impl Via {
    /// Every way, in the order of their numbers.
    pub const ALL: [Self; 12] = [
        Self::Direct,
        Self::Gmail,
        Self::Apple,
        Self::Yahoo,
        Self::Hey,
        Self::Fastmail,
        Self::Shortwave,
        Self::Seznam,
        Self::Rambler,
        Self::UkrNet,
        Self::Yandex,
        Self::Microsoft,
    ];

    /// The way with this code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|via| via.code() == code)
    }

    /// The stable code, as stored and exported.
    pub fn code(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Gmail => "gmail",
            Self::Apple => "apple",
            Self::Yahoo => "yahoo",
            Self::Hey => "hey",
            Self::Fastmail => "fastmail",
            Self::Shortwave => "shortwave",
            Self::Seznam => "seznam",
            Self::Rambler => "rambler",
            Self::UkrNet => "ukr.net",
            Self::Yandex => "yandex",
            Self::Microsoft => "microsoft",
        }
    }

    /// The provider's name, as shown.
    pub fn words(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Gmail => "Gmail",
            Self::Apple => "Apple",
            Self::Yahoo => "Yahoo",
            Self::Hey => "HEY",
            Self::Fastmail => "Fastmail",
            Self::Shortwave => "Shortwave",
            Self::Seznam => "Seznam",
            Self::Rambler => "Rambler",
            Self::UkrNet => "ukr.net",
            Self::Yandex => "Yandex",
            Self::Microsoft => "Microsoft",
        }
    }
}
