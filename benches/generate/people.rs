//! What happens to one message: who looks at it, when, with what, and who only pretends to.

use std::net::IpAddr;

use crate::agents::{
    APPLE_MAIL, APPLE_MPP, Agent, DESKTOP_BROWSERS, GMAIL_PROXY, IPHONE_SAFARI, OTHER_PROXIES, OUTLOOK, PHONE_BROWSERS,
    THUNDERBIRD, YAHOO_PROXY,
};
use crate::campaigns::{LINKS, UNSUBSCRIBE};
use crate::delays::{self, CLICK, DAY, MINUTE, NEXT_CLICK, RETURN, SECOND};
use crate::mail_apps::{DESKTOP_APPS, PHONE_APPS};
use crate::visit::{Mail, Privacy, Spelling, Target, Visit};
use crate::world::World;
use crate::{addresses, machines, rng::Rng};

/// Keeps the numbers that make recipients apart from those that make their messages.
const RECIPIENTS: u64 = u64::MAX;

/// All visits that one message causes before the log ends, the first of them first. The same message always gives
/// the same visits, so a visit that is due next week is remembered as two numbers.
pub(crate) fn visits(world: &World, campaign: u16, message: u32, visits: &mut Vec<Visit>) {
    visits.clear();
    let mut rng = Rng::keyed(world.seed, u64::from(campaign), u64::from(message));
    let mailing = &world.campaigns[usize::from(campaign)];
    let first = mailing.first_seen(message, &mut rng);
    let recipient = rng.below(world.population);
    let reader = Reader::of(&mut Rng::keyed(world.seed, RECIPIENTS, recipient));
    let mut mail = Mail { campaign, message, visits };
    if !machines::visit(&mut mail, &mut rng, first, first - mailing.sent, &reader) {
        reader.read(&mut mail, &mut rng, first);
    }
    visits.retain(|visit| visit.at < world.end);
    for visit in visits.iter_mut() {
        disturb(visit, &mut rng);
    }
}

/// A recipient: their mail program, their browser and where they are.
pub(crate) struct Reader {
    pub(crate) program: Program,
    opener: &'static Agent,
    clicker: &'static Agent,
    home: IpAddr,
    privacy: Privacy,
}

/// How a recipient's images are fetched.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Program {
    Gmail,
    Apple,
    Yahoo,
    OtherProxy,
    Outlook,
    AppleMail,
    Thunderbird,
    Webmail,
    Phone,
    PhoneApp,
    DesktopApp,
}

/// How many in a thousand recipients use which.
static PROGRAMS: [(Program, u32); 11] = [
    (Program::Gmail, 300),
    (Program::Apple, 275),
    (Program::Yahoo, 40),
    (Program::OtherProxy, 8),
    (Program::Outlook, 70),
    (Program::AppleMail, 55),
    (Program::Thunderbird, 30),
    (Program::Webmail, 115),
    (Program::Phone, 75),
    (Program::PhoneApp, 22),
    (Program::DesktopApp, 10),
];

/// Pages that webmail shows messages in; most tell nobody.
static WEBMAILS: [(&str, u32); 5] = [
    ("-", 80),
    ("https://outlook.live.com/", 8),
    ("https://mail.aol.com/", 4),
    ("https://navigator.gmx.net/", 4),
    ("https://webmail.example.org/roundcube/?_task=mail&_mbox=INBOX", 4),
];

/// How many links people click who click at all.
static CLICKS: [(u32, u32); 3] = [(1, 65), (2, 22), (3, 13)];

impl Reader {
    /// Makes a recipient.
    pub(crate) fn of(rng: &mut Rng) -> Reader {
        let program = rng.weighted(&PROGRAMS, |&(_, weight)| weight).0;
        Reader {
            program,
            opener: opener(program, rng),
            clicker: clicker(program, rng),
            home: addresses::person(rng),
            privacy: if rng.chance(300) { Privacy::GlobalControl } else { Privacy::Silent },
        }
    }

    /// Reads a message for the first time at `first`, comes back to it, passes it on, clicks.
    pub(crate) fn read(&self, mail: &mut Mail<'_>, rng: &mut Rng, first: i64) {
        self.open(mail, rng, first);
        if rng.chance(240) {
            self.look_again(mail, rng, first);
        }
        if rng.chance(450) {
            self.come_back(mail, rng, first);
        }
        if rng.chance(50) {
            pass_on(mail, rng, first);
        }
        if rng.chance(200) {
            self.follow_links(mail, rng, first);
        }
    }

    /// Opens the message once.
    pub(crate) fn open(&self, mail: &mut Mail<'_>, rng: &mut Rng, at: i64) {
        let visit = mail.open(at, self.opener, self.image_address(rng));
        if self.program == Program::Webmail {
            visit.referer = rng.weighted(&WEBMAILS, |&(_, weight)| weight).0;
            visit.privacy = self.privacy;
        }
    }

