//! How programs declare themselves, whatever their names are: `…bot`, an address to write to, `(compatible; …)`.

use super::lists::PERSONAL_APPS;
use super::pattern::AgentText;

/// Stems that stand nowhere in the agent of a person's browser: of 52 000 agents of phones, tablets, televisions and
/// desktops none has one outside the name of its device.
const STEMS: &[&[u8]] = &[
    b"crawl",
    b"spider",
    b"scrape",
    b"scraping",
    b"robot",
    b"headless",
    b"webdriver",
    b"healthcheck",
    b"health check",
    b"feed parser",
    b"link check",
    b"link preview",
    b"url preview",
    b"httpclient",
    // Somebody tries to break in.
    b"${",
    b"<?",
    b"{{",
];

/// What words of programs end with.
const ENDINGS: &[&[u8]] =
    &[b"bot", b"bots", b"fetcher", b"validator", b"indexer", b"archiver", b"prober", b"pinger", b"unfurler"];

/// What words of programs end with, and what apps on phones are called too: `CamScanner`.
const DESKTOP_ENDINGS: &[&[u8]] = &[
    b"harvester",
    b"extractor",
    b"grabber",
    b"expander",
    b"sniffer",
    b"checker",
    b"monitor",
    b"monitoring",
    b"scanner",
    b"analyzer",
    b"resolver",
    b"verifier",
    b"detector",
    b"collector",
    b"searcher",
    b"downloader",
    b"httpagent",
    b"rss",
    b"synthetic",
    b"synthetics",
    b"webhook",
    b"webhooks",
    b"probe",
    b"parser",
    b"audit",
];

/// Whole words, of which apps on phones have some too.
const DESKTOP_WORDS: &[&[u8]] = &[
    b"subscribers",
    b"subscriber",
    b"feed",
    b"dcv",
    b"seo",
    b"uptime",
    b"survey",
    b"diagnostics",
    b"favicon",
    b"favicons",
    b"lighthouse",
    b"pagespeed",
    b"prerender",
    b"selenium",
    b"playwright",
    b"puppeteer",
    b"screenshot",
    b"sitemap",
    b"scan",
    b"audit",
    b"validation",
];

/// Words that end in `bot` and are none: a maker of phones, and family names.
const NO_BOTS: &[&[u8]] = &[b"cubot", b"abbot", b"talbot"];

/// What stands behind `compatible;` in the agents of browsers.
const COMPATIBLE: &[&[u8]] = &[
    b"msie",
    b"konqueror",
    b"linux",
    b"windows",
    b"u;",
    b"ms-office",
    b"msoffice",
    b"antgalio",
    b"docomo",
    b"netfront",
    b"opera",
    b"polaris",
    b"teleca",
    b"nokia",
    b"palm",
    b"blackberry",
    b"gecko",
    b"ibrowse",
    b"netpositive",
    b"offbyone",
    b"oss/",
    b"go.web",
    b"yospace",
    b"omniweb",
    b"icab",
    b"webtv",
    b"lotus-notes",
    b"sonyericsson",
];

/// The ends of host names that programs give.
const TOP_LEVEL: &[&[u8]] = &[
    b"com", b"org", b"net", b"io", b"ai", b"co", b"de", b"ru", b"eu", b"ch", b"fr", b"edu", b"gov", b"info", b"uk",
    b"ua", b"fm", b"cz", b"pl", b"nl", b"it", b"jp", b"dev", b"ca",
];

/// Names that look like hosts.
const NO_HOSTS: &[&[u8]] =
    &[b"asp.net", b"paint.net", b"vb.net", b"web.de", b"mail.com", b"gmx.de", b"gmx.net", b"msn.com"];

/// Contacts of add-ons in the agents of people's browsers.
const ADD_ONS: &[&[u8]] = &[b"bsalsa.com", b"avantbrowser.com", b"crazybrowser.com"];

/// What the agents of phones from before smartphones have; their gateways wrote addresses into them.
const OLD_PHONES: &[&[u8]] = &[b"midp", b"docomo/", b"up.browser"];

/// Phones, whose apps are often called by the name of a site: `Amazon.com/2.8.0 (Android/2.3.5/…)`.
const PHONES: &[&[u8]] = &[b"android", b"iphone", b"ipad", b"ipod", b"cfnetwork/", b" ios", b"(ios"];

/// Whether an agent has the shape of a program's, and is not that of a program which a person uses.
pub fn is_program(agent: &AgentText<'_>) -> bool {
    let text = agent.claims();
    if PERSONAL_APPS.is_in(text) {
        return false;
    }
    if has_any(text, STEMS) {
        return true;
    }
    let is_on_phone = has_any(agent.lower(), PHONES);
    if words(text).any(|word| is_program_word(word, is_on_phone)) {
        return true;
    }
    // Apps on a person's device may name a site and what they are compatible with.
    let is_app = is_on_phone && !text.starts_with(b"mozilla/");
    !is_app && (has_contact(text, is_on_phone) || is_compatible_program(text))
}

