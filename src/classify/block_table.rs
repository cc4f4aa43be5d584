//! A number for each /26 of IPv4, the same for all threads, found by two look-ups in tables: nothing is hashed or
//! compared, and blocks that are neighbours share the processor's cache lines. Blocks of IPv6 are in a map.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock};

use hashbrown::HashMap;

/// Bits of a block's prefix.
pub(super) const BLOCK: u8 = 26;

/// Bits of the prefix of the blocks that stand in one page.
const PAGE: u8 = 18;

const BLOCKS_OF_PAGE: usize = 1 << (BLOCK - PAGE);

/// Pages that are kept, at most: 32 MiB.
const MAX_PAGES: usize = 1 << 15;

type Page = Box<[AtomicU32; BLOCKS_OF_PAGE]>;

/// Numbers of blocks; zero where none is known. Nothing is read through a number that was not set before in the same
/// thread or behind a lock: no order of memory is needed.
#[derive(Debug, Default)]
pub(super) struct BlockTable {
    /// Made when the first block comes.
    pages: OnceLock<Vec<OnceLock<Page>>>,
    n_pages: AtomicUsize,
}

impl BlockTable {
    /// The number of an address's block.
    pub(super) fn get(&self, address: Ipv4Addr) -> u32 {
        let (page, block) = place(address);
        let page = self.pages.get().and_then(|pages| pages[page].get());
        page.map_or(0, |page| page[block].load(Relaxed))
    }

    /// Sets the number of an address's block, and of all other blocks of its page that have `prefix` in common with it,
    /// where there is room for it; whether there is.
    pub(super) fn set(&self, address: Ipv4Addr, prefix: u8, number: u32) -> bool {
        let (page, block) = place(address);
        let n = 1 << BLOCK.saturating_sub(prefix.max(PAGE));
        let page = &self.pages.get_or_init(|| (0..1 << PAGE).map(|_| OnceLock::new()).collect())[page];
        // Threads that come here at once may make a few pages more.
        if page.get().is_none() && self.n_pages.load(Relaxed) >= MAX_PAGES {
            return false;
        }
        let new = || {
            self.n_pages.fetch_add(1, Relaxed);
            Box::new([const { AtomicU32::new(0) }; BLOCKS_OF_PAGE])
        };
        let first = block / n * n;
        page.get_or_init(new)[first..first + n].iter().for_each(|block| block.store(number, Relaxed));
        true
    }
}

/// Blocks of IPv6 that are kept, at most.
const MAX_BLOCKS: usize = 1 << 20;

/// A number for each block of IPv6, the same for all threads; zero where none is known.
#[derive(Debug, Default)]
pub(super) struct BlockMap {
    numbers: Mutex<HashMap<u64, u32, foldhash::fast::RandomState>>,
}

impl BlockMap {
    /// The number of a block.
    pub(super) fn get(&self, block: u64) -> u32 {
        self.numbers.lock().expect("no thread panicked with the lock").get(&block).copied().unwrap_or_default()
    }

    /// Sets the number of a block, where there is room for it.
    pub(super) fn set(&self, block: u64, number: u32) {
        let mut numbers = self.numbers.lock().expect("no thread panicked with the lock");
        if numbers.len() < MAX_BLOCKS {
            numbers.insert(block, number);
        }
    }
}

/// The page of an address, and the place of its block in it.
fn place(address: Ipv4Addr) -> (usize, usize) {
    let block = (address.to_bits() >> (32 - BLOCK)) as usize;
    (block / BLOCKS_OF_PAGE, block % BLOCKS_OF_PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_block_has_its_number() {
        let address = |i: u32| Ipv4Addr::from(i.wrapping_mul(0x9E37_79B1) & !63);
        let table = BlockTable::default();
        assert_eq!(table.get(address(1)), 0);
        assert!((0..1000).all(|i| table.set(address(i), 26 + (i % 7) as u8, i + 1)));
        for last in [Ipv4Addr::new(0, 0, 0, 63), Ipv4Addr::BROADCAST] {
            assert!(table.set(last, BLOCK, 7));
            assert_eq!(table.get(Ipv4Addr::from(last.to_bits() & !63)), 7);
        }
        assert!((1..1000).all(|i| table.get(Ipv4Addr::from(address(i).to_bits() | 63)) == i + 1));
        assert_eq!(table.get(Ipv4Addr::from(address(5).to_bits() ^ 64)), 0);
    }

    #[test]
    fn the_blocks_of_a_network_have_one_number() {
        let first = Ipv4Addr::new(10, 1, 64, 0).to_bits();
        let known = |table: &BlockTable, block: u32| table.get(Ipv4Addr::from(first + block * 64));
        for (prefix, n) in [(24, 4), (25, 2), (26, 1), (32, 1), (18, 256), (17, 256), (0, 256)] {
            let table = BlockTable::default();
            assert!(table.set(Ipv4Addr::from(first + 200 * 64 + 5), prefix, 9));
            let of_network: Vec<u32> = (0..256).filter(|block| known(&table, *block) == 9).collect();
            assert_eq!((of_network.len(), of_network[0]), (n, 200 - 200 % n as u32), "/{prefix}");
            assert_eq!((known(&table, 256), table.get(Ipv4Addr::from(first - 1))), (0, 0), "/{prefix}");
        }
    }

    #[test]
    fn a_full_table_says_so_and_keeps_what_it_has() {
        let table = BlockTable::default();
        let address = |page: usize| Ipv4Addr::from(u32::try_from(page).expect("small") << (32 - PAGE));
        let kept = (0..MAX_PAGES + 10).filter(|page| table.set(address(*page), BLOCK, 9)).count();
        assert_eq!(kept, MAX_PAGES);
        assert_eq!((table.get(address(MAX_PAGES - 1)), table.get(address(MAX_PAGES))), (9, 0));
        assert!(table.set(address(3), BLOCK, 4), "a page that is there stays there");
    }
}
