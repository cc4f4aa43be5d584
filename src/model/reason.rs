//! The stable codes of the rules, in the order in which the rules are tried.

/// The rule that decided who was behind a hit. The order of the variants is the order of the rules: of all rules
/// that match a hit, the first one decides. The last two look at a message's whole timeline and come after all others.
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
    /// The address is a mail scanner's.
    ScannerNetwork,
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
    /// A network that mail scanners share with readers, right after sending.
    ProbableNetwork,
    /// A click out of Microsoft's networks: SafeLinks scans from there, and Windows 365 people click from there.
    MicrosoftClick,
    /// A browser through iCloud Private Relay.
    AppleRelay,
    /// Outlook on the web, which fetches images for its readers.
    MicrosoftProxy,
    /// Apple Mail itself, without Privacy Protection.
    AppleMail,
    /// Another mail client.
    MailClient,
    /// A browser, or anything that no rule before knows.
    Browser,
    /// Several different links of one message at once, or a hit that belongs to such a sweep.
    LinkSweep,
    /// At least two suspicions on one click; on screen and in exports their names stand instead.
    Suspicions,
}

impl Reason {
    /// Every reason, in rule order.
    pub const ALL: [Self; 25] = [
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
        Self::ScannerNetwork,
        Self::ScannerAgent,
        Self::LinkPreview,
        Self::HttpLibrary,
        Self::Crawler,
        Self::NoAgent,
        Self::ProbableNetwork,
        Self::MicrosoftClick,
        Self::AppleRelay,
        Self::MicrosoftProxy,
        Self::AppleMail,
        Self::MailClient,
        Self::Browser,
        Self::LinkSweep,
        Self::Suspicions,
    ];

    /// The reasons that look at one hit alone.
    pub const PER_HIT: usize = Self::LinkSweep as usize;

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
            Self::ScannerNetwork => "scanner-network",
            Self::ScannerAgent => "scanner-agent",
            Self::LinkPreview => "link-preview",
            Self::HttpLibrary => "http-library",
            Self::Crawler => "crawler",
            Self::NoAgent => "no-agent",
            Self::ProbableNetwork => "probable-network",
            Self::MicrosoftClick => "microsoft-click",
            Self::AppleRelay => "apple-relay",
            Self::MicrosoftProxy => "microsoft-proxy",
            Self::AppleMail => "apple-mail",
            Self::MailClient => "mail-client",
            Self::Browser => "browser",
            Self::LinkSweep => "link-sweep",
            Self::Suspicions => "suspicions",
        }
    }

    /// The reason with this code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// What the rule saw, in words, short enough for a table on 80 columns.
    pub fn words(self) -> &'static str {
        match self {
            Self::Method => "HEAD, OPTIONS or the like",
            Self::PrefetchHeader => "a header announces a prefetch",
            Self::GmailPrefetch => "Gmail, ahead of the reader",
            Self::GmailProxy => "Gmail's proxy, for a reader",
            Self::AppleMpp => "Apple's fetch, read or not",
            Self::YahooProxy => "Yahoo's proxy, for a reader",
            Self::HeyProxy => "HEY's proxy, for a reader",
            Self::FastmailProxy => "Fastmail's proxy, for a reader",
            Self::OtherProxy => "another proxy, for a reader",
            Self::NotABrowser => "image proxies never click",
            Self::ScannerNetwork => "a network of mail scanners",
            Self::ScannerAgent => "a mail security product",
            Self::LinkPreview => "a preview for a chat or feed",
            Self::HttpLibrary => "a program's HTTP library",
            Self::Crawler => "a declared crawler or monitor",
            Self::NoAgent => "no user agent",
            Self::ProbableNetwork => "scanners' network, just sent",
            Self::MicrosoftClick => "Microsoft: scanner or person",
            Self::AppleRelay => "a browser via Private Relay",
            Self::MicrosoftProxy => "Outlook's proxy, for a reader",
            Self::AppleMail => "Apple Mail, no privacy fetch",
            Self::MailClient => "a mail client",
            Self::Browser => "a browser, or unknown",
            Self::LinkSweep => "a sweep over the links",
            Self::Suspicions => "two suspicions on one click",
        }
    }
}

/// Why a hit is kept but not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum NotCounted {
    /// The server did not answer with the pixel or the redirect.
    Status,
    /// The URL's signature is missing or wrong.
    ForgedToken,
    /// The campaign was sent, and no such message.
    UnknownMessage,
    /// The URL names no campaign, and the message stands in several.
    AmbiguousMessage,
    /// Over five minutes before its message was sent.
    BeforeSend,
    /// The recipient did not agree to be tracked.
    NoConsent,
    /// The operator named the network, the agent or the message as their own.
    Own,
    /// Office asks for a link twice before the browser follows it; only the browser's request counts.
    OfficeStep,
}

impl NotCounted {
    /// Every reason, in the order in which they are decided.
    pub const ALL: [Self; 8] = [
        Self::Status,
        Self::ForgedToken,
        Self::UnknownMessage,
        Self::AmbiguousMessage,
        Self::BeforeSend,
        Self::NoConsent,
        Self::Own,
        Self::OfficeStep,
    ];

    /// The stable code, as shown in the account.
    pub fn code(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::ForgedToken => "forged-token",
            Self::UnknownMessage => "unknown-message",
            Self::AmbiguousMessage => "ambiguous-message",
            Self::BeforeSend => "before-send",
            Self::NoConsent => "no-consent",
            Self::Own => "own",
            Self::OfficeStep => "office-triple",
        }
    }

    /// The reason with this code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// Whether a line alone does not tell: it is found when a report is made.
    pub fn is_found_later(self) -> bool {
        matches!(
            self,
            Self::UnknownMessage | Self::AmbiguousMessage | Self::BeforeSend | Self::NoConsent | Self::OfficeStep
        )
    }

    /// What is the matter, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Status => "the status does not count",
            Self::ForgedToken => "no right signature",
            Self::UnknownMessage => "no such message was sent",
            Self::AmbiguousMessage => "several campaigns have this id",
            Self::BeforeSend => "before the message was sent",
            Self::NoConsent => "no consent to be tracked",
            Self::Own => "your own network, agent or id",
            Self::OfficeStep => "Office, ahead of the browser",
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
