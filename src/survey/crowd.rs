//! Whether one network made more than half of the direct hits: then it is most likely a proxy that nobody declared.
//!
//! Counting every network would touch memory all over for each hit. What is kept instead are the few counters of Misra
//! and Gries (Finding repeated elements, Science of Computer Programming 2, 1982): a network with more than a ninth of
//! all hits has one of the eight, and a counter is too low by no more than a ninth of all. Only where that leaves a
//! crowd possible are the rows counted.

use crate::events::row::Row;
use crate::events::table::Rows;
use crate::model::actor::Via;
use crate::model::network::Network;

/// Fewer hits than this are no crowd, wherever they come from.
const MIN_HITS: u64 = 100;

const COUNTERS: usize = 8;

/// The direct hits that one thread has seen.
#[derive(Debug, Default)]
pub(super) struct Hits {
    all: u64,
    networks: [Option<Network>; COUNTERS],
    counts: [u64; COUNTERS],
}

impl Hits {
    pub(super) fn count(&mut self, network: Network) {
        self.all += 1;
        if let Some(at) = self.networks.iter().position(|known| *known == Some(network)) {
            self.counts[at] += 1;
        } else if let Some(at) = self.counts.iter().position(|count| *count == 0) {
            (self.networks[at], self.counts[at]) = (Some(network), 1);
        } else {
            self.counts.iter_mut().for_each(|count| *count -= 1);
        }
    }

    /// More hits than this a network does not have.
    fn at_most(&self, network: Network) -> u64 {
        let at = self.networks.iter().position(|known| *known == Some(network));
        let counted = self.counts.iter().sum::<u64>();
        at.map_or(0, |at| self.counts[at]) + (self.all - counted) / (COUNTERS as u64 + 1)
    }
}

/// The network that more than half of the direct hits came from, where there is one; its hits, and all.
pub(super) fn find(threads: &[Hits], rows: &[Rows]) -> Option<(Network, u64, u64)> {
    let all: u64 = threads.iter().map(|hits| hits.all).sum();
    let may_be = |network: &Network| threads.iter().map(|hits| hits.at_most(*network)).sum::<u64>() * 2 > all;
    let networks = threads.iter().flat_map(|hits| hits.networks).flatten();
    let exact = |network: Network| {
        let is_from = |row: &&Row| row.via == Via::Direct && row.not_counted.is_none() && row.network == network.bits();
        (network, rows.iter().flat_map(Rows::iter).filter(is_from).count() as u64, all)
    };
    let mut suspects: Vec<Network> = networks.filter(may_be).collect();
    suspects.sort_unstable();
    suspects.dedup();
    suspects.into_iter().map(exact).find(|(_, n, all)| *all >= MIN_HITS && n * 2 > *all)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    fn network(i: u8) -> Network {
        Network::of(Ipv4Addr::new(10, 0, i, 1).into())
    }

    proptest! {
        #[test]
        fn counters_are_low_by_no_more_than_they_say(hits in prop::collection::vec((0..40_u8, 0..3_u8), 0..400)) {
            let mut seen = Hits::default();
            let mut counts: BTreeMap<u8, u64> = BTreeMap::new();
            for (i, crowd) in hits {
                let i = if crowd == 0 { i } else { 7 };
                seen.count(network(i));
                *counts.entry(i).or_default() += 1;
            }
            for (i, count) in counts {
                prop_assert!(seen.at_most(network(i)) >= count);
                let at = seen.networks.iter().position(|known| *known == Some(network(i)));
                prop_assert!(at.map_or(0, |at| seen.counts[at]) <= count);
                prop_assert!(count * 9 <= seen.all || at.is_some_and(|at| seen.counts[at] > 0));
            }
        }
    }
}
