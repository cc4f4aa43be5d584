//! User agents of programs that people read mail with. The weights say how common each is within its table.

use Protocol::{Http1, Http2};

/// A user agent as it stands in the log.
pub(crate) struct Agent {
    /// How common it is within its table.
    pub(crate) weight: u32,
    /// The protocol that it speaks to a server with TLS.
    pub(crate) protocol: Protocol,
    /// The header; `-` is none.
    pub(crate) text: &'static str,
}

/// The version of HTTP in a request line.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// A row of a table of agents.
pub(crate) const fn agent(weight: u32, protocol: Protocol, text: &'static str) -> Agent {
    Agent { weight, protocol, text }
}

/// Gmail's image proxy: a person opened the message.
pub(crate) static GMAIL_PROXY: Agent =
    agent(1, Http1, "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)");

/// Gmail fetching images before anyone looks.
pub(crate) static GMAIL_PREFETCH: Agent = agent(
    1,
    Http1,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0",
);

/// Apple's mail privacy protection: nobody knows whether a person looked.
pub(crate) static APPLE_MPP: Agent = agent(1, Http2, "Mozilla/5.0");

/// Yahoo's image proxy.
pub(crate) static YAHOO_PROXY: Agent =
    agent(1, Http1, "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html");

/// The phone that most people click with.
pub(crate) static IPHONE_SAFARI: Agent = agent(
    1,
    Http2,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
);

/// The browser that most people click with.
pub(crate) static CHROME_WINDOWS: Agent = agent(
    1,
    Http2,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
);

/// Image proxies of smaller providers: fetched when a person looks.
pub(crate) static OTHER_PROXIES: [Agent; 7] = [
    agent(30, Http1, "Mozilla/5.0 (compatible; FastmailUA/1.0; +https://www.fastmail.com/)"),
    agent(15, Http1, "hey.com/imageproxy 1.0"),
    agent(20, Http1, "Mozilla/5.0 (compatible; SeznamEmailProxy/2.0.184)"),
    agent(10, Http1, "Shortwave Image Fetcher"),
    agent(10, Http1, "Mozilla/5.0 (compatible; RamblerMail/6.0; incompatible; ImageProxy/6.0)"),
    agent(10, Http1, "mail.ukr.net proxy"),
    agent(5, Http1, "Mozilla/5.0 (compatible; YandexImageResizer/2.0; +http://yandex.com/bots)"),
];

