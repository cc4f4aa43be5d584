//! A rate that never leaves its counts.

/// The quantile of the standard normal distribution that leaves 2.5 % above it: every interval is one of 95 %.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// The smallest base whose rate is written as a percentage.
pub const MIN_TRIALS_FOR_PERCENT: u64 = 30;

/// The largest base, about 10^12: up to there the functions of these modules keep their accuracy in floats.
pub const MAX_TRIALS: u64 = 1 << 40;

/// Successes among trials: confirmed messages among those tracked, for example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Proportion {
    successes: u64,
    trials: u64,
}

/// A confidence interval, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether the value lies inside or on an end.
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

impl Proportion {
    /// `None` where there are more successes than trials, or more than [`MAX_TRIALS`].
    pub fn new(successes: u64, trials: u64) -> Option<Self> {
        (successes <= trials && trials <= MAX_TRIALS).then_some(Self { successes, trials })
    }

    /// The numerator.
    pub fn successes(self) -> u64 {
        self.successes
    }

    /// The base.
    pub fn trials(self) -> u64 {
        self.trials
    }

    /// The trials that were no successes.
    pub fn failures(self) -> u64 {
        self.trials - self.successes
    }

    /// Successes per trial, between 0 and 1; `None` on an empty base.
    pub fn rate(self) -> Option<f64> {
        (self.trials > 0).then(|| self.successes as f64 / self.trials as f64)
    }

    /// Whether the base is large enough for a percentage. Below, a report writes the two counts alone.
    pub fn is_shown_as_percent(self) -> bool {
        self.trials >= MIN_TRIALS_FOR_PERCENT
    }

    /// Wilson's score interval of 95 % for the rate, without continuity correction; `None` on an empty base.
    ///
    /// With z = [`Z_95`], s successes and f failures in n trials: (s + z²/2 ± z·√(s·f/n + z²/4)) / (n + z²).
    /// Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    pub fn wilson(self) -> Option<Interval> {
        let rate = self.rate()?;
        let (s, f, n) = (self.successes as f64, self.failures() as f64, self.trials as f64);
        let z2 = Z_95 * Z_95;
        let middle = s + z2 / 2.0;
        let reach = Z_95 * (s * (f / n) + z2 / 4.0).sqrt();
        // At 0 and at n successes an end is the rate itself: rounding must not push it past.
        let low = ((middle - reach) / (n + z2)).clamp(0.0, rate);
        let high = ((middle + reach) / (n + z2)).clamp(rate, 1.0);
        Some(Interval { low: if s == 0.0 { 0.0 } else { low }, high: if f == 0.0 { 1.0 } else { high } })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(successes: u64, trials: u64) -> Proportion {
        Proportion::new(successes, trials).unwrap()
    }

    #[test]
    fn counts_must_fit() {
        assert_eq!(Proportion::new(2, 1), None);
        assert_eq!(Proportion::new(0, MAX_TRIALS + 1), None);
        assert_eq!(Proportion::new(u64::MAX, u64::MAX), None);
        assert!(Proportion::new(MAX_TRIALS, MAX_TRIALS).is_some());
    }

    #[test]
    fn an_empty_base_has_no_rate() {
        assert_eq!(of(0, 0).rate(), None);
        assert_eq!(of(0, 0).wilson(), None);
        assert_eq!(of(0, 1).rate(), Some(0.0));
    }

    #[test]
    fn percentages_start_at_30() {
        assert!(!of(29, 29).is_shown_as_percent());
        assert!(of(0, 30).is_shown_as_percent());
    }

    #[test]
    fn rates_of_the_check_values() {
        for (successes, trials, percent) in
            [(47, 138, "34.06"), (47 + 41, 138, "63.77"), (47, 97, "48.45"), (41, 91, "45.05"), (40, 100, "40.00")]
        {
            assert_eq!(format!("{:.2}", 100.0 * of(successes, trials).rate().unwrap()), percent);
        }
    }

    #[test]
    fn wilson_of_the_check_values() {
        for (successes, trials, ends) in [
            (41, 91, "0.3524 0.5527"),
            (40, 100, "0.3094 0.4980"),
            (81, 263, "0.2553 0.3662"),
            (15, 148, "0.0624 0.1605"),
            (0, 20, "0.0000 0.1611"),
            (1, 29, "0.0061 0.1718"),
            (0, 10, "0.0000 0.2775"),
        ] {
            let Interval { low, high } = of(successes, trials).wilson().unwrap();
            assert_eq!(format!("{low:.4} {high:.4}"), ends, "{successes}/{trials}");
        }
    }

    #[test]
    fn wilson_ends_solve_the_score_equation() {
        for (successes, trials) in [(1, 2), (7, 19), (3, 1000), (999_000, 1_000_000), (12_345_678, 400_000_000)] {
            let one = of(successes, trials);
            let Interval { low, high } = one.wilson().unwrap();
            for end in [low, high] {
                let score = (one.rate().unwrap() - end) / (end * (1.0 - end) / trials as f64).sqrt();
                assert!((score.abs() - Z_95).abs() < 1e-6, "{successes}/{trials}: {score}");
            }
        }
    }

    proptest! {
        #[test]
        fn wilson_holds_the_rate_and_mirrors(trials in 1..=MAX_TRIALS, part in 0.0..=1.0_f64) {
            for one in [of((part * trials as f64) as u64, trials), of(0, trials), of(trials, trials)] {
                let interval = one.wilson().unwrap();
                prop_assert!(0.0 <= interval.low && interval.high <= 1.0);
                prop_assert!(interval.contains(one.rate().unwrap()));
                let mirrored = of(one.failures(), trials).wilson().unwrap();
                prop_assert!((interval.low - (1.0 - mirrored.high)).abs() < 1e-12);
            }
        }
    }
}
