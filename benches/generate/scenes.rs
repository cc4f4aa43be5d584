//! Scenes for the sample logs: each plays one thing that a report has to get right, on messages of its own.

use std::net::{IpAddr, Ipv4Addr};

use crate::agents::{
    APPLE_MAIL, APPLE_MPP, Agent, CHROME_WINDOWS, DESKTOP_BROWSERS, GMAIL_PREFETCH, GMAIL_PROXY, IPHONE_SAFARI,
    OTHER_PROXIES, OUTLOOK, PHONE_BROWSERS, THUNDERBIRD, YAHOO_PROXY,
};
use crate::campaigns::{LINKS, UNSUBSCRIBE};
use crate::delays::{DAY, HOUR, MINUTE, SECOND};
use crate::mail_apps::{DESKTOP_APPS, PHONE_APPS};
use crate::robots::{
    CRAWLERS, EMPTY_AGENT, LIBRARIES, NAMED_SCANNERS, NO_AGENT, OFFICE_DISCOVERY, OFFICE_EXISTENCE, OFFICE_OPENER,
    PREVIEWS, SCANNERS,
};
use crate::visit::{Mail, Privacy, Purpose, Spelling, Target, Visit};

/// Three people in three networks.
const HOME: IpAddr = v4(192, 0, 2, 10);
const WORK: IpAddr = v4(198, 51, 100, 20);
const CAFE: IpAddr = v4(203, 0, 113, 30);
/// Another network that no list names.
const ELSEWHERE: IpAddr = v4(198, 18, 7, 7);

const GMAIL: IpAddr = v4(66, 249, 84, 33);
const YAHOO: IpAddr = v4(98, 137, 66, 12);
const APPLE: IpAddr = v4(17, 58, 3, 4);
const RELAY: IpAddr = v4(104, 28, 40, 1);
const MICROSOFT_FILTER: IpAddr = v4(40, 107, 1, 1);
const BARRACUDA: IpAddr = v4(209, 222, 82, 14);

/// The browser on most desks.
const H: &Agent = &CHROME_WINDOWS;

/// Where the scenes of a campaign are played: every scene has its messages and its own hour.
pub(crate) struct Stage {
    pub(crate) visits: Vec<Visit>,
    campaign: u16,
    message: u32,
    sent: i64,
    /// When the next scene starts.
    at: i64,
}

impl Stage {
    /// An empty stage; its messages are numbered from `message`.
    pub(crate) fn new(campaign: u16, message: u32, sent: i64) -> Stage {
        Stage { visits: Vec::new(), campaign, message, sent, at: sent + 31 * MINUTE }
    }

    /// A message that no other scene has.
    fn mail(&mut self) -> Mail<'_> {
        self.message += 1;
        Mail { campaign: self.campaign, message: self.message, visits: &mut self.visits }
    }

    /// When a scene starts; the next one starts 7 minutes and some seconds later.
    fn curtain(&mut self) -> i64 {
        self.at += 7 * MINUTE + 13_217;
        self.at
    }
}

/// Scenes that take minutes.
pub(crate) fn scenes(stage: &mut Stage) {
    looks(stage);
    proxies(stage);
    prefetches(stage);
    sweeps(stage);
    readers_who_click_fast(stage);
    office(stage);
    machines(stage);
    statuses(stage);
    spellings(stage);
    unsubscribing(stage);
    shared_office(stage);
}

/// Scenes that take days.
pub(crate) fn long_stories(stage: &mut Stage) {
    let at = stage.curtain();
    let mut forwarded = stage.mail();
    let places = [
        (0, &GMAIL_PROXY, GMAIL),
        (5 * HOUR, &OUTLOOK[1], WORK),
        (26 * HOUR, &PHONE_BROWSERS[5], CAFE),
        (47 * HOUR, &THUNDERBIRD[0], ELSEWHERE),
        (70 * HOUR, &APPLE_MAIL[0], v4(100, 70, 2, 9)),
    ];
    for (later, agent, address) in places {
        forwarded.open(at + later, agent, address);
    }

    let at = stage.curtain();
    let mut faithful = stage.mail();
    for day in 0..12 {
        faithful.open(at + day * DAY, &THUNDERBIRD[1], HOME);
    }
    faithful.click(at + 9 * DAY + 20 * SECOND, H, HOME, "shop");

    // The server's clock is two seconds behind the mailer's.
    let sent = stage.sent;
    let mut before_sending = stage.mail();
    before_sending.open(sent - 2 * SECOND, &GMAIL_PROXY, GMAIL);
    before_sending.open(sent + 5 * MINUTE, &GMAIL_PROXY, GMAIL);

    // Around midnight: two hits of one open on two days.
    let midnight = stage.sent / DAY * DAY + 2 * DAY;
    let mut late = stage.mail();
    late.open(midnight - 10 * SECOND, H, HOME);
    late.open(midnight + 10 * SECOND, H, HOME);
}

