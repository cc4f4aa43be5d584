//! The visits of a big run, in order of time and with bounded memory: campaigns hand out their
//! messages one by one, later visits wait as three numbers, and other traffic fills the log up to its exact length.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::rng::Rng;
use crate::visit::Visit;
use crate::world::{Rates, World};
use crate::{background, people};

/// How many later visits may wait, 24 bytes each. A log that needs more loses some people's second visits.
const WAITING_ROOM: usize = 4_000_000;

/// Keeps the numbers of other traffic apart from those of people.
const BACKGROUND: u64 = u64::MAX - 1;

/// An iterator over the visits of a run: exactly as many as there should be lines.
pub(crate) struct Stream<'a> {
    world: &'a World,
    rates: Rates,
    /// The next message of each campaign.
    campaigns: BinaryHeap<Reverse<Due>>,
    /// Later visits of messages that were seen already.
    waiting: BinaryHeap<Reverse<Due>>,
    /// When other traffic comes next, in microseconds: it may come faster than once in a millisecond.
    background_at: i64,
    background: Rng,
    lines_left: u64,
    messages_left: u64,
    /// The visits of the message at hand; kept for its memory.
    visits: Vec<Visit>,
}

/// A visit to come: the time, and which visit of which message it is. People are made again when it is due.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: i64,
    message: u32,
    campaign: u16,
    place: u16,
}

impl<'a> Stream<'a> {
    /// The visits of `world`, filled up to `lines` with other traffic.
    pub(crate) fn new(world: &'a World, rates: Rates, lines: u64) -> Stream<'a> {
        let mut stream = Stream {
            world,
            rates,
            campaigns: BinaryHeap::new(),
            waiting: BinaryHeap::new(),
            background_at: world.start * 1_000,
            background: Rng::keyed(world.seed, BACKGROUND, 0),
            lines_left: lines,
            messages_left: world.campaigns.iter().map(|campaign| u64::from(campaign.messages)).sum(),
            visits: Vec::new(),
        };
        for campaign in 0..world.campaigns.len() {
            stream.expect_message(campaign as u16, 0);
        }
        stream.background_at += stream.background_gap();
        stream
    }

    /// Notes when a campaign's message is seen first.
    fn expect_message(&mut self, campaign: u16, message: u32) {
        let mailing = &self.world.campaigns[usize::from(campaign)];
        if message < mailing.messages {
            let mut rng = Rng::keyed(self.world.seed, u64::from(campaign), u64::from(message));
            let at = mailing.first_seen(message, &mut rng);
            self.campaigns.push(Reverse(Due { at, message, campaign, place: 0 }));
        }
    }

    /// The first visit of the next message; the others go to the waiting room.
    fn first_visit(&mut self) -> Option<Visit> {
        let Reverse(due) = self.campaigns.pop()?;
        self.messages_left -= 1;
        self.expect_message(due.campaign, due.message + 1);
        people::visits(self.world, due.campaign, due.message, &mut self.visits);
        for (place, visit) in self.visits.iter().enumerate().skip(1) {
            if self.waiting.len() < WAITING_ROOM {
                self.waiting.push(Reverse(Due { at: visit.at, place: place as u16, ..due }));
            }
        }
        (!self.visits.is_empty()).then(|| self.visits.swap_remove(0))
    }

    /// The next visit from the waiting room.
    fn later_visit(&mut self) -> Option<Visit> {
        let Reverse(due) = self.waiting.pop()?;
        people::visits(self.world, due.campaign, due.message, &mut self.visits);
        Some(self.visits.swap_remove(usize::from(due.place)))
    }

    /// The next request that belongs to no message.
    fn background_visit(&mut self) -> Visit {
        let at = self.background_at;
        self.background_at = (at + self.background_gap()).min(self.world.end * 1_000 - 1);
        background::visit(&mut self.background, at / 1_000)
    }

    /// The microseconds until the next line of other traffic, from the lines that people will not fill: an estimate
    /// while messages are to come, exact when they are through.
    fn background_gap(&mut self) -> i64 {
        let people = self.messages_left * self.rates.hits / 1_000_000 + self.waiting.len() as u64;
        let lines = self.lines_left.saturating_sub(people).max(10);
        let mean = (self.world.end * 1_000 - self.background_at) / lines as i64;
        self.background.between(0, 2 * mean + 1)
    }
}

impl Iterator for Stream<'_> {
    type Item = Visit;

    fn next(&mut self) -> Option<Visit> {
        self.lines_left = self.lines_left.checked_sub(1)?;
        let first = self.campaigns.peek().map_or(i64::MAX, |Reverse(due)| due.at);
        let later = self.waiting.peek().map_or(i64::MAX, |Reverse(due)| due.at);
        let other = self.background_at / 1_000;
        let visit = if first < later.min(other) {
            self.first_visit()
        } else if later < other {
            self.later_visit()
        } else {
            None
        };
        let mut visit = visit.unwrap_or_else(|| self.background_visit());
        // Workers buffer their lines, so a line is now and then a second late.
        if self.background.one_in(3_000) {
            visit.at -= self.background.between(300, 1_500);
        }
        Some(visit)
    }
}
