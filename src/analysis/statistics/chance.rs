//! How likely each of several rates is the highest one.

use super::proportion::Proportion;
use super::quadrature::{POINTS, Rule, dot};

/// The probability of each arm that its rate is the highest, where every rate is as likely beforehand: with priors
/// Beta(1, 1), the posterior of s successes and f failures is Beta(s + 1, f + 1). They add up to 1.
///
/// It is ∫ fᵢ(x)·Πⱼ Fⱼ(x) dx over the densities and distribution functions of the posteriors, for two arms what the sum
/// of Miller, "Formulas for Bayesian A/B Testing" (2015), gives. The integral goes over stretches between quantiles of
/// all arms, and the Fⱼ run along, so that no incomplete beta function is needed. Against references of 30 and 40 digits,
/// with 0 to 10 million trials, the error is under 10⁻¹¹. The time grows with the square of the arms: 0.1 ms for 2,
/// 30 ms for 50, 0.45 s for 200 of 10 million trials each, on one core.
pub fn chances_of_best(arms: &[Proportion]) -> Vec<f64> {
    let rule = Rule::new();
    let posteriors: Vec<Posterior> = arms.iter().map(|arm| Posterior::new(*arm, &rule)).collect();
    let mut edges: Vec<f64> = posteriors.iter().flat_map(|posterior| posterior.edges).collect();
    edges.sort_by(f64::total_cmp);
    edges.dedup();
    let mut race = Race { below: vec![0.0; arms.len()], chances: vec![0.0; arms.len()] };
    for ends in edges.windows(2) {
        race.run(Stretch { low: ends[0], high: ends[1] }, &posteriors, &rule);
    }
    race.chances.iter().map(|chance| chance.clamp(0.0, 1.0)).collect()
}

/// Distances from the mean in standard deviations, between which a posterior is close to a polynomial, and beyond
/// which it is nothing: even the slowest tail, of Beta(1, n), ends at e⁻³⁷.
const DISTANCES: [f64; 10] = [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 14.0, 22.0, 36.0];

/// Edges of the stretches of one posterior: both signs of every distance.
const EDGES: usize = 2 * DISTANCES.len();

/// What is known of a rate.
struct Posterior {
    successes: f64,
    failures: f64,
    /// The most likely rate.
    mode: f64,
    /// What makes the integral of the density 1, where the density at the mode is taken as 1.
    scale: f64,
    edges: [f64; EDGES],
}

impl Posterior {
    fn new(arm: Proportion, rule: &Rule) -> Self {
        let (successes, failures, trials) = (arm.successes() as f64, arm.failures() as f64, arm.trials() as f64);
        let mean = (successes + 1.0) / (trials + 2.0);
        let deviation = (mean * ((failures + 1.0) / (trials + 2.0)) / (trials + 3.0)).sqrt();
        let mut edges: [f64; EDGES] = std::array::from_fn(|i| {
            let sign = if i % 2 == 0 { -1.0 } else { 1.0 };
            (mean + sign * DISTANCES[i / 2] * deviation).clamp(0.0, 1.0)
        });
        edges.sort_by(f64::total_cmp);
        let mut posterior = Self { successes, failures, mode: arm.rate().unwrap_or(0.5), scale: 1.0, edges };
        let integral: f64 = edges
            .windows(2)
            .map(|ends| {
                let stretch = Stretch { low: ends[0], high: ends[1] };
                stretch.half() * dot(&rule.weights, &stretch.nodes(rule).map(|x| posterior.density(x)))
            })
            .sum();
        posterior.scale = 1.0 / integral;
        posterior
    }

    /// x^s·(1 − x)^f, scaled. Around the mode, where both factors are far from 1 and their product is not, ln(1 + ε)
    /// keeps the digits.
    fn density(&self, x: f64) -> f64 {
        let power = |exponent: f64, ratio: f64| if exponent > 0.0 { exponent * ratio.ln_1p() } else { 0.0 };
        let up = power(self.successes, (x - self.mode) / self.mode);
        let down = power(self.failures, (self.mode - x) / (1.0 - self.mode));
        self.scale * (up + down).exp()
    }

    /// Whether the density is more than nothing there. A stretch lies between neighbouring edges of all arms.
    fn reaches(&self, stretch: Stretch) -> bool {
        self.edges[0] <= stretch.low && stretch.high <= self.edges[EDGES - 1]
    }
}

/// A part of [0, 1].
#[derive(Clone, Copy)]
struct Stretch {
    low: f64,
    high: f64,
}

impl Stretch {
    fn half(self) -> f64 {
        (self.high - self.low) / 2.0
    }

    fn nodes(self, rule: &Rule) -> [f64; POINTS] {
        rule.nodes.map(|x| self.low + self.half() * (1.0 + x))
    }
}

