//! What a fold finds that the account of the reading does not know yet.

use crate::events::row::Row;
use crate::model::account::Account;
use crate::model::reason::NotCounted;

/// Hits that turn out to be there already, or not to count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Hits that count and are there already.
    duplicates: u64,
    /// Hits that do not count and are there already.
    duplicates_not_counted: [u64; NotCounted::ALL.len()],
    /// Hits that turned out not to count.
    not_counted: [u64; NotCounted::ALL.len()],
    /// Hits whose message the sends have in another campaign than the URL.
    pub other_campaign: u64,
}

impl Findings {
    /// Notes hits that are there already.
    pub fn add_duplicates(&mut self, not_counted: Option<NotCounted>, n: u64) {
        match not_counted.filter(|reason| !reason.is_found_later()) {
            Some(reason) => self.duplicates_not_counted[reason as usize] += n,
            None => self.duplicates += n,
        }
    }

    /// Notes a hit after all rules.
    pub fn add_judged(&mut self, row: &Row) {
        if let Some(reason) = row.not_counted.filter(|reason| reason.is_found_later()) {
            self.not_counted[reason as usize] += 1;
        }
    }

    /// Adds the findings of another part of the same run.
    pub fn merge(&mut self, other: &Self) {
        self.duplicates += other.duplicates;
        self.other_campaign += other.other_campaign;
        let pairs = [
            (&mut self.duplicates_not_counted, &other.duplicates_not_counted),
            (&mut self.not_counted, &other.not_counted),
        ];
        for (sums, counts) in pairs {
            sums.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
        }
    }

    /// Moves these hits to their places in the account.
    pub fn correct(&self, account: &mut Account) {
        account.events -= self.duplicates;
        account.duplicates += self.duplicates;
        for (at, n) in account.not_counted.iter_mut().enumerate() {
            *n = *n - self.duplicates_not_counted[at] + self.not_counted[at];
            account.duplicates += self.duplicates_not_counted[at];
            account.events -= self.not_counted[at];
        }
    }
}
