//! What became of each send. In the rates it is one, though it may have hits under the URLs of several campaigns.

use std::sync::atomic::{AtomicU8, Ordering};

use super::engagement::Engagement;
use crate::sends::table::SendId;

/// What became of a send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SentOutcome(u8);

const CONFIRMED: u8 = 1;
const UNKNOWN: u8 = 2;
const CLICKED: u8 = 4;
const APPLE: u8 = 8;

/// Bits of one outcome.
const BITS: u32 = 4;

impl SentOutcome {
    /// What a message comes to.
    pub fn new(message: &Engagement, is_apple: bool) -> Self {
        let flags = [
            (message.is_confirmed(), CONFIRMED),
            (message.opens_unknown > 0, UNKNOWN),
            (message.clicks > 0, CLICKED),
            (is_apple, APPLE),
        ];
        Self(flags.into_iter().filter(|(is_true, _)| *is_true).map(|(_, bit)| bit).sum())
    }

    /// Whether a person opened or clicked it.
    pub fn is_confirmed(self) -> bool {
        self.0 & CONFIRMED != 0
    }

    /// Whether it has unknown opens and is not confirmed.
    pub fn is_unknown(self) -> bool {
        self.0 & UNKNOWN != 0 && !self.is_confirmed()
    }

    /// Whether a person clicked.
    pub fn is_clicked(self) -> bool {
        self.0 & CLICKED != 0
    }

    /// Whether Apple Mail Privacy Protection fetched it.
    pub fn is_apple(self) -> bool {
        self.0 & APPLE != 0
    }
}

/// The outcomes of all sends, one byte for each: at the report's end, and at equal age.
#[derive(Debug)]
pub struct SentOutcomes(Vec<AtomicU8>);

impl SentOutcomes {
    /// Nothing yet; `n_rows` numbers of sends there are.
    pub fn new(n_rows: usize) -> Self {
        Self((0..n_rows).map(|_| AtomicU8::new(0)).collect())
    }

    /// Adds what a message of the send comes to, at the report's end and at equal age.
    pub fn add(&self, send: SendId, outcome: SentOutcome, compared: SentOutcome) {
        self.0[send.index()].fetch_or(outcome.0 | compared.0 << BITS, Ordering::Relaxed);
    }

    /// What became of a send at the report's end, and at equal age.
    pub fn get(&self, send: SendId) -> [SentOutcome; 2] {
        let flags = self.0[send.index()].load(Ordering::Relaxed);
        [SentOutcome(flags & ((1 << BITS) - 1)), SentOutcome(flags >> BITS)]
    }
}
