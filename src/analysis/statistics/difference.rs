//! How far two rates are apart.

use super::proportion::{Interval, Proportion};

/// The first rate less the second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The difference of the observed rates.
    pub estimate: f64,
    /// Its interval of 95 %, which describes: the verdict goes by p.
    pub interval: Interval,
}

impl Difference {
    /// Newcombe's hybrid score interval for two independent proportions; `None` where a base is empty.
    ///
    /// With the Wilson intervals [l₁, u₁] and [l₂, u₂] of the rates p₁ and p₂, from
    /// p₁ − p₂ − √((p₁ − l₁)² + (u₂ − p₂)²) to p₁ − p₂ + √((u₁ − p₁)² + (p₂ − l₂)²).
    /// Method 10 of Newcombe, "Interval estimation for the difference between independent proportions: comparison of
    /// eleven methods", Statistics in Medicine 17 (1998): without continuity correction.
    pub fn between(one: Proportion, other: Proportion) -> Option<Self> {
        let (p1, p2) = (one.rate()?, other.rate()?);
        let (w1, w2) = (one.wilson()?, other.wilson()?);
        let estimate = p1 - p2;
        let low = estimate - (p1 - w1.low).hypot(w2.high - p2);
        let high = estimate + (w1.high - p1).hypot(p2 - w2.low);
        Some(Self { estimate, interval: Interval { low: low.max(-1.0), high: high.min(1.0) } })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn between(one: (u64, u64), other: (u64, u64)) -> Option<Difference> {
        Difference::between(Proportion::new(one.0, one.1).unwrap(), Proportion::new(other.0, other.1).unwrap())
    }

    #[test]
    fn newcombe_of_the_check_values() {
        for (one, other, expected) in [
            ((56, 70), (48, 80), "0.2000 [0.0524, 0.3339]"),
            ((9, 10), (3, 10), "0.6000 [0.1705, 0.8090]"),
            ((10, 10), (0, 20), "1.0000 [0.6791, 1.0000]"),
            ((0, 10), (0, 20), "0.0000 [-0.1611, 0.2775]"),
            ((103, 976), (88, 943), "0.0122 [-0.0147, 0.0391]"),
        ] {
            let Difference { estimate, interval } = between(one, other).unwrap();
            let text = format!("{estimate:.4} [{:.4}, {:.4}]", interval.low, interval.high);
            assert_eq!(text, expected, "{one:?} {other:?}");
        }
    }

    #[test]
    fn an_empty_base_has_no_difference() {
        assert_eq!(between((0, 0), (1, 2)), None);
        assert_eq!(between((1, 2), (0, 0)), None);
    }

    fn counts() -> impl Strategy<Value = (u64, u64)> {
        (1..=40_u32, any::<u64>(), any::<u64>()).prop_map(|(bits, trials, part)| {
            let trials = trials % (1 << bits) + 1;
            (part % (trials + 1), trials)
        })
    }

    proptest! {
        #[test]
        fn newcombe_holds_the_difference_and_mirrors(one in counts(), other in counts()) {
            let Difference { estimate, interval } = between(one, other).unwrap();
            prop_assert!(-1.0 <= interval.low && interval.high <= 1.0);
            prop_assert!(interval.contains(estimate));
            let swapped = between(other, one).unwrap();
            prop_assert_eq!(swapped.estimate, -estimate);
            prop_assert_eq!((swapped.interval.low, swapped.interval.high), (-interval.high, -interval.low));
        }
    }
}
