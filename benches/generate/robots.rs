//! User agents of machines: scanners, previews, libraries, crawlers.

use crate::agents::Protocol::{Http1, Http2};
use crate::agents::{Agent, agent};

/// What a scanner of mail calls itself when it pretends to be a browser.
pub(crate) static SCANNERS: [Agent; 5] = [
    agent(
        40,
        Http1,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36",
    ),
    agent(
        20,
        Http1,
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.6613.137 Safari/537.36",
    ),
    agent(
        20,
        Http1,
        "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.186 Safari/537.36",
    ),
    agent(
        10,
        Http1,
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0.3945.79 Safari/537.36",
    ),
    agent(
        10,
        Http2,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
    ),
];

/// What a scanner of mail calls itself when it says so.
pub(crate) static NAMED_SCANNERS: [Agent; 4] = [
    agent(10, Http1, "Mozilla/5.0 (compatible; mimecast ttp)"),
    agent(10, Http1, "Mozilla/5.0 (Windows NT 10.0; proofpoint urldefense) Gecko/20100101"),
    agent(10, Http1, "barracuda/1.0 (link protection)"),
    agent(5, Http1, "Mozilla/5.0 (compatible; forcepoint)"),
];

/// Programs that look at a link so that a chat can show a card.
pub(crate) static PREVIEWS: [Agent; 11] = [
    agent(40, Http1, "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"),
    agent(15, Http1, "Slack-ImgProxy (+https://api.slack.com/robots)"),
    agent(30, Http1, "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"),
    agent(20, Http1, "WhatsApp/2.23.20.0"),
    agent(15, Http1, "TelegramBot (like TwitterBot)"),
    agent(15, Http1, "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)"),
    agent(15, Http1, "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)"),
    agent(10, Http1, "Twitterbot/1.0"),
    agent(10, Http1, "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com"),
    agent(
        5,
        Http1,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/103.0.5060.134 Safari/537.36 BingPreview/1.0b",
    ),
    agent(
        5,
        Http1,
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko; Google Web Preview) Chrome/41.0.2272.118 Safari/537.36",
    ),
];

/// Programs that somebody wrote.
pub(crate) static LIBRARIES: [Agent; 14] = [
    agent(40, Http1, "curl/8.5.0"),
    agent(30, Http1, "python-requests/2.32.3"),
    agent(15, Http1, "Go-http-client/1.1"),
    agent(10, Http2, "Go-http-client/2.0"),
    agent(10, Http1, "Wget/1.21.4"),
    agent(10, Http1, "Python-urllib/3.12"),
    agent(10, Http1, "Python/3.12 aiohttp/3.10.5"),
    agent(5, Http1, "python-httpx/0.27.2"),
    agent(10, Http1, "Java/17.0.12"),
    agent(10, Http1, "axios/1.7.7"),
    agent(5, Http1, "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)"),
    agent(5, Http1, "libwww-perl/6.77"),
    agent(5, Http1, "Apache-HttpClient/4.5.14 (Java/17.0.12)"),
    agent(
        10,
        Http2,
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/139.0.0.0 Safari/537.36",
    ),
];

/// Crawlers, Google's own first.
pub(crate) static CRAWLERS: [Agent; 10] = [
    agent(60, Http1, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
    agent(
        30,
        Http2,
        "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.7339.207 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    ),
    agent(
        40,
        Http2,
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/136.0.0.0 Safari/537.36",
    ),
    agent(25, Http1, "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)"),
    agent(20, Http1, "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)"),
    agent(15, Http1, "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)"),
    agent(
        25,
        Http2,
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    ),
    agent(20, Http2, "Mozilla/5.0 (compatible; Bytespider; spider-feedback@bytedance.com)"),
    agent(
        10,
        Http1,
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
    ),
    agent(10, Http1, "CCBot/2.0 (https://commoncrawl.org/faq/)"),
];

/// Programs that knock on every server.
pub(crate) static PROBES: [Agent; 6] = [
    agent(30, Http1, "Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)"),
    agent(20, Http1, "Mozilla/5.0 zgrab/0.x"),
    agent(20, Http1, "Expanse, a Palo Alto Networks company, searches across the global IPv4 space"),
    agent(
        20,
        Http1,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/78.0.3904.108 Safari/537.36",
    ),
    agent(20, Http1, "masscan/1.3 (https://github.com/robertdavidgraham/masscan)"),
    agent(20, Http1, "-"),
];

/// No user agent at all.
pub(crate) static NO_AGENT: Agent = agent(1, Http1, "-");
/// A user agent that is sent and empty.
pub(crate) static EMPTY_AGENT: Agent = agent(1, Http1, "");

/// Office asking what a link is before it hands it to the browser.
pub(crate) static OFFICE_DISCOVERY: Agent = agent(1, Http1, "Microsoft Office Protocol Discovery");
pub(crate) static OFFICE_EXISTENCE: Agent = agent(1, Http1, "Microsoft Office Existence Discovery");
/// Office following a link before it hands it to the browser.
pub(crate) static OFFICE_OPENER: Agent = agent(1, Http1, "Mozilla/4.0 (compatible; ms-office; MSOffice rmj)");
