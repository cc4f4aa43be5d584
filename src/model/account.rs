//! The account of a run: every line that was read is in exactly one of its entries.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::reason::{NotCounted, Rejected};

/// How many rejected lines are shown.
pub const REJECTED_SAMPLES: usize = 5;

/// Where the lines of a run went. `lines` is the sum of all the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Lines read.
    pub lines: u64,
    /// Hits that count.
    pub events: u64,
    /// Hits whose request id was already there.
    pub duplicates: u64,
    /// Lines that are no tracking URL.
    pub not_tracking: u64,
    /// Hits of days that the store no longer keeps.
    pub pruned: u64,
    /// Hits that do not count, by [`NotCounted`].
    #[serde(serialize_with = "write_not_counted", deserialize_with = "read_not_counted")]
    pub not_counted: [u64; NotCounted::ALL.len()],
    /// Lines that hold a tracking URL and could not be read, by [`Rejected`].
    #[serde(serialize_with = "write_rejected", deserialize_with = "read_rejected")]
    pub rejected: [u64; Rejected::ALL.len()],
}

impl Account {
    /// Adds the lines of another part of the same run.
    pub fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.events += other.events;
        self.duplicates += other.duplicates;
        self.not_tracking += other.not_tracking;
        self.pruned += other.pruned;
        for (sum, n) in self.not_counted.iter_mut().zip(other.not_counted) {
            *sum += n;
        }
        for (sum, n) in self.rejected.iter_mut().zip(other.rejected) {
            *sum += n;
        }
    }

    /// Hits that were read and do not count.
    pub fn not_counted_total(&self) -> u64 {
        self.not_counted.iter().sum()
    }

    /// Lines that hold a tracking URL and could not be read.
    pub fn rejected_total(&self) -> u64 {
        self.rejected.iter().sum()
    }

    /// Lines that hold a tracking URL, read or not.
    pub fn tracking_total(&self) -> u64 {
        self.lines - self.not_tracking
    }

    /// Whether every line is in exactly one entry: always, or the program has a bug.
    pub fn adds_up(&self) -> bool {
        self.lines
            == self.events
                + self.duplicates
                + self.not_tracking
                + self.pruned
                + self.not_counted_total()
                + self.rejected_total()
    }
}

/// Counts are written by their codes, so that a later version may have more of them.
fn write<S: Serializer, const N: usize>(to: S, counts: &[u64; N], codes: [&str; N]) -> Result<S::Ok, S::Error> {
    let named: BTreeMap<&str, u64> = codes.into_iter().zip(*counts).filter(|(_, n)| *n > 0).collect();
    named.serialize(to)
}

fn read<'de, D: Deserializer<'de>, const N: usize>(from: D, codes: [&str; N]) -> Result<[u64; N], D::Error> {
    let named = BTreeMap::<String, u64>::deserialize(from)?;
    Ok(codes.map(|code| named.get(code).copied().unwrap_or(0)))
}

fn write_not_counted<S: Serializer>(counts: &[u64; NotCounted::ALL.len()], to: S) -> Result<S::Ok, S::Error> {
    write(to, counts, NotCounted::ALL.map(NotCounted::code))
}

fn read_not_counted<'de, D: Deserializer<'de>>(from: D) -> Result<[u64; NotCounted::ALL.len()], D::Error> {
    read(from, NotCounted::ALL.map(NotCounted::code))
}

fn write_rejected<S: Serializer>(counts: &[u64; Rejected::ALL.len()], to: S) -> Result<S::Ok, S::Error> {
    write(to, counts, Rejected::ALL.map(Rejected::code))
}

fn read_rejected<'de, D: Deserializer<'de>>(from: D) -> Result<[u64; Rejected::ALL.len()], D::Error> {
    read(from, Rejected::ALL.map(Rejected::code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_it_was_written() {
        let mut account = Account { lines: 3, events: 1, ..Account::default() };
        account.not_counted[NotCounted::Own as usize] = 2;
        let text = serde_json::to_string(&account).expect("plain numbers");
        assert!(text.contains(r#""not_counted":{"own":2}"#), "{text}");
        assert_eq!(serde_json::from_str::<Account>(&text).expect("as written"), account);
    }
}