/// Browsers on desktops: webmail with images loaded directly, and clicks.
pub(crate) static DESKTOP_BROWSERS: [Agent; 17] = [
    agent(300, Http2, CHROME_WINDOWS.text),
    agent(
        120,
        Http2,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    ),
    agent(
        110,
        Http2,
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    ),
    agent(
        30,
        Http2,
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    ),
    agent(
        12,
        Http2,
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
    ),
    agent(
        8,
        Http2,
        "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36",
    ),
    agent(
        130,
        Http2,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
    ),
    agent(
        40,
        Http2,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.3485.94",
    ),
    agent(80, Http2, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0"),
    agent(15, Http2, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    agent(25, Http2, "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"),
    agent(20, Http2, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0"),
    agent(
        90,
        Http2,
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
    ),
    agent(
        30,
        Http2,
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15",
    ),
    agent(
        15,
        Http2,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 OPR/123.0.0.0",
    ),
    agent(
        6,
        Http2,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Vivaldi/7.5.3735.58",
    ),
    agent(2, Http1, "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko"),
];

/// Browsers on phones and tablets. The last three hold `bot` or `Phantom` and are phones all the same.
pub(crate) static PHONE_BROWSERS: [Agent; 17] = [
    agent(220, Http2, IPHONE_SAFARI.text),
    agent(
        70,
        Http2,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
    ),
    agent(
        40,
        Http2,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1",
    ),
    agent(
        12,
        Http2,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/144.0 Mobile/15E148 Safari/605.1.15",
    ),
    agent(
        25,
        Http2,
        "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
    ),
    agent(
        200,
        Http2,
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
    ),
    agent(
        40,
        Http2,
        "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.7390.70 Mobile Safari/537.36",
    ),
    agent(
        60,
        Http2,
        "Mozilla/5.0 (Linux; Android 14; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
    ),
    agent(
        20,
        Http2,
        "Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-A536B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
    ),
    agent(15, Http2, "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0"),
    agent(
        35,
        Http2,
        "Mozilla/5.0 (Linux; Android 14; SM-A155F Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/140.0.7339.207 Mobile Safari/537.36",
    ),
    agent(
        10,
        Http2,
        "Mozilla/5.0 (Linux; Android 12; Redmi Note 9 Pro Build/SKQ1.211019.001; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/139.0.7258.158 Mobile Safari/537.36",
    ),
    agent(
        8,
        Http2,
        "Mozilla/5.0 (Linux; Android 11; moto g(8) power) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 Mobile Safari/537.36",
    ),
    agent(
        6,
        Http2,
        "Mozilla/5.0 (Linux; arm_64; Android 13; 2201117TY) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.6834.1034 YaBrowser/25.2.4.103.00 SA/3 Mobile Safari/537.36",
    ),
    agent(
        6,
        Http2,
        "Mozilla/5.0 (Linux; Android 9; CUBOT J9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36",
    ),
    agent(
        2,
        Http2,
        "Mozilla/5.0 (Linux; Android 7.0; M bot 54) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36",
    ),
    agent(
        1,
        Http1,
        "Mozilla/5.0 (Linux; Android 8.1.0; Phantom6 Build/O11019) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/95.0.4638.74 Mobile Safari/537.36",
    ),
];

/// Outlook on Windows, and its relatives.
pub(crate) static OUTLOOK: [Agent; 11] = [
    agent(300, Http1, "Mozilla/4.0 (compatible; ms-office; MSOffice 16)"),
    agent(
        200,
        Http1,
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Win64; x64; Trident/7.0; .NET4.0C; .NET4.0E; .NET CLR 2.0.50727; .NET CLR 3.0.30729; .NET CLR 3.5.30729; Microsoft Outlook 16.0.17928; ms-office; MSOffice 16)",
    ),
    agent(
        120,
        Http1,
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/8.0; .NET4.0C; Microsoft Outlook 16.0.6366; ms-office; MSOffice 16)",
    ),
    agent(60, Http1, "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.6326; Pro)"),
    agent(40, Http1, "Microsoft Office/16.0 (Microsoft Outlook 16.0.18129; Pro)"),
    agent(10, Http1, "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1; .NET CLR 2.0.50727; MSOffice 12)"),
    agent(50, Http1, "MacOutlook/16.46.21021202 (Intelx64 Mac OS X 11.2.2 (Build 20D80))"),
    agent(30, Http1, "Outlook-iOS/709.2042344.prod.iphone (3.21.0)"),
    agent(
        10,
        Http1,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 9_3_3 like Mac OS X) AppleWebKit/601.1.46 (KHTML, like Gecko) Outlook-iOS-Android/1.0 Mobile/13G35 Safari/601.1.46",
    ),
    agent(4, Http1, "Outlook-Express/7.0 (MSIE 7.0; Windows NT 6.1; TmstmpExt)"),
    agent(3, Http1, "WindowsMail/17.5.9600.22013"),
];

/// Apple Mail without privacy protection: no `Safari` token.
pub(crate) static APPLE_MAIL: [Agent; 7] = [
    agent(250, Http2, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"),
    agent(
        150,
        Http2,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    ),
    agent(
        80,
        Http2,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    ),
    agent(
        20,
        Http2,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 15_8_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    ),
    agent(
        30,
        Http2,
        "Mozilla/5.0 (iPad; CPU OS 16_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    ),
    agent(10, Http1, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_6) AppleWebKit/601.7.8 (KHTML, like Gecko)"),
    agent(3, Http1, "Mail/53 CFNetwork/711.2.23 Darwin/14.0.0"),
];

/// Thunderbird and its relatives.
pub(crate) static THUNDERBIRD: [Agent; 8] = [
    agent(120, Http2, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Thunderbird/140.3.0"),
    agent(60, Http2, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.3.1"),
    agent(20, Http2, "Mozilla/5.0 (X11; Linux x86_64; rv:78.0) Gecko/20100101 Thunderbird/78.13.0"),
    agent(40, Http2, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Thunderbird/128.14.0"),
    agent(15, Http2, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:128.0) Gecko/20100101 Thunderbird/128.14.0"),
    agent(3, Http1, "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:45.0) Gecko/20100101 Thunderbird/45.8.0 Lightning/4.7.8"),
    agent(2, Http1, "Mozilla/5.0 (X11; Linux x86_64; rv:45.0) Gecko/20100101 Icedove/45.8.0"),
    agent(
        5,
        Http2,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:91.0) Gecko/20100101 Thunderbird/91.0 Postbox/7.0.26",
    ),
];
