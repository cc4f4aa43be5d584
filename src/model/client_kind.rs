//! The kinds of client, and of the device that it runs on.

/// What kind of program opened or clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ClientKind {
    /// A mail program or app.
    MailClient,
    /// A mail program that is a website.
    Webmail,
    /// A browser.
    Browser,
    /// An app that is no browser and no mail program.
    App,
    /// A provider's proxy: the client behind it is not known.
    Proxy,
    /// A program that nobody looks at: a crawler, a library.
    Program,
}

impl ClientKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 6] = [Self::MailClient, Self::Webmail, Self::Browser, Self::App, Self::Proxy, Self::Program];

    /// The stable code, as stored and exported.
    pub fn code(self) -> &'static str {
        match self {
            Self::MailClient => "mail-client",
            Self::Webmail => "webmail",
            Self::Browser => "browser",
            Self::App => "app",
            Self::Proxy => "proxy",
            Self::Program => "program",
        }
    }

    /// The kind of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// What kind of device the client runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Device {
    /// A desktop or laptop computer.
    Desktop,
    /// A phone.
    Phone,
    /// A tablet.
    Tablet,
    /// A television, console, watch or car.
    Other,
}

impl Device {
    /// The stable code, as stored and exported.
    pub fn code(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Phone => "phone",
            Self::Tablet => "tablet",
            Self::Other => "other",
        }
    }
}
