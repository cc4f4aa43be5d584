//! Seeded random numbers that are the same on every machine: integers only, no libm, no operating system.

/// A xoshiro256++ generator, good enough for traffic and a few nanoseconds per number.
pub(crate) struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The generator of one subject, for instance one message of one campaign: the same key gives the same numbers,
    /// so whoever needs a subject again makes it again instead of keeping it in memory.
    pub(crate) fn keyed(seed: u64, stream: u64, index: u64) -> Rng {
        let mut key = mix(mix(seed ^ mix(stream)) ^ index);
        let state = std::array::from_fn(|_| {
            key = key.wrapping_add(GOLDEN);
            mix(key)
        });
        Rng { state }
    }

    /// The next 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let result = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// A number from 0 to `limit - 1`; 0 when `limit` is 0.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(limit)) >> 64) as u64
    }

    /// A number from `low` to `high - 1`, for times in milliseconds.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high.abs_diff(low)) as i64
    }

    /// True `parts` times in ten thousand.
    pub(crate) fn chance(&mut self, parts: u64) -> bool {
        self.below(10_000) < parts
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// Any item, each as likely as the others.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    /// Any item, as likely as its weight says.
    pub(crate) fn weighted<'a, T>(&mut self, items: &'a [T], weight: impl Fn(&T) -> u32) -> &'a T {
        let total: u64 = items.iter().map(|item| u64::from(weight(item))).sum();
        let mut left = self.below(total);
        for item in items {
            let share = u64::from(weight(item));
            if left < share {
                return item;
            }
            left -= share;
        }
        &items[0]
    }
}

/// The increment of splitmix64.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finaliser of splitmix64. It is a bijection: different inputs never give the same output, which is what makes
/// message ids and request ids unique without remembering any.
pub(crate) fn mix(input: u64) -> u64 {
    let mut x = input.wrapping_add(GOLDEN);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
