//! The stable codes of the rules, in the order in which the rules are tried.

/// The rule that decided who was behind a hit. The order of the variants is the order of the rules: of all rules
/// that match a hit, the first one decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Reason {
    /// Anything but GET.
    Method,
    /// A header says prefetch, preview or prerender.
    PrefetchHeader,
    /// Gmail's prefetcher, which runs before anybody opens the mail.
    GmailPrefetch,
    /// Gmail's image proxy, which fetches when the mail is viewed.
    GmailProxy,
    /// Apple Mail Privacy Protection, which fetches whether or not the mail is read.
    AppleMpp,
    /// Yahoo's image proxy.
    YahooProxy,
    /// HEY's image proxy.
    HeyProxy,
    /// Fastmail's image proxy.
    FastmailProxy,
    /// Another provider's image proxy.
    OtherProxy,
    /// A click by something that only fetches images.
    NotABrowser,
    /// An agent that names a mail security product.
    ScannerAgent,
    /// A chat or social network makes a preview of the link.
    LinkPreview,
    /// A program's HTTP library.
    HttpLibrary,
    /// A declared crawler or monitor.
    Crawler,
    /// No user agent.
    NoAgent,
    /// Apple Mail itself, without Privacy Protection.
    AppleMail,
    /// Another mail client.
    MailClient,
    /// A browser, or anything that no rule before knows.
    Browser,
}

impl Reason {
    /// Every reason, in rule order.
    pub const ALL: [Self; 18] = [
        Self::Method,
        Self::PrefetchHeader,
        Self::GmailPrefetch,
        Self::GmailProxy,
        Self::AppleMpp,
        Self::YahooProxy,
        Self::HeyProxy,
        Self::FastmailProxy,
        Self::OtherProxy,
        Self::NotABrowser,
        Self::ScannerAgent,
        Self::LinkPreview,
        Self::HttpLibrary,
        Self::Crawler,
        Self::NoAgent,
        Self::AppleMail,
        Self::MailClient,
        Self::Browser,
    ];

    /// The stable code, as stored and exported.
    pub fn code(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::PrefetchHeader => "prefetch-header",
            Self::GmailPrefetch => "gmail-prefetch",
            Self::GmailProxy => "gmail-proxy",
            Self::AppleMpp => "apple-mpp",
            Self::YahooProxy => "yahoo-proxy",
            Self::HeyProxy => "hey-proxy",
            Self::FastmailProxy => "fastmail-proxy",
            Self::OtherProxy => "other-proxy",
            Self::NotABrowser => "not-a-browser",
            Self::ScannerAgent => "scanner-agent",
            Self::LinkPreview => "link-preview",
            Self::HttpLibrary => "http-library",
            Self::Crawler => "crawler",
            Self::NoAgent => "no-agent",
            Self::AppleMail => "apple-mail",
            Self::MailClient => "mail-client",
            Self::Browser => "browser",
        }
    }
}

/// Why a hit is kept but not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum NotCounted {
    /// The server did not answer with the pixel or the redirect.
    Status,
    /// The operator named the network, the agent or the message as their own.
    Own,
}

impl NotCounted {
    /// Every reason, in the order in which they are decided.
    pub const ALL: [Self; 2] = [Self::Status, Self::Own];

    /// The stable code, as shown in the account.
    pub fn code(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Own => "own",
        }
    }
}

/// Why a line that holds a tracking URL could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Rejected {
    /// The line does not have the shape of the log format.
    Format,
    /// The line starts as JSON and is not one flat object.
    Json,
    /// The time is missing or is no time.
    Time,
    /// The status is missing or is not three digits.
    Status,
    /// The request has no method and URL.
    Request,
    /// The line is longer than 16 MiB.
    TooLong,
}

impl Rejected {
    /// Every reason.
    pub const ALL: [Self; 6] = [Self::Format, Self::Json, Self::Time, Self::Status, Self::Request, Self::TooLong];

    /// The stable code, as shown in the account.
    pub fn code(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Json => "json",
            Self::Time => "time",
            Self::Status => "status",
            Self::Request => "request",
            Self::TooLong => "too-long",
        }
    }

    /// What is wrong with the line, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Format => "does not have the shape of the log format",
            Self::Json => "starts with { and is not a JSON object of plain values",
            Self::Time => "has no readable time",
            Self::Status => "has no three-digit status",
            Self::Request => "has no readable request",
            Self::TooLong => "is longer than 16 MiB",
        }
    }
}