    /// Clicks one to three links, from the person's own browser; most people click one.
    pub(crate) fn follow_links(&self, mail: &mut Mail<'_>, rng: &mut Rng, opened: i64) {
        let mut at = opened + delays::draw(&CLICK, rng);
        let through_relay = self.program == Program::Apple && rng.one_in(5);
        let from = if through_relay { addresses::apple_relay(rng) } else { self.home };
        let clicks = rng.weighted(&CLICKS, |&(_, weight)| weight).0;
        for _ in 0..clicks {
            let link = if rng.one_in(25) { UNSUBSCRIBE } else { *rng.pick(&LINKS[..4]) };
            if self.program == Program::Outlook && rng.one_in(15) {
                machines::office_asks_first(mail, rng, at, from, link);
                at += 2 * SECOND;
            }
            self.click(mail, rng, at, from, link);
            at += delays::draw(&NEXT_CLICK, rng);
        }
    }

    /// Clicks a link; now and then one that is gone.
    fn click(&self, mail: &mut Mail<'_>, rng: &mut Rng, at: i64, from: IpAddr, link: &'static str) {
        let visit = mail.click(at, self.clicker, from, link);
        visit.privacy = self.privacy;
        if rng.one_in(80) {
            visit.target = Target::Link("retired-link");
            visit.answered(404);
        }
    }

    /// Opens the message a few more times within the same half minute: a preview pane, a scroll, a rotation.
    fn look_again(&self, mail: &mut Mail<'_>, rng: &mut Rng, first: i64) {
        let mut at = first;
        for _ in 0..1 + rng.below(2) {
            at += rng.between(900, 25 * SECOND);
            self.open(mail, rng, at);
        }
    }

    /// Opens the message again minutes to days later.
    fn come_back(&self, mail: &mut Mail<'_>, rng: &mut Rng, first: i64) {
        let mut at = first;
        for _ in 0..1 + rng.below(2) {
            at += delays::draw(&RETURN, rng);
            self.open(mail, rng, at);
        }
    }

    /// Where the request for an image comes from: a proxy hides the person.
    fn image_address(&self, rng: &mut Rng) -> IpAddr {
        match self.program {
            Program::Gmail => addresses::google(rng),
            Program::Apple => addresses::apple(rng),
            Program::Yahoo => addresses::yahoo(rng),
            Program::OtherProxy => addresses::benchmarking(rng),
            _ => self.home,
        }
    }
}

/// Someone else opens the message, elsewhere and with something else: it was forwarded.
fn pass_on(mail: &mut Mail<'_>, rng: &mut Rng, first: i64) {
    for _ in 0..1 + rng.below(4) {
        let other = Reader::of(rng);
        let opened = first + rng.between(5 * MINUTE, 4 * DAY);
        other.open(mail, rng, opened);
        if rng.one_in(10) {
            other.follow_links(mail, rng, opened);
        }
    }
}

fn opener(program: Program, rng: &mut Rng) -> &'static Agent {
    let table: &'static [Agent] = match program {
        Program::Gmail => return &GMAIL_PROXY,
        Program::Apple => return &APPLE_MPP,
        Program::Yahoo => return &YAHOO_PROXY,
        Program::OtherProxy => &OTHER_PROXIES,
        Program::Outlook => &OUTLOOK,
        Program::AppleMail => &APPLE_MAIL,
        Program::Thunderbird => &THUNDERBIRD,
        Program::Webmail => &DESKTOP_BROWSERS,
        Program::Phone => &PHONE_BROWSERS,
        Program::PhoneApp => &PHONE_APPS,
        Program::DesktopApp => &DESKTOP_APPS,
    };
    any_of(table, rng)
}

fn clicker(program: Program, rng: &mut Rng) -> &'static Agent {
    match program {
        Program::Apple if rng.chance(7_000) => &IPHONE_SAFARI,
        Program::Gmail | Program::Yahoo if rng.chance(6_000) => any_of(&PHONE_BROWSERS, rng),
        Program::Phone | Program::PhoneApp | Program::AppleMail => any_of(&PHONE_BROWSERS, rng),
        _ => any_of(&DESKTOP_BROWSERS, rng),
    }
}

/// An agent of a table, as often as it is common.
pub(crate) fn any_of(table: &'static [Agent], rng: &mut Rng) -> &'static Agent {
    rng.weighted(table, |agent| agent.weight)
}

/// Gives a few requests for the pixel another status or another spelling, as caches, impatience and proxies do.
fn disturb(visit: &mut Visit, rng: &mut Rng) {
    if visit.target != Target::Pixel(Spelling::Plain) || !rng.one_in(100) {
        return;
    }
    match rng.below(100) {
        0..28 => {
            visit.answered(304);
        }
        28..40 => {
            visit.answered(499);
        }
        40..46 => {
            visit.answered(206);
        }
        46..50 => {
            visit.answered(404);
        }
        50..70 => visit.target = Target::Pixel(Spelling::Query),
        70..74 => visit.target = Target::Pixel(Spelling::Encoded),
        74..78 => visit.target = Target::Pixel(Spelling::DoubledSlash),
        78..80 => visit.target = Target::Pixel(Spelling::Absolute),
        80..98 => visit.target = Target::Pixel(Spelling::Track),
        _ => visit.target = Target::Pixel(Spelling::TrackAmp),
    }
}
