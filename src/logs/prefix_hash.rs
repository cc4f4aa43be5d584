//! A hash of the first n bytes of a log that can be continued, at any n, from the value alone.
//!
//! The bytes are read as little-endian 64-bit words w0, w1, … at fixed places; the hash of n bytes is the sum of
//! wi · r^i modulo the prime 2^61 − 1 (a polynomial hash as of Carter and Wegman, 1979). Each byte adds its own share,
//! so the shares of blocks can be computed apart, in parallel, and added. Two different logs agree with a chance of
//! their length in words over 2^61.

const P: u64 = (1 << 61) - 1;

/// A random element of the field. It is part of the ledger's format.
const R: u64 = 0x0b6e_2f1d_93c4_a857;

/// What the bytes from offset `start` on add to the hash.
pub fn share(start: u64, bytes: &[u8]) -> u64 {
    let skip = usize::try_from(start % 8).expect("under 8");
    let (head, rest) = bytes.split_at(bytes.len().min((8 - skip) % 8));
    let fours = rest.chunks_exact(32);
    let words = fours.remainder().chunks_exact(8);
    // From the back: each step multiplies what is behind by r.
    let mut sum = reduce(partial_word(words.remainder(), 0));
    for word in words.rev() {
        sum = add(mul(sum, R), reduce(word_at(word, 0)));
    }
    // Four words a step: one reduction serves four products.
    let powers = [power(1), power(2), power(3), power(4)].map(u128::from);
    for four in fours.rev() {
        let word = |i| u128::from(word_at(four, i));
        let products = word(1) * powers[0] + word(2) * powers[1] + word(3) * powers[2];
        sum = reduce_wide(word(0) + products + u128::from(sum) * powers[3]);
    }
    if skip > 0 {
        sum = add(mul(sum, R), reduce(partial_word(head, skip)));
    }
    mul(sum, power(start / 8))
}

/// The hash of a longer prefix.
pub fn add(hash: u64, share: u64) -> u64 {
    reduce(hash + share)
}

/// Bytes at a place inside a word.
fn partial_word(bytes: &[u8], place: usize) -> u64 {
    let mut word = [0; 8];
    word[place..place + bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

fn reduce(n: u64) -> u64 {
    let n = (n & P) + (n >> 61);
    if n >= P { n - P } else { n }
}

fn mul(a: u64, b: u64) -> u64 {
    reduce_wide(u128::from(a) * u128::from(b))
}

/// A number under 2^127, modulo the prime: 2^61 is 1.
fn reduce_wide(n: u128) -> u64 {
    let n = (n & u128::from(P)) + (n >> 61);
    let low = u64::try_from(n & u128::from(P)).expect("61 bits");
    let high = u64::try_from(n >> 61).expect("a few bits");
    reduce(low + high)
}

/// The i-th word of some bytes.
fn word_at(bytes: &[u8], i: usize) -> u64 {
    u64::from_le_bytes(bytes[8 * i..8 * i + 8].try_into().expect("eight bytes"))
}

/// r to the power of `n`.
fn power(mut n: u64) -> u64 {
    let (mut result, mut base) = (1, R);
    while n > 0 {
        if n & 1 == 1 {
            result = mul(result, base);
        }
        base = mul(base, base);
        n >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn shares_add_up_wherever_the_bytes_are_cut(bytes in prop::collection::vec(any::<u8>(), 0..200), cuts in prop::collection::vec(0..200_usize, 0..5)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let sum = cuts.windows(2).fold(0, |sum, cut| add(sum, share(cut[0] as u64, &bytes[cut[0]..cut[1]])));
            prop_assert_eq!(sum, share(0, &bytes));
        }

        #[test]
        fn one_changed_byte_changes_the_hash(bytes in prop::collection::vec(any::<u8>(), 1..200), at in 0..200_usize, by in 1..=255_u8) {
            let mut other = bytes.clone();
            let at = at % bytes.len();
            other[at] = other[at].wrapping_add(by);
            prop_assert_ne!(share(0, &bytes), share(0, &other));
        }
    }

    #[test]
    fn bytes_that_change_places_change_the_hash() {
        let text: Vec<u8> = (0..=255).collect();
        for distance in 1..200 {
            let mut other = text.clone();
            other.swap(3, 3 + distance);
            assert_ne!(share(0, &text), share(0, &other), "{distance}");
        }
    }
}
