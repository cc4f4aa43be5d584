//! Whether two rates differ by more than chance.

use std::f64::consts::SQRT_2;

use super::fisher;
use super::proportion::Proportion;

/// Fisher's test is taken where an expected count of the 2×2 table is under this.
pub const MIN_EXPECTED_FOR_Z: u64 = 5;

/// How a p was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Test {
    /// The z test with the pooled rate; z is positive where the first rate is higher.
    PooledZ {
        /// The difference of the rates in standard errors.
        z: f64,
    },
    /// Fisher's exact test.
    FisherExact,
}

/// A two-sided p that two rates are one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Significance {
    /// The test behind it.
    pub test: Test,
    /// The probability of a difference like the observed one, or a rarer one, if there is none.
    pub p: f64,
}

impl Significance {
    /// The pooled z test, or Fisher's exact one where an expected count is under [`MIN_EXPECTED_FOR_Z`];
    /// `None` where a base is empty.
    pub fn between(one: Proportion, other: Proportion) -> Option<Self> {
        match pooled_z(one, other) {
            Some(z) if !is_an_expected_count_small(one, other) => {
                Some(Self { test: Test::PooledZ { z }, p: two_sided_p(z) })
            }
            _ => Some(Self { test: Test::FisherExact, p: fisher::two_sided_p(one, other)? }),
        }
    }
}

/// The difference of two rates in standard errors; `None` where a base is empty, or both rates are 0 or both are 1.
///
/// With the pooled rate p = (s₁ + s₂) / (n₁ + n₂): (p₁ − p₂) / √(p·(1 − p)·(1/n₁ + 1/n₂)). Its square is Pearson's χ²
/// of the 2×2 table, without Yates' correction; Fleiss, "Statistical Methods for Rates and Proportions", chapter 2.
pub fn pooled_z(one: Proportion, other: Proportion) -> Option<f64> {
    let difference = one.rate()? - other.rate()?;
    let (n1, n2) = (one.trials() as f64, other.trials() as f64);
    let successes = (one.successes() + other.successes()) as f64;
    let failures = (one.failures() + other.failures()) as f64;
    let pooled_variance = (successes / (n1 + n2)) * (failures / (n1 + n2));
    (pooled_variance > 0.0).then(|| difference / (pooled_variance * (1.0 / n1 + 1.0 / n2)).sqrt())
}

/// The probability that a standard normal variable is at least as far from 0 as z: erfc(|z| / √2).
pub fn two_sided_p(z: f64) -> f64 {
    libm::erfc(z.abs() / SQRT_2)
}

/// The smallest expected count is (smaller base × rarer outcome) / all trials.
fn is_an_expected_count_small(one: Proportion, other: Proportion) -> bool {
    let trials = one.trials().min(other.trials());
    let outcome = (one.successes() + other.successes()).min(one.failures() + other.failures());
    let all = one.trials() + other.trials();
    u128::from(trials) * u128::from(outcome) < u128::from(MIN_EXPECTED_FOR_Z) * u128::from(all)
}

/// Holm's adjustment of several p, in their order: the i-th smallest of m becomes the largest of (m − j + 1)·p₍ⱼ₎ over
/// j ≤ i, and at most 1. A lone p stays as it is.
/// Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut largest = 0.0_f64;
    for (rank, at) in order.into_iter().enumerate() {
        largest = largest.max((p.len() - rank) as f64 * p[at]).min(1.0);
        adjusted[at] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::proportion::Z_95;
    use super::*;

    fn of(successes: u64, trials: u64) -> Proportion {
        Proportion::new(successes, trials).unwrap()
    }

    #[test]
    fn pooled_of_the_check_value() {
        let found = Significance::between(of(103, 976), of(88, 943)).unwrap();
        let Test::PooledZ { z } = found.test else { panic!("{found:?}") };
        assert_eq!(format!("{z:.4} {:.4}", found.p), "0.8935 0.3716");
    }

    #[test]
    fn fisher_below_an_expected_count_of_5() {
        let test = |one, other| Significance::between(one, other).map(|found| found.test);
        // 100 × 10 / 200 is 5, 99 × 10 / 199 is not.
        assert!(matches!(test(of(2, 100), of(8, 100)), Some(Test::PooledZ { .. })));
        assert_eq!(test(of(2, 99), of(8, 100)), Some(Test::FisherExact));
        assert_eq!(test(of(97, 99), of(92, 100)), Some(Test::FisherExact));
        assert_eq!(test(of(0, 100), of(0, 100)), Some(Test::FisherExact));
        assert_eq!(test(of(0, 0), of(1, 100)), None);
    }

    #[test]
    fn both_rates_0_or_both_1_show_nothing() {
        for rates in [[of(0, 50), of(0, 70)], [of(50, 50), of(70, 70)]] {
            assert_eq!(pooled_z(rates[0], rates[1]), None);
            assert_eq!(Significance::between(rates[0], rates[1]).unwrap().p, 1.0);
        }
    }

    #[test]
    fn two_sided_p_of_tables() {
        for (z, expected) in [
            (0.0, 1.0),
            (0.674_489_750_196_081_7, 0.5),
            (1.644_853_626_951_472_2, 0.1),
            (Z_95, 0.05),
            (2.575_829_303_548_900_4, 0.01),
            (3.290_526_731_491_896, 0.001),
            (6.109_410_204_869_397, 1e-9),
        ] {
            assert!((two_sided_p(z) / expected - 1.0).abs() < 1e-12, "{z}: {}", two_sided_p(z));
            assert_eq!(two_sided_p(-z), two_sided_p(z));
        }
    }

    #[test]
    fn holm_by_hand() {
        let check = |p: &[f64], expected: &[f64]| {
            let found = holm(p);
            assert_eq!(found.len(), expected.len());
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{p:?}: {found:?}");
        };
        check(&[], &[]);
        check(&[0.03], &[0.03]);
        // 4 × .005, 3 × .01, 2 × .03, and .04, which may not be under .06.
        check(&[0.01, 0.04, 0.03, 0.005], &[0.03, 0.06, 0.06, 0.02]);
        check(&[0.02, 0.02, 0.02], &[0.06, 0.06, 0.06]);
        check(&[0.9, 0.4, 0.6], &[1.0, 1.0, 1.0]);
    }

    proptest! {
        #[test]
        fn z_and_fisher_come_together_on_large_counts(n1 in 20_000..40_000_u64, n2 in 20_000..40_000_u64, a in 0.3..0.7, b in -0.01..0.01) {
            let one = of((n1 as f64 * a) as u64, n1);
            let other = of((n2 as f64 * (a + b)) as u64, n2);
            let found = Significance::between(one, other).unwrap();
            prop_assert!((0.0..=1.0).contains(&found.p));
            prop_assert!((found.p - fisher::two_sided_p(one, other).unwrap()).abs() < 0.02);
            prop_assert!((found.p - Significance::between(other, one).unwrap().p).abs() < 1e-12);
        }

        #[test]
        fn holm_keeps_the_order_and_never_lowers(p in prop::collection::vec(0.0..=1.0_f64, 0..20)) {
            let adjusted = holm(&p);
            for (i, before) in p.iter().enumerate() {
                prop_assert!(adjusted[i] >= *before && adjusted[i] <= 1.0);
                prop_assert!(adjusted[i] <= (*before * p.len() as f64).min(1.0), "Bonferroni is never milder");
                for (j, other) in p.iter().enumerate() {
                    prop_assert!(before > other || adjusted[i] <= adjusted[j]);
                }
            }
        }
    }
}