/// A disk is full at night: twelve people on call, four messages to their list, each opened within a minute.
pub(crate) fn alert(stage: &mut Stage) {
    let agents = [
        &PHONE_BROWSERS[0],
        &APPLE_MAIL[1],
        &PHONE_APPS[0],
        &THUNDERBIRD[0],
        &OUTLOOK[0],
        &PHONE_APPS[2],
        &GMAIL_PROXY,
        &OUTLOOK[7],
        &DESKTOP_BROWSERS[8],
        &APPLE_MAIL[2],
        &PHONE_BROWSERS[6],
        &APPLE_MPP,
    ];
    let messages = [(0, 9), (15 * MINUTE, 7), (40 * MINUTE, 12), (95 * MINUTE, 4)];
    for (place, (sent_later, readers)) in (0..).zip(messages) {
        let sent = stage.sent + sent_later;
        let mut mail = stage.mail();
        for reader in 0..readers {
            let who = (reader * 5 + place) % agents.len();
            let address = match who {
                6 => GMAIL,
                11 => APPLE,
                _ => v4(100, 80 + who as u8, 4, 17),
            };
            mail.open(sent + 5_100 + reader as i64 * 4_370, agents[who], address);
        }
        if place == 0 {
            // Somebody forwards the first one into a chat, which fetches the image.
            mail.open(sent + 3 * MINUTE, &PREVIEWS[1], ELSEWHERE);
        }
    }
}

/// Every user agent of the tables opens a message of its own.
pub(crate) fn every_agent(stage: &mut Stage) {
    let tables: [&'static [Agent]; 12] = [
        &OTHER_PROXIES,
        &DESKTOP_BROWSERS,
        &PHONE_BROWSERS,
        &OUTLOOK,
        &APPLE_MAIL,
        &THUNDERBIRD,
        &PHONE_APPS,
        &DESKTOP_APPS,
        &PREVIEWS,
        &LIBRARIES,
        &CRAWLERS,
        &NAMED_SCANNERS,
    ];
    for (number, agent) in tables.into_iter().flatten().enumerate() {
        let at = stage.sent + 50 * MINUTE + number as i64 * 23 * MINUTE;
        let address = v4(100, 64 + (number % 64) as u8, number as u8, 21);
        stage.mail().open(at, agent, address);
    }
}

/// The same look at the screen, or a new one.
fn looks(stage: &mut Stage) {
    let at = stage.curtain();
    let mut one_look = stage.mail();
    for seconds in [0, 20, 40, 60, 80] {
        one_look.open(at + seconds * SECOND, H, HOME);
    }
    let mut just_within = stage.mail();
    just_within.open(at, H, WORK);
    just_within.open(at + 29_999, H, WORK);
    let mut just_beyond = stage.mail();
    just_beyond.open(at, H, CAFE);
    just_beyond.open(at + 30_000, H, CAFE);

    let at = stage.curtain();
    let mut machine_between = stage.mail();
    machine_between.open(at, H, HOME);
    machine_between.open(at + 20 * SECOND, &LIBRARIES[0], ELSEWHERE);
    machine_between.open(at + 40 * SECOND, H, HOME);
}

/// Proxies that hide people, and one that hides whether there are any.
fn proxies(stage: &mut Stage) {
    let at = stage.curtain();
    let mut mixed = stage.mail();
    mixed.open(at, &APPLE_MPP, APPLE);
    mixed.open(at + 10 * SECOND, &GMAIL_PROXY, GMAIL);
    mixed.open(at + 100 * SECOND, &APPLE_MPP, RELAY);

    let at = stage.curtain();
    let mut apple_click = stage.mail();
    apple_click.open(at + SECOND, &APPLE_MPP, RELAY);
    apple_click.click(at + 3 * HOUR, &IPHONE_SAFARI, RELAY, "shop");

    let at = stage.curtain();
    stage.mail().open(at, &YAHOO_PROXY, YAHOO);
    for (later, agent) in (1..).zip(&OTHER_PROXIES) {
        stage.mail().open(at + later * 9 * SECOND, agent, ELSEWHERE);
    }
    // A proxy for images never follows a link: somebody borrowed its name.
    stage.mail().click(at + MINUTE, &GMAIL_PROXY, ELSEWHERE, "shop");
    stage.mail().click(at + 2 * MINUTE, &APPLE_MPP, ELSEWHERE, "story-1");
}

