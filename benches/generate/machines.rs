//! What machines do with a message: scan it, fetch it ahead, show it as a card, crawl it.

use std::net::IpAddr;

use crate::addresses;
use crate::agents::{Agent, CHROME_WINDOWS, GMAIL_PREFETCH, IPHONE_SAFARI};
use crate::campaigns::LINKS;
use crate::delays::{self, MINUTE, RETURN, SECOND};
use crate::people::{Program, Reader, any_of};
use crate::rng::Rng;
use crate::robots::{
    CRAWLERS, EMPTY_AGENT, LIBRARIES, NAMED_SCANNERS, NO_AGENT, OFFICE_DISCOVERY, OFFICE_OPENER, PREVIEWS, SCANNERS,
};
use crate::visit::{Mail, Purpose};

/// What comes to a message first.
#[derive(Clone, Copy)]
enum First {
    Person,
    Scanner,
    HeadScanner,
    NamedScanner,
    Prefetch,
    Preview,
    Library,
    Crawler,
    NoAgent,
    ClickOnly,
}

/// In the first two minutes, when filters look at what they deliver.
static EARLY: [(First, u32); 10] = [
    (First::Person, 9_300),
    (First::Scanner, 420),
    (First::HeadScanner, 60),
    (First::NamedScanner, 40),
    (First::Prefetch, 60),
    (First::Preview, 30),
    (First::Library, 20),
    (First::Crawler, 10),
    (First::NoAgent, 20),
    (First::ClickOnly, 40),
];

/// After that.
static LATER: [(First, u32); 10] = [
    (First::Person, 9_797),
    (First::Scanner, 8),
    (First::HeadScanner, 2),
    (First::NamedScanner, 3),
    (First::Prefetch, 40),
    (First::Preview, 30),
    (First::Library, 25),
    (First::Crawler, 15),
    (First::NoAgent, 20),
    (First::ClickOnly, 60),
];

/// Lets a machine come first to a message, `age` milliseconds after sending, and the reader later where one does.
/// False when the reader is the first to come.
pub(crate) fn visit(mail: &mut Mail<'_>, rng: &mut Rng, first: i64, age: i64, reader: &Reader) -> bool {
    let early = age < 2 * MINUTE;
    let table = if early { &EARLY } else { &LATER };
    let later = first + delays::draw(&RETURN, rng);
    let reads_later = rng.chance(6_000);
    match rng.weighted(table, |&(_, weight)| weight).0 {
        First::Person if early && reader.program == Program::Gmail && rng.chance(1_200) => {
            mail.open(first, &GMAIL_PREFETCH, addresses::google(rng));
        }
        First::Person => return false,
        First::Scanner => scan(mail, rng, first),
        First::HeadScanner => scan_heads(mail, rng, first),
        First::NamedScanner => {
            mail.open(first, any_of(&NAMED_SCANNERS, rng), addresses::barracuda(rng));
        }
        First::Prefetch => prefetch(mail, rng, first),
        First::Preview => preview(mail, rng, first),
        First::Library => {
            mail.open(first, any_of(&LIBRARIES, rng), addresses::benchmarking(rng));
        }
        First::Crawler => {
            mail.open(first, any_of(&CRAWLERS, rng), addresses::googlebot(rng));
        }
        First::NoAgent => {
            let agent = if rng.one_in(4) { &EMPTY_AGENT } else { &NO_AGENT };
            mail.open(first, agent, addresses::person(rng));
        }
        First::ClickOnly => {
            // Images are off, so the click is the first that the server hears of the message.
            mail.click(first, &CHROME_WINDOWS, addresses::person(rng), LINKS[0]);
            return true;
        }
    }
    if reads_later {
        reader.read(mail, rng, later);
    }
    true
}

/// A filter loads the pixel, and about half a minute later all links within a second.
fn scan(mail: &mut Mail<'_>, rng: &mut Rng, first: i64) {
    let agent = any_of(&SCANNERS, rng);
    let address = scanner_address(rng);
    mail.open(first, agent, address);
    if rng.chance(6_500) {
        let start = first + rng.between(20 * SECOND, 60 * SECOND);
        sweep(mail, rng, start, agent, address);
    }
}

/// All links of a message within a second.
pub(crate) fn sweep(mail: &mut Mail<'_>, rng: &mut Rng, start: i64, agent: &'static Agent, address: IpAddr) {
    let mut at = start;
    for link in LINKS {
        mail.click(at, agent, address, link);
        at += rng.between(20, 220);
    }
}

/// The same by HEAD, which asks for no bytes.
fn scan_heads(mail: &mut Mail<'_>, rng: &mut Rng, first: i64) {
    let agent = any_of(&SCANNERS, rng);
    let address = scanner_address(rng);
    mail.open(first, agent, address).by("HEAD");
    for (place, link) in (1..).zip(LINKS) {
        mail.click(first + place * rng.between(60, 190), agent, address, link).by("HEAD");
    }
}

/// A browser or an app fetches the image ahead and says so.
fn prefetch(mail: &mut Mail<'_>, rng: &mut Rng, first: i64) {
    let purposes = [
        Purpose::SecPrefetch,
        Purpose::SecPrefetch,
        Purpose::SecPrerender,
        Purpose::Prefetch,
        Purpose::XPreview,
        Purpose::XMozPrefetch,
    ];
    let agent = if rng.one_in(3) { &IPHONE_SAFARI } else { &CHROME_WINDOWS };
    mail.open(first, agent, addresses::person(rng)).purpose = *rng.pick(&purposes);
}

/// A chat shows a card for a link, or for the message as a whole.
fn preview(mail: &mut Mail<'_>, rng: &mut Rng, first: i64) {
    let agent = any_of(&PREVIEWS, rng);
    let address = addresses::benchmarking(rng);
    if rng.one_in(2) {
        let link = *rng.pick(&LINKS[..4]);
        mail.click(first, agent, address, link);
    } else {
        mail.open(first, agent, address);
    }
}

/// Office asks what a link is and follows it; the caller lets the browser follow it too.
pub(crate) fn office_asks_first(mail: &mut Mail<'_>, rng: &mut Rng, at: i64, address: IpAddr, link: &'static str) {
    mail.click(at, &OFFICE_DISCOVERY, address, link).by(if rng.one_in(3) { "OPTIONS" } else { "HEAD" });
    mail.click(at + rng.between(200, 900), &OFFICE_OPENER, address, link);
}

fn scanner_address(rng: &mut Rng) -> IpAddr {
    match rng.below(10) {
        0..6 => addresses::microsoft_filter(rng),
        6..8 => addresses::barracuda(rng),
        _ => addresses::benchmarking(rng),
    }
}
