//! Events in the order of a file: by campaign, message and time. What is sorted is where they are; their values are then
//! fetched once, into columns.

use polars_arrow::array::{MutableBinaryViewArray, Utf8ViewArray};
use rayon::prelude::*;

use super::batch::{At, Batch};
use super::event::Event;
use super::names::readable;
use crate::model::network::Network;

/// An event in its order.
#[derive(Clone, Copy, Debug)]
pub struct Ordered {
    /// The place of its campaign among all names in alphabetical order.
    rank: u32,
    at: At,
    /// The first eight bytes of its message id.
    start: u64,
}

/// The first eight bytes of a text as a number that sorts as the text does.
fn start(text: &[u8]) -> u64 {
    let mut start = [0; 8];
    let n = text.len().min(8);
    start[..n].copy_from_slice(&text[..n]);
    u64::from_be_bytes(start)
}

/// Sorts events by campaign, message and time, in parallel. `ranks` are the places of names in alphabetical order.
pub fn sorted(batch: &Batch, events: &[At], ranks: &[u32]) -> Vec<Ordered> {
    let ordered = |at: &At| {
        let event = batch.event(*at);
        let rank = ranks.get(event.campaign.index()).copied().unwrap_or(0);
        Ordered { rank, at: *at, start: start(batch.texts.get(event.message)) }
    };
    let mut order: Vec<Ordered> = events.par_iter().map(ordered).collect();
    order.par_sort_unstable_by(|a, b| {
        (a.rank, a.start).cmp(&(b.rank, b.start)).then_with(|| {
            let [a, b] = [a, b].map(|ordered| batch.event(ordered.at));
            let texts = batch.texts.get(a.message).cmp(batch.texts.get(b.message));
            texts.then_with(|| (a.ts_ms, a.id).cmp(&(b.ts_ms, b.id)))
        })
    });
    order
}

/// Drops events whose id is that of the one before; gives what was dropped.
pub fn drop_duplicates(batch: &Batch, order: &mut Vec<Ordered>) -> Vec<At> {
    let mut dropped = Vec::new();
    order.dedup_by(|later, earlier| {
        let is_near = (later.rank, later.start) == (earlier.rank, earlier.start);
        let is_same = is_near && batch.event(later.at).id == batch.event(earlier.at).id;
        if is_same {
            dropped.push(later.at);
        }
        is_same
    });
    dropped
}

/// Events that are fetched at a time: they fit into the processor's first caches.
const FETCHED: usize = 256;

/// The values of some events, in their order.
#[derive(Debug, Default)]
pub struct Values {
    /// The upper halves of their identities.
    pub id_hi: Vec<i64>,
    /// The lower halves.
    pub id_lo: Vec<i64>,
    /// Milliseconds since 1970 UTC.
    pub ts_ms: Vec<i64>,
    /// The numbers of their names, places and profiles.
    pub campaigns: Vec<u32>,
    /// Links.
    pub links: Vec<u32>,
    /// Variants.
    pub variants: Vec<u32>,
    /// Signatures.
    pub signatures: Vec<u32>,
    /// Places.
    pub places: Vec<u32>,
    /// Profiles.
    pub profiles: Vec<u32>,
    /// Networks.
    pub networks: Vec<Option<Network>>,
    /// Message ids.
    pub messages: Messages,
}

/// The message ids of some events: each where most are there once, else those that differ.
#[derive(Debug, Default)]
pub struct Messages {
    /// The message of each event, as its place in `texts`.
    pub keys: Vec<u32>,
    /// Message ids, each different from the one before.
    pub texts: MutableBinaryViewArray<str>,
}

impl Messages {
    /// One text for each event.
    pub fn repeated(&self) -> Utf8ViewArray {
        let mut all = MutableBinaryViewArray::with_capacity(self.keys.len());
        for key in &self.keys {
            all.push_value(self.texts.value(*key as usize));
        }
        all.into()
    }
}

impl Values {
    fn with_capacity(n: usize) -> Self {
        let (numbers, integers) = (|| Vec::with_capacity(n), || Vec::with_capacity(n));
        Self {
            id_hi: integers(),
            id_lo: integers(),
            ts_ms: integers(),
            campaigns: numbers(),
            links: numbers(),
            variants: numbers(),
            signatures: numbers(),
            places: numbers(),
            profiles: numbers(),
            networks: Vec::with_capacity(n),
            messages: Messages { keys: numbers(), texts: MutableBinaryViewArray::with_capacity(n) },
        }
    }

    /// Fetches the values of events. They lie all over the memory, and each is gone to once: some at a time and nothing
    /// between, so that the processor waits for many at once.
    pub fn of(batch: &Batch, order: &[Ordered]) -> Self {
        let mut values = Self::with_capacity(order.len());
        let mut events: Vec<Event> = Vec::with_capacity(FETCHED);
        let mut texts: Vec<&[u8]> = Vec::with_capacity(FETCHED);
        let mut last: Option<(u64, &[u8])> = None;
        for order in order.chunks(FETCHED) {
            events.clear();
            events.extend(order.iter().map(|ordered| *batch.event(ordered.at)));
            texts.clear();
            texts.extend(events.iter().map(|event| batch.texts.get(event.message)));
            values.add(&events);
            for (ordered, text) in order.iter().zip(&texts) {
                let this = (ordered.start, *text);
                if last != Some(this) {
                    values.messages.push(text);
                }
                values.messages.repeat();
                last = Some(this);
            }
        }
        values
    }

    fn add(&mut self, events: &[Event]) {
        self.id_hi.extend(events.iter().map(|event| event.id.hi));
        self.id_lo.extend(events.iter().map(|event| event.id.lo));
        self.ts_ms.extend(events.iter().map(|event| event.ts_ms));
        self.campaigns.extend(events.iter().map(|event| event.campaign.number()));
        self.links.extend(events.iter().map(|event| event.link.number()));
        self.variants.extend(events.iter().map(|event| event.variant.number()));
        self.signatures.extend(events.iter().map(|event| event.signature.number()));
        self.places.extend(events.iter().map(|event| event.place.number()));
        self.profiles.extend(events.iter().map(|event| event.profile.number()));
        self.networks.extend(events.iter().map(|event| event.network));
    }
}

impl Messages {
    fn push(&mut self, text: &[u8]) {
        match std::str::from_utf8(text) {
            Ok(text) => self.texts.push_value(text),
            Err(_) => self.texts.push_value(readable(text)),
        }
    }

    /// One more event with the last text.
    fn repeat(&mut self) {
        let last = self.texts.len() - 1;
        self.keys.push(u32::try_from(last).expect("a row group has fewer than four billion values"));
    }
}