/// The integrals so far, arm by arm.
struct Race {
    /// Of the density: the distribution function.
    below: Vec<f64>,
    /// Of the density times all other distribution functions.
    chances: Vec<f64>,
}

impl Race {
    /// Adds a stretch, which begins where the last one ended.
    fn run(&mut self, stretch: Stretch, posteriors: &[Posterior], rule: &Rule) {
        let nodes = stretch.nodes(rule);
        let densities: Vec<Option<[f64; POINTS]>> = posteriors
            .iter()
            .map(|posterior| posterior.reaches(stretch).then(|| nodes.map(|x| posterior.density(x))))
            .collect();
        if densities.iter().all(Option::is_none) {
            return;
        }
        let distributions: Vec<[f64; POINTS]> = densities
            .iter()
            .zip(&self.below)
            .map(|(density, below)| match density {
                Some(density) => rule.running.each_ref().map(|weights| below + stretch.half() * dot(weights, density)),
                None => [*below; POINTS],
            })
            .collect();
        let others = products_of_others(&distributions);
        for (arm, density) in densities.iter().enumerate() {
            if let Some(density) = density {
                let weighted: [f64; POINTS] = std::array::from_fn(|i| rule.weights[i] * density[i]);
                self.chances[arm] += stretch.half() * dot(&weighted, &others[arm]);
                self.below[arm] += stretch.half() * dot(&rule.weights, density);
            }
        }
    }
}