/// Images fetched before anyone looks.
fn prefetches(stage: &mut Stage) {
    let at = stage.curtain();
    let mut gmail = stage.mail();
    gmail.open(at, &GMAIL_PREFETCH, GMAIL);
    gmail.open(at + 40 * SECOND, &GMAIL_PROXY, GMAIL);
    stage.mail().open(at + MINUTE, &GMAIL_PREFETCH, GMAIL);

    let purposes =
        [Purpose::SecPrefetch, Purpose::SecPrerender, Purpose::Prefetch, Purpose::XPreview, Purpose::XMozPrefetch];
    for (minutes, purpose) in (2..).zip(purposes) {
        stage.mail().open(at + minutes * MINUTE, H, WORK).purpose = purpose;
    }
    stage.mail().click(at + 8 * MINUTE, H, WORK, "story-2").purpose = Purpose::SecPrefetch;
}

/// Scanners: the pixel first, then every link within a second.
fn sweeps(stage: &mut Stage) {
    let scanner = &SCANNERS[2];
    let networks = [ELSEWHERE, v4(198, 19, 40, 3), v4(198, 19, 88, 61)];

    let at = stage.curtain();
    let mut scanned = stage.mail();
    scanned.open(at + 9 * SECOND, scanner, ELSEWHERE);
    for (place, link) in (0..).zip(LINKS) {
        scanned.click(at + 43 * SECOND + place * 210, scanner, networks[place as usize % 3], link);
    }
    scanned.click(at + 7_243 * SECOND, H, HOME, "story-2");

    let at = stage.curtain();
    let mut read_too = stage.mail();
    for (place, link) in (0..4).zip(LINKS) {
        read_too.click(at + 43 * SECOND + place * 200, scanner, ELSEWHERE, link);
    }
    read_too.open(at + 45 * SECOND, &GMAIL_PROXY, GMAIL);

    let at = stage.curtain();
    let mut by_head = stage.mail();
    by_head.open(at, &SCANNERS[0], ELSEWHERE).by("HEAD");
    by_head.click(at + 100, &SCANNERS[0], ELSEWHERE, "shop").by("HEAD");
    by_head.click(at + 300, &SCANNERS[0], ELSEWHERE, "story-1").by("HEAD");

    stage.mail().open(at + MINUTE, &SCANNERS[0], MICROSOFT_FILTER);
    stage.mail().click(at + MINUTE + 400, &SCANNERS[1], BARRACUDA, "shop");

    // Over the edge of a second, and over the edge of a minute.
    let at = stage.curtain() / MINUTE * MINUTE + MINUTE;
    let mut over_the_edge = stage.mail();
    for (later, link) in [(-800, "shop"), (-400, "story-1"), (100, "story-2")] {
        over_the_edge.click(at + later, &SCANNERS[3], v4(198, 19, 5, 5), link);
    }
}

/// People who look like scanners and are none.
fn readers_who_click_fast(stage: &mut Stage) {
    let at = stage.curtain();
    let mut digest = stage.mail();
    digest.open(at, H, HOME);
    for (seconds, link) in [(12, "story-1"), (19, "story-2"), (27, "story-3")] {
        digest.click(at + seconds * SECOND, H, HOME, link);
    }

    let at = stage.curtain();
    let mut mis_tap = stage.mail();
    mis_tap.open(at, &IPHONE_SAFARI, CAFE);
    mis_tap.click(at + 3_000, &IPHONE_SAFARI, CAFE, "story-1");
    mis_tap.click(at + 6_500, &IPHONE_SAFARI, CAFE, "story-2");

    let at = stage.curtain();
    let mut same_second = stage.mail();
    same_second.click(at + 120, H, WORK, "shop");
    same_second.open(at + 480, &OUTLOOK[1], WORK);

    let at = stage.curtain();
    let mut at_once = stage.mail();
    for (seconds, address) in [(0, HOME), (8, WORK), (21, CAFE)] {
        at_once.open(at + seconds * SECOND, H, address);
    }
}

