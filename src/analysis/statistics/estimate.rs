//! How many people opened, those included whose proxy opens for them.

use super::proportion::Proportion;

/// Estimated opens: confirmed in B + max(confirmed outside B, the rate in B × messages outside B), where B is the base
/// without Apple's prefetching proxy. `None` where B is empty.
///
/// Both arguments are confirmed messages among messages. The estimate lies between the confirmed messages and those
/// plus the messages outside B.
pub fn estimated_opens(inside: Proportion, outside: Proportion) -> Option<f64> {
    let expected_outside = inside.rate()? * outside.trials() as f64;
    Some(inside.successes() as f64 + expected_outside.max(outside.successes() as f64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn estimate(inside: (u64, u64), outside: (u64, u64)) -> Option<f64> {
        let of = |(successes, trials)| Proportion::new(successes, trials).unwrap();
        estimated_opens(of(inside), of(outside))
    }

    #[test]
    fn estimates_of_the_check_values() {
        // 138 tracked, 47 confirmed, 6 of them among the 47 messages with a proxy hit.
        assert_eq!(format!("{:.1}", estimate((41, 91), (6, 47)).unwrap()), "62.2");
        // 50 messages hit by other machines only stay in B.
        assert_eq!(estimate((40, 100), (0, 0)), Some(40.0));
        // More are confirmed outside than the rate says.
        assert_eq!(estimate((1, 10), (9, 10)), Some(10.0));
        assert_eq!(estimate((0, 0), (9, 10)), None);
    }

    proptest! {
        #[test]
        fn stays_within_the_bounds(b in 1..100_000_u64, outside in 0..100_000_u64, part in 0.0..=1.0_f64, other in 0.0..=1.0_f64) {
            let share = |n: u64, part: f64| (n as f64 * part) as u64;
            let (confirmed, beyond) = (share(b, part), share(outside, other));
            let found = estimate((confirmed, b), (beyond, outside)).unwrap();
            prop_assert!(found >= (confirmed + beyond) as f64);
            prop_assert!(found <= (confirmed + outside) as f64);
        }
    }
}