/// For each arm the product of all other arms' values, node by node: those before it times those after it.
fn products_of_others(values: &[[f64; POINTS]]) -> Vec<[f64; POINTS]> {
    let times = |product: &mut [f64; POINTS], by: &[f64; POINTS]| product.iter_mut().zip(by).for_each(|(p, v)| *p *= v);
    let mut products = vec![[1.0; POINTS]; values.len()];
    let (mut before, mut after) = ([1.0; POINTS], [1.0; POINTS]);
    for (i, value) in values.iter().enumerate() {
        times(&mut products[i], &before);
        times(&mut before, value);
    }
    for (i, value) in values.iter().enumerate().rev() {
        times(&mut products[i], &after);
        times(&mut after, value);
    }
    products
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chances(arms: &[(u64, u64)]) -> Vec<f64> {
        chances_of_best(&arms.iter().map(|(s, n)| Proportion::new(*s, *n).unwrap()).collect::<Vec<_>>())
    }

    /// P(first > second) as Miller's sum over beta functions.
    fn miller(one: (u64, u64), other: (u64, u64)) -> f64 {
        let ln_beta = |a: f64, b: f64| libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
        let shape = |(s, n): (u64, u64)| ((s + 1) as f64, (n - s + 1) as f64);
        let ((_, b1), (a2, b2)) = (shape(one), shape(other));
        let term = |i: f64| ln_beta(a2 + i, b1 + b2) - (b1 + i).ln() - ln_beta(1.0 + i, b1) - ln_beta(a2, b2);
        (0..=one.0).map(|i| term(i as f64).exp()).sum()
    }

    /// The definition on a grid of a million points, with the rectangle rule.
    fn grid(arms: &[(u64, u64)]) -> Vec<f64> {
        const STEPS: usize = 1_000_000;
        let density = |(s, n): (u64, u64), x: f64| (s as f64 * x.ln() + (n - s) as f64 * (1.0 - x).ln()).exp();
        let middle = |i: usize| (i as f64 + 0.5) / STEPS as f64;
        let totals: Vec<f64> = arms.iter().map(|arm| (0..STEPS).map(|i| density(*arm, middle(i))).sum()).collect();
        let mut below = vec![0.0; arms.len()];
        let mut chances = vec![0.0; arms.len()];
        for i in 0..STEPS {
            let mass: Vec<f64> = arms.iter().zip(&totals).map(|(arm, sum)| density(*arm, middle(i)) / sum).collect();
            for arm in 0..arms.len() {
                let others = (0..arms.len()).filter(|other| *other != arm);
                chances[arm] += mass[arm] * others.map(|other| below[other] + mass[other] / 2.0).product::<f64>();
            }
            below.iter_mut().zip(&mass).for_each(|(sum, mass)| *sum += mass);
        }
        chances
    }

    #[test]
    fn two_arms_of_the_check_values() {
        assert_eq!(format!("{:.4}", chances(&[(3, 5), (2, 5)])[0]), "0.7165");
        assert_eq!(format!("{:.4}", chances(&[(103, 976), (88, 943)])[0]), "0.8133");
    }

    #[test]
    fn agrees_with_integrals_of_30_digits() {
        for (arms, expected) in [
            (&[(3, 5), (2, 5)][..], &[0.716_450_216_45, 0.283_549_783_55][..]),
            (&[(103, 976), (88, 943)], &[0.813_305_948_111, 0.186_694_051_889]),
            (&[(0, 0), (7, 20)], &[0.636_363_636_364, 0.363_636_363_636]),
            (&[(3, 10), (4, 10), (5, 10)], &[0.120_456_679_68, 0.288_407_188_058, 0.591_136_132_262]),
            (
                &[(0, 20), (1, 29), (0, 0), (10, 10)],
                &[2.816_993_78e-9, 1.173_944_894_67e-9, 0.083_333_333_000_8, 0.916_666_663_008],
            ),
            (
                &[(100, 1000), (115, 1000), (120, 1010), (5, 30)],
                &[0.005_809_866_033_9, 0.067_176_351_025_1, 0.106_956_638_746, 0.820_057_144_195],
            ),
        ] {
            let found = chances(arms);
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-11), "{arms:?}: {found:?}");
        }
    }

    #[test]
    fn large_arms_agree_with_millers_sum_in_40_digits() {
        let m = 1_000_000;
        for (one, other, expected) in [
            ((5, 10 * m), (8, 9 * m), 0.158_741_824_243_3),
            ((0, 10 * m), (0, 20), 2.099_995_380_01e-6),
            ((2300, m), (2400, 1_100_000), 0.964_857_778_863),
            ((40_000, 100_000), (40_090, 100_000), 0.340_641_606_449_9),
            ((300_000, m), (300_500, m), 0.220_254_883_119_3),
            ((m, 10 * m), (1_000_300, 10 * m), 0.411_537_459_052_2),
        ] {
            let found = chances(&[one, other])[0];
            assert!((found - expected).abs() < 1e-11, "{one:?} {other:?}: {found} {:e}", found - expected);
        }
    }

    #[test]
    fn agrees_with_a_grid() {
        for arms in [&[(9, 30), (12, 31), (0, 0), (6, 15)][..], &[(0, 900), (3, 1000), (2, 800)], &[(5, 5), (499, 500)]]
        {
            let (found, expected) = (chances(arms), grid(arms));
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-7), "{found:?} {expected:?}");
        }
    }

    #[test]
    fn ten_million_trials_agree_with_the_normal_approximation() {
        let normal = |z: f64| libm::erfc(-z / std::f64::consts::SQRT_2) / 2.0;
        let n = 10_000_000;
        for (one, other) in [(4_000_000, 4_001_500), (5_000_000, 4_998_000), (1_000_000, 1_000_300)] {
            let variance = |s: u64| (s as f64 / n as f64) * (1.0 - s as f64 / n as f64) / n as f64;
            let z = (one as f64 - other as f64) / n as f64 / (variance(one) + variance(other)).sqrt();
            let found = chances(&[(one, n), (other, n)])[0];
            assert!((found - normal(z)).abs() < 1e-5, "{found} {}", normal(z));
        }
        // P(U < 1/4) where the other rate is all but known.
        assert!((chances(&[(0, 0), (n / 4, n)])[1] - 0.25).abs() < 1e-6);
        assert!((chances(&[(0, n), (0, n), (0, n)])[1] - 1.0 / 3.0).abs() < 1e-9);
        assert!((chances(&[(n, n), (n, n)])[1] - 0.5).abs() < 1e-8);
        // Two exponential tails: P(the first is higher) = 1/4 where the other one is three times as wide.
        assert!((chances(&[(0, 3 * n), (0, n)])[0] - 0.25).abs() < 1e-6);
    }

    #[test]
    fn no_arm_and_one_arm() {
        assert!(chances(&[]).is_empty());
        assert!((chances(&[(1, 3)])[0] - 1.0).abs() < 1e-12);
    }

    fn counts(bits: u32) -> impl Strategy<Value = (u64, u64)> {
        (0..=bits, any::<u64>(), any::<u64>())
            .prop_map(|(bits, n, s)| (n % (1 << bits), s))
            .prop_map(|(n, s)| (s % (n + 1), n))
    }

    proptest! {
        #[test]
        fn two_arms_agree_with_millers_sum(one in counts(12), other in counts(14)) {
            prop_assert!((chances(&[one, other])[0] - miller(one, other)).abs() < 1e-8);
        }

        #[test]
        fn chances_add_up_and_follow_their_arms(arms in prop::collection::vec(counts(24), 2..8)) {
            let found = chances(&arms);
            prop_assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{:?}", found);
            let reversed = chances(&arms.iter().rev().copied().collect::<Vec<_>>());
            prop_assert!(found.iter().zip(reversed.iter().rev()).all(|(a, b)| (a - b).abs() < 1e-12));
        }
    }
}
