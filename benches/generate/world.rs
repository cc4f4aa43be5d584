//! What a run is about: its campaigns, its period and its seed.

use crate::campaigns::{Campaign, spread};
use crate::people;
use crate::visit::{Target, Visit};

/// Everything that decides what the log holds. Nothing in it changes while the log is written.
pub(crate) struct World {
    pub(crate) seed: u64,
    /// Milliseconds since 1970, UTC.
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) campaigns: Vec<Campaign>,
    /// How many people there are; each gets many of the campaigns.
    pub(crate) population: u64,
}

/// What to generate.
pub(crate) struct Wish {
    pub(crate) seed: u64,
    pub(crate) lines: u64,
    pub(crate) campaigns: u16,
    /// The share of pixel requests, in millionths.
    pub(crate) pixel_share: u64,
    pub(crate) start: i64,
    pub(crate) end: i64,
}

/// How many hits a thousand thousand messages cause.
#[derive(Clone, Copy)]
pub(crate) struct Rates {
    pub(crate) pixels: u64,
    pub(crate) hits: u64,
}

const MILLION: u64 = 1_000_000;

impl World {
    /// A world whose people cause the wished-for share of pixel requests, and how many hits they cause.
    pub(crate) fn plan(wish: &Wish) -> (World, Rates) {
        let pixels = wish.lines * wish.pixel_share / MILLION;
        let rates = World::with_messages(wish, pixels).survey();
        let messages = (pixels * MILLION).checked_div(rates.pixels).unwrap_or(0);
        (World::with_messages(wish, messages), rates)
    }

    fn with_messages(wish: &Wish, messages: u64) -> World {
        World {
            seed: wish.seed,
            start: wish.start,
            end: wish.end,
            campaigns: spread(wish.campaigns, wish.start, wish.end, messages),
            population: (messages / 6).max(50),
        }
    }

    /// Tries some messages of every campaign: people have so many habits that counting is simpler than adding up.
    fn survey(&self) -> Rates {
        let total: u64 = self.campaigns.iter().map(|campaign| u64::from(campaign.messages)).sum();
        let step = (total / 50_000).max(1) as usize;
        let mut visits = Vec::new();
        let (mut tried, mut pixels, mut hits) = (0, 0, 0);
        for (place, campaign) in self.campaigns.iter().enumerate() {
            for message in (0..campaign.messages).step_by(step) {
                people::visits(self, place as u16, message, &mut visits);
                tried += 1;
                hits += visits.len() as u64;
                pixels += visits.iter().filter(|visit| is_pixel(visit)).count() as u64;
            }
        }
        let per_million = |count: u64| (count * MILLION).checked_div(tried).unwrap_or(0);
        Rates { pixels: per_million(pixels), hits: per_million(hits) }
    }
}

fn is_pixel(visit: &Visit) -> bool {
    matches!(visit.target, Target::Pixel(_))
}