/// Office asks what a link is before the browser goes there.
fn office(stage: &mut Stage) {
    let at = stage.curtain();
    let mut triple = stage.mail();
    triple.open(at - 40 * SECOND, &OUTLOOK[1], WORK);
    triple.click(at, &OFFICE_DISCOVERY, WORK, "story-1").by("HEAD");
    triple.click(at + 400, &OFFICE_OPENER, WORK, "story-1");
    triple.click(at + 2_100, H, WORK, "story-1");

    let at = stage.curtain();
    stage.mail().click(at, &OFFICE_EXISTENCE, WORK, "story-2").by("HEAD");
    stage.mail().click(at + MINUTE, &OFFICE_OPENER, WORK, "story-3");
    let mut with_options = stage.mail();
    with_options.click(at + 2 * MINUTE, &OFFICE_DISCOVERY, WORK, "shop").by("OPTIONS");
    with_options.click(at + 2 * MINUTE + 700, &OFFICE_OPENER, WORK, "shop");
    with_options.click(at + 2 * MINUTE + 1_900, &DESKTOP_BROWSERS[6], WORK, "shop");
}

/// Previews, libraries and crawlers, on links and on pixels, and the people after them.
fn machines(stage: &mut Stage) {
    let at = stage.curtain();
    let mut posted = stage.mail();
    posted.open(at, H, HOME);
    posted.click(at + 30 * SECOND, &PREVIEWS[0], ELSEWHERE, "shop");
    posted.click(at + 31 * SECOND, &PREVIEWS[2], ELSEWHERE, "shop");
    posted.click(at + 5 * MINUTE, &IPHONE_SAFARI, CAFE, "shop");

    let at = stage.curtain();
    let mut fetched = stage.mail();
    fetched.open(at, &LIBRARIES[0], ELSEWHERE);
    fetched.click(at + HOUR, H, HOME, "shop");
    stage.mail().click(at + SECOND, &LIBRARIES[1], ELSEWHERE, "story-1");
    stage.mail().click(at + 2 * SECOND, &CRAWLERS[0], v4(66, 249, 66, 1), "story-2");

    let at = stage.curtain();
    stage.mail().open(at, &NO_AGENT, HOME);
    stage.mail().open(at + SECOND, &EMPTY_AGENT, CAFE);
    stage.mail().click(at + 2 * SECOND, &NO_AGENT, HOME, "shop");
    let app = &PHONE_APPS[8];
    stage.mail().open(at + 3 * SECOND, app, WORK);
    stage.mail().click(at + 4 * SECOND, app, WORK, "shop");
    stage.mail().open(at + 5 * SECOND, &OUTLOOK[3], WORK).by("PROPFIND");
    stage.mail().open(at + 6 * SECOND, H, WORK).by("POST").answered(405);
}

/// Answers other than the usual ones.
fn statuses(stage: &mut Stage) {
    let at = stage.curtain();
    let mut reader = stage.mail();
    for (seconds, status) in [(0, 200), (60, 304), (120, 206), (180, 499), (240, 404)] {
        reader.open(at + seconds * SECOND, H, HOME).answered(status);
    }
    reader.click(at + 300_000, H, HOME, "shop").answered(301);
    reader.click(at + 300_200, H, HOME, "shop");
    reader.click(at + 400_000, H, HOME, "retired-link").answered(404);
}

/// The ways in which the same URL is written.
fn spellings(stage: &mut Stage) {
    let spellings = [
        Spelling::Query,
        Spelling::Encoded,
        Spelling::DoubledSlash,
        Spelling::Absolute,
        Spelling::Track,
        Spelling::Track,
        Spelling::TrackAmp,
    ];
    let at = stage.curtain();
    for (place, spelling) in (0..).zip(spellings) {
        stage.mail().open(at + place * 8 * SECOND, &THUNDERBIRD[0], HOME).target = Target::Pixel(spelling);
    }
}

/// People, and a machine, on the link that ends it all.
fn unsubscribing(stage: &mut Stage) {
    let at = stage.curtain();
    let mut tired = stage.mail();
    tired.open(at, H, HOME).privacy = Privacy::GlobalControl;
    tired.click(at + 25 * SECOND, H, HOME, UNSUBSCRIBE).privacy = Privacy::GlobalControl;

    let mut both = stage.mail();
    both.open(at + MINUTE, H, WORK);
    both.click(at + 70 * SECOND, H, WORK, "story-1");
    both.click(at + 95 * SECOND, H, WORK, UNSUBSCRIBE);

    stage.mail().click(at + 2 * MINUTE, &LIBRARIES[1], ELSEWHERE, UNSUBSCRIBE);
}

/// Fifteen people behind one address.
fn shared_office(stage: &mut Stage) {
    let at = stage.curtain();
    for (desk, agent) in (0..15).zip(&DESKTOP_BROWSERS) {
        stage.mail().open(at + desk * 71 * SECOND, agent, v4(203, 0, 113, 200));
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}
