//! Fisher's exact test.

use super::proportion::Proportion;

/// Tables whose probability is within this factor of the observed one are as likely: rounding must not part ties.
/// The value is that of R's `fisher.test`.
const TIE: f64 = 1.0 + 1e-7;

/// The two-sided p of Fisher's exact test that both rates are one; `None` where a base is empty.
///
/// It is the sum of the hypergeometric probabilities, given all margins, of every table that is no more likely than
/// the observed one: C(n₁, x)·C(n₂, s − x) / C(n₁ + n₂, s). Fisher, "Statistical Methods for Research Workers" (1934),
/// section 21.02. The terms come from the mode outwards by the ratio of neighbours, each divided by the sum of all:
/// that needs no factorials, and as many steps as some 75 standard deviations. Under 10⁻³⁰⁰ it is 0.
pub fn two_sided_p(one: Proportion, other: Proportion) -> Option<f64> {
    if one.trials() == 0 || other.trials() == 0 {
        return None;
    }
    let tables = Tables { first: one.trials(), second: other.trials(), successes: one.successes() + other.successes() };
    let observed = tables.weight(one.successes()) * TIE;
    let (mut all, mut rare) = (0.0, 0.0);
    for (_, weight) in tables.upwards().chain(tables.downwards().skip(1)) {
        all += weight;
        if weight <= observed {
            rare += weight;
        }
    }
    Some(rare / all)
}

/// The tables with given margins; one is named by the successes of the first arm.
#[derive(Clone, Copy)]
struct Tables {
    /// Trials of the first arm.
    first: u64,
    /// Trials of the second arm.
    second: u64,
    /// Successes of both.
    successes: u64,
}

impl Tables {
    fn lowest(self) -> u64 {
        self.successes.saturating_sub(self.second)
    }

    fn highest(self) -> u64 {
        self.successes.min(self.first)
    }

    /// The most likely table.
    fn mode(self) -> u64 {
        let (first, second, successes) = (u128::from(self.first), u128::from(self.second), u128::from(self.successes));
        let mode = (successes + 1) * (first + 1) / (first + second + 2);
        u64::try_from(mode).map_or(self.highest(), |mode| mode.clamp(self.lowest(), self.highest()))
    }

    /// The probability of table x + 1 divided by that of x.
    fn ratio(self, x: u64) -> f64 {
        let up = (self.successes - x) as f64 * (self.first - x) as f64;
        up / ((x + 1) as f64 * (self.second + x + 1 - self.successes) as f64)
    }

    /// The mode and the tables above it, each with its probability divided by the mode's, down to the smallest float.
    fn upwards(self) -> impl Iterator<Item = (u64, f64)> {
        std::iter::successors(Some((self.mode(), 1.0)), move |&(x, weight)| {
            (x < self.highest()).then(|| (x + 1, weight * self.ratio(x))).filter(is_seen)
        })
    }

    /// The mode and the tables below it.
    fn downwards(self) -> impl Iterator<Item = (u64, f64)> {
        std::iter::successors(Some((self.mode(), 1.0)), move |&(x, weight)| {
            (x > self.lowest()).then(|| (x - 1, weight / self.ratio(x - 1))).filter(is_seen)
        })
    }

    /// The probability of a table divided by the mode's; 0 where a float does not hold it.
    fn weight(self, x: u64) -> f64 {
        let found = if x < self.mode() {
            self.downwards().find(|(at, _)| *at == x)
        } else {
            self.upwards().find(|(at, _)| *at == x)
        };
        found.map_or(0.0, |(_, weight)| weight)
    }
}

fn is_seen((_, weight): &(u64, f64)) -> bool {
    *weight >= f64::MIN_POSITIVE
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn p(one: (u64, u64), other: (u64, u64)) -> f64 {
        two_sided_p(Proportion::new(one.0, one.1).unwrap(), Proportion::new(other.0, other.1).unwrap()).unwrap()
    }

    /// The definition, over all tables, with factorials as sums of logarithms.
    fn slow(one: (u64, u64), other: (u64, u64)) -> f64 {
        let total = one.1 + other.1;
        let mut factorials = vec![0.0];
        for n in 1..=total {
            factorials.push(factorials[n as usize - 1] + (n as f64).ln());
        }
        let choose = |n: u64, k: u64| factorials[n as usize] - factorials[k as usize] - factorials[(n - k) as usize];
        let successes = one.0 + other.0;
        let probability = |x: u64| (choose(one.1, x) + choose(other.1, successes - x) - choose(total, successes)).exp();
        let tables = successes.saturating_sub(other.1)..=successes.min(one.1);
        let observed = probability(one.0) * TIE;
        tables.map(probability).filter(|p| *p <= observed).sum()
    }

    #[test]
    fn agrees_with_exact_fractions() {
        // Sums of products of binomials as whole numbers, divided once.
        for (one, other, expected) in [
            ((3, 4), (1, 4), 4.857142857142857e-1),
            ((1, 10), (11, 14), 2.759456185220084e-3),
            ((9, 10), (3, 10), 1.976661109788045e-2),
            ((10, 10), (0, 20), 3.328339160423119e-8),
            ((2, 31), (9, 33), 4.463371717707718e-2),
            ((0, 30), (4, 30), 1.123996431757359e-1),
            ((4, 1000), (17, 1200), 1.509643326182061e-2),
            ((103, 976), (88, 943), 4.01699865505358e-1),
            ((1200, 3000), (1300, 3000), 9.523738960026572e-3),
            ((3, 50_000), (12, 40_000), 7.515371750286785e-3),
        ] {
            let found = p(one, other);
            assert!((found / expected - 1.0).abs() < 1e-9, "{one:?} {other:?}: {found}");
        }
    }

    #[test]
    fn an_empty_base_has_no_p() {
        let (empty, one) = (Proportion::new(0, 0).unwrap(), Proportion::new(1, 2).unwrap());
        assert_eq!(two_sided_p(empty, one), None);
        assert_eq!(two_sided_p(one, empty), None);
    }

    #[test]
    fn margins_that_leave_one_table_show_nothing() {
        assert_eq!(p((0, 10), (0, 20)), 1.0);
        assert_eq!(p((10, 10), (20, 20)), 1.0);
    }

    #[test]
    fn millions_of_trials_are_fast_and_agree_with_the_normal_approximation() {
        let (one, other) = ((4_002_000, 10_000_000), (3_999_000, 10_000_000));
        let z = 0.0003 / (0.400_05 * 0.599_95 * 2e-7_f64).sqrt();
        let normal = libm::erfc(z / std::f64::consts::SQRT_2);
        assert!((p(one, other) - normal).abs() < 2e-4, "{} {normal}", p(one, other));
        assert_eq!(p((0, 10_000_000), (10_000_000, 10_000_000)), 0.0);
    }

    proptest! {
        #[test]
        fn agrees_with_all_tables(n1 in 1..200_u64, n2 in 1..200_u64, a in any::<u64>(), b in any::<u64>()) {
            let (one, other) = ((a % (n1 + 1), n1), (b % (n2 + 1), n2));
            let found = p(one, other);
            prop_assert!((0.0..=1.0).contains(&found));
            prop_assert!((found - slow(one, other)).abs() < 1e-10, "{} {}", found, slow(one, other));
            prop_assert!((found - p(other, one)).abs() < 1e-12);
            let failures = |(s, n): (u64, u64)| (n - s, n);
            prop_assert!((found - p(failures(one), failures(other))).abs() < 1e-12);
        }
    }
}
