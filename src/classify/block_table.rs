//! A number for each /26 of IPv4, the same for all threads, found by two look-ups in tables: nothing is hashed or
//! compared, and blocks that are neighbours share the processor's cache lines.

use std::net::Ipv4Addr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};

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

    /// Sets the number of an address's block, where there is room for it; whether there is.
    pub(super) fn set(&self, address: Ipv4Addr, number: u32) -> bool {
        let (page, block) = place(address);
        let page = &self.pages.get_or_init(|| (0..1 << PAGE).map(|_| OnceLock::new()).collect())[page];
        // Threads that come here at once may make a few pages more.
        if page.get().is_none() && self.n_pages.load(Relaxed) >= MAX_PAGES {
            return false;
        }
        let new = || {
            self.n_pages.fetch_add(1, Relaxed);
            Box::new([const { AtomicU32::new(0) }; BLOCKS_OF_PAGE])
        };
        page.get_or_init(new)[block].store(number, Relaxed);
        true
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
        assert!((0..1000).all(|i| table.set(address(i), i + 1)));
        for last in [Ipv4Addr::new(0, 0, 0, 63), Ipv4Addr::BROADCAST] {
            assert!(table.set(last, 7));
            assert_eq!(table.get(Ipv4Addr::from(last.to_bits() & !63)), 7);
        }
        assert!((1..1000).all(|i| table.get(Ipv4Addr::from(address(i).to_bits() | 63)) == i + 1));
        assert_eq!(table.get(Ipv4Addr::from(address(5).to_bits() ^ 64)), 0);
    }

    #[test]
    fn a_full_table_says_so_and_keeps_what_it_has() {
        let table = BlockTable::default();
        let address = |page: usize| Ipv4Addr::from(u32::try_from(page).expect("small") << (32 - PAGE));
        let kept = (0..MAX_PAGES + 10).filter(|page| table.set(address(*page), 9)).count();
        assert_eq!(kept, MAX_PAGES);
        assert_eq!((table.get(address(MAX_PAGES - 1)), table.get(address(MAX_PAGES))), (9, 0));
        assert!(table.set(address(3), 4), "a page that is there stays there");
    }
}