/// Where the name of a program stands: behind `compatible;`, or the word that tells it, where that says more than
/// `Spider`.
pub fn name(agent: &AgentText<'_>) -> Option<(usize, usize)> {
    let text = agent.claims();
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'!');
    let behind = compatible_programs(text).find(|start| text[*start].is_ascii_alphanumeric());
    if let Some(start) = behind {
        let len = text[start..].iter().position(|byte| !is_part(byte) && *byte != b' ').unwrap_or(text.len() - start);
        return Some((start, start + len));
    }
    let (mut end, mut is_site) = (0, false);
    text.split_inclusive(|byte| !is_part(byte)).find_map(|token| {
        let start = end;
        end += token.len();
        is_site = is_site || token.starts_with(b"http") || token.starts_with(b"www.");
        let name = token.split_last().filter(|(last, _)| !is_part(last)).map_or(token, |(_, name)| name);
        let tells = has_any(name, STEMS) || words(name).any(|word| is_program_word(word, false));
        (tells && !is_site && !GENERIC.contains(&name)).then_some((start, end))
    })
}

/// Words that are no name of their own.
const GENERIC: &[&[u8]] = &[
    b"bot",
    b"robot",
    b"crawler",
    b"spider",
    b"fetcher",
    b"indexer",
    b"validator",
    b"archiver",
    b"scraper",
    b"webcrawler",
    b"monitor",
    b"scanner",
    b"checker",
    b"feed",
    b"rss",
    b"uptime",
    b"survey",
    b"scan",
];

fn has_any(text: &[u8], parts: &[&[u8]]) -> bool {
    parts.iter().any(|part| has(text, part))
}

fn has(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

fn is_program_word(word: &[u8], is_on_phone: bool) -> bool {
    let digits = word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let name = &word[..word.len() - digits];
    let ends = |endings: &[&[u8]]| endings.iter().any(|ending| name.ends_with(ending));
    (ends(ENDINGS) && !NO_BOTS.contains(&name))
        || (!is_on_phone && (DESKTOP_WORDS.contains(&name) || ends(DESKTOP_ENDINGS)))
}

/// A web address or a mail address: whom to ask about the visits.
fn has_contact(text: &[u8], is_on_phone: bool) -> bool {
    let is_excused = has_any(text, ADD_ONS) || has_any(text, OLD_PHONES);
    let has_site = has_any(text, &[b"http://", b"https://", b"www.", b"mailto:"]) || (!is_on_phone && has_host(text));
    (has_site && !is_excused) || memchr::memchr_iter(b'@', text).any(|at| is_mail_address(&text[..at], &text[at + 1..]))
}

/// `example.org` or `example.org/policy`, and not `com.example.app`.
fn has_host(text: &[u8]) -> bool {
    let hosts = text.split(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')));
    hosts.filter(|host| host.len() > 4).any(|host| {
        let host = host.strip_suffix(b".").unwrap_or(host);
        let Some(dot) = host.iter().rposition(|byte| *byte == b'.') else { return false };
        let first = host.split(|byte| *byte == b'.').next().unwrap_or_default();
        TOP_LEVEL.contains(&&host[dot + 1..])
            && first.len() > 1
            && first.iter().any(u8::is_ascii_alphabetic)
            && !TOP_LEVEL.contains(&first)
            && !NO_HOSTS.contains(&host)
    })
}

/// `someone@example.org`, and not `android@143.0`.
fn is_mail_address(before: &[u8], after: &[u8]) -> bool {
    let host = after.split(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))).next();
    let host = host.unwrap_or_default();
    before.last().is_some_and(u8::is_ascii_alphanumeric)
        && host.first().is_some_and(u8::is_ascii_alphabetic)
        && host.split(|byte| *byte == b'.').nth(1).is_some_and(|part| !part.is_empty())
}

/// `(compatible; X/1.0; …)` or `compatible; X/1.0)`, where X is no browser.
fn is_compatible_program(text: &[u8]) -> bool {
    has(text, b"(compatible)") || compatible_programs(text).next().is_some()
}

/// Where the programs stand that say what they are compatible with.
fn compatible_programs(text: &[u8]) -> impl Iterator<Item = usize> + '_ {
    const MARK: &[u8] = b"compatible;";
    memchr::memmem::find_iter(text, MARK).filter_map(|at| {
        let behind = text[at + MARK.len()..].trim_ascii_start();
        let is_named = behind.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'+');
        let is_browser = COMPATIBLE.iter().any(|name| behind.starts_with(name));
        (is_named && !is_browser).then_some(text.len() - behind.len())
    })
}
