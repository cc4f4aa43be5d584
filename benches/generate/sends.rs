//! The sample sends: who each message of the sample logs was sent to, those that nobody opened included.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::Timestamp;

use crate::delays::{HOUR, MINUTE};
use crate::rng::mix;
use crate::visit::{Target, Visit};
use crate::world::World;

/// Of a thousand messages that were sent, so many are seen.
const SEEN_IN_THOUSAND: u32 = 590;

/// A prime, so that the people who see one mailing are not those who see the next.
const STRIDE: u64 = 7_919;

const FIRST_NAMES: [&str; 12] =
    ["ada", "ben", "carla", "deniz", "emil", "fatma", "goran", "hanna", "ivo", "jana", "kofi", "lena"];

const DOMAINS: [&str; 4] = ["example.com", "example.org", "example.com", "example.net"];

/// Whose mailings they are, by the campaigns' places.
const SENDERS: [&str; 4] = ["news@example.com", "offers@example.com", "offers@example.com", "monitoring@example.com"];

/// The alert is sent to a list, and once more after everything else.
const ALERT: u16 = 3;
const ALERTS_LATER: [i64; 5] = [0, 15 * MINUTE, 40 * MINUTE, 95 * MINUTE, 3 * HOUR];

/// The sends as CSV. `played` has the scenes, whose messages are their own.
pub(crate) fn csv(world: &World, played: &[Visit]) -> String {
    let mut text = "message,campaign,recipient,variant,sender,sent_at,status,consent\n".to_owned();
    let mut first_person = 0;
    for (place, campaign) in (0..).zip(&world.campaigns) {
        let sent = campaign.messages * 1_000 / SEEN_IN_THOUSAND;
        for number in 0..sent {
            let person = first_person + u64::from(number) * STRIDE % u64::from(sent);
            let recipient = address(person);
            let status = match number {
                seen if seen < campaign.messages => "delivered",
                unseen if unseen % 16 == 0 => "bounced",
                unseen if unseen % 43 == 0 => "deferred",
                _ => "delivered",
            };
            let consent = if person % 17 == 3 { "denied" } else { "granted" };
            push(&mut text, world, place, number, [&recipient, status, consent], campaign.sent);
        }
        // The second wave of the sale goes to other people than the first.
        first_person = if place == 1 { u64::from(sent) } else { 0 };
        if place == ALERT {
            for (number, later) in (1_001..).zip(ALERTS_LATER) {
                push(
                    &mut text,
                    world,
                    place,
                    number,
                    ["on-call@example.net", "delivered", "granted"],
                    campaign.sent + later,
                );
            }
        } else {
            for number in scenes(played, place) {
                let recipient = format!("scene-{number}@example.org");
                push(&mut text, world, place, number, [&recipient, "delivered", "granted"], campaign.sent);
            }
        }
    }
    text
}

fn scenes(played: &[Visit], campaign: u16) -> BTreeSet<u32> {
    let is_hit = |visit: &&Visit| !matches!(visit.target, Target::Other(_)) && visit.campaign == campaign;
    played.iter().filter(is_hit).map(|visit| visit.message).collect()
}

fn push(text: &mut String, world: &World, place: u16, number: u32, whom: [&str; 3], sent: i64) {
    let campaign = &world.campaigns[usize::from(place)];
    let id = campaign.message_id(world.seed, number);
    let variant = if place == ALERT {
        ""
    } else if mix(id).is_multiple_of(2) {
        "A"
    } else {
        "B"
    };
    let sent = Timestamp::from_millisecond(sent).expect("the samples are of 2026");
    let (name, sender, [recipient, status, consent]) = (&campaign.name, SENDERS[usize::from(place)], whom);
    writeln!(text, "{id:016x},{name},{recipient},{variant},{sender},{sent},{status},{consent}")
        .expect("a String takes every character");
}

fn address(person: u64) -> String {
    let pick = |list: &[&'static str]| list[(mix(person) % list.len() as u64) as usize];
    format!("{}.{person:03}@{}", pick(&FIRST_NAMES), pick(&DOMAINS))
}
